//! Named heads: snapshots of everything under a head.
//!
//! Pages never change, so a copy of a head under another key is all that was under it, whatever
//! its size. The names of the copies lie in the head itself: to take, restore or drop a snapshot is
//! one swap of the one key that changes, and comes before or after each transaction.
//!
//! Three rules keep what a snapshot reaches. While a head has snapshots its folds delete nothing
//! (`replaced`). The sweep deletes the pages of a fold only if neither the head nor a snapshot of it
//! reaches any of them, and once a snapshot is dropped, or a restore takes something back, it
//! looks again from there on. And a writer that finds its head taken back leaves its pages alone:
//! whether they were committed, and are in a snapshot now, it cannot know.
//!
//! A restore puts the snapshot's tree, log and journal in the place of the head's, and appends a
//! transaction that says so; what keeps the store itself stays the head's: the names, the mark of
//! an unfit store, the sealed note.
//!
//! A fork shares pages with the head that it is from, which must therefore keep them: both have a
//! snapshot of that moment which nobody can drop, so neither deletes what the other may reach. The
//! journal of a fork goes on from the other's, and so does its name.

use super::error::StoreError;
use super::head::{Head, Restored};
use super::journal::{self, JournalEntry, Meta, sha256};
use super::key_value::Swap;
use super::overlay;
use super::reader::{Pages, Snapshot};
use super::tree::Tree;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use minicbor::{Decode, Encode};
use std::time::Duration;

/// Most snapshots of one head: every request reads their names.
pub const SNAPSHOTS_MAX: usize = 32;

/// How often one is tried to be taken, restored or dropped.
const ATTEMPTS_MAX: u32 = 128;

/// What the names of snapshots that a fork needs begin with. No name that is given has a colon.
const FORK: &str = "fork:";

/// The snapshot that a fork is from, in the fork.
const ORIGIN: &str = "origin:";

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Named {
    /// Its name, unique under its head.
    #[n(0)]
    pub name: String,
    #[cbor(n(1), with = "minicbor::bytes")]
    id: [u8; 16],
    #[n(2)]
    taken_at_ms: i64,
    /// Number of transactions in it.
    #[n(3)]
    pub transactions: u64,
    #[n(4)]
    serial: u64,
}

impl Named {
    /// When it was taken.
    pub fn taken_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.taken_at_ms).unwrap_or_default()
    }

    /// Whether a fork needs it: then it cannot be dropped.
    pub fn is_needed(&self) -> bool {
        self.name.contains(':')
    }

    /// Where its copy of the head lies.
    pub(crate) fn key(&self) -> String {
        key(self.id)
    }
}

/// Why no snapshot was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untaken {
    /// There are [`SNAPSHOTS_MAX`].
    TooMany,
    /// There is none of the name that it was to be a copy of.
    NoSuch,
}

/// What is to be kept under a name.
#[derive(Clone, Copy, Debug)]
enum Source<'s> {
    /// What is there now, in place of what the name was of before.
    Now,
    /// For a fork, unless it is there: what is there now,
    ForkNow,
    /// or another snapshot.
    ForkOf(&'s str),
}

/// What comes next after a look at a head.
enum Next<T> {
    Done(T),
    /// There is a newer head.
    Again,
    /// This head and this answer, if the swap succeeds.
    Swap(Box<Head>, T),
}

impl Head {
    /// The snapshots of this head.
    pub(super) fn named(&self) -> Result<Vec<Named>, StoreError> {
        if self.named.is_empty() {
            return Ok(Vec::new());
        }
        minicbor::decode(&self.named).map_err(|error| StoreError::Corrupt {
            key: format!("snapshots of {}", self.name),
            detail: error.to_string(),
        })
    }

    fn set_named(&mut self, named: &[Named]) -> Result<(), StoreError> {
        self.named = if named.is_empty() {
            Bytes::new()
        } else {
            let encoded = minicbor::to_vec(named);
            encoded.map_err(|error| StoreError::Misuse(error.to_string()))?.into()
        };
        Ok(())
    }

    /// What a snapshot keeps: not what is the head's alone.
    fn copy(&self) -> Self {
        Self { named: Bytes::new(), turn: None, waiting: Bytes::new(), ..self.clone() }
    }

    /// A head that goes on from this copy under the serial number `serial`, with one transaction
    /// that says so.
    fn continued(
        &self,
        id: [u8; 16],
        meta: &Meta,
        now: DateTime<Utc>,
        serial: u64,
    ) -> Result<Self, StoreError> {
        let sequence = self.sequence.saturating_add(1);
        let writes = overlay::encode_writes(std::iter::empty());
        let entry = JournalEntry {
            id,
            time_ms: now.timestamp_millis().max(self.time_ms),
            caller: meta.caller.clone(),
            operation: meta.operation.clone(),
            transfers: 0,
            transfers_sha256: sha256(&[]),
            writes_sha256: sha256(&writes),
        };
        let time_ms = entry.time_ms;
        let entry = entry.encode()?;
        let logged = overlay::encode_logged(sequence, &writes, &entry);
        Ok(Self {
            sequence,
            time_ms,
            chain: journal::link(&self.chain, sequence, &entry),
            log: [&*self.log, &logged].concat().into(),
            restored: Some(Restored { serial, sequence }),
            ..self.copy()
        })
    }
}

impl Tree<'_> {
    /// The snapshots, the oldest first.
    ///
    /// # Errors
    /// Store failures.
    pub async fn snapshots(&self) -> Result<Vec<Named>, StoreError> {
        self.read(async |snapshot| snapshot.head.named()).await
    }

    /// Takes a snapshot. One that has the name is dropped with that.
    ///
    /// # Errors
    /// Store failures.
    pub async fn take_snapshot(&self, name: &str) -> Result<Result<Named, Untaken>, StoreError> {
        self.keep(name, Source::Now).await
    }

    async fn keep(
        &self,
        name: &str,
        source: Source<'_>,
    ) -> Result<Result<Named, Untaken>, StoreError> {
        let id = self.backend.random();
        let mut replaced: Option<Named> = None;
        let kept = self
            .change_head(async |head| {
                let mut named = head.named()?;
                let place = named.iter().position(|named| named.name == name);
                if let Some(there) = place.map(|place| &named[place])
                    && (there.id == id || !matches!(source, Source::Now))
                {
                    return Ok(Next::Done(Ok(there.clone())));
                }
                replaced = place.map(|place| named.remove(place));
                if named.len() >= SNAPSHOTS_MAX {
                    return Ok(Next::Done(Err(Untaken::TooMany)));
                }
                let copy = match source {
                    Source::Now | Source::ForkNow => head.copy(),
                    Source::ForkOf(other) => {
                        let Some(other) = named.iter().find(|named| named.name == other) else {
                            return Ok(Next::Done(Err(Untaken::NoSuch)));
                        };
                        match self.copy_of(other).await? {
                            Some(copy) => Head { note: head.note.clone().or(copy.note), ..copy },
                            None => return Ok(Next::Again),
                        }
                    }
                };
                self.backend.set(&key(id), &copy.encode()?).await?;
                let taken_at_ms = self.backend.now().timestamp_millis();
                let (name, transactions) = (name.to_owned(), copy.sequence);
                let taken = Named { name, id, taken_at_ms, transactions, serial: head.serial() };
                named.push(taken.clone());
                let head = given_up(head, replaced.as_ref(), &named)?;
                Ok(Next::Swap(Box::new(head), Ok(taken)))
            })
            .await?;
        if let (Ok(_), Some(replaced)) = (&kept, replaced) {
            self.delete_copy(&replaced).await;
        }
        Ok(kept)
    }

    /// Drops a snapshot. False if there is none of this name.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] for one that a fork needs; store failures.
    pub async fn drop_snapshot(&self, name: &str) -> Result<bool, StoreError> {
        let mut dropped: Option<Named> = None;
        self.change_head(async |head| {
            let mut named = head.named()?;
            let place = named.iter().position(|named| {
                named.name == name && dropped.as_ref().is_none_or(|dropped| dropped.id == named.id)
            });
            let Some(place) = place else {
                return Ok(Next::Done(()));
            };
            if named[place].is_needed() {
                return Err(StoreError::Misuse("a fork needs the snapshot".to_owned()));
            }
            let gone = dropped.insert(named.remove(place));
            Ok(Next::Swap(Box::new(given_up(head, Some(gone), &named)?), ()))
        })
        .await?;
        if let Some(dropped) = &dropped {
            self.delete_copy(dropped).await;
        }
        Ok(dropped.is_some())
    }

    /// Puts a snapshot in the place of what is there now, and appends a transaction that says so.
    /// Answers its number. None if there is no snapshot of this name.
    ///
    /// # Errors
    /// Store failures.
    pub async fn restore_snapshot(
        &self,
        meta: &Meta,
        name: &str,
    ) -> Result<Option<u64>, StoreError> {
        let id = self.backend.random();
        let mut tried: Vec<u64> = Vec::new();
        self.change_head(async |head| {
            if !tried.is_empty()
                && let Some(done) = self.find(&head, id, &tried).await?
            {
                return Ok(Next::Done(Some(done)));
            }
            let named = head.named()?;
            let Some(wanted) = named.iter().find(|named| named.name == name) else {
                return Ok(Next::Done(None));
            };
            let Some(copy) = self.copy_of(wanted).await? else {
                return Ok(Next::Again);
            };
            let serial = head.serial().saturating_add(1);
            let restored = copy.continued(id, meta, self.backend.now(), serial)?;
            let sequence = restored.sequence;
            tried.push(sequence);
            let restored = Head {
                note: head.note.or(restored.note),
                named: head.named,
                unfit: head.unfit,
                swept: head.swept.min(wanted.serial),
                ..restored
            };
            Ok(Next::Swap(Box::new(restored), Some(sequence)))
        })
        .await
    }

    /// Sees to it that what is there now, or in a snapshot, stays for a fork of this name.
    ///
    /// # Errors
    /// Store failures.
    pub(super) async fn keep_for_fork(
        &self,
        fork: &str,
        name: Option<&str>,
    ) -> Result<Result<Named, Untaken>, StoreError> {
        let source = name.map_or(Source::ForkNow, Source::ForkOf);
        self.keep(&format!("{FORK}{fork}"), source).await
    }

    /// Writes the head of a fork under a key that nobody else can be creating.
    ///
    /// # Errors
    /// Store failures.
    pub(super) async fn create_fork(&self, meta: &Meta, from: &Named) -> Result<(), StoreError> {
        let copy = self.copy_of(from).await?;
        let copy = copy.ok_or_else(|| StoreError::MissingPage(from.key()))?;
        let serial = copy.serial().saturating_add(1);
        let now = self.backend.now();
        let mut head = copy.continued(self.backend.random(), meta, now, serial)?;
        head.set_named(&[Named { name: format!("{ORIGIN}{}", copy.name), ..from.clone() }])?;
        head.swept = serial;
        Ok(self.backend.create(&self.head_key, &head.encode()?).await?)
    }

    /// Reads what a snapshot keeps. None if there is none of this name.
    ///
    /// # Errors
    /// What `read` refuses, and store failures, [`StoreError::MissingPage`] among them when the
    /// snapshot is dropped meanwhile.
    pub async fn read_named<T, E: From<StoreError>>(
        &self,
        name: &str,
        read: impl AsyncFnOnce(&Snapshot<'_>) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let named = self.snapshots().await?;
        let Some(named) = named.iter().find(|named| named.name == name) else {
            return Ok(None);
        };
        let key = named.key();
        let Some(bytes) = self.backend.get(&key).await.map_err(StoreError::from)? else {
            return Ok(None);
        };
        let pages = Pages::new(self.backend, self.known.clone());
        read(&Snapshot::new(&key, bytes, &pages)?).await.map(Some)
    }

    /// Puts a head that was built in the place of one without transactions. True if it is there
    /// now.
    ///
    /// # Errors
    /// Store failures.
    pub(super) async fn install(&self, built: &Head) -> Result<bool, StoreError> {
        let mut is_tried = false;
        self.change_head(async |head| {
            if head.sequence > 0 || is_tried && head.has_tree_of(built) {
                let is_there = head.sequence >= built.sequence && head.name == built.name;
                return Ok(Next::Done(is_there && self.has_link(&head, built).await?));
            }
            is_tried = true;
            let unfit = head.unfit;
            Ok(Next::Swap(Box::new(Head { unfit, ..built.clone() }), true))
        })
        .await
    }

    /// Whether the journal of a head goes on from that of another one.
    async fn has_link(&self, head: &Head, before: &Head) -> Result<bool, StoreError> {
        let pages = Pages::new(self.backend, self.known.clone());
        let snapshot = Snapshot::new(&self.head_key, head.encode()?, &pages)?;
        Ok(journal::link_at(&snapshot, before.sequence).await? == Some(before.chain))
    }

    /// What a snapshot keeps. None if it has been dropped.
    async fn copy_of(&self, named: &Named) -> Result<Option<Head>, StoreError> {
        let key = named.key();
        let bytes = self.backend.get(&key).await?;
        bytes.map(|bytes| Head::decode(&key, &bytes.into())).transpose()
    }

    /// Deletes the copy of a snapshot that has been dropped. Should that fail, one key stays.
    async fn delete_copy(&self, named: &Named) {
        _ = self.backend.delete_many(&[named.key()]).await;
    }

    /// The number among these of the transaction with this identity.
    async fn find(
        &self,
        head: &Head,
        id: [u8; 16],
        tried: &[u64],
    ) -> Result<Option<u64>, StoreError> {
        let pages = Pages::new(self.backend, self.known.clone());
        let snapshot = Snapshot::new(&self.head_key, head.encode()?, &pages)?;
        for sequence in tried.iter().filter(|sequence| **sequence <= head.sequence) {
            let entry = journal::entry(&snapshot, *sequence).await?;
            if entry.is_some_and(|entry| entry.id == id) {
                return Ok(Some(*sequence));
            }
        }
        Ok(None)
    }

    /// Swaps the head for what `change` makes of it. `change` is asked again when the head was
    /// changed meanwhile, or nobody knows whether it was, and recognises what it has done before.
    async fn change_head<T>(
        &self,
        mut change: impl AsyncFnMut(Head) -> Result<Next<T>, StoreError>,
    ) -> Result<T, StoreError> {
        let mut is_undecided = false;
        for _ in 0..ATTEMPTS_MAX {
            let outcome = self.attempt_to_change(&mut change, &mut is_undecided).await;
            match outcome {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
                Err(_) if is_undecided => return Err(StoreError::OutcomeUnknown),
                Err(error) => return Err(error),
            }
            let random = u64::from(self.backend.random()[0]);
            self.backend.pause(Duration::from_micros(200 + random * 40)).await;
        }
        Err(if is_undecided { StoreError::OutcomeUnknown } else { StoreError::Contended })
    }

    async fn attempt_to_change<T>(
        &self,
        change: &mut impl AsyncFnMut(Head) -> Result<Next<T>, StoreError>,
        is_undecided: &mut bool,
    ) -> Result<Option<T>, StoreError> {
        let (bytes, watch) = self.backend.watch(&self.head_key).await?;
        let bytes = bytes.ok_or_else(|| StoreError::NoHead(self.head_key.clone()))?;
        let head = Head::decode(&self.head_key, &bytes.into())?;
        let unfit = head.unfit.clone();
        match change(head).await? {
            Next::Done(answer) => Ok(Some(answer)),
            Next::Again => Ok(None),
            Next::Swap(head, answer) => {
                if let Some(fault) = unfit {
                    return Err(StoreError::Unfit(fault));
                }
                let swapped = self.backend.swap(watch, &head.encode()?).await;
                *is_undecided |= swapped != Ok(Swap::Done);
                Ok((swapped == Ok(Swap::Done)).then_some(answer))
            }
        }
    }
}

/// The head once it has these snapshots and has given one up. The sweep looks again for what that
/// may have been the last to reach: while there were snapshots, no record of a fold was deleted.
fn given_up(mut head: Head, gone: Option<&Named>, named: &[Named]) -> Result<Head, StoreError> {
    if let Some(gone) = gone {
        let oldest = named.iter().map(|named| named.serial).fold(gone.serial, u64::min);
        head.swept = head.swept.min(oldest);
    }
    head.set_named(named)?;
    Ok(head)
}

fn key(id: [u8; 16]) -> String {
    format!("snapshot.{}", hex::encode(id))
}
