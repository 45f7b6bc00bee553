//! `AutoRenewalResources`: a resource renews itself from now on.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::orders::{attached_id, both, days_later, main_id, provided};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "AutoRenewalResources";

fn switch_on(app: &App, tenant: &Tenant, resource_id: &str, more: &Value) -> (u16, String) {
    let mut fields = json!({"resource_id": resource_id});
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    app.sdk(&tenant.customer, OPERATION, &fields).reply.outcome()
}

#[test]
fn switches_a_main_resource_on_with_what_is_attached_to_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    assert_eq!(both(app, &tenant, "expire_policy"), [0, 0]);
    let choice = json!({"auto_renew_times": 2, "period_type": "YEAR"});
    assert_eq!(switch_on(app, &tenant, &main_id(&tenant), &choice), (204, String::new()));
    assert_eq!(both(app, &tenant, "expire_policy"), [3, 3]);
    app.audit(&tenant.tenant_id);
}

#[test]
fn an_attached_resource_switches_its_main_one_and_a_repeat_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    for _ in 0..2 {
        let outcome = switch_on(app, &tenant, &attached_id(&tenant), &json!({}));
        assert_eq!(outcome, (204, String::new()));
        assert_eq!(both(app, &tenant, "expire_policy"), [3, 3]);
    }
}

#[test]
fn refuses_by_the_first_reason_that_holds() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    provided(app, &tenant);
    let refused = |code: &str| (400, code.to_owned());
    for choice in [
        json!({"auto_renew_times": 100}),
        json!({"period_type": "DAY"}),
        json!({"period_type": "month"}),
    ] {
        let outcome = switch_on(app, &tenant, &main_id(&tenant), &choice);
        assert_eq!(outcome, refused("CBC.0100"), "{choice}");
    }
    assert_eq!(switch_on(app, &tenant, "nothing", &json!({})), refused("CBC.99003012"));
    assert_eq!(both(app, &tenant, "expire_policy"), [0, 0]);
    days_later(app, &tenant, 40);
    let outcome = switch_on(app, &tenant, &main_id(&tenant), &json!({}));
    assert_eq!(outcome, refused("CBC.99003602"));
}
