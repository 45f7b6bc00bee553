//! `ListResourceUsage`: bandwidth as it was measured every five minutes.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::bills::{CYCLE, measured, own};
use crate::harness::json::Json;
use crate::harness::money::import;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListResourceUsage";
const PATH: &str = "/v2/bills/customer-bills/resources/usage/details";

fn asked(resource: &str) -> Value {
    json!({"bill_cycle": CYCLE, "service_type_code": "hws.service.type.cdn",
           "resource_type_code": "hws.resource.type.cdn", "usage_type": "95Peak",
           "resource_id": resource})
}

fn with_usage(app: &App) -> Tenant {
    let tenant = Tenant::in_books_of(app);
    import(app, &tenant, measured(&tenant, "a", "2026-09-01", &["1.5", "2.5"]));
    let mut gap = measured(&tenant, "a", "2026-09-02", &[]);
    gap["usages"] = json!([null, "3.5"]);
    import(app, &tenant, gap);
    tenant
}

fn values(body: &Json) -> Vec<(String, String)> {
    let value = |info: &Json| {
        assert_eq!(info.at("measure_id").as_integer(), 15);
        (info.text_at("stat_time").to_owned(), info.text_at("usage").to_owned())
    };
    body.at("usage_info_list").as_list().iter().map(value).collect()
}

const ALL: [(&str, &str); 3] = [
    ("2026-08-31T16:00:00Z", "1.5"),
    ("2026-08-31T16:05:00Z", "2.5"),
    ("2026-09-01T16:05:00Z", "3.5"),
];

fn expected(values: &[(&str, &str)]) -> Vec<(String, String)> {
    values.iter().map(|(time, value)| ((*time).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn shows_every_value_and_what_the_month_comes_to() {
    let app = App::shared();
    let tenant = with_usage(app);
    let body = own(app, &tenant, OPERATION, &asked("a"));
    assert_eq!(values(&body), expected(&ALL));
    assert_eq!(body.at("total_count").as_integer(), 3);
    assert_eq!(body.text_at("band_width"), "3.5");
    assert_eq!(body.text_at("actual_days"), "0.01041666666666666667");
    assert_eq!(body.at("band_width_measure_id").as_integer(), 15);
}

#[test]
fn pages_show_every_value_once() {
    let app = App::shared();
    let tenant = with_usage(app);
    for offset in 0..4 {
        let mut fields = asked("a");
        fields["offset"] = json!(offset);
        fields["limit"] = json!(2);
        let body = own(app, &tenant, OPERATION, &fields);
        assert_eq!(values(&body), expected(&ALL[offset.min(3)..3.min(offset + 2)]));
        assert_eq!(body.at("total_count").as_integer(), 3);
    }
}

#[test]
fn of_a_resource_without_values_there_is_nothing() {
    let app = App::shared();
    let tenant = with_usage(app);
    let body = own(app, &tenant, OPERATION, &asked("nothing"));
    assert_eq!(values(&body), []);
    for name in ["actual_days", "band_width", "band_width_measure_id"] {
        assert_eq!(body.get(name), None, "{name}");
    }
}

#[test]
fn refuses_what_is_not_documented() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let kind = "service_type_code=hws.service.type.cdn&resource_type_code=hws.resource.type.cdn\
                &usage_type=95Peak";
    for query in [
        format!("?bill_cycle={CYCLE}&{kind}"),
        format!("?bill_cycle=2020-01&{kind}&resource_id=a"),
        format!("?bill_cycle={CYCLE}&resource_id=a"),
        format!("?bill_cycle={CYCLE}&{kind}&resource_id=a&limit=1001"),
    ] {
        let reply = app.get(&tenant.customer, &format!("{PATH}{query}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}
