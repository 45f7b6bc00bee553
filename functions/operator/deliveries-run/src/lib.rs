//! Deliver the messages that are due; or one, whatever became of it before.
//!
//! `POST /operator/v1/deliveries/run[?tenant_id=…[&delivery_id=…]]`. Made to be called again and
//! again, by a timer: it does a bounded part of the work and says how much is left.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator::run_deliveries;
use billing::value::id::{DeliveryId, TenantId};

billing::operator! { POST Support => run }

async fn run(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let (tenant_id, delivery_id): (Option<TenantId>, Option<DeliveryId>) =
        call.query(|query| Ok((query.value("tenant_id")?, query.value("delivery_id")?)))?;

    let ran = run_deliveries(&call, tenant_id.as_ref(), delivery_id.as_ref()).await?;

    Answer::ok(&ran)
}
