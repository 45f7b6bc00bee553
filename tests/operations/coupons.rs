//! Coupons: issued, reclaimed, listed.

mod create_partner_coupons;
mod list_customer_coupon_change_records;
mod list_issued_partner_coupons;
mod list_partner_coupons_record;
mod list_sub_customer_coupons;
mod reclaim_partner_coupons;
