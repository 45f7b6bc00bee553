//! Approve an order that waits for it, or reject it, which cancels it.
//!
//! `POST /operator/v1/orders/approve`.

use billing::api::orders::{ShownIn, ShownOrder};
use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operations::review_order::{OrderVerdict, approve_order};
use billing::operations::show_orders::SeenOrder;
use billing::value::id::{OrderId, TenantId};
use serde::{Deserialize, Serialize};

billing::operator! { POST Everything => approve }

async fn approve(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Request { tenant_id, order_id, decision } = call.json().await?;

    let books = call.tenant(&tenant_id).await?;
    let (now, order) = books
        .update("approve order", async |books| {
            Ok((books.now(), approve_order(books, &order_id, decision).await?))
        })
        .await?;

    let seen = SeenOrder { order, child: None };
    Answer::ok(&Approved { order: ShownOrder::new(&seen, now, ShownIn::Details)? })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    tenant_id: TenantId,
    order_id: OrderId,
    decision: OrderVerdict,
}

#[derive(Serialize)]
struct Approved {
    order: ShownOrder,
}
