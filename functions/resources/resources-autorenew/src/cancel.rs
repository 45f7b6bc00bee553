//! Switch auto-renewal off for a resource.
//!
//! `CancelAutoRenewalResources`,
//! `DELETE /v2/orders/subscriptions/resources/autorenew/{resource_id}`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::set_auto_renewal;
use billing::value::id::ResourceId;

pub async fn cancel(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let resource_id: ResourceId = call.path_end("resource_id")?;
    call.query(|_| Ok(()))?;

    call.update(async |books| {
        set_auto_renewal::switch_off(books, &caller.customer_id, &resource_id).await?;
        Ok(Answer::no_content())
    })
    .await
}
