//! `ShowRealNameAuthQrCode`: the address of a page on which the customer is authenticated, once and
//! within ten minutes; and that page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::app::{App, Variables};
use crate::harness::enterprise::Enterprise;
use crate::harness::http::{Reply, Request};
use crate::harness::money::{call, key_of_customer, refused};
use crate::harness::realname::{INDIVIDUAL, awaiting, decided, person, result, status, submit};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ShowRealNameAuthQrCode";
const PAGE: &str = "/real-name";

/// A new address, as the customer gets it.
fn address(app: &App, key: &Key) -> String {
    let body = call(app, key, OPERATION, &json!({})).expect("an address");
    body.text_at("qr_code_url").to_owned()
}

/// The ticket of a new address.
fn ticket(app: &App, key: &Key) -> String {
    let address = address(app, key);
    let (page, ticket) = address.split_once('#').expect("a ticket");
    assert_eq!(page, "https://billing.example.com/real-name");
    ticket.to_owned()
}

/// What a person fills in.
fn filled(ticket: &str, number: &str) -> Value {
    json!({"ticket": ticket, "name": "张三 Zhang San", "verified_type": 3,
           "verified_number": number})
}

fn post(app: &App, fields: &Value) -> Reply {
    app.send(&Request::new("POST", PAGE, fields.to_string()))
}

const EXPIRED: (u16, &str) = (401, "CBC.0154");

fn assert_refused(app: &App, tenant: &Tenant, fields: &Value, (status, code): (u16, &str)) {
    let before = app.audit(&tenant.tenant_id);
    let reply = post(app, fields);
    assert_eq!(reply.outcome(), (status, code.to_owned()), "{fields}: {}", reply.text());
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn what_is_filled_in_on_the_page_goes_under_review() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let ticket = ticket(app, &tenant.customer);
    let reply = post(app, &filled(&ticket, "P0000001"));
    assert_eq!((reply.status, reply.json().at("is_review").as_integer()), (200, 1));
    assert_eq!(status(app, &tenant), (0, Some(0)));
    let awaiting = awaiting(app, &tenant.tenant_id);
    assert_eq!(awaiting.len(), 1);
    assert_eq!(awaiting[0].text_at("customer_id"), tenant.customers[0]);
    let review_id = awaiting[0].text_at("review_id");

    let target = format!(
        "/operator/v1/reviews/submission?tenant_id={}&review_id={review_id}",
        tenant.tenant_id
    );
    let shown = app.operator("GET", &target, "");
    for text in ["张三 Zhang San", "P0000001", "real-name page"] {
        assert!(shown.text().contains(text), "{text} in {}", shown.text());
    }
    decided(app, &tenant, review_id, None);
    assert_eq!(status(app, &tenant), (2, Some(0)));
    let outcome = result(app, &tenant, &tenant.customers[0]);
    assert_eq!(outcome.at("review_result").as_integer(), 2);
}

#[test]
fn the_page_may_run_its_own_script_and_nothing_else() {
    let app = App::shared();
    let reply = app.send(&Request::new("GET", PAGE, ""));
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = reply.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let html = reply.text();
    for element in ["style", "script"] {
        let (_, rest) = html.split_once(&format!("<{element}>")).expect("one of them");
        let (text, rest) = rest.split_once(&format!("</{element}>")).expect("it ends");
        assert!(!rest.contains(&format!("<{element}")), "a second {element}");
        let hash = STANDARD.encode(Sha256::digest(text));
        assert!(policy.contains(&format!("{element}-src 'sha256-{hash}'")), "{element}: {hash}");
    }
    let reply = app.send(&Request::new("GET", &format!("{PAGE}?ticket=x"), ""));
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
}

#[test]
fn a_ticket_counts_once_and_a_refusal_does_not_use_it_up() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (first, second) = (ticket(app, &tenant.customer), ticket(app, &tenant.customer));
    assert_ne!(first, second);
    assert_refused(app, &tenant, &filled(&first, ""), (400, "CBC.0100"));
    assert_eq!(post(app, &filled(&first, "P0000002")).status, 200);
    assert_refused(app, &tenant, &filled(&first, "P0000002"), EXPIRED);
    // The other one still opens the page of a customer that is under review.
    assert_refused(app, &tenant, &filled(&second, "P0000002"), (400, "CBC.99007188"));
    let review_id = awaiting(app, &tenant.tenant_id)[0].text_at("review_id").to_owned();
    decided(app, &tenant, &review_id, Some("not legible"));
    assert_refused(app, &tenant, &filled(&first, "P0000002"), EXPIRED);
    assert_eq!(post(app, &filled(&second, "P0000002")).status, 200);
}

#[test]
fn what_is_no_ticket_opens_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let good = ticket(app, &tenant.customer);
    let token = {
        let body = json!({"access_key_id": tenant.customer.access_key_id, "ttl_seconds": 60});
        let issued = app.operator("POST", "/operator/v1/tokens", body.to_string()).json();
        issued.text_at("token").to_owned()
    };
    let renamed = token.replacen("pbtoken1_", "pbface1_", 1);
    let mut changed = good.clone();
    changed.replace_range(20..21, if &good[20..21] == "A" { "B" } else { "A" });
    for ticket in ["", "x", "pbface1_", &good[..good.len() - 1], &changed, &token, &renamed] {
        assert_refused(app, &tenant, &filled(ticket, "P0000003"), EXPIRED);
    }
    for wrong in [
        json!({}),
        json!({"ticket": good}),
        json!({"ticket": good, "name": "x", "verified_type": 1, "verified_number": "1"}),
        json!({"ticket": good, "name": "x", "verified_type": 3, "verified_number": 1}),
        json!({"ticket": good, "name": "", "verified_type": 3, "verified_number": "1"}),
        json!({"ticket": good, "name": "x", "verified_type": 3, "verified_number": "1", "a": 1}),
    ] {
        assert_refused(app, &tenant, &wrong, (400, "CBC.0100"));
    }
}

#[test]
fn who_is_authenticated_or_under_review_gets_no_address() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let asked = || call(app, &tenant.customer, OPERATION, &json!({})).map(|_| ());
    assert_eq!(asked(), Ok(()));
    let review_id = submit(app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "P0000004"));
    assert_eq!(asked(), refused(400, "CBC.99007004"));
    decided(app, &tenant, &review_id, Some("not legible"));
    assert_eq!(asked(), Ok(()));
    let review_id = submit(app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "P0000004"));
    decided(app, &tenant, &review_id, None);
    assert_eq!(asked(), refused(400, "CBC.99007004"));
}

#[test]
fn asking_changes_nothing_and_says_nothing_of_another_customer() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = key_of_customer(app, &tenant, &tenant.customers[1]);
    let before = app.audit(&tenant.tenant_id);
    assert_ne!(address(app, &tenant.customer), address(app, &other));
    assert_eq!(app.audit(&tenant.tenant_id), before);
    let reply = post(app, &filled(&ticket(app, &other), "P0000005"));
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(status(app, &tenant), (-1, None));
}

#[test]
fn a_member_of_an_enterprise_is_authenticated_with_its_master() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, unified, .. } = Enterprise::in_books_of(app, &tenant);
    for (key, outcome) in [
        (&master, Ok(())),
        (&member, refused(400, "CBC.99007297")),
        (&unified, refused(400, "CBC.99007297")),
    ] {
        assert_eq!(call(app, key, OPERATION, &json!({})).map(|_| ()), outcome);
    }
}

#[test]
fn without_a_page_there_is_no_address() {
    let app = App::start_with(Variables { real_name_page: "", ..Variables::default() });
    let tenant = Tenant::in_books_of(&app);
    let asked = call(&app, &tenant.customer, OPERATION, &json!({}));
    assert_eq!(asked.map(|_| ()), refused(500, "CBC.0999"));
}
