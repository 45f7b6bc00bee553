//! The sweep: deletes the pages of writers that died between writing pages and swapping the head.
//!
//! It asks for no list of keys, which a store may hold tens of millions of: a fold says where it
//! begins ([`begun`]), so the sweep looks at those places, transaction after transaction, and
//! remembers in the head how far it has come. What is committed says so in the head or in the tree.
//!
//! What restores leave is noted in the register, and found there.
//!
//! A writer that only sleeps must not lose the pages that its swap will refer to. Therefore the
//! sweep first finds what has begun, then commits an empty transaction: a swap that was prepared
//! before fails from then on, and what is prepared afterwards has pages of its own, since no fold
//! is kept over an empty transaction.

use super::begun::{self, Begun, Found, SEQUENCES_PER_READ};
use super::defect::{self, Defect};
use super::error::StoreError;
use super::fold::delete;
use super::journal::{self, Meta};
use super::key_value::Backend;
use super::limit::limits;
use super::page::{Page, PageId, to_u64};
use super::reader::{Reader, Snapshot};
use super::register::Register;
use super::replaced::{self, Noted};
use super::tree::Tree;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Younger folds are left alone: their writer is most likely still at work.
const AGE_MS_MIN: i64 = 60 * 60 * 1000;

const RECORDS_PER_READ: usize = 1000;

/// Pages read at one time, to see whether they are in use.
const PAGES_PER_LOOK: usize = 64;

/// What a sweep, or a part of one, came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// Transactions looked through for folds that began after them.
    pub transactions: u64,
    /// Pages deleted, of folds that came to nothing.
    pub deleted: u64,
    /// Whether this was the last part: what is left is younger than an hour.
    pub finished: bool,
}

/// Deletes pages that were written more than an hour ago and came into no use: a part of them, and
/// the next time the next part. The journals name `caller`.
///
/// # Errors
/// Store failures. Pages deleted until then were not in use.
pub async fn sweep(backend: &dyn Backend, caller: &str) -> Result<Swept, StoreError> {
    let mut swept = Swept { transactions: 0, deleted: 0, finished: true };
    let oldest_ms = backend.now().timestamp_millis().saturating_sub(AGE_MS_MIN);
    Register::new(backend).by(caller).sweep_left(oldest_ms).await?;
    for tree in Register::new(backend).trees().await? {
        let left = limits().swept_at_once - swept.transactions;
        let part = sweep_tree((backend, caller), &tree, left).await?;
        swept.transactions += part.transactions;
        swept.deleted += part.deleted;
        swept.finished &= part.finished;
    }
    Ok(swept)
}

/// Sweeps what folds under one head have left, after so many transactions at most.
async fn sweep_tree(
    (backend, caller): (&dyn Backend, &str),
    tree: &Tree<'_>,
    transactions_max: u64,
) -> Result<Swept, StoreError> {
    let oldest_ms = backend.now().timestamp_millis().saturating_sub(AGE_MS_MIN);
    let Old { followed, newest } =
        tree.read(async |snapshot| old(snapshot, oldest_ms).await).await?;
    let end = followed.end.min(followed.start.saturating_add(transactions_max));
    let finished = end == followed.end;
    let looked_at = followed.start..if finished && newest { end + 1 } else { end };
    let found = find(backend, &tree.head_key, looked_at).await?;
    // The newest head may be old and a fold that began after it not.
    let is_old = |fold: &Found| fold.begun.id.began_at_ms() < oldest_ms;
    let old: Vec<Found> = found.into_iter().filter(is_old).collect();
    let deleted = delete_lost((backend, caller), tree, &old).await?;
    if end > followed.start {
        commit_empty(tree, caller, Some(followed.start..end)).await?;
    }
    Ok(Swept { transactions: end - followed.start, deleted, finished })
}

/// The transactions, by their serial numbers, after which only folds can have begun whose writers
/// have had their time.
struct Old {
    /// Those that the sweep has not looked at before and that another one followed long ago.
    followed: Range<u64>,
    /// Whether the one after those is the newest, and long ago as well.
    newest: bool,
}

async fn old(snapshot: &Snapshot<'_>, oldest_ms: i64) -> Result<Old, StoreError> {
    let newest = snapshot.head.serial();
    let start = snapshot.head.swept.min(newest);
    if snapshot.head.time_ms < oldest_ms {
        return Ok(Old { followed: start..newest, newest: true });
    }
    let (mut low, mut high) = (start, newest);
    while low < high {
        let middle = low.midpoint(high);
        let next = journal::entry(snapshot, snapshot.head.sequence_of(middle + 1)).await?;
        if next.is_some_and(|next| next.time_ms < oldest_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(Old { followed: start..low, newest: false })
}

/// Finds the records of folds that began after some transactions.
async fn find(
    backend: &dyn Backend,
    head_key: &str,
    sequences: Range<u64>,
) -> Result<Vec<Found>, StoreError> {
    let mut found = Vec::new();
    let mut start = sequences.start;
    while start < sequences.end {
        let end = sequences.end.min(start + SEQUENCES_PER_READ);
        let places = begun::places(head_key, start..end);
        let keys: Vec<String> = places.iter().map(|(key, ..)| key.clone()).collect();
        let records: HashMap<String, Vec<u8>> = backend.get_all(&keys).await?.into_iter().collect();
        found.extend(places.iter().filter_map(|(key, sequence, place)| {
            begun::found(key, *sequence, *place, records.get(key)?)
        }));
        start = end;
    }
    Ok(found)
}

/// Deletes the pages of those folds that came to nothing, and answers how many they are.
async fn delete_lost(
    (backend, caller): (&dyn Backend, &str),
    tree: &Tree<'_>,
    found: &[Found],
) -> Result<u64, StoreError> {
    if found.is_empty() {
        return Ok(0);
    }
    if !defect::present(Defect::SweepsUnderSleepers) {
        commit_empty(tree, caller, None).await?;
    }
    let committed = tree.read(async |snapshot| committed(snapshot).await).await?;
    let mut deleted = 0;
    for fold in found {
        let is_committed = committed.contains(&fold.begun);
        if is_committed && !defect::present(Defect::SweepsCommittedFolds) {
            continue;
        }
        if !is_committed && tree.read(async |snapshot| is_reached(snapshot, fold).await).await? {
            // By a snapshot, and a restore has taken back what the fold was committed with. By the
            // head it cannot be, unless a call to write pages was carried out twice, and the second
            // time long after the first.
            continue;
        }
        let pages = fold.page_ids().map(|page| page.key());
        delete(backend, pages.chain([fold.begun.key(&tree.head_key)])).await?;
        deleted += u64::from(fold.pages);
    }
    Ok(deleted)
}

/// The folds whose records are still there though they have been committed.
async fn committed(snapshot: &Snapshot<'_>) -> Result<HashSet<Begun>, StoreError> {
    let mut committed: HashSet<Begun> = snapshot.head.fold.into_iter().collect();
    each_replaced(snapshot, |noted| {
        if let Noted::Fold(fold) = noted {
            committed.insert(fold);
        }
    })
    .await?;
    Ok(committed)
}

/// Hands over what the tree notes of replaced pages.
pub(super) async fn each_replaced(
    snapshot: &Snapshot<'_>,
    mut each: impl FnMut(Noted),
) -> Result<(), StoreError> {
    let replaced = replaced::all();
    let mut offset = 0;
    loop {
        let records = snapshot.scan(&replaced, offset, RECORDS_PER_READ).await?;
        records.iter().for_each(|(_, value)| each(Noted::decode(value)));
        if records.len() < RECORDS_PER_READ {
            return Ok(());
        }
        offset += to_u64(records.len());
    }
}

/// Whether the head or one of its snapshots reaches a page of a fold.
async fn is_reached(snapshot: &Snapshot<'_>, fold: &Found) -> Result<bool, StoreError> {
    if is_in_use(snapshot, fold).await? {
        return Ok(true);
    }
    if defect::present(Defect::SweepsUnderSnapshots) {
        return Ok(false);
    }
    let pages = snapshot.pages;
    for named in snapshot.head.named()? {
        let key = named.key();
        let Some(bytes) = pages.backend.get(&key).await? else {
            // It has been dropped: there is a newer head.
            pages.note_missing();
            return Err(StoreError::MissingPage(key));
        };
        if is_in_use(&Snapshot::new(&key, bytes, pages)?, fold).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the tree refers to a page of a fold: then it lies on the way to its own first key.
async fn is_in_use(snapshot: &Snapshot<'_>, fold: &Found) -> Result<bool, StoreError> {
    let pages: Vec<PageId> = fold.page_ids().collect();
    for pages in pages.chunks(PAGES_PER_LOOK) {
        let keys: Vec<String> = pages.iter().map(PageId::key).collect();
        let stored = snapshot.pages.backend.get_all(&keys).await?;
        let mut firsts = Vec::with_capacity(stored.len());
        for (key, bytes) in stored {
            let page = Page::decode(&key, bytes.into())?;
            firsts.extend(PageId::of_key(&key).map(|id| (id, page.to_node().first_key())));
        }
        let places: Vec<&[u8]> = firsts.iter().map(|(_, first)| &**first).collect();
        let places = snapshot.leaves(&places).await?;
        if firsts.iter().zip(places).any(|((id, _), place)| place.passes(*id)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Disturbs all who have prepared something, and notes how far the sweep has come.
async fn commit_empty(
    tree: &Tree<'_>,
    caller: &str,
    swept: Option<Range<u64>>,
) -> Result<(), StoreError> {
    let meta = Meta { caller: caller.to_owned(), operation: "sweep".to_owned() };
    tree.update(&meta, async |transaction| {
        transaction.commit_empty();
        transaction.swept.clone_from(&swept);
        Ok(())
    })
    .await
}
