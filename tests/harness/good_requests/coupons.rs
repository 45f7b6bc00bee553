//! Good requests: coupons.

use serde_json::json;

use crate::harness::coupons::issue_of_reseller;

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new("CreatePartnerCoupons", |tenant| {
        json!({"quota_id": tenant.quota, "customer_ids": [tenant.customers[0]], "face_value": 1})
    })
    .refused(400, "CBC.99000012"),
    Good::new("ListCustomerCouponChangeRecords", |_| {
        json!({"balance_type": "BALANCE_TYPE_COUPON"})
    }),
    Good::new("ListIssuedPartnerCoupons", |_| json!({})),
    Good::new("ListPartnerCouponsRecord", |_| json!({})),
    Good::new("ListSubCustomerCoupons", |_| json!({})),
    Good::new("ReclaimPartnerCoupons", |tenant| {
        json!({"coupon_id": "nothing", "indirect_partner_id": tenant.reseller.principal_id})
    })
    .refused(400, "CBC.99000037")
    .prepared(|app, tenant, fields| {
        fields["coupon_id"] = json!(issue_of_reseller(app, tenant, "1.00"));
    }),
];
