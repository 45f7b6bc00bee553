//! `ListResourceUsageSummary`: what bandwidth comes to that is billed by its 95th percentile.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::bills::{CYCLE, measured, own};
use crate::harness::calendar;
use crate::harness::json::Json;
use crate::harness::money::import;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListResourceUsageSummary";
const PATH: &str = "/v2/bills/customer-bills/resources/usage/summary";

fn asked(cycle: &str) -> Value {
    json!({"bill_cycle": cycle, "service_type_code": "hws.service.type.cdn",
           "resource_type_code": "hws.resource.type.cdn", "usage_type": "95Peak"})
}

/// A tenant with two resources: one of two days of ten values each, one of a single value.
fn with_usage(app: &App) -> Tenant {
    let tenant = Tenant::in_books_of(app);
    let values: Vec<String> = (1..=20).map(|value| format!("{value}.25")).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    import(app, &tenant, measured(&tenant, "a", "2026-09-30", &values[10..]));
    import(app, &tenant, measured(&tenant, "a", "2026-09-01", &values[..10]));
    import(app, &tenant, measured(&tenant, "b", "2026-09-01", &["7"]));
    import(app, &tenant, measured(&tenant, "b", "2026-10-01", &["8"]));
    tenant
}

fn infos(body: &Json) -> &[Json] {
    body.at("summary_usage_info_list").as_list()
}

#[test]
fn shows_the_days_that_count_and_the_95th_percentile() {
    let app = App::shared();
    let tenant = with_usage(app);
    let body = own(app, &tenant, OPERATION, &asked(CYCLE));
    assert_eq!(body.at("total_count").as_integer(), 2);
    let [a, b] = infos(&body) else { panic!("two resources: {body:?}") };
    // Of twenty values the largest is left out.
    for (info, resource, days, band_width) in
        [(a, "a", "0.06944444444444444444", "19.25"), (b, "b", "0.00347222222222222222", "7")]
    {
        assert_eq!(info.text_at("resource_id"), resource);
        assert_eq!(info.text_at("actual_days"), days);
        assert_eq!(info.text_at("band_width"), band_width);
        assert_eq!(info.at("band_width_measure_id").as_integer(), 15);
    }
}

#[test]
fn pages_and_kinds_of_usage_are_told_apart() {
    let app = App::shared();
    let tenant = with_usage(app);
    let mut fields = asked(CYCLE);
    fields["offset"] = json!(1);
    fields["limit"] = json!(1);
    let body = own(app, &tenant, OPERATION, &fields);
    assert_eq!(body.at("total_count").as_integer(), 2);
    assert_eq!(infos(&body)[0].text_at("resource_id"), "b");
    for (name, value) in [
        ("usage_type", "95peak_1000"),
        ("service_type_code", "hws.service.type.obs"),
        ("resource_type_code", "hws.resource.type.obs"),
        ("bill_cycle", "2026-08"),
    ] {
        let mut fields = asked(CYCLE);
        fields[name] = json!(value);
        assert_eq!(infos(&own(app, &tenant, OPERATION, &fields)), [], "{name}");
    }
}

#[test]
fn of_the_current_month_only_the_resources_are_known() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let today = calendar::today().to_string();
    import(app, &tenant, measured(&tenant, "a", &today, &["1"]));
    let body = own(app, &tenant, OPERATION, &asked(&today[..7]));
    let [info] = infos(&body) else { panic!("one resource: {body:?}") };
    assert_eq!(info.text_at("resource_id"), "a");
    for name in ["actual_days", "band_width", "band_width_measure_id"] {
        assert_eq!(info.get(name), None, "{name}");
    }
}

#[test]
fn a_day_is_imported_once() {
    let app = App::shared();
    let tenant = with_usage(app);
    let before = own(app, &tenant, OPERATION, &asked(CYCLE));
    let post = |line: &Value| app.operator("POST", "/operator/v1/books", format!("{line}\n"));
    let again = measured(&tenant, "b", "2026-09-01", &["7"]);
    assert_eq!(post(&again).json().at("skipped").as_integer(), 1);
    let mut foreign = measured(&tenant, "b", "2026-09-02", &["7"]);
    foreign["customer_id"] = json!("nobody");
    for refused in [
        measured(&tenant, "b", "2026-09-01", &["8"]),
        measured(&tenant, "b", "2026-09-02", &["-8"]),
        measured(&tenant, "b", "2026-09-02", &["1"; 289]),
        foreign,
    ] {
        assert_eq!(post(&refused).status, 400, "{refused}");
    }
    assert_eq!(own(app, &tenant, OPERATION, &asked(CYCLE)), before);
}

#[test]
fn refuses_what_is_not_documented() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let kind = "service_type_code=hws.service.type.cdn&resource_type_code=hws.resource.type.cdn";
    for query in [
        String::new(),
        format!("?{kind}&usage_type=95Peak"),
        format!("?bill_cycle={CYCLE}&{kind}"),
        format!("?bill_cycle={CYCLE}&{kind}&usage_type=95peak"),
        format!("?bill_cycle={CYCLE}&usage_type=95Peak"),
        format!("?bill_cycle=2020-01&{kind}&usage_type=95Peak"),
        format!("?bill_cycle={CYCLE}&{kind}&usage_type=95Peak&limit=0"),
    ] {
        let reply = app.get(&tenant.customer, &format!("{PATH}{query}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}
