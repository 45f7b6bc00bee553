//! Real-name authentication of customers.

mod change_enterprise_realname_authentication;
mod create_enterprise_realname_authentication;
mod create_personal_realname_auth;
mod show_real_name_auth_status;
mod show_realname_authentication_review_result;
