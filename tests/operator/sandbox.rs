//! `GET` and `PUT /operator/v1/sandbox`.

use std::process::Command;

use crate::harness::app::App;
use crate::harness::http::Request;
use crate::harness::json::Json;
use crate::harness::sandbox::switch;
use crate::harness::tenant::Tenant;

const BALANCES: &str = "/v2/accounts/partner-accounts/balances";

#[test]
fn a_demo_tenant_has_the_limits_of_the_live_service_while_they_are_on() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let ask = || {
        let request = Request::new("GET", BALANCES, "").with("X-Apig-Mode", "debug");
        app.call(&tenant.distributor, request)
    };
    assert_eq!(ask().header("x-apig-ratelimit-api"), None);
    assert_eq!(switch(app, &tenant.tenant_id, true, false).status, 200);
    // On a slow machine a second may have room for all that comes in it: it goes on until one is refused.
    let mut replies = vec![ask()];
    while replies.len() < 5_000 && replies.last().is_some_and(|reply| reply.status == 200) {
        replies.push(ask());
    }
    let throttled: Vec<_> = replies.iter().filter(|reply| reply.status == 429).collect();
    assert_eq!(throttled.len(), 1);
    assert!(replies.len() > 10, "the first ten of a second are answered");
    for reply in &replies {
        let told = reply.header("x-apig-ratelimit-api").expect("how many are left");
        assert!(told.starts_with("remain:") && told.ends_with(",limit:10,time:1 second"), "{told}");
    }
    for reply in &throttled {
        assert_eq!(reply.outcome(), (429, "APIGW.0308".to_owned()));
        assert_eq!(reply.header("retry-after"), Some("1"));
        assert!(reply.header("x-request-id").is_some());
    }
    assert_eq!(switch(app, &tenant.tenant_id, false, false).status, 200);
    assert!((0..12).all(|_| ask().status == 200));
}

#[test]
fn a_client_that_asks_too_fast_goes_on_by_what_the_sdk_tries_again() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    assert_eq!(switch(app, &tenant.tenant_id, true, false).status, 200);
    let python = std::env::var("PYTHON_SDK").expect("PYTHON_SDK names a Python with the SDK");
    let mut program = Command::new(python);
    program.args(["-W", "ignore"]).arg(concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/throttled.py"));
    let key = &tenant.distributor;
    program.env("PROGRAM_AK", &key.access_key_id).env("PROGRAM_SK", &key.secret_key);
    program.env("PROGRAM_ENDPOINT", format!("http://{}", app.address()));
    let output = program.output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = Json::parse(&String::from_utf8_lossy(&output.stdout)).expect("JSON");
    assert!(told.at("refusals").as_integer() > 0, "{told:?}");
    assert!(told.at("answered").as_integer() >= 10, "{told:?}");
}

#[test]
fn shows_what_is_on_and_refuses_tenants_that_do_not_only_play() {
    let app = App::shared();
    let (tenant, other) = (Tenant::playing_in(app), Tenant::in_books_of(app));
    let shown = || {
        let target = format!("/operator/v1/sandbox?tenant_id={}", tenant.tenant_id);
        app.operator("GET", &target, "").text().to_owned()
    };
    assert!(shown().contains(r#""limits":false,"records_requests":false"#), "{}", shown());
    assert_eq!(switch(app, &tenant.tenant_id, false, true).status, 200);
    assert!(shown().contains(r#""limits":false,"records_requests":true"#), "{}", shown());
    let outcome = |tenant_id: &str| switch(app, tenant_id, true, true).outcome();
    assert_eq!(outcome(&other.tenant_id), (403, "CBC.0151".to_owned()));
    assert_eq!(outcome("demo-nothing"), (404, "CBC.0101".to_owned()));
}
