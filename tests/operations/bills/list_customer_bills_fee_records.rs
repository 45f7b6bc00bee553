//! `ListCustomerBillsFeeRecords`: the transactions of a customer's month.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::bills::{CYCLE, assert_amounts, own, tenant_with_bill, trades, with};
use crate::harness::enterprise::assert_whose_bills;
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListCustomerBillsFeeRecords";
const PATH: &str = "/v2/bills/customer-bills/fee-records";

/// All lines in the order they were billed.
const ALL: &[&str] = &["bought", "use-1", "use-2", "use-3", "free", "back"];

fn records(app: &App, tenant: &Tenant, fields: &Value) -> Json {
    own(app, tenant, OPERATION, &with(json!({"bill_cycle": CYCLE}), fields))
}

#[test]
fn shows_every_line_with_all_its_amounts() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let body = records(app, &tenant, &json!({}));
    assert_eq!(trades(&body, "records"), ALL);
    assert_eq!(body.at("total_count").as_integer(), 6);
    let bought = &body.at("records").as_list()[0];
    for (name, text) in [
        ("bill_cycle", CYCLE),
        ("customer_id", &tenant.customers[0]),
        ("service_type_code", "hws.service.type.ec2"),
        ("service_type_name", "ECS"),
        ("resource_type_code", "hws.resource.type.vm"),
        ("resource_type_name", "Cloud host"),
        ("region_code", "cn-north-4"),
        ("region_name", "Beijing4"),
        ("enterprise_project_id", "project-1"),
        ("enterprise_project_name", "One"),
        ("consume_time", "2026-08-31T16:00:00Z"),
        ("trade_time", "2026-08-31T16:00:00Z"),
        ("id", &format!("{}-bought", tenant.tenant_id)),
    ] {
        assert_eq!(bought.text_at(name), text, "{name}");
    }
    for (name, number) in [("charging_mode", 1), ("provider_type", 1), ("bill_type", 1)] {
        assert_eq!(bought.at(name).as_integer(), number, "{name}");
    }
    assert_amounts(
        bought,
        &[
            ("official_amount", "100"),
            ("official_discount_amount", "39.995"),
            ("erase_amount", "0.005"),
            ("consume_amount", "60"),
            ("cash_amount", "10"),
            ("credit_amount", "11"),
            ("coupon_amount", "12"),
            ("flexipurchase_coupon_amount", "7"),
            ("stored_value_card_amount", "8"),
            ("bonus_amount", "9"),
            ("debt_amount", "1"),
            ("writeoff_amount", "2"),
        ],
    );
    let statuses = body.at("records").as_list().iter().map(|it| it.at("status").as_integer());
    assert_eq!(statuses.collect::<Vec<_>>(), [2, 1, 1, 1, 3, 1]);
    assert_eq!(body.at("records").as_list()[1].text_at("enterprise_project_id"), "null");
}

#[test]
fn filters_by_each_field() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let usage = &["use-1", "use-2", "use-3", "free"][..];
    let days = |begin: &str, end: &str| json!({"bill_date_begin": begin, "bill_date_end": end});
    for (fields, expected) in [
        (json!({"provider_type": 2}), &["free"][..]),
        (json!({"provider_type": 1, "charging_mode": 3}), &usage[..3]),
        (json!({"service_type_code": "hws.service.type.obs"}), usage),
        (json!({"resource_type_code": "hws.resource.type.vm"}), &["bought", "back"]),
        (json!({"region_code": "cn-east-3"}), usage),
        (json!({"charging_mode": 1}), &["bought", "back"]),
        (json!({"bill_type": 4}), &["back"]),
        (json!({"trade_id": "trade-use-2"}), &["use-2"]),
        (json!({"enterprise_project_id": "project-1"}), &["bought", "back"]),
        (json!({"enterprise_project_id": "null"}), usage),
        (json!({"enterprise_project_id": "0"}), &[]),
        (json!({"status": 2}), &["bought"]),
        (json!({"status": 3}), &["free"]),
        (json!({"include_zero_record": false}), &["bought", "use-1", "use-2", "use-3", "back"]),
        (json!({"include_zero_record": true}), ALL),
        (json!({"method": "oneself"}), ALL),
        (days("2026-09-01", "2026-09-01"), &["bought"]),
        (days("2026-09-02", "2026-09-02"), &["use-1"]),
        (days("2026-09-03", "2026-09-30"), &ALL[2..]),
        (days("2026-09-30", "2026-09-30"), &["back"]),
    ] {
        let body = records(app, &tenant, &fields);
        assert_eq!(trades(&body, "records"), expected, "{fields}");
        let count = i64::try_from(expected.len()).expect("fits");
        assert_eq!(body.at("total_count").as_integer(), count, "{fields}");
    }
}

#[test]
fn an_empty_filter_and_one_date_alone_say_nothing() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    for parameter in [
        "provider_type=",
        "service_type_code=",
        "resource_type_code=",
        "region_code=",
        "charging_mode=",
        "bill_type=",
        "trade_id=",
        "enterprise_project_id=",
        "include_zero_record=",
        "status=",
        "method=",
        "bill_date_begin=&bill_date_end=",
        "bill_date_begin=2026-09-02",
        "bill_date_end=2026-09-02",
    ] {
        let reply = app.get(&tenant.customer, &format!("{PATH}?bill_cycle={CYCLE}&{parameter}"));
        assert_eq!(trades(&reply.json(), "records"), ALL, "{parameter}");
    }
}

#[test]
fn pages_show_every_line_once() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    for fields in [json!({}), json!({"include_zero_record": true, "method": "all"})] {
        for offset in 0..ALL.len() {
            let mut asked = fields.clone();
            asked["offset"] = json!(offset);
            asked["limit"] = json!(2);
            let expected = &ALL[offset..ALL.len().min(offset + 2)];
            assert_eq!(trades(&records(app, &tenant, &asked), "records"), expected);
        }
    }
}

#[test]
fn nothing_is_seen_of_others() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let other = tenant.customers[1].as_str();
    let fields = json!({"method": "sub_customer", "sub_customer_id": other});
    assert_eq!(records(app, &tenant, &fields).at("total_count").as_integer(), 0);
}

#[test]
fn a_master_sees_the_members_that_it_pays_for_or_that_let_it() {
    let asked = json!({"bill_cycle": CYCLE});
    assert_whose_bills(App::shared(), OPERATION, "records", &asked, None);
}

#[test]
fn refuses_what_is_not_documented() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for query in [
        "",
        "?bill_cycle=",
        "?bill_cycle=2020-01",
        "?bill_cycle=2026-09&provider_type=3",
        "?bill_cycle=2026-09&charging_mode=2",
        "?bill_cycle=2026-09&bill_type=6",
        "?bill_cycle=2026-09&status=4",
        "?bill_cycle=2026-09&include_zero_record=yes",
        "?bill_cycle=2026-09&method=mine",
        "?bill_cycle=2026-09&method=sub_customer",
        "?bill_cycle=2026-09&bill_date_begin=2026-9-1&bill_date_end=2026-09-02",
        "?bill_cycle=2026-09&bill_date_begin=2026-08-31&bill_date_end=2026-09-02",
        "?bill_cycle=2026-09&bill_date_begin=2026-09-03&bill_date_end=2026-09-02",
        "?bill_cycle=2026-09&limit=0",
        "?bill_cycle=2026-09&limit=1001",
    ] {
        let reply = app.get(&tenant.customer, &format!("{PATH}{query}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}
