//! Which component answers a path: Spin's rules.
//!
//! Exact segments come before `:name`, and that before a trailing `/...`; of several wildcards the
//! longest prefix counts. Of two triggers with one route only the later one counts. A slash at the
//! end of a path makes no difference. `routefinder` is what Spin itself builds on.

use std::borrow::Cow;

use anyhow::{Result, anyhow};
use routefinder::Captures;

use crate::manifest::Trigger;

const WILDCARD: &str = "/...";

/// The routes of an application.
#[derive(Debug)]
pub struct Router {
    routes: routefinder::Router<Route>,
}

/// One route and the component that it leads to.
#[derive(Debug)]
struct Route {
    /// As in the manifest.
    raw: String,
    /// From the root, and without a slash at the end.
    based: String,
    component: String,
}

/// The route that a path takes.
#[derive(Debug)]
pub struct Match<'r, 'p> {
    route: &'r Route,
    captures: Captures<'r, 'p>,
    path: &'p str,
}

impl Router {
    /// Fails on a route that cannot be read, naming it.
    pub fn new(triggers: &[Trigger]) -> Result<Self> {
        let mut routes = routefinder::Router::new();
        for trigger in without_duplicates(triggers) {
            let raw = &trigger.route;
            let absolute = format!("/{}", raw.strip_prefix('/').unwrap_or(raw));
            let based = absolute.strip_suffix('/').unwrap_or(&absolute);
            let pattern = match based.strip_suffix(WILDCARD) {
                Some(prefix) => format!("{prefix}/*"),
                None => based.to_owned(),
            };
            let route = Route {
                raw: raw.clone(),
                based: based.to_owned(),
                component: trigger.component.clone(),
            };
            routes
                .add(pattern, route)
                .map_err(|error| anyhow!("route `{raw}` cannot be read: {error}"))?;
        }
        Ok(Self { routes })
    }

    /// The route of `path`, which is as the client sent it, without the query.
    pub fn find<'r, 'p>(&'r self, path: &'p str) -> Option<Match<'r, 'p>> {
        let found = self.routes.best_match(path)?;
        Some(Match { route: found.handler(), captures: found.captures(), path })
    }
}

fn without_duplicates(triggers: &[Trigger]) -> Vec<&Trigger> {
    let mut kept: Vec<&Trigger> = Vec::new();
    for trigger in triggers {
        let Some(earlier) = kept.iter_mut().find(|earlier| earlier.route == trigger.route) else {
            kept.push(trigger);
            continue;
        };
        let Trigger { route, component, .. } = *earlier;
        eprintln!("host: a later trigger on `{route}` hides the one of component `{component}`");
        *earlier = trigger;
    }
    kept
}

impl Match<'_, '_> {
    /// The id of the component that answers.
    pub fn component(&self) -> &str {
        &self.route.component
    }

    /// The route as it is in the manifest.
    pub fn raw_route(&self) -> &str {
        &self.route.raw
    }

    /// The route as it is in the manifest, without the wildcard.
    pub fn raw_route_or_prefix(&self) -> &str {
        self.route.raw.strip_suffix(WILDCARD).unwrap_or(&self.route.raw)
    }

    /// The route from the root, and without a slash at the end.
    pub fn based_route(&self) -> &str {
        &self.route.based
    }

    /// What the `:name` segments stand for.
    pub fn named_segments(&self) -> impl Iterator<Item = (&str, &str)> {
        self.captures.iter()
    }

    /// What the wildcard stands for: empty, or with a slash at its start.
    pub fn path_info(&self) -> Cow<'_, str> {
        let Some(rest) = self.captures.wildcard() else {
            return Cow::Borrowed("");
        };
        // `routefinder` leaves the slash at the end out; Spin gives it to the component.
        match (rest.is_empty(), self.path.ends_with('/')) {
            (true, false) => Cow::Borrowed(""),
            (true, true) => Cow::Borrowed("/"),
            (false, false) => Cow::Owned(format!("/{rest}")),
            (false, true) => Cow::Owned(format!("/{rest}/")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[(&str, &str)]) -> Router {
        let triggers: Vec<Trigger> = routes
            .iter()
            .map(|(route, component)| {
                toml::from_str(&format!("route = {route:?}\ncomponent = {component:?}"))
                    .expect("is a trigger")
            })
            .collect();
        Router::new(&triggers).expect("is a router")
    }

    fn component<'r>(router: &'r Router, path: &str) -> Option<&'r str> {
        router.find(path).map(|found| found.route.component.as_str())
    }

    #[test]
    fn finds_exact_routes_and_nothing_else() {
        let router = router(&[("/", "root"), ("/a", "a"), ("/a/b", "b")]);
        assert_eq!(component(&router, "/"), Some("root"));
        assert_eq!(component(&router, "/a"), Some("a"));
        assert_eq!(component(&router, "/a/b"), Some("b"));
        assert_eq!(component(&router, "/a/b/c"), None);
        assert_eq!(component(&router, "/A"), None);
    }

    #[test]
    fn a_slash_at_the_end_makes_no_difference() {
        let router = router(&[("/a", "a"), ("/b/", "b")]);
        assert_eq!(component(&router, "/a/"), Some("a"));
        assert_eq!(component(&router, "/b"), Some("b"));
        assert_eq!(component(&router, "/b/"), Some("b"));
    }

    #[test]
    fn a_wildcard_stands_for_any_rest() {
        let router = router(&[("/a/...", "a")]);
        for (path, rest) in [("/a", ""), ("/a/", "/"), ("/a/b", "/b"), ("/a/b/c/", "/b/c/")] {
            let found = router.find(path).expect("is found");
            assert_eq!(found.path_info(), rest, "{path}");
        }
        assert_eq!(component(&router, "/ab"), None);
    }

    #[test]
    fn the_longest_prefix_wins_in_any_order() {
        let mut routes = [("/...", "all"), ("/a/...", "a"), ("/a/b/...", "b")];
        for _ in 0..routes.len() {
            routes.rotate_left(1);
            let router = router(&routes);
            assert_eq!(component(&router, "/a/b/c"), Some("b"));
            assert_eq!(component(&router, "/a/c"), Some("a"));
            assert_eq!(component(&router, "/c"), Some("all"));
        }
    }

    #[test]
    fn exact_comes_before_name_and_name_before_wildcard() {
        let mut routes = [("/a/...", "wildcard"), ("/a/:id", "name"), ("/a/b", "exact")];
        for _ in 0..routes.len() {
            routes.rotate_left(1);
            let router = router(&routes);
            assert_eq!(component(&router, "/a/b"), Some("exact"));
            assert_eq!(component(&router, "/a/c"), Some("name"));
            assert_eq!(component(&router, "/a/c/d"), Some("wildcard"));
        }
    }

    #[test]
    fn a_name_stands_for_one_segment() {
        let router = router(&[("/bills/:month/lines", "lines"), ("/bills/:month", "bill")]);
        let found = router.find("/bills/2026-01/lines").expect("is found");
        assert_eq!(found.component(), "lines");
        assert_eq!(found.named_segments().collect::<Vec<_>>(), [("month", "2026-01")]);
        assert_eq!(component(&router, "/bills/2026-01"), Some("bill"));
        assert_eq!(component(&router, "/bills/2026-01/other"), None);
    }

    #[test]
    fn of_two_triggers_with_one_route_the_later_counts() {
        let router =
            router(&[("/a", "first"), ("/b/...", "one"), ("/a", "second"), ("/b/...", "two")]);
        assert_eq!(component(&router, "/a"), Some("second"));
        assert_eq!(component(&router, "/b/c"), Some("two"));
    }

    #[test]
    fn tells_the_route_in_its_forms() {
        let router = router(&[("a/:id/...", "a"), ("/b/", "b")]);
        let found = router.find("/a/1/2").expect("is found");
        assert_eq!(found.raw_route(), "a/:id/...");
        assert_eq!(found.raw_route_or_prefix(), "a/:id");
        assert_eq!(found.based_route(), "/a/:id/...");
        assert_eq!(router.find("/b").expect("is found").based_route(), "/b");
    }

    #[test]
    fn paths_are_compared_as_they_were_sent() {
        let router = router(&[("/a b", "decoded"), ("/c/:id", "name")]);
        assert_eq!(component(&router, "/a%20b"), None);
        let found = router.find("/c/%2F").expect("is found");
        assert_eq!(found.named_segments().collect::<Vec<_>>(), [("id", "%2F")]);
    }
}
