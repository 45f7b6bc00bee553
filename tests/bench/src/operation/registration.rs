//! How a customer becomes one.

use serde_json::json;

use super::{Aim, CODES_MAX, Kind, Operation, Repeat, SHORT_READ, Unsigned, post};
use crate::client::Expected;
use crate::tenant::Tenant;

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CheckUserIdentity",
        component: "check-user-identity",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"check_result":"available""#),
        repeat: Repeat::Freely,
        requests: |_| {
            let body = json!({"search_type": "name", "search_value": "nobody-has-this-name"});
            vec![post("/v2/partners/sub-customers/users/check-identity", body)]
        },
    },
    Operation {
        name: "CreateSubCustomer",
        component: "create-sub-customer",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"domain_id":"#),
        repeat: Repeat::Once,
        requests: |tenant| registrations(tenant, "no-login", None),
    },
    // Its password is hashed by Argon2, which is slow and takes memory on purpose: the hash is
    // nearly all of the request's time, so that no floor says what it should take.
    Operation {
        name: "CreateSubCustomer, with a password",
        component: "create-sub-customer",
        kind: Kind::Write,
        aim: Aim::Nothing,
        answer: Expected::Begins(r#"{"domain_id":"#),
        repeat: Repeat::Once,
        requests: |tenant| registrations(tenant, "login", Some("a-Password-of-1")),
    },
    // Each code goes to another mobile: one is sent 15 in an hour at most, and they are few, as a
    // partner may not send many. The tenant is a demo tenant, so that nothing is posted: how long a
    // receiver takes says nothing of this bundle.
    Operation {
        name: "SendVerificationMessageCode",
        component: "send-verification-message-code",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Nothing,
        repeat: Repeat::Once,
        requests: |tenant| {
            let body =
                |number| json!({"receiver_type": 1, "mobile_phone": format!("139{number:08}")});
            let path = "/v2/bases/verificationcode/send";
            (0..tenant.once.min(CODES_MAX)).map(|number| post(path, body(number))).collect()
        },
    },
];

/// Customers to be created, with names that begin so.
fn registrations(tenant: &Tenant, name: &str, password: Option<&str>) -> Vec<Unsigned> {
    let body = |number| {
        let name = format!("{name}-{number:05}");
        let mut body =
            json!({"domain_name": name, "xaccount_id": name, "xaccount_type": "BENCH_IDP"});
        if let Some(password) = password {
            body["password"] = password.into();
        }
        body
    };
    (0..tenant.once).map(|number| post("/v2/partners/sub-customers", body(number))).collect()
}
