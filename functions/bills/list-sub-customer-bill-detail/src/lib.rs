//! List the fee records of one of the partner's customers in a month.
//!
//! `ListSubCustomerBillDetail`, `GET /v2/bills/subcustomer-bills/res-fee-records`.

use billing::api::{Answer, Query, Refusal, Text, bills};
use billing::component::Call;
use billing::domain::bill::{BillDetailType, ChargingMode, DateRange, FeeFilter, FeeRecord};
use billing::domain::partner::AssociationType;
use billing::value::id::{CustomerId, PartnerId};
use billing::value::money::Currency;
use billing::value::page::Slice;
use billing::value::time::Month;
use serde::Serialize;

/// How far back a bill cycle may lie.
const CYCLE_AGE_MONTHS_MAX: u32 = 18;

billing::component! { GET ListSubCustomerBillDetail => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request = call.query(Request::read)?;
    bills::check_age("bill_cycle", request.bill_cycle, call.now(), CYCLE_AGE_MONTHS_MAX)?;

    let Request { bill_cycle, customer_id, filter, indirect_partner_id, slice } = request;

    let records = call
        .read(async |books| {
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            books.fee_records(&partner, bill_cycle, &customer_id, &filter, slice).await
        })
        .await?;

    Answer::ok(&ListSubCustomerBillDetailResponse {
        total_count: records.total_count,
        currency: Currency::Cny,
        fee_records: records.items,
    })
}

struct Request {
    bill_cycle: Month,
    customer_id: CustomerId,
    filter: FeeFilter,
    indirect_partner_id: Option<PartnerId>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let bill_cycle = query.required("bill_cycle")?;
        let bill_date_begin = query.value("bill_date_begin")?;
        let bill_date_end = query.value("bill_date_end")?;
        let charging_mode = query.number_choice("charging_mode", ChargingMode::from_code)?;
        let detail_type = query.number_choice("bill_detail_type", BillDetailType::from_code)?;
        Ok(Self {
            bill_cycle,
            customer_id: query.required("customer_id")?,
            filter: FeeFilter {
                service_type_code: query.text("service_type_code", Text::ANY)?,
                region_code: query.text("region_code", Text::ANY)?,
                charging_mode: charging_mode.map(ChargingMode::code),
                bill_detail_type: detail_type.map(BillDetailType::code),
                resource_id: query.text("resource_id", Text::NOT_EMPTY_STRING)?,
                resource_name: query.text("resource_name", Text::NOT_EMPTY_STRING)?,
                trade_id: query.text("trade_id", Text::NOT_EMPTY_STRING)?,
                account_manager_id: query.text("account_manager_id", Text::NOT_EMPTY_STRING)?,
                association_type: query.choice("association_type", AssociationType::from_code)?,
                billed: DateRange::within(bill_cycle, bill_date_begin, bill_date_end)?
                    .map(DateRange::utc_plus_8),
                ..FeeFilter::default()
            },
            indirect_partner_id: query.value("indirect_partner_id")?,
            slice: query.slice(10, 0..=1000)?,
        })
    }
}

#[derive(Serialize)]
struct ListSubCustomerBillDetailResponse {
    total_count: u64,
    currency: Currency,
    fee_records: Vec<FeeRecord>,
}
