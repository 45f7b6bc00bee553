//! List what came into the calling customer's own account, and what went.
//!
//! `ListCustomerAccountChangeRecords`, `GET /v2/accounts/customer-accounts/account-change-records`.

use billing::api::{Answer, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::account::AccountType;
use billing::domain::account::statement::{self, ChangeFilter, ChangeType, DetailType, Direction};
use billing::operations::statements::{self, Change, OwnChanges};
use billing::value::money::Currency;
use billing::value::page::Slice;
use billing::value::time::{Date, Timestamp};
use serde::Serialize;

/// The payment channels that the contract lists.
const PAYMENT_CHANNELS: [&str; 11] =
    ["1", "2", "4", "5", "6", "7", "10", "11", "317", "319", "320"];

/// Longest list of them, in characters.
const PAYMENT_CHANNELS_CHARACTERS_MAX: usize = 64;

/// A trade's name.
const TRADE_ID: Text = Text { length_max: 128, ..Text::NOT_EMPTY_STRING };

billing::component! { GET ListCustomerAccountChangeRecords => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let request = call.query(Request::read)?;

    let Request { account_type, filter, trade_time, slice } = request;
    let now = call.now();

    let OwnChanges { account_name, changes } = call
        .read(async |books| {
            let period = statement::period_of(trade_time, books.at(now).date_utc_plus_8())?;
            statements::own_changes(books, caller, account_type, period, &filter, slice).await
        })
        .await?;

    let record = |change| CustomerAccountChangeRecord::new(change, account_name.clone());
    Answer::ok(&ListCustomerAccountChangeRecordsResponse {
        total_count: changes.total_count,
        currency: Currency::Cny,
        records: changes.items.into_iter().map(record).collect(),
    })
}

struct Request {
    account_type: AccountType,
    filter: ChangeFilter,
    trade_time: [Option<Date>; 2],
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let account_type = query.required_choice("balance_type", statement::account_type_of)?;
        query.refuse_empty("revenue_expense_type")?;
        let direction = query.choice("revenue_expense_type", Direction::from_code)?;
        let change_type = query.choice("trade_type", change_type_or_null)?;
        let begin = query.value("trade_time_begin")?;
        let end = query.value("trade_time_end")?;
        let trade_id = query.text("trade_id", TRADE_ID)?;
        let channel = query.choice("payment_channel_id", payment_channels_or_literal)?;
        let channel_no = query.text("payment_channel_no", Text::ANY)?;
        // No change came through a payment channel: the ledger knows what the books bring in.
        let leaves_nothing = change_type == Some(None) || channel.is_some() || channel_no.is_some();
        Ok(Self {
            account_type,
            filter: ChangeFilter {
                change_type: change_type.flatten(),
                direction,
                trade_id,
                leaves_nothing,
            },
            trade_time: [begin, end],
            slice: query.slice(10, 1..=100)?,
        })
    }
}

/// A group of changes, or a literal `null`, which the contract compares: it is no change's group.
fn change_type_or_null(code: &str) -> Option<Option<ChangeType>> {
    match code {
        "null" => Some(None),
        code => ChangeType::from_code(code).map(Some),
    }
}

/// A list of payment channels, or a literal `null` or `""`, which the contract compares.
fn payment_channels_or_literal(ids: &str) -> Option<()> {
    let listed = ids.len() <= PAYMENT_CHANNELS_CHARACTERS_MAX
        && ids.split(',').all(|id| PAYMENT_CHANNELS.contains(&id));
    (listed || ids == "null" || ids == "\"\"").then_some(())
}

#[derive(Serialize)]
struct ListCustomerAccountChangeRecordsResponse {
    total_count: u64,
    currency: Currency,
    records: Vec<CustomerAccountChangeRecord>,
}

#[derive(Serialize)]
struct CustomerAccountChangeRecord {
    account_change_id: String,
    trade_detail_type: DetailType,
    trade_time: Timestamp,
    trade_id: String,
    /// Without a sign: `revenue_expense_type` says the direction.
    change_amount: String,
    balance_after_change: String,
    revenue_expense_type: Direction,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<String>,
}

impl CustomerAccountChangeRecord {
    fn new(change: Change, account_name: Option<String>) -> Self {
        Self {
            account_change_id: change.entry.transfer_id.to_string(),
            trade_detail_type: change.detail_type(),
            trade_time: change.entry.transfer.time,
            trade_id: change.trade_id(),
            change_amount: change.amount().to_string(),
            balance_after_change: change.entry.balance_after.at_least_two_decimals().to_string(),
            revenue_expense_type: change.direction(),
            account_name,
        }
    }
}
