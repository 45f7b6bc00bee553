//! How what a bill line costs is spread over the days that it is for.
//!
//! | line | days |
//! | --- | --- |
//! | of an order | from the day on which its term begins to its last one, each the same |
//! | of an order, given back before its end | the same up to the day on which it is given back, which bears all that is left |
//! | of a refund | the day on which it is given back |
//! | of usage | the day of use, if that lies in the month that it is billed in, else the day on which it was billed |
//!
//! Days are those of GMT+8. Amounts have eight decimals: what the days up to one come to is cut off
//! there, and a day's amount is what it adds. So the days of a line come to its amount exactly,
//! whatever they are summed up to on the way.

use crate::domain::bill::{ChargingMode, FeeRecord};
use crate::domain::error::Reason;
use crate::value::id::FeeRecordId;
use crate::value::money::Money;
use crate::value::time::{Date, Month, Timestamp};
use minicbor::{Decode, Encode};

/// The term of an order's bill line, as it is listed for amortisation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TermOfLine {
    /// The line.
    #[n(0)]
    pub id: FeeRecordId,
    /// The month that it was billed in.
    #[n(1)]
    pub bill_cycle: Month,
    /// When it was billed.
    #[n(2)]
    pub billed_at: Timestamp,
    /// When its term begins.
    #[n(3)]
    pub begin: Timestamp,
    /// The last second of its term.
    #[n(4)]
    pub end: Timestamp,
    /// When it was given back.
    #[n(5)]
    pub given_back: Option<Timestamp>,
}

impl TermOfLine {
    /// The term of a line that an order generated. `None` for a line without.
    pub fn of(record: &FeeRecord) -> Option<Self> {
        Some(Self {
            id: record.id.clone(),
            bill_cycle: record.bill_cycle,
            billed_at: record.billed_at(),
            begin: record.effective_time?,
            end: record.expire_time?,
            given_back: None,
        })
    }

    /// The last day that bears some of its cost.
    pub fn last_day(&self) -> Date {
        Schedule::of_term(self).last
    }
}

/// The days that an amount is spread over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The first day.
    first: Date,
    /// The last day that bears some.
    last: Date,
    /// By how many days the amount is divided.
    days: u32,
}

/// What of an amount falls on the months before one, on it, and on those after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Before it.
    pub past: Money,
    /// On it.
    pub current: Money,
    /// After it.
    pub future: Money,
}

impl Schedule {
    /// All of it on one day.
    pub fn on(day: Date) -> Self {
        Self { first: day, last: day, days: 1 }
    }

    /// The days of an order's term.
    pub fn of_term(term: &TermOfLine) -> Self {
        let (first, end) = (term.begin.date_utc_plus_8(), term.end.date_utc_plus_8());
        let end = end.max(first);
        let days = first.days_until(end).saturating_add(1);
        let last = match term.given_back {
            // What is given back before it begins costs something on that day only, and nothing.
            Some(time) if time.date_utc_plus_8() < first => {
                return Self::on(time.date_utc_plus_8());
            }
            Some(time) => time.date_utc_plus_8().min(end),
            None => end,
        };
        Self { first, last, days }
    }

    /// The day of a line that has no term: of usage, of a refund.
    pub fn of_line(record: &FeeRecord) -> Self {
        let billed = record.billed_at().date_utc_plus_8();
        let used = record.consume_time.map(Timestamp::date_utc_plus_8);
        let is_usage = record.charging_mode == Some(ChargingMode::PayPerUse);
        let used = used.filter(|day| is_usage && record.bill_cycle.contains(*day));
        Self::on(used.unwrap_or(billed))
    }

    /// The first day that bears some.
    pub fn first_day(&self) -> Date {
        self.first
    }

    /// The last day that bears some.
    pub fn last_day(&self) -> Date {
        self.last
    }

    /// What of an amount falls on the days before this one.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn before(&self, amount: Money, day: Date) -> Result<Money, Reason> {
        if day <= self.first {
            return Ok(Money::ZERO);
        }
        if day > self.last {
            return Ok(amount);
        }
        let part = amount.part(self.first.days_until(day), self.days);
        part.map_err(|_| Reason::AmountTooLarge)
    }

    /// What of an amount falls on the days from the first to the last, both included.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn within(&self, amount: Money, first: Date, last: Date) -> Result<Money, Reason> {
        if last < first {
            return Ok(Money::ZERO);
        }
        let (before, until) = (self.before(amount, first)?, self.before(amount, last.next())?);
        until.checked_sub(before).map_err(|_| Reason::AmountTooLarge)
    }

    /// What of an amount falls on the months before one, on it, and on those after: together all
    /// of it.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn split(&self, amount: Money, month: Month) -> Result<Split, Reason> {
        let (first, next) = (month.first(), month.plus(1).first());
        let (past, until) = (self.before(amount, first)?, self.before(amount, next)?);
        let less = |a: Money, b| a.checked_sub(b).map_err(|_| Reason::AmountTooLarge);
        Ok(Split { past, current: less(until, past)?, future: less(amount, until)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bill::BillDetailType;
    use proptest::prelude::*;

    fn money(text: &str) -> Money {
        text.parse().expect(text)
    }

    fn date(text: &str) -> Date {
        text.parse().expect(text)
    }

    fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    fn term(begin: &str, end: &str, given_back: Option<&str>) -> TermOfLine {
        TermOfLine {
            id: "CS1-000001-0001".parse().expect("id"),
            bill_cycle: "2026-06".parse().expect("month"),
            billed_at: time(begin),
            begin: time(begin),
            end: time(end),
            given_back: given_back.map(time),
        }
    }

    fn usage(consume: &str, trade: &str, cycle: &str) -> FeeRecord {
        let id = "U-1".parse().expect("id");
        let (partner, customer) = ("p".parse().expect("id"), "c".parse().expect("id"));
        FeeRecord {
            consume_time: Some(time(consume)),
            charging_mode: Some(ChargingMode::PayPerUse),
            bill_detail_type: Some(BillDetailType::Usage),
            ..FeeRecord::generated(
                id,
                partner,
                customer,
                cycle.parse().expect("month"),
                time(trade),
            )
        }
    }

    #[test]
    fn sixty_for_thirty_days_are_two_a_day() {
        // 2026-06-01 to 06-30 in GMT+8.
        let term = term("2026-05-31T16:00:00Z", "2026-06-30T15:59:59Z", None);
        let schedule = Schedule::of_term(&term);
        assert_eq!(term.last_day(), date("2026-06-30"));
        for day in 1..=30 {
            let day = date(&format!("2026-06-{day:02}"));
            assert_eq!(schedule.within(money("60"), day, day).expect("a day"), money("2"));
        }
        let (first, last) = (date("2026-06-01"), date("2026-06-30"));
        assert_eq!(schedule.within(money("60"), first, last).expect("all"), money("60"));
        assert!(schedule.within(money("60"), last, first).expect("none").is_zero());
    }

    #[test]
    fn what_is_given_back_bears_the_rest_on_that_day() {
        // Given back on the third day: 2 and 2, then the rest of 56; its refund of 56 the same day.
        let given_back = Some("2026-06-03T04:00:00Z");
        let term = term("2026-05-31T16:00:00Z", "2026-06-30T15:59:59Z", given_back);
        let schedule = Schedule::of_term(&term);
        for (day, amount) in
            [("2026-06-01", "2"), ("2026-06-02", "2"), ("2026-06-03", "56"), ("2026-06-04", "0")]
        {
            let day = date(day);
            assert_eq!(schedule.within(money("60"), day, day).expect("a day"), money(amount));
        }
        let refund = Schedule::on(date("2026-06-03"));
        let june = refund.split(money("-56"), "2026-06".parse().expect("month")).expect("splits");
        assert_eq!(june.current, money("-56"));
        assert_eq!(term.last_day(), date("2026-06-03"));
    }

    #[test]
    fn what_never_began_costs_nothing_but_on_the_day_of_its_refund() {
        let given_back = Some("2026-05-20T00:00:00Z");
        let term = term("2026-06-30T16:00:00Z", "2026-07-31T15:59:59Z", given_back);
        let day = date("2026-05-20");
        assert_eq!(Schedule::of_term(&term), Schedule::on(day));
        assert_eq!(term.last_day(), day);
    }

    #[test]
    fn usage_counts_on_its_day_unless_it_is_billed_in_another_month() {
        // Used 06-10 23:00 to 24:00, billed 06-11 00:53:30; then 06-30, billed 07-01, in GMT+8.
        let same = usage("2026-06-10T15:00:00Z", "2026-06-10T16:53:30Z", "2026-06");
        assert_eq!(Schedule::of_line(&same), Schedule::on(date("2026-06-10")));
        let next = usage("2026-06-30T15:00:00Z", "2026-06-30T16:53:30Z", "2026-07");
        assert_eq!(Schedule::of_line(&next), Schedule::on(date("2026-07-01")));
    }

    #[test]
    fn months_of_a_term_are_as_long_as_they_are() {
        // A year from 2026-01-15 to 2027-01-15: 366 days.
        let term = term("2026-01-15T02:30:00Z", "2027-01-15T15:59:59Z", None);
        let schedule = Schedule::of_term(&term);
        let split = |month: &str| {
            let month = month.parse().expect(month);
            let Split { past, current, future } =
                schedule.split(money("366"), month).expect("splits");
            [past.to_string(), current.to_string(), future.to_string()]
        };
        assert_eq!(split("2026-01"), ["0", "17", "349"]);
        assert_eq!(split("2026-02"), ["17", "28", "321"]);
        assert_eq!(split("2027-01"), ["351", "15", "0"]);
        assert_eq!(split("2027-02"), ["366", "0", "0"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn past_current_and_future_are_the_amount(
            fen in -1_000_000_000_i128..1_000_000_000,
            days in 1_u32..1_100,
            back_after in proptest::option::of(0_u32..1_200),
        ) {
            let begin = time("2026-01-15T02:30:00Z");
            let later = |days: u32| crate::domain::term::plus_days(begin, days);
            let term = TermOfLine {
                begin,
                end: later(days - 1),
                given_back: back_after.map(later),
                ..term("2026-01-15T02:30:00Z", "2026-01-15T02:30:00Z", None)
            };
            let schedule = Schedule::of_term(&term);
            let amount = Money::of_fen(fen).expect("money");
            let mut month: Month = "2025-12".parse().expect("month");
            let mut sum = Money::ZERO;
            for _ in 0..45 {
                let Split { past, current, future } = schedule.split(amount, month).expect("ok");
                prop_assert_eq!(past, sum);
                sum = sum.checked_add(current).expect("a sum");
                prop_assert_eq!(sum.checked_add(future).expect("a sum"), amount);
                let (first, last) = (month.first(), month.plus(1).first());
                let mut of_days = Money::ZERO;
                let mut day = first;
                while day < last {
                    let one = schedule.within(amount, day, day).expect("a day");
                    prop_assert!(one.is_zero() || one.is_negative() == amount.is_negative());
                    of_days = of_days.checked_add(one).expect("a sum");
                    day = day.next();
                }
                prop_assert_eq!(of_days, current);
                month = month.plus(1);
            }
            prop_assert_eq!(sum, amount);
        }
    }
}
