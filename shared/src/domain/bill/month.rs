//! Which months are billed, and which are closed.

use crate::value::time::{Month, Timestamp};
use minicbor::{Decode, Encode};

/// The months that have lines which the books of a tenant generated.
///
/// A line goes into the month in GMT+8 in which it is booked. A closed month takes none: a
/// line that comes to it all the same, because a clock is behind, goes into the first open month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct BilledMonths {
    /// The transaction that generated the first line. What was moved before has none.
    #[n(0)]
    pub since: Option<u64>,
    /// The months that are open and have lines, the oldest first.
    #[n(1)]
    pub open: Vec<OpenMonth>,
    /// The newest month that is closed. All before it are.
    #[n(2)]
    pub closed: Option<Month>,
    /// How many customers owe something.
    #[n(3)]
    pub debtors: u64,
    /// The transaction that closed that month.
    #[n(4)]
    pub closed_by: Option<u64>,
    /// The first month that had lines. Those before it are history, and never closed.
    #[n(5)]
    pub first: Option<Month>,
}

/// A month that is not closed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OpenMonth {
    /// The month.
    #[n(0)]
    pub month: Month,
    /// The transaction that generated its first line.
    #[n(1)]
    pub first_sequence: u64,
    /// Number of lines generated.
    #[n(2)]
    pub records: u64,
}

impl BilledMonths {
    /// The month that a line goes into which is booked now.
    pub fn cycle_at(&self, now: Timestamp) -> Month {
        let month = now.month_utc_plus_8();
        self.closed.map_or(month, |closed| month.max(closed.plus(1)))
    }

    /// The month that something went into which a transaction has booked at a time.
    pub fn cycle_of(&self, time: Timestamp, sequence: u64) -> Month {
        let month = time.month_utc_plus_8();
        match (self.closed, self.closed_by) {
            (Some(closed), Some(by)) if by < sequence => month.max(closed.plus(1)),
            _ => month,
        }
    }

    /// Whether nothing about a month may change any more.
    pub fn is_closed(&self, month: Month) -> bool {
        let is_history = self.first.is_none_or(|first| month < first);
        !is_history && self.closed.is_some_and(|closed| month <= closed)
    }

    /// The month that has to be closed before all others.
    pub fn next_to_close(&self) -> Option<Month> {
        let first_open = self.open.first().map(|open| open.month);
        self.closed.map(|closed| closed.plus(1)).or(first_open)
    }

    /// What is known of a month that is open and has lines.
    pub fn open_month(&self, month: Month) -> Option<&OpenMonth> {
        self.open.iter().find(|open| open.month == month)
    }

    /// Takes note of lines that a transaction generates.
    pub fn count(&mut self, month: Month, records: u64, sequence: u64) {
        self.since = self.since.or(Some(sequence));
        self.first = Some(self.first.map_or(month, |first| first.min(month)));
        match self.open.iter_mut().find(|open| open.month == month) {
            Some(open) => open.records = open.records.saturating_add(records),
            None => {
                self.open.push(OpenMonth { month, first_sequence: sequence, records });
                self.open.sort_by_key(|open| open.month);
            }
        }
    }

    /// Closes the month that has to be closed before all others, by a transaction.
    pub fn close(&mut self, month: Month, sequence: u64) {
        self.open.retain(|open| open.month > month);
        self.closed = Some(self.closed.map_or(month, |closed| closed.max(month)));
        self.closed_by = Some(sequence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().expect(text)
    }

    fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    #[test]
    fn a_line_belongs_to_its_month_in_gmt_8_unless_that_is_closed() {
        let mut months = BilledMonths::default();
        // Paid at 16:30 UTC on the last day of October: November in GMT+8.
        assert_eq!(months.cycle_at(time("2026-10-31T16:30:00Z")), month("2026-11"));
        assert_eq!(months.cycle_at(time("2026-10-31T15:59:59Z")), month("2026-10"));
        months.count(month("2026-10"), 2, 7);
        months.close(month("2026-10"), 9);
        let last = time("2026-10-31T15:59:59Z");
        assert_eq!(months.cycle_of(last, 8), month("2026-10"));
        assert_eq!(months.cycle_of(last, 10), month("2026-11"));
        assert_eq!(months.cycle_at(time("2026-10-31T15:59:59Z")), month("2026-11"));
        assert_eq!(months.cycle_at(time("2026-12-15T00:00:00Z")), month("2026-12"));
    }

    #[test]
    fn months_are_closed_one_after_the_other() {
        let mut months = BilledMonths::default();
        assert_eq!(months.next_to_close(), None);
        months.count(month("2026-12"), 1, 9);
        months.count(month("2026-10"), 2, 10);
        months.count(month("2026-10"), 3, 11);
        assert_eq!(months.since, Some(9));
        let october = OpenMonth { month: month("2026-10"), first_sequence: 10, records: 5 };
        assert_eq!(months.open_month(month("2026-10")), Some(&october));
        for next in ["2026-10", "2026-11", "2026-12", "2027-01"] {
            assert_eq!(months.next_to_close(), Some(month(next)));
            assert!(!months.is_closed(month(next)));
            months.close(month(next), 20);
            assert!(months.is_closed(month(next)));
        }
        assert!(!months.is_closed(month("2026-09")) && months.open.is_empty());
    }
}
