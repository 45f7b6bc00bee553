//! What must hold of stored bytes, whatever they are.

use super::error::StoreError;
use super::head::{FRAME, Head};
use super::journal::{JournalEntry, link, sha256};
use super::overlay::{self, Change};
use super::page::{Node, Page, PageHash, PageId, PageRef, Record};
use super::reader::check;
use crate::books::record::{AccountRecord, LineRecord, TokenRecord};
use crate::domain::bill::{FeeRecord, MonthlyBill};
use crate::domain::coupon::{Coupon, Quota};
use crate::domain::ledger::Transfer;
use crate::domain::partner::{Customer, Partner, Principal};
use crate::domain::realname::Review;
use crate::security::secret::Sealed;
use minicbor::{Decode, Encode};
use std::fmt::Debug;

const KEY: &str = "the key";

/// An error must name the key, and the right value is the only one that is no error.
fn expect_named<T: Debug>(outcome: Result<T, StoreError>) {
    match outcome {
        Err(StoreError::Corrupt { key, .. } | StoreError::OtherFormat { key, .. }) => {
            assert_eq!(key, KEY);
        }
        other => panic!("{other:?}"),
    }
}

/// Changes bytes as the input says: three of it for each, where and how.
fn damaged(intact: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut bytes = intact.to_vec();
    for [high, low, change] in edits.as_chunks::<3>().0 {
        let at = usize::from(u16::from_be_bytes([*high, *low])) % bytes.len();
        bytes[at] ^= change;
    }
    bytes
}

fn a_head() -> Head {
    let mut head = Head::new("tenant", 1_790_000_000_000);
    let writes =
        overlay::encode_writes([(Change::Insert, &b"a key"[..], &b"a value"[..])].into_iter());
    let entry = JournalEntry {
        id: [7; 16],
        time_ms: head.time_ms,
        caller: "operator".to_owned(),
        operation: "book".to_owned(),
        transfers: 1,
        transfers_sha256: [1; 32],
        writes_sha256: sha256(&writes),
    };
    let entry = entry.encode().expect("encodes");
    head.chain = link(&head.chain, 1, &entry);
    head.sequence = 1;
    head.log = overlay::encode_logged(1, &writes, &entry).into();
    head.root = a_page().encode().into();
    head
}

fn a_page() -> Node {
    let record = |key: &'static str| Record { key: key.into(), value: "100.00".into() };
    Node::Leaf(["account/1", "account/2", "quota"].map(record).to_vec())
}

/// Content of a head under a right checksum, as a faulty program could have written it; and
/// changes to a head under the checksum that it had.
pub(crate) fn stored_head(bytes: &[u8]) {
    let framed = FRAME.wrap(|head| {
        head.extend_from_slice(bytes);
        Ok::<_, StoreError>(())
    });
    let framed = framed.expect("nothing fails").into();
    if let Ok(head) = Head::decode(KEY, &framed) {
        let again = Head::decode(KEY, &head.encode().expect("encodes").into());
        assert_eq!(again.as_ref(), Ok(&head));
        _ = head.root(KEY);
        _ = head.replaced();
        _ = head.lists();
        _ = head.logged_writes_match(KEY);
        if let Ok(overlay) = head.overlay(KEY) {
            assert_eq!(overlay.delta(), overlay.iter().map(|newer| newer.delta).sum::<i64>());
            for newer in overlay.iter() {
                assert_eq!(overlay.get(newer.key), Some(newer.value));
            }
        }
    }
    let intact = a_head().encode().expect("encodes");
    let damaged = damaged(&intact, bytes);
    if damaged != intact {
        expect_named(Head::decode(KEY, &damaged.into()));
    }
}

/// Bytes of a page: those that its reference names, or an error that names the page.
pub(crate) fn stored_page(bytes: &[u8]) {
    if let Ok(page) = Page::decode(KEY, bytes.to_vec().into()) {
        let node = page.to_node();
        // Faulty counts are found where they are followed; they must not be beyond all counting.
        assert_eq!(page.count(), node.count());
        let again = Page::decode(KEY, node.encode().into()).expect("decodes");
        assert_eq!(again.to_node(), node);
        if page.is_in_order() {
            for (index, (key, value)) in page.records().enumerate() {
                assert_eq!((page.get(key), page.rank(key)), (Some(value), index));
            }
            for (index, child) in page.branches().enumerate() {
                assert_eq!(page.child_of(&child.first), index);
            }
        }
    }
    let intact = a_page().encode();
    let page = PageRef { id: PageId([3; 16]), hash: PageHash::of(&intact), count: 3 };
    assert_eq!(check(KEY, &page, intact.clone()).map(|page| page.to_node()), Ok(a_page()));
    for other in [bytes, damaged(&intact, bytes).as_slice()] {
        if other != intact {
            expect_named(check(KEY, &page, other.to_vec()));
        }
    }
}

/// A value that is stored is read back as it was.
pub(crate) fn survives<T>(value: &T)
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug,
{
    let stored = minicbor::to_vec(value).expect("encodes");
    assert_eq!(minicbor::decode::<T>(&stored).as_ref().ok(), Some(value));
}

fn read<T>(bytes: &[u8])
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug,
{
    if let Ok(value) = minicbor::decode::<T>(bytes) {
        survives(&value);
    }
}

/// Bytes of any record: read as each kind there is.
pub(crate) fn stored_record(bytes: &[u8]) {
    read::<Partner>(bytes);
    read::<Customer>(bytes);
    read::<Principal>(bytes);
    read::<Sealed>(bytes);
    read::<Quota>(bytes);
    read::<Coupon>(bytes);
    read::<Transfer>(bytes);
    read::<Review>(bytes);
    read::<FeeRecord>(bytes);
    read::<MonthlyBill>(bytes);
    read::<AccountRecord>(bytes);
    read::<LineRecord>(bytes);
    read::<TokenRecord>(bytes);
    if let Ok(entry) = JournalEntry::decode(1, bytes) {
        let stored = entry.encode().expect("encodes");
        assert_eq!(JournalEntry::decode(1, &stored), Ok(entry));
    }
}
