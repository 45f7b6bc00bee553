//! Coupon quotas: the partner's own, and those that it grants to resellers.

use serde_json::json;

use super::{Aim, Kind, Operation, Repeat, SHORT_READ, as_page, get, page, post};
use crate::client::Expected;
use crate::tenant::RESELLERS;

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListQuotaCoupons",
        component: "list-quota-coupons",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| vec![post("/v2/partners/coupon-quotas/query", json!({"limit": 10}))],
    },
    as_page("ListQuotaCoupons, as a page", |_| page("/console/quotas".to_owned())),
    Operation {
        name: "ListIssuedCouponQuotas",
        component: "list-issued-coupon-quotas",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get("/v2/partners/issued-coupon-quotas?limit=10".to_owned())],
    },
    Operation {
        name: "ListCouponQuotasRecords",
        component: "list-coupon-quotas-records",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get("/v2/partners/coupon-quotas/records?limit=10".to_owned())],
    },
    Operation {
        name: "UpdateCouponQuotas",
        component: "update-coupon-quotas",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"error_details":[],"simple_quota_infos":[{"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let resellers = (0..RESELLERS).map(|number| tenant.reseller(number));
            let body = |reseller| {
                json!({"quota_id": tenant.quota(), "indirect_partner_ids": [reseller],
                       "quota_amount": 0.01})
            };
            let path = "/v2/partners/coupon-quotas/indirect-partner-adjust";
            resellers.map(|reseller| post(path, body(reseller))).collect()
        },
    },
    Operation {
        name: "ReclaimCouponQuotas",
        component: "reclaim-coupon-quotas",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"error_details":[],"simple_quota_infos":[{"#),
        repeat: Repeat::Once,
        requests: |tenant| {
            let quotas = (0..tenant.once).map(|number| tenant.granted_quota(number));
            let body = |quota| json!({"quota_ids": [quota]});
            let path = "/v2/partners/coupon-quotas/indirect-partner-reclaim";
            quotas.map(|quota| post(path, body(quota))).collect()
        },
    },
];
