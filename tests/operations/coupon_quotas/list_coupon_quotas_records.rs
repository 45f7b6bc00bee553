//! `ListCouponQuotasRecords`: quotas given to resellers and taken back, the newest first.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::book::{DEMO, amount};
use crate::harness::coupons::{assert_pages, issue_of_reseller, item, list, refused, texts};
use crate::harness::json::Json;
use crate::harness::signer::quote;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/partners/coupon-quotas/records";

const LIST: (&str, &str) = ("records", "total_count");

/// Kind and quota of each record that a query lets through.
fn records(app: &App, tenant: &Tenant, query: &str) -> Vec<(String, String)> {
    let reply = app.get(&tenant.distributor, &format!("{PATH}?limit=100&{query}"));
    assert_eq!(reply.status, 200, "{query} {}", reply.text());
    let body = reply.json();
    let kinds = texts(&body, LIST, "operation_type");
    kinds.into_iter().zip(texts(&body, LIST, "quota_id")).collect()
}

/// Takes what is left of the reseller's quota back, with a remark.
fn reclaim(app: &App, tenant: &Tenant) {
    let fields = json!({"quota_ids": [tenant.granted_quota], "remark": "no longer needed"});
    let answer = app.sdk(&tenant.distributor, "ReclaimCouponQuotas", &fields);
    assert_eq!(answer.outcome.expect("answered").at("error_details").as_list().len(), 0);
}

#[test]
fn answers_what_was_given_and_taken_back() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    issue_of_reseller(app, &tenant, "12.34");
    reclaim(app, &tenant);
    let answer = app.sdk(&tenant.distributor, "ListCouponQuotasRecords", &json!({}));
    let body = answer.outcome.expect("records");
    let own = tenant.reseller.principal_id.as_str();
    let expected = [
        ("11", &tenant.granted_quota, own, "17.66"),
        ("10", &tenant.other_granted_quota, tenant.other_reseller_id.as_str(), "20.00"),
        ("10", &tenant.granted_quota, own, "30.00"),
    ];
    assert_eq!(texts(&body, LIST, "id").len(), expected.len());
    for (record, (kind, quota, reseller, amount)) in
        body.at("records").as_list().iter().zip(expected)
    {
        assert_eq!(record.text_at("operation_type"), kind);
        assert_eq!(record.text_at("quota_id"), quota);
        assert_eq!(record.text_at("parent_quota_id"), tenant.quota);
        assert_eq!(record.text_at("indirect_partner_id"), reseller);
        assert_eq!(*record.at("amount"), Json::number(amount));
        assert_eq!(record.text_at("result"), "0");
        assert_eq!(record.text_at("operator"), tenant.distributor.principal_id);
        let remark = record.get("remark").map(Json::as_text);
        assert_eq!(remark, (kind == "11").then_some("no longer needed"));
    }
    assert_eq!(body.at("records").as_list()[2].text_at("operation_time"), "2026-01-11T00:00:00Z");
}

#[test]
fn names_the_resellers_and_the_operator_of_the_demo_book() {
    let app = App::shared();
    let distributor = DEMO.partners("distributor")[0];
    let body = list(app, &DEMO.key(distributor), PATH, &[]);
    let partner = |id: &str| DEMO.with("partner", "partner_id", id).next().expect("a partner");
    for grant in DEMO.of_kind("quota_grant") {
        let record = item(&body, "records", "quota_id", grant.text_at("quota_id"));
        let reseller = partner(grant.text_at("indirect_partner_id"));
        assert_eq!(record.at("amount").as_decimal(), amount(grant, "amount"));
        assert_eq!(record.at("operation_time"), grant.at("at"));
        assert_eq!(record.get("indirect_partner_name"), reseller.get("name"));
        assert_eq!(record.get("indirect_partner_account_name"), reseller.get("account_name"));
        assert_eq!(record.get("operator"), partner(distributor).get("account_name"));
    }
}

#[test]
fn filters_by_each_parameter() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    reclaim(app, &tenant);
    for (name, value, count) in [
        ("indirect_partner_id", tenant.reseller.principal_id.as_str(), 2),
        ("indirect_partner_id", &other.reseller.principal_id, 0),
        ("indirect_partner_id", "nobody", 0),
        ("indirect_partner_id", "", 3),
        ("quota_id", &tenant.granted_quota, 2),
        ("quota_id", &tenant.quota, 0),
        ("quota_id", "", 3),
        ("parent_quota_id", &tenant.quota, 3),
        ("parent_quota_id", &tenant.granted_quota, 0),
        ("parent_quota_id", "", 3),
        ("parent_quota_id", "\"\"", 0),
        ("parent_quota_id", "null", 0),
        ("operation_type", "10", 2),
        ("operation_type", "11", 1),
        ("operation_type", "12", 3),
        ("operation_type", "null", 3),
        ("operation_type", "", 3),
        // A span includes its bounds.
        ("operation_time_begin", "2026-01-11T00:00:00Z", 3),
        ("operation_time_begin", "2026-01-11T00:00:01Z", 1),
        ("operation_time_end", "2026-01-11T00:00:00Z", 2),
        ("operation_time_end", "2026-01-10T23:59:59Z", 0),
        ("operation_time_end", "", 3),
    ] {
        let query = format!("{name}={}", quote(value));
        assert_eq!(records(app, &tenant, &query).len(), count, "{query}");
    }
    let both = format!("operation_type=11&indirect_partner_id={}", tenant.other_reseller_id);
    assert_eq!(records(app, &tenant, &both), []);
}

#[test]
fn pages_show_every_record_once_in_one_order() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    reclaim(app, &tenant);
    let page = |offset: usize, limit: usize| {
        let (offset, limit) = (offset.to_string(), limit.to_string());
        list(app, &tenant.distributor, PATH, &[("offset", &offset), ("limit", &limit)])
    };
    assert_pages(page, LIST);
    let page = |offset: usize, limit: usize| {
        let (offset, limit) = (offset.to_string(), limit.to_string());
        let parent = ("parent_quota_id", tenant.quota.as_str());
        list(app, &tenant.distributor, PATH, &[("offset", &offset), ("limit", &limit), parent])
    };
    assert_pages(page, LIST);
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(records(app, &tenant, ""), records(app, &tenant, ""));
    for query in [
        "operation_type=123456789",
        "operation_time_begin=%22%22",
        "operation_time_end=2026-01-11",
        "limit=0",
        "result=0",
    ] {
        let outcome = refused(app, &tenant.distributor, &format!("{PATH}?{query}"));
        assert_eq!(outcome, (400, "CBC.0100".to_owned()), "{query}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
