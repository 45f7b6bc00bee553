//! Administrative divisions.

use super::{Kind, Operation, Repeat, SHORT_READ, get};
use crate::client::Expected;
use crate::tenant::{CITY, PROVINCE};

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListProvinces",
        component: "list-provinces",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"count":"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get("/v2/systems/configs/provinces?limit=10".to_owned())],
    },
    Operation {
        name: "ListCities",
        component: "list-cities",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"count":"#),
        repeat: Repeat::Freely,
        requests: |_| {
            vec![get(format!("/v2/systems/configs/cities?province_code={PROVINCE}&limit=10"))]
        },
    },
    Operation {
        name: "ListCounties",
        component: "list-counties",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"count":"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get(format!("/v2/systems/configs/counties?city_code={CITY}&limit=10"))],
    },
];
