//! The figures for a person.

use std::fmt::Write;

use crate::aim;
use crate::bundle::BundleFigures;
use crate::report::{Growth, Report, Route};
use crate::{Figures, FloorFigure};

/// Stands behind a row that is below its aim.
const MARK: &str = "  <- below the aim";

/// All figures as text.
pub fn table(figures: &Figures) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    _ = write(&mut text, figures);
    text
}

fn write(text: &mut String, figures: &Figures) -> std::fmt::Result {
    let Figures { report, floors, bundle, first_request_ms, failures } = figures;
    writeln!(text, "{:9} {:>7} {:>8} {:>7} {:>7}", "floor", "clients", "rps", "p50 ms", "p99 ms")?;
    for floor in floors {
        let lost = match floor.lost_swaps {
            Some(lost) if lost > 0.0 => format!("  {:.0} % of its swaps were lost", lost * 100.0),
            _ => String::new(),
        };
        let FloorFigure { floor, clients, rps, p50_ms, p99_ms, .. } = floor;
        let name = format!("{floor:?}");
        writeln!(text, "{name:9} {clients:>7} {rps:>8.0} {p50_ms:>7.2} {p99_ms:>7.2}{lost}")?;
    }
    write_routes(text, report)?;
    write_growth(text, report)?;

    let BundleFigures { components, bytes, start_compiled_ms, start_uncompiled_ms } = bundle;
    writeln!(text, "\nbundle: {components} components of {bytes} bytes")?;
    if let Some(uncompiled) = start_uncompiled_ms {
        writeln!(text, "host start, nothing compiled before: {uncompiled:.0} ms")?;
    }
    let compiled = start_compiled_ms;
    writeln!(text, "host start, compiled before: {compiled:.0} ms; then each first request:")?;
    for (name, first) in first_request_ms {
        writeln!(text, "  {name:44} {first:>6.1} ms")?;
    }
    if let Some(commits) = report.commits_per_issue {
        writeln!(text, "\ncommits for a coupon issued alone, folds included: {commits:.3}")?;
    }
    let import = report.import_lines_per_second;
    writeln!(text, "\nimport: {import:.0} lines of fee records a second")?;
    writeln!(text, "\ncomponents")?;
    for component in &report.components {
        writeln!(text, "  {:44} {:>9} bytes", component.name, component.bytes)?;
    }
    let misses = aim::misses(report);
    if !misses.is_empty() {
        writeln!(text, "\nbelow the aim:")?;
        misses.iter().try_for_each(|miss| writeln!(text, "  {miss}"))?;
    }
    if !failures.is_empty() {
        writeln!(text, "\nnot measured:")?;
        failures.iter().try_for_each(|failure| writeln!(text, "  {failure}"))?;
    }
    Ok(())
}

fn write_routes(text: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(
        text,
        "\n{:44} {:5} {:>7} {:>6} {:>8} {:>8} {:>6} {:>5} {:>8} {:>7} {:>7} {:>5} {:>5} {:>7}",
        "route",
        "kind",
        "clients",
        "sent",
        "rps",
        "floor",
        "ratio",
        "aim",
        "of calls",
        "p50 ms",
        "p99 ms",
        "gets",
        "swaps",
        "batches"
    )?;
    for route in &report.routes {
        let aim = aim::ratio(route).map_or_else(String::new, |aim| format!("{aim:.2}"));
        let mark = if aim::misses_route(route) { MARK } else { "" };
        let Route { route: name, clients, sent, rps, floor_rps, ratio, p50_ms, p99_ms, .. } = route;
        writeln!(
            text,
            "{name:44} {:5} {clients:>7} {sent:>6} {rps:>8.0} {floor_rps:>8.0} {ratio:>6.2} \
             {aim:>5} {:>8} {p50_ms:>7.2} {p99_ms:>7.2} {:>5} {:>5} {:>7}{mark}",
            format!("{:?}", route.kind).to_lowercase(),
            count(route.floor_with_calls_rps.map(|floor| rps / floor)),
            count(route.gets),
            count(route.swaps),
            count(route.batches),
        )?;
    }
    Ok(())
}

fn write_growth(text: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(
        text,
        "\n{:44} {:>8} {:>8} {:>11} {:>6}",
        "growth, 8 clients", "records", "rps", "vs smallest", "calls"
    )?;
    for growth in &report.growth {
        let mark = if aim::misses_growth(growth, &report.growth) { MARK } else { "" };
        let Growth { route, records, rps, speed_vs_smallest, calls } = growth;
        writeln!(
            text,
            "{route:44} {records:>8} {rps:>8.0} {speed_vs_smallest:>11.2} {:>6}{mark}",
            count(*calls)
        )?;
    }
    Ok(())
}

fn count(figure: Option<f64>) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.2}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FloorFigure;
    use crate::bundle::tests::bundle;
    use crate::report::tests::report;
    use crate::site::Floor;

    fn figures() -> Figures {
        let floor = FloorFigure {
            floor: Floor::Swap(0),
            clients: 8,
            rps: 1000.4,
            p50_ms: 7.5,
            p99_ms: 30.0,
            lost_swaps: Some(0.25),
        };
        Figures {
            report: report(),
            floors: vec![floor],
            bundle: bundle(),
            first_request_ms: vec![("ListPartnerBalances", 4.25)],
            failures: Vec::new(),
        }
    }

    #[test]
    fn shows_every_figure() {
        let text = table(&figures());
        for part in [
            "Swap(0)         8     1000    7.50   30.00  25 % of its swaps were lost\n",
            " read        8   1800     3000     5000   0.60  0.55     0.75    2.25    5.50  2.00  0.00    1.00\n",
            " 1000000     2700        0.90   3.00\n",
            "bundle: 2 components of 1000177 bytes\n",
            "nothing compiled before: 301000 ms\n",
            "start, compiled before: 120 ms",
            "ListPartnerBalances                             4.2 ms",
            "folds included: 1.029",
            "import: 12000 lines",
            "not-found                                       100177 bytes",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("below the aim") && !text.contains("not measured"), "{text}");
    }

    #[test]
    fn ends_with_what_could_not_be_measured() {
        let figures =
            Figures { failures: vec!["PayOrders, growth: answered 400".into()], ..figures() };
        let text = table(&figures);
        assert!(text.ends_with("\nnot measured:\n  PayOrders, growth: answered 400\n"), "{text}");
    }

    #[test]
    fn marks_what_is_below_its_aim() {
        let mut figures = figures();
        figures.report.routes[0].ratio = 0.5;
        figures.report.growth[1].speed_vs_smallest = 0.5;
        let text = table(&figures);
        let marked: Vec<&str> = text.lines().filter(|line| line.ends_with(MARK)).collect();
        assert_eq!(marked.len(), 2, "{text}");
        assert!(text.contains("\nbelow the aim:\n  ListPartnerBalances: 0.50"), "{text}");
    }

    #[test]
    fn what_was_not_counted_shows_as_a_dash() {
        let mut figures = figures();
        figures.report.routes[0].gets = None;
        figures.report.routes[0].floor_with_calls_rps = None;
        figures.report.commits_per_issue = None;
        let text = table(&figures);
        assert!(text.contains("  0.55        -    2.25    5.50     -  0.00    1.00\n"), "{text}");
        assert!(!text.contains("commits for a coupon"), "{text}");
    }
}
