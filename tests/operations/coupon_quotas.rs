//! Coupon quotas: what coupons are issued from.

mod list_coupon_quotas_records;
mod list_issued_coupon_quotas;
mod list_quota_coupons;
mod reclaim_coupon_quotas;
mod update_coupon_quotas;
