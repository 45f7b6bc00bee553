//! Take money of a reseller back to its distributor.
//!
//! `ReclaimIndirectPartnerAccount`, `POST /v2/accounts/partner-accounts/indirect-partner-reclaim`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::adjust_money::{self, AdjustReseller, ResellerAdjustment};
use serde::Serialize;

billing::component! { POST ReclaimIndirectPartnerAccount => reclaim }

async fn reclaim(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: ResellerAdjustment = call.body()?;

    let order = AdjustReseller::check(caller.clone(), request)?;
    call.update(async |books| {
        let transfer_id = adjust_money::reclaim_from_reseller(books, &order).await?;
        Answer::ok(&ReclaimIndirectPartnerAccountResponse { trans_id: transfer_id.to_string() })
    })
    .await
}

#[derive(Serialize)]
struct ReclaimIndirectPartnerAccountResponse {
    trans_id: String,
}
