//! The bills of a month: its sums, what was spent by service, and the ways to its files.

use billing::api::{Query, Refusal};
use billing::books::Books;
use billing::component::Call;
use billing::console::Screen;
use billing::domain::bill::MonthlyBill;
use billing::domain::error::Reason;
use billing::value::id::PartnerId;
use billing::value::money::Money;
use billing::value::page::{Page, Slice};
use billing::value::time::{Month, Timestamp};
use maud::{Markup, html};
use std::collections::BTreeMap;

use super::exports;
use crate::format;
use crate::plot::Plot;
use crate::texts;
use crate::view::{Figures, PER_PAGE, View, Words, pairs};

/// Sums that a plot is made of, and that are listed. The month's files have all of them.
const SUMS_MAX: usize = 2_000;

struct Asked {
    month: Option<Month>,
    reseller: Option<PartnerId>,
    slice: Slice,
}

fn read(query: &mut Query) -> Result<Asked, Refusal> {
    Ok(Asked {
        month: query.value("month")?,
        reseller: query.value("indirect_partner_id")?,
        slice: query.slice(PER_PAGE, 1..=100)?,
    })
}

/// The sums of this month, or of the one before until there are some.
pub async fn latest_sums(
    books: &Books<'_>,
    partner: &PartnerId,
    now: Timestamp,
) -> Result<(Month, Page<MonthlyBill>), Reason> {
    let month = now.month_utc_plus_8();
    let of_month = books.first_monthly_bills(partner, month, SUMS_MAX).await?;
    if of_month.total_count > 0 {
        return Ok((month, of_month));
    }
    let before = month.minus(1);
    Ok((before, books.first_monthly_bills(partner, before, SUMS_MAX).await?))
}

/// The page.
pub async fn list(view: &View, call: Call) -> Result<Screen, Refusal> {
    let Asked { month, reseller, slice } = call.query(read)?;
    let caller = call.caller().of_console()?;
    let (month, all) = call
        .read(async |books| {
            let month = month.unwrap_or_else(|| books.at(call.now()).month_utc_plus_8());
            let partner = books.acting_for(caller, reseller.as_ref()).await?;
            Ok((month, books.first_monthly_bills(&partner, month, SUMS_MAX).await?))
        })
        .await?;

    let plotted = spent_by_service(view, month, &all)?;
    let (before, after) = (month.minus(1).to_string(), month.plus(1).to_string());
    let month = month.to_string();
    let Page { total_count, items } = Page::of(all.items, slice);
    let acting = reseller.as_ref().map(PartnerId::as_str);
    let of = |month: &str| pairs(&[("month", Some(month)), ("indirect_partner_id", acting)]);
    let query = of(&month);
    let rows: Vec<Vec<Markup>> = items.iter().map(|sum| row(view, sum)).collect();
    let columns = [
        Words(texts::CUSTOMER),
        Words(texts::SERVICE),
        Words(texts::CHARGED),
        Words(texts::KIND),
        Figures(texts::AMOUNT),
        Figures(texts::OWED),
    ];
    let month_input = html! {
        input id="month" name="month" type="month" value=(month) required pattern="[0-9]{4}-[0-9]{2}";
    };
    let main = html! {
        form.box method="get" action="/console/bills" {
            @if let Some(reseller) = &reseller {
                input type="hidden" name="indirect_partner_id" value=(reseller);
            }
            (view.field("month", texts::MONTH, &month_input))
            p { button type="submit" { (view.say(texts::SHOW)) } }
        }
        p.actions {
            a rel="prev" href={ "/console/bills?" (of(&before)) } { (view.say(texts::MONTH_BEFORE)) }
            a rel="next" href={ "/console/bills?" (of(&after)) } { (view.say(texts::MONTH_AFTER)) }
        }
        (plotted)
        (view.table(texts::BILLS, &columns, &rows))
        (view.pager(&query, slice, total_count))
        (exports::of_month(view, &month, acting))
    };
    Ok(view.page(texts::BILLS, &main))
}

/// The plot of what was spent in a month on each service, the most first. It says where it does not
/// have all of it.
pub fn spent_by_service(
    view: &View,
    month: Month,
    sums: &Page<MonthlyBill>,
) -> Result<Markup, Refusal> {
    let mut services: BTreeMap<String, Money> = BTreeMap::new();
    for sum in &sums.items {
        let name = sum.cloud_service_type_name.clone();
        let name = name.unwrap_or_else(|| sum.cloud_service_type.to_string());
        let amount = services.entry(name).or_insert(Money::ZERO);
        let more = sum.amount.unwrap_or(Money::ZERO);
        *amount = amount.checked_add(more).map_err(|_| Reason::AmountTooLarge)?;
    }
    let mut services: Vec<(String, Money)> =
        services.into_iter().filter(|(_, amount)| amount.is_positive()).collect();
    services.sort_by_key(|(_, amount)| std::cmp::Reverse(amount.whole_fen()));
    let of = format!("({month})");
    let plot = Plot { id: "spent", title: texts::SPENT_BY_SERVICE, of: &of };
    let listed = u64::try_from(sums.items.len()).unwrap_or(u64::MAX);
    Ok(html! {
        (plot.bars(view, &services))
        @if listed < sums.total_count { p { (view.say(texts::FIRST_SUMS_ALONE)) } }
    })
}

fn row(view: &View, sum: &MonthlyBill) -> Vec<Markup> {
    let service = sum.cloud_service_type_name.as_deref();
    let amount = |amount: Option<Money>| amount.map(format::money).unwrap_or_default();
    vec![
        html! { (sum.customer_id) },
        html! { (service.unwrap_or_default()) " " code { (sum.cloud_service_type) } },
        html! { (view.say(texts::charge_mode(sum.charge_mode))) },
        html! { (view.say(texts::bill_type(sum.bill_type))) },
        html! { (amount(sum.amount)) },
        html! { (amount(sum.debt_amount)) },
    ]
}
