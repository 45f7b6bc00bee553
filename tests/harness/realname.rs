//! Real-name submissions as the tests make them, and the reviewer's side of them.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::http::Reply;
use crate::harness::json::Json;
use crate::harness::signer::{Key, quote};
use crate::harness::tenant::Tenant;

pub const INDIVIDUAL: &str = "CreatePersonalRealnameAuth";
pub const ENTERPRISE: &str = "CreateEnterpriseRealnameAuthentication";
pub const CHANGE: &str = "ChangeEnterpriseRealnameAuthentication";

pub const DECIDE: &str = "/operator/v1/reviews/decide";

/// A person with this number on its passport.
pub fn person(customer_id: &str, number: &str) -> Value {
    json!({
        "customer_id": customer_id, "identify_type": 0, "verified_type": 3,
        "verified_file_url": ["abc023.jpg", "def004.PNG"], "name": "张三 Zhang San",
        "verified_number": number, "change_type": -1, "xaccount_type": "TEST_IDP",
    })
}

/// An enterprise.
pub fn company(customer_id: &str) -> Value {
    json!({
        "customer_id": customer_id, "identify_type": 1, "certificate_type": 0,
        "verified_file_url": ["licence-front.pdf", "licence-back.gif"],
        "corp_name": "Example Trading Ltd.", "verified_number": "91310000MA1FL5Y0X1",
        "reg_country": "CN", "reg_address": "1 Example Road", "xaccount_type": "TEST_IDP",
        "enterprise_person": {
            "legel_name": "李四", "legel_id_number": "E7654321", "certifier_role": "legalPerson",
        },
    })
}

/// A change to that enterprise.
pub fn change(customer_id: &str) -> Value {
    let mut change = company(customer_id);
    change["change_type"] = json!(1);
    change
}

/// Submits, which must put the customer under review; answers the review's id.
pub fn submit(app: &App, tenant: &Tenant, operation: &str, fields: &Value) -> String {
    let answer = app.sdk(&tenant.distributor, operation, fields);
    let body = answer.outcome.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(body, Json::parse(r#"{"is_review": 1}"#).expect("JSON"));
    let customer_id = fields["customer_id"].as_str().expect("a customer");
    let awaiting = awaiting(app, &tenant.tenant_id);
    let mut ours = awaiting.iter().filter(|review| review.text_at("customer_id") == customer_id);
    ours.next().expect("it awaits review").text_at("review_id").to_owned()
}

/// The tenant's first customer is authenticated as a person.
pub fn become_person(app: &App, tenant: &Tenant) {
    let fields = person(&tenant.customers[0], "E0000001");
    let review_id = submit(app, tenant, INDIVIDUAL, &fields);
    decided(app, tenant, &review_id, None);
}

/// What a partner is refused with.
pub fn refusal(app: &App, key: &Key, operation: &str, fields: &Value) -> (i64, String) {
    let error = app.sdk(key, operation, fields).outcome.expect_err("refused");
    (error.status_code, error.error_code)
}

/// The submission is refused with this code, and nothing changes.
pub fn assert_refused(app: &App, tenant: &Tenant, operation: &str, fields: &Value, code: &str) {
    let before = app.audit(&tenant.tenant_id);
    let refused = refusal(app, &tenant.distributor, operation, fields);
    assert_eq!(refused, (400, code.to_owned()), "{fields}");
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

/// All that awaits review.
pub fn awaiting(app: &App, tenant_id: &str) -> Vec<Json> {
    let target = format!("/operator/v1/reviews?tenant_id={}&limit=100", quote(tenant_id));
    let reply = app.operator("GET", &target, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json().at("reviews").as_list().to_vec()
}

/// Decides; without an opinion it is an approval.
pub fn decide(app: &App, tenant: &Tenant, review_id: &str, opinion: Option<&str>) -> Reply {
    let mut body = json!({"tenant_id": tenant.tenant_id, "review_id": review_id,
                          "decision": "approve"});
    if let Some(opinion) = opinion {
        body["decision"] = json!("reject");
        body["opinion"] = json!(opinion);
    }
    app.operator("POST", DECIDE, body.to_string())
}

/// Decides, which must be possible.
pub fn decided(app: &App, tenant: &Tenant, review_id: &str, opinion: Option<&str>) -> Json {
    let reply = decide(app, tenant, review_id, opinion);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

/// What the partner is told of the customer's latest submission.
pub fn result(app: &App, tenant: &Tenant, customer_id: &str) -> Json {
    let fields = json!({"customer_id": customer_id});
    let answer = app.sdk(&tenant.distributor, "ShowRealnameAuthenticationReviewResult", &fields);
    answer.outcome.expect("a result")
}

/// What the tenant's customer with a key is told of itself: status, and type if there is one.
pub fn status(app: &App, tenant: &Tenant) -> (i64, Option<i64>) {
    let answer = app.sdk(&tenant.customer, "ShowRealNameAuthStatus", &json!({}));
    let body = answer.outcome.expect("a status");
    let kind = body.get("verified_type").map(Json::as_integer);
    (body.at("verified_status").as_integer(), kind)
}

/// The log of messages, newest first.
pub fn deliveries(app: &App, tenant: &Tenant) -> Vec<Json> {
    let target = format!("/operator/v1/deliveries?tenant_id={}&limit=100", tenant.tenant_id);
    let reply = app.operator("GET", &target, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json().at("deliveries").as_list().to_vec()
}
