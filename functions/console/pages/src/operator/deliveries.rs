//! Messages to the operator's own systems, and one of them sent again.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::{Form, Screen};
use billing::domain::delivery::{Delivery, DeliveryState};
use billing::operator::{Role, run_deliveries};
use billing::value::id::{DeliveryId, TenantId};
use maud::{Markup, html};

use super::{Asked, confirm, of_tenant};
use crate::deliveries;
use crate::texts;
use crate::view::{PER_PAGE, View, Words, encoded};

/// The list, newest first.
pub async fn list(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let (tenant_id, slice): (TenantId, _) =
        call.query(|query| Ok((query.required("tenant_id")?, query.slice(PER_PAGE, 1..=100)?)))?;
    let books = call.tenant(&tenant_id).await?;
    let messages = books.read(async |books| books.deliveries(None, slice).await).await?;

    let rows: Vec<Vec<Markup>> =
        messages.items.iter().map(|delivery| row(view, &tenant_id, delivery)).collect();
    let of_operator = [Words(texts::GOES_TO), Words(texts::ACTION)];
    let columns = [&deliveries::COLUMNS[..], &of_operator].concat();
    let query = format!("tenant_id={}", encoded(tenant_id.as_str()));
    let main = html! {
        (view.table(texts::DELIVERIES, &columns, &rows))
        (view.pager(&query, slice, messages.total_count))
    };
    Ok(view.page(texts::DELIVERIES, &main))
}

fn row(view: &View, tenant_id: &TenantId, delivery: &Delivery) -> Vec<Markup> {
    let mut row = deliveries::row(view, delivery);
    row.push(match &delivery.partner_id {
        Some(partner_id) => html! { (partner_id) },
        None => html! { (view.say(texts::OPERATORS_RECEIVER)) },
    });
    row.push(html! {
        @if delivery.state != DeliveryState::Delivered {
            (view.row_button("/console/deliveries/replay", texts::SEND_AGAIN, &[
                ("tenant_id", tenant_id.as_str()),
                ("delivery_id", delivery.delivery_id.as_str()),
            ]))
        }
    });
    row
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
