//! What a partner looks at first: its accounts, what was spent, what waits for it, what ends soon, and
//! the first of its quotas and customers.

use billing::api::Refusal;
use billing::component::Call;
use billing::console::Screen;
use billing::domain::account::statement::ChangeFilter;
use billing::domain::account::{AccountBalance, AccountId};
use billing::domain::coupon::{HeldQuota, QuotaStatus};
use billing::domain::order::Order;
use billing::domain::partner::CustomerFilter;
use billing::domain::realname::Submission;
use billing::operations::statements;
use billing::operations::upcoming::{Upcoming, upcoming};
use billing::value::page::Slice;
use billing::value::time::{Period, Timestamp};
use maud::{Markup, html};

use super::{bills, customers, money, orders, quotas};
use crate::format;
use crate::text::Text;
use crate::texts;
use crate::view::{Figures, View, Words, encoded, state};

/// Records of each list on this page.
const FIRST: usize = 5;

/// Changes of the partner's cash that are drawn.
const CHANGES_DRAWN: usize = 50;

/// The page.
pub async fn show(view: &View, call: Call) -> Result<Screen, Refusal> {
    call.query(|_| Ok(()))?;
    let partner = &call.caller().of_console()?.partner_id;
    let (figures, upcoming, now) = call
        .read(async |books| {
            let now = books.at(call.now());
            let balances = books.partner_balances(partner).await?;
            let account = AccountId::PartnerBalance(partner.clone());
            let (all, drawn) = (ChangeFilter::default(), Slice::first(CHANGES_DRAWN));
            let changes = statements::changes(books, &account, Period::ALL, &all, drawn).await?;
            let (month, sums) = bills::latest_sums(books, partner, now).await?;
            let is_normal = |held: &HeldQuota| held.status_for_holder(now) == QuotaStatus::Normal;
            let quotas = books.held_quotas(partner, Some(is_normal), Slice::first(FIRST)).await?;
            let filter = CustomerFilter::default();
            let customers = books.customers(partner, &filter, Slice::first(FIRST)).await?;
            let upcoming = upcoming(books, partner, now).await?;
            Ok(((balances, changes, month, sums, quotas, customers), upcoming, now))
        })
        .await?;

    let (balances, changes, month, sums, quotas, customers) = figures;
    let some_customers = customers.items.into_iter().map(|(customer, _)| customer);
    let main = html! {
        (accounts(view, &balances))
        (money::balance_over_time(view, &changes.items, now))
        (bills::spent_by_service(view, month, &sums)?)
        (waiting_orders(view, &upcoming.orders, now)?)
        (ending(view, &upcoming))
        (under_review(view, &upcoming.reviews))
        @if !upcoming.is_whole { p { (view.say(texts::THERE_MAY_BE_MORE)) } }
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

/// Orders that can be paid, the first deadline first.
fn waiting_orders(view: &View, waiting: &[Order], now: Timestamp) -> Result<Markup, Refusal> {
    let rows = waiting.iter().map(|order| orders::row(view, order, "", now));
    let rows: Vec<Vec<Markup>> = rows.collect::<Result<_, Refusal>>()?;
    Ok(html! {
        (view.table(texts::WAIT_FOR_PAYMENT, &orders::COLUMNS, &rows))
        p { a href="/console/orders" { (view.say(texts::ALL_ORDERS)) } }
    })
}

/// Quotas, coupons and resources, the first to end first.
fn ending(view: &View, upcoming: &Upcoming) -> Markup {
    let quotas = upcoming.quotas.iter().map(|held| {
        let HeldQuota { quota, balance } = held;
        let what = html! { (quota.quota_id) };
        (quota.expire_time, texts::QUOTA, what, html! {}, format::money(*balance))
    });
    let coupons = upcoming.coupons.iter().map(|held| {
        let coupon = &held.coupon;
        let (what, whose) = (html! { (coupon.coupon_id) }, html! { (coupon.customer_id) });
        (coupon.expire_time, texts::COUPON, what, whose, format::money(held.balance))
    });
    let resources = upcoming.resources.iter().map(|resource| {
        let customer = resource.customer_id.as_str();
        let page = format!("/console/resources?customer_id={}", encoded(customer));
        let what = html! { a href=(page) { (resource.resource_id) } };
        (resource.expire_time, texts::RESOURCE, what, html! { (customer) }, String::new())
    });
    let mut ends: Vec<(Timestamp, Text, Markup, Markup, String)> =
        quotas.chain(coupons).chain(resources).collect();
    ends.sort_by_key(|(end, ..)| *end);
    let rows = ends.into_iter().map(|(end, kind, what, whose, left)| {
        vec![html! { (view.say(kind)) }, what, whose, html! { (left) }, format::time(end)]
    });
    let columns = [
        Words(texts::KIND),
        Words(texts::NAME),
        Words(texts::CUSTOMER),
        Figures(texts::LEFT),
        Words(texts::ENDS),
    ];
    view.table(texts::ENDS_SOON, &columns, &rows.collect::<Vec<_>>())
}

/// Customers whose submissions nobody has decided, the longest first.
fn under_review(view: &View, submissions: &[Submission]) -> Markup {
    let rows = submissions.iter().map(|submission| {
        let id = submission.customer_id.as_str();
        let page = format!("/console/customers/statement?customer_id={}", encoded(id));
        let kind = submission.kind.map(texts::submission_kind);
        vec![
            html! { a href=(page) { (id) } },
            html! { @if let Some(kind) = kind { (view.say(kind)) } },
            format::time(submission.submitted_at),
        ]
    });
    let columns = [Words(texts::CUSTOMER), Words(texts::KIND), Words(texts::SUBMITTED)];
    view.table(texts::UNDER_REVIEW, &columns, &rows.collect::<Vec<_>>())
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

/// Quotas with what is left of each, and the way to issue coupons from it.
pub fn quota_table(view: &View, quotas: &[HeldQuota], now: Timestamp) -> Markup {
    let rows: Vec<Vec<Markup>> = quotas
        .iter()
        .map(|held| {
            let status = held.status_for_holder(now);
            let HeldQuota { quota, balance } = held;
            vec![
                html! { (quota.quota_id) },
                html! { (view.say(texts::coupon_kind(quota.kind()))) },
                state(view, texts::quota_status(status)),
                html! { (format::money(*balance)) },
                html! { (format::money(quota.quota_value)) },
                format::time(quota.effective_time),
                format::time(quota.expire_time),
                html! {
                    @if view.can_act() && quotas::can_issue(held, now) {
                        a href={
                            "/console/coupons/issue?quota_id=" (encoded(quota.quota_id.as_str()))
                        } { (view.say(texts::ISSUE_COUPONS)) }
                    }
                },
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
        Words(texts::ACTION),
    ];
    view.table(texts::QUOTAS, &columns, &rows)
}
