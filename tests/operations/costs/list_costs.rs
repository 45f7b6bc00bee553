//! `ListCosts`: costs day by day or month by month, put together as the customer asks.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::bills::{bought, own, tenant_with_bill, with};
use crate::harness::book::Book;
use crate::harness::json::Json;
use crate::harness::money::import;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListCosts";
const PATH: &str = "/v4/costs/cost-analysed-bills/query";

fn asked(changes: &Value) -> Value {
    let asked = json!({
        "time_condition": {"time_measure_id": 2, "begin_time": "2026-09", "end_time": "2026-11"},
        "groupby": [{"type": "dimension", "key": "CLOUD_SERVICE_TYPE"}],
        "cost_type": "ORIGINAL_COST", "amount_type": "PAYMENT_AMOUNT",
    });
    with(asked, changes)
}

/// Beside a month's bill, 60 for the sixty days from 16 September to 14 November in GMT+8.
fn with_term(app: &App) -> Tenant {
    let tenant = tenant_with_bill(app);
    let mut line = bought(&tenant, "long");
    for name in ["trade_time", "consume_time", "effective_time"] {
        line[name] = json!("2026-09-15T16:00:00Z");
    }
    line["expire_time"] = json!("2026-11-14T15:59:59Z");
    line["service_type_code"] = json!("hws.service.type.long");
    for name in [
        "credit_amount",
        "coupon_amount",
        "flexipurchase_coupon_amount",
        "stored_value_card_amount",
        "bonus_amount",
        "debt_amount",
        "writeoff_amount",
    ] {
        line[name] = json!("0");
    }
    line["coupon_amount"] = json!("6");
    line["cash_amount"] = json!("54");
    import(app, &tenant, line);
    tenant
}

/// The values of each group, and what falls on each day or month.
fn groups(body: &Json) -> Vec<(String, String)> {
    let group = |data: &Json| {
        let values = data.at("dimensions").as_list().iter().map(|it| it.text_at("value"));
        let values = values.map(|value| value.rsplit('.').next().expect("a name").to_owned());
        let costs = data.at("costs").as_list().iter();
        let cost = |cost: &Json| {
            format!("{} {}", cost.text_at("time_dimension_value"), cost.text_at("amount"))
        };
        (values.collect::<Vec<_>>().join("/"), costs.map(cost).collect::<Vec<_>>().join(", "))
    };
    body.at("cost_data").as_list().iter().map(group).collect()
}

fn assert_costs(app: &App, tenant: &Tenant, changes: &Value, expected: &[(&str, &str)]) {
    let body = own(app, tenant, OPERATION, &asked(changes));
    let expected = expected.iter().map(|(group, costs)| ((*group).to_owned(), (*costs).to_owned()));
    assert_eq!(groups(&body), expected.collect::<Vec<_>>(), "{changes}");
}

#[test]
fn costs_are_as_billed_or_spread_over_the_days_of_a_term() {
    let app = App::shared();
    let tenant = with_term(app);
    assert_costs(
        app,
        &tenant,
        &json!({}),
        &[("ec2", "2026-09-01 40.00"), ("long", "2026-09-01 60.00"), ("obs", "2026-09-01 0.36")],
    );
    let spread = "2026-09-01 15.00, 2026-10-01 31.00, 2026-11-01 14.00";
    assert_costs(
        app,
        &tenant,
        &json!({"cost_type": "AMORTIZED_COST"}),
        &[("ec2", "2026-09-01 40.00"), ("long", spread), ("obs", "2026-09-01 0.36")],
    );
    let body = own(app, &tenant, OPERATION, &asked(&json!({"cost_type": "AMORTIZED_COST"})));
    let long = &body.at("cost_data").as_list()[1];
    assert_eq!(long.text_at("amount_by_costs"), "60.00");
    assert_eq!(long.text_at("official_amount_by_costs"), "100.00");
    assert_eq!(long.at("dimensions").as_list()[0].text_at("key"), "CLOUD_SERVICE_TYPE");
    assert_eq!(long.at("costs").as_list()[0].at("time_measure_id").as_integer(), 2);
    assert_eq!(body.at("total_count").as_integer(), 3);
}

#[test]
fn what_is_paid_is_what_is_due_without_cash_coupons() {
    let app = App::shared();
    let tenant = with_term(app);
    let net = json!({"amount_type": "NET_AMOUNT"});
    assert_costs(
        app,
        &tenant,
        &net,
        &[("ec2", "2026-09-01 28.00"), ("long", "2026-09-01 54.00"), ("obs", "2026-09-01 0.36")],
    );
}

#[test]
fn days_are_told_apart_where_something_falls_on_them() {
    let app = App::shared();
    let tenant = with_term(app);
    let day = |begin: &str, end: &str, cost_type: &str| {
        json!({
            "time_condition": {"time_measure_id": 1, "begin_time": begin, "end_time": end},
            "cost_type": cost_type,
            "filters": [{"operator": 0, "filter_factor":
                {"key": "CLOUD_SERVICE_TYPE", "value": ["hws.service.type.long"]}}],
        })
    };
    let spread = "2026-11-13 1.00, 2026-11-14 1.00";
    let amortized = day("2026-11-13", "2026-11-20", "AMORTIZED_COST");
    assert_costs(app, &tenant, &amortized, &[("long", spread)]);
    let original = day("2026-09-01", "2026-11-20", "ORIGINAL_COST");
    assert_costs(app, &tenant, &original, &[("long", "2026-09-16 60.00")]);
}

#[test]
fn groups_by_up_to_three_things() {
    let app = App::shared();
    let tenant = with_term(app);
    let dimension = |key: &str| json!({"type": "dimension", "key": key});
    let three = json!({"groupby": [
        dimension("CHARGING_MODE"), {"type": "tag", "key": "team"},
        {"type": "cost_unit", "key": "unit"}]});
    assert_costs(
        app,
        &tenant,
        &three,
        &[("1/blue/north", "2026-09-01 100.00"), ("3//", "2026-09-01 0.36")],
    );
    for (key, values) in [
        ("RESOURCE_TYPE", &["obs", "vm"][..]),
        ("ASSOCIATED_ACCOUNT", &[tenant.customers[0].as_str()]),
        ("REGION_CODE", &["cn-east-3", "cn-north-4"]),
        ("AZ_CODE", &["", "cn-north-4a"]),
        ("ENTERPRISE_PROJECT_ID", &["null", "project-1"]),
        ("RES_SPEC_CODE", &["", "1"]),
        ("USAGE_TYPE", &["duration", "space"]),
        ("BILL_TYPE", &["1", "4", "5"]),
        ("BE_ID", &["", "be-1"]),
        ("PAYER_ACCOUNT_ID", &[tenant.customers[0].as_str()]),
    ] {
        let body = own(app, &tenant, OPERATION, &asked(&json!({"groupby": [dimension(key)]})));
        let found: Vec<String> = groups(&body).into_iter().map(|(group, _)| group).collect();
        assert_eq!(found, values, "{key}");
    }
}

#[test]
fn filters_include_or_exclude() {
    let app = App::shared();
    let tenant = with_term(app);
    let filter = |operator: Value, key: &str, values: &[&str]| {
        json!({"filters": [{"operator": operator,
                            "filter_factor": {"key": key, "value": values}}]})
    };
    let all = ["ec2", "long", "obs"];
    for (changes, expected) in [
        (filter(json!(0), "CHARGING_MODE", &["3"]), &all[2..]),
        (filter(json!(1), "CHARGING_MODE", &["3"]), &all[..2]),
        (filter(json!(null), "CHARGING_MODE", &["3"]), &all[..]),
        (filter(json!(0), "RESOURCE_TAG", &["team=blue"]), &all[..2]),
        (filter(json!(0), "COST_UNIT", &["unit=south"]), &[]),
        (filter(json!(0), "RESOURCE_ID", &["bucket", "resource-long"]), &all[1..]),
        (json!({"filters": []}), &all),
        (json!({"filters": null}), &all),
        (json!({"offset": 1, "limit": 1}), &all[1..2]),
        (json!({"limit": 0}), &[]),
    ] {
        let body = own(app, &tenant, OPERATION, &asked(&changes));
        let found: Vec<String> = groups(&body).into_iter().map(|(group, _)| group).collect();
        assert_eq!(found, expected, "{changes}");
    }
}

#[test]
fn nothing_is_seen_of_others() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let body = own(app, &tenant, OPERATION, &asked(&json!({})));
    assert_eq!(body.at("total_count").as_integer(), 0);
}

#[test]
fn refuses_what_is_not_documented() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let time = |measure: u8, begin: &str, end: &str| {
        json!({"time_condition":
            {"time_measure_id": measure, "begin_time": begin, "end_time": end}})
    };
    let group = |kind: &str, key: &str| json!({"type": kind, "key": key});
    let region = group("dimension", "REGION_CODE");
    for changes in [
        time(3, "2026-09", "2026-10"),
        time(2, "2026-09-01", "2026-09-02"),
        time(1, "2026-09", "2026-10"),
        time(2, "2026-10", "2026-09"),
        time(2, "2024-01", "2024-02"),
        time(2, "2026-09", "2029-09"),
        json!({"groupby": []}),
        json!({"groupby": [region, region, region, region]}),
        json!({"groupby": [group("dimension", "COLOUR")]}),
        json!({"groupby": [group("dimension", "COST_UNIT")]}),
        json!({"groupby": [group("tag", "")]}),
        json!({"groupby": [group("colour", "red")]}),
        json!({"cost_type": "COST"}),
        json!({"amount_type": "AMOUNT"}),
        json!({"filters": [{"operator": 2, "filter_factor": {"key": "BE_ID", "value": []}}]}),
        json!({"filters": [{"operator": 0, "filter_factor": {"key": "SIZE", "value": []}}]}),
        json!({"offset": 200_001}),
        json!({"limit": 1_001}),
    ] {
        let reply = app.post(&tenant.customer, PATH, asked(&changes).to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{changes}");
    }
}

/// 140 resources that are paid for a year cost something on 365 days each: 51,100 costs.
#[test]
fn refuses_more_costs_than_fit_into_memory() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let line = |number: u32| {
        let mut line = bought(&tenant, &number.to_string());
        line["effective_time"] = json!("2025-11-30T16:00:00Z");
        line["expire_time"] = json!("2026-11-30T15:59:59Z");
        format!("{line}\n")
    };
    app.import(&Book::new((0..140).map(line).collect()));
    let by_resource = |measure: u8, begin: &str, end: &str| {
        asked(&json!({
            "time_condition": {"time_measure_id": measure, "begin_time": begin, "end_time": end},
            "groupby": [{"type": "dimension", "key": "RESOURCE_ID"}],
            "cost_type": "AMORTIZED_COST", "limit": 1,
        }))
    };
    let year = by_resource(1, "2025-12-01", "2026-11-30");
    let reply = app.post(&tenant.customer, PATH, year.to_string());
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{}", reply.text());
    for fewer in [by_resource(1, "2026-01-01", "2026-11-30"), by_resource(2, "2025-12", "2026-11")]
    {
        let body = own(app, &tenant, OPERATION, &fewer);
        assert_eq!(body.at("total_count").as_integer(), 140);
    }
}
