//! The statement of an account as CSV: what it held, what came and went, and what it held after each.

use super::Sink;
use super::table::{Cell, Table};
use crate::books::{Books, Listed};
use crate::domain::account::AccountId;
use crate::domain::account::statement::{DetailType, Direction, trade_id};
use crate::domain::error::Reason;
use crate::value::money::Money;
use crate::value::time::{Period, Timestamp};

/// The columns. The first says what a row is: `opening`, `change` or `closing`.
pub const COLUMNS: [&str; 10] = [
    "row",
    "trade_time",
    "trade_id",
    "account_change_id",
    "trade_detail_type",
    "revenue_expense_type",
    "receiver_id",
    "amount",
    "balance",
    "currency",
];

/// Writes the statement of an account that holds money. What was booked for a time in the past stands
/// there, and the balances are those that there were then.
///
/// # Errors
/// Store failures, and what the sink refuses.
pub async fn write_statement(
    books: &Books<'_>,
    account: &AccountId,
    period: Period,
    sink: &impl Sink,
) -> Result<(), Reason> {
    let mut table = Table::begin(sink, COLUMNS)?;
    let mut balance = Money::ZERO;
    let (before, _) = Period::ALL.split_at(period.begin);
    each_change(books, account, before, |change| {
        balance = after(balance, account, &change)?;
        Ok(())
    })
    .await?;
    table.row(bound("opening", period.begin, balance))?;
    each_change(books, account, period, |change| {
        balance = after(balance, account, &change)?;
        table.row(row(account, &change, balance))
    })
    .await?;
    table.row(bound("closing", period.end, balance))?;
    table.end()
}

/// Hands the changes of an account to `take`, the oldest first.
async fn each_change(
    books: &Books<'_>,
    account: &AccountId,
    period: Period,
    mut take: impl FnMut(Listed) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let mut read = 0;
    loop {
        let changes = books.changes_in_order(account, period, read).await?;
        if changes.is_empty() {
            return Ok(());
        }
        read += u64::try_from(changes.len()).unwrap_or(u64::MAX);
        for change in changes {
            take(change)?;
        }
    }
}

/// What a transfer is to the account: below zero where value leaves.
fn signed(account: &AccountId, (_, transfer): &Listed) -> Money {
    match Direction::of(transfer, account) {
        Direction::Revenue => transfer.amount,
        Direction::Expense => transfer.amount.negated(),
    }
}

fn after(balance: Money, account: &AccountId, change: &Listed) -> Result<Money, Reason> {
    balance.checked_add(signed(account, change)).map_err(|_| Reason::AmountTooLarge)
}

fn row<'c>(account: &AccountId, change: &'c Listed, balance: Money) -> [Cell<'c>; COLUMNS.len()] {
    let (id, transfer) = change;
    [
        Cell::text("change"),
        Cell::Time(transfer.time),
        Cell::owned(trade_id(*id, transfer)),
        Cell::owned(id),
        Cell::text(DetailType::of(transfer).code()),
        Cell::text(Direction::of(transfer, account).code()),
        Cell::optional(transfer.receiver().and_then(AccountId::holder)),
        signed(account, change).at_least_two_decimals().into(),
        balance.at_least_two_decimals().into(),
        Cell::text(balance.currency().code()),
    ]
}

fn bound(row: &str, time: Timestamp, balance: Money) -> [Cell<'_>; COLUMNS.len()] {
    let nothing = || Cell::Nothing;
    [
        Cell::text(row),
        Cell::Time(time),
        nothing(),
        nothing(),
        nothing(),
        nothing(),
        nothing(),
        nothing(),
        balance.at_least_two_decimals().into(),
        Cell::text(balance.currency().code()),
    ]
}
