//! Coupons, as the partner and as the customer see them.

use serde_json::json;

use super::{
    Aim, Kind, Operation, Repeat, SHORT_READ, Signer, Unsigned, as_page, funded_customers, get,
    page, post,
};
use crate::client::Expected;
use crate::tenant::Tenant;

/// The operation whose commits are counted.
pub const SINGLE_ISSUE: &str = "CreatePartnerCoupons";

const PARTNER_COUPONS: &str = "/v2/promotions/benefits/partner-coupons";

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListIssuedPartnerCoupons",
        component: "partner-coupons",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get(format!("{PARTNER_COUPONS}?limit=10"))],
    },
    as_page("ListIssuedPartnerCoupons, as a page", |_| page("/console/coupons".to_owned())),
    Operation {
        name: "ListPartnerCouponsRecord",
        component: "list-partner-coupons-record",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get(format!("{PARTNER_COUPONS}/records/query?limit=10"))],
    },
    Operation {
        name: "ListSubCustomerCoupons",
        component: "list-sub-customer-coupons",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"count":"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let request = get("/v2/promotions/benefits/coupons?limit=10".to_owned());
            vec![Unsigned { signer: Signer::Customer, ..request }]
        },
    },
    Operation {
        name: "ListCustomerCouponChangeRecords",
        component: "list-customer-coupon-change-records",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let path = "/v2/promotions/benefits/account-change-records";
            let request = get(format!("{path}?balance_type=BALANCE_TYPE_COUPON&limit=10"));
            vec![Unsigned { signer: Signer::Customer, ..request }]
        },
    },
    Operation {
        name: SINGLE_ISSUE,
        component: "partner-coupons",
        kind: Kind::Write,
        aim: Aim::Share(0.85),
        answer: Expected::Begins(r#"{"error_details":[],"coupon_infos":[{"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            funded_customers(tenant).map(|customer| issue(tenant, &[customer])).collect()
        },
    },
    Operation {
        name: "CreatePartnerCoupons, 100 customers",
        component: "partner-coupons",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"error_details":[],"coupon_infos":[{"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let customers = (0..tenant.customers).map(|number| tenant.customer(number));
            let customers: Vec<String> = customers.take(100).collect();
            vec![issue(tenant, &customers)]
        },
    },
    Operation {
        name: "ReclaimPartnerCoupons",
        component: "reclaim-partner-coupons",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Nothing,
        repeat: Repeat::Once,
        requests: |tenant| {
            let body = |coupon| json!({"coupon_id": coupon});
            let path = format!("{PARTNER_COUPONS}/reclaim");
            tenant.coupons.iter().map(|coupon| post(&path, body(coupon))).collect()
        },
    },
];

/// Issues one coupon of a cent to each customer.
pub fn issue(tenant: &Tenant, customers: &[String]) -> Unsigned {
    let body = json!({
        "quota_id": tenant.quota(),
        "customer_ids": customers,
        "face_value": 0.01,
    });
    post(PARTNER_COUPONS, body)
}
