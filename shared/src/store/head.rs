//! The head: the one key of a tenant that changes.
//!
//! Stored as a CBOR array in a [`Frame`].

use super::error::StoreError;
use super::frame::Frame;
use super::journal::{self, sha256};
use super::overlay::{self, Overlay};
use super::page::{Node, Page, PageId};
use minicbor::{Decode, Encode};

pub(super) const FRAME: Frame = Frame { magic: *b"PB", format: 3 };

/// A head as stored, without the frame.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Head {
    /// What the head stands for: guards against a head copied under another key.
    #[n(0)]
    pub name: String,
    /// Number of transactions so far.
    #[n(1)]
    pub sequence: u64,
    /// Time of the last transaction, milliseconds since 1970.
    #[n(2)]
    pub time_ms: i64,
    /// The newest link of the journal's chain.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub chain: [u8; 32],
    /// The tree's root, encoded as a page.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub root: Vec<u8>,
    /// Writes that folds leave in the head because they are read with every request.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub hot: Vec<u8>,
    /// The transactions since the last fold.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub log: Vec<u8>,
    /// Pages that the last fold replaced, sixteen bytes each.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub replaced: Vec<u8>,
    /// When it replaced them, milliseconds since 1970.
    #[n(8)]
    pub replaced_at_ms: i64,
    /// Why the store must not be written: what its self-test found. Left out while it is fit.
    #[n(9)]
    pub unfit: Option<String>,
    /// Hot records whose key begins with a byte below this one are all in the head: what is not
    /// there does not exist. Left out while none is known to be.
    #[n(10)]
    pub complete_below: Option<u8>,
    /// What those who keep the records need with every request, sealed by them.
    #[cbor(n(11), with = "minicbor::bytes")]
    pub note: Option<Vec<u8>>,
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
            root: Node::EMPTY.encode(),
            hot: Vec::new(),
            log: Vec::new(),
            replaced: Vec::new(),
            replaced_at_ms: 0,
            unfit: None,
            complete_below: Some(HOT_BELOW),
            note: None,
        }
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        FRAME
            .wrap(|bytes| minicbor::encode(self, bytes))
            .map_err(|error| StoreError::Misuse(error.to_string()))
    }

    /// Decodes a head; `key` names it in errors.
    pub(super) fn decode(key: &str, bytes: &[u8]) -> Result<Self, StoreError> {
        let content = FRAME.open(key, bytes)?;
        minicbor::decode(content)
            .map_err(|error| StoreError::Corrupt { key: key.to_owned(), detail: error.to_string() })
    }

    /// The decoded root.
    pub(super) fn root(&self, key: &str) -> Result<Page, StoreError> {
        Page::decode(key, self.root.clone())
    }

    /// Everything that is newer than the tree.
    pub(super) fn overlay(&self, key: &str) -> Result<Overlay, StoreError> {
        Overlay::decode(&self.hot, &self.log)
            .map_err(|detail| StoreError::Corrupt { key: key.to_owned(), detail })
    }

    /// Whether this head and another one have the same tree and hot records: no fold lies between
    /// them.
    pub(super) fn has_tree_of(&self, other: &Self) -> bool {
        let Self { root, hot, complete_below, replaced, replaced_at_ms, .. } = self;
        *root == other.root
            && *hot == other.hot
            && *complete_below == other.complete_below
            && *replaced == other.replaced
            && *replaced_at_ms == other.replaced_at_ms
    }

    /// The pages that the last fold replaced.
    pub(super) fn replaced(&self) -> Vec<PageId> {
        self.replaced.as_chunks::<16>().0.iter().map(|id| PageId(*id)).collect()
    }

    /// True when the writes of each transaction in the log are those that its journal entry names.
    pub(super) fn logged_writes_match(&self, key: &str) -> Result<bool, StoreError> {
        let corrupt = |detail| StoreError::Corrupt { key: key.to_owned(), detail };
        let mut matching = true;
        for transaction in overlay::logged(&self.log).map_err(corrupt)? {
            let entry = journal::JournalEntry::decode(transaction.sequence, transaction.entry)?;
            matching &= entry.writes_sha256 == sha256(transaction.writes);
        }
        Ok(matching)
    }
}
