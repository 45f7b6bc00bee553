//! `ListFreeResourceUsages`: what items of resource packages hold in their current cycle.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::money::{call, decimal, key_of_customer};
use crate::harness::packages::{item, item_id, package, tenant_with_packages};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListFreeResourceUsages";
const PATH: &str = "/v2/payments/free-resources/usages/details/query";

fn main(tenant: &Tenant) -> Value {
    let mut package = package(tenant, "main");
    let yearly = json!({"original_amount": "7", "quota_reuse_cycle": 5,
                        "quota_reuse_cycle_type": 2, "used_amount": "6",
                        "used_at": "2026-01-01T04:00:00Z"});
    let requests = item(tenant, "main", "requests", yearly);
    package["free_resources"].as_array_mut().expect("a list").push(requests);
    package
}

/// Expired for longer than packages are answered.
fn ancient(tenant: &Tenant) -> Value {
    let mut ancient = package(tenant, "ancient");
    ancient["effective_time"] = json!("2020-01-01T00:00:00Z");
    ancient["expire_time"] = json!("2021-01-01T00:00:00Z");
    ancient
}

#[test]
fn shows_cycles_and_what_is_left_in_the_order_asked_for() {
    let app = App::shared();
    let tenant = tenant_with_packages(app, &[main, ancient]);
    let ids = [
        item_id(&tenant, "main", "traffic"),
        "nothing".to_owned(),
        item_id(&tenant, "ancient", "space"),
        item_id(&tenant, "main", "space"),
    ];
    let body = call(app, &tenant.customer, OPERATION, &json!({"free_resource_ids": ids}));
    let body = body.expect("items");
    let [traffic, space] = body.at("free_resources").as_list() else {
        panic!("two items: {body:?}");
    };
    assert_eq!(traffic.text_at("free_resource_id"), ids[0]);
    assert_eq!(traffic.text_at("free_resource_type_name"), "Standard storage");
    assert_eq!(traffic.text_at("usage_type_name"), "TRAFFIC");
    assert_eq!(traffic.text_at("start_time"), "2026-01-01T04:00:00Z");
    assert_eq!(traffic.text_at("end_time"), "2036-01-01T15:59:59Z");
    assert_eq!(traffic.at("amount").as_decimal(), decimal("100.25"));
    assert_eq!(traffic.at("original_amount").as_decimal(), decimal("100.5"));
    assert_eq!(traffic.at("measure_id").as_integer(), 10);
    assert!(traffic.get("quota_reuse_cycle").is_none());
    assert!(traffic.get("quota_reuse_cycle_type").is_none());

    assert_eq!(space.text_at("free_resource_id"), ids[3]);
    assert_eq!(space.at("quota_reuse_cycle").as_integer(), 4);
    assert_eq!(space.at("quota_reuse_cycle_type").as_integer(), 1);
    // A month of the calendar in GMT+8.
    assert!(space.text_at("start_time").ends_with("T16:00:00Z"), "{space:?}");
    assert!(space.text_at("end_time").ends_with("T15:59:59Z"), "{space:?}");
}

#[test]
fn nothing_is_seen_of_another_customers_items() {
    let app = App::shared();
    let tenant = tenant_with_packages(app, &[main]);
    let other = key_of_customer(app, &tenant, &tenant.referral_customer);
    let fields = json!({"free_resource_ids": [item_id(&tenant, "main", "space")]});
    let body = call(app, &other, OPERATION, &fields).expect("a list");
    assert!(body.at("free_resources").as_list().is_empty());
}

#[test]
fn refuses_too_many_items_none_and_the_same_twice() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    for body in [
        json!({"free_resource_ids": []}),
        json!({"free_resource_ids": many}),
        json!({"free_resource_ids": ["a", "a"]}),
        json!({"free_resource_ids": [""]}),
        json!({"free_resource_ids": null}),
        json!({}),
    ] {
        let reply = app.post(&tenant.customer, PATH, body.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
}
