//! Commits: the attempts of one transaction to swap the head, until one is known to have succeeded.
//!
//! A swap appends the transaction to the head's log. When the log has grown too long, the swap also
//! puts a *fold* of it in its place: a tree in which all that was in the log is written. Writing
//! the pages of a fold takes as long as several swaps of others, so most likely there is another
//! head when they are written. If the others have only appended to the log, the fold is right for
//! what it has folded all the same, and the next attempt takes it as it is: the new head has the
//! fold's tree, and in its log what the others have appended, then the transaction.

use super::turn::{Turn, Turns};
use super::{READS_MAX, Step, Transaction, Tree};
use crate::store::defect::{self, Defect};
use crate::store::error::StoreError;
use crate::store::fold::{self, Folded, Use, fold};
use crate::store::head::{Head, Restored};
use crate::store::journal::{self, JournalEntry, Meta, sha256};
use crate::store::key_value::{Swap, Watch};
use crate::store::order::{Key, same};
use crate::store::overlay::{self, Change, Overlay};
use crate::store::reader::Snapshot;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

/// A log above this size is folded by some transactions: every request reads and sorts it.
const LOG_BYTES_MAX: usize = 12 * 1024;

/// A log above this size is folded by every transaction.
pub(crate) const LOG_BYTES_FOLD_ALWAYS: usize = 64 * 1024;

/// A transaction above this size does not go into the log.
const TRANSACTION_BYTES_MAX: usize = 32 * 1024;

/// In between, one transaction in so many folds. Of all that fold the same log only one succeeds:
/// the pages of the others are written and deleted for nothing.
const TRANSACTIONS_PER_FOLD: u8 = 16;

/// A log above this size is folded by a transaction that finds the store quiet: most likely no
/// other one is under way.
pub(crate) const LOG_BYTES_QUIET: usize = 20 * 1024;

/// A store is quiet when the last transaction is this long ago, in which some folds could be made,
const QUIET_MS: i64 = 20;

/// and so many times as long as the one under way has taken: other stores are slower.
const QUIET_ATTEMPTS: i64 = 8;

/// Values of a key-value store stay below 256 KiB.
const HEAD_BYTES_MAX: usize = 250 * 1024;

/// Shortest pause between two attempts, in microseconds, and about the first one: what the second
/// attempt needs is read already, and most likely it succeeds.
const PAUSE_US_MIN: u64 = 200;

/// From then on the longest pause grows by this much with each attempt, or by what the attempt
/// took if that is more,
const PAUSE_MS_STEP: i64 = 2;

/// up to this.
const PAUSE_MS_MAX: i64 = 64;

/// An attempt to swap the head. Unless its swap reports success, it may have happened, or happen
/// yet: the attempt is undecided.
struct Attempt {
    sequence: u64,
    /// The restore that the head it was made for goes back to.
    restored: Option<Restored>,
    /// By this identity in the journal the attempt is found again.
    id: [u8; 16],
    /// The number of its answer.
    answer: usize,
    /// The fold whose pages its head refers to. Several attempts may share one: its pages may only
    /// be deleted when none of them can be committed any more.
    folded: Option<Rc<Folded>>,
}

/// A fold that later attempts take as it is, as long as it is right for the head.
struct Kept {
    /// The head whose log has been folded.
    base: Head,
    folded: Rc<Folded>,
}

impl Kept {
    /// What the log of a newer head holds beyond what has been folded. None if the fold is not
    /// right for that head.
    ///
    /// After another fold it is not: the head has another tree than the one rewritten here. Nor is
    /// it after a transaction without writes, by which the sweep takes from all writers what they
    /// have prepared: the pages of this fold may be among those that it is about to delete.
    fn rest<'h>(&self, head: &'h Head) -> Option<&'h [u8]> {
        let folded = self.base.log.len();
        let rest = match head.log.split_at_checked(folded) {
            Some((log, rest)) if same(log, &self.base.log) && head.has_tree_of(&self.base) => rest,
            _ if defect::present(Defect::KeepsFoldsOfOtherTrees) => &head.log,
            _ => return None,
        };
        let is_sweep = |logged: &overlay::Logged| logged.writes.is_empty();
        let swept = overlay::logged(rest).ok()?.iter().any(is_sweep);
        (!swept || defect::present(Defect::KeepsFoldsOverSweeps)).then_some(rest)
    }
}

/// A head to be swapped in, and the fold that it has.
struct Prepared {
    head: Head,
    encoded: Vec<u8>,
    folded: Option<Rc<Folded>>,
    /// Whether it is that of a large transaction.
    is_large: bool,
}

/// The head of the newest undecided attempt. As long as nothing but turns has changed since, it is
/// as good as when it was prepared.
struct Ready {
    /// The head that it was prepared for.
    base: Head,
    head: Head,
    is_large: bool,
}

/// The attempts of one transaction to commit.
pub(super) struct Commit<'c, 'b> {
    tree: &'c Tree<'b>,
    /// Identity of the transaction; each attempt adds its number.
    id: [u8; 16],
    meta: &'c Meta,
    /// When the attempt under way began, with reading the head.
    pub(super) began: DateTime<Utc>,
    /// Swaps tried so far.
    pub(super) attempts: u32,
    /// How often a page of the snapshot had been deleted meanwhile.
    restarts: u32,
    undecided: Vec<Attempt>,
    /// Attempts for heads that a restore has taken back since: they are not committed any more,
    /// unless a later restore brings that back. A snapshot may reach the pages of their folds.
    taken_back: Vec<Attempt>,
    /// The newest fold of the log alone. One with the transaction's own writes in it is not kept.
    kept: Option<Kept>,
    ready: Option<Ready>,
    turns: Turns,
}

impl<'c, 'b> Commit<'c, 'b> {
    pub(super) fn new(tree: &'c Tree<'b>, meta: &'c Meta) -> Self {
        let id = tree.backend.random();
        Self {
            tree,
            id,
            meta,
            began: DateTime::UNIX_EPOCH,
            attempts: 0,
            restarts: 0,
            undecided: Vec::new(),
            taken_back: Vec::new(),
            kept: None,
            ready: None,
            turns: Turns::new(id, tree.is_large),
        }
    }

    /// Whose turn it is.
    pub(super) fn turn(&mut self, head: &Head) -> Result<Turn, StoreError> {
        self.turns.look(head)
    }

    /// Takes the turn, unless another transaction is faster.
    pub(super) async fn take_turn(&mut self, head: Head, watch: Watch) -> Result<(), StoreError> {
        let head = self.turns.take(head);
        self.swap_turns(&head, watch).await
    }

    /// Queues for the turn, unless another transaction is faster.
    pub(super) async fn queue(&mut self, head: Head, watch: Watch) -> Result<(), StoreError> {
        let head = self.turns.queue(head);
        self.swap_turns(&head, watch).await
    }

    async fn swap_turns(&mut self, head: &Head, watch: Watch) -> Result<(), StoreError> {
        self.attempts += 1;
        // Whether it did succeed, the next look at the head will show.
        _ = self.tree.backend.swap(watch, &head.encode()?).await;
        Ok(())
    }

    /// Waits for a time in this range, in microseconds.
    pub(super) async fn wait(&self, us: Range<u64>) {
        let backend = self.tree.backend;
        let random = u64::from_be_bytes(first_eight(backend.random()));
        let wait_us = us.start + random % (us.end - us.start);
        backend.pause(Duration::from_micros(wait_us)).await;
    }

    /// Gives up a turn that was not used, or a place in the queue.
    async fn leave_turns(&mut self) -> Result<(), StoreError> {
        if !self.turns.may_queue() {
            return Ok(());
        }
        let (backend, key) = (self.tree.backend, &self.tree.head_key);
        let (bytes, watch) = backend.watch(key).await?;
        let Some(bytes) = bytes else {
            return Ok(());
        };
        if let Some(head) = self.turns.leave(Head::decode(key, &bytes.into())?) {
            backend.swap(watch, &head.encode()?).await?;
        }
        Ok(())
    }

    /// Finds out from a newer snapshot whether an undecided attempt has been committed, and gives
    /// up what is of no use any more.
    pub(super) async fn decide(
        &mut self,
        snapshot: &Snapshot<'_>,
    ) -> Result<Option<usize>, StoreError> {
        let restored = snapshot.head.restored;
        let is_taken_back = |attempt: &mut Attempt| attempt.restored != restored;
        if !defect::present(Defect::OverlooksRestores) {
            self.taken_back.extend(self.undecided.extract_if(.., is_taken_back));
        }
        if let Some(attempt) = self.take_committed(snapshot).await? {
            return Ok(Some(self.committed(attempt).await));
        }
        let is_known = |attempt: &mut Attempt| attempt.sequence <= snapshot.head.sequence;
        let lost = self.undecided.extract_if(.., is_known);
        let mut lost: Vec<Rc<Folded>> = lost.filter_map(|attempt| attempt.folded).collect();
        if defect::present(Defect::DiscardsSharedPages) {
            self.discard_shared(&lost).await;
        }
        let wrong = self.kept.take_if(|kept| kept.rest(&snapshot.head).is_none());
        lost.extend(wrong.map(|kept| kept.folded));
        self.discard(lost).await;
        Ok(None)
    }

    /// The attempt that a snapshot's journal holds.
    async fn take_committed(
        &mut self,
        snapshot: &Snapshot<'_>,
    ) -> Result<Option<Attempt>, StoreError> {
        for attempts in [&mut self.undecided, &mut self.taken_back] {
            for index in 0..attempts.len() {
                let Attempt { sequence, id, .. } = attempts[index];
                if sequence > snapshot.head.sequence {
                    continue;
                }
                let entry = journal::entry(snapshot, sequence).await?;
                if entry.is_some_and(|entry| entry.id == id) {
                    return Ok(Some(attempts.swap_remove(index)));
                }
            }
        }
        Ok(None)
    }

    /// Swaps the head. None when the swap was lost or its answer was, or was sure to be lost.
    pub(super) async fn swap(
        &mut self,
        transaction: Transaction<'_>,
        watch: Watch,
        answer: usize,
    ) -> Result<Option<usize>, StoreError> {
        let backend = self.tree.backend;
        let sequence = transaction.number();
        let base = transaction.snapshot.head.clone();
        let id = self.attempt_id();
        let prepared = self.prepare(transaction, id).await?;
        self.attempts += 1;
        let Some(Prepared { head, encoded, folded, is_large }) = prepared else {
            return Ok(None);
        };
        let attempt = Attempt { sequence, restored: base.restored, id, answer, folded };
        if defect::present(Defect::CommitsWithoutComparing) {
            backend.set(&self.tree.head_key, &encoded).await?;
            return Ok(Some(self.committed(attempt).await));
        }
        if backend.swap(watch, &encoded).await == Ok(Swap::Done) {
            return Ok(Some(self.committed(attempt).await));
        }
        self.turns.lost();
        if defect::present(Defect::BelievesLostSwaps) {
            return Ok(None);
        }
        if defect::present(Defect::DeletesUndecidedPages) {
            self.discard_shared(attempt.folded.as_slice()).await;
        }
        self.undecided.push(attempt);
        self.ready = Some(Ready { base, head, is_large });
        Ok(None)
    }

    /// Whether the newest attempt is as good for this head as for the one that it was made for.
    pub(super) fn is_ready_for(&self, head: &Head) -> bool {
        self.ready.as_ref().is_some_and(|ready| {
            ready.base.is_but_for_turns(head) || defect::present(Defect::SwapsAgainOverOthers)
        })
    }

    /// Swaps the head of the newest attempt again, which was lost because turns had changed. Both
    /// swaps are of one attempt: one of them at most succeeds, whatever became of the first.
    pub(super) async fn swap_again(
        &mut self,
        current: Head,
        watch: Watch,
    ) -> Result<Option<usize>, StoreError> {
        let Some(Ready { head, is_large, .. }) = self.ready.take() else {
            return Ok(None);
        };
        self.attempts += 1;
        let Head { turn, waiting, .. } = current.clone();
        let head = self.turns.with_next(Head { turn, waiting, ..head }, is_large);
        if self.tree.backend.swap(watch, &head.encode()?).await != Ok(Swap::Done) {
            self.ready = Some(Ready { base: current, head, is_large });
            return Ok(None);
        }
        match self.undecided.pop() {
            Some(attempt) => Ok(Some(self.committed(attempt).await)),
            None => Ok(None),
        }
    }

    /// What comes after a swap. Who waits for turns needs no pause besides.
    pub(super) fn step(&self, answer: Option<usize>) -> Step {
        match answer {
            Some(answer) => Step::Done(answer),
            None if self.turns.is_orderly() => Step::Now,
            None => Step::Again,
        }
    }

    /// Waits before the next attempt, longer after each and never the same for two writers; long
    /// attempts get out of each other's way by long pauses only. Who has a fold does not stand
    /// back: until it is in the head, others begin theirs.
    pub(super) async fn pause(&self) {
        let backend = self.tree.backend;
        let took = (backend.now() - self.began).num_milliseconds();
        let lost = if self.kept.is_some() { 0 } else { self.attempts.saturating_sub(1) };
        let longest = took.clamp(PAUSE_MS_STEP, PAUSE_MS_MAX) * i64::from(lost);
        let longest_us = longest.min(PAUSE_MS_MAX).unsigned_abs() * 1000 + PAUSE_US_MIN;
        let random = u64::from_be_bytes(first_eight(backend.random()));
        let wait = Duration::from_micros(PAUSE_US_MIN + random % longest_us);
        backend.pause(wait).await;
    }

    pub(super) fn may_restart(&mut self) -> bool {
        self.restarts += 1;
        self.restarts < READS_MAX
    }

    /// Whether an attempt may have been committed, or be committed yet.
    pub(super) fn is_undecided(&self) -> bool {
        !self.undecided.is_empty()
    }

    /// The error, or that the outcome is unknown as long as an attempt is undecided.
    pub(super) fn unless_undecided(&self, error: StoreError) -> StoreError {
        if self.is_undecided() { StoreError::OutcomeUnknown } else { error }
    }

    /// Deletes what has been prepared, once there are to be no more attempts. What an undecided
    /// one refers to stays: should it come to nothing, the sweep finds it.
    pub(super) async fn end(&mut self) {
        let kept = self.kept.take().map(|kept| kept.folded);
        self.discard(kept).await;
        // Should that fail, others wait for a moment.
        _ = self.leave_turns().await;
    }

    /// One attempt has been committed. The others are lost: the heads that they would replace are
    /// older than its own.
    async fn committed(&mut self, attempt: Attempt) -> usize {
        self.turns.end();
        let others = self.undecided.drain(..).filter_map(|attempt| attempt.folded);
        let kept = self.kept.take().map(|kept| kept.folded);
        let lost: Vec<Rc<Folded>> = others.chain(kept).collect();
        // The attempt still has its fold: that one stays.
        self.discard(lost).await;
        attempt.answer
    }

    /// Deletes the pages of folds, unless another attempt refers to them or a later one may.
    async fn discard(&self, lost: impl IntoIterator<Item = Rc<Folded>>) {
        for folded in lost.into_iter().filter_map(Rc::into_inner) {
            folded.written.discard(self.tree.backend, &self.tree.head_key).await;
        }
    }

    /// Deletes them whoever refers to them: only a store with a defect does.
    async fn discard_shared(&self, folds: &[Rc<Folded>]) {
        for folded in folds {
            folded.written.discard(self.tree.backend, &self.tree.head_key).await;
        }
    }

    /// Identity of the attempt under way.
    fn attempt_id(&self) -> [u8; 16] {
        if defect::present(Defect::SharesAttemptIds) {
            return [0; 16];
        }
        let number = u128::from(self.attempts);
        u128::from_be_bytes(self.id).wrapping_add(number).to_be_bytes()
    }

    /// Builds the head that holds the transaction, and writes the pages that it refers to. None
    /// when there is a newer head already.
    async fn prepare(
        &mut self,
        transaction: Transaction<'_>,
        id: [u8; 16],
    ) -> Result<Option<Prepared>, StoreError> {
        if let Some(fault) = transaction.fault {
            return Err(StoreError::Misuse(fault));
        }
        let sequence = transaction.number();
        let written = transaction.writes.iter();
        let writes = overlay::encode_writes(
            written.map(|(Key(key), (change, value))| (*change, key.as_slice(), value.as_slice())),
        );
        let entry = self.entry(&transaction, id, &writes);
        let time_ms = entry.time_ms;
        let entry = entry.encode()?;
        let own_bytes = writes.len() + entry.len();
        let snapshot = &transaction.snapshot;
        let mut head = snapshot.head.clone();
        head.sequence = sequence;
        head.time_ms = time_ms;
        // Unless something has been given up meanwhile that is to be looked for further below.
        if let Some(swept) = &transaction.swept
            && head.swept >= swept.start
        {
            head.swept = head.swept.max(swept.end);
        }
        if let Some(note) = transaction.note.take() {
            head.note = Some(note.into());
        }
        if !defect::present(Defect::ForgetsToChain) {
            head.chain = journal::link(&snapshot.head.chain, sequence, &entry);
        }

        let is_large = own_bytes > TRANSACTION_BYTES_MAX;
        if is_large && !self.turns.may_write(&head) {
            return Ok(None);
        }
        let mut head = self.turns.with_next(head, is_large);
        if is_large {
            let mut all = transaction.writes;
            all.insert(Key(journal::key(sequence)), (Change::Insert, entry));
            let everything = snapshot.overlay.with(&all);
            let folds = self.fold(snapshot, &everything, time_ms, Use::ByThisHeadAlone).await?;
            let Some(everything) = folds else {
                self.turns.lost();
                return Ok(None);
            };
            head.log.clear();
            return self.refer(head, Some(Rc::new(everything)), is_large).await.map(Some);
        }
        let mut folded = None;
        if let Some((log, rest)) = self.fold_log(snapshot, own_bytes, time_ms).await? {
            folded = Some(log);
            head.log = rest;
        }
        let logged = overlay::encode_logged(sequence, &writes, &entry);
        head.log = [&*head.log, &logged].concat().into();
        self.refer(head, folded, is_large).await.map(Some)
    }

    /// Makes a head refer to a fold. Should that make it too large, nothing will refer to the fold.
    async fn refer(
        &self,
        mut head: Head,
        folded: Option<Rc<Folded>>,
        is_large: bool,
    ) -> Result<Prepared, StoreError> {
        if let Some(folded) = &folded {
            head.root.clone_from(&folded.root);
            head.hot.clone_from(&folded.hot);
            head.complete_below = folded.complete_below;
            head.replaced.clone_from(&folded.replaced);
            head.lists.clone_from(&folded.lists);
            head.fold = Some(folded.written.begun).filter(|_| folded.written.is_some());
            // Not when the pages were written: readers are sent to the replaced ones until now.
            head.replaced_at_ms = head.time_ms;
        }
        let encoded = head.encode().and_then(|encoded| {
            let fits = encoded.len() <= HEAD_BYTES_MAX;
            fits.then_some(encoded).ok_or(StoreError::TransactionTooLarge)
        });
        match encoded {
            Ok(encoded) => Ok(Prepared { head, encoded, folded, is_large }),
            Err(error) => {
                self.discard(folded).await;
                Err(error)
            }
        }
    }

    fn entry(&self, transaction: &Transaction<'_>, id: [u8; 16], writes: &[u8]) -> JournalEntry {
        JournalEntry {
            id,
            time_ms: transaction.now.timestamp_millis(),
            caller: self.meta.caller.clone(),
            operation: self.meta.operation.clone(),
            transfers: transaction.transfers,
            transfers_sha256: transaction.transfers_sha256,
            writes_sha256: sha256(writes),
        }
    }

    /// A fold that is right for the snapshot's head, and what the log holds beyond it: one of an
    /// earlier attempt, or a new one if it is on this transaction to fold the log.
    async fn fold_log(
        &mut self,
        snapshot: &Snapshot<'_>,
        own_bytes: usize,
        now_ms: i64,
    ) -> Result<Option<(Rc<Folded>, Bytes)>, StoreError> {
        if self.kept.is_none() && self.folds(&snapshot.head, own_bytes) {
            let nothing = Overlay::default();
            let forgets = defect::present(Defect::FoldForgetsLog);
            let log = if forgets { &nothing } else { &snapshot.overlay };
            let folded = self.fold(snapshot, log, now_ms, Use::ByLaterHeads).await?;
            let base = snapshot.head.clone();
            self.kept = folded.map(|folded| Kept { base, folded: Rc::new(folded) });
        }
        let mut found = self.kept.as_ref().and_then(|kept| {
            let rest = snapshot.head.log.slice_ref(kept.rest(&snapshot.head)?);
            Some((Rc::clone(&kept.folded), rest))
        });
        if defect::present(Defect::ForgetsRestOfLog)
            && let Some((_, rest)) = &mut found
        {
            rest.clear();
        }
        Ok(found)
    }

    /// Whether it is on this transaction, with so many bytes of its own, to fold the log.
    fn folds(&self, head: &Head, own_bytes: usize) -> bool {
        let log_bytes = head.log.len() + own_bytes;
        let is_chosen = self.id[0].is_multiple_of(TRANSACTIONS_PER_FOLD);
        log_bytes > LOG_BYTES_FOLD_ALWAYS
            || (log_bytes > LOG_BYTES_QUIET && self.is_quiet(head))
            || (log_bytes > LOG_BYTES_MAX && is_chosen)
    }

    /// Whether most likely nobody else is writing.
    fn is_quiet(&self, head: &Head) -> bool {
        let now = self.tree.backend.now();
        let took_ms = (now - self.began).num_milliseconds();
        let quiet_ms = now.timestamp_millis().saturating_sub(head.time_ms);
        quiet_ms >= QUIET_MS.max(took_ms.saturating_mul(QUIET_ATTEMPTS))
    }

    /// Writes the pages of a fold, and deletes those that are old enough.
    async fn fold(
        &self,
        snapshot: &Snapshot<'_>,
        overlay: &Overlay,
        now_ms: i64,
        used: Use,
    ) -> Result<Option<Folded>, StoreError> {
        let Some(folded) = fold(snapshot, overlay, now_ms, used).await? else {
            return Ok(None);
        };
        let Tree { backend, head_key, .. } = self.tree;
        let expired = folded.expired.keys(head_key);
        if let Err(error) = fold::delete(*backend, expired).await {
            folded.written.discard(*backend, head_key).await;
            return Err(error);
        }
        Ok(Some(folded))
    }
}

fn first_eight(bytes: [u8; 16]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&bytes[..8]);
    first
}
