//! `ListFreeResourcesUsageRecords`: what was taken from a customer's resource packages.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::money::{call, import, key_of_customer};
use crate::harness::packages::{item_id, package, tenant_with_packages, used};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListFreeResourcesUsageRecords";
const PATH: &str = "/v2/bills/customer-bills/free-resources-usage-records";

fn main(tenant: &Tenant) -> Value {
    package(tenant, "main")
}

/// A tenant whose customer has used its package four times: in the last second of a day in GMT+8,
/// in the first of the next one, and so at the end of that one.
fn with_uses(app: &App) -> Tenant {
    let tenant = tenant_with_packages(app, &[main]);
    for (number, time) in [
        (1, "2026-03-01T15:59:59Z"),
        (2, "2026-03-01T16:00:00Z"),
        (3, "2026-03-02T15:59:59Z"),
        (4, "2026-03-02T16:00:00Z"),
    ] {
        import(app, &tenant, used(&tenant, "main", number, time));
    }
    tenant
}

fn buckets(app: &App, tenant: &Tenant, fields: &Value) -> Vec<String> {
    let body = call(app, &tenant.customer, OPERATION, fields).expect("records");
    let records = body.at("free_resource_records").as_list().iter();
    records.map(|record| record.text_at("resource_id").replace("bucket-", "")).collect()
}

#[test]
fn shows_the_uses_of_dates_in_gmt_plus_8() {
    let app = App::shared();
    let tenant = with_uses(app);
    let days = |begin: &str, end: &str| json!({"deduct_time_begin": begin, "deduct_time_end": end});
    assert_eq!(buckets(app, &tenant, &days("2026-03-02", "2026-03-02")), ["2", "3"]);
    assert_eq!(buckets(app, &tenant, &days("2026-03-01", "2026-03-03")), ["1", "2", "3", "4"]);

    let body = call(app, &tenant.customer, OPERATION, &days("2026-03-01", "2026-03-01"));
    let body = body.expect("records");
    assert_eq!(body.at("total_count").as_integer(), 1);
    let record = &body.at("free_resource_records").as_list()[0];
    for (name, expected) in [
        ("deduct_time", "2026-03-01T15:59:59Z"),
        ("resource_type_code", "hws.resource.type.obs"),
        ("product_id", "product-main"),
        ("product_name", "Package main"),
        ("usage_type_code", "space"),
        ("available_amount", "40"),
        ("used_amount", "1.5"),
        ("remaining_amount", "38.5"),
        ("effective_time", "2026-01-01T04:00:00Z"),
        ("expire_time", "2036-01-01T15:59:59Z"),
    ] {
        assert_eq!(record.text_at(name), expected, "{name}");
    }
    assert_eq!(record.text_at("free_resource_id"), item_id(&tenant, "main", "space"));
    assert_eq!(record.at("measure_id").as_integer(), 10);
}

#[test]
fn filters_and_pages() {
    let app = App::shared();
    let tenant = with_uses(app);
    let with = |name: &str, value: Value| {
        let mut fields =
            json!({"deduct_time_begin": "2026-03-01", "deduct_time_end": "2026-05-30"});
        fields[name] = value;
        fields
    };
    let all = ["1", "2", "3", "4"];
    for (fields, expected) in [
        (with("free_resource_id", json!(item_id(&tenant, "main", "space"))), &all[..]),
        (with("free_resource_id", json!(item_id(&tenant, "main", "traffic"))), &[]),
        (with("product_id", json!("product-main")), &all),
        (with("product_id", json!("product")), &[]),
        (with("resource_type_code", json!("hws.resource.type.obs")), &all),
        (with("resource_type_code", json!("hws.resource.type.vm")), &[]),
        (with("limit", json!(3)), &all[..3]),
        (with("offset", json!(3)), &all[3..]),
    ] {
        assert_eq!(buckets(app, &tenant, &fields), expected, "{fields}");
    }
    let mut rest = with("offset", json!(3));
    rest["limit"] = json!(1_000);
    assert_eq!(buckets(app, &tenant, &rest), all[3..]);
}

#[test]
fn nothing_is_seen_of_another_customers_uses() {
    let app = App::shared();
    let tenant = with_uses(app);
    let other = key_of_customer(app, &tenant, &tenant.referral_customer);
    let fields = json!({"deduct_time_begin": "2026-03-01", "deduct_time_end": "2026-03-03"});
    let body = call(app, &other, OPERATION, &fields).expect("a list");
    assert_eq!(body.at("total_count").as_integer(), 0);
}

#[test]
fn refuses_dates_that_are_missing_or_too_far_apart() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for query in [
        "",
        "?deduct_time_begin=2026-03-01",
        "?deduct_time_end=2026-03-01",
        "?deduct_time_begin=2026-03-02&deduct_time_end=2026-03-01",
        "?deduct_time_begin=2026-03-01&deduct_time_end=2026-05-31",
        "?deduct_time_begin=2026-3-1&deduct_time_end=2026-03-01",
        "?deduct_time_begin=2026-03-01&deduct_time_end=2026-03-01&limit=1001",
        "?deduct_time_begin=2026-03-01&deduct_time_end=2026-03-01&limit=0",
    ] {
        let reply = app.get(&tenant.customer, &format!("{PATH}{query}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}

#[test]
fn a_use_of_nothing_or_of_too_much_is_not_imported() {
    let app = App::shared();
    let tenant = tenant_with_packages(app, &[main]);
    let changes: [fn(&mut Value); 4] = [
        |use_| use_["used_amount"] = json!("40.00000001"),
        |use_| use_["used_amount"] = json!("0"),
        |use_| use_["order_instance_id"] = json!("nothing"),
        |use_| use_["free_resource_id"] = json!("nothing"),
    ];
    for change in changes {
        let mut line = used(&tenant, "main", 1, "2026-03-01T00:00:00Z");
        line["tenant_id"] = json!(tenant.tenant_id);
        change(&mut line);
        let reply = app.operator("POST", "/operator/v1/books", format!("{line}\n"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{}", reply.text());
    }
    let fields = json!({"deduct_time_begin": "2026-03-01", "deduct_time_end": "2026-03-01"});
    assert!(buckets(app, &tenant, &fields).is_empty());
}
