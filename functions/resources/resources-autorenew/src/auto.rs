//! Switch auto-renewal on for a resource.
//!
//! `AutoRenewalResources`, `POST /v2/orders/subscriptions/resources/autorenew/{resource_id}`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::term::PeriodType;
use billing::operations::set_auto_renewal::{self, AutoRenewalChoice};
use billing::value::id::ResourceId;
use serde::Deserialize;

pub async fn auto(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let resource_id: ResourceId = call.path_end("resource_id")?;
    let request: AutoRenewalResourcesReq = call.optional_body()?;

    let choice = request.choice().check()?;
    call.update(async |books| {
        set_auto_renewal::switch_on(books, &caller.customer_id, &resource_id, choice).await?;
        Ok(Answer::no_content())
    })
    .await
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct AutoRenewalResourcesReq {
    auto_renew_times: Option<u32>,
    period_type: Option<Cycle>,
}

/// For how long a resource is renewed each time.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Cycle {
    Month,
    Year,
}

impl AutoRenewalResourcesReq {
    fn choice(&self) -> AutoRenewalChoice {
        let period_type = self.period_type.map(|cycle| match cycle {
            Cycle::Month => PeriodType::Month,
            Cycle::Year => PeriodType::Year,
        });
        AutoRenewalChoice { times: self.auto_renew_times, period_type }
    }
}
