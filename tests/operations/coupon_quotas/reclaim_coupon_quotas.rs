//! `ReclaimCouponQuotas`: what resellers have not issued goes back to where it came from.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::contract;
use crate::harness::http::{Reply, Request};
use crate::harness::issuing::assert_left;
use crate::harness::json::Json;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/partners/coupon-quotas/indirect-partner-reclaim";

const UNUSABLE: &str = "CBC.99000012";

/// The quotas that were taken back, and those that were not.
fn outcome(body: &Json) -> (Vec<String>, Vec<(String, String)>) {
    let items = |name: &str| body.get(name).map_or(&[][..], Json::as_list).iter();
    let reclaimed = items("simple_quota_infos").map(|item| {
        assert!(item.at("quota_balance").as_decimal().is_zero(), "{item:?}");
        item.text_at("quota_id").to_owned()
    });
    let refused = items("error_details")
        .map(|item| (item.text_at("id").to_owned(), item.text_at("error_code").to_owned()));
    (reclaimed.collect(), refused.collect())
}

/// Reclaims through the SDK.
fn reclaim(app: &App, key: &Key, quotas: &[&str]) -> (Vec<String>, Vec<(String, String)>) {
    let answer = app.sdk(key, "ReclaimCouponQuotas", &json!({"quota_ids": quotas}));
    outcome(&answer.outcome.expect("an answer with quotas"))
}

fn reclaim_with_token(app: &App, key: &Key, token: &str, body: &Value) -> Reply {
    let request = Request::new("POST", PATH, body.to_string());
    app.call(key, request.with("X-Client-Token", token))
}

fn issue(app: &App, tenant: &Tenant, quota: &str, face_value: &str) -> Result<Json, String> {
    let fields = json!({
        "quota_id": quota,
        "customer_ids": [tenant.reseller_customer],
        "face_value": face_value,
        "indirect_partner_id": tenant.reseller.principal_id,
    });
    let answer = app.sdk(&tenant.distributor, "CreatePartnerCoupons", &fields);
    answer.outcome.map_err(|error| error.error_code)
}

fn unusable(quotas: &[&str]) -> Vec<(String, String)> {
    quotas.iter().map(|quota| ((*quota).to_owned(), UNUSABLE.to_owned())).collect()
}

#[test]
fn moves_the_whole_balance_back_to_the_parent() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let (reclaimed, refused) = reclaim(app, &tenant.distributor, &[&tenant.granted_quota]);
    assert_eq!(reclaimed, [tenant.granted_quota.as_str()]);
    assert_eq!(refused, []);
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(after.at("accounts"), before.at("accounts"));
    assert_eq!(after.at("sum"), before.at("sum"));

    let book = &tenant.book;
    let left = book.quota_balance(&tenant.quota) + book.quota_balance(&tenant.granted_quota);
    let customer = &tenant.customers[0];
    assert_left(app, &tenant.distributor, &tenant.quota, customer, &left.to_string());
}

#[test]
fn leaves_issued_coupons_and_takes_the_rest() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    issue(app, &tenant, &tenant.granted_quota, "12.50").expect("issued");
    let before = app.audit(&tenant.tenant_id);
    let (reclaimed, _) = reclaim(app, &tenant.distributor, &[&tenant.granted_quota]);
    assert_eq!(reclaimed, [tenant.granted_quota.as_str()]);
    // The coupon still has its account, and the sum of all is what it was.
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(after.at("accounts"), before.at("accounts"));
    assert_eq!(after.at("sum"), before.at("sum"));
    assert_left(app, &tenant.distributor, &tenant.quota, &tenant.customers[0], "67.50");
}

#[test]
fn nothing_can_be_issued_from_a_reclaimed_quota() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    reclaim(app, &tenant.distributor, &[&tenant.granted_quota]);
    let refused = issue(app, &tenant, &tenant.granted_quota, "0.01");
    assert_eq!(refused, Err(UNUSABLE.to_owned()));
}

#[test]
fn answers_for_each_quota_in_the_order_given() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    let quotas = [
        other.granted_quota.as_str(),
        tenant.other_granted_quota.as_str(),
        "nothing",
        tenant.quota.as_str(),
        tenant.granted_quota.as_str(),
        tenant.granted_quota.as_str(),
    ];
    let before = app.audit(&other.tenant_id);
    let (reclaimed, refused) = reclaim(app, &tenant.distributor, &quotas);
    assert_eq!(reclaimed, [quotas[1], quotas[4]]);
    assert_eq!(refused, unusable(&[quotas[0], quotas[2], quotas[3], quotas[5]]));
    assert_eq!(app.audit(&other.tenant_id), before);
    assert_left(app, &tenant.distributor, &tenant.quota, &tenant.customers[0], "100.00");
}

#[test]
fn a_second_reclaim_is_an_error_of_its_quota_and_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    reclaim(app, &tenant.distributor, &[&tenant.granted_quota]);
    let sum = app.audit(&tenant.tenant_id).at("sum").clone();
    let (reclaimed, refused) = reclaim(app, &tenant.distributor, &[&tenant.granted_quota]);
    assert_eq!(reclaimed, Vec::<String>::new());
    assert_eq!(refused, unusable(&[&tenant.granted_quota]));
    assert_eq!(*app.audit(&tenant.tenant_id).at("sum"), sum);
    assert_left(app, &tenant.distributor, &tenant.quota, &tenant.customers[0], "80.00");
}

#[test]
fn a_repeat_with_the_same_client_token_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let body = json!({"quota_ids": [tenant.granted_quota], "remark": "no longer a partner"});
    let first = reclaim_with_token(app, key, "token-1", &body);
    assert_eq!(outcome(&first.json()).0, [tenant.granted_quota.as_str()]);
    let after = app.audit(&tenant.tenant_id);
    let second = reclaim_with_token(app, key, "token-1", &body);
    assert_eq!((second.status, &second.body), (200, &first.body));
    assert_eq!(app.audit(&tenant.tenant_id), after);

    let other = json!({"quota_ids": [tenant.other_granted_quota]});
    let refused = reclaim_with_token(app, key, "token-1", &other);
    assert_eq!(refused.outcome(), (409, "CBC.0150".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), after);
}

#[test]
fn a_client_token_belongs_to_one_operation() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let body = json!({"quota_ids": [tenant.granted_quota]});
    assert_eq!(reclaim_with_token(app, key, "token-1", &body).status, 200);
    let issue = json!({
        "quota_id": tenant.quota, "customer_ids": [tenant.customers[0]], "face_value": "1.00",
    });
    let request =
        Request::new("POST", contract::path_of("CreatePartnerCoupons"), issue.to_string());
    let reply = app.call(key, request.with("X-Client-Token", "token-1"));
    assert_eq!(reply.outcome(), (409, "CBC.0150".to_owned()));
}

#[test]
fn a_refusal_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let good = tenant.granted_quota.as_str();
    for body in [
        json!({"quota_ids": []}),
        json!({"quota_ids": vec![good; 11]}),
        json!({"quota_ids": [good], "remark": "x".repeat(257)}),
        json!({"quota_ids": [good, ""]}),
        json!({"quota_ids": [good, "x".repeat(65)]}),
    ] {
        let reply = app.post(&tenant.distributor, PATH, body.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    assert_left(app, &tenant.distributor, &tenant.quota, &tenant.customers[0], "50.00");
}
