//! Ask the partner to pay an order, as a referral customer, and pay it or refuse to, as the partner.
//!
//! `POST` and `PUT /partner-centre/v1/orders/payment`.

use billing::api::orders::one_order;
use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::review_order::{OrderVerdict, ask_to_pay, decide_payment};
use billing::value::id::OrderId;
use serde::Deserialize;

billing::partner_centre! { POST => ask, PUT => decide }

async fn ask(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let Asking { order_id } = call.body()?;

    call.update(async |books| {
        let order = ask_to_pay(books, &caller.customer_id, &order_id).await?;
        one_order(order, books.now())
    })
    .await
}

async fn decide(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let Deciding { order_id, decision } = call.body()?;

    let random = call.random();
    call.update(async |books| {
        let order = decide_payment(books, caller, &order_id, decision, &random).await?;
        one_order(order, books.now())
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asking {
    order_id: OrderId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deciding {
    order_id: OrderId,
    /// `approve`: the partner pays. `reject`: the customer is to pay itself.
    decision: OrderVerdict,
}
