//! List what the calling customer's bill lines cost in a month when they are spread over the days
//! that they are for.
//!
//! `ListCustomerBillsMonthlyBreakDown`, `GET /v2/costs/cost-analysed-bills/monthly-breakdown`.

use billing::api::bills::{self, COST_AGE_MONTHS_MAX, MemberAbsent};
use billing::api::{Answer, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::bill::cost::{Cost, CostType};
use billing::domain::bill::{
    BillDetailType, ChargingMode, CostUnitPair, FeeFilter, PeriodType, TagPair, Whose,
};
use billing::domain::error::Reason;
use billing::value::id::CustomerId;
use billing::value::money::{Currency, Money, Quantity};
use billing::value::page::{Page, Slice};
use billing::value::time::{Month, Timestamp};
use serde::Serialize;

billing::component! { GET ListCustomerBillsMonthlyBreakDown => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let Request { shared_month, filter, whose, slice } = call.query(Request::read)?;
    bills::check_age("shared_month", shared_month, call.now(), COST_AGE_MONTHS_MAX)?;

    let Page { total_count, items } = call
        .read(async |books| {
            let accounts = books.bill_accounts(caller, &whose).await?;
            let mut page = Page::empty();
            let days = (shared_month.first(), shared_month.last());
            books
                .each_cost(&accounts, days, CostType::Amortized, |cost| {
                    if filter.matches(&cost.record) {
                        page.push(cost, slice);
                    }
                    Ok(())
                })
                .await?;
            Ok(page)
        })
        .await?;

    let detail = |cost| NvlCostAnalysedBillDetail::new(cost, shared_month);
    Answer::ok(&ListCustomerBillsMonthlyBreakDownResponse {
        currency: Currency::Cny,
        total_count,
        details: items.into_iter().map(detail).collect::<Result<_, _>>()?,
    })
}

struct Request {
    shared_month: Month,
    filter: FeeFilter,
    whose: Whose,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let charging_mode = query.number_choice("charging_mode", ChargingMode::from_code)?;
        let bill_type = query.number_choice("bill_type", BillDetailType::from_code)?;
        Ok(Self {
            shared_month: query.required("shared_month")?,
            filter: FeeFilter {
                service_type_code: query.text("service_type_code", Text::ANY)?,
                resource_type_code: query.text("resource_type_code", Text::ANY)?,
                region_code: query.text("region_code", Text::ANY)?,
                charging_mode: charging_mode.map(ChargingMode::code),
                bill_detail_type: bill_type.map(BillDetailType::code),
                resource_id: query.text("resource_id", Text::ANY)?,
                resource_name: query.text("resource_name", Text::ANY)?,
                enterprise_project_id: query.text("enterprise_project_id", Text::ANY)?,
                ..FeeFilter::default()
            },
            whose: bills::whose(query, MemberAbsent::All)?,
            slice: query.slice(10, 1..=1_000)?,
        })
    }
}

#[derive(Serialize)]
struct ListCustomerBillsMonthlyBreakDownResponse {
    currency: Currency,
    total_count: u64,
    details: Vec<NvlCostAnalysedBillDetail>,
}

#[derive(Serialize)]
struct NvlCostAnalysedBillDetail {
    shared_month: Month,
    bill_cycle: Month,
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_type: Option<BillDetailType>,
    customer_id: CustomerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    region_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_type_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_type_name: Option<String>,
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
    product_spec_desc: Option<String>,
    enterprise_project_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    enterprise_project_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charging_mode: Option<ChargingMode>,
    /// Of a term only.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_type: Option<PeriodType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Quantity>,
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
    consume_amount: Money,
    past_months_amortized_amount: Money,
    current_month_amortized_amount: Money,
    future_months_amortized_amount: Money,
    amortized_cash_amount: Money,
    amortized_credit_amount: Money,
    amortized_coupon_amount: Money,
    amortized_flexipurchase_coupon_amount: Money,
    amortized_stored_value_card_amount: Money,
    amortized_bonus_amount: Money,
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
    effective_tag_pairs: Vec<TagPair>,
    cost_unit_pairs: Vec<CostUnitPair>,
}

impl NvlCostAnalysedBillDetail {
    fn new(cost: Cost, shared_month: Month) -> Result<Self, Reason> {
        let [past, current, future] = cost.split(shared_month)?;
        let line = cost.record;
        let of_term = line.is_of_a_term();
        Ok(Self {
            shared_month,
            consume_amount: line.consumed(),
            enterprise_project_id: line.project().to_owned(),
            bill_cycle: line.bill_cycle,
            bill_type: line.bill_detail_type,
            customer_id: line.customer_id,
            region_code: line.region_code,
            region_name: line.region_name,
            service_type_code: line.service_type_code,
            resource_type_code: line.resource_type_code,
            service_type_name: line.service_type_name,
            resource_type_name: line.resource_type_name,
            effective_time: line.effective_time.filter(|_| !of_term),
            expire_time: line.expire_time.filter(|_| !of_term),
            resource_id: line.resource_id,
            resource_name: line.resource_name,
            resource_tag: line.resource_tag,
            product_spec_desc: line.product_spec_desc,
            enterprise_project_name: line.enterprise_project_name,
            charging_mode: line.charging_mode,
            order_id: line.trade_id.filter(|_| of_term),
            period_type: line.period_type,
            usage_type: line.usage_type,
            usage: line.usage_amount,
            usage_measure_id: line.usage_measure_id,
            free_resource_usage: line.free_resource_usage,
            free_resource_measure_id: line.free_resource_measure_id,
            ri_usage: line.ri_usage,
            ri_usage_measure_id: line.ri_usage_measure_id,
            past_months_amortized_amount: past.consume,
            current_month_amortized_amount: current.consume,
            future_months_amortized_amount: future.consume,
            amortized_cash_amount: current.cash,
            amortized_credit_amount: current.credit,
            amortized_coupon_amount: current.coupon,
            amortized_flexipurchase_coupon_amount: current.flexi_coupon,
            amortized_stored_value_card_amount: current.stored_card,
            amortized_bonus_amount: current.bonus,
            sub_service_type_code: line.sub_service_type_code,
            sub_service_type_name: line.sub_service_type_name,
            sub_resource_type_code: line.sub_resource_type_code,
            sub_resource_type_name: line.sub_resource_type_name,
            sub_resource_id: line.sub_resource_id,
            sub_resource_name: line.sub_resource_name,
            effective_tag_pairs: line.tag_pairs.unwrap_or_default(),
            cost_unit_pairs: line.cost_unit_pairs.unwrap_or_default(),
        })
    }
}
