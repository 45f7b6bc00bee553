//! Pages: the write-once nodes of the tree, and their stored form.
//!
//! A page is a CBOR sequence: the kind (0 leaf, 1 inner), the number of items, then the items in
//! ascending key order. Keys are front-coded: the length shared with the key before, and the rest.

use super::error::StoreError;
use minicbor::{Decoder, Encoder};
use sha2::{Digest, Sha256};
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_128;

/// Pages are split above this size. One record may exceed it.
pub(super) const PAGE_BYTES: usize = 8 * 1024;

/// Pages below this size are merged with a neighbour.
pub(super) const PAGE_BYTES_MIN: usize = PAGE_BYTES / 4;

/// Largest value of a record.
pub(super) const VALUE_BYTES_MAX: usize = 64 * 1024;

/// Largest key of a record.
pub(super) const KEY_BYTES_MAX: usize = 1024;

/// As many items as few pages exceed.
const ITEMS_EXPECTED: usize = 256;

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
    pub hash: PageHash,
    /// Number of records below the page.
    pub count: u64,
}

/// What a reference takes beside its key: identity, hash, and the count as eight bytes.
const REFERENCE_BYTES: usize = 16 + PageHash::BYTES + 8;

impl PageRef {
    fn encode(&self) -> [u8; REFERENCE_BYTES] {
        let mut bytes = [0; REFERENCE_BYTES];
        let (id, rest) = bytes.split_at_mut(16);
        let (hash, count) = rest.split_at_mut(PageHash::BYTES);
        id.copy_from_slice(&self.id.0);
        hash.copy_from_slice(&self.hash.0);
        count.copy_from_slice(&self.count.to_be_bytes());
        bytes
    }
}

/// XXH3 of a page's bytes, 128 bits: no damage leaves it as it was. Whoever can write a store on
/// purpose could compute any hash up to the head, and SHA-256 would be half of what reading a page
/// costs; the journal's chain, which is what can be compared with a copy elsewhere, has that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageHash([u8; Self::BYTES]);

impl PageHash {
    const BYTES: usize = 16;

    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(xxh3_128(bytes).to_be_bytes())
    }
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub key: Vec<u8>,
    pub value: Vec<u8>,
}

/// A node of the tree that is being built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Leaf(Vec<Record>),
    Inner(Vec<PageRef>),
}

const LEAF: u8 = 0;
const INNER: u8 = 1;

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
        let written = match self {
            Self::Leaf(records) => encode_items(
                &mut encoder,
                LEAF,
                records.iter().map(|record| (record.key.as_slice(), record.value.as_slice())),
            ),
            Self::Inner(children) => encode_items(
                &mut encoder,
                INNER,
                children.iter().map(|child| (child.first.as_slice(), child.encode())),
            ),
        };
        // Writing to a vector cannot fail.
        debug_assert!(written.is_ok());
        encoder.into_writer()
    }
}

/// A page as it is read.
///
/// Its keys lie one after another in one piece of memory and its values where they were stored, so
/// that opening a page costs no allocation for each record: most are read for one or two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    is_inner: bool,
    /// As stored.
    bytes: Vec<u8>,
    /// All keys in the clear.
    keys: Vec<u8>,
    items: Vec<Position>,
}

/// Where an item of a page lies.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Position {
    /// In the keys.
    key: Range<usize>,
    /// In the bytes.
    value: Range<usize>,
}

impl Page {
    /// Decodes a page; `key` names it in errors.
    pub(super) fn decode(key: &str, bytes: Vec<u8>) -> Result<Self, StoreError> {
        decode(bytes).map_err(|detail| StoreError::Corrupt { key: key.to_owned(), detail })
    }

    /// Whether it refers to other pages, and does not hold records itself.
    pub(super) fn is_inner(&self) -> bool {
        self.is_inner
    }

    /// Number of records below this page.
    pub(super) fn count(&self) -> u64 {
        if self.is_inner {
            (0..self.items.len()).fold(0, |sum, index| sum.saturating_add(self.child_count(index)))
        } else {
            to_u64(self.items.len())
        }
    }

    /// The records of a leaf, in key order.
    pub(super) fn records(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let items = if self.is_inner { &[] } else { &self.items[..] };
        items.iter().map(|item| (&self.keys[item.key.clone()], &self.bytes[item.value.clone()]))
    }

    /// The value of a key in a leaf.
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let at = |item: &Position| self.keys[item.key.clone()].cmp(key);
        let item = &self.items[self.items.binary_search_by(at).ok()?];
        (!self.is_inner).then(|| &self.bytes[item.value.clone()])
    }

    /// Number of items before a key.
    pub(super) fn rank(&self, key: &[u8]) -> usize {
        self.items.partition_point(|item| &self.keys[item.key.clone()] < key)
    }

    /// Number of pages that an inner page refers to.
    pub(super) fn children_len(&self) -> usize {
        if self.is_inner { self.items.len() } else { 0 }
    }

    /// The references of an inner page.
    pub(super) fn children(&self) -> impl Iterator<Item = PageRef> {
        (0..self.children_len()).map(|index| self.child(index))
    }

    /// A reference of an inner page.
    pub(super) fn child(&self, index: usize) -> PageRef {
        let [id, hash] = [0, 16].map(|start| {
            let mut half = [0; 16];
            half.copy_from_slice(&self.reference(index)[start..start + 16]);
            half
        });
        PageRef {
            first: self.child_first(index).to_vec(),
            id: PageId(id),
            hash: PageHash(hash),
            count: self.child_count(index),
        }
    }

    /// The lower bound of the keys below a child.
    pub(super) fn child_first(&self, index: usize) -> &[u8] {
        &self.keys[self.items[index].key.clone()]
    }

    /// Number of records below a child.
    pub(super) fn child_count(&self, index: usize) -> u64 {
        let mut count = [0; 8];
        count.copy_from_slice(&self.reference(index)[REFERENCE_BYTES - 8..]);
        u64::from_be_bytes(count)
    }

    /// Index of the child below which a key lies.
    pub(super) fn child_of(&self, key: &[u8]) -> usize {
        let first = |item: &Position| &self.keys[item.key.clone()] <= key;
        self.items.partition_point(first).saturating_sub(1)
    }

    /// Decoding has seen to it that it has this length.
    fn reference(&self, index: usize) -> &[u8] {
        &self.bytes[self.items[index].value.clone()]
    }

    /// The page as a node that can be changed.
    pub(super) fn to_node(&self) -> Node {
        if self.is_inner {
            return Node::Inner(self.children().collect());
        }
        let record =
            |(key, value): (&[u8], &[u8])| Record { key: key.to_vec(), value: value.to_vec() };
        Node::Leaf(self.records().map(record).collect())
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
        self.first.len() + REFERENCE_BYTES + ITEM_OVERHEAD_BYTES
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

/// SHA-256, as the journal's chain uses it.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lengths and counts fit into 64 bits on every target.
pub(super) fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

fn encode_items<'k, V: AsRef<[u8]>>(
    encoder: &mut Encoder<Vec<u8>>,
    kind: u8,
    items: impl ExactSizeIterator<Item = (&'k [u8], V)>,
) -> Written {
    encoder.u8(kind)?.u64(to_u64(items.len()))?;
    let mut previous: &[u8] = &[];
    for (key, value) in items {
        let shared = previous.iter().zip(key).take_while(|(left, right)| left == right).count();
        encoder.u64(to_u64(shared))?.bytes(&key[shared..])?.bytes(value.as_ref())?;
        previous = key;
    }
    Ok(())
}

fn decode(bytes: Vec<u8>) -> Result<Page, String> {
    let mut decoder = Decoder::new(&bytes);
    let is_inner = match decoder.u8().map_err(text)? {
        LEAF => false,
        INNER => true,
        other => return Err(format!("unknown kind {other}")),
    };
    let length = decoder.u64().map_err(text)?;
    let mut keys = Vec::with_capacity(bytes.len());
    // The length is not trusted for an allocation: a wrong one ends at the first missing item.
    let mut items: Vec<Position> =
        Vec::with_capacity(usize::try_from(length).map_err(text)?.min(ITEMS_EXPECTED));
    for _ in 0..length {
        let key = decode_key(&mut decoder, &mut keys, items.last())?;
        let value_bytes = decoder.bytes().map_err(text)?.len();
        if is_inner && value_bytes != REFERENCE_BYTES {
            return Err(format!("a reference of {value_bytes} bytes"));
        }
        let end = decoder.position();
        items.push(Position { key, value: end - value_bytes..end });
    }
    if decoder.position() != bytes.len() {
        return Err("bytes after the end".to_owned());
    }
    if is_inner && items.is_empty() {
        return Err("inner page without pages".to_owned());
    }
    Ok(Page { is_inner, bytes, keys, items })
}

/// Appends the next key to `keys`.
fn decode_key(
    decoder: &mut Decoder<'_>,
    keys: &mut Vec<u8>,
    before: Option<&Position>,
) -> Result<Range<usize>, String> {
    let shared = usize::try_from(decoder.u64().map_err(text)?).map_err(text)?;
    let rest = decoder.bytes().map_err(text)?;
    let last = before.map_or(0..0, |before| before.key.clone());
    if shared > last.len() {
        return Err("a key shares more than there is".to_owned());
    }
    if shared + rest.len() > KEY_BYTES_MAX {
        return Err("a key is too long".to_owned());
    }
    // What is shared is equal: the rest decides.
    if before.is_some() && keys[last.start + shared..last.end] >= *rest {
        return Err("keys are not in order".to_owned());
    }
    let start = keys.len();
    keys.extend_from_within(last.start..last.start + shared);
    keys.extend_from_slice(rest);
    Ok(start..keys.len())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
