//! The older edition of `ShowRealnameAuthenticationReviewResult`, which says that it is deprecated.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::http::{Reply, Request};
use crate::harness::json::Json;
use crate::harness::realname::{INDIVIDUAL, decided, person, submit};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

fn ask(app: &App, key: &Key, partner: &str, query: &str) -> Reply {
    let path = format!("/v1.0/{partner}/partner/customer-mgr/realname-auth/result{query}");
    app.call(key, Request::new("GET", &path, ""))
}

/// What the older edition says of a customer.
fn told(app: &App, tenant: &Tenant, customer: &str) -> Json {
    let partner = &tenant.distributor.principal_id;
    let reply = ask(app, &tenant.distributor, partner, &format!("?customerId={customer}"));
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

#[test]
fn tells_what_the_newer_edition_tells_in_its_own_words() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    let before_all = told(app, &tenant, customer);
    assert_eq!((before_all.get("reviewResult"), before_all.get("opinion")), (None, None));
    let review_id = submit(app, &tenant, INDIVIDUAL, &person(customer, "Q0000001"));
    assert_eq!(told(app, &tenant, customer).at("reviewResult").as_integer(), 0);
    decided(app, &tenant, &review_id, Some("not legible"));
    let rejected = told(app, &tenant, customer);
    assert_eq!(rejected.at("reviewResult").as_integer(), 1);
    assert_eq!(rejected.text_at("opinion"), "not legible");
}

#[test]
fn says_that_it_is_deprecated_and_where_the_newer_edition_is() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let partner = &tenant.distributor.principal_id;
    let query = format!("?customerId={}", tenant.customers[0]);
    let reply = ask(app, &tenant.distributor, partner, &query);
    assert!(reply.header("deprecation").is_some_and(|date| date.starts_with('@')));
    let link = reply.header("link").expect("a link");
    assert_eq!(link, "</v2/customers/realname-auths/result>; rel=\"successor-version\"");
}

#[test]
fn refuses_by_the_first_reason_that_holds() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (own, customer) = (&tenant.distributor.principal_id, &tenant.customers[0]);
    let query = format!("?customerId={customer}");
    for (key, partner, query, outcome) in [
        (&tenant.customer, own.as_str(), query.as_str(), (403, "CBC.0151")),
        (&tenant.reseller, own, &query, (403, "CBC.0151")),
        (&tenant.distributor, own, "", (400, "CBC.0100")),
        (&tenant.distributor, own, "?customer_id=x", (400, "CBC.0100")),
        (&tenant.distributor, "another", &query, (403, "CBC.0151")),
        (&tenant.distributor, &tenant.reseller.principal_id, &query, (403, "CBC.0151")),
        (&tenant.distributor, own, "?customerId=nobody", (500, "CBC.5002")),
    ] {
        let reply = ask(app, key, partner, query);
        let (status, code) = outcome;
        assert_eq!(reply.outcome(), (status, code.to_owned()), "{partner} {query}");
    }
    let body = json!({}).to_string();
    let path = format!("/v1.0/{own}/partner/customer-mgr/realname-auth/result");
    let reply = app.call(&tenant.distributor, Request::new("POST", &path, body));
    assert_eq!(reply.status, 405);
}
