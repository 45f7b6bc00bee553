//! The tenants, each with the way to what can be done for it.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::Screen;
use billing::store::Register;
use billing::value::page::Page;
use maud::{Markup, html};

use crate::texts;
use crate::view::{PER_PAGE, View, Words, encoded};

/// The page.
pub async fn show(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let slice = call.query(|query| query.slice(PER_PAGE, 1..=100))?;
    let tenants = Register::new(call.host()).tenants().await?;
    let tenants = Page::of(tenants, slice);
    let rows: Vec<Vec<Markup>> = tenants
        .items
        .iter()
        .map(|(tenant_id, _)| {
            let audit = format!("/console/audit?tenant_id={}", encoded(tenant_id));
            vec![
                html! {
                    a href={ "/console/tenant?tenant_id=" (encoded(tenant_id)) } { (tenant_id) }
                },
                html! { a href=(audit) { (view.say(texts::AUDIT)) } },
            ]
        })
        .collect();
    let main = html! {
        (view.table(texts::TENANTS, &[Words(texts::TENANT), Words(texts::AUDIT)], &rows))
        (view.pager("", slice, tenants.total_count))
    };
    Ok(view.page(texts::TENANTS, &main))
}
