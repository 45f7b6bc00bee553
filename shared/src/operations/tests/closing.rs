//! Months that are closed, over a store in memory: checked, frozen, and named when they are wrong.

use super::orders::{Shop, id, line, placing, time, yuan};
use super::usage::{HOUR, ticket};
use crate::books::record::{decode, encode};
use crate::books::{fee_record_key, key};
use crate::domain::bill::{Closing, FeeRecord};
use crate::domain::error::Reason;
use crate::operations::close_month::{close_month, due_month, verify_month};
use crate::operations::pay_order::Choice;
use crate::operations::unsubscribe_resources::Extent;
use crate::value::time::Month;

fn month(text: &str) -> Month {
    text.parse().expect(text)
}

impl Shop {
    /// Checks and closes a month.
    pub(super) fn close(&self, text: &str) -> Result<Closing, Reason> {
        let month = month(text);
        let verified = self.verify(text)?;
        if let Some(verified) = verified {
            assert!(self.update(async |books| close_month(books, &verified).await)?);
        }
        let closing = self.read(async |books| books.closing(month).await);
        Ok(closing.expect("it is closed"))
    }

    fn verify(
        &self,
        text: &str,
    ) -> Result<Option<crate::operations::close_month::Verified>, Reason> {
        let month = month(text);
        self.read(async |books| {
            let now = books.at(self.store_now());
            Ok(verify_month(books, month, now).await)
        })
    }

    /// Changes a bill line behind the books' back.
    fn forge(&self, record: &FeeRecord, change: impl Fn(FeeRecord) -> FeeRecord) {
        let key = fee_record_key(record);
        self.update(async |books| {
            let bytes = books.bytes(&key).await?.expect("a line");
            let forged = change(decode(&key, &bytes)?);
            books.forge(key.clone(), encode(&forged)?);
            Ok(())
        })
        .expect("forged");
    }
}

#[test]
fn a_month_is_closed_when_it_is_over_and_never_changes_again() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    shop.buy("10", "r");
    shop.meter(&[ticket("a", "7.005", HOUR)], "1");
    let fault = shop.close("2028-03").expect_err("it is not over");
    assert!(matches!(fault, Reason::Field { name: "month", .. }), "{fault:?}");
    shop.clock("2028-04-02T16:00:00Z");
    assert!(shop.close("2028-04").is_err() && shop.close("2028-02").is_err());
    let closing = shop.close("2028-03").expect("closed");
    assert_eq!((closing.records, closing.customers), (2, 1));
    assert_eq!((closing.amounts.consume, closing.amounts.cash), (yuan("17"), yuan("17")));
    assert_eq!(closing.amounts.erase, yuan("0.005"));
    let partner = shop.read(async |books| books.partner_sum(month("2028-03"), &id("D")).await);
    assert_eq!(partner.expect("a sum").amounts, closing.amounts);
    let (lines, sums) = (shop.bills("2028-03"), shop.sums("2028-03"));

    // A refund and late usage go into the open month; closing again answers the same.
    shop.unsubscribe(&["r"], Extent::Resource).expect("unsubscribed");
    shop.meter(&[ticket("late", "1", HOUR)], "1");
    assert_eq!((shop.bills("2028-03"), shop.sums("2028-03")), (lines, sums));
    assert_eq!(shop.bills("2028-04").len(), 2);
    assert_eq!(shop.close("2028-03"), Ok(closing));
    shop.audit();
    shop.clock("2028-05-01T16:00:00Z");
    shop.close("2028-04").expect("closed");
    shop.audit();
}

#[test]
fn a_line_that_comes_while_a_month_is_checked_is_checked_too() {
    let shop = Shop::at("2028-03-31T15:59:00Z");
    shop.buy("10", "r");
    shop.clock("2028-03-31T16:00:01Z");
    let verified = shop.verify("2028-03").expect("checked").expect("open");
    assert!(shop.update(async |books| close_month(books, &verified).await).expect("closed"));
    // It was checked when it had fewer lines.
    let shop = Shop::at("2028-03-31T15:59:00Z");
    shop.buy("10", "r");
    let early = shop.read(async |books| {
        verify_month(books, month("2028-03"), time("2028-03-31T16:00:01Z")).await
    });
    shop.buy("10", "r2");
    shop.clock("2028-03-31T16:00:01Z");
    let early = early.expect("open");
    assert_eq!(shop.update(async |books| close_month(books, &early).await), Ok(false));
    shop.close("2028-03").expect("closed");
    shop.audit();
}

#[test]
fn a_month_that_does_not_add_up_stays_open_and_says_why() {
    type Forgery = fn(FeeRecord) -> FeeRecord;
    let cases: [(Forgery, &str); 4] = [
        (|line| FeeRecord { cash_amount: Some(yuan("9")), ..line }, "line U-a"),
        (
            |line| FeeRecord {
                payment_amount: Some(yuan("6")),
                official_amount: Some(yuan("6")),
                cash_amount: Some(yuan("6")),
                ..line
            },
            "sums of customer C",
        ),
        (
            |line| FeeRecord {
                cash_amount: Some(yuan("0")),
                credit_amount: Some(yuan("7")),
                ..line
            },
            "sums of customer C",
        ),
        (|line| FeeRecord { trade_id: Some("another".to_owned()), ..line }, "trade U"),
    ];
    for (forgery, fault) in cases {
        let shop = Shop::at("2028-03-20T02:00:00Z");
        shop.meter(&[ticket("a", "7", HOUR)], "1");
        shop.clock("2028-04-02T16:00:00Z");
        shop.forge(&shop.bills("2028-03")[0], forgery);
        match shop.close("2028-03") {
            Err(Reason::MonthDoesNotAddUp(what)) => assert!(what.contains(fault), "{what}"),
            other => panic!("{fault}: {other:?}"),
        }
        assert_eq!(shop.read(async |books| books.closing(month("2028-03")).await), None);
    }
}

#[test]
fn a_month_is_due_on_the_third_and_one_after_the_other() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    let due = |now: &str| {
        let now = time(now);
        shop.read(async |books| due_month(books, now).await).map(|month| month.to_string())
    };
    assert_eq!(due("2028-09-01T00:00:00Z"), None);
    shop.buy("10", "r");
    assert_eq!(due("2028-04-02T15:59:59Z"), None);
    assert_eq!(due("2028-04-02T16:00:00Z"), Some("2028-03".to_owned()));
    shop.clock("2028-09-04T00:00:00Z");
    for month in ["2028-03", "2028-04", "2028-05", "2028-06", "2028-07", "2028-08"] {
        assert_eq!(due("2028-09-04T00:00:00Z"), Some(month.to_owned()));
        shop.close(month).expect("closed");
    }
    assert_eq!(due("2028-09-04T00:00:00Z"), None);
    let placed = shop.place(placing(vec![line("3")]));
    shop.pay(&placed, Choice::default()).expect("paid");
    assert_eq!(shop.bills("2028-09").len(), 1);
    shop.audit();
}

#[test]
fn a_clock_that_is_behind_books_into_the_first_open_month() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    shop.buy("10", "r");
    let late = time("2028-03-31T15:59:59Z");
    shop.clock("2028-04-02T16:00:00Z");
    shop.close("2028-03").expect("closed");
    let cycle = shop.read(async |books| Ok(books.billed_months().await?.cycle_at(late)));
    assert_eq!(cycle, month("2028-04"));
    assert!(key::closing(month("2028-03")) != key::closing(month("2028-04")));
}
