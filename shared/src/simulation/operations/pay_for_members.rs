//! `PayOrders` and usage in an enterprise whose master keeps a member's finances: both have an order
//! of 10.00, the member uses something for 8.00, and the master has 15.00 for all of it.

use super::trade::place;
use super::{Call, ClientBooks, Model, Operations, entry, operations};
use crate::books::Priced;
use crate::domain::catalogue::IncentivePolicies;
use crate::domain::error::Reason;
use crate::domain::metering::tests::{SERVICE, conversions, traffic};
use crate::operations::cancel_order::cancel_order;
use crate::operations::import;
use crate::operations::meter_usage::{PriceBook, Ticket, meter_usage};
use crate::operations::pay_order::{Choice, PayOrder, pay_order};
use crate::simulation::world::{Rules, START_SECONDS};
use crate::value::id::OrderId;
use chrono::DateTime;

/// What the master has, in yuan,
pub const CASH: u64 = 15;

/// and what the member has of its own, which pays nothing.
pub const OWN: u64 = 9;

/// What each order costs, and what is used.
const PRICE: u64 = 10;
const USED: u64 = 8;

const MASTER: &str = "A";
const MEMBER: &str = "E";

/// Names the orders of the master and of the member.
const RANDOMS: [[u8; 16]; 2] = [[31; 16], [32; 16]];

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// The member asks for its order to be paid.
    HandOver,
    /// The member cancels it.
    Cancel,
    /// The master pays the member's order,
    PayForMember,
    /// or its own.
    PayOwn,
    /// What the member has used is metered.
    Use,
}

/// How far the member's order has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handed {
    /// Whether the master has it.
    is_handed: bool,
    /// Whether it waits for payment no more.
    is_over: bool,
    /// Whether the ticket was taken in.
    is_metered: bool,
}

fn order(number: usize) -> OrderId {
    let start = DateTime::from_timestamp(START_SECONDS, 0).expect("a time");
    OrderId::new(start, &RANDOMS[number])
}

/// Brings master and member in and places the orders, at the time at which the world begins.
pub async fn prepare(books: &mut ClientBooks<'_, '_>) -> Result<(), Reason> {
    let customer = |id: &str| {
        format!(
            r#"{{"kind":"customer","tenant_id":"t","customer_id":"{id}","partner_id":"D",
                "association_type":"1"}}"#
        )
    };
    let booking = |customer: &str, amount: u64| {
        format!(
            r#"{{"kind":"booking","tenant_id":"t","booking_id":"{customer}",
                "customer_id":"{customer}","account_type":1,"amount":"{amount}.00",
                "at":"2026-01-02T00:00:00Z"}}"#
        )
    };
    for line in [
        customer(MASTER),
        customer(MEMBER),
        format!(r#"{{"kind":"enterprise","tenant_id":"t","customer_id":"{MASTER}","org_id":"1"}}"#),
        format!(
            r#"{{"kind":"enterprise_member","tenant_id":"t","master_id":"{MASTER}",
                "customer_id":"{MEMBER}","financial_custody":1,
                "joined_at":"2026-01-02T00:00:00Z"}}"#
        ),
        booking(MASTER, CASH),
        booking(MEMBER, OWN),
    ] {
        import::apply(books, &entry(&line)).await?;
    }
    for (number, customer) in [MASTER, MEMBER].into_iter().enumerate() {
        let placed = place(books, customer, PRICE, &RANDOMS[number]).await?;
        assert_eq!(placed, order(number));
    }
    Ok(())
}

fn ticket() -> Ticket {
    let text = format!(
        r#"{{"ticket_id":"{MEMBER}","customer_id":"{MEMBER}","resource_id":"bw",
            "cloud_service_type":"{SERVICE}","resource_type":"hws.resource.type.bandwidth",
            "resource_spec":"12_bgp","region":"cn-north-4","usage_factor":"upflow",
            "usage_value":"1","usage_measure_id":10,
            "begin_time":"2026-01-01T00:00:00Z","end_time":"2026-01-01T01:00:00Z"}}"#
    );
    serde_json::from_str(&text).expect("a ticket")
}

/// The answer of a ticket that was there before is 2, all others are 1.
pub async fn perform(
    books: &mut ClientBooks<'_, '_>,
    errand: Errand,
    random: &[u8; 16],
) -> Result<u64, Reason> {
    let (payer, number) = match errand {
        Errand::HandOver => (MEMBER, 1),
        Errand::PayForMember => (MASTER, 1),
        Errand::PayOwn => (MASTER, 0),
        Errand::Cancel => {
            cancel_order(books, &MEMBER.parse().expect("id"), &order(1)).await?;
            return Ok(1);
        }
        Errand::Use => {
            let tickets = [ticket()];
            let offers = vec![Some(traffic(&USED.to_string()))];
            let policies = IncentivePolicies::default();
            let priced = Priced { offers, conversions: conversions(), policies };
            let prices = PriceBook::new(PriceBook::lookups(&tickets), priced);
            let metered = meter_usage(books, &tickets, &prices).await?;
            assert_eq!(metered.refused, None);
            return Ok(1 + metered.done.skipped);
        }
    };
    let payment = PayOrder::check(payer.parse().expect("id"), order(number), Choice::default())?;
    pay_order(books, &payment, random).await?;
    Ok(1)
}

pub fn model(model: &mut Model, errand: Errand) -> Result<u64, Reason> {
    let Handed { is_handed, is_over, is_metered } = model.handed;
    match errand {
        Errand::HandOver if is_over => return Err(Reason::OrderNotPayable),
        Errand::HandOver => model.handed.is_handed = true,
        Errand::Cancel if is_over => return Err(Reason::OrderNotCancellable),
        Errand::Cancel => model.handed.is_over = true,
        Errand::PayForMember if !is_handed => return Err(Reason::OrderNotFound),
        Errand::PayForMember if is_over => return Err(Reason::OrderNotPayable),
        Errand::PayForMember => {
            pay(model)?;
            model.handed.is_over = true;
        }
        Errand::PayOwn if model.paid.contains(MASTER) => return Err(Reason::OrderNotPayable),
        Errand::PayOwn => {
            pay(model)?;
            model.paid.insert(MASTER);
        }
        Errand::Use if is_metered => return Ok(2),
        Errand::Use => {
            let collected = model.balance("CA").min(USED);
            *model.account("CA") -= collected;
            *model.account("HD") += collected;
            *model.account("DA") += USED - collected;
            model.handed.is_metered = true;
            model.spent.has_lines = true;
        }
    }
    Ok(1)
}

/// Takes what an order costs from the master.
fn pay(model: &mut Model) -> Result<(), Reason> {
    let left = model.balance("CA").checked_sub(PRICE);
    *model.account("CA") = left.ok_or(Reason::InsufficientBalance)?;
    *model.account("GD") += PRICE;
    model.spent.has_lines = true;
    Ok(())
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    use Errand::{Cancel, HandOver, PayForMember, PayOwn, Use};
    let [hand, cancel, pay, own, using] =
        [HandOver, Cancel, PayForMember, PayOwn, Use].map(Call::PayForMembers);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("an order handed over and paid", &[&[hand], &[pay]]),
        scenario("an order handed over twice", &[&[hand], &[hand]]),
        scenario("an order of a member paid twice", &[&[hand, pay], &[pay]]).faultless(),
        scenario("an order paid by the master and cancelled", &[&[hand, pay], &[cancel]])
            .faultless(),
        scenario("one balance for a member's order and the master's", &[&[hand, pay], &[own]])
            .faultless(),
        scenario("one balance for a member's usage and the master's order", &[&[using], &[own]]),
        scenario("usage of a member over two connections", &[&[using], &[using]]).of_one_token(),
        scenario("an order handed over, folding", &[&[hand], &[cancel]]).folding(),
    ]
}
