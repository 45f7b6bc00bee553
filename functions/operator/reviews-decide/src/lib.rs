//! Decide a real-name submission: approve it, or reject it with an opinion.
//!
//! `POST /operator/v1/reviews/decide`. The decision stands once it is answered, whatever becomes
//! of the message about it.

use billing::api::{Answer, Refusal, Webhook};
use billing::component::OperatorCall;
use billing::domain::delivery::DeliveryState;
use billing::operations::decide_realname::{self, Decided, Decision, Verdict};
use billing::operator::deliver_one;
use billing::value::id::{DeliveryId, ReviewId, TenantId};
use serde::{Deserialize, Serialize};

billing::operator! { POST Reviews => decide }

async fn decide(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Request { tenant_id, review_id, decision, opinion } = call.json().await?;
    let verdict = Verdict::check(decision, opinion)?;

    let webhook = Webhook::configured(call.host())?;
    let random = webhook.as_ref().map(|_| call.random());
    let books = call.tenant(&tenant_id).await?;
    let (decided, delivery) = books
        .update("decide review", async |books| {
            decide_realname::decide(books, &review_id, &verdict, random.as_ref()).await
        })
        .await?;
    let delivery = match (webhook, delivery) {
        (Some(webhook), Some(delivery)) => {
            let state = deliver_one(&webhook, call.host(), &books, &delivery).await;
            Some(Sent { delivery_id: delivery.delivery_id, state })
        }
        _ => None,
    };

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
