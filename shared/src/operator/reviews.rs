//! The decision about a real-name submission, and the message about it.

use crate::api::{Body, Refusal, Webhook};
use crate::domain::delivery::DeliveryState;
use crate::operations::decide_realname::{self, Decided, Verdict};
use crate::operator::call::OperatorCall;
use crate::operator::deliver_one;
use crate::value::id::{DeliveryId, ReviewId, TenantId};

/// Decides a submission, and tells the webhook receiver if there is one: then the answer has the
/// message and its state. The decision stands, whatever becomes of the message.
///
/// # Errors
/// [`Refusal::UnknownTenant`], what [`decide_realname::decide`] refuses; failures of the store and of
/// the host.
pub async fn decide_review<S: Body>(
    call: &OperatorCall<'_, S>,
    tenant_id: &TenantId,
    review_id: &ReviewId,
    verdict: &Verdict,
) -> Result<(Decided, Option<(DeliveryId, DeliveryState)>), Refusal> {
    let webhook = Webhook::configured(call.host())?;
    let random = webhook.as_ref().map(|_| call.random());
    let books = call.tenant(tenant_id).await?;
    let (decided, delivery) = books
        .update("decide review", async |books| {
            decide_realname::decide(books, review_id, verdict, random.as_ref()).await
        })
        .await?;
    let sent = match (webhook, delivery) {
        (Some(webhook), Some(delivery)) => {
            let state = deliver_one(&webhook, call.host(), &books, &delivery).await;
            Some((delivery.delivery_id, state))
        }
        _ => None,
    };
    Ok((decided, sent))
}
