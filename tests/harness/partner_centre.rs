//! Requests to the routes of the partner centre.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::http::{Reply, Request};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

pub const ASSOCIATIONS: &str = "/partner-centre/v1/associations";
pub const INVITATIONS: &str = "/partner-centre/v1/invitations";
pub const NOTIFICATION: &str = "/partner-centre/v1/notification";
pub const SECOND_FACTOR: &str = "/partner-centre/v1/second-factor";
pub const AUTHORISATIONS: &str = "/partner-centre/v1/authorisations";
pub const HOLDINGS: &str = "/partner-centre/v1/holdings";
pub const ISSUED_COUPONS: &str = "/partner-centre/v1/issued-coupons";
pub const QUOTAS: &str = "/partner-centre/v1/quotas";
pub const RECONCILIATIONS: &str = "/partner-centre/v1/reconciliations";
pub const ORDERS: &str = "/partner-centre/v1/orders";
pub const PRICE: &str = "/partner-centre/v1/orders/price";
pub const PAYMENT: &str = "/partner-centre/v1/orders/payment";
pub const RENEW: &str = "/partner-centre/v1/resources/renew";
pub const UNSUBSCRIBE: &str = "/partner-centre/v1/resources/unsubscribe";

/// Sends a signed request.
pub fn send(app: &App, key: &Key, method: &str, path: &str, body: &Value) -> Reply {
    app.call(key, Request::new(method, path, body.to_string()))
}

/// Sends a signed request that must succeed.
pub fn done(app: &App, key: &Key, method: &str, path: &str, body: &Value) -> Reply {
    let reply = send(app, key, method, path, body);
    assert_eq!(reply.status, 200, "{method} {path} {body}: {}", reply.text());
    reply
}

/// Whether a request was refused with this status and code.
pub fn refused(reply: &Reply, (status, code): (u16, &str), what: &str) {
    assert_eq!(reply.outcome(), (status, code.to_owned()), "{what}: {}", reply.text());
}

/// The customer that has a key lets its partner order on its behalf.
pub fn authorise(app: &App, tenant: &Tenant) {
    let asking = json!({"customer_id": tenant.customers[0]});
    done(app, &tenant.distributor, "POST", AUTHORISATIONS, &asking);
    done(app, &tenant.customer, "PUT", AUTHORISATIONS, &json!({"decision": "grant"}));
}

/// Sends a write twice under one client token: the second time it gets the same answer, and nothing
/// is changed.
pub fn once(app: &App, tenant: &Tenant, key: &Key, method: &str, path: &str, body: &Value) {
    let token = format!("once{}", path.replace('/', "-"));
    let request = Request::new(method, path, body.to_string()).with("X-Client-Token", &token);
    let first = app.call(key, request.clone());
    assert_eq!(first.status, 200, "{method} {path} {body}: {}", first.text());
    let after = app.audit(&tenant.tenant_id);
    let second = app.call(key, request);
    assert_eq!((second.status, second.text()), (first.status, first.text()));
    assert_eq!(app.audit(&tenant.tenant_id), after);
}

/// The customer that has a key asks its partner to let it go, and the partner does.
pub fn left_alone(app: &App, tenant: &Tenant) {
    done(app, &tenant.customer, "POST", ASSOCIATIONS, &json!({"change": "dissociation"}));
    let agree = json!({"customer_id": tenant.customers[0], "decision": "agree"});
    done(app, &tenant.distributor, "PUT", ASSOCIATIONS, &agree);
}

/// The partner that a customer is told it has.
pub fn associated(app: &App, customer: &Key) -> Option<String> {
    let reply = app.get(customer, ASSOCIATIONS);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json().get("partner_id").map(|partner| partner.as_text().to_owned())
}

/// The name of an invitation that a partner makes.
pub fn invited(app: &App, key: &Key, fields: Value) -> String {
    let reply = done(app, key, "POST", INVITATIONS, &fields);
    reply.json().text_at("invitation_id").to_owned()
}
