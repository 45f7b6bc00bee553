//! Forgetting personal data. The ledger stays, and so does what money was moved for: customers,
//! orders and reviews go on by their identities.

use crate::books::BooksMut;
use crate::domain::error::Reason;
use crate::domain::partner::Customer;
use crate::domain::realname::ReviewResult;
use crate::security::vault::Subject;
use crate::value::id::{CustomerId, ReviewId};

/// Removes the personal data of a customer: its real name, how to reach it, its password, what it
/// submitted for review, the hashes by which its numbers are found, and its partner's label. Answers
/// how many sealed records that were; none for one that was forgotten before.
///
/// # Errors
/// With nothing changed: [`Reason::UnknownReference`] for one that is not there,
/// [`Reason::Contradiction`] while a submission of it awaits review, [`Reason::Secret`] when what is
/// kept cannot be opened; store failures.
pub async fn forget_customer(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
) -> Result<u64, Reason> {
    let unknown =
        || Reason::UnknownReference { kind: "customer", id: customer_id.as_str().to_owned() };
    let customer = books.customer(customer_id).await?.ok_or_else(unknown)?;
    let reviews = books.reviews_of(customer_id).await?;
    if reviews.iter().any(|review| review.review_result == ReviewResult::UnderReview) {
        return Err(AWAITS_REVIEW);
    }

    let contact = books.contact(Subject::Customer(customer_id)).await?;
    books.forget_identities(&customer, &contact).await?;
    let mut forgotten = 0;
    for subject in [Subject::Customer(customer_id), Subject::Password(customer_id)] {
        forgotten += u64::from(books.forget_personal(subject).await?);
    }
    for review in &reviews {
        books.forget_certificate(&review.review_id).await?;
        let subject = Subject::Submission(&review.review_id);
        forgotten += u64::from(books.forget_personal(subject).await?);
    }
    let nameless = Customer { customer: None, country_code: None, label: None, ..customer };
    books.replace_customer(&nameless)?;
    Ok(forgotten)
}

/// Removes what was submitted for a review that is decided. Its outcome stays, and the keyed hash by
/// which the certificate is known to be in use. True if there was something.
///
/// # Errors
/// With nothing changed: [`Reason::NoSuchSubmission`], [`Reason::Contradiction`] while it awaits
/// review; store failures.
pub async fn forget_submission(
    books: &mut BooksMut<'_, '_>,
    review_id: &ReviewId,
) -> Result<bool, Reason> {
    let (review, _) = books.review(review_id).await?.ok_or(Reason::NoSuchSubmission)?;
    if review.review_result == ReviewResult::UnderReview {
        return Err(AWAITS_REVIEW);
    }
    books.forget_personal(Subject::Submission(review_id)).await
}

const AWAITS_REVIEW: Reason = Reason::Contradiction("a submission awaits review: decide it first");
