//! List what each of the calling customer's resources cost: by month, day or line.
//!
//! `ListCustomerselfResourceRecordDetails`, `POST /v2/bills/customer-bills/res-records/query`.

use billing::api::bills::{self, BILL_AGE_MONTHS_MAX, MemberAbsent};
use billing::api::{Answer, PageRule, Refusal, fields};
use billing::component::Call;
use billing::domain::bill::statistics::{Statistic, StatisticType};
use billing::domain::bill::{
    BillAccount, BillDetailType, ChargingMode, DateRange, FeeFilter, FeeRecord, Measure,
    PaymentType, PeriodType, SpotInstance, Whose,
};
use billing::value::id::{CustomerId, FeeRecordId};
use billing::value::money::{Currency, Money, Quantity};
use billing::value::time::{Date, Month, Timestamp};
use serde::{Deserialize, Serialize};

/// Longest text of a filter, in characters.
const TEXT_CHARACTERS_MAX: usize = 64;

const PAGE: PageRule = PageRule { limits: 1..=1_000, ..PageRule::USUAL };

billing::component! { POST ListCustomerselfResourceRecordDetails => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let request: QueryResRecordsDetailReq = call.body()?;

    let slice = PAGE.slice(request.offset, request.limit)?;
    let whose = request.whose()?;
    let statistic_type = request.statistic_type.unwrap_or(StatisticType::Cycle);
    let dates = request.dates(statistic_type)?;
    let payer = request.payer()?;
    let cycle = request.cycle;
    let filter = FeeFilter { dates, ..request.filter()? };
    bills::check_age("cycle", cycle, call.now(), BILL_AGE_MONTHS_MAX)?;

    let (accounts, lines) = call
        .read(async |books| {
            let accounts = books.bill_accounts(caller, &whose).await?;
            let accounts = paid_by(accounts, payer.as_ref());
            let lines =
                books.bill_statistics(&accounts, cycle, &filter, statistic_type, slice).await?;
            Ok((accounts, lines))
        })
        .await?;

    let record = |line| MonthlyBillRes::new(line, statistic_type, &accounts);
    Answer::ok(&ListCustomerselfResourceRecordDetailsResponse {
        monthly_records: lines.items.into_iter().map(record).collect(),
        total_count: lines.total_count,
        currency: Currency::Cny,
    })
}

/// The customers that a payer pays for.
fn paid_by(mut accounts: Vec<BillAccount>, payer: Option<&CustomerId>) -> Vec<BillAccount> {
    accounts.retain(|account| payer.is_none_or(|payer| *payer == account.payer_id));
    accounts
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryResRecordsDetailReq {
    cycle: Month,
    cloud_service_type: Option<String>,
    resource_type: Option<String>,
    region: Option<String>,
    res_instance_id: Option<String>,
    charge_mode: Option<ChargingMode>,
    bill_type: Option<BillDetailType>,
    enterprise_project_id: Option<String>,
    #[serde(default, deserialize_with = "fields::flag")]
    include_zero_record: Option<bool>,
    offset: Option<u32>,
    limit: Option<u32>,
    method: Option<String>,
    sub_customer_id: Option<String>,
    statistic_type: Option<StatisticType>,
    query_type: Option<String>,
    bill_cycle_begin: Option<String>,
    bill_cycle_end: Option<String>,
    payer_account_id: Option<String>,
}

impl QueryResRecordsDetailReq {
    fn whose(&self) -> Result<Whose, Refusal> {
        let method = self.method.as_deref().filter(|method| !method.is_empty());
        bills::whose_of(method, self.sub_customer_id.as_deref(), MemberAbsent::Refused)
    }

    /// Unlike other fields, a payer that is given must not be empty.
    fn payer(&self) -> Result<Option<CustomerId>, Refusal> {
        let payer = self.payer_account_id.as_deref().map(str::parse).transpose();
        payer.map_err(|_| Refusal::parameter("payer_account_id", "is no identity"))
    }

    /// The dates of a query by day, which is for days and lines only and needs both.
    fn dates(&self, statistic_type: StatisticType) -> Result<Option<DateRange>, Refusal> {
        let begin: Option<Date> =
            fields::parsed("bill_cycle_begin", self.bill_cycle_begin.clone())?;
        let end: Option<Date> = fields::parsed("bill_cycle_end", self.bill_cycle_end.clone())?;
        match self.query_type.as_deref() {
            None | Some("" | "BILLCYCLE") => return Ok(None),
            Some("DAILY") if statistic_type != StatisticType::Cycle => {}
            Some("DAILY") => {
                let fault = "must not be DAILY when statistic_type is 1";
                return Err(Refusal::parameter("query_type", fault));
            }
            Some(_) => {
                return Err(Refusal::parameter("query_type", "is none of the documented values"));
            }
        }
        let within = |name, date: Option<Date>| match date {
            None => Err(Refusal::parameter(name, "is required for DAILY")),
            Some(date) if !self.cycle.contains(date) => {
                Err(Refusal::parameter(name, "must be a date of the cycle"))
            }
            Some(date) => Ok(date),
        };
        let begin = within("bill_cycle_begin", begin)?;
        let end = within("bill_cycle_end", end)?;
        if end < begin {
            return Err(Refusal::parameter("bill_cycle_end", "must not be before the beginning"));
        }
        Ok(DateRange::within(self.cycle, Some(begin), Some(end))?)
    }

    fn filter(self) -> Result<FeeFilter, Refusal> {
        let text = |name, value| fields::filled(name, value, TEXT_CHARACTERS_MAX);
        Ok(FeeFilter {
            service_type_code: text("cloud_service_type", self.cloud_service_type)?,
            resource_type_code: text("resource_type", self.resource_type)?,
            region_code: text("region", self.region)?,
            resource_id: text("res_instance_id", self.res_instance_id)?,
            enterprise_project_id: text("enterprise_project_id", self.enterprise_project_id)?,
            charging_mode: self.charge_mode.map(ChargingMode::code),
            bill_detail_type: self.bill_type.map(BillDetailType::code),
            leaves_out_zero: self.include_zero_record == Some(false),
            ..FeeFilter::default()
        })
    }
}

#[derive(Serialize)]
struct ListCustomerselfResourceRecordDetailsResponse {
    monthly_records: Vec<MonthlyBillRes>,
    total_count: u64,
    currency: Currency,
}

#[derive(Serialize)]
struct MonthlyBillRes {
    cycle: Month,
    /// Of days only.
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
    /// The capital letter is the contract's.
    #[serde(rename = "resource_Type_code", skip_serializing_if = "Option::is_none")]
    resource_type_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_service_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    res_instance_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku_code: Option<String>,
    enterprise_project_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    enterprise_project_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge_mode: Option<ChargingMode>,
    consume_amount: Money,
    cash_amount: Money,
    credit_amount: Money,
    coupon_amount: Money,
    flexipurchase_coupon_amount: Money,
    stored_card_amount: Money,
    bonus_amount: Money,
    debt_amount: Money,
    adjustment_amount: Money,
    official_amount: Money,
    discount_amount: Money,
    measure_id: Measure,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_type: Option<PeriodType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root_resource_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_resource_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_id: Option<String>,
    /// Of a line by itself only, as are the fields that say so below.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<FeeRecordId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_spec_desc: Option<String>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pre_order_id: Option<String>,
    az_code_infos: Vec<AzCodeInfo>,
    payer_account_id: CustomerId,
    /// Of a line by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_time: Option<Timestamp>,
    /// Of a line by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Timestamp>,
    /// Of a line by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    consume_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    be_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extend_params: Option<ResRelation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_num: Option<Quantity>,
    /// Of a line by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_spot: Option<SpotInstance>,
    /// Of a line by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion_type: Option<String>,
    /// Of a line by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_type: Option<PaymentType>,
}

#[derive(Serialize)]
struct AzCodeInfo {
    az_code: String,
}

/// What a resource is attached to.
#[derive(Serialize)]
struct ResRelation {
    self_resource_id: String,
    relation_infos: Vec<RelationInfo>,
}

#[derive(Serialize)]
struct RelationInfo {
    relative_resource_id: String,
    relative_type: &'static str,
}

impl ResRelation {
    fn of(line: &FeeRecord) -> Option<Self> {
        let relation = |id: &Option<String>, relative_type| {
            Some(RelationInfo { relative_resource_id: id.clone()?, relative_type })
        };
        let infos = [
            relation(&line.parent_resource_id, "PARENT"),
            relation(&line.root_resource_id, "ROOT"),
        ];
        let relation_infos: Vec<RelationInfo> = infos.into_iter().flatten().collect();
        let self_resource_id = line.resource_id.clone().filter(|_| !relation_infos.is_empty())?;
        Some(Self { self_resource_id, relation_infos })
    }
}

impl MonthlyBillRes {
    fn new(line: Statistic, statistic_type: StatisticType, accounts: &[BillAccount]) -> Self {
        let Statistic { date, record: line, amounts } = line;
        let by_line = statistic_type == StatisticType::Detail;
        Self {
            enterprise_project_id: line.project().to_owned(),
            account_name: BillAccount::name_of(accounts, &line.customer_id).map(str::to_owned),
            payer_account_id: line.payer().clone(),
            extend_params: ResRelation::of(&line),
            cycle: line.bill_cycle,
            bill_date: date.filter(|_| statistic_type == StatisticType::Day),
            bill_type: line.bill_detail_type,
            customer_id: line.customer_id,
            region: line.region_code,
            region_name: line.region_name,
            cloud_service_type: line.service_type_code,
            resource_type_code: line.resource_type_code,
            cloud_service_type_name: line.service_type_name,
            resource_type_name: line.resource_type_name,
            res_instance_id: line.resource_id,
            resource_name: line.resource_name,
            resource_tag: line.resource_tag,
            sku_code: line.sku_code,
            enterprise_project_name: line.enterprise_project_name,
            charge_mode: line.charging_mode,
            consume_amount: amounts.consume,
            cash_amount: amounts.cash,
            credit_amount: amounts.credit,
            coupon_amount: amounts.coupon,
            flexipurchase_coupon_amount: amounts.flexi_coupon,
            stored_card_amount: amounts.stored_card,
            bonus_amount: amounts.bonus,
            debt_amount: amounts.debt,
            adjustment_amount: amounts.writeoff,
            official_amount: amounts.official,
            discount_amount: amounts.discount,
            measure_id: Measure::Yuan,
            period_type: line.period_type,
            root_resource_id: line.root_resource_id,
            parent_resource_id: line.parent_resource_id,
            trade_id: line.trade_id,
            id: by_line.then_some(line.id),
            product_spec_desc: line.product_spec_desc,
            sub_service_type_code: line.sub_service_type_code,
            sub_service_type_name: line.sub_service_type_name,
            sub_resource_type_code: line.sub_resource_type_code,
            sub_resource_type_name: line.sub_resource_type_name,
            sub_resource_id: line.sub_resource_id,
            sub_resource_name: line.sub_resource_name,
            pre_order_id: line.pre_order_id,
            az_code_infos: line
                .zone_code
                .into_iter()
                .map(|az_code| AzCodeInfo { az_code })
                .collect(),
            effective_time: line.effective_time.filter(|_| by_line),
            expire_time: line.expire_time.filter(|_| by_line),
            consume_time: line.consume_time.filter(|_| by_line),
            be_id: line.be_id,
            period_num: line.period_num,
            is_spot: line.is_spot.filter(|_| by_line),
            promotion_type: line.promotion_type.filter(|_| by_line),
            payment_type: line.payment_type.filter(|_| by_line),
        }
    }
}
