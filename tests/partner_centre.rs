//! The routes of the partner centre, one file each.

mod associations;
mod authorisations;
mod coupon_quotas;
mod exports;
mod exports_parquet;
mod holdings;
mod invitations;
mod issued_coupons;
mod notification;
mod of_resellers;
mod orders;
mod orders_payment;
mod orders_price;
mod quotas;
mod reconciliations;
mod resources_renew;
mod resources_unsubscribe;
mod second_factor;
