//! `GET /` and `GET /openapi.json`: the same for everybody, without a key.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::truth::python;
use crate::harness::app::{App, ROOT, Variables};
use crate::harness::console::Browser;
use crate::harness::http::{Reply, Request};
use crate::harness::routes::{methods_of, path_of, routes};

/// The description as it is checked in.
const DESCRIPTION: &str = include_str!("../../functions/description/pages/src/openapi.json");

fn get(app: &App, path: &str, accept: &str) -> Reply {
    let mut request = Request::new("GET", path, "");
    if !accept.is_empty() {
        request = request.with("Accept", accept);
    }
    let reply = app.send(&request);
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    reply
}

#[test]
fn the_start_is_a_page_for_a_browser() {
    let reply = get(App::shared(), "/", "text/html,application/xhtml+xml,*/*;q=0.8");
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(Browser::new(App::shared()).page("/console/style.css").contains("main"));
    for place in [
        "href=\"/console/style.css\"",
        "href=\"/openapi.json\"",
        "href=\"/console\"",
        "/operator/v1/health",
    ] {
        assert!(reply.text().contains(place), "{place}: {}", reply.text());
    }
    let policy = reply.header("content-security-policy").expect("a policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'none'"] {
        assert!(policy.contains(part) && !policy.contains("unsafe"), "{policy}");
    }
    assert_eq!(reply.header("referrer-policy"), Some("same-origin"));
    assert_eq!(reply.header("cross-origin-opener-policy"), Some("same-origin"));
    for (name, expected) in [("vary", "accept"), ("cache-control", "no-store")] {
        assert_eq!(reply.header(name), Some(expected));
    }
}

#[test]
fn the_start_is_json_for_a_program_and_leads_to_what_is_there() {
    let app = App::shared();
    for accept in ["", "*/*", "application/json"] {
        let reply = get(app, "/", accept);
        assert_eq!(reply.header("content-type"), Some("application/json"), "{accept}");
        let start = reply.json();
        assert_eq!(start.text_at("openapi"), "/openapi.json");
        assert_eq!(app.operator("GET", start.text_at("health"), "").status, 200);
        assert_eq!(Browser::new(app).get(start.text_at("console")).status, 303);
    }
}

#[test]
fn the_description_is_served_as_it_is_checked_in() {
    let reply = get(App::shared(), "/openapi.json", "");
    assert!(reply.text() == DESCRIPTION, "it is another one");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn neither_needs_a_store_or_a_variable() {
    let app = App::start_with(Variables {
        operator_token: "",
        master_key: "",
        store: "none of the stores",
        ..Variables::default()
    });
    get(&app, "/", "");
    get(&app, "/openapi.json", "");
}

#[test]
fn other_methods_and_paths_are_refused() {
    let app = App::shared();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        for path in ["/", "/openapi.json"] {
            let reply = app.send(&Request::new(method, path, "{}"));
            assert_eq!(reply.outcome(), (405, "APIGW.0101".to_owned()), "{method} {path}");
        }
    }
    for path in ["/openapi.json/", "/openapi", "/OPENAPI.JSON", "//openapi.json"] {
        let reply = app.send(&Request::new("GET", path, ""));
        assert_eq!(reply.outcome(), (404, "APIGW.0101".to_owned()), "{path}");
    }
}

#[test]
fn the_description_has_every_route_with_its_methods_and_no_other() {
    let app = App::shared();
    let document: Value = serde_json::from_str(DESCRIPTION).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let described: BTreeSet<(String, String)> = paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods").keys();
            methods.map(move |method| (method.to_uppercase(), form_of(path, '{')))
        })
        .collect();
    let is_for_programs = |route: &String| !route.starts_with("/console") && route != "/...";
    let served: BTreeSet<(String, String)> = routes()
        .into_iter()
        .filter(is_for_programs)
        .flat_map(|route| {
            let methods = methods_of(app, &path_of(&route));
            methods.into_iter().map(move |method| (method.to_owned(), form_of(&route, ':')))
        })
        .collect();
    assert_eq!(described, served);
}

/// A path without the names of its variables.
fn form_of(path: &str, variable: char) -> String {
    let segments = path.split('/');
    let segments =
        segments.map(|segment| if segment.starts_with(variable) { "*" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[test]
fn the_description_is_openapi() {
    let file = format!("{ROOT}/functions/description/pages/src/openapi.json");
    let output = Command::new(python())
        .args(["-m", "openapi_spec_validator", &file])
        .output()
        .expect("the validator starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
