//! Messages to the operator's own systems, and one of them sent again.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::{Form, Screen};
use billing::domain::delivery::{Delivery, DeliveryState};
use billing::operator::{Role, run_deliveries};
use billing::value::id::{DeliveryId, TenantId};
use maud::{Markup, html};

use super::{Asked, confirm, of_tenant};
use crate::format;
use crate::texts;
use crate::view::{Figures, PER_PAGE, View, Words, encoded, state};

/// The list, newest first.
pub async fn list(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let (tenant_id, slice): (TenantId, _) =
        call.query(|query| Ok((query.required("tenant_id")?, query.slice(PER_PAGE, 1..=100)?)))?;
    let books = call.tenant(&tenant_id).await?;
    let deliveries = books.read(async |books| books.deliveries(None, slice).await).await?;

    let rows: Vec<Vec<Markup>> =
        deliveries.items.iter().map(|delivery| row(view, &tenant_id, delivery)).collect();
    let columns = [
        Words(texts::DELIVERY),
        Words(texts::KIND),
        Words(texts::STATUS),
        Figures(texts::ATTEMPTS),
        Words(texts::WRITTEN),
        Words(texts::LAST_ERROR),
        Words(texts::ACTION),
    ];
    let query = format!("tenant_id={}", encoded(tenant_id.as_str()));
    let main = html! {
        (view.table(texts::DELIVERIES, &columns, &rows))
        (view.pager(&query, slice, deliveries.total_count))
    };
    Ok(view.page(texts::DELIVERIES, &main))
}

fn row(view: &View, tenant_id: &TenantId, delivery: &Delivery) -> Vec<Markup> {
    vec![
        html! { (delivery.delivery_id) },
        html! { code { (delivery.event) } },
        state(view, texts::delivery_state(delivery.state)),
        html! { (delivery.attempts) },
        format::time(delivery.created_at),
        html! { (delivery.last_error.as_deref().unwrap_or_default()) },
        html! {
            @if delivery.state != DeliveryState::Delivered {
                (view.row_button("/console/deliveries/replay", texts::SEND_AGAIN, &[
                    ("tenant_id", tenant_id.as_str()),
                    ("delivery_id", delivery.delivery_id.as_str()),
                ]))
            }
        },
    ]
}

/// Sends one message again.
pub async fn replay(view: &View, call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Support)?;
    let tenant_id: TenantId = form.value("tenant_id")?;
    let delivery_id: DeliveryId = form.value("delivery_id")?;
    let back = of_tenant("/console/deliveries", &tenant_id);
    if !form.is_confirmed() {
        let facts = [(texts::DELIVERY, html! { (delivery_id) })];
        let (title, does) = (texts::SEND_AGAIN, texts::SEND_AGAIN_DOES);
        return Ok(confirm(view, form, &Asked { title, does, facts: &facts, cancel: &back }));
    }
    run_deliveries(&call, Some(&tenant_id), Some(&delivery_id)).await?;
    Ok(Screen::see(back))
}
