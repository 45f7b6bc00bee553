//! What a demo tenant's requests meet: faults, the limits of the live service, and the record.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::{Form, Screen};
use billing::operator::{Role, remove_faults, set_faults, set_sandbox, show_faults, show_sandbox};
use billing::value::id::TenantId;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{Asked, confirm, of_tenant, tenant_field};
use crate::texts;
use crate::view::{Figures, Need, View, Words};

/// What the route answers.
#[derive(Deserialize)]
struct Faults {
    faults: Vec<Counted>,
}

#[derive(Deserialize)]
struct Counted {
    rule: Rule,
    seen: u64,
    fired: u64,
}

/// A rule, as the route writes and reads it.
#[derive(Deserialize, Serialize)]
struct Rule {
    operation: Option<String>,
    status: Option<u16>,
    error_code: Option<String>,
    every_nth: Option<u32>,
    latency_ms: Option<u32>,
}

/// What the route is asked to set.
#[derive(Serialize)]
struct Rules<'f> {
    tenant_id: &'f TenantId,
    rules: [Rule; 1],
}

/// The faults, how often each has applied, and the form for another one. It is asked for as the
/// route is.
pub async fn faults(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let tenant_id: TenantId = call.query(|query| query.required("tenant_id"))?;
    let Faults { faults } = show_faults(call).await?.read()?;

    let rows: Vec<Vec<Markup>> = faults.iter().map(row).collect();
    let columns = [
        Words(texts::OPERATION),
        Words(texts::STATUS_CODE),
        Words(texts::ERROR_CODE),
        Figures(texts::LATENCY),
        Figures(texts::EVERY_NTH),
        Figures(texts::SEEN),
        Figures(texts::FIRED),
    ];
    let remove = html! {
        p { (view.say(texts::REMOVE_FAULTS_DOES)) }
        (tenant_field(&tenant_id))
    };
    let main = html! {
        p { (view.say(texts::FAULTS_ARE)) }
        (view.table(texts::FAULTS, &columns, &rows))
        div.columns {
            (view.form("/console/faults/set", texts::SET_FAULT, &rule_fields(view, &tenant_id),
                texts::SET_FAULT))
            (view.form("/console/faults/remove", texts::REMOVE_FAULTS, &remove,
                texts::REMOVE_FAULTS))
        }
    };
    Ok(view.page(texts::FAULTS, &main))
}

fn row(Counted { rule, seen, fired }: &Counted) -> Vec<Markup> {
    let figure = |figure: Option<u32>| html! { @if let Some(figure) = figure { (figure) } };
    vec![
        html! { (rule.operation.as_deref().unwrap_or_default()) },
        figure(rule.status.map(u32::from)),
        html! { (rule.error_code.as_deref().unwrap_or_default()) },
        figure(rule.latency_ms),
        figure(rule.every_nth),
        html! { (seen) },
        html! { (fired) },
    ]
}

fn rule_fields(view: &View, tenant_id: &TenantId) -> Markup {
    html! {
        p { (view.say(texts::SET_FAULT_DOES)) }
        (tenant_field(tenant_id))
        (view.text_field("operation", texts::EVERY_OPERATION, "", Need::Optional))
        (view.figure_field("status", texts::STATUS_CODE, "503", Need::Optional))
        (view.text_field("error_code", texts::ERROR_CODE, "CBC.0999", Need::Optional))
        (view.figure_field("latency_ms", texts::LATENCY, "", Need::Optional))
        (view.figure_field("every_nth", texts::EVERY_NTH, "", Need::Optional))
    }
}

/// Sets one fault in place of all that there are.
pub async fn set_fault(
    view: &View,
    call: OperatorCall<'_>,
    form: &Form,
) -> Result<Screen, Refusal> {
    call.require(Role::Support)?;
    let tenant_id: TenantId = form.value("tenant_id")?;
    let rule = Rule {
        operation: form.filled("operation"),
        status: form.optional("status")?,
        error_code: form.filled("error_code"),
        every_nth: form.optional("every_nth")?,
        latency_ms: form.optional("latency_ms")?,
    };
    let back = of_tenant("/console/faults", &tenant_id);
    if !form.is_confirmed() {
        let facts = [
            (texts::EVERY_OPERATION, html! { (form.text("operation")) }),
            (texts::STATUS_CODE, html! { (form.text("status")) }),
            (texts::ERROR_CODE, html! { (form.text("error_code")) }),
            (texts::LATENCY, html! { (form.text("latency_ms")) }),
            (texts::EVERY_NTH, html! { (form.text("every_nth")) }),
        ];
        let (title, does) = (texts::SET_FAULT, texts::SET_FAULT_DOES);
        return Ok(confirm(view, form, &Asked { title, does, facts: &facts, cancel: &back }));
    }
    set_faults(call.with_json(&Rules { tenant_id: &tenant_id, rules: [rule] })?).await?;
    Ok(Screen::see(back))
}

/// Removes all faults.
pub async fn remove(view: &View, call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Support)?;
    let tenant_id: TenantId = form.value("tenant_id")?;
    let back = of_tenant("/console/faults", &tenant_id);
    if !form.is_confirmed() {
        let facts = [(texts::TENANT, html! { (tenant_id) })];
        let (title, does) = (texts::REMOVE_FAULTS, texts::REMOVE_FAULTS_DOES);
        return Ok(confirm(view, form, &Asked { title, does, facts: &facts, cancel: &back }));
    }
    remove_faults(call.with_query(of_tenant("", &tenant_id).split_off(1))).await?;
    Ok(Screen::see(back))
}

/// What is on, as the route writes and reads it.
#[derive(Deserialize, Serialize)]
struct Switches {
    tenant_id: TenantId,
    limits: bool,
    records_requests: bool,
}

/// What is on. It is asked for as the route is.
pub async fn switches(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let Switches { tenant_id, limits, records_requests } = show_sandbox(call).await?.read()?;
    let fields = html! {
        (tenant_field(&tenant_id))
        (view.tick_box("limits", texts::LIMITS, limits))
        (view.tick_box("records_requests", texts::RECORDS, records_requests))
    };
    let main = view.form("/console/sandbox", texts::SANDBOX, &fields, texts::SAVE);
    Ok(view.page(texts::SANDBOX, &main))
}

/// Turns them on or off.
pub async fn switch(view: &View, call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Support)?;
    let switches = Switches {
        tenant_id: form.value("tenant_id")?,
        limits: form.filled("limits").is_some(),
        records_requests: form.filled("records_requests").is_some(),
    };
    let back = of_tenant("/console/sandbox", &switches.tenant_id);
    if !form.is_confirmed() {
        let said = |is_on: bool| {
            let said = view.say(if is_on { texts::YES } else { texts::NO });
            html! { (said) }
        };
        let facts = [
            (texts::LIMITS, said(switches.limits)),
            (texts::RECORDS, said(switches.records_requests)),
        ];
        let (title, does) = (texts::SANDBOX, texts::SAVE_DOES);
        return Ok(confirm(view, form, &Asked { title, does, facts: &facts, cancel: &back }));
    }
    set_sandbox(call.with_json(&switches)?).await?;
    Ok(Screen::see(back))
}
