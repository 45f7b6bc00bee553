//! Good requests: costs.

use serde_json::json;

use super::Good;
use crate::harness::calendar::months_ago;

pub const GOOD: &[Good] = &[
    Good::new("ListCosts", |_| {
        let month = months_ago(1);
        json!({
            "time_condition": {"time_measure_id": 2, "begin_time": month, "end_time": month},
            "groupby": [{"type": "dimension", "key": "CLOUD_SERVICE_TYPE"}],
            "cost_type": "AMORTIZED_COST", "amount_type": "PAYMENT_AMOUNT",
        })
    }),
    Good::new("ListCustomerBillsMonthlyBreakDown", |_| json!({"shared_month": months_ago(1)})),
];
