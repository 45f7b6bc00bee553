//! Query the account balances of the calling partner, or of one of its resellers.
//!
//! `ListPartnerBalances`, `GET /v2/accounts/partner-accounts/balances`.

use billing::account::{AccountBalance, AccountType};
use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::money::{Currency, Money};
use serde::Serialize;

billing::component! { GET => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let indirect_partner_id = call.query(|query| query.value("indirect_partner_id"))?;

    let balances = call
        .read(async |books| {
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            books.partner_balances(&partner).await
        })
        .await?;

    let account_balances = balances.into_iter().map(AccountBalanceV2::from).collect();
    Answer::ok(&ListPartnerBalancesResponse { account_balances })
}

#[derive(Serialize)]
struct ListPartnerBalancesResponse {
    account_balances: Vec<AccountBalanceV2>,
}

#[derive(Serialize)]
struct AccountBalanceV2 {
    account_id: String,
    account_type: AccountType,
    amount: Money,
    currency: Currency,
    designated_amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_amount: Option<Money>,
    /// 1: the amounts are in yuan.
    measure_id: u8,
}

impl From<AccountBalance> for AccountBalanceV2 {
    fn from(balance: AccountBalance) -> Self {
        Self {
            account_id: balance.account_id.to_string(),
            account_type: balance.account_type,
            amount: balance.amount,
            currency: balance.amount.currency(),
            designated_amount: balance.designated_amount,
            credit_amount: balance.credit_amount,
            measure_id: 1,
        }
    }
}
