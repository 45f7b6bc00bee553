//! List what each of the calling customer's resources cost in a month: by line, day or month.
//!
//! `ListCustomerselfResourceRecords`, `GET /v2/bills/customer-bills/res-fee-records`.

use billing::api::bills::{self, BILL_AGE_MONTHS_MAX, MemberAbsent};
use billing::api::{Answer, Literal, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::bill::statistics::{Statistic, StatisticType};
use billing::domain::bill::{
    BillAccount, BillDetailType, ChargingMode, FeeFilter, Measure, PeriodType, Whose,
};
use billing::value::id::{CustomerId, FeeRecordId};
use billing::value::money::{Currency, Money, Quantity};
use billing::value::page::Slice;
use billing::value::time::{Date, Month, Timestamp};
use serde::Serialize;

/// A text that is compared even when it is empty.
const COMPARED: Text = Text { empty: Literal::Value, ..Text::ANY };

/// A date: nothing, an empty text and `""` leave it to the month.
const DATE: Text = Text { empty_string: Literal::Absent, ..Text::ID };

billing::component! { GET ListCustomerselfResourceRecords => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let Request { cycle, filter, statistic_type, whose, slice } = call.query(Request::read)?;
    bills::check_age("cycle", cycle, call.now(), BILL_AGE_MONTHS_MAX)?;

    let (accounts, lines) = call
        .read(async |books| {
            let accounts = books.bill_accounts(caller, &whose).await?;
            let lines =
                books.bill_statistics(&accounts, cycle, &filter, statistic_type, slice).await?;
            Ok((accounts, lines))
        })
        .await?;

    let record = |line| ResFeeRecordV2::new(line, statistic_type, &accounts);
    Answer::ok(&ListCustomerselfResourceRecordsResponse {
        fee_records: lines.items.into_iter().map(record).collect(),
        total_count: lines.total_count,
        currency: Currency::Cny,
    })
}

struct Request {
    cycle: Month,
    filter: FeeFilter,
    statistic_type: StatisticType,
    whose: Whose,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let cycle = query.required("cycle")?;
        let begin = query.text("bill_date_begin", DATE)?;
        let end = query.text("bill_date_end", DATE)?;
        let dates = bills::dates_together(cycle, begin.as_deref(), end.as_deref())?;
        let statistic_type = query.number_choice("statistic_type", StatisticType::from_code)?;
        let statistic_type = statistic_type.unwrap_or(StatisticType::Detail);
        query.refuse_empty("charge_mode")?;
        let charge_mode = query.choice("charge_mode", bills::charging_mode_of_text)?;
        let bill_type = query.number_choice("bill_type", BillDetailType::from_code)?;
        let includes_zero: Option<bool> = query.value("include_zero_record")?;
        Ok(Self {
            cycle,
            filter: FeeFilter {
                service_type_code: query.text("cloud_service_type", COMPARED)?,
                region_code: query.text("region", COMPARED)?,
                charging_mode: charge_mode.map(ChargingMode::code),
                bill_detail_type: bill_type.map(BillDetailType::code),
                resource_id: query.text("resource_id", COMPARED)?,
                enterprise_project_id: query.text("enterprise_project_id", COMPARED)?,
                trade_id: query.text("trade_id", COMPARED)?,
                leaves_out_zero: includes_zero == Some(false),
                // Dates say nothing about whole months.
                dates: dates.filter(|_| statistic_type != StatisticType::Cycle),
                ..FeeFilter::default()
            },
            statistic_type,
            whose: bills::whose(query, MemberAbsent::AllIfQuoted)?,
            slice: query.slice(10, 1..=1_000)?,
        })
    }
}

#[derive(Serialize)]
struct ListCustomerselfResourceRecordsResponse {
    fee_records: Vec<ResFeeRecordV2>,
    total_count: u64,
    currency: Currency,
}

#[derive(Serialize)]
struct ResFeeRecordV2 {
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_type: Option<BillDetailType>,
    customer_id: CustomerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_service_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_service_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_name: Option<String>,
    /// Of usage only.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_time: Option<Timestamp>,
    /// Of usage only.
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_spec_desc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec_size: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec_size_measure_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_id: Option<String>,
    /// Not of a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<FeeRecordId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_time: Option<Timestamp>,
    enterprise_project_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    enterprise_project_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge_mode: Option<String>,
    /// Of a term only.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_type: Option<String>,
    /// Not of a term.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Quantity>,
    /// Not of a term.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_measure_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    free_resource_usage: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    free_resource_measure_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ri_usage: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ri_usage_measure_id: Option<i64>,
    /// Not of a term in a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<Money>,
    /// Not of a term in a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    official_amount: Money,
    discount_amount: Money,
    amount: Money,
    cash_amount: Money,
    credit_amount: Money,
    coupon_amount: Money,
    flexipurchase_coupon_amount: Money,
    stored_card_amount: Money,
    bonus_amount: Money,
    debt_amount: Money,
    adjustment_amount: Money,
    measure_id: Measure,
    /// Not of a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    formula: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_service_type_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_service_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_resource_type_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_resource_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_resource_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_resource_name: Option<String>,
    /// Of a line by itself only.
    #[serde(skip_serializing_if = "Option::is_none")]
    consume_time: Option<Timestamp>,
    /// Of a child of a combined order only.
    #[serde(skip_serializing_if = "Option::is_none")]
    relative_order_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_num: Option<Quantity>,
}

impl ResFeeRecordV2 {
    fn new(line: Statistic, statistic_type: StatisticType, accounts: &[BillAccount]) -> Self {
        let Statistic { date, record: line, amounts } = line;
        let of_term = line.is_of_a_term();
        let by_month = statistic_type == StatisticType::Cycle;
        let by_line = statistic_type == StatisticType::Detail;
        let has_price = !(by_month && of_term);
        Self {
            bill_date: date,
            bill_type: line.bill_detail_type,
            enterprise_project_id: line.project().to_owned(),
            account_name: BillAccount::name_of(accounts, &line.customer_id).map(str::to_owned),
            customer_id: line.customer_id,
            region: line.region_code,
            region_name: line.region_name,
            cloud_service_type: line.service_type_code,
            resource_type: line.resource_type_code,
            cloud_service_type_name: line.service_type_name,
            resource_type_name: line.resource_type_name,
            effective_time: line.effective_time.filter(|_| !of_term),
            expire_time: line.expire_time.filter(|_| !of_term),
            resource_id: line.resource_id,
            resource_name: line.resource_name,
            resource_tag: line.resource_tag,
            product_id: line.product_id,
            product_name: line.product_name,
            product_spec_desc: line.product_spec_desc,
            sku_code: line.sku_code,
            spec_size: line.spec_size,
            spec_size_measure_id: line.spec_size_measure_id,
            order_id: line.trade_id.clone().filter(|_| of_term),
            trade_id: line.trade_id,
            id: (!by_month).then_some(line.id),
            trade_time: line.trade_time,
            enterprise_project_name: line.enterprise_project_name,
            charge_mode: line.charging_mode.map(|mode| mode.code().to_string()),
            period_type: line.period_type.map(PeriodType::code).map(|code| code.to_string()),
            usage_type: line.usage_type,
            usage: line.usage_amount.filter(|_| !of_term),
            usage_measure_id: line.usage_measure_id.filter(|_| !of_term),
            free_resource_usage: line.free_resource_usage,
            free_resource_measure_id: line.free_resource_measure_id,
            ri_usage: line.ri_usage,
            ri_usage_measure_id: line.ri_usage_measure_id,
            unit_price: line.unit_price.filter(|_| has_price),
            unit: line.unit.filter(|_| has_price),
            official_amount: amounts.official,
            discount_amount: amounts.discount,
            amount: amounts.consume,
            cash_amount: amounts.cash,
            credit_amount: amounts.credit,
            coupon_amount: amounts.coupon,
            flexipurchase_coupon_amount: amounts.flexi_coupon,
            stored_card_amount: amounts.stored_card,
            bonus_amount: amounts.bonus,
            debt_amount: amounts.debt,
            adjustment_amount: amounts.writeoff,
            measure_id: Measure::Yuan,
            formula: line.formula.filter(|_| !by_month),
            sub_service_type_code: line.sub_service_type_code,
            sub_service_type_name: line.sub_service_type_name,
            sub_resource_type_code: line.sub_resource_type_code,
            sub_resource_type_name: line.sub_resource_type_name,
            sub_resource_id: line.sub_resource_id,
            sub_resource_name: line.sub_resource_name,
            consume_time: line.consume_time.filter(|_| by_line),
            relative_order_id: line.relative_order_id,
            period_num: line.period_num,
        }
    }
}
