//! A partner's own account, and money that it allocates to customers and resellers or takes back.

use billing::api::{Answer, Operation, Refusal};
use billing::books::Books;
use billing::component::{Call, Visit};
use billing::console::{Form, Screen};
use billing::domain::account::statement::ChangeFilter;
use billing::domain::account::{AccountId, AccountType};
use billing::domain::error::Reason;
use billing::domain::partner::{AssociationType, CallingPartner, Customer, PartnerKind};
use billing::operations::adjust_money::{
    self, AdjustCustomer, AdjustReseller, CustomerAdjustment, ResellerAdjustment,
};
use billing::operations::second_factor::second_factor;
use billing::operations::statements::{self, Change};
use billing::value::id::{CustomerId, PartnerId};
use billing::value::money::Money;
use billing::value::time::{Period, Timestamp};
use maud::{Markup, html};

use super::customers::{self, changes_table};
use super::done::{Done, Line};
use super::{exports, factor};
use crate::format;
use crate::plot::Plot;
use crate::text::Text;
use crate::texts;
use crate::view::{Need, PER_PAGE, View};

/// The pages' operations, as the journal names them.
const CHANGES: Operation = Operation { method: "GET", name: "ListPartnerAccountChangeRecords" };
const ALLOCATE: Operation = Operation { method: "POST", name: "UpdateCustomerAccountAmount" };
const RECLAIM: Operation = Operation { method: "POST", name: "ReclaimToPartnerAccount" };
const ALLOCATE_TO_RESELLER: Operation =
    Operation { method: "POST", name: "UpdateIndirectPartnerAccount" };
const RECLAIM_FROM_RESELLER: Operation =
    Operation { method: "POST", name: "ReclaimIndirectPartnerAccount" };

/// Which way money goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To a customer or reseller.
    Out,
    /// Back from it.
    Back,
}

impl Way {
    fn path(self) -> &'static str {
        match self {
            Self::Out => "/console/money/allocate",
            Self::Back => "/console/money/reclaim",
        }
    }

    fn title(self) -> Text {
        match self {
            Self::Out => texts::ALLOCATE,
            Self::Back => texts::RECLAIM_MONEY,
        }
    }
}

/// What came into the partner's cash, and what went.
pub async fn changes(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, _) = visit.call(&CHANGES)?;
    let caller = call.caller().of_console()?;
    let slice = call.query(|query| query.slice(PER_PAGE, 1..=100))?;
    let (balances, changes, now) = call
        .read(async |books| {
            let now = books.at(call.now());
            let balances = books.partner_balances(&caller.partner_id).await?;
            let account = AccountId::PartnerBalance(caller.partner_id.clone());
            let all = ChangeFilter::default();
            let changes = statements::changes(books, &account, Period::ALL, &all, slice).await?;
            Ok((balances, changes, now))
        })
        .await?;

    // A page of older changes ends with the last of them.
    let newest = changes.items.first().map_or(now, |change| change.entry.transfer.time);
    let until = if slice.offset == 0 { now } else { newest };
    let main = html! {
        (super::overview::accounts(view, &balances))
        @if caller.kind != PartnerKind::Reseller {
            p.actions {
                a.button href=(Way::Out.path()) { (view.say(texts::ALLOCATE)) }
                a.button href=(Way::Back.path()) { (view.say(texts::RECLAIM_MONEY)) }
            }
        }
        (balance_over_time(view, &changes.items, until))
        (changes_table(view, &changes.items))
        (view.pager("", slice, changes.total_count))
        h2 { (view.say(texts::FILES)) }
        ul {
            li { (exports::statement(view, None, None)) }
            li { (exports::ledger(view)) }
        }
    };
    Ok(view.page(texts::MONEY, &main))
}

/// The plot of what the partner's cash was after each of these changes, which are the newest first,
/// until a time.
pub fn balance_over_time(view: &View, changes: &[Change], until: Timestamp) -> Markup {
    let points = changes.iter().rev();
    let points = points.map(|change| (change.entry.transfer.time, change.entry.balance_after));
    let plot = Plot { id: "balance", title: texts::BALANCE_OVER_TIME, of: "" };
    plot.steps(view, &points.collect::<Vec<_>>(), until)
}

/// The form for a movement.
pub async fn form(view: &View, visit: Visit<'_>, way: Way) -> Result<Screen, Refusal> {
    let (call, _) = visit.call(&CHANGES)?;
    let partner = &call.caller().partner()?.partner_id;
    let (customer, reseller): (Option<CustomerId>, Option<PartnerId>) =
        call.query(|query| Ok((query.value("customer_id")?, query.value("indirect_partner_id")?)))?;
    let text = |id: Option<String>| id.unwrap_or_default();
    let customer = text(customer.map(|id| id.to_string()));
    let reseller = text(reseller.map(|id| id.to_string()));
    let customers = call.read(async |books| customers::proposed(books, partner).await).await?;
    let named = ("customer_id", texts::CUSTOMER_OR_NONE);
    let of_reseller = texts::RESELLER_OR_NONE;
    let main = html! {
        form.box method="post" action=(way.path()) {
            (view.form_token())
            (view.proposing(named, &customer, Need::Optional, &customers))
            (view.text_field("indirect_partner_id", of_reseller, &reseller, Need::Optional))
            (view.figure_field("amount", texts::AMOUNT, "", Need::Required))
            p { button type="submit" { (view.say(texts::CONTINUE)) } }
        }
    };
    Ok(view.page(way.title(), &main))
}

/// A movement that was asked for: of a customer, or of a reseller.
enum Adjustment {
    Customer(AdjustCustomer, CustomerId),
    Reseller(AdjustReseller, PartnerId),
}

impl Adjustment {
    fn of(call: &Call, form: &Form) -> Result<(Self, Money), Refusal> {
        let caller = call.caller().partner()?.clone();
        let amount: Money = form.value("amount")?;
        let adjustment = match form.optional::<CustomerId>("customer_id")? {
            Some(customer_id) => {
                let indirect_partner_id = form.optional("indirect_partner_id")?;
                let asked = CustomerAdjustment {
                    customer_id: customer_id.clone(),
                    amount,
                    indirect_partner_id,
                };
                Self::Customer(AdjustCustomer::check(caller, asked)?, customer_id)
            }
            None => {
                let indirect_partner_id: PartnerId = form.value("indirect_partner_id")?;
                let asked =
                    ResellerAdjustment { indirect_partner_id: indirect_partner_id.clone(), amount };
                Self::Reseller(AdjustReseller::check(caller, asked)?, indirect_partner_id)
            }
        };
        Ok((adjustment, amount))
    }

    fn subject(&self) -> String {
        match self {
            Self::Customer(_, id) => id.to_string(),
            Self::Reseller(_, id) => id.to_string(),
        }
    }
}

/// Says what a movement will do, or does it once that was confirmed.
pub async fn adjust(view: &View, visit: Visit<'_>, way: Way) -> Result<Screen, Refusal> {
    let is_customer = !visit.form().text("customer_id").is_empty();
    let operation = match (way, is_customer) {
        (Way::Out, true) => &ALLOCATE,
        (Way::Back, true) => &RECLAIM,
        (Way::Out, false) => &ALLOCATE_TO_RESELLER,
        (Way::Back, false) => &RECLAIM_FROM_RESELLER,
    };
    let (call, form) = visit.call(operation)?;
    let (adjustment, amount) = Adjustment::of(&call, &form)?;
    if !form.is_confirmed() {
        return confirm(view, &call, &form, (way, &adjustment, amount)).await;
    }
    let answer = call
        .update(async |books| {
            let transfer_id = match (way, &adjustment) {
                (Way::Out, Adjustment::Customer(order, _)) => {
                    adjust_money::allocate_to_customer(books, order).await?
                }
                (Way::Back, Adjustment::Customer(order, _)) => {
                    adjust_money::reclaim_from_customer(books, order).await?
                }
                (Way::Out, Adjustment::Reseller(order, _)) => {
                    adjust_money::allocate_to_reseller(books, order).await?
                }
                (Way::Back, Adjustment::Reseller(order, _)) => {
                    adjust_money::reclaim_from_reseller(books, order).await?
                }
            };
            let moved = format!("{} ({transfer_id})", format::money(amount));
            Answer::ok(&Done { lines: vec![Line::done(adjustment.subject(), moved)] })
        })
        .await?;
    Done::page(&answer, view, texts::MONEY_MOVED, ("/console/money", texts::MONEY))
}

/// The account name of the customer or reseller whose money is to be moved, empty without one. `None`
/// if this partner may not move it.
async fn called(
    books: &Books<'_>,
    (caller, partner): (&CallingPartner, &PartnerId),
    adjustment: &Adjustment,
) -> Result<Option<String>, Reason> {
    let name = match adjustment {
        Adjustment::Customer(_, id) => {
            let is_funded = |it: &Customer| {
                it.partner_id == *partner && it.association_type == AssociationType::Resale
            };
            let customer = books.customer(id).await?.filter(is_funded);
            customer.map(|customer| customer.account_name)
        }
        Adjustment::Reseller(_, id) => match books.acting_for(caller, Some(id)).await {
            Ok(reseller) => books.partner(&reseller).await?.map(|reseller| reseller.account_name),
            Err(Reason::NotYourReseller) => None,
            Err(failure) => return Err(failure),
        },
    };
    Ok(name.map(Option::unwrap_or_default))
}

async fn confirm(
    view: &View,
    call: &Call,
    form: &Form,
    (way, adjustment, amount): (Way, &Adjustment, Money),
) -> Result<Screen, Refusal> {
    let caller = call.caller().partner()?;
    let acting = match adjustment {
        Adjustment::Customer(..) => form.optional::<PartnerId>("indirect_partner_id")?,
        Adjustment::Reseller(..) => None,
    };
    let (balances, called, factor) = call
        .read(async |books| {
            let partner = books.acting_for(caller, acting.as_ref()).await?;
            let factor = second_factor(books, &caller.partner_id).await?;
            let called = called(books, (caller, &partner), adjustment).await?;
            Ok((books.partner_balances(&partner).await?, called, factor))
        })
        .await?;
    let cash = balances.iter().find(|balance| balance.account_type == AccountType::Balance);
    let cash = cash.map_or(Money::ZERO, |balance| balance.amount);
    let after = match way {
        Way::Out => cash.checked_sub(amount).ok().filter(|after| !after.is_negative()),
        Way::Back => cash.checked_add(amount).ok(),
    };
    let fields = ["customer_id", "indirect_partner_id", "amount"];
    let fields = fields.map(|name| (name, form.text(name).to_owned()));
    let what = match adjustment {
        Adjustment::Customer(..) => texts::CUSTOMER,
        Adjustment::Reseller(..) => texts::RESELLER,
    };
    let main = html! {
        (view.facts(&[
            (what, html! { (adjustment.subject()) }),
            (texts::ACCOUNT_NAME, html! {
                (called.as_deref().unwrap_or(view.say(texts::CANNOT_MOVE)))
            }),
            (texts::AMOUNT, html! { (format::money(amount)) }),
            (texts::CASH_BEFORE, html! { (format::money(cash)) }),
            (texts::CASH_AFTER, html! {
                @match after {
                    Some(after) => (format::money(after)),
                    None => (view.say(texts::NOT_ENOUGH)),
                }
            }),
        ]))
        (view.confirm_with(way.path(), "/console/money", &fields,
            &factor::field(view, factor.as_ref())))
    };
    Ok(view.page(way.title(), &main))
}
