//! `ListCustomersBalancesDetail`: what the customers hold that a partner funds.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::money::{Provider, allocate, call, decimal, move_money, refused};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListCustomersBalancesDetail";
const PATH: &str = "/v2/accounts/customer-accounts/balances/batch-query";

fn infos(customers: &[&str]) -> Value {
    customers.iter().map(|id| json!({"customer_id": id})).collect()
}

/// Customers and what they hold, in the order of the answer.
fn balances(
    app: &App,
    key: &Key,
    customers: &[&str],
    reseller: Option<&str>,
) -> Vec<(String, Decimal)> {
    let mut fields = json!({"customer_infos": infos(customers)});
    if let Some(id) = reseller {
        fields["indirect_partner_id"] = json!(id);
    }
    let body = call(app, key, OPERATION, &fields).expect("balances");
    let items = body.at("customer_balances").as_list().iter();
    items
        .map(|item| {
            assert_eq!(item.text_at("currency"), "CNY");
            assert_eq!(item.at("measure_id").as_integer(), 1);
            assert!(item.at("debt_amount").as_decimal().is_zero());
            (item.text_at("customer_id").to_owned(), item.at("amount").as_decimal())
        })
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, Decimal)> {
    expected.iter().map(|(id, amount)| ((*id).to_owned(), decimal(amount))).collect()
}

#[test]
fn answers_what_was_allocated_in_the_order_asked() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let [first, second] = [0, 1].map(|index| tenant.customers[index].as_str());
    allocate(app, &tenant, second, "12.30");
    let answered = balances(app, &tenant.distributor, &[second, first], None);
    assert_eq!(answered, pairs(&[(second, "12.30"), (first, "0")]));
    let answered = balances(app, &tenant.distributor, &[first], None);
    assert_eq!(answered, pairs(&[(first, "0")]));
}

#[test]
fn leaves_out_whom_the_partner_does_not_fund() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let own = tenant.customers[0].as_str();
    let asked = [
        "nobody",
        &tenant.referral_customer,
        own,
        &tenant.reseller_customer,
        &other.customers[0],
        &tenant.distributor.principal_id,
    ];
    assert_eq!(balances(app, &tenant.distributor, &asked, None), pairs(&[(own, "0")]));
    assert_eq!(balances(app, &tenant.distributor, &["nobody"], None), []);
}

#[test]
fn answers_a_resellers_customers_to_its_distributor() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (reseller, theirs) = (tenant.reseller.principal_id.as_str(), &*tenant.reseller_customer);
    let fields = json!({"customer_id": theirs, "amount": "0.50", "indirect_partner_id": reseller});
    let moved = move_money(app, &tenant.distributor, "UpdateCustomerAccountAmount", &fields);
    moved.expect("allocated");
    let asked = [theirs, &tenant.customers[0], &tenant.other_reseller_customer];
    let answered = balances(app, &tenant.distributor, &asked, Some(reseller));
    assert_eq!(answered, pairs(&[(theirs, "0.50")]));
}

#[test]
fn a_solution_provider_asks_as_well() {
    let app = App::shared();
    let provider = Provider::in_books_of(app, "asking-for-balances");
    let answered = balances(app, &provider.key, &[&provider.customer], None);
    assert_eq!(answered, pairs(&[(&provider.customer, "0")]));
}

#[test]
fn takes_a_hundred_customers_and_no_more() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let own = tenant.customers[0].as_str();
    let ask = |count: usize| {
        let fields = json!({"customer_infos": infos(&vec![own; count])});
        let answer = call(app, &tenant.distributor, OPERATION, &fields);
        answer.map(|body| body.at("customer_balances").as_list().len())
    };
    assert_eq!(ask(100), Ok(100));
    assert_eq!(ask(101), refused(400, "CBC.0100"));
    assert_eq!(ask(0), refused(400, "CBC.0100"));
}

#[test]
fn refuses_infos_that_are_not_in_order() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for infos in [
        json!([{"customer_id": ""}]),
        json!([{"customer_id": "x".repeat(65)}]),
        json!([{"customer_id": 1}]),
        json!([{"customer_id": "c", "amount": 1}]),
        json!([{}]),
        json!([["c"]]),
        json!({"customer_id": "c"}),
    ] {
        let body = json!({"customer_infos": infos}).to_string();
        let reply = app.post(&tenant.distributor, PATH, &body);
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let body = json!({"customer_infos": infos(&[&tenant.customers[0]])}).to_string();
    let first = app.post(&tenant.distributor, PATH, &body);
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(app.post(&tenant.distributor, PATH, &body).body, first.body);
    assert_eq!(app.post(&tenant.distributor, PATH, "{}").status, 400);
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
