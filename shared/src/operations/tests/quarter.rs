//! A generated quarter, small enough to run in seconds: orders, renewals, refunds, usage, packages,
//! coupons and arrears at random, each month closed, and everything compared with what a sequential
//! program says that knows nothing of bills.

use super::orders::{Shop, id, line, placing, with_coupon, yuan};
use super::usage::ticket;
use crate::domain::account::AccountId;
use crate::domain::amortisation::Schedule;
use crate::domain::bill::{BillAmounts, ChargeMode, ChargingMode, FeeRecord};
use crate::domain::resource::ResourceStatus;
use crate::operations::pay_order::Choice;
use crate::operations::unsubscribe_resources::Extent;
use crate::value::id::CouponId;
use crate::value::money::Money;
use crate::value::time::{Date, Month};
use proptest::prelude::*;

const MONTHS: [&str; 3] = ["2028-01", "2028-02", "2028-03"];

/// What is done on a day.
#[derive(Clone, Debug)]
enum Deed {
    /// An order of this many fen, with a coupon or without.
    Buy { fen: i128, coupon: bool },
    /// The oldest resource is renewed.
    Renew,
    /// One of the resources goes back.
    Unsubscribe { place: usize },
    /// Traffic, in thousandths of a GB, at 0.081 a GB.
    Use { thousandths: u32 },
    /// The partner allocates this many fen.
    Fund { fen: i128 },
}

fn deeds() -> impl Strategy<Value = Vec<(u32, Deed)>> {
    let deed = prop_oneof![
        3 => (1..30_000_i128, any::<bool>()).prop_map(|(fen, coupon)| Deed::Buy { fen, coupon }),
        1 => Just(Deed::Renew),
        2 => (0..8_usize).prop_map(|place| Deed::Unsubscribe { place }),
        6 => (1..4_000_000_u32).prop_map(|thousandths| Deed::Use { thousandths }),
        1 => (1..60_000_i128).prop_map(|fen| Deed::Fund { fen }),
    ];
    // By the day of the quarter.
    proptest::collection::vec((0..90_u32, deed), 40..60).prop_map(|mut deeds| {
        deeds.sort_by_key(|(day, _)| *day);
        deeds
    })
}

/// What the customer's accounts must have lost or gained, as the deeds say it.
#[derive(Default)]
struct Told {
    resources: Vec<String>,
    allocated: Vec<Money>,
    coupons: Vec<CouponId>,
}

impl Told {
    fn perform(&mut self, shop: &Shop, number: usize, deed: &Deed) {
        match deed {
            Deed::Buy { fen, coupon } => {
                let price = Money::of_fen(*fen).expect("money");
                let order = shop.place(placing(vec![line(&price.to_string())]));
                let choice = if *coupon {
                    let coupon = shop.coupon("3", "2028-12-31T00:00:00Z");
                    self.coupons.push(coupon.clone());
                    with_coupon(&coupon)
                } else {
                    Choice::default()
                };
                let Ok(order) = shop.pay(&order, choice) else {
                    return;
                };
                let resource = format!("r{number}");
                shop.provide(&order, &[(0, &[&resource])]).expect("provided");
                self.resources.push(resource);
            }
            Deed::Renew => {
                if let Some(resource) = self.resources.first() {
                    let _ = shop.renew(resource, true);
                }
            }
            Deed::Unsubscribe { place } => {
                let Some(resource) = self.resources.get(*place) else {
                    return;
                };
                if shop.status(resource) == ResourceStatus::InUse
                    && shop.unsubscribe(&[resource], Extent::Resource).is_ok()
                {
                    self.resources.remove(*place);
                }
            }
            Deed::Use { thousandths } => {
                let value = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
                let used = ticket(&format!("t{number}"), &value, "2028-01-01T00:00:00Z");
                let metered = shop.meter(&[used.clone(), used], "0.081");
                assert_eq!((metered.done.applied, metered.done.skipped), (1, 1));
            }
            Deed::Fund { fen } => {
                let amount = Money::of_fen(*fen).expect("money");
                shop.allocate(&amount.to_string());
                self.allocated.push(amount);
            }
        }
    }
}

fn plus(a: Money, b: Money) -> Money {
    a.checked_add(b).expect("a sum")
}

fn sum_of(records: &[FeeRecord]) -> BillAmounts {
    let all = records.iter().map(|record| record.amounts().expect("amounts"));
    all.fold(BillAmounts::ZERO, |sum, amounts| sum.plus(&amounts).expect("a sum"))
}

/// What all lines cost on all days, up to years after.
fn amortised(shop: &Shop, lines: &[FeeRecord]) -> Money {
    let terms = shop.read(async |books| {
        let first: Date = "2020-01-01".parse().expect("a date");
        books.cost_lines(&[id("D")], &id("C"), first).await
    });
    let mut sum = Money::ZERO;
    for line in lines {
        let term = terms.iter().find(|term| term.record.id == line.id);
        let schedule =
            term.map_or_else(|| Schedule::of_line(line), |term| Schedule::of_term(&term.term));
        let mut month: Month = "2027-12".parse().expect("a month");
        for _ in 0..24 {
            let split = schedule.split(line.consumed(), month).expect("splits");
            sum = plus(sum, split.current);
            month = month.plus(1);
        }
    }
    sum
}

fn check(shop: &Shop, told: &Told, closed: &[BillAmounts]) {
    let lines: Vec<FeeRecord> = MONTHS.iter().flat_map(|month| shop.bills(month)).collect();
    for line in &lines {
        let amounts = line.amounts().expect("amounts");
        assert_eq!(amounts.check(), Ok(true), "{line:?}");
        let [consume, cash, debt] = [amounts.consume, amounts.cash, amounts.debt];
        assert!([consume, cash, debt].iter().all(|it| it.cut_to(2) == *it), "{line:?}");
    }
    let all = sum_of(&lines);
    // The ledger: what came in, less what is left, was spent.
    let mut came = yuan("500");
    for amount in &told.allocated {
        came = plus(came, *amount);
    }
    let left: Money = shop.balance("CC").parse().expect("money");
    assert_eq!(plus(all.cash, left), came);
    let mut issued = Money::ZERO;
    for coupon in &told.coupons {
        let account = AccountId::Coupon(coupon.clone()).to_string();
        let left: Money = shop.balance(&account).parse().expect("money");
        issued = plus(issued, plus(yuan("3"), left.negated()));
    }
    assert_eq!(all.coupon, issued);
    let owed: Money = shop.balance("DC").parse().expect("money");
    assert_eq!(all.debt, owed);
    let (clearing, revenue) = (shop.balance("GD"), shop.balance("HD"));
    let cloud = plus(clearing.parse().expect("money"), revenue.parse().expect("money"));
    assert_eq!(plus(all.consume, owed.negated()), cloud);
    // The sums of months, as customers and as partners see them, and what was closed.
    let sums = MONTHS.iter().flat_map(|month| shop.sums(month));
    let of_sums = sums.fold(BillAmounts::ZERO, |sum, it| sum.plus(&it.amounts).expect("a sum"));
    assert_eq!(of_sums, all);
    let of_closings = closed.iter().fold(BillAmounts::ZERO, |sum, it| sum.plus(it).expect("a sum"));
    assert_eq!(of_closings, all);
    let mut monthly = Money::ZERO;
    for month in MONTHS {
        for mode in [ChargeMode::YearlyMonthly, ChargeMode::PayPerUse] {
            for bill in shop.monthly(month, mode) {
                monthly = plus(monthly, bill.amount.expect("an amount"));
            }
        }
    }
    assert_eq!(monthly, all.consume);
    // What it costs over all time is what it cost.
    assert_eq!(amortised(shop, &lines), all.consume);
    let used = |line: &&FeeRecord| line.charging_mode == Some(ChargingMode::PayPerUse);
    assert!(lines.iter().filter(used).count() > 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    // A failure prints the deeds and the seed by which it is found again.
    #[test]
    fn the_ledger_the_lines_the_sums_and_the_costs_of_a_quarter_are_the_same(deeds in deeds()) {
        let shop = Shop::at("2027-12-31T16:00:00Z");
        shop.import(
            r#"{"kind":"booking","tenant_id":"t","booking_id":"8","partner_id":"D",
                "account_type":1,"amount":"1000000.00","at":"2027-01-01T00:00:00Z"}"#,
        );
        let mut told = Told::default();
        told.perform(&shop, 0, &Deed::Use { thousandths: 1 });
        let mut closed = Vec::new();
        let begin: Date = "2028-01-01".parse().expect("a date");
        let mut day = 0;
        let mut date = begin;
        for (number, (at, deed)) in deeds.iter().enumerate() {
            if *at > day {
                let before = date;
                while day < *at {
                    date = date.next();
                    day += 1;
                }
                shop.clock(&date.begin_utc_plus_8().next().to_string());
                // The month that has ended is closed on the day on which the next thing happens.
                for month in MONTHS {
                    let ended: Month = month.parse().expect("a month");
                    if ended.contains(before) && !ended.contains(date) {
                        closed.push(shop.close(month).expect("closed").amounts);
                    }
                }
            }
            told.perform(&shop, number + 1, deed);
        }
        shop.clock("2028-04-02T16:00:00Z");
        while closed.len() < MONTHS.len() {
            closed.push(shop.close(MONTHS[closed.len()]).expect("closed").amounts);
        }
        shop.audit();
        check(&shop, &told, &closed);
    }
}
