//! A partner's customers.

mod list_sub_customer_new_tag;
mod list_sub_customers;
