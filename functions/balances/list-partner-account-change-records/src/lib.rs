//! List what came into an account of a partner, or of a reseller it acts for, and what went.
//!
//! `ListPartnerAccountChangeRecords`, `GET /v2/accounts/partner-accounts/account-change-records`.

use billing::api::{Answer, Query, Refusal};
use billing::component::Call;
use billing::domain::account::statement::{self, ChangeFilter, ChangeType, DetailType, Direction};
use billing::domain::account::{AccountId, AccountType};
use billing::operations::statements::{self, Change};
use billing::value::id::PartnerId;
use billing::value::money::Currency;
use billing::value::page::Slice;
use billing::value::time::{Date, Timestamp};
use serde::Serialize;

billing::component! { GET ListPartnerAccountChangeRecords => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request = call.query(Request::read)?;

    let Request { account_type, filter, trade_time, indirect_partner_id, slice } = request;
    let now = call.now();

    let changes = call
        .read(async |books| {
            let period = statement::period_of(trade_time, books.at(now).date_utc_plus_8())?;
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            let account = match account_type {
                AccountType::Balance => AccountId::PartnerBalance(partner),
                AccountType::Credit => AccountId::PartnerCredit(partner),
            };
            statements::changes(books, &account, period, &filter, slice).await
        })
        .await?;

    Answer::ok(&ListPartnerAccountChangeRecordsResponse {
        total_count: changes.total_count,
        currency: Currency::Cny,
        records: changes.items.into_iter().map(AccountChangeRecord::from).collect(),
    })
}

struct Request {
    account_type: AccountType,
    filter: ChangeFilter,
    trade_time: [Option<Date>; 2],
    indirect_partner_id: Option<PartnerId>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let account_type = query.required_choice("balance_type", statement::account_type_of)?;
        let change_type = query.choice("trade_type", ChangeType::of_partner)?;
        let begin = query.value("trade_time_begin")?;
        let end = query.value("trade_time_end")?;
        Ok(Self {
            account_type,
            filter: ChangeFilter { change_type, ..ChangeFilter::default() },
            trade_time: [begin, end],
            indirect_partner_id: query.value("indirect_partner_id")?,
            slice: query.slice(10, 1..=100)?,
        })
    }
}

#[derive(Serialize)]
struct ListPartnerAccountChangeRecordsResponse {
    total_count: u64,
    currency: Currency,
    records: Vec<AccountChangeRecord>,
}

#[derive(Serialize)]
struct AccountChangeRecord {
    account_change_id: String,
    trade_detail_type: DetailType,
    trade_time: Timestamp,
    trade_id: String,
    /// Without a sign: `type` says the direction.
    change_amount: String,
    balance_after_change: String,
    /// 1: income, 2: expense.
    r#type: &'static str,
    /// A customer, or a reseller.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<String>,
}

impl From<Change> for AccountChangeRecord {
    fn from(change: Change) -> Self {
        Self {
            account_change_id: change.entry.transfer_id.to_string(),
            trade_detail_type: change.detail_type(),
            trade_time: change.entry.transfer.time,
            trade_id: change.trade_id(),
            change_amount: change.amount().to_string(),
            balance_after_change: change.entry.balance_after.at_least_two_decimals().to_string(),
            r#type: match change.direction() {
                Direction::Revenue => "1",
                Direction::Expense => "2",
            },
            customer_id: change.receiver.as_ref().map(|receiver| receiver.id.clone()),
            account_name: change.receiver.and_then(|receiver| receiver.account_name),
        }
    }
}
