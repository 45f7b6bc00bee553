//! Unsubscribe from yearly/monthly resources, all of the request or nothing.
//!
//! `CancelResourcesSubscription`, `POST /v2/orders/subscriptions/resources/unsubscribe`.

use billing::api::{Answer, Refusal, fields};
use billing::component::Call;
use billing::operations::unsubscribe_resources::{self, Extent, UnsubscribeResources};
use billing::value::id::{OrderId, ResourceId};
use serde::{Deserialize, Serialize};

/// Longest reason, in characters.
const REASON_CHARACTERS_MAX: usize = 512;

billing::component! { POST CancelResourcesSubscription => cancel }

async fn cancel(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let request: UnsubscribeResourcesReq = call.body()?;
    request.check_reason()?;

    let UnsubscribeResourcesReq { resource_ids, unsubscribe_type, .. } = request;
    let order =
        UnsubscribeResources::check(caller.customer_id.clone(), resource_ids, unsubscribe_type)?;
    let random = call.random();
    call.update(async |books| {
        let order = unsubscribe_resources::unsubscribe_resources(books, &order, &random).await?;
        Answer::ok(&CancelResourcesSubscriptionResponse {
            order_ids: [order.order_id],
            fail_resource_infos: [],
        })
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnsubscribeResourcesReq {
    resource_ids: Vec<ResourceId>,
    unsubscribe_type: Extent,
    unsubscribe_reason_type: Option<u32>,
    unsubscribe_reason: Option<String>,
}

impl UnsubscribeResourcesReq {
    /// The reason is checked and not kept.
    fn check_reason(&self) -> Result<(), Refusal> {
        if self.unsubscribe_reason_type.is_some_and(|reason| !(1..=5).contains(&reason)) {
            return Err(Refusal::parameter("unsubscribe_reason_type", "must be 1 to 5"));
        }
        let reason = self.unsubscribe_reason.clone();
        fields::filled("unsubscribe_reason", reason, REASON_CHARACTERS_MAX).map(drop)
    }
}

#[derive(Serialize)]
struct CancelResourcesSubscriptionResponse {
    order_ids: [OrderId; 1],
    /// Reserved: a request fails as a whole.
    fail_resource_infos: [(); 0],
}
