//! Snapshots and transactions of everything under one head.

mod brought;
mod commit;
mod turn;

use self::brought::{Decide, Decided, Look, Looked};
use self::commit::Commit;
#[cfg(test)]
pub(crate) use self::commit::{LOG_BYTES_FOLD_ALWAYS, LOG_BYTES_QUIET};
use self::turn::Turn;
use super::defect::{self, Defect};
use super::error::StoreError;
use super::head::Head;
use super::journal::{self, Meta, sha256};
use super::key_value::{Backend, Swap, Watch};
use super::order::Key;
use super::overlay::{Change, Overlay, Writes};
use super::page::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use super::reader::{KnownPages, Pages, Part, Range, Reader, Snapshot};
use super::replaced;
use crate::value::future::Boxed;
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use std::cell::RefCell;
use std::collections::btree_map::Entry;
use std::ops::Bound;

/// How often a transaction is tried. With the pauses in between it takes seconds, in which
/// hundreds of others succeed.
const ATTEMPTS_MAX: u32 = 128;

/// How often a read starts again when a page of its snapshot has been deleted meanwhile.
const READS_MAX: u32 = 8;

/// Everything under one head.
pub struct Tree<'b> {
    pub(super) backend: &'b dyn Backend,
    pub(super) head_key: String,
    /// Whether without a head there are no records, rather than no tree.
    absent_is_empty: bool,
    /// Whether transactions are most likely large.
    is_large: bool,
    /// What was read before, of this tree or of another one.
    pub(super) known: KnownPages,
}

impl<'b> Tree<'b> {
    /// The tree whose head lies under `head_key`. Reads nothing yet.
    pub fn new(backend: &'b dyn Backend, head_key: impl Into<String>) -> Self {
        let known = KnownPages::default();
        let head_key = head_key.into();
        Self { backend, head_key, absent_is_empty: false, is_large: false, known }
    }

    /// The same, which reads no page again that is among these, and adds what it reads.
    #[must_use]
    pub fn knowing(self, known: &KnownPages) -> Self {
        Self { known: known.clone(), ..self }
    }

    /// The same, which has no records for who reads it while it has no head.
    #[must_use]
    pub fn absent_is_empty(self) -> Self {
        Self { absent_is_empty: true, ..self }
    }

    /// The same, whose transactions are most likely large, or not: one that knows it waits for its
    /// turn before it decides, and need not decide again.
    #[must_use]
    pub fn expecting_large(self, is_large: bool) -> Self {
        Self { is_large, ..self }
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
        read: impl AsyncFn(&Snapshot<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut looked = Looked { read, outcome: None };
        self.look(&mut looked).await?;
        looked.outcome.unwrap_or_else(|| Err(StoreError::Contended.into()))
    }

    /// As [`read`](Self::read), whatever is read.
    fn look<'t>(&'t self, read: &'t mut dyn Look) -> Boxed<'t, Result<(), StoreError>> {
        Box::pin(self.look_until_found(read))
    }

    async fn look_until_found(&self, read: &mut dyn Look) -> Result<(), StoreError> {
        let pages = Pages::new(self.backend, self.known.clone());
        let mut attempt = 0;
        loop {
            attempt += 1;
            let bytes = self.backend.get(&self.head_key).await?;
            let bytes = match bytes {
                Some(bytes) => bytes,
                None if self.absent_is_empty => Head::new("", 0).encode()?,
                None => return Err(StoreError::NoHead(self.head_key.clone())),
            };
            let mut snapshot = Snapshot::new(&self.head_key, bytes, &pages)?;
            if defect::present(Defect::MixesTwoHeads) {
                snapshot.overlay = self.watch(&pages).await?.0.overlay;
            }
            read.look(&snapshot).await;
            if !pages.take_missing() || attempt == READS_MAX {
                return Ok(());
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
        change: impl AsyncFnMut(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut decided = Decided { change, answers: Vec::new(), refusal: None };
        let ended = self.commit(meta, &mut decided).await?;
        let outcome = match ended {
            Ended::Answered(number) => decided.answers.into_iter().nth(number).map(Ok),
            Ended::Refused => decided.refusal.map(Err),
        };
        outcome.unwrap_or_else(|| Err(StoreError::OutcomeUnknown.into()))
    }

    /// As [`update`](Self::update), whatever is decided.
    fn commit<'t>(
        &'t self,
        meta: &'t Meta,
        change: &'t mut dyn Decide,
    ) -> Boxed<'t, Result<Ended, StoreError>> {
        Box::pin(async move {
            let mut commit = Commit::new(self, meta);
            let outcome = self.attempt_until_known(&mut commit, change).await;
            commit.end().await;
            outcome
        })
    }

    /// Attempts to commit until it is known what the transaction has come to.
    async fn attempt_until_known(
        &self,
        commit: &mut Commit<'_, 'b>,
        change: &mut dyn Decide,
    ) -> Result<Ended, StoreError> {
        let pages = Pages::new(self.backend, self.known.clone());
        loop {
            let step = self.attempt(&pages, commit, change).await;
            let missing = pages.take_missing();
            match step {
                Ok(Step::Done(answer)) if !missing => return Ok(Ended::Answered(answer)),
                Ok(Step::Again) => commit.pause().await,
                Ok(Step::Now) => {}
                Ok(Step::Done(_)) | Err(_) if missing && commit.may_restart() => {
                    commit.pause().await;
                }
                Ok(Step::Done(_)) => {
                    let error = StoreError::MissingPage("of a snapshot".to_owned());
                    return Err(commit.unless_undecided(error));
                }
                Err(Failure::Store(error)) => return Err(commit.unless_undecided(error)),
                // An earlier swap whose fate is open may still arrive: this is no clean refusal.
                Err(Failure::Refused) if commit.is_undecided() => {
                    return Err(StoreError::OutcomeUnknown);
                }
                Err(Failure::Refused) => return Ok(Ended::Refused),
            }
        }
    }

    /// One attempt: read, decide, swap.
    async fn attempt(
        &self,
        pages: &Pages<'_>,
        commit: &mut Commit<'_, 'b>,
        change: &mut dyn Decide,
    ) -> Result<Step, Failure> {
        commit.began = self.backend.now();
        let (snapshot, watch) = self.watch(pages).await?;
        if let Some(answer) = commit.decide(&snapshot).await? {
            return Ok(Step::Done(answer));
        }
        if commit.attempts == ATTEMPTS_MAX {
            return Err(StoreError::Contended.into());
        }
        if commit.is_ready_for(&snapshot.head) {
            let answer = commit.swap_again(snapshot.head, watch).await?;
            return Ok(commit.step(answer));
        }
        match commit.turn(&snapshot.head)? {
            Turn::Ours => {}
            Turn::Free => {
                commit.take_turn(snapshot.head, watch).await?;
                return Ok(Step::Now);
            }
            Turn::Unqueued => {
                commit.queue(snapshot.head, watch).await?;
                return Ok(Step::Now);
            }
            Turn::Waits(us) => {
                commit.wait(us).await;
                return Ok(Step::Now);
            }
        }
        let mut transaction = Transaction::new(snapshot, self.backend.now());
        let answer = change.decide(&mut transaction).await.ok_or(Failure::Refused)?;
        if pages.missing() {
            return Ok(Step::Again);
        }
        if !transaction.is_to_be_committed() {
            return Ok(Step::Done(answer));
        }
        if let Some(fault) = &transaction.snapshot.head.unfit {
            return Err(StoreError::Unfit(fault.clone()).into());
        }
        if transaction.fault.is_none() {
            debug_assert_eq!(transaction.contradiction(), None);
        }
        let answer = commit.swap(transaction, watch, answer).await?;
        Ok(commit.step(answer))
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
        let mut unmoved: Option<Bytes> = None;
        for _ in 0..ATTEMPTS_MAX {
            let (bytes, watch) = self.backend.watch(&self.head_key).await?;
            let bytes = bytes.ok_or_else(|| StoreError::NoHead(self.head_key.clone()))?;
            let bytes = Bytes::from(bytes);
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
        pages: &'t Pages<'t>,
    ) -> Result<(Snapshot<'t>, Watch), StoreError> {
        let (bytes, watch) = self.backend.watch(&self.head_key).await?;
        let bytes = bytes.ok_or_else(|| StoreError::NoHead(self.head_key.clone()))?;
        Ok((Snapshot::new(&self.head_key, bytes, pages)?, watch))
    }
}

/// What a transaction came to.
enum Ended {
    /// It is committed, with the answer of this number.
    Answered(usize),
    /// It was refused, and is not committed.
    Refused,
}

/// What an attempt to commit came to.
enum Step {
    /// With the answer of this number.
    Done(usize),
    /// After a pause.
    Again,
    Now,
}

/// Why an attempt to commit ended.
enum Failure {
    Store(StoreError),
    Refused,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A transaction under way: a snapshot, and what is to be written over it.
pub struct Transaction<'a> {
    snapshot: Snapshot<'a>,
    writes: Writes,
    now: DateTime<Utc>,
    transfers: u32,
    transfers_sha256: [u8; 32],
    fault: Option<String>,
    committed_empty: bool,
    /// A note for the head, in place of the one it has.
    note: RefCell<Option<Vec<u8>>>,
    /// From where a sweep has looked on, and up to where, in serial numbers.
    pub(super) swept: Option<std::ops::Range<u64>>,
}

impl<'a> Transaction<'a> {
    fn new(snapshot: Snapshot<'a>, now: DateTime<Utc>) -> Self {
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
            swept: None,
        }
    }

    /// Commits this transaction even without writes. Every swap that was prepared before fails
    /// from then on, and no page that was written before for a swap comes into use any more.
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
    pub fn number(&self) -> u64 {
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
        self.write(key, value, |written| match written {
            None => Ok(Change::Insert),
            Some(Change::Remove) => Ok(Change::Replace),
            Some(_) => Err("insert of a record that is there"),
        });
    }

    /// Changes a record. Its key must be present.
    pub fn replace(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.write(key, value, |written| match written {
            None => Ok(Change::Replace),
            Some(Change::Remove) => Err("replacement of a removed record"),
            Some(change) => Ok(change),
        });
    }

    /// Removes a record. Its key must be present.
    pub fn remove(&mut self, key: &[u8]) {
        match self.writes.entry(Key(key.to_vec())) {
            Entry::Vacant(entry) => _ = entry.insert((Change::Remove, Vec::new())),
            Entry::Occupied(mut entry) => match entry.get().0 {
                Change::Replace => _ = entry.insert((Change::Remove, Vec::new())),
                Change::Insert => _ = entry.remove(),
                Change::Remove => self.misused("removal of a removed record"),
            },
        }
    }

    /// Writes a record, as `change` says: it is told what this transaction has written there.
    fn write(
        &mut self,
        key: Vec<u8>,
        value: Vec<u8>,
        change: impl FnOnce(Option<Change>) -> Result<Change, &'static str>,
    ) {
        if key.len() > KEY_BYTES_MAX || value.len() > VALUE_BYTES_MAX {
            return self.misused("a record is too large");
        }
        if key.first().is_none_or(|first| *first == journal::RESERVED) {
            return self.misused("the key is reserved");
        }
        match self.writes.entry(Key(key)) {
            Entry::Vacant(entry) => match change(None) {
                Ok(change) => _ = entry.insert((change, value)),
                Err(fault) => self.misused(fault),
            },
            Entry::Occupied(mut entry) => match change(Some(entry.get().0)) {
                Ok(change) => _ = entry.insert((change, value)),
                Err(fault) => self.misused(fault),
            },
        }
    }

    /// A write that contradicts what was read: a record is added that is there, or one is changed or
    /// removed that is not. Reads nothing itself, so a write whose page nobody has looked at passes.
    pub(super) fn contradiction(&self) -> Option<(Change, &Key)> {
        let contradicts = |key: &Key, change: Change| {
            let is_there = self.snapshot.is_known_to_hold(&key.0);
            is_there.is_some_and(|is_there| is_there == (change == Change::Insert))
        };
        let mut writes = self.writes.iter().map(|(key, (change, _))| (*change, key));
        writes.find(|(change, key)| contradicts(key, *change))
    }

    fn misused(&mut self, fault: &str) {
        self.fault.get_or_insert_with(|| fault.to_owned());
    }

    /// As [`load`](Reader::load), and with it what a fold reads of the journal and of the pages
    /// replaced before.
    pub async fn load_for_fold(&self, mut keys: Vec<Vec<u8>>) -> Result<(), StoreError> {
        keys.push(journal::key(self.number()));
        keys.extend(replaced::places(&self.snapshot.head, self.now.timestamp_millis()));
        self.load(&keys).await
    }

    /// The snapshot's overlay with what this transaction has written in a range. What it has written
    /// elsewhere makes no difference there, and a transaction that writes much and reads many lists
    /// would put all of it in order for each of them. `None` where it has written nothing.
    fn merged(&self, range: &Range) -> Option<Overlay> {
        let mut bounds = range.bounds().map(|bound| Key(bound.to_vec()));
        let start = bounds.next()?;
        let end = bounds.next();
        if end.as_ref().is_some_and(|end| *end <= start) {
            return None;
        }
        let end = end.map_or(Bound::Unbounded, Bound::Excluded);
        let mut written = self.writes.range((Bound::Included(start), end)).peekable();
        written.peek()?;
        Some(self.snapshot.overlay.with(written))
    }
}

#[async_trait(?Send)]
impl Reader for Transaction<'_> {
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.writes.get(&Key(key.to_vec())) {
            Some((Change::Remove, _)) => Ok(None),
            Some((_, value)) => Ok(Some(value.clone())),
            None => self.snapshot.get(key).await,
        }
    }

    async fn load(&self, keys: &[Vec<u8>]) -> Result<(), StoreError> {
        self.snapshot.load(keys).await
    }

    async fn approach(&self, parts: &[Part<'_>]) -> Result<(), StoreError> {
        self.snapshot.approach(parts).await
    }

    async fn count(&self, range: &Range) -> Result<u64, StoreError> {
        match self.merged(range) {
            None => self.snapshot.count(range).await,
            Some(merged) => self.snapshot.count_with(&merged, range).await,
        }
    }

    async fn part(&self, part: Part<'_>) -> Result<(u64, Vec<(Vec<u8>, Vec<u8>)>), StoreError> {
        match self.merged(part.range) {
            None => self.snapshot.part(part).await,
            Some(merged) => self.snapshot.part_with(&merged, part).await,
        }
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
