//! `POST /operator/v1/usage`, `POST /operator/v1/months/close` and money that comes in: the customer
//! of [`trade`](super::trade) uses what it pays for by use, and owes what it cannot pay.

use super::trade::{CARD, PRICE, Slot, Stage};
use super::{Call, ClientBooks, Model, Operations, distributor, operations};
use crate::books::{Books, BooksMut, OpenBooks, Priced};
use crate::domain::bill::{BillAmounts, FeeRecord};
use crate::domain::catalogue::IncentivePolicies;
use crate::domain::error::Reason;
use crate::domain::metering::tests::{SERVICE, conversions, traffic};
use crate::operations::adjust_money::{AdjustCustomer, CustomerAdjustment, allocate_to_customer};
use crate::operations::close_month::{close_month, verify_month};
use crate::operations::meter_usage::{PriceBook, Ticket, meter_usage};
use crate::simulation::world::{Rules, START_SECONDS};
use crate::store::{Meta, Tree};
use crate::value::time::{Month, Timestamp};
use chrono::DateTime;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A ticket comes: of one unit that costs as much as an order, or of three.
    Use(Size),
    /// The partner allocates as much as an order costs.
    Fund,
    /// The month is closed, as if it were over.
    Close,
}

/// One of the tickets that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Size {
    Small,
    Large,
}

impl Size {
    fn units(self) -> u64 {
        match self {
            Self::Small => 1,
            Self::Large => 3,
        }
    }

    fn ticket(self) -> Ticket {
        let units = self.units();
        let text = format!(
            r#"{{"ticket_id":"{units}","customer_id":"W","resource_id":"bw",
                "cloud_service_type":"{SERVICE}","resource_type":"hws.resource.type.bandwidth",
                "resource_spec":"12_bgp","region":"cn-north-4","usage_factor":"upflow",
                "usage_value":"{units}","usage_measure_id":10,
                "begin_time":"2026-01-01T00:00:00Z","end_time":"2026-01-01T01:00:00Z"}}"#
        );
        serde_json::from_str(&text).expect("a ticket")
    }
}

/// The month in which everything is booked.
fn month() -> Month {
    let start = DateTime::from_timestamp(START_SECONDS, 0).expect("a time");
    Timestamp::from(start + super::reclaim_coupon::LIFE).month_utc_plus_8()
}

/// The answer of a ticket that was there before is 2, all others are 1.
pub async fn perform(books: &mut ClientBooks<'_, '_>, act: Act) -> Result<u64, Reason> {
    match act {
        Act::Use(size) => {
            let tickets = [size.ticket()];
            let lookups = PriceBook::lookups(&tickets);
            let offers = vec![Some(traffic(&PRICE.to_string()))];
            let policies = IncentivePolicies::default();
            let priced = Priced { offers, conversions: conversions(), policies };
            let metered = meter_usage(books, &tickets, &PriceBook::new(lookups, priced)).await?;
            assert_eq!(metered.refused, None);
            Ok(1 + metered.done.skipped)
        }
        Act::Fund => {
            let adjustment = CustomerAdjustment {
                customer_id: "W".parse().expect("id"),
                amount: PRICE.to_string().parse().expect("money"),
                indirect_partner_id: None,
            };
            let order = AdjustCustomer::check(distributor(), adjustment)?;
            allocate_to_customer(books, &order).await?;
            Ok(1)
        }
        Act::Close => unreachable!("is more than one transaction"),
    }
}

/// A close as its route makes it: the month is checked, and then closed unless lines have come
/// meanwhile. The tickets are few, so that at some time none comes.
pub async fn close(tree: &Tree<'_>, meta: &Meta) -> Result<u64, Reason> {
    let over = month().end_utc_plus_8().next();
    loop {
        let verified = tree
            .read(async |snapshot| verify_month(&OpenBooks::new(snapshot), month(), over).await)
            .await?;
        let Some(verified) = verified else {
            return Ok(1);
        };
        let is_closed: Result<bool, Reason> = tree
            .update(meta, async |transaction| {
                close_month(&mut BooksMut::new(transaction), &verified).await
            })
            .await;
        if is_closed? {
            return Ok(1);
        }
    }
}

/// What has been billed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Tickets that were taken in.
    used: std::collections::BTreeSet<Size>,
    /// Whether the month has lines,
    pub has_lines: bool,
    /// and whether it is closed.
    is_closed: bool,
}

pub fn model(model: &mut Model, act: Act) -> Result<u64, Reason> {
    match act {
        Act::Use(size) => {
            if !model.spent.used.insert(size) {
                return Ok(2);
            }
            let mut due = size.units() * PRICE;
            let is_kept = model.orders[&Slot::Keeper] == Stage::Waiting;
            if !is_kept && !model.is_coupon_spent {
                model.is_coupon_spent = true;
                model.coupons -= PRICE;
                due -= PRICE;
                *model.account("HD") += PRICE;
            }
            for purse in ["VW1", "CW"] {
                let paid = due.min(model.balance(purse));
                *model.account(purse) -= paid;
                *model.account("HD") += paid;
                due -= paid;
            }
            *model.account("DW") += due;
            model.spent.has_lines = true;
        }
        Act::Fund => {
            let left = model.balance("BD").checked_sub(PRICE);
            *model.account("BD") = left.ok_or(Reason::PartnerCannotPay)?;
            *model.account("CW") += PRICE;
            repay(model);
        }
        Act::Close => {
            if !model.spent.is_closed && !model.spent.has_lines {
                let fault = "has no bill lines that these books generated";
                return Err(Reason::field("month", fault));
            }
            model.spent.is_closed = true;
        }
    }
    Ok(1)
}

/// Pays what the customer owes with the cash that it has.
pub fn repay(model: &mut Model) {
    let paid = model.balance("DW").min(model.balance("CW"));
    *model.account("DW") -= paid;
    *model.account("CW") -= paid;
    *model.account("HD") += paid;
}

/// Whether a closed month is what its lines are now.
pub async fn compare(books: &Books<'_>, model: &Model) -> Result<bool, Reason> {
    let closing = books.closing(month()).await?;
    if closing.is_some() != model.spent.is_closed {
        return Ok(false);
    }
    let lines = books.bill_lines_of(&"D".parse().expect("id"), month(), None, 0).await?;
    let Some(closing) = closing else {
        return Ok(lines.is_empty() != model.spent.has_lines);
    };
    let all = lines.iter().map(FeeRecord::amounts);
    let sum = all.into_iter().try_fold(BillAmounts::ZERO, |sum, amounts| sum.plus(&amounts?))?;
    let records = u64::try_from(lines.len()).unwrap_or(u64::MAX);
    Ok((closing.records, closing.amounts) == (records, sum))
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    use Size::{Large, Small};
    let using = |size| Call::Spend(Act::Use(size));
    let [fund, close] = [Act::Fund, Act::Close].map(Call::Spend);
    let pay = Call::Trade(super::trade::Deed::Pay(Slot::First, super::trade::Means::Cash));
    let fail = Call::Trade(super::trade::Deed::Fail);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("a ticket twice", &[&[using(Small)], &[using(Small)]]),
        scenario("two tickets for one card", &[&[using(Small)], &[using(Large)]]),
        scenario("a ticket and an order for one balance", &[&[using(Large)], &[pay]]),
        scenario("a debt that is repaid", &[&[using(Large), fund], &[fund]]),
        scenario("a debt that a refund repays", &[&[pay, using(Large), fail]]),
        scenario("two closers", &[&[using(Small), close], &[close]]),
        scenario("a closer and a payment", &[&[using(Small), close], &[pay]]),
        scenario("a closer and a ticket", &[&[using(Small), close], &[using(Large)]]),
        scenario("a closer and a debt that is repaid", &[&[using(Large), close], &[fund]]),
    ]
}

#[test]
fn the_card_of_the_customer_is_the_one_that_usage_takes() {
    assert_eq!(CARD, "W1");
}
