//! `ListCustomerOrders`: a customer's own orders, and those of a partner's resale customers.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::coupons::at;
use crate::harness::json::Json;
use crate::harness::orders::{line, main_id, orders, paid, place, place_with, provided, refunded};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

fn ids(body: &Json) -> Vec<String> {
    let orders = body.at("order_infos").as_list().iter();
    orders.map(|order| order.text_at("order_id").to_owned()).collect()
}

#[test]
fn lists_the_newest_first_and_in_parts() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let placed: Vec<String> = (0..5).map(|_| place(app, &tenant)).collect();
    let newest: Vec<String> = placed.iter().rev().cloned().collect();
    for key in [&tenant.customer, &tenant.distributor] {
        let list = |fields: Value| orders(app, key, &fields);
        assert_eq!(ids(&list(json!({}))), newest);
        assert_eq!(ids(&list(json!({"order_by": "createTime"}))), placed);
        let part = list(json!({"offset": 1, "limit": 2}));
        assert_eq!(part.at("total_count").as_integer(), 5);
        assert_eq!(ids(&part), newest[1..3]);
        assert_eq!(ids(&list(json!({"customer_id": tenant.customers[0]}))), newest);
        assert_eq!(ids(&list(json!({"customer_id": tenant.customers[1]}))), [""; 0]);
    }
}

#[test]
fn narrows_to_what_is_asked_for() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let back = refunded(app, &tenant);
    let paid = paid(app, &tenant);
    let waits = place(app, &tenant);
    let list = |fields: Value| ids(&orders(app, &tenant.customer, &fields));
    let none: [&str; 0] = [];
    assert_eq!(list(json!({"status": 6})), [waits.as_str()]);
    assert_eq!(list(json!({"status": 3})), [paid.as_str()]);
    assert_eq!(list(json!({"order_type": "4"})), [back.as_str()]);
    assert_eq!(list(json!({"order_id": paid.to_lowercase()})), [paid.as_str()]);
    assert_eq!(list(json!({"service_type_code": "TEST.service.orders"})).len(), 4);
    assert_eq!(list(json!({"service_type_code": "test.service"})), none);
    assert_eq!(list(json!({"method": "sub_customer"})), none);
    let long_ago = json!({"create_time_begin": "2020-01-01T00:00:00Z",
                          "create_time_end": "2020-12-31T00:00:00Z"});
    assert_eq!(list(long_ago), none);
    let of_late = json!({"payment_time_begin": at(Utc::now() - TimeDelta::hours(1))});
    assert_eq!(list(of_late).len(), 3);
    app.audit(&tenant.tenant_id);
}

#[test]
fn shows_an_order_and_its_children() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let lines = [1, 2].map(|child| {
        let mut line = line(2);
        line["sub_order"] = json!(child);
        line
    });
    let combined = place_with(app, &tenant, &lines, json!({}));
    let found = orders(app, &tenant.distributor, &json!({}));
    let order = &found.at("order_infos").as_list()[0];
    assert_eq!(order.at("order_id"), combined.at("order_id"));
    assert_eq!(order.at("official_amount").as_decimal().normalize().to_string(), "128.8");
    assert_eq!(order.at("amount_after_discount").as_decimal().normalize().to_string(), "128.8");
    let children = order.at("sub_order_infos").as_list();
    assert_eq!(children.len(), 2);
    assert_eq!(children[0].at("official_amount").as_decimal().normalize().to_string(), "64.4");
}

/// The published list of the answer's types lacks the one that the operation can be asked for.
#[test]
fn an_order_to_pay_per_use_is_found_by_its_type() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let fields = json!({"resource_ids": [main_id(&tenant)]});
    let answer = app.sdk(&tenant.customer, "UpdatePeriodToOnDemandInstantly", &fields);
    let answer = answer.outcome.expect("switched");
    let switched = answer.at("to_ondemand_service_results").as_list()[0].text_at("order_id");
    for key in [&tenant.customer, &tenant.distributor] {
        let found = orders(app, key, &json!({"order_type": "10"}));
        let [order] = found.at("order_infos").as_list() else { panic!("{found:?}") };
        assert_eq!(order.text_at("order_id"), switched);
        assert_eq!(order.at("order_type").as_integer(), 10);
        let all = orders(app, key, &json!({"order_by": "createTime"}));
        let types = all.at("order_infos").as_list().iter();
        let types: Vec<i64> = types.map(|order| order.at("order_type").as_integer()).collect();
        assert_eq!(types, [1, 10]);
    }
}

#[test]
fn a_partner_sees_its_own_resale_customers_alone() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    place(app, &tenant);
    let of = |customer: &str| json!({"customer_id": customer});
    place_with(app, &tenant, &[line(1)], of(&tenant.referral_customer));
    place_with(app, &tenant, &[line(1)], of(&tenant.reseller_customer));
    let count = |key: &Key, fields: &Value| orders(app, key, fields).at("total_count").as_integer();
    assert_eq!(count(&tenant.distributor, &json!({})), 1);
    let reseller = json!({"indirect_partner_id": tenant.reseller.principal_id});
    assert_eq!(count(&tenant.distributor, &reseller), 1);
    assert_eq!(count(&other.distributor, &json!({})), 0);
    assert_eq!(count(&tenant.distributor, &of(&tenant.referral_customer)), 0);
    assert_eq!(count(&other.distributor, &of(&tenant.customers[0])), 0);
}

#[test]
fn refuses_what_is_out_of_range() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (fields, code) in [
        (json!({"status": 2}), "CBC.0100"),
        (json!({"status": 10}), "CBC.0100"),
        (json!({"order_type": "5"}), "CBC.0100"),
        (json!({"limit": 101}), "CBC.0100"),
        (
            json!({"create_time_begin": "2024-01-01T00:00:00Z",
                   "create_time_end": "2025-01-02T00:00:00Z"}),
            "CBC.0100",
        ),
        (json!({"indirect_partner_id": "nobody"}), "CBC.99000037"),
    ] {
        let answer = app.sdk(&tenant.distributor, "ListCustomerOrders", &fields);
        assert_eq!(answer.reply.outcome(), (400, code.to_owned()), "{fields}");
    }
}
