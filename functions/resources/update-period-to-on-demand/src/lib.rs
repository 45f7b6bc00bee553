//! Set or cancel the switch of resources to pay-per-use at the end of their last terms.
//!
//! `UpdatePeriodToOnDemand`, `POST /v2/orders/subscriptions/resources/to-on-demand`.

use billing::api::{Answer, ErrorDetail, Refusal};
use billing::component::Call;
use billing::operations::switch_to_on_demand::{self, LATER_MAX, SwitchOperation};
use billing::value::id::{ResourceId, distinct};
use serde::{Deserialize, Serialize};

billing::component! { POST UpdatePeriodToOnDemand => update }

async fn update(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let PeriodToOnDemandReq { operation, resource_ids } = call.body()?;
    if !(1..=LATER_MAX).contains(&resource_ids.len()) || !distinct(&resource_ids) {
        let fault = format!("must be 1 to {LATER_MAX} different ones");
        return Err(Refusal::parameter("resource_ids", &fault));
    }

    call.update(async |books| {
        let customer = &caller.customer_id;
        let mut error_details = Vec::new();
        for id in &resource_ids {
            match switch_to_on_demand::switch_later(books, customer, id, operation).await {
                Ok(()) => {}
                Err(reason) if reason.is_internal() => return Err(reason.into()),
                Err(reason) => error_details.push(ErrorDetail::new(id.as_str(), &reason)),
            }
        }
        Answer::ok(&UpdatePeriodToOnDemandResponse { error_details })
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodToOnDemandReq {
    operation: SwitchOperation,
    resource_ids: Vec<ResourceId>,
}

#[derive(Serialize)]
struct UpdatePeriodToOnDemandResponse {
    /// Only failures.
    error_details: Vec<ErrorDetail>,
}
