//! `UpdateCustomerAccountAmount`: a partner's cash becomes a customer's.

use std::sync::atomic::{AtomicUsize, Ordering};

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::money::{
    Provider, Refused, allocate, assert_holdings, call, customer_cash, decimal, holdings,
    move_money, partner_cash, post_with_token, refused,
};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "UpdateCustomerAccountAmount";
const PATH: &str = "/v2/accounts/partner-accounts/adjust-amount";

fn ask(app: &App, key: &Key, fields: &Value) -> Result<String, Refused> {
    move_money(app, key, OPERATION, fields)
}

#[test]
fn moves_the_amount_to_the_cent() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    assert_holdings(app, &tenant, ["1000.10", "0.00", "70.50", "0.00"]);
    let sum = app.audit(&tenant.tenant_id).at("sum").clone();
    let first = allocate(app, &tenant, &tenant.customers[0], "99.99");
    let second = allocate(app, &tenant, &tenant.customers[0], "0.01");
    assert_ne!(first, second);
    assert_holdings(app, &tenant, ["900.10", "100.00", "70.50", "0.00"]);
    assert_eq!(*app.audit(&tenant.tenant_id).at("sum"), sum);
}

#[test]
fn the_resellers_money_moves_to_the_resellers_customer() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let fields = json!({"customer_id": tenant.reseller_customer, "amount": "70.50",
                        "indirect_partner_id": tenant.reseller.principal_id});
    ask(app, &tenant.distributor, &fields).expect("allocated");
    assert_holdings(app, &tenant, ["1000.10", "0.00", "0.00", "70.50"]);
}

#[test]
fn a_solution_provider_allocates_as_well() {
    let app = App::shared();
    let provider = Provider::in_books_of(app, "allocating");
    let fields = json!({"customer_id": provider.customer, "amount": "100.00"});
    ask(app, &provider.key, &fields).expect("allocated");
    app.audit(&provider.tenant_id);
    assert_eq!(ask(app, &provider.key, &fields), refused(400, "CBC.5003"));
}

#[test]
fn takes_an_amount_as_a_number_and_as_a_text() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for amount in ["1", "1.1", "1.10", "\"1\"", "\"1.1\"", "1.100", "1e0"] {
        let body = format!(r#"{{"customer_id":"{}","amount":{amount}}}"#, tenant.customers[0]);
        let reply = app.post(&tenant.distributor, PATH, body);
        assert_eq!(reply.status, 200, "{amount} {}", reply.text());
    }
    assert_holdings(app, &tenant, ["992.70", "7.40", "70.50", "0.00"]);
}

#[test]
fn the_last_cent_can_be_allocated_and_none_beyond_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let ask_for = |amount: &str| {
        let fields = json!({"customer_id": tenant.customers[0], "amount": amount});
        ask(app, &tenant.distributor, &fields).map(|_| ())
    };
    assert_eq!(ask_for("1000.11"), refused(400, "CBC.5003"));
    assert_eq!(ask_for("1000.10"), Ok(()));
    // There is credit of 500.00 still, which is no money to hand out.
    assert_eq!(ask_for("0.01"), refused(400, "CBC.5003"));
    assert_holdings(app, &tenant, ["0.00", "1000.10", "70.50", "0.00"]);
}

#[test]
fn concurrent_allocations_never_take_more_than_there_is() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let moved = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..4 {
                    let fields = json!({"customer_id": tenant.customers[0], "amount": "50.00"});
                    match ask(app, &tenant.distributor, &fields) {
                        Ok(_) => _ = moved.fetch_add(1, Ordering::Relaxed),
                        // Too many at once: nothing was done.
                        Err((429, code)) => assert_eq!(code, "CBC.0250"),
                        Err(error) => assert_eq!(error, (400, "CBC.5003".to_owned())),
                    }
                }
            });
        }
    });
    let moved = Decimal::from(50 * moved.load(Ordering::Relaxed));
    let customer = customer_cash(app, &tenant, &tenant.customers[0], None);
    assert_eq!(customer, Some(moved));
    assert_eq!(partner_cash(app, &tenant, None), decimal("1000.10") - moved);
    assert!(moved <= decimal("1000"), "{moved}");
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_each_fault_with_its_code_and_changes_nothing() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let reseller = tenant.reseller.principal_id.as_str();
    let (before, held) = (app.audit(&tenant.tenant_id), holdings(app, &tenant));
    for (customer, reseller, amount, code) in [
        (tenant.customers[0].as_str(), Some("nobody"), "1", "CBC.99000037"),
        (&tenant.customers[0], Some(&*other.reseller.principal_id), "1", "CBC.99000037"),
        ("nobody", Some("nobody"), "1", "CBC.99000037"),
        ("nobody", None, "1", "CBC.99000035"),
        ("nobody", None, "9999999.99", "CBC.99000035"),
        (&other.customers[0], None, "1", "CBC.99000035"),
        (&tenant.reseller_customer, None, "1", "CBC.99000035"),
        (&tenant.customers[0], Some(reseller), "1", "CBC.99000035"),
        (&tenant.other_reseller_customer, Some(reseller), "1", "CBC.99000035"),
        (&tenant.referral_customer, None, "1", "CBC.99000000"),
        (&tenant.referral_customer, None, "9999999.99", "CBC.99000000"),
        (&tenant.customers[0], None, "1000.11", "CBC.5003"),
        (&tenant.reseller_customer, Some(reseller), "70.51", "CBC.5003"),
    ] {
        let mut fields = json!({"customer_id": customer, "amount": amount});
        if let Some(id) = reseller {
            fields["indirect_partner_id"] = json!(id);
        }
        assert_eq!(ask(app, &tenant.distributor, &fields), refused(400, code), "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    assert_eq!(holdings(app, &tenant), held);
}

#[test]
fn another_tenants_customer_and_none_at_all_get_the_same_answer() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let body = |customer: &str| {
        let body = json!({"customer_id": customer, "amount": 1}).to_string();
        app.post(&tenant.distributor, PATH, body).body
    };
    assert_eq!(body(&other.customers[0]), body("nobody"));
    assert_eq!(body(&tenant.reseller_customer), body("nobody"));
}

#[test]
fn says_whose_balance_is_insufficient() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut fields = json!({"customer_id": tenant.customers[0], "amount": 5000});
    let text = |fields: &Value| {
        let reply = app.post(&tenant.distributor, PATH, fields.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.5003".to_owned()));
        reply.json().text_at("error_msg").to_owned()
    };
    assert!(text(&fields).contains("partner"));
    fields["customer_id"] = json!(tenant.reseller_customer);
    fields["indirect_partner_id"] = json!(tenant.reseller.principal_id);
    assert!(text(&fields).contains("reseller"));
}

#[test]
fn a_repeat_with_the_same_client_token_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let body = json!({"customer_id": tenant.customers[0], "amount": 10});
    let first = post_with_token(app, key, PATH, "token-1", &body);
    assert_eq!(first.status, 200, "{}", first.text());
    let after = app.audit(&tenant.tenant_id);
    let second = post_with_token(app, key, PATH, "token-1", &body);
    assert_eq!((second.status, &second.body), (200, &first.body));
    let more = json!({"customer_id": tenant.customers[0], "amount": 11});
    let refusal = post_with_token(app, key, PATH, "token-1", &more);
    assert_eq!(refusal.outcome(), (409, "CBC.0150".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), after);
    assert_holdings(app, &tenant, ["990.10", "10.00", "70.50", "0.00"]);
}

#[test]
fn a_refusal_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let customer = &tenant.customers[0];
    for body in [
        json!({"customer_id": customer}),
        json!({"amount": 1}),
        json!({"customer_id": customer, "amount": 0}),
        json!({"customer_id": customer, "amount": "1.001"}),
        json!({"customer_id": customer, "amount": -1}),
        json!({"customer_id": customer, "amount": 1, "memo": "x"}),
    ] {
        let reply = app.post(&tenant.distributor, PATH, body.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
    let answer = call(
        app,
        &tenant.distributor,
        OPERATION,
        &json!({"customer_id": customer,
                      "amount": "0.00"}),
    );
    assert_eq!(answer, refused(400, "CBC.0100"));
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
