//! Show the review result of a customer's latest real-name submission: the older edition of
//! `ShowRealnameAuthenticationReviewResult`, deprecated.
//!
//! `QueryRealnameAuthReviewResult`,
//! `GET /v1.0/{partner_id}/partner/customer-mgr/realname-auth/result`. Its answers say that they are
//! deprecated and where the newer edition is (RFC 9745, RFC 8288).

use billing::api::{Answer, Headers, Refusal};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::domain::realname::{Outcome, ReviewResult};
use billing::operations::realname_status;
use billing::value::id::PartnerId;
use serde::Serialize;

/// Place of the partner's id in the path.
const PARTNER_ID: usize = 2;

/// Deprecated since 2022-09-27, when its page was already that of an old edition.
const DEPRECATED: Headers = &[
    ("deprecation", "@1664236800"),
    ("link", "</v2/customers/realname-auths/result>; rel=\"successor-version\""),
];

billing::component! { GET QueryRealnameAuthReviewResult => query }

async fn query(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let partner_id: PartnerId = call.path_segment("partner_id", PARTNER_ID)?;
    let customer_id = call.query(|query| query.required("customerId"))?;
    if partner_id != caller.partner_id {
        return Err(Reason::CallerNotPermitted.into());
    }

    let outcome = call
        .read(async |books| realname_status::latest_outcome(books, caller, &customer_id).await)
        .await?;

    Ok(Answer::ok(&ReviewResultOfOld::from(outcome))?.with_headers(DEPRECATED))
}

/// Empty before the first submission.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReviewResultOfOld {
    #[serde(skip_serializing_if = "Option::is_none")]
    review_result: Option<ReviewResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opinion: Option<String>,
}

impl From<Option<Outcome>> for ReviewResultOfOld {
    fn from(outcome: Option<Outcome>) -> Self {
        outcome.map_or_else(Self::default, |Outcome { review_result, opinion }| Self {
            review_result: Some(review_result),
            opinion,
        })
    }
}
