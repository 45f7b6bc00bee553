//! Real-name authentication: what is submitted, its review, and what comes of it.
//!
//! A customer has at most one submission under review. A decision is final; after a rejection the
//! customer may submit again. What identifies a person is kept apart from the submission, sealed.

mod application;

pub(crate) use application::CODE;
pub use application::{
    Applicant, Application, BankCard, CertificateType, CertifierRole, Enterprise,
    EnterpriseCertificate, EnterprisePerson, IdentifyType, Individual,
};

use crate::domain::partner::{Customer, CustomerType, VerifiedStatus};
use crate::value::code::codes;
use crate::value::id::{CustomerId, ReviewId};
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};
use serde::Deserialize;

/// How submissions are reviewed: by a person (`is_review`).
pub const MANUAL_REVIEW: u8 = 1;

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

codes! {
    /// What a submission asks for.
    SubmissionKind: text {
        /// To be authenticated as a person.
        Individual = "individual",
        /// To be authenticated as an enterprise.
        Enterprise = "enterprise",
        /// To be authenticated as an enterprise from now on, and no longer as a person.
        Change = "individual_to_enterprise",
    }
}

impl SubmissionKind {
    /// What the customer is once this is approved.
    pub fn customer_type(self) -> CustomerType {
        match self {
            Self::Individual => CustomerType::Individual,
            Self::Enterprise | Self::Change => CustomerType::Enterprise,
        }
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

/// What is kept of a submission beside its review: how to find it, and what a decision changes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Submission {
    /// Who submitted it.
    #[n(0)]
    pub customer_id: CustomerId,
    /// When.
    #[n(1)]
    pub submitted_at: Timestamp,
    /// What it asks for. A book does not say.
    #[n(2)]
    pub kind: Option<SubmissionKind>,
    /// Where the customer stood before. A book does not say.
    #[n(3)]
    pub before: Option<VerifiedStatus>,
    /// Keyed hash of the certificate that the customer uses by it.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub certificate: Option<[u8; 32]>,
    /// When it was decided here.
    #[n(5)]
    pub decided_at: Option<Timestamp>,
}

impl From<&Review> for Submission {
    /// Of a review that a book brings.
    fn from(review: &Review) -> Self {
        Self {
            customer_id: review.customer_id.clone(),
            submitted_at: review.submitted_at,
            kind: None,
            before: None,
            certificate: None,
            decided_at: None,
        }
    }
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

/// What a customer is told of its own authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// How far it has come.
    pub verified_status: VerifiedStatus,
    /// As what the customer is authenticated, or has asked to be; `None` when nobody has said.
    pub customer_type: Option<CustomerType>,
}

/// Where a customer stands: what its latest submission tells. Before the first one, and when a
/// rejected one leaves an authentication that was there before, its own record tells.
pub fn standing(customer: &Customer, latest: Option<ReviewResult>) -> VerifiedStatus {
    let recorded = customer.verified_status.unwrap_or(VerifiedStatus::Unverified);
    match (latest, recorded) {
        (None, recorded) => recorded,
        (Some(ReviewResult::UnderReview), _) => VerifiedStatus::UnderReview,
        (Some(ReviewResult::Approved), _)
        | (Some(ReviewResult::Rejected), VerifiedStatus::Verified) => VerifiedStatus::Verified,
        (Some(ReviewResult::Rejected), _) => VerifiedStatus::Rejected,
    }
}

/// As what a customer is authenticated, or has asked to be by its latest submission.
pub fn type_applied_for(
    customer: &Customer,
    standing: VerifiedStatus,
    latest: Option<SubmissionKind>,
) -> Option<CustomerType> {
    let recorded = customer.customer_type.filter(|kind| *kind != CustomerType::Unknown);
    let latest = latest.map(SubmissionKind::customer_type);
    match standing {
        VerifiedStatus::Verified => recorded.or(latest),
        VerifiedStatus::UnderReview | VerifiedStatus::Rejected => latest.or(recorded),
        VerifiedStatus::Unverified => None,
    }
}
