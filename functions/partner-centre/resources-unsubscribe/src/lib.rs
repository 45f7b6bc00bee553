//! Unsubscribe from a customer's yearly/monthly resources on its behalf.
//!
//! `POST /partner-centre/v1/resources/unsubscribe`.

use billing::api::orders::one_order;
use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::unsubscribe_resources::{
    Extent, UnsubscribeResources, unsubscribe_resources,
};
use billing::value::id::{CustomerId, ResourceId};
use serde::Deserialize;

billing::partner_centre! { POST => unsubscribe }

async fn unsubscribe(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let Request { customer_id, resource_ids, unsubscribe_type } = call.body()?;

    let request = UnsubscribeResources::check(customer_id, resource_ids, unsubscribe_type)?;
    let request = request.on_behalf(caller.clone());
    let random = call.random();
    call.update(async |books| {
        let order = unsubscribe_resources(books, &request, &random).await?;
        one_order(order, books.now())
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    customer_id: CustomerId,
    resource_ids: Vec<ResourceId>,
    unsubscribe_type: Extent,
}
