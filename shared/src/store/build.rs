//! Builds: a tree of records that come in the order of their keys, as an export gives them.
//!
//! Every page is written once and full; only the nodes at the right edge are open. Between two
//! requests they lie under a key of the build's own, with a note of whoever builds, so a build that
//! broke off goes on from there. Nothing refers to the pages before a head is made of the build.
//!
//! Each request that goes on with a build writes pages of a fold identity of its own, and the build
//! says beforehand how many those may be: what a request has written that died, the next one
//! deletes. Two requests at one time do no harm: the swap of the build decides, and the one that
//! loses it ends.
//!
//! A request may write some pages after all is over. So a list of what any may have written stays
//! beside the build until the sweep has deleted that once more, after an hour.

use super::defect::{self, Defect};
use super::error::StoreError;
use super::fold::{self, ROOT_BYTES_MAX};
use super::frame::Frame;
use super::head::{HOT_BELOW, Head};
use super::journal::{self, JournalEntry};
use super::key_value::{Backend, Swap, Watch};
use super::limit::limits;
use super::order::compare;
use super::overlay::{self, Change};
use super::page::{
    Branch, FoldId, Item, KEY_BYTES_MAX, Node, Page, PageHash, PageId, PageRef, Record,
    VALUE_BYTES_MAX,
};
use minicbor::{Decode, Encode};

const FRAME: Frame = Frame { magic: *b"PT", format: 1 };

const FRAME_WRITTEN: Frame = Frame { magic: *b"PW", format: 1 };

/// Pages of one request at most: three bytes number them.
const PAGES_MAX: u32 = 1 << 23;

/// What hot records may take of the head.
const HOT_BYTES_MAX: usize = fold::HOT_BYTES_MAX;

/// A node that takes more items at its end.
struct Open<T> {
    items: Vec<T>,
    bytes: usize,
}

impl<T: Item> Open<T> {
    fn of(items: Vec<T>) -> Self {
        let bytes = items.iter().map(Item::bytes).sum();
        Self { items, bytes }
    }

    /// Takes an item. Answers the items before it if they fill a page.
    fn push(&mut self, item: T) -> Option<Vec<T>> {
        let bytes = item.bytes();
        let is_full = self.bytes > 0 && self.bytes + bytes > T::PAGE_BYTES;
        let full = is_full.then(|| std::mem::take(self).items);
        self.bytes += bytes;
        self.items.push(item);
        full
    }
}

impl<T> Default for Open<T> {
    fn default() -> Self {
        Self { items: Vec::new(), bytes: 0 }
    }
}

/// Pages of one request.
#[derive(Clone, Copy, Debug, Encode, Decode)]
struct Writer {
    #[cbor(n(0), with = "minicbor::bytes")]
    id: [u8; FoldId::BYTES],
    /// Those that the build refers to.
    #[n(1)]
    pages: u32,
    /// Those that may have been written.
    #[n(2)]
    reserved: u32,
}

impl Writer {
    fn keys(self, from: u32) -> impl Iterator<Item = String> {
        (from..self.reserved).map(move |index| FoldId(self.id).page(index).key())
    }
}

/// A build as it is stored.
#[derive(Encode, Decode)]
struct Stored {
    #[n(0)]
    name: String,
    /// The hot records and those of the open leaf, as pages.
    #[cbor(n(1), with = "minicbor::bytes")]
    hot: Vec<u8>,
    #[n(2)]
    complete_below: u8,
    #[cbor(n(3), with = "minicbor::bytes")]
    leaf: Vec<u8>,
    /// The open inner nodes, as pages, the lowest first.
    #[n(4)]
    inner: Vec<minicbor::bytes::ByteVec>,
    #[cbor(n(5), with = "minicbor::bytes")]
    last_key: Vec<u8>,
    #[n(6)]
    records: u64,
    #[n(7)]
    sequence: u64,
    #[cbor(n(8), with = "minicbor::bytes")]
    chain: [u8; 32],
    #[n(9)]
    time_ms: i64,
    #[n(10)]
    writers: Vec<Writer>,
    #[n(11)]
    asides: Vec<minicbor::bytes::ByteArray<16>>,
    /// The root, once the tree is whole.
    #[cbor(n(12), with = "minicbor::bytes")]
    root: Option<Vec<u8>>,
    /// What whoever builds wants to know when it goes on.
    #[cbor(n(13), with = "minicbor::bytes")]
    note: Vec<u8>,
}

/// A tree that is being built.
pub struct Build<'b> {
    backend: &'b dyn Backend,
    key: String,
    /// As it was stored last, and for the next swap.
    before: Vec<u8>,
    watch: Option<Watch>,
    name: String,
    hot: Open<Record>,
    complete_below: u8,
    leaf: Open<Record>,
    inner: Vec<Open<Branch>>,
    last_key: Vec<u8>,
    records: u64,
    sequence: u64,
    chain: [u8; 32],
    time_ms: i64,
    writers: Vec<Writer>,
    asides: Vec<PageId>,
    root: Option<Vec<u8>>,
    note: Vec<u8>,
    /// Pages that are not in the store yet.
    queued: Vec<(String, Vec<u8>)>,
}

/// What is known of a tree once it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Built {
    /// Number of records, those of the journal among them.
    pub records: u64,
    /// Number of transactions.
    pub sequence: u64,
    /// The newest link of the journal's chain.
    pub chain: [u8; 32],
}

impl<'b> Build<'b> {
    /// The stored form of a build without records. `name` is that of the head, `time_ms` the time of
    /// a head without transactions.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] if that cannot be encoded.
    pub(super) fn begun(name: &str, time_ms: i64, note: &[u8]) -> Result<Vec<u8>, StoreError> {
        let empty = Node::EMPTY.encode();
        encoded(&Stored {
            name: name.to_owned(),
            hot: empty.clone(),
            complete_below: HOT_BELOW,
            leaf: empty,
            inner: Vec::new(),
            last_key: Vec::new(),
            records: 0,
            sequence: 0,
            chain: journal::genesis(name),
            time_ms,
            writers: Vec::new(),
            asides: Vec::new(),
            root: None,
            note: note.to_vec(),
        })
    }

    /// Goes on with the build under a key. None if there is none.
    ///
    /// # Errors
    /// [`StoreError::Contended`] when another request goes on with it as well; store failures.
    pub(super) async fn open(
        backend: &'b dyn Backend,
        key: &str,
    ) -> Result<Option<Self>, StoreError> {
        let (stored, watch) = backend.watch(key).await?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        let mut build = Self::decoded(backend, key, stored)?;
        build.watch = Some(watch);
        if build.root.is_some() {
            return Ok(Some(build));
        }
        let leftovers: Vec<String> =
            build.writers.iter().flat_map(|writer| writer.keys(writer.pages)).collect();
        let now_ms = u64::try_from(backend.now().timestamp_millis()).unwrap_or_default();
        let FoldId(id) = FoldId::new(now_ms, backend.random());
        build.writers.push(Writer { id, pages: 0, reserved: limits().reserved_at_once });
        build.swap().await?;
        fold::delete(backend, leftovers.into_iter()).await?;
        Ok(Some(build))
    }

    /// The note of the build under a key.
    ///
    /// # Errors
    /// Store failures.
    pub(super) async fn note_under(
        backend: &dyn Backend,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let stored = backend.get(key).await?;
        stored.map(|stored| decoded(key, &stored).map(|stored| stored.note)).transpose()
    }

    /// Deletes the build under a key with all that was written for it.
    ///
    /// # Errors
    /// Store failures; a repeat goes on.
    pub(super) async fn discard(backend: &dyn Backend, key: &str) -> Result<(), StoreError> {
        let Some(stored) = backend.get(key).await? else {
            return Ok(());
        };
        let mut writers = decoded(key, &stored)?.writers;
        writers.iter_mut().for_each(|writer| writer.pages = 0);
        end(backend, key, &writers, &[]).await
    }

    /// Deletes what is left of the build under a key, an hour after it has ended or died.
    ///
    /// # Errors
    /// Store failures; a repeat goes on.
    pub(super) async fn sweep(
        backend: &dyn Backend,
        key: &str,
        is_over: bool,
    ) -> Result<(), StoreError> {
        if is_over {
            if let Some(build) = Build::open(backend, key).await? {
                build.clear().await?;
            }
        } else {
            Self::discard(backend, key).await?;
        }
        let written_key = written_key(key);
        let Some(written) = backend.get(&written_key).await? else {
            return Ok(());
        };
        let writers: Vec<Writer> =
            from_cbor(&written_key, FRAME_WRITTEN.open(&written_key, &written)?)?;
        fold::delete(backend, writers.iter().flat_map(|writer| writer.keys(writer.pages))).await?;
        Ok(backend.delete_many(&[written_key]).await?)
    }

    /// Deletes what is of no use once a head refers to the tree.
    ///
    /// # Errors
    /// Store failures; a repeat goes on.
    pub async fn clear(self) -> Result<(), StoreError> {
        end(self.backend, &self.key, &self.writers, &self.asides).await
    }

    fn decoded(backend: &'b dyn Backend, key: &str, before: Vec<u8>) -> Result<Self, StoreError> {
        let stored = decoded(key, &before)?;
        let records = |bytes: Vec<u8>| {
            Ok::<_, StoreError>(Page::decode(key, bytes.into())?.to_records().collect())
        };
        let mut inner = Vec::with_capacity(stored.inner.len());
        for node in stored.inner {
            let page = Page::decode(key, Vec::from(node).into())?;
            inner.push(Open::of(page.branches().collect()));
        }
        Ok(Self {
            backend,
            key: key.to_owned(),
            watch: None,
            name: stored.name,
            hot: Open::of(records(stored.hot)?),
            complete_below: stored.complete_below,
            leaf: Open::of(records(stored.leaf)?),
            inner,
            last_key: stored.last_key,
            records: stored.records,
            sequence: stored.sequence,
            chain: stored.chain,
            time_ms: stored.time_ms,
            writers: stored.writers,
            asides: stored.asides.into_iter().map(|id| PageId(*id)).collect(),
            root: stored.root,
            note: stored.note,
            queued: Vec::new(),
            before,
        })
    }

    fn encoded(&self) -> Result<Vec<u8>, StoreError> {
        let inner = self.inner.iter().map(|node| Node::Inner(node.items.clone()).encode().into());
        encoded(&Stored {
            name: self.name.clone(),
            hot: Node::Leaf(self.hot.items.clone()).encode(),
            complete_below: self.complete_below,
            leaf: Node::Leaf(self.leaf.items.clone()).encode(),
            inner: inner.collect(),
            last_key: self.last_key.clone(),
            records: self.records,
            sequence: self.sequence,
            chain: self.chain,
            time_ms: self.time_ms,
            writers: self.writers.clone(),
            asides: self.asides.iter().map(|id| id.0.into()).collect(),
            root: self.root.clone(),
            note: self.note.clone(),
        })
    }

    /// Where it is stored.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// What was noted when the build was saved last.
    pub fn note(&self) -> &[u8] {
        &self.note
    }

    /// Whether the tree is whole.
    pub fn is_closed(&self) -> bool {
        self.root.is_some() || defect::present(Defect::TakesPartForWhole) && !self.inner.is_empty()
    }

    /// What has been built so far.
    pub fn built(&self) -> Built {
        Built { records: self.records, sequence: self.sequence, chain: self.chain }
    }

    /// Whether there is enough to be written: then [`save`](Self::save) is to be called.
    pub fn is_due(&self) -> bool {
        self.queued.len() >= limits().built_at_once
    }

    /// Adds a record behind all others.
    ///
    /// # Errors
    /// What is wrong with it. The build is of no use from then on: that it was saved before is.
    pub fn add(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), &'static str> {
        if self.root.is_some() {
            return Err("there are no records after the last one");
        }
        if key.len() > KEY_BYTES_MAX || value.len() > VALUE_BYTES_MAX {
            return Err("the record is too large");
        }
        if self.records > 0 && compare(&self.last_key, &key).is_ge() {
            return Err("the keys do not ascend");
        }
        let Some(kind) = key.first().copied() else {
            return Err("the key is empty");
        };
        if self.writers.last().is_none_or(|writer| writer.pages >= PAGES_MAX) {
            return Err("there are too many records for one request");
        }
        if kind == journal::RESERVED {
            self.follow(&key, &value)?;
        }
        self.last_key.clone_from(&key);
        self.records += 1;
        let record = Record { key: key.into(), value: value.into() };
        if kind < HOT_BELOW && self.hot.bytes + record.bytes() + HOT_EXTRA <= HOT_BYTES_MAX {
            self.hot.bytes += record.bytes() + HOT_EXTRA;
            self.hot.items.push(record);
            return Ok(());
        }
        if kind < HOT_BELOW {
            self.complete_below = self.complete_below.min(kind);
        }
        if let Some(full) = self.leaf.push(record) {
            self.seal(0, &Node::Leaf(full));
        }
        Ok(())
    }

    /// Takes an entry of the journal.
    fn follow(&mut self, key: &[u8], value: &[u8]) -> Result<(), &'static str> {
        let sequence = self.sequence.saturating_add(1);
        if key != journal::key(sequence) {
            return Err("it is not the next entry of the journal");
        }
        let entry = JournalEntry::decode(sequence, value);
        let entry = entry.map_err(|_| "it is no entry of a journal")?;
        if self.sequence > 0 && entry.time_ms < self.time_ms {
            return Err("the time of the journal goes back");
        }
        self.chain = journal::link(&self.chain, sequence, value);
        self.sequence = sequence;
        self.time_ms = entry.time_ms;
        Ok(())
    }

    /// Keeps something beside the tree until the build is cleared.
    pub fn put_aside(&mut self, bytes: Vec<u8>) {
        let id = self.write(bytes);
        self.asides.push(id);
    }

    /// What was put aside, in that order. Only of what has been saved.
    ///
    /// # Errors
    /// Store failures.
    pub async fn asides(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut found = Vec::with_capacity(self.asides.len());
        for id in &self.asides {
            let key = id.key();
            let bytes = self.backend.get(&key).await?;
            found.push(bytes.ok_or(StoreError::MissingPage(key))?);
        }
        Ok(found)
    }

    fn write(&mut self, bytes: Vec<u8>) -> PageId {
        let mut id = PageId([0; 16]);
        if let Some(writer) = self.writers.last_mut() {
            id = FoldId(writer.id).page(writer.pages);
            writer.pages += 1;
        }
        self.queued.push((id.key(), bytes));
        id
    }

    /// Closes a node of a level, the leaves being that below the first.
    fn seal(&mut self, level: usize, node: &Node) {
        let bytes = node.encode();
        let (hash, count) = (PageHash::of(&bytes), node.count());
        let page = PageRef { id: self.write(bytes), hash, count };
        if self.inner.len() == level {
            self.inner.push(Open::default());
        }
        let branch = Branch { first: node.first_key(), page };
        if let Some(full) = self.inner[level].push(branch) {
            self.seal(level + 1, &Node::Inner(full));
        }
    }

    /// Says that no more records come.
    pub fn close(&mut self) {
        let mut top = Node::Leaf(std::mem::take(&mut self.leaf).items);
        let mut level = 0;
        while level < self.inner.len() || top.bytes() > ROOT_BYTES_MAX {
            self.seal(level, &top);
            top = Node::Inner(std::mem::take(&mut self.inner[level]).items);
            level += 1;
        }
        self.inner.clear();
        self.root = Some(top.encode());
    }

    /// Writes what has been added, and keeps a note with it.
    ///
    /// # Errors
    /// [`StoreError::Contended`] when another request goes on with the build; store failures. What
    /// was saved before stays.
    pub async fn save(&mut self, note: Vec<u8>) -> Result<(), StoreError> {
        if defect::present(Defect::LeavesAPageOut) {
            self.queued.pop();
        }
        self.backend.set_all(&self.queued).await?;
        self.queued.clear();
        self.note = note;
        if let Some(writer) = self.writers.last_mut() {
            writer.reserved = writer.pages.saturating_add(limits().reserved_at_once);
        }
        self.swap().await
    }

    /// Swaps the build for what it is now. Whether that succeeded is read back: the host may not
    /// know.
    async fn swap(&mut self) -> Result<(), StoreError> {
        let bytes = self.encoded()?;
        let Some(watch) = self.watch.take() else {
            return Err(StoreError::Contended);
        };
        let swapped = self.backend.swap(watch, &bytes).await;
        let (now, watch) = self.backend.watch(&self.key).await?;
        if now.as_ref() == Some(&bytes) {
            self.watch = Some(watch);
            self.before = bytes;
            return Ok(());
        }
        if now.as_ref() == Some(&self.before) && swapped != Ok(Swap::Lost) {
            return Err(StoreError::OutcomeUnknown);
        }
        Err(StoreError::Contended)
    }

    /// The head of the tree, which must be closed.
    pub(super) fn head(&self, note: Option<Vec<u8>>) -> Result<Head, StoreError> {
        let mut root = self.root.clone();
        if defect::present(Defect::TakesPartForWhole) && root.is_none() {
            root = self.inner.first().map(|node| Node::Inner(node.items.clone()).encode());
        }
        let root = root.ok_or_else(|| StoreError::Misuse("a build that is not closed".into()))?;
        let hot = self.hot.items.iter();
        let hot = hot.map(|record| (Change::Insert, &*record.key, &*record.value));
        Ok(Head {
            sequence: self.sequence,
            chain: self.chain,
            root: root.into(),
            hot: overlay::encode_writes(hot).into(),
            complete_below: Some(self.complete_below),
            note: note.map(Into::into),
            // No fold began under this head before.
            swept: self.sequence,
            ..Head::new(&self.name, self.time_ms)
        })
    }
}

/// What a hot record takes in the head beside its key and value, less what it takes in a page.
const HOT_EXTRA: usize = 2;

fn encoded(stored: &Stored) -> Result<Vec<u8>, StoreError> {
    in_frame(FRAME, stored)
}

fn in_frame<T: Encode<()>>(frame: Frame, value: &T) -> Result<Vec<u8>, StoreError> {
    frame
        .wrap(|bytes| minicbor::encode(value, bytes))
        .map_err(|error| StoreError::Misuse(error.to_string()))
}

fn decoded(key: &str, bytes: &[u8]) -> Result<Stored, StoreError> {
    from_cbor(key, FRAME.open(key, bytes)?)
}

fn from_cbor<T: for<'b> Decode<'b, ()>>(key: &str, bytes: &[u8]) -> Result<T, StoreError> {
    minicbor::decode(bytes)
        .map_err(|error| StoreError::Corrupt { key: key.to_owned(), detail: error.to_string() })
}

/// Where the list of what a build may have written lies once it has ended.
fn written_key(key: &str) -> String {
    format!("written.{}", key.rsplit('.').next().unwrap_or_default())
}

/// Deletes a build, and of its pages those that are not in use.
async fn end(
    backend: &dyn Backend,
    key: &str,
    writers: &[Writer],
    asides: &[PageId],
) -> Result<(), StoreError> {
    if !writers.is_empty() {
        backend.set(&written_key(key), &in_frame(FRAME_WRITTEN, &writers)?).await?;
    }
    let unused = writers.iter().flat_map(|writer| writer.keys(writer.pages));
    fold::delete(backend, unused.chain(asides.iter().map(PageId::key))).await?;
    Ok(backend.delete_many(&[key.to_owned()]).await?)
}
