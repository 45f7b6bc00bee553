//! A dissociation: the partner has asked a customer to leave, which has a coupon, cash and an order.
//! What it has left goes back to the partner; while the order is open, nothing does. The operator may
//! decide before the customer does that it pays the cloud itself, which gives back the same.

use super::issue_coupons::issue_one;
use super::trade::place;
use super::{Call, ClientBooks, Model, Operations, distributor, operations};
use crate::domain::association::{AssociationChange, AssociationVerdict};
use crate::domain::error::Reason;
use crate::domain::partner::{AssociationType, CallingCustomer};
use crate::operations::associate_customer::{Party, answer, ask};
use crate::operations::cancel_order::cancel_order;
use crate::operations::manage_tenant::{CustomerChange, change_customer};
use crate::operations::pay_order::{Choice, PayOrder, pay_order};
use crate::operations::provide_order::{LineReport, NewResource, Provided, provide_order};
use crate::simulation::world::{Rules, START_SECONDS};
use crate::value::id::{CustomerId, OrderId};
use chrono::DateTime;

/// What the customer has at the start, in yuan: cash, and the coupon.
pub const CASH: u64 = 12;
pub const WORTH: u64 = 5;

/// Price of the order, in yuan.
const PRICE: u64 = 10;

const CUSTOMER: &str = "Y";

/// Of the order and of the coupon.
const RANDOM: [u8; 16] = [77; 16];

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The customer agrees to leave.
    Agree,
    /// The operator lets it pay the cloud itself.
    Switch,
    /// It pays its order,
    Pay,
    /// or cancels it.
    Cancel,
    /// What it has paid for is provided.
    Provide,
}

/// How far the order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    Paid,
    Provided,
    Cancelled,
}

/// Where the two are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parting {
    stage: Stage,
    /// Whether the partner no longer funds the customer, and asks for nothing.
    is_over: bool,
}

impl Parting {
    pub fn at_first() -> Self {
        Self { stage: Stage::Waiting, is_over: false }
    }
}

fn customer() -> CustomerId {
    CUSTOMER.parse().expect("id")
}

fn order_id() -> OrderId {
    OrderId::new(DateTime::from_timestamp(START_SECONDS, 0).expect("a time"), &RANDOM)
}

/// Issues the coupon, asks, and places the order.
pub async fn prepare(books: &mut ClientBooks<'_, '_>) -> Result<(), Reason> {
    issue_one(books, "QY", customer(), WORTH, RANDOM).await?;
    let partner = Party::partner(&distributor(), customer());
    ask(books, &partner, AssociationChange::Dissociation).await?;
    assert_eq!(place(books, CUSTOMER, PRICE, &RANDOM).await?, order_id());
    Ok(())
}

/// The answer is 1.
pub async fn perform(
    books: &mut ClientBooks<'_, '_>,
    step: Step,
    randoms: &[[u8; 16]],
) -> Result<u64, Reason> {
    match step {
        Step::Agree => {
            let caller =
                CallingCustomer { customer_id: customer(), partner_id: distributor().partner_id };
            answer(books, &Party::customer(&caller), AssociationVerdict::Agree).await?;
        }
        Step::Switch => {
            let change =
                CustomerChange { frozen: None, association_type: Some(AssociationType::Referral) };
            change_customer(books, &customer(), change).await?;
        }
        Step::Pay => {
            let choice = Choice { discount: None, coupons: Vec::new() };
            let payment = PayOrder::check(customer(), order_id(), choice)?;
            pay_order(books, &payment, &randoms[0]).await?;
        }
        Step::Cancel => {
            cancel_order(books, &customer(), &order_id()).await?;
        }
        Step::Provide => {
            let resource_id = "y".parse().expect("id");
            let resource = NewResource { resource_id, resource_name: None };
            let report = LineReport { line: 0, provided: Provided::Resources(vec![resource]) };
            provide_order(books, &order_id(), &[report], randoms).await?;
        }
    }
    Ok(1)
}

pub fn model(model: &mut Model, step: Step) -> Result<u64, Reason> {
    let Parting { stage, is_over } = model.parting;
    match step {
        Step::Agree if is_over => return Err(Reason::NoChangeAsked),
        Step::Switch if is_over => {}
        Step::Agree | Step::Switch => {
            if matches!(stage, Stage::Waiting | Stage::Paid) {
                let fault = "the customer has orders that are neither completed nor cancelled";
                return Err(Reason::CannotAssociate(fault));
            }
            let left = model.balance("CY");
            *model.account("BD") += left;
            *model.account("CY") = 0;
            model.coupons -= WORTH;
            *model.account("QQY") += WORTH;
            model.parting.is_over = true;
        }
        Step::Pay => {
            if stage != Stage::Waiting {
                return Err(Reason::OrderNotPayable);
            }
            *model.account("CY") -= PRICE;
            *model.account("GD") += PRICE;
            model.parting.stage = Stage::Paid;
            model.spent.has_lines = true;
        }
        Step::Cancel => {
            if stage != Stage::Waiting {
                return Err(Reason::OrderNotCancellable);
            }
            model.parting.stage = Stage::Cancelled;
        }
        Step::Provide => {
            if stage != Stage::Paid {
                return Err(Reason::OrderNotProcessing);
            }
            model.parting.stage = Stage::Provided;
        }
    }
    Ok(1)
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let [agree, switch, pay, cancel, provide] =
        [Step::Agree, Step::Switch, Step::Pay, Step::Cancel, Step::Provide].map(Call::Part);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("a dissociation and a payment", &[&[agree], &[pay]]),
        scenario("a dissociation and a cancellation", &[&[agree], &[cancel]]),
        scenario("a dissociation and an order from payment on", &[&[agree], &[pay, provide]])
            .faultless(),
        scenario("a switch and a payment", &[&[switch], &[pay]]),
        scenario("a dissociation and a switch", &[&[cancel, agree], &[switch]]).faultless(),
        scenario("two answers to one request", &[&[cancel, agree], &[agree]]).faultless(),
        scenario("a dissociation over two connections", &[&[cancel, agree], &[cancel, agree]])
            .of_one_token()
            .faultless(),
    ]
}
