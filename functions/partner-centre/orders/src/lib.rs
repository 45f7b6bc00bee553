//! Order on behalf of a customer that has authorised its partner to: the products of the catalogue
//! are priced now, and the prices kept. The customer pays, or is made to at once.
//!
//! `POST /partner-centre/v1/orders`.

use billing::api::placing::OnBehalf;
use billing::api::{Answer, Refusal};
use billing::component::Call;

billing::partner_centre! { POST => place }

async fn place(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner()?;
    let order: OnBehalf = call.body()?;
    order.place(&call).await
}
