//! `ListPartnerBalances`: a partner's own balances, and its resellers'.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::{Balance, Book, DEMO};
use crate::harness::json::Json;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/accounts/partner-accounts/balances";

/// The balances that the SDK gets.
fn balances(app: &App, key: &Key, fields: &Value) -> Vec<Balance> {
    let answer = app.sdk(key, "ListPartnerBalances", fields);
    let body = answer.outcome.expect("balances");
    let balance = |item: &Json| {
        assert_eq!(item.text_at("currency"), "CNY");
        Balance {
            account_type: item.at("account_type").as_integer(),
            amount: item.at("amount").as_decimal(),
            credit_amount: item.get("credit_amount").map(Json::as_decimal),
        }
    };
    body.at("account_balances").as_list().iter().map(balance).collect()
}

#[test]
fn answers_the_callers_own_balances() {
    let app = App::shared();
    for kind in ["distributor", "solution_provider"] {
        for partner_id in DEMO.partners(kind) {
            let answered = balances(app, &DEMO.key(partner_id), &json!({}));
            assert_eq!(answered, DEMO.balances(partner_id), "{kind} {partner_id}");
        }
    }
}

#[test]
fn answers_a_resellers_balances_to_its_distributor() {
    let app = App::shared();
    let distributor = DEMO.key(DEMO.partners("distributor")[0]);
    for reseller in DEMO.partners("reseller") {
        let answered = balances(app, &distributor, &json!({"indirect_partner_id": reseller}));
        assert_eq!(answered, DEMO.balances(reseller), "reseller {reseller}");
    }
}

#[test]
fn adds_up_bookings_to_the_cent() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let answered = balances(app, &tenant.distributor, &json!({}));
    assert_eq!(answered, tenant.book.balances(&tenant.distributor.principal_id));
    assert_eq!(answered[0].amount, Decimal::new(100_010, 2));
}

#[test]
fn names_each_account_once_and_always_the_same() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let accounts = |target: &str| -> Vec<String> {
        let reply = app.get(&tenant.distributor, target);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let body = reply.json();
        let items = body.at("account_balances").as_list().iter();
        items.map(|item| item.text_at("account_id").to_owned()).collect()
    };
    let own = accounts(PATH);
    assert_eq!(own, accounts(PATH));
    let resellers =
        accounts(&format!("{PATH}?indirect_partner_id={}", tenant.reseller.principal_id));
    let mut all: Vec<&String> = own.iter().chain(&resellers).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), own.len() + resellers.len());
}

#[test]
fn refuses_parameters_that_are_not_the_operations() {
    let app = App::shared();
    let distributor = DEMO.key(DEMO.partners("distributor")[0]);
    let reseller = DEMO.partners("reseller")[0];
    let too_long = "x".repeat(65);
    for query in [
        "partner_id=1".to_owned(),
        "limit=10".to_owned(),
        format!("indirect_partner_id={too_long}"),
        format!("indirect_partner_id={reseller}&indirect_partner_id={reseller}"),
        "indirect_partner_id=%C3%A4".to_owned(),
    ] {
        let reply = app.get(&distributor, &format!("{PATH}?{query}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let expected = |book: &Book| book.balances(&tenant.distributor.principal_id);
    for _ in 0..2 {
        let answered = balances(app, &tenant.distributor, &json!({}));
        assert_eq!(answered, expected(&tenant.book));
    }
    let refused = app.get(&tenant.distributor, &format!("{PATH}?indirect_partner_id=nobody"));
    assert_eq!(refused.status, 400);
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
