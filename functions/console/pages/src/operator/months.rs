//! The months of a tenant: which of them are closed, and another one.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::{Form, Screen};
use billing::domain::bill::Closing;
use billing::operator::{Role, close_month};
use billing::value::id::TenantId;
use billing::value::time::Month;
use maud::{Markup, html};

use super::files::parquet_of_month;
use super::{Asked, confirm, of_tenant, tenant_field};
use crate::format;
use crate::texts;
use crate::view::{Figures, View, Words, state};

/// Months that are shown, the newest first.
const MONTHS_SHOWN: u32 = 12;

/// The months that are over.
pub async fn list(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let tenant_id: TenantId = call.query(|query| query.required("tenant_id"))?;
    let books = call.tenant(&tenant_id).await?;
    let months = books
        .read(async |books| {
            let this = books.at(call.now()).month_utc_plus_8();
            let mut months = Vec::new();
            for before in 1..=MONTHS_SHOWN {
                let month = this.minus(before);
                months.push((month, books.closing(month).await?));
            }
            Ok(months)
        })
        .await?;

    let rows: Vec<Vec<Markup>> = months
        .iter()
        .map(|(month, closing)| {
            let mut row = row(view, *month, closing.as_ref());
            row.push(parquet_of_month(view, &tenant_id, &month.to_string()));
            row.push(close_button(view, &tenant_id, *month, closing.as_ref()));
            row
        })
        .collect();
    let columns = [
        Words(texts::MONTH),
        Words(texts::STATUS),
        Words(texts::CLOSED_AT),
        Figures(texts::BILL_LINES),
        Figures(texts::CUSTOMERS),
        Figures(texts::CONSUMED),
        Words(texts::LINES_AS_FOCUS_HAS_THEM),
        Words(texts::ACTION),
    ];
    let month = html! {
        input id="month" name="month" type="month" required pattern="[0-9]{4}-[0-9]{2}";
    };
    let fields = html! {
        p { (view.say(texts::CLOSE_MONTH_DOES)) }
        (tenant_field(&tenant_id))
        (view.field("month", texts::MONTH, &month))
    };
    let main = html! {
        (view.table(texts::MONTHS, &columns, &rows))
        (view.form("/console/months/close", texts::CLOSE_MONTH, &fields, texts::CLOSE_MONTH))
    };
    Ok(view.page(texts::MONTHS, &main))
}

/// The way to close a month that is open.
fn close_button(
    view: &View,
    tenant_id: &TenantId,
    month: Month,
    closing: Option<&Closing>,
) -> Markup {
    if closing.is_some() {
        return html! {};
    }
    let fields = [("tenant_id", tenant_id.as_str()), ("month", &month.to_string())];
    view.row_button("/console/months/close", texts::CLOSE, &fields)
}

fn row(view: &View, month: Month, closing: Option<&Closing>) -> Vec<Markup> {
    let figure = |figure: Option<u64>| html! { @if let Some(figure) = figure { (figure) } };
    let status = if closing.is_some() { texts::MONTH_CLOSED } else { texts::MONTH_OPEN };
    let consumed = closing.map(|closing| format::money(closing.amounts.consume));
    vec![
        html! { (month) },
        state(view, status),
        closing.map(|closing| format::time(closing.closed_at)).unwrap_or_default(),
        figure(closing.map(|closing| closing.records)),
        figure(closing.map(|closing| closing.customers)),
        html! { (consumed.unwrap_or_default()) },
    ]
}

/// Closes a month.
pub async fn close(view: &View, call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Everything)?;
    let tenant_id: TenantId = form.value("tenant_id")?;
    let month: Month = form.value("month")?;
    let back = of_tenant("/console/months", &tenant_id);
    if !form.is_confirmed() {
        let facts = [(texts::TENANT, html! { (tenant_id) }), (texts::MONTH, html! { (month) })];
        let (title, does) = (texts::CLOSE_MONTH, texts::CLOSE_MONTH_DOES);
        return Ok(confirm(view, form, &Asked { title, does, facts: &facts, cancel: &back }));
    }
    close_month(&call.tenant(&tenant_id).await?, month, call.now()).await?;
    Ok(Screen::see(back))
}
