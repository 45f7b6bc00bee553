//! `ReclaimToPartnerAccount`: a customer's cash goes back to the partner.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::money::{
    Provider, Refused, allocate, assert_holdings, holdings, move_money, post_with_token, refused,
};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ReclaimToPartnerAccount";
const PATH: &str = "/v2/accounts/partner-accounts/reclaim";

fn ask(app: &App, key: &Key, fields: &Value) -> Result<String, Refused> {
    move_money(app, key, OPERATION, fields)
}

/// A tenant whose first customer has 100.00, and whose reseller's customer has 20.00.
fn funded(app: &App) -> Tenant {
    let tenant = Tenant::in_books_of(app);
    allocate(app, &tenant, &tenant.customers[0], "100.00");
    let fields = json!({"customer_id": tenant.reseller_customer, "amount": "20.00",
                        "indirect_partner_id": tenant.reseller.principal_id});
    move_money(app, &tenant.distributor, "UpdateCustomerAccountAmount", &fields).expect("moved");
    tenant
}

#[test]
fn takes_back_a_part_and_then_the_rest() {
    let app = App::shared();
    let tenant = funded(app);
    let sum = app.audit(&tenant.tenant_id).at("sum").clone();
    for (amount, expected) in [
        ("0.01", ["900.11", "99.99", "50.50", "20.00"]),
        ("99.99", ["1000.10", "0.00", "50.50", "20.00"]),
    ] {
        let fields = json!({"customer_id": tenant.customers[0], "amount": amount});
        ask(app, &tenant.distributor, &fields).expect("reclaimed");
        assert_holdings(app, &tenant, expected);
    }
    assert_eq!(*app.audit(&tenant.tenant_id).at("sum"), sum);
}

#[test]
fn a_resellers_customer_pays_back_to_the_reseller() {
    let app = App::shared();
    let tenant = funded(app);
    let fields = json!({"customer_id": tenant.reseller_customer, "amount": "5.50",
                        "indirect_partner_id": tenant.reseller.principal_id});
    ask(app, &tenant.distributor, &fields).expect("reclaimed");
    assert_holdings(app, &tenant, ["900.10", "100.00", "56.00", "14.50"]);
}

#[test]
fn a_solution_provider_reclaims_as_well() {
    let app = App::shared();
    let provider = Provider::in_books_of(app, "reclaiming");
    let fields = json!({"customer_id": provider.customer, "amount": "40.00"});
    assert_eq!(ask(app, &provider.key, &fields), refused(400, "CBC.99005003"));
    move_money(app, &provider.key, "UpdateCustomerAccountAmount", &fields).expect("allocated");
    ask(app, &provider.key, &fields).expect("reclaimed");
    assert_eq!(ask(app, &provider.key, &fields), refused(400, "CBC.99005003"));
    app.audit(&provider.tenant_id);
}

#[test]
fn refuses_each_fault_with_its_code_and_changes_nothing() {
    let app = App::shared();
    let (tenant, other) = (funded(app), funded(app));
    let reseller = tenant.reseller.principal_id.as_str();
    let (before, held) = (app.audit(&tenant.tenant_id), holdings(app, &tenant));
    for (customer, reseller, amount, code) in [
        ("nobody", Some("nobody"), "1", "CBC.99000037"),
        (&*tenant.reseller_customer, Some(&*other.reseller.principal_id), "1", "CBC.99000037"),
        ("nobody", None, "1", "CBC.99000035"),
        (&other.customers[0], None, "1", "CBC.99000035"),
        (&tenant.reseller_customer, None, "1", "CBC.99000035"),
        (&tenant.customers[0], Some(reseller), "1", "CBC.99000035"),
        (&tenant.referral_customer, None, "1", "CBC.99000000"),
        (&tenant.customers[0], None, "100.01", "CBC.99005003"),
        (&tenant.customers[1], None, "0.01", "CBC.99005003"),
        (&tenant.reseller_customer, Some(reseller), "20.01", "CBC.99005003"),
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
fn a_repeat_with_the_same_client_token_changes_nothing() {
    let app = App::shared();
    let tenant = funded(app);
    let key = &tenant.distributor;
    let body = json!({"customer_id": tenant.customers[0], "amount": 60});
    let first = post_with_token(app, key, PATH, "token-1", &body);
    assert_eq!(first.status, 200, "{}", first.text());
    let after = app.audit(&tenant.tenant_id);
    let second = post_with_token(app, key, PATH, "token-1", &body);
    assert_eq!((second.status, &second.body), (200, &first.body));
    assert_eq!(app.audit(&tenant.tenant_id), after);
    // Without the token it is another one, for which there is not enough.
    let reply = app.post(key, PATH, body.to_string());
    assert_eq!(reply.outcome(), (400, "CBC.99005003".to_owned()));
    assert_holdings(app, &tenant, ["960.10", "40.00", "50.50", "20.00"]);
}

#[test]
fn a_refusal_changes_nothing() {
    let app = App::shared();
    let tenant = funded(app);
    let before = app.audit(&tenant.tenant_id);
    let customer = &tenant.customers[0];
    for body in [
        json!({"customer_id": customer, "amount": "0"}),
        json!({"customer_id": customer, "amount": "0.005"}),
        json!({"customer_id": "x".repeat(65), "amount": 1}),
        json!({"customer_id": customer, "amount": 1, "indirect_partner_id": "x".repeat(65)}),
    ] {
        let reply = app.post(&tenant.distributor, PATH, body.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
