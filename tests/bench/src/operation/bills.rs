//! Bills of the partner's customers, as the partner and as they themselves see them.

use serde_json::json;

use super::{Aim, Kind, Operation, Repeat, SHORT_READ, Signer, Unsigned, as_page, get, page, post};
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
    as_page("ListSubcustomerMonthlyBills, as a page", |tenant| {
        page(format!("/console/bills?month={}", tenant.cycle.format(CYCLE_FORMAT)))
    }),
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
    Operation {
        name: "ShowCustomerMonthlySum",
        component: "show-customer-monthly-sum",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            vec![own_bills(tenant, "/v2/bills/customer-bills/monthly-sum", "bill_cycle")]
        },
    },
    Operation {
        name: "ListCustomerBillsFeeRecords",
        component: "list-customer-bills-fee-records",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            vec![own_bills(tenant, "/v2/bills/customer-bills/fee-records", "bill_cycle")]
        },
    },
    Operation {
        name: "ListCustomerselfResourceRecords",
        component: "list-customerself-resource-records",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"fee_records":"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            vec![own_bills(tenant, "/v2/bills/customer-bills/res-fee-records", "cycle")]
        },
    },
    Operation {
        name: "ListCustomerselfResourceRecordDetails",
        component: "list-customerself-resource-record-details",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"monthly_records":"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let cycle = tenant.cycle.format(CYCLE_FORMAT).to_string();
            let path = "/v2/bills/customer-bills/res-records/query";
            let request = post(path, json!({"cycle": cycle, "statistic_type": 3, "limit": 10}));
            vec![Unsigned { signer: Signer::Customer, ..request }]
        },
    },
    Operation {
        name: "ListResourceUsageSummary",
        component: "list-resource-usage-summary",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |tenant| vec![bandwidth(tenant, "summary", "")],
    },
    Operation {
        name: "ListResourceUsage",
        component: "list-resource-usage",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"actual_days":"#),
        repeat: Repeat::Freely,
        requests: |tenant| vec![bandwidth(tenant, "details", "&resource_id=cdn")],
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

/// The first ten of the customer's own bill.
fn own_bills(tenant: &Tenant, path: &str, parameter: &str) -> Unsigned {
    let cycle = tenant.cycle.format(CYCLE_FORMAT);
    let request = get(format!("{path}?{parameter}={cycle}&limit=10"));
    Unsigned { signer: Signer::Customer, ..request }
}

/// Bandwidth of the customer's, of which a day was measured.
fn bandwidth(tenant: &Tenant, what: &str, of: &str) -> Unsigned {
    let cycle = tenant.measured_month().format(CYCLE_FORMAT);
    let path = format!("/v2/bills/customer-bills/resources/usage/{what}");
    let kind = "service_type_code=hws.service.type.cdn&resource_type_code=hws.resource.type.cdn\
                &usage_type=95Peak";
    let request = get(format!("{path}?bill_cycle={cycle}&{kind}{of}"));
    Unsigned { signer: Signer::Customer, ..request }
}
