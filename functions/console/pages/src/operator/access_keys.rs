//! The access keys of a tenant, as the route lists them.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::Screen;
use billing::operator::list_access_keys;
use billing::value::id::TenantId;
use billing::value::page::Slice;
use billing::value::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

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

    let rows: Vec<Vec<Markup>> = access_keys.into_iter().map(|key| row(view, key)).collect();
    let columns = [
        Words(texts::ACCESS_KEY_ID),
        Words(texts::OWNER),
        Words(texts::STATUS),
        Words(texts::CREATED),
        Words(texts::LOCKED_UNTIL),
    ];
    let query = format!("tenant_id={}", encoded(tenant_id.as_str()));
    let main = html! {
        (view.table(texts::ACCESS_KEYS, &columns, &rows))
        (view.pager(&query, slice, total_count))
    };
    Ok(view.page(texts::ACCESS_KEYS, &main))
}

fn row(view: &View, key: Key) -> Vec<Markup> {
    let status = if key.status == "active" { texts::ACTIVE } else { texts::INACTIVE };
    vec![
        html! { (key.access_key_id) },
        html! { (key.partner_id.or(key.customer_id).unwrap_or_default()) },
        state(view, status),
        format::time(key.created_at),
        key.locked_until.map(format::time).unwrap_or_default(),
    ]
}
