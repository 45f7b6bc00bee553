//! Enterprises and their accounts.

mod create_enterprise_project_auth;
mod create_sub_enterprise_account;
mod list_enterprise_multi_account;
mod list_enterprise_organizations;
mod list_enterprise_sub_customers;
mod reclaim_sub_enterprise_amount;
mod send_sms_verification_code;
mod show_multi_account_transfer_amount;
mod update_sub_enterprise_amount;
