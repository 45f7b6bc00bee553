//! Snapshots and transactions of everything under one head.

use super::defect::{self, Defect};
use super::error::StoreError;
use super::fold::fold;
use super::head::Head;
use super::journal::{self, JournalEntry, Meta};
use super::key_value::{Backend, KeyValueError, Swap};
use super::overlay::{self, Change, Overlay, Writes};
use super::page::{KEY_BYTES_MAX, PageId, VALUE_BYTES_MAX, sha256};
use super::reader::{Pages, Range, Reader, Snapshot};
use chrono::{DateTime, Utc};
use std::cell::RefCell;
use std::time::Duration;

/// A log above this size is folded by the next transaction.
pub(super) const LOG_BYTES_MAX: usize = 32 * 1024;

/// A log above this size is folded also by a transaction that has lost a swap before. Below it, a
/// loser only appends: a fold takes longer and would lose again.
const LOG_BYTES_FOLD_ALWAYS: usize = 96 * 1024;

/// Values of a key-value store stay below 256 KiB.
const HEAD_BYTES_MAX: usize = 250 * 1024;

/// How often a transaction is tried. With the pauses below this takes several seconds, in which
/// hundreds of others succeed.
const ATTEMPTS_MAX: u32 = 128;

/// Longest pause between two attempts; the first is about a millisecond.
const PAUSE_MS_MAX: u64 = 64;

/// How often a read starts again when a page of its snapshot has been deleted meanwhile.
const READS_MAX: u32 = 8;

/// Pages deleted in one call.
const PAGES_PER_DELETE: usize = 1024;

/// Everything under one head.
pub struct Tree<'b, B> {
    backend: &'b B,
    head_key: String,
}

impl<'b, B: Backend> Tree<'b, B> {
    /// The tree whose head lies under `head_key`. Reads nothing yet.
    pub fn new(backend: &'b B, head_key: impl Into<String>) -> Self {
        Self { backend, head_key: head_key.into() }
    }

    /// Writes the head of a tree without records. `name` says what it stands for.
    ///
    /// The key must be one that nobody else can be creating: a fresh random one that is published
    /// afterwards. Not every key-value store has atomic creation.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn create(&self, name: &str) -> Result<(), StoreError> {
        let head = Head::new(name, self.backend.now().timestamp_millis());
        if defect::present(Defect::CreatesBySwap) {
            let (_, watch) = self.backend.watch(&self.head_key).await?;
            self.backend.swap(watch, &head.encode()?).await?;
            return Ok(());
        }
        self.backend.create(&self.head_key, &head.encode()?).await?;
        Ok(())
    }

    /// Whether there is a head.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn exists(&self) -> Result<bool, StoreError> {
        Ok(self.backend.get(&self.head_key).await?.is_some())
    }

    /// Reads one snapshot. `read` may run more than once.
    ///
    /// # Errors
    /// What `read` refuses, and store failures.
    pub async fn read<T, E: From<StoreError>>(
        &self,
        read: impl AsyncFn(&Snapshot<'_, B>) -> Result<T, E>,
    ) -> Result<T, E> {
        let pages = Pages::new(self.backend);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let bytes = self.backend.get(&self.head_key).await.map_err(StoreError::from)?;
            let bytes = bytes.ok_or_else(|| StoreError::NoHead(self.head_key.clone()))?;
            let mut snapshot = Snapshot::new(&self.head_key, &bytes, &pages)?;
            if defect::present(Defect::MixesTwoHeads) {
                snapshot.overlay = self.watch(&pages).await?.0.overlay;
            }
            let outcome = read(&snapshot).await;
            if !pages.take_missing() || attempt == READS_MAX {
                return outcome;
            }
        }
    }

    /// Runs a transaction: `change` reads a snapshot and decides; what it writes is committed by
    /// one swap of the head, or not at all. A refusal commits nothing, nor does a transaction
    /// without writes.
    ///
    /// `change` runs again when another transaction was faster, so it must be pure.
    ///
    /// # Errors
    /// What `change` refuses, and store failures. Only [`StoreError::OutcomeUnknown`] leaves open
    /// whether the transaction took place.
    pub async fn update<T, E: From<StoreError>>(
        &self,
        meta: &Meta,
        mut change: impl AsyncFnMut(&mut Transaction<'_, B>) -> Result<T, E>,
    ) -> Result<T, E> {
        let pages = Pages::new(self.backend);
        let mut commit = Commit {
            tree: self,
            id: self.backend.random(),
            meta,
            attempts: 0,
            restarts: 0,
            undecided: Vec::new(),
        };
        loop {
            let step = self.attempt(&pages, &mut commit, &mut change).await;
            let missing = pages.take_missing();
            match step {
                Ok(Step::Done(answer)) if !missing => return Ok(answer),
                Ok(Step::Again) => commit.pause().await,
                Ok(Step::Done(_)) | Err(_) if missing && commit.may_restart() => {
                    commit.pause().await;
                }
                Ok(Step::Done(_)) => {
                    let error = StoreError::MissingPage("of a snapshot".to_owned());
                    return Err(commit.unless_undecided(error).into());
                }
                Err(Failure::Store(error)) => return Err(commit.unless_undecided(error).into()),
                // An earlier swap whose fate is open may still arrive: this is no clean refusal.
                Err(Failure::Refused(_)) if !commit.undecided.is_empty() => {
                    return Err(StoreError::OutcomeUnknown.into());
                }
                Err(Failure::Refused(refusal)) => return Err(refusal),
            }
        }
    }

    /// One attempt: read, decide, swap.
    async fn attempt<T, E: From<StoreError>>(
        &self,
        pages: &Pages<'_, B>,
        commit: &mut Commit<'_, 'b, B, T>,
        change: &mut impl AsyncFnMut(&mut Transaction<'_, B>) -> Result<T, E>,
    ) -> Result<Step<T>, Failure<E>> {
        let (snapshot, watch) = self.watch(pages).await?;
        if let Some(answer) = commit.decide(&snapshot).await? {
            return Ok(Step::Done(answer));
        }
        if commit.attempts == ATTEMPTS_MAX {
            return Err(StoreError::Contended.into());
        }
        let mut transaction = Transaction::new(snapshot, self.backend.now());
        let answer = change(&mut transaction).await.map_err(Failure::Refused)?;
        if pages.missing() {
            return Ok(Step::Again);
        }
        if !transaction.is_to_be_committed() {
            return Ok(Step::Done(answer));
        }
        if let Some(fault) = &transaction.snapshot.head.unfit {
            return Err(StoreError::Unfit(fault.clone()).into());
        }
        Ok(match commit.swap(transaction, watch, answer).await? {
            Some(answer) => Step::Done(answer),
            None => Step::Again,
        })
    }

    /// Why the head says that the store must not be written, if it does.
    pub(super) async fn unfit(&self) -> Result<Option<String>, StoreError> {
        self.read(async |snapshot| Ok(snapshot.head.unfit.clone())).await
    }

    /// Notes in the head why the store must not be written, or that it may be written again. From
    /// then on transactions are refused, or accepted, and those under way lose their swap.
    ///
    /// A store without a working swap is marked all the same: with a plain write, once a swap was
    /// reported as lost and the head is still what it was.
    pub(super) async fn mark(&self, unfit: Option<&str>) -> Result<(), StoreError> {
        let mut unmoved: Option<Vec<u8>> = None;
        for _ in 0..ATTEMPTS_MAX {
            let (bytes, watch) = self.backend.watch(&self.head_key).await?;
            let bytes = bytes.ok_or_else(|| StoreError::NoHead(self.head_key.clone()))?;
            let mut head = Head::decode(&self.head_key, &bytes)?;
            if head.unfit.as_deref() == unfit {
                return Ok(());
            }
            head.unfit = unfit.map(str::to_owned);
            let marked = head.encode()?;
            if unfit.is_some() && unmoved.as_ref() == Some(&bytes) {
                self.backend.set(&self.head_key, &marked).await?;
            } else if self.backend.swap(watch, &marked).await == Ok(Swap::Lost) {
                unmoved = Some(bytes);
            }
        }
        Err(StoreError::Contended)
    }

    async fn watch<'t>(
        &'t self,
        pages: &'t Pages<'t, B>,
    ) -> Result<(Snapshot<'t, B>, B::Watch), StoreError> {
        let (bytes, watch) = self.backend.watch(&self.head_key).await?;
        let bytes = bytes.ok_or_else(|| StoreError::NoHead(self.head_key.clone()))?;
        Ok((Snapshot::new(&self.head_key, &bytes, pages)?, watch))
    }

    /// Deletes pages that nothing refers to. A failure only leaves them for the sweep.
    async fn discard(&self, pages: &[PageId]) {
        let keys: Vec<String> = pages.iter().map(PageId::key).collect();
        if !keys.is_empty() {
            _ = self.backend.delete_many(&keys).await;
        }
    }
}

/// What an attempt to commit came to.
enum Step<T> {
    Done(T),
    Again,
}

/// Why an attempt to commit ended.
enum Failure<E> {
    Store(StoreError),
    Refused(E),
}

impl<E> From<StoreError> for Failure<E> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// An attempt whose swap did not report success: it may have happened, or happen yet.
struct Undecided<T> {
    sequence: u64,
    /// By this identity in the journal the attempt is found again.
    id: [u8; 16],
    answer: T,
    pages: Vec<PageId>,
}

/// The attempts of one transaction to commit.
struct Commit<'c, 'b, B, T> {
    tree: &'c Tree<'b, B>,
    /// Identity of the transaction; each attempt adds its number.
    id: [u8; 16],
    meta: &'c Meta,
    /// Swaps tried so far.
    attempts: u32,
    /// How often a page of the snapshot had been deleted meanwhile.
    restarts: u32,
    undecided: Vec<Undecided<T>>,
}

impl<B: Backend, T> Commit<'_, '_, B, T> {
    /// Finds out from a newer snapshot whether an undecided attempt has been committed.
    async fn decide(&mut self, snapshot: &Snapshot<'_, B>) -> Result<Option<T>, StoreError> {
        let mut lost = Vec::new();
        let mut index = 0;
        while let Some(attempt) = self.undecided.get(index) {
            if attempt.sequence > snapshot.sequence() {
                index += 1;
                continue;
            }
            let entry = journal::entry(snapshot, attempt.sequence).await?;
            let committed = entry.is_some_and(|entry| entry.id == attempt.id);
            let attempt = self.undecided.swap_remove(index);
            if committed {
                return Ok(Some(attempt.answer));
            }
            lost.extend(attempt.pages);
        }
        self.tree.discard(&lost).await;
        Ok(None)
    }

    /// Identity of the attempt under way.
    fn attempt_id(&self) -> [u8; 16] {
        if defect::present(Defect::SharesAttemptIds) {
            return [0; 16];
        }
        let number = u128::from(self.attempts);
        u128::from_be_bytes(self.id).wrapping_add(number).to_be_bytes()
    }

    fn may_restart(&mut self) -> bool {
        self.restarts += 1;
        self.restarts < READS_MAX
    }

    /// Swaps the head. None when the swap was lost or its answer was.
    async fn swap(
        &mut self,
        transaction: Transaction<'_, B>,
        watch: B::Watch,
        answer: T,
    ) -> Result<Option<T>, StoreError> {
        let backend = self.tree.backend;
        let sequence = transaction.sequence();
        let id = self.attempt_id();
        let prepared = self.prepare(transaction, id).await?;
        self.attempts += 1;
        let expired: Vec<String> = prepared.expired.iter().map(PageId::key).collect();
        for keys in expired.chunks(PAGES_PER_DELETE) {
            backend.delete_many(keys).await?;
        }
        if defect::present(Defect::CommitsWithoutComparing) {
            backend.set(&self.tree.head_key, &prepared.head).await?;
            return Ok(Some(answer));
        }
        match backend.swap(watch, &prepared.head).await {
            Ok(Swap::Done) => {
                // The head had not moved since the undecided attempts, now it has: they are lost.
                let lost: Vec<PageId> =
                    self.undecided.drain(..).flat_map(|attempt| attempt.pages).collect();
                self.tree.discard(&lost).await;
                Ok(Some(answer))
            }
            Ok(Swap::Lost) | Err(KeyValueError(_)) => {
                if defect::present(Defect::BelievesLostSwaps) {
                    return Ok(None);
                }
                let pages = prepared.written;
                if defect::present(Defect::DeletesUndecidedPages) {
                    self.tree.discard(&pages).await;
                }
                self.undecided.push(Undecided { sequence, id, answer, pages });
                Ok(None)
            }
        }
    }

    /// Builds the head that holds the transaction, and writes the pages that it refers to.
    async fn prepare(
        &self,
        transaction: Transaction<'_, B>,
        id: [u8; 16],
    ) -> Result<Prepared, StoreError> {
        if let Some(fault) = transaction.fault {
            return Err(StoreError::Misuse(fault));
        }
        let sequence = transaction.sequence();
        let writes = overlay::encode_writes(
            transaction
                .writes
                .iter()
                .map(|(key, (change, value))| (*change, key.as_slice(), value.as_slice())),
        );
        let entry = JournalEntry {
            id,
            time_ms: transaction.now.timestamp_millis(),
            caller: self.meta.caller.clone(),
            operation: self.meta.operation.clone(),
            transfers: transaction.transfers,
            transfers_sha256: transaction.transfers_sha256,
            writes_sha256: sha256(&writes),
        };
        let time_ms = entry.time_ms;
        let entry = entry.encode()?;
        let logged = overlay::encode_logged(sequence, &writes, &entry);
        let snapshot = &transaction.snapshot;
        let mut head = snapshot.head.clone();
        head.sequence = sequence;
        head.time_ms = time_ms;
        if let Some(note) = transaction.note.take() {
            head.note = Some(note);
        }
        if !defect::present(Defect::ForgetsToChain) {
            head.chain = journal::link(&snapshot.head.chain, sequence, &entry);
        }

        let log_bytes = head.log.len() + logged.len();
        let due = if self.attempts == 0 { LOG_BYTES_MAX } else { LOG_BYTES_FOLD_ALWAYS };
        let mut prepared = Prepared::default();
        if log_bytes <= due {
            head.log.extend_from_slice(&logged);
        } else {
            let mut all = transaction.writes.clone();
            all.insert(journal::key(sequence), (Change::Insert, entry));
            let mut overlay = snapshot.overlay.with(&all);
            if defect::present(Defect::FoldForgetsLog) {
                overlay = Overlay::default().with(&all);
            }
            let folded = fold(snapshot, &overlay, time_ms).await?;
            head.root = folded.root;
            head.hot = folded.hot;
            head.complete_below = folded.complete_below;
            head.log = Vec::new();
            head.replaced = folded.replaced;
            head.replaced_at_ms = time_ms;
            prepared.written = folded.written;
            prepared.expired = folded.expired;
        }
        prepared.head = head.encode()?;
        if prepared.head.len() > HEAD_BYTES_MAX {
            return Err(StoreError::Misuse("the transaction is too large".to_owned()));
        }
        Ok(prepared)
    }

    /// Waits before the next attempt, longer after each and never the same for two writers.
    async fn pause(&self) {
        let longest = PAUSE_MS_MAX.min(1 << self.attempts.min(10));
        let random = u64::from_be_bytes(first_eight(self.tree.backend.random()));
        let wait = Duration::from_micros(random % (longest * 1000) + 200);
        self.tree.backend.pause(wait).await;
    }

    /// The error, or that the outcome is unknown as long as an attempt is undecided.
    fn unless_undecided(&self, error: StoreError) -> StoreError {
        if self.undecided.is_empty() { error } else { StoreError::OutcomeUnknown }
    }
}

fn first_eight(bytes: [u8; 16]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&bytes[..8]);
    first
}

/// A head ready to be swapped in, with the pages that are in the store for it.
#[derive(Default)]
struct Prepared {
    head: Vec<u8>,
    written: Vec<PageId>,
    expired: Vec<PageId>,
}

/// A transaction under way: a snapshot, and what is to be written over it.
pub struct Transaction<'a, B> {
    snapshot: Snapshot<'a, B>,
    writes: Writes,
    now: DateTime<Utc>,
    transfers: u32,
    transfers_sha256: [u8; 32],
    fault: Option<String>,
    committed_empty: bool,
    /// A note for the head, in place of the one it has.
    note: RefCell<Option<Vec<u8>>>,
}

impl<'a, B: Backend> Transaction<'a, B> {
    fn new(snapshot: Snapshot<'a, B>, now: DateTime<Utc>) -> Self {
        let before = DateTime::from_timestamp_millis(snapshot.head.time_ms).unwrap_or_default();
        Self {
            snapshot,
            writes: Writes::new(),
            now: now.max(before),
            transfers: 0,
            transfers_sha256: sha256(&[]),
            fault: None,
            committed_empty: false,
            note: RefCell::default(),
        }
    }

    /// Commits this transaction even without writes. Every swap that was prepared before fails
    /// from then on.
    pub(super) fn commit_empty(&mut self) {
        self.committed_empty = true;
    }

    /// Replaces the note in the head.
    pub fn set_note(&mut self, note: Vec<u8>) {
        self.note.replace(Some(note));
        self.committed_empty = true;
    }

    fn is_to_be_committed(&self) -> bool {
        !self.writes.is_empty() || self.fault.is_some() || self.committed_empty
    }

    /// This transaction's number, from 1.
    pub fn sequence(&self) -> u64 {
        self.snapshot.head.sequence.saturating_add(1)
    }

    /// This transaction's time, never before that of an earlier one.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// States the transfers that this transaction books, for its journal entry.
    pub fn set_transfers(&mut self, count: u32, transfers_sha256: [u8; 32]) {
        self.transfers = count;
        self.transfers_sha256 = transfers_sha256;
    }

    /// Adds a record. Its key must be absent.
    pub fn insert(&mut self, key: Vec<u8>, value: Vec<u8>) {
        let change = match self.writes.get(&key) {
            None => Change::Insert,
            Some((Change::Remove, _)) => Change::Replace,
            Some(_) => return self.misused("insert of a record that is there"),
        };
        self.write(key, change, value);
    }

    /// Changes a record. Its key must be present.
    pub fn replace(&mut self, key: Vec<u8>, value: Vec<u8>) {
        let change = match self.writes.get(&key) {
            None => Change::Replace,
            Some((Change::Remove, _)) => return self.misused("replacement of a removed record"),
            Some((change, _)) => *change,
        };
        self.write(key, change, value);
    }

    /// Removes a record. Its key must be present.
    pub fn remove(&mut self, key: &[u8]) {
        match self.writes.get(key) {
            None | Some((Change::Replace, _)) => {
                self.writes.insert(key.to_vec(), (Change::Remove, Vec::new()));
            }
            Some((Change::Insert, _)) => _ = self.writes.remove(key),
            Some((Change::Remove, _)) => self.misused("removal of a removed record"),
        }
    }

    fn write(&mut self, key: Vec<u8>, change: Change, value: Vec<u8>) {
        if key.len() > KEY_BYTES_MAX || value.len() > VALUE_BYTES_MAX {
            return self.misused("a record is too large");
        }
        if key.first().is_none_or(|first| *first == journal::RESERVED) {
            return self.misused("the key is reserved");
        }
        self.writes.insert(key, (change, value));
    }

    fn misused(&mut self, fault: &str) {
        self.fault.get_or_insert_with(|| fault.to_owned());
    }

    fn merged(&self) -> Overlay {
        self.snapshot.overlay.with(&self.writes)
    }
}

impl<B: Backend> Reader for Transaction<'_, B> {
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.writes.get(key) {
            Some((Change::Remove, _)) => Ok(None),
            Some((_, value)) => Ok(Some(value.clone())),
            None => self.snapshot.get(key).await,
        }
    }

    async fn load(&self, keys: &[Vec<u8>]) -> Result<(), StoreError> {
        self.snapshot.load(keys).await
    }

    async fn approach(&self, range: &Range, offset: u64, limit: usize) -> Result<(), StoreError> {
        self.snapshot.approach(range, offset, limit).await
    }

    async fn count(&self, range: &Range) -> Result<u64, StoreError> {
        if self.writes.is_empty() {
            return self.snapshot.count(range).await;
        }
        self.snapshot.count_with(&self.merged(), range).await
    }

    async fn scan(
        &self,
        range: &Range,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        if self.writes.is_empty() {
            return self.snapshot.scan(range, offset, limit).await;
        }
        self.snapshot.scan_with(&self.merged(), range, offset, limit).await
    }

    async fn verify_pages(&self) -> Result<(), StoreError> {
        self.snapshot.verify_pages().await
    }

    fn name(&self) -> &str {
        self.snapshot.name()
    }

    fn note(&self) -> Option<Vec<u8>> {
        self.note.borrow().clone().or_else(|| self.snapshot.note())
    }

    fn propose_note(&self, note: Vec<u8>) {
        if self.note().is_none() {
            self.note.replace(Some(note));
        }
    }

    fn sequence(&self) -> u64 {
        self.snapshot.sequence()
    }

    fn chain(&self) -> [u8; 32] {
        self.snapshot.chain()
    }

    fn logged_writes_match(&self) -> Result<bool, StoreError> {
        self.snapshot.logged_writes_match()
    }
}
