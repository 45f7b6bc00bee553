//! The audit: recomputes from what is stored that no value appeared or vanished.
//!
//! Every page is read, also those without money in them, and compared with its hash. Then all that
//! has to do with money is read in order and in pieces, whatever the size of the ledger. Two
//! streams that must hold the same things in another order are compared by the sum of their hashes.

use crate::books::key::{self, ACCOUNTS, LINES, OfCustomer, TRANSFER};
use crate::books::record::{AccountRecord, LineRecord, decode};
use crate::domain::account::{Account, AccountId};
use crate::domain::bill::{BillAmounts, BilledMonths, FeeRecord, Origin};
use crate::domain::enterprise;
use crate::domain::error::Reason;
use crate::domain::ledger::{BilledKind, Transfer, TransferCode, TransferId};
use crate::domain::order::{LineState, Order, OrderLine, OrderStatus};
use crate::domain::resource::Resource;
use crate::store::{Range, Reader, journal};
use crate::value::money::{self, Money};
use rust_decimal::Decimal;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Records read in one call.
const RECORDS_PER_READ: usize = 500;

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// The tenant, as its store is named.
    pub tenant_id: String,
    /// Number of transactions so far.
    pub transactions: u64,
    /// Number of accounts, the outside not counted.
    pub accounts: u64,
    /// Sum of their balances, yuan, as a decimal string.
    pub sum: String,
    /// What was booked in from outside, less what was booked out, as a decimal string.
    pub outside_sum: String,
    /// Whether the two sums are equal.
    pub conserved: bool,
    /// Number of accounts below zero, the outside not counted.
    pub negative: u64,
    /// Whether each balance is the sum of its statement, each statement line has the right balance
    /// after it and belongs to a transfer, each transfer has its two lines, and each journal entry
    /// names the transfers that its transaction booked.
    pub journal_matches: bool,
    /// Whether the parts of each order are its transfers, and the clearing accounts hold what was
    /// paid for lines that are not provisioned and for terms that are not settled.
    pub orders_match: bool,
    /// Whether the amounts of each bill line that the books generated add up, and the lines of each
    /// trade come to what its transfers moved, for each kind of money, and to what is owed.
    pub bills_match: bool,
    /// Whether what masters of enterprises gave to each account of a member, and did not take back,
    /// is what their transfers say.
    pub enterprises_match: bool,
    /// Whether the chain of journal entries verifies from the first one to the newest.
    pub chain_verified: bool,
}

/// Audits everything that a snapshot holds.
///
/// # Errors
/// Store failures, among them [`StoreError::Corrupt`](crate::store::StoreError) for any page that
/// is not what was written, and [`Reason::Corrupt`] for a record that does not read back.
pub async fn audit(store: &dyn Reader) -> Result<Audit, Reason> {
    store.verify_pages().await?;
    let statements = Statements::audit(store).await?;
    let billed_since = billed_since(store).await?;
    let transfers = Transfers::audit(store, billed_since).await?;
    let orders = Orders::audit(store).await?;
    let bills = Bills::audit(store).await?;
    let given = given_to_members(store).await?;
    let mut booked = BookedDigest::default();
    let chain_verified = journal::verify(store, |sequence, entry| {
        booked.add(sequence, entry.transfers, &entry.transfers_sha256);
    })
    .await?;
    let journal_matches =
        statements.matching && statements.lines == transfers.lines && transfers.booked == booked;
    Ok(Audit {
        tenant_id: store.name().to_owned(),
        transactions: store.sequence(),
        accounts: statements.accounts,
        sum: printed(statements.sum),
        outside_sum: printed(transfers.outside_sum),
        conserved: statements.sum == transfers.outside_sum,
        negative: statements.negative,
        journal_matches,
        orders_match: orders.parts == transfers.parts && orders.unsettled == statements.clearing,
        bills_match: bills.adding_up && bills.billed == transfers.billed,
        enterprises_match: given == transfers.given,
        chain_verified,
    })
}

fn printed(sum: Decimal) -> String {
    money::at_least_two_decimals(sum).to_string()
}

/// Sums go further than any single amount may.
pub(super) fn add(sum: &mut Decimal, amount: Money) -> Result<(), Reason> {
    *sum = sum
        .checked_add(amount.decimal())
        .ok_or_else(|| Reason::Corrupt("a sum beyond all amounts".to_owned()))?;
    Ok(())
}

/// A set of statement lines, in any order: their number, and the sum of their hashes.
#[derive(Debug, Default, PartialEq, Eq)]
struct LineSet {
    count: u64,
    hashes: u128,
}

impl LineSet {
    /// A part of an order, of the account that it left or went back to.
    fn add_part(&mut self, order: &str, account: &AccountId, amount: Money) {
        let amount = amount.decimal().normalize();
        self.add_hash(&format!("{order}\0{account}\0{amount}"));
    }

    fn add(&mut self, account: &AccountId, id: TransferId, amount: Money) {
        let amount = amount.decimal().normalize();
        self.add_hash(&format!("{account}\0{id}\0{amount}"));
    }

    fn add_hash(&mut self, text: &str) {
        self.count += 1;
        self.hashes = self.hashes.wrapping_add(half_hash(text));
    }
}

/// Half of a hash, as a number.
fn half_hash(text: &str) -> u128 {
    let hash: [u8; 32] = Sha256::digest(text).into();
    let (half, _) = hash.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    u128::from_be_bytes(*half)
}

/// Amounts by account, in any order: of each account the sum times the hash of its text.
#[derive(Debug, Default, PartialEq, Eq)]
struct AccountSums(u128);

impl AccountSums {
    fn add(&mut self, account: &AccountId, amount: Money) {
        let mut units = amount.decimal();
        units.rescale(money::DECIMALS_MAX);
        let units = units.mantissa().cast_unsigned();
        let weighted = half_hash(&account.to_string()).wrapping_mul(units);
        self.0 = self.0.wrapping_add(weighted);
    }
}

/// What masters of enterprises say that they gave to accounts of members, and did not take back.
async fn given_to_members(store: &dyn Reader) -> Result<AccountSums, Reason> {
    let mut sums = AccountSums::default();
    let mut stream = Stream::new(store, &[key::ENTERPRISE]);
    while let Some((key, bytes)) = stream.next().await? {
        if let Some(account) = key::account_given(&key) {
            sums.add(&account, decode(&key, &bytes)?);
        }
    }
    Ok(sums)
}

/// The transfers that transactions booked, in order: of each its number, how many, and their hash.
#[derive(Debug, PartialEq, Eq)]
struct BookedDigest([u8; 32]);

impl Default for BookedDigest {
    fn default() -> Self {
        Self(Sha256::digest([]).into())
    }
}

impl BookedDigest {
    fn add(&mut self, sequence: u64, count: u32, transfers_sha256: &[u8; 32]) {
        if count == 0 && *transfers_sha256 == <[u8; 32]>::from(Sha256::digest([])) {
            return;
        }
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(sequence.to_be_bytes());
        hash.update(count.to_be_bytes());
        hash.update(transfers_sha256);
        self.0 = hash.finalize().into();
    }
}

/// What the transfers come to.
#[derive(Default)]
struct Transfers {
    /// From outside, less what went back.
    outside_sum: Decimal,
    /// The lines that there must be.
    lines: LineSet,
    /// What the journal must say.
    booked: BookedDigest,
    /// What orders must say that they were paid with and gave back.
    parts: LineSet,
    /// What bills must say.
    billed: Billed,
    /// The transaction from which on there are bills.
    billed_since: Option<u64>,
    /// What masters of enterprises must say that they gave.
    given: AccountSums,
}

impl Transfers {
    async fn audit(store: &dyn Reader, billed_since: Option<u64>) -> Result<Self, Reason> {
        let mut transfers = Self { billed_since, ..Self::default() };
        let mut stream = Stream::new(store, &[TRANSFER]);
        // The transaction that the stream is in, with what it has booked so far.
        let mut current: Option<(u64, u32, Sha256)> = None;
        while let Some((key, bytes)) = stream.next().await? {
            let id = transfer_id(&key)?;
            let transfer: Transfer = decode(&key, &bytes)?;
            transfers.add(id, &transfer)?;
            let (count, hash) = match current.take() {
                Some((sequence, count, hash)) if sequence == id.sequence => (count, hash),
                before => {
                    transfers.close(before);
                    (0, Sha256::new())
                }
            };
            current = Some((id.sequence, count.saturating_add(1), hash.chain_update(&bytes)));
        }
        transfers.close(current);
        Ok(transfers)
    }

    fn add(&mut self, id: TransferId, transfer: &Transfer) -> Result<(), Reason> {
        let Transfer { debit_account, credit_account, amount, reference, .. } = transfer;
        let order = reference.as_deref().unwrap_or_default();
        if let Some(enterprise::Movement { member, .. }) = enterprise::movement(transfer) {
            let is_given = *member == *credit_account;
            self.given.add(member, if is_given { *amount } else { amount.negated() });
        }
        match transfer.code {
            TransferCode::OrderPayment => self.parts.add_part(order, debit_account, *amount),
            TransferCode::OrderRefund => self.parts.add_part(order, credit_account, *amount),
            _ => {}
        }
        if self.billed_since.is_some_and(|since| since <= id.sequence) {
            self.billed.add_transfer(transfer);
        }
        self.lines.add(debit_account, id, amount.negated());
        self.lines.add(credit_account, id, *amount);
        if *debit_account == AccountId::Outside {
            add(&mut self.outside_sum, *amount)?;
        }
        if *credit_account == AccountId::Outside {
            add(&mut self.outside_sum, amount.negated())?;
        }
        Ok(())
    }

    fn close(&mut self, transaction: Option<(u64, u32, Sha256)>) {
        if let Some((sequence, count, hash)) = transaction {
            self.booked.add(sequence, count, &hash.finalize().into());
        }
    }
}

/// What the accounts and their statements come to.
#[derive(Default)]
struct Statements {
    accounts: u64,
    negative: u64,
    sum: Decimal,
    /// Sum of the clearing accounts.
    clearing: Decimal,
    /// Whether each balance is the sum of its lines, and each running balance is right.
    matching: bool,
    lines: LineSet,
}

impl Statements {
    /// Walks accounts and lines side by side: both are ordered by account.
    async fn audit(store: &dyn Reader) -> Result<Self, Reason> {
        let mut statements = Self { matching: true, ..Self::default() };
        let mut accounts = Accounts::new(store).await?;
        let mut lines = Vec::with_capacity(LINES.len());
        for kind in LINES {
            lines.push(Lines::new(store, kind).await?);
        }
        while let Some(account) = accounts.next().await? {
            let prefix = key::lines(&account.id);
            let mut running = Money::ZERO;
            for lines in lines.iter_mut().filter(|lines| prefix.starts_with(&[lines.kind])) {
                // Lines of an account that is not there.
                while lines.take_if(|key| *key < *prefix).await?.is_some() {
                    statements.matching = false;
                }
                while let Some((key, bytes)) = lines.take_if(|key| key.starts_with(&prefix)).await?
                {
                    running = statements.follow(&account.id, running, &key, &bytes)?;
                }
            }
            statements.close(&account, running)?;
        }
        statements.matching &= lines.iter().all(|lines| lines.at.is_none());
        Ok(statements)
    }

    /// Follows one line of a statement. Answers the balance after it.
    fn follow(
        &mut self,
        account: &AccountId,
        before: Money,
        key: &[u8],
        bytes: &[u8],
    ) -> Result<Money, Reason> {
        let line: LineRecord = decode(key, bytes)?;
        self.lines.add(account, transfer_id(key)?, line.amount);
        self.matching &= before.checked_add(line.amount) == Ok(line.balance_after);
        Ok(line.balance_after)
    }

    fn close(&mut self, account: &Account, statement: Money) -> Result<(), Reason> {
        self.matching &= account.balance == statement;
        if account.id != AccountId::Outside {
            self.accounts += 1;
            self.negative += u64::from(account.balance.is_negative());
            add(&mut self.sum, account.balance)?;
        }
        if matches!(account.id, AccountId::CloudClearing(_)) {
            add(&mut self.clearing, account.balance)?;
        }
        Ok(())
    }
}

fn transfer_id(key: &[u8]) -> Result<TransferId, Reason> {
    key::transfer_id_at_end(key).ok_or_else(|| Reason::Corrupt(key.escape_ascii().to_string()))
}

/// What was billed, in any order: of each trade and each kind of money how much, as the sum of
/// amounts times a hash of both. Two of these are equal when every trade has the same amounts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Billed(u128);

impl Billed {
    /// Adds what a transfer moved, if it is one that bills tell of.
    pub(super) fn add_transfer(&mut self, transfer: &Transfer) {
        let Some((kind, amount)) = transfer.billed() else {
            return;
        };
        self.add(transfer.reference.as_deref().unwrap_or_default(), kind, amount);
    }

    /// Adds what a line says.
    pub(super) fn add_line(&mut self, record: &FeeRecord, amounts: &BillAmounts) {
        let trade = record.trade_id.as_deref().unwrap_or_default();
        for (kind, amount) in Self::parts(amounts) {
            self.add(trade, kind, amount);
        }
    }

    /// What a line says, as transfers tell it apart.
    pub(super) fn parts(amounts: &BillAmounts) -> [(BilledKind, Money); 6] {
        [
            (BilledKind::Cash, amounts.cash),
            (BilledKind::Credit, amounts.credit),
            (BilledKind::Coupon, amounts.coupon),
            (BilledKind::Coupon, amounts.flexi_coupon),
            (BilledKind::StoredCard, amounts.stored_card),
            (BilledKind::Debt, amounts.debt),
        ]
    }

    fn add(&mut self, trade: &str, kind: BilledKind, amount: Money) {
        let hash: [u8; 32] = Sha256::digest(format!("{trade}\0{kind:?}")).into();
        let (half, _) = hash.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let mut amount = amount.decimal();
        amount.rescale(money::DECIMALS_MAX);
        let units = amount.mantissa().cast_unsigned();
        self.0 = self.0.wrapping_add(u128::from_be_bytes(*half).wrapping_mul(units));
    }
}

/// The transaction from which on the books bill what they move.
async fn billed_since(store: &dyn Reader) -> Result<Option<u64>, Reason> {
    let key = key::billed_months();
    let months = store.get(&key).await?;
    let months: Option<BilledMonths> = months.map(|bytes| decode(&key, &bytes)).transpose()?;
    Ok(months.and_then(|months| months.since))
}

/// What the bill lines say that the books have generated.
struct Bills {
    /// What was billed.
    billed: Billed,
    /// Whether each line adds up.
    adding_up: bool,
}

impl Bills {
    async fn audit(store: &dyn Reader) -> Result<Self, Reason> {
        let mut bills = Self { billed: Billed::default(), adding_up: true };
        let mut stream = Stream::new(store, &[key::FEE_RECORD]);
        while let Some((key, bytes)) = stream.next().await? {
            let record: FeeRecord = decode(&key, &bytes)?;
            if record.origin() == Origin::Generated {
                let amounts = record.amounts()?;
                bills.adding_up &= amounts.check()?;
                bills.billed.add_line(&record, &amounts);
            }
        }
        Ok(bills)
    }
}

/// What orders and resources say of money.
#[derive(Default)]
struct Orders {
    /// The parts of all orders.
    parts: LineSet,
    /// What was paid for lines that are not provisioned, and for terms that are not settled.
    unsettled: Decimal,
}

impl Orders {
    async fn audit(store: &dyn Reader) -> Result<Self, Reason> {
        let mut orders = Self::default();
        let mut stream = Stream::new(store, &[key::ORDERS_AND_RESOURCES]);
        while let Some((key, bytes)) = stream.next().await? {
            match key::of_customer(&key) {
                Some(OfCustomer::Order) => orders.add(&decode(&key, &bytes)?)?,
                Some(OfCustomer::Resource) => {
                    let resource: Resource = decode(&key, &bytes)?;
                    add(&mut orders.unsettled, resource.unsettled()?)?;
                }
                None => {}
            }
        }
        Ok(orders)
    }

    fn add(&mut self, order: &Order) -> Result<(), Reason> {
        for part in &order.parts {
            self.parts.add_part(order.order_id.as_str(), &part.account, part.amount);
        }
        let is_open = |line: &&OrderLine| {
            order.status == OrderStatus::Processing && line.state == LineState::Open
        };
        for line in order.lines.iter().filter(is_open) {
            for share in &line.shares {
                add(&mut self.unsettled, *share)?;
            }
        }
        Ok(())
    }
}

/// All accounts, ordered by their text form, from the places where they are kept.
pub(super) struct Accounts<'s> {
    /// Each with the account that it is at.
    streams: Vec<(Stream<'s>, Option<Account>)>,
}

impl<'s> Accounts<'s> {
    pub(super) async fn new(store: &'s dyn Reader) -> Result<Self, Reason> {
        let mut streams = Vec::with_capacity(ACCOUNTS.len());
        for kind in ACCOUNTS {
            let mut stream = Stream::new(store, &[kind]);
            let first = read_account(&mut stream).await?;
            streams.push((stream, first));
        }
        Ok(Self { streams })
    }

    pub(super) async fn next(&mut self) -> Result<Option<Account>, Reason> {
        let is_at_one = |(_, at): &&mut (_, Option<Account>)| at.is_some();
        let text =
            |(_, at): &&mut (_, Option<Account>)| at.as_ref().map(|account| account.id.to_string());
        let Some((stream, at)) = self.streams.iter_mut().filter(is_at_one).min_by_key(text) else {
            return Ok(None);
        };
        let next = read_account(stream).await?;
        Ok(std::mem::replace(at, next))
    }
}

async fn read_account(stream: &mut Stream<'_>) -> Result<Option<Account>, Reason> {
    while let Some((key, bytes)) = stream.next().await? {
        let id =
            key::account_id(&key).map_err(|_| Reason::Corrupt(key.escape_ascii().to_string()))?;
        if let Some(id) = id {
            let record: AccountRecord = decode(&key, &bytes)?;
            return Ok(Some(record.into_account(id)));
        }
    }
    Ok(None)
}

/// Statement lines, ordered by account, from one of the places where they are kept.
struct Lines<'s> {
    kind: u8,
    stream: Stream<'s>,
    /// The line that it is at.
    at: Option<(Vec<u8>, Vec<u8>)>,
}

impl<'s> Lines<'s> {
    async fn new(store: &'s dyn Reader, kind: u8) -> Result<Self, Reason> {
        let mut lines = Self { kind, stream: Stream::new(store, &[kind]), at: None };
        lines.read().await?;
        Ok(lines)
    }

    async fn read(&mut self) -> Result<(), Reason> {
        self.at = self.stream.next().await?;
        while self.at.as_ref().is_some_and(|(key, _)| !key::is_line(key)) {
            self.at = self.stream.next().await?;
        }
        Ok(())
    }

    /// The line that it is at, if its key is right.
    async fn take_if(
        &mut self,
        is_right: impl FnOnce(&[u8]) -> bool,
    ) -> Result<Option<(Vec<u8>, Vec<u8>)>, Reason> {
        let line = self.at.take_if(|(key, _)| is_right(key));
        if line.is_some() {
            self.read().await?;
        }
        Ok(line)
    }
}

/// The records with one prefix, read in pieces.
struct Stream<'s> {
    store: &'s dyn Reader,
    range: Range,
    read: u64,
    piece: std::vec::IntoIter<(Vec<u8>, Vec<u8>)>,
    ended: bool,
}

impl<'s> Stream<'s> {
    fn new(store: &'s dyn Reader, prefix: &[u8]) -> Self {
        let piece = Vec::new().into_iter();
        Self { store, range: Range::prefix(prefix), read: 0, piece, ended: false }
    }

    async fn next(&mut self) -> Result<Option<(Vec<u8>, Vec<u8>)>, Reason> {
        if self.piece.len() == 0 && !self.ended {
            let piece = self.store.scan(&self.range, self.read, RECORDS_PER_READ).await?;
            self.ended = piece.len() < RECORDS_PER_READ;
            self.piece = piece.into_iter();
        }
        let record = self.piece.next();
        self.read += u64::from(record.is_some());
        Ok(record)
    }
}

#[cfg(test)]
mod tests;
