//! Good requests: bills of a partner's customers, as the partner and as they see them.

use serde_json::{Value, json};

use super::Good;
use crate::harness::calendar::months_ago;

pub const GOOD: &[Good] = &[
    Good::new("ListConsumeSubCustomers", |_| json!({"bill_cycle": months_ago(1)})),
    Good::new(
        "ListSubCustomerBillDetail",
        |tenant| json!({"bill_cycle": months_ago(1), "customer_id": tenant.customers[0]}),
    ),
    Good::new(
        "ListSubcustomerMonthlyBills",
        |_| json!({"cycle": months_ago(1), "charge_mode": "3"}),
    ),
    Good::new("ShowCustomerMonthlySum", |_| json!({"bill_cycle": months_ago(1)})),
    Good::new("ListCustomerBillsFeeRecords", |_| json!({"bill_cycle": months_ago(1)})),
    Good::new("ListCustomerselfResourceRecords", |_| json!({"cycle": months_ago(1)})),
    Good::new("ListCustomerselfResourceRecordDetails", |_| json!({"cycle": months_ago(1)})),
    Good::new("ListResourceUsageSummary", |_| bandwidth()),
    Good::new("ListResourceUsage", |_| {
        let mut fields = bandwidth();
        fields["resource_id"] = json!("cdn");
        fields
    }),
];

fn bandwidth() -> Value {
    json!({"bill_cycle": months_ago(1), "service_type_code": "hws.service.type.cdn",
           "resource_type_code": "hws.resource.type.cdn", "usage_type": "95Peak"})
}
