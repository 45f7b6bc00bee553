//! Show the time of a tenant, and move that of a demo tenant forward. Everything of it follows, and
//! signatures keep the real time.
//!
//! `GET /operator/v1/clock?tenant_id=…` and `PUT /operator/v1/clock`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator::move_clock;
use billing::value::id::TenantId;
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

billing::operator! { GET Read => show, PUT Support => set }

async fn show(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let tenant_id: TenantId = call.query(|query| query.required("tenant_id"))?;

    let books = call.tenant(&tenant_id).await?;
    let now = books.read(async |books| Ok(books.at(call.now()))).await?;
    Answer::ok(&Clock { tenant_id, now })
}

async fn set(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Clock { tenant_id, now } = call.json().await?;

    move_clock(&call, &tenant_id, now).await?;
    Answer::ok(&Clock { tenant_id, now })
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    tenant_id: TenantId,
    now: Timestamp,
}
