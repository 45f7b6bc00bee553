//! The pages of an operator: what its own calls of the operator's routes would answer.
//!
//! A form first leads to a page that says what will happen; what it asks for is done once that is
//! confirmed.

mod access_keys;
mod audit;
mod deliveries;
mod files;
mod health;
mod import;
mod metrics;
mod months;
mod requests;
mod reviews;
mod sandbox;
mod settings;
mod snapshots;
mod tenant;
mod tenants;

use billing::api::Refusal;
use billing::component::Visit;
use billing::console::{Form, Screen};
use billing::operator::Role;
use billing::value::id::TenantId;
use maud::{Markup, html};

use crate::text::Text;
use crate::texts;
use crate::view::{View, encoded};

/// The pages in the navigation: one who may do everything can also import books.
pub fn links(role: Role) -> &'static [(&'static str, Text)] {
    let links = &[
        ("/console", texts::TENANTS),
        ("/console/health", texts::HEALTH),
        (import::PATH, texts::IMPORT),
    ];
    if role.includes(Role::Everything) { links } else { &links[..2] }
}

/// The page of a path.
pub async fn route(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let path = visit.path().to_owned();
    let is_posted = visit.is_posted();
    let (call, form) = visit.operator()?;
    call.require(Role::Read)?;
    match (is_posted, path.as_str()) {
        (false, "/console") => tenants::show(view, call).await,
        (false, "/console/tenant") => tenant::show(view, call).await,
        (true, "/console/clock") => tenant::clock(view, call, &form).await,
        (true, "/console/tick") => tenant::tick(view, call, &form).await,
        (false, "/console/audit") => audit::show(view, call).await,
        (false, "/console/files") => files::show(view, call).await,
        (false, "/console/files/file") => files::file(call).await,
        (false, "/console/files/parquet") => files::parquet(call).await,
        (false, "/console/health") => health::show(view, call).await,
        (false, "/console/import") => import::show(view, &call),
        (true, "/console/import") => import::import(view, call, form).await,
        (true, "/console/import/part") => Ok(import::part(call, form).await),
        (false, "/console/metrics") => metrics::show(view, call).await,
        (false, "/console/reviews") => reviews::list(view, call).await,
        (false, "/console/reviews/review") => reviews::show(view, call).await,
        (true, "/console/reviews/decide") => reviews::decide(view, call, &form).await,
        (false, "/console/deliveries") => deliveries::list(view, call).await,
        (true, "/console/deliveries/replay") => deliveries::replay(view, call, &form).await,
        (false, "/console/access-keys") => access_keys::list(view, call).await,
        (true, "/console/access-keys/status") => access_keys::change(view, call, &form).await,
        (false, "/console/settings") => settings::show(view, call).await,
        (true, "/console/settings") => settings::replace(view, call, &form).await,
        (false, "/console/snapshots") => snapshots::list(view, call).await,
        (true, "/console/snapshots/take") => snapshots::take(view, call, &form).await,
        (true, "/console/snapshots/restore") => snapshots::restore(view, call, &form).await,
        (true, "/console/snapshots/drop") => snapshots::discard(view, call, &form).await,
        (false, "/console/faults") => sandbox::faults(view, call).await,
        (true, "/console/faults/set") => sandbox::set_fault(view, call, &form).await,
        (true, "/console/faults/remove") => sandbox::remove(view, call, &form).await,
        (false, "/console/sandbox") => sandbox::switches(view, call).await,
        (true, "/console/sandbox") => sandbox::switch(view, call, &form).await,
        (false, "/console/requests") => requests::list(view, call).await,
        (false, "/console/months") => months::list(view, call).await,
        (true, "/console/months/close") => months::close(view, call, &form).await,
        _ => Err(Refusal::NoSuchApi),
    }
}

/// The page of a tenant that a path leads to.
fn of_tenant(path: &str, tenant_id: &TenantId) -> String {
    format!("{path}?tenant_id={}", encoded(tenant_id.as_str()))
}

/// The field that says which tenant a form is about.
fn tenant_field(tenant_id: &TenantId) -> Markup {
    html! { input type="hidden" name="tenant_id" value=(tenant_id); }
}

/// What a form asks for, as the page says that confirms it.
struct Asked<'a> {
    /// The name of the act.
    title: Text,
    /// What it does.
    does: Text,
    facts: &'a [(Text, Markup)],
    /// Where one goes who does not want it.
    cancel: &'a str,
}

/// The page that confirms what a form asks for.
fn confirm(view: &View, form: &Form, asked: &Asked<'_>) -> Screen {
    confirm_with(view, form, asked, &html! {})
}

/// As [`confirm`], with a field that is still to be filled in.
fn confirm_with(view: &View, form: &Form, asked: &Asked<'_>, more: &Markup) -> Screen {
    let fields: Vec<(&str, String)> =
        form.asked().map(|(name, value)| (name, value.to_owned())).collect();
    let main = html! {
        h2 { (view.say(asked.title)) }
        p { (view.say(asked.does)) }
        (view.facts(asked.facts))
        (view.confirm_with(view.path(), asked.cancel, &fields, more))
    };
    view.page(texts::CONFIRM_THIS, &main)
}
