//! `ReclaimPartnerCoupons`: what is left of a coupon goes back to its quota.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::contract;
use crate::harness::coupons::{
    issue, issue_expired, issue_of_reseller, issue_with, item, left, list, reclaim,
};
use crate::harness::http::Request;
use crate::harness::issuing::assert_left;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/promotions/benefits/partner-coupons/reclaim";

const GONE: (u16, &str) = (200, "CBC.99000048");
const DONE: (u16, &str) = (204, "");

fn owned((status, code): (u16, &str)) -> (u16, String) {
    (status, code.to_owned())
}

/// The status of a coupon, as its partner's list says.
fn status_of(app: &App, tenant: &Tenant, coupon: &str) -> i64 {
    let parameters = [("coupon_id", coupon)];
    let body =
        list(app, &tenant.distributor, contract::path_of("ListIssuedPartnerCoupons"), &parameters);
    item(&body, "user_coupons", "coupon_id", coupon).at("status").as_integer()
}

#[test]
fn returns_the_value_to_the_quota() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (coupon, other) = (issue(app, &tenant, "12.34"), issue(app, &tenant, "1.00"));
    assert_eq!(left(app, &tenant, &tenant.quota), "36.66");
    let before = app.audit(&tenant.tenant_id);

    let fields = json!({"coupon_id": coupon});
    let answer = app.sdk(&tenant.distributor, "ReclaimPartnerCoupons", &fields);
    assert!(answer.outcome.is_ok(), "{:?}", answer.outcome);
    assert_eq!((answer.reply.status, &answer.reply.body[..]), (204, &b""[..]));

    let after = app.audit(&tenant.tenant_id);
    assert_eq!(after.at("sum"), before.at("sum"));
    assert_eq!(after.at("accounts"), before.at("accounts"));
    let count = |audit: &crate::harness::json::Json| audit.at("transactions").as_integer();
    assert_eq!(count(&after), count(&before) + 1);
    assert_eq!(status_of(app, &tenant, &coupon), 5);
    assert_eq!(status_of(app, &tenant, &other), 2);
    assert_eq!(left(app, &tenant, &tenant.quota), "49.00");
    assert_left(app, &tenant.distributor, &tenant.quota, &tenant.customers[0], "49.00");
}

#[test]
fn reclaims_a_resellers_coupon_in_its_name_alone() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let coupon = issue_of_reseller(app, &tenant, "10.00");
    let key = &tenant.distributor;
    let of = |reseller: &str| json!({"coupon_id": coupon, "indirect_partner_id": reseller});
    let absent = owned((400, "CBC.0100"));
    assert_eq!(reclaim(app, key, &json!({"coupon_id": coupon})), absent);
    assert_eq!(reclaim(app, key, &of(&tenant.other_reseller_id)), absent);
    assert_eq!(left(app, &tenant, &tenant.granted_quota), "20.00");
    assert_eq!(reclaim(app, key, &of(&tenant.reseller.principal_id)), owned(DONE));
    assert_eq!(left(app, &tenant, &tenant.granted_quota), "30.00");
}

#[test]
fn what_comes_back_to_a_reclaimed_quota_can_be_reclaimed_too() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let coupon = issue_of_reseller(app, &tenant, "10.00");
    let key = &tenant.distributor;
    let reclaim_quota = || {
        let fields = json!({"quota_ids": [tenant.granted_quota]});
        let answer = app.sdk(key, "ReclaimCouponQuotas", &fields).outcome.expect("answered");
        answer.at("error_details").as_list().len()
    };
    assert_eq!(reclaim_quota(), 0);
    assert_eq!(reclaim_quota(), 1);
    assert_eq!(left(app, &tenant, &tenant.quota), "70.00");
    let reseller = &tenant.reseller.principal_id;
    let fields = json!({"coupon_id": coupon, "indirect_partner_id": reseller});
    assert_eq!(reclaim(app, key, &fields), owned(DONE));
    assert_eq!(left(app, &tenant, &tenant.granted_quota), "10.00");
    assert_eq!(reclaim_quota(), 0);
    assert_eq!(left(app, &tenant, &tenant.granted_quota), "0.00");
    assert_eq!(left(app, &tenant, &tenant.quota), "80.00");
    assert_eq!(reclaim_quota(), 1);
}

#[test]
fn an_expired_coupon_goes_back_as_expired_and_is_not_reclaimed() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let coupon = &issue_expired(app, &tenant, &["12.34"])[0];
    assert_eq!(status_of(app, &tenant, coupon), 4);
    assert_eq!(left(app, &tenant, &tenant.quota), "37.66");
    let fields = json!({"coupon_id": coupon});
    assert_eq!(reclaim(app, &tenant.distributor, &fields), owned(GONE));
    assert_eq!(left(app, &tenant, &tenant.quota), "50.00");
    let records = [("operation_types", "4"), ("coupon_ids", coupon)];
    let path = contract::path_of("ListPartnerCouponsRecord");
    let body = list(app, &tenant.distributor, path, &records);
    assert_eq!(body.at("total_count").as_integer(), 1, "{body:?}");
    // It is still expired, and nothing of it is left to go back.
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(reclaim(app, &tenant.distributor, &fields), owned(GONE));
    assert_eq!(status_of(app, &tenant, coupon), 4);
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn issuing_from_a_quota_first_gets_its_expired_coupons_back() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    issue_expired(app, &tenant, &["20.00", "30.00"]);
    assert_eq!(left(app, &tenant, &tenant.quota), "0.00");
    assert_left(app, &tenant.distributor, &tenant.quota, &tenant.customers[0], "50.00");
    let path = contract::path_of("ListPartnerCouponsRecord");
    let body = list(app, &tenant.distributor, path, &[("operation_types", "4")]);
    assert_eq!(body.at("total_count").as_integer(), 2, "{body:?}");
    app.audit(&tenant.tenant_id);
}

#[test]
fn another_partners_coupon_is_not_there() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let answer = |coupon: &str| {
        let body = json!({"coupon_id": coupon}).to_string();
        let reply = app.post(&tenant.distributor, PATH, body);
        (reply.status, reply.body)
    };
    let theirs = issue(app, &other, "1.00");
    assert_eq!(answer(&theirs), answer("nothing"));
    assert_eq!(answer(&theirs).0, 400);
    assert_eq!(reclaim(app, &other.distributor, &json!({"coupon_id": theirs})), owned(DONE));
}

#[test]
fn only_a_usable_coupon_can_be_reclaimed() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let early = json!({"valid_time": "2095-01-01T00:00:00Z"});
    let early = issue_with(app, &tenant, "1.00", early);
    assert_eq!(status_of(app, &tenant, &early), 1);
    let reclaimed = issue(app, &tenant, "1.00");
    let fields = json!({"coupon_id": reclaimed});
    assert_eq!(reclaim(app, &tenant.distributor, &fields), owned(DONE));
    let before = app.audit(&tenant.tenant_id);
    for coupon in [early, reclaimed] {
        let fields = json!({"coupon_id": coupon});
        assert_eq!(reclaim(app, &tenant.distributor, &fields), owned(GONE), "{coupon}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn a_repeat_with_the_same_client_token_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let coupon = issue(app, &tenant, "1.00");
    let other = issue(app, &tenant, "3.00");
    // Nothing is issued after it, or it would be back in its quota before it is asked for.
    let expired = issue_expired(app, &tenant, &["2.00"]).remove(0);
    let reclaim = |token: &str, coupon: &str| {
        let body = json!({"coupon_id": coupon}).to_string();
        let request = Request::new("POST", PATH, body).with("X-Client-Token", token);
        let reply = app.call(&tenant.distributor, request);
        (reply.status, reply.body)
    };
    for (token, coupon, status) in [("token-1", &coupon, 204), ("token-2", &expired, 200)] {
        let first = reclaim(token, coupon);
        assert_eq!(first.0, status);
        let after = app.audit(&tenant.tenant_id);
        assert_eq!(reclaim(token, coupon), first);
        assert_eq!(reclaim(token, &other).0, 409);
        assert_eq!(app.audit(&tenant.tenant_id), after);
    }
}

#[test]
fn a_refusal_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let coupon = issue(app, &tenant, "1.00");
    let before = app.audit(&tenant.tenant_id);
    for fields in [
        json!({}),
        json!({"coupon_id": ""}),
        json!({"coupon_id": "x".repeat(65)}),
        json!({"coupon_id": coupon, "indirect_partner_id": ""}),
        json!({"coupon_id": coupon, "indirect_partner_id": "x".repeat(101)}),
        json!({"coupon_ids": [coupon]}),
    ] {
        let outcome = reclaim(app, &tenant.distributor, &fields);
        assert_eq!(outcome, owned((400, "CBC.0100")), "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    assert_eq!(status_of(app, &tenant, &coupon), 2);
}
