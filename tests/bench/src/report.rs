//! The figures as `report.json` has them.

use serde::Serialize;

use crate::operation::Kind;

/// All figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Each operation at each number of clients.
    pub routes: Vec<Route>,
    /// Commits of the store for each coupon that is issued alone, folds included; null on a host
    /// that does not count.
    pub commits_per_issue: Option<f64>,
    /// Each operation on books of each size, with eight clients.
    pub growth: Vec<Growth>,
    /// The bundle's components.
    pub components: Vec<Component>,
    /// Lines of fee records imported in a second, into the largest books.
    pub import_lines_per_second: f64,
}

/// An operation, measured in turn with its floor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Route {
    /// The operation.
    pub route: String,
    /// What it is compared with.
    pub kind: Kind,
    /// Kept-alive clients at one time.
    pub clients: usize,
    /// Requests that were sent in all runs: of some operations few can be. For the table, as
    /// [`floor_with_calls_rps`](Self::floor_with_calls_rps).
    #[serde(skip)]
    pub sent: usize,
    /// Requests per second.
    pub rps: f64,
    /// Those of the floor.
    pub floor_rps: f64,
    /// Its share of the floor's.
    pub ratio: f64,
    /// Requests per second of the floor that asks the store as often as the operation does; none on
    /// a host that does not count. For the table: what reads the report's file does not know it.
    #[serde(skip)]
    pub floor_with_calls_rps: Option<f64>,
    /// Time within which half of the requests were answered, in milliseconds.
    pub p50_ms: f64,
    /// Time within which 99 of 100 were.
    pub p99_ms: f64,
    /// Reads of one key for each request; null on a host that does not count, as the next two.
    pub gets: Option<f64>,
    /// Compare-and-swaps for each request.
    pub swaps: Option<f64>,
    /// Reads, writes and deletions of several keys for each request.
    pub batches: Option<f64>,
}

/// An operation on books of one size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Growth {
    /// The operation.
    pub route: String,
    /// Fee records in the books, and as many coupons.
    pub records: u32,
    /// Requests per second.
    pub rps: f64,
    /// Its share of those on the smallest books.
    pub speed_vs_smallest: f64,
    /// Calls of the store for each request; null on a host that does not count.
    pub calls: Option<f64>,
}

/// A component's size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Component {
    /// Its package.
    pub name: String,
    /// Its file's bytes.
    pub bytes: u64,
}

/// A figure to three decimals: more of them would be noise.
pub fn rounded(figure: f64) -> f64 {
    (figure * 1000.0).round() / 1000.0
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    pub(crate) fn report() -> Report {
        let route = Route {
            route: "ListPartnerBalances".to_owned(),
            kind: Kind::Read,
            clients: 8,
            sent: 1_800,
            rps: 3000.5,
            floor_rps: 5000.0,
            ratio: 0.6,
            floor_with_calls_rps: Some(4000.0),
            p50_ms: 2.25,
            p99_ms: 5.5,
            gets: Some(2.0),
            swaps: Some(0.0),
            batches: Some(1.0),
        };
        let growth = |records, rps, speed_vs_smallest| Growth {
            route: "ListPartnerBalances".to_owned(),
            records,
            rps,
            speed_vs_smallest,
            calls: Some(3.0),
        };
        Report {
            routes: vec![route],
            commits_per_issue: Some(1.029),
            growth: vec![growth(1_000, 3000.0, 1.0), growth(1_000_000, 2700.0, 0.9)],
            components: vec![Component { name: "not-found".to_owned(), bytes: 100_177 }],
            import_lines_per_second: 12_000.0,
        }
    }

    #[test]
    fn has_exactly_the_fields_that_its_readers_know() {
        let mut report = report();
        report.growth.truncate(1);
        let mut expected = json!({
            "routes": [{
                "route": "ListPartnerBalances", "kind": "read", "clients": 8, "rps": 3000.5,
                "floor_rps": 5000.0, "ratio": 0.6, "p50_ms": 2.25, "p99_ms": 5.5,
                "gets": 2.0, "swaps": 0.0, "batches": 1.0,
            }],
            "commits_per_issue": 1.029,
            "growth": [{
                "route": "ListPartnerBalances", "records": 1000, "rps": 3000.0,
                "speed_vs_smallest": 1.0, "calls": 3.0,
            }],
            "components": [{"name": "not-found", "bytes": 100_177}],
            "import_lines_per_second": 12_000.0,
        });
        assert_eq!(serde_json::to_value(&report).expect("JSON"), expected);

        report.routes[0].kind = Kind::Write;
        report.routes[0].gets = None;
        expected["routes"][0]["kind"] = "write".into();
        expected["routes"][0]["gets"] = json!(null);
        assert_eq!(serde_json::to_value(&report).expect("JSON"), expected);
    }

    #[test]
    fn figures_have_three_decimals() {
        assert_eq!(rounded(1.234_56), 1.235);
        assert_eq!(rounded(2.0), 2.0);
    }
}
