//! Good requests: bills of a partner's customers, as the partner and as they see them.

use chrono::{Months, Utc};
use serde_json::{Value, json};

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
    Good::new("ShowCustomerMonthlySum", |_| json!({"bill_cycle": last_month()})),
    Good::new("ListCustomerBillsFeeRecords", |_| json!({"bill_cycle": last_month()})),
    Good::new("ListCustomerselfResourceRecords", |_| json!({"cycle": last_month()})),
    Good::new("ListCustomerselfResourceRecordDetails", |_| json!({"cycle": last_month()})),
    Good::new("ListResourceUsageSummary", |_| bandwidth()),
    Good::new("ListResourceUsage", |_| {
        let mut fields = bandwidth();
        fields["resource_id"] = json!("cdn");
        fields
    }),
];

fn bandwidth() -> Value {
    json!({"bill_cycle": last_month(), "service_type_code": "hws.service.type.cdn",
           "resource_type_code": "hws.resource.type.cdn", "usage_type": "95Peak"})
}

/// A month that is over.
pub(super) fn last_month() -> String {
    let now = Utc::now();
    now.checked_sub_months(Months::new(1)).unwrap_or(now).format("%Y-%m").to_string()
}
