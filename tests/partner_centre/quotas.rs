//! `GET /partner-centre/v1/quotas`: what the partner or its resellers can issue, of all kinds.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::contract;
use crate::harness::coupons::{flexi_quota, texts};
use crate::harness::json::Json;
use crate::harness::partner_centre::QUOTAS;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

fn ask(app: &App, key: &Key, query: &str) -> Json {
    let reply = app.get(key, &format!("{QUOTAS}?limit=100&{query}"));
    assert_eq!(reply.status, 200, "{query}: {}", reply.text());
    reply.json()
}

fn ids(app: &App, key: &Key, query: &str) -> Vec<String> {
    texts(&ask(app, key, query), ("quotas", "total_count"), "quota_id")
}

#[test]
fn shows_the_kind_of_each_quota() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let limits = json!([{"limit_key": "maxDeductionRatio", "limit_values": [{"value1": "0.5"}]}]);
    let flexi = flexi_quota(app, &tenant, &key.principal_id, "flexi", &json!([]));
    let pick_up = flexi_quota(app, &tenant, &key.principal_id, "pick_up", &limits);
    assert_eq!(ids(app, key, "kind=flexi"), std::slice::from_ref(&flexi));
    assert_eq!(ids(app, key, "kind=pick_up"), std::slice::from_ref(&pick_up));
    let cash = ids(app, key, "kind=cash");
    assert_eq!(cash.len(), 6);
    assert_eq!(ids(app, key, "").len(), 8);
    let shown = ask(app, key, "kind=pick_up");
    let quota = &shown.at("quotas").as_list()[0];
    assert_eq!(quota.text_at("kind"), "pick_up");
    assert_eq!(quota.at("balance").as_decimal().to_string(), "50.00");
    assert_eq!(quota.at("limit_infos").as_list()[0].text_at("limit_key"), "maxDeductionRatio");
    // To the API both are quotas of flexi-purchase coupons.
    let body = json!({"quota_type": 1, "quota_ids": [flexi, pick_up]});
    let reply = app.post(key, contract::path_of("ListQuotaCoupons"), body.to_string());
    assert_eq!(reply.json().at("total_count").as_integer(), 2, "{}", reply.text());

    let reseller = format!("indirect_partner_id={}", tenant.reseller.principal_id);
    let granted = [tenant.granted_quota.clone()];
    assert_eq!(ids(app, key, &reseller), granted);
    assert_eq!(ids(app, &tenant.reseller, ""), granted);
    let page = app.get(key, &format!("{QUOTAS}?limit=1&offset=7")).json();
    assert_eq!(page.at("total_count").as_integer(), 8);
    assert_eq!(page.at("quotas").as_list().len(), 1);
}

#[test]
fn refuses_what_is_not_below_the_partner_and_what_is_no_kind() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    let foreign = format!("indirect_partner_id={}", other.reseller.principal_id);
    for (key, query, code) in [
        (&tenant.distributor, foreign.as_str(), "CBC.99000037"),
        (&tenant.reseller, foreign.as_str(), "CBC.99000037"),
        (&tenant.distributor, "kind=coupon", "CBC.0100"),
        (&tenant.distributor, "limit=101", "CBC.0100"),
    ] {
        let reply = app.get(key, &format!("{QUOTAS}?{query}"));
        assert_eq!(reply.outcome(), (400, code.to_owned()), "{query}: {}", reply.text());
    }
    let reply = app.get(&tenant.customer, QUOTAS);
    assert_eq!(reply.outcome(), (403, "CBC.0151".to_owned()));
}

#[test]
fn a_quota_of_cash_coupons_has_no_pick_up_coupons_and_a_share_is_one() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let line = |fields: serde_json::Value| {
        let mut line = json!({"kind": "coupon_quota", "tenant_id": tenant.tenant_id,
            "quota_id": format!("{}-refused", tenant.tenant_id),
            "partner_id": tenant.distributor.principal_id, "quota_type": 0, "quota_value": "5.00",
            "quota_status": 0, "create_time": "2026-01-10T00:00:00Z",
            "effective_time": "2026-01-10T00:00:00Z", "expire_time": "2096-01-10T00:00:00Z",
            "limit_infos": []});
        for (name, value) in fields.as_object().expect("fields") {
            line[name] = value.clone();
        }
        line.to_string()
    };
    let limit = |name: &str, value: &str| {
        json!({"quota_type": 1,
               "limit_infos": [{"limit_key": name, "limit_values": [{"value1": value}]}]})
    };
    let before = app.audit(&tenant.tenant_id);
    for fields in [
        json!({"pick_up": true}),
        limit("maxDeductionRatio", "1.5"),
        limit("maxDeductionRatio", "0"),
        limit("subscribeType", "sometimes"),
    ] {
        let reply = app.operator("POST", "/operator/v1/books", line(fields.clone()));
        assert_eq!(reply.status, 400, "{fields}: {}", reply.text());
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
