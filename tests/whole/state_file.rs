//! What is stored is what any store can hold, and gives no secret away.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::app::{App, Variables};
use crate::harness::book::{Book, DEMO};
use crate::harness::contract::{self, list, text};
use crate::harness::good_requests::{of_tenant, request, served};
use crate::harness::http::Request;
use crate::harness::json::Json;
use crate::harness::redis_server::PASSWORD;
use crate::harness::registration::code_for;
use crate::harness::routes::{methods_of, routes};
use crate::harness::signer::Key;
use crate::harness::store::{contains, files};
use crate::harness::tenant::Tenant;

/// The number of keys with each prefix.
fn keys_by_prefix(app: &App) -> BTreeMap<String, usize> {
    let mut keys = BTreeMap::new();
    for key in app.entries().into_keys() {
        let prefix = key.split_inclusive('.').next().unwrap_or_default().to_owned();
        *keys.entry(prefix).or_default() += 1;
    }
    keys
}

fn secrets(book: &Book) -> Vec<&str> {
    book.of_kind("access_key").map(|line| line.text_at("secret_key")).collect()
}

#[test]
fn a_look_into_the_store_shows_heads_pages_and_credentials() {
    let app = App::start();
    app.import(&DEMO);
    let keys = keys_by_prefix(&app);
    let count = |prefix: &str| keys.get(prefix).copied().unwrap_or_default();
    let lines = |kind: &str| DEMO.of_kind(kind).count();
    assert_eq!(count("cred."), lines("access_key"), "{keys:?}");
    assert!(count("head.") >= lines("tenant"), "{keys:?}");
    assert!(count("page.") > 0, "{keys:?}");
}

#[test]
fn no_value_is_too_large_for_any_store_of_spins() {
    let app = App::shared();
    Tenant::in_books_of(app);
    for (key, value) in app.entries() {
        assert!(value.len() < 256 * 1024, "{key} has a value of {} bytes", value.len());
        assert!(key.len() <= 255, "a key of {} bytes: {key}", key.len());
    }
}

#[test]
fn no_secret_key_is_in_the_state_or_in_the_log() {
    let app = App::start();
    app.import(&DEMO);
    for key in DEMO.of_kind("access_key") {
        let principal = key.get("partner_id").or(key.get("customer_id")).map(Json::as_text);
        let key = DEMO.key(principal.expect("of somebody"));
        app.get(&key, "/v2/accounts/partner-accounts/balances");
    }
    let mut secrets = secrets(&DEMO);
    assert!(!secrets.is_empty());
    secrets.push(PASSWORD);
    let mut credentials_found = false;
    for file in app.directories().iter().flat_map(|directory| files(directory)) {
        let bytes = std::fs::read(&file).expect("a file");
        credentials_found |= contains(&bytes, "cred.");
        for secret in &secrets {
            assert!(!contains(&bytes, secret), "{secret} is in {}", file.display());
        }
    }
    assert!(credentials_found, "none of the files is the store's");
    let log = app.log();
    assert!(!secrets.iter().any(|secret| log.contains(secret)), "{log}");
}

/// Values for the fields of any operation that nobody may find again: where they lie they are
/// sealed or hashed.
const PLANTED: [(&str, &str); 9] = [
    ("password", "Planted-Pa55word!"),
    ("mobile_phone", "13977788811"),
    ("mobile", "13977788822"),
    ("email", "planted@secret.example"),
    ("verified_number", "440301199901019876"),
    ("legel_id_number", "440301199901019877"),
    ("bank_account", "6222021234567890123"),
    ("name", "Planted-Name"),
    ("legel_name", "Planted-Legal-Name"),
];

/// A good body with planted values wherever the contract has a field for them.
fn planted(fields: &[Value], body: &mut Value) {
    for field in fields {
        let name = text(&field["name"]);
        let planted_value = PLANTED.iter().find(|(known, _)| *known == name);
        match (text(&field["type"]), planted_value) {
            ("string", Some((_, value))) => body[name] = json!(value),
            ("object", _) => {
                let inner = list(&field["fields"]);
                let mut whole = json!({});
                for field in inner.iter().filter(|field| field["type"] == "string") {
                    whole[text(&field["name"])] = json!("1");
                }
                planted(inner, &mut whole);
                body[name] = whole;
            }
            _ => {}
        }
    }
}

/// Calls every operation that is served with planted values, signed and with a token.
fn call_everything(app: &App, tenant: &Tenant, token: &str, answers: &mut Vec<String>) {
    for operation in served(app) {
        let mut fields = of_tenant(operation, tenant);
        planted(list(&operation["request_body"]["fields"]), &mut fields);
        let request = request(operation, &fields);
        for key in [&tenant.distributor, &tenant.reseller, &tenant.customer] {
            answers.push(app.call(key, request.clone()).text().to_owned());
        }
        answers.push(app.send(&request.clone().with("X-Auth-Token", token)).text().to_owned());
        let forged = Key { secret_key: FORGED.to_owned(), ..tenant.reseller.clone() };
        answers.push(app.call(&forged, request).text().to_owned());
    }
}

const FORGED: &str = "planted-forged-secret-0123456789";

#[test]
fn nothing_planted_is_in_the_state_the_log_or_an_answer() {
    let app = App::start();
    let tenant = Tenant::in_books_of(&app);
    let (telephone, email) = ("13977788833", "planted-contact@secret.example");
    let line = json!({"kind": "customer", "tenant_id": tenant.tenant_id, "customer_id": "planted",
                      "partner_id": tenant.distributor.principal_id, "association_type": "2",
                      "telephone": telephone, "email": email});
    app.import(&Book::new(format!("{line}\n")));
    let created = json!({"tenant_id": tenant.tenant_id, "customer_id": "planted"});
    let created = app.operator("POST", "/operator/v1/access-keys", created.to_string()).json();
    let (id, made) = (created.text_at("access_key_id"), created.text_at("secret_key"));
    let issued = json!({"access_key_id": tenant.distributor.access_key_id, "ttl_seconds": 600});
    let issued = app.operator("POST", "/operator/v1/tokens", issued.to_string()).json();
    let token = issued.text_at("token");

    let mut answers = Vec::new();
    call_everything(&app, &tenant, token, &mut answers);
    // A token that was cut off, a wrong one of the operator's, and a book that is refused.
    let half = &token[..token.len() / 2];
    let balances = Request::new("GET", "/v2/accounts/partner-accounts/balances", "");
    answers.push(app.send(&balances.with("X-Auth-Token", half)).text().to_owned());
    let wrong = "Bearer planted-operator-token";
    for route in routes().iter().filter(|route| route.starts_with("/operator/")) {
        for method in methods_of(&app, route) {
            let request = Request::new(method, route, "").with("Authorization", wrong);
            answers.push(app.send(&request).text().to_owned());
            answers.push(app.operator(method, route, "").text().to_owned());
        }
    }
    let list = format!("/operator/v1/access-keys?tenant_id={}", tenant.tenant_id);
    answers.push(app.operator("GET", &list, "").text().to_owned());
    let taken = json!({"kind": "access_key", "tenant_id": tenant.tenant_id, "access_key_id": id,
                       "secret_key": FORGED, "customer_id": "planted"});
    answers.push(app.operator("POST", "/operator/v1/books", taken.to_string()).text().to_owned());

    let variables = Variables::default();
    let mut secrets: Vec<&str> = secrets(&tenant.book);
    secrets.extend([made, token, half, FORGED, "planted-operator-token"]);
    secrets.extend([variables.operator_token, variables.master_key]);
    for secret in &secrets {
        let found = answers.iter().find(|answer| answer.contains(secret));
        assert!(found.is_none(), "{secret} is in the answer {found:?}");
    }
    secrets.extend([telephone, email]);
    secrets.extend(PLANTED.map(|(_, value)| value));
    let log = app.log();
    for secret in &secrets {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
        for file in app.directories().iter().flat_map(|directory| files(directory)) {
            let bytes = std::fs::read(&file).expect("a file");
            assert!(!contains(&bytes, secret), "{secret} is in {}", file.display());
        }
    }
}

#[test]
fn no_password_code_or_mobile_number_is_in_the_state_or_in_the_log() {
    let app = App::start();
    let tenant = Tenant::playing_in(&app);
    let (mobile, password) = ("13898765432", "planted-Password-7");
    let code = code_for(&app, &tenant, mobile);
    let request = |code: &str| {
        json!({
            "domain_name": "planted", "xaccount_id": "x", "xaccount_type": "p",
            "mobile_phone": mobile, "verification_code": code, "password": password,
        })
    };
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for (code, status) in [(wrong, 400), (&code, 200)] {
        let request =
            Request::new("POST", contract::path_of("CreateSubCustomer"), request(code).to_string());
        let request = request.with("X-Client-Token", "planted-token");
        assert_eq!(app.call(&tenant.distributor, request).status, status);
    }
    // A code of six digits may well be part of some number in there; what no number can be is the
    // code in a text of its own, as JSON or as a record would have it.
    let as_json = format!("\"{code}\"");
    let as_record = format!("\x66{code}");
    let planted = [mobile, password, as_json.as_str(), as_record.as_str()];
    for file in app.directories().iter().flat_map(|directory| files(directory)) {
        let bytes = std::fs::read(&file).expect("a file");
        for text in planted {
            assert!(!contains(&bytes, text), "{text} is in {}", file.display());
        }
    }
    let log = app.log();
    assert!(!planted.iter().any(|text| log.contains(text)), "{log}");
}

#[test]
fn the_state_outlives_the_host() {
    let app = App::start();
    let tenant = Tenant::in_books_of(&app);
    let before = app.audit(&tenant.tenant_id);
    app.kill();
    app.restart();
    assert_eq!(app.audit(&tenant.tenant_id), before);
    let path = "/v2/accounts/partner-accounts/balances";
    assert_eq!(app.get(&tenant.distributor, path).status, 200);
}
