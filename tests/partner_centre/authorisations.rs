//! `/partner-centre/v1/authorisations`: a customer lets its partner order on its behalf.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::key_of_customer;
use crate::harness::partner_centre::{AUTHORISATIONS, authorise, done, once, send};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

fn asking(customer: &str) -> Value {
    json!({"customer_id": customer})
}

fn listed(app: &App, key: &Key, page: &str) -> Json {
    let reply = app.get(key, &format!("{AUTHORISATIONS}{page}"));
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

/// Customers and statuses of a list.
fn statuses(list: &Json) -> Vec<(String, String)> {
    let items = list.at("authorisations").as_list().iter();
    items
        .map(|item| (item.text_at("customer_id").to_owned(), item.text_at("status").to_owned()))
        .collect()
}

#[test]
fn is_asked_for_granted_and_ended() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (partner, customer) = (&tenant.distributor, &tenant.customer);
    let status = |key: &Key| statuses(&listed(app, key, ""));
    let is = |status: &str| vec![(tenant.customers[0].clone(), status.to_owned())];
    assert_eq!(status(partner), []);
    assert_eq!(status(customer), []);

    let asked = done(app, partner, "POST", AUTHORISATIONS, &asking(&tenant.customers[0])).json();
    assert_eq!(asked.text_at("status"), "asked");
    assert_eq!(asked.text_at("partner_id"), partner.principal_id);
    assert!(asked.get("answered_at").is_none());
    assert_eq!(status(partner), is("asked"));
    for (decision, expected) in [("grant", "granted"), ("refuse", "refused")] {
        let answer = json!({"decision": decision});
        let reply = done(app, customer, "PUT", AUTHORISATIONS, &answer).json();
        assert_eq!(reply.text_at("status"), expected);
        assert!(reply.get("answered_at").is_some());
        assert_eq!(status(partner), is(expected));
        assert_eq!(status(customer), is(expected));
    }
    // What was ended is asked for again, and not granted unasked.
    let reply = send(app, customer, "PUT", AUTHORISATIONS, &json!({"decision": "grant"}));
    assert_eq!(reply.outcome(), (409, "CBC.0150".to_owned()));
    done(app, partner, "POST", AUTHORISATIONS, &asking(&tenant.customers[0]));
    assert_eq!(status(customer), is("asked"));
}

#[test]
fn lists_in_pages_by_customer() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for customer in &tenant.customers {
        done(app, &tenant.distributor, "POST", AUTHORISATIONS, &asking(customer));
    }
    let key = key_of_customer(app, &tenant, &tenant.customers[1]);
    for (key, page, expected) in [
        (&tenant.distributor, "?limit=1", vec![&tenant.customers[0]]),
        (&tenant.distributor, "?limit=1&offset=1", vec![&tenant.customers[1]]),
        (&tenant.distributor, "?offset=2", vec![]),
        (&key, "", vec![&tenant.customers[1]]),
        (&key, "?offset=1", vec![]),
    ] {
        let list = listed(app, key, page);
        let found = statuses(&list);
        assert_eq!(found.iter().map(|(id, _)| id).collect::<Vec<_>>(), expected, "{page}");
        let total = if key.principal_id == tenant.distributor.principal_id { 2 } else { 1 };
        assert_eq!(list.at("total_count").as_integer(), total);
    }
    let reply = app.get(&tenant.distributor, &format!("{AUTHORISATIONS}?limit=101"));
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
}

#[test]
fn refuses_customers_that_cannot_be_asked_and_answers_that_nobody_asked_for() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let elsewhere = Tenant::in_books_of(app);
    for (customer, code) in [
        ("nobody", "CBC.99000035"),
        (&elsewhere.customers[0], "CBC.99000035"),
        (&tenant.reseller_customer, "CBC.99000035"),
        (&tenant.referral_customer, "CBC.99000000"),
    ] {
        let reply = send(app, &tenant.distributor, "POST", AUTHORISATIONS, &asking(customer));
        assert_eq!(reply.outcome(), (400, code.to_owned()), "{customer}");
    }
    for decision in ["grant", "refuse"] {
        let answer = json!({"decision": decision});
        let reply = send(app, &tenant.customer, "PUT", AUTHORISATIONS, &answer);
        assert_eq!(reply.outcome(), (409, "CBC.0150".to_owned()));
    }
    let reply = send(app, &tenant.customer, "PUT", AUTHORISATIONS, &json!({"decision": "yes"}));
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn asking_and_granting_again_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (asking, grant) = (asking(&tenant.customers[0]), json!({"decision": "grant"}));
    once(app, &tenant, &tenant.distributor, "POST", AUTHORISATIONS, &asking);
    once(app, &tenant, &tenant.customer, "PUT", AUTHORISATIONS, &grant);
    let before = statuses(&listed(app, &tenant.distributor, ""));
    authorise(app, &tenant);
    assert_eq!(statuses(&listed(app, &tenant.distributor, "")), before);
}
