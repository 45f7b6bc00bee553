//! `UpdateCouponQuotas`: parts of a quota, given to resellers.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::Book;
use crate::harness::contract;
use crate::harness::coupons::{issue_expired, item, left, list};
use crate::harness::http::Request;
use crate::harness::issuing::assert_left;
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/partners/coupon-quotas/indirect-partner-adjust";

fn request(quota: &str, resellers: &[&str], amount: &str) -> Value {
    json!({"quota_id": quota, "indirect_partner_ids": resellers, "quota_amount": amount})
}

/// Grants through the SDK: the new quotas, each with its reseller.
fn grant(app: &App, tenant: &Tenant, fields: &Value) -> Vec<(String, String)> {
    let answer = app.sdk(&tenant.distributor, "UpdateCouponQuotas", fields);
    let body = answer.outcome.expect("granted");
    assert_eq!(body.get("error_details").map_or(&[][..], Json::as_list), []);
    let text = |info: &Json, name: &str| info.text_at(name).to_owned();
    let infos = body.at("simple_quota_infos").as_list().iter();
    infos.map(|info| (text(info, "id"), text(info, "quota_id"))).collect()
}

/// Is refused, with nothing changed.
fn assert_refused(app: &App, tenant: &Tenant, fields: &Value, outcome: (i64, &str)) {
    let before = app.audit(&tenant.tenant_id);
    let answer = app.sdk(&tenant.distributor, "UpdateCouponQuotas", fields);
    let error = answer.outcome.expect_err("refused");
    assert_eq!((error.status_code, error.error_code.as_str()), outcome, "{fields}");
    assert_eq!(app.audit(&tenant.tenant_id), before, "{fields}");
}

#[test]
fn gives_each_reseller_a_quota_of_its_own_in_one_transaction() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let resellers = [tenant.other_reseller_id.as_str(), &tenant.reseller.principal_id];
    let granted = grant(app, &tenant, &request(&tenant.quota, &resellers, "12.50"));
    let ids: Vec<&str> = granted.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, resellers);
    assert_ne!(granted[0].1, granted[1].1);
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(after.at("sum"), before.at("sum"));
    let count = |audit: &Json, name: &str| audit.at(name).as_integer();
    assert_eq!(count(&after, "transactions"), count(&before, "transactions") + 1);
    assert_eq!(count(&after, "accounts"), count(&before, "accounts") + 2);
    assert_eq!(left(app, &tenant, &tenant.quota), "25.00");

    let body = list(app, &tenant.distributor, contract::path_of("ListIssuedCouponQuotas"), &[]);
    for (reseller, quota) in &granted {
        assert_eq!(left(app, &tenant, quota), "12.50");
        let quota = item(&body, "quotas", "quota_id", quota);
        assert_eq!(quota.text_at("indirect_partner_id"), reseller);
        assert_eq!(quota.text_at("parent_quota_id"), tenant.quota);
        assert_eq!(quota.text_at("effective_time"), "2026-01-10T00:00:00Z");
        assert_eq!(quota.text_at("expire_time"), "2096-01-10T00:00:00Z");
        assert_eq!(quota.text_at("create_time"), quota.text_at("last_update_time"));
    }
    // The reseller's customers get coupons from it.
    let fields = json!({
        "quota_id": granted[1].1, "customer_ids": [tenant.reseller_customer],
        "face_value": "12.50", "indirect_partner_id": resellers[1],
    });
    let issued = app.sdk(&tenant.distributor, "CreatePartnerCoupons", &fields);
    let issued = issued.outcome.expect("issued");
    assert_eq!(issued.at("coupon_infos").as_list().len(), 1);
    assert_left(app, &tenant.distributor, &tenant.quota, &tenant.customers[0], "25.00");
}

#[test]
fn gives_a_reseller_named_twice_two_quotas() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let reseller = tenant.reseller.principal_id.as_str();
    let granted = grant(app, &tenant, &request(&tenant.quota, &[reseller; 2], "25.00"));
    assert_ne!(granted[0].1, granted[1].1);
    assert_eq!(left(app, &tenant, &tenant.quota), "0.00");
}

#[test]
fn gives_what_expired_coupons_have_left() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    issue_expired(app, &tenant, &["50.00"]);
    assert_eq!(left(app, &tenant, &tenant.quota), "0.00");
    let reseller = tenant.reseller.principal_id.as_str();
    grant(app, &tenant, &request(&tenant.quota, &[reseller], "50.00"));
    assert_eq!(left(app, &tenant, &tenant.quota), "0.00");
}

#[test]
fn refuses_all_when_one_reseller_is_not_the_callers() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let own = tenant.reseller.principal_id.as_str();
    for reseller in ["nobody", &other.reseller.principal_id, &tenant.customers[0]] {
        // The reseller is looked at before the quota.
        for quota in [tenant.quota.as_str(), "nothing"] {
            let fields = request(quota, &[own, reseller], "1.00");
            assert_refused(app, &tenant, &fields, (400, "CBC.99000037"));
        }
    }
}

#[test]
fn refuses_a_quota_that_is_not_the_callers_to_give() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let own = tenant.reseller.principal_id.as_str();
    for quota in ["nothing", &other.quota, &tenant.granted_quota] {
        assert_refused(app, &tenant, &request(quota, &[own], "1.00"), (403, "CBC.0150"));
    }
}

#[test]
fn refuses_a_quota_in_a_wrong_status_or_time() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let flexi = format!("{}-flexi", tenant.quota);
    let line = json!({
        "kind": "coupon_quota", "tenant_id": tenant.tenant_id, "quota_id": flexi,
        "partner_id": tenant.distributor.principal_id, "quota_type": 1, "quota_value": "5.00",
        "quota_status": 0, "create_time": "2026-01-12T00:00:00Z",
        "effective_time": "2026-01-12T00:00:00Z", "expire_time": "2096-01-12T00:00:00Z",
    });
    app.import(&Book::new(format!("{line}\n")));
    let own = tenant.reseller.principal_id.as_str();
    for (quota, code) in [
        (&tenant.frozen_quota, "CBC.99000015"),
        (&flexi, "CBC.99000015"),
        (&tenant.expired_quota, "CBC.99000017"),
        (&tenant.future_quota, "CBC.99000017"),
    ] {
        assert_refused(app, &tenant, &request(quota, &[own], "1.00"), (400, code));
    }
}

#[test]
fn refuses_all_when_the_quota_does_not_suffice_for_all() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let resellers = [tenant.reseller.principal_id.as_str(), &tenant.other_reseller_id];
    for (resellers, amount) in
        [(&resellers[..1], "50.01"), (&resellers[..], "25.01"), (&resellers[..], "10000000000000")]
    {
        let fields = request(&tenant.quota, resellers, amount);
        assert_refused(app, &tenant, &fields, (400, "CBC.99000013"));
    }
    assert_eq!(left(app, &tenant, &tenant.quota), "50.00");
}

#[test]
fn a_repeat_with_the_same_client_token_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let call = |amount: &str| {
        let body = request(&tenant.quota, &[&tenant.reseller.principal_id], amount).to_string();
        let request = Request::new("POST", PATH, body).with("X-Client-Token", "token-1");
        let reply = app.call(&tenant.distributor, request);
        (reply.status, reply.body)
    };
    let first = call("1.00");
    assert_eq!(first.0, 200);
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(call("1.00"), first);
    assert_eq!(call("2.00").0, 409);
    assert_eq!(app.audit(&tenant.tenant_id), after);
}

#[test]
fn a_refusal_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let own = tenant.reseller.principal_id.as_str();
    let before = app.audit(&tenant.tenant_id);
    for fields in [
        request(&tenant.quota, &[], "1.00"),
        request(&tenant.quota, &[own; 101], "0.01"),
        request(&tenant.quota, &[own, ""], "1.00"),
        request(&tenant.quota, &[own], "0"),
        request(&tenant.quota, &[own], "0.001"),
        request("", &[own], "1.00"),
        json!({"quota_id": tenant.quota, "indirect_partner_ids": own, "quota_amount": 1}),
    ] {
        let outcome = app.post(&tenant.distributor, PATH, fields.to_string()).outcome();
        assert_eq!(outcome, (400, "CBC.0100".to_owned()), "{fields:.200}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
