//! The resellers of a distributor, each with the ways to its customers and coupons.

use billing::api::Refusal;
use billing::component::Call;
use billing::console::Screen;
use billing::domain::partner::{Partner, ResellerFilter};
use maud::{Markup, html};

use crate::format;
use crate::texts;
use crate::view::{PER_PAGE, View, Words, encoded};

/// The page.
pub async fn list(view: &View, call: Call) -> Result<Screen, Refusal> {
    let caller = call.caller().distributor()?;
    let slice = call.query(|query| query.slice(PER_PAGE, 1..=100))?;
    let filter = ResellerFilter::default();
    let resellers =
        call.read(async |books| books.resellers(&caller.partner_id, &filter, slice).await).await?;

    let total_count = resellers.total_count;
    let resellers = resellers.items.into_iter().map(|(reseller, _)| row(view, reseller));
    let columns = [
        Words(texts::RESELLER),
        Words(texts::ACCOUNT_NAME),
        Words(texts::NAME),
        Words(texts::ASSOCIATED_ON),
        Words(texts::ACTION),
    ];
    let main = html! {
        (view.table(texts::RESELLERS, &columns, &resellers.collect::<Vec<_>>()))
        (view.pager("", slice, total_count))
    };
    Ok(view.page(texts::RESELLERS, &main))
}

fn row(view: &View, reseller: Partner) -> Vec<Markup> {
    let acting = format!("indirect_partner_id={}", encoded(reseller.partner_id.as_str()));
    vec![
        html! { (reseller.partner_id) },
        html! { (reseller.account_name.unwrap_or_default()) },
        html! { (reseller.name.unwrap_or_default()) },
        html! { @if let Some(since) = reseller.associated_on { (format::time(since)) } },
        html! {
            a href={ "/console/customers?" (acting) } { (view.say(texts::CUSTOMERS)) } " "
            a href={ "/console/coupons?" (acting) } { (view.say(texts::COUPONS)) } " "
            a href={ "/console/money/allocate?" (acting) } { (view.say(texts::ALLOCATE)) }
        },
    ]
}
