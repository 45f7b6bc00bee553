//! Usage over a store in memory: metered, collected, owed and repaid, audited after each step.

use super::orders::{Shop, id, line, placing, time, yuan};
use crate::books::Priced;
use crate::domain::account::AccountId;
use crate::domain::bill::{BillAmounts, BillDetailType, ChargeMode, FeeRecord};
use crate::domain::catalogue::IncentivePolicies;
use crate::domain::error::Reason;
use crate::domain::metering::tests::{conversions, traffic};
use crate::domain::package::UseFilter;
use crate::domain::partner::{CallingPartner, PartnerKind};
use crate::operations::adjust_money::{AdjustCustomer, CustomerAdjustment, allocate_to_customer};
use crate::operations::import::{self, Content, Imported, Line};
use crate::operations::meter_usage::{Metered, PriceBook, Ticket, meter_usage};
use crate::operations::pay_order::Choice;
use crate::operations::unsubscribe_resources::Extent;
use crate::value::money::Money;
use crate::value::page::Slice;
use crate::value::time::Period;

/// A ticket of traffic in GB, used from one hour to the next.
pub(super) fn ticket(ticket_id: &str, value: &str, hour: &str) -> Ticket {
    let begin = time(hour);
    let text = format!(
        r#"{{"ticket_id":"{ticket_id}","customer_id":"C","resource_id":"bw-1",
            "cloud_service_type":"hws.service.type.vpc",
            "resource_type":"hws.resource.type.bandwidth","resource_spec":"12_bgp",
            "region":"cn-north-4","usage_factor":"upflow","usage_value":"{value}",
            "usage_measure_id":10,"begin_time":"{begin}","end_time":"{}"}}"#,
        crate::domain::term::plus(begin, 3_600)
    );
    let ticket: Ticket = serde_json::from_str(&text).expect("a ticket");
    ticket.check().expect("a ticket that is right")
}

fn prices(tickets: &[Ticket], amount: &str) -> PriceBook {
    let lookups = PriceBook::lookups(tickets);
    let offers = lookups
        .iter()
        .map(|lookup| (lookup.region_code.as_str() == "cn-north-4").then(|| traffic(amount)))
        .collect();
    let policies = IncentivePolicies::default();
    PriceBook::new(lookups, Priced { offers, conversions: conversions(), policies })
}

impl Shop {
    pub(super) fn meter(&self, tickets: &[Ticket], amount: &str) -> Metered {
        let prices = prices(tickets, amount);
        self.update(async |books| meter_usage(books, tickets, &prices).await).expect("metered")
    }

    pub(super) fn import(&self, line: &str) {
        let Content::Entry(entry) = Line::parse(line).expect(line).content else {
            panic!("{line}")
        };
        self.update(async |books| import::apply(books, &entry).await).expect("imported");
    }

    fn usage(&self, cycle: &str) -> Vec<FeeRecord> {
        let mut bills = self.bills(cycle);
        bills.retain(|it| it.bill_detail_type == Some(BillDetailType::Usage));
        bills
    }

    pub(super) fn allocate(&self, amount: &str) {
        let caller = CallingPartner { partner_id: id("D"), kind: PartnerKind::Distributor };
        let customer_id = id("C");
        let amount = yuan(amount);
        let adjustment = CustomerAdjustment { customer_id, amount, indirect_partner_id: None };
        let order = AdjustCustomer::check(caller, adjustment).expect("in order");
        self.update(async |books| allocate_to_customer(books, &order).await).expect("allocated");
    }

    fn owed(&self) -> Money {
        self.read(async |books| books.owed(&id("C")).await)
    }
}

fn sum_of(records: &[FeeRecord]) -> BillAmounts {
    let all = records.iter().map(|record| record.amounts().expect("amounts"));
    all.fold(BillAmounts::ZERO, |sum, amounts| sum.plus(&amounts).expect("a sum"))
}

pub(super) const HOUR: &str = "2028-03-19T12:00:00Z";

#[test]
fn tickets_are_rated_collected_and_billed_once_in_any_order() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    let tickets = [ticket("a", "300", HOUR), ticket("b", "1", "2028-03-18T12:00:00Z")];
    let metered = shop.meter(&tickets, "0.081");
    assert_eq!(metered.done, Imported { applied: 2, skipped: 0 });
    // 24.30 and 0.08, of which 0.001 was cut off.
    assert_eq!(shop.balance("CC"), "475.62");
    assert_eq!(shop.balance("HD"), "24.38");
    let bills = shop.usage("2028-03");
    let sum = sum_of(&bills);
    assert_eq!((sum.official, sum.erase), (yuan("24.381"), yuan("0.001")));
    assert_eq!((sum.consume, sum.cash, sum.debt), (yuan("24.38"), yuan("24.38"), yuan("0")));
    assert!(bills.iter().all(|record| record.trade_id == bills[0].trade_id));
    assert_eq!(shop.sums("2028-03")[0].amounts, sum);
    assert_eq!(shop.monthly("2028-03", ChargeMode::PayPerUse)[0].amount, Some(sum.consume));
    shop.audit();

    let mut again = tickets.to_vec();
    again.reverse();
    again.push(ticket("c", "10", HOUR));
    assert_eq!(shop.meter(&again, "0.081").done, Imported { applied: 1, skipped: 2 });
    assert_eq!((shop.usage("2028-03").len(), shop.balance("CC")), (3, "474.81".to_owned()));
    shop.audit();
}

#[test]
fn a_refused_ticket_names_its_place_and_those_before_it_stay() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    shop.meter(&[ticket("a", "1", HOUR)], "1");
    let stranger = Ticket { customer_id: id("X"), ..ticket("x", "1", HOUR) };
    let elsewhere = Ticket { region: id("cn-east-2"), ..ticket("y", "1", HOUR) };
    let factor = Ticket { usage_factor: id("downflow"), ..ticket("z", "1", HOUR) };
    let unit = Ticket { usage_measure_id: 4, ..ticket("w", "1", HOUR) };
    let other = ticket("a", "2", HOUR);
    for (wrong, number, reason) in [
        (stranger, 1, Reason::UnknownReference { kind: "customer", id: "X".to_owned() }),
        (elsewhere, 2, Reason::ProductNotFound),
        (factor, 3, Reason::UsageFactorUnknown),
        (unit, 4, Reason::UsageUnitMismatch),
        (other, 5, Reason::ContentDiffers),
    ] {
        let right = ticket(&format!("right-{number}"), "1", HOUR);
        let after = ticket(&format!("after-{number}"), "1", HOUR);
        let metered = shop.meter(&[right, wrong, after], "1");
        assert_eq!(metered.refused, Some((1, reason)));
        assert_eq!(metered.done, Imported { applied: 1, skipped: 0 });
        shop.audit();
    }
    assert_eq!((shop.usage("2028-03").len(), shop.balance("CC")), (6, "494.00".to_owned()));
}

#[test]
fn what_is_not_covered_is_owed_and_paid_by_the_next_money() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    shop.import(
        r#"{"kind":"booking","tenant_id":"t","booking_id":"8","partner_id":"D","account_type":1,
            "amount":"1000.00","at":"2028-01-01T00:00:00Z"}"#,
    );
    let metered = shop.meter(&[ticket("a", "480", HOUR), ticket("b", "45", HOUR)], "1");
    assert_eq!(metered.refused, None);
    assert_eq!((shop.balance("CC"), shop.balance("DC")), ("0.00".into(), "25.00".into()));
    assert_eq!((shop.owed(), shop.balance("O")), (yuan("25"), "-3025.00".to_owned()));
    let sum = sum_of(&shop.usage("2028-03"));
    assert_eq!((sum.consume, sum.cash, sum.debt), (yuan("525"), yuan("500"), yuan("25")));
    shop.audit();

    // In the next month: some of it, then more than the rest.
    shop.clock("2028-04-02T02:00:00Z");
    shop.allocate("10");
    assert_eq!((shop.balance("CC"), shop.owed()), ("0.00".into(), yuan("15")));
    shop.audit();
    shop.allocate("20");
    assert_eq!((shop.balance("CC"), shop.owed()), ("5.00".into(), Money::ZERO));
    assert_eq!((shop.balance("O"), shop.balance("HD")), ("-3000.00".into(), "525.00".into()));
    let repaid = sum_of(&shop.usage("2028-04"));
    assert_eq!((repaid.consume, repaid.cash), (yuan("0"), yuan("25")));
    assert_eq!(repaid.debt, yuan("-25"));
    assert_eq!(sum_of(&shop.usage("2028-03")), sum);
    shop.audit();
}

#[test]
fn a_booking_and_a_refund_pay_what_is_owed_too() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    shop.buy("100", "r");
    shop.meter(&[ticket("a", "430", HOUR)], "1");
    assert_eq!(shop.owed(), yuan("30"));
    shop.import(
        r#"{"kind":"booking","tenant_id":"t","booking_id":"9","customer_id":"C","account_type":1,
            "amount":"12.00","at":"2028-03-20T00:00:00Z"}"#,
    );
    assert_eq!((shop.owed(), shop.balance("CC")), (yuan("18"), "0.00".to_owned()));
    shop.audit();
    shop.unsubscribe(&["r"], Extent::Resource).expect("unsubscribed");
    assert_eq!((shop.owed(), shop.balance("CC")), (yuan("0"), "82.00".to_owned()));
    shop.audit();
}

#[test]
fn packages_give_before_money_and_coupons_pay_before_cash() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    shop.import(
        r#"{"kind":"resource_package","tenant_id":"t","order_instance_id":"pk","customer_id":"C",
            "product_id":"P","product_name":"40 GB",
            "service_type_code":"hws.service.type.vpc","effective_time":"2028-03-01T00:00:00Z",
            "expire_time":"2029-03-01T00:00:00Z","free_resources":[{"free_resource_id":"i",
            "free_resource_type_name":"traffic","usage_type_code":"upflow",
            "usage_type_name":"upflow","original_amount":"40","measure_id":10}]}"#,
    );
    let coupon = shop.coupon("5", "2028-12-31T00:00:00Z");
    let locked = shop.coupon("7", "2028-12-31T00:00:00Z");
    let order = placing(vec![line("9")]);
    let order =
        crate::operations::place_order::Placing { coupon_ids: vec![locked.clone()], ..order };
    let order = shop.place(order);
    let metered = shop.meter(&[ticket("a", "30", HOUR), ticket("b", "20", HOUR)], "1");
    assert_eq!(metered.refused, None);
    // 10 GB are left of b: 5.00 by the coupon, 5.00 in cash. The locked coupon stays.
    assert_eq!(shop.balance("CC"), "495.00");
    assert_eq!(shop.balance(&AccountId::Coupon(coupon).to_string()), "0.00");
    assert_eq!(shop.balance(&AccountId::Coupon(locked).to_string()), "7.00");
    let bills = shop.usage("2028-03");
    let of = |name: &str| bills.iter().find(|it| it.id.as_str() == name).expect(name).clone();
    let (a, b) = (of("U-a"), of("U-b"));
    assert!(a.amounts().expect("amounts").is_zero());
    assert_eq!(a.free_resource_usage, Some("30".parse().expect("a quantity")));
    assert_eq!(b.free_resource_usage, Some("10".parse().expect("a quantity")));
    assert_eq!((b.coupon_amount, b.cash_amount), (Some(yuan("5")), Some(yuan("5"))));
    let uses = shop.read(async |books| {
        let filter = UseFilter::default();
        books.package_uses(&id("C"), Period::ALL, &filter, Slice::first(10)).await
    });
    let uses: Vec<[String; 3]> = uses
        .items
        .iter()
        .map(|(it, _)| {
            [it.available_amount, it.used_amount, it.remaining_amount()].map(|it| it.to_string())
        })
        .collect();
    assert_eq!(uses, [["40", "30", "10"], ["10", "10", "0"]]);
    shop.audit();
    shop.pay(&order, Choice::default()).expect("paid");
    shop.audit();
}

#[test]
fn late_usage_goes_into_the_month_in_which_it_comes() {
    let shop = Shop::at("2028-03-31T16:30:00Z");
    shop.meter(&[ticket("late", "1", "2028-03-30T12:00:00Z")], "1");
    assert_eq!((shop.usage("2028-03").len(), shop.usage("2028-04").len()), (0, 1));
    shop.audit();
}

#[test]
fn a_ticket_that_contradicts_itself_is_no_ticket() {
    let right = ticket("a", "1", HOUR);
    for (wrong, field) in [
        (Ticket { usage_value: "0".parse().expect("0"), ..right.clone() }, "usage_value"),
        (Ticket { end_time: right.begin_time, ..right.clone() }, "end_time"),
        (Ticket { resource_size: Some(1), ..right.clone() }, "size_measure_id"),
        (Ticket { resource_tag: Some("x".repeat(257)), ..right.clone() }, "resource_tag"),
    ] {
        let refused = wrong.check().expect_err(field);
        assert!(matches!(refused, Reason::Field { name, .. } if name == field), "{refused:?}");
    }
}
