//! Unsubscribe yearly/monthly resources: main ones with all that is attached to them, or only the
//! terms that they were renewed for and that have not begun.

use super::announce;
use super::authorise_partner::check_authorised;
use super::give_back::{GiveBack, Returned, give_back};
use crate::books::BooksMut;
use crate::domain::error::Reason;
use crate::domain::order::{Order, OrderSource, OrderType};
use crate::domain::partner::CallingPartner;
use crate::domain::refund::{GivenBack, RefundCase, within_free_days};
use crate::domain::resource::{PaidTerm, Resource, ResourceStatus};
use crate::domain::settings::Settings;
use crate::domain::term::{plus, year};
use crate::value::code::codes;
use crate::value::id::{CustomerId, OrderId, PartnerId, ResourceId, distinct};
use crate::value::time::Timestamp;

/// Most resources of one request.
pub const RESOURCES_MAX: usize = 10;

/// Most terms that one order gives back.
const TERMS_MAX: usize = 150;

codes! {
    /// What of a resource is unsubscribed.
    Extent: integer {
        /// The resource, with the terms that it was renewed for.
        Resource = 1,
        /// The terms that it was renewed for and that have not begun.
        Renewed = 2,
    }
}

/// A request whose fields are in order.
#[derive(Clone, Debug)]
pub struct UnsubscribeResources {
    customer_id: CustomerId,
    resource_ids: Vec<ResourceId>,
    extent: Extent,
    /// The partner that unsubscribes on behalf of the customer.
    on_behalf: Option<CallingPartner>,
}

impl UnsubscribeResources {
    /// Checks the fields of a request.
    ///
    /// # Errors
    /// [`Reason::Field`] for too many resources, or one that is named twice.
    pub fn check(
        customer_id: CustomerId,
        resource_ids: Vec<ResourceId>,
        extent: Extent,
    ) -> Result<Self, Reason> {
        if !(1..=RESOURCES_MAX).contains(&resource_ids.len()) {
            let fault = format!("must have 1 to {RESOURCES_MAX} items");
            return Err(Reason::field("resource_ids", fault));
        }
        if !distinct(&resource_ids) {
            return Err(Reason::field("resource_ids", "must be different"));
        }
        Ok(Self { customer_id, resource_ids, extent, on_behalf: None })
    }

    /// The same, asked for by the partner on behalf of its customer.
    pub fn on_behalf(self, caller: CallingPartner) -> Self {
        Self { on_behalf: Some(caller), ..self }
    }

    fn source_type(&self) -> OrderSource {
        if self.on_behalf.is_some() { OrderSource::Agent } else { OrderSource::Customer }
    }
}

/// Unsubscribes, all of it or nothing. A frozen customer can do so too.
///
/// # Errors
/// In this order, with nothing changed: as of [`check_authorised`] where a partner unsubscribes,
/// [`Reason::ResourceNotFound`],
/// [`Reason::MustGoAsAWhole`] for an attached resource without its main one,
/// [`Reason::ResourceUnsubscribed`], [`Reason::ResourceInUnpaidOrder`],
/// [`Reason::TransactionRunning`], [`Reason::NothingRenewed`].
pub async fn unsubscribe_resources(
    books: &mut BooksMut<'_, '_>,
    request: &UnsubscribeResources,
    random: &[u8; 16],
) -> Result<Order, Reason> {
    let UnsubscribeResources { customer_id, resource_ids, extent, on_behalf } = request;
    if let Some(caller) = on_behalf {
        check_authorised(books, caller, customer_id).await?;
    }
    books.load_unsubscription(customer_id, resource_ids, books.now()).await?;
    let settings = books.settings().await?;
    let mut mains = Vec::new();
    for id in resource_ids {
        let resource = unsubscribable(books, customer_id, id, &settings).await?;
        match &resource.main_resource_id {
            None => mains.push(resource),
            Some(main) if resource_ids.contains(main) => {}
            Some(_) => return Err(Reason::MustGoAsAWhole),
        }
    }
    let missing = || Reason::Corrupt(format!("customer {customer_id}, which is not there"));
    let partner_id = books.customer(customer_id).await?.ok_or_else(missing)?.partner_id;
    let mut right = FreeRight::of(books, customer_id).await?;
    let mut returned = Vec::new();
    let mut changed = Vec::new();
    for main in mains {
        let free = *extent == Extent::Resource && right.take(&main, books.now(), &settings);
        for resource in books.with_attached(main).await? {
            let (kept, gone) = split(&resource, *extent, books.now());
            if *extent == Extent::Renewed && gone.is_empty() && resource.is_main() {
                return Err(Reason::NothingRenewed);
            }
            returned.extend(returned_of(
                &resource,
                &gone,
                &partner_id,
                free,
                books.now(),
                &settings,
            ));
            changed.push((resource, kept, gone));
        }
    }
    if returned.len() > TERMS_MAX {
        let fault = format!("must have at most {TERMS_MAX} terms to give back");
        return Err(Reason::field("resource_ids", fault));
    }
    let back = GiveBack {
        customer_id: customer_id.clone(),
        order_type: OrderType::Unsubscription,
        source_type: request.source_type(),
        returned,
    };
    let order = give_back(books, &back, random).await?;
    for (resource, kept, gone) in changed {
        let after = shortened(resource, kept, &gone, *extent, books.now());
        books.replace_resource(after.clone()).await?;
        if after.closed_at.is_some() {
            announce::resource(books, announce::RESOURCE_RELEASED, &after).await?;
        }
    }
    right.keep(books, customer_id).await?;
    Ok(order)
}

async fn unsubscribable(
    books: &BooksMut<'_, '_>,
    customer_id: &CustomerId,
    id: &ResourceId,
    settings: &Settings,
) -> Result<Resource, Reason> {
    let now = books.now();
    let resource = books.resource(customer_id, id).await?.ok_or(Reason::ResourceNotFound)?;
    if resource.status_at(now, settings) == ResourceStatus::Closed {
        return Err(Reason::ResourceUnsubscribed);
    }
    resource.check_no_pending_order(now).map_err(|reason| match reason {
        Reason::ResourceInRunningOrder => Reason::TransactionRunning,
        unpaid => unpaid,
    })?;
    Ok(resource)
}

/// The terms of a resource that stay, and those that go.
fn split(resource: &Resource, extent: Extent, now: Timestamp) -> (Vec<PaidTerm>, Vec<PaidTerm>) {
    match extent {
        Extent::Resource => (Vec::new(), resource.terms.clone()),
        Extent::Renewed => resource.terms.iter().cloned().partition(|term| term.begin <= now),
    }
}

/// What a resource gives back: a line for each term, or one of nothing for a resource whose terms
/// these books do not know.
fn returned_of(
    resource: &Resource,
    gone: &[PaidTerm],
    partner_id: &PartnerId,
    free: bool,
    now: Timestamp,
    settings: &Settings,
) -> Vec<Returned> {
    let of = |term: &PaidTerm| Returned {
        product: resource.product.clone(),
        resource_id: Some(resource.resource_id.clone()),
        base_order_id: term.order_id.clone(),
        partner_id: term.partner_id.clone(),
        parts: term.parts.clone(),
        case: RefundCase::of(
            term.term,
            term.begin,
            term.expire_time,
            now,
            free,
            &settings.fee_percents(),
        ),
        ended: Vec::new(),
    };
    if gone.is_empty() && resource.terms.is_empty() {
        let Resource { product, resource_id, order_id, .. } = resource.clone();
        return vec![Returned {
            product,
            resource_id: Some(resource_id),
            base_order_id: order_id,
            partner_id: partner_id.clone(),
            parts: Vec::new(),
            case: RefundCase::NotBegun,
            ended: Vec::new(),
        }];
    }
    gone.iter().map(of).collect()
}

/// The resource without what is unsubscribed.
fn shortened(
    resource: Resource,
    kept: Vec<PaidTerm>,
    gone: &[PaidTerm],
    extent: Extent,
    now: Timestamp,
) -> Resource {
    let update_time = now;
    match extent {
        Extent::Resource => Resource {
            terms: kept,
            closed_at: Some(now),
            pending_order: None,
            update_time,
            ..resource
        },
        Extent::Renewed => {
            let begins = gone.iter().map(|term| term.begin).min();
            let expire_time = begins.map_or(resource.expire_time, |begin| plus(begin, -1));
            Resource { terms: kept, expire_time, update_time, ..resource }
        }
    }
}

/// A customer's right to give resources back without a reason, and what it has used of it.
struct FreeRight {
    year: i32,
    used_before: u32,
    used: u32,
    /// Orders whose resources are given back together.
    orders: Vec<OrderId>,
}

impl FreeRight {
    async fn of(books: &BooksMut<'_, '_>, customer_id: &CustomerId) -> Result<Self, Reason> {
        let year = year(books.now());
        let used = books.free_uses(customer_id, year).await?;
        Ok(Self { year, used_before: used, used, orders: Vec::new() })
    }

    /// Whether a main resource is given back without a reason. Uses the right up if it is.
    fn take(&mut self, main: &Resource, now: Timestamp, settings: &Settings) -> bool {
        if !within_free_days(main.effective_time, now, settings.free_days()) {
            return false;
        }
        let by_order = settings.given_back(&main.product.service_type_code) == GivenBack::ByOrder;
        if by_order && self.orders.contains(&main.order_id) {
            return true;
        }
        if self.used >= settings.free_uses_per_year() {
            return false;
        }
        self.used += 1;
        if by_order {
            self.orders.push(main.order_id.clone());
        }
        true
    }

    async fn keep(
        self,
        books: &mut BooksMut<'_, '_>,
        customer_id: &CustomerId,
    ) -> Result<(), Reason> {
        if self.used == self.used_before {
            return Ok(());
        }
        books.set_free_uses(customer_id, self.year, self.used).await
    }
}
