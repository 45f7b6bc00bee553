//! What happens to the books: one file for each thing. A file checks a request into a type that says
//! that it was checked, and changes or reads [`books`](crate::books) by it.

pub mod adjust_money;
mod announce;
pub mod associate_customer;
pub mod audit;
pub mod authorise_partner;
pub mod batch_coupons;
mod bill_order;
pub mod cancel_order;
pub mod close_month;
pub mod create_customer;
pub mod create_member;
pub mod decide_realname;
pub mod deliver;
pub mod enterprise;
pub mod expire_coupons;
pub mod export;
pub mod forget;
mod give_back;
pub mod grant_quotas;
pub mod import;
pub mod issue_coupons;
pub mod manage_tenant;
pub mod meter_usage;
pub mod metrics;
pub mod move_enterprise_coupons;
pub mod move_enterprise_money;
pub mod notify_partner;
pub mod pay_order;
pub mod place_order;
pub mod point_in_time;
pub mod price_order;
pub mod provide_order;
pub mod realname_status;
pub mod reclaim_coupon;
pub mod reclaim_quotas;
pub mod reconcile;
pub mod renew_resources;
mod repay_debt;
pub mod review_order;
pub mod run_on_demand;
pub mod second_factor;
pub mod set_auto_renewal;
pub mod show_orders;
pub mod statements;
pub mod submit_realname;
pub mod switch_to_on_demand;
pub mod tick;
pub mod unsubscribe_resources;
pub mod upcoming;

#[cfg(test)]
mod tests;
