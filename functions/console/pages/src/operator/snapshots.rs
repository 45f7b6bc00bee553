//! Snapshots of a tenant: taken, put back, and dropped.

use billing::api::{Refusal, is_demo_tenant};
use billing::component::OperatorCall;
use billing::console::{Form, Screen};
use billing::operator::{Role, drop_snapshot, list_snapshots, restore_snapshot, take_snapshot};
use billing::value::id::TenantId;
use billing::value::time::Timestamp;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{Asked, confirm, confirm_with, of_tenant, tenant_field};
use crate::format;
use crate::text::Text;
use crate::texts;
use crate::view::{Figures, Need, View, Words, pairs};

/// What the route answers of a list.
#[derive(Deserialize)]
struct Listed {
    snapshots: Vec<Shown>,
}

#[derive(Deserialize)]
struct Shown {
    name: String,
    taken_at: Timestamp,
    transactions: u64,
    needed_by_fork: bool,
}

/// What the route is asked to restore.
#[derive(Serialize)]
struct Restoring<'f> {
    tenant_id: &'f TenantId,
    name: &'f str,
    confirm_tenant_id: Option<TenantId>,
}

/// The snapshots, oldest first, and the form for another one. It is asked for as the route is.
pub async fn list(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let tenant_id: TenantId = call.query(|query| query.required("tenant_id"))?;
    let Listed { snapshots } = list_snapshots(call).await?.read()?;

    let rows: Vec<Vec<Markup>> = snapshots.iter().map(|it| row(view, &tenant_id, it)).collect();
    let columns = [
        Words(texts::SNAPSHOT),
        Words(texts::TAKEN_ON),
        Figures(texts::TRANSACTIONS),
        Words(texts::NEEDED_BY_FORK),
        Words(texts::ACTION),
    ];
    let fields = html! {
        p { (view.say(texts::TAKE_SNAPSHOT_DOES)) }
        (tenant_field(&tenant_id))
        (view.text_field("name", texts::SNAPSHOT_NAME, "", Need::Required))
    };
    let main = html! {
        (view.table(texts::SNAPSHOTS, &columns, &rows))
        (view.form("/console/snapshots/take", texts::TAKE_SNAPSHOT, &fields,
            texts::TAKE_SNAPSHOT))
    };
    Ok(view.page(texts::SNAPSHOTS, &main))
}

fn row(view: &View, tenant_id: &TenantId, shown: &Shown) -> Vec<Markup> {
    let fields = [("tenant_id", tenant_id.as_str()), ("name", &shown.name)];
    let needed = if shown.needed_by_fork { texts::YES } else { texts::NO };
    vec![
        html! { (shown.name) },
        format::time(shown.taken_at),
        html! { (shown.transactions) },
        html! { (view.say(needed)) },
        html! {
            (view.row_button("/console/snapshots/restore", texts::RESTORE, &fields))
            @if !shown.needed_by_fork {
                (view.row_button("/console/snapshots/drop", texts::DROP, &fields))
            }
        },
    ]
}

/// What a form asks for: of which tenant, which snapshot, and where the list is.
fn read(form: &Form) -> Result<(TenantId, String, String), Refusal> {
    let tenant_id: TenantId = form.value("tenant_id")?;
    let back = of_tenant("/console/snapshots", &tenant_id);
    Ok((tenant_id, form.value("name")?, back))
}

fn facts(tenant_id: &TenantId, name: &str) -> [(Text, Markup); 2] {
    [(texts::TENANT, html! { (tenant_id) }), (texts::SNAPSHOT, html! { (name) })]
}

/// The query by which the route is asked to take or to drop one.
fn query(tenant_id: &TenantId, name: &str) -> String {
    pairs(&[("tenant_id", Some(tenant_id.as_str())), ("name", Some(name))])
}

/// Takes one.
pub async fn take(view: &View, call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Support)?;
    let (tenant_id, name, back) = read(form)?;
    if !form.is_confirmed() {
        let (title, does) = (texts::TAKE_SNAPSHOT, texts::TAKE_SNAPSHOT_DOES);
        let facts = facts(&tenant_id, &name);
        return Ok(confirm(view, form, &Asked { title, does, facts: &facts, cancel: &back }));
    }
    take_snapshot(call.with_query(query(&tenant_id, &name))).await?;
    Ok(Screen::see(back))
}

/// Drops one.
pub async fn discard(view: &View, call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Support)?;
    let (tenant_id, name, back) = read(form)?;
    if !form.is_confirmed() {
        let (title, does) = (texts::DROP, texts::DROP_DOES);
        let facts = facts(&tenant_id, &name);
        return Ok(confirm(view, form, &Asked { title, does, facts: &facts, cancel: &back }));
    }
    drop_snapshot(call.with_query(query(&tenant_id, &name))).await?;
    Ok(Screen::see(back))
}

/// Puts one back. The id of a tenant that does not only play is typed once more.
pub async fn restore(view: &View, call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Everything)?;
    let (tenant_id, name, back) = read(form)?;
    if !form.is_confirmed() {
        let (title, does) = (texts::RESTORE, texts::RESTORE_DOES);
        let facts = facts(&tenant_id, &name);
        let again = html! {
            @if !is_demo_tenant(call.host(), &tenant_id)? {
                (view.text_field("confirm_tenant_id", texts::TENANT_AGAIN, "", Need::Required))
            }
        };
        let asked = Asked { title, does, facts: &facts, cancel: &back };
        return Ok(confirm_with(view, form, &asked, &again));
    }
    let confirm_tenant_id = form.optional("confirm_tenant_id")?;
    let restoring = Restoring { tenant_id: &tenant_id, name: &name, confirm_tenant_id };
    restore_snapshot(call.with_json(&restoring)?).await?;
    Ok(Screen::see(back))
}
