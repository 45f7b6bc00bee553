//! Renew yearly/monthly resources, each with what is attached to it, as one order.
//!
//! `RenewalResources`, `POST /v2/orders/subscriptions/resources/renew`.

use billing::api::renewal::{RenewalFields, renew};
use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::value::id::ResourceId;
use serde::Deserialize;

billing::component! { POST RenewalResources => renewal }

async fn renewal(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let request: RenewalResourcesReq = call.body()?;

    let RenewalResourcesReq { resource_ids, period_type, period_num, is_auto_pay } = request;
    let fields = RenewalFields { resource_ids, period_type, period_num, is_auto_pay };
    renew(&call, &fields.check(caller.customer_id.clone())?).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RenewalResourcesReq {
    resource_ids: Vec<ResourceId>,
    period_type: u32,
    period_num: u32,
    is_auto_pay: Option<u32>,
}
