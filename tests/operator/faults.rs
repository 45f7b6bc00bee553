//! `PUT`, `GET` and `DELETE /operator/v1/faults`.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::money::{decimal, partner_cash, post_with_token};
use crate::harness::sandbox::{counts, set_faults};
use crate::harness::tenant::Tenant;

const ALLOCATE: &str = "/v2/accounts/partner-accounts/adjust-amount";

/// Status and code of an allocation of 1.00 with this client token, and the cash that it has taken.
fn allocate(app: &App, tenant: &Tenant, token: &str) -> ((u16, String), Decimal) {
    let before = partner_cash(app, tenant, None);
    let body = json!({"customer_id": tenant.customers[0], "amount": 1.0});
    let reply = post_with_token(app, &tenant.distributor, ALLOCATE, token, &body);
    (reply.outcome(), before - partner_cash(app, tenant, None))
}

#[test]
fn a_request_that_is_lost_before_does_nothing_and_one_after_the_commit_is_done_once() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let (nothing, one) = (decimal("0"), decimal("1.00"));
    let lost = (503, "CBC.0999".to_owned());
    let done = (200, String::new());
    let rule = |when: &str| {
        json!([{"operation": "UpdateCustomerAccountAmount", "status": 503,
                "error_code": "CBC.0999", "next": 1, "when": when}])
    };
    assert_eq!(set_faults(app, &tenant.tenant_id, &rule("before")).status, 200);
    assert_eq!(allocate(app, &tenant, "a"), (lost.clone(), nothing));
    assert_eq!(allocate(app, &tenant, "a"), (done.clone(), one));
    assert_eq!(counts(app, &tenant.tenant_id), [(2, 1)]);

    assert_eq!(set_faults(app, &tenant.tenant_id, &rule("after-commit")).status, 200);
    assert_eq!(counts(app, &tenant.tenant_id), [(0, 0)]);
    assert_eq!(allocate(app, &tenant, "b"), (lost, one));
    assert_eq!(allocate(app, &tenant, "b"), (done, nothing));
    app.audit(&tenant.tenant_id);
}

#[test]
fn rules_are_taken_away_and_are_their_tenants_alone() {
    let app = App::shared();
    let (tenant, other) = (Tenant::playing_in(app), Tenant::playing_in(app));
    let rules = json!([{"status": 500, "error_code": "CBC.0999"}]);
    assert_eq!(set_faults(app, &tenant.tenant_id, &rules).status, 200);
    let balances = |tenant: &Tenant| {
        app.get(&tenant.distributor, "/v2/accounts/partner-accounts/balances").status
    };
    assert_eq!((balances(&tenant), balances(&other)), (500, 200));
    let target = format!("/operator/v1/faults?tenant_id={}", tenant.tenant_id);
    assert_eq!(app.operator("DELETE", &target, "").outcome(), (204, String::new()));
    assert_eq!(balances(&tenant), 200);
    assert_eq!(counts(app, &tenant.tenant_id), []);
}

#[test]
fn refuses_rules_without_sense_and_tenants_that_do_not_only_play() {
    let app = App::shared();
    let (tenant, playing) = (Tenant::in_books_of(app), Tenant::playing_in(app));
    let rules = json!([{"latency_ms": 1}]);
    let outcome = |tenant_id: &str, rules: &Value| set_faults(app, tenant_id, rules).outcome();
    assert_eq!(outcome(&tenant.tenant_id, &rules), (403, "CBC.0151".to_owned()));
    assert_eq!(outcome("demo-nothing", &rules), (404, "CBC.0101".to_owned()));
    for rules in [json!([{}]), json!([{"status": 200, "error_code": "a"}]), json!({}), json!([1])] {
        let refused = (400, "CBC.0100".to_owned());
        assert_eq!(outcome(&playing.tenant_id, &rules), refused, "{rules}");
    }
    assert_eq!(counts(app, &playing.tenant_id), []);
}
