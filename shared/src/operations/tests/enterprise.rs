//! What a master pays for members whose finances it keeps, over a store in memory, audited after
//! each step.

use super::orders::{Shop, id, line, placing, time, yuan};
use super::usage::{HOUR, ticket};
use crate::domain::account::AccountId;
use crate::domain::bill::FeeRecord;
use crate::domain::error::Reason;
use crate::domain::order::list::{OrderFilter, OrderList, Sequence};
use crate::domain::order::{Order, OrderStatus};
use crate::domain::partner::Customer;
use crate::operations::manage_tenant::{self, CustomerChange};
use crate::operations::meter_usage::Ticket;
use crate::operations::pay_order::{Choice, PayOrder, pay_order};
use crate::operations::place_order::{PlaceOrder, Placing, place_and_pay};
use crate::operations::set_auto_renewal::{self, AutoRenewalChoice};
use crate::operations::unsubscribe_resources::Extent;
use crate::value::id::CustomerId;
use crate::value::money::Money;
use crate::value::page::Slice;

/// The shop with a master `M`, which has this in cash, and the members `B` and `C`, whose finances
/// it keeps. `C` has 500.00 of its own from before.
fn enterprise(now: &str, cash: &str) -> Shop {
    let shop = Shop::at(now);
    let customer = |id: &str| {
        format!(
            r#"{{"kind":"customer","tenant_id":"t","customer_id":"{id}","partner_id":"D",
                "association_type":"2"}}"#
        )
    };
    let member = |id: &str| {
        format!(
            r#"{{"kind":"enterprise_member","tenant_id":"t","master_id":"M","customer_id":"{id}",
                "financial_custody":1,"joined_at":"2026-01-02T00:00:00Z"}}"#
        )
    };
    let cash = format!(
        r#"{{"kind":"booking","tenant_id":"t","booking_id":"M","customer_id":"M","account_type":1,
            "amount":"{cash}","at":"2026-01-01T00:00:00Z"}}"#
    );
    let root = r#"{"kind":"enterprise","tenant_id":"t","customer_id":"M","org_id":"1"}"#;
    for line in [customer("M"), customer("B"), root.to_owned(), member("B"), member("C"), cash] {
        shop.import(&line);
    }
    shop
}

impl Shop {
    /// Lets a customer ask for an order to be paid, its own or another's.
    fn pay_as(&self, customer: &str, order: &Order) -> Result<Order, Reason> {
        let payment = PayOrder::check(id(customer), order.order_id.clone(), Choice::default())?;
        let random = self.random();
        self.update(async |books| pay_order(books, &payment, &random).await)
    }

    /// An order of one resource for a month, to be paid at once.
    fn place_automatically(&self, official: &str) -> Order {
        let placing = Placing { auto_pay: true, ..placing(vec![line(official)]) };
        let order = PlaceOrder::check(placing).expect("an order");
        let (randoms, random) = (self.randoms(), self.random());
        let placed =
            self.update(async |books| place_and_pay(books, &order, &randoms, &random).await);
        placed.expect("placed")
    }

    /// The orders that a master pays for members, in the order in which they were placed.
    fn paid_for_members(&self, master: &str) -> Vec<Order> {
        let list = OrderList::OfMembers(id(master));
        let found = self.read(async |books| {
            let filter = OrderFilter::default();
            let now = books.at(self.store_now());
            books.orders(&list, &filter, Sequence::OldestFirst, now, Slice::first(100)).await
        });
        found.items
    }

    fn freeze(&self, customer: &str, frozen: bool) {
        let (customer, change) =
            (id(customer), CustomerChange { frozen: Some(frozen), ..CustomerChange::default() });
        let changed = self
            .update(async |books| manage_tenant::change_customer(books, &customer, change).await);
        changed.expect("changed");
    }

    fn owed_by(&self, customer: &str) -> Money {
        self.read(async |books| books.owed(&id(customer)).await)
    }

    fn balances(&self) -> [String; 3] {
        ["CM", "CB", "CC"].map(|account| self.balance(account))
    }
}

/// Who paid each line of a bill, what it came to, and what of it is owed.
fn paid_by(bills: &[FeeRecord]) -> Vec<(Option<&str>, Money, Money)> {
    let mut paid = Vec::with_capacity(bills.len());
    for record in bills {
        let amounts = record.amounts().expect("amounts");
        let payer = record.payer_id.as_ref().map(CustomerId::as_str);
        paid.push((payer, amounts.consume, amounts.debt));
    }
    paid
}

#[test]
fn the_master_pays_what_it_was_handed_and_gets_back_what_comes_back() {
    let shop = enterprise("2028-03-20T02:00:00Z", "300.00");
    let order = shop.place(placing(vec![line("100")]));
    assert_eq!(shop.pay_as("M", &order), Err(Reason::OrderNotFound));
    let handed = shop.pay_as("C", &order).expect("handed over");
    assert_eq!((handed.status, handed.agent), (OrderStatus::PendingPayment, Some(id("M"))));
    assert_eq!(shop.balances(), ["300.00", "0.00", "500.00"]);
    // Once more changes nothing.
    shop.pay_as("C", &order).expect("handed over");
    assert_eq!(shop.paid_for_members("M").len(), 1);
    assert_eq!(shop.pay_as("B", &order), Err(Reason::OrderNotFound));
    shop.audit();

    let paid = shop.pay_as("M", &order).expect("paid");
    assert_eq!((paid.status, &paid.agent), (OrderStatus::Processing, &Some(id("M"))));
    assert_eq!(paid.parts[0].account, AccountId::CustomerBalance(id("M")));
    assert_eq!(shop.balances(), ["200.00", "0.00", "500.00"]);
    shop.audit();
    shop.provide(&paid, &[(0, &["r"])]).expect("provided");

    shop.unsubscribe(&["r"], Extent::Resource).expect("unsubscribed");
    assert_eq!(shop.balances(), ["300.00", "0.00", "500.00"]);
    let bills = shop.bills("2028-03");
    let (none, master) = (Money::ZERO, Some("M"));
    assert_eq!(paid_by(&bills), [(master, yuan("100"), none), (master, yuan("-100"), none)]);
    shop.audit();
}

#[test]
fn what_is_paid_without_asking_the_master_pays_at_once_or_is_handed_over() {
    let shop = enterprise("2028-03-20T02:00:00Z", "150.00");
    let first = shop.place_automatically("100");
    assert_eq!((first.status, first.agent), (OrderStatus::Processing, Some(id("M"))));
    let second = shop.place_automatically("100");
    assert_eq!((second.status, second.agent), (OrderStatus::PendingPayment, Some(id("M"))));
    let listed = shop.paid_for_members("M");
    assert_eq!(listed.len(), 2);
    assert_eq!(shop.balances(), ["50.00", "0.00", "500.00"]);
    shop.audit();

    // A master that is frozen pays for nobody.
    shop.freeze("M", true);
    let third = shop.place_automatically("10");
    assert_eq!((third.status, &third.agent), (OrderStatus::PendingPayment, &Some(id("M"))));
    for customer in ["C", "M"] {
        assert_eq!(shop.pay_as(customer, &third), Err(Reason::CallerNotPermitted));
    }
    shop.freeze("M", false);
    shop.pay_as("M", &third).expect("paid");
    assert_eq!(shop.balances(), ["40.00", "0.00", "500.00"]);
    shop.audit();
}

#[test]
fn renewals_are_the_masters_by_hand_and_at_three_in_the_morning() {
    let shop = enterprise("2028-03-20T02:00:00Z", "250.00");
    let order = shop.place_automatically("100");
    shop.provide(&order, &[(0, &["r"])]).expect("provided");
    let (member, resource) = (id("C"), id("r"));
    shop.update(async |books| {
        let choice = AutoRenewalChoice::default();
        set_auto_renewal::switch_on(books, &member, &resource, choice).await
    })
    .expect("on");
    // The term ends on April 20: seven days before, the master has 150.00.
    shop.clock("2028-04-13T19:00:00Z");
    let ticked = shop.tick();
    assert_eq!((ticked.renewed, ticked.unpaid), (1, 0));
    assert_eq!(shop.balances(), ["50.00", "0.00", "500.00"]);
    assert_eq!(shop.resource("r").expire_time, time("2028-05-20T15:59:59Z"));
    shop.audit();
    // A month later it has too little, and no order is left behind.
    shop.clock("2028-05-13T19:00:00Z");
    let ticked = shop.tick();
    assert_eq!((ticked.renewed, ticked.unpaid), (0, 1));
    assert_eq!(shop.paid_for_members("M").len(), 2);
    // What the member asks for itself waits for the master.
    let renewed = shop.renew("r", true).expect("placed");
    assert_eq!(renewed.unpaid, Some(Reason::InsufficientBalance));
    assert_eq!(renewed.order.agent, Some(id("M")));
    assert_eq!(shop.balances(), ["50.00", "0.00", "500.00"]);
    shop.audit();
    shop.import(
        r#"{"kind":"booking","tenant_id":"t","booking_id":"M2","customer_id":"M","account_type":1,
            "amount":"60.00","at":"2028-05-13T00:00:00Z"}"#,
    );
    shop.pay_as("M", &renewed.order).expect("paid");
    assert_eq!(shop.balances(), ["10.00", "0.00", "500.00"]);
    assert_eq!(shop.resource("r").expire_time, time("2028-06-20T15:59:59Z"));
    shop.audit();
}

#[test]
fn members_share_the_masters_money_and_it_owes_what_that_does_not_cover() {
    let shop = enterprise("2028-03-20T02:00:00Z", "50.00");
    let of_b =
        |name: &str, value: &str| Ticket { customer_id: id("B"), ..ticket(name, value, HOUR) };
    let tickets = [ticket("c", "30", HOUR), of_b("b", "25"), ticket("d", "1", HOUR)];
    assert_eq!(shop.meter(&tickets, "1").refused, None);
    assert_eq!(shop.balances(), ["0.00", "0.00", "500.00"]);
    assert_eq!(["M", "B", "C"].map(|it| shop.owed_by(it)), ["6", "0", "0"].map(yuan));
    let (none, master) = (Money::ZERO, Some("M"));
    let used = [(master, yuan("30"), none), (master, yuan("1"), yuan("1"))];
    assert_eq!(paid_by(&shop.bills("2028-03")), used);
    let bill_of_b = |cycle: &str| {
        let cycle = cycle.parse().expect("a month");
        shop.read(async |books| {
            let filter = Default::default();
            let (partner, customer) = (id("D"), id("B"));
            books.fee_records(&partner, cycle, &customer, &filter, Slice::first(10)).await
        })
        .items
    };
    assert_eq!(paid_by(&bill_of_b("2028-03")), [(master, yuan("25"), yuan("5"))]);
    shop.audit();

    // In the next month the master's next money pays it, and the members' bills say so.
    shop.clock("2028-04-02T02:00:00Z");
    shop.import(
        r#"{"kind":"booking","tenant_id":"t","booking_id":"M2","customer_id":"M","account_type":1,
            "amount":"10.00","at":"2028-04-01T00:00:00Z"}"#,
    );
    assert_eq!((shop.balance("CM"), shop.owed_by("M")), ("4.00".to_owned(), yuan("0")));
    assert_eq!(paid_by(&bill_of_b("2028-04")), [(master, none, yuan("-5"))]);
    assert_eq!(paid_by(&shop.bills("2028-04")), [(master, none, yuan("-1"))]);
    shop.audit();
}

#[test]
fn a_member_that_pays_for_itself_again_takes_its_orders_along() {
    let shop = enterprise("2028-03-20T02:00:00Z", "300.00");
    let order = shop.place(placing(vec![line("100")]));
    shop.pay_as("C", &order).expect("handed over");
    let member = id("C");
    shop.update(async |books| {
        let customer: Customer = books.customer(&member).await?.expect("a customer");
        books.replace_customer(&Customer { enterprise: None, ..customer })
    })
    .expect("dissociated");
    assert_eq!(shop.pay_as("M", &order), Err(Reason::OrderNotFound));
    let paid = shop.pay_as("C", &order).expect("paid");
    assert_eq!(paid.agent, None);
    assert!(shop.paid_for_members("M").is_empty());
    assert_eq!(shop.balances(), ["300.00", "0.00", "400.00"]);
    shop.audit();
}

/// The list lies behind the master, so that it does not matter how many members have orders in it.
#[test]
fn a_page_of_members_orders_costs_the_same_however_many_members_there_are() {
    let shop = enterprise("2028-03-20T02:00:00Z", "300.00");
    let mut known = 0;
    let [few, many] = [12, 96].map(|members| {
        for number in known..members {
            let member = format!("N{number:03}");
            for line in [
                format!(
                    r#"{{"kind":"customer","tenant_id":"t","customer_id":"{member}","partner_id":"D",
                        "association_type":"2"}}"#
                ),
                format!(
                    r#"{{"kind":"enterprise_member","tenant_id":"t","master_id":"M",
                        "customer_id":"{member}","financial_custody":1,
                        "joined_at":"2026-01-02T00:00:00Z"}}"#
                ),
            ] {
                shop.import(&line);
            }
            let order = shop.place(Placing { customer_id: id(&member), ..placing(vec![line("1.00")]) });
            shop.pay_as(&member, &order).expect("handed over");
        }
        known = members;
        shop.store.take_calls();
        let list = OrderList::OfMembers(id("M"));
        let found = shop.read(async |books| {
            let (filter, now) = (OrderFilter::default(), books.at(shop.store_now()));
            books.orders(&list, &filter, Sequence::OldestFirst, now, Slice::first(10)).await
        });
        assert_eq!(found.total_count, u64::try_from(members).expect("few"));
        let calls = shop.store.take_calls();
        println!("{members} members: {} calls, {calls:?}", calls.total());
        calls.total()
    });
    assert!(many <= few + 2, "{few} and {many} calls");
}
