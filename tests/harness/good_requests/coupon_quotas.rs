//! Good requests: coupon quotas.

use serde_json::json;

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new("ListCouponQuotasRecords", |_| json!({})),
    Good::new("ListIssuedCouponQuotas", |_| json!({})),
    Good::new("ListQuotaCoupons", |tenant| json!({"quota_ids": [tenant.quota]})),
    Good::new("ReclaimCouponQuotas", |tenant| json!({"quota_ids": [tenant.granted_quota]})),
    Good::new("UpdateCouponQuotas", |tenant| {
        json!({"quota_id": tenant.quota, "indirect_partner_ids": [tenant.reseller.principal_id],
               "quota_amount": 1})
    })
    .refused(400, "CBC.99000037"),
];
