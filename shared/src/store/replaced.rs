//! Replaced pages: those that a fold has put others in the place of, until they are deleted.
//!
//! Readers of older heads want them for a while. The head names those that the last fold replaced,
//! or, where they are many, pages that list them: however many they are, the head stays small. The
//! next fold notes both in the tree, and a fold ten minutes after deletes some of what is noted.
//!
//! While the head has snapshots, nothing is deleted: they may reach what it has replaced. What is
//! noted stays so, and the folds after the last snapshot has been dropped catch up.

use super::begun::{Begun, NOTE_BYTES};
use super::defect::{self, Defect};
use super::error::StoreError;
use super::head::Head;
use super::journal::RESERVED;
use super::key_value::Backend;
use super::limit::limits;
use super::page::{Node, PageId, PageRef, REFERENCE_BYTES, Record};
use super::reader::{Range, Reader, Snapshot, check};
use bytes::Bytes;
use std::collections::HashMap;

/// How long a reader may hold on to a head and still find all its pages.
const KEPT_MS: i64 = 10 * 60 * 1000;

/// Pages named in one record.
const PAGES_PER_RECORD: usize = 128;

/// Records whose pages a fold deletes, more when the fold before replaced more.
const RECORDS_PER_FOLD: usize = 8;

/// What a record names.
pub(super) enum Noted {
    /// Replaced pages.
    Pages(Vec<PageId>),
    /// A page that lists some. Its reference has another length than any number of identities,
    List(PageRef),
    /// and so has the fold that has replaced them, or none, whose record is to be deleted.
    Fold(Begun),
}

impl Noted {
    pub(super) fn decode(value: &[u8]) -> Self {
        if let Ok(reference) = <&[u8; REFERENCE_BYTES]>::try_from(value) {
            Self::List(PageRef::decode(reference))
        } else if let Ok(note) = <&[u8; NOTE_BYTES]>::try_from(value) {
            Self::Fold(Begun::of_note(note))
        } else {
            Self::Pages(value.as_chunks().0.iter().map(|id| PageId(*id)).collect())
        }
    }
}

/// A page that lists others: a leaf whose keys are their identities.
pub(super) fn list(pages: &mut [PageId]) -> Node {
    pages.sort_unstable();
    let record = |page: &PageId| Record { key: page.0.to_vec().into(), value: Bytes::new() };
    Node::Leaf(pages.iter().map(record).collect())
}

/// What the fold before replaced, as records for the tree.
pub(super) fn notes(head: &Head) -> Vec<(Vec<u8>, Vec<u8>)> {
    let pages = head.replaced();
    let pages = pages.chunks(PAGES_PER_RECORD).map(|ids| ids.iter().flat_map(|id| id.0).collect());
    let lists = head.lists().into_iter().map(|list| list.encode().to_vec());
    let fold = head.fold.map(|fold| fold.note().to_vec());
    let key = |index| key(head.replaced_at_ms, head.sequence, index);
    (0_u16..).map(key).zip(pages.chain(lists).chain(fold)).collect()
}

/// Where a fold at this time notes replaced pages, and where it looks for those that nobody reads
/// any more.
pub(super) fn places(head: &Head, now_ms: i64) -> Vec<Vec<u8>> {
    let noted = key(head.replaced_at_ms, head.sequence, 0);
    due_for_deletion(now_ms).bounds().map(<[u8]>::to_vec).chain([noted]).collect()
}

/// All records that name replaced pages.
pub(super) fn all() -> Range {
    Range::prefix(&[RESERVED, b'r'])
}

/// The records of pages that nobody reads any more.
pub(super) fn due_for_deletion(now_ms: i64) -> Range {
    Range::between(key(0, 0, 0), key(now_ms.saturating_sub(KEPT_MS), 0, 0))
}

/// What a fold is to delete, and the keys of the records that name it.
#[derive(Debug, Default)]
pub(super) struct Expired {
    pub pages: Vec<PageId>,
    pub folds: Vec<Begun>,
    pub records: Vec<Vec<u8>>,
}

impl Expired {
    /// What lies in the store.
    pub(super) fn keys(&self, head_key: &str) -> impl Iterator<Item = String> {
        let folds = self.folds.iter().map(move |fold| fold.key(head_key));
        self.pages.iter().map(PageId::key).chain(folds)
    }
}

/// Chooses pages that are due for deletion: faster than pages are replaced, so that those of a
/// long import go in the end.
pub(super) async fn expired(snapshot: &Snapshot<'_>, due: &Range) -> Result<Expired, StoreError> {
    let head = &snapshot.head;
    if !head.named.is_empty() && !defect::present(Defect::DeletesUnderSnapshots) {
        return Ok(Expired::default());
    }
    let replaced = head.replaced().len() + head.lists().len() * limits().pages_per_list;
    let pages_max = (RECORDS_PER_FOLD * PAGES_PER_RECORD).max(2 * replaced);
    let records_max = RECORDS_PER_FOLD.max(2 * notes(head).len());
    let mut expired = Expired::default();
    let mut lists = Vec::new();
    let mut listed = 0;
    for (key, value) in snapshot.scan(due, 0, records_max).await? {
        if expired.pages.len() + listed >= pages_max {
            break;
        }
        match Noted::decode(&value) {
            Noted::Pages(ids) => expired.pages.extend(ids),
            Noted::List(list) => {
                listed += usize::try_from(list.count).unwrap_or(usize::MAX);
                lists.push(list);
            }
            Noted::Fold(fold) => expired.folds.push(fold),
        }
        expired.records.push(key);
    }
    expired.pages.extend(listed_pages(snapshot.pages.backend, &lists).await?);
    // The lists last: one that is gone must not leave behind what it names.
    expired.pages.extend(lists.iter().map(|list| list.id));
    Ok(expired)
}

/// The pages that lists name. A list that is not there has been deleted, and before it what it
/// named, by a writer whose swap was lost. One that is damaged names nothing that is to be trusted:
/// space is lost, and no transaction fails for it.
pub(super) async fn listed_pages(
    backend: &dyn Backend,
    lists: &[PageRef],
) -> Result<Vec<PageId>, StoreError> {
    if lists.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<String> = lists.iter().map(|list| list.id.key()).collect();
    let mut found: HashMap<String, Vec<u8>> = backend.get_all(&keys).await?.into_iter().collect();
    let mut pages = Vec::new();
    for (key, list) in keys.iter().zip(lists) {
        let Some(Ok(page)) = found.remove(key).map(|bytes| check(key, list, bytes)) else {
            continue;
        };
        let ids = page.records().filter_map(|(key, _)| key.try_into().ok().map(PageId));
        pages.extend(ids);
    }
    Ok(pages)
}

/// Key of a record: ordered by time, unique by the fold's sequence number.
fn key(time_ms: i64, sequence: u64, index: u16) -> Vec<u8> {
    let time = u64::try_from(time_ms).unwrap_or_default();
    [&[RESERVED, b'r'][..], &time.to_be_bytes(), &sequence.to_be_bytes(), &index.to_be_bytes()]
        .concat()
}
