//! Decide a real-name submission: approve it, or reject it with an opinion.
//!
//! `POST /operator/v1/reviews/decide`. The decision stands once it is answered, whatever becomes
//! of the message about it.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::domain::delivery::DeliveryState;
use billing::operations::decide_realname::{Decided, Decision, Verdict};
use billing::operator::decide_review;
use billing::value::id::{DeliveryId, ReviewId, TenantId};
use serde::{Deserialize, Serialize};

billing::operator! { POST Reviews => decide }

async fn decide(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Request { tenant_id, review_id, decision, opinion } = call.json().await?;
    let verdict = Verdict::check(decision, opinion)?;

    let (decided, sent) = decide_review(&call, &tenant_id, &review_id, &verdict).await?;
    let delivery = sent.map(|(delivery_id, state)| Sent { delivery_id, state });

    Answer::ok(&Answered { decided, delivery })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    tenant_id: TenantId,
    review_id: ReviewId,
    decision: Decision,
    opinion: Option<String>,
}

#[derive(Serialize)]
struct Answered {
    #[serde(flatten)]
    decided: Decided,
    /// None without a receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<Sent>,
}

#[derive(Serialize)]
struct Sent {
    delivery_id: DeliveryId,
    state: DeliveryState,
}
