//! Allocate money of a distributor to one of its resellers.
//!
//! `UpdateIndirectPartnerAccount`, `POST /v2/accounts/partner-accounts/indirect-partner-adjust`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::adjust_money::{self, AdjustReseller, ResellerAdjustment};
use serde::Serialize;

billing::component! { POST UpdateIndirectPartnerAccount => allocate }

async fn allocate(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: ResellerAdjustment = call.body()?;

    let order = AdjustReseller::check(caller.clone(), request)?;
    call.update(async |books| {
        let transfer_id = adjust_money::allocate_to_reseller(books, &order).await?;
        Answer::ok(&UpdateIndirectPartnerAccountResponse { transfer_id: transfer_id.to_string() })
    })
    .await
}

#[derive(Serialize)]
struct UpdateIndirectPartnerAccountResponse {
    transfer_id: String,
}
