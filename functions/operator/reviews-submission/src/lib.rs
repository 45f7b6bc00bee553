//! Read one real-name submission, with what identifies the person or enterprise, or delete that.
//!
//! `GET` and `DELETE /operator/v1/reviews/submission?tenant_id=…&review_id=…`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::domain::error::Reason;
use billing::domain::realname::{Applicant, Review, ReviewResult, Submission, SubmissionKind};
use billing::operations::forget::forget_submission;
use billing::value::id::{CustomerId, ReviewId, TenantId};
use billing::value::time::Timestamp;
use serde::Serialize;

billing::operator! { GET Reviews => show, DELETE Everything => forget }

async fn show(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let (tenant_id, review_id) = which(&call)?;

    let books = call.tenant(&tenant_id).await?;
    let (review, submission, applicant) = books
        .read(async |books| {
            let (review, submission) =
                books.review(&review_id).await?.ok_or(Reason::NoSuchSubmission)?;
            Ok((review, submission, books.applicant(&review_id).await?))
        })
        .await?;

    Answer::ok(&Shown::from((review, submission, applicant)))
}

async fn forget(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let (tenant_id, review_id) = which(&call)?;

    let books = call.tenant(&tenant_id).await?;
    let deleted = books
        .update("forget submission", async |books| forget_submission(books, &review_id).await)
        .await?;

    Answer::ok(&Forgotten { review_id, deleted: u64::from(deleted) })
}

fn which(call: &OperatorCall<'_>) -> Result<(TenantId, ReviewId), Refusal> {
    call.query(|query| Ok((query.required("tenant_id")?, query.required("review_id")?)))
}

#[derive(Serialize)]
struct Forgotten {
    review_id: ReviewId,
    /// Sealed records.
    deleted: u64,
}

#[derive(Serialize)]
struct Shown {
    review_id: ReviewId,
    customer_id: CustomerId,
    submitted_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<SubmissionKind>,
    review_result: ReviewResult,
    #[serde(skip_serializing_if = "Option::is_none")]
    opinion: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<Timestamp>,
    /// A submission that a book brought has none, and one whose data was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    applicant: Option<Applicant>,
}

impl From<(Review, Submission, Option<Applicant>)> for Shown {
    fn from(found: (Review, Submission, Option<Applicant>)) -> Self {
        let (review, submission, applicant) = found;
        Self {
            review_id: review.review_id,
            customer_id: review.customer_id,
            submitted_at: review.submitted_at,
            kind: submission.kind,
            review_result: review.review_result,
            opinion: review.opinion,
            decided_at: submission.decided_at,
            applicant,
        }
    }
}
