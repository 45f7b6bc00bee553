//! A partner's customers, and the statement of each.

use billing::api::{Query, Refusal};
use billing::component::Call;
use billing::console::Screen;
use billing::domain::account::AccountId;
use billing::domain::account::statement::{ChangeFilter, Direction};
use billing::domain::partner::{AssociationType, Customer, CustomerFilter};
use billing::operations::statements::{self, Change};
use billing::value::id::{CustomerId, PartnerId};
use billing::value::page::{Page, Slice};
use billing::value::time::Period;
use maud::{Markup, html};

use super::exports;
use crate::format;
use crate::text::Text;
use crate::texts;
use crate::view::{Figures, PER_PAGE, View, Words, encoded, state};

/// All customers of the partner, or of a reseller that it acts for.
pub async fn list(view: &View, call: Call) -> Result<Screen, Refusal> {
    let caller = call.caller().of_console()?;
    let (reseller, slice) = call.query(|query| {
        let reseller: Option<PartnerId> = query.value("indirect_partner_id")?;
        Ok((reseller, query.slice(PER_PAGE, 1..=100)?))
    })?;
    let customers = call
        .read(async |books| {
            let partner = books.acting_for(caller, reseller.as_ref()).await?;
            books.customers(&partner, &CustomerFilter::default(), slice).await
        })
        .await?;

    let query = reseller.map(|id| format!("indirect_partner_id={}", encoded(id.as_str())));
    let total_count = customers.total_count;
    let customers = customers.items.into_iter().map(|(customer, _)| customer);
    let main = html! {
        (table(view, customers))
        (view.pager(&query.unwrap_or_default(), slice, total_count))
    };
    Ok(view.page(texts::CUSTOMERS, &main))
}

/// Customers, each with the way to its statement.
pub fn table(view: &View, customers: impl Iterator<Item = Customer>) -> Markup {
    let rows: Vec<Vec<Markup>> = customers.map(|customer| row(view, customer)).collect();
    let columns = [
        Words(texts::CUSTOMER),
        Words(texts::ACCOUNT_NAME),
        Words(texts::NAME),
        Words(texts::ASSOCIATION),
        Words(texts::REAL_NAME),
        Words(texts::ASSOCIATED_ON),
    ];
    view.table(texts::CUSTOMERS, &columns, &rows)
}

fn row(view: &View, customer: Customer) -> Vec<Markup> {
    let id = customer.customer_id.as_str();
    let statement = format!("/console/customers/statement?customer_id={}", encoded(id));
    let verified = customer.verified_status.map(texts::verified_status);
    vec![
        html! { a href=(statement) { (id) } },
        html! { (customer.account_name.unwrap_or_default()) },
        html! { (customer.customer.unwrap_or_default()) },
        html! { (view.say(texts::association(customer.association_type))) },
        html! { @if let Some(verified) = verified { (state(view, verified)) } },
        html! { @if let Some(since) = customer.associated_on { (format::time(since)) } },
    ]
}

/// What came into the cash of a customer that the partner funds, and what went.
pub async fn statement(view: &View, call: Call) -> Result<Screen, Refusal> {
    let caller = call.caller().of_console()?;
    let (customer_id, slice) = call.query(read_statement)?;
    let (customer, balances, changes) = call
        .read(async |books| {
            let customer = books.customer_below(caller, &customer_id).await?;
            let ids = [customer_id.clone()];
            let balances = statements::customer_balances(books, &customer.partner_id, &ids).await?;
            let changes = if customer.association_type == AssociationType::Resale {
                let account = AccountId::CustomerBalance(customer_id.clone());
                let all = ChangeFilter::default();
                statements::changes(books, &account, Period::ALL, &all, slice).await?
            } else {
                Page::empty()
            };
            Ok((customer, balances, changes))
        })
        .await?;

    let own = customer.partner_id == caller.partner_id;
    let is_funded = customer.association_type == AssociationType::Resale;
    let customer_id = customer.customer_id.to_string();
    let reseller = (!own).then(|| customer.partner_id.to_string());
    let target = encoded(customer.customer_id.as_str());
    let acting = if own {
        String::new()
    } else {
        format!("&indirect_partner_id={}", encoded(customer.partner_id.as_str()))
    };
    let looking = [
        ("/console/orders", texts::ORDERS, acting.as_str()),
        ("/console/resources", texts::RESOURCES, ""),
    ];
    let doing = [
        ("/console/money/allocate", texts::ALLOCATE, acting.as_str()),
        ("/console/money/reclaim", texts::RECLAIM_MONEY, &acting),
        ("/console/coupons/issue", texts::ISSUE_COUPONS, &acting),
        ("/console/orders/place", texts::ORDER_ON_BEHALF, ""),
    ];
    // A partner orders for its own customers, not for those of a reseller.
    let doing = doing.into_iter().filter(|(path, _, _)| own || *path != "/console/orders/place");
    let doing = doing.filter(|_| view.can_act());
    let ways: Vec<(&str, Text, &str)> = looking.into_iter().chain(doing).collect();
    let balance = balances.first().map(|(_, balance)| format::money(*balance));
    let main = html! {
        (view.facts(&[
            (texts::CUSTOMER, html! { (customer.customer_id) }),
            (texts::ACCOUNT_NAME, html! { (customer.account_name.unwrap_or_default()) }),
            (texts::NAME, html! { (customer.customer.unwrap_or_default()) }),
            (texts::ASSOCIATION,
                html! { (view.say(texts::association(customer.association_type))) }),
            (texts::AVAILABLE, html! { (balance.unwrap_or_default()) }),
        ]))
        p.actions {
            @for (path, text, query) in &ways {
                a href={ (path) "?customer_id=" (target) (query) } { (view.say(*text)) }
            }
        }
        (changes_table(view, &changes.items))
        (view.pager(&format!("customer_id={target}"), slice, changes.total_count))
        @if is_funded {
            p { (exports::statement(view, Some(&customer_id), reseller.as_deref())) }
        }
    };
    Ok(view.page(texts::STATEMENT, &main))
}

fn read_statement(query: &mut Query) -> Result<(CustomerId, Slice), Refusal> {
    Ok((query.required("customer_id")?, query.slice(PER_PAGE, 1..=100)?))
}

/// Changes of an account, newest first.
pub fn changes_table(view: &View, changes: &[Change]) -> Markup {
    let rows: Vec<Vec<Markup>> = changes.iter().map(|change| change_row(view, change)).collect();
    let columns = [
        Words(texts::TIME),
        Words(texts::CHANGE),
        Figures(texts::AMOUNT),
        Figures(texts::BALANCE_AFTER),
        Words(texts::WITH),
        Words(texts::NOTE),
    ];
    view.table(texts::STATEMENT, &columns, &rows)
}

fn change_row(view: &View, change: &Change) -> Vec<Markup> {
    let sign = match change.direction() {
        Direction::Revenue => "+",
        Direction::Expense => "−",
    };
    let receiver = change.receiver.as_ref().map(|receiver| receiver.id.as_str());
    vec![
        format::time(change.entry.transfer.time),
        html! { (view.say(texts::detail_type(change.detail_type()))) },
        html! { (sign) (format::money(change.amount())) },
        html! { (format::money(change.entry.balance_after)) },
        html! { (receiver.unwrap_or_default()) },
        html! { (change.entry.transfer.memo.as_deref().unwrap_or_default()) },
    ]
}
