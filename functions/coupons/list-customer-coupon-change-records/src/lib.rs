//! List what came into and left the calling customer's cash coupons.
//!
//! `ListCustomerCouponChangeRecords`, `GET /v2/promotions/benefits/account-change-records`.

use billing::api::{Answer, PageRule, Query, Refusal, Text};
use billing::books::Entry;
use billing::component::Call;
use billing::domain::account::statement::{self, Direction};
use billing::domain::bill::BalanceType;
use billing::domain::coupon::{CouponChange, CouponTradeDetail, CouponTradeType};
use billing::value::id::CouponId;
use billing::value::money::Currency;
use billing::value::page::Slice;
use billing::value::time::{Date, Timestamp};
use serde::Serialize;

/// Longest `trade_id`, in characters.
const TRADE_ID_CHARACTERS_MAX: usize = 128;

billing::component! { GET ListCustomerCouponChangeRecords => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let request = call.query(Request::read)?;

    let Request { filter, trade_time, slice } = request;
    let now = call.now();
    let (account_name, entries) = call
        .read(async |books| {
            let period = statement::period_of(trade_time, books.at(now).date_utc_plus_8())?;
            let passes = filter.filters().then_some(|entry: &Entry| filter.passes(entry));
            let id = &caller.customer_id;
            let entries = books.coupon_statement(id, period, passes, slice).await?;
            let customer = books.customer(id).await?;
            let account_name = customer.and_then(|customer| customer.account_name);
            Ok((account_name, entries))
        })
        .await?;

    let records = entries.items.into_iter();
    let records = records.filter_map(|entry| Record::new(entry, account_name.clone()));
    Answer::ok(&ListCustomerCouponChangeRecordsResponse {
        total_count: entries.total_count,
        currency: Currency::Cny,
        records: records.collect(),
    })
}

struct Request {
    filter: Filter,
    trade_time: [Option<Date>; 2],
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        query.required_choice("balance_type", |code| {
            BalanceType::from_code(code).filter(|of| *of == BalanceType::Coupon)
        })?;
        query.refuse_empty("revenue_expense_type")?;
        query.refuse_empty("trade_type")?;
        let revenue_expense_type = query.choice("revenue_expense_type", Direction::from_code)?;
        let trade_id = Text { length_max: TRADE_ID_CHARACTERS_MAX, ..Text::ANY };
        let begin = query.value("trade_time_begin")?;
        let end = query.value("trade_time_end")?;
        Ok(Self {
            filter: Filter {
                revenue_expense_type,
                trade_type: query.choice("trade_type", CouponTradeType::from_code)?,
                trade_id: query.text("trade_id", trade_id)?,
                coupon_id: query.text("coupon_id", Text::ID)?,
            },
            trade_time: [begin, end],
            slice: query.slice_by(&PageRule::USUAL)?,
        })
    }
}

/// Which lines are asked for.
struct Filter {
    revenue_expense_type: Option<Direction>,
    trade_type: Option<CouponTradeType>,
    trade_id: Option<String>,
    coupon_id: Option<String>,
}

impl Filter {
    fn filters(&self) -> bool {
        self.revenue_expense_type.is_some()
            || self.trade_type.is_some()
            || self.trade_id.is_some()
            || self.coupon_id.is_some()
    }

    fn passes(&self, entry: &Entry) -> bool {
        let Some(change) = CouponChange::of(&entry.transfer, entry.amount) else {
            return false;
        };
        self.revenue_expense_type.is_none_or(|of| of == change.revenue_expense_type)
            && self.trade_type.is_none_or(|of| of == change.trade_type)
            && self.trade_id.as_ref().is_none_or(|id| *id == entry.transfer_id.to_string())
            && self.coupon_id.as_ref().is_none_or(|id| id == change.coupon_id.as_str())
    }
}

#[derive(Serialize)]
struct ListCustomerCouponChangeRecordsResponse {
    total_count: u64,
    currency: Currency,
    records: Vec<Record>,
}

#[derive(Serialize)]
struct Record {
    coupon_id: CouponId,
    trade_detail_type: CouponTradeDetail,
    trade_time: Timestamp,
    trade_id: String,
    /// What moved, without a sign.
    change_amount: String,
    /// What the coupon held afterwards.
    balance_after_change: String,
    revenue_expense_type: Direction,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<String>,
}

impl Record {
    fn new(entry: Entry, account_name: Option<String>) -> Option<Self> {
        let change = CouponChange::of(&entry.transfer, entry.amount)?;
        Some(Self {
            coupon_id: change.coupon_id,
            trade_detail_type: change.trade_detail,
            trade_time: entry.transfer.time,
            trade_id: entry.transfer_id.to_string(),
            change_amount: entry.transfer.amount.at_least_two_decimals().to_string(),
            balance_after_change: entry.balance_after.at_least_two_decimals().to_string(),
            revenue_expense_type: change.revenue_expense_type,
            account_name,
        })
    }
}
