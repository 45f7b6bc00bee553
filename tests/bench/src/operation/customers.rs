//! Lists of customers.

use serde_json::json;

use super::{Kind, Operation, Repeat, SHORT_READ, as_page, page, post};
use crate::client::Expected;

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListSubCustomers",
        component: "list-sub-customers",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"count":"#),
        repeat: Repeat::Freely,
        requests: |_| vec![post("/v2/partners/sub-customers/query", json!({"limit": 10}))],
    },
    as_page("ListSubCustomers, as a page", |_| page("/console/customers".to_owned())),
    Operation {
        name: "ListSubCustomerNewTag",
        component: "list-sub-customer-new-tag",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"new_customer_tags":[{"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let customers: Vec<String> = (0..10).map(|number| tenant.customer(number)).collect();
            let path = "/v2/partners/sub-customers/new-customers-tags/batch-query";
            vec![post(path, json!({"customer_ids": customers}))]
        },
    },
];
