//! Days and months where bills have them: in UTC+8.

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};

/// How far the clocks there are ahead of UTC.
pub const AHEAD: TimeDelta = TimeDelta::hours(8);

/// The date there.
pub fn today() -> NaiveDate {
    date(Utc::now())
}

/// The month there a number of months ago, as `2026-09`; zero is the current month.
pub fn months_ago(months: u32) -> String {
    (today() - Months::new(months)).format("%Y-%m").to_string()
}

/// The month there of a time of the wire.
pub fn month_of(time: &str) -> String {
    let time: DateTime<Utc> = time.parse().expect("a time");
    date(time).format("%Y-%m").to_string()
}

/// The date there of a time of the wire.
pub fn date_of(time: &str) -> String {
    date(time.parse().expect("a time")).to_string()
}

fn date(time: DateTime<Utc>) -> NaiveDate {
    (time + AHEAD).date_naive()
}
