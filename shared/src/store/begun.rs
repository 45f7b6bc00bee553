//! Begun folds: where a writer says that it writes pages, before it is known whether they come into
//! use.
//!
//! The identities of a fold's pages all begin with the fold's own. A record with that and with how
//! many there are is written with the pages, in the same calls, so it costs none. Its key says
//! under which head and after which transaction the fold began, so that the sweep finds it without
//! a list of all keys, by asking for what may be there. A fold that is lost deletes it with its
//! pages; one that is committed notes it in the tree, and it goes with the pages that were replaced.
//!
//! Pages stay for good, and space is lost but nothing else, in two cases. Two folds after the same
//! transaction chose the same place, and the writer whose record was overwritten died. Or a writer
//! slept for an hour between reading a head and writing pages, and died then.

use super::error::StoreError;
use super::frame::Frame;
use super::page::{FoldId, PageId, array};
use std::ops::Range;

const FRAME: Frame = Frame { magic: *b"PF", format: 1 };

/// Places of folds that begin after one transaction.
const PLACES: u8 = 8;

/// Bytes of a [`Begun`] as the head and the tree note it.
pub(super) const NOTE_BYTES: usize = FoldId::BYTES + 8 + 1;

/// A fold that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Begun {
    pub id: FoldId,
    /// The last transaction under its head, by its serial number.
    pub sequence: u64,
    /// Its place among those that begin after that.
    place: u8,
}

impl Begun {
    pub(super) fn new(id: FoldId, sequence: u64, random: u8) -> Self {
        Self { id, sequence, place: random % PLACES }
    }

    /// Where its record lies.
    pub(super) fn key(&self, head_key: &str) -> String {
        key(head_key, self.sequence, self.place)
    }

    /// Its record, once so many pages have been written or are about to be.
    pub(super) fn record(&self, pages: u32) -> Result<Vec<u8>, StoreError> {
        FRAME.wrap(|bytes| {
            bytes.extend_from_slice(&self.id.0);
            bytes.extend_from_slice(&pages.to_be_bytes());
            Ok(())
        })
    }

    pub(super) fn note(&self) -> [u8; NOTE_BYTES] {
        let mut note = [0; NOTE_BYTES];
        let (id, rest) = note.split_at_mut(FoldId::BYTES);
        id.copy_from_slice(&self.id.0);
        rest[..8].copy_from_slice(&self.sequence.to_be_bytes());
        rest[8] = self.place;
        note
    }

    pub(super) fn of_note(note: &[u8; NOTE_BYTES]) -> Self {
        let [.., place] = *note;
        let sequence = u64::from_be_bytes(array(&note[FoldId::BYTES..]));
        Self { id: FoldId(array(note)), sequence, place }
    }
}

/// A record that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub begun: Begun,
    /// How many pages it has written, at most.
    pub pages: u32,
}

impl Found {
    /// All of them.
    pub(super) fn page_ids(&self) -> impl Iterator<Item = PageId> {
        (0..self.pages).map(|index| self.begun.id.page(index))
    }
}

/// Where folds that began after these transactions have their records.
pub(super) fn places(head_key: &str, sequences: Range<u64>) -> Vec<(String, u64, u8)> {
    let of = |sequence| (0..PLACES).map(move |place| (sequence, place));
    let key = |(sequence, place)| (key(head_key, sequence, place), sequence, place);
    sequences.flat_map(of).map(key).collect()
}

/// Transactions after which folds may have begun, of which as many are looked for in one call.
pub(super) const SEQUENCES_PER_READ: u64 = 32;

/// A record that lies at a place. None that is damaged: its pages are not known.
pub(super) fn found(key: &str, sequence: u64, place: u8, record: &[u8]) -> Option<Found> {
    let content = FRAME.open(key, record).ok()?;
    if content.len() != FoldId::BYTES + 4 {
        return None;
    }
    let begun = Begun { id: FoldId(array(content)), sequence, place };
    Some(Found { begun, pages: u32::from_be_bytes(array(&content[FoldId::BYTES..])) })
}

/// Keys are short, so only the end of the head's is in it: in that no two heads are alike.
fn key(head_key: &str, sequence: u64, place: u8) -> String {
    let head = head_key.rsplit('.').next().unwrap_or_default();
    format!("fold.{head}.{sequence:x}.{place}")
}
