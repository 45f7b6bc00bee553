//! `ListPayPerUseCustomerResources`: yearly/monthly resources, in spite of its name.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::orders::{attached_id, main_id, provided, resources};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListPayPerUseCustomerResources";
const PATH: &str = "/v2/orders/suscriptions/resources/query";

#[test]
fn shows_what_was_bought() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let found = resources(app, &tenant, &json!({}));
    let (_, main) = &found[1];
    let (_, attached) = &found[0];
    for (name, expected) in [
        ("resource_id", main_id(&tenant).as_str()),
        ("service_type_code", "test.service.orders"),
        ("resource_type_code", "test.resource.orders"),
        ("resource_spec_code", "orders.small"),
        ("region_code", "test-orders-1"),
        ("product_id", "test-orders-product"),
    ] {
        assert_eq!(main.text_at(name), expected, "{name}");
    }
    assert!(main.get("parent_resource_id").is_none());
    assert_eq!(attached.text_at("parent_resource_id"), main_id(&tenant));
    let flags = |name: &str| [main, attached].map(|item| item.at(name).as_integer());
    assert_eq!(flags("is_main_resource"), [1, 0]);
    assert_eq!((flags("status"), flags("expire_policy")), ([2, 2], [0, 0]));
    assert!(main.text_at("expire_time").ends_with("T15:59:59Z"), "{main:?}");
    assert!(main.text_at("expire_time") > main.text_at("effective_time"));
}

#[test]
fn a_filter_leaves_what_it_names() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let order_id = provided(app, &tenant);
    let (main, attached) = (main_id(&tenant), attached_id(&tenant));
    let all = [attached.as_str(), main.as_str()];
    for (fields, expected) in [
        (json!({"resource_ids": [], "order_id": "", "status_list": []}), &all[..]),
        (json!({"resource_ids": [attached]}), &all[..1]),
        (json!({"resource_ids": ["nothing"]}), &[]),
        (json!({"order_id": order_id}), &all),
        (json!({"order_id": order_id, "only_main_resource": 1}), &all[1..]),
        (json!({"order_id": "CS0000000000AAAAA"}), &[]),
        (json!({"only_main_resource": 0}), &all),
        (json!({"status_list": [2]}), &all),
        (json!({"status_list": [3, 4, 5]}), &[]),
        (json!({"service_type_code": "test.service.orders"}), &all),
        (json!({"service_type_code": "test.service"}), &[]),
        (json!({"expire_time_begin": "2000-01-01T00:00:00Z"}), &all),
        (json!({"expire_time_end": "2000-01-01T00:00:00Z"}), &[]),
        (json!({"customer_id": tenant.customers[0]}), &all),
        (json!({"limit": 1}), &all[..1]),
        (json!({"offset": 1, "limit": 500}), &all[1..]),
    ] {
        let found = resources(app, &tenant, &fields);
        let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, expected, "{fields}");
    }
}

#[test]
fn a_partner_asks_for_one_of_its_customers() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let other = Tenant::in_books_of(app);
    let ask = |fields: Value| app.sdk(&tenant.distributor, OPERATION, &fields);
    let body = ask(json!({"customer_id": tenant.customers[0]})).outcome.expect("a list");
    assert_eq!(body.at("total_count").as_integer(), 2);
    let refused = |customer: &str| ask(json!({"customer_id": customer})).reply;
    let foreign = refused(&other.customers[0]);
    assert_eq!(foreign.outcome(), (400, "CBC.0100".to_owned()));
    assert_eq!(foreign.body, refused("nobody").body);
    assert_eq!(ask(json!({})).reply.outcome(), (400, "CBC.0100".to_owned()));
}

#[test]
fn refuses_what_is_out_of_range() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let many: Vec<String> = (0..51).map(|number| number.to_string()).collect();
    for body in [
        json!({"resource_ids": null}),
        json!({"resource_ids": many}),
        json!({"only_main_resource": 2}),
        json!({"status_list": [1]}),
        json!({"status_list": [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]}),
        json!({"service_type_code": ""}),
        json!({"expire_time_begin": "2026-01-01"}),
        json!({"limit": 501}),
        json!({"limit": 0}),
        json!({"customer_id": tenant.customers[1]}),
    ] {
        let reply = app.post(&tenant.customer, PATH, Value::to_string(&body));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
}
