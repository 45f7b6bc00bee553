//! Folding: the log moves into the tree, as new pages beside the old ones.
//!
//! Only what lies on the way to a changed record is written again. Nothing refers to the new
//! pages before the head that a fold prepares has been swapped in, and the replaced ones stay
//! readable for readers of older heads until a later fold, ten minutes after, deletes them.

use super::begun::Begun;
use super::defect::{self, Defect};
use super::error::StoreError;
use super::head::HOT_BELOW;
use super::key_value::Backend;
use super::limit::limits;
use super::order::compare;
use super::overlay::{self, Change, Newer, Overlay};
use super::page::{self, Branch, FoldId, Node, Page, PageHash, PageId, PageRef, Record};
use super::reader::{CACHE_PAGES_MAX, Snapshot};
use super::replaced::{self, Expired};
use bytes::Bytes;
use std::cmp::Reverse;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// Roots up to this size lie in the head itself, which saves a read.
pub(super) const ROOT_BYTES_MAX: usize = 8 * 1024;

/// What hot records may take of the head.
pub(super) const HOT_BYTES_MAX: usize = 4 * 1024;

/// For this many writes a fold reads all pages that it needs at once, one level after the other.
/// More would not stay in memory until they are used.
const WRITES_READ_AT_ONCE: usize = CACHE_PAGES_MAX / 2;

/// Pages written in one call, and kept in memory until then.
const PAGES_PER_WRITE: usize = 512;

/// Pages of one fold, at most: three bytes number them.
const PAGES_MAX: u32 = 1 << 24;

/// Keys deleted in one call.
const KEYS_PER_DELETE: usize = 1024;

/// What a fold changes in the head, and what it did to pages.
pub(super) struct Folded {
    pub root: Bytes,
    pub hot: Bytes,
    pub complete_below: Option<u8>,
    /// The new pages, which are in the store already and nothing refers to yet.
    pub written: Written,
    /// Pages that this fold replaces,
    pub replaced: Bytes,
    /// and references of those that list further ones.
    pub lists: Bytes,
    /// Pages replaced long ago. No head refers to them, whether or not the swap succeeds.
    pub expired: Expired,
}

/// The pages that a fold has written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub begun: Begun,
    pages: u32,
}

impl Written {
    /// Whether there are any.
    pub(super) fn is_some(&self) -> bool {
        self.pages > 0
    }

    /// Deletes them: nothing refers to them. A failure only leaves them for the sweep.
    pub(super) async fn discard(&self, backend: &dyn Backend, head_key: &str) {
        if self.is_some() {
            let pages = (0..self.pages).map(|index| self.begun.id.page(index).key());
            // Its record last, lest the pages be forgotten.
            _ = delete(backend, pages.chain([self.begun.key(head_key)])).await;
        }
    }
}

/// Which heads may refer to a fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// The one that follows the snapshot's.
    ByThisHeadAlone,
    /// Also those that follow later ones.
    ByLaterHeads,
}

/// A write to the tree: the new value, or none to remove the key.
type TreeWrite = (Bytes, Option<Bytes>);

/// Folds `overlay`, the snapshot's own or that with more writes on top, into new pages.
///
/// With [`Use::ByThisHeadAlone`] none once there is a newer head: its pages would be written for
/// nothing, which takes longer than all that came before.
///
/// # Errors
/// [`StoreError::TransactionTooLarge`] when more pages would be replaced than can be, and store
/// failures. What has been written until then is deleted again.
pub(super) async fn fold(
    snapshot: &Snapshot<'_>,
    overlay: &Overlay,
    now_ms: i64,
    used: Use,
) -> Result<Option<Folded>, StoreError> {
    let backend = snapshot.pages.backend;
    let random = backend.random();
    let [.., last] = random;
    let id = FoldId::new(u64::try_from(now_ms).unwrap_or_default(), random);
    let begun = Begun::new(id, snapshot.head.serial(), last);
    let mut rebuild = Rebuild {
        snapshot,
        now_ms,
        is_read_ahead: false,
        queued: Vec::new(),
        written: Written { begun, pages: 0 },
        replaced: Vec::new(),
    };
    let folded = rebuild.fold(overlay, used).await;
    if folded.is_err() && !rebuild.nothing_written() {
        rebuild.written.discard(backend, snapshot.head_key).await;
    }
    folded
}

/// Deletes keys in the order given.
pub(super) async fn delete(
    backend: &dyn Backend,
    keys: impl Iterator<Item = String>,
) -> Result<(), StoreError> {
    let mut keys = keys.peekable();
    while keys.peek().is_some() {
        let some: Vec<String> = keys.by_ref().take(KEYS_PER_DELETE).collect();
        backend.delete_all(&some).await?;
    }
    Ok(())
}

/// What becomes of the records of an overlay.
struct Divided {
    /// Those that stay in the head, encoded.
    hot: Vec<u8>,
    /// No hot record whose key begins with a byte below this one leaves the head.
    all_below: u8,
    /// Those that go into the tree.
    writes: Vec<TreeWrite>,
}

/// Chooses the records that stay in the head, by the first byte of their key and then the newest
/// first; the others are to be written to the tree.
fn divide(overlay: &Overlay) -> Divided {
    let kind = |newer: &Newer<'_>| newer.key.first().copied().unwrap_or(u8::MAX);
    let is_hot = |newer: &Newer<'_>| newer.value.is_some() && kind(newer) < HOT_BELOW;
    let mut candidates: Vec<Newer<'_>> = overlay.iter().filter(is_hot).collect();
    candidates.sort_by_key(|newer| (kind(newer), Reverse(newer.sequence)));
    let mut hot: Vec<Newer<'_>> = Vec::new();
    let mut hot_bytes = 0;
    let mut all_below = HOT_BELOW;
    for newer in candidates {
        let bytes = newer.key.len() + newer.value.map_or(0, <[u8]>::len) + 8;
        if hot_bytes + bytes <= HOT_BYTES_MAX {
            hot_bytes += bytes;
            hot.push(newer);
        } else {
            all_below = all_below.min(kind(&newer));
        }
    }
    hot.sort_by(|left, right| left.key.cmp(right.key));
    let stays = |key: &[u8]| hot.binary_search_by(|newer| newer.key.cmp(key)).is_ok();
    let writes = overlay
        .iter()
        .filter(|newer| !stays(newer.key) && (newer.value.is_some() || newer.delta != 0))
        .map(|newer| newer.to_write())
        .collect();
    let hot = overlay::encode_writes(hot.iter().map(|newer| {
        let change = if newer.delta > 0 { Change::Insert } else { Change::Replace };
        (change, newer.key, newer.value.unwrap_or_default())
    }));
    Divided { hot, all_below, writes }
}

/// A child of a node that is being rebuilt.
enum Child {
    Kept(Branch),
    Fresh(Node),
}

struct Rebuild<'s, 'a> {
    snapshot: &'s Snapshot<'a>,
    now_ms: i64,
    /// Whether the pages that the writes under way need have been read.
    is_read_ahead: bool,
    /// New pages that are not in the store yet.
    queued: Vec<(String, Vec<u8>)>,
    written: Written,
    replaced: Vec<PageId>,
}

impl Rebuild<'_, '_> {
    async fn fold(&mut self, overlay: &Overlay, used: Use) -> Result<Option<Folded>, StoreError> {
        let snapshot = self.snapshot;
        let Divided { hot, all_below, mut writes } = divide(overlay);
        let complete_below = snapshot.head.complete_below.map(|below| below.min(all_below));
        let noted = replaced::notes(&snapshot.head).into_iter();
        writes.extend(noted.map(|(key, value)| (key.into(), Some(value.into()))));
        let due = replaced::due_for_deletion(self.now_ms);
        self.is_read_ahead = writes.len() <= WRITES_READ_AT_ONCE;
        if self.is_read_ahead {
            let keys = writes.iter().map(|(key, _)| &**key);
            snapshot.leaves(&keys.chain(due.bounds()).collect::<Vec<_>>()).await?;
        }
        let mut expired = replaced::expired(snapshot, &due).await?;
        let records = std::mem::take(&mut expired.records);
        writes.extend(records.into_iter().map(|key| (key.into(), None)));
        writes.sort();

        let root = self.root(&writes).await?;
        if used == Use::ByThisHeadAlone && self.nothing_written() && !snapshot.is_newest().await? {
            return Ok(None);
        }
        if defect::present(Defect::DeletesAtOnce) {
            expired.pages.extend(&self.replaced);
        }
        let lists = self.list_replaced().await?;
        self.write_queued().await?;
        let replaced = self.replaced.iter().flat_map(|id| id.0).collect::<Vec<u8>>().into();
        Ok(Some(Folded {
            root: root.encode().into(),
            hot: hot.into(),
            complete_below,
            written: self.written,
            replaced,
            lists: lists.into(),
            expired,
        }))
    }

    /// Moves the replaced pages into lists, but for as many as the head may name.
    async fn list_replaced(&mut self) -> Result<Vec<u8>, StoreError> {
        let pages_per_list = limits().pages_per_list;
        let mut lists = Vec::new();
        while self.replaced.len() > pages_per_list {
            let mut listed = self.replaced.split_off(self.replaced.len() - pages_per_list);
            let list = self.seal(&replaced::list(&mut listed)).await?;
            lists.extend(list.page.encode());
        }
        Ok(lists)
    }

    /// Notes that a page is replaced.
    fn replace(&mut self, page: PageId) -> Result<(), StoreError> {
        if self.replaced.len() == limits().replaced_max {
            return Err(StoreError::TransactionTooLarge);
        }
        self.replaced.push(page);
        Ok(())
    }

    async fn root(&mut self, writes: &[TreeWrite]) -> Result<Node, StoreError> {
        let mut level = self.apply(self.snapshot.root()?, writes).await?;
        loop {
            match level.len() {
                0 => return Ok(Node::EMPTY),
                1 if level[0].bytes() <= ROOT_BYTES_MAX => break,
                _ => {
                    let mut refs = Vec::with_capacity(level.len());
                    for node in level {
                        refs.push(self.seal(&node).await?);
                    }
                    level = page::split(refs).into_iter().map(Node::Inner).collect();
                }
            }
        }
        let mut root = level.swap_remove(0);
        while let Some(child) = self.only_child(&root).await? {
            root = child;
        }
        Ok(root)
    }

    /// The one child of a root that could take its place.
    async fn only_child(&mut self, root: &Node) -> Result<Option<Node>, StoreError> {
        let Node::Inner(children) = root else {
            return Ok(None);
        };
        let [only] = children.as_slice() else {
            return Ok(None);
        };
        let only = only.page;
        if self.written.begun.id.wrote(only.id) {
            return Ok(None);
        }
        let node = self.snapshot.pages.load_one(only).await?.to_node();
        if node.bytes() > ROOT_BYTES_MAX {
            return Ok(None);
        }
        self.replace(only.id)?;
        Ok(Some(node))
    }

    /// Applies writes, in key order, below a node. Answers what takes its place: no node, one, or
    /// several when it had to be split.
    fn apply<'f>(
        &'f mut self,
        page: Rc<Page>,
        writes: &'f [TreeWrite],
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Node>, StoreError>> + 'f>> {
        Box::pin(async move {
            if !page.is_inner() {
                let records = merge(&page, writes);
                return Ok(page::split(records).into_iter().map(Node::Leaf).collect());
            }
            let reads_ahead = !self.is_read_ahead && writes.len() <= WRITES_READ_AT_ONCE;
            if reads_ahead {
                let keys: Vec<&[u8]> = writes.iter().map(|(key, _)| &**key).collect();
                self.snapshot.leaves_below(&page, &keys).await?;
                self.is_read_ahead = true;
            }
            let children = self.apply_below(&page, writes).await?;
            if reads_ahead {
                self.is_read_ahead = false;
            }
            let children = self.merge_small(children).await?;
            let mut refs = Vec::with_capacity(children.len());
            for child in children {
                refs.push(match child {
                    Child::Kept(branch) => branch,
                    Child::Fresh(node) => self.seal(&node).await?,
                });
            }
            Ok(page::split(refs).into_iter().map(Node::Inner).collect())
        })
    }

    async fn apply_below(
        &mut self,
        page: &Page,
        writes: &[TreeWrite],
    ) -> Result<Vec<Child>, StoreError> {
        let shares = shares(page, writes);
        let changed = page.children().zip(&shares).filter(|(_, writes)| !writes.is_empty());
        let changed: Vec<PageRef> = changed.map(|(child, _)| child).collect();
        let mut nodes = self.snapshot.pages.load(&changed).await?.into_iter();
        let mut rebuilt = Vec::with_capacity(shares.len());
        for (branch, writes) in page.branches().zip(shares) {
            let node = if writes.is_empty() { None } else { nodes.next() };
            let Some(node) = node else {
                rebuilt.push(Child::Kept(branch));
                continue;
            };
            self.replace(branch.page.id)?;
            rebuilt.extend(self.apply(node, writes).await?.into_iter().map(Child::Fresh));
        }
        Ok(rebuilt)
    }

    /// Joins each fresh node that became too small with a neighbour.
    async fn merge_small(&mut self, children: Vec<Child>) -> Result<Vec<Child>, StoreError> {
        let mut merged: Vec<Child> = Vec::with_capacity(children.len());
        let mut rest = children.into_iter();
        while let Some(child) = rest.next() {
            let small = match child {
                Child::Fresh(node) if node.is_small() => node,
                other => {
                    merged.push(other);
                    continue;
                }
            };
            let (left, right) = match (merged.pop(), rest.next()) {
                (Some(left), next) => {
                    let joined = (self.open(left).await?, small);
                    rest = next.into_iter().chain(rest).collect::<Vec<_>>().into_iter();
                    joined
                }
                (None, Some(right)) => (small, self.open(right).await?),
                (None, None) => {
                    merged.push(Child::Fresh(small));
                    continue;
                }
            };
            merged.extend(join(left, right).into_iter().map(Child::Fresh));
        }
        Ok(merged)
    }

    /// The node of a child that is to be rebuilt.
    async fn open(&mut self, child: Child) -> Result<Node, StoreError> {
        match child {
            Child::Fresh(node) => Ok(node),
            Child::Kept(Branch { page, .. }) => {
                let node = self.snapshot.pages.load_one(page).await?.to_node();
                self.replace(page.id)?;
                Ok(node)
            }
        }
    }

    /// Gives a node an identity and sees to it that it is written.
    async fn seal(&mut self, node: &Node) -> Result<Branch, StoreError> {
        let Written { begun, pages } = self.written;
        if pages == PAGES_MAX {
            return Err(StoreError::TransactionTooLarge);
        }
        let mut id = begun.id.page(pages);
        if defect::present(Defect::ReusesPageKeys) {
            id = PageId([u8::try_from(pages).unwrap_or_default(); 16]);
        }
        let bytes = node.encode();
        let page = PageRef { id, hash: PageHash::of(&bytes), count: node.count() };
        self.queued.push((id.key(), bytes));
        self.written.pages += 1;
        if self.queued.len() == PAGES_PER_WRITE {
            self.write_queued().await?;
        }
        Ok(branch(node, page))
    }

    /// Whether all new pages still wait to be written for the first time.
    fn nothing_written(&self) -> bool {
        self.queued.len() == usize::try_from(self.written.pages).unwrap_or(usize::MAX)
    }

    async fn write_queued(&mut self) -> Result<(), StoreError> {
        if self.queued.is_empty() {
            return Ok(());
        }
        let Written { begun, pages } = self.written;
        if !defect::present(Defect::BeginsSilently) {
            // Before the pages, on a host that writes one after the other.
            let record = (begun.key(self.snapshot.head_key), begun.record(pages)?);
            self.queued.insert(0, record);
        }
        self.snapshot.pages.backend.set_all(&self.queued).await?;
        self.queued.clear();
        Ok(())
    }
}

/// What a parent keeps of a node that is sealed as a page. Its key is a copy: a slice would keep all
/// of the page that it was read from in memory until the fold ends, and a large fold reads nearly
/// every page.
fn branch(node: &Node, page: PageRef) -> Branch {
    Branch { first: Bytes::copy_from_slice(&node.first_key()), page }
}

/// Of writes in key order those that each child of an inner page answers for.
fn shares<'w>(page: &Page, writes: &'w [TreeWrite]) -> Vec<&'w [TreeWrite]> {
    let mut shares = vec![&writes[..0]; page.children_len()];
    let mut rest = writes;
    while let Some((key, _)) = rest.first() {
        let child = page.child_of(key);
        let here = if child + 1 < shares.len() {
            let high = page.child_first(child + 1);
            rest.partition_point(|(key, _)| compare(key, high).is_lt())
        } else {
            rest.len()
        };
        (shares[child], rest) = rest.split_at(here);
    }
    shares
}

/// Joins neighbours of one level, in order.
fn join(left: Node, right: Node) -> Vec<Node> {
    match (left, right) {
        (Node::Leaf(mut left), Node::Leaf(right)) => {
            left.extend(right);
            page::split(left).into_iter().map(Node::Leaf).collect()
        }
        (Node::Inner(mut left), Node::Inner(right)) => {
            left.extend(right);
            page::split(left).into_iter().map(Node::Inner).collect()
        }
        (left, right) => vec![left, right],
    }
}

/// Applies writes to the records of a leaf, both in key order.
fn merge(leaf: &Page, writes: &[TreeWrite]) -> Vec<Record> {
    let mut merged = Vec::new();
    let mut older = leaf.to_records().peekable();
    for (key, value) in writes {
        while let Some(kept) = older.next_if(|older| compare(&older.key, key).is_lt()) {
            merged.push(kept);
        }
        older.next_if(|older| older.key == *key);
        if let Some(value) = value {
            merged.push(Record { key: key.clone(), value: value.clone() });
        }
    }
    merged.extend(older);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_keeps_nothing_of_the_page_that_a_key_was_read_from() {
        let read = Bytes::from(vec![7; 4096]);
        let node = Node::Leaf(vec![Record { key: read.slice(..8), value: read.slice(8..100) }]);
        let id = FoldId::new(1, [0; 16]).page(0);
        let page = PageRef { id, hash: PageHash::of(&read), count: node.count() };
        let kept = branch(&node, page);
        drop(node);
        assert!(read.is_unique());
        assert_eq!(*kept.first, [7; 8]);
    }
}
