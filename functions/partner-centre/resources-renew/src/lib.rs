//! Renew a customer's yearly/monthly resources on its behalf.
//!
//! `POST /partner-centre/v1/resources/renew`.

use billing::api::renewal::{RenewalFields, renew};
use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::value::id::{CustomerId, ResourceId};
use serde::Deserialize;

billing::partner_centre! { POST => renewal }

async fn renewal(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: Request = call.body()?;

    let Request { customer_id, resource_ids, period_type, period_num, is_auto_pay } = request;
    let fields = RenewalFields { resource_ids, period_type, period_num, is_auto_pay };
    renew(&call, &fields.check(customer_id)?.on_behalf(caller.clone())).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    customer_id: CustomerId,
    resource_ids: Vec<ResourceId>,
    period_type: u32,
    period_num: u32,
    is_auto_pay: Option<u32>,
}
