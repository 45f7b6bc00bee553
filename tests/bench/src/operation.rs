//! What is measured: the operations, each with a request as clients send it most.
//!
//! To measure another operation, add it to [`OPERATIONS`], and to [`Tenant`] what it needs.

use serde::Serialize;
use serde_json::{Value, json};

use crate::tenant::{CYCLE_FORMAT, Tenant};

/// Whether a request changes the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It does not: compared with reading one key.
    Read,
    /// It does: compared with one compare-and-swap.
    Write,
}

/// How often one request can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Again and again.
    Freely,
    /// Once: the next time it would find nothing to do.
    Once,
}

/// A request before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// The method.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// The body; empty when there is none.
    pub body: String,
}

/// An operation with its requests.
#[derive(Debug)]
pub struct Operation {
    /// Its published name, and what is special about the request.
    pub name: &'static str,
    /// The component that answers.
    pub component: &'static str,
    /// What it is compared with.
    pub kind: Kind,
    /// The share of its floor's speed that it should reach with eight clients; none where the
    /// answer is long, because the floor's is not.
    pub aim: Option<f64>,
    /// What each answer's body begins with when all is well.
    pub answer_starts: &'static str,
    /// Whether requests can be sent again.
    pub repeat: Repeat,
    /// Its requests for a tenant.
    pub requests: fn(&Tenant) -> Vec<Unsigned>,
}

/// The operation whose commits are counted.
pub const SINGLE_ISSUE: &str = "CreatePartnerCoupons";

/// Customers that coupons are issued to in turn.
const CUSTOMERS: u32 = 64;

/// All that are measured.
pub const OPERATIONS: [Operation; 11] = [
    Operation {
        name: "ListPartnerBalances",
        component: "list-partner-balances",
        kind: Kind::Read,
        aim: Some(0.55),
        answer_starts: r#"{"account_balances":[{"#,
        repeat: Repeat::Freely,
        requests: |_| vec![get("/v2/accounts/partner-accounts/balances".to_owned())],
    },
    Operation {
        name: "ListCustomersBalancesDetail",
        component: "list-customers-balances-detail",
        kind: Kind::Read,
        aim: Some(0.45),
        answer_starts: r#"{"customer_balances":[{"#,
        repeat: Repeat::Freely,
        requests: |tenant| {
            let infos = [json!({"customer_id": tenant.customer(0)})];
            let path = "/v2/accounts/customer-accounts/balances/batch-query";
            vec![post(path, json!({"customer_infos": infos}))]
        },
    },
    Operation {
        name: "ListPartnerAccountChangeRecords",
        component: "list-partner-account-change-records",
        kind: Kind::Read,
        aim: Some(0.45),
        answer_starts: r#"{"total_count":"#,
        repeat: Repeat::Freely,
        requests: |_| {
            let path = "/v2/accounts/partner-accounts/account-change-records";
            vec![get(format!("{path}?balance_type=BALANCE_TYPE_DEBIT&limit=10"))]
        },
    },
    Operation {
        name: "ListSubCustomerBillDetail",
        component: "list-sub-customer-bill-detail",
        kind: Kind::Read,
        aim: Some(0.45),
        answer_starts: r#"{"total_count":"#,
        repeat: Repeat::Freely,
        requests: |tenant| vec![fee_records(tenant, 10)],
    },
    Operation {
        name: "ListSubCustomerBillDetail, 100 records",
        component: "list-sub-customer-bill-detail",
        kind: Kind::Read,
        aim: None,
        answer_starts: r#"{"total_count":"#,
        repeat: Repeat::Freely,
        requests: |tenant| vec![fee_records(tenant, 100)],
    },
    Operation {
        name: "ListSubcustomerMonthlyBills",
        component: "list-subcustomer-monthly-bills",
        kind: Kind::Read,
        aim: Some(0.45),
        answer_starts: r#"{"bill_sums":[{"#,
        repeat: Repeat::Freely,
        requests: |tenant| {
            let cycle = tenant.cycle.format(CYCLE_FORMAT);
            vec![get(format!(
                "/v2/bills/partner-bills/subcustomer-bills/monthly-sum\
                 ?cycle={cycle}&charge_mode=3&limit=10"
            ))]
        },
    },
    Operation {
        name: "ShowRealnameAuthenticationReviewResult",
        component: "show-realname-authentication-review-result",
        kind: Kind::Read,
        aim: Some(0.45),
        answer_starts: r#"{"review_result":"#,
        repeat: Repeat::Freely,
        requests: |tenant| {
            let customer = tenant.customer(0);
            vec![get(format!("/v2/customers/realname-auths/result?customer_id={customer}"))]
        },
    },
    Operation {
        name: SINGLE_ISSUE,
        component: "partner-coupons",
        kind: Kind::Write,
        aim: Some(0.85),
        answer_starts: r#"{"error_details":[],"coupon_infos":[{"#,
        repeat: Repeat::Freely,
        requests: |tenant| {
            let customers = 0..CUSTOMERS.min(tenant.customers);
            customers.map(|number| issue(tenant, &[tenant.customer(number)])).collect()
        },
    },
    Operation {
        name: "CreatePartnerCoupons, 100 customers",
        component: "partner-coupons",
        kind: Kind::Write,
        aim: None,
        answer_starts: r#"{"error_details":[],"coupon_infos":[{"#,
        repeat: Repeat::Freely,
        requests: |tenant| {
            let customers = (0..tenant.customers).map(|number| tenant.customer(number));
            let customers: Vec<String> = customers.take(100).collect();
            vec![issue(tenant, &customers)]
        },
    },
    Operation {
        name: "UpdateCustomerAccountAmount",
        component: "update-customer-account-amount",
        kind: Kind::Write,
        aim: None,
        answer_starts: r#"{"transfer_id":"#,
        repeat: Repeat::Freely,
        requests: |tenant| {
            let path = "/v2/accounts/partner-accounts/adjust-amount";
            let customers = (0..CUSTOMERS.min(tenant.customers)).map(|it| tenant.customer(it));
            let body = |customer| json!({"customer_id": customer, "amount": 0.01});
            customers.map(|customer| post(path, body(customer))).collect()
        },
    },
    Operation {
        name: "ReclaimCouponQuotas",
        component: "reclaim-coupon-quotas",
        kind: Kind::Write,
        aim: None,
        answer_starts: r#"{"error_details":[],"simple_quota_infos":[{"#,
        repeat: Repeat::Once,
        requests: |tenant| {
            let quotas = (0..tenant.grants).map(|number| tenant.granted_quota(number));
            let body = |quota| json!({"quota_ids": [quota]});
            quotas
                .map(|quota| {
                    post("/v2/partners/coupon-quotas/indirect-partner-reclaim", body(quota))
                })
                .collect()
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
    post("/v2/promotions/benefits/partner-coupons", body)
}

/// A page from the middle of the customer's fee records.
fn fee_records(tenant: &Tenant, limit: u32) -> Unsigned {
    let cycle = tenant.cycle.format(CYCLE_FORMAT);
    let customer = tenant.customer(0);
    let offset = tenant.records / 2;
    get(format!(
        "/v2/bills/subcustomer-bills/res-fee-records\
         ?bill_cycle={cycle}&customer_id={customer}&offset={offset}&limit={limit}"
    ))
}

fn get(target: String) -> Unsigned {
    Unsigned { method: "GET", target, body: String::new() }
}

fn post(target: &str, body: Value) -> Unsigned {
    Unsigned { method: "POST", target: target.to_owned(), body: body.to_string() }
}
