//! `GET` and `PUT /operator/v1/sandbox`.

use crate::harness::app::App;
use crate::harness::http::Request;
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
    // Two seconds have room for twenty; the machine may be slow, so many more are tried.
    let replies: Vec<_> = (0..200).map(|_| ask()).collect();
    let throttled: Vec<_> = replies.iter().filter(|reply| reply.status == 429).collect();
    assert!(replies.iter().any(|reply| reply.status == 200));
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
