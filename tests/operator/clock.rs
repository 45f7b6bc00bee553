//! `/operator/v1/clock`: the time of a demo tenant, which can be moved forward.

use chrono::{TimeDelta, Utc};
use serde_json::json;

use crate::harness::app::App;
use crate::harness::coupons::{at, issue_with, item, list};
use crate::harness::money::allocate;
use crate::harness::orders::{days_later, line, orders, place_with};
use crate::harness::tenant::Tenant;

#[test]
fn the_clock_goes_forward_and_for_demo_tenants_alone() {
    let app = App::shared();
    let (demo, real) = (Tenant::playing_in(app), Tenant::in_books_of(app));
    let set = |tenant: &Tenant, now: &str| {
        let body = json!({"tenant_id": tenant.tenant_id, "now": now}).to_string();
        app.operator("PUT", "/operator/v1/clock", body).outcome()
    };
    assert_eq!(set(&demo, "2090-01-01T00:00:00Z"), (200, String::new()));
    assert_eq!(set(&demo, "2089-12-31T23:59:59Z"), (400, "CBC.0100".to_owned()));
    assert_eq!(set(&real, "2090-01-01T00:00:00Z"), (403, "CBC.0151".to_owned()));
    let target = format!("/operator/v1/clock?tenant_id={}", demo.tenant_id);
    let clock = app.operator("GET", &target, "").json();
    assert!(clock.text_at("now").starts_with("2090-01-01T00:"), "{clock:?}");
    let placed = place_with(app, &demo, &[line(1)], json!({}));
    assert!(placed.text_at("create_time").starts_with("2090-01-01T00:"), "{placed:?}");
    // Signatures keep the real time: the SDK still gets its answer.
    assert_eq!(orders(app, &demo.customer, &json!({})).at("total_count").as_integer(), 1);
    app.audit(&demo.tenant_id);
}

#[test]
fn lists_and_statements_follow_it() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let expire_time = json!({"expire_time": at(Utc::now() + TimeDelta::days(30))});
    let coupon = issue_with(app, &tenant, "1.00", expire_time);
    let own = "/v2/promotions/benefits/coupons";
    let issued = "/v2/promotions/benefits/partner-coupons";
    let status = || {
        [(&tenant.customer, own), (&tenant.distributor, issued)].map(|(key, path)| {
            let body = list(app, key, path, &[("limit", "100")]);
            item(&body, "user_coupons", "coupon_id", &coupon).at("status").as_integer()
        })
    };
    assert_eq!(status(), [2, 2]);
    days_later(app, &tenant, 60);
    assert_eq!(status(), [4, 4]);

    // Statements are of the year that ends today, which is the tenant's own.
    days_later(app, &tenant, 400);
    allocate(app, &tenant, &tenant.customers[0], "5.00");
    let fields = json!({"balance_type": "BALANCE_TYPE_DEBIT"});
    let answer = app.sdk(&tenant.distributor, "ListPartnerAccountChangeRecords", &fields);
    let body = answer.outcome.expect("a statement");
    assert_eq!(body.at("total_count").as_integer(), 1, "{body:?}");
    let target = "/v2/promotions/benefits/account-change-records?balance_type=BALANCE_TYPE_COUPON";
    let changes = app.get(&tenant.customer, target).json();
    assert_eq!(changes.at("total_count").as_integer(), 0, "{changes:?}");
}
