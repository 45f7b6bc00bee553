//! Pages: the write-once nodes of the tree, and their stored form.
//!
//! A page begins with its kind (0 leaf, 1 inner) and the number of its items, as one byte and two.
//! For each item, in ascending order of the keys, follow four bytes that say where it begins in the
//! page and two that say how long its key is; then the items, key and value each. Numbers are
//! big-endian. So a page is searched as it is stored: most are read for one or two of their items.

use super::error::StoreError;
use super::order::compare;
use crate::value::text::hex_digits;
use bytes::Bytes;
use std::cmp::Ordering;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_128;

/// Leaves are split above this size. A fold writes most of them for one record each, so what a
/// write costs goes with their size;
const LEAF_BYTES: usize = 4 * 1024;

/// of other pages a fold writes few, and the larger they are, the fewer levels there are.
const INNER_BYTES: usize = 12 * 1024;

/// Largest value of a record.
pub(super) const VALUE_BYTES_MAX: usize = 64 * 1024;

/// Largest key of a record.
pub(super) const KEY_BYTES_MAX: usize = 1024;

/// Kind and number of items.
const HEADER_BYTES: usize = 3;

/// Where an item begins, and how long its key is.
const INDEX_BYTES: usize = 6;

/// Identity of a fold: six bytes of time, so that its age is known, and seven random ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FoldId(pub [u8; Self::BYTES]);

impl FoldId {
    pub(super) const BYTES: usize = 13;

    pub(super) fn new(time_ms: u64, random: [u8; 16]) -> Self {
        let mut id = array(&random);
        id[..6].copy_from_slice(&time_ms.to_be_bytes()[2..]);
        Self(id)
    }

    /// When the fold began, milliseconds since 1970.
    pub(super) fn began_at_ms(self) -> i64 {
        let [a, b, c, d, e, f, ..] = self.0;
        i64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }

    /// One of the fold's pages, of which there are fewer than 2^24.
    pub(super) fn page(self, index: u32) -> PageId {
        let mut id = [0; 16];
        id[..Self::BYTES].copy_from_slice(&self.0);
        id[Self::BYTES..].copy_from_slice(&index.to_be_bytes()[1..]);
        PageId(id)
    }

    /// Whether a page is one of this fold's.
    pub(super) fn wrote(self, page: PageId) -> bool {
        page.0.starts_with(&self.0)
    }
}

/// Identity of a page: that of the fold which has written it, and three bytes of its number in
/// that. An older version of this program has written random bytes after the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct PageId(pub [u8; 16]);

impl PageId {
    /// The key under which the page is stored.
    pub(super) fn key(&self) -> String {
        [PAGE_PREFIX, &hex_digits(&self.0)].concat()
    }

    /// The page that is stored under a key, if that is a page's.
    pub(super) fn of_key(key: &str) -> Option<Self> {
        let mut id = [0; 16];
        hex::decode_to_slice(key.strip_prefix(PAGE_PREFIX)?, &mut id).ok()?;
        Some(Self(id))
    }
}

/// As of their bytes, but compared as one number: a component's `memcmp` goes byte by byte.
impl Ord for PageId {
    fn cmp(&self, other: &Self) -> Ordering {
        u128::from_be_bytes(self.0).cmp(&u128::from_be_bytes(other.0))
    }
}

impl PartialOrd for PageId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Prefix of all page keys.
pub(super) const PAGE_PREFIX: &str = "page.";

/// A reference to a page: everything that is needed to trust it and to count without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageRef {
    pub id: PageId,
    pub hash: PageHash,
    /// Number of records below the page.
    pub count: u64,
}

/// What a reference takes beside its key: identity, hash, and the count as eight bytes.
pub(super) const REFERENCE_BYTES: usize = 16 + PageHash::BYTES + 8;

impl PageRef {
    pub(super) fn decode(bytes: &[u8; REFERENCE_BYTES]) -> Self {
        let [id, hash] = [0, 16].map(|start| array(&bytes[start..]));
        let count = u64::from_be_bytes(array(&bytes[32..]));
        Self { id: PageId(id), hash: PageHash(hash), count }
    }

    pub(super) fn encode(&self) -> [u8; REFERENCE_BYTES] {
        let mut bytes = [0; REFERENCE_BYTES];
        let (id, rest) = bytes.split_at_mut(16);
        let (hash, count) = rest.split_at_mut(PageHash::BYTES);
        id.copy_from_slice(&self.id.0);
        hash.copy_from_slice(&self.hash.0);
        count.copy_from_slice(&self.count.to_be_bytes());
        bytes
    }
}

/// A child of an inner node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    /// No key below this page is smaller, and none below its left neighbour is as large.
    pub first: Bytes,
    pub page: PageRef,
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
    pub key: Bytes,
    pub value: Bytes,
}

/// A node of the tree that is being built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Leaf(Vec<Record>),
    Inner(Vec<Branch>),
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
                children.iter().fold(0, |sum, child| sum.saturating_add(child.page.count))
            }
        }
    }

    pub(super) fn first_key(&self) -> Bytes {
        let first = match self {
            Self::Leaf(records) => records.first().map(|record| &record.key),
            Self::Inner(children) => children.first().map(|child| &child.first),
        };
        first.cloned().unwrap_or_default()
    }

    /// Whether it is to be merged with a neighbour.
    pub(super) fn is_small(&self) -> bool {
        let page_bytes = match self {
            Self::Leaf(_) => LEAF_BYTES,
            Self::Inner(_) => INNER_BYTES,
        };
        self.bytes() < page_bytes / 4
    }

    /// The encoded size, without the header.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Leaf(records) => sizes(records),
            Self::Inner(children) => sizes(children),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let bytes = HEADER_BYTES + self.bytes();
        match self {
            Self::Leaf(records) => {
                encode(bytes, LEAF, records, |record| (&*record.key, &*record.value))
            }
            Self::Inner(children) => {
                let references: Vec<_> =
                    children.iter().map(|child| (&*child.first, child.page.encode())).collect();
                encode(bytes, INNER, &references, |(first, reference)| (*first, &reference[..]))
            }
        }
    }
}

/// A page as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    is_inner: bool,
    items: usize,
    /// As stored. Decoding has seen to it that every item lies in it, and no reference is short.
    bytes: Bytes,
}

impl Page {
    /// Decodes a page; `key` names it in errors.
    pub(super) fn decode(key: &str, bytes: Bytes) -> Result<Self, StoreError> {
        decode(bytes).map_err(|detail| StoreError::Corrupt {
            key: key.to_owned(),
            detail: detail.to_owned(),
        })
    }

    /// Whether its keys ascend. Not looked at when it is decoded: a page whose hash is right is as
    /// it was written.
    pub(super) fn is_in_order(&self) -> bool {
        (0..self.items).map(|index| self.key(index)).is_sorted_by(|left, right| left < right)
    }

    /// Whether it refers to other pages, and does not hold records itself.
    pub(super) fn is_inner(&self) -> bool {
        self.is_inner
    }

    /// Number of records below this page.
    pub(super) fn count(&self) -> u64 {
        if self.is_inner { self.count_before(self.items) } else { to_u64(self.items) }
    }

    /// The records of a leaf, in key order.
    pub(super) fn records(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let records = if self.is_inner { 0 } else { self.items };
        (0..records).map(|index| self.item(index))
    }

    /// The value of a key in a leaf.
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let index = self.rank(key);
        if self.is_inner || index == self.items {
            return None;
        }
        let (found, value) = self.item(index);
        (found == key).then_some(value)
    }

    /// Number of items before a key.
    pub(super) fn rank(&self, key: &[u8]) -> usize {
        self.first_where(|item| compare(item, key).is_ge())
    }

    /// Number of pages that an inner page refers to.
    pub(super) fn children_len(&self) -> usize {
        if self.is_inner { self.items } else { 0 }
    }

    /// The references of an inner page.
    pub(super) fn children(&self) -> impl Iterator<Item = PageRef> {
        (0..self.children_len()).map(|index| self.child(index))
    }

    /// A reference of an inner page.
    pub(super) fn child(&self, index: usize) -> PageRef {
        let (_, reference) = self.item(index);
        let [id, hash] = [0, 16].map(|start| array(&reference[start..]));
        PageRef { id: PageId(id), hash: PageHash(hash), count: self.child_count(index) }
    }

    /// The references of an inner page, with their lower bounds.
    pub(super) fn branches(&self) -> impl Iterator<Item = Branch> {
        (0..self.children_len()).map(|index| Branch {
            first: self.bytes.slice(self.key_place(index)),
            page: self.child(index),
        })
    }

    /// The lower bound of the keys below a child.
    pub(super) fn child_first(&self, index: usize) -> &[u8] {
        self.key(index)
    }

    /// Number of records below a child.
    pub(super) fn child_count(&self, index: usize) -> u64 {
        u64::from_be_bytes(array(&self.bytes[self.end(index) - 8..]))
    }

    /// Number of records below the children before one.
    pub(super) fn count_before(&self, child: usize) -> u64 {
        (0..child).map(|left| self.child_count(left)).fold(0, u64::saturating_add)
    }

    /// Index of the child below which a key lies.
    pub(super) fn child_of(&self, key: &[u8]) -> usize {
        self.first_where(|first| compare(first, key).is_gt()).saturating_sub(1)
    }

    /// The first item whose key `is_behind` the point that is looked for; the number of items if
    /// none is.
    fn first_where(&self, is_behind: impl Fn(&[u8]) -> bool) -> usize {
        let (mut low, mut high) = (0, self.items);
        while low < high {
            let middle = low.midpoint(high);
            if is_behind(self.key(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    fn key(&self, index: usize) -> &[u8] {
        &self.bytes[self.key_place(index)]
    }

    fn key_place(&self, index: usize) -> Range<usize> {
        let (start, key_bytes) = position(&self.bytes, index);
        start..start + key_bytes
    }

    /// Key and value.
    fn item(&self, index: usize) -> (&[u8], &[u8]) {
        let (start, key_bytes) = position(&self.bytes, index);
        self.bytes[start..self.end(index)].split_at(key_bytes)
    }

    /// Where an item ends.
    fn end(&self, index: usize) -> usize {
        if index + 1 < self.items { position(&self.bytes, index + 1).0 } else { self.bytes.len() }
    }

    /// The records of a leaf, in key order, to be put into other pages.
    pub(super) fn to_records(&self) -> impl Iterator<Item = Record> {
        let records = if self.is_inner { 0 } else { self.items };
        (0..records).map(|index| {
            let key = self.key_place(index);
            let value = key.end..self.end(index);
            Record { key: self.bytes.slice(key), value: self.bytes.slice(value) }
        })
    }

    /// The page as a node that can be changed.
    pub(super) fn to_node(&self) -> Node {
        if self.is_inner {
            return Node::Inner(self.branches().collect());
        }
        Node::Leaf(self.to_records().collect())
    }
}

/// An item of a node, for splitting.
pub(super) trait Item {
    /// Pages of such items are split above this size. One item may exceed it.
    const PAGE_BYTES: usize;

    /// Its encoded size.
    fn bytes(&self) -> usize;
}

impl Item for Record {
    const PAGE_BYTES: usize = LEAF_BYTES;

    fn bytes(&self) -> usize {
        self.key.len() + self.value.len() + INDEX_BYTES
    }
}

impl Item for Branch {
    const PAGE_BYTES: usize = INNER_BYTES;

    fn bytes(&self) -> usize {
        self.first.len() + REFERENCE_BYTES + INDEX_BYTES
    }
}

fn sizes<T: Item>(items: &[T]) -> usize {
    items.iter().map(Item::bytes).sum()
}

/// Splits items into runs of about equal size, none above a page unless one item is.
pub(super) fn split<T: Item>(items: Vec<T>) -> Vec<Vec<T>> {
    let total = sizes(&items);
    let pages = total.div_ceil(T::PAGE_BYTES).max(1);
    let target = total.div_ceil(pages);
    let mut runs = Vec::with_capacity(pages);
    let mut run = Vec::new();
    let mut run_bytes = 0;
    for item in items {
        let bytes = item.bytes();
        if run_bytes > 0 && (run_bytes >= target || run_bytes + bytes > T::PAGE_BYTES) {
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

/// Lengths and counts fit into 64 bits on every target.
pub(super) fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn encode<T>(bytes: usize, kind: u8, items: &[T], item: impl Fn(&T) -> (&[u8], &[u8])) -> Vec<u8> {
    let mut page = Vec::with_capacity(bytes);
    page.push(kind);
    page.extend_from_slice(&to_u16(items.len()).to_be_bytes());
    let mut start = HEADER_BYTES + items.len() * INDEX_BYTES;
    for (key, value) in items.iter().map(&item) {
        page.extend_from_slice(&to_u32(start).to_be_bytes());
        page.extend_from_slice(&to_u16(key.len()).to_be_bytes());
        start += key.len() + value.len();
    }
    for (key, value) in items.iter().map(&item) {
        page.extend_from_slice(key);
        page.extend_from_slice(value);
    }
    page
}

fn decode(bytes: Bytes) -> Result<Page, &'static str> {
    let Some(([kind, count @ ..], rest)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err("too short");
    };
    let is_inner = match *kind {
        LEAF => false,
        INNER => true,
        _ => return Err("unknown kind of page"),
    };
    let items = usize::from(u16::from_be_bytes(*count));
    if rest.len() < items * INDEX_BYTES {
        return Err("too short");
    }
    // Backwards: each item ends where the next one begins.
    let mut next = bytes.len();
    for index in (0..items).rev() {
        let (start, key_bytes) = position(&bytes, index);
        let value_bytes = next.checked_sub(start).and_then(|length| length.checked_sub(key_bytes));
        let value_bytes = value_bytes.ok_or("an item lies outside of the page")?;
        if is_inner && value_bytes != REFERENCE_BYTES {
            return Err("a reference is too short or too long");
        }
        next = start;
    }
    if next != HEADER_BYTES + items * INDEX_BYTES {
        return Err("bytes of no item");
    }
    if is_inner && items == 0 {
        return Err("inner page without pages");
    }
    Ok(Page { is_inner, items, bytes })
}

/// Where an item begins, and the length of its key. The index must be in the page.
fn position(bytes: &[u8], index: usize) -> (usize, usize) {
    let entry = &bytes[HEADER_BYTES + index * INDEX_BYTES..];
    let start = u32::from_be_bytes(array(entry));
    let key_bytes = u16::from_be_bytes(array(&entry[4..]));
    (usize::try_from(start).unwrap_or(usize::MAX), usize::from(key_bytes))
}

pub(super) fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    array
}

/// A page has at most some hundred items, and a key at most [`KEY_BYTES_MAX`] bytes.
fn to_u16(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// A page has at most some pieces of [`VALUE_BYTES_MAX`] bytes.
fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
