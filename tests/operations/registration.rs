//! Registration of customers.

mod check_user_identity;
mod create_sub_customer;
mod send_verification_message_code;
