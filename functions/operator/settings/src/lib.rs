//! Show and replace the settings of a tenant: how orders come to be provisioned, and how long what
//! has expired is kept.
//!
//! `GET /operator/v1/settings?tenant_id=…` and `PUT /operator/v1/settings`.

use billing::api::{Answer, Object, Refusal};
use billing::component::OperatorCall;
use billing::domain::settings::Settings;
use billing::operations::manage_tenant::set_settings;
use billing::value::id::TenantId;
use serde::Deserialize;

billing::operator! { GET Read => show, PUT Everything => replace }

async fn show(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let tenant_id: TenantId = call.query(|query| query.required("tenant_id"))?;

    let books = call.tenant(&tenant_id).await?;
    Answer::ok(&books.read(async |books| books.settings().await).await?)
}

async fn replace(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Request { tenant_id, settings: Object(settings) } = call.json().await?;

    let books = call.tenant(&tenant_id).await?;
    books.update("set settings", async |books| set_settings(books, &settings).await).await?;
    Answer::ok(&settings)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    tenant_id: TenantId,
    settings: Object<Settings>,
}
