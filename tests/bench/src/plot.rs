//! The plot of what a request costs on books of each size.

use std::collections::BTreeMap;
use std::error::Error;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::report::{Growth, Report};

const SIZE: (u32, u32) = (1000, 900);

/// Line colours, in the order of the operations.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0x1f, 0x77, 0xb4),
    RGBColor(0xff, 0x7f, 0x0e),
    RGBColor(0x2c, 0xa0, 0x2c),
    RGBColor(0xd6, 0x27, 0x28),
    RGBColor(0x94, 0x67, 0xbd),
    RGBColor(0x8c, 0x56, 0x4b),
    RGBColor(0xe3, 0x77, 0xc2),
    RGBColor(0x17, 0xbe, 0xcf),
];

/// One line of the plot.
struct Line<'r> {
    route: &'r str,
    points: Vec<(f64, f64)>,
}

/// The plot as an SVG document: milliseconds of the machine for each request above, calls of the
/// store below, both against the number of records.
///
/// # Errors
/// It cannot be drawn.
pub fn plot(report: &Report) -> Result<String> {
    let mut svg = String::new();
    draw(report, &mut svg).map_err(|error| anyhow!("the plot cannot be drawn: {error}"))?;
    Ok(svg)
}

fn draw<'s>(report: &Report, svg: &'s mut String) -> Result<(), Box<dyn Error + 's>> {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (upper, lower) = root.split_vertically(500);
    let times = lines(report, |growth| Some(1000.0 / growth.rps));
    chart(&upper, "Milliseconds of the machine for each request", &times)?;
    let calls = lines(report, |growth| growth.calls);
    chart(&lower, "Calls of the store for each request", &calls)?;
    root.present()?;
    drop((upper, lower, root));
    Ok(())
}

/// The growth by operation, in the report's order; without what has no figure.
fn lines(report: &Report, figure: impl Fn(&Growth) -> Option<f64>) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut places = BTreeMap::new();
    for growth in &report.growth {
        let Some(figure) = figure(growth) else {
            continue;
        };
        let place = *places.entry(growth.route.as_str()).or_insert_with(|| {
            lines.push(Line { route: &growth.route, points: Vec::new() });
            lines.len() - 1
        });
        lines[place].points.push((f64::from(growth.records), figure));
    }
    lines
}

fn chart<'a>(
    area: &DrawingArea<SVGBackend<'a>, Shift>,
    title: &str,
    lines: &[Line<'_>],
) -> Result<(), Box<dyn Error + 'a>> {
    let points = || lines.iter().flat_map(|line| &line.points);
    let least = points().map(|point| point.0).fold(f64::INFINITY, f64::min);
    let most = points().map(|point| point.0).fold(1.0, f64::max);
    let highest = points().map(|point| point.1).fold(0.0, f64::max);
    if highest <= 0.0 {
        // A host that does not count gives nothing to draw.
        return Ok(());
    }
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 20))
        .margin(15)
        .x_label_area_size(45)
        .y_label_area_size(60)
        .build_cartesian_2d((least..most * 1.01).log_scale(), 0.0..highest * 1.1)?;
    chart
        .configure_mesh()
        .x_desc("coupons, and as many fee records")
        .x_label_formatter(&|records| format!("{records:.0}"))
        .light_line_style(WHITE)
        .draw()?;
    for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        chart
            .draw_series(LineSeries::new(line.points.iter().copied(), colour).point_size(3))?
            .label(line.route)
            .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], *colour));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    #[test]
    fn draws_every_operation() {
        let svg = plot(&report()).expect("a plot");
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg:.200}");
        assert_eq!(svg.matches("ListPartnerBalances").count(), 2, "{svg}");
        let drawn = |line: &&str| line.starts_with("<polyline") && line.contains("#1F77B4");
        // In each chart the operation's line, and the one that explains it.
        assert_eq!(svg.lines().filter(drawn).count(), 4, "{svg}");
    }

    #[test]
    fn leaves_out_what_was_not_counted() {
        let mut report = report();
        report.growth.iter_mut().for_each(|growth| growth.calls = None);
        let svg = plot(&report).expect("a plot");
        assert_eq!(svg.matches("ListPartnerBalances").count(), 1, "{svg}");
    }
}
