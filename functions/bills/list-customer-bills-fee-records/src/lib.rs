//! List the transactions of the calling customer's month: what was taken, and from where.
//!
//! `ListCustomerBillsFeeRecords`, `GET /v2/bills/customer-bills/fee-records`.

use billing::api::bills::{self, BILL_AGE_MONTHS_MAX, MemberAbsent};
use billing::api::{Answer, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::bill::{
    BillAccount, BillDetailType, BillStatus, ChargingMode, DateRange, FeeFilter, FeeRecord,
    ProviderType, Whose,
};
use billing::domain::error::Reason;
use billing::value::id::{CustomerId, FeeRecordId};
use billing::value::money::{Currency, Money};
use billing::value::page::Slice;
use billing::value::time::{Month, Timestamp};
use serde::Serialize;

billing::component! { GET ListCustomerBillsFeeRecords => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let Request { bill_cycle, filter, whose, slice } = call.query(Request::read)?;
    bills::check_age("bill_cycle", bill_cycle, call.now(), BILL_AGE_MONTHS_MAX)?;

    let (accounts, lines) = call
        .read(async |books| {
            let accounts = books.bill_accounts(caller, &whose).await?;
            let lines = books.bill_lines(&accounts, bill_cycle, &filter, slice).await?;
            Ok((accounts, lines))
        })
        .await?;

    let record = |line| MonthlyBillRecord::new(line, &accounts);
    Answer::ok(&ListCustomerBillsFeeRecordsResponse {
        total_count: lines.total_count,
        records: lines.items.into_iter().map(record).collect::<Result<_, _>>()?,
        currency: Currency::Cny,
    })
}

struct Request {
    bill_cycle: Month,
    filter: FeeFilter,
    whose: Whose,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let bill_cycle = query.required("bill_cycle")?;
        let begin = query.text("bill_date_begin", Text::ID)?;
        let end = query.text("bill_date_end", Text::ID)?;
        let dates = bills::dates_together(bill_cycle, begin.as_deref(), end.as_deref())?;
        let charging_mode = query.number_choice("charging_mode", ChargingMode::from_code)?;
        let bill_type = query.number_choice("bill_type", BillDetailType::from_code)?;
        let includes_zero: Option<bool> = query.value("include_zero_record")?;
        Ok(Self {
            bill_cycle,
            filter: FeeFilter {
                service_type_code: query.text("service_type_code", Text::ANY)?,
                resource_type_code: query.text("resource_type_code", Text::ANY)?,
                region_code: query.text("region_code", Text::ANY)?,
                charging_mode: charging_mode.map(ChargingMode::code),
                bill_detail_type: bill_type.map(BillDetailType::code),
                trade_id: query.text("trade_id", Text::ANY)?,
                enterprise_project_id: query.text("enterprise_project_id", Text::ANY)?,
                provider_type: query.number_choice("provider_type", ProviderType::from_code)?,
                status: query.number_choice("status", BillStatus::from_code)?,
                leaves_out_zero: includes_zero == Some(false),
                billed: dates.map(DateRange::utc_plus_8),
                ..FeeFilter::default()
            },
            whose: bills::whose(query, MemberAbsent::Refused)?,
            slice: query.slice(10, 1..=1_000)?,
        })
    }
}

#[derive(Serialize)]
struct ListCustomerBillsFeeRecordsResponse {
    total_count: u64,
    records: Vec<MonthlyBillRecord>,
    currency: Currency,
}

#[derive(Serialize)]
struct MonthlyBillRecord {
    bill_cycle: Month,
    customer_id: CustomerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_type_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region_code: Option<String>,
    enterprise_project_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    enterprise_project_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charging_mode: Option<ChargingMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consume_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_time: Option<Timestamp>,
    provider_type: ProviderType,
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_id: Option<String>,
    id: FeeRecordId,
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_type: Option<BillDetailType>,
    status: BillStatus,
    official_amount: Money,
    official_discount_amount: Money,
    erase_amount: Money,
    consume_amount: Money,
    cash_amount: Money,
    credit_amount: Money,
    coupon_amount: Money,
    flexipurchase_coupon_amount: Money,
    stored_value_card_amount: Money,
    bonus_amount: Money,
    debt_amount: Money,
    writeoff_amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    region_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<String>,
}

impl MonthlyBillRecord {
    fn new(line: FeeRecord, accounts: &[BillAccount]) -> Result<Self, Reason> {
        let amounts = line.amounts()?;
        Ok(Self {
            enterprise_project_id: line.project().to_owned(),
            provider_type: line.provider(),
            status: line.status(),
            account_name: BillAccount::name_of(accounts, &line.customer_id).map(str::to_owned),
            bill_cycle: line.bill_cycle,
            customer_id: line.customer_id,
            service_type_code: line.service_type_code,
            resource_type_code: line.resource_type_code,
            service_type_name: line.service_type_name,
            resource_type_name: line.resource_type_name,
            region_code: line.region_code,
            enterprise_project_name: line.enterprise_project_name,
            charging_mode: line.charging_mode,
            consume_time: line.consume_time,
            trade_time: line.trade_time,
            trade_id: line.trade_id,
            id: line.id,
            bill_type: line.bill_detail_type,
            official_amount: amounts.official,
            official_discount_amount: amounts.discount,
            erase_amount: amounts.erase,
            consume_amount: amounts.consume,
            cash_amount: amounts.cash,
            credit_amount: amounts.credit,
            coupon_amount: amounts.coupon,
            flexipurchase_coupon_amount: amounts.flexi_coupon,
            stored_value_card_amount: amounts.stored_card,
            bonus_amount: amounts.bonus,
            debt_amount: amounts.debt,
            writeoff_amount: amounts.writeoff,
            region_name: line.region_name,
        })
    }
}
