//! Renew yearly/monthly resources: main ones, each with all that is attached to it.
//!
//! A renewal is an order, combined when the resources are of several services. It is paid at once
//! where that was asked for; else it waits, and the resources with it. What is paid lengthens each
//! of them from its old expiry.

use super::authorise_partner::check_authorised;
use super::give_back::earn;
use super::pay_order::{hand_over, pay_automatically, pays_automatically};
use super::place_order::free_ids;
use super::provide_order::split_evenly;
use crate::books::{Books, BooksMut};
use crate::domain::error::Reason;
use crate::domain::ledger::TransferCode;
use crate::domain::order::{
    LINES_MAX, LineState, Order, OrderDiscount, OrderLine, OrderSource, OrderStatus, OrderType,
    payment_deadline,
};
use crate::domain::partner::{AssociationType, CallingPartner, Customer};
use crate::domain::payment::sum;
use crate::domain::resource::{PaidTerm, PendingOrder, Product, Resource, ResourceStatus};
use crate::domain::settings::Settings;
use crate::domain::term::{Expiry, Term, plus_days};
use crate::value::id::{CustomerId, OrderId, ResourceId, TypeCode, distinct};
use crate::value::money::Money;
use crate::value::time::Timestamp;

/// Most main resources of one request.
pub const RESOURCES_MAX: usize = 10;

/// How far a term may reach into the future, in days: five years.
const AHEAD_DAYS_MAX: u32 = 5 * 366;

/// What renewing one of the resources costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalPrice {
    /// The resource, main or attached.
    pub resource_id: ResourceId,
    /// What it was priced as: a resource that has changed since is not renewed.
    pub product: Product,
    /// The end of the term that was priced, with the days that a common day adds.
    pub expire_time: Timestamp,
    /// List price of the term, in whole fen.
    pub official_amount: Money,
}

/// The prices of a renewal, as the rating engine gave them just before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RenewalPrices {
    /// Of each resource, in the order of the order's lines.
    pub prices: Vec<RenewalPrice>,
    /// The discounts that the order is offered, with one amount for each of these.
    pub discounts: Vec<OrderDiscount>,
}

/// A renewal whose fields are in order.
#[derive(Clone, Debug)]
pub struct RenewResources {
    customer_id: CustomerId,
    resource_ids: Vec<ResourceId>,
    term: Term,
    source_type: OrderSource,
    /// The partner that renews on behalf of the customer.
    on_behalf: Option<CallingPartner>,
    auto_pay: bool,
}

/// What came of a renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewed {
    /// The order.
    pub order: Order,
    /// Why it could not be paid at once, where that was asked for.
    pub unpaid: Option<Reason>,
}

impl RenewResources {
    /// Checks the fields of a request of a customer.
    ///
    /// # Errors
    /// [`Reason::Field`] for the first that is wrong.
    pub fn check(
        customer_id: CustomerId,
        resource_ids: Vec<ResourceId>,
        term: Term,
        auto_pay: bool,
    ) -> Result<Self, Reason> {
        if !(1..=RESOURCES_MAX).contains(&resource_ids.len()) {
            let fault = format!("must have 1 to {RESOURCES_MAX} items");
            return Err(Reason::field("resource_ids", fault));
        }
        if !distinct(&resource_ids) {
            return Err(Reason::field("resource_ids", "must be different"));
        }
        let source_type = OrderSource::Customer;
        Ok(Self { customer_id, resource_ids, term, source_type, on_behalf: None, auto_pay })
    }

    /// The same, asked for by the partner on behalf of its customer.
    pub fn on_behalf(self, caller: CallingPartner) -> Self {
        Self { source_type: OrderSource::Agent, on_behalf: Some(caller), ..self }
    }

    /// The renewal of one main resource by itself.
    pub(super) fn by_itself(resource: &Resource, term: Term) -> Self {
        Self {
            customer_id: resource.customer_id.clone(),
            resource_ids: vec![resource.resource_id.clone()],
            term,
            source_type: OrderSource::System,
            on_behalf: None,
            auto_pay: true,
        }
    }

    /// Whose resources they are.
    pub fn customer_id(&self) -> &CustomerId {
        &self.customer_id
    }

    /// The term that is asked for.
    pub fn term(&self) -> Term {
        self.term
    }

    /// The main resources that are asked for.
    pub fn resource_ids(&self) -> &[ResourceId] {
        &self.resource_ids
    }
}

/// The resources that a renewal is to be priced for: those that there are, each main one followed
/// by what is attached to it. Reads what the renewal itself will look up, too: it can then be made
/// with hardly a read more.
///
/// # Errors
/// As of [`check_authorised`] where a partner renews; store failures.
pub async fn to_be_renewed(
    books: &Books<'_>,
    renewal: &RenewResources,
    now: Timestamp,
) -> Result<Vec<Resource>, Reason> {
    books.load_renewal(&renewal.customer_id, &renewal.resource_ids, now).await?;
    if let Some(caller) = &renewal.on_behalf {
        check_authorised(books, caller, &renewal.customer_id).await?;
    }
    let mut all = Vec::new();
    for id in &renewal.resource_ids {
        if let Some(resource) = books.resource(&renewal.customer_id, id).await? {
            all.extend(books.with_attached(resource).await?);
        }
    }
    Ok(all)
}

/// Places the renewal, and pays it where that was asked for. `randoms` has numbers for the order
/// and its children.
///
/// # Errors
/// In this order, with nothing changed: as of [`check_authorised`] where a partner renews,
/// [`Reason::CallerNotPermitted`] for a customer that is frozen, [`Reason::ResourceGone`] for one that is not there, [`Reason::NotAMainResource`],
/// [`Reason::ResourceGone`] for one that is closed,
/// [`Reason::ResourceInUnpaidOrder`], [`Reason::ResourceInRunningOrder`], [`Reason::TermTooLong`],
/// [`Reason::TermNotOffered`]; and [`Reason::InsufficientBalance`] where the system renews: it
/// places no order that it cannot pay.
pub async fn renew_resources(
    books: &mut BooksMut<'_, '_>,
    renewal: &RenewResources,
    prices: &RenewalPrices,
    randoms: &[[u8; 16]],
) -> Result<Renewed, Reason> {
    if let Some(caller) = &renewal.on_behalf {
        check_authorised(books, caller, &renewal.customer_id).await?;
    }
    books.load_resources(&renewal.customer_id, &renewal.resource_ids).await?;
    let customer = books.customer(&renewal.customer_id).await?.ok_or(Reason::CallerNotPermitted)?;
    if customer.is_frozen() {
        return Err(Reason::CallerNotPermitted);
    }
    let settings = books.settings().await?;
    let day = books.renewal_config(&renewal.customer_id).await?.expire_day;
    let mut all = Vec::new();
    for id in &renewal.resource_ids {
        let main = renewable(books, renewal, id, day, &settings).await?;
        all.extend(books.with_attached(main).await?);
    }
    if all.len() > LINES_MAX {
        let fault = format!("must have at most {LINES_MAX} resources, attached ones included");
        return Err(Reason::field("resource_ids", fault));
    }
    let order = placed(books, renewal, &customer, &all, day, prices, randoms).await?;
    if renewal.source_type == OrderSource::System && !pays_automatically(books, &order).await? {
        return Err(Reason::InsufficientBalance);
    }
    let until = Some(order.pending_payment_end_time);
    let pending = PendingOrder { order_id: order.order_id.clone(), until };
    for resource in all.into_iter().filter(Resource::is_main) {
        let pending_order = Some(pending.clone());
        books.replace_resource(Resource { pending_order, ..resource }).await?;
    }
    let listed_for = customer.association_type == AssociationType::Resale;
    books.add_order(&order, listed_for.then_some(&customer.partner_id))?;
    if !renewal.auto_pay {
        return Ok(Renewed { order, unpaid: None });
    }
    let random = randoms.first().copied().unwrap_or_default();
    match pay_automatically(books, order.clone(), &random).await {
        Ok(order) => Ok(Renewed { order, unpaid: None }),
        Err(
            reason @ (Reason::InsufficientBalance
            | Reason::CouponUnusable
            | Reason::CallerNotPermitted),
        ) => {
            let payer = books.payer_of(&order.customer_id).await?;
            let is_own = payer == order.customer_id;
            let order = if is_own { order } else { hand_over(books, order, payer)? };
            Ok(Renewed { order, unpaid: Some(reason) })
        }
        Err(failure) => Err(failure),
    }
}

/// The main resource of this identity, if it can be renewed.
async fn renewable(
    books: &BooksMut<'_, '_>,
    renewal: &RenewResources,
    id: &ResourceId,
    day: Option<i32>,
    settings: &Settings,
) -> Result<Resource, Reason> {
    let now = books.now();
    let resource = books.resource(&renewal.customer_id, id).await?;
    let resource = resource.ok_or(Reason::ResourceGone)?;
    if !resource.is_main() {
        return Err(Reason::NotAMainResource);
    }
    if resource.status_at(now, settings) == ResourceStatus::Closed {
        return Err(Reason::ResourceGone);
    }
    resource.check_no_pending_order(now)?;
    let (expiry, _) = renewal.term.renewed_on(resource.expiry(), day);
    if expiry.expire_time > plus_days(now, AHEAD_DAYS_MAX) {
        return Err(Reason::TermTooLong);
    }
    Ok(resource)
}

async fn placed(
    books: &BooksMut<'_, '_>,
    renewal: &RenewResources,
    customer: &Customer,
    resources: &[Resource],
    day: Option<i32>,
    prices: &RenewalPrices,
    randoms: &[[u8; 16]],
) -> Result<Order, Reason> {
    let mut services: Vec<&TypeCode> = Vec::new();
    for resource in resources.iter().filter(|resource| resource.is_main()) {
        if !services.contains(&&resource.product.service_type_code) {
            services.push(&resource.product.service_type_code);
        }
    }
    let is_combined = services.len() > 1;
    let children = if is_combined { services.len() } else { 0 };
    let ids = free_ids(books, randoms, u32::try_from(children).unwrap_or(u32::MAX)).await?;
    let mut ids = ids.into_iter();
    let order_id: OrderId = ids.next().ok_or(Reason::OrderIdTaken)?;
    let mut lines = Vec::with_capacity(resources.len());
    let mut child = None;
    for (resource, place) in resources.iter().zip(0..) {
        if is_combined && resource.is_main() {
            let service = &resource.product.service_type_code;
            let place = services.iter().position(|it| *it == service);
            child = place.and_then(|place| u32::try_from(place).ok());
        }
        let (expiry, _) = renewal.term.renewed_on(resource.expiry(), day);
        let price = prices.prices.get(place);
        lines.push(line_of(renewal, resource, expiry.expire_time, price, child)?);
    }
    let now = books.now();
    Ok(Order {
        order_id,
        customer_id: customer.customer_id.clone(),
        partner_id: customer.partner_id.clone(),
        order_type: OrderType::Renewal,
        source_type: renewal.source_type,
        status: OrderStatus::PendingPayment,
        create_time: now,
        pending_payment_end_time: payment_deadline(now, []),
        payment_time: None,
        lines,
        discounts: prices.discounts.clone(),
        discount: None,
        parts: Vec::new(),
        children: ids.collect(),
        locked_coupons: Vec::new(),
        user_name: None,
        asked_to_pay: None,
        paid_by: None,
        auto_pay: renewal.auto_pay,
        agent: None,
    })
}

fn line_of(
    renewal: &RenewResources,
    resource: &Resource,
    expire_time: Timestamp,
    price: Option<&RenewalPrice>,
    child: Option<u32>,
) -> Result<OrderLine, Reason> {
    let is_right = |price: &&RenewalPrice| {
        price.resource_id == resource.resource_id
            && price.product == resource.product
            && price.expire_time == expire_time
    };
    let price = price.filter(is_right).ok_or(Reason::TermNotOffered)?;
    Ok(OrderLine {
        product: resource.product.clone(),
        term: Some(renewal.term),
        subscription_num: 1,
        official_amount: price.official_amount,
        effective_time: Some(resource.expire_time.next()),
        expire_time: Some(expire_time),
        shares: Vec::new(),
        resource_ids: vec![resource.resource_id.clone()],
        state: LineState::Open,
        attached_to: None,
        child,
        refund: None,
        renews_itself: false,
    })
}

/// Lengthens the resources of a renewal that was paid just now.
///
/// # Errors
/// Store failures.
pub(super) async fn renew_paid(
    books: &mut BooksMut<'_, '_>,
    order: Order,
) -> Result<Order, Reason> {
    let mut lines = order.lines.clone();
    let ids: Vec<ResourceId> = lines.iter().flat_map(|line| line.resource_ids.clone()).collect();
    books.load_resources(&order.customer_id, &ids).await?;
    for line in &mut lines {
        let mut parts = split_evenly(&order.parts_of(line), line.resource_ids.len())?.into_iter();
        for id in &line.resource_ids {
            let missing = || Reason::Corrupt(format!("resource {id}, which is not there"));
            let resource = books.resource(&order.customer_id, id).await?.ok_or_else(missing)?;
            let term = line.term.unwrap_or(resource.last_term);
            let plain = term.renewed(resource.expiry());
            // What the order was priced for counts, whatever the customer has set since.
            let moved = line.expire_time.filter(|end| *end != plain.expire_time);
            let expiry = moved.map_or(plain, Expiry::moved_to);
            let paid = PaidTerm {
                order_id: order.order_id.clone(),
                partner_id: order.partner_id.clone(),
                term,
                begin: resource.expire_time.next(),
                expire_time: expiry.expire_time,
                parts: parts.next().unwrap_or_default(),
            };
            line.effective_time = Some(paid.begin);
            line.expire_time = Some(paid.expire_time);
            let anchor_day = expiry.anchor_day;
            lengthen(books, Resource { anchor_day, ..resource }, paid).await?;
        }
        line.state = LineState::Done;
    }
    Ok(Order { status: OrderStatus::Completed, lines, ..order })
}

/// Adds a term to a resource, and settles those that are over.
async fn lengthen(
    books: &mut BooksMut<'_, '_>,
    resource: Resource,
    paid: PaidTerm,
) -> Result<(), Reason> {
    let now = books.now();
    let expire_time = paid.expire_time;
    let last_term = paid.term;
    let mut terms = settle_ended(books, &resource).await?;
    terms.push(paid);
    let renewed = Resource {
        expire_time,
        last_term,
        terms,
        pending_order: None,
        update_time: now,
        told: None,
        ..resource
    };
    books.replace_resource(renewed).await
}

/// Settles the terms of a resource that are over: what was paid for them is earned. Answers those
/// that are left.
///
/// # Errors
/// Store failures.
pub(super) async fn settle_ended(
    books: &mut BooksMut<'_, '_>,
    resource: &Resource,
) -> Result<Vec<PaidTerm>, Reason> {
    let now = books.now();
    let mut left = Vec::with_capacity(resource.terms.len());
    for term in &resource.terms {
        if now <= term.expire_time {
            left.push(term.clone());
            continue;
        }
        let paid = sum(term.parts.iter().map(|part| part.amount))?;
        if paid.is_positive() {
            let code = TransferCode::OrderConsumed;
            earn(books, &term.partner_id, code, paid, &term.order_id).await?;
        }
    }
    Ok(left)
}
