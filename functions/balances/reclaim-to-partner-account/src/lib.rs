//! Take money back from a customer, to the partner or to the reseller it acts for.
//!
//! `ReclaimToPartnerAccount`, `POST /v2/accounts/partner-accounts/reclaim`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::adjust_money::{self, AdjustCustomer, CustomerAdjustment};
use serde::Serialize;

billing::component! { POST ReclaimToPartnerAccount => reclaim }

async fn reclaim(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: CustomerAdjustment = call.body()?;

    let order = AdjustCustomer::check(caller.clone(), request)?;
    call.update(async |books| {
        let transfer_id = adjust_money::reclaim_from_customer(books, &order).await?;
        Answer::ok(&ReclaimToPartnerAccountResponse { trans_id: transfer_id.to_string() })
    })
    .await
}

#[derive(Serialize)]
struct ReclaimToPartnerAccountResponse {
    trans_id: String,
}
