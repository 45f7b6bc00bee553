//! Terms of yearly/monthly resources: how long they are, when they end, and how many hours of them
//! are used.
//!
//! Terms are counted in GMT+8, whatever the zone of the caller. A term of days, weeks, months or
//! years ends at 23:59:59 there; a month ends on the day of the month on which the resource was
//! bought, its anchor, or on the last day of a shorter month: 03-31, 04-30, 05-31. A renewal goes
//! on from the old expiry, also when it comes late.

use crate::value::code::codes;
use crate::value::time::Timestamp;
use chrono::{Datelike, Days, FixedOffset, Months, NaiveDate, NaiveTime, TimeDelta};
use minicbor::{Decode, Encode};

/// Seconds in an hour.
const HOUR_SECONDS: i64 = 3_600;

/// Most days of a month.
const MONTH_DAYS_MAX: u32 = 31;

/// Days of a month where one of a term in months is paid for by the day.
const MONTH_DAYS_PAID: u32 = 30;

/// Seconds by which GMT+8 is ahead.
const ZONE_SECONDS: i32 = 8 * 3_600;

codes! {
    /// Unit of a term, as orders and their line items write it.
    PeriodType: integer {
        /// A day.
        Day = 0,
        /// Seven days.
        Week = 1,
        /// A month.
        Month = 2,
        /// A year.
        Year = 3,
        /// An hour.
        Hour = 4,
        /// No term at all: paid once.
        OneOff = 5,
    }
}

/// How long a term is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Term {
    /// Its unit.
    #[n(0)]
    pub period_type: PeriodType,
    /// How many of them, above zero.
    #[n(1)]
    pub period_num: u32,
}

/// When a term ends, and the day of the month that later ones end on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// The last second of the term.
    pub expire_time: Timestamp,
    /// The day of the month on which the resource was bought, in GMT+8.
    pub anchor_day: u32,
}

impl Expiry {
    /// The end of a term that was moved to a common day. Of the last day of a month it does not tell
    /// whether later ones end on that day or on the last one: the next renewal does.
    pub fn moved_to(expire_time: Timestamp) -> Self {
        let date = date_of(expire_time);
        let is_last = date.succ_opt().is_none_or(|next| next.month() != date.month());
        let anchor_day = if is_last { MONTH_DAYS_MAX } else { date.day() };
        Self { expire_time, anchor_day }
    }
}

impl Term {
    /// What part of its price so many more days cost, as numerator and denominator: a month's price
    /// is that of thirty days.
    pub fn share_of_days(self, days: u32) -> (u32, u32) {
        let months = self.in_months().unwrap_or(1).max(1);
        (days, months.saturating_mul(MONTH_DAYS_PAID))
    }

    /// One month, and so many.
    pub fn months(period_num: u32) -> Self {
        Self { period_type: PeriodType::Month, period_num }
    }

    /// How many months it is, if it is counted in months or years.
    pub fn in_months(self) -> Option<u32> {
        match self.period_type {
            PeriodType::Month => Some(self.period_num),
            PeriodType::Year => self.period_num.checked_mul(12),
            PeriodType::Day | PeriodType::Week | PeriodType::Hour | PeriodType::OneOff => None,
        }
    }

    /// When the term ends if it begins now and is the resource's first.
    pub fn first(self, begin: Timestamp) -> Expiry {
        let anchor_day = date_of(begin).day();
        Expiry { expire_time: self.end(begin, anchor_day), anchor_day }
    }

    /// When the term ends if it goes on from the end of another one.
    pub fn renewed(self, before: Expiry) -> Expiry {
        let expire_time = self.end(before.expire_time, before.anchor_day);
        Expiry { expire_time, ..before }
    }

    /// When the term ends if it goes on from the end of another one and renewed terms end on one day
    /// of the month, -1 for its last one; and how many days that adds. From a term that ends on that
    /// day already, nothing; otherwise those until the day comes next.
    pub fn renewed_on(self, before: Expiry, day: Option<i32>) -> (Expiry, u32) {
        let plain = self.renewed(before);
        let Some(day) = day.filter(|_| self.in_months().is_some()) else {
            return (plain, 0);
        };
        let anchor_day = u32::try_from(day).unwrap_or(MONTH_DAYS_MAX);
        let on_the_day = |date: NaiveDate| day_in_month(first_of_month(date), anchor_day);
        let begin = date_of(before.expire_time);
        if on_the_day(begin) == begin {
            return (self.renewed(Expiry { anchor_day, ..before }), 0);
        }
        let end = date_of(plain.expire_time);
        let next_month = first_of_month(end).checked_add_months(Months::new(1)).unwrap_or(end);
        let date = [on_the_day(end), on_the_day(next_month)].into_iter().find(|date| end <= *date);
        let date = date.unwrap_or(end);
        let added = date.signed_duration_since(end).num_days();
        let expiry = Expiry { expire_time: last_second(date), anchor_day };
        (expiry, u32::try_from(added).unwrap_or(0))
    }

    /// The end of a term that begins on the day of `begin`, or at its hour.
    fn end(self, begin: Timestamp, anchor_day: u32) -> Timestamp {
        let date = date_of(begin);
        let days = |count: u32| date.checked_add_days(Days::new(count.into())).map(last_second);
        let end = match self.period_type {
            PeriodType::Day => days(self.period_num),
            PeriodType::Week => days(self.period_num.saturating_mul(7)),
            PeriodType::Month | PeriodType::Year => self
                .in_months()
                .and_then(|months| first_of_month(date).checked_add_months(Months::new(months)))
                .map(|month| last_second(day_in_month(month, anchor_day))),
            PeriodType::Hour => Some(plus(begin, i64::from(self.period_num) * HOUR_SECONDS)),
            PeriodType::OneOff => Some(Timestamp::MAX),
        };
        end.unwrap_or(Timestamp::MAX)
    }
}

/// The same time so many seconds later. The last time there is has itself.
pub fn plus(time: Timestamp, seconds: i64) -> Timestamp {
    let later = time.instant().checked_add_signed(TimeDelta::seconds(seconds));
    later.map_or(Timestamp::MAX, Timestamp::from)
}

/// The same time so many days later.
pub fn plus_days(time: Timestamp, days: u32) -> Timestamp {
    plus(time, i64::from(days) * 24 * HOUR_SECONDS)
}

/// The time of day of GMT+8 at which renewals are deducted.
const DEDUCTION_HOUR: u32 = 3;

/// When a renewal is deducted first: at 03:00 in GMT+8, so many days before the term ends.
pub fn deduction(expire_time: Timestamp, days_before: u32) -> Timestamp {
    let date = date_of(expire_time);
    let date = date.checked_sub_days(Days::new(days_before.into())).unwrap_or(date);
    at_hour(date, DEDUCTION_HOUR)
}

/// The next time of deduction after a moment.
pub fn next_deduction(now: Timestamp) -> Timestamp {
    let today = date_of(now);
    let at = at_hour(today, DEDUCTION_HOUR);
    if now < at {
        return at;
    }
    at_hour(today.succ_opt().unwrap_or(today), DEDUCTION_HOUR)
}

/// The year in GMT+8.
pub fn year(time: Timestamp) -> i32 {
    date_of(time).year()
}

/// Whole hours between two times, both taken back to the hour that they lie in.
pub fn whole_hours(begin: Timestamp, end: Timestamp) -> u64 {
    let hour = |time: Timestamp| time.seconds().div_euclid(HOUR_SECONDS);
    u64::try_from(hour(end).saturating_sub(hour(begin))).unwrap_or(0)
}

/// Which year of its use something is in, from 1: the day of a year before is not over.
pub fn year_of_use(begin: Timestamp, now: Timestamp) -> usize {
    let local = |time: Timestamp| plus(time, ZONE_SECONDS.into()).instant();
    let (begin, now) = (local(begin), local(now));
    let over = |years: &u32| {
        let later = begin.checked_add_months(Months::new(years.saturating_mul(12)));
        later.is_some_and(|later| later <= now)
    };
    1 + (1..=YEARS_OF_USE_MAX).take_while(over).count()
}

/// Years that anything is used for, at most.
const YEARS_OF_USE_MAX: u32 = 100;

fn zone() -> Option<FixedOffset> {
    FixedOffset::east_opt(ZONE_SECONDS)
}

/// The date in GMT+8.
fn date_of(time: Timestamp) -> NaiveDate {
    let instant = time.instant();
    zone().map_or(instant.date_naive(), |zone| instant.with_timezone(&zone).date_naive())
}

/// A time of day of GMT+8.
fn at_hour(date: NaiveDate, hour: u32) -> Timestamp {
    let local = date.and_time(NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN));
    let instant = local.and_utc() - TimeDelta::seconds(ZONE_SECONDS.into());
    Timestamp::from(instant)
}

/// 23:59:59 of a date in GMT+8.
fn last_second(date: NaiveDate) -> Timestamp {
    plus(at_hour(date, 0), 24 * HOUR_SECONDS - 1)
}

fn first_of_month(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

/// A day of a month, or its last one.
fn day_in_month(month: NaiveDate, day: u32) -> NaiveDate {
    (1..=day).rev().find_map(|day| month.with_day(day)).unwrap_or(month)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    /// A time of GMT+8, written without its zone.
    fn local(text: &str) -> Timestamp {
        plus(time(&format!("{text}Z")), -i64::from(ZONE_SECONDS))
    }

    #[test]
    fn a_month_ends_on_the_day_it_began_on_at_the_last_second() {
        let expiry = Term::months(1).first(local("2024-01-01T10:30:00"));
        assert_eq!(expiry.expire_time, time("2024-02-01T15:59:59Z"));
        // Already the next day in GMT+8.
        let expiry = Term::months(1).first(time("2024-01-01T16:00:00Z"));
        assert_eq!(expiry.expire_time, local("2024-02-02T23:59:59"));
        let year = Term { period_type: PeriodType::Year, period_num: 1 };
        let leap = year.first(local("2024-02-29T00:00:00"));
        assert_eq!(leap.expire_time, local("2025-02-28T23:59:59"));
        let three = Term { period_type: PeriodType::Year, period_num: 3 }.renewed(leap);
        assert_eq!(three.expire_time, local("2028-02-29T23:59:59"));
    }

    #[test]
    fn renewals_go_on_from_the_old_expiry_and_keep_the_anchor() {
        let month = Term::months(1);
        let april = month.first(local("2024-03-31T09:00:00"));
        assert_eq!(april.expire_time, local("2024-04-30T23:59:59"));
        // Renewed on 05-10, in retention: 21 days are left.
        let may = month.renewed(april);
        assert_eq!(may.expire_time, local("2024-05-31T23:59:59"));
        let left = may.expire_time.instant() - local("2024-05-10T23:59:59").instant();
        assert_eq!(left.num_days(), 21);
        assert_eq!(month.renewed(may).expire_time, local("2024-06-30T23:59:59"));
    }

    #[test]
    fn a_common_day_is_waited_for_once_and_kept_from_then_on() {
        let month = Term::months(1);
        let expiry = |date: &str, anchor_day| Expiry {
            expire_time: local(&format!("{date}T23:59:59")),
            anchor_day,
        };
        for (before, anchor_day, day, end, added) in [
            // On the day already, also in a month that is too short for it.
            ("2026-01-15", 15, 15, "2026-02-15", 0),
            ("2026-02-28", 31, -1, "2026-03-31", 0),
            ("2026-04-30", 30, -1, "2026-05-31", 0),
            // The day is still to come, or comes in the next month.
            ("2026-01-10", 10, 15, "2026-02-15", 5),
            ("2026-01-20", 20, 15, "2026-03-15", 23),
            ("2026-01-31", 31, 28, "2026-02-28", 0),
            ("2026-01-30", 30, 1, "2026-03-01", 1),
            ("2026-12-05", 5, -1, "2027-01-31", 26),
        ] {
            let (renewed, days) = month.renewed_on(expiry(before, anchor_day), Some(day));
            let wanted = local(&format!("{end}T23:59:59"));
            assert_eq!((renewed.expire_time, days), (wanted, added), "{before} to {day}");
            let (next, more) = month.renewed_on(renewed, Some(day));
            assert_eq!(more, 0, "{before} to {day}");
            assert!(next.expire_time > renewed.expire_time);
            let moved = Expiry::moved_to(renewed.expire_time);
            assert_eq!(month.renewed_on(moved, Some(day)), (next, 0), "{before} to {day}");
        }
        let before = expiry("2026-01-20", 20);
        assert_eq!(month.renewed_on(before, None), (month.renewed(before), 0));
        let days = Term { period_type: PeriodType::Day, period_num: 3 };
        assert_eq!(days.renewed_on(before, Some(1)), (days.renewed(before), 0));
        assert_eq!(Term::months(2).share_of_days(15), (15, 60));
    }

    #[test]
    fn other_units_count_days_and_hours() {
        let begin = local("2026-01-30T10:30:00");
        for (period_type, period_num, end) in [
            (PeriodType::Day, 2, local("2026-02-01T23:59:59")),
            (PeriodType::Week, 1, local("2026-02-06T23:59:59")),
            (PeriodType::Hour, 5, local("2026-01-30T15:30:00")),
            (PeriodType::OneOff, 1, Timestamp::MAX),
        ] {
            let term = Term { period_type, period_num };
            assert_eq!(term.first(begin).expire_time, end, "{period_type:?}");
            assert_eq!(term.in_months(), None);
        }
        let far = Term::months(u32::MAX).first(begin);
        assert_eq!(far.expire_time, Timestamp::MAX);
    }

    #[test]
    fn hours_are_counted_between_the_hours_that_both_ends_lie_in() {
        let begin = local("2024-01-01T10:30:00");
        let end = Term::months(1).first(begin).expire_time;
        assert_eq!(whole_hours(begin, end.next()), 31 * 24 + 14);
        assert_eq!(whole_hours(begin, local("2024-01-15T18:40:00")), 14 * 24 + 8);
        assert_eq!(whole_hours(begin, local("2024-01-01T10:59:59")), 0);
        assert_eq!(whole_hours(end, begin), 0);
    }

    #[test]
    fn a_year_of_use_ends_where_the_next_begins() {
        let begin = local("2024-02-29T00:00:00");
        for (now, year) in [
            ("2024-02-29T00:00:00", 1),
            ("2025-02-27T23:59:59", 1),
            ("2025-02-28T00:00:00", 2),
            ("2026-02-28T00:00:00", 3),
            ("2027-02-28T00:00:00", 4),
        ] {
            assert_eq!(year_of_use(begin, local(now)), year, "{now}");
        }
        assert_eq!(year(time("2026-12-31T16:00:00Z")), 2027);
    }

    #[test]
    fn renewals_are_deducted_at_three_in_the_morning() {
        let expire_time = local("2026-03-10T23:59:59");
        assert_eq!(deduction(expire_time, 7), local("2026-03-03T03:00:00"));
        assert_eq!(deduction(expire_time, 7), time("2026-03-02T19:00:00Z"));
        for (now, next) in [
            ("2026-03-03T02:59:59", "2026-03-03T03:00:00"),
            ("2026-03-03T03:00:00", "2026-03-04T03:00:00"),
            ("2026-03-03T23:00:00", "2026-03-04T03:00:00"),
        ] {
            assert_eq!(next_deduction(local(now)), local(next), "{now}");
        }
    }
}
