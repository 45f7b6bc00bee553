//! What the figures should be.

use crate::operation::{self, Aim};
use crate::report::{Growth, Report, Route};

/// The clients whose speed is compared with the floor's.
pub const CLIENTS: usize = 8;

/// The share of an operation's speed on the smallest books that it keeps on the largest.
pub const GROWTH: f64 = 0.80;

/// The most that 99 of 100 requests of one client take, in milliseconds: a delayed
/// acknowledgement takes forty.
pub const P99_MS: f64 = 20.0;

/// The most commits for a coupon issued alone.
pub const COMMITS_PER_ISSUE: f64 = 1.1;

/// Calls of the store that the largest books may need more than the smallest.
pub const CALLS_MORE: f64 = 2.0;

/// The least lines of fee records imported in a second.
pub const IMPORT_LINES_PER_SECOND: f64 = 10_000.0;

/// The share of its floor's speed that a row should have, if any.
pub fn ratio(route: &Route) -> Option<f64> {
    if route.clients != CLIENTS {
        return None;
    }
    match operation::find(&route.route).ok()?.aim {
        Aim::Share(share) => Some(share),
        Aim::Prompt | Aim::Nothing => None,
    }
}

/// Whether one client should be answered in time.
fn is_prompt(route: &Route) -> bool {
    let aim = operation::find(&route.route).map(|operation| operation.aim);
    route.clients == 1 && !matches!(aim, Ok(Aim::Nothing))
}

/// Whether a row is below its aims.
pub fn misses_route(route: &Route) -> bool {
    ratio(route).is_some_and(|aim| route.ratio < aim)
        || (is_prompt(route) && route.p99_ms >= P99_MS)
}

/// Whether an operation has become too slow, or asks the store too often, on larger books.
pub fn misses_growth(growth: &Growth, all: &[Growth]) -> bool {
    let smallest = all.iter().find(|other| other.route == growth.route);
    let calls = smallest.and_then(|smallest| smallest.calls).zip(growth.calls);
    growth.speed_vs_smallest < GROWTH
        || calls.is_some_and(|(before, now)| now - before > CALLS_MORE)
}

/// What is below its aim, one line each.
pub fn misses(report: &Report) -> Vec<String> {
    let mut misses = Vec::new();
    for route in report.routes.iter().filter(|route| misses_route(route)) {
        let Route { route: name, clients, ratio, p99_ms, .. } = route;
        misses.push(match self::ratio(route) {
            Some(aim) => format!("{name}: {ratio:.2} of the floor, not {aim:.2}"),
            None => format!("{name}, {clients} client: p99 {p99_ms:.1} ms, not below {P99_MS} ms"),
        });
    }
    for growth in report.growth.iter().filter(|growth| misses_growth(growth, &report.growth)) {
        let Growth { route, records, speed_vs_smallest: speed, .. } = growth;
        misses.push(format!(
            "{route}, {records} records: {speed:.2} of the smallest books' speed, not {GROWTH:.2}, \
             or more than {CALLS_MORE} further calls"
        ));
    }
    if let Some(commits) = report.commits_per_issue.filter(|commits| *commits > COMMITS_PER_ISSUE) {
        misses.push(format!("{commits:.3} commits for an issue, not {COMMITS_PER_ISSUE}"));
    }
    let import = report.import_lines_per_second;
    if import < IMPORT_LINES_PER_SECOND {
        misses
            .push(format!("{import:.0} lines imported in a second, not {IMPORT_LINES_PER_SECOND}"));
    }
    misses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    /// What a case makes worse in figures that are as they should be.
    type Worsen = fn(&mut Report);

    #[test]
    fn each_aim_is_missed_by_its_own_figure() {
        assert_eq!(misses(&report()), Vec::<String>::new());
        let cases: [(Worsen, &str); 6] = [
            (|report| report.routes[0].ratio = 0.549, "ListPartnerBalances: 0.55 of the floor"),
            (
                |report| (report.routes[0].clients, report.routes[0].p99_ms) = (1, 20.0),
                "ListPartnerBalances, 1 client: p99 20.0 ms",
            ),
            (
                |report| report.growth[1].speed_vs_smallest = 0.79,
                "ListPartnerBalances, 1000000 records: 0.79",
            ),
            (
                |report| report.growth[1].calls = Some(5.1),
                "ListPartnerBalances, 1000000 records: 0.90",
            ),
            (|report| report.commits_per_issue = Some(1.101), "1.101 commits"),
            (|report| report.import_lines_per_second = 9_999.0, "9999 lines"),
        ];
        for (worsen, expected) in cases {
            let mut report = report();
            worsen(&mut report);
            let misses = misses(&report);
            assert_eq!(misses.len(), 1, "{misses:?}");
            assert!(misses[0].starts_with(expected), "{misses:?}");
        }
    }

    #[test]
    fn what_is_slow_on_purpose_misses_nothing() {
        let mut report = report();
        let route = &mut report.routes[0];
        route.route = "CreateSubCustomer, with a password".to_owned();
        (route.clients, route.p99_ms, route.ratio) = (1, 200.0, 0.01);
        assert_eq!(misses(&report), Vec::<String>::new());
    }

    #[test]
    fn what_was_not_counted_misses_nothing() {
        let mut report = report();
        report.commits_per_issue = None;
        report.growth[1].calls = None;
        assert_eq!(misses(&report), Vec::<String>::new());
    }
}
