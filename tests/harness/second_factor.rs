//! The second factor of a partner: the codes that are sent for it, and how it is switched on.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::partner_centre::{SECOND_FACTOR, done, send};
use crate::harness::registration::{MOBILE, codes};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// What its codes are for.
pub const TO_ASK: i64 = 1001;
pub const TO_PROVE: i64 = 1002;
pub const TO_SIGN_IN: i64 = 1003;

/// The code of a number that is for this, as the operator of the demo tenant reads it.
pub fn code(app: &App, tenant: &Tenant, mobile: &str, scene: i64) -> String {
    let found = codes(app, &tenant.tenant_id, mobile);
    let found = found.iter().find(|code| code.at("scene").as_integer() == scene);
    found.expect("a code").text_at("code").to_owned()
}

/// Sends a code, and answers it.
pub fn sent(app: &App, tenant: &Tenant, key: &Key, (mobile, scene): (&str, i64)) -> String {
    let body = if scene == TO_PROVE { json!({"mobile_phone": mobile}) } else { json!({}) };
    let reply = send(app, key, "POST", SECOND_FACTOR, &body);
    assert_eq!((reply.status, reply.body.len()), (204, 0), "{}", reply.text());
    code(app, tenant, mobile, scene)
}

/// Another code than this one.
pub fn other(code: &str) -> String {
    let digits = code.chars().map(|digit| if digit == '7' { '3' } else { '7' });
    digits.collect()
}

/// Switches it on with a number that gets the codes.
pub fn switch_on(app: &App, tenant: &Tenant, key: &Key, mobile: &str) {
    let code = sent(app, tenant, key, (mobile, TO_PROVE));
    let on = json!({"status": "on", "mobile_phone": mobile, "verification_code": code});
    done(app, key, "PUT", SECOND_FACTOR, &on);
}

/// A demo tenant whose distributor has one.
pub fn guarded(app: &App) -> Tenant {
    let tenant = Tenant::playing_in(app);
    switch_on(app, &tenant, &tenant.distributor, MOBILE);
    tenant
}
