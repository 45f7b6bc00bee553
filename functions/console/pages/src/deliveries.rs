//! Messages about events, as the lists of the operator and of a partner show them.

use billing::domain::delivery::Delivery;
use maud::{Markup, html};

use crate::format;
use crate::texts;
use crate::view::{Column, Figures, View, Words, state};

/// The columns of both lists.
pub const COLUMNS: [Column; 6] = [
    Words(texts::DELIVERY),
    Words(texts::KIND),
    Words(texts::STATUS),
    Figures(texts::ATTEMPTS),
    Words(texts::WRITTEN),
    Words(texts::LAST_ERROR),
];

/// A message in these columns.
pub fn row(view: &View, delivery: &Delivery) -> Vec<Markup> {
    vec![
        html! { (delivery.delivery_id) },
        html! { code { (delivery.event) } },
        state(view, texts::delivery_state(delivery.state)),
        html! { (delivery.attempts) },
        format::time(delivery.created_at),
        html! { (delivery.last_error.as_deref().unwrap_or_default()) },
    ]
}
