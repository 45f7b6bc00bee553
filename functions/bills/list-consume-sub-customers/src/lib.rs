//! List the customers that consumed in a month: those with a line in the partner's detailed bill.
//!
//! `ListConsumeSubCustomers`,
//! `POST /v2/bills/subcustomer-bills/res-fee-records/sub-customers/query`.

use billing::api::{Answer, PageRule, Refusal};
use billing::component::Call;
use billing::value::id::CustomerId;
use billing::value::time::Month;
use serde::{Deserialize, Serialize};

const PAGE: PageRule = PageRule { offset_max: 2_147_483_646, ..PageRule::USUAL };

billing::component! { POST ListConsumeSubCustomers => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let ListConsumeSubCustomersReq { bill_cycle, offset, limit } = call.body()?;

    let slice = PAGE.slice(offset, limit)?;
    let customers = call
        .read(async |books| books.consuming_customers(&caller.partner_id, bill_cycle, slice).await)
        .await?;

    let sub_customers = customers.items.into_iter();
    Answer::ok(&ListConsumeSubCustomersResponse {
        sub_customers: sub_customers.map(|customer_id| SubCustomerInfoV3 { customer_id }).collect(),
        total_count: customers.total_count,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListConsumeSubCustomersReq {
    bill_cycle: Month,
    offset: Option<u32>,
    limit: Option<u32>,
}

#[derive(Serialize)]
struct ListConsumeSubCustomersResponse {
    sub_customers: Vec<SubCustomerInfoV3>,
    total_count: u64,
}

#[derive(Serialize)]
struct SubCustomerInfoV3 {
    customer_id: CustomerId,
}
