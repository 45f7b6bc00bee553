//! Query the balances of several customers that a partner, or a reseller it acts for, funds.
//!
//! `ListCustomersBalancesDetail`, `POST /v2/accounts/customer-accounts/balances/batch-query`.

use billing::api::{Answer, Object, Refusal};
use billing::component::Call;
use billing::domain::bill::Measure;
use billing::operations::statements;
use billing::value::id::{CustomerId, PartnerId};
use billing::value::money::{Currency, Money};
use billing::value::text;
use serde::{Deserialize, Serialize};

/// Most customers of one request.
const CUSTOMERS_MAX: usize = 100;

billing::component! { POST ListCustomersBalancesDetail => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: QueryCustomersBalancesReq = call.body()?;
    if !(1..=CUSTOMERS_MAX).contains(&request.customer_infos.len()) {
        let fault = format!("must name 1 to {CUSTOMERS_MAX} customers");
        return Err(Refusal::parameter("customer_infos", &fault));
    }

    let ids: Vec<CustomerId> =
        request.customer_infos.into_iter().map(|Object(customer)| customer.customer_id).collect();
    let balances = call
        .read(async |books| {
            let partner = books.acting_for(caller, request.indirect_partner_id.as_ref()).await?;
            let balances = statements::customer_balances(books, &partner, &ids).await?;
            let mut owing = Vec::with_capacity(balances.len());
            for (customer_id, amount) in balances {
                let owed = books.owed(&customer_id).await?;
                owing.push((customer_id, amount, owed));
            }
            Ok(owing)
        })
        .await?;

    let customer_balances = balances.into_iter().map(CustomerBalancesV2::from).collect();
    Answer::ok(&ListCustomersBalancesDetailResponse { customer_balances })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryCustomersBalancesReq {
    customer_infos: Vec<Object<CustomerInfoV2>>,
    #[serde(default, deserialize_with = "text::optional")]
    indirect_partner_id: Option<PartnerId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomerInfoV2 {
    customer_id: CustomerId,
}

#[derive(Serialize)]
struct ListCustomersBalancesDetailResponse {
    customer_balances: Vec<CustomerBalancesV2>,
}

#[derive(Serialize)]
struct CustomerBalancesV2 {
    customer_id: CustomerId,
    /// What could not be collected of usage; no balance is ever below zero.
    debt_amount: Money,
    amount: Money,
    currency: Currency,
    measure_id: Measure,
}

impl From<(CustomerId, Money, Money)> for CustomerBalancesV2 {
    fn from((customer_id, amount, owed): (CustomerId, Money, Money)) -> Self {
        Self {
            customer_id,
            debt_amount: owed.at_least_two_decimals(),
            amount,
            currency: amount.currency(),
            measure_id: Measure::Yuan,
        }
    }
}
