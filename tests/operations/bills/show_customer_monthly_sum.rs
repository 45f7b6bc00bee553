//! `ShowCustomerMonthlySum`: what a customer's month comes to, for each kind of resource.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::bills::{CYCLE, assert_amounts, bought, own, tenant_with_bill, used, with};
use crate::harness::book::Book;
use crate::harness::clock::set_clock;
use crate::harness::enterprise::assert_whose_bills;
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;
use crate::harness::usage::{catalogue, meter, ticket};

const OPERATION: &str = "ShowCustomerMonthlySum";
const PATH: &str = "/v2/bills/customer-bills/monthly-sum";

fn sums(app: &App, tenant: &Tenant, fields: &Value) -> Json {
    own(app, tenant, OPERATION, &with(json!({"bill_cycle": CYCLE}), fields))
}

/// Service and kind of each sum.
fn rows(body: &Json) -> Vec<(String, i64)> {
    let row = |item: &Json| {
        let service = item.text_at("service_type_code").rsplit('.').next().expect("a name");
        (service.to_owned(), item.at("bill_type").as_integer())
    };
    body.at("bill_sums").as_list().iter().map(row).collect()
}

fn expected(rows: &[(&str, i64)]) -> Vec<(String, i64)> {
    rows.iter().map(|(service, kind)| ((*service).to_owned(), *kind)).collect()
}

const ALL: &[(&str, i64)] = &[("ec2", 1), ("ec2", 2), ("obs", 1)];

#[test]
fn sums_each_kind_of_resource_and_of_line_and_all_of_them() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let body = sums(app, &tenant, &json!({}));
    assert_eq!(rows(&body), expected(ALL));
    assert_eq!(body.at("total_count").as_integer(), 3);
    assert_eq!(body.at("measure_id").as_integer(), 1);
    assert_amounts(
        &body,
        &[
            ("consume_amount", "40.36"),
            ("cash_amount", "-9.64"),
            ("credit_amount", "11"),
            ("coupon_amount", "12"),
            ("flexipurchase_coupon_amount", "7"),
            ("stored_value_card_amount", "8"),
            ("debt_amount", "1"),
            ("writeoff_amount", "2"),
        ],
    );
    let bought = &body.at("bill_sums").as_list()[0];
    assert_amounts(
        bought,
        &[
            ("official_amount", "100"),
            ("official_discount_amount", "39.995"),
            ("truncated_amount", "0.005"),
            ("consume_amount", "60"),
            ("cash_amount", "10"),
        ],
    );
    for (name, text) in [
        ("bill_cycle", CYCLE),
        ("service_type_name", "ECS"),
        ("resource_type_code", "hws.resource.type.vm"),
        ("resource_type_name", "Cloud host"),
        ("customer_id", &tenant.customers[0]),
    ] {
        assert_eq!(bought.text_at(name), text, "{name}");
    }
    assert_eq!(bought.at("charging_mode").as_integer(), 1);
    let used = &body.at("bill_sums").as_list()[2];
    assert_amounts(
        used,
        &[
            ("official_amount", "0.37037034"),
            ("truncated_amount", "0.01037034"),
            ("consume_amount", "0.36"),
        ],
    );
}

#[test]
fn filters_by_service_and_by_project() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    for (fields, rows_expected) in [
        (json!({"service_type_code": "hws.service.type.obs"}), &ALL[2..]),
        (json!({"service_type_code": "hws.service.type"}), &[]),
        (json!({"enterprise_project_id": "project-1"}), &ALL[..2]),
        (json!({"enterprise_project_id": "-1"}), &ALL[2..]),
        (json!({"enterprise_project_id": "0"}), &[]),
        (json!({"enterprise_project_id": "null"}), &[]),
        (json!({"method": "oneself"}), ALL),
        (json!({"method": "all", "sub_customer_id": "anybody"}), ALL),
    ] {
        let body = sums(app, &tenant, &fields);
        assert_eq!(rows(&body), expected(rows_expected), "{fields}");
    }
    for name in ["service_type_code", "enterprise_project_id", "method"] {
        let reply = app.get(&tenant.customer, &format!("{PATH}?bill_cycle={CYCLE}&{name}="));
        assert_eq!(rows(&reply.json()), expected(ALL), "{name}");
    }
}

#[test]
fn a_closed_month_comes_to_the_same_and_its_lines_are_not_read() {
    const MONTH: &str = "2090-03";
    let app = App::shared();
    catalogue(app);
    let tenant = Tenant::playing_in(app);
    set_clock(app, &tenant, "2090-03-20T02:00:00Z");
    let metered = meter(app, &tenant.tenant_id, &[ticket(&tenant, "a", "300")]);
    assert_eq!(metered.status, 200, "{}", metered.text());
    let in_month = |line: Value| format!("{}\n", with(line, &json!({"bill_cycle": MONTH})));
    let others = (0..1_500).map(|number| {
        let day = format!("2090-03-{:02}T00:00:00Z", 1 + number % 28);
        in_month(used(&tenant, &format!("more-{number}"), &day, &day))
    });
    let bought = in_month(bought(&tenant, "bought"));
    app.import(&Book::new(others.chain([bought]).collect()));
    set_clock(app, &tenant, "2090-03-31T16:00:00Z");

    let all = || {
        [
            json!({}),
            json!({"service_type_code": "hws.service.type.obs"}),
            json!({"enterprise_project_id": "project-1"}),
            json!({"enterprise_project_id": "-1"}),
            json!({"enterprise_project_id": "0"}),
            json!({"method": "all"}),
        ]
        .map(|fields| sums(app, &tenant, &with(json!({"bill_cycle": MONTH}), &fields)))
    };
    let store_calls =
        || app.store_calls(&app.get(&tenant.customer, &format!("{PATH}?bill_cycle={MONTH}")));
    let (open, of_open) = (all(), store_calls());
    assert_eq!(rows(&open[0]), expected(&[("ec2", 1), ("obs", 1), ("usage", 1)]));
    let body = json!({"tenant_id": tenant.tenant_id, "month": MONTH}).to_string();
    let closed = app.operator("POST", "/operator/v1/months/close", body);
    assert_eq!(closed.status, 200, "{}", closed.text());
    assert_eq!(all(), open);
    let of_closed = store_calls();
    assert!(of_closed < of_open, "{of_closed} calls of a closed month, {of_open} of an open one");
}

#[test]
fn pages_keep_the_sums_of_all() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let body = sums(app, &tenant, &json!({"offset": 1, "limit": 1}));
    assert_eq!(rows(&body), expected(&ALL[1..2]));
    assert_eq!(body.at("total_count").as_integer(), 3);
    assert_amounts(&body, &[("consume_amount", "40.36")]);
    assert_eq!(rows(&sums(app, &tenant, &json!({"offset": 3}))), []);
}

#[test]
fn a_month_without_lines_comes_to_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let body = sums(app, &tenant, &json!({}));
    assert_eq!(rows(&body), []);
    assert_amounts(&body, &[("consume_amount", "0"), ("cash_amount", "0")]);
}

#[test]
fn nothing_is_seen_of_others() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let other = tenant.customers[1].as_str();
    let body = sums(app, &tenant, &json!({"method": "sub_customer", "sub_customer_id": other}));
    assert_eq!(rows(&body), []);
}

#[test]
fn a_master_sees_the_members_that_it_pays_for_or_that_let_it() {
    let asked = json!({"bill_cycle": CYCLE});
    assert_whose_bills(App::shared(), OPERATION, "bill_sums", &asked, None);
}

#[test]
fn refuses_what_is_not_documented() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for query in [
        "",
        "?bill_cycle=2026-9",
        "?bill_cycle=2020-01",
        "?bill_cycle=2026-09&enterprise_project_id=%22%22",
        "?bill_cycle=2026-09&method=mine",
        "?bill_cycle=2026-09&method=sub_customer",
        "?bill_cycle=2026-09&method=sub_customer&sub_customer_id=",
        "?bill_cycle=2026-09&limit=0",
        "?bill_cycle=2026-09&limit=1001",
    ] {
        let reply = app.get(&tenant.customer, &format!("{PATH}{query}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}
