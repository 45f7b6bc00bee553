//! Overlays: writes that are newer than the tree, in key order.

use super::journal;
use super::page::Record;
use minicbor::{Decoder, Encoder};
use std::collections::BTreeMap;
use std::ops::Range;

/// What a write does to the number of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Insert,
    Replace,
    Remove,
}

impl Change {
    fn delta(self) -> i64 {
        match self {
            Self::Insert => 1,
            Self::Replace => 0,
            Self::Remove => -1,
        }
    }
}

/// The writes of one transaction, by key.
pub(super) type Writes = BTreeMap<Vec<u8>, (Change, Vec<u8>)>;

/// Encodes writes as a CBOR sequence of change, key and, unless it is a removal, value.
pub(super) fn encode_writes<'a>(
    writes: impl Iterator<Item = (Change, &'a [u8], &'a [u8])>,
) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    for (change, key, value) in writes {
        let code = match change {
            Change::Insert => 1,
            Change::Replace => 0,
            Change::Remove => 2,
        };
        let written = encoder.u8(code).and_then(|encoder| encoder.bytes(key)).and_then(|encoder| {
            if change == Change::Remove { Ok(encoder) } else { encoder.bytes(value) }
        });
        // Writing to a vector cannot fail.
        debug_assert!(written.is_ok());
    }
    encoder.into_writer()
}

/// Encodes a transaction for the log: sequence number, writes, journal entry.
pub(super) fn encode_logged(sequence: u64, writes: &[u8], entry: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::with_capacity(writes.len() + entry.len() + 24));
    let written = encoder
        .u64(sequence)
        .and_then(|encoder| encoder.bytes(writes))
        .and_then(|encoder| encoder.bytes(entry));
    // Writing to a vector cannot fail.
    debug_assert!(written.is_ok());
    encoder.into_writer()
}

/// A transaction of the log.
pub(super) struct Logged<'a> {
    pub sequence: u64,
    /// Encoded writes, without the journal entry.
    pub writes: &'a [u8],
    pub entry: &'a [u8],
}

/// Reads the transactions of a log, oldest first.
pub(super) fn logged(log: &[u8]) -> Result<Vec<Logged<'_>>, String> {
    let mut decoder = Decoder::new(log);
    let mut transactions = Vec::new();
    while decoder.position() < log.len() {
        let sequence = decoder.u64().map_err(text)?;
        let writes = decoder.bytes().map_err(text)?;
        let entry = decoder.bytes().map_err(text)?;
        transactions.push(Logged { sequence, writes, entry });
    }
    Ok(transactions)
}

/// One key of an overlay.
#[derive(Clone, Debug)]
struct Entry {
    key: Range<usize>,
    /// Absent when the key has been removed.
    value: Option<Range<usize>>,
    /// What the writes to this key, taken together, do to the number of records.
    delta: i64,
    /// Sequence number of the last transaction that wrote it; 0 for a hot record.
    sequence: u64,
}

/// The net effect of all writes since the tree was last folded, in key order.
#[derive(Clone, Debug, Default)]
pub(super) struct Overlay {
    buffer: Vec<u8>,
    entries: Vec<Entry>,
    /// `deltas[i]` is the sum of the deltas of the entries before `i`.
    deltas: Vec<i64>,
}

/// A key of an overlay with what it stands for.
#[derive(Clone, Copy)]
pub(super) struct Newer<'a> {
    pub key: &'a [u8],
    pub value: Option<&'a [u8]>,
    pub delta: i64,
    pub sequence: u64,
}

impl Overlay {
    /// Builds the overlay of the hot records and the log, as the head stores them.
    pub(super) fn decode(hot: &[u8], log: &[u8]) -> Result<Self, String> {
        let mut buffer = Vec::with_capacity(hot.len() + log.len());
        let mut entries = Vec::new();
        append_writes(&mut buffer, &mut entries, 0, hot)?;
        for transaction in logged(log)? {
            append_writes(&mut buffer, &mut entries, transaction.sequence, transaction.writes)?;
            let key = append(&mut buffer, &journal::key(transaction.sequence));
            let value = Some(append(&mut buffer, transaction.entry));
            entries.push(Entry { key, value, delta: 1, sequence: transaction.sequence });
        }
        Ok(Self::sorted(buffer, entries))
    }

    /// This overlay with the writes of a transaction that is under way on top.
    pub(super) fn with(&self, writes: &Writes) -> Self {
        let mut buffer = self.buffer.clone();
        let mut entries = self.entries.clone();
        for (key, (change, value)) in writes {
            let key = append(&mut buffer, key);
            let value = (*change != Change::Remove).then(|| append(&mut buffer, value));
            entries.push(Entry { key, value, delta: change.delta(), sequence: u64::MAX });
        }
        Self::sorted(buffer, entries)
    }

    fn sorted(buffer: Vec<u8>, mut entries: Vec<Entry>) -> Self {
        // Stable: of the writes to one key the last stays last.
        entries.sort_by(|left, right| buffer[left.key.clone()].cmp(&buffer[right.key.clone()]));
        let mut merged: Vec<Entry> = Vec::with_capacity(entries.len());
        for entry in entries {
            match merged.last_mut() {
                Some(last) if buffer[last.key.clone()] == buffer[entry.key.clone()] => {
                    last.delta += entry.delta;
                    last.value = entry.value;
                    last.sequence = entry.sequence;
                }
                _ => merged.push(entry),
            }
        }
        let mut deltas = Vec::with_capacity(merged.len() + 1);
        let mut sum = 0;
        deltas.push(sum);
        for entry in &merged {
            sum += entry.delta;
            deltas.push(sum);
        }
        Self { buffer, entries: merged, deltas }
    }

    /// What this overlay knows of a key: nothing, that it is gone, or its value.
    pub(super) fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        let index = self.position(key);
        let entry = self.entries.get(index)?;
        (&self.buffer[entry.key.clone()] == key).then(|| self.newer(entry).value)
    }

    /// Sum of the deltas of all keys below `key`.
    pub(super) fn delta_before(&self, key: &[u8]) -> i64 {
        self.deltas.get(self.position(key)).copied().unwrap_or_default()
    }

    /// Sum of all deltas.
    pub(super) fn delta(&self) -> i64 {
        self.deltas.last().copied().unwrap_or_default()
    }

    /// The keys from `low` on and below `high` (to the end without one).
    pub(super) fn range(
        &self,
        low: &[u8],
        high: Option<&[u8]>,
    ) -> impl Iterator<Item = Newer<'_>> + '_ {
        let start = self.position(low);
        let end = high.map_or(self.entries.len(), |high| self.position(high)).max(start);
        self.entries[start..end].iter().map(|entry| self.newer(entry))
    }

    /// All keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = Newer<'_>> + '_ {
        self.entries.iter().map(|entry| self.newer(entry))
    }

    /// Merges records of the tree with the newer writes of the same key range.
    pub(super) fn merge(&self, records: &[Record], low: &[u8], high: Option<&[u8]>) -> Vec<Record> {
        let mut merged = Vec::with_capacity(records.len());
        let mut older = records.iter().peekable();
        for newer in self.range(low, high) {
            while let Some(record) = older.next_if(|record| *record.key < *newer.key) {
                merged.push(record.clone());
            }
            older.next_if(|record| *record.key == *newer.key);
            if let Some(value) = newer.value {
                merged.push(Record { key: newer.key.to_vec(), value: value.to_vec() });
            }
        }
        merged.extend(older.cloned());
        merged
    }

    fn position(&self, key: &[u8]) -> usize {
        self.entries.partition_point(|entry| &self.buffer[entry.key.clone()] < key)
    }

    fn newer(&self, entry: &Entry) -> Newer<'_> {
        Newer {
            key: &self.buffer[entry.key.clone()],
            value: entry.value.clone().map(|value| &self.buffer[value]),
            delta: entry.delta,
            sequence: entry.sequence,
        }
    }
}

fn append(buffer: &mut Vec<u8>, bytes: &[u8]) -> Range<usize> {
    let start = buffer.len();
    buffer.extend_from_slice(bytes);
    start..buffer.len()
}

fn append_writes(
    buffer: &mut Vec<u8>,
    entries: &mut Vec<Entry>,
    sequence: u64,
    writes: &[u8],
) -> Result<(), String> {
    let mut decoder = Decoder::new(writes);
    while decoder.position() < writes.len() {
        let change = match decoder.u8().map_err(text)? {
            1 => Change::Insert,
            0 => Change::Replace,
            2 => Change::Remove,
            other => return Err(format!("unknown change {other}")),
        };
        let key = append(buffer, decoder.bytes().map_err(text)?);
        let value = match change {
            Change::Remove => None,
            _ => Some(append(buffer, decoder.bytes().map_err(text)?)),
        };
        entries.push(Entry { key, value, delta: change.delta(), sequence });
    }
    Ok(())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
