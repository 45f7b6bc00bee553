//! Where a customer's real-name authentication stands, as it and its partner are told.

use crate::books::Books;
use crate::domain::enterprise::Role;
use crate::domain::error::Reason;
use crate::domain::partner::{CallingPartner, Customer, VerifiedStatus};
use crate::domain::realname::{Outcome, Review, Status, Submission, standing, type_applied_for};
use crate::value::id::CustomerId;

/// How far a customer's own authentication has come.
///
/// # Errors
/// [`Reason::Corrupt`] when there is no such customer, which its own key rules out; store failures.
pub async fn status(books: &Books<'_>, customer_id: &CustomerId) -> Result<Status, Reason> {
    books.load_submissions_of(customer_id, None).await?;
    let customer = books.customer(customer_id).await?;
    let customer =
        customer.ok_or_else(|| Reason::Corrupt(format!("customer {customer_id} with a key")))?;
    let (latest, submission) = latest_submission(books, customer_id).await?.unzip();
    let standing = standing(&customer, latest.map(|review| review.review_result));
    let kind = submission.and_then(|submission| submission.kind);
    Ok(Status {
        verified_status: standing,
        customer_type: type_applied_for(&customer, standing, kind),
    })
}

/// The latest submission of a customer.
pub(crate) async fn latest_submission(
    books: &Books<'_>,
    customer_id: &CustomerId,
) -> Result<Option<(Review, Submission)>, Reason> {
    let Some(review) = books.latest_review(customer_id).await? else {
        return Ok(None);
    };
    let submission = books.submission(&review.review_id).await?;
    let missing = || Reason::Corrupt(format!("submission {}", review.review_id));
    let submission = submission.ok_or_else(missing)?;
    Ok(Some((review, submission)))
}

/// A customer of the caller. A distributor also answers for the customers of its resellers.
///
/// # Errors
/// [`Reason::NotYourCustomer`], the same whether the customer exists or not.
pub(crate) async fn customer_of(
    books: &Books<'_>,
    caller: &CallingPartner,
    customer_id: &CustomerId,
) -> Result<Customer, Reason> {
    let customer = books.customer(customer_id).await?.ok_or(Reason::NotYourCustomer)?;
    if customer.partner_id != caller.partner_id {
        let partner = books.partner(&customer.partner_id).await?;
        caller.act_for(partner).map_err(|_| Reason::NotYourCustomer)?;
    }
    Ok(customer)
}

/// A customer that is authenticated itself, and not with the account that it is part of.
///
/// # Errors
/// [`Reason::SubAccount`] for one that is part of another; [`Reason::Corrupt`] when there is no such
/// customer, which its own key rules out; store failures.
pub(crate) async fn main_account(
    books: &Books<'_>,
    customer_id: &CustomerId,
) -> Result<Customer, Reason> {
    let customer = books.customer(customer_id).await?;
    let missing = || Reason::Corrupt(format!("customer {customer_id} with a key"));
    let customer = customer.ok_or_else(missing)?;
    match customer.enterprise {
        Some(Role::Member { .. }) => Err(Reason::SubAccount),
        Some(Role::Master { .. }) | None => Ok(customer),
    }
}

/// Checks that a customer can be authenticated by filling in the page itself.
///
/// # Errors
/// [`Reason::SubAccount`]; [`Reason::BusinessCheck`] for one that is authenticated already, or under
/// review.
pub async fn check_can_authenticate(
    books: &Books<'_>,
    customer_id: &CustomerId,
) -> Result<(), Reason> {
    books.load_submissions_of(customer_id, None).await?;
    let customer = main_account(books, customer_id).await?;
    let latest = books.latest_review(customer_id).await?.map(|review| review.review_result);
    match standing(&customer, latest) {
        VerifiedStatus::Verified | VerifiedStatus::UnderReview => Err(Reason::BusinessCheck),
        VerifiedStatus::Unverified | VerifiedStatus::Rejected => Ok(()),
    }
}

/// The outcome of a customer's latest submission; `None` before the first.
///
/// # Errors
/// [`Reason::PartnerHasNoSuchCustomer`], the same whether the customer exists or not.
pub async fn latest_outcome(
    books: &Books<'_>,
    caller: &CallingPartner,
    customer_id: &CustomerId,
) -> Result<Option<Outcome>, Reason> {
    books.load_submissions_of(customer_id, None).await?;
    customer_of(books, caller, customer_id).await.map_err(|reason| match reason {
        Reason::NotYourCustomer => Reason::PartnerHasNoSuchCustomer,
        other => other,
    })?;
    Ok(books.latest_review(customer_id).await?.map(Outcome::from))
}
