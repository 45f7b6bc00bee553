//! The routes of `spin.toml`, and the published operations that they serve.

use toml::{Table, Value};

use crate::harness::app::{App, ROOT};
use crate::harness::contract;
use crate::harness::http::Request;

/// The methods of the API.
pub const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// What is signed and not among the published operations: it has tests of its own.
const BESIDE_THE_CONTRACT: [&str; 1] = ["/v3/auth/domains"];

/// The routes of `spin.toml`.
pub fn routes() -> Vec<String> {
    let text = std::fs::read_to_string(format!("{ROOT}/spin.toml")).expect("spin.toml");
    let manifest: Table = text.parse().expect("spin.toml is TOML");
    let triggers = manifest["trigger"]["http"].as_array().expect("HTTP triggers");
    let routes: Vec<String> = triggers
        .iter()
        .map(|trigger| trigger.get("route").and_then(Value::as_str).expect("a route").to_owned())
        .collect();
    assert!(!routes.is_empty());
    routes
}

/// Whether a route other than the one for all the rest serves a path.
pub fn serves(route: &str, path: &str) -> bool {
    let form: Vec<String> = route
        .split('/')
        .map(|segment| {
            segment.strip_prefix(':').map_or(segment.to_owned(), |name| format!("{{{name}}}"))
        })
        .collect();
    route != "/..." && contract::matches(&form.join("/"), path)
}

/// A path that a route serves.
pub fn path_of(route: &str) -> String {
    let segments = route.split('/');
    let segments = segments.map(|segment| if segment.starts_with(':') { "x" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// The methods that work on a path: those that are not refused as such.
pub fn methods_of(app: &App, path: &str) -> Vec<&'static str> {
    let works = |method: &&str| app.send(&Request::new(method, path, "")).status != 405;
    let methods: Vec<&str> = METHODS.into_iter().filter(works).collect();
    assert!(!methods.is_empty(), "no method works on {path}");
    methods
}

/// Every method and path of a published operation that the bundle serves.
pub fn signed_calls(app: &App) -> Vec<(&'static str, String)> {
    let mut calls = Vec::new();
    for route in routes() {
        let is_beside = BESIDE_THE_CONTRACT.contains(&route.as_str());
        if route == "/..." || route.starts_with("/operator/") || is_beside {
            continue;
        }
        let path = path_of(&route);
        for method in methods_of(app, &path) {
            assert!(
                contract::find(method, &path).is_some(),
                "{method} {route} is neither published nor the operator's"
            );
            calls.push((method, path.clone()));
        }
    }
    calls
}
