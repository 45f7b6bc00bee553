//! Approve an order that waits for it, or reject it, which cancels it.
//!
//! `POST /operator/v1/orders/approve`.

use billing::api::orders::one_order;
use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operations::review_order::{OrderVerdict, approve_order};
use billing::value::id::{OrderId, TenantId};
use serde::Deserialize;

billing::operator! { POST Everything => approve }

async fn approve(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Request { tenant_id, order_id, decision } = call.json().await?;

    let books = call.tenant(&tenant_id).await?;
    let (now, order) = books
        .update("approve order", async |books| {
            Ok((books.now(), approve_order(books, &order_id, decision).await?))
        })
        .await?;

    one_order(order, now)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    tenant_id: TenantId,
    order_id: OrderId,
    decision: OrderVerdict,
}
