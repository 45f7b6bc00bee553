//! `ListCustomerCouponChangeRecords`: what came into and left a customer's cash coupons.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::harness::app::App;
use crate::harness::calendar::AHEAD;
use crate::harness::coupons::{
    assert_pages, issue, issue_expired, issue_of_reseller, issue_with, list, reclaim, refused,
    texts,
};
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/promotions/benefits/account-change-records";

const LIST: (&str, &str) = ("records", "total_count");

const TYPE: (&str, &str) = ("balance_type", "BALANCE_TYPE_COUPON");

/// How a test sees a record: why, which coupon, how much, and what was left.
fn changes(app: &App, tenant: &Tenant, parameters: &[(&str, &str)]) -> Vec<[String; 4]> {
    let parameters = [parameters, &[TYPE, ("limit", "100")]].concat();
    let body = list(app, &tenant.customer, PATH, &parameters);
    assert_eq!(body.text_at("currency"), "CNY");
    assert_eq!(texts(&body, LIST, "trade_id").len(), body.at("records").as_list().len());
    let names = ["trade_detail_type", "coupon_id", "change_amount", "balance_after_change"];
    let records = body.at("records").as_list().iter();
    records.map(|record| names.map(|name| record.text_at(name).to_owned())).collect()
}

/// A coupon that stays, one that is reclaimed and one that has expired, with all that happened.
fn eventful(app: &App, tenant: &Tenant) -> ([String; 3], Vec<[String; 4]>) {
    let stays = issue(app, tenant, "1.00");
    let reclaimed = issue(app, tenant, "2.50");
    let fields = json!({"coupon_id": reclaimed});
    assert_eq!(reclaim(app, &tenant.distributor, &fields).0, 204);
    let expired = issue_expired(app, tenant, &["3.00"]).remove(0);
    // To another customer; with it the expired coupon goes back.
    issue_with(app, tenant, "4.00", json!({"customer_ids": [tenant.customers[1]]}));
    issue_of_reseller(app, tenant, "5.00");
    let record = |detail: &str, coupon: &str, amount: &str, left: &str| {
        [format!("SOURCE_{detail}"), coupon.to_owned(), amount.to_owned(), left.to_owned()]
    };
    let expected = vec![
        record("OPERAIION_EXPIRECLEAR", &expired, "3.00", "0.00"),
        record("OPERAIION_PRIZE", &expired, "3.00", "3.00"),
        record("OPERATION_COUPONCANCEL", &reclaimed, "2.50", "0.00"),
        record("OPERAIION_PRIZE", &reclaimed, "2.50", "2.50"),
        record("OPERAIION_PRIZE", &stays, "1.00", "1.00"),
    ];
    ([stays, reclaimed, expired], expected)
}

#[test]
fn answers_every_change_with_the_balance_after_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (_, expected) = eventful(app, &tenant);
    assert_eq!(changes(app, &tenant, &[]), expected);
    let fields = json!({"balance_type": TYPE.1});
    let answer = app.sdk(&tenant.customer, "ListCustomerCouponChangeRecords", &fields);
    let body = answer.outcome.expect("records");
    assert_eq!(body.at("total_count").as_integer(), 5);
    for record in body.at("records").as_list() {
        let revenue = record.text_at("trade_detail_type") == "SOURCE_OPERAIION_PRIZE";
        let expected = if revenue { "REVENUE" } else { "EXPENSE" };
        assert_eq!(record.text_at("revenue_expense_type"), expected);
        let time: DateTime<Utc> = record.text_at("trade_time").parse().expect("a time");
        assert!((0..120).contains(&(Utc::now() - time).num_seconds()), "{record:?}");
    }
}

#[test]
fn filters_by_each_parameter() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let ([stays, reclaimed, _], expected) = eventful(app, &tenant);
    let body = list(app, &tenant.customer, PATH, &[TYPE]);
    let trade_id = body.at("records").as_list()[2].text_at("trade_id").to_owned();
    let pick = |places: &[usize]| -> Vec<[String; 4]> {
        places.iter().map(|place| expected[*place].clone()).collect()
    };
    for (name, value, places) in [
        ("revenue_expense_type", "REVENUE", &[1, 3, 4][..]),
        ("revenue_expense_type", "EXPENSE", &[0, 2]),
        ("trade_type", "ADJUST", &[1, 3, 4]),
        ("trade_type", "COUPONCANCEL", &[2]),
        ("trade_type", "EXPIRED", &[0]),
        ("trade_type", "DEDEUCT", &[]),
        ("trade_id", &trade_id, &[2]),
        ("trade_id", "", &[0, 1, 2, 3, 4]),
        ("trade_id", "1", &[]),
        ("coupon_id", &stays, &[4]),
        ("coupon_id", &reclaimed, &[2, 3]),
        ("coupon_id", "nothing", &[]),
    ] {
        assert_eq!(changes(app, &tenant, &[(name, value)]), pick(places), "{name} {value}");
    }
    let both = [("coupon_id", stays.as_str()), ("trade_type", "EXPIRED")];
    assert_eq!(changes(app, &tenant, &both), pick(&[]));
}

#[test]
fn dates_are_those_of_utc_plus_8_both_included() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    issue(app, &tenant, "1.00");
    let body = list(app, &tenant.customer, PATH, &[TYPE]);
    let time = body.at("records").as_list()[0].text_at("trade_time");
    let time: DateTime<Utc> = time.parse().expect("a time");
    let date = |days: i64| (time + AHEAD + TimeDelta::days(days)).date_naive().to_string();
    for (begin, end, found) in [
        (Some(0), Some(0), 1),
        (Some(-1), Some(1), 1),
        (Some(1), Some(1), 0),
        (Some(-1), Some(-1), 0),
        (Some(0), None, 1),
        (None, Some(0), 1),
        (None, Some(-1), 0),
    ] {
        let dates: Vec<(&str, String)> = [("trade_time_begin", begin), ("trade_time_end", end)]
            .into_iter()
            .filter_map(|(name, days)| Some((name, date(days?))))
            .collect();
        let dates: Vec<(&str, &str)> =
            dates.iter().map(|(name, date)| (*name, date.as_str())).collect();
        assert_eq!(changes(app, &tenant, &dates).len(), found, "{dates:?}");
    }
}

#[test]
fn pages_show_every_record_once_in_one_order() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for face_value in ["1.00", "2.00", "3.00", "4.00"] {
        issue(app, &tenant, face_value);
    }
    for filter in [None, Some(("trade_type", "ADJUST"))] {
        let page = |offset: usize, limit: usize| {
            let (offset, limit) = (offset.to_string(), limit.to_string());
            let bounds = [TYPE, ("offset", offset.as_str()), ("limit", &limit)];
            let parameters: Vec<_> = bounds.into_iter().chain(filter).collect();
            list(app, &tenant.customer, PATH, &parameters)
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
    assert_eq!(changes(app, &tenant, &[]), changes(app, &tenant, &[]));
    for query in [
        "",
        "balance_type=",
        "balance_type=BALANCE_TYPE_DEBIT",
        "balance_type=BALANCE_TYPE_COUPON&trade_type=",
        "balance_type=BALANCE_TYPE_COUPON&revenue_expense_type=",
        "balance_type=BALANCE_TYPE_COUPON&trade_time_begin=%22%22",
        "balance_type=BALANCE_TYPE_COUPON&trade_time_begin=2026-02-30",
        "balance_type=BALANCE_TYPE_COUPON&trade_time_begin=2026-02-02&trade_time_end=2026-02-01",
        "balance_type=BALANCE_TYPE_COUPON&indirect_partner_id=x",
    ] {
        let outcome = refused(app, &tenant.customer, &format!("{PATH}?{query}"));
        assert_eq!(outcome, (400, "CBC.0100".to_owned()), "{query}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
