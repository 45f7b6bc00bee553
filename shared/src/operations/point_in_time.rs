//! What accounts held at a moment, and the changes that it came of.
//!
//! A moment is a number of transactions: all that were committed until then count, and none after.
//! So an answer about a moment that is over never changes, whatever is booked later and for
//! whenever. Instants are those of the journal, which has the time of the hosts: where a demo
//! tenant's clock was moved, transfers have later times than the transactions that booked them.

use crate::books::{Books, Entry};
use crate::domain::account::AccountId;
use crate::domain::error::Reason;
use crate::value::code::codes;
use crate::value::id::{CustomerId, PartnerId};
use crate::value::money::Money;
use crate::value::page::{Page, Slice};
use crate::value::time::Timestamp;

/// Which moment is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Now.
    Now,
    /// The end of this second.
    At(Timestamp),
    /// After this transaction.
    After(u64),
}

/// Whose accounts are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A partner's.
    Partner(PartnerId),
    /// A customer's.
    Customer(CustomerId),
}

/// Who asks: which accounts are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The cloud, which sees all of them.
    Cloud,
    /// A partner: its own and its resellers' money, and cash and debts of customers that they fund.
    Partner,
}

codes! {
    /// What an account is to its holder.
    AccountKind: text {
        /// Cash.
        Cash = "cash",
        /// Credit: a customer has an account of it for each time at which it expires.
        Credit = "credit",
        /// What a customer owes.
        Debt = "debt",
        /// What a partner's customers have paid for what is not settled yet.
        Clearing = "clearing",
        /// What the cloud has earned of a partner's customers.
        Revenue = "revenue",
    }
}

/// An account at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldThen {
    /// What it is.
    pub kind: AccountKind,
    /// When it expires, if it is credit that does.
    pub expire_time: Option<Timestamp>,
    /// What it held.
    pub balance: Money,
}

/// How many transactions count for a moment. `now` is the time of the hosts.
///
/// # Errors
/// [`Reason::Field`] for a second that is not over, an instant before the first transaction, and a
/// transaction that is not there; store failures.
pub async fn transactions_until(
    books: &Books<'_>,
    moment: Moment,
    now: Timestamp,
) -> Result<u64, Reason> {
    match moment {
        Moment::Now => Ok(books.transactions()),
        // What is not over can still get another transaction, which would change the answer.
        Moment::At(time) if now.seconds() <= time.seconds() => {
            Err(Reason::field("as_of", "must be a second that is over"))
        }
        Moment::At(time) => match books.transactions_before(time.next()).await? {
            0 => Err(Reason::field("as_of", "must not be before the books begin")),
            transactions => Ok(transactions),
        },
        Moment::After(number) if (1..=books.transactions()).contains(&number) => Ok(number),
        Moment::After(_) => Err(Reason::field("transaction", "must be one that was committed")),
    }
}

/// What the accounts of a holder held after that number of transactions: always its cash, and of
/// the others those that something had moved by then.
///
/// # Errors
/// [`Reason::UnknownReference`] for a holder that is not there; store failures.
pub async fn balances_after(
    books: &Books<'_>,
    holder: &Holder,
    sight: Sight,
    transactions: u64,
) -> Result<Vec<HeldThen>, Reason> {
    let accounts = accounts_of(books, holder, sight).await?;
    let ids: Vec<AccountId> = accounts.iter().map(|(_, id)| id.clone()).collect();
    let found = books.balances_after(&ids, transactions).await?;
    let held = accounts.into_iter().zip(found).filter_map(|((kind, id), found)| {
        let balance = match (kind, found) {
            (AccountKind::Cash, None) => Money::ZERO,
            (_, found) => found?,
        };
        let expire_time = match id {
            AccountId::CustomerCredit(_, expire_time) => expire_time,
            _ => None,
        };
        Some(HeldThen { kind, expire_time, balance: balance.at_least_two_decimals() })
    });
    Ok(held.collect())
}

/// The changes of an account of a holder by the first `transactions`, newest first. Of credit the
/// account that expires at `expire_time`, or never.
///
/// # Errors
/// [`Reason::UnknownReference`] for a holder that is not there; [`Reason::Field`] for an account
/// that is not shown; store failures.
pub async fn changes_until(
    books: &Books<'_>,
    holder: &Holder,
    sight: Sight,
    (asked, expire_time): (AccountKind, Option<Timestamp>),
    transactions: u64,
    slice: Slice,
) -> Result<Page<Entry>, Reason> {
    let is_it = |(kind, id): &&(AccountKind, AccountId)| match id {
        AccountId::CustomerCredit(_, expires) => *kind == asked && *expires == expire_time,
        _ => *kind == asked && expire_time.is_none(),
    };
    let accounts = accounts_of(books, holder, sight).await?;
    let unknown = || Reason::field("account", "must be an account of this holder");
    let (_, account) = accounts.iter().find(is_it).ok_or_else(unknown)?;
    books.statement_after(account, transactions, slice).await
}

/// The accounts of a holder that are shown.
async fn accounts_of(
    books: &Books<'_>,
    holder: &Holder,
    sight: Sight,
) -> Result<Vec<(AccountKind, AccountId)>, Reason> {
    let unknown = |kind, id: String| Reason::UnknownReference { kind, id };
    match holder {
        Holder::Partner(id) => {
            books.partner(id).await?.ok_or_else(|| unknown("partner", id.to_string()))?;
            let mut accounts = vec![
                (AccountKind::Cash, AccountId::PartnerBalance(id.clone())),
                (AccountKind::Credit, AccountId::PartnerCredit(id.clone())),
            ];
            if sight == Sight::Cloud {
                accounts.push((AccountKind::Clearing, AccountId::CloudClearing(id.clone())));
                accounts.push((AccountKind::Revenue, AccountId::CloudRevenue(id.clone())));
            }
            Ok(accounts)
        }
        Holder::Customer(id) => {
            books.customer(id).await?.ok_or_else(|| unknown("customer", id.to_string()))?;
            let mut accounts = vec![(AccountKind::Cash, AccountId::CustomerBalance(id.clone()))];
            if sight == Sight::Cloud {
                let credits = books.all_credits(id).await?.into_iter();
                accounts.extend(credits.map(|(_, account)| (AccountKind::Credit, account.id)));
            }
            accounts.push((AccountKind::Debt, AccountId::Receivable(id.clone())));
            Ok(accounts)
        }
    }
}
