//! Plots, drawn here, each with a table of the same figures behind it.

use billing::value::money::Money;
use billing::value::time::Timestamp;
use maud::{Markup, html};

use crate::format;
use crate::text::Text;
use crate::texts;
use crate::view::{Figures, View, Words};

/// Units that a plot is wide, and those of it that its drawing is.
const WIDTH: i128 = 640;
const DRAWN: i128 = 400;

/// Units of a bar with its gap.
const ROW: i128 = 28;

/// Units that a line's plot is high.
const HEIGHT: i128 = 160;

/// Bars that are drawn: what is left is drawn as one more.
const BARS_MAX: usize = 10;

/// What a plot is called, and what of: its name is unique on the page.
pub struct Plot<'p> {
    /// Its name.
    pub id: &'p str,
    /// What it shows.
    pub title: Text,
    /// Of what, if the page has not said so.
    pub of: &'p str,
}

impl Plot<'_> {
    /// The drawing with its title, what it shows in a sentence, and its figures as a table.
    fn figure(
        &self,
        view: &View,
        height: i128,
        shows: Text,
        drawing: &Markup,
        table: &Markup,
    ) -> Markup {
        let (title, description) = (format!("{}-title", self.id), format!("{}-text", self.id));
        html! {
            figure {
                figcaption { (view.say(self.title)) " " (self.of) }
                svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img"
                    aria-labelledby={ (title) " " (description) } {
                    title id=(title) { (view.say(self.title)) " " (self.of) }
                    desc id=(description) { (view.say(shows)) }
                    (drawing)
                }
                details {
                    summary { (view.say(texts::AS_TABLE)) }
                    (table)
                }
            }
        }
    }

    /// Bars of amounts, the most first, the longest as wide as there is room.
    pub fn bars(&self, view: &View, amounts: &[(String, Money)]) -> Markup {
        if amounts.is_empty() {
            return html! {};
        }
        let (drawn, others) = amounts.split_at(amounts.len().min(BARS_MAX));
        let others: i128 = others.iter().map(|(_, amount)| fen(*amount)).sum();
        let mut bars: Vec<(&str, Money)> =
            drawn.iter().map(|(name, amount)| (name.as_str(), *amount)).collect();
        if let Some(others) = Money::of_fen(others).ok().filter(|it| it.is_positive()) {
            bars.push((view.say(texts::ALL_OTHERS), others));
        }
        let most = bars.iter().map(|(_, amount)| fen(*amount)).max().unwrap_or_default().max(1);
        let height = ROW * i128::try_from(bars.len()).unwrap_or_default();
        let drawing = html! {
            @for (place, (name, amount)) in (0..).zip(&bars) {
                @let top = place * ROW;
                rect.bar x="0" y=(top + 2) height=(ROW - 16)
                    width=((fen(*amount).max(0) * DRAWN / most).max(1)) {}
                text x=(DRAWN + 8) y=(top + 14) { (format::money(*amount)) }
                text.small x="0" y=(top + ROW - 2) { (name) }
            }
        };
        let rows = amounts
            .iter()
            .map(|(name, amount)| vec![html! { (name) }, html! { (format::money(*amount)) }]);
        let columns = [Words(texts::SERVICE), Figures(texts::AMOUNT)];
        let table = view.table(self.title, &columns, &rows.collect::<Vec<_>>());
        self.figure(view, height, texts::BARS_SHOW, &drawing, &table)
    }

    /// A line of what an account held, the oldest first: it changes at once and stays until the next,
    /// and the last one `until` a time.
    pub fn steps(&self, view: &View, points: &[(Timestamp, Money)], until: Timestamp) -> Markup {
        let (Some((first, _)), Some((last, held))) = (points.first(), points.last()) else {
            return html! {};
        };
        let end = (until.max(*last), *held);
        let most = points.iter().map(|(_, amount)| fen(*amount)).max().unwrap_or_default().max(1);
        let span = i128::from(end.0.seconds() - first.seconds()).max(1);
        let mut path = String::new();
        let mut before = None;
        for (at, amount) in points.iter().chain([&end]) {
            let x = i128::from(at.seconds() - first.seconds()) * DRAWN / span;
            let y = HEIGHT - fen(*amount) * (HEIGHT - 20) / most;
            if let Some(before) = before {
                path.push_str(&format!("{x},{before} "));
            }
            path.push_str(&format!("{x},{y} "));
            before = Some(y);
        }
        let highest = points.iter().map(|(_, amount)| *amount).find(|it| fen(*it) == most);
        let drawing = html! {
            line.axis x1="0" y1=(HEIGHT) x2=(DRAWN) y2=(HEIGHT) {}
            polyline.line points=(path.trim_end()) {}
            @if let Some(highest) = highest {
                text x=(DRAWN + 8) y="24" { (format::money(highest)) }
            }
            text x=(DRAWN + 8) y=(HEIGHT) { (format::money(Money::ZERO)) }
            text.small x="0" y=(HEIGHT + 16) { (format::date(*first)) }
            text.small x=(DRAWN - 72) y=(HEIGHT + 16) { (format::date(end.0)) }
        };
        let rows = points
            .iter()
            .rev()
            .map(|(at, amount)| vec![format::time(*at), html! { (format::money(*amount)) }]);
        let columns = [Words(texts::TIME), Figures(texts::BALANCE_AFTER)];
        let table = view.table(self.title, &columns, &rows.collect::<Vec<_>>());
        self.figure(view, HEIGHT + 20, texts::STEPS_SHOW, &drawing, &table)
    }
}

fn fen(amount: Money) -> i128 {
    amount.whole_fen().unwrap_or_default()
}
