//! Query the account balances of the calling partner, or of one of its resellers.
//!
//! `ListPartnerBalances`, `GET /v2/accounts/partner-accounts/balances`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::account::AccountBalance;
use serde::Serialize;

billing::component! { GET ListPartnerBalances => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let indirect_partner_id = call.query(|query| query.value("indirect_partner_id"))?;

    let account_balances = call
        .read(async |books| {
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            books.partner_balances(&partner).await
        })
        .await?;

    Answer::ok(&ListPartnerBalancesResponse { account_balances })
}

#[derive(Serialize)]
struct ListPartnerBalancesResponse {
    account_balances: Vec<AccountBalance>,
}
