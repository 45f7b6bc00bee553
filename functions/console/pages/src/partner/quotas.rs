//! The coupon quotas that a partner holds, and those that a distributor has granted.

use billing::api::Refusal;
use billing::component::Call;
use billing::console::Screen;
use billing::domain::coupon::{GrantedQuota, HeldQuota};
use billing::domain::partner::PartnerKind;
use billing::value::page::{Page, Slice};
use billing::value::time::Timestamp;
use maud::{Markup, html};

use super::overview::quota_table;
use crate::format;
use crate::texts;
use crate::view::{Figures, PER_PAGE, View, Words, state};

/// The newest granted quotas that are shown.
const GRANTED_SHOWN: usize = 50;

/// The page.
pub async fn list(view: &View, call: Call) -> Result<Screen, Refusal> {
    let caller = call.caller().of_console()?;
    let slice = call.query(|query| query.slice(PER_PAGE, 1..=100))?;
    let (held, granted, now) = call
        .read(async |books| {
            let now = books.at(call.now());
            let held = books.held_quotas(&caller.partner_id, |_| true, slice).await?;
            let granted = match caller.kind {
                PartnerKind::Distributor => {
                    let all = None::<fn(&GrantedQuota) -> bool>;
                    let first = Slice::first(GRANTED_SHOWN);
                    books.granted_quotas(&caller.partner_id, all, first).await?
                }
                PartnerKind::SolutionProvider | PartnerKind::Reseller => Page::empty(),
            };
            Ok((held, granted, now))
        })
        .await?;

    let is_distributor = caller.kind == PartnerKind::Distributor;
    let main = html! {
        (quota_table(view, &held.items, now))
        (view.pager("", slice, held.total_count))
        @if is_distributor { (granted_table(view, granted.items, now)) }
    };
    Ok(view.page(texts::QUOTAS, &main))
}

fn granted_table(view: &View, granted: Vec<GrantedQuota>, now: Timestamp) -> Markup {
    let rows: Vec<Vec<Markup>> = granted
        .into_iter()
        .map(|GrantedQuota { held: HeldQuota { quota, balance }, holder }| {
            vec![
                html! { (quota.quota_id) },
                html! { (holder.partner_id) " " (holder.name.unwrap_or_default()) },
                state(view, texts::quota_status(quota.status_at(now))),
                html! { (format::money(balance)) },
                html! { (format::money(quota.quota_value)) },
                format::time(quota.expire_time),
            ]
        })
        .collect();
    let columns = [
        Words(texts::QUOTA),
        Words(texts::RESELLER),
        Words(texts::STATUS),
        Figures(texts::LEFT),
        Figures(texts::GRANTED),
        Words(texts::EXPIRES),
    ];
    view.table(texts::GRANTED_QUOTAS, &columns, &rows)
}
