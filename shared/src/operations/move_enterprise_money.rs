//! Money between the master of an enterprise and its members: out, and back.
//!
//! Cash moves from the master's balance to the member's. Credit moves between the accounts of one
//! expiry second, and takes its limit along. A movement that its caller names counts once, however
//! often it is asked for.

use super::enterprise::{Master, independent_member, master, member_of};
use super::repay_debt::repay_debt;
use crate::books::{Books, BooksMut};
use crate::domain::account::statement::account_type_of;
use crate::domain::account::{Account, AccountId, AccountType};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode, TransferId};
use crate::domain::partner::{AssociationType, CallingCustomer, Customer};
use crate::store::defect::{self, Defect};
use crate::value::id::{CustomerId, TransId};
use crate::value::money::{Money, decimal_string};
use crate::value::page::{Page, Slice};
use crate::value::text;
use crate::value::time::Timestamp;
use serde::Deserialize;

/// A movement between a master and a member, as the wire asks for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnterpriseMovement {
    /// The member.
    pub customer_id: CustomerId,
    /// How much, in yuan.
    #[serde(deserialize_with = "decimal_string::required")]
    pub amount: Money,
    /// What the caller calls it.
    #[serde(default, deserialize_with = "text::optional")]
    pub trans_id: Option<TransId>,
    /// Which kind of account: cash, unless it says credit.
    pub balance_type: Option<String>,
    /// Which credit, by the second in which it expires; without, the one that never does. Says
    /// nothing of cash.
    pub expire_time: Option<Timestamp>,
}

/// A movement whose fields are in order.
#[derive(Clone, Debug)]
pub struct MoveMoney {
    caller: CallingCustomer,
    member_id: CustomerId,
    amount: Money,
    trans_id: Option<TransId>,
    purse: Purse,
}

/// Which of a customer's accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purse {
    Cash,
    /// The credit that expires then, or never.
    Credit(Option<Timestamp>),
}

impl Purse {
    fn of(self, customer: &CustomerId) -> AccountId {
        match self {
            Self::Cash => AccountId::CustomerBalance(customer.clone()),
            Self::Credit(expire_time) => AccountId::CustomerCredit(customer.clone(), expire_time),
        }
    }

    fn has_expired(self, now: Timestamp) -> bool {
        match self {
            Self::Cash | Self::Credit(None) => false,
            Self::Credit(Some(expire_time)) => expire_time <= now,
        }
    }
}

impl MoveMoney {
    /// Checks the fields of a request.
    ///
    /// # Errors
    /// [`Reason::Field`] for an amount that is not above zero with at most two decimals, then for a
    /// kind of account that there is not.
    pub fn check(caller: CallingCustomer, movement: EnterpriseMovement) -> Result<Self, Reason> {
        let amount = movement.amount.positive_two_decimals();
        let amount = amount.map_err(|error| Reason::field("amount", error.to_string()))?;
        let purse = match movement.balance_type.as_deref() {
            None => Purse::Cash,
            Some(text) => match account_type_of(text) {
                Some(AccountType::Balance) => Purse::Cash,
                Some(AccountType::Credit) => Purse::Credit(movement.expire_time),
                None => {
                    let fault = "must be BALANCE_TYPE_DEBIT or BALANCE_TYPE_CREDIT";
                    return Err(Reason::field("balance_type", fault));
                }
            },
        };
        let EnterpriseMovement { customer_id: member_id, trans_id, .. } = movement;
        Ok(Self { caller, member_id, amount, trans_id, purse })
    }
}

/// Transfers money of the calling master to a member.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::CallerNotPermitted`], [`Reason::TransIdUsed`],
/// [`Reason::NotAnIndependentMember`], [`Reason::MasterIsFunded`], [`Reason::CreditExpired`],
/// [`Reason::InsufficientBalance`] of the master.
pub async fn transfer(
    books: &mut BooksMut<'_, '_>,
    order: &MoveMoney,
) -> Result<TransferId, Reason> {
    let (master, member) = parties(books, order).await?;
    if [&master.customer, &member].iter().any(|it| is_funded(it)) {
        return Err(Reason::MasterIsFunded);
    }
    if order.purse.has_expired(books.now()) {
        return Err(Reason::CreditExpired);
    }
    let (from, to) = (order.purse.of(master.id()), order.purse.of(&order.member_id));
    let held = held(books, &from).await?;
    if held < order.amount {
        return Err(Reason::InsufficientBalance);
    }
    let given = books.given(master.id(), &to).await?;
    let given = given.checked_add(order.amount).map_err(|_| Reason::AmountTooLarge)?;
    let transfer_id =
        book(books, &master, order, [from, to.clone()], TransferCode::EnterpriseTransfer).await?;
    books.set_given(master.id(), &to, given).await?;
    Ok(transfer_id)
}

/// Takes money back from a member of the calling master, of what it was given and still holds.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::CallerNotPermitted`], [`Reason::TransIdUsed`],
/// [`Reason::NotAnIndependentMember`], [`Reason::CreditExpired`], [`Reason::InsufficientBalance`] of
/// what can be taken back.
pub async fn retrieve(
    books: &mut BooksMut<'_, '_>,
    order: &MoveMoney,
) -> Result<TransferId, Reason> {
    let (master, _) = parties(books, order).await?;
    if order.purse.has_expired(books.now()) {
        return Err(Reason::CreditExpired);
    }
    let (from, to) = (order.purse.of(&order.member_id), order.purse.of(master.id()));
    let given = books.given(master.id(), &from).await?;
    let held = held(books, &from).await?;
    let forgets = defect::present(Defect::ForgetsWhatWasGiven);
    if held < order.amount || (given < order.amount && !forgets) {
        return Err(Reason::InsufficientBalance);
    }
    let left = given.checked_sub(order.amount).map_err(|_| Reason::AmountTooLarge)?;
    let transfer_id =
        book(books, &master, order, [from.clone(), to], TransferCode::EnterpriseRetrieval).await?;
    books.set_given(master.id(), &from, left).await?;
    Ok(transfer_id)
}

/// The calling master, and the member that a movement names.
async fn parties(
    books: &BooksMut<'_, '_>,
    order: &MoveMoney,
) -> Result<(Master, Customer), Reason> {
    let (own, member_id) = (&order.caller.customer_id, &order.member_id);
    let accounts = [&order.purse.of(own), &order.purse.of(member_id)];
    books.load_movement(own, member_id, accounts, order.trans_id.as_ref()).await?;
    let master = master(books, &order.caller).await?;
    if let Some(trans_id) = &order.trans_id
        && books.is_trans_id_used(master.id(), trans_id).await?
        && !defect::present(Defect::ForgetsTransIds)
    {
        return Err(Reason::TransIdUsed);
    }
    let member = independent_member(books, &master, member_id).await?;
    Ok((master, member))
}

/// What such a customer has is its partner's money, which takes it back at any time.
fn is_funded(customer: &Customer) -> bool {
    customer.association_type == AssociationType::Resale
}

/// What an account holds. One that is not there holds nothing.
async fn held(books: &Books<'_>, id: &AccountId) -> Result<Money, Reason> {
    Ok(books.account(id).await?.map_or(Money::ZERO, |account| account.balance))
}

async fn book(
    books: &mut BooksMut<'_, '_>,
    master: &Master,
    order: &MoveMoney,
    [debit_account, credit_account]: [AccountId; 2],
    code: TransferCode,
) -> Result<TransferId, Reason> {
    let transfer = Transfer {
        debit_account,
        credit_account,
        amount: order.amount,
        code,
        time: books.now(),
        memo: None,
        reference: order.trans_id.as_ref().map(ToString::to_string),
        trade_type: None,
    };
    let transfer_id = books.book_into(&transfer).await?;
    if let Some(trans_id) = &order.trans_id
        && !books.is_trans_id_used(master.id(), trans_id).await?
    {
        books.use_trans_id(master.id(), trans_id, transfer_id)?;
    }
    if let AccountId::CustomerBalance(receiver) = &transfer.credit_account {
        repay_debt(books, receiver).await?;
    }
    Ok(transfer_id)
}

/// What can be moved of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movable {
    /// How much.
    pub available: Money,
    /// The credit that it is of.
    pub credit: Option<MovableCredit>,
}

/// A credit account of which something can be moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovableCredit {
    /// What is available of it.
    pub balance: Money,
    /// Its limit.
    pub limit: Money,
    /// When it expires.
    pub expire_time: Option<Timestamp>,
}

impl MovableCredit {
    fn of(account: &Account) -> Self {
        let expire_time = match &account.id {
            AccountId::CustomerCredit(_, expire_time) => *expire_time,
            _ => None,
        };
        let limit = account.credit_limit.unwrap_or(Money::ZERO);
        Self { balance: account.balance, limit, expire_time }
    }
}

/// What the calling master can transfer: its cash, or its credit by the times at which it expires.
///
/// # Errors
/// [`Reason::CallerNotPermitted`]; store failures.
pub async fn transferable(
    books: &Books<'_>,
    caller: &CallingCustomer,
    account_type: AccountType,
    now: Timestamp,
    slice: Slice,
) -> Result<Page<Movable>, Reason> {
    let master = master(books, caller).await?;
    let can_be_moved =
        |balance: Money| if is_funded(&master.customer) { Money::ZERO } else { balance };
    if account_type == AccountType::Balance {
        let balance = held(books, &Purse::Cash.of(master.id())).await?;
        return Ok(one(Movable { available: can_be_moved(balance), credit: None }));
    }
    let credits = books.credits(master.id(), now).await?;
    let movable = credits.iter().map(|account| Movable {
        available: can_be_moved(account.balance),
        credit: Some(MovableCredit::of(account)),
    });
    Ok(Page::of(movable.collect(), slice))
}

/// What the calling master can take back from a member: cash, or credit by the times at which it
/// expires.
///
/// # Errors
/// [`Reason::CallerNotPermitted`], [`Reason::NoSuchMember`]; store failures.
pub async fn retrievable(
    books: &Books<'_>,
    caller: &CallingCustomer,
    member_id: &CustomerId,
    account_type: AccountType,
    now: Timestamp,
    slice: Slice,
) -> Result<Page<Movable>, Reason> {
    let master = master(books, caller).await?;
    let (customer, member) =
        member_of(books, &master, member_id).await?.ok_or(Reason::NoSuchMember)?;
    let gives_back = member.is_open() && customer.unified_under().is_none();
    let can_be_moved = |given: Money, balance: Money| {
        let least = if given < balance { given } else { balance };
        if gives_back { least } else { Money::ZERO }
    };
    if account_type == AccountType::Balance {
        let account = Purse::Cash.of(member_id);
        let (given, balance) =
            (books.given(master.id(), &account).await?, held(books, &account).await?);
        return Ok(one(Movable { available: can_be_moved(given, balance), credit: None }));
    }
    let mut movable = Vec::new();
    for account in books.credits(member_id, now).await? {
        let given = books.given(master.id(), &account.id).await?;
        if given.is_positive() {
            let credit = Some(MovableCredit::of(&account));
            movable.push(Movable { available: can_be_moved(given, account.balance), credit });
        }
    }
    Ok(Page::of(movable, slice))
}

/// Cash is one account, whatever part of the list is asked for.
fn one(movable: Movable) -> Page<Movable> {
    Page { total_count: 1, items: vec![movable] }
}
