//! `ListCustomerBillsMonthlyBreakDown`: a month's share of what bill lines cost.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::bills::{assert_amounts, bought, own, tenant_with_bill, with};
use crate::harness::enterprise::assert_whose_bills;
use crate::harness::json::Json;
use crate::harness::money::import;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListCustomerBillsMonthlyBreakDown";
const PATH: &str = "/v2/costs/cost-analysed-bills/monthly-breakdown";

/// Beside a month's bill, 60 for the sixty days from 16 September to 14 November in GMT+8.
fn with_term(app: &App) -> Tenant {
    let tenant = tenant_with_bill(app);
    let mut line = bought(&tenant, "long");
    line["trade_time"] = json!("2026-09-15T16:00:00Z");
    line["consume_time"] = json!("2026-09-15T16:00:00Z");
    line["effective_time"] = json!("2026-09-15T16:00:00Z");
    line["expire_time"] = json!("2026-11-14T15:59:59Z");
    line["region_code"] = json!("cn-long-1");
    line["resource_name"] = json!("long");
    import(app, &tenant, line);
    tenant
}

fn details(app: &App, tenant: &Tenant, fields: &Value) -> Vec<Json> {
    let asked = with(json!({"shared_month": "2026-09", "limit": 1000}), fields);
    own(app, tenant, OPERATION, &asked).at("details").as_list().to_vec()
}

#[test]
fn a_term_costs_the_same_on_each_of_its_days() {
    let app = App::shared();
    let tenant = with_term(app);
    for (month, past, current, future, cash) in [
        ("2026-09", "0", "15", "45", "2.5"),
        ("2026-10", "15", "31", "14", "5.16666667"),
        ("2026-11", "46", "14", "0", "2.33333333"),
    ] {
        let fields = json!({"shared_month": month, "region_code": "cn-long-1"});
        let lines = details(app, &tenant, &fields);
        let [line] = &lines[..] else { panic!("one line in {month}: {lines:?}") };
        assert_eq!(line.text_at("shared_month"), month);
        assert_eq!(line.text_at("bill_cycle"), "2026-09");
        assert_eq!(line.text_at("order_id"), "trade-long");
        assert_eq!(line.text_at("enterprise_project_id"), "project-1");
        assert_eq!(line.at("effective_tag_pairs").as_list()[0].text_at("tag_key"), "team");
        assert_eq!(line.at("cost_unit_pairs").as_list()[0].text_at("cost_unit_name"), "unit");
        let sums = [
            line.at("past_months_amortized_amount").as_decimal(),
            line.at("current_month_amortized_amount").as_decimal(),
            line.at("future_months_amortized_amount").as_decimal(),
        ];
        let all: rust_decimal::Decimal = sums.iter().sum();
        assert_eq!(all, line.at("consume_amount").as_decimal(), "{month}");
        for (sum, expected) in sums.into_iter().zip([past, current, future]) {
            let expected: rust_decimal::Decimal = expected.parse().expect("an amount");
            // Each part is cut off after eight decimals.
            assert!((sum - expected).abs() < "0.0000001".parse().expect("little"), "{month}");
        }
        let difference = line.at("amortized_cash_amount").as_decimal()
            - cash.parse::<rust_decimal::Decimal>().expect("an amount");
        assert!(difference.abs() <= "0.00000001".parse().expect("little"), "{month}");
    }
    for month in ["2026-08", "2026-12"] {
        let fields = json!({"shared_month": month});
        assert_eq!(details(app, &tenant, &fields), [], "{month}");
    }
}

#[test]
fn usage_and_refunds_cost_something_on_their_day() {
    let app = App::shared();
    let tenant = with_term(app);
    let usage = details(app, &tenant, &json!({"charging_mode": 3}));
    assert_eq!(usage.len(), 4);
    assert_amounts(
        &usage[0],
        &[
            ("past_months_amortized_amount", "0"),
            ("current_month_amortized_amount", "0.12"),
            ("future_months_amortized_amount", "0"),
            ("amortized_cash_amount", "0.12"),
        ],
    );
    assert_eq!(usage[0].get("order_id"), None);
    assert_eq!(usage[0].text_at("effective_time"), "2026-09-02T14:00:00Z");
    let back = details(app, &tenant, &json!({"bill_type": 4}));
    assert_amounts(&back[0], &[("current_month_amortized_amount", "-20")]);
}

#[test]
fn filters_and_pages() {
    let app = App::shared();
    let tenant = with_term(app);
    for (fields, count) in [
        (json!({}), 7),
        (json!({"service_type_code": "hws.service.type.obs"}), 4),
        (json!({"service_type_code": "\"\""}), 0),
        (json!({"resource_type_code": "\"\""}), 0),
        (json!({"sub_customer_id": "\"\""}), 7),
        (json!({"resource_type_code": "hws.resource.type.vm"}), 3),
        (json!({"region_code": "cn-east-3"}), 4),
        (json!({"charging_mode": 1}), 3),
        (json!({"bill_type": 1}), 2),
        (json!({"resource_id": "bucket"}), 4),
        (json!({"resource_name": "long"}), 1),
        (json!({"enterprise_project_id": "null"}), 4),
        (json!({"method": "oneself"}), 7),
        (json!({"method": "sub_customer"}), 0),
        (json!({"limit": 2}), 2),
        (json!({"offset": 5}), 2),
    ] {
        assert_eq!(details(app, &tenant, &fields).len(), count, "{fields}");
    }
    for name in [
        "service_type_code",
        "resource_type_code",
        "region_code",
        "charging_mode",
        "bill_type",
        "resource_id",
        "resource_name",
        "enterprise_project_id",
        "sub_customer_id",
    ] {
        let query = format!("{PATH}?shared_month=2026-09&{name}=");
        let reply = app.get(&tenant.customer, &query);
        assert_eq!(reply.json().at("total_count").as_integer(), 7, "{name}");
    }
}

#[test]
fn a_master_sees_the_members_that_it_pays_for_or_that_let_it() {
    let asked = json!({"shared_month": "2026-09"});
    let every = json!({"method": "sub_customer"});
    assert_whose_bills(App::shared(), OPERATION, "details", &asked, Some(&every));
}

#[test]
fn refuses_what_is_not_documented() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for query in [
        "",
        "?shared_month=2026-9",
        "?shared_month=2024-01",
        "?shared_month=2026-09&charging_mode=2",
        "?shared_month=2026-09&bill_type=6",
        "?shared_month=2026-09&method=mine",
        "?shared_month=2026-09&limit=0",
    ] {
        let reply = app.get(&tenant.customer, &format!("{PATH}{query}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}
