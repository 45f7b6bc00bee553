//! Set the price of an order that waits for payment. It must be used then: no other discount can be.
//!
//! `PUT /partner-centre/v1/orders/price`.

use billing::api::orders::one_order;
use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::review_order::set_order_price;
use billing::value::id::OrderId;
use billing::value::money::Money;
use serde::Deserialize;

billing::partner_centre! { PUT => set }

async fn set(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let Request { order_id, price } = call.body()?;

    call.update(async |books| {
        let order = set_order_price(books, caller, &order_id, price).await?;
        one_order(order, books.now())
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    order_id: OrderId,
    /// What the customer is to pay, at most the list price.
    price: Money,
}
