//! `UpdateIndirectPartnerAccount`: a distributor's cash becomes a reseller's.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::money::{Refused, assert_holdings, move_money, post_with_token, refused};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "UpdateIndirectPartnerAccount";
const PATH: &str = "/v2/accounts/partner-accounts/indirect-partner-adjust";

fn ask(app: &App, key: &Key, reseller: &str, amount: &str) -> Result<String, Refused> {
    let fields = json!({"indirect_partner_id": reseller, "amount": amount});
    move_money(app, key, OPERATION, &fields)
}

#[test]
fn moves_the_amount_and_the_reseller_can_hand_it_on() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let reseller = tenant.reseller.principal_id.as_str();
    let sum = app.audit(&tenant.tenant_id).at("sum").clone();
    ask(app, &tenant.distributor, reseller, "29.50").expect("allocated");
    assert_holdings(app, &tenant, ["970.60", "0.00", "100.00", "0.00"]);
    let fields = json!({"customer_id": tenant.reseller_customer, "amount": "100.00",
                        "indirect_partner_id": reseller});
    let moved = move_money(app, &tenant.distributor, "UpdateCustomerAccountAmount", &fields);
    moved.expect("allocated");
    assert_holdings(app, &tenant, ["970.60", "0.00", "0.00", "100.00"]);
    assert_eq!(*app.audit(&tenant.tenant_id).at("sum"), sum);
}

#[test]
fn takes_an_amount_as_a_number_and_as_a_text() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for amount in ["99.99", "\"99.99\""] {
        let reseller = &tenant.reseller.principal_id;
        let body = format!(r#"{{"indirect_partner_id":"{reseller}","amount":{amount}}}"#);
        let reply = app.post(&tenant.distributor, PATH, body);
        assert_eq!(reply.status, 200, "{amount} {}", reply.text());
    }
    assert_holdings(app, &tenant, ["800.12", "0.00", "270.48", "0.00"]);
}

#[test]
fn the_last_cent_can_be_allocated_and_none_beyond_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let reseller = tenant.reseller.principal_id.as_str();
    let ask_for = |amount| ask(app, &tenant.distributor, reseller, amount).map(|_| ());
    assert_eq!(ask_for("1000.11"), refused(400, "CBC.99005003"));
    assert_eq!(ask_for("1000.10"), Ok(()));
    assert_eq!(ask_for("0.01"), refused(400, "CBC.99005003"));
    assert_holdings(app, &tenant, ["0.00", "0.00", "1070.60", "0.00"]);
}

#[test]
fn a_repeat_with_the_same_client_token_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let body = json!({"indirect_partner_id": tenant.reseller.principal_id, "amount": 10});
    let first = post_with_token(app, key, PATH, "token-1", &body);
    assert_eq!(first.status, 200, "{}", first.text());
    let after = app.audit(&tenant.tenant_id);
    let second = post_with_token(app, key, PATH, "token-1", &body);
    assert_eq!((second.status, &second.body), (200, &first.body));
    let other = json!({"indirect_partner_id": tenant.other_reseller_id, "amount": 10});
    let refusal = post_with_token(app, key, PATH, "token-1", &other);
    assert_eq!(refusal.outcome(), (409, "CBC.0150".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), after);
    assert_holdings(app, &tenant, ["990.10", "0.00", "80.50", "0.00"]);
}

#[test]
fn a_refusal_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let reseller = &tenant.reseller.principal_id;
    let bodies: [Value; 5] = [
        json!({"indirect_partner_id": reseller}),
        json!({"amount": 1}),
        json!({"indirect_partner_id": reseller, "amount": 0}),
        json!({"indirect_partner_id": reseller, "amount": "1.001"}),
        json!({"indirect_partner_id": "", "amount": 1}),
    ];
    for body in bodies {
        let reply = app.post(&tenant.distributor, PATH, body.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
