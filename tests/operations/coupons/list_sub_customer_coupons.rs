//! `ListSubCustomerCoupons`: the coupons that the caller owns.

use chrono::{TimeDelta, Utc};
use serde_json::json;

use crate::harness::app::App;
use crate::harness::book::Book;
use crate::harness::coupons::{
    assert_pages, at, issue, issue_expired, issue_of_reseller, issue_with, item, list, reclaim,
    refused, texts,
};
use crate::harness::json::Json;
use crate::harness::signer::Key;
use crate::harness::tenant::{LIMITED_TO, Tenant};

const PATH: &str = "/v2/promotions/benefits/coupons";

const LIST: (&str, &str) = ("user_coupons", "count");

fn listed(app: &App, key: &Key, parameters: &[(&str, &str)]) -> Vec<String> {
    let parameters = [parameters, &[("limit", "100")]].concat();
    texts(&list(app, key, PATH, &parameters), LIST, "coupon_id")
}

#[test]
fn answers_a_customers_own_coupons() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let limited = json!({"quota_id": tenant.limited_quota});
    let coupon = issue_with(app, &tenant, "12.30", limited);
    issue_with(app, &tenant, "2.00", json!({"customer_ids": [tenant.customers[1]]}));
    issue_of_reseller(app, &tenant, "3.00");
    let answer = app.sdk(&tenant.customer, "ListSubCustomerCoupons", &json!({}));
    let body = answer.outcome.expect("coupons");
    assert_eq!(texts(&body, LIST, "coupon_id"), [coupon.as_str()]);
    let shown = item(&body, "user_coupons", "coupon_id", &coupon);
    assert_eq!(shown.text_at("customer_id"), tenant.customer.principal_id);
    assert_eq!(*shown.at("face_value"), Json::number("12.30"));
    assert_eq!(*shown.at("balance"), Json::number("12.30"));
    assert_eq!(shown.at("status").as_integer(), 2);
    assert_eq!(shown.at("coupon_type").as_integer(), 1);
    assert_eq!(shown.at("coupon_version").as_integer(), 2);
    assert_eq!(shown.text_at("valid_time"), "2026-01-10T00:00:00Z");
    assert_eq!(shown.text_at("expire_time"), "2096-01-10T00:00:00Z");
    assert_eq!(shown.text_at("active_time"), shown.text_at("create_time"));
    assert_eq!(shown.text_at("source_id"), tenant.distributor.principal_id);
    assert_eq!(shown.text_at("currency"), "CNY");
    assert_eq!(shown.text_at("is_frozen"), "0");
    let limits = shown.at("use_limits").as_list();
    assert_eq!(limits.len(), 1);
    assert_eq!(limits[0].text_at("value1"), LIMITED_TO);
}

#[test]
fn a_partner_sees_its_own_accounts_coupons_and_never_its_customers() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    issue(app, &tenant, "1.00");
    issue_of_reseller(app, &tenant, "1.00");
    let reseller = ("indirect_partner_id", tenant.reseller.principal_id.as_str());
    assert_eq!(listed(app, &tenant.distributor, &[]), Vec::<String>::new());
    assert_eq!(listed(app, &tenant.distributor, &[reseller]), Vec::<String>::new());

    // A partner may be a customer of its own.
    let account = |id: &str, partner: &str| {
        let line = json!({"kind": "customer", "tenant_id": tenant.tenant_id, "customer_id": id,
                          "partner_id": partner, "association_type": "2"});
        app.import(&Book::new(format!("{line}\n")));
    };
    let own = tenant.distributor.principal_id.as_str();
    account(own, own);
    account(reseller.1, reseller.1);
    let first = issue_with(app, &tenant, "1.00", json!({"customer_ids": [own]}));
    let of_reseller = json!({"customer_ids": [reseller.1], "indirect_partner_id": reseller.1});
    let second = issue_with(app, &tenant, "1.00", of_reseller);
    assert_eq!(listed(app, &tenant.distributor, &[]), [first]);
    assert_eq!(listed(app, &tenant.distributor, &[reseller]), [second]);
}

#[test]
fn filters_by_each_parameter() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let early = issue_with(app, &tenant, "1.00", json!({"valid_time": "2095-01-01T00:00:00Z"}));
    let usable = issue(app, &tenant, "2.00");
    let reclaimed = issue(app, &tenant, "3.00");
    let fields = json!({"coupon_id": reclaimed});
    assert_eq!(reclaim(app, &tenant.distributor, &fields).0, 204);
    let expired = issue_expired(app, &tenant, &["4.00"]).remove(0);
    let (early, usable) = (early.as_str(), usable.as_str());
    let (reclaimed, expired) = (reclaimed.as_str(), expired.as_str());
    let all = [expired, reclaimed, usable, early];
    let active = [expired, reclaimed, usable];
    let issuer = tenant.distributor.principal_id.as_str();
    for (filter, expected) in [
        (("status", "1"), &[early][..]),
        (("status", "2"), &[usable]),
        (("status", "3"), &[]),
        (("status", "4"), &[expired]),
        (("status", "5"), &[reclaimed]),
        (("coupon_type", "1"), &all),
        (("coupon_type", "2"), &[]),
        (("coupon_type", "3"), &[]),
        (("coupon_type", "4"), &[]),
        (("coupon_type", "null"), &all),
        (("coupon_id", usable), &[usable]),
        (("coupon_id", "\"\""), &[]),
        (("coupon_id", ""), &all),
        (("order_id", "any"), &[]),
        (("promotion_plan_id", "any"), &[]),
        (("promotion_plan_id", ""), &all),
        (("source_id", issuer), &all),
        (("source_id", "\"\""), &[]),
        (("active_start_time", "2026-01-01T00:00:00Z"), &active),
        (("active_end_time", "2099-01-01T00:00:00Z"), &active),
        (("active_end_time", "2026-01-01T00:00:00Z"), &[]),
    ] {
        assert_eq!(listed(app, &tenant.customer, &[filter]), expected, "{filter:?}");
    }
    // A span of activation times includes its bounds.
    let body = list(app, &tenant.customer, PATH, &[("coupon_id", usable)]);
    let shown = item(&body, "user_coupons", "coupon_id", usable);
    let activated: chrono::DateTime<Utc> = shown.text_at("active_time").parse().expect("a time");
    let second = TimeDelta::seconds(1);
    for (begin, end, found) in [
        (activated, activated, 1),
        (activated + second, activated + second, 0),
        (activated - second, activated - second, 0),
    ] {
        let (begin, end) = (at(begin), at(end));
        let span = [("active_start_time", &*begin), ("active_end_time", &*end)];
        let span = [&span[..], &[("coupon_id", usable)]].concat();
        assert_eq!(listed(app, &tenant.customer, &span).len(), found, "{span:?}");
    }
}

#[test]
fn pages_show_every_coupon_once_in_one_order() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let coupons: Vec<String> =
        ["1.00", "2.00", "3.00"].iter().map(|value| issue(app, &tenant, value)).collect();
    let page = |offset: usize, limit: usize| {
        let (offset, limit) = (offset.to_string(), limit.to_string());
        list(app, &tenant.customer, PATH, &[("offset", &offset), ("limit", &limit)])
    };
    assert_pages(page, LIST);
    // An offset works only together with a limit.
    let alone = list(app, &tenant.customer, PATH, &[("offset", "2")]);
    assert_eq!(texts(&alone, LIST, "coupon_id").len(), coupons.len());
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    issue(app, &tenant, "1.00");
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(listed(app, &tenant.customer, &[]), listed(app, &tenant.customer, &[]));
    for query in
        ["coupon_type=%22%22", "coupon_type=5", "active_start_time=null", "status=0", "unknown=1"]
    {
        let outcome = refused(app, &tenant.customer, &format!("{PATH}?{query}"));
        assert_eq!(outcome, (400, "CBC.0100".to_owned()), "{query}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
