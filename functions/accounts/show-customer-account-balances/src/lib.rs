//! Show the calling customer its own balances.
//!
//! `ShowCustomerAccountBalances`, `GET /v2/accounts/customer-accounts/balances`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::account::AccountBalance;
use billing::domain::bill::Measure;
use billing::operations::statements;
use billing::value::money::{Currency, Money};
use serde::Serialize;

billing::component! { GET ShowCustomerAccountBalances => show }

async fn show(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    call.query(|_| Ok(()))?;

    let now = call.now();
    let (account_balances, debt_amount) = call
        .read(async |books| {
            let balances = statements::own_balances(books, caller, books.at(now)).await?;
            Ok((balances, books.owed(&caller.customer_id).await?))
        })
        .await?;

    Answer::ok(&ShowCustomerAccountBalancesResponse {
        account_balances,
        debt_amount: debt_amount.at_least_two_decimals(),
        measure_id: Measure::Yuan,
        currency: Currency::Cny,
    })
}

#[derive(Serialize)]
struct ShowCustomerAccountBalancesResponse {
    account_balances: Vec<AccountBalance>,
    /// What could not be collected of usage; no balance is ever below zero.
    debt_amount: Money,
    measure_id: Measure,
    currency: Currency,
}
