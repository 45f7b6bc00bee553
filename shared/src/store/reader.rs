//! Reading: lookups, exact counts and scans over one snapshot, at the cost of the tree's depth.
//!
//! Every inner node knows how many records lie below each child, and the overlay knows how many
//! more or fewer its writes make of them in any key range; so a position in the merged order is
//! found by descending, one node a level. Nodes of one level are read in one call.

use super::defect::{self, Defect};
use super::error::StoreError;
use super::head::Head;
use super::key_value::{Backend, KeyValue};
use super::overlay::Overlay;
use super::page::{Node, PageId, PageRef, Record, sha256};
use super::walk;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Pages read in one call, so that an answer of the host stays small.
pub(super) const PAGES_PER_READ: usize = 64;

/// What the nodes kept by one request may take, before they are dropped and read again.
pub(super) const CACHE_PAGES_MAX: usize = 512;

/// A range of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    start: Vec<u8>,
    /// Exclusive; to the last key without one.
    end: Option<Vec<u8>>,
}

impl Range {
    /// All keys that begin with `prefix`.
    pub fn prefix(prefix: &[u8]) -> Self {
        let mut end = prefix.to_vec();
        while let Some(last) = end.pop() {
            if let Some(next) = last.checked_add(1) {
                end.push(next);
                return Self { start: prefix.to_vec(), end: Some(end) };
            }
        }
        Self { start: prefix.to_vec(), end: None }
    }

    /// From `start` on, below `end`.
    pub fn between(start: Vec<u8>, end: Vec<u8>) -> Self {
        Self { start, end: Some(end) }
    }

    fn ends_after(&self, key: &[u8]) -> bool {
        self.end.as_ref().is_none_or(|end| key < end.as_slice())
    }

    /// The part of this range behind a key in it.
    pub fn after(self, key: &[u8]) -> Self {
        // Nothing lies between a key and the same with a zero byte.
        Self { start: [key, &[0]].concat(), end: self.end }
    }

    /// Whether a key lies in the range.
    pub fn holds(&self, key: &[u8]) -> bool {
        key >= self.start.as_slice() && self.end.as_ref().is_none_or(|end| key < end.as_slice())
    }
}

/// What can be read of a snapshot, inside a transaction and outside.
#[expect(async_fn_in_trait, reason = "a component runs on one thread, futures need not be Send")]
pub trait Reader {
    /// Looks a key up.
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Reads what later lookups of these keys need, one call a level of the tree.
    async fn load(&self, keys: &[Vec<u8>]) -> Result<(), StoreError>;

    /// Reads what counting a range and then reading part of it need, one call a level of the tree:
    /// one after the other they would go down twice.
    async fn approach(&self, range: &Range, offset: u64, limit: usize) -> Result<(), StoreError>;

    /// Number of keys in the range.
    async fn count(&self, range: &Range) -> Result<u64, StoreError>;

    /// At most `limit` keys and values of the range in key order, after the first `offset`.
    async fn scan(
        &self,
        range: &Range,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError>;

    /// Checks that every page is what its reference says.
    async fn verify_pages(&self) -> Result<(), StoreError>;

    /// What the head stands for.
    fn name(&self) -> &str;

    /// The note in the head. It costs no read, and no transaction's hash covers it.
    fn note(&self) -> Option<Vec<u8>>;

    /// Proposes a note for a head that has none: it is kept with the first write of this
    /// transaction. Outside of a transaction it is forgotten.
    fn propose_note(&self, note: Vec<u8>);

    /// Number of committed transactions in this snapshot.
    fn sequence(&self) -> u64;

    /// The newest link of the journal's chain.
    fn chain(&self) -> [u8; 32];

    /// True when the log's writes are those that their journal entries name.
    fn logged_writes_match(&self) -> Result<bool, StoreError>;
}

/// Pages by identity. Pages never change, so nothing in here grows stale.
pub(super) struct Pages<'a, B> {
    pub(super) backend: &'a B,
    nodes: RefCell<HashMap<PageId, Rc<Node>>>,
    missing: Cell<bool>,
}

impl<'a, B: KeyValue> Pages<'a, B> {
    pub(super) fn new(backend: &'a B) -> Self {
        Self { backend, nodes: RefCell::default(), missing: Cell::new(false) }
    }

    /// Whether a page was missing.
    pub(super) fn missing(&self) -> bool {
        self.missing.get()
    }

    /// Whether a page was missing since this was last asked: the snapshot is too old to be read.
    pub(super) fn take_missing(&self) -> bool {
        self.missing.replace(false)
    }

    /// Reads pages, those not read before in as few calls as may be.
    pub(super) async fn load(&self, pages: &[PageRef]) -> Result<Vec<Rc<Node>>, StoreError> {
        let mut found: HashMap<PageId, Rc<Node>> = HashMap::with_capacity(pages.len());
        let mut wanted: BTreeMap<String, &PageRef> = BTreeMap::new();
        {
            let nodes = self.nodes.borrow();
            for page in pages {
                match nodes.get(&page.id) {
                    Some(node) => _ = found.insert(page.id, Rc::clone(node)),
                    None => _ = wanted.insert(page.id.key(), page),
                }
            }
        }
        let keys: Vec<String> = wanted.keys().cloned().collect();
        for keys in keys.chunks(PAGES_PER_READ) {
            for (key, bytes) in self.read(keys).await? {
                let Some(page) = wanted.remove(&key) else {
                    continue;
                };
                found.insert(page.id, Rc::new(check(&key, page, &bytes)?));
            }
        }
        if defect::present(Defect::TakesMissingForEmpty) {
            found.extend(wanted.values().map(|page| (page.id, Rc::new(Node::EMPTY))));
            wanted.clear();
        }
        if let Some(key) = wanted.into_keys().next() {
            self.missing.set(true);
            return Err(StoreError::MissingPage(key));
        }
        let mut nodes = self.nodes.borrow_mut();
        if nodes.len() + found.len() > CACHE_PAGES_MAX {
            nodes.clear();
        }
        nodes.extend(found.iter().map(|(id, node)| (*id, Rc::clone(node))));
        pages
            .iter()
            .map(|page| {
                found.get(&page.id).cloned().ok_or_else(|| StoreError::MissingPage(page.id.key()))
            })
            .collect()
    }

    async fn read(&self, keys: &[String]) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        match keys {
            [key] => {
                let value = self.backend.get(key).await?;
                Ok(value.map(|value| (key.clone(), value)).into_iter().collect())
            }
            keys => Ok(self.backend.get_many(keys).await?),
        }
    }
}

/// A page is what its reference says, or it is nothing.
pub(super) fn check(key: &str, page: &PageRef, bytes: &[u8]) -> Result<Node, StoreError> {
    let corrupt = |detail: &str| StoreError::Corrupt { key: key.to_owned(), detail: detail.into() };
    if sha256(bytes) != page.sha256 {
        return Err(corrupt("its hash is not the one referred to"));
    }
    let node = Node::decode(key, bytes)?;
    if node.count() != page.count {
        return Err(corrupt("its number of records is not the one referred to"));
    }
    Ok(node)
}

/// One consistent state of everything under a head.
pub struct Snapshot<'a, B> {
    pub(super) head_key: &'a str,
    pub(super) head: Head,
    /// Decoded when it is first needed.
    root: OnceCell<Rc<Node>>,
    pub(super) overlay: Overlay,
    pub(super) pages: &'a Pages<'a, B>,
}

impl<'a, B: Backend> Snapshot<'a, B> {
    pub(super) fn new(
        head_key: &'a str,
        bytes: &[u8],
        pages: &'a Pages<'a, B>,
    ) -> Result<Self, StoreError> {
        let head = Head::decode(head_key, bytes)?;
        let overlay = head.overlay(head_key)?;
        Ok(Self { head_key, head, root: OnceCell::new(), overlay, pages })
    }

    /// How many bytes the log takes before a transaction folds it.
    #[cfg(test)]
    pub(crate) fn log_room(&self) -> usize {
        super::tree::LOG_BYTES_MAX.saturating_sub(self.head.log.len())
    }

    /// Finds the leaf of each key, reading one level at a time.
    async fn leaves(&self, keys: &[&[u8]]) -> Result<Vec<Place>, StoreError> {
        let root = self.root()?;
        let mut places: Vec<Place> =
            keys.iter().map(|_| Place { before: 0, node: Rc::clone(&root) }).collect();
        loop {
            let mut steps = Vec::new();
            for (index, (place, key)) in places.iter().zip(keys).enumerate() {
                if let Node::Inner(children) = &*place.node {
                    let child = child_of(children, key);
                    let before = children[..child].iter().map(|left| left.count).sum::<u64>();
                    steps.push((index, place.before.saturating_add(before), &children[child]));
                }
            }
            if steps.is_empty() {
                return Ok(places);
            }
            let refs: Vec<PageRef> = steps.iter().map(|(_, _, page)| (*page).clone()).collect();
            let steps: Vec<(usize, u64)> =
                steps.iter().map(|(index, before, _)| (*index, *before)).collect();
            for ((index, before), node) in steps.into_iter().zip(self.pages.load(&refs).await?) {
                places[index] = Place { before, node };
            }
        }
    }

    /// The root of the tree. Requests that find all they need in the head never decode it.
    pub(super) fn root(&self) -> Result<Rc<Node>, StoreError> {
        if let Some(root) = self.root.get() {
            return Ok(Rc::clone(root));
        }
        let root = Rc::new(self.head.root(self.head_key)?);
        Ok(Rc::clone(self.root.get_or_init(|| root)))
    }

    /// Whether a key lies in the head if it is there at all.
    fn is_in_head(&self, key: &[u8]) -> bool {
        key.first().copied() < self.head.complete_below && !key.is_empty()
    }

    async fn look_up(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(newer) = self.overlay.get(key) {
            return Ok(newer.map(<[u8]>::to_vec));
        }
        if self.is_in_head(key) {
            return Ok(None);
        }
        let places = self.leaves(&[key]).await?;
        Ok(places.first().and_then(|place| place.get(key)).map(<[u8]>::to_vec))
    }

    async fn approach_with(
        &self,
        overlay: &Overlay,
        range: &Range,
        offset: u64,
        limit: usize,
    ) -> Result<(), StoreError> {
        let mut spans = vec![self.whole()?];
        loop {
            let mut pieces = self.pieces(&spans, overlay)?;
            // Where the range begins is known as well as the piece that it begins in is small.
            let Some(first) = pieces.iter().find(|piece| piece.holds(&range.start)) else {
                return Ok(());
            };
            let from = first.before.saturating_add(offset);
            let to = first.after.saturating_add(offset).saturating_add(super::page::to_u64(limit));
            pieces.retain(|piece| {
                piece.holds(&range.start)
                    || range.end.as_ref().is_some_and(|end| piece.holds(end))
                    || (piece.meets(from, to) && range.ends_after(&piece.low))
            });
            spans = self.descend(pieces).await?;
        }
    }

    /// Everything.
    fn whole(&self) -> Result<Span, StoreError> {
        Ok(Span { node: self.root()?, low: Vec::new(), high: None, before: 0 })
    }

    /// What lies below, in order; nothing below leaves.
    fn pieces(&self, spans: &[Span], overlay: &Overlay) -> Result<Vec<Piece>, StoreError> {
        let mut pieces = Vec::new();
        for span in spans {
            span.add_pieces(overlay, &mut pieces).ok_or_else(|| self.miscounted())?;
        }
        Ok(pieces)
    }

    /// Reads pieces, in one call.
    async fn descend(&self, pieces: Vec<Piece>) -> Result<Vec<Span>, StoreError> {
        let pages: Vec<PageRef> = pieces.iter().map(|piece| piece.page.clone()).collect();
        let nodes = self.pages.load(&pages).await?;
        let span = |(node, piece): (Rc<Node>, Piece)| {
            let Piece { low, high, before, .. } = piece;
            Span { node, low, high, before }
        };
        Ok(nodes.into_iter().zip(pieces).map(span).collect())
    }

    /// Number of keys, merged with the overlay, before the start and before the end of a range.
    async fn ranks(&self, overlay: &Overlay, range: &Range) -> Result<(u64, u64), StoreError> {
        let mut keys = vec![range.start.as_slice()];
        keys.extend(range.end.as_deref());
        let places = self.leaves(&keys).await?;
        let rank = |key: &[u8], place: &Place| {
            place.rank(key).checked_add_signed(overlay.delta_before(key))
        };
        let start = places.first().and_then(|place| rank(&range.start, place));
        let end = match (&range.end, places.get(1)) {
            (Some(end), Some(place)) => rank(end, place),
            _ => self.root()?.count().checked_add_signed(overlay.delta()),
        };
        match (start, end) {
            (Some(start), Some(end)) if start <= end => Ok((start, end)),
            (Some(start), Some(_)) => Ok((start, start)),
            _ => Err(self.miscounted()),
        }
    }

    /// The records at positions `from..to` of the merged order.
    async fn slice(
        &self,
        overlay: &Overlay,
        from: u64,
        to: u64,
    ) -> Result<Vec<Record>, StoreError> {
        let mut spans = vec![self.whole()?];
        while let Some(Node::Inner(_)) = spans.first().map(|span| &*span.node) {
            let mut pieces = self.pieces(&spans, overlay)?;
            pieces.retain(|piece| piece.meets(from, to));
            spans = self.descend(pieces).await?;
        }
        let mut records = Vec::new();
        for span in spans {
            let Node::Leaf(leaf) = &*span.node else {
                return Err(self.corrupt("its leaves are not at one depth"));
            };
            let merged = overlay.merge(leaf, &span.low, span.high.as_deref());
            for (position, record) in (span.before..).zip(merged) {
                if (from..to).contains(&position) {
                    records.push(record);
                }
            }
        }
        Ok(records)
    }

    pub(super) async fn count_with(
        &self,
        overlay: &Overlay,
        range: &Range,
    ) -> Result<u64, StoreError> {
        let (start, end) = self.ranks(overlay, range).await?;
        Ok(end - start)
    }

    pub(super) async fn scan_with(
        &self,
        overlay: &Overlay,
        range: &Range,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        let (start, end) = self.ranks(overlay, range).await?;
        let from = start.saturating_add(offset).min(end);
        let to = from.saturating_add(super::page::to_u64(limit)).min(end);
        if from == to {
            return Ok(Vec::new());
        }
        let records = self.slice(overlay, from, to).await?;
        Ok(records.into_iter().map(|record| (record.key, record.value)).collect())
    }

    fn miscounted(&self) -> StoreError {
        self.corrupt("its counts contradict each other")
    }

    pub(super) fn corrupt(&self, detail: &str) -> StoreError {
        StoreError::Corrupt { key: self.head_key.to_owned(), detail: detail.to_owned() }
    }
}

impl<B: Backend> Reader for Snapshot<'_, B> {
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.look_up(key).await
    }

    async fn load(&self, keys: &[Vec<u8>]) -> Result<(), StoreError> {
        let is_in_tree = |key: &&[u8]| self.overlay.get(key).is_none() && !self.is_in_head(key);
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).filter(is_in_tree).collect();
        if !keys.is_empty() {
            self.leaves(&keys).await?;
        }
        Ok(())
    }

    async fn approach(&self, range: &Range, offset: u64, limit: usize) -> Result<(), StoreError> {
        self.approach_with(&self.overlay, range, offset, limit).await
    }

    async fn count(&self, range: &Range) -> Result<u64, StoreError> {
        self.count_with(&self.overlay, range).await
    }

    async fn scan(
        &self,
        range: &Range,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        self.scan_with(&self.overlay, range, offset, limit).await
    }

    async fn verify_pages(&self) -> Result<(), StoreError> {
        walk::verify_pages(self).await
    }

    fn name(&self) -> &str {
        &self.head.name
    }

    fn note(&self) -> Option<Vec<u8>> {
        self.head.note.clone()
    }

    fn propose_note(&self, _note: Vec<u8>) {}

    fn sequence(&self) -> u64 {
        self.head.sequence
    }

    fn chain(&self) -> [u8; 32] {
        self.head.chain
    }

    fn logged_writes_match(&self) -> Result<bool, StoreError> {
        self.head.logged_writes_match(self.head_key)
    }
}

/// Index of the child below which a key lies.
pub(super) fn child_of(children: &[PageRef], key: &[u8]) -> usize {
    children.partition_point(|child| child.first.as_slice() <= key).saturating_sub(1)
}

/// Where a key lies or would lie: a leaf, and the number of records in the leaves before it.
struct Place {
    before: u64,
    node: Rc<Node>,
}

impl Place {
    fn records(&self) -> &[Record] {
        match &*self.node {
            Node::Leaf(records) => records,
            Node::Inner(_) => &[],
        }
    }

    fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let records = self.records();
        let index = records.binary_search_by(|record| record.key.as_slice().cmp(key)).ok()?;
        Some(&records[index].value)
    }

    /// Number of records of the tree before the key.
    fn rank(&self, key: &[u8]) -> u64 {
        let before = self.records().partition_point(|record| record.key.as_slice() < key);
        self.before.saturating_add(super::page::to_u64(before))
    }
}

/// A node, the keys it answers for, and the number of merged records before them.
struct Span {
    node: Rc<Node>,
    low: Vec<u8>,
    high: Option<Vec<u8>>,
    before: u64,
}

impl Span {
    /// Adds what lies below the node. None if the counts are wrong.
    fn add_pieces(&self, overlay: &Overlay, pieces: &mut Vec<Piece>) -> Option<()> {
        let Node::Inner(children) = &*self.node else {
            return Some(());
        };
        let mut before = self.before;
        for (index, child) in children.iter().enumerate() {
            let low = if index == 0 { self.low.clone() } else { child.first.clone() };
            let high = match children.get(index + 1) {
                Some(next) => Some(next.first.clone()),
                None => self.high.clone(),
            };
            let delta_end =
                high.as_ref().map_or_else(|| overlay.delta(), |high| overlay.delta_before(high));
            let delta = delta_end - overlay.delta_before(&low);
            let after = before.checked_add(child.count.checked_add_signed(delta)?)?;
            pieces.push(Piece { page: child.clone(), low, high, before, after });
            before = after;
        }
        Some(())
    }
}

/// A page below a node, the keys it answers for, and the numbers of merged records before them and
/// before the next.
struct Piece {
    page: PageRef,
    low: Vec<u8>,
    high: Option<Vec<u8>>,
    before: u64,
    after: u64,
}

impl Piece {
    fn holds(&self, key: &[u8]) -> bool {
        self.low.as_slice() <= key && self.high.as_ref().is_none_or(|high| key < high.as_slice())
    }

    /// Whether it has some of the positions `from..to`.
    fn meets(&self, from: u64, to: u64) -> bool {
        self.before < to && self.after > from
    }
}
