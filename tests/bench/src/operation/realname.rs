//! Real-name authentication. A customer can be submitted once: it is under review then.

use serde_json::{Value, json};

use super::{Aim, Kind, Operation, Repeat, SHORT_READ, Signer, Unsigned, get, post};
use crate::client::Expected;
use crate::tenant::{Applicant, Tenant};

const ENTERPRISE: &str = "/v2/customers/realname-auths/enterprise";

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ShowRealNameAuthStatus",
        component: "show-real-name-auth-status",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"verified_status":"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let request = get("/v2/customers/real-name-auth-status".to_owned());
            vec![Unsigned { signer: Signer::Customer, ..request }]
        },
    },
    Operation {
        name: "ShowRealNameAuthQrCode",
        component: "show-real-name-auth-qr-code",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"qr_code_url":"http"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let request = get("/v2/customers/real-name-auth-qrcode".to_owned());
            vec![Unsigned { signer: Signer::Customer, ..request }]
        },
    },
    Operation {
        name: "ShowRealnameAuthenticationReviewResult",
        component: "show-realname-authentication-review-result",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"review_result":"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let customer = tenant.customer(0);
            vec![get(format!("/v2/customers/realname-auths/result?customer_id={customer}"))]
        },
    },
    Operation {
        name: "CreatePersonalRealnameAuth",
        component: "create-personal-realname-auth",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: UNDER_REVIEW,
        repeat: Repeat::Once,
        requests: |tenant| {
            let path = "/v2/customers/realname-auths/individual";
            let people = (0..tenant.once).map(|number| person(tenant, number));
            people.map(|person| post(path, person)).collect()
        },
    },
    Operation {
        name: "CreateEnterpriseRealnameAuthentication",
        component: "realname-auths-enterprise",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: UNDER_REVIEW,
        repeat: Repeat::Once,
        requests: |tenant| {
            let applicant = |number| tenant.applicant(Applicant::Enterprise, number);
            let companies = (0..tenant.once).map(|number| company(&applicant(number)));
            companies.map(|company| post(ENTERPRISE, company)).collect()
        },
    },
    Operation {
        name: "ChangeEnterpriseRealnameAuthentication",
        component: "realname-auths-enterprise",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: UNDER_REVIEW,
        repeat: Repeat::Once,
        requests: |tenant| {
            let change = |number| {
                let mut change = company(&tenant.applicant(Applicant::Change, number));
                change["change_type"] = 1.into();
                Unsigned { method: "PUT", ..post(ENTERPRISE, change) }
            };
            (0..tenant.once).map(change).collect()
        },
    },
];

const UNDER_REVIEW: Expected = Expected::Begins(r#"{"is_review":1}"#);

/// A person with a passport of its own.
fn person(tenant: &Tenant, number: u32) -> Value {
    json!({
        "customer_id": tenant.applicant(Applicant::Person, number), "identify_type": 0,
        "verified_type": 3, "verified_file_url": ["passport-front.jpg", "passport-back.jpg"],
        "name": "Zhang San", "verified_number": format!("E{number:07}"), "change_type": -1,
        "xaccount_type": "BENCH_IDP",
    })
}

fn company(customer: &str) -> Value {
    json!({
        "customer_id": customer, "identify_type": 1, "certificate_type": 0,
        "verified_file_url": ["licence-front.pdf", "licence-back.pdf"],
        "corp_name": "Example Trading Ltd.", "verified_number": "91310000MA1FL5Y0X1",
        "reg_country": "CN", "reg_address": "1 Example Road", "xaccount_type": "BENCH_IDP",
        "enterprise_person": {
            "legel_name": "Li Si", "legel_id_number": "E7654321", "certifier_role": "legalPerson",
        },
    })
}
