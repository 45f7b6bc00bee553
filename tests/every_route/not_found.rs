//! Every path that is not published: 404 in the envelope of the API's gateway.

use crate::harness::app::App;
use crate::harness::book::DEMO;
use crate::harness::http::{Reply, Request};

fn assert_not_found(reply: &Reply, what: &str) {
    assert_eq!(reply.outcome(), (404, "APIGW.0101".to_owned()), "{what}");
}

#[test]
fn answers_unknown_paths_with_the_envelope() {
    let app = App::shared();
    let key = DEMO.key(DEMO.partners("distributor")[0]);
    let long = format!("/{}", "x".repeat(4000));
    for path in [
        "/v2",
        "/v1/accounts/partner-accounts/balances",
        "/v2/accounts/partner-accounts",
        "/v2/accounts/partner-accounts/balances/more",
        "/v2/accounts/partner-accounts/balance",
        "/v2/accounts/PARTNER-ACCOUNTS/balances",
        "/v2//accounts/partner-accounts/balances",
        "/operator",
        "/operator/v1",
        "/operator/v1/nothing",
        "/operator/v2/audit",
        "/%00",
        "/%FF/%2e%2e/%2f",
        "/v2/../operator/v1/audit",
        &long,
    ] {
        assert_not_found(&app.send(&Request::new("GET", path, "")), path);
        assert_not_found(&app.get(&key, path), path);
        assert_not_found(&app.operator("GET", path, ""), path);
    }
}

#[test]
fn answers_every_method_alike() {
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let request = Request::new(method, "/v2/nothing", "{}");
        assert_not_found(&App::shared().send(&request), method);
    }
}

#[test]
fn does_not_tell_published_operations_that_do_not_work_yet_from_others() {
    let app = App::shared();
    let served = crate::harness::routes::routes();
    for operation in crate::harness::contract::operations() {
        let path = crate::harness::contract::text(&operation["path"]).replace(['{', '}'], "");
        if served.iter().any(|route| crate::harness::routes::serves(route, &path)) {
            continue;
        }
        let method = crate::harness::contract::text(&operation["method"]);
        assert_not_found(&app.send(&Request::new(method, &path, "")), &path);
    }
}
