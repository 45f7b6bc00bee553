//! `GET /operator/v1/metrics`: figures for a monitoring system, as Prometheus reads them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::harness::app::App;
use crate::harness::coupons::issue;
use crate::harness::realname::{INDIVIDUAL, decided, person, submit};
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/metrics";

/// The figures of a text, by name and labels; each metric is announced once, before its figures.
fn figures(text: &str) -> BTreeMap<String, Decimal> {
    let mut announced = Vec::new();
    let mut figures = BTreeMap::new();
    for line in text.lines() {
        if let Some(metric) = line.strip_prefix("# TYPE ") {
            let (name, metric_type) = metric.split_once(' ').expect("a name and a type");
            assert!(["counter", "gauge"].contains(&metric_type), "{line}");
            assert!(!announced.contains(&name), "{name} twice");
            announced.push(name);
        } else if !line.starts_with("# HELP ") {
            let (labelled, value) = line.rsplit_once(' ').expect("a figure");
            let name = labelled.split('{').next();
            assert_eq!(name, announced.last().copied(), "{line}");
            let value = Decimal::from_str_exact(value).expect("a decimal");
            assert_eq!(figures.insert(labelled.to_owned(), value), None, "{line}");
        }
    }
    figures
}

fn metrics(app: &App, query: &str) -> BTreeMap<String, Decimal> {
    let reply = app.operator("GET", &format!("{PATH}{query}"), "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    figures(reply.text())
}

#[test]
fn tells_of_a_tenant_what_an_operator_watches() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let shown = |name: &str| {
        let shown = metrics(app, &format!("?tenant_id={}", tenant.tenant_id));
        let labelled = format!("billing_{name}{{tenant=\"{}\"}}", tenant.tenant_id);
        *shown.get(&labelled).unwrap_or_else(|| panic!("no {labelled} in {shown:?}"))
    };
    let quotas = ["quotas_left_yuan", "quotas_issued_yuan", "quotas_granted_yuan"];
    let [left, issued, granted] = quotas.map(shown);
    assert_eq!(left + issued, granted);
    issue(app, &tenant, "2.50");
    let by = Decimal::new(250, 2);
    assert_eq!(quotas.map(shown), [left - by, issued + by, granted]);

    assert_eq!(shown("reviews_waiting"), Decimal::ZERO);
    let review = submit(app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000001"));
    assert_eq!(shown("reviews_waiting"), Decimal::ONE);
    let now = Decimal::from(chrono::Utc::now().timestamp());
    let age = now - shown("reviews_oldest_timestamp_seconds");
    assert!((Decimal::ZERO..Decimal::from(120)).contains(&age), "{age}");
    decided(app, &tenant, &review, None);
    assert_eq!(shown("reviews_waiting"), Decimal::ZERO);

    let audit = app.audit(&tenant.tenant_id);
    assert_eq!(shown("journal_sequence"), audit.at("transactions").as_integer().into());
    assert_eq!([shown("store_fit"), shown("deliveries_failed")], [Decimal::ONE, Decimal::ZERO]);
    assert!(shown("store_log_bytes") + shown("store_pages") > Decimal::ZERO);

    // All accounts together hold nothing, and without the outside what the audit says.
    let all = metrics(app, &format!("?tenant_id={}", tenant.tenant_id));
    let balances = all.iter().filter(|(name, _)| name.starts_with("billing_balances_yuan"));
    let (outside, inside): (Vec<_>, Vec<_>) =
        balances.partition(|(name, _)| name.contains("kind=\"outside\""));
    let sum = |of: &[(&String, &Decimal)]| of.iter().map(|(_, value)| **value).sum::<Decimal>();
    let booked = Decimal::from_str_exact(audit.text_at("outside_sum")).expect("a decimal");
    assert_eq!([sum(&inside), -sum(&outside)], [booked, booked], "{all:?}");
}

#[test]
fn tells_of_every_tenant_without_one() {
    let app = App::start();
    assert!(metrics(&app, "").is_empty());
    let tenants = [Tenant::in_books_of(&app), Tenant::in_books_of(&app)];
    let all = metrics(&app, "");
    let mut expected = BTreeMap::new();
    for tenant in &tenants {
        expected.extend(metrics(&app, &format!("?tenant_id={}", tenant.tenant_id)));
    }
    assert_eq!(all, expected);
}

#[test]
fn refuses_what_is_wrong() {
    let app = App::shared();
    let refused = |query: &str| app.operator("GET", &format!("{PATH}{query}"), "").outcome();
    assert_eq!(refused("?tenant_id=nobody"), (404, "CBC.0101".to_owned()));
    for query in ["?tenant=demo-distributor", "?tenant_id=demo-provider&limit=1"] {
        assert_eq!(refused(query), (400, "CBC.0100".to_owned()), "{query}");
    }
    let reply = app.operator("POST", PATH, "");
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET")));
}
