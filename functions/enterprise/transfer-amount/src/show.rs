//! Show the calling master what it can transfer to members.
//!
//! `ShowMultiAccountTransferAmount`, `GET /v2/enterprises/multi-accounts/transfer-amount`.

use billing::api::{Answer, PageRule, Refusal};
use billing::component::Call;
use billing::domain::account::statement::account_type_of;
use billing::domain::bill::Measure;
use billing::operations::move_enterprise_money::{Movable, transferable};
use billing::value::money::{Currency, Money};
use billing::value::time::Timestamp;
use serde::Serialize;

const PAGES: PageRule = PageRule { limits: 0..=100, ..PageRule::USUAL };

pub async fn show(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let (account_type, slice) = call.query(|query| {
        let account_type = query.required_choice("balance_type", account_type_of)?;
        Ok((account_type, query.slice_by(&PAGES)?))
    })?;

    let now = call.now();
    let movable = call
        .read(async |books| transferable(books, caller, account_type, books.at(now), slice).await)
        .await?;

    Answer::ok(&ShowMultiAccountTransferAmountResponse {
        total_count: movable.total_count,
        amount_infos: movable.items.into_iter().map(TransferAmountInfoV2::from).collect(),
    })
}

#[derive(Serialize)]
struct ShowMultiAccountTransferAmountResponse {
    total_count: u64,
    amount_infos: Vec<TransferAmountInfoV2>,
}

#[derive(Serialize)]
struct TransferAmountInfoV2 {
    avail_transfer_amount: Money,
    measure_id: Measure,
    currency: Currency,
    /// Credit only, as what follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_amount: Option<Money>,
    /// Absent of credit that never expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Timestamp>,
}

impl From<Movable> for TransferAmountInfoV2 {
    fn from(movable: Movable) -> Self {
        let Movable { available, credit } = movable;
        Self {
            avail_transfer_amount: available.at_least_two_decimals(),
            measure_id: Measure::Yuan,
            currency: Currency::Cny,
            amount: credit.as_ref().map(|it| it.balance.at_least_two_decimals()),
            credit_amount: credit.as_ref().map(|it| it.limit.at_least_two_decimals()),
            expire_time: credit.and_then(|it| it.expire_time),
        }
    }
}
