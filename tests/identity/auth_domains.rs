//! `KeystoneListAuthDomains`: whose a key is, asked by the SDK when its client has no domain id.

use std::process::Command;

use serde_json::json;

use crate::harness::app::App;
use crate::harness::book::DEMO;
use crate::harness::http::{Reply, Request};
use crate::harness::json::Json;
use crate::harness::signer::{self, Key};
use crate::harness::tenant::Tenant;

const PATH: &str = "/v3/auth/domains";

fn ask(app: &App, key: &Key) -> Reply {
    app.get(key, PATH)
}

/// The two variables that direct a program of the SDK to the bundle.
fn directed(command: &mut Command, app: &App) -> String {
    let url = format!("http://{}", app.address());
    command.env("HUAWEICLOUD_SDK_REGION_BSS_CN_NORTH_1", &url);
    command.env("HUAWEICLOUD_SDK_IAM_ENDPOINT", &url);
    url
}

#[test]
fn a_program_of_the_sdk_works_unchanged_once_two_variables_direct_it_here() {
    let app = App::shared();
    let key = DEMO.key(DEMO.partners("distributor")[0]);
    let python = std::env::var("PYTHON_SDK").expect("PYTHON_SDK names a Python with the SDK");
    let mut program = Command::new(python);
    program.args(["-W", "ignore"]).arg(concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/unchanged.py"));
    program.env("PROGRAM_AK", &key.access_key_id).env("PROGRAM_SK", &key.secret_key);
    directed(&mut program, app);
    let output = program.output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = Json::parse(&String::from_utf8_lossy(&output.stdout)).expect("JSON");
    assert_eq!(output.text_at("domain_id"), key.principal_id);
    let balances = output.at("balances").at("account_balances").as_list();
    assert_eq!(balances.len(), DEMO.balances(&key.principal_id).len());
}

#[test]
fn names_the_owner_of_the_key_whatever_it_is() {
    let app = App::shared();
    let distributor = DEMO.partners("distributor")[0];
    let customer = DEMO.customers(distributor, "2")[0];
    for (id, name) in [(distributor, "distributor_demo"), (customer, "customer001_demo")] {
        let reply = ask(app, &DEMO.key(id));
        assert_eq!(reply.status, 200, "{}", reply.text());
        let domain = json!({"id": id, "name": name, "enabled": true, "links": {}});
        let expected = json!({"domains": [domain], "links": {}});
        assert_eq!(reply.json(), Json::parse(&expected.to_string()).expect("JSON"));
    }
    let reseller = Tenant::in_books_of(app).reseller;
    let reply = ask(app, &reseller).json();
    assert_eq!(reply.at("domains").as_list()[0].text_at("id"), reseller.principal_id);
}

#[test]
fn is_content_with_a_signature_over_host_agent_and_date() {
    let app = App::shared();
    let key = DEMO.key(DEMO.partners("distributor")[0]);
    let date = chrono::Utc::now().format("%Y%m%dT%H%M%SZ").to_string();
    let request = Request::new("GET", PATH, "")
        .with("Host", &app.address())
        .with("User-Agent", "huaweicloud-usdk-python/3.0")
        .with("X-Sdk-Date", &date);
    let names = ["host", "user-agent", "x-sdk-date"].map(str::to_owned);
    let signature = signer::signature(&request, &names, &key);
    let mut signed = signer::authorize(request, &key.access_key_id, &names, &signature);
    // The client sends one of its own.
    signed.headers.retain(|(name, _)| name != "Host");
    assert_eq!(app.send(&signed).status, 200);

    let other = Key { secret_key: "another".to_owned(), ..key };
    let request = Request::new("GET", PATH, "");
    let wrong = signer::sign(request, &other, &app.address());
    assert_eq!(app.send(&wrong).outcome(), (401, "APIGW.0301".to_owned()));
}

#[test]
fn refuses_what_is_not_signed_and_parameters_that_it_does_not_have() {
    let app = App::shared();
    let key = DEMO.key(DEMO.partners("distributor")[0]);
    let unsigned = app.send(&Request::new("GET", PATH, ""));
    assert_eq!(unsigned.outcome(), (401, "APIGW.0301".to_owned()));
    let reply = app.get(&key, &format!("{PATH}?name=x"));
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
    let reply = app.post(&key, PATH, "{}");
    assert_eq!(reply.outcome().0, 405);
}
