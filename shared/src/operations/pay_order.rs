//! Pay an order: all of it, from coupons, cards, cash and credit, or nothing moves.
//!
//! Whoever pays, each part is one transfer to the clearing account of the partner, and what the
//! order is for happens in the same transaction: a renewal lengthens its resources, and a tenant
//! that provides at once has the resources of a new order.
//!
//! A member of an enterprise whose finances its master keeps pays nothing: what it asks to be paid
//! is handed to its master, which pays it as if it were its own; what is paid without asking the
//! master pays at once.

use super::bill_order::bill_payment;
use super::cancel_order::release_coupons;
use super::{announce, provide_order, renew_resources};
use crate::books::{Books, BooksMut, OrderOwner};
use crate::domain::account::AccountId;
use crate::domain::card::{CardStatus, HeldCard};
use crate::domain::coupon::{Coupon, CouponStatus, UseLimit};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode};
use crate::domain::order::coupon::{
    COUPONS_MAX, check_discount, part_kind, payable_lines, quantity_max, share_max,
};
use crate::domain::order::{DiscountKind, Order, OrderStatus, OrderType};
use crate::domain::payment::{self, PaidPart, PartKind, Payment, Source};
use crate::domain::resource::ResourceStatus;
use crate::store::defect::{self, Defect};
use crate::value::id::{CardId, CouponId, CustomerId, OrderId, PartnerId};
use crate::value::money::Money;
use crate::value::time::Timestamp;
use std::collections::BTreeSet;

/// What a payment is to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// A discount, by its identity and kind.
    pub discount: Option<(String, DiscountKind)>,
    /// Coupons and cards, each with what it is said to be.
    pub coupons: Vec<(String, PartKind)>,
}

/// A payment whose fields are in order.
#[derive(Clone, Debug)]
pub struct PayOrder {
    customer_id: CustomerId,
    order_id: OrderId,
    choice: Choice,
}

/// What an order is paid with, by whom.
pub(super) struct Means {
    /// The discount, by its place.
    discount: Option<u32>,
    /// What is used before cash: coupons and cards, each with the lines that it may pay and what
    /// it holds.
    chosen: Vec<Source>,
    /// Who pays.
    payer: Payer,
}

/// Who pays an order.
enum Payer {
    /// Its customer, or the master that keeps the customer's finances.
    Customer(CustomerId),
    /// The partner, on behalf of its customer.
    Partner(PartnerId),
}

impl PayOrder {
    /// Checks the fields of a payment.
    ///
    /// # Errors
    /// [`Reason::Field`] for too many coupons or one that is named twice.
    pub fn check(
        customer_id: CustomerId,
        order_id: OrderId,
        choice: Choice,
    ) -> Result<Self, Reason> {
        if choice.coupons.len() > COUPONS_MAX {
            let fault = format!("must have at most {COUPONS_MAX} items");
            return Err(Reason::field("coupon_infos", fault));
        }
        let distinct: BTreeSet<&String> = choice.coupons.iter().map(|(id, _)| id).collect();
        if distinct.len() < choice.coupons.len() {
            return Err(Reason::field("coupon_infos", "must be different"));
        }
        Ok(Self { customer_id, order_id, choice })
    }
}

/// Pays an order as its customer asks, or hands it to the master that keeps the customer's finances,
/// which can pay it then. `random` names what is provided at once.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::OrderNotFound`], [`Reason::ChildOrder`],
/// [`Reason::PaymentDeadlinePassed`], [`Reason::OrderNotPayable`], [`Reason::CallerNotPermitted`]
/// for a customer that is frozen, or whose master is, [`Reason::DiscountUnusable`],
/// [`Reason::CouponUnusable`],
/// [`Reason::CouponExcludesDiscount`], [`Reason::DiscountBelowCoupon`],
/// [`Reason::InsufficientBalance`].
pub async fn pay_order(
    books: &mut BooksMut<'_, '_>,
    payment: &PayOrder,
    random: &[u8; 16],
) -> Result<Order, Reason> {
    let PayOrder { customer_id, order_id, choice } = payment;
    load_payment(books, payment).await?;
    let owner = owner_for(books, customer_id, order_id).await?;
    let order = payable(books, &owner, order_id).await?;
    let payer = books.payer_of(&owner).await?;
    let asked = choice.discount.as_ref().map(|(id, kind)| (id.as_str(), *kind));
    let discount = order.choose(asked)?;
    if payer != *customer_id {
        // The master chooses from its own coupons when it pays.
        if !choice.coupons.is_empty() {
            return Err(Reason::CouponUnusable);
        }
        return hand_over(books, order, payer);
    }
    let chosen = chosen_sources(books, (&order, &payer), discount, &choice.coupons).await?;
    settle(books, order, Means { discount, chosen, payer: Payer::Customer(payer) }, random).await
}

/// Whose an order is that a customer asks to pay: its own, or that of a member that was handed to
/// it. Where it is neither, looking for it among the customer's own says so.
async fn owner_for(
    books: &Books<'_>,
    customer_id: &CustomerId,
    order_id: &OrderId,
) -> Result<CustomerId, Reason> {
    if books.order(customer_id, order_id).await?.is_none()
        && let Some(OrderOwner { customer_id: owner, .. }) = books.order_owner(order_id).await?
        && let Some(order) = books.order(&owner, order_id).await?
        && order.agent.as_ref() == Some(customer_id)
        && books.payer_of(&owner).await? == *customer_id
    {
        return Ok(owner);
    }
    Ok(customer_id.clone())
}

/// Hands an order of a member to the master that pays it, which is done once.
///
/// # Errors
/// [`Reason::Corrupt`] for an order that cannot be written.
pub(super) fn hand_over(
    books: &mut BooksMut<'_, '_>,
    order: Order,
    master: CustomerId,
) -> Result<Order, Reason> {
    if order.agent.as_ref() == Some(&master) {
        return Ok(order);
    }
    books.list_for_agent(&order, Some(&master));
    let handed = Order { agent: Some(master), ..order.clone() };
    books.replace_order(&order, &handed)?;
    Ok(handed)
}

/// Reads in one go what a payment looks up.
async fn load_payment(books: &BooksMut<'_, '_>, payment: &PayOrder) -> Result<(), Reason> {
    let PayOrder { customer_id, order_id, choice } = payment;
    let named = |is_card: bool| {
        let chosen = choice.coupons.iter();
        chosen.filter(move |(_, kind)| (*kind == PartKind::StoredCard) == is_card)
    };
    let coupons: Vec<CouponId> = named(false).filter_map(|(id, _)| id.parse().ok()).collect();
    let cards: Vec<CardId> = named(true).filter_map(|(id, _)| id.parse().ok()).collect();
    books.load_order(customer_id, order_id, (&coupons, &cards)).await
}

/// The order, if it can be paid now.
pub(super) async fn payable(
    books: &BooksMut<'_, '_>,
    customer_id: &CustomerId,
    order_id: &OrderId,
) -> Result<Order, Reason> {
    let order = books.own_order(customer_id, order_id).await?;
    match (order.status, order.status_at(books.now())) {
        (_, OrderStatus::PendingPayment) => {}
        (OrderStatus::PendingPayment, OrderStatus::Cancelled) => {
            return Err(Reason::PaymentDeadlinePassed);
        }
        _ => return Err(Reason::OrderNotPayable),
    }
    check_not_frozen(books, customer_id).await?;
    check_not_frozen(books, &books.payer_of(customer_id).await?).await?;
    if order.order_type == OrderType::Renewal {
        check_not_closed(books, &order).await?;
    }
    Ok(order)
}

/// Checks that a customer can buy and pay.
async fn check_not_frozen(books: &Books<'_>, customer_id: &CustomerId) -> Result<(), Reason> {
    let customer = books.customer(customer_id).await?;
    if customer.is_none_or(|customer| customer.is_frozen()) {
        return Err(Reason::CallerNotPermitted);
    }
    Ok(())
}

/// Checks that what a renewal is about was not released since it was placed.
async fn check_not_closed(books: &BooksMut<'_, '_>, order: &Order) -> Result<(), Reason> {
    let settings = books.settings().await?;
    for id in order.lines.iter().flat_map(|line| &line.resource_ids) {
        let resource = books.resource(&order.customer_id, id).await?;
        let status = resource.map(|resource| resource.status_at(books.now(), &settings));
        if status.is_none_or(|status| status == ResourceStatus::Closed) {
            return Err(Reason::OrderNotPayable);
        }
    }
    Ok(())
}

/// A coupon that may pay some of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsableCoupon {
    /// The coupon.
    pub coupon: Coupon,
    /// What it may pay.
    pub source: Source,
    /// What it is limited to.
    pub limits: Vec<UseLimit>,
}

/// The coupons and cards that a payment of `payer` names, each with what it may pay.
///
/// # Errors
/// [`Reason::CouponUnusable`] if there is any that cannot be used; then what its limits say of the
/// discount.
async fn chosen_sources(
    books: &BooksMut<'_, '_>,
    (order, payer): (&Order, &CustomerId),
    discount: Option<u32>,
    asked: &[(String, PartKind)],
) -> Result<Vec<Source>, Reason> {
    let mut chosen: Vec<(Source, Vec<UseLimit>)> = Vec::with_capacity(asked.len());
    for (id, kind) in asked {
        let before = chosen.iter().filter(|(source, _)| source.kind == *kind).count();
        let usable = match kind {
            PartKind::StoredCard => {
                let card = usable_card(books, payer, id, books.now()).await?;
                card.map(|card| (card, Vec::new()))
            }
            _ => {
                let id: CouponId = id.parse().map_err(|_| Reason::CouponUnusable)?;
                let usable = usable_coupon(books, (order, payer), &id, books.now()).await?;
                let usable = usable.filter(|it| before < quantity_max(it.coupon.coupon_type));
                usable.map(|UsableCoupon { source, limits, .. }| (source, limits))
            }
        };
        let usable = usable.filter(|(source, _)| source.kind == *kind);
        chosen.push(usable.ok_or(Reason::CouponUnusable)?);
    }
    for (_, limits) in &chosen {
        check_discount(order, discount, limits)?;
    }
    Ok(chosen.into_iter().map(|(source, _)| source).collect())
}

/// A stored-value card of the payer, if it can be used now. It pays any line.
async fn usable_card(
    books: &Books<'_>,
    payer: &CustomerId,
    id: &str,
    now: Timestamp,
) -> Result<Option<Source>, Reason> {
    let Ok(id) = id.parse() else {
        return Ok(None);
    };
    let held = books.card(payer, &id).await?;
    let is_usable =
        |held: &HeldCard| held.card.status_at(held.balance, now) == Some(CardStatus::Usable);
    Ok(held.filter(is_usable).map(|HeldCard { balance, .. }| Source {
        kind: PartKind::StoredCard,
        account: AccountId::StoredValueCard(id),
        balance,
        lines: None,
        share_max: None,
    }))
}

/// The coupons of a customer that may pay some of an order now, the newest first, with what each may
/// pay. Those of a customer that does not pay the order may pay none of it.
///
/// # Errors
/// Store failures.
pub async fn usable_coupons(
    books: &Books<'_>,
    order: &Order,
    holder: &CustomerId,
    now: Timestamp,
) -> Result<Vec<UsableCoupon>, Reason> {
    let mut usable = Vec::new();
    if books.payer_of(&order.customer_id).await? != *holder {
        return Ok(usable);
    }
    for id in books.usable_coupons(holder, now).await? {
        usable.extend(usable_coupon(books, (order, holder), &id, now).await?);
    }
    Ok(usable)
}

/// A coupon of the payer with what it may pay of an order, if it may pay any of it now.
async fn usable_coupon(
    books: &Books<'_>,
    (order, payer): (&Order, &CustomerId),
    id: &CouponId,
    now: Timestamp,
) -> Result<Option<UsableCoupon>, Reason> {
    let coupon = books.coupon(id).await?;
    let Some(coupon) = coupon.filter(|coupon| coupon.customer_id == *payer) else {
        return Ok(None);
    };
    let account = AccountId::Coupon(id.clone());
    let balance = books.held(&account).await?.balance;
    let is_usable = coupon.status_at(balance, now) == CouponStatus::Usable;
    let is_free = coupon.locked_by(now).is_none_or(|by| *by == order.order_id)
        || defect::present(Defect::ForgetsCouponLocks);
    if !is_usable || !is_free {
        return Ok(None);
    }
    let quota = books.quota(&coupon.quota_id).await?;
    let missing = || Reason::Corrupt(format!("quota of coupon {id}"));
    let limits = coupon.use_limits(&quota.ok_or_else(missing)?);
    let lines = payable_lines(order, &limits);
    if !lines.contains(&true) {
        return Ok(None);
    }
    let kind = part_kind(coupon.coupon_type);
    let share_max = share_max(&limits);
    let source = Source { kind, account, balance, lines: Some(lines), share_max };
    Ok(Some(UsableCoupon { coupon, source, limits }))
}

/// Pays an order without asking, as the customer or the system would: with the best discount, then
/// the coupons that are kept for it, or else the one cash coupon that expires first, then cash,
/// then credit; all of it the master's where that keeps the customer's finances.
///
/// # Errors
/// [`Reason::CallerNotPermitted`] for a payer that is frozen and [`Reason::InsufficientBalance`],
/// with nothing changed; store failures.
pub(super) async fn pay_automatically(
    books: &mut BooksMut<'_, '_>,
    order: Order,
    random: &[u8; 16],
) -> Result<Order, Reason> {
    let means = automatic_means(books, &order).await?;
    settle(books, order, means, random).await
}

/// Whether an order can be paid without asking.
///
/// # Errors
/// Store failures.
pub(super) async fn pays_automatically(
    books: &BooksMut<'_, '_>,
    order: &Order,
) -> Result<bool, Reason> {
    let means = match automatic_means(books, order).await {
        Err(Reason::CallerNotPermitted) => return Ok(false),
        means => means?,
    };
    match payment_of(books, order, &means).await {
        Ok(_) => Ok(true),
        Err(Reason::InsufficientBalance) => Ok(false),
        Err(failure) => Err(failure),
    }
}

async fn automatic_means(books: &BooksMut<'_, '_>, order: &Order) -> Result<Means, Reason> {
    let payer = books.payer_of(&order.customer_id).await?;
    check_not_frozen(books, &payer).await?;
    let discount = order.best_discount()?;
    let mut candidates = order.locked_coupons.clone();
    let chooses = candidates.is_empty();
    if chooses {
        candidates = books.cash_coupons(&payer, books.now()).await?;
    }
    let mut chosen = Vec::new();
    for id in candidates {
        let usable = usable_coupon(books, (order, &payer), &id, books.now()).await?;
        let Some(UsableCoupon { source, limits, .. }) = usable else {
            continue;
        };
        if check_discount(order, discount, &limits).is_err() {
            continue;
        }
        chosen.push(source);
        if chooses {
            break;
        }
    }
    Ok(Means { discount, chosen, payer: Payer::Customer(payer) })
}

/// Pays an order from the balance of the partner that pays on behalf of the customer.
///
/// # Errors
/// [`Reason::InsufficientBalance`], with nothing changed; store failures.
pub(super) async fn pay_by_partner(
    books: &mut BooksMut<'_, '_>,
    order: Order,
    partner: PartnerId,
    random: &[u8; 16],
) -> Result<Order, Reason> {
    let discount = order.best_discount()?;
    let means = Means { discount, chosen: Vec::new(), payer: Payer::Partner(partner) };
    settle(books, order, means, random).await
}

/// Moves the money, and lets happen what it was paid for.
async fn settle(
    books: &mut BooksMut<'_, '_>,
    order: Order,
    means: Means,
    random: &[u8; 16],
) -> Result<Order, Reason> {
    let Payment { parts, shares } = payment_of(books, &order, &means).await?;
    release_coupons(books, &order).await?;
    for part in &parts {
        pay_part(books, &order, part).await?;
    }
    let (paid_by, agent) = match means.payer {
        Payer::Partner(partner) => (Some(partner), None),
        Payer::Customer(payer) => (None, Some(payer).filter(|it| *it != order.customer_id)),
    };
    books.list_for_agent(&order, agent.as_ref());
    let mut lines = order.lines.clone();
    for (line, shares) in lines.iter_mut().zip(shares) {
        line.shares = shares;
    }
    let paid = Order {
        status: OrderStatus::Processing,
        payment_time: Some(books.now()),
        discount: means.discount,
        paid_by,
        agent,
        locked_coupons: Vec::new(),
        asked_to_pay: None,
        lines,
        parts,
        ..order.clone()
    };
    let done = match paid.order_type {
        OrderType::Renewal => renew_resources::renew_paid(books, paid).await?,
        _ if books.settings().await?.provisions_at_once() => {
            provide_order::provide_all(books, paid, random).await?
        }
        _ => paid,
    };
    books.replace_order(&order, &done)?;
    bill_payment(books, &done).await?;
    announce::order(books, announce::ORDER_PAID, &done).await?;
    if done.status == OrderStatus::Completed {
        announce::order(books, announce::ORDER_PROVISIONED, &done).await?;
    }
    Ok(done)
}

/// Who pays how much. Credit is looked up only when cash does not suffice.
async fn payment_of(
    books: &BooksMut<'_, '_>,
    order: &Order,
    means: &Means,
) -> Result<Payment, Reason> {
    let prices: Vec<Money> = order.prices(means.discount)?;
    let mut sources = means.chosen.clone();
    let cash = match &means.payer {
        Payer::Partner(partner) => AccountId::PartnerBalance(partner.clone()),
        Payer::Customer(payer) => AccountId::CustomerBalance(payer.clone()),
    };
    let balance = books.held(&cash).await?.balance;
    let money =
        |kind, account, balance| Source { kind, account, balance, lines: None, share_max: None };
    sources.push(money(PartKind::Cash, cash, balance));
    let payer = match (payment::pay(&prices, &sources), &means.payer) {
        (Err(Reason::InsufficientBalance), Payer::Customer(payer)) => payer,
        (answer, _) => return answer,
    };
    for credit in books.credits(payer, books.now()).await? {
        sources.push(money(PartKind::Credit, credit.id, credit.balance));
    }
    payment::pay(&prices, &sources)
}

/// Moves one part of a payment. A coupon remembers what it has paid for.
async fn pay_part(
    books: &mut BooksMut<'_, '_>,
    order: &Order,
    part: &PaidPart,
) -> Result<(), Reason> {
    let transfer = Transfer {
        debit_account: part.account.clone(),
        credit_account: AccountId::CloudClearing(order.partner_id.clone()),
        amount: part.amount,
        code: TransferCode::OrderPayment,
        time: books.now(),
        memo: None,
        reference: Some(order.order_id.to_string()),
        trade_type: None,
    };
    if let Some(coupon) = book_part(books, &transfer, &part.account).await? {
        let used_by_order_id = Some(order.order_id.clone());
        books.replace_coupon(&Coupon { lock: None, used_by_order_id, ..coupon })?;
    }
    Ok(())
}

/// Books the transfer of one part of a payment, there or back. Where the account of the part is a
/// coupon's, the customer finds the transfer with its coupons, and the coupon is the answer.
///
/// # Errors
/// [`Reason::Corrupt`] for a coupon that is not there; as [`Books::book`].
pub(super) async fn book_part(
    books: &mut BooksMut<'_, '_>,
    transfer: &Transfer,
    account: &AccountId,
) -> Result<Option<Coupon>, Reason> {
    let transfer_id = books.book_into(transfer).await?;
    let AccountId::Coupon(id) = account else {
        return Ok(None);
    };
    let missing = || Reason::Corrupt(format!("coupon {id}, which is not there"));
    let coupon = books.coupon(id).await?.ok_or_else(missing)?;
    books.add_coupon_line(&coupon, transfer.time, transfer_id)?;
    Ok(Some(coupon))
}
