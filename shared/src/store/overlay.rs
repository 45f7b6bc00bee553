//! Overlays: writes that are newer than the tree, in key order.

use super::journal;
use super::order::{Key, compare, same};
use super::page::Page;
use bytes::Bytes;
use minicbor::{Decoder, Encoder};
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::iter;
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
pub(super) type Writes = BTreeMap<Key, (Change, Vec<u8>)>;

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

/// A transaction of the log: where its parts lie in that.
pub(super) struct Logged {
    pub sequence: u64,
    /// Encoded writes, without the journal entry.
    pub writes: Range<usize>,
    pub entry: Range<usize>,
}

/// Finds the transactions of a log, oldest first.
pub(super) fn logged(log: &[u8]) -> Result<Vec<Logged>, String> {
    let mut decoder = Decoder::new(log);
    let mut transactions = Vec::new();
    while decoder.position() < log.len() {
        let sequence = decoder.u64().map_err(text)?;
        let writes = place(&mut decoder)?;
        let entry = place(&mut decoder)?;
        transactions.push(Logged { sequence, writes, entry });
    }
    Ok(transactions)
}

/// Where the next byte string lies.
fn place(decoder: &mut Decoder<'_>) -> Result<Range<usize>, String> {
    let length = decoder.bytes().map_err(text)?.len();
    let end = decoder.position();
    Ok(end - length..end)
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

/// The net effect of all writes since the tree was last folded.
///
/// Most requests look a few keys up and never ask for an order: the writes are put in order when
/// that is asked for, or when the look-ups have become so frequent that order is cheaper.
#[derive(Clone, Debug, Default)]
pub(super) struct Overlay {
    texts: Texts,
    /// In the order in which they were written.
    written: Vec<Entry>,
    sorted: OnceCell<Sorted>,
    look_ups: Cell<usize>,
}

/// What the keys and values of an overlay are parts of, one behind the other: what the head stores,
/// where it lies, and what is only known from that or not stored yet.
#[derive(Clone, Debug, Default)]
struct Texts {
    hot: Bytes,
    log: Bytes,
    more: Bytes,
}

impl Texts {
    fn part(&self, place: &Range<usize>) -> &[u8] {
        let (text, place) = self.find(place);
        &text[place]
    }

    fn share(&self, place: &Range<usize>) -> Bytes {
        let (text, place) = self.find(place);
        text.slice(place)
    }

    /// In which text a part lies, and where in it.
    fn find(&self, place: &Range<usize>) -> (&Bytes, Range<usize>) {
        let Range { start, end } = *place;
        let log = self.hot.len();
        if start < log {
            return (&self.hot, start..end);
        }
        let more = log + self.log.len();
        if start < more {
            return (&self.log, start - log..end - log);
        }
        (&self.more, start - more..end - more)
    }

    /// Where the last text begins.
    fn more_start(&self) -> usize {
        self.hot.len() + self.log.len()
    }
}

/// The writes in key order, each key once.
#[derive(Clone, Debug, Default)]
struct Sorted {
    entries: Vec<Entry>,
    /// `deltas[i]` is the sum of the deltas of the entries before `i`.
    deltas: Vec<i64>,
}

/// What a write takes in the log, about.
const WRITE_BYTES: usize = 64;

/// Look-ups that go through all writes.
const LOOK_UPS_UNSORTED: usize = 16;

/// A key of an overlay with the texts that it refers to.
#[derive(Clone, Copy)]
pub(super) struct Newer<'a> {
    texts: &'a Texts,
    entry: &'a Entry,
    pub key: &'a [u8],
    pub value: Option<&'a [u8]>,
    pub delta: i64,
    pub sequence: u64,
}

impl Newer<'_> {
    /// The key, and its value unless that has been removed, to be kept.
    pub(super) fn to_write(self) -> (Bytes, Option<Bytes>) {
        let Self { texts, entry, .. } = self;
        (texts.share(&entry.key), entry.value.as_ref().map(|value| texts.share(value)))
    }
}

impl Overlay {
    /// The overlay of the hot records and the log, as the head stores them.
    pub(super) fn decode(hot: Bytes, log: Bytes) -> Result<Self, String> {
        let transactions = logged(&log)?;
        let mut written = Vec::with_capacity((hot.len() + log.len()) / WRITE_BYTES);
        let start = hot.len();
        append_writes(&mut written, 0, 0, &hot)?;
        let mut texts = Texts { hot, log, more: Bytes::new() };
        let (more_start, mut more) = (texts.more_start(), Vec::new());
        for Logged { sequence, writes, entry } in transactions {
            append_writes(&mut written, sequence, start + writes.start, &texts.log[writes])?;
            let key = append(&mut more, more_start, &journal::key(sequence));
            let value = Some(start + entry.start..start + entry.end);
            written.push(Entry { key, value, delta: 1, sequence });
        }
        texts.more = more.into();
        Ok(Self { texts, written, ..Self::default() })
    }

    /// This overlay with writes of a transaction that is under way on top.
    pub(super) fn with<'w>(
        &self,
        writes: impl IntoIterator<Item = (&'w Key, &'w (Change, Vec<u8>))>,
    ) -> Self {
        let (more_start, mut more) = (self.texts.more_start(), self.texts.more.to_vec());
        let before = self.sorted.get().map_or(&self.written, |sorted| &sorted.entries);
        let mut written = before.clone();
        for (Key(key), (change, value)) in writes {
            let key = append(&mut more, more_start, key);
            let value = (*change != Change::Remove).then(|| append(&mut more, more_start, value));
            written.push(Entry { key, value, delta: change.delta(), sequence: u64::MAX });
        }
        let texts = Texts { more: more.into(), ..self.texts.clone() };
        Self { texts, written, ..Self::default() }
    }

    fn sorted(&self) -> &Sorted {
        self.sorted.get_or_init(|| Sorted::new(&self.texts, self.written.clone()))
    }

    /// What this overlay knows of a key: nothing, that it is gone, or its value.
    pub(super) fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        let look_ups = self.look_ups.get();
        self.look_ups.set(look_ups.saturating_add(1));
        let entry = if look_ups < LOOK_UPS_UNSORTED && self.sorted.get().is_none() {
            let is_it = |entry: &&Entry| {
                entry.key.len() == key.len() && same(self.texts.part(&entry.key), key)
            };
            self.written.iter().rev().find(is_it)?
        } else {
            let entry = self.sorted().entries.get(self.position(key))?;
            same(self.texts.part(&entry.key), key).then_some(entry)?
        };
        Some(self.newer(entry).value)
    }

    /// Sum of the deltas of all keys below `key`.
    pub(super) fn delta_before(&self, key: &[u8]) -> i64 {
        self.sorted().deltas.get(self.position(key)).copied().unwrap_or_default()
    }

    /// For each of some ascending keys, the sum of the deltas of the keys from `low` on and below
    /// it (to the end without one).
    pub(super) fn deltas_between<'k>(
        &self,
        low: &[u8],
        highs: impl Iterator<Item = Option<&'k [u8]>>,
    ) -> impl Iterator<Item = i64> {
        let Sorted { entries, deltas } = self.sorted();
        let delta_at = |position: usize| deltas.get(position).copied().unwrap_or_default();
        let mut position = self.position(low);
        let delta_before = delta_at(position);
        highs.map(move |high| {
            let ahead = &entries[position..];
            // Few entries lie between two neighbours.
            position += match high {
                Some(high) => {
                    let is_below =
                        |entry: &&Entry| compare(self.texts.part(&entry.key), high).is_lt();
                    ahead.iter().take_while(is_below).count()
                }
                None => ahead.len(),
            };
            delta_at(position) - delta_before
        })
    }

    /// Sum of all deltas.
    pub(super) fn delta(&self) -> i64 {
        self.sorted().deltas.last().copied().unwrap_or_default()
    }

    /// The keys from `low` on and below `high` (to the end without one).
    pub(super) fn range(
        &self,
        low: &[u8],
        high: Option<&[u8]>,
    ) -> impl Iterator<Item = Newer<'_>> + use<'_> {
        let start = self.position(low);
        let entries = &self.sorted().entries;
        let end = high.map_or(entries.len(), |high| self.position(high)).max(start);
        entries[start..end].iter().map(|entry| self.newer(entry))
    }

    /// All keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = Newer<'_>> + '_ {
        self.sorted().entries.iter().map(|entry| self.newer(entry))
    }

    /// The records of a leaf, merged with the newer writes of the same key range.
    pub(super) fn merge<'o>(
        &'o self,
        leaf: &'o Page,
        low: &[u8],
        high: Option<&[u8]>,
    ) -> impl Iterator<Item = (&'o [u8], &'o [u8])> {
        let mut older = leaf.records().peekable();
        let mut newer = self.range(low, high).peekable();
        iter::from_fn(move || {
            loop {
                let Some(next) = newer.peek().copied() else {
                    return older.next();
                };
                if let Some(record) = older.next_if(|(key, _)| compare(key, next.key).is_lt()) {
                    return Some(record);
                }
                older.next_if(|(key, _)| *key == next.key);
                newer.next();
                if let Some(value) = next.value {
                    return Some((next.key, value));
                }
            }
        })
    }

    fn position(&self, key: &[u8]) -> usize {
        let is_before = |entry: &Entry| compare(self.texts.part(&entry.key), key).is_lt();
        self.sorted().entries.partition_point(is_before)
    }

    fn newer<'o>(&'o self, entry: &'o Entry) -> Newer<'o> {
        Newer {
            texts: &self.texts,
            entry,
            key: self.texts.part(&entry.key),
            value: entry.value.as_ref().map(|value| self.texts.part(value)),
            delta: entry.delta,
            sequence: entry.sequence,
        }
    }
}

impl Sorted {
    fn new(texts: &Texts, mut entries: Vec<Entry>) -> Self {
        // Stable: of the writes to one key the last stays last.
        entries.sort_by(|left, right| compare(texts.part(&left.key), texts.part(&right.key)));
        let mut merged: Vec<Entry> = Vec::with_capacity(entries.len());
        for entry in entries {
            match merged.last_mut() {
                Some(last) if same(texts.part(&last.key), texts.part(&entry.key)) => {
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
        Self { entries: merged, deltas }
    }
}

/// Adds a part to a text that begins at `start`.
fn append(text: &mut Vec<u8>, start: usize, part: &[u8]) -> Range<usize> {
    let start = start + text.len();
    text.extend_from_slice(part);
    start..start + part.len()
}

/// Adds writes that lie from `start` on.
fn append_writes(
    entries: &mut Vec<Entry>,
    sequence: u64,
    start: usize,
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
        let mut part = || {
            let Range { start: from, end } = place(&mut decoder)?;
            Ok::<_, String>(start + from..start + end)
        };
        let key = part()?;
        let value = if change == Change::Remove { None } else { Some(part()?) };
        entries.push(Entry { key, value, delta: change.delta(), sequence });
    }
    Ok(())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
