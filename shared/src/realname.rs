//! Real-name reviews: submissions and their states.

use crate::books::{Books, key};
use crate::code::codes;
use crate::error::Reason;
use crate::id::{CustomerId, ReviewId};
use crate::partner::CallingPartner;
use crate::store::Reader;
use crate::time::Timestamp;
use minicbor::{Decode, Encode};
use serde::Deserialize;
use std::ops::Deref;

codes! {
    /// State of a submission.
    ReviewResult: integer {
        /// Under review.
        UnderReview = 0,
        /// Rejected, with an opinion.
        Rejected = 1,
        /// Approved.
        Approved = 2,
    }
}

/// A submission and its state. Contents as a book's `realname_review` line gives them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Identity.
    #[n(0)]
    pub review_id: ReviewId,
    /// Who submitted it.
    #[n(1)]
    pub customer_id: CustomerId,
    /// When.
    #[n(2)]
    pub submitted_at: Timestamp,
    /// The state.
    #[n(3)]
    pub review_result: ReviewResult,
    /// Why it was rejected.
    #[n(4)]
    pub opinion: Option<String>,
}

/// What a partner is told of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The state.
    pub review_result: ReviewResult,
    /// Only of a rejection.
    pub opinion: Option<String>,
}

impl From<Review> for Outcome {
    fn from(review: Review) -> Self {
        let rejected = review.review_result == ReviewResult::Rejected;
        Self { review_result: review.review_result, opinion: review.opinion.filter(|_| rejected) }
    }
}

/// The outcome of a customer's latest submission; `None` before the first.
///
/// A distributor also answers for the customers of its resellers.
///
/// # Errors
/// [`Reason::PartnerHasNoSuchCustomer`], the same whether the customer exists or not.
pub async fn latest_outcome<D: Deref<Target: Reader>>(
    books: &Books<D>,
    caller: &CallingPartner,
    customer_id: &CustomerId,
) -> Result<Option<Outcome>, Reason> {
    books.load(&[key::customer(customer_id), key::reviews(customer_id)]).await?;
    let customer = books.customer(customer_id).await?.ok_or(Reason::PartnerHasNoSuchCustomer)?;
    if customer.partner_id != caller.partner_id {
        let partner = books.partner(&customer.partner_id).await?;
        caller.act_for(partner).map_err(|_| Reason::PartnerHasNoSuchCustomer)?;
    }
    Ok(books.latest_review(customer_id).await?.map(Outcome::from))
}
