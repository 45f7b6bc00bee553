//! Orders made for a test: a product to be sold, customers that can pay, and the operator's side.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::clock::pass_days;
use crate::harness::json::Json;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

static BOOKINGS: AtomicU32 = AtomicU32::new(0);

/// Price of the product for a month.
pub const MONTH: &str = "32.20";

/// The catalogue of these tests: one product with a price for a month. All tests bring the same.
pub fn catalogue(app: &App) {
    catalogue_of_names(app, "测试", "test");
}

/// The same with other names, in Chinese and in English.
pub fn catalogue_of_names(app: &App, chinese: &str, english: &str) {
    let names = |kind: &str| json!({"kind": kind, "name_zh": chinese, "name_en": english});
    let mut service = names("service_type");
    service["service_type_code"] = json!("test.service.orders");
    service["abbreviation"] = json!("ORD");
    let mut resource = names("resource_type");
    resource["resource_type_code"] = json!("test.resource.orders");
    resource["service_type_code"] = json!("test.service.orders");
    let mut region = names("region");
    region["region_code"] = json!("test-orders-1");
    region["zones"] = json!([]);
    let mut product = names("product");
    for (name, value) in [
        ("product_id", json!("test-orders-product")),
        ("service_type_code", json!("test.service.orders")),
        ("resource_type_code", json!("test.resource.orders")),
        ("resource_spec", json!("orders.small")),
        ("region_code", json!("test-orders-1")),
        ("charge_mode", json!(1)),
    ] {
        product[name] = value;
    }
    let price = json!({"kind": "price", "product_id": "test-orders-product", "period_type": 2,
                       "amount": "32.2", "effective_time": "2020-01-01T00:00:00Z"});
    let lines = [service, resource, region, product, price].map(|line| format!("{line}\n"));
    let reply = app.operator("POST", "/operator/v1/books", lines.concat());
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// A line of the product, for so many months.
pub fn line(months: u32) -> Value {
    json!({"service_type_code": "test.service.orders",
           "resource_type_code": "test.resource.orders", "resource_spec": "orders.small",
           "region_code": "test-orders-1", "period_type": 2, "period_num": months})
}

/// Books money from outside into a customer's account.
pub fn fund(app: &App, tenant: &Tenant, customer: &str, amount: &str) {
    let number = BOOKINGS.fetch_add(1, Ordering::Relaxed);
    let line = json!({"kind": "booking", "tenant_id": tenant.tenant_id,
                      "booking_id": format!("{}-orders-{number}", tenant.tenant_id),
                      "customer_id": customer, "account_type": 1, "amount": amount,
                      "at": "2026-01-05T02:00:00Z"});
    let reply = app.operator("POST", "/operator/v1/books", format!("{line}\n"));
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// Places an order for the customer that has a key, with more fields of the request.
pub fn place_with(app: &App, tenant: &Tenant, lines: &[Value], more: Value) -> Json {
    catalogue(app);
    place_of(app, tenant, lines, more)
}

/// The same with the catalogue as it is.
pub fn place_of(app: &App, tenant: &Tenant, lines: &[Value], more: Value) -> Json {
    let mut body = json!({"tenant_id": tenant.tenant_id, "customer_id": tenant.customers[0],
                          "lines": lines});
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    let reply = app.operator("POST", "/operator/v1/orders", body.to_string());
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json().at("order").clone()
}

/// A ratio that the partner grants a customer on the product.
pub fn grant_discount(app: &App, tenant: &Tenant, customer: &str, ratio: &str) {
    catalogue(app);
    let policy = json!({"kind": "incentive_policy", "service_type_code": "test.service.orders",
                        "incentive_policy": "1", "allow_discount": "YES",
                        "effective_time": "2020-01-01T00:00:00Z"});
    let discount = json!({"kind": "partner_discount", "tenant_id": tenant.tenant_id,
                          "customer_id": customer, "discount_id": "ratio",
                          "discount_name": "ratio", "discount_type": 607, "discount_ratio": ratio,
                          "effective_time": "2020-01-01T00:00:00Z"});
    let lines = [policy, discount].map(|line| format!("{line}\n"));
    let reply = app.operator("POST", "/operator/v1/books", lines.concat());
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// Places an order of one product for a month. Answers its identity.
pub fn place(app: &App, tenant: &Tenant) -> String {
    place_with(app, tenant, &[line(1)], json!({})).text_at("order_id").to_owned()
}

/// The fields of a payment with nothing but money.
pub fn with_money(order_id: &str) -> Value {
    json!({"order_id": order_id, "use_coupon": "NO", "use_discount": "NO"})
}

/// Pays through the official SDK, and answers the status and code.
pub fn pay(app: &App, key: &Key, fields: &Value) -> (u16, String) {
    app.sdk(key, "PayOrders", fields).reply.outcome()
}

/// An order that its customer has paid with money.
pub fn paid(app: &App, tenant: &Tenant) -> String {
    fund(app, tenant, &tenant.customers[0], MONTH);
    let order_id = place(app, tenant);
    let outcome = pay(app, &tenant.customer, &with_money(&order_id));
    assert_eq!(outcome, (204, String::new()));
    order_id
}

/// Replaces the settings of a tenant.
pub fn change_settings(app: &App, tenant: &Tenant, settings: &Value) {
    let body = json!({"tenant_id": tenant.tenant_id, "settings": settings});
    let reply = app.operator("PUT", "/operator/v1/settings", body.to_string());
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// Reports lines of an order, and answers the status and code.
pub fn provision(app: &App, tenant: &Tenant, order_id: &str, lines: &Value) -> (u16, String) {
    let body = json!({"tenant_id": tenant.tenant_id, "order_id": order_id, "lines": lines});
    app.operator("POST", "/operator/v1/orders/provision", body.to_string()).outcome()
}

/// The order that gave back what could not be provisioned of another one.
pub fn refunded(app: &App, tenant: &Tenant) -> String {
    let order_id = paid(app, tenant);
    let failed = json!([{"line": 1, "failed": true}]);
    assert_eq!(provision(app, tenant, &order_id, &failed), (200, String::new()));
    let orders = orders(app, &tenant.customer, &json!({"order_type": "4"}));
    orders.at("order_infos").as_list()[0].text_at("order_id").to_owned()
}

/// A list of orders, read through the official SDK.
pub fn orders(app: &App, key: &Key, fields: &Value) -> Json {
    app.sdk(key, "ListCustomerOrders", fields).outcome.expect("a list")
}

/// An order, read through the official SDK.
pub fn order(app: &App, key: &Key, order_id: &str) -> Json {
    let fields = json!({"order_id": order_id});
    app.sdk(key, "ShowCustomerOrderDetails", &fields).outcome.expect("an order")
}

/// The status of an order, as its details say.
pub fn status(app: &App, key: &Key, order_id: &str) -> i64 {
    order(app, key, order_id).at("order_info").at("status").as_integer()
}

/// Moves the clock of a demo tenant so many days forward, and ticks.
pub fn days_later(app: &App, tenant: &Tenant, days: i64) -> Json {
    pass_days(app, tenant, days);
    tick(app, tenant)
}

/// Lets time do what it does, which must leave nothing.
pub fn tick(app: &App, tenant: &Tenant) -> Json {
    let target = format!("/operator/v1/tick?tenant_id={}", tenant.tenant_id);
    let reply = app.operator("POST", &target, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let ticked = reply.json();
    assert_eq!(ticked.at("left").as_integer(), 0, "{ticked:?}");
    ticked
}

/// A resource of the customer that has a key, and one that is attached to it, both bought for a
/// month. Answers the order's identity.
pub fn provided(app: &App, tenant: &Tenant) -> String {
    fund(app, tenant, &tenant.customers[0], "64.40");
    let mut attached = line(1);
    attached["attached_to"] = json!(1);
    let order = place_with(app, tenant, &[line(1), attached], json!({}));
    let order_id = order.text_at("order_id").to_owned();
    assert_eq!(pay(app, &tenant.customer, &with_money(&order_id)), (204, String::new()));
    let reports = json!([{"line": 1, "resources": [{"resource_id": main_id(tenant)}]},
                         {"line": 2, "resources": [{"resource_id": attached_id(tenant)}]}]);
    assert_eq!(provision(app, tenant, &order_id, &reports), (200, String::new()));
    order_id
}

/// The main resource of [`provided`].
pub fn main_id(tenant: &Tenant) -> String {
    format!("{}-main", tenant.tenant_id)
}

/// The attached resource of [`provided`].
pub fn attached_id(tenant: &Tenant) -> String {
    format!("{}-attached", tenant.tenant_id)
}

/// Yearly/monthly resources of the customer that has a key, by their identities.
pub fn resources(app: &App, tenant: &Tenant, fields: &Value) -> Vec<(String, Json)> {
    let answer = app.sdk(&tenant.customer, "ListPayPerUseCustomerResources", fields);
    let body = answer.outcome.expect("a list");
    let items = body.at("data").as_list().iter();
    items.map(|item| (item.text_at("resource_id").to_owned(), item.clone())).collect()
}

/// A member of both resources of [`provided`], the attached one first.
pub fn both(app: &App, tenant: &Tenant, member: &str) -> [i64; 2] {
    let found = resources(app, tenant, &json!({}));
    let [(attached, first), (main, second)] = &found[..] else {
        panic!("two resources: {found:?}");
    };
    assert_eq!((attached, main), (&attached_id(tenant), &main_id(tenant)));
    [first, second].map(|resource| resource.at(member).as_integer())
}
