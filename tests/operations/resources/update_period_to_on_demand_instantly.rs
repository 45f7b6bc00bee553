//! `UpdatePeriodToOnDemandInstantly`: resources go on as pay-per-use at once.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::orders::{attached_id, both, main_id, order, provided};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "UpdatePeriodToOnDemandInstantly";
const PATH: &str = "/v2/orders/subscriptions/resources/to-on-demand/instantly";

#[test]
fn answers_for_each_resource_what_came_of_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let ids = [attached_id(&tenant), main_id(&tenant), "nothing".to_owned()];
    let switch = || {
        let fields = json!({"resource_ids": ids});
        let body = app.sdk(&tenant.customer, OPERATION, &fields).outcome.expect("an answer");
        let results = body.at("to_ondemand_service_results").as_list().to_vec();
        let id = |number: usize| results[number].text_at("resource_id").to_owned();
        assert_eq!([id(0), id(1), id(2)], ids);
        results
    };
    let [attached, main, unknown] = &switch()[..] else { panic!("three results") };
    assert_eq!(attached.text_at("error_code"), "CBC.99003608");
    assert_eq!(unknown.text_at("error_code"), "CBC.99003012");
    assert_eq!([attached, unknown].map(|failed| failed.text_at("result")), ["FAIL", "FAIL"]);
    assert_eq!(main.text_at("result"), "SUCCESS");
    let shown = order(app, &tenant.customer, main.text_at("order_id"));
    assert_eq!(shown.at("order_info").at("order_type").as_integer(), 10);
    assert_eq!(both(app, &tenant, "status"), [3, 3]);
    app.audit(&tenant.tenant_id);

    assert!(switch().iter().all(|result| result.text_at("result") == "FAIL"));
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_what_is_out_of_range() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let many: Vec<String> = (0..11).map(|number| number.to_string()).collect();
    for body in [
        json!({"resource_ids": []}),
        json!({"resource_ids": many}),
        json!({"resource_ids": ["a", "a"]}),
        json!({}),
    ] {
        let reply = app.post(&tenant.customer, PATH, Value::to_string(&body));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
}
