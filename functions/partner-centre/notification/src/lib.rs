//! Bind an address that is told of what happens to the partner's customers, or take it away; send it a
//! test event; and show it, with what became of the events.
//!
//! `POST`, `PUT` and `GET /partner-centre/v1/notification`.

use billing::api::deliveries::ShownDelivery;
use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What `bindAction` says.
const BIND: u32 = 0;
const UNBIND: u32 = 1;

billing::partner_centre! { POST => bind, PUT => test, GET => show }

async fn bind(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner()?;
    let Binding { bind_action, url } = call.body()?;

    match (bind_action, url) {
        (BIND, Some(url)) => call.bind_notification(&call.notification_url(&url)?).await,
        (UNBIND, None) => call.unbind_notification().await,
        (BIND, None) => Err(Refusal::parameter("url", "is required")),
        (UNBIND, Some(_)) => Err(Refusal::parameter("url", "must not be given with 1")),
        _ => Err(Refusal::parameter("bindAction", "must be 0 or 1")),
    }
}

async fn test(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner()?;
    let Testing {} = call.optional_body()?;

    call.test_notification().await
}

async fn show(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let slice = call.query(|query| query.slice(10, 1..=100))?;

    let partner = &caller.partner_id;
    let (bound, deliveries) = call
        .read(async |books| {
            let bound = books.notification(partner).await?;
            Ok((bound, books.partner_deliveries(partner, slice).await?))
        })
        .await?;

    Answer::ok(&Shown {
        url: bound.as_ref().map(|bound| bound.url.clone()),
        bound_at: bound.map(|bound| bound.bound_at),
        total_count: deliveries.total_count,
        deliveries: deliveries.items.into_iter().map(ShownDelivery::from).collect(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Binding {
    #[serde(rename = "bindAction")]
    bind_action: u32,
    url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Testing {}

#[derive(Serialize)]
struct Shown {
    /// Absent while none is bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bound_at: Option<Timestamp>,
    total_count: u64,
    deliveries: Vec<ShownDelivery>,
}
