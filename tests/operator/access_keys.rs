//! `/operator/v1/access-keys`: create, list, disable and enable.

use serde_json::{Value, json};

use crate::harness::app::{App, Variables};
use crate::harness::http::{Reply, Request};
use crate::harness::json::Json;
use crate::harness::sdk::SdkAnswer;
use crate::harness::signer::{self, Key};
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/access-keys";

fn create(app: &App, body: &Value) -> Reply {
    app.operator("POST", PATH, body.to_string())
}

fn set_status(app: &App, access_key_id: &str, status: &str) -> Reply {
    let body = json!({"access_key_id": access_key_id, "status": status});
    app.operator("PUT", PATH, body.to_string())
}

fn listed(app: &App, tenant: &Tenant) -> Json {
    let reply = app.operator("GET", &format!("{PATH}?tenant_id={}", tenant.tenant_id), "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

/// The key in a list of them.
fn entry(app: &App, tenant: &Tenant, access_key_id: &str) -> Json {
    let listed = listed(app, tenant);
    let mut keys = listed.at("access_keys").as_list().iter();
    let found = keys.find(|key| key.text_at("access_key_id") == access_key_id);
    found.unwrap_or_else(|| panic!("{access_key_id} is not listed: {listed:?}")).clone()
}

fn balances(app: &App, key: &Key) -> SdkAnswer {
    app.sdk(key, "ListPartnerBalances", &json!({}))
}

fn status(app: &App, key: &Key) -> u16 {
    balances(app, key).reply.status
}

#[test]
fn a_created_key_opens_what_its_partner_may() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let partner = &tenant.distributor.principal_id;
    let reply = create(app, &json!({"tenant_id": tenant.tenant_id, "partner_id": partner}));
    assert_eq!(reply.status, 201, "{}", reply.text());
    let created = reply.json();
    let key = Key {
        access_key_id: created.text_at("access_key_id").to_owned(),
        secret_key: created.text_at("secret_key").to_owned(),
        principal_id: partner.clone(),
    };
    assert_eq!(balances(app, &key).outcome, balances(app, &tenant.distributor).outcome);

    let shown = entry(app, &tenant, &key.access_key_id);
    assert_eq!(shown.text_at("partner_id"), partner);
    assert_eq!(shown.text_at("status"), "active");
    assert_eq!(shown.text_at("master_key_id").len(), 16);
    assert!(shown.get("customer_id").is_none() && shown.get("locked_until").is_none());
    let all = listed(app, &tenant);
    assert_eq!(all.at("total_count").as_integer(), 4);
    assert!(!format!("{all:?}").contains(&key.secret_key));
}

#[test]
fn a_disabled_key_opens_nothing_from_the_answer_on() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    for (new, expected) in [("inactive", 401), ("inactive", 401), ("active", 200)] {
        let reply = set_status(app, &key.access_key_id, new);
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.json().text_at("status"), new);
        assert_eq!(status(app, key), expected);
    }
    // The others of its tenant go on.
    set_status(app, &key.access_key_id, "inactive");
    assert_eq!(status(app, &tenant.reseller), 403);
}

#[test]
fn wrong_signatures_lock_a_key_and_only_the_operator_sees_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let forger = Key { secret_key: "wrong".to_owned(), ..key.clone() };
    let said = |key: &Key| {
        let reply = balances(app, key).reply;
        (reply.outcome(), reply.json().text_at("error_msg").to_owned())
    };
    assert_eq!(status(app, key), 200);
    let forged = said(&forger);
    for _ in 0..4 {
        assert_eq!(said(&forger), forged);
    }
    // What is wrong is counted after the answer.
    let until = loop {
        if let Some(until) = entry(app, &tenant, &key.access_key_id).get("locked_until") {
            break until.as_text().to_owned();
        }
        assert_eq!(said(&forger), forged);
    };
    assert_eq!(said(key), forged);
    assert_eq!(said(&forger), forged);
    let shown = entry(app, &tenant, &key.access_key_id);
    assert_eq!(shown.text_at("locked_until"), until, "it does not become longer");
    set_status(app, &key.access_key_id, "active");
    assert_eq!(status(app, key), 200);
}

/// The stored copy of an access key that requests read: its key in the store, and its content.
fn stored(app: &App, key: &Key) -> (String, Vec<u8>) {
    let name = format!("cred.{}", key.access_key_id);
    let bytes = app.entries().remove(&name).expect("a credential");
    let (content, _checksum) = bytes.split_last_chunk::<8>().expect("a checksum");
    (name, content.to_vec())
}

#[test]
fn a_customers_key_that_the_store_turned_into_a_distributors_is_refused_and_audited() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let audited = || {
        let target = format!("/operator/v1/audit?tenant_id={}", tenant.tenant_id);
        let audit = app.operator("GET", &target, "").json();
        let wrong = audit.at("access_keys_not_authentic").as_list().iter();
        wrong.map(|id| id.as_text().to_owned()).collect::<Vec<String>>()
    };
    let customer = &tenant.customer;
    assert_eq!(status(app, customer), 403, "a customer has no balances of a partner");
    assert!(audited().is_empty());

    // Whose a key is lies before the name of the master key; then comes the sealed secret key.
    let shown = entry(app, &tenant, &customer.access_key_id);
    let marker = hex::decode(shown.text_at("master_key_id")).expect("hexadecimal");
    let owner_ends = |content: &[u8]| {
        let found = content.windows(marker.len()).position(|part| part == marker);
        found.expect("the master key's name")
    };
    let (_, distributors) = stored(app, &tenant.distributor);
    let (name, customers) = stored(app, customer);
    let owner = &distributors[..owner_ends(&distributors)];
    let forged = [owner, &customers[owner_ends(&customers)..]].concat();
    let checksum = xxhash_rust::xxh3::xxh3_64(&forged).to_be_bytes();
    app.set(&name, &[&forged[..], &checksum].concat());

    let unknown = Key { access_key_id: "nobody".to_owned(), ..customer.clone() };
    let refused = balances(app, &unknown).reply;
    let reply = balances(app, customer).reply;
    assert_eq!(
        (reply.status, reply.json().text_at("error_msg").to_owned()),
        (401, refused.json().text_at("error_msg").to_owned())
    );
    assert_eq!(*entry(app, &tenant, &customer.access_key_id).at("authentic"), Json::Bool(false));
    assert_eq!(audited(), std::slice::from_ref(&customer.access_key_id));

    // The register has it as it was: the operator's word puts the copy right.
    set_status(app, &customer.access_key_id, "active");
    assert_eq!(status(app, customer), 403);
    assert!(audited().is_empty());
}

#[test]
fn a_stranger_locks_a_key_for_its_own_address_only() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let forger = Key { secret_key: "wrong".to_owned(), ..key.clone() };
    let body = json!({"access_key_id": key.access_key_id, "ttl_seconds": 60});
    let issued = app.operator("POST", "/operator/v1/tokens", body.to_string()).json();
    while entry(app, &tenant, &key.access_key_id).get("locked_until").is_none() {
        assert_eq!(status(app, &forger), 401);
    }
    assert_eq!(status(app, key), 401);
    let path = crate::harness::contract::path_of("ListPartnerBalances");
    let from = |address: &'static str| {
        let request = signer::sign(Request::new("GET", path, ""), key, &app.address());
        app.send_from(address, &request).status
    };
    assert_eq!(from("127.0.0.2"), 200, "another address than the stranger's");
    assert_eq!(from("127.0.0.1"), 401);

    // The operator ends the lock; tokens of the key go on.
    assert_eq!(set_status(app, &key.access_key_id, "active").status, 200);
    assert_eq!(from("127.0.0.1"), 200);
    let with_token = Request::new("GET", path, "").with("X-Auth-Token", issued.text_at("token"));
    assert_eq!(app.send(&with_token).status, 200);
}

#[test]
fn of_two_who_create_one_key_at_once_one_is_refused() {
    let app = App::shared();
    for round in 0..5 {
        let tenant = Tenant::in_books_of(app);
        let id = format!("{}-race-{round}", tenant.tenant_id);
        let key = |number: usize| Key {
            access_key_id: id.clone(),
            secret_key: format!("secret-of-racer-{number}"),
            principal_id: tenant.distributor.principal_id.clone(),
        };
        let ask = |number: usize| {
            let key = key(number);
            let body = json!({"tenant_id": tenant.tenant_id, "partner_id": key.principal_id,
                              "access_key_id": key.access_key_id, "secret_key": key.secret_key});
            create(app, &body).status
        };
        let answers: Vec<u16> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..4).map(|number| scope.spawn(move || ask(number))).collect();
            racers.into_iter().map(|racer| racer.join().expect("an answer")).collect()
        });
        let won = |status: &u16| *status == 201;
        assert_eq!(answers.iter().filter(|status| won(status)).count(), 1, "{answers:?}");
        for (number, answer) in answers.iter().enumerate() {
            let expected = if won(answer) { 200 } else { 401 };
            assert_eq!(status(app, &key(number)), expected, "{answers:?}");
        }
    }
}

#[test]
fn a_repeat_changes_nothing_and_shows_no_secret() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.customer;
    let body = json!({"tenant_id": tenant.tenant_id, "customer_id": key.principal_id,
                      "access_key_id": key.access_key_id, "secret_key": key.secret_key});
    let before = listed(app, &tenant);
    let reply = create(app, &body);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(!reply.text().contains("secret"), "{}", reply.text());
    assert_eq!(listed(app, &tenant), before);
}

#[test]
fn refuses_what_is_wrong_and_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (id, partner) = (&tenant.tenant_id, &tenant.distributor.principal_id);
    let before = listed(app, &tenant);
    let refused = (400, "CBC.0100".to_owned());
    for body in [
        json!({"tenant_id": "nothing", "partner_id": partner}),
        json!({"tenant_id": id, "partner_id": "nobody"}),
        json!({"tenant_id": id}),
        json!({"tenant_id": id, "partner_id": partner, "customer_id": tenant.customers[0]}),
        json!({"tenant_id": id, "partner_id": partner, "access_key_id": ""}),
        json!({"tenant_id": id, "partner_id": partner, "secret_key": "x".repeat(257)}),
        json!({"tenant_id": id, "partner_id": partner, "secret_key": "fifteen-letters"}),
        json!({"tenant_id": id, "partner_id": partner, "status": "active"}),
        json!({"tenant_id": id, "partner_id": partner, "secret_key": "another-secret-key",
               "access_key_id": tenant.distributor.access_key_id}),
    ] {
        assert_eq!(create(app, &body).outcome(), refused, "{body}");
    }
    assert_eq!(set_status(app, &tenant.distributor.access_key_id, "gone").outcome(), refused);
    assert_eq!(set_status(app, "nobody", "inactive").outcome(), (404, "CBC.0101".to_owned()));
    let unknown = app.operator("GET", &format!("{PATH}?tenant_id=nothing"), "");
    assert_eq!(unknown.outcome(), (404, "CBC.0101".to_owned()));
    for query in ["", "?tenant_id=", "?tenant_id=x&limit=0", "?tenant_id=x&limit=101"] {
        let reply = app.operator("GET", &format!("{PATH}{query}"), "");
        assert_eq!(reply.outcome(), refused, "{query}");
    }
    assert_eq!(listed(app, &tenant), before);
}

#[test]
fn says_that_the_master_key_is_missing() {
    let app = App::start_with(Variables { master_key: "", ..Variables::default() });
    let lines = concat!(
        r#"{"kind": "tenant", "tenant_id": "t", "name": "t"}"#,
        "\n",
        r#"{"kind": "partner", "tenant_id": "t", "partner_id": "p", "partner_kind": "distributor"}"#,
    );
    assert_eq!(app.operator("POST", "/operator/v1/books", lines).status, 200);
    let reply = create(&app, &json!({"tenant_id": "t", "partner_id": "p"}));
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
    assert!(reply.text().contains("master_key"), "{}", reply.text());
}
