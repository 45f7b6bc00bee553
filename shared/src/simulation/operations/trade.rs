//! `PayOrders`, `CancelCustomerOrder`, renewal and unsubscription, the partner's price, and the
//! operator's provisioning and tick: a customer with 15.00, a coupon of 10.00 and a card of 10.00
//! has three orders of 10.00 each. And the pay-per-use resource that the operator starts for it.

use super::issue_coupons::issue_one;
use super::{Call, ClientBooks, Model, Operations, distributor, operations};
use crate::books::Books;
use crate::domain::error::Reason;
use crate::domain::order::{DiscountKind, DiscountMode, OrderDiscount, OrderSource};
use crate::domain::payment::PartKind;
use crate::domain::resource::tests::resource;
use crate::domain::resource::{OnDemandStatus, Resource};
use crate::domain::term::Term;
use crate::operations::cancel_order::cancel_order;
use crate::operations::pay_order::{Choice, PayOrder, pay_order};
use crate::operations::place_order::{PlaceOrder, Placing, PricedLine, place_order};
use crate::operations::provide_order::{LineReport, NewResource, Provided, provide_order};
use crate::operations::renew_resources::{
    RenewResources, RenewalPrice, RenewalPrices, renew_resources,
};
use crate::operations::review_order::set_order_price;
use crate::operations::run_on_demand::{StartOnDemand, change_on_demand, start_on_demand};
use crate::operations::tick::tick;
use crate::operations::unsubscribe_resources::{
    Extent, UnsubscribeResources, unsubscribe_resources,
};
use crate::simulation::operations::reclaim_coupon::{LIFE, Slip};
use crate::simulation::world::{Rules, START_SECONDS};
use crate::value::id::{CouponId, CustomerId, OrderId};
use crate::value::money::Money;
use chrono::{DateTime, Utc};

/// Price of each order and worth of the coupon, in yuan.
pub const PRICE: u64 = 10;

/// What the customer has, in yuan: not enough for two orders.
pub const CASH: u64 = 15;

/// Price of a renewal, and of the first order once its price was set, in yuan.
const LOWER_PRICE: u64 = 5;

const CUSTOMER: &str = "W";

/// What the first order provides.
const RESOURCE: &str = "r";

/// What the operator starts.
const ON_DEMAND: &str = "n";

/// The customer's stored-value card, which holds [`PRICE`].
pub const CARD: &str = "W1";

/// Of the coupon.
const RANDOM: [u8; 16] = [9; 16];

/// One of the orders that there are from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    First,
    /// Keeps the coupon for itself.
    Keeper,
    /// Was not paid in time.
    Late,
}

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Waiting,
    /// The deadline has passed, and nobody has noticed.
    Overdue,
    Cancelled,
    Paid(Means),
    Provided,
    /// What it provided was renewed once,
    Renewed,
    /// or given back.
    Returned,
    Failed,
}

/// What an order is paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    Cash,
    Coupon,
    Card,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Pay(Slot, Means),
    Cancel(Slot),
    /// The first order's line has its resource.
    Provide,
    /// The first order's line could not be provided.
    Fail,
    /// What the first order provided is renewed and paid at once,
    Renew,
    /// or given back, with all that was paid for it.
    Unsubscribe,
    /// The partner sets the price of the first order.
    Price,
    Tick,
    /// The pay-per-use resource is started,
    Start,
    /// and stopped.
    Stop,
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(START_SECONDS, 0).expect("a time")
}

fn customer() -> CustomerId {
    CUSTOMER.parse().expect("id")
}

fn price() -> Money {
    yuan(PRICE)
}

fn yuan(amount: u64) -> Money {
    amount.to_string().parse().expect("money")
}

/// The coupon that the customer has from the start.
pub fn coupon() -> CouponId {
    CouponId::new(start(), 0, &RANDOM)
}

impl Slot {
    const ALL: [Self; 3] = [Self::First, Self::Keeper, Self::Late];

    fn random(self) -> [u8; 16] {
        match self {
            Self::First => [1; 16],
            Self::Keeper => [2; 16],
            Self::Late => [3; 16],
        }
    }

    fn id(self) -> OrderId {
        OrderId::new(start(), &self.random())
    }

    /// Where each is at the start.
    pub fn at_first(self) -> Stage {
        if self == Self::Late { Stage::Overdue } else { Stage::Waiting }
    }

    pub fn all_at_first() -> impl Iterator<Item = (Self, Stage)> {
        Self::ALL.into_iter().map(|slot| (slot, slot.at_first()))
    }

    fn placing(self) -> Placing {
        let keeps = if self == Self::Keeper { vec![coupon()] } else { Vec::new() };
        Placing {
            coupon_ids: keeps,
            chosen_promotion: (self == Self::Late).then_some(0),
            ..placing(customer(), price())
        }
    }
}

/// An order of a month at a price, with a promotion that it may choose.
fn placing(customer_id: CustomerId, price: Money) -> Placing {
    let promotion = OrderDiscount {
        discount_id: "P".to_owned(),
        kind: DiscountKind::Promotion,
        discount_type: "700".to_owned(),
        mode: DiscountMode::Reduction,
        value: "0".to_owned(),
        amounts: vec![Money::ZERO],
        ends: Some((start() + LIFE).into()),
    };
    Placing {
        customer_id,
        source_type: OrderSource::Customer,
        lines: vec![PricedLine {
            product: resource().product,
            term: Term::months(1),
            subscription_num: 1,
            official_amount: price,
            attached_to: None,
            child: None,
            renews_itself: false,
        }],
        discounts: vec![promotion],
        chosen_promotion: None,
        coupon_ids: Vec::new(),
        auto_pay: false,
        user_name: None,
    }
}

/// Places an order for a customer, at a price in yuan. `random` names it.
pub async fn place(
    books: &mut ClientBooks<'_, '_>,
    customer: &str,
    price: u64,
    random: &[u8; 16],
) -> Result<OrderId, Reason> {
    let customer = customer.parse().expect("id");
    let order = PlaceOrder::check(placing(customer, price.to_string().parse().expect("money")))?;
    Ok(place_order(books, &order, &[*random]).await?.order_id)
}

/// Issues the coupon and places the orders, at the time at which the world begins.
pub async fn prepare(books: &mut ClientBooks<'_, '_>) -> Result<(), Reason> {
    assert_eq!(issue_one(books, "QW", customer(), PRICE, RANDOM).await?, coupon());
    for slot in Slot::ALL {
        let order = PlaceOrder::check(slot.placing())?;
        assert_eq!(place_order(books, &order, &[slot.random()]).await?.order_id, slot.id());
    }
    Ok(())
}

/// The answer is 1; that of a tick how many orders it cancelled and coupons it returned.
pub async fn perform(
    books: &mut ClientBooks<'_, '_>,
    deed: Deed,
    randoms: &[[u8; 16]],
) -> Result<u64, Reason> {
    let report = |provided| [LineReport { line: 0, provided }];
    match deed {
        Deed::Pay(slot, means) => {
            let coupons = match means {
                Means::Cash => Vec::new(),
                Means::Coupon => vec![(coupon().to_string(), PartKind::CashCoupon)],
                Means::Card => vec![(CARD.to_owned(), PartKind::StoredCard)],
            };
            let choice = Choice { discount: None, coupons };
            let payment = PayOrder::check(customer(), slot.id(), choice)?;
            pay_order(books, &payment, &randoms[0]).await?;
            Ok(1)
        }
        Deed::Cancel(slot) => {
            cancel_order(books, &customer(), &slot.id()).await?;
            Ok(1)
        }
        Deed::Provide => {
            let resource_id = RESOURCE.parse().expect("id");
            let resource = NewResource { resource_id, resource_name: None };
            let provided = Provided::Resources(vec![resource]);
            provide_order(books, &Slot::First.id(), &report(provided), randoms).await?;
            Ok(1)
        }
        Deed::Fail => {
            let order_id = Slot::First.id();
            provide_order(books, &order_id, &report(Provided::Failed), randoms).await?;
            Ok(1)
        }
        Deed::Renew => renew(books, randoms).await,
        Deed::Unsubscribe => {
            let ids = vec![RESOURCE.parse().expect("id")];
            let request = UnsubscribeResources::check(customer(), ids, Extent::Resource)?;
            unsubscribe_resources(books, &request, &randoms[0]).await?;
            Ok(1)
        }
        Deed::Price => {
            set_order_price(books, &distributor(), &Slot::First.id(), yuan(LOWER_PRICE)).await?;
            Ok(1)
        }
        Deed::Tick => {
            let ticked = tick(books, &[], randoms).await?;
            Ok(ticked.cancelled + ticked.coupons)
        }
        Deed::Start => {
            let resource_id = ON_DEMAND.parse().expect("id");
            let start =
                StartOnDemand::check(customer(), resource_id, None, resource().product.clone())?;
            start_on_demand(books, &start).await?;
            Ok(1)
        }
        Deed::Stop => {
            let resource_id = ON_DEMAND.parse().expect("id");
            change_on_demand(books, &customer(), &resource_id, OnDemandStatus::Closed).await?;
            Ok(1)
        }
    }
}

/// Priced in the transaction itself: here nothing prices it before.
async fn renew(books: &mut ClientBooks<'_, '_>, randoms: &[[u8; 16]]) -> Result<u64, Reason> {
    let (term, resource_id) = (Term::months(1), RESOURCE.parse().expect("id"));
    let resource = books.resource(&customer(), &resource_id).await?;
    let price = |resource: &Resource| RenewalPrice {
        resource_id: resource.resource_id.clone(),
        product: resource.product.clone(),
        expire_time: term.renewed(resource.expiry()).expire_time,
        official_amount: yuan(LOWER_PRICE),
    };
    let prices = resource.iter().map(price).collect();
    let prices = RenewalPrices { prices, discounts: Vec::new() };
    let renewal = RenewResources::check(customer(), vec![resource_id], term, true)?;
    let renewed = renew_resources(books, &renewal, &prices, randoms).await?;
    assert_eq!(renewed.unpaid, None, "its customer has enough");
    Ok(1)
}

pub fn model(model: &mut Model, deed: Deed) -> Result<u64, Reason> {
    let stage = |model: &Model, slot| model.orders[&slot];
    match deed {
        Deed::Pay(slot, means) => {
            match stage(model, slot) {
                Stage::Waiting => {}
                Stage::Overdue => return Err(Reason::PaymentDeadlinePassed),
                _ => return Err(Reason::OrderNotPayable),
            }
            let is_priced = slot == Slot::First && model.is_priced;
            let price = if is_priced { LOWER_PRICE } else { PRICE };
            let is_kept = stage(model, Slot::Keeper) == Stage::Waiting;
            match means {
                Means::Coupon if model.is_coupon_spent || (is_kept && slot != Slot::Keeper) => {
                    return Err(Reason::CouponUnusable);
                }
                Means::Coupon => {
                    model.coupons -= price;
                    model.is_coupon_spent = true;
                }
                Means::Card => {
                    let left = model.balance("VW1").checked_sub(price);
                    *model.account("VW1") = left.ok_or(Reason::CouponUnusable)?;
                }
                Means::Cash => {
                    let left = model.balance("CW").checked_sub(price);
                    *model.account("CW") = left.ok_or(Reason::InsufficientBalance)?;
                }
            }
            *model.account("GD") += price;
            model.orders.insert(slot, Stage::Paid(means));
            model.spent.has_lines = true;
        }
        Deed::Cancel(slot) => {
            if stage(model, slot) != Stage::Waiting {
                return Err(Reason::OrderNotCancellable);
            }
            model.orders.insert(slot, Stage::Cancelled);
        }
        Deed::Provide => {
            let Stage::Paid(_) = stage(model, Slot::First) else {
                return Err(Reason::OrderNotProcessing);
            };
            model.orders.insert(Slot::First, Stage::Provided);
        }
        Deed::Fail => {
            let Stage::Paid(means) = stage(model, Slot::First) else {
                return Err(Reason::OrderNotProcessing);
            };
            *model.account("GD") -= PRICE;
            match means {
                Means::Cash => *model.account("CW") += PRICE,
                Means::Card => *model.account("VW1") += PRICE,
                Means::Coupon => {
                    model.coupons += PRICE;
                    model.is_coupon_spent = false;
                }
            }
            model.orders.insert(Slot::First, Stage::Failed);
            super::spend::repay(model);
        }
        Deed::Renew | Deed::Unsubscribe | Deed::Price => return model_first(model, deed),
        Deed::Start if model.on_demand.is_some() => return Err(Reason::ContentDiffers),
        Deed::Start => model.on_demand = Some(OnDemandStatus::Normal),
        Deed::Stop => match model.on_demand {
            Some(OnDemandStatus::Normal) => model.on_demand = Some(OnDemandStatus::Closed),
            Some(_) => return Err(Reason::Contradiction("the resource is closed")),
            None => {
                let id = ON_DEMAND.to_owned();
                return Err(Reason::UnknownReference { kind: "resource", id });
            }
        },
        Deed::Tick => {
            let overdue = stage(model, Slot::Late) == Stage::Overdue;
            model.orders.insert(Slot::Late, Stage::Cancelled);
            return Ok(u64::from(overdue) + u64::from(model.give_back(Slip::Expired)));
        }
    }
    Ok(1)
}

/// What becomes of the first order besides payment and provisioning; it is paid with cash then.
fn model_first(model: &mut Model, deed: Deed) -> Result<u64, Reason> {
    let stage = model.orders[&Slot::First];
    match deed {
        Deed::Price if stage == Stage::Waiting => model.is_priced = true,
        Deed::Price => return Err(Reason::OrderNotPayable),
        Deed::Renew => {
            if stage != Stage::Provided {
                return Err(Reason::ResourceGone);
            }
            *model.account("CW") -= LOWER_PRICE;
            *model.account("GD") += LOWER_PRICE;
            model.orders.insert(Slot::First, Stage::Renewed);
        }
        _ => {
            let paid = match stage {
                Stage::Provided => PRICE,
                Stage::Renewed => PRICE + LOWER_PRICE,
                Stage::Returned => return Err(Reason::ResourceUnsubscribed),
                _ => return Err(Reason::ResourceNotFound),
            };
            *model.account("GD") -= paid;
            *model.account("CW") += paid;
            model.orders.insert(Slot::First, Stage::Returned);
        }
    }
    Ok(1)
}

/// Whether the pay-per-use resource is as the model says.
pub async fn compare(books: &Books<'_>, model: &Model) -> Result<bool, Reason> {
    let resource_id = ON_DEMAND.parse().expect("id");
    let found = books.on_demand_resource(&customer(), &resource_id).await?;
    let is_ended = |status| status == OnDemandStatus::Closed;
    let ends_rightly = found.iter().all(|it| it.expire_time.is_some() == is_ended(it.status));
    Ok(ends_rightly && found.map(|it| it.status) == model.on_demand)
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    use Slot::{First, Keeper, Late};
    let cash = |slot| Call::Trade(Deed::Pay(slot, Means::Cash));
    let coupon = |slot| Call::Trade(Deed::Pay(slot, Means::Coupon));
    let card = |slot| Call::Trade(Deed::Pay(slot, Means::Card));
    let cancel = |slot| Call::Trade(Deed::Cancel(slot));
    let [provide, fail, tick] = [Deed::Provide, Deed::Fail, Deed::Tick].map(Call::Trade);
    let [renew, unsubscribe, price] =
        [Deed::Renew, Deed::Unsubscribe, Deed::Price].map(Call::Trade);
    let [start, stop] = [Deed::Start, Deed::Stop].map(Call::Trade);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("an order paid twice", &[&[cash(First)], &[cash(First)]]),
        scenario("money for one of two orders", &[&[cash(First)], &[cash(Keeper)]]),
        scenario("an order paid and cancelled", &[&[cash(First)], &[cancel(First)]]),
        scenario("two orders for one coupon", &[&[coupon(First)], &[coupon(Keeper)]]),
        scenario("two orders for one card", &[&[card(First), fail], &[card(Keeper)]]),
        scenario("a coupon that is kept, and let go", &[&[cancel(Keeper)], &[coupon(First)]]),
        scenario("an overdue order paid, and a tick", &[&[cash(Late)], &[tick]]),
        scenario("two ticks", &[&[tick], &[tick]]),
        scenario("a tick and another one later", &[&[tick, tick]]),
        scenario("an order provided twice", &[&[cash(First), provide], &[provide]]),
        scenario(
            "a resource renewed and unsubscribed",
            &[&[cash(First), provide, renew], &[unsubscribe]],
        ),
        scenario(
            "a resource unsubscribed twice",
            &[&[cash(First), provide, unsubscribe], &[unsubscribe]],
        ),
        scenario("an order paid, and its price set", &[&[cash(First)], &[price]]),
        scenario("an order that cannot be provided", &[&[coupon(Keeper), cash(First), fail]]),
        scenario("a resource started twice", &[&[start], &[start]]),
        scenario("a resource stopped twice", &[&[start, stop], &[stop]]),
        scenario("a payment and a tick, folding", &[&[cash(First)], &[tick]]).folding(),
    ]
}
