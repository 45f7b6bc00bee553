//! One tenant: what can be looked at, its clock, and what time does.

use billing::api::{Refusal, is_demo_tenant};
use billing::component::OperatorCall;
use billing::console::{Form, Screen};
use billing::operations::tick::Ticked;
use billing::operator::{Role, move_clock, run_tick};
use billing::value::id::TenantId;
use billing::value::time::Timestamp;
use maud::{Markup, html};

use crate::format;
use crate::texts;
use crate::view::{View, encoded};

/// The page.
pub async fn show(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let tenant_id: TenantId = call.query(|query| query.required("tenant_id"))?;
    let is_demo = is_demo_tenant(call.host(), &tenant_id)?;
    let books = call.tenant(&tenant_id).await?;
    let now = books.read(async |books| Ok(books.at(call.now()))).await?;

    let query = format!("tenant_id={}", encoded(tenant_id.as_str()));
    let links = [
        ("/console/audit", texts::AUDIT),
        ("/console/reviews", texts::REVIEWS),
        ("/console/deliveries", texts::DELIVERIES),
        ("/console/access-keys", texts::ACCESS_KEYS),
    ];
    let main = html! {
        (view.facts(&[
            (texts::TENANT, html! { (tenant_id) }),
            (texts::CLOCK, format::time(now)),
            (texts::PLAYS, html! { (view.say(if is_demo { texts::YES } else { texts::NO })) }),
        ]))
        ul {
            @for (path, text) in links {
                li { a href={ (path) "?" (query) } { (view.say(text)) } }
            }
        }
        @if is_demo { (clock_form(view, &tenant_id, now)) }
        form.box method="post" action="/console/tick" {
            h2 { (view.say(texts::TICK)) }
            p { (view.say(texts::TICK_DOES)) }
            (view.form_token())
            input type="hidden" name="tenant_id" value=(tenant_id);
            p { button type="submit" { (view.say(texts::TICK)) } }
        }
    };
    Ok(view.page(texts::TENANT, &main))
}

fn clock_form(view: &View, tenant_id: &TenantId, now: Timestamp) -> Markup {
    let input = html! { input id="now" name="now" value=(now) autocomplete="off" required; };
    html! {
        form.box method="post" action="/console/clock" {
            h2 { (view.say(texts::MOVE_CLOCK)) }
            p { (view.say(texts::MOVE_CLOCK_DOES)) }
            (view.form_token())
            input type="hidden" name="tenant_id" value=(tenant_id);
            (view.field("now", texts::NEW_TIME, &input))
            p { button type="submit" { (view.say(texts::MOVE_CLOCK)) } }
        }
    }
}

/// Moves the clock of a demo tenant forward.
pub async fn clock(call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Support)?;
    let tenant_id: TenantId = form.value("tenant_id")?;
    let now: Timestamp = form.value("now")?;
    move_clock(&call, &tenant_id, now).await?;
    Ok(Screen::see(format!("/console/tenant?tenant_id={}", encoded(tenant_id.as_str()))))
}

/// Lets time do what it does, and says what that was.
pub async fn tick(view: &View, call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Support)?;
    let tenant_id: TenantId = form.value("tenant_id")?;
    let ticked: Ticked = run_tick(&call, Some(&tenant_id)).await?;

    let back = format!("/console/tenant?tenant_id={}", encoded(tenant_id.as_str()));
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
