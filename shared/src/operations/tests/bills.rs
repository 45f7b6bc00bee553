//! What orders leave on bills, over a store in memory, audited after each step.

use super::orders::{Shop, id, line, placing, time, with_coupon, yuan};
use crate::domain::amortisation::Schedule;
use crate::domain::bill::{
    BillAmounts, BillDetailType, BillType, ChargeMode, CustomerSum, FeeFilter, FeeRecord,
    MonthlyBill, MonthlyFilter,
};
use crate::domain::error::Reason;
use crate::domain::order::{DiscountKind, DiscountMode, OrderDiscount};
use crate::operations::import::{self, Content, Line, Outcome};
use crate::operations::pay_order::Choice;
use crate::operations::place_order::PricedLine;
use crate::operations::unsubscribe_resources::Extent;
use crate::value::money::Money;
use crate::value::page::Slice;
use crate::value::time::Month;

fn month(text: &str) -> Month {
    text.parse().expect(text)
}

impl Shop {
    /// The bill lines of a month, in their order.
    pub(super) fn bills(&self, cycle: &str) -> Vec<FeeRecord> {
        let cycle = month(cycle);
        let found = self.read(async |books| {
            let filter = FeeFilter::default();
            books.fee_records(&id("D"), cycle, &id("C"), &filter, Slice::first(1_000)).await
        });
        found.items
    }

    pub(super) fn sums(&self, cycle: &str) -> Vec<CustomerSum> {
        let cycle = month(cycle);
        self.read(async |books| books.customer_sums(&id("C"), cycle).await)
    }

    pub(super) fn monthly(&self, cycle: &str, mode: ChargeMode) -> Vec<MonthlyBill> {
        let cycle = month(cycle);
        let found = self.read(async |books| {
            let filter = MonthlyFilter::default();
            books.monthly_bills(&id("D"), cycle, mode, &filter, Slice::first(100)).await
        });
        found.items
    }

    /// What all months' lines of the customer cost on the days up to the last of a month.
    fn cost(&self, cycle: &str) -> Money {
        let (first, month) = (month("2020-01").first(), month(cycle));
        let lines = self.read(async |books| books.cost_lines(&[id("D")], &id("C"), first).await);
        let current = lines.iter().map(|line| {
            let schedule = Schedule::of_term(&line.term);
            let split = schedule.split(line.record.consumed(), month).expect("splits");
            split.current
        });
        current.fold(Money::ZERO, |sum, amount| sum.checked_add(amount).expect("a sum"))
    }
}

fn sum_of(records: &[FeeRecord]) -> BillAmounts {
    let all = records.iter().map(|record| record.amounts().expect("amounts"));
    all.fold(BillAmounts::ZERO, |sum, amounts| sum.plus(&amounts).expect("a sum"))
}

#[test]
fn a_payment_is_billed_by_the_resource_with_its_discount_and_its_parts() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    let coupon = shop.coupon("20", "2028-12-31T00:00:00Z");
    let three = PricedLine { subscription_num: 3, ..line("100") };
    let discount = OrderDiscount {
        discount_id: "d".to_owned(),
        kind: DiscountKind::Commercial,
        discount_type: "605".to_owned(),
        mode: DiscountMode::Ratio,
        value: "0.8".to_owned(),
        amounts: vec![yuan("20")],
        ends: None,
    };
    let order = placing(vec![three]);
    let order =
        shop.place(crate::operations::place_order::Placing { discounts: vec![discount], ..order });
    let discount = Some(("d".to_owned(), DiscountKind::Commercial));
    let order = shop.pay(&order, Choice { discount, ..with_coupon(&coupon) }).expect("paid");
    let bills = shop.bills("2028-03");
    assert_eq!(bills.len(), 3);
    for (record, unit) in bills.iter().zip(1..) {
        assert_eq!(record.id.to_string(), format!("{}-000001-{unit:04}", order.order_id));
        assert_eq!(record.trade_id.as_deref(), Some(order.order_id.as_str()));
        assert_eq!(record.bill_detail_type, Some(BillDetailType::Purchase));
        assert_eq!(record.resource_id, None);
        assert_eq!(record.expire_time, Some(time("2028-04-20T15:59:59Z")));
        assert!(record.amounts().expect("amounts").check().expect("a check"));
    }
    let sum = sum_of(&bills);
    assert_eq!((sum.official, sum.discount, sum.consume), (yuan("100"), yuan("20"), yuan("80")));
    assert_eq!((sum.coupon, sum.cash, sum.net()), (yuan("20"), yuan("60"), Ok(yuan("60"))));
    let sums = shop.sums("2028-03");
    assert_eq!((sums.len(), sums[0].records, sums[0].amounts), (1, 3, sum));
    let monthly = shop.monthly("2028-03", ChargeMode::YearlyMonthly);
    assert_eq!((monthly.len(), monthly[0].amount), (1, Some(yuan("80"))));
    assert_eq!(monthly[0].discount_amount, Some(yuan("20")));
    shop.audit();

    // One of the three goes back within five days: its line's cost ends, and a line says so.
    shop.provide(&order, &[(0, &["a", "b", "c"])]).expect("provided");
    shop.clock("2028-03-22T02:00:00Z");
    let back = shop.unsubscribe(&["b"], Extent::Resource).expect("unsubscribed");
    let refund = shop.bills("2028-03").pop().expect("a line");
    assert_eq!(refund.bill_detail_type, Some(BillDetailType::Unsubscription));
    assert_eq!(refund.pre_order_id.as_deref(), Some(order.order_id.as_str()));
    assert_eq!(refund.trade_id.as_deref(), Some(back.order_id.as_str()));
    assert_eq!(refund.amounts().expect("amounts").consume, bills[1].consumed().negated());
    let monthly = shop.monthly("2028-03", ChargeMode::YearlyMonthly);
    assert_eq!(monthly.len(), 2);
    assert_eq!(monthly[1].bill_type, BillType::Unsubscription);
    assert_eq!((monthly[1].amount, monthly[1].debt_amount), (Some(refund.consumed()), None));
    shop.audit();
}

#[test]
fn costs_end_on_the_day_on_which_something_is_given_back() {
    let shop = Shop::at("2028-05-31T16:00:00Z");
    shop.buy("60", "r");
    // A month from 1 June: to 1 July, 31 days.
    assert_eq!(shop.cost("2028-06").checked_add(shop.cost("2028-07")), Ok(yuan("60")));
    assert!(shop.cost("2028-07").is_positive() && shop.cost("2028-08").is_zero());
    shop.clock("2028-06-03T02:00:00Z");
    shop.unsubscribe(&["r"], Extent::Resource).expect("unsubscribed");
    assert_eq!((shop.cost("2028-06"), shop.cost("2028-07")), (yuan("60"), Money::ZERO));
    let lines = shop.read(async |books| {
        books.cost_lines(&[id("D")], &id("C"), "2028-06-04".parse().expect("a date")).await
    });
    assert_eq!(lines, []);
    shop.audit();
}

#[test]
fn renewals_failures_and_refunds_are_billed_each_as_what_it_is() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    shop.buy("10", "r");
    shop.renew("r", true).expect("renewed");
    let failing = shop.place(placing(vec![line("7")]));
    let failing = shop.pay(&failing, Choice::default()).expect("paid");
    shop.provide(&failing, &[(0, &[])]).expect("failed");
    shop.clock("2028-04-02T02:00:00Z");
    shop.unsubscribe(&["r"], Extent::Renewed).expect("the renewal goes back");
    let types = |cycle: &str| -> Vec<i64> {
        let kinds = shop.bills(cycle).into_iter().filter_map(|it| it.bill_detail_type);
        kinds.map(BillDetailType::code).collect()
    };
    let mut march = types("2028-03");
    march.sort_unstable();
    assert_eq!((march, types("2028-04")), (vec![1, 1, 2, 4], vec![4]));
    let spent: Vec<Money> =
        ["2028-03", "2028-04"].map(|cycle| sum_of(&shop.bills(cycle)).cash).to_vec();
    let left: Money = shop.balance("CC").parse().expect("money");
    let gone = yuan("500").checked_sub(left).expect("a difference");
    assert_eq!(spent[0].checked_add(spent[1]), Ok(gone));
    assert_eq!(gone, yuan("10"));
    shop.audit();
}

#[test]
fn a_book_cannot_say_again_what_the_books_have_billed() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    let order = shop.buy("10", "r");
    let import = |trade: &str| {
        let line = format!(
            r#"{{"kind":"fee_record","tenant_id":"t","id":"f","partner_id":"D","customer_id":"C",
                "bill_cycle":"2028-03","trade_id":"{trade}","payment_amount":"10",
                "cash_amount":"10"}}"#
        );
        let entry = match Line::parse(&line).expect("a line").content {
            Content::Entry(entry) => entry,
            _ => panic!("{line}"),
        };
        shop.update(async |books| import::apply(books, &entry).await)
    };
    let refused = import(order.order_id.as_str());
    assert!(matches!(refused, Err(Reason::Contradiction(_))), "{refused:?}");
    assert_eq!((shop.bills("2028-03").len(), shop.sums("2028-03").len()), (1, 1));
    assert_eq!(import("elsewhere"), Ok(Outcome::Applied));
    assert_eq!(import("elsewhere"), Ok(Outcome::Skipped));
    let sums = shop.sums("2028-03");
    let counts: Vec<(u64, u64)> = sums.iter().map(|sum| (sum.records, sum.imported)).collect();
    assert_eq!(counts, [(1, 1), (1, 0)]);
    shop.audit();
}
