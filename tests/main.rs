//! Black-box tests: the bundle's components on the local host, asked over HTTP.
//!
//! `cargo xtask test` does the set-up and runs them, once on each store (`TEST_STORE`). What belongs
//! here is what a client, the operator or a look into the store can tell; rules are tested where
//! they are written.
//!
//! The harness: [`app`] runs the application, [`store`] looks into what it has stored,
//! [`redis_server`] runs a Redis, [`keeper`] ends what the tests have started, [`http`] and
//! [`signer`] are a client that can also send nonsense, [`sdk`] is the official Python SDK,
//! [`contract`] checks every answer against the published API, [`book`] calculates what a book
//! means, [`tenant`] makes books, [`receiver`]
//! is a system of the operator's that is told of events, [`money`] moves money and reads balances, [`coupons`] makes coupons
//! and reads lists, and [`json`] reads JSON
//! without losing a digit.
//!
//! The tests: one file per operation, all in one order (it works; unsigned is refused; each reason
//! is reached; a repeat changes nothing; a refusal changes nothing), one file for each thing that
//! holds for all operations, and a day on which all of them work together ([`partner_day`]).

mod app;
mod book;
mod contract;
mod coupons;
mod http;
mod json;
mod keeper;
mod money;
mod realname;
mod receiver;
mod redis_server;
mod sdk;
mod signer;
mod store;
mod tenant;

mod check_user_identity;
mod create_partner_coupons;
mod create_sub_customer;
mod list_consume_sub_customers;
mod list_coupon_quotas_records;
mod list_customer_account_change_records;
mod list_customer_coupon_change_records;
mod list_customers_balances_detail;
mod list_indirect_partners;
mod list_issued_coupon_quotas;
mod list_issued_partner_coupons;
mod list_partner_account_change_records;
mod list_partner_adjust_records;
mod list_partner_balances;
mod list_partner_coupons_record;
mod list_quota_coupons;
mod list_sub_customer_bill_detail;
mod list_sub_customer_coupons;
mod list_sub_customer_new_tag;
mod list_sub_customers;
mod list_subcustomer_monthly_bills;
mod reclaim_coupon_quotas;
mod reclaim_indirect_partner_account;
mod reclaim_partner_coupons;
mod reclaim_to_partner_account;
mod send_verification_message_code;
mod show_customer_account_balances;
mod show_realname_authentication_review_result;
mod update_coupon_quotas;
mod update_customer_account_amount;
mod update_indirect_partner_account;

mod change_enterprise_realname_authentication;
mod create_enterprise_realname_authentication;
mod create_personal_realname_auth;
mod show_real_name_auth_status;

mod not_found;
mod operator_access_keys;
mod operator_audit;
mod operator_books;
mod operator_health;
mod operator_master_key_rotate;
mod operator_sweep;
mod operator_tokens;
mod operator_verification_codes;

mod operator_deliveries;
mod operator_deliveries_run;
mod operator_reviews;
mod operator_reviews_decide;
mod operator_reviews_submission;

mod bad_input;
mod concurrency;
mod demo_book;
mod documentation;
mod isolation;
mod partner_day;
mod redis_store;
mod signature_parity;
mod signature_required;
mod state_file;
