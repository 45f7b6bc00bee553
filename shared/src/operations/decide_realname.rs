//! Deciding: the reviewer approves a submission or rejects it, once.

use super::announce;
use crate::books::BooksMut;
use crate::domain::delivery::Delivery;
use crate::domain::error::Reason;
use crate::domain::partner::{Customer, VerifiedStatus};
use crate::domain::realname::{Applicant, Review, ReviewResult, Submission};
use crate::security::webhook::Event;
use crate::value::id::{CustomerId, DeliveryId, ReviewId};
use serde::{Deserialize, Serialize};

/// The type of the message about a decision.
pub const EVENT: &str = "realname_review.decided";

/// Longest opinion, in characters.
const OPINION_CHARACTERS_MAX: usize = 512;

/// What the reviewer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The customer is who it says.
    Approve,
    /// It is not, or not shown to be.
    Reject,
}

/// A decision whose fields are in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    review_result: ReviewResult,
    opinion: Option<String>,
}

impl Verdict {
    /// Checks the fields: a rejection has an opinion, which the partner reads, and an approval
    /// has none.
    ///
    /// # Errors
    /// [`Reason::Field`].
    pub fn check(decision: Decision, opinion: Option<String>) -> Result<Self, Reason> {
        let length = opinion.as_deref().map(|opinion| opinion.chars().count());
        match (decision, length) {
            (Decision::Approve, None) => {
                Ok(Self { review_result: ReviewResult::Approved, opinion: None })
            }
            (Decision::Approve, Some(_)) => {
                Err(Reason::field("opinion", "goes with a rejection only"))
            }
            (Decision::Reject, Some(1..=OPINION_CHARACTERS_MAX)) => {
                Ok(Self { review_result: ReviewResult::Rejected, opinion })
            }
            (Decision::Reject, _) => {
                let fault =
                    format!("a rejection has one of 1 to {OPINION_CHARACTERS_MAX} characters");
                Err(Reason::field("opinion", fault))
            }
        }
    }
}

/// A decision, as it is answered and told to the operator's own systems. Nothing in it is
/// personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// Whose submission it was.
    pub customer_id: CustomerId,
    /// Which one.
    pub review_id: ReviewId,
    /// The decision.
    pub review_result: ReviewResult,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
}

/// Decides a submission. With `random`, drawn before the transaction, it also writes the message
/// about it, to be delivered afterwards: the two happen together or not at all.
///
/// # Errors
/// [`Reason::NoSuchSubmission`], [`Reason::AlreadyDecided`], with nothing changed;
/// [`Reason::Secret`] when what was submitted cannot be opened; store failures.
pub async fn decide(
    books: &mut BooksMut<'_, '_>,
    review_id: &ReviewId,
    verdict: &Verdict,
    random: Option<&[u8; 16]>,
) -> Result<(Decided, Option<Delivery>), Reason> {
    let (review, submission) = books.review(review_id).await?.ok_or(Reason::NoSuchSubmission)?;
    if review.review_result != ReviewResult::UnderReview {
        return Err(Reason::AlreadyDecided);
    }
    let latest = books.latest_review(&review.customer_id).await?;
    // A book may bring several submissions that await review: the latest one tells.
    if latest.is_some_and(|latest| latest.review_id == *review_id) {
        let customer = books.customer(&review.customer_id).await?;
        let missing = || Reason::Corrupt(format!("customer of submission {review_id}"));
        let applicant: Option<Applicant> = books.applicant(review_id).await?;
        let customer = decided(customer.ok_or_else(missing)?, &submission, verdict);
        let approved = applicant.filter(|_| verdict.review_result == ReviewResult::Approved);
        books.replace_customer_named(customer, approved.as_ref().map(Applicant::name)).await?;
    }
    if let (ReviewResult::Rejected, Some(digest)) = (verdict.review_result, submission.certificate)
    {
        books.free_certificate(&digest, &review.customer_id);
    }
    let decided = Decided {
        customer_id: review.customer_id.clone(),
        review_id: review_id.clone(),
        review_result: verdict.review_result,
        opinion: verdict.opinion.clone(),
    };
    let now = books.now();
    let submission = Submission { decided_at: Some(now), ..submission };
    let review =
        Review { review_result: verdict.review_result, opinion: verdict.opinion.clone(), ..review };
    books.replace_decided(&review, &submission)?;
    announce::partner_of(books, EVENT, &decided.customer_id, &decided).await?;
    let Some(random) = random else {
        return Ok((decided, None));
    };
    let event = Event { event_type: EVENT, timestamp: now, data: &decided };
    let delivery = Delivery::new(DeliveryId::new(books.instant(), random), &event)?;
    books.add_delivery(&delivery)?;
    Ok((decided, Some(delivery)))
}

/// The customer after a decision on its latest submission. A rejection leaves an authentication
/// that was there before.
fn decided(customer: Customer, submission: &Submission, verdict: &Verdict) -> Customer {
    if verdict.review_result == ReviewResult::Approved {
        let customer_type =
            submission.kind.map(crate::domain::realname::SubmissionKind::customer_type);
        return Customer {
            verified_status: Some(VerifiedStatus::Verified),
            customer_type: customer_type.or(customer.customer_type),
            ..customer
        };
    }
    let before = submission.before.or(customer.verified_status);
    let verified_status = match before {
        Some(VerifiedStatus::Verified) => VerifiedStatus::Verified,
        _ => VerifiedStatus::Rejected,
    };
    Customer { verified_status: Some(verified_status), ..customer }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_rejection_has_an_opinion() {
        let opinion = |length: usize| Some("é".repeat(length));
        for (decision, opinion, allowed) in [
            (Decision::Approve, None, true),
            (Decision::Approve, opinion(1), false),
            (Decision::Reject, None, false),
            (Decision::Reject, opinion(0), false),
            (Decision::Reject, opinion(1), true),
            (Decision::Reject, opinion(512), true),
            (Decision::Reject, opinion(513), false),
        ] {
            let length = opinion.as_ref().map(String::len);
            let answer = Verdict::check(decision, opinion);
            assert_eq!(answer.is_ok(), allowed, "{decision:?} {length:?}");
        }
    }
}
