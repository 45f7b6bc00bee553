//! Show the review result of a customer's latest real-name submission.
//!
//! `ShowRealnameAuthenticationReviewResult`, `GET /v2/customers/realname-auths/result`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::realname::{Outcome, ReviewResult};
use billing::operations::realname_status;
use serde::Serialize;

billing::component! { GET ShowRealnameAuthenticationReviewResult => show }

async fn show(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let customer_id = call.query(|query| query.required("customer_id"))?;

    let outcome = call
        .read(async |books| realname_status::latest_outcome(books, caller, &customer_id).await)
        .await?;

    Answer::ok(&ShowRealnameAuthenticationReviewResultResponse::from(outcome))
}

/// Empty before the first submission.
#[derive(Default, Serialize)]
struct ShowRealnameAuthenticationReviewResultResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    review_result: Option<ReviewResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opinion: Option<String>,
}

impl From<Option<Outcome>> for ShowRealnameAuthenticationReviewResultResponse {
    fn from(outcome: Option<Outcome>) -> Self {
        outcome.map_or_else(Self::default, |Outcome { review_result, opinion }| Self {
            review_result: Some(review_result),
            opinion,
        })
    }
}
