//! The sweep: deletes the pages of writers that died between writing pages and swapping the head.
//!
//! A writer that only sleeps must not lose the pages that its swap will refer to. Therefore the
//! sweep first lists the pages, then commits an empty transaction under every head: a swap that
//! was prepared before fails from then on, and what is prepared afterwards has pages of its own
//! that are not in the list, since no fold is kept over an empty transaction.

use super::defect::{self, Defect};
use super::error::StoreError;
use super::journal::{Meta, RESERVED};
use super::key_value::Backend;
use super::page::{PageId, PageRef};
use super::reader::{Range, Reader, Snapshot};
use super::register::Register;
use std::collections::HashSet;

/// Younger pages are left alone: their writer is most likely still at work.
const AGE_MS_MIN: i64 = 60 * 60 * 1000;

const KEYS_PER_DELETE: usize = 256;

const RECORDS_PER_READ: usize = 100;

/// What a sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Pages in the store before.
    pub pages: usize,
    /// Pages deleted: nothing referred to them.
    pub deleted: usize,
}

/// Deletes the pages older than an hour that no head reaches.
///
/// # Errors
/// Store failures. Pages deleted until then were not reachable.
pub async fn sweep<B: Backend>(backend: &B) -> Result<Swept, StoreError> {
    let keys = backend.keys().await?;
    let mut listed: HashSet<PageId> = keys.iter().filter_map(|key| PageId::of_key(key)).collect();
    drop(keys);
    let pages = listed.len();
    let oldest = backend.now().timestamp_millis().saturating_sub(AGE_MS_MIN);
    listed.retain(|page| page.written_at_ms() < oldest);

    let meta = Meta { caller: "operator".to_owned(), operation: "sweep".to_owned() };
    for tree in Register::new(backend).trees().await? {
        tree.update::<(), StoreError>(&meta, async |transaction| {
            if !defect::present(Defect::SweepsUnderSleepers) {
                transaction.commit_empty();
            }
            Ok(())
        })
        .await?;
        let reached = tree.read(async |snapshot| reach(snapshot).await).await?;
        for page in reached {
            listed.remove(&page);
        }
    }

    let keys: Vec<String> = listed.iter().map(PageId::key).collect();
    for keys in keys.chunks(KEYS_PER_DELETE) {
        backend.delete_all(keys).await?;
    }
    Ok(Swept { pages, deleted: keys.len() })
}

/// All pages of a snapshot, and those replaced lately, which readers of older heads may want.
pub(super) async fn reach<B: Backend>(
    snapshot: &Snapshot<'_, B>,
) -> Result<Vec<PageId>, StoreError> {
    let mut reached = snapshot.head.replaced();
    let replaced = Range::prefix(&[RESERVED, b'r']);
    let count = snapshot.count(&replaced).await?;
    let mut offset = 0;
    while offset < count {
        for (_, ids) in snapshot.scan(&replaced, offset, RECORDS_PER_READ).await? {
            reached.extend(ids.as_chunks::<16>().0.iter().map(|id| PageId(*id)));
        }
        offset += super::page::to_u64(RECORDS_PER_READ);
    }
    let mut level: Vec<PageRef> = snapshot.root()?.children().collect();
    while let Some(first) = level.first() {
        reached.extend(level.iter().map(|page| page.id));
        // All leaves lie at one depth: a leaf on the left means that this level is the last.
        if !snapshot.pages.load_one(*first).await?.is_inner() {
            break;
        }
        let mut below = Vec::new();
        for pages in level.chunks(KEYS_PER_DELETE) {
            for page in snapshot.pages.load(pages).await? {
                below.extend(page.children());
            }
        }
        level = below;
    }
    Ok(reached)
}
