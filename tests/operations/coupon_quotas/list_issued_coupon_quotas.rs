//! `ListIssuedCouponQuotas`: the quotas that a distributor has given to its resellers.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::book::{DEMO, amount};
use crate::harness::coupons::{assert_pages, issue_of_reseller, item, list, refused, texts};
use crate::harness::json::Json;
use crate::harness::signer::quote;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/partners/issued-coupon-quotas";

const LIST: (&str, &str) = ("quotas", "total_count");

fn listed(app: &App, tenant: &Tenant, query: &str) -> Vec<String> {
    let reply = app.get(&tenant.distributor, &format!("{PATH}?limit=100&{query}"));
    assert_eq!(reply.status, 200, "{query} {}", reply.text());
    texts(&reply.json(), LIST, "quota_id")
}

#[test]
fn answers_every_quota_given_with_its_reseller() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    issue_of_reseller(app, &tenant, "12.34");
    let fields = json!({"quota_ids": [tenant.other_granted_quota]});
    assert!(app.sdk(&tenant.distributor, "ReclaimCouponQuotas", &fields).outcome.is_ok());
    let answer = app.sdk(&tenant.distributor, "ListIssuedCouponQuotas", &json!({}));
    let body = answer.outcome.expect("quotas");
    // The newest first.
    let expected = [tenant.other_granted_quota.as_str(), &tenant.granted_quota];
    assert_eq!(texts(&body, LIST, "quota_id"), expected);
    for (quota, reseller, value, balance, status) in [
        (&tenant.granted_quota, &tenant.reseller.principal_id, "30.00", "17.66", 0),
        (&tenant.other_granted_quota, &tenant.other_reseller_id, "20.00", "0.00", 6),
    ] {
        let quota = item(&body, "quotas", "quota_id", quota);
        assert_eq!(*quota.at("quota_value"), Json::number(value));
        assert_eq!(*quota.at("balance"), Json::number(balance));
        assert_eq!(quota.at("quota_status").as_integer(), status);
        assert_eq!(quota.text_at("indirect_partner_id"), reseller);
        assert_eq!(quota.text_at("parent_quota_id"), tenant.quota);
        assert_eq!(quota.at("quota_type").as_integer(), 0);
        assert_eq!(quota.at("measure_id").as_integer(), 1);
        assert_eq!(quota.text_at("currency"), "CNY");
        assert_eq!(quota.text_at("create_time"), "2026-01-11T00:00:00Z");
        assert_eq!(quota.text_at("expire_time"), "2096-01-10T00:00:00Z");
    }
}

#[test]
fn names_the_resellers_of_the_demo_book() {
    let app = App::shared();
    let distributor = DEMO.partners("distributor")[0];
    let body = list(app, &DEMO.key(distributor), PATH, &[]);
    let grants: Vec<&Json> = DEMO.of_kind("quota_grant").collect();
    assert_eq!(texts(&body, LIST, "quota_id").len(), grants.len());
    for grant in grants {
        let quota = item(&body, "quotas", "quota_id", grant.text_at("quota_id"));
        let reseller = grant.text_at("indirect_partner_id");
        let reseller = DEMO.with("partner", "partner_id", reseller).next().expect("a reseller");
        assert_eq!(quota.at("quota_value").as_decimal(), amount(grant, "amount"));
        assert_eq!(quota.get("indirect_partner_name"), reseller.get("name"));
        assert_eq!(quota.get("indirect_partner_account_name"), reseller.get("account_name"));
    }
}

#[test]
fn filters_by_each_parameter() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let (first, second) = (tenant.granted_quota.as_str(), tenant.other_granted_quota.as_str());
    let reseller = tenant.reseller.principal_id.as_str();
    let theirs = other.reseller.principal_id.as_str();
    for (name, value, expected) in [
        ("quota_id", first, &[first][..]),
        ("quota_id", "", &[second, first]),
        ("quota_id", &tenant.quota, &[]),
        ("quota_id", &other.granted_quota, &[]),
        ("indirect_partner_id", reseller, &[first]),
        ("indirect_partner_id", "", &[second, first]),
        ("indirect_partner_id", theirs, &[]),
        ("indirect_partner_id", "nobody", &[]),
        ("parent_quota_id", &tenant.quota, &[second, first]),
        ("parent_quota_id", first, &[]),
        // This one filters even by nothing.
        ("parent_quota_id", "", &[]),
        ("parent_quota_id", "\"\"", &[]),
    ] {
        let query = format!("{name}={}", quote(value));
        assert_eq!(listed(app, &tenant, &query), expected, "{query}");
    }
    let both = format!("quota_id={first}&indirect_partner_id={}", tenant.other_reseller_id);
    assert_eq!(listed(app, &tenant, &both), Vec::<String>::new());
}

#[test]
fn pages_show_every_quota_once_in_one_order() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let reseller = tenant.reseller.principal_id.as_str();
    let fields = json!({
        "quota_id": tenant.quota, "indirect_partner_ids": [reseller, reseller],
        "quota_amount": "1.00",
    });
    assert!(app.sdk(&tenant.distributor, "UpdateCouponQuotas", &fields).outcome.is_ok());
    for filter in [None, Some(("indirect_partner_id", reseller))] {
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
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(listed(app, &tenant, ""), listed(app, &tenant, ""));
    let long = format!("quota_id={}", "x".repeat(65));
    for query in [long.as_str(), "limit=0", "limit=101", "offset=-1", "quota_type=0"] {
        let outcome = refused(app, &tenant.distributor, &format!("{PATH}?{query}"));
        assert_eq!(outcome, (400, "CBC.0100".to_owned()), "{query}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
