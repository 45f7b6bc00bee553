//! Coupons made for a test, and lists read as a client reads them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::contract;
use crate::harness::issuing;
use crate::harness::json::Json;
use crate::harness::money::import;
use crate::harness::signer::{Key, quote};
use crate::harness::tenant::Tenant;

/// How long a coupon lives that is meant to expire.
const LIFE: TimeDelta = TimeDelta::seconds(2);

/// A coupon of the distributor's first customer.
pub fn issue(app: &App, tenant: &Tenant, face_value: &str) -> String {
    issue_with(app, tenant, face_value, json!({}))
}

/// As [`issue`], with some fields of the request replaced.
pub fn issue_with(app: &App, tenant: &Tenant, face_value: &str, replaced: Value) -> String {
    let customers = [tenant.customers[0].as_str()];
    let mut fields = issuing::request(&tenant.quota, &customers, face_value);
    for (name, value) in replaced.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    let issued = issuing::issue(app, &tenant.distributor, &fields);
    let [coupon] = &issued.coupons[..] else { panic!("{fields}: {issued:?}") };
    coupon.clone()
}

/// A coupon of the reseller's customer, from the reseller's quota.
pub fn issue_of_reseller(app: &App, tenant: &Tenant, face_value: &str) -> String {
    let replaced = json!({
        "quota_id": tenant.granted_quota,
        "customer_ids": [tenant.reseller_customer],
        "indirect_partner_id": tenant.reseller.principal_id,
    });
    issue_with(app, tenant, face_value, replaced)
}

/// A quota of 50.00 of flexi-purchase or pick-up coupons, from outside, with these limits.
pub fn flexi_quota(
    app: &App,
    tenant: &Tenant,
    partner: &str,
    kind: &str,
    limits: &Value,
) -> String {
    let quota_id = format!("{partner}-{kind}");
    let line = json!({"kind": "coupon_quota", "quota_id": quota_id, "partner_id": partner,
                      "quota_type": 1, "quota_value": "50.00", "quota_status": 0,
                      "pick_up": kind == "pick_up", "create_time": "2026-01-10T00:00:00Z",
                      "effective_time": "2026-01-10T00:00:00Z",
                      "expire_time": "2096-01-10T00:00:00Z", "limit_infos": limits});
    import(app, tenant, line);
    quota_id
}

/// A time as the API writes it.
pub fn at(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// As [`issue_with`], coupons that have expired when this returns.
pub fn issue_expired(app: &App, tenant: &Tenant, face_values: &[&str]) -> Vec<String> {
    let expire = Utc::now() + LIFE;
    let issue =
        |face_value: &&str| issue_with(app, tenant, face_value, json!({"expire_time": at(expire)}));
    let coupons = face_values.iter().map(issue).collect();
    while Utc::now() < expire {
        std::thread::sleep(Duration::from_millis(50));
    }
    coupons
}

/// Reclaims a coupon, with the status and the code of the answer.
pub fn reclaim(app: &App, key: &Key, fields: &Value) -> (u16, String) {
    let reply = app.post(key, contract::path_of("ReclaimPartnerCoupons"), fields.to_string());
    if reply.status == 204 { (204, String::new()) } else { reply.outcome() }
}

/// Gets a list, which must be answered.
pub fn list(app: &App, key: &Key, path: &str, parameters: &[(&str, &str)]) -> Json {
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", quote(value))).collect();
    let reply = app.get(key, &format!("{path}?{}", pairs.join("&")));
    assert_eq!(reply.status, 200, "{path} {parameters:?} {}", reply.text());
    reply.json()
}

/// Gets a list, which must be refused: status and code.
pub fn refused(app: &App, key: &Key, target: &str) -> (u16, String) {
    let reply = app.get(key, target);
    assert_ne!(reply.status, 200, "{target} {}", reply.text());
    reply.outcome()
}

/// The texts of one field of a list, in its order, all of whose items must have it. The list must
/// be whole: as long as it says.
pub fn texts(body: &Json, (list, count): (&str, &str), name: &str) -> Vec<String> {
    let items = body.at(list).as_list();
    let total = usize::try_from(body.at(count).as_integer());
    assert_eq!(total, Ok(items.len()), "{body:?}");
    items.iter().map(|item| item.text_at(name).to_owned()).collect()
}

/// Pages of any size show each item of a list once, in one order, and always the same total.
pub fn assert_pages(page: impl Fn(usize, usize) -> Json, (list, count): (&str, &str)) {
    let whole = page(0, 100);
    let items = whole.at(list).as_list();
    assert!(items.len() > 2, "too few to tell: {whole:?}");
    for limit in [1, 2, items.len()] {
        let mut pages = Vec::new();
        for offset in (0..items.len()).step_by(limit) {
            let body = page(offset, limit);
            assert_eq!(body.at(count), whole.at(count), "offset {offset}, limit {limit}");
            pages.extend_from_slice(body.at(list).as_list());
        }
        assert_eq!(pages, items, "limit {limit}");
    }
    let beyond = page(items.len(), 10);
    assert_eq!((beyond.at(list).as_list(), beyond.at(count)), (&[][..], whole.at(count)));
}

/// The item of a list in which a field has this text.
pub fn item<'a>(body: &'a Json, list: &str, name: &str, value: &str) -> &'a Json {
    let mut items = body.at(list).as_list().iter();
    let found = items.find(|item| item.text_at(name) == value);
    found.unwrap_or_else(|| panic!("no {value} in {body:?}"))
}

/// What a quota has left, as `ListQuotaCoupons` says.
pub fn left(app: &App, tenant: &Tenant, quota: &str) -> String {
    let resellers = [&tenant.reseller.principal_id, &tenant.other_reseller_id];
    let of_resellers = resellers.map(|id| json!({"quota_ids": [quota], "indirect_partner_id": id}));
    for fields in [&[json!({"quota_ids": [quota]})][..], &of_resellers].concat() {
        let answer = app.sdk(&tenant.distributor, "ListQuotaCoupons", &fields);
        let body = answer.outcome.expect("quotas");
        if let [held] = body.at("quotas").as_list() {
            return held.at("balance").as_decimal().to_string();
        }
    }
    panic!("nobody holds {quota}");
}
