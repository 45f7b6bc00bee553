//! What a partner has: its accounts, what is left of its quotas, its customers.

use billing::api::Refusal;
use billing::component::Call;
use billing::console::Screen;
use billing::domain::account::AccountBalance;
use billing::domain::coupon::{HeldQuota, QuotaStatus};
use billing::domain::partner::CustomerFilter;
use billing::value::page::Slice;
use billing::value::time::Timestamp;
use maud::{Markup, html};

use super::customers;
use crate::format;
use crate::texts;
use crate::view::{Figures, View, Words, state};

/// Records of each list on this page.
const FIRST: usize = 5;

/// The page.
pub async fn show(view: &View, call: Call) -> Result<Screen, Refusal> {
    call.query(|_| Ok(()))?;
    let partner = &call.caller().of_console()?.partner_id;
    let (balances, quotas, customers, now) = call
        .read(async |books| {
            let now = books.at(call.now());
            let balances = books.partner_balances(partner).await?;
            let is_normal = |held: &HeldQuota| held.status_for_holder(now) == QuotaStatus::Normal;
            let quotas = books.held_quotas(partner, is_normal, Slice::first(FIRST)).await?;
            let filter = CustomerFilter::default();
            let customers = books.customers(partner, &filter, Slice::first(FIRST)).await?;
            Ok((balances, quotas, customers, now))
        })
        .await?;

    let some_customers = customers.items.into_iter().map(|(customer, _)| customer);
    let main = html! {
        (accounts(view, &balances))
        (quota_table(view, &quotas.items, now))
        p { a href="/console/quotas" { (view.say(texts::ALL_QUOTAS)) } }
        (customers::table(view, some_customers))
        p {
            a href="/console/customers" { (view.say(texts::ALL_CUSTOMERS)) }
            " (" (customers.total_count) ")"
        }
    };
    Ok(view.page(texts::OVERVIEW, &main))
}

/// Accounts with what is available of each.
pub fn accounts(view: &View, balances: &[AccountBalance]) -> Markup {
    let rows: Vec<Vec<Markup>> = balances
        .iter()
        .map(|balance| {
            let limit = balance.credit_amount.map(format::money);
            vec![
                html! { (view.say(texts::account_type(balance.account_type))) },
                html! { (format::money(balance.amount)) },
                html! { (limit.unwrap_or_default()) },
            ]
        })
        .collect();
    let columns = [Words(texts::ACCOUNT), Figures(texts::AVAILABLE), Figures(texts::CREDIT_LIMIT)];
    view.table(texts::BALANCES, &columns, &rows)
}

/// Quotas with what is left of each.
pub fn quota_table(view: &View, quotas: &[HeldQuota], now: Timestamp) -> Markup {
    let rows: Vec<Vec<Markup>> = quotas
        .iter()
        .map(|held| {
            let status = held.status_for_holder(now);
            let HeldQuota { quota, balance } = held;
            vec![
                html! { (quota.quota_id) },
                html! { (view.say(texts::quota_type(quota.quota_type))) },
                state(view, texts::quota_status(status)),
                html! { (format::money(*balance)) },
                html! { (format::money(quota.quota_value)) },
                format::time(quota.effective_time),
                format::time(quota.expire_time),
            ]
        })
        .collect();
    let columns = [
        Words(texts::QUOTA),
        Words(texts::KIND),
        Words(texts::STATUS),
        Figures(texts::LEFT),
        Figures(texts::GRANTED),
        Words(texts::EFFECTIVE),
        Words(texts::EXPIRES),
    ];
    view.table(texts::QUOTAS, &columns, &rows)
}
