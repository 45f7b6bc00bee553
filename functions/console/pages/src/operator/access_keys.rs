//! The access keys of a tenant, as the route lists them.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::{Form, Screen};
use billing::operator::{Role, change_access_key, list_access_keys};
use billing::value::id::{AccessKeyId, TenantId};
use billing::value::page::Slice;
use billing::value::time::Timestamp;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{Asked, confirm, of_tenant};
use crate::format;
use crate::texts;
use crate::view::{View, Words, encoded, state};

/// What the route answers of a list.
#[derive(Deserialize)]
struct Listed {
    access_keys: Vec<Key>,
    total_count: u64,
}

#[derive(Deserialize)]
struct Key {
    access_key_id: String,
    partner_id: Option<String>,
    customer_id: Option<String>,
    status: String,
    created_at: Timestamp,
    locked_until: Option<Timestamp>,
}

/// The page. It is asked for as the route is.
pub async fn list(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let (tenant_id, slice): (TenantId, Slice) =
        call.query(|query| Ok((query.required("tenant_id")?, query.slice(10, 1..=100)?)))?;
    let Listed { access_keys, total_count } = list_access_keys(call).await?.read()?;

    let rows: Vec<Vec<Markup>> =
        access_keys.into_iter().map(|key| row(view, &tenant_id, key)).collect();
    let columns = [
        Words(texts::ACCESS_KEY_ID),
        Words(texts::OWNER),
        Words(texts::STATUS),
        Words(texts::CREATED),
        Words(texts::LOCKED_UNTIL),
        Words(texts::ACTION),
    ];
    let query = format!("tenant_id={}", encoded(tenant_id.as_str()));
    let main = html! {
        (view.table(texts::ACCESS_KEYS, &columns, &rows))
        (view.pager(&query, slice, total_count))
    };
    Ok(view.page(texts::ACCESS_KEYS, &main))
}

fn row(view: &View, tenant_id: &TenantId, key: Key) -> Vec<Markup> {
    let (status, change) = match key.status.as_str() {
        "active" => (texts::ACTIVE, (texts::DISABLE, "inactive")),
        _ => (texts::INACTIVE, (texts::ENABLE, "active")),
    };
    let (text, becomes) = change;
    let fields = [
        ("tenant_id", tenant_id.as_str()),
        ("access_key_id", &key.access_key_id),
        ("status", becomes),
    ];
    let change = view.row_button("/console/access-keys/status", text, &fields);
    vec![
        html! { (key.access_key_id) },
        html! { (key.partner_id.or(key.customer_id).unwrap_or_default()) },
        state(view, status),
        format::time(key.created_at),
        key.locked_until.map(format::time).unwrap_or_default(),
        change,
    ]
}

/// What the route is asked to change.
#[derive(Serialize)]
struct Change<'f> {
    access_key_id: &'f AccessKeyId,
    status: &'f str,
}

/// Enables or disables a key.
pub async fn change(view: &View, call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Support)?;
    let tenant_id: TenantId = form.value("tenant_id")?;
    let access_key_id: AccessKeyId = form.value("access_key_id")?;
    let status = form.text("status");
    let back = of_tenant("/console/access-keys", &tenant_id);
    if !form.is_confirmed() {
        let (title, does) = match status {
            "active" => (texts::ENABLE, texts::ENABLE_DOES),
            _ => (texts::DISABLE, texts::DISABLE_DOES),
        };
        let facts = [(texts::ACCESS_KEY_ID, html! { (access_key_id) })];
        return Ok(confirm(view, form, &Asked { title, does, facts: &facts, cancel: &back }));
    }
    let change = Change { access_key_id: &access_key_id, status };
    change_access_key(call.with_json(&change)?).await?;
    Ok(Screen::see(back))
}
