//! What the operator decides for a tenant and its customers: settings, the clock of a demo tenant,
//! freezing, and how a customer is associated.

use super::associate_customer::decide;
use crate::books::BooksMut;
use crate::domain::association::AssociationEvent;
use crate::domain::error::Reason;
use crate::domain::partner::{AssociationType, Customer};
use crate::domain::settings::Settings;
use crate::value::id::CustomerId;
use crate::value::time::Timestamp;

/// Replaces the settings of a tenant. What is absent has its default again.
///
/// # Errors
/// [`Reason::Field`], with nothing changed; store failures.
pub async fn set_settings(books: &mut BooksMut<'_, '_>, settings: &Settings) -> Result<(), Reason> {
    let settings = settings.clone().check()?;
    books.set_settings(&settings).await
}

/// Moves the clock of a demo tenant forward. Everything of that tenant follows.
///
/// # Errors
/// [`Reason::ClockGoesBack`] for a time that the tenant has passed, with nothing changed; store
/// failures.
pub async fn set_clock(books: &mut BooksMut<'_, '_>, now: Timestamp) -> Result<(), Reason> {
    if now < books.now() {
        return Err(Reason::ClockGoesBack);
    }
    books.set_clock(now).await
}

/// What is to be different about a customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CustomerChange {
    /// Whether it is frozen: it buys, renews and changes nothing then.
    pub frozen: Option<bool>,
    /// How it is associated with its partner from now on.
    pub association_type: Option<AssociationType>,
}

/// A customer that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedCustomer {
    /// As it is now.
    pub customer: Customer,
    /// What became of its association, if that is another one now.
    pub event: Option<AssociationEvent>,
}

/// Changes a customer. One that is to be unfrozen is so before its association changes, and one that
/// is to be frozen afterwards.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::UnknownReference`] for one that is not there,
/// [`Reason::CannotAssociate`]; store failures.
pub async fn change_customer(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
    change: CustomerChange,
) -> Result<ChangedCustomer, Reason> {
    let customer = existing(books, customer_id).await?;
    if change.frozen == Some(false) {
        books.replace_customer(&Customer { frozen: Some(false), ..customer.clone() })?;
    }
    let event = match change.association_type {
        Some(wanted) if wanted != customer.association_type => {
            Some(decide(books, customer_id, wanted).await?)
        }
        _ => None,
    };
    let changed = existing(books, customer_id).await?;
    let changed = Customer { frozen: change.frozen.or(changed.frozen), ..changed };
    books.replace_customer(&changed)?;
    Ok(ChangedCustomer { customer: changed, event })
}

async fn existing(books: &BooksMut<'_, '_>, customer_id: &CustomerId) -> Result<Customer, Reason> {
    let unknown =
        || Reason::UnknownReference { kind: "customer", id: customer_id.as_str().to_owned() };
    books.customer(customer_id).await?.ok_or_else(unknown)
}
