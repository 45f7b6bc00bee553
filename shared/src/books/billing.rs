//! The bill lines that the books generate, and all that changes with a line: the sums of its
//! month, who consumed, and the days that the cost of an order is spread over.

use super::list::looked_up;
use super::record::{decode, encode};
use super::{Books, BooksMut, fee_record_key, key, monthly_bill_key};
use crate::domain::account::AccountId;
use crate::domain::amortisation::TermOfLine;
use crate::domain::bill::{
    BillAmounts, BilledMonths, Closing, CustomerSum, Debt, FeeRecord, MonthlyBill, Origin,
    PartnerSum,
};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferId};
use crate::domain::partner::Partner;
use crate::store::Range;
use crate::value::id::{CustomerId, FeeRecordId, PartnerId};
use crate::value::money::Money;
use crate::value::time::{Date, Month, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Bill lines and transfers that are read in one go while a month is checked.
const LINES_PER_READ: usize = 500;

/// The bill line of an order, with the term that its cost is spread over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostLine {
    /// The line.
    pub record: FeeRecord,
    /// The term.
    pub term: TermOfLine,
}

impl Books<'_> {
    /// Which months are billed, and which are closed.
    ///
    /// # Errors
    /// Store failures, as of every read here.
    pub async fn billed_months(&self) -> Result<BilledMonths, Reason> {
        Ok(self.record(&key::billed_months()).await?.unwrap_or_default())
    }

    /// The sums of a customer's month, by service, type of resources and kind.
    ///
    /// # Errors
    /// Store failures.
    pub async fn customer_sums(
        &self,
        customer: &CustomerId,
        cycle: Month,
    ) -> Result<Vec<CustomerSum>, Reason> {
        self.all(&Range::prefix(&key::customer_sums(customer, cycle))).await
    }

    /// The bill lines of a customer's orders whose cost reaches this day, by the last day of each.
    /// `partners` are all that it has belonged to.
    ///
    /// # Errors
    /// [`Reason::Corrupt`] for a line that is not there; store failures.
    pub async fn cost_lines(
        &self,
        partners: &[PartnerId],
        customer: &CustomerId,
        first_day: Date,
    ) -> Result<Vec<CostLine>, Reason> {
        let all = Range::prefix(&key::term_ends(customer));
        let ending = all.starting_at(key::term_ends_from(customer, first_day));
        let entries = self.whole(&ending).await?;
        self.load(&looked_up(&entries)?).await?;
        let mut lines = Vec::with_capacity(entries.len());
        for (entry, _) in &entries {
            let id =
                key::fee_record_id_of_term_end(customer, entry).ok_or_else(|| corrupt(entry))?;
            let term = self.term_of_line(customer, &id).await?.ok_or_else(|| corrupt(entry))?;
            let mut record = None;
            for partner in partners {
                let key = key::fee_record(partner, term.bill_cycle, customer, term.billed_at, &id);
                record = match record {
                    None => self.record(&key).await?,
                    found => found,
                };
            }
            lines.push(CostLine { record: record.ok_or_else(|| corrupt(entry))?, term });
        }
        Ok(lines)
    }

    /// How a month was closed, if it is.
    ///
    /// # Errors
    /// Store failures.
    pub async fn closing(&self, month: Month) -> Result<Option<Closing>, Reason> {
        self.record(&key::closing(month)).await
    }

    /// What a month that is closed comes to for a partner, if it comes to anything.
    ///
    /// # Errors
    /// Store failures.
    pub async fn partner_sum(
        &self,
        month: Month,
        partner: &PartnerId,
    ) -> Result<Option<PartnerSum>, Reason> {
        self.record(&key::partner_sum(month, partner)).await
    }

    /// All partners of the tenant, and the cloud, which has the customers that no partner has.
    pub(crate) async fn all_partners(&self) -> Result<Vec<PartnerId>, Reason> {
        let partners: Vec<Partner> = self.all(&key::all_partners()).await?;
        let partners = partners.into_iter().map(|partner| partner.partner_id);
        Ok(partners.chain([PartnerId::cloud()]).collect())
    }

    /// The next bill lines of a partner's month, customer by customer, after the first `offset`; with
    /// a customer, only that one's.
    pub(crate) async fn bill_lines_of(
        &self,
        partner: &PartnerId,
        cycle: Month,
        customer: Option<&CustomerId>,
        offset: u64,
    ) -> Result<Vec<FeeRecord>, Reason> {
        let range = Range::prefix(&match customer {
            None => key::fee_records_of(partner, cycle),
            Some(customer) => key::fee_records(partner, cycle, customer),
        });
        let lines = self.store().scan(&range, offset, LINES_PER_READ).await?;
        lines.iter().map(|(key, bytes)| decode(key, bytes)).collect()
    }

    /// The next transfers of this transaction and later ones, after the first `offset`.
    pub(crate) async fn transfers_from(
        &self,
        sequence: u64,
        offset: u64,
    ) -> Result<Vec<(TransferId, Transfer)>, Reason> {
        let range = key::transfers_from(sequence);
        let transfers = self.store().scan(&range, offset, LINES_PER_READ).await?;
        let read = |(key, bytes): &(Vec<u8>, Vec<u8>)| {
            let id = key::transfer_id_at_end(key).ok_or_else(|| corrupt(key))?;
            Ok((id, decode(key, bytes)?))
        };
        transfers.iter().map(read).collect()
    }

    /// A sum of a month as partners see it.
    pub(crate) async fn monthly_bill(&self, key: &[u8]) -> Result<Option<MonthlyBill>, Reason> {
        self.record(key).await
    }

    /// What a customer owes.
    ///
    /// # Errors
    /// Store failures.
    pub async fn owed(&self, customer: &CustomerId) -> Result<Money, Reason> {
        // Nobody is looked up as long as nobody owes anything.
        if self.billed_months().await?.debtors == 0 {
            return Ok(Money::ZERO);
        }
        let receivable = self.account(&AccountId::Receivable(customer.clone())).await?;
        Ok(receivable.map_or(Money::ZERO, |receivable| receivable.balance))
    }

    /// What a customer owes by month, service and type of resources, the oldest first.
    pub(crate) async fn debts(&self, customer: &CustomerId) -> Result<Vec<Debt>, Reason> {
        self.all(&Range::prefix(&key::debts(customer))).await
    }

    /// The term of an order's bill line.
    pub(crate) async fn term_of_line(
        &self,
        customer: &CustomerId,
        id: &FeeRecordId,
    ) -> Result<Option<TermOfLine>, Reason> {
        self.record(&key::term_of_line(customer, id)).await
    }
}

impl BooksMut<'_, '_> {
    /// Adds bill lines whose identities are free, and changes everything that follows from them.
    /// Lines whose amounts do not add up are never written.
    ///
    /// # Errors
    /// [`Reason::Corrupt`] for a line that does not add up, [`Reason::AmountTooLarge`]; store
    /// failures.
    pub(crate) async fn add_bills(&mut self, records: &[FeeRecord]) -> Result<(), Reason> {
        let mut bills = Bills::default();
        for record in records {
            self.add_bill(&mut bills, record)?;
        }
        self.follow_bills(bills).await
    }

    /// Adds one bill line, whose identity is free. What follows from it is noted, to be changed
    /// once for all lines of a transaction: see [`follow_bills`](Self::follow_bills).
    ///
    /// # Errors
    /// [`Reason::Corrupt`] for a line that does not add up, [`Reason::AmountTooLarge`].
    pub(crate) fn add_bill(&mut self, bills: &mut Bills, record: &FeeRecord) -> Result<(), Reason> {
        let amounts = record.amounts()?;
        if !amounts.check()? {
            return Err(Reason::Corrupt(format!("bill line {}, which is wrong", record.id)));
        }
        bills.add(record, &amounts)?;
        self.add_bytes(fee_record_key(record), encode(record)?);
        Ok(())
    }

    /// Changes everything that follows from bill lines that were added.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`]; store failures.
    pub(crate) async fn follow_bills(&mut self, bills: Bills) -> Result<(), Reason> {
        let Bills { line_sums: LineSums { sums, bills }, consumers, months } = bills;
        if months.is_empty() {
            return Ok(());
        }
        let mut keys: Vec<Vec<u8>> = sums.keys().chain(bills.keys()).cloned().collect();
        for (partner, cycle, customer) in &consumers {
            keys.push(key::consumer(partner, *cycle, customer));
            keys.push(key::first_consumption(customer));
        }
        self.load(&keys).await?;
        for (key, sum) in sums {
            self.add_to_sum(key, sum).await?;
        }
        for (key, bill) in bills {
            let before: Option<MonthlyBill> = self.record(&key).await?;
            let after = match before {
                None => bill,
                Some(before) => before.plus(bill)?,
            };
            self.set(key, encode(&after)?).await?;
        }
        for (partner, cycle, customer) in consumers {
            self.add_consumption(&partner, cycle, &customer).await?;
        }
        let mut billed = self.billed_months().await?;
        for (month, records) in months {
            billed.count(month, records, self.next_transfer().sequence);
        }
        self.set_billed_months(&billed).await
    }

    /// Adds a line that a book brings in to the sums of its month.
    pub(crate) async fn add_imported(&mut self, record: &FeeRecord) -> Result<(), Reason> {
        debug_assert_eq!(record.origin(), Origin::Imported);
        let sum = CustomerSum::of(record, &record.amounts()?);
        self.add_to_sum(key::customer_sum(&sum), sum).await
    }

    async fn add_to_sum(&mut self, key: Vec<u8>, sum: CustomerSum) -> Result<(), Reason> {
        let before: Option<CustomerSum> = self.record(&key).await?;
        let after = match before {
            None => sum,
            Some(before) => before.plus(sum)?,
        };
        self.set(key, encode(&after)?).await
    }

    /// Adds to what a customer owes, or takes off where `more` is below zero. `debt` says for what;
    /// how much it is so far, the books say.
    pub(crate) async fn change_debt(&mut self, debt: Debt, more: Money) -> Result<(), Reason> {
        let key = key::debt(&debt);
        let before: Option<Debt> = self.record(&key).await?;
        let is_there = before.is_some();
        let after = before.unwrap_or(Debt { amount: Money::ZERO, ..debt }).plus(more)?;
        match (is_there, after.amount.is_zero()) {
            (true, true) => self.store.remove(&key),
            (true, false) => self.store.replace(key, encode(&after)?),
            (false, _) => self.store.insert(key, encode(&after)?),
        }
        Ok(())
    }

    /// Adds to the number of customers that owe something, or takes off where `more` is below zero.
    pub(crate) async fn count_debtors(&mut self, more: i64) -> Result<(), Reason> {
        let months = self.billed_months().await?;
        let debtors = months.debtors.saturating_add_signed(more);
        self.set_billed_months(&BilledMonths { debtors, ..months }).await
    }

    /// Changes which months are billed, and which are closed.
    pub(crate) async fn set_billed_months(&mut self, months: &BilledMonths) -> Result<(), Reason> {
        self.set(key::billed_months(), encode(months)?).await
    }

    /// Takes note that a month is closed.
    pub(crate) fn add_closing(&mut self, closing: &Closing) -> Result<(), Reason> {
        self.add_bytes(key::closing(closing.month), encode(closing)?);
        Ok(())
    }

    /// Adds what a month that is closed comes to for a partner.
    pub(crate) fn add_partner_sum(&mut self, month: Month, sum: &PartnerSum) -> Result<(), Reason> {
        self.add_bytes(key::partner_sum(month, &sum.partner_id), encode(sum)?);
        Ok(())
    }

    /// Lists the bill line of an order for amortisation.
    pub(crate) fn add_term_of_line(&mut self, record: &FeeRecord) -> Result<(), Reason> {
        let Some(term) = TermOfLine::of(record) else {
            return Ok(());
        };
        let customer = &record.customer_id;
        let key = key::term_of_line(customer, &term.id);
        self.add_bytes(key.clone(), encode(&term)?);
        self.list_term(customer, &term, fee_record_key(record))
    }

    fn list_term(
        &mut self,
        customer: &CustomerId,
        term: &TermOfLine,
        record: Vec<u8>,
    ) -> Result<(), Reason> {
        let looked_up = [key::term_of_line(customer, &term.id), record];
        self.add_entry(key::term_end(customer, term.last_day(), &term.id), looked_up)
    }

    /// Ends the term of an order's bill line, if it has one: it is given back now.
    pub(crate) async fn end_term_of_line(
        &mut self,
        partner: &PartnerId,
        customer: &CustomerId,
        id: &FeeRecordId,
        now: Timestamp,
    ) -> Result<(), Reason> {
        let Some(term) = self.term_of_line(customer, id).await? else {
            return Ok(());
        };
        self.store.remove(&key::term_end(customer, term.last_day(), id));
        let ended = TermOfLine { given_back: Some(now), ..term };
        let record = key::fee_record(partner, ended.bill_cycle, customer, ended.billed_at, id);
        self.store.replace(key::term_of_line(customer, id), encode(&ended)?);
        self.list_term(customer, &ended, record)
    }
}

/// What follows from the bill lines of a transaction.
#[derive(Default)]
pub(crate) struct Bills {
    line_sums: LineSums,
    /// Who has consumed, of which partner and in which month.
    consumers: BTreeSet<(PartnerId, Month, CustomerId)>,
    /// Lines by their months.
    months: BTreeMap<Month, u64>,
}

impl Bills {
    fn add(&mut self, record: &FeeRecord, amounts: &BillAmounts) -> Result<(), Reason> {
        let FeeRecord { partner_id, bill_cycle, customer_id, .. } = record;
        self.line_sums.add(record, amounts)?;
        self.consumers.insert((partner_id.clone(), *bill_cycle, customer_id.clone()));
        *self.months.entry(*bill_cycle).or_insert(0) += 1;
        Ok(())
    }
}

/// The sums that bill lines change, by their keys.
#[derive(Default)]
pub(crate) struct LineSums {
    /// Those of customers.
    pub(crate) sums: BTreeMap<Vec<u8>, CustomerSum>,
    /// Those that partners see, of the lines that these books generated: a book brings its own.
    pub(crate) bills: BTreeMap<Vec<u8>, MonthlyBill>,
}

impl LineSums {
    /// Adds a line.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub(crate) fn add(&mut self, record: &FeeRecord, amounts: &BillAmounts) -> Result<(), Reason> {
        let sum = CustomerSum::of(record, amounts);
        add(&mut self.sums, key::customer_sum, sum, CustomerSum::plus)?;
        if record.origin() == Origin::Imported {
            return Ok(());
        }
        match MonthlyBill::of(record, amounts) {
            Some(bill) => add(&mut self.bills, monthly_bill_key, bill, MonthlyBill::plus),
            None => Ok(()),
        }
    }
}

/// Adds to the sum of a key, or begins it.
fn add<T>(
    sums: &mut BTreeMap<Vec<u8>, T>,
    key: impl FnOnce(&T) -> Vec<u8>,
    more: T,
    plus: impl FnOnce(T, T) -> Result<T, Reason>,
) -> Result<(), Reason> {
    let key = key(&more);
    let sum = match sums.remove(&key) {
        None => more,
        Some(before) => plus(before, more)?,
    };
    sums.insert(key, sum);
    Ok(())
}

fn corrupt(key: &[u8]) -> Reason {
    Reason::Corrupt(key.escape_ascii().to_string())
}
