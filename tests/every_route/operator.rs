//! Every route of the operator's takes its token alone, and is closed while there is none.

use crate::harness::app::{App, Variables};
use crate::harness::book::DEMO;
use crate::harness::http::Request;
use crate::harness::routes::{methods_of, path_of, routes};
use crate::harness::signer;

/// Every method and path of the operator's.
fn calls(app: &App) -> Vec<(&'static str, String)> {
    let operators = routes().into_iter().filter(|route| route.starts_with("/operator/"));
    let paths = operators.map(|route| path_of(&route));
    let calls = |path: String| methods_of(app, &path).into_iter().map(move |it| (it, path.clone()));
    paths.flat_map(calls).collect()
}

#[test]
fn every_route_of_the_operator_refuses_a_wrong_token() {
    let app = App::shared();
    let key = DEMO.key(DEMO.partners("distributor")[0]);
    for (method, path) in calls(app) {
        let bare = Request::new(method, &format!("{path}?tenant_id=demo-distributor"), "{}");
        let with = |value: &str| bare.clone().with("Authorization", value);
        let signed = signer::sign(bare.clone(), &key, &app.address());
        for (what, request) in [
            ("none", bare.clone()),
            ("a wrong one", with("Bearer wrong")),
            ("a longer one", with("Bearer operator-token-of-the-tests-and-more")),
            ("an empty one", with("Bearer")),
            ("a blank one", with("Bearer ")),
            ("one without its scheme", with("operator-token-of-the-tests")),
            ("another scheme", with("Basic b3BlcmF0b3I=")),
            ("a signature", signed),
        ] {
            let outcome = app.send(&request).outcome();
            assert_eq!(outcome, (401, "CBC.0154".to_owned()), "{method} {path}: {what}");
        }
    }
}

#[test]
fn every_route_of_the_operator_is_closed_while_there_is_no_token() {
    let app = App::start_with(Variables { operator_token: "", ..Variables::default() });
    for (method, path) in calls(&app) {
        for token in ["Bearer ", "Bearer x", ""] {
            let request = Request::new(method, &path, "{}").with("Authorization", token);
            let reply = app.send(&request);
            let closed = (403, "CBC.0151".to_owned());
            assert_eq!(reply.outcome(), closed, "{method} {path} {token:?}");
            assert!(reply.text().contains("operator_token"), "{}", reply.text());
        }
    }
}
