//! Customers registered for a test: verification codes, what is taken, who is there.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// A mobile number.
pub const MOBILE: &str = "13812345678";

/// A request for a code to a mobile number.
pub fn code_request(mobile: &str) -> Value {
    json!({"receiver_type": 1, "mobile_phone": mobile})
}

/// Sends a code through the SDK.
pub fn send(app: &App, key: &Key, mobile: &str) {
    let answer = app.sdk(key, "SendVerificationMessageCode", &code_request(mobile));
    answer.outcome.expect("sent");
    assert_eq!((answer.reply.status, answer.reply.body.len()), (204, 0));
}

/// Sends a code in a demo tenant, and answers it as its operator reads it.
pub fn code_for(app: &App, tenant: &Tenant, mobile: &str) -> String {
    send(app, &tenant.distributor, mobile);
    let found = codes(app, &tenant.tenant_id, mobile);
    let registration = found.iter().find(|code| code.at("scene").as_integer() == 29);
    registration.expect("sent").text_at("code").to_owned()
}

/// The codes of a mobile number.
pub fn codes(app: &App, tenant_id: &str, mobile: &str) -> Vec<Json> {
    let target =
        format!("/operator/v1/verification-codes?tenant_id={tenant_id}&mobile_phone={mobile}");
    let reply = app.operator("GET", &target, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json().at("verification_codes").as_list().to_vec()
}

/// What the SDK is told, and how many more may register with a mobile number.
pub fn check(app: &App, key: &Key, search_type: &str, value: &str) -> (String, Option<i64>) {
    let fields = json!({"search_type": search_type, "search_value": value});
    let body = app.sdk(key, "CheckUserIdentity", &fields).outcome.expect("a result");
    let remaining = body.get("mobile_remain_available_num").map(|number| number.as_integer());
    (body.text_at("check_result").to_owned(), remaining)
}

/// The customers that the SDK gets, and the count beside them.
pub fn customers(app: &App, key: &Key, fields: &Value) -> (Vec<Json>, i64) {
    let answer = app.sdk(key, "ListSubCustomers", fields);
    let body = answer.outcome.expect("customers");
    (body.at("customer_infos").as_list().to_vec(), body.at("count").as_integer())
}
