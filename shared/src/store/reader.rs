//! Reading: lookups, exact counts and scans over one snapshot, at the cost of the tree's depth.
//!
//! Every inner node knows how many records lie below each child, and the overlay knows how many
//! more or fewer its writes make of them in any key range; so a position in the merged order is
//! found by descending, one node a level. Nodes of one level are read in one call.

use super::defect::{self, Defect};
use super::error::StoreError;
use super::head::Head;
use super::journal;
use super::key_value::Backend;
use super::named::Named;
use super::overlay::Overlay;
use super::page::{Node, Page, PageHash, PageId, PageRef, to_u64};
use super::walk;
use crate::value::page::Slice;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Pages read in one call, so that an answer of the host stays small.
const PAGES_PER_READ: usize = 256;

/// Pages that a part of a list may lie in before it is better to find out first where it does.
const PAGES_UNCERTAIN: usize = 8;

/// Pages kept by one request, before they are dropped and read again. Most are leaves, of 4 KiB.
pub(super) const CACHE_PAGES_MAX: usize = 2560;

/// A range of keys, read from its start or from its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    start: Vec<u8>,
    /// Exclusive; to the last key without one.
    end: Option<Vec<u8>>,
    order: Order,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Ascending,
    Descending,
}

impl Range {
    /// All keys that begin with `prefix`.
    pub fn prefix(prefix: &[u8]) -> Self {
        let mut end = prefix.to_vec();
        while let Some(last) = end.pop() {
            if let Some(next) = last.checked_add(1) {
                end.push(next);
                return Self::between(prefix.to_vec(), end);
            }
        }
        Self { start: prefix.to_vec(), end: None, order: Order::Ascending }
    }

    /// From `start` on, below `end`.
    pub fn between(start: Vec<u8>, end: Vec<u8>) -> Self {
        Self { start, end: Some(end), order: Order::Ascending }
    }

    /// A key alone.
    pub fn key(key: Vec<u8>) -> Self {
        // Nothing lies between a key and the same with a zero byte.
        let end = [key.as_slice(), &[0]].concat();
        Self::between(key, end)
    }

    /// The same keys, the last one first.
    pub fn reversed(self) -> Self {
        Self { order: Order::Descending, ..self }
    }

    /// Whether some keys of the range may lie from `low` on and below `high`.
    fn meets(&self, low: &[u8], high: Option<&[u8]>) -> bool {
        self.end.as_ref().is_none_or(|end| low < end.as_slice())
            && high.is_none_or(|high| self.start.as_slice() < high)
    }

    /// Of the records at positions `start..end`, which are those of the range, at most `limit`
    /// after the first `offset`.
    fn part(&self, start: u64, end: u64, offset: u64, limit: usize) -> std::ops::Range<u64> {
        let limit = to_u64(limit);
        match self.order {
            Order::Ascending => {
                let from = start.saturating_add(offset).min(end);
                from..from.saturating_add(limit).min(end)
            }
            Order::Descending => {
                let to = end.saturating_sub(offset).max(start);
                to.saturating_sub(limit).max(start)..to
            }
        }
    }

    /// Where it begins, and where it ends unless that is at the last key.
    pub(super) fn bounds(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(self.start.as_slice()).chain(self.end.as_deref())
    }

    /// The part of this range from a key in it on.
    pub fn starting_at(self, start: Vec<u8>) -> Self {
        Self { start, ..self }
    }

    /// The part of this range behind a key in it.
    pub fn after(self, key: &[u8]) -> Self {
        // Nothing lies between a key and the same with a zero byte.
        Self { start: [key, &[0]].concat(), ..self }
    }

    /// Whether a key lies in the range.
    pub fn holds(&self, key: &[u8]) -> bool {
        key >= self.start.as_slice() && self.end.as_ref().is_none_or(|end| key < end.as_slice())
    }
}

/// A part of a range: at most `limit` of its records after the first `offset`.
#[derive(Clone, Copy, Debug)]
pub struct Part<'r> {
    /// The range.
    pub range: &'r Range,
    /// How many of its records lie before the part.
    pub offset: u64,
    /// How many lie in it, at most.
    pub limit: usize,
}

impl<'r> Part<'r> {
    /// The part of a range that a list is asked for.
    pub fn of(range: &'r Range, slice: Slice) -> Self {
        Self { range, offset: slice.offset, limit: slice.limit }
    }
}

/// What can be read of a snapshot, inside a transaction and outside.
#[async_trait(?Send)]
pub trait Reader {
    /// Looks a key up.
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Reads what later lookups of these keys need, one call a level of the tree.
    async fn load(&self, keys: &[Vec<u8>]) -> Result<(), StoreError>;

    /// Reads what [`part`](Self::part) of each of these needs, one call a level of the tree: one
    /// after the other they would go down again. What was read once is not looked for again.
    async fn approach(&self, parts: &[Part<'_>]) -> Result<(), StoreError>;

    /// Number of keys in the range.
    async fn count(&self, range: &Range) -> Result<u64, StoreError>;

    /// At most `limit` keys and values of the range in its order, after the first `offset`.
    async fn scan(
        &self,
        range: &Range,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        Ok(self.part(Part { range, offset, limit }).await?.1)
    }

    /// [`count`](Self::count) and [`scan`](Self::scan) in one.
    async fn part(&self, part: Part<'_>) -> Result<(u64, Vec<(Vec<u8>, Vec<u8>)>), StoreError>;

    /// Checks that every page is what its reference says.
    async fn verify_pages(&self) -> Result<(), StoreError>;

    /// The name in the head.
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

/// Pages that were read, by identity. Pages never change, so nothing in here grows stale: what reads
/// and then writes can share them, and reads none of them twice.
#[derive(Clone, Default)]
pub struct KnownPages(Rc<RefCell<BTreeMap<PageId, Rc<Page>>>>);

/// Pages by identity.
pub(super) struct Pages<'a> {
    pub(super) backend: &'a dyn Backend,
    read: KnownPages,
    missing: Cell<bool>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(backend: &'a dyn Backend, known: KnownPages) -> Self {
        Self { backend, read: known, missing: Cell::new(false) }
    }

    /// Whether a page was missing.
    pub(super) fn missing(&self) -> bool {
        self.missing.get()
    }

    /// Whether a page was missing since this was last asked: the snapshot is too old to be read.
    pub(super) fn take_missing(&self) -> bool {
        self.missing.replace(false)
    }

    /// Notes that something is gone that the snapshot needs: it is too old to be read.
    pub(super) fn note_missing(&self) {
        self.missing.set(true);
    }

    /// Reads pages, those not read before in as few calls as may be.
    pub(super) async fn load(&self, pages: &[PageRef]) -> Result<Vec<Rc<Page>>, StoreError> {
        let mut found = self.known(pages);
        let unknown = pages.iter().zip(&found).filter(|(_, known)| known.is_none());
        let mut wanted: Vec<PageRef> = unknown.map(|(page, _)| *page).collect();
        if wanted.is_empty() {
            return Ok(found.into_iter().flatten().collect());
        }
        wanted.sort_unstable_by_key(|page| page.id);
        wanted.dedup_by_key(|page| page.id);
        let read = self.read_pages(&wanted).await?;
        for (page, found) in pages.iter().zip(&mut found) {
            if found.is_none() {
                *found = read.get(&page.id).cloned();
            }
        }
        let mut kept = self.read.0.borrow_mut();
        if kept.len() + read.len() > CACHE_PAGES_MAX {
            kept.clear();
        }
        kept.extend(read);
        Ok(found.into_iter().flatten().collect())
    }

    /// Reads a page, unless it has been read.
    pub(super) async fn load_one(&self, page: PageRef) -> Result<Rc<Page>, StoreError> {
        let known = self.read.0.borrow().get(&page.id).cloned();
        match known {
            Some(known) => Ok(known),
            None => {
                let read = self.load(&[page]).await?.pop();
                read.ok_or_else(|| StoreError::MissingPage(page.id.key()))
            }
        }
    }

    /// Of each page, what has been read.
    fn known(&self, pages: &[PageRef]) -> Vec<Option<Rc<Page>>> {
        let read = self.read.0.borrow();
        pages.iter().map(|page| read.get(&page.id).cloned()).collect()
    }

    /// Reads pages that are in the order of their identities, each once.
    async fn read_pages(
        &self,
        wanted: &[PageRef],
    ) -> Result<BTreeMap<PageId, Rc<Page>>, StoreError> {
        let mut read = BTreeMap::new();
        let keys: Vec<String> = wanted.iter().map(|page| page.id.key()).collect();
        for keys in keys.chunks(PAGES_PER_READ) {
            for (key, bytes) in self.fetch(keys).await? {
                let place = |id| wanted.binary_search_by_key(&id, |page| page.id).ok();
                if let Some(place) = PageId::of_key(&key).and_then(place) {
                    let page = &wanted[place];
                    read.insert(page.id, Rc::new(check(&key, page, bytes)?));
                }
            }
        }
        if defect::present(Defect::TakesMissingForEmpty) {
            let empty = Rc::new(Page::decode("", Node::EMPTY.encode().into())?);
            for page in wanted {
                read.entry(page.id).or_insert_with(|| Rc::clone(&empty));
            }
        }
        if let Some(page) = wanted.iter().find(|page| !read.contains_key(&page.id)) {
            self.missing.set(true);
            return Err(StoreError::MissingPage(page.id.key()));
        }
        Ok(read)
    }

    async fn fetch(&self, keys: &[String]) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        match keys {
            [key] => {
                let value = self.backend.get(key).await?;
                Ok(value.map(|value| (key.clone(), value)).into_iter().collect())
            }
            keys => Ok(self.backend.get_all(keys).await?),
        }
    }
}

/// A page is what its reference says, or it is nothing.
pub(super) fn check(key: &str, page: &PageRef, bytes: Vec<u8>) -> Result<Page, StoreError> {
    let corrupt = |detail: &str| StoreError::Corrupt { key: key.to_owned(), detail: detail.into() };
    if PageHash::of(&bytes) != page.hash {
        return Err(corrupt("its hash is not the one referred to"));
    }
    let read = Page::decode(key, bytes.into())?;
    if read.count() != page.count {
        return Err(corrupt("its number of records is not the one referred to"));
    }
    Ok(read)
}

/// One consistent state of everything under a head.
pub struct Snapshot<'a> {
    pub(super) head_key: &'a str,
    pub(super) head: Head,
    /// Decoded when it is first needed.
    root: OnceCell<Rc<Page>>,
    pub(super) overlay: Overlay,
    pub(super) pages: &'a Pages<'a>,
    /// Parts whose pages have been read.
    approached: RefCell<BTreeSet<(Range, u64, usize)>>,
}

impl<'a> Snapshot<'a> {
    pub(super) fn new(
        head_key: &'a str,
        bytes: Vec<u8>,
        pages: &'a Pages<'a>,
    ) -> Result<Self, StoreError> {
        let head = Head::decode(head_key, &bytes.into())?;
        let overlay = head.overlay(head_key)?;
        let (root, approached) = (OnceCell::new(), RefCell::default());
        Ok(Self { head_key, head, root, overlay, pages, approached })
    }

    /// All records, with the journal and without what the store notes of its own pages.
    pub fn all_records(&self) -> Range {
        Range { start: Vec::new(), ..Range::prefix(&journal::prefix()) }
    }

    /// Time of the last transaction, or of the head's creation, milliseconds since 1970.
    pub fn time_ms(&self) -> i64 {
        self.head.time_ms
    }

    /// The snapshots of this head, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn named(&self) -> Result<Vec<Named>, StoreError> {
        self.head.named()
    }

    /// Whether there is no newer head yet, and none that gives another transaction its turn.
    pub(super) async fn is_newest(&self) -> Result<bool, StoreError> {
        let bytes = self.pages.backend.get(self.head_key).await?;
        let bytes = bytes.ok_or_else(|| StoreError::NoHead(self.head_key.to_owned()))?;
        let newest = Head::decode(self.head_key, &bytes.into())?;
        let is_newer =
            newest.sequence != self.head.sequence || newest.restored != self.head.restored;
        Ok(!is_newer && newest.turn == self.head.turn)
    }

    /// How long the log is.
    pub(crate) fn log_bytes(&self) -> usize {
        self.head.log.len()
    }

    /// Why the store must not be written, if its self-test has found it unfit.
    pub(crate) fn unfit(&self) -> Option<&str> {
        self.head.unfit.as_deref()
    }

    /// Time of the last transaction.
    pub(crate) fn time(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.head.time_ms).unwrap_or_default()
    }

    /// About how many pages the tree has, its root aside: exact up to some ten thousand, since a
    /// level of more pages than one call reads is estimated from some of them.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn pages_estimate(&self) -> Result<u64, StoreError> {
        let mut level: Vec<PageRef> = self.root()?.children().collect();
        let (mut in_level, mut pages) = (to_u64(level.len()), 0_u64);
        while !level.is_empty() {
            pages = pages.saturating_add(in_level);
            let step = level.len().div_ceil(PAGES_PER_READ);
            let sample: Vec<PageRef> = level.iter().step_by(step).copied().collect();
            let read = self.pages.load(&sample).await?;
            level = read.iter().flat_map(|page| page.children()).collect();
            in_level = in_level.saturating_mul(to_u64(level.len())) / to_u64(sample.len());
        }
        Ok(pages)
    }

    /// Finds the leaf of each key, reading one level at a time.
    pub(super) async fn leaves(&self, keys: &[&[u8]]) -> Result<Vec<Place>, StoreError> {
        self.leaves_below(&self.root()?, keys).await
    }

    /// Finds the leaf of each key below a page that answers for all of them.
    pub(super) async fn leaves_below(
        &self,
        page: &Rc<Page>,
        keys: &[&[u8]],
    ) -> Result<Vec<Place>, StoreError> {
        let mut places: Vec<Place> =
            keys.iter().map(|_| Place { above: Vec::new(), page: Rc::clone(page) }).collect();
        // All leaves lie at one depth.
        while places.first().is_some_and(|place| place.page.is_inner()) {
            let mut below = Vec::with_capacity(places.len());
            for (place, key) in places.iter_mut().zip(keys) {
                if !place.page.is_inner() {
                    return Err(self.corrupt("its leaves are not at one depth"));
                }
                let child = place.page.child_of(key);
                below.push(place.page.child(child));
                place.above.push((Rc::clone(&place.page), child));
            }
            for (place, page) in places.iter_mut().zip(self.pages.load(&below).await?) {
                place.page = page;
            }
        }
        Ok(places)
    }

    /// The root of the tree. Requests that find all they need in the head never decode it.
    pub(super) fn root(&self) -> Result<Rc<Page>, StoreError> {
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
        let mut page = self.root()?;
        while page.is_inner() {
            page = self.pages.load_one(page.child(page.child_of(key))).await?;
        }
        Ok(page.get(key).map(<[u8]>::to_vec))
    }

    /// Whether a record is there, as far as that can be said without a read: None if its page has not
    /// been read.
    pub(super) fn is_known_to_hold(&self, key: &[u8]) -> Option<bool> {
        if let Some(newer) = self.overlay.get(key) {
            return Some(newer.is_some());
        }
        if self.is_in_head(key) {
            return Some(false);
        }
        let mut page = self.root().ok()?;
        while page.is_inner() {
            page = self.pages.known(&[page.child(page.child_of(key))]).pop()??;
        }
        Some(page.get(key).is_some())
    }

    /// Reads the pages that these parts need, one level in one call. A part whose place is so
    /// uncertain that it may lie in many pages waits until more is known of where its range begins.
    async fn descend_to(&self, parts: &[Part<'_>]) -> Result<(), StoreError> {
        let total = self.total(&self.overlay)?;
        let mut places: Vec<Uncertain<'_>> =
            parts.iter().map(|part| Uncertain::new(*part, total)).collect();
        let mut spans = vec![self.whole()?];
        loop {
            places.iter_mut().for_each(|place| place.find(&spans, &self.overlay));
            spans.retain(|span| span.page.is_inner());
            if spans.is_empty() {
                return Ok(());
            }
            let spreads = spans.iter().map(|span| span.spread(&self.overlay));
            let spreads: Vec<Spread<'_>> =
                spreads.collect::<Option<_>>().ok_or_else(|| self.miscounted())?;
            let mut children = vec![Vec::new(); spreads.len()];
            let mut is_waited_for = vec![false; spreads.len()];
            for place in &mut places {
                let may_wait = place.narrow(&spreads);
                let found: Vec<_> =
                    spreads.iter().map(|spread| place.children_of(spread)).collect();
                let pages: usize = found.iter().map(|(_, between)| between.len()).sum();
                let waits = may_wait && pages > PAGES_UNCERTAIN;
                for (index, (ends, between)) in found.into_iter().enumerate() {
                    if !spreads[index].span.is_entered {
                        children[index].extend(ends);
                    }
                    if waits {
                        is_waited_for[index] |= !between.is_empty();
                    } else {
                        children[index].extend(between);
                    }
                }
            }
            let mut below = Vec::new();
            for (spread, mut children) in spreads.iter().zip(children) {
                children.sort_unstable();
                children.dedup();
                below.extend(children.into_iter().map(|child| spread.below(child)));
            }
            let waiting = spans.into_iter().zip(is_waited_for);
            let waiting: Vec<Span> = waiting
                .filter_map(|(span, waits)| waits.then_some(Span { is_entered: true, ..span }))
                .collect();
            spans = self.descend(below).await?;
            spans.extend(waiting);
        }
    }

    /// Everything.
    fn whole(&self) -> Result<Span, StoreError> {
        let (low, high) = (Vec::new(), None);
        Ok(Span { page: self.root()?, low, high, before: 0, is_entered: false })
    }

    /// Reads what lies below, in one call.
    async fn descend(&self, below: Vec<Below>) -> Result<Vec<Span>, StoreError> {
        let pages: Vec<PageRef> = below.iter().map(|below| below.page).collect();
        let pages = self.pages.load(&pages).await?;
        let span = |(page, below): (Rc<Page>, Below)| {
            let Below { low, high, before, .. } = below;
            Span { page, low, high, before, is_entered: false }
        };
        Ok(pages.into_iter().zip(below).map(span).collect())
    }

    /// Number of all keys, merged with the overlay.
    fn total(&self, overlay: &Overlay) -> Result<u64, StoreError> {
        let total = self.root()?.count().checked_add_signed(overlay.delta());
        total.ok_or_else(|| self.miscounted())
    }

    /// Number of keys, merged with the overlay, before the start and before the end of a range.
    async fn ranks(&self, overlay: &Overlay, range: &Range) -> Result<(u64, u64), StoreError> {
        let places = self.leaves(&range.bounds().collect::<Vec<_>>()).await?;
        let rank = |key: &[u8], place: &Place| {
            place.rank(key).checked_add_signed(overlay.delta_before(key))
        };
        let start = places.first().and_then(|place| rank(&range.start, place));
        let end = match (&range.end, places.get(1)) {
            (Some(end), Some(place)) => rank(end, place),
            _ => Some(self.total(overlay)?),
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
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        let mut spans = vec![self.whole()?];
        while spans.first().is_some_and(|span| span.page.is_inner()) {
            let mut below = Vec::new();
            for span in &spans {
                let spread = span.spread(overlay).ok_or_else(|| self.miscounted())?;
                below.extend(spread.meeting(from, to).map(|child| spread.below(child)));
            }
            spans = self.descend(below).await?;
        }
        let mut records = Vec::new();
        for span in spans {
            if span.page.is_inner() {
                return Err(self.corrupt("its leaves are not at one depth"));
            }
            let merged = overlay.merge(&span.page, &span.low, span.high.as_deref());
            for (position, (key, value)) in (span.before..).zip(merged) {
                if (from..to).contains(&position) {
                    records.push((key.to_vec(), value.to_vec()));
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

    pub(super) async fn part_with(
        &self,
        overlay: &Overlay,
        Part { range, offset, limit }: Part<'_>,
    ) -> Result<(u64, Vec<(Vec<u8>, Vec<u8>)>), StoreError> {
        let (start, end) = self.ranks(overlay, range).await?;
        let part = range.part(start, end, offset, limit);
        if part.is_empty() {
            return Ok((end - start, Vec::new()));
        }
        let mut records = self.slice(overlay, part.start, part.end).await?;
        if range.order == Order::Descending {
            records.reverse();
        }
        Ok((end - start, records))
    }

    fn miscounted(&self) -> StoreError {
        self.corrupt("its counts contradict each other")
    }

    pub(super) fn corrupt(&self, detail: &str) -> StoreError {
        StoreError::Corrupt { key: self.head_key.to_owned(), detail: detail.to_owned() }
    }
}

#[async_trait(?Send)]
impl Reader for Snapshot<'_> {
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

    async fn approach(&self, parts: &[Part<'_>]) -> Result<(), StoreError> {
        let (parts, owned): (Vec<Part<'_>>, Vec<_>) = {
            let approached = self.approached.borrow();
            let owned = parts.iter().map(|part| (*part, part.owned()));
            owned.filter(|(_, owned)| !approached.contains(owned)).unzip()
        };
        if !parts.is_empty() {
            self.descend_to(&parts).await?;
            self.approached.borrow_mut().extend(owned);
        }
        Ok(())
    }

    async fn count(&self, range: &Range) -> Result<u64, StoreError> {
        self.count_with(&self.overlay, range).await
    }

    async fn part(&self, part: Part<'_>) -> Result<(u64, Vec<(Vec<u8>, Vec<u8>)>), StoreError> {
        self.part_with(&self.overlay, part).await
    }

    async fn verify_pages(&self) -> Result<(), StoreError> {
        walk::verify_pages(self).await
    }

    fn name(&self) -> &str {
        &self.head.name
    }

    fn note(&self) -> Option<Vec<u8>> {
        self.head.note.as_deref().map(<[u8]>::to_vec)
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

impl Part<'_> {
    fn owned(self) -> (Range, u64, usize) {
        (self.range.clone(), self.offset, self.limit)
    }
}

/// Where a part lies, as well as it is known while its pages are looked for.
struct Uncertain<'p> {
    part: Part<'p>,
    /// The positions that its records may have.
    positions: std::ops::Range<u64>,
    /// How many positions the end of its range may have from which it is counted.
    choices: u64,
}

impl<'p> Uncertain<'p> {
    fn new(part: Part<'p>, total: u64) -> Self {
        let mut place = Self { part, positions: 0..0, choices: 0 };
        place.counted_from(if place.anchor().is_some() { 0 } else { total }, total);
        place
    }

    /// The end of the range from which the part is counted, unless that is the last key.
    fn anchor(&self) -> Option<&'p [u8]> {
        match self.part.range.order {
            Order::Ascending => Some(&self.part.range.start),
            Order::Descending => self.part.range.end.as_deref(),
        }
    }

    /// That end has one of the positions `first..=last`.
    fn counted_from(&mut self, first: u64, last: u64) {
        let Part { range, offset, limit } = self.part;
        let limit = to_u64(limit);
        self.positions = match range.order {
            Order::Ascending => {
                first.saturating_add(offset)..last.saturating_add(offset).saturating_add(limit)
            }
            Order::Descending => {
                first.saturating_sub(offset).saturating_sub(limit)..last.saturating_sub(offset)
            }
        };
        self.choices = last.saturating_sub(first);
    }

    /// Learns from the leaf with the end of the range, once it has been reached.
    fn find(&mut self, spans: &[Span], overlay: &Overlay) {
        let position = |key| spans.iter().find_map(|span| span.position_in_leaf(key, overlay));
        if let Some(position) = self.anchor().and_then(position) {
            self.counted_from(position, position);
        }
    }

    /// Learns from the inner pages that have been reached. Answers whether the next ones will tell
    /// more, and the part may lie in many places only because its own is so uncertain.
    fn narrow(&mut self, spreads: &[Spread<'_>]) -> bool {
        let Some(anchor) = self.anchor() else {
            return false;
        };
        let mut fresh = spreads.iter().filter(|spread| !spread.span.is_entered);
        let held = fresh.find_map(|spread| Some((spread, spread.span.holding(anchor)?)));
        let Some((spread, child)) = held else {
            return false;
        };
        self.counted_from(spread.start(child), spread.start(child + 1));
        self.choices > to_u64(self.part.limit)
    }

    /// The children in which the range begins and ends, and the others that may have some of the
    /// part.
    fn children_of(&self, spread: &Spread<'_>) -> (Vec<usize>, Vec<usize>) {
        let Part { range, .. } = self.part;
        let ends: Vec<usize> = range.bounds().filter_map(|key| spread.span.holding(key)).collect();
        let met = spread.meeting(self.positions.start, self.positions.end);
        let is_met = |child: &usize| {
            !ends.contains(child) && range.meets(spread.span.low(*child), spread.span.high(*child))
        };
        let between = met.filter(is_met).collect();
        (ends, between)
    }
}

/// Where a key lies or would lie: a page, and those on the way to it with the child that leads on.
pub(super) struct Place {
    above: Vec<(Rc<Page>, usize)>,
    page: Rc<Page>,
}

impl Place {
    /// Whether a page lies on the way.
    pub(super) fn passes(&self, id: PageId) -> bool {
        self.above.iter().any(|(page, child)| page.child(*child).id == id)
    }

    /// Number of records of the tree before the key.
    fn rank(&self, key: &[u8]) -> u64 {
        let left = |(page, child): &(Rc<Page>, usize)| page.count_before(*child);
        let before = self.above.iter().map(left).fold(0, u64::saturating_add);
        before.saturating_add(to_u64(self.page.rank(key)))
    }
}

/// A page, the keys it answers for, and the number of merged records before them.
struct Span {
    page: Rc<Page>,
    low: Vec<u8>,
    high: Option<Vec<u8>>,
    before: u64,
    /// Whether what is below the ends of ranges in it has been read.
    is_entered: bool,
}

impl Span {
    fn answers_for(&self, key: &[u8]) -> bool {
        self.low.as_slice() <= key && self.high.as_ref().is_none_or(|high| key < high.as_slice())
    }

    /// The child that answers for a key, if one does.
    fn holding(&self, key: &[u8]) -> Option<usize> {
        (self.page.is_inner() && self.answers_for(key)).then(|| self.page.child_of(key))
    }

    /// The position of a key that this leaf answers for, if it does.
    fn position_in_leaf(&self, key: &[u8], overlay: &Overlay) -> Option<u64> {
        if self.page.is_inner() || !self.answers_for(key) {
            return None;
        }
        let delta = overlay.delta_before(key).checked_sub(overlay.delta_before(&self.low))?;
        let rank = to_u64(self.page.rank(key)).checked_add_signed(delta)?;
        self.before.checked_add(rank)
    }

    /// The lowest key that a child answers for.
    fn low(&self, child: usize) -> &[u8] {
        if child == 0 { &self.low } else { self.page.child_first(child) }
    }

    /// The key up to which a child answers, exclusive.
    fn high(&self, child: usize) -> Option<&[u8]> {
        if child + 1 < self.page.children_len() {
            Some(self.page.child_first(child + 1))
        } else {
            self.high.as_deref()
        }
    }

    /// Where the children lie in the merged order. None if the counts are wrong.
    fn spread(&self, overlay: &Overlay) -> Option<Spread<'_>> {
        let children = 0..self.page.children_len();
        let mut starts = Vec::with_capacity(children.len() + 1);
        starts.push(self.before);
        let mut records = 0_u64;
        let deltas =
            overlay.deltas_between(&self.low, children.clone().map(|child| self.high(child)));
        for (child, delta) in children.zip(deltas) {
            records = records.checked_add(self.page.child_count(child))?;
            let merged = records.checked_add_signed(delta)?;
            starts.push(self.before.checked_add(merged)?);
        }
        starts.is_sorted().then_some(Spread { span: self, starts })
    }
}

/// The positions of the children of a page in the merged order.
struct Spread<'s> {
    span: &'s Span,
    /// Where each child begins, and where the last one ends.
    starts: Vec<u64>,
}

impl Spread<'_> {
    /// Where a child begins, or behind the last one where that ends.
    fn start(&self, child: usize) -> u64 {
        self.starts.get(child).copied().unwrap_or(u64::MAX)
    }

    /// The children that have some of the positions `from..to`.
    fn meeting(&self, from: u64, to: u64) -> std::ops::Range<usize> {
        let children = self.span.page.children_len();
        let first = self.starts[1..].partition_point(|end| *end <= from);
        let end = self.starts[..children].partition_point(|start| *start < to);
        first..end.max(first)
    }

    fn below(&self, child: usize) -> Below {
        Below {
            page: self.span.page.child(child),
            low: self.span.low(child).to_vec(),
            high: self.span.high(child).map(<[u8]>::to_vec),
            before: self.start(child),
        }
    }
}

/// A page below a span that is to be read.
struct Below {
    page: PageRef,
    low: Vec<u8>,
    high: Option<Vec<u8>>,
    before: u64,
}
