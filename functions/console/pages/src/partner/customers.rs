//! A partner's customers, and the statement of each.

use billing::api::{Query, Refusal};
use billing::books::Books;
use billing::component::Call;
use billing::console::Screen;
use billing::domain::account::AccountId;
use billing::domain::account::statement::{ChangeFilter, Direction};
use billing::domain::error::Reason;
use billing::domain::partner::{AssociationType, Customer, CustomerFilter};
use billing::operations::statements::{self, Change};
use billing::security::vault::Contact;
use billing::value::id::{CustomerId, PartnerId};
use billing::value::page::{Page, Slice};
use billing::value::time::Period;
use maud::{Markup, html};

use super::exports;
use crate::format;
use crate::text::Text;
use crate::texts;
use crate::view::{Figures, Need, PER_PAGE, View, Words, encoded, pairs, state};

/// Customers that a field proposes.
const CUSTOMERS_PROPOSED: usize = 50;

/// All customers of the partner, or of a reseller that it acts for.
pub async fn list(view: &View, call: Call) -> Result<Screen, Refusal> {
    let caller = call.caller().of_console()?;
    let (reseller, wanted, slice) = call.query(|query| {
        let reseller: Option<PartnerId> = query.value("indirect_partner_id")?;
        let wanted: Option<String> = query.value("find")?;
        Ok((reseller, wanted.unwrap_or_default(), query.slice(PER_PAGE, 1..=100)?))
    })?;
    let wanted = wanted.trim();
    let customers = call
        .read(async |books| {
            let partner = books.acting_for(caller, reseller.as_ref()).await?;
            found(books, &partner, wanted, slice).await
        })
        .await?;

    let query = pairs(&[
        ("indirect_partner_id", reseller.as_ref().map(PartnerId::as_str)),
        ("find", Some(wanted).filter(|wanted| !wanted.is_empty())),
    ]);
    let total_count = customers.total_count;
    let customers = customers.items.into_iter().map(|(customer, _)| customer);
    let main = html! {
        (search(view, reseller.as_ref(), wanted))
        @if total_count == 0 && !wanted.is_empty() {
            p role="status" { (view.say(texts::NOBODY_FOUND)) }
        }
        (table(view, customers))
        (view.pager(&query, slice, total_count))
    };
    Ok(view.page(texts::CUSTOMERS, &main))
}

/// The customer of this id, or those with this in their account name, or else in their name; all for
/// nothing.
async fn found(
    books: &Books<'_>,
    partner: &PartnerId,
    wanted: &str,
    slice: Slice,
) -> Result<Page<(Customer, Contact)>, Reason> {
    let all = CustomerFilter::default();
    if wanted.is_empty() {
        return books.customers(partner, &all, slice).await;
    }
    if let Ok(id) = wanted.parse() {
        let that = CustomerFilter { customer_id: Some(id), ..all.clone() };
        let found = books.customers(partner, &that, slice).await?;
        if found.total_count > 0 {
            return Ok(found);
        }
    }
    let part = Some(wanted.to_owned());
    let so_called = CustomerFilter { account_name: part.clone(), ..all.clone() };
    let found = books.customers(partner, &so_called, slice).await?;
    if found.total_count > 0 {
        return Ok(found);
    }
    books.customers(partner, &CustomerFilter { customer: part, ..all }, slice).await
}

/// The form that finds customers.
fn search(view: &View, reseller: Option<&PartnerId>, wanted: &str) -> Markup {
    html! {
        form.box method="get" action="/console/customers" {
            @if let Some(reseller) = reseller {
                input type="hidden" name="indirect_partner_id" value=(reseller);
            }
            (view.text_field("find", texts::FIND_CUSTOMER, wanted, Need::Optional))
            p { button type="submit" { (view.say(texts::FIND)) } }
        }
    }
}

/// The way to a customer.
pub fn link(id: &CustomerId) -> Markup {
    let statement = format!("/console/customers/statement?customer_id={}", encoded(id.as_str()));
    html! { a href=(statement) { (id) } }
}

/// Customers that a field proposes: the first ones of the partner, with what they are called.
///
/// # Errors
/// As of [`Books::customers`].
pub async fn proposed(
    books: &Books<'_>,
    partner: &PartnerId,
) -> Result<Vec<(String, String)>, Reason> {
    let first = Slice::first(CUSTOMERS_PROPOSED);
    let customers = books.customers(partner, &CustomerFilter::default(), first).await?;
    let proposed = customers.items.into_iter().map(|(customer, _)| {
        let called = customer.account_name.or(customer.customer).unwrap_or_default();
        (customer.customer_id.to_string(), called)
    });
    Ok(proposed.collect())
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
    let verified = customer.verified_status.map(texts::verified_status);
    vec![
        link(&customer.customer_id),
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
    let ways = ways(view, &caller.partner_id, &customer, &acting);
    let balance = balances.first().map(|(_, balance)| format::money(*balance));
    let balance = balance.unwrap_or_default();
    let association = view.say(texts::association(customer.association_type));
    let mut facts = vec![
        (texts::CUSTOMER, html! { (customer.customer_id) }),
        (texts::ACCOUNT_NAME, html! { (customer.account_name.unwrap_or_default()) }),
        (texts::NAME, html! { (customer.customer.unwrap_or_default()) }),
        (texts::ASSOCIATION, html! { (association) }),
    ];
    facts.extend(is_funded.then(|| (texts::AVAILABLE, html! { (balance) })));
    let main = html! {
        (view.facts(&facts))
        @if !is_funded { p { (view.say(texts::PAYS_THE_CLOUD)) } }
        p.actions {
            @for (path, text, query) in &ways {
                a href={ (path) "?customer_id=" (target) (query) } { (view.say(*text)) }
            }
        }
        @if is_funded {
            (changes_table(view, &changes.items))
            (view.pager(&format!("customer_id={target}"), slice, changes.total_count))
            p { (exports::statement(view, Some(&customer_id), reseller.as_deref())) }
        }
    };
    Ok(view.page(texts::STATEMENT, &main))
}

/// What can be looked at and done about a customer, with what says for which reseller.
fn ways<'a>(
    view: &View,
    caller: &PartnerId,
    customer: &Customer,
    acting: &'a str,
) -> Vec<(&'static str, Text, &'a str)> {
    let looking =
        [("/console/orders", texts::ORDERS, acting), ("/console/resources", texts::RESOURCES, "")];
    let doing = [
        ("/console/money/allocate", texts::ALLOCATE, acting),
        ("/console/money/reclaim", texts::RECLAIM_MONEY, acting),
        ("/console/coupons/issue", texts::ISSUE_COUPONS, acting),
        ("/console/orders/place", texts::ORDER_ON_BEHALF, ""),
    ];
    // A partner orders for its own customers, not for those of a reseller, and gives money and
    // coupons to those alone that it funds.
    let doing = doing.into_iter().filter(|(path, _, _)| match *path {
        "/console/orders/place" => customer.partner_id == *caller,
        _ => customer.association_type == AssociationType::Resale,
    });
    let doing = doing.filter(|_| view.can_act());
    looking.into_iter().chain(doing).collect()
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
