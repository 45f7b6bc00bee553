//! Plots, drawn here: the same figures stand in a table beside each.

use billing::value::money::Money;
use billing::value::time::Timestamp;
use maud::{Markup, html};

use crate::format;
use crate::text::Text;
use crate::view::View;

/// Units that a plot is wide, and those of it that its drawing is.
const WIDTH: i128 = 640;
const DRAWN: i128 = 400;

/// Units of a bar with its gap.
const ROW: i128 = 28;

/// Units that a line's plot is high.
const HEIGHT: i128 = 160;

/// Bars of amounts, the longest as wide as there is room.
pub fn bars(view: &View, title: Text, bars: &[(String, Money)]) -> Markup {
    let fen = |amount: Money| amount.whole_fen().unwrap_or_default().max(0);
    let most = bars.iter().map(|(_, amount)| fen(*amount)).max().unwrap_or_default().max(1);
    let height = ROW * i128::try_from(bars.len()).unwrap_or_default();
    html! {
        figure {
            figcaption { (view.say(title)) }
            svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(view.say(title)) {
                @for (place, (name, amount)) in (0..).zip(bars) {
                    @let top = place * ROW;
                    rect.bar x="0" y=(top + 2) height=(ROW - 16)
                        width=((fen(*amount) * DRAWN / most).max(1)) {}
                    text x=(DRAWN + 8) y=(top + 14) { (format::money(*amount)) }
                    text.small x="0" y=(top + ROW - 2) { (name) }
                }
            }
        }
    }
}

/// A line of what an account held, the oldest first: it changes at once and stays until the next.
pub fn steps(view: &View, title: Text, points: &[(Timestamp, Money)]) -> Markup {
    let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else {
        return html! {};
    };
    let fen = |amount: Money| amount.whole_fen().unwrap_or_default();
    let most = points.iter().map(|(_, amount)| fen(*amount)).max().unwrap_or_default().max(1);
    let span = i128::from(last.seconds() - first.seconds()).max(1);
    let mut path = String::new();
    let mut before = None;
    for (at, amount) in points {
        let x = i128::from(at.seconds() - first.seconds()) * DRAWN / span;
        let y = HEIGHT - fen(*amount) * (HEIGHT - 20) / most;
        if let Some(before) = before {
            path.push_str(&format!("{x},{before} "));
        }
        path.push_str(&format!("{x},{y} "));
        before = Some(y);
    }
    let highest = points.iter().map(|(_, amount)| *amount).find(|amount| fen(*amount) == most);
    html! {
        figure {
            figcaption {
                (view.say(title)) " (" (format::time(*first)) " – " (format::time(*last)) ")"
            }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT + 4) } role="img"
                aria-label=(view.say(title)) {
                line.axis x1="0" y1=(HEIGHT) x2=(DRAWN) y2=(HEIGHT) {}
                polyline.line points=(path.trim_end()) {}
                @if let Some(highest) = highest {
                    text x=(DRAWN + 8) y="24" { (format::money(highest)) }
                }
                text x=(DRAWN + 8) y=(HEIGHT) { (format::money(Money::ZERO)) }
            }
        }
    }
}
