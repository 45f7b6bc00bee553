//! Good requests: bills of a partner's customers.

use chrono::{Months, Utc};
use serde_json::json;

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new("ListConsumeSubCustomers", |_| json!({"bill_cycle": last_month()})),
    Good::new(
        "ListSubCustomerBillDetail",
        |tenant| json!({"bill_cycle": last_month(), "customer_id": tenant.customers[0]}),
    ),
    Good::new(
        "ListSubcustomerMonthlyBills",
        |_| json!({"cycle": last_month(), "charge_mode": "3"}),
    ),
];

/// A month that is over.
fn last_month() -> String {
    let now = Utc::now();
    now.checked_sub_months(Months::new(1)).unwrap_or(now).format("%Y-%m").to_string()
}
