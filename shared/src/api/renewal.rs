//! Renewals as customers ask for them, and partners on their behalf.

use super::call::Call;
use super::message::Answer;
use super::refusal::Refusal;
use crate::domain::error::Reason;
use crate::domain::term::{PeriodType, Term};
use crate::operations::place_order::randoms_for;
use crate::operations::price_order::{lookups, price_renewal};
use crate::operations::renew_resources::{
    RESOURCES_MAX, RenewResources, RenewalPrices, Renewed, renew_resources, to_be_renewed,
};
use crate::value::id::{CustomerId, OrderId, ResourceId};
use serde::Serialize;

/// Most months of a renewal.
const MONTHS_MAX: u32 = 11;

/// Most years of a renewal.
const YEARS_MAX: u32 = 3;

/// The fields that say what is to be renewed, and for how long.
#[derive(Clone, Debug)]
pub struct RenewalFields {
    /// Main resources.
    pub resource_ids: Vec<ResourceId>,
    /// 2 months, 3 years.
    pub period_type: u32,
    /// How many of those.
    pub period_num: u32,
    /// 1: the order is paid at once.
    pub is_auto_pay: Option<u32>,
}

impl RenewalFields {
    /// Checks the fields of a renewal of a customer's resources.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first that is wrong.
    pub fn check(self, customer: CustomerId) -> Result<RenewResources, Refusal> {
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

/// Renews, and answers as `RenewalResources` does.
///
/// # Errors
/// As of [`renew_resources`]; store failures.
pub async fn renew(call: &Call, renewal: &RenewResources) -> Result<Answer, Refusal> {
    // Priced before the transaction, since the catalogue has books of its own. What has changed
    // since is refused by the transaction.
    let resources =
        call.read(async |books| to_be_renewed(books, renewal, books.at(call.now())).await).await?;
    let lookups = lookups(&resources);
    let found = call.read_catalogue(async |catalogue| catalogue.priced(&lookups).await).await?;
    let randoms = call.randoms(randoms_for(RESOURCES_MAX));
    call.update(async |books| {
        let (customer, term, now) = (renewal.customer_id(), renewal.term(), books.now());
        let prices = price_renewal(books, customer, &resources, term, &found, now).await;
        let prices = match prices {
            Ok(prices) => prices,
            // Refused below, after what is wrong with the resources themselves.
            Err(Reason::TermNotOffered) => RenewalPrices::default(),
            Err(reason) => return Err(reason.into()),
        };
        let Renewed { order, unpaid } = renew_resources(books, renewal, &prices, &randoms).await?;
        match unpaid {
            // The order stays, to be paid by hand.
            Some(_) => Ok(Refusal::from(Reason::AutoPaymentFailed).into_answer()),
            None => Answer::ok(&Accepted { order_ids: [order.order_id], fail_resource_infos: [] }),
        }
    })
    .await
}

#[derive(Serialize)]
struct Accepted {
    order_ids: [OrderId; 1],
    /// A renewal is one order, so it fails as a whole.
    fail_resource_infos: [(); 0],
}
