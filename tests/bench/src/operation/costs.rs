//! Costs.

use serde_json::json;

use super::{Aim, Kind, Operation, Repeat, Signer, Unsigned, get, post};
use crate::client::Expected;
use crate::tenant::CYCLE_FORMAT;

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListCosts",
        component: "list-costs",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"currency":"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let cycle = tenant.cycle.format(CYCLE_FORMAT).to_string();
            let body = json!({
                "time_condition": {"time_measure_id": 2, "begin_time": cycle, "end_time": cycle},
                "groupby": [{"type": "dimension", "key": "CLOUD_SERVICE_TYPE"}],
                "cost_type": "ORIGINAL_COST", "amount_type": "PAYMENT_AMOUNT"
            });
            let request = post("/v4/costs/cost-analysed-bills/query", body);
            vec![Unsigned { signer: Signer::Customer, ..request }]
        },
    },
    Operation {
        name: "ListCustomerBillsMonthlyBreakDown",
        component: "list-customer-bills-monthly-break-down",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"currency":"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let cycle = tenant.cycle.format(CYCLE_FORMAT);
            let path = "/v2/costs/cost-analysed-bills/monthly-breakdown";
            let request = get(format!("{path}?shared_month={cycle}&limit=10"));
            vec![Unsigned { signer: Signer::Customer, ..request }]
        },
    },
];
