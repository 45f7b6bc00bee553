//! Let time do what it does: cancel orders that were not paid, renew, expire, switch and release
//! resources, return expired coupons.
//!
//! `POST /operator/v1/tick[?tenant_id=…]`. Made to be called again and again, by a timer: it does a
//! bounded part of the work and says how much is left.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator::run_tick;
use billing::value::id::TenantId;

billing::operator! { POST Support => tick }

async fn tick(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let tenant_id: Option<TenantId> = call.query(|query| query.value("tenant_id"))?;

    let ticked = run_tick(&call, tenant_id.as_ref()).await?;

    Answer::ok(&ticked)
}
