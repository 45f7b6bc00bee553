//! Cancel an order of the calling customer that waits for payment.
//!
//! `CancelCustomerOrder`, `PUT /v2/orders/customer-orders/cancel`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::operations::cancel_order::cancel_order;
use billing::value::id::OrderId;
use serde::Deserialize;

billing::component! { PUT CancelCustomerOrder => cancel }

async fn cancel(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let CancelCustomerOrderReq { order_id } = call.body()?;

    call.update(async |books| {
        let cancelled = cancel_order(books, &caller.customer_id, &order_id).await;
        // An order that is not the caller's has no code of its own here.
        cancelled.map_err(|reason| match reason {
            Reason::OrderNotFound => Reason::OrderNotCancellable,
            other => other,
        })?;
        Ok(Answer::no_content())
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelCustomerOrderReq {
    order_id: OrderId,
}
