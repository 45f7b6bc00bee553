//! Set when the caller's renewals are deducted, or on which day renewed terms end.
//!
//! `SetResourcesRenewConfig`, `POST /v2/orders/subscriptions/resources/renew/config`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::resource::RenewalSetting;
use billing::operations::set_auto_renewal;
use serde::{Deserialize, Serialize};

billing::component! { POST SetResourcesRenewConfig => set }

async fn set(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let RenewResourceConfigReq { config_name, config_value } = call.body()?;

    call.update(async |books| {
        let customer = &caller.customer_id;
        set_auto_renewal::set_renewal_config(books, customer, config_name, &config_value).await?;
        Answer::ok(&SetResourcesRenewConfigResponse::DONE)
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RenewResourceConfigReq {
    config_name: RenewalSetting,
    config_value: String,
}

/// This operation tells of success in the form of an error.
#[derive(Serialize)]
struct SetResourcesRenewConfigResponse {
    error_code: &'static str,
    error_msg: &'static str,
}

impl SetResourcesRenewConfigResponse {
    const DONE: Self = Self { error_code: "CBC.0000", error_msg: "success" };
}
