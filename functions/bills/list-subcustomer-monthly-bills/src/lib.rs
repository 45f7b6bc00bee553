//! List the monthly bill sums of the partner's resale customers.
//!
//! `ListSubcustomerMonthlyBills`, `GET /v2/bills/partner-bills/subcustomer-bills/monthly-sum`.

use billing::api::{Answer, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::bill::{BillType, ChargeMode, MonthlyBill, MonthlyFilter};
use billing::value::id::PartnerId;
use billing::value::money::Currency;
use billing::value::page::Slice;
use billing::value::time::Month;
use serde::Serialize;

billing::component! { GET ListSubcustomerMonthlyBills => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request = call.query(Request::read)?;

    let Request { cycle, charge_mode, filter, indirect_partner_id, slice } = request;

    let bills = call
        .read(async |books| {
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            books.monthly_bills(&partner, cycle, charge_mode, &filter, slice).await
        })
        .await?;

    Answer::ok(&ListSubcustomerMonthlyBillsResponse {
        bill_sums: bills.items,
        count: bills.total_count,
        currency: Currency::Cny,
    })
}

struct Request {
    cycle: Month,
    charge_mode: ChargeMode,
    filter: MonthlyFilter,
    indirect_partner_id: Option<PartnerId>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        Ok(Self {
            cycle: query.required("cycle")?,
            charge_mode: query.required_choice("charge_mode", ChargeMode::from_code)?,
            filter: MonthlyFilter {
                customer_id: query.value("customer_id")?,
                cloud_service_type: query.text("cloud_service_type", Text::ANY)?,
                bill_type: query.choice("bill_type", BillType::from_code)?,
            },
            indirect_partner_id: query.value("indirect_partner_id")?,
            slice: query.slice(10, 1..=100)?,
        })
    }
}

#[derive(Serialize)]
struct ListSubcustomerMonthlyBillsResponse {
    bill_sums: Vec<MonthlyBill>,
    count: u64,
    currency: Currency,
}
