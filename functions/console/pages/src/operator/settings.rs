//! The settings of a tenant: how orders come to be provided, and how long what has expired is kept.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::{Form, Screen};
use billing::domain::settings::Settings;
use billing::operations::manage_tenant::set_settings;
use billing::operator::Role;
use billing::value::id::TenantId;
use maud::{Markup, html};

use super::{Asked, confirm, of_tenant, tenant_field};
use crate::text::Text;
use crate::texts;
use crate::view::{Need, View};

/// The settings that are counts of days or of times, each with its name in a form.
const COUNTS: [(&str, Text); 4] = [
    ("grace_days", texts::GRACE_DAYS),
    ("retention_days", texts::RETENTION_DAYS),
    ("free_unsubscription_days", texts::FREE_DAYS),
    ("free_unsubscriptions_per_year", texts::FREE_PER_YEAR),
];

/// Those that are on or off.
const SWITCHES: [(&str, Text); 3] = [
    ("provision_at_once", texts::PROVISION_AT_ONCE),
    ("approval", texts::NEEDS_APPROVAL),
    ("events", texts::TELLS_EVENTS),
];

/// The settings, in the form that replaces them.
pub async fn show(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let tenant_id: TenantId = call.query(|query| query.required("tenant_id"))?;
    let books = call.tenant(&tenant_id).await?;
    let settings = books.read(async |books| books.settings().await).await?;

    let switched =
        [settings.provisions_at_once(), settings.needs_approval(), settings.tells_events()];
    let counts = [
        settings.grace_days(),
        settings.retention_days(),
        settings.free_days(),
        settings.free_uses_per_year(),
    ];
    let fields = html! {
        (tenant_field(&tenant_id))
        @for ((name, text), is_on) in SWITCHES.iter().zip(switched) {
            (view.tick_box(name, *text, is_on))
        }
        @for ((name, text), count) in COUNTS.iter().zip(counts) {
            (view.figure_field(name, *text, &count.to_string(), Need::Required))
        }
    };
    let main = view.form("/console/settings", texts::SETTINGS, &fields, texts::CONTINUE);
    Ok(view.page(texts::SETTINGS, &main))
}

/// Replaces what the form shows of them, and leaves the rest.
pub async fn replace(view: &View, call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Everything)?;
    let tenant_id: TenantId = form.value("tenant_id")?;
    let is_on = |name: &str| Some(form.filled(name).is_some());
    let given = Settings {
        provision_at_once: is_on("provision_at_once"),
        approval: is_on("approval"),
        events: is_on("events"),
        grace_days: Some(form.value("grace_days")?),
        retention_days: Some(form.value("retention_days")?),
        free_unsubscription_days: Some(form.value("free_unsubscription_days")?),
        free_unsubscriptions_per_year: Some(form.value("free_unsubscriptions_per_year")?),
        ..Settings::default()
    };
    let back = of_tenant("/console/settings", &tenant_id);
    if !form.is_confirmed() {
        given.check()?;
        let facts = facts(view, form);
        let (title, does) = (texts::SETTINGS, texts::SAVE_DOES);
        return Ok(confirm(view, form, &Asked { title, does, facts: &facts, cancel: &back }));
    }
    let books = call.tenant(&tenant_id).await?;
    books
        .update("set settings", async |books| {
            let before = books.settings().await?;
            let settings = Settings {
                fee_percents: before.fee_percents,
                services_given_back_by_order: before.services_given_back_by_order,
                ..given.clone()
            };
            set_settings(books, &settings).await
        })
        .await?;
    Ok(Screen::see(back))
}

fn facts(view: &View, form: &Form) -> Vec<(Text, Markup)> {
    let switched = SWITCHES.iter().map(|(name, text)| {
        let said = if form.filled(name).is_some() { texts::YES } else { texts::NO };
        (*text, html! { (view.say(said)) })
    });
    let counts = COUNTS.iter().map(|(name, text)| (*text, html! { (form.text(name)) }));
    switched.chain(counts).collect()
}
