//! The plot of what a request costs on books of each size.

use std::collections::BTreeMap;
use std::error::Error;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::report::{Growth, Report};

const SIZE: (u32, u32) = (1400, 1000);

/// Width of the charts; the rest explains the lines.
const CHARTS_WIDTH: i32 = 1050;

/// From one explanation of a line to the next.
const LEGEND_STEP: i32 = 24;

/// Part of the colour wheel from one line's hue to the next: the golden ratio keeps any number of
/// them apart.
const HUE_STEP: f64 = 0.618_034;

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
    let (charts, legend) = root.split_horizontally(CHARTS_WIDTH);
    let (upper, lower) = charts.split_vertically(550);
    let times = lines(report, |growth| Some(1000.0 / growth.rps));
    chart(&upper, "Milliseconds of the machine for each request", &times)?;
    let calls = lines(report, |growth| growth.calls);
    chart(&lower, "Calls of the store for each request", &calls)?;
    explain(&legend, &times)?;
    root.present()?;
    drop((upper, lower, legend, charts, root));
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
    for (line, colour) in lines.iter().zip(colours()) {
        chart.draw_series(LineSeries::new(line.points.iter().copied(), colour).point_size(3))?;
    }
    Ok(())
}

/// The name of each line beside a dash of its colour.
fn explain<'a>(
    area: &DrawingArea<SVGBackend<'a>, Shift>,
    lines: &[Line<'_>],
) -> Result<(), Box<dyn Error + 'a>> {
    let heights = (1..).map(|number| number * LEGEND_STEP);
    for ((line, colour), y) in lines.iter().zip(colours()).zip(heights) {
        area.draw(&PathElement::new([(0, y), (18, y)], colour.stroke_width(3)))?;
        area.draw(&Text::new(line.route, (26, y - 7), ("sans-serif", 15)))?;
    }
    Ok(())
}

/// A colour for each line, in the order of the operations.
fn colours() -> impl Iterator<Item = HSLColor> {
    let hues = std::iter::successors(Some(0.0), |hue: &f64| Some((hue + HUE_STEP).fract()));
    // A darker one after a lighter one tells those apart whose hues are close.
    hues.zip([0.35, 0.55].into_iter().cycle()).map(|(hue, lightness)| HSLColor(hue, 0.7, lightness))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    #[test]
    fn draws_every_operation() {
        let svg = plot(&report()).expect("a plot");
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg:.200}");
        assert_eq!(svg.matches("ListPartnerBalances").count(), 1, "{svg}");
        // In each chart the operation's line, and the dash that explains it.
        assert_eq!(lines_drawn(&svg), 3, "{svg}");
    }

    /// Lines in the first operation's colour.
    fn lines_drawn(svg: &str) -> usize {
        let drawn = |line: &&str| line.starts_with("<polyline") && line.contains("#981B1B");
        svg.lines().filter(drawn).count()
    }

    #[test]
    fn leaves_out_what_was_not_counted() {
        let mut report = report();
        report.growth.iter_mut().for_each(|growth| growth.calls = None);
        let svg = plot(&report).expect("a plot");
        assert_eq!(lines_drawn(&svg), 2, "{svg}");
    }
}
