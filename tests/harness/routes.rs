//! The routes of `spin.toml`, and the published operations that they serve.

use std::sync::LazyLock;

use toml::{Table, Value};

use crate::harness::app::{App, ROOT};
use crate::harness::contract;
use crate::harness::http::Request;

/// The methods of the API.
pub const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// How the routes begin that clients do not sign.
const UNSIGNED: [&str; 5] = ["/operator/", "/console", "/real-name", "/openapi.json", "/..."];

/// Where to start; every path begins so.
const START: &str = "/";

/// How the routes begin that are signed and not among the published operations.
const BESIDE_THE_CONTRACT: [&str; 3] = ["/v1.0/", "/v3/auth/domains", "/partner-centre/"];

/// Each route of `spin.toml`, and its component.
static TRIGGERS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let text = std::fs::read_to_string(format!("{ROOT}/spin.toml")).expect("spin.toml");
    let manifest: Table = text.parse().expect("spin.toml is TOML");
    let triggers = manifest["trigger"]["http"].as_array().expect("HTTP triggers");
    assert!(!triggers.is_empty());
    let text = |trigger: &Value, name: &str| trigger[name].as_str().expect("a text").to_owned();
    triggers.iter().map(|trigger| (text(trigger, "route"), text(trigger, "component"))).collect()
});

/// The routes of `spin.toml`.
pub fn routes() -> Vec<String> {
    TRIGGERS.iter().map(|(route, _)| route.clone()).collect()
}

/// The path of the partner centre at which published operations of a path answer too, if there is one.
pub fn second_path_of(path: &str) -> Option<&'static str> {
    let (_, component) = TRIGGERS.iter().find(|(route, _)| route == path)?;
    let is_second =
        |(route, of): &&(String, String)| route.starts_with("/partner-centre/") && of == component;
    TRIGGERS.iter().find(is_second).map(|(route, _)| route.as_str())
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

/// Every method and path that clients sign.
pub fn signed_calls(app: &App) -> Vec<(&'static str, String)> {
    let is_signed =
        |route: &String| route != START && !UNSIGNED.iter().any(|begin| route.starts_with(begin));
    let paths = routes().into_iter().filter(is_signed).map(|route| path_of(&route));
    let calls = |path: String| methods_of(app, &path).into_iter().map(move |it| (it, path.clone()));
    paths.flat_map(calls).collect()
}

/// Those of [`signed_calls`] that are the partner centre's.
pub fn partner_centre_calls(app: &App) -> Vec<(&'static str, String)> {
    let mut calls = signed_calls(app);
    calls.retain(|(_, path)| path.starts_with("/partner-centre/"));
    calls
}

/// Those of [`signed_calls`] that are published operations.
pub fn published_calls(app: &App) -> Vec<(&'static str, String)> {
    let mut calls = signed_calls(app);
    calls.retain(|(_, path)| !BESIDE_THE_CONTRACT.iter().any(|begin| path.starts_with(begin)));
    for (method, path) in &calls {
        assert!(contract::find(method, path).is_some(), "{method} {path} is not published");
    }
    calls
}
