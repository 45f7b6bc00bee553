//! `ReclaimIndirectPartnerAccount`: a reseller's cash goes back to its distributor.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::money::{
    Refused, assert_holdings, holdings, move_money, post_with_token, refused,
};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ReclaimIndirectPartnerAccount";
const PATH: &str = "/v2/accounts/partner-accounts/indirect-partner-reclaim";

fn ask(app: &App, key: &Key, reseller: &str, amount: &str) -> Result<String, Refused> {
    let fields = json!({"indirect_partner_id": reseller, "amount": amount});
    move_money(app, key, OPERATION, &fields)
}

#[test]
fn takes_back_a_part_and_then_the_rest() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let sum = app.audit(&tenant.tenant_id).at("sum").clone();
    for (amount, expected) in [
        ("0.51", ["1000.61", "0.00", "69.99", "0.00"]),
        ("69.99", ["1070.60", "0.00", "0.00", "0.00"]),
    ] {
        let reseller = &tenant.reseller.principal_id;
        ask(app, &tenant.distributor, reseller, amount).expect("reclaimed");
        assert_holdings(app, &tenant, expected);
    }
    assert_eq!(*app.audit(&tenant.tenant_id).at("sum"), sum);
}

#[test]
fn what_a_reseller_has_handed_on_is_out_of_reach() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let reseller = tenant.reseller.principal_id.as_str();
    let fields = json!({"customer_id": tenant.reseller_customer, "amount": "70.00",
                        "indirect_partner_id": reseller});
    let moved = move_money(app, &tenant.distributor, "UpdateCustomerAccountAmount", &fields);
    moved.expect("allocated");
    let answer = ask(app, &tenant.distributor, reseller, "0.51");
    assert_eq!(answer, refused(400, "CBC.99005003"));
    ask(app, &tenant.distributor, reseller, "0.50").expect("reclaimed");
    assert_holdings(app, &tenant, ["1000.60", "0.00", "0.00", "70.00"]);
}

#[test]
fn refuses_each_fault_with_its_code_and_changes_nothing() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let (before, held) = (app.audit(&tenant.tenant_id), holdings(app, &tenant));
    for (reseller, amount, code) in [
        ("nobody", "1", "CBC.99000037"),
        ("nobody", "9999999.99", "CBC.99000037"),
        (&*other.reseller.principal_id, "1", "CBC.99000037"),
        (&*tenant.distributor.principal_id, "1", "CBC.99000037"),
        (&*tenant.reseller.principal_id, "70.51", "CBC.99005003"),
        (&*tenant.other_reseller_id, "0.01", "CBC.99005003"),
        (&*tenant.reseller.principal_id, "0", "CBC.0100"),
        (&*tenant.reseller.principal_id, "0.001", "CBC.0100"),
    ] {
        let answer = ask(app, &tenant.distributor, reseller, amount);
        assert_eq!(answer, refused(400, code), "{reseller} {amount}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    assert_eq!(holdings(app, &tenant), held);
}

#[test]
fn a_repeat_with_the_same_client_token_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let body = json!({"indirect_partner_id": tenant.reseller.principal_id, "amount": 70.5});
    let first = post_with_token(app, key, PATH, "token-1", &body);
    assert_eq!(first.status, 200, "{}", first.text());
    let after = app.audit(&tenant.tenant_id);
    let second = post_with_token(app, key, PATH, "token-1", &body);
    assert_eq!((second.status, &second.body), (200, &first.body));
    assert_eq!(app.audit(&tenant.tenant_id), after);
    let reply = app.post(key, PATH, body.to_string());
    assert_eq!(reply.outcome(), (400, "CBC.99005003".to_owned()));
    assert_holdings(app, &tenant, ["1070.60", "0.00", "0.00", "0.00"]);
}
