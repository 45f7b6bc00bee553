//! Close a month: check that its bills are the ledger, then let nothing about it change any more.
//!
//! Checked are, on one snapshot: the two equations of each line; that the lines of each trade come
//! to what its transfers moved, for each kind of money, and to what is owed; and that the sums of
//! each customer, and those that its partner sees, are those of its lines. A month that does not add
//! up stays open, and the refusal names what is wrong.
//!
//! The check reads all of the month and takes its time; the closing itself is one small transaction
//! that refuses if a line has come since. Months are closed one after the other, and only when they
//! are over. A line that comes to a closed month all the same, because a clock is behind, goes into
//! the first one that is open.

use super::audit::Billed;
use crate::books::{Books, BooksMut, LineSums, key};
use crate::domain::bill::{BillAmounts, BilledMonths, Closing, FeeRecord, Origin, PartnerSum};
use crate::domain::error::Reason;
use crate::domain::ledger::{BilledKind, Transfer, TransferId};
use crate::store::defect::{self, Defect};
use crate::value::id::{CustomerId, PartnerId};
use crate::value::money::Money;
use crate::value::time::{Month, Timestamp};
use std::collections::BTreeMap;

/// Days after a month's end until the tick closes it: it does so on the third.
const DAYS_UNTIL_CLOSED: u32 = 2;

/// A month that was checked, and what it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    month: Month,
    /// Lines that the books had generated when it was checked.
    generated: u64,
    /// Customers with lines.
    customers: u64,
    /// What it comes to for each partner.
    partners: Vec<PartnerSum>,
}

/// The month that the tick has to close now, if there is one.
///
/// # Errors
/// Store failures.
pub async fn due_month(books: &Books<'_>, now: Timestamp) -> Result<Option<Month>, Reason> {
    let next = books.billed_months().await?.next_to_close();
    let is_due = |month: &Month| {
        let end = month.end_utc_plus_8();
        now > crate::domain::term::plus_days(end, DAYS_UNTIL_CLOSED)
    };
    Ok(next.filter(is_due))
}

/// Checks a month that is to be closed. `None` for one that is closed already.
///
/// # Errors
/// [`Reason::Field`] for a month that is not over, or not the next to be closed;
/// [`Reason::MonthDoesNotAddUp`]; store failures.
pub async fn verify_month(
    books: &Books<'_>,
    month: Month,
    now: Timestamp,
) -> Result<Option<Verified>, Reason> {
    let months = books.billed_months().await?;
    if books.closing(month).await?.is_some() {
        return Ok(None);
    }
    if now <= month.end_utc_plus_8() {
        return Err(Reason::field("month", "must be over"));
    }
    if months.next_to_close() != Some(month) {
        let fault = match months.next_to_close() {
            None => "has no bill lines that these books generated".to_owned(),
            Some(next) => format!("must be {next}, which is the next to be closed"),
        };
        return Err(Reason::field("month", fault));
    }
    let mut check = Check { books, month, billed: Billed::default(), customers: 0 };
    let mut partners = Vec::new();
    for partner in books.all_partners().await? {
        let sum = check.partner(&partner).await?;
        if sum.records > 0 {
            partners.push(sum);
        }
    }
    if check.billed != ledger(books, &months, month).await? {
        return Err(wrong(&differing_trade(books, &months, month).await?));
    }
    let generated = months.open_month(month).map_or(0, |open| open.records);
    Ok(Some(Verified { month, generated, customers: check.customers, partners }))
}

/// Closes a month that was checked. False when a line has come since: then it has to be checked
/// again.
///
/// # Errors
/// Store failures.
pub async fn close_month(
    books: &mut BooksMut<'_, '_>,
    verified: &Verified,
) -> Result<bool, Reason> {
    let Verified { month, generated, customers, partners } = verified;
    let mut months = books.billed_months().await?;
    if books.closing(*month).await?.is_some() {
        return Ok(true);
    }
    let records = months.open_month(*month).map_or(0, |open| open.records);
    let is_verified = records == *generated || defect::present(Defect::ClosesUnverifiedLines);
    if months.next_to_close() != Some(*month) || !is_verified {
        return Ok(false);
    }
    let sequence = books.next_transfer().sequence;
    months.close(*month, sequence);
    books.set_billed_months(&months).await?;
    let mut amounts = BillAmounts::ZERO;
    let mut records = 0;
    for partner in partners {
        amounts = amounts.plus(&partner.amounts)?;
        records += partner.records;
        books.add_partner_sum(*month, partner)?;
    }
    books.add_closing(&Closing {
        month: *month,
        closed_at: books.now(),
        sequence,
        records,
        customers: *customers,
        amounts,
    })?;
    Ok(true)
}

/// A month under check.
struct Check<'b> {
    books: &'b Books<'b>,
    month: Month,
    /// What its lines say that was moved.
    billed: Billed,
    customers: u64,
}

/// What the lines of one customer come to.
struct OfCustomer {
    customer_id: CustomerId,
    lines: LineSums,
}

impl Check<'_> {
    /// Checks what a partner's customers have in the month: its lines lie customer by customer.
    async fn partner(&mut self, partner_id: &PartnerId) -> Result<PartnerSum, Reason> {
        let mut sum =
            PartnerSum { partner_id: partner_id.clone(), records: 0, amounts: BillAmounts::ZERO };
        let mut current: Option<OfCustomer> = None;
        let mut read = 0;
        loop {
            let lines = self.books.bill_lines_of(partner_id, self.month, None, read).await?;
            if lines.is_empty() {
                break;
            }
            read += u64::try_from(lines.len()).unwrap_or(u64::MAX);
            for line in lines {
                let amounts = line.amounts()?;
                self.line(&line, &amounts)?;
                sum.records += 1;
                sum.amounts = sum.amounts.plus(&amounts)?;
                if let Some(before) = current.take_if(|it| it.customer_id != line.customer_id) {
                    self.customer(before).await?;
                }
                let customer = current.get_or_insert_with(|| OfCustomer {
                    customer_id: line.customer_id.clone(),
                    lines: LineSums::default(),
                });
                customer.lines.add(&line, &amounts)?;
            }
        }
        if let Some(last) = current {
            self.customer(last).await?;
        }
        Ok(sum)
    }

    fn line(&mut self, line: &FeeRecord, amounts: &BillAmounts) -> Result<(), Reason> {
        if line.origin() == Origin::Imported {
            return Ok(());
        }
        if !amounts.check()? {
            return Err(wrong(&format!("line {}", line.id)));
        }
        self.billed.add_line(line, amounts);
        Ok(())
    }

    /// Compares what a customer's lines come to with the sums that are kept.
    async fn customer(&mut self, of: OfCustomer) -> Result<(), Reason> {
        let OfCustomer { customer_id, lines: LineSums { sums, bills } } = of;
        self.customers += 1;
        let kept = self.books.customer_sums(&customer_id, self.month).await?;
        let is_same = kept.len() == sums.len()
            && kept.iter().all(|sum| {
                let found = sums.get(&key::customer_sum(sum));
                found.is_some_and(|found| {
                    found.amounts == sum.amounts && found.records == sum.records
                })
            });
        if !is_same {
            return Err(wrong(&format!("sums of customer {customer_id}")));
        }
        for (key, bill) in bills {
            let kept = self.books.monthly_bill(&key).await?;
            if kept.is_none_or(|kept| {
                kept.amount != bill.amount || kept.debt_amount != bill.debt_amount
            }) {
                return Err(wrong(&format!("monthly bill of customer {customer_id}")));
            }
        }
        Ok(())
    }
}

/// What the ledger says that was moved in a month and is to be billed.
async fn ledger(books: &Books<'_>, months: &BilledMonths, month: Month) -> Result<Billed, Reason> {
    let mut billed = Billed::default();
    each_transfer(books, months, month, |transfer| billed.add_transfer(transfer)).await?;
    Ok(billed)
}

/// Takes the transfers of a month, from the transaction that generated its first line.
async fn each_transfer(
    books: &Books<'_>,
    months: &BilledMonths,
    month: Month,
    mut take: impl FnMut(&Transfer),
) -> Result<(), Reason> {
    let Some(open) = months.open_month(month) else {
        return Ok(());
    };
    let mut read = 0;
    loop {
        let transfers = books.transfers_from(open.first_sequence, read).await?;
        if transfers.is_empty() {
            return Ok(());
        }
        read += u64::try_from(transfers.len()).unwrap_or(u64::MAX);
        let of_month = |(id, transfer): &&(TransferId, Transfer)| {
            months.cycle_of(transfer.time, id.sequence) == month
        };
        transfers.iter().filter(of_month).for_each(|(_, transfer)| take(transfer));
    }
}

/// The trade whose lines and transfers differ, told so that it can be looked for.
async fn differing_trade(
    books: &Books<'_>,
    months: &BilledMonths,
    month: Month,
) -> Result<String, Reason> {
    let mut trades: BTreeMap<(String, BilledKind), Money> = BTreeMap::new();
    let mut overflow = false;
    let mut add = |trade: &str, kind: BilledKind, amount: Money| {
        let sum = trades.entry((trade.to_owned(), kind)).or_insert(Money::ZERO);
        match sum.checked_add(amount) {
            Ok(more) => *sum = more,
            Err(_) => overflow = true,
        }
    };
    each_transfer(books, months, month, |transfer| {
        if let Some((kind, amount)) = transfer.billed() {
            add(transfer.reference.as_deref().unwrap_or_default(), kind, amount);
        }
    })
    .await?;
    for partner in books.all_partners().await? {
        let mut read = 0;
        loop {
            let lines = books.bill_lines_of(&partner, month, None, read).await?;
            if lines.is_empty() {
                break;
            }
            read += u64::try_from(lines.len()).unwrap_or(u64::MAX);
            for line in lines.iter().filter(|line| line.origin() == Origin::Generated) {
                let trade = line.trade_id.as_deref().unwrap_or_default();
                for (kind, amount) in Billed::parts(&line.amounts()?) {
                    add(trade, kind, amount.negated());
                }
            }
        }
    }
    let differing = trades.into_iter().find(|(_, amount)| !amount.is_zero());
    Ok(match differing {
        Some(((trade, kind), amount)) => {
            format!("trade {trade}: the ledger has {amount} more of {kind:?} than its lines")
        }
        None if overflow => "amounts that are too large".to_owned(),
        None => "a trade".to_owned(),
    })
}

fn wrong(what: &str) -> Reason {
    Reason::MonthDoesNotAddUp(what.to_owned())
}
