//! Balances of partners and their customers, and money moved between them.

mod list_customers_balances_detail;
mod list_partner_account_change_records;
mod list_partner_adjust_records;
mod list_partner_balances;
mod reclaim_to_partner_account;
mod update_customer_account_amount;
