//! Every route of the operator's takes its token alone, and is closed while there is none.

use serde_json::json;

use crate::harness::app::{App, Variables};
use crate::harness::book::DEMO;
use crate::harness::documentation;
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
            ("one of nobody", with(&format!("Bearer pboperator1_nobody_{}", "0".repeat(40)))),
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
    for operator_token in ["", "fifteen-letters"] {
        closed_with(operator_token);
    }
}

fn closed_with(operator_token: &'static str) {
    let app = App::start_with(Variables { operator_token, ..Variables::default() });
    for (method, path) in calls(&app) {
        for token in ["Bearer ", "Bearer x", "Bearer fifteen-letters", ""] {
            let request = Request::new(method, &path, "{}").with("Authorization", token);
            let reply = app.send(&request);
            let closed = (403, "CBC.0151".to_owned());
            assert_eq!(reply.outcome(), closed, "{method} {path} {token:?}");
            assert!(reply.text().contains("operator_token"), "{}", reply.text());
        }
    }
}

#[test]
fn every_route_of_the_operator_needs_the_role_that_is_written_of_it() {
    let app = App::shared();
    let roles = [
        ("read", vec!["read"]),
        ("reviews", vec!["read", "reviews"]),
        ("support", vec!["read", "support"]),
        ("everything", vec!["read", "reviews", "support", "everything"]),
    ];
    let tokens = roles.map(|(role, included)| {
        let body = json!({"name": format!("of-{role}"), "role": role, "ttl_seconds": 600});
        let made = app.operator("POST", "/operator/v1/operators", body.to_string());
        assert_eq!(made.status, 201, "{}", made.text());
        (role, included, made.json().text_at("token").to_owned())
    });
    let written = documentation::operator_roles();
    for (method, path) in calls(app) {
        let needed = written.iter().find(|row| (row.method, row.path) == (method, path.as_str()));
        let needed = needed.unwrap_or_else(|| panic!("{method} {path} is not written of")).caller;
        for (role, included, token) in &tokens {
            // Nothing of the kind is a parameter or field, so that an open route does nothing.
            let target = format!("{path}?nothing-of-the-kind=1");
            let bearer = format!("Bearer {token}");
            let request = Request::new(method, &target, "{}").with("Authorization", &bearer);
            let outcome = app.send(&request).outcome();
            if included.contains(&needed) {
                let refused = (400, "CBC.0100".to_owned());
                assert_eq!(outcome, refused, "{method} {path} as {role}");
            } else {
                let denied = (403, "CBC.0151".to_owned());
                assert_eq!(outcome, denied, "{method} {path} as {role}");
            }
        }
    }
}
