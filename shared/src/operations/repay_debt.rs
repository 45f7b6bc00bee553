//! What a customer owes: usage that could not be collected, paid first by the next money that comes
//! in.
//!
//! A balance is never below zero. What is owed lies in a receivable of the customer: the value of
//! what the cloud has advanced, which comes from outside. When it is paid the money goes to the
//! cloud, and the receivable back outside. Both are on the bill: the line that was not collected has
//! a debt, and the line of the repayment, in the month of the repayment, has the money and the debt
//! below zero. What a master owes of the usage of its members, whose bills it pays, is on theirs.

use crate::books::BooksMut;
use crate::domain::account::AccountId;
use crate::domain::bill::{Debt, FeeRecord};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode};
use crate::domain::partner::Customer;
use crate::domain::payment::{fen, money, sum};
use crate::store::defect::{self, Defect};
use crate::value::id::CustomerId;
use crate::value::money::Money;
use crate::value::time::Timestamp;

/// Takes note of what could not be collected of a deduction: of these bill lines.
///
/// # Errors
/// Store failures.
pub(super) async fn owe(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
    trade_id: &str,
    lines: &[FeeRecord],
    now: Timestamp,
) -> Result<(), Reason> {
    let debts = lines.iter().filter_map(|line| line.debt_amount);
    let owed = sum(debts)?;
    if !owed.is_positive() || defect::present(Defect::ForgetsDebts) {
        return Ok(());
    }
    if books.owed(customer_id).await?.is_zero() {
        books.count_debtors(1).await?;
    }
    let receivable = AccountId::Receivable(customer_id.clone());
    books
        .book_into(&transfer(
            (AccountId::Outside, receivable),
            owed,
            (TransferCode::UsageDebt, trade_id),
            now,
        ))
        .await?;
    for line in lines {
        let debt = Debt::of(line);
        let more = debt.amount;
        books.change_debt(debt, more).await?;
    }
    Ok(())
}

/// Pays what a customer owes with the cash that it has, as far as that goes: called wherever money
/// comes in. The oldest debts first.
///
/// # Errors
/// Store failures.
pub(super) async fn repay_debt(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
) -> Result<(), Reason> {
    let owed = fen(books.owed(customer_id).await?)?;
    if owed == 0 {
        return Ok(());
    }
    let cash = AccountId::CustomerBalance(customer_id.clone());
    let held = books.held(&cash).await?.balance;
    let paid = held.whole_fen().unwrap_or(0).min(owed);
    if paid <= 0 {
        return Ok(());
    }
    let customer = known(books, customer_id).await?;
    let now = books.now();
    let next = books.next_transfer();
    let trade_id = format!("R{:012}{:05}", next.sequence, next.index);
    let receivable = AccountId::Receivable(customer_id.clone());
    let revenue = AccountId::CloudRevenue(customer.partner_id.clone());
    let amount = money(paid)?;
    let repayment = (TransferCode::DebtRepayment, trade_id.as_str());
    books.book_into(&transfer((cash, revenue), amount, repayment, now)).await?;
    let cleared = (TransferCode::DebtCleared, trade_id.as_str());
    books.book(&transfer((receivable, AccountId::Outside), amount, cleared, now)).await?;
    if paid == owed {
        books.count_debtors(-1).await?;
    }
    bill_repayment(books, &customer, &trade_id, paid).await
}

/// Bills that a customer has paid so many fen of what it owed, the oldest debts first.
async fn bill_repayment(
    books: &mut BooksMut<'_, '_>,
    customer: &Customer,
    trade_id: &str,
    paid: i128,
) -> Result<(), Reason> {
    let (now, customer_id) = (books.now(), &customer.customer_id);
    let cycle = books.billed_months().await?.cycle_at(now);
    let mut left = paid;
    let mut records = Vec::new();
    for debt in books.debts(customer_id).await? {
        let part = fen(debt.amount)?.min(left);
        if part == 0 {
            break;
        }
        left -= part;
        let id = format!("{trade_id}-{}", records.len());
        let id = id.parse().map_err(|_| Reason::Corrupt(id))?;
        let amount = money(part)?;
        let consumer = match &debt.consumer_id {
            None => customer.clone(),
            Some(id) => known(books, id).await?,
        };
        let record = FeeRecord {
            association_type: Some(consumer.association_type),
            trade_id: Some(trade_id.to_owned()),
            consume_time: Some(now),
            payer_id: debt.consumer_id.as_ref().map(|_| customer_id.clone()),
            ..FeeRecord::generated(id, consumer.partner_id, consumer.customer_id, cycle, now)
        };
        records.push(debt.repaid(record, amount));
        books.change_debt(debt, amount.negated()).await?;
    }
    if left > 0 {
        return Err(Reason::Corrupt(format!("what customer {customer_id} owes")));
    }
    books.add_bills(&records).await
}

async fn known(books: &BooksMut<'_, '_>, id: &CustomerId) -> Result<Customer, Reason> {
    let missing = || Reason::Corrupt(format!("customer {id}, which is not there"));
    books.customer(id).await?.ok_or_else(missing)
}

fn transfer(
    (debit_account, credit_account): (AccountId, AccountId),
    amount: Money,
    (code, trade_id): (TransferCode, &str),
    time: Timestamp,
) -> Transfer {
    let reference = Some(trade_id.to_owned());
    let (memo, trade_type) = (None, None);
    Transfer { debit_account, credit_account, amount, code, time, memo, reference, trade_type }
}
