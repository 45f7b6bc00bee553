//! The bills of a month: its sums, what was spent by service, and the sums as a file.

use billing::api::{Query, Refusal};
use billing::component::Call;
use billing::console::Screen;
use billing::domain::bill::{ChargeMode, MonthlyBill, MonthlyFilter};
use billing::domain::error::Reason;
use billing::value::id::PartnerId;
use billing::value::money::Money;
use billing::value::page::{Page, Slice};
use billing::value::time::Month;
use maud::{Markup, html};
use std::collections::BTreeMap;

use crate::format;
use crate::plot;
use crate::texts;
use crate::view::{Figures, PER_PAGE, View, Words, pairs};

/// Sums that a plot and a file are made of. A partner's month with more has its file by the API.
const SUMS_MAX: usize = 5_000;

/// The ways in which consumption is charged.
const CHARGE_MODES: [ChargeMode; 3] =
    [ChargeMode::YearlyMonthly, ChargeMode::PayPerUse, ChargeMode::SavingsPlan];

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

/// All sums of a month, one way of charging after the other.
async fn sums(
    call: &Call,
    month: Option<Month>,
    reseller: Option<&PartnerId>,
) -> Result<(Month, Vec<MonthlyBill>), Refusal> {
    let caller = call.caller().of_console()?;
    call.read(async |books| {
        let month = month.unwrap_or_else(|| books.at(call.now()).month());
        let partner = books.acting_for(caller, reseller).await?;
        let mut sums: Vec<MonthlyBill> = Vec::new();
        for mode in CHARGE_MODES {
            let slice = Slice::first(SUMS_MAX.saturating_sub(sums.len()));
            let all = MonthlyFilter::default();
            sums.extend(books.monthly_bills(&partner, month, mode, &all, slice).await?.items);
        }
        Ok((month, sums))
    })
    .await
}

/// The page.
pub async fn list(view: &View, call: Call) -> Result<Screen, Refusal> {
    let Asked { month, reseller, slice } = call.query(read)?;
    let (month, all) = sums(&call, month, reseller.as_ref()).await?;

    let by_service = by_service(&all)?;
    let month = month.to_string();
    let Page { total_count, items } = Page::of(all, slice);
    let query = pairs(&[
        ("month", Some(&month)),
        ("indirect_partner_id", reseller.as_ref().map(PartnerId::as_str)),
    ]);
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
            (view.field("month", texts::MONTH, &month_input))
            p { button type="submit" { (view.say(texts::SHOW)) } }
        }
        @if !by_service.is_empty() { (plot::bars(view, texts::SPENT_BY_SERVICE, &by_service)) }
        (view.table(texts::BILLS, &columns, &rows))
        (view.pager(&query, slice, total_count))
        p { a href={ "/console/bills/file?" (query) } { (view.say(texts::AS_FILE)) } }
    };
    Ok(view.page(texts::BILLS, &main))
}

/// What was spent on each service, the most first.
fn by_service(sums: &[MonthlyBill]) -> Result<Vec<(String, Money)>, Refusal> {
    let mut services: BTreeMap<String, Money> = BTreeMap::new();
    for sum in sums {
        let name = sum.cloud_service_type_name.clone();
        let name = name.unwrap_or_else(|| sum.cloud_service_type.to_string());
        let amount = services.entry(name).or_insert(Money::ZERO);
        let more = sum.amount.unwrap_or(Money::ZERO);
        *amount = amount.checked_add(more).map_err(|_| Reason::AmountTooLarge)?;
    }
    let mut services: Vec<(String, Money)> =
        services.into_iter().filter(|(_, amount)| amount.is_positive()).collect();
    services.sort_by_key(|(_, amount)| std::cmp::Reverse(amount.whole_fen()));
    Ok(services)
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

/// The sums of a month as a file of comma-separated values.
pub async fn file(call: Call) -> Result<Screen, Refusal> {
    let Asked { month, reseller, .. } = call.query(read)?;
    let (month, all) = sums(&call, month, reseller.as_ref()).await?;
    // With a byte order mark, or spreadsheets do not take it for UTF-8.
    let mut text = "\u{feff}customer_id,cloud_service_type,cloud_service_type_name,\
                    resource_type_code,charge_mode,bill_type,amount,debt_amount\r\n"
        .to_owned();
    for sum in &all {
        let amount = |amount: Option<Money>| amount.map(|it| it.to_string()).unwrap_or_default();
        let cells = [
            cell(sum.customer_id.as_str()),
            cell(sum.cloud_service_type.as_str()),
            cell(sum.cloud_service_type_name.as_deref().unwrap_or_default()),
            cell(sum.resource_type_code.as_str()),
            sum.charge_mode.code().to_owned(),
            sum.bill_type.code().to_owned(),
            amount(sum.amount),
            amount(sum.debt_amount),
        ];
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    let name = format!("bills-{month}.csv");
    Ok(Screen::file(&name, "text/csv; charset=utf-8", text.into_bytes()))
}

/// A text as a cell. One that a spreadsheet would take for a formula is made a text by a quote in
/// front.
fn cell(text: &str) -> String {
    let defused = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if defused.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", defused.replace('"', "\"\""))
    } else {
        defused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_texts_and_never_formulas() {
        for (text, expected) in [
            ("plain", "plain"),
            ("弹性云服务器", "弹性云服务器"),
            ("a,b", "\"a,b\""),
            ("say \"so\"", "\"say \"\"so\"\"\""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1,B1)", "\"'@SUM(A1,B1)\""),
            ("\t=1", "'\t=1"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
