//! Switch resources to pay-per-use at once.
//!
//! `UpdatePeriodToOnDemandInstantly`,
//! `POST /v2/orders/subscriptions/resources/to-on-demand/instantly`.

use billing::api::{Answer, ErrorDetail, Refusal};
use billing::component::Call;
use billing::operations::switch_to_on_demand::{self, AT_ONCE_MAX};
use billing::value::id::{OrderId, ResourceId, distinct};
use serde::{Deserialize, Serialize};

billing::component! { POST UpdatePeriodToOnDemandInstantly => update }

async fn update(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let PeriodToOnDemandInstantlyReq { resource_ids } = call.body()?;
    if !(1..=AT_ONCE_MAX).contains(&resource_ids.len()) || !distinct(&resource_ids) {
        let fault = format!("must be 1 to {AT_ONCE_MAX} different ones");
        return Err(Refusal::parameter("resource_ids", &fault));
    }

    let randoms = call.randoms(resource_ids.len());
    call.update(async |books| {
        let customer = &caller.customer_id;
        let mut results = Vec::with_capacity(resource_ids.len());
        for (id, random) in resource_ids.iter().zip(&randoms) {
            match switch_to_on_demand::switch_at_once(books, customer, id, random).await {
                Ok(order) => results.push(ToOndemandServiceResult::done(id, order.order_id)),
                Err(reason) if reason.is_internal() => return Err(reason.into()),
                Err(reason) => results.push(ToOndemandServiceResult::failed(
                    id,
                    ErrorDetail::new(id.as_str(), &reason),
                )),
            }
        }
        Answer::ok(&UpdatePeriodToOnDemandInstantlyResponse {
            to_ondemand_service_results: results,
        })
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodToOnDemandInstantlyReq {
    resource_ids: Vec<ResourceId>,
}

#[derive(Serialize)]
struct UpdatePeriodToOnDemandInstantlyResponse {
    /// All, also those that failed.
    to_ondemand_service_results: Vec<ToOndemandServiceResult>,
}

#[derive(Serialize)]
struct ToOndemandServiceResult {
    resource_id: ResourceId,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_msg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<OrderId>,
}

impl ToOndemandServiceResult {
    fn done(id: &ResourceId, order_id: OrderId) -> Self {
        Self {
            resource_id: id.clone(),
            result: "SUCCESS",
            error_code: None,
            error_msg: None,
            order_id: Some(order_id),
        }
    }

    fn failed(id: &ResourceId, detail: ErrorDetail) -> Self {
        Self {
            resource_id: id.clone(),
            result: "FAIL",
            error_code: Some(detail.error_code),
            error_msg: Some(detail.error_msg),
            order_id: None,
        }
    }
}
