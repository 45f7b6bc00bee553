//! The head: the one key of a tenant that changes.
//!
//! Stored as two magic bytes, the format, a CBOR array, and the CRC-32 of all that. A CRC because
//! every request reads the head: it finds any damage of a store, and whoever can write a store on
//! purpose could compute a hash as well.

use super::error::StoreError;
use super::journal;
use super::overlay::{self, Overlay};
use super::page::{Node, PageId, sha256};
use minicbor::{Decode, Encode};

const MAGIC: &[u8; 2] = b"PB";
const FORMAT: u8 = 1;
const CRC_BYTES: usize = 4;

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
}

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
        }
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = [&MAGIC[..], &[FORMAT]].concat();
        minicbor::encode(self, &mut bytes)
            .map_err(|error| StoreError::Misuse(error.to_string()))?;
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// Decodes a head; `key` names it in errors.
    pub(super) fn decode(key: &str, bytes: &[u8]) -> Result<Self, StoreError> {
        let corrupt =
            |detail: &str| StoreError::Corrupt { key: key.to_owned(), detail: detail.to_owned() };
        let (content, crc) = bytes
            .len()
            .checked_sub(CRC_BYTES)
            .and_then(|at| bytes.split_at_checked(at))
            .ok_or_else(|| corrupt("too short"))?;
        if crc32fast::hash(content).to_le_bytes() != crc {
            return Err(corrupt("its checksum does not match"));
        }
        let (magic, rest) = content.split_at_checked(2).ok_or_else(|| corrupt("too short"))?;
        let (format, rest) = rest.split_first().ok_or_else(|| corrupt("too short"))?;
        if magic != MAGIC {
            return Err(corrupt("not a head"));
        }
        if *format > FORMAT {
            return Err(StoreError::NewerFormat { key: key.to_owned(), format: *format });
        }
        minicbor::decode(rest).map_err(|error| corrupt(&error.to_string()))
    }

    /// The decoded root.
    pub(super) fn root(&self, key: &str) -> Result<Node, StoreError> {
        Node::decode(key, &self.root)
    }

    /// Everything that is newer than the tree.
    pub(super) fn overlay(&self, key: &str) -> Result<Overlay, StoreError> {
        Overlay::decode(&self.hot, &self.log)
            .map_err(|detail| StoreError::Corrupt { key: key.to_owned(), detail })
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
