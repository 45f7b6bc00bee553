//! The journal: one entry for each transaction, chained by hashes.
//!
//! `chain[0] = sha256(head's name)`, `chain[n] = sha256(chain[n-1] || n || entry[n])`, with `n` as
//! eight bytes, big-endian, and `entry[n]` the stored bytes. The head holds the newest link.

use super::error::StoreError;
use super::reader::{Range, Reader};
use chrono::{DateTime, Utc};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

/// First byte of the keys that the store keeps for itself; records of others lie below it.
pub(super) const RESERVED: u8 = 0xff;

const ENTRIES_PER_READ: usize = 200;

/// Entries that are looked at together when one is searched by its time.
const PROBES: u64 = 16;

/// Who did what: the part of a journal entry that the caller of a transaction states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The principal, in any stable form.
    pub caller: String,
    /// The operation, by its published name.
    pub operation: String,
}

/// One transaction, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct JournalEntry {
    /// Random identity: by it a writer recognises its own transaction.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub id: [u8; 16],
    /// Milliseconds since 1970, UTC. Never before the entry before it.
    #[n(1)]
    pub time_ms: i64,
    /// The principal that asked for it.
    #[n(2)]
    pub caller: String,
    /// The operation, by its published name.
    #[n(3)]
    pub operation: String,
    /// Number of transfers booked.
    #[n(4)]
    pub transfers: u32,
    /// SHA-256 over the stored transfers, in order; of nothing when there are none.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub transfers_sha256: [u8; 32],
    /// SHA-256 over all writes of the transaction, as the log held them.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub writes_sha256: [u8; 32],
}

impl JournalEntry {
    /// The time of the transaction.
    pub fn time(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.time_ms).unwrap_or_default()
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        minicbor::to_vec(self).map_err(|error| StoreError::Misuse(error.to_string()))
    }

    pub(super) fn decode(sequence: u64, bytes: &[u8]) -> Result<Self, StoreError> {
        minicbor::decode(bytes).map_err(|error| StoreError::Corrupt {
            key: format!("journal entry {sequence}"),
            detail: error.to_string(),
        })
    }
}

/// What the keys of all entries begin with.
pub(super) const fn prefix() -> [u8; 2] {
    [RESERVED, b'j']
}

/// Key of an entry.
pub(super) fn key(sequence: u64) -> Vec<u8> {
    [&prefix()[..], &sequence.to_be_bytes()].concat()
}

/// SHA-256 of some bytes.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The first link of the chain.
pub(super) fn genesis(name: &str) -> [u8; 32] {
    sha256(name.as_bytes())
}

/// The link after `previous`.
pub(super) fn link(previous: &[u8; 32], sequence: u64, entry: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(sequence.to_be_bytes());
    hash.update(entry);
    hash.finalize().into()
}

/// Reads one entry.
///
/// # Errors
/// A store failure; no such entry is `None`.
pub async fn entry(reader: &dyn Reader, sequence: u64) -> Result<Option<JournalEntry>, StoreError> {
    match reader.get(&key(sequence)).await? {
        Some(bytes) => JournalEntry::decode(sequence, &bytes).map(Some),
        None => Ok(None),
    }
}

/// How many transactions were committed before an instant. Times never go back, so this looks at a
/// few entries, a bounded number of them at a time.
///
/// # Errors
/// A store failure.
pub async fn count_before(reader: &dyn Reader, time: DateTime<Utc>) -> Result<u64, StoreError> {
    let (mut before, mut last) = (0, reader.sequence());
    while before < last {
        let step = ((last - before) / PROBES).max(1);
        let probes: Vec<u64> = (1..=PROBES)
            .map(|number| before.saturating_add(step.saturating_mul(number)))
            .take_while(|probe| *probe <= last)
            .collect();
        reader.load(&probes.iter().map(|probe| key(*probe)).collect::<Vec<_>>()).await?;
        for probe in probes {
            let missing = || StoreError::Corrupt {
                key: format!("journal entry {probe}"),
                detail: "it is not there".to_owned(),
            };
            if entry(reader, probe).await?.ok_or_else(missing)?.time() < time {
                before = probe;
            } else {
                last = probe - 1;
                break;
            }
        }
    }
    Ok(before)
}

/// Recomputes the chain from the first transaction on and hands each entry to `each`. True when
/// every entry is there, once, the times never go back, and the last link is the head's.
///
/// # Errors
/// A store failure, a page that does not match its reference among them.
pub async fn verify(
    reader: &dyn Reader,
    mut each: impl FnMut(u64, &JournalEntry),
) -> Result<bool, StoreError> {
    let range = Range::prefix(&prefix());
    let mut chain = genesis(reader.name());
    let mut sequence = 0_u64;
    let mut time_ms = i64::MIN;
    let mut verified = true;
    loop {
        let page = reader.scan(&range, sequence, ENTRIES_PER_READ).await?;
        for (stored_key, bytes) in &page {
            sequence += 1;
            let entry = JournalEntry::decode(sequence, bytes)?;
            verified &= *stored_key == key(sequence) && entry.time_ms >= time_ms;
            time_ms = entry.time_ms;
            chain = link(&chain, sequence, bytes);
            each(sequence, &entry);
        }
        if page.len() < ENTRIES_PER_READ {
            break;
        }
    }
    let logged = reader.logged_writes_match()?;
    Ok(verified && logged && sequence == reader.sequence() && chain == reader.chain())
}

/// The link of the chain at a transaction, recomputed from the first one on; none if there is no such
/// transaction.
///
/// # Errors
/// A store failure, a page that does not match its reference among them.
pub async fn link_at(reader: &dyn Reader, sequence: u64) -> Result<Option<[u8; 32]>, StoreError> {
    if sequence > reader.sequence() {
        return Ok(None);
    }
    let range = Range::prefix(&prefix());
    let mut chain = genesis(reader.name());
    let mut read = 0_u64;
    while read < sequence {
        let page = reader.scan(&range, read, ENTRIES_PER_READ).await?;
        if page.is_empty() {
            return Ok(None);
        }
        for (_, bytes) in page {
            if read < sequence {
                read += 1;
                chain = link(&chain, read, &bytes);
            }
        }
    }
    Ok(Some(chain))
}

/// A part of the journal: `limit` entries at most, from the one numbered `from` on, each with its
/// link of the chain if the link before the first one is known.
///
/// # Errors
/// Store failures.
pub async fn list(
    reader: &dyn Reader,
    from: u64,
    limit: usize,
    link_before: Option<[u8; 32]>,
) -> Result<Vec<(u64, JournalEntry, Option<[u8; 32]>)>, StoreError> {
    let offset = from.saturating_sub(1);
    let mut chain = if offset == 0 { Some(genesis(reader.name())) } else { link_before };
    let page = reader.scan(&Range::prefix(&prefix()), offset, limit).await?;
    let mut listed = Vec::with_capacity(page.len());
    for (sequence, (_, bytes)) in (offset + 1..).zip(&page) {
        chain = chain.map(|previous| link(&previous, sequence, bytes));
        listed.push((sequence, JournalEntry::decode(sequence, bytes)?, chain));
    }
    Ok(listed)
}
