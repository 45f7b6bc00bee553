//! The pictures of what a request costs on books of each size: small panels, one for each of the
//! contract's groups, reads and writes apart.
//!
//! Panels of one kind have the same axes, both logarithmic, so that lines can be compared from
//! panel to panel. Each line is labelled where it ends; what the least costs is a dashed line.

mod labels;

use std::error::Error;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::coord::combinators::BindKeyPoints;
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::aim::CLIENTS;
use crate::load::median;
use crate::operation::{GROUPS, Kind};
use crate::report::{Growth, Report};
use crate::site::Floor;

/// Width of a picture: that of a README.
const WIDTH: u32 = 940;

/// Panels beside each other.
const COLUMNS: usize = 2;

/// Height of a section's heading.
const HEADING: u32 = 40;

/// Height of a panel's title.
const TITLE: u32 = 26;

/// Height of a panel without its lines' labels.
const PANEL: u32 = 62;

/// Height of a panel, at the least.
const PANEL_MIN: u32 = 150;

/// What a panel leaves on its right for labels.
const LABELS_WIDTH: u32 = 274;

/// From the end of a line to its label.
const LABEL_DISTANCE: i32 = 14;

/// One after the other for the lines of a panel: dark, and apart for the colour-blind too.
const COLOURS: [RGBColor; 12] = [
    RGBColor(0, 98, 155),
    RGBColor(190, 75, 0),
    RGBColor(0, 122, 86),
    RGBColor(161, 60, 130),
    RGBColor(120, 94, 0),
    RGBColor(75, 63, 160),
    RGBColor(20, 130, 150),
    RGBColor(160, 30, 45),
    RGBColor(0, 70, 85),
    RGBColor(110, 45, 10),
    RGBColor(85, 120, 0),
    RGBColor(205, 75, 120),
];

/// What the axis of sizes counts.
const SIZES: &str = "coupons, and as many fee records, in the books";

const GREY: RGBColor = RGBColor(110, 110, 110);

type Fault<'a> = Box<dyn Error + 'a>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// What a picture shows of the growth.
struct Picture {
    /// What is counted for each request.
    unit: String,
    /// The figure of a size; a host may not have counted it.
    figure: fn(&Growth) -> Option<f64>,
    /// The least, where it is known.
    floor: fn(&Report, Kind) -> Option<f64>,
}

/// Reads or writes.
struct Section {
    heading: String,
    panels: Vec<Panel>,
    floor: Option<f64>,
    floor_name: &'static str,
}

/// A group's operations of one kind.
struct Panel {
    group: &'static str,
    lines: Vec<Line>,
}

/// One operation: records and figure.
struct Line {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

/// Milliseconds of the machine for each request, against the number of records, as an SVG document.
///
/// # Errors
/// It cannot be drawn.
pub fn times(report: &Report) -> Result<String> {
    let floor = |report: &Report, kind: Kind| {
        let routes = report.routes.iter().filter(|route| route.kind == kind);
        let busy = routes.filter(|route| route.clients == CLIENTS);
        let rps = median(busy.map(|route| route.floor_rps));
        (rps > 0.0).then(|| 1000.0 / rps)
    };
    let unit = format!("milliseconds of the machine for each request, {CLIENTS} clients,");
    picture(report, &Picture { unit, figure: |growth| Some(1000.0 / growth.rps), floor })
}

/// Calls of the store for each request, against the number of records, as an SVG document.
///
/// # Errors
/// It cannot be drawn.
pub fn calls(report: &Report) -> Result<String> {
    let unit = "calls of the store for each request".to_owned();
    let floor = |_: &Report, kind| Some(f64::from(Floor::of(kind).calls()));
    picture(report, &Picture { unit, figure: |growth| growth.calls, floor })
}

fn picture(report: &Report, picture: &Picture) -> Result<String> {
    let mut svg = String::new();
    draw(report, picture, &mut svg)
        .map_err(|error| anyhow!("the picture cannot be drawn: {error}"))?;
    Ok(svg)
}

fn draw<'s>(report: &Report, picture: &Picture, svg: &'s mut String) -> Result<(), Fault<'s>> {
    let sections: Vec<Section> = [Kind::Read, Kind::Write]
        .into_iter()
        .map(|kind| Section::of(report, picture, kind))
        .filter(|section| !section.panels.is_empty())
        .collect();
    // A host that does not count leaves nothing to draw.
    let height = sections.iter().map(Section::height).sum::<u32>().max(HEADING);
    let root = SVGBackend::with_string(svg, (WIDTH, height)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut below = root.clone();
    for section in &sections {
        let (area, rest) = below.split_vertically(section.height());
        section.draw(&area)?;
        below = rest;
    }
    root.present()?;
    Ok(())
}

impl Section {
    fn of(report: &Report, picture: &Picture, kind: Kind) -> Self {
        let panels = GROUPS.into_iter().map(|(group, operations)| {
            let lines = operations.iter().filter(|operation| operation.kind == kind);
            let lines = lines.map(|operation| Line::of(report, picture, operation.name));
            Panel { group, lines: lines.filter(|line| !line.points.is_empty()).collect() }
        });
        let (what, floor_name) = match kind {
            Kind::Read => ("Reads", "floor: one key read"),
            Kind::Write => ("Writes", "floor: one contended swap"),
        };
        Self {
            heading: format!("{what}: {} against {SIZES}", picture.unit),
            panels: panels.filter(|panel| !panel.lines.is_empty()).collect(),
            floor: (picture.floor)(report, kind),
            floor_name,
        }
    }

    fn height(&self) -> u32 {
        let rows = self.panels.len().div_ceil(COLUMNS);
        HEADING + u32::try_from(rows).unwrap_or_default() * self.panel_height()
    }

    /// The same for all panels: as much as the most labels take.
    fn panel_height(&self) -> u32 {
        let lines = self.panels.iter().map(|panel| panel.lines.len()).max().unwrap_or_default();
        let labels = i32::try_from(lines + 1).unwrap_or_default() * labels::STEP;
        (PANEL + labels.unsigned_abs()).max(PANEL_MIN)
    }

    fn draw<'a>(&self, area: &Area<'a>) -> Result<(), Fault<'a>> {
        let (heading, panels) = area.split_vertically(HEADING);
        heading.draw(&Text::new(self.heading.as_str(), (14, 12), style(17.0, BLACK)))?;
        let rows = self.panels.len().div_ceil(COLUMNS);
        let cells = panels.split_evenly((rows, COLUMNS));
        for (panel, cell) in self.panels.iter().zip(&cells) {
            self.panel(panel, cell)?;
        }
        Ok(())
    }

    fn panel<'a>(&self, panel: &Panel, area: &Area<'a>) -> Result<(), Fault<'a>> {
        area.draw(&Text::new(panel.group, (14, 4), style(16.0, BLACK)))?;
        let [sizes, figures] = self.ranges();
        let mut chart = ChartBuilder::on(area)
            .margin_top(TITLE)
            .margin_left(6)
            .margin_right(LABELS_WIDTH)
            .x_label_area_size(24)
            .y_label_area_size(40)
            .build_cartesian_2d(sizes.axis(), figures.axis())?;
        chart
            .configure_mesh()
            .x_label_formatter(&|records| short(*records))
            .y_label_formatter(&|figure| short(*figure))
            .label_style(style(13.0, GREY))
            .axis_style(GREY)
            .bold_line_style(RGBColor(228, 228, 228))
            .light_line_style(TRANSPARENT)
            .draw()?;
        let mut ends = Vec::new();
        if let Some(floor) = self.floor {
            let line = [(sizes.least, floor), (sizes.most, floor)];
            chart.draw_series(DashedLineSeries::new(line, 5, 4, GREY.stroke_width(1)))?;
            ends.push((chart.backend_coord(&line[1]), self.floor_name, GREY));
        }
        for (line, colour) in panel.lines.iter().zip(COLOURS.into_iter().cycle()) {
            let points = line.points.iter().copied();
            chart.draw_series(LineSeries::new(points, colour.stroke_width(2)).point_size(2))?;
            let end = line.points.last().copied().unwrap_or_default();
            ends.push((chart.backend_coord(&end), line.name, colour));
        }
        label(area, ends)
    }

    /// What the axes of all panels reach over.
    fn ranges(&self) -> [Range; 2] {
        let lines = || self.panels.iter().flat_map(|panel| &panel.lines);
        let points = || lines().flat_map(|line| line.points.iter().copied());
        let figures = points().map(|point| point.1).chain(self.floor);
        [Range::of(points().map(|point| point.0)), Range::of(figures).with_margin()]
    }
}

impl Line {
    fn of(report: &Report, picture: &Picture, name: &'static str) -> Self {
        let growth = report.growth.iter().filter(|growth| growth.route == name);
        let point = |growth: &Growth| {
            let figure = (picture.figure)(growth).filter(|figure| *figure > 0.0)?;
            Some((f64::from(growth.records), figure))
        };
        Self { name, points: growth.filter_map(point).collect() }
    }
}

/// What an axis reaches over.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    least: f64,
    most: f64,
}

impl Range {
    fn of(figures: impl Iterator<Item = f64> + Clone) -> Self {
        let least = figures.clone().fold(f64::INFINITY, f64::min);
        let most = figures.fold(0.0, f64::max);
        // A line of one point still needs an axis.
        Self { least, most: if most > least { most } else { least * 10.0 } }
    }

    fn with_margin(self) -> Self {
        Self { least: self.least / 1.3, most: self.most * 1.3 }
    }

    /// A logarithmic axis whose ticks are close enough to read from, and no closer.
    fn axis(self) -> impl AsRangedCoord<Value = f64, CoordDescType: ValueFormatter<f64>> {
        (self.least..self.most).log_scale().with_key_points(self.ticks())
    }

    fn ticks(self) -> Vec<f64> {
        let decades = (self.most / self.least).log10();
        let steps: &[f64] = if decades > 1.5 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let powers = (-6..12).map(|power| 10_f64.powi(power));
        let ticks = powers.flat_map(|power| steps.iter().map(move |step| step * power));
        // Powers of ten are not exact: the ends of an axis count as on it.
        let reach = self.least * 0.999..=self.most * 1.001;
        ticks.filter(|tick| reach.contains(tick)).collect()
    }
}

/// Writes the names of lines beside their ends, with a hair to those that had to make room.
fn label<'a>(
    area: &Area<'a>,
    mut ends: Vec<((i32, i32), &'static str, RGBColor)>,
) -> Result<(), Fault<'a>> {
    let (left, top) = area.get_base_pixel();
    let (_, height) = area.dim_in_pixel();
    ends.sort_by_key(|((_, y), ..)| *y);
    let wanted: Vec<i32> = ends.iter().map(|((_, y), ..)| y - top).collect();
    let places = labels::spread(&wanted, i32::try_from(height)? - labels::STEP);
    for ((end, name, colour), place) in ends.into_iter().zip(places) {
        let (x, y) = (end.0 - left, end.1 - top);
        let text = x + LABEL_DISTANCE;
        area.draw(&PathElement::new([(x + 3, y), (text - 2, place)], colour.mix(0.5)))?;
        let style = style(12.5, colour).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(name, (text, place), style))?;
    }
    Ok(())
}

fn style(size: f64, colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&colour)
}

/// A figure of a tick: `0.5`, `20`, `10k`, `1M`.
fn short(figure: f64) -> String {
    match figure {
        figure if figure >= 0.999e6 => format!("{:.0}M", figure / 1e6),
        figure if figure >= 0.999e3 => format!("{:.0}k", figure / 1e3),
        figure if figure >= 0.999 => format!("{figure:.0}"),
        figure => format!("{figure:.3}").trim_end_matches('0').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    #[test]
    fn labels_each_line_once_and_draws_the_floor() {
        for svg in [times(&report()), calls(&report())] {
            let svg = svg.expect("a picture");
            assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg:.200}");
            for text in ["ListPartnerBalances", "balances", "Reads: ", "floor: one key read"] {
                assert_eq!(svg.matches(text).count(), 1, "{text}: {svg}");
            }
            assert!(!svg.contains("Writes: "), "nothing was written: {svg}");
        }
    }

    #[test]
    fn draws_nothing_that_was_not_counted() {
        let mut report = report();
        report.growth.iter_mut().for_each(|growth| growth.calls = None);
        assert_eq!(calls(&report).expect("a picture").matches("<polyline").count(), 0);
        assert!(times(&report).expect("a picture").contains("ListPartnerBalances"));
    }

    #[test]
    fn ticks_are_on_the_axis_and_readable() {
        let ticks = |least, most| -> Vec<String> {
            Range { least, most }.ticks().into_iter().map(short).collect()
        };
        assert_eq!(ticks(1_000.0, 1_000_000.0), ["1k", "10k", "100k", "1M"]);
        assert_eq!(ticks(0.15, 2.0), ["0.2", "0.5", "1", "2"]);
        assert_eq!(ticks(0.01, 30.0), ["0.01", "0.1", "1", "10"]);
        assert_eq!(Range::of([3.0].into_iter()), Range { least: 3.0, most: 30.0 });
    }
}
