//! `ListCustomerselfResourceRecords`: what each resource of a customer cost in a month.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::bills::{CYCLE, assert_amounts, own, tenant_with_bill, trades, with};
use crate::harness::enterprise::assert_whose_bills;
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListCustomerselfResourceRecords";
const PATH: &str = "/v2/bills/customer-bills/res-fee-records";

/// All lines in the order they were billed.
const ALL: &[&str] = &["bought", "use-1", "use-2", "use-3", "free", "back"];

fn records(app: &App, tenant: &Tenant, fields: &Value) -> Json {
    own(app, tenant, OPERATION, &with(json!({"cycle": CYCLE}), fields))
}

#[test]
fn shows_every_line_by_itself_if_nothing_else_is_asked_for() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let body = records(app, &tenant, &json!({}));
    assert_eq!(trades(&body, "fee_records"), ALL);
    assert_eq!(body, records(app, &tenant, &json!({"statistic_type": 3})));
    let items = body.at("fee_records").as_list();
    for (name, text) in [
        ("bill_date", "2026-09-01"),
        ("customer_id", &tenant.customers[0]),
        ("region", "cn-north-4"),
        ("region_name", "Beijing4"),
        ("cloud_service_type", "hws.service.type.ec2"),
        ("resource_type", "hws.resource.type.vm"),
        ("cloud_service_type_name", "ECS"),
        ("resource_type_name", "Cloud host"),
        ("resource_id", "resource-bought"),
        ("resource_tag", "a=b"),
        ("product_id", "product-1"),
        ("product_name", "Product one"),
        ("product_spec_desc", "two processors"),
        ("sku_code", "s6.small.1"),
        ("trade_time", "2026-08-31T16:00:00Z"),
        ("consume_time", "2026-08-31T16:00:00Z"),
        ("enterprise_project_id", "project-1"),
        ("enterprise_project_name", "One"),
        ("charge_mode", "1"),
        ("order_id", "trade-bought"),
        ("relative_order_id", "child-1"),
        ("period_type", "20"),
        ("unit", "yuan/month"),
        ("formula", "1*100"),
    ] {
        assert_eq!(items[0].text_at(name), text, "{name}");
    }
    // A term has no usage, and its times are not told here.
    for name in ["usage", "usage_measure_id", "effective_time", "expire_time"] {
        assert_eq!(items[0].get(name), None, "{name}");
    }
    assert_amounts(
        &items[0],
        &[
            ("spec_size", "40"),
            ("unit_price", "100"),
            ("period_num", "1"),
            ("official_amount", "100"),
            ("discount_amount", "39.995"),
            ("amount", "60"),
            ("cash_amount", "10"),
            ("credit_amount", "11"),
            ("coupon_amount", "12"),
            ("flexipurchase_coupon_amount", "7"),
            ("stored_card_amount", "8"),
            ("bonus_amount", "9"),
            ("debt_amount", "1"),
            ("adjustment_amount", "2"),
        ],
    );
    assert_eq!(items[1].text_at("effective_time"), "2026-09-02T14:00:00Z");
    assert_eq!(items[1].text_at("expire_time"), "2026-09-02T15:00:00Z");
    assert_eq!(items[1].at("usage_measure_id").as_integer(), 10);
    assert_amounts(&items[1], &[("usage", "1.5"), ("amount", "0.12"), ("unit_price", "0.08")]);
    assert_eq!(items[1].get("order_id"), None);
}

#[test]
fn puts_lines_of_a_resource_together_by_day() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let body = records(app, &tenant, &json!({"statistic_type": 2, "charge_mode": "3"}));
    let items = body.at("fee_records").as_list();
    let day = |item: &Json| (item.text_at("bill_date").to_owned(), item.at("amount").as_decimal());
    let days: Vec<_> = items.iter().map(day).collect();
    let expected = [("2026-09-02", "0.24"), ("2026-09-03", "0.12"), ("2026-09-10", "0")];
    let expected = expected.map(|(day, sum)| (day.to_owned(), sum.parse().expect("a sum")));
    assert_eq!(days, expected);
    assert_amounts(&items[0], &[("usage", "3.0"), ("unit_price", "0.08")]);
    assert_eq!(items[0].get("trade_id"), None);
    assert_eq!(items[1].text_at("trade_id"), "trade-use-3");
}

#[test]
fn puts_lines_of_a_resource_together_by_month() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let body = records(app, &tenant, &json!({"statistic_type": 1}));
    let items = body.at("fee_records").as_list();
    assert_eq!((items.len(), body.at("total_count").as_integer()), (3, 3));
    let of_term = items.iter().find(|item| item.text_at("charge_mode") == "1").expect("a term");
    for name in ["bill_date", "id", "formula", "unit_price", "unit", "consume_time"] {
        assert_eq!(of_term.get(name), None, "{name}");
    }
    let usage = items.iter().find(|item| item.text_at("charge_mode") == "3").expect("usage");
    assert_amounts(usage, &[("amount", "0.36"), ("usage", "6.0")]);
    assert_eq!(usage.get("id"), None);
}

#[test]
fn filters_by_each_field() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let usage = &["use-1", "use-2", "use-3", "free"][..];
    let days = |begin: &str, end: &str| json!({"bill_date_begin": begin, "bill_date_end": end});
    for (fields, expected) in [
        (json!({"cloud_service_type": "hws.service.type.obs"}), usage),
        (json!({"region": "cn-north-4"}), &["bought", "back"]),
        (json!({"charge_mode": "1"}), &["bought", "back"]),
        (json!({"charge_mode": "10"}), &[]),
        (json!({"bill_type": 5}), usage),
        (json!({"resource_id": "bucket"}), usage),
        (json!({"enterprise_project_id": "null"}), usage),
        (json!({"include_zero_record": false}), &["bought", "use-1", "use-2", "use-3", "back"]),
        (json!({"trade_id": "trade-free"}), &["free"]),
        (days("2026-09-02", "2026-09-02"), &["use-1", "use-2"]),
        (days("2026-09-30", "2026-09-30"), &["back"]),
        (json!({"method": "sub_customer", "sub_customer_id": "\"\""}), &[]),
    ] {
        let body = records(app, &tenant, &fields);
        assert_eq!(trades(&body, "fee_records"), expected, "{fields}");
    }
    // Dates say nothing about a whole month.
    let mut month = days("2026-09-30", "2026-09-30");
    month["statistic_type"] = json!(1);
    assert_eq!(records(app, &tenant, &month).at("total_count").as_integer(), 3);
}

#[test]
fn what_is_empty_filters_or_not_as_each_parameter_says() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let asked = |parameter: &str| {
        let reply = app.get(&tenant.customer, &format!("{PATH}?cycle={CYCLE}&{parameter}"));
        assert_eq!(reply.status, 200, "{parameter} {}", reply.text());
        trades(&reply.json(), "fee_records")
    };
    for name in ["cloud_service_type", "region", "resource_id", "enterprise_project_id", "trade_id"]
    {
        for empty in ["", "%22%22"] {
            assert_eq!(asked(&format!("{name}={empty}")), [""; 0], "{name}={empty}");
        }
    }
    for parameter in [
        "bill_type=",
        "include_zero_record=",
        "method=",
        "statistic_type=",
        "bill_date_begin=&bill_date_end=",
        "bill_date_begin=%22%22&bill_date_end=2026-09-02",
        "bill_date_end=2026-09-02",
        "sub_customer_id=%22%22",
    ] {
        assert_eq!(asked(parameter), ALL, "{parameter}");
    }
}

#[test]
fn pages_show_every_line_once() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    for offset in 0..ALL.len() {
        let body = records(app, &tenant, &json!({"offset": offset, "limit": 4}));
        let expected = &ALL[offset..ALL.len().min(offset + 4)];
        assert_eq!(trades(&body, "fee_records"), expected, "{offset}");
        assert_eq!(body.at("total_count").as_integer(), 6);
    }
}

#[test]
fn a_master_sees_the_members_that_it_pays_for_or_that_let_it() {
    let asked = json!({"cycle": CYCLE});
    let quoted = json!({"method": "sub_customer", "sub_customer_id": "\"\""});
    assert_whose_bills(App::shared(), OPERATION, "fee_records", &asked, Some(&quoted));
}

#[test]
fn refuses_what_is_not_documented() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for query in [
        "",
        "?cycle=2026-13",
        "?cycle=2020-01",
        "?cycle=2026-09&charge_mode=",
        "?cycle=2026-09&charge_mode=%22%22",
        "?cycle=2026-09&charge_mode=null",
        "?cycle=2026-09&charge_mode=2",
        "?cycle=2026-09&bill_type=6",
        "?cycle=2026-09&statistic_type=4",
        "?cycle=2026-09&method=sub_customer",
        "?cycle=2026-09&bill_date_begin=2026-10-01&bill_date_end=2026-10-02",
        "?cycle=2026-09&limit=0",
        "?cycle=2026-09&limit=1001",
    ] {
        let reply = app.get(&tenant.customer, &format!("{PATH}{query}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}
