//! The head: the one key of a tenant that changes.
//!
//! Stored as a CBOR array in a [`Frame`].

use super::begun::{Begun, NOTE_BYTES};
use super::error::StoreError;
use super::frame::Frame;
use super::journal::{self, sha256};
use super::order::same;
use super::overlay::{self, Overlay};
use super::page::{Node, Page, PageId, PageRef};
use bytes::Bytes;
use minicbor::{Decode, Encode};

pub(super) const FRAME: Frame = Frame { magic: *b"PB", format: 3 };

/// Heads that have snapshots or were restored: a program that does not know them would forget them,
/// and delete what they reach.
pub(super) const FRAME_NAMED: Frame = Frame { format: 4, ..FRAME };

/// What the short fields of a head take, in most cases.
const FIELDS_BYTES: usize = 512;

/// A head. What it holds of the tree and the log stays in the bytes that it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// What the head stands for: guards against a head copied under another key.
    pub name: String,
    /// Number of transactions so far.
    pub sequence: u64,
    /// Time of the last transaction, milliseconds since 1970.
    pub time_ms: i64,
    /// The newest link of the journal's chain.
    pub chain: [u8; 32],
    /// The tree's root, encoded as a page.
    pub root: Bytes,
    /// Writes that folds leave in the head because they are read with every request.
    pub hot: Bytes,
    /// The transactions since the last fold.
    pub log: Bytes,
    /// Pages that the last fold replaced, sixteen bytes each, but for those that `lists` name.
    pub replaced: Bytes,
    /// When it replaced them, milliseconds since 1970.
    pub replaced_at_ms: i64,
    /// Why the store must not be written: what its self-test found. Left out while it is fit.
    pub unfit: Option<String>,
    /// Hot records whose key begins with a byte below this one are all in the head: what is not
    /// there does not exist. Left out while none is known to be.
    pub complete_below: Option<u8>,
    /// What those who keep the records need with every request, sealed by them.
    pub note: Option<Bytes>,
    /// References of pages that list further pages which the last fold replaced. Left out while
    /// there are none, as in every head that an older version of this program has written.
    pub lists: Bytes,
    /// The large transaction whose turn it is: others wait, lest they write their pages for
    /// nothing. Left out while it is nobody's. No more than advice: the swap decides.
    pub turn: Option<[u8; 16]>,
    /// The large transactions whose turns are the next ones, sixteen bytes each, in order. Left out
    /// while there are none, as in every head that an older version of this program has written.
    pub waiting: Bytes,
    /// The last fold, if it has written pages.
    pub fold: Option<Begun>,
    /// Of folds that began before this transaction, by its serial number, and came to nothing, none
    /// has pages left.
    pub swept: u64,
    /// The snapshots of this head, encoded. Left out while there are none.
    pub named: Bytes,
    /// What the last restore made of the numbers of transactions. Left out while there was none.
    pub restored: Option<Restored>,
}

/// A restore, or the fork that made this head: transactions are numbered on from another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Restored {
    /// Serial number of the transaction that says so. No other restore of this head has it.
    #[n(0)]
    pub serial: u64,
    /// The same transaction's number in the journal.
    #[n(1)]
    pub sequence: u64,
}

/// The fields of a [`Head`] as stored.
#[derive(Encode, Decode)]
struct Stored<'b> {
    #[b(0)]
    name: &'b str,
    #[n(1)]
    sequence: u64,
    #[n(2)]
    time_ms: i64,
    #[cbor(n(3), with = "minicbor::bytes")]
    chain: [u8; 32],
    #[cbor(b(4), with = "minicbor::bytes")]
    root: &'b [u8],
    #[cbor(b(5), with = "minicbor::bytes")]
    hot: &'b [u8],
    #[cbor(b(6), with = "minicbor::bytes")]
    log: &'b [u8],
    #[cbor(b(7), with = "minicbor::bytes")]
    replaced: &'b [u8],
    #[n(8)]
    replaced_at_ms: i64,
    #[b(9)]
    unfit: Option<&'b str>,
    #[n(10)]
    complete_below: Option<u8>,
    #[cbor(b(11), with = "minicbor::bytes")]
    note: Option<&'b [u8]>,
    #[cbor(b(12), with = "minicbor::bytes")]
    lists: Option<&'b [u8]>,
    #[cbor(n(13), with = "minicbor::bytes")]
    turn: Option<[u8; 16]>,
    #[cbor(n(14), with = "minicbor::bytes")]
    fold: Option<[u8; NOTE_BYTES]>,
    #[n(15)]
    swept: Option<u64>,
    #[cbor(b(16), with = "minicbor::bytes")]
    named: Option<&'b [u8]>,
    #[n(17)]
    restored: Option<Restored>,
    #[cbor(b(18), with = "minicbor::bytes")]
    waiting: Option<&'b [u8]>,
}

/// Records whose key begins with a byte below this one are hot: read with nearly every request. The
/// lower the byte, the more so.
pub(super) const HOT_BELOW: u8 = 0x20;

impl Head {
    /// The head of a store without transactions.
    pub(super) fn new(name: &str, time_ms: i64) -> Self {
        Self {
            name: name.to_owned(),
            sequence: 0,
            time_ms,
            chain: journal::genesis(name),
            root: Node::EMPTY.encode().into(),
            hot: Bytes::new(),
            log: Bytes::new(),
            replaced: Bytes::new(),
            replaced_at_ms: 0,
            unfit: None,
            complete_below: Some(HOT_BELOW),
            note: None,
            lists: Bytes::new(),
            turn: None,
            waiting: Bytes::new(),
            fold: None,
            swept: 0,
            named: Bytes::new(),
            restored: None,
        }
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        let stored = Stored {
            name: &self.name,
            sequence: self.sequence,
            time_ms: self.time_ms,
            chain: self.chain,
            root: &self.root,
            hot: &self.hot,
            log: &self.log,
            replaced: &self.replaced,
            replaced_at_ms: self.replaced_at_ms,
            unfit: self.unfit.as_deref(),
            complete_below: self.complete_below,
            note: self.note.as_deref(),
            lists: Some(&*self.lists).filter(|lists| !lists.is_empty()),
            turn: self.turn,
            fold: self.fold.map(|fold| fold.note()),
            swept: Some(self.swept).filter(|swept| *swept > 0),
            named: Some(&*self.named).filter(|named| !named.is_empty()),
            restored: self.restored,
            waiting: Some(&*self.waiting).filter(|waiting| !waiting.is_empty()),
        };
        let parts = [&self.root, &self.hot, &self.log, &self.replaced, &self.lists, &self.named];
        let room: usize = parts.iter().map(|part| part.len()).sum();
        let is_plain = self.named.is_empty() && self.restored.is_none();
        let frame = if is_plain { FRAME } else { FRAME_NAMED };
        frame
            .wrap(|bytes| {
                bytes.reserve(room + FIELDS_BYTES);
                minicbor::encode(stored, bytes)
            })
            .map_err(|error| StoreError::Misuse(error.to_string()))
    }

    /// Decodes a head; `key` names it in errors.
    pub(super) fn decode(key: &str, bytes: &Bytes) -> Result<Self, StoreError> {
        let content = match FRAME.open(key, bytes) {
            Err(StoreError::OtherFormat { format, .. }) if format == FRAME_NAMED.format => {
                FRAME_NAMED.open(key, bytes)?
            }
            opened => opened?,
        };
        let stored: Stored<'_> = minicbor::decode(content).map_err(|error| {
            StoreError::Corrupt { key: key.to_owned(), detail: error.to_string() }
        })?;
        let part = |part: &[u8]| bytes.slice_ref(part);
        Ok(Self {
            name: stored.name.to_owned(),
            sequence: stored.sequence,
            time_ms: stored.time_ms,
            chain: stored.chain,
            root: part(stored.root),
            hot: part(stored.hot),
            log: part(stored.log),
            replaced: part(stored.replaced),
            replaced_at_ms: stored.replaced_at_ms,
            unfit: stored.unfit.map(str::to_owned),
            complete_below: stored.complete_below,
            note: stored.note.map(part),
            lists: stored.lists.map(part).unwrap_or_default(),
            turn: stored.turn,
            waiting: stored.waiting.map(part).unwrap_or_default(),
            fold: stored.fold.as_ref().map(Begun::of_note),
            swept: stored.swept.unwrap_or_default(),
            named: stored.named.map(part).unwrap_or_default(),
            restored: stored.restored,
        })
    }

    /// The decoded root.
    pub(super) fn root(&self, key: &str) -> Result<Page, StoreError> {
        Page::decode(key, self.root.clone())
    }

    /// Everything that is newer than the tree.
    pub(super) fn overlay(&self, key: &str) -> Result<Overlay, StoreError> {
        Overlay::decode(self.hot.clone(), self.log.clone())
            .map_err(|detail| StoreError::Corrupt { key: key.to_owned(), detail })
    }

    /// Whether this head and another one have the same tree and hot records: no fold lies between
    /// them.
    pub(super) fn has_tree_of(&self, other: &Self) -> bool {
        let Self { root, hot, complete_below, replaced, replaced_at_ms, lists, fold, .. } = self;
        self.restored == other.restored
            && same(root, &other.root)
            && same(hot, &other.hot)
            && *complete_below == other.complete_below
            && same(replaced, &other.replaced)
            && same(lists, &other.lists)
            && *fold == other.fold
            && *replaced_at_ms == other.replaced_at_ms
    }

    /// Whether this head and another one have the same transactions and all else, but for turns.
    pub(super) fn is_but_for_turns(&self, other: &Self) -> bool {
        let Self { turn, waiting, .. } = other;
        *other == Self { turn: *turn, waiting: waiting.clone(), ..self.clone() }
    }

    /// Number of transactions so far, those included that a restore has taken back: it never falls.
    pub(super) fn serial(&self) -> u64 {
        match self.restored {
            None => self.sequence,
            Some(Restored { serial, sequence }) => {
                serial.saturating_add(self.sequence.saturating_sub(sequence))
            }
        }
    }

    /// The number in the journal of the transaction with this serial number, or of the restore by
    /// which it was taken back at the latest.
    pub(super) fn sequence_of(&self, serial: u64) -> u64 {
        match self.restored {
            None => serial,
            Some(restored) => {
                restored.sequence.saturating_add(serial.saturating_sub(restored.serial))
            }
        }
    }

    /// The pages that the last fold replaced, but for those that lists name.
    pub(super) fn replaced(&self) -> Vec<PageId> {
        self.replaced.as_chunks().0.iter().map(|id| PageId(*id)).collect()
    }

    /// The pages that list further ones.
    pub(super) fn lists(&self) -> Vec<PageRef> {
        self.lists.as_chunks().0.iter().map(PageRef::decode).collect()
    }

    /// True when the writes of each transaction in the log are those that its journal entry names.
    pub(super) fn logged_writes_match(&self, key: &str) -> Result<bool, StoreError> {
        let corrupt = |detail| StoreError::Corrupt { key: key.to_owned(), detail };
        let mut matching = true;
        for transaction in overlay::logged(&self.log).map_err(corrupt)? {
            let entry =
                journal::JournalEntry::decode(transaction.sequence, &self.log[transaction.entry])?;
            matching &= entry.writes_sha256 == sha256(&self.log[transaction.writes]);
        }
        Ok(matching)
    }
}
