//! The address that is told of what happens to a partner's customers, and what became of the events.
//! A reseller has one of its own.

use billing::api::{Operation, Refusal};
use billing::component::{Call, Visit};
use billing::console::{Form, Screen};
use billing::domain::delivery::DeliveryState;
use billing::domain::error::Reason;
use billing::domain::notification::Notification;
use billing::value::id::DeliveryId;
use billing::value::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use crate::deliveries;
use crate::format;
use crate::texts;
use crate::view::{Need, PER_PAGE, View};

/// The pages' operations, as the journal names them.
const SHOW: Operation = Operation { method: "GET", name: "partner-centre-notification" };
const CHANGE: Operation = Operation { method: "POST", name: "partner-centre-notification" };
const TEST: Operation = Operation { method: "PUT", name: "partner-centre-notification" };

/// The page and the form that binds an address or takes it away.
const PAGE: &str = "/console/notifications";

/// What `bindAction` says, as in the route.
const BIND: &str = "0";
const UNBIND: &str = "1";

/// The page: where events go, the forms that change that, and the events.
pub async fn show(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, _) = visit.call(&SHOW)?;
    let caller = call.caller().of_console()?;
    let slice = call.query(|query| query.slice(PER_PAGE, 1..=100))?;
    let partner = &caller.partner_id;
    let (bound, events) = call
        .read(async |books| {
            let bound = books.notification_or_fault(partner).await?;
            Ok((bound, books.partner_deliveries(partner, slice).await?))
        })
        .await?;

    let can_bind = call.takes_notifications()?;
    let rows: Vec<Vec<Markup>> =
        events.items.iter().map(|event| deliveries::row(view, event)).collect();
    let main = html! {
        p { (view.say(texts::NOTIFICATIONS_ARE)) }
        @match &bound {
            Some(Ok(bound)) => (facts_of(view, bound)),
            Some(Err(_)) => p.problem role="alert" { (view.say(texts::NOT_OPENED)) },
            None => (view.facts(&[(texts::ADDRESS, html! { (view.say(texts::NONE_BOUND)) })])),
        }
        @if !can_bind { p { (view.say(texts::NO_HOSTS)) } }
        div.columns {
            @if bound.is_some() { (forms_of_one_that_is_bound(view)) }
            @if can_bind { (form_to_bind(view)) }
        }
        (view.table(texts::DELIVERIES, &deliveries::COLUMNS, &rows))
        (view.pager("", slice, events.total_count))
    };
    Ok(view.page(texts::NOTIFICATIONS, &main))
}

fn facts_of(view: &View, bound: &Notification) -> Markup {
    view.facts(&[
        (texts::ADDRESS, html! { (bound.url) }),
        (texts::BOUND_SINCE, format::time(bound.bound_at)),
    ])
}

fn forms_of_one_that_is_bound(view: &View) -> Markup {
    let does = html! { p { (view.say(texts::TEST_EVENT_DOES)) } };
    let unbind = html! { input type="hidden" name="bindAction" value=(UNBIND); };
    html! {
        (view.form("/console/notifications/test", texts::TEST_EVENT, &does, texts::SEND_TEST_EVENT))
        (view.form(PAGE, texts::UNBIND, &unbind, texts::CONTINUE))
    }
}

fn form_to_bind(view: &View) -> Markup {
    let fields = html! {
        input type="hidden" name="bindAction" value=(BIND);
        (view.text_field("url", texts::ADDRESS, "", Need::Required))
    };
    view.form(PAGE, texts::BIND, &fields, texts::CONTINUE)
}

/// Binds an address or takes it away.
pub async fn change(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, form) = visit.call(&CHANGE)?;
    call.caller().of_console()?;
    match form.text("bindAction") {
        BIND => bind(view, &call, &form).await,
        UNBIND => unbind(view, &call, &form).await,
        _ => Err(Refusal::parameter("bindAction", "must be 0 or 1")),
    }
}

/// A binding as the route answers it: the secret is in this answer alone.
#[derive(Deserialize)]
struct Bound {
    url: String,
    bound_at: Timestamp,
    secret: Option<String>,
}

async fn bind(view: &View, call: &Call, form: &Form) -> Result<Screen, Refusal> {
    let url: String = form.value("url")?;
    let url = call.notification_url(&url)?;
    if !form.is_confirmed() {
        let before = bound_by(call).await?;
        let before = match &before {
            Some(Ok(before)) => &before.url,
            Some(Err(_)) => view.say(texts::BOUND_ONE),
            None => view.say(texts::NONE_BOUND),
        };
        let main = html! {
            p { (view.say(texts::BIND_DOES)) }
            (view.facts(&[
                (texts::ADDRESS_BEFORE, html! { (before) }),
                (texts::ADDRESS_AFTER, html! { (url.as_str()) }),
            ]))
            (view.confirm(PAGE, PAGE, &[
                ("bindAction", BIND.to_owned()),
                ("url", url.as_str().to_owned()),
            ]))
        };
        return Ok(view.page(texts::BIND, &main));
    }
    let Bound { url, bound_at, secret } = call.bind_notification(&url).await?.read()?;
    let main = html! {
        @match secret {
            Some(secret) => {
                p.good role="status" { (view.say(texts::SECRET_IS_SHOWN_ONCE)) }
                (view.facts(&[
                    (texts::ADDRESS, html! { (url) }),
                    (texts::BOUND_SINCE, format::time(bound_at)),
                    (texts::SECRET, html! { code { (secret) } }),
                ]))
            }
            None => p.problem role="alert" { (view.say(texts::BOUND_ANOTHER)) },
        }
        p { a href=(PAGE) { (view.say(texts::NOTIFICATIONS)) } }
    };
    Ok(view.page(texts::ADDRESS_BOUND, &main))
}

async fn unbind(view: &View, call: &Call, form: &Form) -> Result<Screen, Refusal> {
    if !form.is_confirmed() {
        let Some(bound) = bound_by(call).await? else {
            return Ok(Screen::see(PAGE.to_owned()));
        };
        let main = html! {
            p { (view.say(texts::UNBIND_DOES)) }
            @match &bound {
                Ok(bound) => (facts_of(view, bound)),
                Err(_) => (view.facts(&[(texts::ADDRESS, html! { (view.say(texts::BOUND_ONE)) })])),
            }
            (view.confirm(PAGE, PAGE, &[("bindAction", UNBIND.to_owned())]))
        };
        return Ok(view.page(texts::UNBIND, &main));
    }
    call.unbind_notification().await?;
    Ok(Screen::see(PAGE.to_owned()))
}

async fn bound_by(call: &Call) -> Result<Option<Result<Notification, Reason>>, Refusal> {
    let partner = &call.caller().of_console()?.partner_id;
    call.read(async |books| books.notification_or_fault(partner).await).await
}

/// A test event as the route answers it.
#[derive(Deserialize)]
struct Tested {
    delivery_id: DeliveryId,
    state: DeliveryState,
}

/// Sends an event about nothing, and says whether it was taken.
pub async fn test(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, _) = visit.call(&TEST)?;
    call.caller().of_console()?;
    let Tested { delivery_id, state } = call.test_notification().await?.read()?;

    let main = html! {
        @match state {
            DeliveryState::Delivered => {
                p.good role="status" { (view.say(texts::TEST_WAS_TAKEN)) }
            }
            DeliveryState::Pending | DeliveryState::Failed => {
                p.problem role="alert" { (view.say(texts::TEST_WAS_NOT_TAKEN)) }
            }
        }
        (view.facts(&[
            (texts::DELIVERY, html! { (delivery_id) }),
            (texts::STATUS, html! { (view.say(texts::delivery_state(state))) }),
        ]))
        p { a href=(PAGE) { (view.say(texts::NOTIFICATIONS)) } }
    };
    Ok(view.page(texts::TEST_EVENT, &main))
}
