//! Switch yearly/monthly resources to pay-per-use: when their last term ends, or at once.

use super::give_back::{GiveBack, Returned, give_back};
use super::set_auto_renewal::set_policy;
use crate::books::BooksMut;
use crate::domain::error::Reason;
use crate::domain::order::{Order, OrderSource, OrderType};
use crate::domain::refund::RefundCase;
use crate::domain::resource::{
    ExpirePolicy, OnDemandResource, OnDemandStatus, Resource, ResourceStatus,
};
use crate::domain::settings::Settings;
use crate::domain::term::whole_hours;
use crate::value::code::codes;
use crate::value::id::{CustomerId, ResourceId};
use crate::value::time::Timestamp;

/// Most resources of a request to switch at the end of the term.
pub const LATER_MAX: usize = 100;

/// Most resources of a request to switch at once.
pub const AT_ONCE_MAX: usize = 10;

codes! {
    /// Whether the switch at the end of the term is wanted.
    SwitchOperation: text {
        /// It is.
        SetUp = "SET_UP",
        /// It is no longer.
        Cancel = "CANCEL",
    }
}

/// Sets or cancels the switch of one main resource at the end of its last term.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::CustomerFrozen`], [`Reason::ResourceNotFound`],
/// [`Reason::ToOnDemandUnavailable`] for an attached resource, one that is not in use, or one whose
/// switch is to be cancelled and was not set.
pub async fn switch_later(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
    resource_id: &ResourceId,
    operation: SwitchOperation,
) -> Result<(), Reason> {
    let main = switchable(books, customer_id, resource_id).await?;
    let (from, to) = match operation {
        SwitchOperation::SetUp => (None, ExpirePolicy::ToOnDemand),
        SwitchOperation::Cancel => (Some(ExpirePolicy::ToOnDemand), ExpirePolicy::GracePeriod),
    };
    if from.is_some_and(|from| main.expire_policy != from) {
        return Err(Reason::ToOnDemandUnavailable);
    }
    for resource in books.with_attached(main).await? {
        let auto_renewal = resource.auto_renewal;
        set_policy(books, resource, to, auto_renewal).await?;
    }
    Ok(())
}

/// Switches one main resource at once: what was not used of its terms goes back, without a fee, and
/// it goes on as pay-per-use under the same identity.
///
/// # Errors
/// As of [`switch_later`], and [`Reason::ResourceInUnpaidOrder`] or
/// [`Reason::ResourceInRunningOrder`].
pub async fn switch_at_once(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
    resource_id: &ResourceId,
    random: &[u8; 16],
) -> Result<Order, Reason> {
    let now = books.now();
    let main = switchable(books, customer_id, resource_id).await?;
    main.check_no_pending_order(now)?;
    let resources = books.with_attached(main).await?;
    let returned = resources.iter().flat_map(|resource| returned_of(resource, now)).collect();
    let back = GiveBack {
        customer_id: customer_id.clone(),
        order_type: OrderType::ToOnDemand,
        source_type: OrderSource::Customer,
        returned,
    };
    let order = give_back(books, &back, random).await?;
    for resource in resources {
        let resource = Resource { terms: Vec::new(), ..resource };
        go_on(books, resource, now).await?;
    }
    Ok(order)
}

/// The main resource of this identity, if it can be switched.
async fn switchable(
    books: &BooksMut<'_, '_>,
    customer_id: &CustomerId,
    resource_id: &ResourceId,
) -> Result<Resource, Reason> {
    books.load_resources(customer_id, std::slice::from_ref(resource_id)).await?;
    let customer = books.customer(customer_id).await?;
    if customer.is_none_or(|customer| customer.is_frozen()) {
        return Err(Reason::CustomerFrozen);
    }
    let settings: Settings = books.settings().await?;
    let resource = books.resource(customer_id, resource_id).await?;
    let resource = resource.ok_or(Reason::ResourceNotFound)?;
    let in_use = resource.status_at(books.now(), &settings) == ResourceStatus::InUse;
    if resource.is_main() && in_use { Ok(resource) } else { Err(Reason::ToOnDemandUnavailable) }
}

/// What a resource gives back: of terms in use the hours used are kept, without a fee.
fn returned_of(resource: &Resource, now: Timestamp) -> Vec<Returned> {
    let case = |begin: Timestamp, expire_time: Timestamp| {
        if now < begin {
            return RefundCase::NotBegun;
        }
        let end = expire_time.next();
        let hours = whole_hours(begin, end).max(1);
        let used_hours = whole_hours(begin, now.min(end)).min(hours);
        RefundCase::InUse { used_hours, hours, fee_percent: 0 }
    };
    let terms = resource.terms.iter().map(|term| Returned {
        product: resource.product.clone(),
        resource_id: Some(resource.resource_id.clone()),
        base_order_id: term.order_id.clone(),
        partner_id: term.partner_id.clone(),
        parts: term.parts.clone(),
        case: case(term.begin, term.expire_time),
        ended: Vec::new(),
    });
    terms.collect()
}

/// Closes a resource and lets it go on as pay-per-use from a moment. Nothing is left of its terms.
///
/// # Errors
/// Store failures.
pub(super) async fn go_on(
    books: &mut BooksMut<'_, '_>,
    resource: Resource,
    from: Timestamp,
) -> Result<(), Reason> {
    let update_time = books.now();
    let on_demand = OnDemandResource {
        resource_id: resource.resource_id.clone(),
        customer_id: resource.customer_id.clone(),
        resource_name: resource.resource_name.clone(),
        product: resource.product.clone(),
        effective_time: from,
        expire_time: None,
        status: OnDemandStatus::Normal,
        update_time,
    };
    books.set_on_demand_resource(&on_demand).await?;
    let closed = Resource { closed_at: Some(from), pending_order: None, update_time, ..resource };
    books.replace_resource(closed).await
}
