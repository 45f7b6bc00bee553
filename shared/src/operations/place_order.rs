//! Place an order for a customer: from lines that are priced already, at the prices of now.
//!
//! The rating engine prices the lines before the transaction; the order keeps their prices and the
//! discounts that it was offered. Coupons that are chosen now are kept for it until it is paid,
//! cancelled or overdue.

use super::pay_order::{hand_over, pay_automatically, pays_automatically};
use crate::books::BooksMut;
use crate::domain::account::AccountId;
use crate::domain::coupon::{Coupon, CouponLock, CouponStatus};
use crate::domain::error::Reason;
use crate::domain::order::coupon::COUPONS_MAX;
use crate::domain::order::{
    DiscountKind, LINES_MAX, LineState, Order, OrderDiscount, OrderLine, OrderSource, OrderStatus,
    OrderType, payment_deadline,
};
use crate::domain::partner::{AssociationType, Customer};
use crate::domain::payment::fen;
use crate::domain::resource::Product;
use crate::domain::term::Term;
use crate::value::id::{CouponId, CustomerId, OrderId};
use crate::value::money::Money;
use crate::value::time::Timestamp;
use std::collections::BTreeSet;

/// Most resources of an order.
pub const RESOURCES_MAX: u32 = 100;

/// A line with its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedLine {
    /// What.
    pub product: Product,
    /// For how long.
    pub term: Term,
    /// How many.
    pub subscription_num: u32,
    /// List price of all of them for all of the term, in whole fen.
    pub official_amount: Money,
    /// The line, of those before it, whose resources these are attached to.
    pub attached_to: Option<u32>,
    /// The child of a combined order that it belongs to, from 0.
    pub child: Option<u32>,
    /// Whether what it provides renews itself.
    pub renews_itself: bool,
}

/// An order to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placing {
    /// Whose.
    pub customer_id: CustomerId,
    /// Who places it.
    pub source_type: OrderSource,
    /// Its lines.
    pub lines: Vec<PricedLine>,
    /// The discounts that it is offered.
    pub discounts: Vec<OrderDiscount>,
    /// The promotion that was chosen, by its place: its end moves the deadline.
    pub chosen_promotion: Option<u32>,
    /// Coupons to be kept for it.
    pub coupon_ids: Vec<CouponId>,
    /// Whether it is to be paid at once, if it can be.
    pub auto_pay: bool,
    /// Who places it, by name.
    pub user_name: Option<String>,
}

/// An order whose fields are in order.
#[derive(Clone, Debug)]
pub struct PlaceOrder {
    placing: Placing,
    children: u32,
}

impl PlaceOrder {
    /// Checks the fields of an order.
    ///
    /// # Errors
    /// [`Reason::Field`] for the first that is wrong.
    pub fn check(placing: Placing) -> Result<Self, Reason> {
        let lines = &placing.lines;
        if !(1..=LINES_MAX).contains(&lines.len()) {
            return Err(Reason::field("lines", format!("must have 1 to {LINES_MAX} items")));
        }
        let resources = lines.iter().map(|line| u64::from(line.subscription_num)).sum::<u64>();
        let empty = lines.iter().any(|line| line.subscription_num == 0);
        if empty || resources > u64::from(RESOURCES_MAX) {
            let fault = format!("must be 1 or more, and {RESOURCES_MAX} together at most");
            return Err(Reason::field("subscription_num", fault));
        }
        if lines.iter().any(|line| line.term.period_num == 0) {
            return Err(Reason::field("period_num", "must be 1 or more"));
        }
        for (line, place) in lines.iter().zip(0..) {
            check_attached(lines, line, place)?;
        }
        let children: BTreeSet<Option<u32>> = lines.iter().map(|line| line.child).collect();
        let count = children.len();
        let all_named = count == 1 || !children.contains(&None);
        let in_order = children.iter().flatten().zip(0..).all(|(child, place)| *child == place);
        if !all_named || !in_order {
            let fault = "must be given for all lines or for none, from 0 without gaps";
            return Err(Reason::field("child", fault));
        }
        if placing.coupon_ids.len() > COUPONS_MAX {
            return Err(Reason::field("coupon_ids", format!("must have at most {COUPONS_MAX}")));
        }
        let distinct: BTreeSet<&CouponId> = placing.coupon_ids.iter().collect();
        if distinct.len() < placing.coupon_ids.len() {
            return Err(Reason::field("coupon_ids", "must be different"));
        }
        check_amounts(&placing)?;
        let children = if children.contains(&None) { 0 } else { count };
        let children = u32::try_from(children).unwrap_or(u32::MAX);
        Ok(Self { placing, children })
    }
}

/// A line is attached to one before it that is not attached itself, and as many as that or one.
fn check_attached(lines: &[PricedLine], line: &PricedLine, place: usize) -> Result<(), Reason> {
    let Some(main) = line.attached_to else {
        return Ok(());
    };
    let main = usize::try_from(main).ok().filter(|main| *main < place);
    let main = main.and_then(|main| lines.get(main)).filter(|main| main.attached_to.is_none());
    let fits = |main: &PricedLine| {
        let as_many = main.subscription_num == 1 || main.subscription_num == line.subscription_num;
        as_many && main.term == line.term && main.child == line.child
    };
    if main.is_some_and(fits) {
        return Ok(());
    }
    let fault = "must be an earlier main line of the same term, child and number, or of one";
    Err(Reason::field("attached_to", fault))
}

/// Prices are whole fen, and no discount is more than its line.
fn check_amounts(placing: &Placing) -> Result<(), Reason> {
    for line in &placing.lines {
        fen(line.official_amount)?;
    }
    for discount in &placing.discounts {
        let fits =
            |(off, line): (&Money, &PricedLine)| fen(*off).is_ok() && *off <= line.official_amount;
        let as_many = discount.amounts.len() == placing.lines.len();
        if !as_many || !discount.amounts.iter().zip(&placing.lines).all(fits) {
            return Err(Reason::field("discounts", "must not be more than the list price"));
        }
    }
    let promotion = placing.chosen_promotion.and_then(|place| usize::try_from(place).ok());
    let is_promotion = |place: usize| {
        placing.discounts.get(place).is_some_and(|it| it.kind == DiscountKind::Promotion)
    };
    if promotion.is_some_and(|place| !is_promotion(place)) {
        return Err(Reason::field("discount_id", "must be a promotion that applies"));
    }
    Ok(())
}

/// Places the order. `randoms` has one number for it and one for each of its children, drawn before
/// the transaction. A number that is taken is not found by looking again: the order is refused, and
/// can be placed again.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::UnknownReference`] for a customer that is not
/// there, [`Reason::CustomerFrozen`], [`Reason::CouponUnusable`].
pub async fn place_order(
    books: &mut BooksMut<'_, '_>,
    order: &PlaceOrder,
    randoms: &[[u8; 16]],
) -> Result<Order, Reason> {
    let Placing { customer_id, coupon_ids, .. } = &order.placing;
    let now = books.now();
    let customer = buyer(books, customer_id).await?;
    let payer = books.payer_of(customer_id).await?;
    let coupons = usable_coupons(books, &payer, coupon_ids, now).await?;
    let ids = free_ids(books, randoms, order.children).await?;
    let settings = books.settings().await?;
    let status = if settings.needs_approval() {
        OrderStatus::PendingApproval
    } else {
        OrderStatus::PendingPayment
    };
    let placed = order.placed(&customer, ids, status, now);
    for coupon in coupons {
        let until = placed.pending_payment_end_time;
        let lock = CouponLock { order_id: placed.order_id.clone(), until };
        books.replace_coupon(&Coupon { lock: Some(lock), ..coupon })?;
    }
    let listed_for =
        (customer.association_type == AssociationType::Resale).then_some(&customer.partner_id);
    books.add_order(&placed, listed_for)?;
    Ok(placed)
}

/// Places the order, and pays it where that was asked for and whoever pays for the customer has
/// enough; else it waits, for the master of the customer where that pays. `random` names what is
/// provided at once.
///
/// # Errors
/// As of [`place_order`].
pub async fn place_and_pay(
    books: &mut BooksMut<'_, '_>,
    order: &PlaceOrder,
    randoms: &[[u8; 16]],
    random: &[u8; 16],
) -> Result<Order, Reason> {
    let placed = place_order(books, order, randoms).await?;
    let can_be_paid = placed.status == OrderStatus::PendingPayment;
    if !placed.auto_pay || !can_be_paid {
        return Ok(placed);
    }
    if pays_automatically(books, &placed).await? {
        return pay_automatically(books, placed, random).await;
    }
    let payer = books.payer_of(&placed.customer_id).await?;
    if payer == placed.customer_id { Ok(placed) } else { hand_over(books, placed, payer) }
}

impl PlaceOrder {
    fn placed(
        &self,
        customer: &Customer,
        ids: Vec<OrderId>,
        status: OrderStatus,
        now: Timestamp,
    ) -> Order {
        let Placing { lines, discounts, chosen_promotion, .. } = &self.placing;
        let promotion = chosen_promotion.and_then(|place| usize::try_from(place).ok());
        let ends = promotion.and_then(|place| discounts.get(place)).and_then(|it| it.ends);
        let mut ids = ids.into_iter();
        let order_id = ids.next().unwrap_or_else(|| OrderId::new(now.instant(), &[0; 16]));
        Order {
            order_id,
            customer_id: customer.customer_id.clone(),
            partner_id: customer.partner_id.clone(),
            order_type: OrderType::Subscription,
            source_type: self.placing.source_type,
            status,
            create_time: now,
            pending_payment_end_time: payment_deadline(now, ends),
            payment_time: None,
            lines: lines.iter().map(PricedLine::line).collect(),
            discounts: discounts.clone(),
            discount: None,
            parts: Vec::new(),
            children: ids.collect(),
            locked_coupons: self.placing.coupon_ids.clone(),
            user_name: self.placing.user_name.clone(),
            asked_to_pay: None,
            paid_by: None,
            auto_pay: self.placing.auto_pay,
            agent: None,
        }
    }
}

impl PricedLine {
    fn line(&self) -> OrderLine {
        OrderLine {
            product: self.product.clone(),
            term: Some(self.term),
            subscription_num: self.subscription_num,
            official_amount: self.official_amount,
            effective_time: None,
            expire_time: None,
            shares: Vec::new(),
            resource_ids: Vec::new(),
            state: LineState::Open,
            attached_to: self.attached_to,
            child: self.child,
            refund: None,
            renews_itself: self.renews_itself,
        }
    }
}

/// The customer, if it is there and may buy.
///
/// # Errors
/// [`Reason::UnknownReference`] and [`Reason::CustomerFrozen`].
pub(super) async fn buyer(
    books: &BooksMut<'_, '_>,
    customer_id: &CustomerId,
) -> Result<Customer, Reason> {
    let customer = books.customer(customer_id).await?;
    let unknown =
        || Reason::UnknownReference { kind: "customer", id: customer_id.as_str().to_owned() };
    let customer = customer.ok_or_else(unknown)?;
    if customer.is_frozen() { Err(Reason::CustomerFrozen) } else { Ok(customer) }
}

/// The coupons of a customer, if all of them can be used now and no other order keeps one.
async fn usable_coupons(
    books: &BooksMut<'_, '_>,
    customer_id: &CustomerId,
    coupon_ids: &[CouponId],
    now: Timestamp,
) -> Result<Vec<Coupon>, Reason> {
    books.load_coupons(coupon_ids, &[]).await?;
    let mut coupons = Vec::with_capacity(coupon_ids.len());
    for id in coupon_ids {
        let coupon = books.coupon(id).await?.filter(|coupon| coupon.customer_id == *customer_id);
        let coupon = coupon.ok_or(Reason::CouponUnusable)?;
        let left = books.held(&AccountId::Coupon(id.clone())).await?.balance;
        let is_usable = coupon.status_at(left, now) == CouponStatus::Usable;
        if !is_usable || coupon.locked_by(now).is_some() {
            return Err(Reason::CouponUnusable);
        }
        coupons.push(coupon);
    }
    Ok(coupons)
}

/// The identities of an order and its children.
///
/// # Errors
/// [`Reason::OrderIdTaken`]: the chance is one in a thousand for two orders of one millisecond.
pub(super) async fn free_ids(
    books: &BooksMut<'_, '_>,
    randoms: &[[u8; 16]],
    children: u32,
) -> Result<Vec<OrderId>, Reason> {
    let count = usize::try_from(children).unwrap_or(usize::MAX).saturating_add(1);
    let mut ids: Vec<OrderId> = Vec::with_capacity(randoms.len());
    for random in randoms {
        let id = OrderId::new(books.instant(), random);
        if ids.len() < count && !ids.contains(&id) && books.order_owner(&id).await?.is_none() {
            ids.push(id);
        }
    }
    if ids.len() == count { Ok(ids) } else { Err(Reason::OrderIdTaken) }
}

/// Numbers to be drawn for an order with so many children: more than are needed, so that all of
/// them are free.
pub fn randoms_for(children: usize) -> usize {
    children.saturating_add(1).saturating_mul(3)
}
