//! Pages: the write-once nodes of the tree, and their stored form.
//!
//! A page is a CBOR sequence: the kind (0 leaf, 1 inner), the number of items, then the items in
//! ascending key order. Keys are front-coded: the length shared with the key before, and the rest.

use super::error::StoreError;
use minicbor::{Decoder, Encoder};
use sha2::{Digest, Sha256};

/// Pages are split above this size. One record may exceed it.
pub(super) const PAGE_BYTES: usize = 8 * 1024;

/// Pages below this size are merged with a neighbour.
pub(super) const PAGE_BYTES_MIN: usize = PAGE_BYTES / 4;

/// Largest value of a record.
pub(super) const VALUE_BYTES_MAX: usize = 64 * 1024;

/// Largest key of a record.
pub(super) const KEY_BYTES_MAX: usize = 1024;

/// What CBOR adds to an item, at most.
const ITEM_OVERHEAD_BYTES: usize = 12;

/// Identity of a page: six bytes of time, so that its age is known, and ten random ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PageId(pub [u8; 16]);

impl PageId {
    pub(super) fn new(time_ms: u64, random: [u8; 16]) -> Self {
        let mut id = random;
        id[..6].copy_from_slice(&time_ms.to_be_bytes()[2..]);
        Self(id)
    }

    /// The key under which the page is stored.
    pub(super) fn key(&self) -> String {
        format!("{PAGE_PREFIX}{}", hex::encode(self.0))
    }
}

/// Prefix of all page keys.
pub(super) const PAGE_PREFIX: &str = "page.";

/// A reference to a page: everything that is needed to trust it and to count without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageRef {
    /// No key below this page is smaller, and none below its left neighbour is as large.
    pub first: Vec<u8>,
    pub id: PageId,
    pub sha256: [u8; 32],
    /// Number of records below the page.
    pub count: u64,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub key: Vec<u8>,
    pub value: Vec<u8>,
}

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Leaf(Vec<Record>),
    Inner(Vec<PageRef>),
}

impl Node {
    /// The tree without any record.
    pub(super) const EMPTY: Self = Self::Leaf(Vec::new());

    /// Number of records below this node.
    pub(super) fn count(&self) -> u64 {
        match self {
            Self::Leaf(records) => to_u64(records.len()),
            Self::Inner(children) => {
                children.iter().fold(0, |sum, child| sum.saturating_add(child.count))
            }
        }
    }

    pub(super) fn first_key(&self) -> &[u8] {
        match self {
            Self::Leaf(records) => records.first().map_or(&[], |record| &record.key),
            Self::Inner(children) => children.first().map_or(&[], |child| &child.first),
        }
    }

    /// Upper bound of the encoded size.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Leaf(records) => sizes(records),
            Self::Inner(children) => sizes(children),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut encoder = Encoder::new(Vec::with_capacity(self.bytes() + 16));
        let mut previous: &[u8] = &[];
        let written = match self {
            Self::Leaf(records) => encode_items(&mut encoder, 0, records, |encoder, record| {
                encode_key(encoder, previous, &record.key)?;
                previous = &record.key;
                encoder.bytes(&record.value)?;
                Ok(())
            }),
            Self::Inner(children) => encode_items(&mut encoder, 1, children, |encoder, child| {
                encode_key(encoder, previous, &child.first)?;
                previous = &child.first;
                encoder.bytes(&child.id.0)?.bytes(&child.sha256)?.u64(child.count)?;
                Ok(())
            }),
        };
        // Writing to a vector cannot fail.
        debug_assert!(written.is_ok());
        encoder.into_writer()
    }

    /// Decodes a page; `key` names it in errors.
    pub(super) fn decode(key: &str, bytes: &[u8]) -> Result<Self, StoreError> {
        decode_node(bytes).map_err(|detail| StoreError::Corrupt { key: key.to_owned(), detail })
    }
}

/// An item of a node, for splitting.
pub(super) trait Item {
    /// Upper bound of its encoded size.
    fn bytes(&self) -> usize;
}

impl Item for Record {
    fn bytes(&self) -> usize {
        self.key.len() + self.value.len() + ITEM_OVERHEAD_BYTES
    }
}

impl Item for PageRef {
    fn bytes(&self) -> usize {
        self.first.len() + 16 + 32 + 2 * ITEM_OVERHEAD_BYTES
    }
}

fn sizes<T: Item>(items: &[T]) -> usize {
    items.iter().map(Item::bytes).sum()
}

/// Splits items into runs of about equal size, none above a page unless one item is.
pub(super) fn split<T: Item>(items: Vec<T>) -> Vec<Vec<T>> {
    let total = sizes(&items);
    let pages = total.div_ceil(PAGE_BYTES).max(1);
    let target = total.div_ceil(pages);
    let mut runs = Vec::with_capacity(pages);
    let mut run = Vec::new();
    let mut run_bytes = 0;
    for item in items {
        let bytes = item.bytes();
        if run_bytes > 0 && (run_bytes >= target || run_bytes + bytes > PAGE_BYTES) {
            runs.push(std::mem::take(&mut run));
            run_bytes = 0;
        }
        run_bytes += bytes;
        run.push(item);
    }
    if !run.is_empty() {
        runs.push(run);
    }
    runs
}

/// Hash of a page's bytes, as references carry it.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lengths and counts fit into 64 bits on every target.
pub(super) fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

fn encode_items<'a, T>(
    encoder: &mut Encoder<Vec<u8>>,
    kind: u8,
    items: &'a [T],
    mut each: impl FnMut(&mut Encoder<Vec<u8>>, &'a T) -> Written,
) -> Written {
    encoder.u8(kind)?.u64(to_u64(items.len()))?;
    items.iter().try_for_each(|item| each(encoder, item))
}

fn encode_key(encoder: &mut Encoder<Vec<u8>>, previous: &[u8], key: &[u8]) -> Written {
    let shared = previous.iter().zip(key).take_while(|(left, right)| left == right).count();
    encoder.u64(to_u64(shared))?.bytes(&key[shared..])?;
    Ok(())
}

fn decode_node(bytes: &[u8]) -> Result<Node, String> {
    let mut decoder = Decoder::new(bytes);
    let kind = decoder.u8().map_err(text)?;
    let length = decoder.u64().map_err(text)?;
    let node = match kind {
        0 => Node::Leaf(decode_items(length, |before: Option<&Record>| {
            let key = decode_key(&mut decoder, before.map(|before| before.key.as_slice()))?;
            let value = decoder.bytes().map_err(text)?.to_vec();
            Ok(Record { key, value })
        })?),
        1 => Node::Inner(decode_items(length, |before: Option<&PageRef>| {
            let first = decode_key(&mut decoder, before.map(|before| before.first.as_slice()))?;
            let id = PageId(fixed(decoder.bytes().map_err(text)?)?);
            let sha256 = fixed(decoder.bytes().map_err(text)?)?;
            let count = decoder.u64().map_err(text)?;
            Ok(PageRef { first, id, sha256, count })
        })?),
        other => return Err(format!("unknown kind {other}")),
    };
    if decoder.position() != bytes.len() {
        return Err("bytes after the end".to_owned());
    }
    match &node {
        Node::Inner(children) if children.is_empty() => Err("inner page without pages".to_owned()),
        _ => Ok(node),
    }
}

fn decode_items<T>(
    length: u64,
    mut each: impl FnMut(Option<&T>) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    // The length is not trusted for an allocation: a wrong one ends at the first missing item.
    let mut items = Vec::new();
    for _ in 0..length {
        items.push(each(items.last())?);
    }
    Ok(items)
}

fn decode_key(decoder: &mut Decoder<'_>, before: Option<&[u8]>) -> Result<Vec<u8>, String> {
    let shared = usize::try_from(decoder.u64().map_err(text)?).map_err(text)?;
    let rest = decoder.bytes().map_err(text)?;
    let start =
        before.unwrap_or_default().get(..shared).ok_or("a key shares more than there is")?;
    let key = [start, rest].concat();
    if before.is_some_and(|before| *before >= *key) {
        return Err("keys are not in order".to_owned());
    }
    Ok(key)
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], String> {
    bytes.try_into().map_err(|_| format!("{} bytes instead of {N}", bytes.len()))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
