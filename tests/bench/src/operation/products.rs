//! The catalogue's products, and what belongs to them.

use serde_json::json;

use super::{Aim, Kind, Operation, Repeat, SHORT_READ, get, post};
use crate::client::Expected;
use crate::tenant::{CYCLE_FORMAT, REGION, RESOURCE, SERVICE};

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListServiceTypes",
        component: "list-service-types",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get("/v2/products/service-types?limit=10".to_owned())],
    },
    Operation {
        name: "ListResourceTypes",
        component: "list-resource-types",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get("/v2/products/resource-types?limit=10".to_owned())],
    },
    Operation {
        name: "ListServiceResources",
        component: "list-service-resources",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let path = "/v2/products/service-resources";
            vec![get(format!("{path}?service_type_code={SERVICE}&limit=10"))]
        },
    },
    Operation {
        name: "ListUsageTypes",
        component: "list-usage-types",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get("/v2/products/usage-types?limit=10".to_owned())],
    },
    Operation {
        name: "ListMeasureUnits",
        component: "list-measure-units",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"measure_units":[{"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get("/v2/bases/measurements".to_owned())],
    },
    Operation {
        name: "ListConversions",
        component: "list-conversions",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"conversions":[{"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get("/v2/bases/conversions".to_owned())],
    },
    Operation {
        name: "ListResourceSpecs",
        component: "list-resource-specs",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"page_info":{"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            // From the middle of the list.
            let marker = tenant.specification(tenant.products() / 2);
            let body = json!({
                "cloud_service_type": SERVICE, "resource_type": RESOURCE, "region_code": REGION,
                "charge_mode": "1", "marker": marker, "limit": 10,
            });
            vec![post("/v2/products/resource-specs-query", body)]
        },
    },
    // A filter that only the last specification passes: the list is read to its end.
    Operation {
        name: "ListResourceSpecs, filtered",
        component: "list-resource-specs",
        kind: Kind::Read,
        aim: Aim::Nothing,
        answer: Expected::Begins(r#"{"page_info":{"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let last = tenant.specification(tenant.products() - 1);
            let body = json!({
                "cloud_service_type": SERVICE, "resource_type": RESOURCE, "region_code": REGION,
                "charge_mode": "1", "limit": 10,
                "filters": [{"key": "RESOURCE_SPEC", "value": last}],
            });
            vec![post("/v2/products/resource-specs-query", body)]
        },
    },
    Operation {
        name: "ListIncentiveDiscountPolicies",
        component: "list-incentive-discount-policies",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"policies":[{"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let month = tenant.cycle.format(CYCLE_FORMAT);
            vec![get(format!("/v2/products/incentive-discount-policies?time={month}&limit=10"))]
        },
    },
];
