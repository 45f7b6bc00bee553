//! `ListPartnerCouponsRecord`: issues and returns of a partner's coupons, the newest first.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::coupons::{
    assert_pages, issue, issue_expired, issue_of_reseller, issue_with, item, list, reclaim,
    refused, texts,
};
use crate::harness::json::Json;
use crate::harness::signer::quote;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/promotions/benefits/partner-coupons/records/query";

const LIST: (&str, &str) = ("records", "total_count");

/// Kind and coupon of each record that a query lets through.
fn records(app: &App, tenant: &Tenant, query: &str) -> Vec<(String, String)> {
    let reply = app.get(&tenant.distributor, &format!("{PATH}?limit=100&{query}"));
    assert_eq!(reply.status, 200, "{query} {}", reply.text());
    let body = reply.json();
    let kinds = texts(&body, LIST, "operation_type");
    kinds.into_iter().zip(texts(&body, LIST, "coupon_id")).collect()
}

/// Three coupons: one stays, one is reclaimed, one expires and comes back with the next issue.
fn eventful(app: &App, tenant: &Tenant) -> [String; 4] {
    let stays = issue_with(app, tenant, "1.00", json!({"memo": "welcome"}));
    let reclaimed = issue_with(app, tenant, "2.00", json!({"customer_ids": [tenant.customers[1]]}));
    let fields = json!({"coupon_id": reclaimed});
    assert_eq!(reclaim(app, &tenant.distributor, &fields).0, 204);
    let expired = issue_expired(app, tenant, &["3.00"]).remove(0);
    let last = issue(app, tenant, "4.00");
    [stays, reclaimed, expired, last]
}

#[test]
fn answers_what_happened_the_newest_first() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let [stays, reclaimed, expired, last] = eventful(app, &tenant);
    let answer = app.sdk(&tenant.distributor, "ListPartnerCouponsRecord", &json!({}));
    let body = answer.outcome.expect("records");
    let expected = [
        ("1", &last, "4.00"),
        ("4", &expired, "3.00"),
        ("1", &expired, "3.00"),
        ("2", &reclaimed, "2.00"),
        ("1", &reclaimed, "2.00"),
        ("1", &stays, "1.00"),
    ];
    assert_eq!(body.at("total_count").as_integer(), 6);
    for (record, (kind, coupon, amount)) in body.at("records").as_list().iter().zip(expected) {
        assert_eq!(record.text_at("operation_type"), kind);
        assert_eq!(record.text_at("coupon_id"), coupon);
        assert_eq!(*record.at("operation_amount"), Json::number(amount));
        assert_eq!(record.text_at("quota_id"), tenant.quota);
        assert_eq!(record.at("quota_type").as_integer(), 0);
        assert_eq!(record.text_at("result"), "0");
        let customer = if coupon == &reclaimed { 1 } else { 0 };
        assert_eq!(record.text_at("customer_id"), tenant.customers[customer]);
    }
    let noted = item(&body, "records", "coupon_id", &stays);
    assert_eq!(noted.text_at("remark"), "welcome");
    let mut ids = texts(&body, LIST, "id");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 6);
}

#[test]
fn filters_by_each_parameter() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let [stays, reclaimed, expired, last] = eventful(app, &tenant);
    let both = format!("coupon_ids={reclaimed}&coupon_ids={stays}");
    let customer = format!("customer_id={}", tenant.customers[1]);
    let quota = format!("quota_id={}", tenant.quota);
    for (query, count) in [
        ("", 6),
        ("operation_types=1", 4),
        ("operation_types=2", 1),
        ("operation_types=4", 1),
        ("operation_types=2&operation_types=4", 2),
        ("operation_types=3", 0),
        ("operation_types=", 0),
        (&format!("coupon_ids={expired}"), 2),
        (&both, 3),
        (&format!("{both}&operation_types=1"), 2),
        ("coupon_ids=", 0),
        ("coupon_ids=null", 0),
        (&customer, 2),
        ("customer_id=", 6),
        ("customer_id=null", 0),
        ("customer_id=%22%22", 0),
        (&quota, 6),
        ("quota_id=nothing", 0),
        ("quota_type=0", 6),
        ("quota_type=1", 0),
        ("quota_type=null", 6),
        ("result=0", 6),
        ("result=-1", 0),
        ("result=whatever", 6),
        ("operation_time_begin=2026-01-01T00:00:00Z", 6),
        ("operation_time_end=2026-01-01T00:00:00Z", 0),
        ("operation_time_begin=&operation_time_end=", 6),
        ("offset=null", 6),
    ] {
        assert_eq!(records(app, &tenant, query).len(), count, "{query}");
    }
    // A span excludes its bounds.
    let body = list(app, &tenant.distributor, PATH, &[]);
    let newest = body.at("records").as_list()[0].text_at("operation_time");
    let after = records(app, &tenant, &format!("operation_time_begin={}", quote(newest)));
    assert_eq!(after, []);
    let before = records(app, &tenant, &format!("operation_time_end={}", quote(newest)));
    assert!(!before.contains(&("1".to_owned(), last)) && before.len() < 6, "{before:?}");
}

#[test]
fn several_values_are_signed_in_any_order() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let coupons = [issue(app, &tenant, "1.00"), issue(app, &tenant, "2.00")];
    for ids in [[&coupons[0], &coupons[1]], [&coupons[1], &coupons[0]]] {
        let fields = json!({"coupon_ids": ids, "operation_types": ["2", "1"]});
        let answer = app.sdk(&tenant.distributor, "ListPartnerCouponsRecord", &fields);
        assert_eq!(answer.outcome.expect("records").at("total_count").as_integer(), 2);
    }
}

#[test]
fn shows_a_resellers_records_to_its_distributor() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (own, theirs) = (issue(app, &tenant, "1.00"), issue_of_reseller(app, &tenant, "1.00"));
    let issued = |coupon: &str| vec![("1".to_owned(), coupon.to_owned())];
    let of_reseller = format!("indirect_partner_id={}", tenant.reseller.principal_id);
    assert_eq!(records(app, &tenant, ""), issued(&own));
    assert_eq!(records(app, &tenant, &of_reseller), issued(&theirs));
    assert_eq!(records(app, &tenant, &format!("coupon_ids={theirs}")), []);
    let customer = format!("customer_id={}", tenant.reseller_customer);
    assert_eq!(records(app, &tenant, &customer), []);
}

#[test]
fn pages_show_every_record_once_in_one_order() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    eventful(app, &tenant);
    for filter in [None, Some(("operation_types", "1"))] {
        let page = |offset: usize, limit: usize| {
            let (offset, limit) = (offset.to_string(), limit.to_string());
            let bounds = [("offset", offset.as_str()), ("limit", &limit)];
            let parameters: Vec<_> = bounds.into_iter().chain(filter).collect();
            list(app, &tenant.distributor, PATH, &parameters)
        };
        assert_pages(page, LIST);
    }
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    issue(app, &tenant, "1.00");
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(records(app, &tenant, ""), records(app, &tenant, ""));
    let long = "x".repeat(65);
    for query in [
        "operation_types=10",
        "operation_types=1&operation_types=",
        &"operation_types=1&".repeat(9),
        &"coupon_ids=x&".repeat(101),
        &format!("coupon_ids=x&coupon_ids={long}"),
        "result=0&result=0",
        "operation_time_begin=null",
        "limit=%22%22",
    ] {
        let outcome = refused(app, &tenant.distributor, &format!("{PATH}?{query}"));
        assert_eq!(outcome, (400, "CBC.0100".to_owned()), "{query:.100}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
