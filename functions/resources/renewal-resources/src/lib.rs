//! Renew yearly/monthly resources, each with what is attached to it, as one order.
//!
//! `RenewalResources`, `POST /v2/orders/subscriptions/resources/renew`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::domain::term::{PeriodType, Term};
use billing::operations::place_order::randoms_for;
use billing::operations::price_order::{lookups, price_renewal};
use billing::operations::renew_resources::{
    RESOURCES_MAX, RenewResources, RenewalPrices, Renewed, renew_resources, to_be_renewed,
};
use billing::value::id::{CustomerId, OrderId, ResourceId};
use serde::{Deserialize, Serialize};

/// Most months of a renewal.
const MONTHS_MAX: u32 = 11;

/// Most years of a renewal.
const YEARS_MAX: u32 = 3;

billing::component! { POST RenewalResources => renewal }

async fn renewal(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let request: RenewalResourcesReq = call.body()?;
    let renewal = request.checked(caller.customer_id.clone())?;

    // Priced before the transaction, since the catalogue has books of its own. What has changed
    // since is refused by the transaction.
    let resources = call.read(async |books| to_be_renewed(books, &renewal).await).await?;
    let lookups = lookups(&resources);
    let found = call.read_catalogue(async |catalogue| catalogue.priced(&lookups).await).await?;
    let randoms = call.randoms(randoms_for(RESOURCES_MAX));
    call.update(async |books| {
        let (customer, now) = (&caller.customer_id, books.now());
        let prices = price_renewal(books, customer, &resources, renewal.term(), &found, now).await;
        let prices = match prices {
            Ok(prices) => prices,
            // Refused below, after what is wrong with the resources themselves.
            Err(Reason::TermNotOffered) => RenewalPrices::default(),
            Err(reason) => return Err(reason.into()),
        };
        let Renewed { order, unpaid } = renew_resources(books, &renewal, &prices, &randoms).await?;
        match unpaid {
            // The order stays, to be paid by hand.
            Some(_) => Ok(Refusal::from(Reason::AutoPaymentFailed).into_answer()),
            None => Answer::ok(&RenewalResourcesResponse {
                order_ids: [order.order_id],
                fail_resource_infos: [],
            }),
        }
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RenewalResourcesReq {
    resource_ids: Vec<ResourceId>,
    period_type: u32,
    period_num: u32,
    is_auto_pay: Option<u32>,
}

impl RenewalResourcesReq {
    fn checked(self, customer: CustomerId) -> Result<RenewResources, Refusal> {
        let (period_type, most) = match self.period_type {
            2 => (PeriodType::Month, MONTHS_MAX),
            3 => (PeriodType::Year, YEARS_MAX),
            _ => return Err(Refusal::parameter("period_type", "must be 2 or 3")),
        };
        if !(1..=most).contains(&self.period_num) {
            return Err(Refusal::parameter("period_num", &format!("must be 1 to {most}")));
        }
        let auto_pay = match self.is_auto_pay {
            None | Some(0) => false,
            Some(1) => true,
            Some(_) => return Err(Refusal::parameter("is_auto_pay", "must be 0 or 1")),
        };
        let term = Term { period_type, period_num: self.period_num };
        Ok(RenewResources::check(customer, self.resource_ids, term, auto_pay)?)
    }
}

#[derive(Serialize)]
struct RenewalResourcesResponse {
    order_ids: [OrderId; 1],
    /// A renewal is one order, so it fails as a whole.
    fail_resource_infos: [(); 0],
}
