//! A partner asks its customer to let it order on the customer's behalf; the customer grants that,
//! refuses it, and can end it at any time.

use crate::books::{Books, BooksMut};
use crate::domain::authorisation::{Authorisation, AuthorisationStatus, AuthorisationVerdict};
use crate::domain::error::Reason;
use crate::domain::partner::{AssociationType, CallingCustomer, CallingPartner};
use crate::value::id::CustomerId;

/// Asks a resale customer. One that was asked before, or has granted it, is not asked again.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::NotYourCustomer`],
/// [`Reason::NoPermissionOnCustomer`] for a referral customer.
pub async fn ask_authorisation(
    books: &mut BooksMut<'_, '_>,
    caller: &CallingPartner,
    customer_id: &CustomerId,
) -> Result<Authorisation, Reason> {
    check_customer(books, caller, customer_id).await?;
    let before = books.authorisation(&caller.partner_id, customer_id).await?;
    if let Some(held) = &before
        && held.status != AuthorisationStatus::Refused
    {
        return Ok(held.clone());
    }
    let asked = Authorisation {
        customer_id: customer_id.clone(),
        partner_id: caller.partner_id.clone(),
        status: AuthorisationStatus::Asked,
        asked_at: books.now(),
        answered_at: before.and_then(|held| held.answered_at),
    };
    books.keep_authorisation(&asked).await?;
    Ok(asked)
}

/// Answers the partner, or ends what was granted.
///
/// # Errors
/// [`Reason::NoAuthorisationAsked`], with nothing changed, also for a grant of what was refused.
pub async fn answer_authorisation(
    books: &mut BooksMut<'_, '_>,
    caller: &CallingCustomer,
    verdict: AuthorisationVerdict,
) -> Result<Authorisation, Reason> {
    let held = books.authorisation(&caller.partner_id, &caller.customer_id).await?;
    let held = held.ok_or(Reason::NoAuthorisationAsked)?;
    let status = match (verdict, held.status) {
        (_, AuthorisationStatus::Refused) => return Err(Reason::NoAuthorisationAsked),
        (AuthorisationVerdict::Grant, AuthorisationStatus::Granted) => return Ok(held),
        (AuthorisationVerdict::Grant, AuthorisationStatus::Asked) => AuthorisationStatus::Granted,
        (AuthorisationVerdict::Refuse, _) => AuthorisationStatus::Refused,
    };
    let answered = Authorisation { status, answered_at: Some(books.now()), ..held };
    books.keep_authorisation(&answered).await?;
    Ok(answered)
}

/// Checks that a partner may order on behalf of a customer.
///
/// # Errors
/// In this order: [`Reason::NotYourCustomer`], [`Reason::NoPermissionOnCustomer`] for a referral
/// customer, [`Reason::NotAuthorised`].
pub async fn check_authorised(
    books: &Books<'_>,
    caller: &CallingPartner,
    customer_id: &CustomerId,
) -> Result<(), Reason> {
    check_customer(books, caller, customer_id).await?;
    let held = books.authorisation(&caller.partner_id, customer_id).await?;
    let is_granted = held.is_some_and(|held| held.status == AuthorisationStatus::Granted);
    if is_granted { Ok(()) } else { Err(Reason::NotAuthorised) }
}

/// Only customers that the partner funds can let it order.
async fn check_customer(
    books: &Books<'_>,
    caller: &CallingPartner,
    customer_id: &CustomerId,
) -> Result<(), Reason> {
    let customer = books.customer(customer_id).await?;
    let customer = customer.filter(|customer| customer.partner_id == caller.partner_id);
    match customer.ok_or(Reason::NotYourCustomer)?.association_type {
        AssociationType::Resale => Ok(()),
        AssociationType::Referral => Err(Reason::NoPermissionOnCustomer),
    }
}
