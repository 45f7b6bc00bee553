//! Balances and movements of money between the partner and its customers.

use serde_json::json;

use super::{
    Aim, Kind, Operation, Repeat, SHORT_READ, Unsigned, as_page, funded_customers, get, page, post,
};
use crate::client::Expected;
use crate::tenant::Tenant;

/// The operation that fills the lists of movements.
pub const ALLOCATION: &str = "UpdateCustomerAccountAmount";

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListPartnerBalances",
        component: "list-partner-balances",
        kind: Kind::Read,
        aim: Aim::Share(0.55),
        answer: Expected::Begins(r#"{"account_balances":[{"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get("/v2/accounts/partner-accounts/balances".to_owned())],
    },
    as_page("ListPartnerBalances, as a page", |_| page("/console".to_owned())),
    Operation {
        name: "ListCustomersBalancesDetail",
        component: "list-customers-balances-detail",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"customer_balances":[{"#),
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
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let path = "/v2/accounts/partner-accounts/account-change-records";
            vec![get(format!("{path}?balance_type=BALANCE_TYPE_DEBIT&limit=10"))]
        },
    },
    as_page("ListPartnerAccountChangeRecords, as a page", |_| page("/console/money".to_owned())),
    Operation {
        name: "ListPartnerAdjustRecords",
        component: "list-partner-adjust-records",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"records":[{"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get("/v3/accounts/partner-accounts/adjust-records?limit=10".to_owned())],
    },
    Operation {
        name: ALLOCATION,
        component: "update-customer-account-amount",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"transfer_id":"#),
        repeat: Repeat::Freely,
        requests: |tenant| with_customers(tenant, "/v2/accounts/partner-accounts/adjust-amount"),
    },
    Operation {
        name: "ReclaimToPartnerAccount",
        component: "reclaim-to-partner-account",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"trans_id":"#),
        repeat: Repeat::Freely,
        requests: |tenant| with_customers(tenant, "/v2/accounts/partner-accounts/reclaim"),
    },
];

/// Moves a cent from or to each of some customers.
fn with_customers(tenant: &Tenant, path: &str) -> Vec<Unsigned> {
    let body = |customer| json!({"customer_id": customer, "amount": 0.01});
    funded_customers(tenant).map(|customer| post(path, body(customer))).collect()
}
