//! `ListFreeResourceInfos`: a customer's resource packages, with what they still hold.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::{call, import, key_of_customer};
use crate::harness::packages::{id, item, item_id, package, tenant_with_packages};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListFreeResourceInfos";
const PATH: &str = "/v3/payments/free-resources/query";

/// A gift that is used up: what it held does not come back.
fn gift(tenant: &Tenant) -> Value {
    let mut gift = package(tenant, "gift");
    let members = gift.as_object_mut().expect("an object");
    members.remove("order_id");
    members.remove("region_code");
    members.insert("service_type_code".to_owned(), json!("hws.service.type.cdn"));
    members.insert("bundle_type".to_owned(), json!("BUNDLE_PKG"));
    let spent = json!({"original_amount": "5", "used_amount": "5"});
    members.insert("free_resources".to_owned(), json!([item(tenant, "gift", "upflow", spent)]));
    gift
}

fn expired(tenant: &Tenant) -> Value {
    let mut expired = package(tenant, "old");
    expired["effective_time"] = json!("2025-01-01T00:00:00Z");
    expired["expire_time"] = json!("2025-12-31T15:59:59Z");
    expired
}

fn future(tenant: &Tenant) -> Value {
    let mut future = package(tenant, "future");
    future["effective_time"] = json!("2035-01-01T00:00:00Z");
    future
}

fn returned(tenant: &Tenant) -> Value {
    let mut returned = package(tenant, "returned");
    returned["unsubscribe_time"] = json!("2026-02-01T00:00:00Z");
    returned
}

fn main(tenant: &Tenant) -> Value {
    package(tenant, "main")
}

fn listed(app: &App, tenant: &Tenant, fields: &Value) -> Json {
    call(app, &tenant.customer, OPERATION, fields).expect("packages")
}

/// The names of the packages that a filter leaves, in order.
fn names(app: &App, tenant: &Tenant, fields: &Value) -> Vec<String> {
    let body = listed(app, tenant, fields);
    let packages = body.at("free_resource_packages").as_list();
    let prefix = id(tenant, "");
    packages
        .iter()
        .map(|package| package.text_at("order_instance_id").replace(&prefix, ""))
        .collect()
}

#[test]
fn shows_what_packages_are_and_still_hold() {
    let app = App::shared();
    let tenant = tenant_with_packages(app, &[main, gift]);
    let body = listed(app, &tenant, &json!({}));
    assert_eq!(body.at("total_count").as_integer(), 2);
    let [gift, main] = body.at("free_resource_packages").as_list() else {
        panic!("two packages: {body:?}");
    };
    for (name, expected) in [
        ("order_id", "CS2601011200ABCDE"),
        ("product_id", "product-main"),
        ("product_name", "Package main"),
        ("effective_time", "2026-01-01T04:00:00Z"),
        ("expire_time", "2036-01-01T15:59:59Z"),
        ("service_type_code", "hws.service.type.obs"),
        ("service_type_name", "Object Storage Service"),
        ("region_code", "cn-north-4"),
        ("bundle_type", "ATOMIC_PKG"),
    ] {
        assert_eq!(main.text_at(name), expected, "{name}");
    }
    let codes = ["status", "source_type", "quota_reuse_mode", "enterprise_project_scope"];
    assert_eq!(codes.map(|name| main.at(name).as_integer()), [1, 0, 1, 0]);
    assert_eq!(codes.map(|name| gift.at(name).as_integer()), [2, 1, 2, 0]);
    assert_eq!(gift.text_at("bundle_type"), "BUNDLE_PKG");
    assert!(gift.get("order_id").is_none() && gift.get("region_code").is_none());

    let [space, traffic] = main.at("free_resources").as_list() else {
        panic!("two items: {main:?}");
    };
    assert_eq!(space.text_at("free_resource_id"), item_id(&tenant, "main", "space"));
    assert_eq!(space.text_at("usage_type_name"), "SPACE");
    assert_eq!(space.at("measure_id").as_integer(), 10);
    let amounts =
        |item: &Json| ["amount", "original_amount"].map(|name| item.text_at(name).to_owned());
    assert_eq!(amounts(space), ["40", "40"]);
    assert_eq!(amounts(traffic), ["100.25", "100.5"]);
}

#[test]
fn a_filter_leaves_what_it_names_and_an_empty_one_leaves_all() {
    let app = App::shared();
    let tenant = tenant_with_packages(app, &[main, gift, expired, future, returned]);
    let all = ["future", "gift", "main", "old", "returned"];
    let services = |codes: &[&str]| json!({"service_type_code_list": codes});
    for (fields, expected) in [
        (json!({}), &all[..]),
        (json!({"region_code": "", "order_id": "", "product_id": "", "product_name": ""}), &all),
        (services(&[]), &all),
        (json!({"status": 0}), &["future"]),
        (json!({"status": 1}), &["main"]),
        (json!({"status": 2}), &["gift"]),
        (json!({"status": 3}), &["old"]),
        (json!({"status": 4}), &["returned"]),
        (services(&["HWS.service.TYPE.cdn"]), &["gift"]),
        (services(&["hws.service.type.cdn", "hws.service.type.obs"]), &all),
        (services(&["hws.service.type"]), &[]),
        (json!({"product_id": "product-main"}), &["main"]),
        (json!({"product_name": "Package main"}), &["main"]),
        (json!({"product_name": "Package"}), &[]),
        (
            json!({"order_id": "CS2601011200ABCDE", "region_code": "cn-north-4", "status": 1}),
            &["main"],
        ),
        (json!({"region_code": "cn-north-1"}), &[]),
        (json!({"enterprise_project_id": "0"}), &[]),
        (json!({"limit": 2}), &all[..2]),
        (json!({"offset": 3, "limit": 1_000}), &all[3..]),
    ] {
        assert_eq!(names(app, &tenant, &fields), expected, "{fields}");
    }
    let total = |fields| listed(app, &tenant, &fields).at("total_count").as_integer();
    assert_eq!((total(json!({"limit": 1})), total(json!({"status": 3}))), (5, 1));
}

#[test]
fn nothing_is_seen_of_another_customers_packages() {
    let app = App::shared();
    let tenant = tenant_with_packages(app, &[main]);
    let other = key_of_customer(app, &tenant, &tenant.referral_customer);
    let body = call(app, &other, OPERATION, &json!({})).expect("a list");
    assert_eq!(body.at("total_count").as_integer(), 0);
    assert!(body.at("free_resource_packages").as_list().is_empty());
}

#[test]
fn refuses_what_is_out_of_range() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let too_long = "x".repeat(65);
    for fields in [
        json!({"limit": 0}),
        json!({"limit": 1_001}),
        json!({"offset": 1_000_000}),
        json!({"status": 5}),
        json!({"status": "1"}),
        json!({"order_id": too_long}),
        json!({"product_name": "x".repeat(257)}),
        json!({"service_type_code_list": vec!["x"; 101]}),
        json!({"customer_id": "c"}),
    ] {
        let reply = app.post(&tenant.customer, PATH, fields.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{fields}");
    }
}

#[test]
fn a_package_that_contradicts_itself_is_not_imported() {
    let app = App::shared();
    let tenant = tenant_with_packages(app, &[main]);
    let with = |change: fn(&Tenant, &mut Value)| {
        let mut line = package(&tenant, "next");
        line["tenant_id"] = json!(tenant.tenant_id);
        change(&tenant, &mut line);
        app.operator("POST", "/operator/v1/books", format!("{line}\n"))
    };
    let changes: [fn(&Tenant, &mut Value); 7] = [
        |_, line| line["expire_time"] = json!("2026-01-01T04:00:00Z"),
        |_, line| line["free_resources"] = json!([]),
        |_, line| line["free_resources"][1] = line["free_resources"][0].clone(),
        |_, line| line["free_resources"][1]["used_amount"] = json!("100.51"),
        |_, line| line["free_resources"][0]["original_amount"] = json!("0"),
        |_, line| line["customer_id"] = json!("nobody"),
        |tenant, line| {
            line["free_resources"][0]["free_resource_id"] = json!(item_id(tenant, "main", "space"));
        },
    ];
    for change in changes {
        let reply = with(change);
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{}", reply.text());
    }
    assert_eq!(names(app, &tenant, &json!({})), ["main"]);
    import(app, &tenant, package(&tenant, "next"));
    assert_eq!(names(app, &tenant, &json!({})), ["main", "next"]);
}
