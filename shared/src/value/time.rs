//! The time forms of the wire: instants, months and dates, all strict.
//!
//! Instants are UTC. Months and dates are as the operation states: some are dates of UTC+8, which
//! [`Date::begin_utc_plus_8`] turns into instants at the edge.

use crate::value::code::text_form;
use chrono::{
    DateTime, Datelike, Days, FixedOffset, Months, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc,
};
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};
use serde::de::{self, Deserializer};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The zone of the contract's dates and months, which knows no summer time.
const UTC_PLUS_8: FixedOffset = FixedOffset::east_opt(8 * 3_600).expect("less than a day");

/// The text is not in the form, or names no time there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a valid {form}")]
pub struct InvalidTime {
    form: &'static str,
}

/// An instant, to the second: `YYYY-MM-DDTHH:MM:SSZ`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

/// A month: `YYYY-MM`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: NaiveDate,
}

/// A date: `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(NaiveDate);

const TIMESTAMP: InvalidTime = InvalidTime { form: "time YYYY-MM-DDTHH:MM:SSZ" };
const MONTH: InvalidTime = InvalidTime { form: "month YYYY-MM" };
const DATE: InvalidTime = InvalidTime { form: "date YYYY-MM-DD" };

/// A stretch of time: from `begin` on, before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first instant inside.
    pub begin: Timestamp,
    /// The first instant after.
    pub end: Timestamp,
}

impl Period {
    /// All times.
    pub const ALL: Self = Self { begin: Timestamp::MIN, end: Timestamp::MAX };

    /// The seconds after `first` and before `last`, neither included; without one, no bound.
    pub fn between(first: Option<Timestamp>, last: Option<Timestamp>) -> Self {
        Self {
            begin: first.map_or(Timestamp::MIN, Timestamp::next),
            end: last.unwrap_or(Timestamp::MAX),
        }
    }

    /// The parts before an instant, and from it on.
    pub fn split_at(self, time: Timestamp) -> (Self, Self) {
        let older = Self { end: self.end.min(time), ..self };
        let newer = Self { begin: self.begin.max(time), ..self };
        (older, newer)
    }

    /// The dates of UTC+8 from `first` to `last`, both included.
    pub fn of_dates_utc_plus_8(first: Date, last: Date) -> Self {
        Self { begin: first.begin_utc_plus_8(), end: last.next().begin_utc_plus_8() }
    }

    /// The seconds from `first` to `last`, both included; without an end, no end.
    pub fn of_seconds(first: Option<Timestamp>, last: Option<Timestamp>) -> Self {
        Self {
            begin: first.unwrap_or(Timestamp::MIN),
            end: last.map_or(Timestamp::MAX, Timestamp::next),
        }
    }

    /// Whether an instant lies inside.
    pub fn contains(self, time: Timestamp) -> bool {
        (self.begin..self.end).contains(&time)
    }
}

impl Timestamp {
    /// Before all times that the wire can write.
    pub const MIN: Self = Self(DateTime::<Utc>::MIN_UTC);

    /// After all times that the wire can write.
    pub const MAX: Self = Self(DateTime::<Utc>::MAX_UTC);

    /// Seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// The date in UTC+8.
    pub fn date_utc_plus_8(self) -> Date {
        Date(self.0.with_timezone(&UTC_PLUS_8).date_naive())
    }

    /// The month in UTC+8, as all months of bills are.
    pub fn month_utc_plus_8(self) -> Month {
        self.date_utc_plus_8().month()
    }

    /// The time this number of months before, by the calendar of UTC+8: the same time of the same
    /// day, or of the last day of a shorter month.
    pub fn months_before(self, months: u32) -> Self {
        let local = self.0.with_timezone(&UTC_PLUS_8);
        let before = local.checked_sub_months(Months::new(months));
        Self(before.map_or(self.0, |before| before.with_timezone(&Utc)))
    }

    /// The next second. The last one there is has itself.
    pub fn next(self) -> Self {
        Self(self.0.checked_add_signed(TimeDelta::seconds(1)).unwrap_or(self.0))
    }

    /// The instant.
    pub fn instant(self) -> DateTime<Utc> {
        self.0
    }
}

impl From<DateTime<Utc>> for Timestamp {
    /// Drops what is below a second.
    fn from(time: DateTime<Utc>) -> Self {
        Self(DateTime::from_timestamp(time.timestamp(), 0).unwrap_or(time))
    }
}

impl Month {
    /// The first date of the month.
    pub fn first(self) -> Date {
        Date(self.first)
    }

    /// The last date of the month.
    pub fn last(self) -> Date {
        Date(self.plus(1).first.pred_opt().unwrap_or(self.first))
    }

    /// So many months later. The last month there is has itself.
    pub fn plus(self, months: u32) -> Self {
        Self { first: self.first.checked_add_months(Months::new(months)).unwrap_or(self.first) }
    }

    /// The month a number of months earlier. The earliest there is stays as it is.
    pub fn minus(self, months: u32) -> Self {
        Self { first: self.first.checked_sub_months(Months::new(months)).unwrap_or(self.first) }
    }

    /// The last second of the month in UTC+8.
    pub fn end_utc_plus_8(self) -> Timestamp {
        let next = self.plus(1).first().begin_utc_plus_8();
        Timestamp(next.0.checked_sub_signed(TimeDelta::seconds(1)).unwrap_or(next.0))
    }

    /// True when the date lies in this month.
    pub fn contains(self, date: Date) -> bool {
        self.first.year() == date.0.year() && self.first.month() == date.0.month()
    }
}

impl Date {
    /// How many days it is to a date that does not lie before this one.
    pub fn days_until(self, later: Self) -> u32 {
        u32::try_from((later.0 - self.0).num_days()).unwrap_or(0)
    }

    /// The month that the date lies in.
    pub fn month(self) -> Month {
        Month { first: self.0.with_day(1).unwrap_or(self.0) }
    }

    /// The first instant of the date in UTC.
    pub fn begin_utc(self) -> Timestamp {
        Timestamp(self.0.and_time(NaiveTime::MIN).and_utc())
    }

    /// The first instant of the date in UTC+8.
    pub fn begin_utc_plus_8(self) -> Timestamp {
        let midnight = self.0.and_time(NaiveTime::MIN);
        let instant = midnight.and_local_timezone(UTC_PLUS_8).single();
        Timestamp(instant.map_or_else(|| midnight.and_utc(), |instant| instant.with_timezone(&Utc)))
    }

    /// The same day one year before; 28 February for 29 February.
    pub fn one_year_before(self) -> Self {
        Self(self.0.checked_sub_months(Months::new(12)).unwrap_or(self.0))
    }

    /// The next date. The last date there is has itself.
    pub fn next(self) -> Self {
        Self(self.0.checked_add_days(Days::new(1)).unwrap_or(self.0))
    }
}

/// The numbers of a text that has digits exactly where `form` has a zero, and else the same
/// characters.
fn numbers<const COUNT: usize>(text: &str, form: &str) -> Option<[u32; COUNT]> {
    if text.len() != form.len() {
        return None;
    }
    let mut numbers = [0_u32; COUNT];
    let mut index = 0;
    for (byte, place) in text.bytes().zip(form.bytes()) {
        match place {
            b'0' if byte.is_ascii_digit() => {
                let number = numbers.get_mut(index)?;
                *number = *number * 10 + u32::from(byte - b'0');
            }
            b'0' => return None,
            _ if byte == place => index += 1,
            _ => return None,
        }
    }
    Some(numbers)
}

/// A date of a year of four digits that does not begin with a zero, as the contract has it.
fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    let year = i32::try_from(year).ok().filter(|year| *year >= 1000)?;
    NaiveDate::from_ymd_opt(year, month, day)
}

impl FromStr for Timestamp {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        numbers(text, "0000-00-00T00:00:00Z")
            .and_then(|[year, month, day, hour, minute, second]| {
                date(year, month, day)?.and_hms_opt(hour, minute, second)
            })
            .map(|time| Self(time.and_utc()))
            .ok_or(TIMESTAMP)
    }
}

impl FromStr for Month {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        numbers(text, "0000-00")
            .and_then(|[year, month]| date(year, month, 1))
            .map(|first| Self { first })
            .ok_or(MONTH)
    }
}

impl FromStr for Date {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        numbers(text, "0000-00-00")
            .and_then(|[year, month, day]| date(year, month, day))
            .map(Self)
            .ok_or(DATE)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = (self.0.hour(), self.0.minute(), self.0.second());
        let date = Date(self.0.date_naive());
        write!(formatter, "{date}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

/// The text form in JSON and in debugging output.
macro_rules! text_forms {
    ($($type:ty),*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, formatter)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

text_forms!(Timestamp, Month, Date);

impl<C> Encode<C> for Timestamp {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        encoder.i64(self.seconds())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Timestamp {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        DateTime::from_timestamp(decoder.i64()?, 0)
            .map(Self)
            .ok_or_else(|| DecodeError::message("a time that does not exist"))
    }
}

text_form!(Month);
text_form!(Date);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_instants_strictly() {
        let text = "2026-02-28T23:59:59Z";
        assert_eq!(text.parse::<Timestamp>().expect(text).to_string(), text);
        for text in [
            "",
            "2026-02-28",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-12-31T23:59:60Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00+",
            "2026-01-01 00:00:00Z",
            "2026-01-01T00:00:00.0Z",
            "2026-01-01T00:00:00z",
            "+026-01-01T00:00:00Z",
            "0999-01-01T00:00:00Z",
            " 2026-01-01T00:00:0Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn reads_and_prints_months_and_dates_strictly() {
        assert_eq!("2026-08".parse::<Month>().expect("a month").to_string(), "2026-08");
        for text in ["2026-13", "2026-00", "2026-8", "26-08", "2026-08-01", "2026/08", ""] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
        assert_eq!("2024-02-29".parse::<Date>().expect("a date").to_string(), "2024-02-29");
        for text in ["2026-02-29", "2026-2-01", "2026-08", "20260801", ""] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn places_dates_in_months_and_zones() {
        let date: Date = "2026-08-31".parse().expect("a date");
        let month: Month = "2026-08".parse().expect("a month");
        assert!(month.contains(date));
        assert!(!month.contains(date.next()));
        assert_eq!(date.next().to_string(), "2026-09-01");
        assert_eq!(date.begin_utc().to_string(), "2026-08-31T00:00:00Z");
        assert_eq!(date.begin_utc_plus_8().to_string(), "2026-08-30T16:00:00Z");
        assert_eq!(month.first().to_string(), "2026-08-01");
    }

    #[test]
    fn a_month_begins_at_midnight_in_utc_plus_8() {
        for (time, expected) in [
            ("2027-02-28T15:59:59Z", ["2027-02", "2027-01", "2026-12"]),
            ("2027-02-28T16:00:00Z", ["2027-03", "2027-02", "2027-01"]),
            ("2026-12-31T16:00:00Z", ["2027-01", "2026-12", "2026-11"]),
        ] {
            let month = time.parse::<Timestamp>().expect(time).month_utc_plus_8();
            let last = [0, 1, 2].map(|months| month.minus(months).to_string());
            assert_eq!(last, expected, "{time}");
        }
    }

    #[test]
    fn finds_the_date_in_utc_plus_8_and_the_day_a_year_before() {
        for (time, date, before) in [
            ("2026-08-30T15:59:59Z", "2026-08-30", "2025-08-30"),
            ("2026-08-30T16:00:00Z", "2026-08-31", "2025-08-31"),
            ("2024-02-29T00:00:00Z", "2024-02-29", "2023-02-28"),
        ] {
            let here = time.parse::<Timestamp>().expect(time).date_utc_plus_8();
            assert_eq!(
                (here.to_string(), here.one_year_before().to_string()),
                (date.to_owned(), before.to_owned())
            );
        }
    }

    #[test]
    fn a_period_holds_both_of_its_ends() {
        let time = |text: &str| text.parse::<Timestamp>().expect(text);
        let (first, last) = (time("2026-01-01T00:00:00Z"), time("2026-01-02T00:00:00Z"));
        let period = Period::of_seconds(Some(first), Some(last));
        assert!(period.contains(first) && period.contains(last));
        assert!(!period.contains(last.next()) && !period.contains(time("2025-12-31T23:59:59Z")));
        assert!(Period::of_seconds(None, Some(last)).contains(time("1000-01-01T00:00:00Z")));
        assert!(Period::of_seconds(Some(first), None).contains(time("9999-12-31T23:59:59Z")));
        assert_eq!(Period::of_seconds(None, None), Period::ALL);
        let date = first.date_utc_plus_8();
        let day = Period::of_dates_utc_plus_8(date, date);
        assert!(day.contains(time("2025-12-31T16:00:00Z")));
        assert!(day.contains(time("2026-01-01T15:59:59Z")));
        assert!(!day.contains(time("2026-01-01T16:00:00Z")));
    }

    #[test]
    fn a_period_between_two_times_holds_neither() {
        let time = |text: &str| text.parse::<Timestamp>().expect(text);
        let (first, last) = (time("2026-01-01T00:00:00Z"), time("2026-01-02T00:00:00Z"));
        let period = Period::between(Some(first), Some(last));
        assert!(!period.contains(first) && !period.contains(last));
        assert!(period.contains(first.next()) && period.contains(time("2026-01-01T23:59:59Z")));
        assert_eq!(Period::between(None, None), Period::ALL);
        let (older, newer) = period.split_at(first.next().next());
        assert!(older.contains(first.next()) && !newer.contains(first.next()));
        assert!(!older.contains(first.next().next()) && newer.contains(first.next().next()));
        assert_eq!(period.split_at(first).1, period);
        assert_eq!(period.split_at(last).0, period);
    }

    #[test]
    fn counts_months_back_by_the_calendar_of_utc_plus_8() {
        let time = |text: &str| text.parse::<Timestamp>().expect(text);
        for (now, months, before) in [
            ("2026-03-31T01:02:03Z", 1, "2026-02-28T01:02:03Z"),
            // The last second of 28 February there, and midnight of 1 March.
            ("2027-02-28T15:59:59Z", 12, "2026-02-28T15:59:59Z"),
            ("2027-02-28T16:00:00Z", 12, "2026-02-28T16:00:00Z"),
            ("2027-02-28T16:00:00Z", 1, "2027-01-31T16:00:00Z"),
            // The last second of 31 March, which February has no day for, and midnight of 1 April.
            ("2027-03-31T15:59:59Z", 1, "2027-02-28T15:59:59Z"),
            ("2027-03-31T16:00:00Z", 1, "2027-02-28T16:00:00Z"),
            ("2028-02-29T15:59:59Z", 12, "2027-02-28T15:59:59Z"),
            ("2028-02-29T16:00:00Z", 12, "2027-02-28T16:00:00Z"),
            ("2028-02-28T16:00:00Z", 12, "2027-02-27T16:00:00Z"),
            ("2027-08-31T15:59:59Z", 18, "2026-02-28T15:59:59Z"),
            ("2027-08-31T16:00:00Z", 18, "2026-02-28T16:00:00Z"),
            ("2026-12-31T16:00:00Z", 24, "2024-12-31T16:00:00Z"),
        ] {
            assert_eq!(time(now).months_before(months), time(before), "{now} {months}");
        }
    }

    #[test]
    fn drops_what_is_below_a_second() {
        let time = DateTime::from_timestamp_millis(1_999).expect("a time");
        assert_eq!(Timestamp::from(time).seconds(), 1);
    }

    #[test]
    fn records_keep_the_second() {
        let time: Timestamp = "2026-01-10T00:00:00Z".parse().expect("a time");
        let bytes = minicbor::to_vec(time).expect("encodes");
        assert_eq!(bytes.len(), 5);
        assert_eq!(minicbor::decode::<Timestamp>(&bytes).expect("decodes"), time);
    }
}
