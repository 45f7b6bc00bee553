//! `ClaimEnterpriseMultiAccountCoupon` and `ReclaimEnterpriseMultiAccountCoupon` against the use of the
//! same coupons: a master with a coupon of 10.00, of which a member was given 4.00, and an order each.

use super::trade::place;
use super::{Call, ClientBooks, Model, Operations, operations};
use crate::domain::error::Reason;
use crate::domain::partner::CallingCustomer;
use crate::domain::payment::PartKind;
use crate::operations::move_enterprise_coupons::{
    RetrieveCoupon, TransferCoupon, retrieve, transfer,
};
use crate::operations::pay_order::{Choice, PayOrder, pay_order};
use crate::simulation::world::{Rules, START_SECONDS};
use crate::value::id::{CouponId, CustomerId, OrderId};
use chrono::DateTime;

/// What the master's coupon is worth, in yuan,
pub const WORTH: u64 = 10;

/// how much of it the member was given at the start,
pub const LENT: u64 = 4;

/// how much more is transferred,
const MORE: u64 = 6;

/// and what the orders cost.
const MASTERS_PRICE: u64 = 10;
const MEMBERS_PRICE: u64 = 3;

/// What the master has in cash.
pub const CASH: u64 = 4;

const MASTER: &str = "L";
const MEMBER: &str = "J";
const COUPON: &str = "L1";

/// Names the member's coupon and the orders of the start.
const RANDOMS: [[u8; 16]; 3] = [[21; 16], [22; 16], [23; 16]];

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lending {
    /// The master gives the member all that it has left itself.
    Transfer,
    /// The master takes back what the member was given at the start.
    Retrieve,
    /// The master pays its order with its coupon.
    MasterPays,
    /// The member pays its order with what it was given.
    MemberPays,
}

fn caller() -> CallingCustomer {
    CallingCustomer {
        customer_id: MASTER.parse().expect("id"),
        partner_id: "D".parse().expect("id"),
    }
}

fn member() -> CustomerId {
    MEMBER.parse().expect("id")
}

/// The coupon that the member has at the start.
fn lent() -> CouponId {
    CouponId::new(DateTime::from_timestamp(START_SECONDS, 0).expect("a time"), 0, &RANDOMS[0])
}

fn order(number: usize) -> OrderId {
    let start = DateTime::from_timestamp(START_SECONDS, 0).expect("a time");
    OrderId::new(start, &RANDOMS[number])
}

fn transfer_of(amount: u64) -> Result<TransferCoupon, Reason> {
    let amount = amount.to_string().parse().expect("money");
    TransferCoupon::check(caller(), member(), COUPON.parse().expect("id"), amount, None)
}

/// Lends the member its coupon and places the orders, at the time at which the world begins.
pub async fn prepare(books: &mut ClientBooks<'_, '_>) -> Result<(), Reason> {
    let child = transfer(books, &transfer_of(LENT)?, &RANDOMS[0]).await?;
    assert_eq!(child, lent());
    for (number, customer, price) in [(1, MASTER, MASTERS_PRICE), (2, MEMBER, MEMBERS_PRICE)] {
        let placed = place(books, customer, price, &RANDOMS[number]).await?;
        assert_eq!(placed, order(number));
    }
    Ok(())
}

/// The answer is 1, or how much was taken back.
pub async fn perform(
    books: &mut ClientBooks<'_, '_>,
    lending: Lending,
    randoms: &[[u8; 16]],
) -> Result<u64, Reason> {
    match lending {
        Lending::Transfer => {
            transfer(books, &transfer_of(MORE)?, &randoms[0]).await?;
            Ok(1)
        }
        Lending::Retrieve => {
            let order = RetrieveCoupon {
                caller: caller(),
                member_id: member(),
                coupon_id: COUPON.parse().expect("id"),
                sub_coupon_id: lent(),
                trans_id: None,
            };
            let left = retrieve(books, &order).await?;
            Ok(left.whole_fen().and_then(|fen| u64::try_from(fen / 100).ok()).expect("whole yuan"))
        }
        Lending::MasterPays => pay(books, MASTER, 1, COUPON, &randoms[0]).await,
        Lending::MemberPays => pay(books, MEMBER, 2, lent().as_str(), &randoms[0]).await,
    }
}

async fn pay(
    books: &mut ClientBooks<'_, '_>,
    customer: &str,
    number: usize,
    coupon: &str,
    random: &[u8; 16],
) -> Result<u64, Reason> {
    let coupons = vec![(coupon.to_owned(), PartKind::CashCoupon)];
    let choice = Choice { discount: None, coupons };
    let payment = PayOrder::check(customer.parse().expect("id"), order(number), choice)?;
    pay_order(books, &payment, random).await?;
    Ok(1)
}

pub fn model(model: &mut Model, lending: Lending) -> Result<u64, Reason> {
    match lending {
        Lending::Transfer => {
            let left = model.balance("KL1").checked_sub(MORE);
            let fault = if model.balance("KL1") == 0 { UNUSABLE } else { TOO_LITTLE };
            *model.account("KL1") = left.ok_or(Reason::CouponNotTransferable(fault))?;
            model.coupons += MORE;
            Ok(1)
        }
        Lending::Retrieve => {
            let left = std::mem::take(&mut model.lent);
            if left == 0 {
                return Err(Reason::CouponNotRetrievable("nothing is left of the coupon"));
            }
            model.coupons -= left;
            *model.account("KL1") += left;
            Ok(left)
        }
        Lending::MasterPays => {
            if model.paid.contains(MASTER) {
                return Err(Reason::OrderNotPayable);
            }
            let by_coupon = model.balance("KL1").min(MASTERS_PRICE);
            if by_coupon == 0 {
                return Err(Reason::CouponUnusable);
            }
            let cash = model.balance("CL").checked_sub(MASTERS_PRICE - by_coupon);
            *model.account("CL") = cash.ok_or(Reason::InsufficientBalance)?;
            *model.account("KL1") -= by_coupon;
            *model.account("GD") += MASTERS_PRICE;
            model.paid.insert(MASTER);
            model.spent.has_lines = true;
            Ok(1)
        }
        Lending::MemberPays => {
            if model.paid.contains(MEMBER) {
                return Err(Reason::OrderNotPayable);
            }
            let left = model.lent.checked_sub(MEMBERS_PRICE);
            model.lent = left.ok_or(Reason::CouponUnusable)?;
            model.coupons -= MEMBERS_PRICE;
            *model.account("GD") += MEMBERS_PRICE;
            model.paid.insert(MEMBER);
            model.spent.has_lines = true;
            Ok(1)
        }
    }
}

const UNUSABLE: &str = "the coupon is used up, or not in effect";
const TOO_LITTLE: &str = "the coupon has less left than is asked for";

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let [transfer, retrieve, master, member] =
        [Lending::Transfer, Lending::Retrieve, Lending::MasterPays, Lending::MemberPays]
            .map(Call::Lend);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("a coupon transferred and used", &[&[transfer], &[master]]),
        scenario("a coupon taken back and used", &[&[retrieve], &[member]]),
        scenario("a coupon transferred twice", &[&[transfer], &[transfer]]),
        scenario("a coupon taken back twice", &[&[retrieve], &[retrieve]]),
        scenario("a coupon taken back and transferred", &[&[retrieve, transfer], &[master]]),
        scenario("a transfer over two connections", &[&[transfer], &[transfer]]).of_one_token(),
        scenario("a coupon taken back, folding", &[&[retrieve], &[member]]).folding(),
    ]
}
