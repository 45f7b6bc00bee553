//! `ShowCustomerAccountBalances`: what a customer itself is shown.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::{
    allocate, call, decimal, import, key_of_customer, move_money, refused,
};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ShowCustomerAccountBalances";
const PATH: &str = "/v2/accounts/customer-accounts/balances";

/// The one account of the answer.
fn account(app: &App, key: &Key) -> Json {
    let body = call(app, key, OPERATION, &json!({})).expect("balances");
    assert_eq!(body.text_at("currency"), "CNY");
    assert_eq!(body.at("measure_id").as_integer(), 1);
    assert!(body.at("debt_amount").as_decimal().is_zero());
    let [account] = body.at("account_balances").as_list() else { panic!("{body:?}") };
    assert_eq!(account.at("account_type").as_integer(), 1);
    assert!(account.at("designated_amount").as_decimal().is_zero());
    assert_eq!(account.get("credit_amount"), None);
    account.clone()
}

#[test]
fn follows_what_the_partner_allocates_and_takes_back() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let first = account(app, &tenant.customer);
    assert!(first.at("amount").as_decimal().is_zero());
    allocate(app, &tenant, &tenant.customers[0], "80.08");
    let fields = json!({"customer_id": tenant.customers[0], "amount": "0.09"});
    let moved = move_money(app, &tenant.distributor, "ReclaimToPartnerAccount", &fields);
    moved.expect("reclaimed");
    let second = account(app, &tenant.customer);
    assert_eq!(second.at("amount").as_decimal(), decimal("79.99"));
    assert_eq!(second.at("account_id"), first.at("account_id"));
}

#[test]
fn each_customer_sees_its_own_account_alone() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    allocate(app, &tenant, &tenant.customers[0], "5.00");
    let other = key_of_customer(app, &tenant, &tenant.customers[1]);
    let (own, others) = (account(app, &tenant.customer), account(app, &other));
    assert_ne!(own.at("account_id"), others.at("account_id"));
    assert!(others.at("amount").as_decimal().is_zero());
}

#[test]
fn a_referral_customer_sees_what_it_paid_in() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = key_of_customer(app, &tenant, &tenant.referral_customer);
    let booking = format!("{}-paid-in", tenant.tenant_id);
    let line = json!({"kind": "booking", "booking_id": booking, "account_type": 1,
                      "customer_id": tenant.referral_customer, "amount": "12.34",
                      "at": "2026-01-05T02:00:00Z"});
    import(app, &tenant, line);
    assert_eq!(account(app, &key).at("amount").as_decimal(), decimal("12.34"));
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_customer_that_a_reseller_bills_is_shown_no_balance() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = key_of_customer(app, &tenant, &tenant.reseller_customer);
    assert_eq!(call(app, &key, OPERATION, &json!({})), refused(400, "CBC.99000049"));
}

#[test]
fn refuses_parameters() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for query in ["limit=1", "customer_id=x", "account_type="] {
        let reply = app.get(&tenant.customer, &format!("{PATH}?{query}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let first = app.get(&tenant.customer, PATH);
    assert_eq!(first.body, app.get(&tenant.customer, PATH).body);
    assert_eq!(app.get(&tenant.distributor, PATH).status, 403);
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
