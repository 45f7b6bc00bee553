//! A customer's own account.

mod list_customer_account_change_records;
mod show_customer_account_balances;
