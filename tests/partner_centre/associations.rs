//! `/partner-centre/v1/associations`: an association changes or ends when both sides want it.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::{allocate, decimal, key_of_customer};
use crate::harness::orders::{fund, place};
use crate::harness::partner_centre::{ASSOCIATIONS, associated, done, left_alone, once, send};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// What a partner asks of a customer.
fn asking(customer: &str, change: &str) -> Value {
    json!({"customer_id": customer, "change": change})
}

fn agree() -> Value {
    json!({"decision": "agree"})
}

fn shown(app: &App, key: &Key, query: &str) -> Json {
    let reply = app.get(key, &format!("{ASSOCIATIONS}{query}"));
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

/// What has happened, the newest first.
fn events(shown: &Json) -> Vec<(String, String)> {
    let events = shown.at("events").as_list().iter();
    events.map(|it| (it.text_at("event").to_owned(), it.text_at("by").to_owned())).collect()
}

fn pairs(events: &[(&str, &str)]) -> Vec<(String, String)> {
    events.iter().map(|(event, by)| ((*event).to_owned(), (*by).to_owned())).collect()
}

#[test]
fn nothing_changes_before_the_other_side_agrees() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (partner, customer) = (&tenant.distributor, &tenant.customers[0]);
    let asked = done(app, partner, "POST", ASSOCIATIONS, &asking(customer, "referral")).json();
    assert_eq!((asked.text_at("asked_by"), asked.text_at("change")), ("partner", "referral"));
    let before = shown(app, &tenant.customer, "");
    assert_eq!(before.text_at("association_type"), "2");
    assert_eq!(before.at("request").text_at("change"), "referral");

    let agreed = done(app, &tenant.customer, "PUT", ASSOCIATIONS, &agree()).json();
    assert_eq!(agreed.at("returned_amount").as_decimal(), decimal("0"));
    let after = shown(app, partner, &format!("?customer_id={customer}"));
    assert_eq!(after.text_at("association_type"), "1");
    assert!(after.get("request").is_none());
    assert_eq!(events(&after), pairs(&[("agreed", "customer"), ("asked", "partner")]));
    let page = shown(app, partner, &format!("?customer_id={customer}&limit=1&offset=1"));
    assert_eq!(events(&page), pairs(&[("asked", "partner")]));
    assert_eq!(page.at("total_count").as_integer(), 2);
}

#[test]
fn whoever_has_left_is_told_of_and_no_longer_a_customer() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    left_alone(app, &tenant);
    let shown_to_customer = shown(app, &tenant.customer, "");
    assert!(shown_to_customer.get("partner_id").is_none());
    assert_eq!(shown_to_customer.text_at("association_type"), "1");
    let happened = pairs(&[("agreed", "partner"), ("asked", "customer")]);
    assert_eq!(events(&shown_to_customer), happened);
    // The partner still has the record, and nothing else.
    assert_eq!(events(&shown(app, &tenant.distributor, "")), happened);
    let reply = app.get(&tenant.distributor, &format!("{ASSOCIATIONS}?customer_id={customer}"));
    assert_eq!(reply.outcome(), (400, "CBC.99000035".to_owned()));
    let listed = app.sdk(&tenant.distributor, "ListSubCustomers", &json!({}));
    let listed = listed.outcome.expect("customers");
    let mut listed = listed.at("customer_infos").as_list().iter();
    assert!(listed.all(|it| it.text_at("customer_id") != customer));
}

#[test]
fn to_resale_needs_a_customer_without_money_of_its_own() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (partner, customer) = (&tenant.distributor, &tenant.referral_customer);
    let key = key_of_customer(app, &tenant, customer);
    done(app, partner, "POST", ASSOCIATIONS, &asking(customer, "resale"));
    fund(app, &tenant, customer, "1.00");
    let reply = send(app, &key, "PUT", ASSOCIATIONS, &agree());
    assert_eq!(reply.outcome(), (400, "CBC.99007004".to_owned()));
    assert!(reply.text().contains("money of its own"), "{}", reply.text());

    let other = Tenant::in_books_of(app);
    let key = key_of_customer(app, &other, &other.referral_customer);
    let fields = asking(&other.referral_customer, "resale");
    done(app, &other.distributor, "POST", ASSOCIATIONS, &fields);
    done(app, &key, "PUT", ASSOCIATIONS, &agree());
    // Now that the partner funds it, the partner may allocate.
    allocate(app, &other, &other.referral_customer, "1.00");
}

#[test]
fn refuses_by_the_first_reason_that_holds() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (partner, own) = (&tenant.distributor, &tenant.customers[0]);
    place(app, &tenant);
    let free = &tenant.customers[1];
    let free_key = key_of_customer(app, &tenant, free);
    done(app, partner, "POST", ASSOCIATIONS, &asking(free, "referral"));
    let before = app.audit(&tenant.tenant_id);
    let agree_for = |customer: &str| json!({"customer_id": customer, "decision": "agree"});
    for (key, method, body, status, code) in [
        (partner, "POST", json!({"change": "referral"}), 400, "CBC.0100"),
        (partner, "POST", asking(own, "other"), 400, "CBC.0100"),
        (&tenant.customer, "POST", asking(own, "dissociation"), 400, "CBC.0100"),
        (partner, "POST", asking("nobody", "referral"), 400, "CBC.99000035"),
        (partner, "POST", asking(&tenant.reseller_customer, "referral"), 400, "CBC.99000035"),
        (&tenant.reseller, "POST", asking(own, "referral"), 400, "CBC.99000035"),
        // A customer asks for the end alone.
        (&tenant.customer, "POST", json!({"change": "referral"}), 403, "CBC.0151"),
        // It asked not long ago.
        (partner, "POST", asking(free, "dissociation"), 400, "CBC.99007004"),
        // The partner has asked.
        (&free_key, "POST", json!({"change": "dissociation"}), 409, "CBC.0150"),
        (partner, "POST", asking(own, "resale"), 400, "CBC.99007004"),
        // An order waits for payment.
        (partner, "POST", asking(own, "dissociation"), 400, "CBC.99007004"),
        (&tenant.customer, "POST", json!({"change": "dissociation"}), 400, "CBC.99007004"),
        // Nobody has asked, or the one that asks agrees with itself.
        (&tenant.customer, "PUT", agree(), 409, "CBC.0150"),
        (partner, "PUT", agree_for(free), 409, "CBC.0150"),
        (partner, "PUT", agree_for("nobody"), 400, "CBC.99000035"),
    ] {
        let reply = send(app, key, method, ASSOCIATIONS, &body);
        assert_eq!(reply.outcome(), (status, code.to_owned()), "{method} {body}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn what_was_asked_for_is_refused_or_withdrawn() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (partner, customer) = (&tenant.distributor, &tenant.customers[0]);
    let refuse = json!({"decision": "refuse"});
    done(app, partner, "POST", ASSOCIATIONS, &asking(customer, "referral"));
    done(app, &tenant.customer, "PUT", ASSOCIATIONS, &refuse);
    let dissociation = json!({"change": "dissociation"});
    done(app, &tenant.customer, "POST", ASSOCIATIONS, &dissociation);
    done(app, &tenant.customer, "PUT", ASSOCIATIONS, &refuse);
    let association = shown(app, &tenant.customer, "");
    assert_eq!(association.text_at("association_type"), "2");
    let expected = [
        ("refused", "customer"),
        ("asked", "customer"),
        ("refused", "customer"),
        ("asked", "partner"),
    ];
    assert_eq!(events(&association), pairs(&expected));
    // Each has asked once in three months.
    for (key, body) in [(partner, asking(customer, "referral")), (&tenant.customer, dissociation)] {
        let reply = send(app, key, "POST", ASSOCIATIONS, &body);
        assert_eq!(reply.outcome(), (400, "CBC.99007004".to_owned()), "{body}");
    }
}

#[test]
fn a_repeat_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (partner, customer) = (&tenant.distributor, &tenant.customers[0]);
    allocate(app, &tenant, customer, "1.00");
    once(app, &tenant, partner, "POST", ASSOCIATIONS, &asking(customer, "referral"));
    // What is asked for is not asked for again.
    let before = app.audit(&tenant.tenant_id);
    done(app, partner, "POST", ASSOCIATIONS, &asking(customer, "referral"));
    assert_eq!(shown(app, partner, "").at("total_count").as_integer(), 1);
    assert_eq!(app.audit(&tenant.tenant_id).at("sum"), before.at("sum"));
    once(app, &tenant, &tenant.customer, "PUT", ASSOCIATIONS, &agree());
    assert_eq!(shown(app, &tenant.customer, "").at("total_count").as_integer(), 2);
}

#[test]
fn a_reseller_parts_with_its_own_customer() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.reseller_customer;
    let key = key_of_customer(app, &tenant, customer);
    done(app, &tenant.reseller, "POST", ASSOCIATIONS, &asking(customer, "dissociation"));
    done(app, &key, "PUT", ASSOCIATIONS, &agree());
    assert!(associated(app, &key).is_none());
    // The distributor above is told of its own customers alone.
    assert_eq!(events(&shown(app, &tenant.distributor, "")), pairs(&[]));
}
