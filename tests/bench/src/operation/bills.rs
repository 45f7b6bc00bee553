//! Bills of the partner's customers.

use serde_json::json;

use super::{Aim, Kind, Operation, Repeat, SHORT_READ, Unsigned, get, post};
use crate::client::Expected;
use crate::tenant::{CYCLE_FORMAT, Tenant};

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListSubCustomerBillDetail",
        component: "list-sub-customer-bill-detail",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |tenant| vec![fee_records(tenant, 10)],
    },
    Operation {
        name: "ListSubCustomerBillDetail, 100 records",
        component: "list-sub-customer-bill-detail",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |tenant| vec![fee_records(tenant, 100)],
    },
    Operation {
        name: "ListSubcustomerMonthlyBills",
        component: "list-subcustomer-monthly-bills",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"bill_sums":[{"#),
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
        name: "ListConsumeSubCustomers",
        component: "list-consume-sub-customers",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"sub_customers":[{"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let cycle = tenant.cycle.format(CYCLE_FORMAT).to_string();
            let path = "/v2/bills/subcustomer-bills/res-fee-records/sub-customers/query";
            vec![post(path, json!({"bill_cycle": cycle, "limit": 10}))]
        },
    },
];

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
