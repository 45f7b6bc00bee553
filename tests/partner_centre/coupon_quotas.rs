//! A distributor grants quotas to its resellers, takes them back, and sees both, in the partner centre.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::contract;
use crate::harness::partner_centre::{QUOTAS, done, send};
use crate::harness::tenant::Tenant;

const GRANT: &str = "/partner-centre/v1/coupon-quotas/grant";
const RECLAIM: &str = "/partner-centre/v1/coupon-quotas/reclaim";
const GRANTED: &str = "/partner-centre/v1/coupon-quotas/granted";
const RECORDS: &str = "/partner-centre/v1/coupon-quotas/records";

#[test]
fn a_distributor_grants_and_takes_back() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let before = app.audit(&tenant.tenant_id);
    let body = json!({"quota_id": tenant.quota, "quota_amount": "7.00",
                      "indirect_partner_ids": [tenant.reseller.principal_id]});
    let granted = done(app, key, "POST", GRANT, &body).json();
    let granted = granted.at("simple_quota_infos").as_list()[0].text_at("quota_id").to_owned();
    let held = app.get(&tenant.reseller, QUOTAS).json();
    let newest = &held.at("quotas").as_list()[0];
    assert_eq!(newest.text_at("quota_id"), granted);
    assert_eq!(newest.text_at("parent_quota_id"), tenant.quota);
    assert_eq!(newest.at("balance").as_decimal().to_string(), "7.00");

    let taken = done(app, key, "POST", RECLAIM, &json!({"quota_ids": [granted, "nothing"]})).json();
    assert_eq!(taken.at("simple_quota_infos").as_list().len(), 1);
    let [error] = taken.at("error_details").as_list() else { panic!("{taken:?}") };
    assert_eq!(error.text_at("id"), "nothing");
    let query = format!("?quota_id={granted}");
    for (second, operation) in
        [(GRANTED, "ListIssuedCouponQuotas"), (RECORDS, "ListCouponQuotasRecords")]
    {
        let first = app.get(key, &format!("{}{query}", contract::path_of(operation)));
        let again = app.get(key, &format!("{second}{query}"));
        assert_eq!((again.status, again.text()), (first.status, first.text()), "{operation}");
        assert!(again.text().contains(&granted), "{operation}: {}", again.text());
    }
    assert_eq!(app.audit(&tenant.tenant_id).at("sum"), before.at("sum"));
}

#[test]
fn a_reseller_grants_nothing_and_takes_nothing_back() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let grant = json!({"quota_id": tenant.granted_quota, "quota_amount": "1.00",
                       "indirect_partner_ids": [tenant.other_reseller_id]});
    let reclaim = json!({"quota_ids": [tenant.granted_quota]});
    for (method, path, body) in [
        ("POST", GRANT, grant),
        ("POST", RECLAIM, reclaim),
        ("GET", GRANTED, Value::Null),
        ("GET", RECORDS, Value::Null),
    ] {
        for key in [&tenant.reseller, &tenant.customer] {
            let outcome = send(app, key, method, path, &body).outcome();
            assert_eq!(outcome, (403, "CBC.0151".to_owned()), "{method} {path}");
        }
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
