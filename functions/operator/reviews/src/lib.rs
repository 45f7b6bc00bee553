//! List what awaits real-name review, oldest first.
//!
//! `GET /operator/v1/reviews?tenant_id=…[&offset=…&limit=…]`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::domain::realname::{Submission, SubmissionKind};
use billing::value::id::{CustomerId, ReviewId, TenantId};
use billing::value::page::Slice;
use billing::value::time::Timestamp;
use serde::Serialize;

billing::operator! { GET Read => list }

async fn list(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let (tenant_id, slice): (TenantId, Slice) =
        call.query(|query| Ok((query.required("tenant_id")?, query.slice(10, 1..=100)?)))?;

    let books = call.tenant(&tenant_id).await?;
    let awaiting = books.read(async |books| books.awaiting_review(slice).await).await?;

    Answer::ok(&Reviews {
        total_count: awaiting.total_count,
        reviews: awaiting.items.into_iter().map(Review::from).collect(),
    })
}

#[derive(Serialize)]
struct Reviews {
    total_count: u64,
    reviews: Vec<Review>,
}

#[derive(Serialize)]
struct Review {
    review_id: ReviewId,
    customer_id: CustomerId,
    submitted_at: Timestamp,
    /// A submission that a book brought has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<SubmissionKind>,
}

impl From<(ReviewId, Submission)> for Review {
    fn from((review_id, submission): (ReviewId, Submission)) -> Self {
        let Submission { customer_id, submitted_at, kind, .. } = submission;
        Self { review_id, customer_id, submitted_at, kind }
    }
}
