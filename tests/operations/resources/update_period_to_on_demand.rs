//! `UpdatePeriodToOnDemand`: resources go on as pay-per-use when their last term ends.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::orders::{attached_id, both, days_later, main_id, provided};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "UpdatePeriodToOnDemand";
const PATH: &str = "/v2/orders/subscriptions/resources/to-on-demand";

/// The resources that failed, each with its code.
fn update(app: &App, tenant: &Tenant, operation: &str, ids: &[String]) -> Vec<(String, String)> {
    let fields = json!({"operation": operation, "resource_ids": ids});
    let body = app.sdk(&tenant.customer, OPERATION, &fields).outcome.expect("an answer");
    let failures = body.at("error_details").as_list().iter();
    let failure =
        |item: &Json| (item.text_at("id").to_owned(), item.text_at("error_code").to_owned());
    failures.map(failure).collect()
}

#[test]
fn sets_and_cancels_the_switch_and_tells_of_failures_alone() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let (main, attached) = (main_id(&tenant), attached_id(&tenant));
    let failed = |id: &str, code: &str| (id.to_owned(), code.to_owned());
    assert_eq!(
        update(app, &tenant, "CANCEL", std::slice::from_ref(&main)),
        [failed(&main, "CBC.99003608")]
    );
    let ids = [attached.clone(), main.clone(), "nothing".to_owned()];
    assert_eq!(
        update(app, &tenant, "SET_UP", &ids),
        [failed(&attached, "CBC.99003608"), failed("nothing", "CBC.99003012")]
    );
    assert_eq!(both(app, &tenant, "expire_policy"), [1, 1]);
    assert!(update(app, &tenant, "CANCEL", &[main]).is_empty());
    assert_eq!(both(app, &tenant, "expire_policy"), [0, 0]);
}

#[test]
fn a_resource_goes_on_as_pay_per_use_when_its_term_ends() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    provided(app, &tenant);
    assert!(update(app, &tenant, "SET_UP", &[main_id(&tenant)]).is_empty());
    days_later(app, &tenant, 40);
    assert_eq!(both(app, &tenant, "status"), [3, 3]);
    let fields = json!({"customer_id": tenant.customers[0]});
    let body = app.sdk(&tenant.distributor, "ListCustomerOnDemandResources", &fields).outcome;
    let body = body.expect("a list");
    let ids: Vec<&str> =
        body.at("resources").as_list().iter().map(|item| item.text_at("resource_id")).collect();
    assert_eq!(ids, [attached_id(&tenant), main_id(&tenant)]);
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_what_is_out_of_range() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    for body in [
        json!({"operation": "SET_UP", "resource_ids": []}),
        json!({"operation": "SET_UP", "resource_ids": many}),
        json!({"operation": "SET_UP", "resource_ids": ["a", "a"]}),
        json!({"operation": "set_up", "resource_ids": ["a"]}),
        json!({"resource_ids": ["a"]}),
    ] {
        let reply = app.post(&tenant.customer, PATH, Value::to_string(&body));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
}
