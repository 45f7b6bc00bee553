//! Amounts and times as people read them.

use billing::value::money::Money;
use billing::value::time::Timestamp;
use chrono::{FixedOffset, TimeDelta};
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

/// What someone types as a time of GMT+8, `YYYY-MM-DDTHH:MM` with or without seconds.
pub fn instant(text: &str) -> Option<Timestamp> {
    let text = text.replacen(' ', "T", 1);
    let whole =
        if text.len() == "YYYY-MM-DDTHH:MM".len() { format!("{text}:00Z") } else { text + "Z" };
    let there: Timestamp = whole.parse().ok()?;
    let here = there.instant().checked_sub_signed(TimeDelta::seconds(i64::from(AHEAD_SECONDS)));
    here.map(Timestamp::from)
}

/// A time as someone would type it: of GMT+8, to the second.
pub fn typed(at: Timestamp) -> String {
    formatted(at, "%Y-%m-%dT%H:%M:%S")
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
    fn a_time_that_is_typed_is_one_of_gmt_plus_8() {
        for (text, time) in [
            ("2026-07-01T00:05", "2026-06-30T16:05:00Z"),
            ("2026-07-01 00:05", "2026-06-30T16:05:00Z"),
            ("2026-07-01T07:59:59", "2026-06-30T23:59:59Z"),
        ] {
            let read = instant(text).map(|time| time.to_string());
            assert_eq!(read.as_deref(), Some(time), "{text}");
        }
        let time = "2026-06-30T16:05:59Z".parse().expect("a time");
        assert_eq!(
            (typed(time).as_str(), instant(&typed(time))),
            ("2026-07-01T00:05:59", Some(time))
        );
        for text in ["", "2026-07-01", "2026-02-30T00:00", "2026-07-01T00:05Z", "1", "日期日期日"]
        {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_those_of_gmt_plus_8() {
        let shown = time("2026-06-30T16:05:59Z".parse().expect("a time")).into_string();
        assert_eq!(shown, r#"<time datetime="2026-06-30T16:05:59Z">2026-07-01 00:05</time>"#);
        assert_eq!(date("2026-06-30T16:05:59Z".parse().expect("a time")), "2026-07-01");
    }
}
