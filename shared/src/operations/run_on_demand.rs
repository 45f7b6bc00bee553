//! Run pay-per-use resources, as the cloud reports it: they are started, change their status, and
//! are stopped. What they use comes as tickets; no money moves here.

use super::place_order::buyer;
use crate::books::BooksMut;
use crate::domain::error::Reason;
use crate::domain::resource::{OnDemandResource, OnDemandStatus, Product};
use crate::value::id::{CustomerId, ResourceId};

/// Longest name of a resource, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// A resource to be started, whose fields are in order.
#[derive(Clone, Debug)]
pub struct StartOnDemand {
    customer_id: CustomerId,
    resource_id: ResourceId,
    resource_name: Option<String>,
    product: Product,
}

impl StartOnDemand {
    /// Checks the fields of a resource to be started.
    ///
    /// # Errors
    /// [`Reason::Field`] for a name that is too long.
    pub fn check(
        customer_id: CustomerId,
        resource_id: ResourceId,
        resource_name: Option<String>,
        product: Product,
    ) -> Result<Self, Reason> {
        if resource_name.as_ref().is_some_and(|name| name.len() > NAME_BYTES_MAX) {
            let fault = format!("must have at most {NAME_BYTES_MAX} bytes");
            return Err(Reason::field("resource_name", fault));
        }
        Ok(Self { customer_id, resource_id, resource_name, product })
    }
}

/// Starts a resource: from now on it is used.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::UnknownReference`] for a customer that is not
/// there, [`Reason::CustomerFrozen`], and [`Reason::ContentDiffers`] for the identity of any of its
/// resources, closed or not.
pub async fn start_on_demand(
    books: &mut BooksMut<'_, '_>,
    start: &StartOnDemand,
) -> Result<OnDemandResource, Reason> {
    let StartOnDemand { customer_id, resource_id, resource_name, product } = start;
    books.load_on_demand(customer_id, resource_id).await?;
    buyer(books, customer_id).await?;
    let is_taken = books.resource(customer_id, resource_id).await?.is_some()
        || books.on_demand_resource(customer_id, resource_id).await?.is_some();
    if is_taken {
        return Err(Reason::ContentDiffers);
    }
    let now = books.now();
    let started = OnDemandResource {
        resource_id: resource_id.clone(),
        customer_id: customer_id.clone(),
        resource_name: resource_name.clone(),
        product: product.clone(),
        effective_time: now,
        expire_time: None,
        status: OnDemandStatus::Normal,
        update_time: now,
    };
    books.set_on_demand_resource(&started).await?;
    Ok(started)
}

/// Changes the status of a resource. One that is closed was stopped, and stays so.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::UnknownReference`] for a resource that is not
/// there, [`Reason::Contradiction`] for one that is closed, and [`Reason::CustomerFrozen`] for one
/// that is to be used again.
pub async fn change_on_demand(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
    resource_id: &ResourceId,
    status: OnDemandStatus,
) -> Result<OnDemandResource, Reason> {
    books.load_on_demand(customer_id, resource_id).await?;
    let unknown =
        || Reason::UnknownReference { kind: "resource", id: resource_id.as_str().to_owned() };
    let resource = books.on_demand_resource(customer_id, resource_id).await?.ok_or_else(unknown)?;
    let changed = resource.with_status(status, books.now())?;
    if status == OnDemandStatus::Normal {
        buyer(books, customer_id).await?;
    }
    books.set_on_demand_resource(&changed).await?;
    Ok(changed)
}
