//! `ListIssuedPartnerCoupons`: the coupons issued in a partner's name, the newest first.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::harness::app::App;
use crate::harness::coupons::{
    assert_pages, at, issue, issue_expired, issue_of_reseller, issue_with, item, list, reclaim,
    refused, texts,
};
use crate::harness::json::Json;
use crate::harness::tenant::{LIMITED_TO, LIMITED_TO_PRODUCT, Tenant};

const PATH: &str = "/v2/promotions/benefits/partner-coupons";

const LIST: (&str, &str) = ("user_coupons", "total_count");

/// The coupons that a filter lets through.
fn listed(app: &App, tenant: &Tenant, parameters: &[(&str, &str)]) -> Vec<String> {
    let parameters = [parameters, &[("limit", "100")]].concat();
    texts(&list(app, &tenant.distributor, PATH, &parameters), LIST, "coupon_id")
}

fn time(coupon: &Json, name: &str) -> DateTime<Utc> {
    coupon.text_at(name).parse().expect("a time")
}

#[test]
fn answers_every_coupon_with_what_is_left_of_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let first = issue(app, &tenant, "12.30");
    let second = issue(app, &tenant, "7");
    let fields = json!({"coupon_id": first});
    assert_eq!(reclaim(app, &tenant.distributor, &fields).0, 204);
    let answer = app.sdk(&tenant.distributor, "ListIssuedPartnerCoupons", &json!({}));
    let body = answer.outcome.expect("coupons");
    assert_eq!(texts(&body, LIST, "coupon_id"), [second.as_str(), &first]);
    for (coupon, face_value, balance, status) in
        [(&first, "12.30", "0.00", 5), (&second, "7.00", "7.00", 2)]
    {
        let coupon = item(&body, "user_coupons", "coupon_id", coupon);
        assert_eq!(*coupon.at("face_value"), Json::number(face_value));
        assert_eq!(*coupon.at("balance"), Json::number(balance));
        assert_eq!(coupon.at("status").as_integer(), status);
        assert_eq!(coupon.text_at("customer_id"), tenant.customers[0]);
        assert_eq!(coupon.at("coupon_type").as_integer(), 1);
        assert_eq!(coupon.at("measure_id").as_integer(), 1);
        assert_eq!(coupon.text_at("effective_time"), "2026-01-10T00:00:00Z");
        assert_eq!(coupon.text_at("expire_time"), "2096-01-10T00:00:00Z");
        assert_eq!(coupon.text_at("active_time"), coupon.text_at("create_time"));
        assert_eq!(coupon.text_at("is_frozen"), "0");
        assert_eq!(coupon.at("use_limits").as_list(), []);
        let age = Utc::now() - time(coupon, "create_time");
        assert!((0..60).contains(&age.num_seconds()), "{coupon:?}");
    }
}

#[test]
fn shows_a_resellers_coupons_to_its_distributor() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let own = issue(app, &tenant, "1.00");
    let theirs = issue_of_reseller(app, &tenant, "1.00");
    let reseller = ("indirect_partner_id", tenant.reseller.principal_id.as_str());
    assert_eq!(listed(app, &tenant, &[]), [own.as_str()]);
    assert_eq!(listed(app, &tenant, &[reseller]), [theirs.as_str()]);
    let other = ("indirect_partner_id", tenant.other_reseller_id.as_str());
    assert_eq!(listed(app, &tenant, &[other]), Vec::<String>::new());
    // No filter opens what the list does not have.
    for filter in
        [("coupon_id", theirs.as_str()), ("customer_id", tenant.reseller_customer.as_str())]
    {
        assert_eq!(listed(app, &tenant, &[filter]), Vec::<String>::new());
        assert_eq!(listed(app, &tenant, &[filter, reseller]), [theirs.as_str()]);
    }
}

#[test]
fn shows_what_a_coupon_may_be_used_for() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let inherited = issue_with(app, &tenant, "1.00", json!({"quota_id": tenant.limited_quota}));
    let narrowed = json!({
        "quota_id": tenant.limited_product_quota,
        "cloud_service_types": ["a", "b"], "product_ids": [LIMITED_TO_PRODUCT],
    });
    let narrowed = issue_with(app, &tenant, "1.00", narrowed);
    let body = list(app, &tenant.distributor, PATH, &[]);
    for (coupon, expected) in [
        (inherited, vec![("cloud_service_type", LIMITED_TO)]),
        (
            narrowed,
            vec![
                ("cloud_service_type", "a"),
                ("cloud_service_type", "b"),
                ("product_id", LIMITED_TO_PRODUCT),
            ],
        ),
    ] {
        let coupon = item(&body, "user_coupons", "coupon_id", &coupon);
        let limits = coupon.at("use_limits").as_list().iter();
        let limits = limits.map(|limit| (limit.text_at("limit_key"), limit.text_at("value1")));
        assert_eq!(limits.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn filters_by_each_field() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let early = issue_with(app, &tenant, "1.00", json!({"valid_time": "2095-01-01T00:00:00Z"}));
    let usable = issue_with(app, &tenant, "2.00", json!({"customer_ids": [tenant.customers[1]]}));
    let reclaimed = issue(app, &tenant, "3.00");
    let fields = json!({"coupon_id": reclaimed});
    assert_eq!(reclaim(app, &tenant.distributor, &fields).0, 204);
    let expired = issue_expired(app, &tenant, &["4.00"]).remove(0);
    let (early, usable) = (early.as_str(), usable.as_str());
    let (reclaimed, expired) = (reclaimed.as_str(), expired.as_str());
    let all = [expired, reclaimed, usable, early];
    for (filter, expected) in [
        (("status", "1"), &[early][..]),
        (("status", "2"), &[usable]),
        (("status", "3"), &[]),
        (("status", "4"), &[expired]),
        (("status", "5"), &[reclaimed]),
        (("status", "null"), &all),
        (("coupon_type", "1"), &all),
        (("coupon_type", "4"), &[]),
        (("coupon_type", ""), &all),
        (("coupon_id", usable), &[usable]),
        (("coupon_id", "null"), &[]),
        (("coupon_id", ""), &all),
        (("coupon_id", "券"), &[]),
        (("customer_id", &tenant.customers[0]), &[expired, reclaimed, early]),
        (("customer_id", "\"\""), &[]),
        (("customer_id", "nobody"), &[]),
        (("order_id", "any"), &[]),
        (("order_id", ""), &all),
        // Times are after the one and before the other.
        (("effective_time_begin", "2094-12-31T23:59:59Z"), &[early]),
        (("effective_time_begin", "2095-01-01T00:00:00Z"), &[]),
        (("effective_time_end", "2095-01-01T00:00:00Z"), &[expired, reclaimed, usable]),
        (("effective_time_end", "2095-01-01T00:00:01Z"), &all),
        (("expire_time_begin", "2096-01-09T23:59:59Z"), &[reclaimed, usable, early]),
        (("expire_time_begin", "2096-01-10T00:00:00Z"), &[]),
        (("expire_time_end", "2096-01-10T00:00:00Z"), &[expired]),
        (("create_time_begin", "2026-01-01T00:00:00Z"), &all),
        (("create_time_end", "2026-01-01T00:00:00Z"), &[]),
    ] {
        assert_eq!(listed(app, &tenant, &[filter]), expected, "{filter:?}");
    }
    let both = [("status", "5"), ("customer_id", tenant.customers[1].as_str())];
    assert_eq!(listed(app, &tenant, &both), Vec::<String>::new());
}

#[test]
fn a_span_of_issue_times_excludes_its_bounds() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let coupon = issue(app, &tenant, "1.00");
    let body = list(app, &tenant.distributor, PATH, &[]);
    let created = time(item(&body, "user_coupons", "coupon_id", &coupon), "create_time");
    let second = TimeDelta::seconds(1);
    for (begin, end, found) in [
        (created - second, created + second, 1),
        (created, created + second, 0),
        (created - second, created, 0),
        (created + second, created - second, 0),
    ] {
        let (begin, end) = (at(begin), at(end));
        let span = [("create_time_begin", begin.as_str()), ("create_time_end", &end)];
        assert_eq!(listed(app, &tenant, &span).len(), found, "{span:?}");
        // The same where the coupons themselves are looked at.
        let span = [&span[..], &[("status", "2")]].concat();
        assert_eq!(listed(app, &tenant, &span).len(), found, "{span:?}");
    }
}

#[test]
fn pages_show_every_coupon_once_in_one_order() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for face_value in ["1.00", "2.00", "3.00", "4.00", "5.00"] {
        issue(app, &tenant, face_value);
    }
    for filter in [None, Some(("status", "2")), Some(("customer_id", &*tenant.customers[0]))] {
        let page = |offset: usize, limit: usize| {
            let (offset, limit) = (offset.to_string(), limit.to_string());
            let bounds = [("offset", offset.as_str()), ("limit", &limit)];
            let parameters: Vec<_> = bounds.into_iter().chain(filter).collect();
            list(app, &tenant.distributor, PATH, &parameters)
        };
        assert_pages(page, LIST);
    }
    let far = list(app, &tenant.distributor, PATH, &[("offset", "2147483646")]);
    assert_eq!(far.at("total_count").as_integer(), 5);
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    issue_expired(app, &tenant, &["1.00"]);
    let before = app.audit(&tenant.tenant_id);
    let first = list(app, &tenant.distributor, PATH, &[]);
    assert_eq!(list(app, &tenant.distributor, PATH, &[]), first);
    for query in ["coupon_id=%22%22", "order_id=%22%22", "coupon_type=2", "offset=2147483647"] {
        let outcome = refused(app, &tenant.distributor, &format!("{PATH}?{query}"));
        assert_eq!(outcome, (400, "CBC.0100".to_owned()), "{query}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
