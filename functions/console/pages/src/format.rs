//! Amounts and times as people read them.

use billing::value::money::Money;
use billing::value::time::Timestamp;
use chrono::FixedOffset;
use maud::{Markup, html};

/// Seconds that GMT+8 is ahead.
const AHEAD_SECONDS: i32 = 8 * 60 * 60;

/// An amount with two decimals or more, its thousands apart.
pub fn money(amount: Money) -> String {
    let text = amount.at_least_two_decimals().to_string();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("−", digits),
        None => ("", text.as_str()),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "00"));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}¥{grouped}.{decimals}")
}

/// A time in GMT+8, to the minute.
pub fn time(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (formatted(at, "%Y-%m-%d %H:%M")) } }
}

/// The date of a time in GMT+8.
pub fn date(at: Timestamp) -> String {
    formatted(at, "%Y-%m-%d")
}

fn formatted(at: Timestamp, form: &str) -> String {
    let zone = FixedOffset::east_opt(AHEAD_SECONDS);
    let there = zone.map(|zone| at.instant().with_timezone(&zone).format(form).to_string());
    there.unwrap_or_else(|| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_keep_their_digits() {
        for (text, shown) in [
            ("0", "¥0.00"),
            ("1000.1", "¥1,000.10"),
            ("999.99", "¥999.99"),
            ("-1234567.5", "−¥1,234,567.50"),
            ("100000.12345678", "¥100,000.12345678"),
        ] {
            assert_eq!(money(text.parse().expect("an amount")), shown);
        }
    }

    #[test]
    fn times_are_those_of_gmt_plus_8() {
        let shown = time("2026-06-30T16:05:59Z".parse().expect("a time")).into_string();
        assert_eq!(shown, r#"<time datetime="2026-06-30T16:05:59Z">2026-07-01 00:05</time>"#);
        assert_eq!(date("2026-06-30T16:05:59Z".parse().expect("a time")), "2026-07-01");
    }
}
