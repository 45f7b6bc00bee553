//! Show what the calling customer's month comes to, for each kind of resource.
//!
//! `ShowCustomerMonthlySum`, `GET /v2/bills/customer-bills/monthly-sum`.

use billing::api::bills::{self, BILL_AGE_MONTHS_MAX, MemberAbsent};
use billing::api::{Answer, Literal, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::bill::statistics::SumRow;
use billing::domain::bill::{
    BillAccount, BillAmounts, ChargingMode, FeeFilter, Measure, NO_PROJECT, SumType, Whose,
};
use billing::value::id::CustomerId;
use billing::value::money::{Currency, Money};
use billing::value::page::{Page, Slice};
use billing::value::time::Month;
use serde::Serialize;

/// The enterprise project of what belongs to none. Other operations write it as a text.
const NO_PROJECT_HERE: &str = "-1";

/// An enterprise project: `null` is compared like any other.
const PROJECT: Text = Text { empty_string: Literal::Rejected, ..Text::ID };

billing::component! { GET ShowCustomerMonthlySum => show }

async fn show(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let Request { bill_cycle, filter, whose, slice } = call.query(Request::read)?;
    bills::check_age("bill_cycle", bill_cycle, call.now(), BILL_AGE_MONTHS_MAX)?;

    let (accounts, rows) = call
        .read(async |books| {
            let accounts = books.bill_accounts(caller, &whose).await?;
            let rows = books.summed_up(&accounts, bill_cycle, &filter).await?;
            Ok((accounts, rows))
        })
        .await?;

    let all = rows.iter().try_fold(BillAmounts::ZERO, |all, row| all.plus(&row.amounts))?;
    let Page { total_count, items } = Page::of(rows, slice);
    let info = |row| BillSumRecordInfoV2::new(row, bill_cycle, &accounts);
    Answer::ok(&ShowCustomerMonthlySumResponse {
        total_count,
        bill_sums: items.into_iter().map(info).collect(),
        consume_amount: all.consume,
        debt_amount: all.debt,
        coupon_amount: all.coupon,
        flexipurchase_coupon_amount: all.flexi_coupon,
        stored_value_card_amount: all.stored_card,
        cash_amount: all.cash,
        credit_amount: all.credit,
        writeoff_amount: all.writeoff,
        measure_id: Measure::Yuan,
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
        let project = query.text("enterprise_project_id", PROJECT)?;
        // What belongs to no project has another identity here, and this one is nobody's.
        let project = project.map(|id| match id.as_str() {
            NO_PROJECT_HERE => NO_PROJECT.to_owned(),
            NO_PROJECT => String::new(),
            _ => id,
        });
        Ok(Self {
            bill_cycle: query.required("bill_cycle")?,
            filter: FeeFilter {
                service_type_code: query.text("service_type_code", Text::ID)?,
                enterprise_project_id: project,
                ..FeeFilter::default()
            },
            whose: bills::whose(query, MemberAbsent::Refused)?,
            slice: query.slice(10, 1..=1_000)?,
        })
    }
}

#[derive(Serialize)]
struct ShowCustomerMonthlySumResponse {
    total_count: u64,
    bill_sums: Vec<BillSumRecordInfoV2>,
    consume_amount: Money,
    debt_amount: Money,
    coupon_amount: Money,
    flexipurchase_coupon_amount: Money,
    stored_value_card_amount: Money,
    cash_amount: Money,
    credit_amount: Money,
    writeoff_amount: Money,
    measure_id: Measure,
    currency: Currency,
}

#[derive(Serialize)]
struct BillSumRecordInfoV2 {
    bill_cycle: Month,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_type_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_name: Option<String>,
    /// Absent for savings plans, which this answer has no code for.
    #[serde(skip_serializing_if = "Option::is_none")]
    charging_mode: Option<ChargingMode>,
    official_amount: Money,
    official_discount_amount: Money,
    truncated_amount: Money,
    consume_amount: Money,
    coupon_amount: Money,
    flexipurchase_coupon_amount: Money,
    stored_value_card_amount: Money,
    debt_amount: Money,
    writeoff_amount: Money,
    cash_amount: Money,
    credit_amount: Money,
    measure_id: Measure,
    bill_type: SumType,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<String>,
    customer_id: CustomerId,
}

impl BillSumRecordInfoV2 {
    fn new(row: SumRow, bill_cycle: Month, accounts: &[BillAccount]) -> Self {
        let amounts = row.amounts;
        Self {
            bill_cycle,
            resource_type_code: row.resource_type_code,
            service_type_code: row.service_type_code,
            service_type_name: row.service_type_name,
            resource_type_name: row.resource_type_name,
            charging_mode: row.charging_mode.filter(|mode| *mode != ChargingMode::SavingsPlan),
            official_amount: amounts.official,
            official_discount_amount: amounts.discount,
            truncated_amount: amounts.erase,
            consume_amount: amounts.consume,
            coupon_amount: amounts.coupon,
            flexipurchase_coupon_amount: amounts.flexi_coupon,
            stored_value_card_amount: amounts.stored_card,
            debt_amount: amounts.debt,
            writeoff_amount: amounts.writeoff,
            cash_amount: amounts.cash,
            credit_amount: amounts.credit,
            measure_id: Measure::Yuan,
            bill_type: row.sum_type,
            account_name: BillAccount::name_of(accounts, &row.customer_id).map(str::to_owned),
            customer_id: row.customer_id,
        }
    }
}
