//! `GET /partner-centre/v1/holdings`: what the partner and those below it held at any moment.

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::allocate;
use crate::harness::partner_centre::HOLDINGS;
use crate::harness::tenant::Tenant;

fn ask(app: &App, tenant: &Tenant, query: &str) -> Json {
    let reply = app.get(&tenant.distributor, &format!("{HOLDINGS}?{query}"));
    assert_eq!(reply.status, 200, "{query}: {}", reply.text());
    reply.json()
}

fn balances(answer: &Json) -> Vec<String> {
    let held = answer.at("balances").as_list().iter();
    held.map(|it| format!("{} {}", it.text_at("account"), it.text_at("balance"))).collect()
}

#[test]
fn shows_the_partner_its_own_money_and_that_of_those_below_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = ask(app, &tenant, "").at("transaction").as_integer();
    allocate(app, &tenant, &tenant.customers[0], "40.00");
    allocate(app, &tenant, &tenant.customers[0], "0.10");
    let then = format!("transaction={before}");

    assert_eq!(balances(&ask(app, &tenant, "")), ["cash 960.00", "credit 500.00"]);
    assert_eq!(balances(&ask(app, &tenant, &then)), ["cash 1000.10", "credit 500.00"]);
    let customer = format!("customer_id={}", tenant.customers[0]);
    assert_eq!(balances(&ask(app, &tenant, &customer)), ["cash 40.10"]);
    assert_eq!(balances(&ask(app, &tenant, &format!("{customer}&{then}"))), ["cash 0.00"]);
    let reseller = format!("indirect_partner_id={}", tenant.reseller.principal_id);
    assert_eq!(balances(&ask(app, &tenant, &reseller)), ["cash 70.50"]);
    let own = app.get(&tenant.reseller, HOLDINGS);
    assert_eq!(balances(&own.json()), ["cash 70.50"], "{}", own.text());
    let below = format!("customer_id={}", tenant.reseller_customer);
    assert_eq!(balances(&ask(app, &tenant, &below)), ["cash 0.00"]);

    let statement = ask(app, &tenant, &format!("{customer}&account=cash&limit=1"));
    assert_eq!(statement.at("total_count").as_integer(), 2);
    let [change] = statement.at("changes").as_list() else { panic!("{statement:?}") };
    assert_eq!((change.text_at("amount"), change.text_at("balance")), ("0.10", "40.10"));
    assert_eq!(change.text_at("trade_detail_type"), "SOURCE_OPERATION_BEADJUST");
}

#[test]
fn refuses_what_is_not_below_the_partner() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    let customer = format!("customer_id={}", tenant.customers[0]);
    let foreign = format!("indirect_partner_id={}", other.reseller.principal_id);
    for (query, code) in [
        (format!("customer_id={}", other.customers[0]), "CBC.0100"),
        ("customer_id=nobody".to_owned(), "CBC.0100"),
        (format!("customer_id={}", tenant.referral_customer), "CBC.0100"),
        (format!("{customer}&{foreign}"), "CBC.0100"),
        (format!("{customer}&account=credit"), "CBC.0100"),
        ("account=clearing".to_owned(), "CBC.0100"),
        ("as_of=2090-01-01T00:00:00Z".to_owned(), "CBC.0100"),
        ("as_of=2020-01-01T00:00:00Z".to_owned(), "CBC.0100"),
        ("transaction=1000000".to_owned(), "CBC.0100"),
        (foreign, "CBC.99000037"),
    ] {
        let reply = app.get(&tenant.distributor, &format!("{HOLDINGS}?{query}"));
        assert_eq!(reply.outcome(), (400, code.to_owned()), "{query}: {}", reply.text());
    }
    let reply = app.get(&tenant.customer, HOLDINGS);
    assert_eq!(reply.outcome(), (403, "CBC.0151".to_owned()));
}
