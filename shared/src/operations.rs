//! What happens to the books: one file for each thing. A file checks a request into a type that says
//! that it was checked, and changes or reads [`books`](crate::books) by it.

pub mod adjust_money;
pub mod audit;
pub mod create_customer;
pub mod decide_realname;
pub mod deliver;
pub mod expire_coupons;
pub mod grant_quotas;
pub mod import;
pub mod issue_coupons;
pub mod realname_status;
pub mod reclaim_coupon;
pub mod reclaim_quotas;
pub mod statements;
pub mod submit_realname;

#[cfg(test)]
mod tests;
