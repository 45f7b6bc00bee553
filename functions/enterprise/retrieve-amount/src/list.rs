//! Show the calling master what it can take back from a member.
//!
//! `ListEnterpriseMultiAccount`, `GET /v2/enterprises/multi-accounts/retrieve-amount`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::account::statement::account_type_of;
use billing::domain::bill::Measure;
use billing::operations::move_enterprise_money::{Movable, retrievable};
use billing::value::id::CustomerId;
use billing::value::money::{Currency, Money};
use billing::value::time::Timestamp;
use serde::Serialize;

pub async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let (member_id, account_type, slice) = call.query(|query| {
        let member_id: CustomerId = query.required("sub_customer_id")?;
        let account_type = query.required_choice("balance_type", account_type_of)?;
        Ok((member_id, account_type, query.slice(10, 1..=100)?))
    })?;

    let now = call.now();
    let movable = call
        .read(async |books| {
            let now = books.at(now);
            retrievable(books, caller, &member_id, account_type, now, slice).await
        })
        .await?;

    Answer::ok(&ListEnterpriseMultiAccountResponse {
        total_count: movable.total_count,
        amount_infos: movable.items.into_iter().map(RetrieveAmountInfoV2::from).collect(),
    })
}

#[derive(Serialize)]
struct ListEnterpriseMultiAccountResponse {
    total_count: u64,
    amount_infos: Vec<RetrieveAmountInfoV2>,
}

#[derive(Serialize)]
struct RetrieveAmountInfoV2 {
    avail_retrieve_amount: Money,
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

impl From<Movable> for RetrieveAmountInfoV2 {
    fn from(movable: Movable) -> Self {
        let Movable { available, credit } = movable;
        Self {
            avail_retrieve_amount: available.at_least_two_decimals(),
            measure_id: Measure::Yuan,
            currency: Currency::Cny,
            amount: credit.as_ref().map(|it| it.balance.at_least_two_decimals()),
            credit_amount: credit.as_ref().map(|it| it.limit.at_least_two_decimals()),
            expire_time: credit.and_then(|it| it.expire_time),
        }
    }
}
