//! One tenant: what can be looked at, its clock, and what time does.

use billing::api::{Refusal, is_demo_tenant};
use billing::component::OperatorCall;
use billing::console::{Form, Screen};
use billing::operations::tick::Ticked;
use billing::operator::{Role, move_clock, run_tick};
use billing::value::id::TenantId;
use billing::value::time::Timestamp;
use maud::{Markup, html};

use super::{Asked, confirm, of_tenant, tenant_field};
use crate::format;
use crate::text::Text;
use crate::texts;
use crate::view::View;

/// What can be looked at of every tenant,
const PAGES: [(&str, Text); 9] = [
    ("/console/audit", texts::AUDIT),
    ("/console/metrics", texts::METRICS),
    ("/console/reviews", texts::REVIEWS),
    ("/console/deliveries", texts::DELIVERIES),
    ("/console/access-keys", texts::ACCESS_KEYS),
    ("/console/months", texts::MONTHS),
    ("/console/files", texts::FILES),
    ("/console/snapshots", texts::SNAPSHOTS),
    ("/console/settings", texts::SETTINGS),
];

/// and of a demo tenant alone.
const DEMO_PAGES: [(&str, Text); 3] = [
    ("/console/requests", texts::REQUESTS),
    ("/console/faults", texts::FAULTS),
    ("/console/sandbox", texts::SANDBOX),
];

/// The page.
pub async fn show(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let tenant_id: TenantId = call.query(|query| query.required("tenant_id"))?;
    let is_demo = is_demo_tenant(call.host(), &tenant_id)?;
    let books = call.tenant(&tenant_id).await?;
    let now = books.read(async |books| Ok(books.at(call.now()))).await?;

    let demo_pages = DEMO_PAGES.iter().filter(|_| is_demo);
    let main = html! {
        (view.facts(&[
            (texts::TENANT, html! { (tenant_id) }),
            (texts::CLOCK, format::time(now)),
            (texts::PLAYS, html! { (view.say(if is_demo { texts::YES } else { texts::NO })) }),
        ]))
        ul {
            @for (path, text) in PAGES.iter().chain(demo_pages) {
                li { a href=(of_tenant(path, &tenant_id)) { (view.say(*text)) } }
            }
        }
        @if is_demo { (clock_form(view, &tenant_id, now)) }
        (view.form("/console/tick", texts::TICK, &html! {
            p { (view.say(texts::TICK_DOES)) }
            (tenant_field(&tenant_id))
        }, texts::TICK))
    };
    Ok(view.page(texts::TENANT, &main))
}

fn clock_form(view: &View, tenant_id: &TenantId, now: Timestamp) -> Markup {
    let new_time = html! {
        input id="now" name="now" value=(format::typed(now)) type="datetime-local" step="1"
            autocomplete="off" required;
    };
    let fields = html! {
        p { (view.say(texts::MOVE_CLOCK_DOES)) }
        (tenant_field(tenant_id))
        (view.field("now", texts::NEW_TIME, &new_time))
    };
    view.form("/console/clock", texts::MOVE_CLOCK, &fields, texts::MOVE_CLOCK)
}

/// Moves the clock of a demo tenant forward.
pub async fn clock(view: &View, call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Support)?;
    let tenant_id: TenantId = form.value("tenant_id")?;
    let now: Timestamp = match format::instant(form.text("now")) {
        Some(now) => now,
        None => form.value("now")?,
    };
    let back = of_tenant("/console/tenant", &tenant_id);
    if !form.is_confirmed() {
        let before = call.tenant(&tenant_id).await?;
        let before = before.read(async |books| Ok(books.at(call.now()))).await?;
        let facts = [
            (texts::TENANT, html! { (tenant_id) }),
            (texts::CLOCK, format::time(before)),
            (texts::MOVED_TO, format::time(now)),
        ];
        let (title, does) = (texts::MOVE_CLOCK, texts::MOVE_CLOCK_DOES);
        return Ok(confirm(view, form, &Asked { title, does, facts: &facts, cancel: &back }));
    }
    move_clock(&call, &tenant_id, now).await?;
    Ok(Screen::see(back))
}

/// Lets time do what it does, and says what that was.
pub async fn tick(view: &View, call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Support)?;
    let tenant_id: TenantId = form.value("tenant_id")?;
    let back = of_tenant("/console/tenant", &tenant_id);
    if !form.is_confirmed() {
        let facts = [(texts::TENANT, html! { (tenant_id) })];
        let (title, does) = (texts::TICK, texts::TICK_DOES);
        return Ok(confirm(view, form, &Asked { title, does, facts: &facts, cancel: &back }));
    }
    let ticked: Ticked = run_tick(&call, Some(&tenant_id)).await?;

    let main = html! {
        (view.facts(&[
            (texts::TENANT, html! { (tenant_id) }),
            (texts::ORDERS_CANCELLED, html! { (ticked.cancelled) }),
            (texts::RENEWED, html! { (ticked.renewed) }),
            (texts::RENEWALS_UNPAID, html! { (ticked.unpaid) }),
            (texts::RESOURCES_EXPIRED, html! { (ticked.expired) }),
            (texts::RESOURCES_SWITCHED, html! { (ticked.switched) }),
            (texts::RESOURCES_RELEASED, html! { (ticked.released) }),
            (texts::COUPONS_RETURNED, html! { (ticked.coupons) }),
            (texts::MONTHS_CLOSED, html! { (ticked.closed) }),
            (texts::MONTHS_UNCLOSED, html! { (ticked.unclosed) }),
            (texts::LEFT_TO_DO, html! { (ticked.left) }),
        ]))
        p { a href=(back) { (view.say(texts::TENANT)) } }
    };
    Ok(view.page(texts::TICK, &main))
}
