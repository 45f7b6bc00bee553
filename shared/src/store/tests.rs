//! The store against a model: a `BTreeMap` of what has been acknowledged.

use super::journal::sha256;
use super::key_value::{Environment, KeyValue, KeyValueError, Swap, Watch};
use super::limit::Limits;
use super::memory::{Flaw, MemoryStore, run};
use super::register::Claim;
use super::replaced::Noted;
use super::*;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

mod contention;
mod snapshots;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// A swap that has been sent and not arrived: what was watched, and the new value.
type Sent = (Watch, Vec<u8>);

const HEAD: &str = "head.test.0";

fn meta() -> Meta {
    Meta { caller: "tester".to_owned(), operation: "test".to_owned() }
}

fn new_store(seed: u64) -> MemoryStore {
    let store = MemoryStore::new(seed);
    run(Tree::new(&store, HEAD).create("test")).expect("created");
    store
}

/// Puts or removes one key, as a caller who has looked first.
async fn put(
    transaction: &mut Transaction<'_>,
    key: &[u8],
    value: Option<&[u8]>,
) -> Result<(), StoreError> {
    match (transaction.get(key).await?, value) {
        (None, Some(value)) => transaction.insert(key.to_vec(), value.to_vec()),
        (Some(_), Some(value)) => transaction.replace(key.to_vec(), value.to_vec()),
        (Some(_), None) => transaction.remove(key),
        (None, None) => {}
    }
    Ok(())
}

fn set(store: &dyn Backend, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
    let tree = Tree::new(store, HEAD);
    run(tree.update(&meta(), async |transaction| put(transaction, key, Some(value)).await))
}

fn get(store: &dyn Backend, key: &[u8]) -> Option<Vec<u8>> {
    let tree = Tree::new(store, HEAD);
    run(tree.read::<_, StoreError>(async |snapshot| snapshot.get(key).await)).expect("read")
}

fn expect_equal(store: &MemoryStore, model: &Model, ranges: &[Range]) {
    let tree = Tree::new(store, HEAD);
    run(tree.read::<_, StoreError>(async |snapshot| {
        let all = Range::between(Vec::new(), vec![journal::RESERVED]);
        let expected: Vec<_> = model.clone().into_iter().collect();
        assert_eq!(snapshot.scan(&all, 0, usize::MAX).await?, expected);
        expect_lists(snapshot, &expected, ranges).await?;
        assert!(journal::verify(snapshot, |_, _| {}).await?);
        Ok(())
    }))
    .expect("read");
}

/// Ranges are what the model says of them, whoever reads them.
async fn expect_lists(
    reader: &impl Reader,
    expected: &[(Vec<u8>, Vec<u8>)],
    ranges: &[Range],
) -> Result<(), StoreError> {
    for range in ranges {
        let within: Vec<_> = expected.iter().filter(|(key, _)| range.holds(key)).collect();
        assert_eq!(reader.count(range).await?, page::to_u64(within.len()));
        for offset in [0, 1, within.len() / 2, within.len()] {
            let newest_first = within.iter().rev().skip(offset).take(7);
            let expected = [
                (range.clone(), within.iter().skip(offset).take(7).copied().collect()),
                (range.clone().reversed(), newest_first.copied().collect::<Vec<_>>()),
            ];
            for (range, expected) in expected {
                let offset = page::to_u64(offset);
                let part = Part { range: &range, offset, limit: 7 };
                // Reading ahead changes nothing but the calls that it saves.
                reader.approach(&[part]).await?;
                let (total, page) = reader.part(part).await?;
                assert_eq!(total, page::to_u64(within.len()));
                assert_eq!(page.iter().collect::<Vec<_>>(), expected);
                assert_eq!(page, reader.scan(&range, offset, 7).await?);
            }
        }
    }
    Ok(())
}

fn key_of(number: u16) -> Vec<u8> {
    // Every eighth key is hot.
    let prefix = if number.is_multiple_of(8) { "\u{1}" } else { "k" };
    format!("{prefix}{:05}", number.wrapping_mul(7919) % 3000).into_bytes()
}

/// Which tree operations ran, so that a test cannot silently miss one.
#[derive(Debug, Default)]
struct Exercised {
    folds: u32,
    /// Transactions after which the tree had more leaves, and fewer.
    splits: u32,
    merges: u32,
    /// Transactions after which the tree had more levels.
    grown: u32,
}

/// Leaves and levels of the tree.
fn shape(store: &MemoryStore) -> (usize, usize) {
    let tree = Tree::new(store, HEAD);
    run(tree.read::<_, StoreError>(async |snapshot| {
        let mut levels = 1;
        let mut level: Vec<page::PageRef> = snapshot.root()?.children().collect();
        let mut leaves = 1;
        while !level.is_empty() {
            levels += 1;
            leaves = level.len();
            let nodes = snapshot.pages.load(&level).await?;
            level = nodes.iter().flat_map(|page| page.children().collect::<Vec<_>>()).collect();
        }
        Ok((leaves, levels))
    }))
    .expect("read")
}

impl Exercised {
    fn note(&mut self, store: &MemoryStore, before: (usize, usize)) -> (usize, usize) {
        let after = shape(store);
        self.splits += u32::from(after.0 > before.0);
        self.merges += u32::from(after.0 < before.0);
        self.grown += u32::from(after.1 > before.1);
        after
    }
}

/// Puts, removals of single keys, and of all keys below some number.
#[derive(Clone, Debug)]
enum Batch {
    Put(Vec<(u16, Option<usize>)>),
    RemoveBelow(u16),
}

fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let put = proptest::option::weighted(0.7, 0_usize..900);
    let puts = proptest::collection::vec((0_u16..3000, put), 1..60);
    let batch = prop_oneof![
        9 => puts.prop_map(Batch::Put),
        1 => (0_u16..3000).prop_map(Batch::RemoveBelow),
    ];
    proptest::collection::vec(batch, 1..60)
}

#[test]
fn agrees_with_a_map() {
    let config =
        ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    let exercised = RefCell::new(Exercised::default());
    let inputs = (batches(), 0_u16..3000, 0_u16..3000);
    let outcome = TestRunner::new(config).run(&inputs, |(batches, low, high)| {
        agree(&batches, [low, high], &mut exercised.borrow_mut());
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    let exercised = exercised.into_inner();
    println!("{exercised:?}");
    let Exercised { folds, splits, merges, grown } = exercised;
    assert!(folds > 40 && splits > 40 && merges > 10 && grown > 4, "not tried enough");
}

fn agree(batches: &[Batch], [low, high]: [u16; 2], exercised: &mut Exercised) {
    let store = new_store(1);
    let mut model = Model::new();
    let tree = Tree::new(&store, HEAD);
    let mut before = shape(&store);
    let (low, high) = (key_of(low), key_of(high));
    let ranges = [
        Range::prefix(b"k0"),
        Range::prefix(b"\x01"),
        Range::between(low.clone().min(high.clone()), low.max(high)),
        Range::between(b"x".to_vec(), b"y".to_vec()),
    ];
    for (place, batch) in batches.iter().enumerate() {
        store.advance(TimeDelta::seconds(90));
        let writes: Vec<(Vec<u8>, Option<Vec<u8>>)> = match batch {
            Batch::Put(puts) => puts
                .iter()
                .map(|(number, length)| (key_of(*number), length.map(|length| vec![b'v'; length])))
                .collect(),
            Batch::RemoveBelow(number) => {
                let below = model.range(..key_of(*number));
                below.map(|(key, _)| (key.clone(), None)).collect()
            }
        };
        for (key, value) in writes.clone() {
            match value {
                Some(value) => _ = model.insert(key, value),
                None => _ = model.remove(&key),
            }
        }
        let is_last = place + 1 == batches.len();
        store.take_calls();
        run(tree.update::<_, StoreError>(&meta(), async |transaction| {
            for (key, value) in &writes {
                put(transaction, key, value.as_deref()).await?;
            }
            if is_last {
                // A transaction finds what it has written in its lists, before anybody else does.
                let expected: Vec<_> = model.clone().into_iter().collect();
                expect_lists(transaction, &expected, &ranges).await?;
            }
            Ok(())
        }))
        .expect("committed");
        exercised.folds += u32::from(store.take_calls().batch_sets > 0);
        before = exercised.note(&store, before);
    }
    expect_equal(&store, &model, &ranges);
}

#[test]
fn grows_and_shrinks_over_several_levels() {
    let store = new_store(2);
    let tree = Tree::new(&store, HEAD);
    let mut model = Model::new();
    let key = |number: u32| format!("record/{number:08}").into_bytes();
    for batch in 0..40_u32 {
        run(tree.update::<_, StoreError>(&meta(), async |transaction| {
            for number in batch * 500..(batch + 1) * 500 {
                transaction.insert(key(number), vec![b'x'; 200]);
            }
            Ok(())
        }))
        .expect("committed");
        model.extend((batch * 500..(batch + 1) * 500).map(|n| (key(n), vec![b'x'; 200])));
    }
    expect_equal(&store, &model, &[Range::prefix(b"record/00"), Range::prefix(b"record/000100")]);

    let (leaves, levels) = shape(&store);
    assert!(levels > 2, "{leaves} leaves on {levels} levels");
    store.take_calls();
    let page = run(tree.read::<_, StoreError>(async |snapshot| {
        snapshot.scan(&Range::prefix(b"record/"), 10_000, 100).await
    }))
    .expect("read");
    assert_eq!(page.first().map(|(key, _)| key.clone()), Some(key(10_000)));
    assert_eq!(page.len(), 100);
    let calls = store.take_calls();
    assert!(calls.gets + calls.batch_gets <= 7, "{calls:?}");

    // Several parts, from whichever end, in one descent after the head.
    let (ascending, single) = (Range::prefix(b"record/"), Range::key(key(7)));
    let descending = Range::prefix(b"record/0001").reversed();
    run(tree.read::<_, StoreError>(async |snapshot| {
        let part = |range, offset, limit| Part { range, offset, limit };
        let parts = [part(&ascending, 3, 10), part(&descending, 250, 10), part(&single, 0, 1)];
        snapshot.approach(&parts).await?;
        assert_eq!(snapshot.count(&ascending).await?, 20_000);
        assert_eq!(snapshot.count(&descending).await?, 10_000);
        let first = |page: Vec<(Vec<u8>, Vec<u8>)>| page.into_iter().next().map(|(key, _)| key);
        assert_eq!(first(snapshot.scan(&ascending, 3, 10).await?), Some(key(3)));
        assert_eq!(first(snapshot.scan(&descending, 250, 10).await?), Some(key(19_749)));
        assert!(snapshot.get(&key(7)).await?.is_some());
        Ok(())
    }))
    .expect("read");
    let calls = store.take_calls();
    assert_eq!((calls.key_reads(), calls.head_gets), (0, 1), "{calls:?}");
    assert_eq!(page::to_u64(levels), 1 + u64::from(calls.page_reads()), "{calls:?}");

    for batch in 0..40_u32 {
        store.advance(TimeDelta::minutes(5));
        run(tree.update::<_, StoreError>(&meta(), async |transaction| {
            for number in (batch * 500..(batch + 1) * 500).filter(|number| number % 50 != 0) {
                transaction.remove(&key(number));
            }
            Ok(())
        }))
        .expect("committed");
    }
    model.retain(|key, _| key.ends_with(b"00") || key.ends_with(b"50"));
    expect_equal(&store, &model, &[Range::prefix(b"record/00")]);
    // 400 records and the journal are left: the pages of the 20,000 are deleted by now.
    store.advance(TimeDelta::minutes(30));
    for round in 0..200_u32 {
        let value = vec![b'y'; 2000];
        set(&store, format!("round/{:03}", round % 10).as_bytes(), &value).expect("committed");
    }
    let after = shape(&store);
    assert!(after.0 < leaves / 4, "{after:?} after {leaves}, {levels}");
    let pages = store.values().keys().filter(|key| key.starts_with("page.")).count();
    assert!(pages < 400, "{pages} pages are left");
}

/// A list begins among many small records and goes on with few large ones on many pages.
#[test]
fn an_uncertain_beginning_does_not_read_all_that_may_be_meant() {
    let store = new_store(4);
    let tree = Tree::new(&store, HEAD);
    let (small, large) = (40_000, 8_000);
    let fill = |key: fn(u32) -> Vec<u8>, numbers: u32, bytes: usize| {
        for batch in 0..numbers / 2000 {
            run(tree.update::<_, StoreError>(&meta(), async |transaction| {
                for number in batch * 2000..(batch + 1) * 2000 {
                    transaction.insert(key(number), vec![b'x'; bytes]);
                }
                Ok(())
            }))
            .expect("committed");
        }
    };
    fill(|number| format!("a/{number:06}").into_bytes(), small, 0);
    fill(|number| format!("b/{number:06}").into_bytes(), large, 1000);
    let (_, levels) = shape(&store);

    let list = Range::prefix(b"b/");
    for range in [list.clone(), list.reversed()] {
        store.take_calls();
        let part = Part { range: &range, offset: 4000, limit: 10 };
        let (total, page) = run(tree.read::<_, StoreError>(async |snapshot| {
            snapshot.approach(&[part]).await?;
            let calls = store.take_calls();
            let found = snapshot.part(part).await?;
            assert_eq!(store.take_calls().total(), 0, "not all was read ahead");
            let pages = calls.page_gets + calls.batch_get_keys;
            // Two ends and what lies between, on each level.
            assert!(pages <= 5 * u32::try_from(levels).expect("few"), "{calls:?}, {levels} levels");
            assert!(page::to_u64(levels) >= u64::from(calls.page_reads()), "{calls:?}");
            Ok(found)
        }))
        .expect("read");
        assert_eq!((total, page.len()), (u64::from(large), 10));
    }
}

/// Transactions of thousands of records all over the tree, as of a long import.
#[test]
fn large_folds_read_and_write_in_pieces_and_leave_no_pages_behind() {
    let store = new_store(5);
    let tree = Tree::new(&store, HEAD);
    let mut model = Model::new();
    let key = |number: u32| number.wrapping_mul(2_654_435_761).to_be_bytes().to_vec();
    let pages = || store.values().keys().filter(|key| key.starts_with("page.")).count();
    for batch in 0..6_u32 {
        let numbers = batch * 4000..(batch + 1) * 4000;
        store.take_calls();
        run(tree.update::<_, StoreError>(&meta(), async |transaction| {
            for number in numbers.clone() {
                transaction.insert([b"k".as_slice(), &key(number)].concat(), vec![b'x'; 300]);
            }
            Ok(())
        }))
        .expect("committed");
        model.extend(numbers.map(|n| ([b"k".as_slice(), &key(n)].concat(), vec![b'x'; 300])));
        let calls = store.take_calls();
        assert_eq!(calls.swaps, 1);
        assert!(calls.gets + calls.batch_gets < 100, "{calls:?}");
    }
    expect_equal(&store, &model, &[Range::prefix(b"k\x80")]);

    let before = pages();
    store.advance(TimeDelta::minutes(11));
    for round in 0..6_u32 {
        let value = vec![b'y'; 33_000];
        set(&store, format!("round/{round}").as_bytes(), &value).expect("committed");
    }
    assert!(pages() < before / 2, "{} of {before} pages are left", pages());
}

/// What a request for a hundred coupons writes, in a large book: records all over the tree.
#[test]
fn a_fold_reads_the_pages_of_all_its_writes_level_by_level() {
    let store = new_store(6);
    let tree = Tree::new(&store, HEAD);
    let key =
        |number: u32| [b"k".as_slice(), &number.wrapping_mul(2_654_435_761).to_be_bytes()].concat();
    run(tree.update::<_, StoreError>(&meta(), async |transaction| {
        for number in 0..40_000 {
            transaction.insert(key(number), vec![b'x'; 30]);
        }
        Ok(())
    }))
    .expect("committed");
    for writes in [100, 1000] {
        store.take_calls();
        run(tree.update::<_, StoreError>(&meta(), async |transaction| {
            for number in 0..writes {
                transaction.replace(key(number * 7), vec![b'y'; 400]);
            }
            Ok(())
        }))
        .expect("committed");
        let calls = store.take_calls();
        // Two levels below the head, a hundred pages a call; and a neighbour of a small page.
        assert!(calls.page_reads() <= 4 + writes / 100, "{calls:?}");
    }
}

/// A key that is 32 random hexadecimal digits, as the ids of the cloud are: neighbours in time are
/// none in the tree.
fn random_key(number: u32) -> Vec<u8> {
    let digits = hex::encode(&sha256(&number.to_be_bytes())[..16]);
    format!("k{digits}").into_bytes()
}

/// Writes records of about a page each, in transactions of some thousands.
fn fill_pages(store: &MemoryStore, numbers: std::ops::Range<u32>) {
    let numbers: Vec<u32> = numbers.collect();
    for numbers in numbers.chunks(4000) {
        run(Tree::new(store, HEAD).update::<_, StoreError>(&meta(), async |transaction| {
            for number in numbers {
                transaction.insert(random_key(*number), vec![b'x'; 3500]);
            }
            Ok(())
        }))
        .expect("committed");
    }
}

fn head_bytes(store: &MemoryStore) -> usize {
    store.value(HEAD).map_or(0, |head| head.len())
}

#[test]
fn a_transaction_may_replace_more_pages_than_a_head_can_name() {
    let store = new_store(21);
    let records = 17_000;
    fill_pages(&store, 0..records);
    let tree = Tree::new(&store, HEAD);
    run(tree.update::<_, StoreError>(&meta(), async |transaction| {
        for number in 0..records {
            transaction.replace(random_key(number), vec![b'y'; 3500]);
        }
        Ok(())
    }))
    .expect("committed");
    assert!(head_bytes(&store) < 64 * 1024, "{} bytes", head_bytes(&store));
    assert_eq!(get(&store, &random_key(7)), Some(vec![b'y'; 3500]));
    let (stored, reached) = pages(&store);
    assert_eq!(stored, reached);
    // The pages that it replaced go, and with them those that name them.
    store.advance(TimeDelta::minutes(11));
    for round in 0..40_u32 {
        set(&store, format!("round/{round:02}").as_bytes(), &[b'z'; 33_000]).expect("committed");
    }
    let (stored, reached) = pages(&store);
    assert_eq!(stored, reached);
    let left = stored.len();
    assert!(left < 18_000, "{left} pages are left");
}

/// Lower limits for as long as this is there.
struct Lowered;

impl Lowered {
    fn to(limits: Limits) -> Self {
        limit::set(limits);
        Self
    }
}

impl Drop for Lowered {
    fn drop(&mut self) {
        limit::set(Limits::USUAL);
    }
}

#[test]
fn a_transaction_that_is_too_large_changes_nothing_and_leaves_no_pages() {
    let store = new_store(22);
    fill_pages(&store, 0..1500);
    let _lowered = Lowered::to(Limits { replaced_max: 900, ..Limits::USUAL });
    let before = store.values();
    let replace = |records: u32| {
        run(Tree::new(&store, HEAD).update::<_, StoreError>(&meta(), async |transaction| {
            for number in 0..records {
                transaction.replace(random_key(number), vec![b'y'; 3500]);
            }
            Ok(())
        }))
    };
    assert_eq!(replace(1500), Err(StoreError::TransactionTooLarge));
    assert_eq!(store.values(), before);
    assert_eq!(replace(600), Ok(()));
}

#[test]
fn pages_that_are_named_outside_of_the_head_are_deleted_as_the_others_are() {
    let _lowered = Lowered::to(Limits { pages_per_list: 3, ..Limits::USUAL });
    let store = new_store(23);
    let mut model = Model::new();
    let key = |number: u32| random_key(number % 400);
    for round in 0..60_u32 {
        store.advance(TimeDelta::minutes(3));
        let numbers = round * 37..(round + 1) * 37;
        run(Tree::new(&store, HEAD).update::<_, StoreError>(&meta(), async |transaction| {
            for number in numbers.clone() {
                put(transaction, &key(number), Some(&vec![number.to_be_bytes()[3]; 1200])).await?;
            }
            Ok(())
        }))
        .expect("committed");
        model.extend(numbers.map(|n| (key(n), vec![n.to_be_bytes()[3]; 1200])));
        let (stored, reached) = pages(&store);
        assert_eq!(stored, reached);
    }
    expect_equal(&store, &model, &[Range::prefix(b"k7")]);
    let (stored, _) = pages(&store);
    assert!(stored.len() < 500, "{} pages are left", stored.len());
}

#[test]
fn a_list_of_pages_that_is_gone_or_damaged_stops_no_transaction() {
    let _lowered = Lowered::to(Limits { pages_per_list: 3, ..Limits::USUAL });
    for damage in [None, Some(b"damaged".to_vec())] {
        let store = new_store(24);
        fill_pages(&store, 0..30);
        set(&store, b"more", &[b'x'; 33_000]).expect("committed");
        fill_pages(&store, 30..60);
        let lists = run(Tree::new(&store, HEAD).read::<_, StoreError>(async |snapshot| {
            let mut lists = snapshot.head.lists();
            for (_, value) in snapshot.scan(&replaced::all(), 0, 1000).await? {
                if let replaced::Noted::List(list) = replaced::Noted::decode(&value) {
                    lists.push(list);
                }
            }
            Ok(lists)
        }))
        .expect("read");
        assert!(lists.len() > 3);
        let mut values = store.values();
        for list in lists {
            values.remove(&list.id.key());
            values.extend(damage.clone().map(|bytes| (list.id.key(), bytes)));
        }
        store.set_values(values);
        store.advance(TimeDelta::minutes(11));
        for round in 0..6_u32 {
            set(&store, format!("round/{round}").as_bytes(), &[b'z'; 33_000]).expect("committed");
            store.advance(TimeDelta::minutes(11));
        }
        let noted = run(Tree::new(&store, HEAD)
            .read::<_, StoreError>(async |snapshot| snapshot.count(&replaced::all()).await));
        assert!(noted.as_ref().is_ok_and(|noted| *noted < 20), "{noted:?}");
    }
}

#[test]
fn a_fold_that_cannot_be_written_to_its_end_leaves_no_pages() {
    struct Full(MemoryStore, Cell<u32>);
    #[async_trait(?Send)]
    impl KeyValue for Full {
        crate::store::memory::forward!(0: get, get_many, set, delete_many, watch, swap);

        async fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
            let Some(left) = self.1.get().checked_sub(1) else {
                return Err(KeyValueError("full".to_owned()));
            };
            self.1.set(left);
            self.0.set_many(entries).await
        }
    }
    #[async_trait(?Send)]
    impl Environment for Full {
        crate::store::memory::forward!(0: environment);
    }
    for calls in 0..3 {
        let full = Full(new_store(25), Cell::new(calls));
        let before = full.0.values();
        let outcome =
            run(Tree::new(&full, HEAD).update::<_, StoreError>(&meta(), async |transaction| {
                (0..2000).for_each(|number| {
                    transaction.insert(random_key(number), vec![b'x'; 3500]);
                });
                Ok(())
            }));
        assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
        assert_eq!(full.0.values(), before);
    }
}

/// As the version before this one wrote it: the head names all replaced pages, and lists none.
#[test]
fn a_head_that_an_older_version_wrote_is_read_and_written_on() {
    let bytes = include_bytes!("tests/head_3.bin");
    let head = head::Head::decode(HEAD, &bytes.to_vec().into()).expect("read");
    assert_eq!((head.name.as_str(), head.sequence), ("test", 3));
    assert_eq!((head.replaced().len(), head.lists().len()), (1, 0));
    assert_eq!(head.encode().expect("encodes"), bytes);
}

#[test]
fn a_large_transaction_writes_no_pages_for_a_head_that_has_been_replaced() {
    let store = new_store(8);
    let tree = Tree::new(&store, HEAD);
    let others = Cell::new(2);
    run(tree.update::<_, StoreError>(&meta(), async |transaction| {
        for number in 0..200_u32 {
            transaction.insert(number.to_be_bytes().to_vec(), vec![b'x'; 300]);
        }
        if let Some(left) = u32::checked_sub(others.get(), 1) {
            others.set(left);
            set(&store, b"other", b"y")?;
        }
        Ok(())
    }))
    .expect("committed");
    let calls = store.take_calls();
    // Two of others, one that takes the turn, and the transaction.
    assert_eq!((calls.swaps, calls.batch_sets, calls.batch_deletes), (4, 1, 0), "{calls:?}");
    assert_eq!(get(&store, &7_u32.to_be_bytes()), Some(vec![b'x'; 300]));
    assert_eq!(get(&store, b"other"), Some(vec![b'y']));
}

#[test]
fn a_transaction_is_neither_decided_nor_written_again_because_another_one_queues() {
    for bytes in [10, 300] {
        let store = new_store(9);
        let decided = Cell::new(0);
        run(Tree::new(&store, HEAD).update::<_, StoreError>(&meta(), async |transaction| {
            decided.update(|before| before + 1);
            for number in 0..200_u32 {
                transaction.insert(number.to_be_bytes().to_vec(), vec![b'x'; bytes]);
            }
            let stored = store.value(HEAD).expect("a head");
            let mut head = head::Head::decode(HEAD, &stored.into()).expect("read");
            head.waiting = [[1; 16], [2; 16]].concat().into();
            store.set(HEAD, &head.encode().expect("encodes")).await.map_err(StoreError::from)
        }))
        .expect("committed");
        let calls = store.take_calls();
        let pages = u32::from(bytes == 300);
        assert_eq!((decided.get(), calls.swaps, calls.lost_swaps), (1, 2, 1), "{calls:?}");
        assert_eq!((calls.batch_sets, calls.batch_deletes), (pages, 0), "{calls:?}");
        assert_eq!(get(&store, &7_u32.to_be_bytes()), Some(vec![b'x'; bytes]));
        let stored = store.value(HEAD).expect("a head");
        let head = head::Head::decode(HEAD, &stored.into()).expect("read");
        // The turn is the next one's, if this one was large.
        let (turn, waiting) = if bytes == 300 { (Some([1; 16]), 1) } else { (None, 2) };
        assert_eq!((head.turn, head.waiting.len()), (turn, waiting * 16));
    }
}

#[test]
fn a_store_that_takes_few_keys_in_a_call_is_written_in_pieces() {
    let store = new_store(7);
    store.set_flaw(Flaw::TakesFewKeys);
    let tree = Tree::new(&store, HEAD);
    let mut model = Model::new();
    let key = |number: u32| number.wrapping_mul(2_654_435_761).to_be_bytes().to_vec();
    for batch in 0..3_u8 {
        run(tree.update::<_, StoreError>(&meta(), async |transaction| {
            for number in 0..1000 {
                let key = [b"k".as_slice(), &key(number)].concat();
                put(transaction, &key, Some(&[batch; 300])).await?;
            }
            Ok(())
        }))
        .expect("committed");
        store.advance(TimeDelta::minutes(11));
    }
    model.extend((0..1000).map(|n| ([b"k".as_slice(), &key(n)].concat(), vec![2; 300])));
    expect_equal(&store, &model, &[Range::prefix(b"k")]);
    let pages = || store.values().keys().filter(|key| key.starts_with("page.")).count();
    let before = pages();
    set(&store, b"last", &[b'x'; 33_000]).expect("committed");
    assert!(pages() < before, "the pages replaced before are deleted: {} of {before}", pages());
}

#[test]
fn one_swap_a_transaction_and_few_folds() {
    let store = new_store(3);
    store.take_calls();
    for number in 0..1000_u32 {
        store.advance(TimeDelta::seconds(3));
        let key = format!("coupon/{number:06}").into_bytes();
        run(Tree::new(&store, HEAD).update::<_, StoreError>(&meta(), async |transaction| {
            transaction.insert(key.clone(), vec![b'c'; 700]);
            put(transaction, b"\x01quota", Some(number.to_string().as_bytes())).await
        }))
        .expect("committed");
    }
    let calls = store.take_calls();
    assert_eq!(calls.swaps, 1000);
    assert!(calls.commits() <= 1100, "{calls:?}");
}

fn log_bytes(store: &MemoryStore) -> usize {
    run(Tree::new(store, HEAD).read(async |it| Ok::<_, StoreError>(it.log_bytes()))).expect("read")
}

/// The longest log when there are `between_ms` milliseconds between transactions that take
/// `taken_ms` each.
fn longest_log(between_ms: i64, taken_ms: i64) -> usize {
    let store = new_store(6);
    let mut longest = 0;
    for number in 0..200_u32 {
        store.advance(TimeDelta::milliseconds(between_ms));
        run(Tree::new(&store, HEAD).update::<_, StoreError>(&meta(), async |transaction| {
            store.advance(TimeDelta::milliseconds(taken_ms));
            let key = format!("coupon/{number:06}").into_bytes();
            transaction.insert(key, vec![b'c'; 700]);
            Ok(())
        }))
        .expect("committed");
        longest = longest.max(log_bytes(&store));
    }
    longest
}

#[test]
fn transactions_before_an_instant_are_counted_with_few_calls() {
    let store = new_store(7);
    let mut times = Vec::new();
    for number in 0..400_u32 {
        // Some are committed at the same moment.
        store.advance(TimeDelta::milliseconds(i64::from(number % 3) * 500));
        set(&store, &number.to_be_bytes(), &[0; 200]).expect("set");
        times.push(store.now());
    }
    let counted = |time| {
        store.take_calls();
        let tree = Tree::new(&store, HEAD);
        let count = run(tree
            .read::<_, StoreError>(async |snapshot| journal::count_before(snapshot, time).await));
        (count.expect("counted"), store.take_calls().key_reads())
    };
    let millisecond = TimeDelta::milliseconds(1);
    for time in &times {
        for time in [*time - millisecond, *time, *time + millisecond] {
            let (count, calls) = counted(time);
            let expected = times.iter().filter(|other| **other < time).count();
            assert_eq!(count, u64::try_from(expected).expect("fits"), "{time}");
            assert!(calls <= 40, "{calls}");
        }
    }
}

#[test]
fn readers_of_a_quiet_store_find_a_short_log() {
    let longest = longest_log(3000, 100);
    assert!(longest <= LOG_BYTES_QUIET, "{longest} bytes");
}

#[test]
fn a_busy_store_leaves_folding_to_few() {
    for (between_ms, taken_ms) in [(2, 1), (150, 100)] {
        let longest = longest_log(between_ms, taken_ms);
        assert!(longest > LOG_BYTES_QUIET, "{longest} bytes at {between_ms} ms");
    }
}

#[test]
fn a_refusal_and_an_empty_transaction_commit_nothing() {
    let store = new_store(4);
    set(&store, b"a", b"1").expect("committed");
    let before = store.values();
    let tree = Tree::new(&store, HEAD);
    let refused: Result<(), StoreError> = run(tree.update(&meta(), async |transaction| {
        transaction.replace(b"a".to_vec(), b"2".to_vec());
        Err(StoreError::Misuse("refused".to_owned()))
    }));
    assert!(refused.is_err());
    let seen =
        run(tree.update::<_, StoreError>(&meta(), async |transaction| transaction.get(b"a").await));
    assert_eq!(seen, Ok(Some(b"1".to_vec())));
    assert_eq!(store.values(), before);
}

#[test]
fn a_transaction_that_contradicts_itself_is_refused() {
    let store = new_store(5);
    let tree = Tree::new(&store, HEAD);
    let before = store.values();
    type Fault = fn(&mut Transaction<'_>);
    let faults: [Fault; 5] = [
        |it| (0..2).for_each(|_| it.insert(b"k".to_vec(), Vec::new())),
        |it| it.insert(vec![journal::RESERVED], Vec::new()),
        |it| it.insert(Vec::new(), Vec::new()),
        |it| it.insert(b"k".to_vec(), vec![0; 65 * 1024]),
        |it| (0..2).for_each(|_| it.remove(b"k")),
    ];
    for fault in faults {
        let outcome = run(tree.update::<_, StoreError>(&meta(), async |transaction| {
            fault(transaction);
            Ok(())
        }));
        assert!(matches!(outcome, Err(StoreError::Misuse(_))), "{outcome:?}");
    }
    assert_eq!(store.values(), before);
}

/// As far as that shows without a read: builds for tests look at every transaction.
#[test]
fn a_write_that_contradicts_what_was_read_is_noticed() {
    let store = new_store(5);
    fill_pages(&store, 0..2_000);
    let tree = Tree::new(&store, HEAD);
    let there = random_key(7);
    type Write = fn(&mut Transaction<'_>, Vec<u8>);
    let writes: [Write; 3] = [
        |it, _| it.remove(b"absent"),
        |it, _| it.replace(b"absent".to_vec(), Vec::new()),
        |it, there| it.insert(there, Vec::new()),
    ];
    for is_read in [false, true] {
        for write in writes {
            let outcome = run(tree.update::<(), StoreError>(&meta(), async |transaction| {
                if is_read {
                    assert_eq!(transaction.get(b"absent").await?, None);
                    assert!(transaction.get(&there).await?.is_some());
                }
                write(transaction, there.clone());
                assert_eq!(transaction.contradiction().is_some(), is_read);
                Err(StoreError::Contended)
            }));
            assert!(matches!(outcome, Err(StoreError::Contended)), "{outcome:?}");
        }
    }
}

/// What a host may do to a swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It happens and its answer is lost.
    AnswerLost,
    /// It does not happen and its answer is lost.
    CallLost,
    /// It happens, is repeated by the host, and the repetition reports that it was lost.
    Repeated,
    /// Another client commits first.
    Raced,
    /// It happens only when the next one is tried, the answer being lost.
    Delayed,
}

/// A memory store whose swaps go wrong as planned.
struct Faulty {
    store: MemoryStore,
    plan: RefCell<VecDeque<Fault>>,
    delayed: RefCell<Option<Sent>>,
    racers: Cell<u32>,
    /// Whether one of them was chosen to fold the log.
    racer_folded: Cell<bool>,
}

impl Faulty {
    fn new(plan: &[Fault]) -> Self {
        Self {
            store: new_store(6),
            plan: RefCell::new(plan.iter().copied().collect()),
            delayed: RefCell::default(),
            racers: Cell::new(0),
            racer_folded: Cell::new(false),
        }
    }
}

#[async_trait(?Send)]
impl KeyValue for Faulty {
    crate::store::memory::forward!(store: get, get_many, set, set_many, delete_many, watch);

    async fn swap(&self, watch: Watch, value: &[u8]) -> Result<Swap, KeyValueError> {
        let delayed = self.delayed.take();
        if let Some((watch, value)) = delayed {
            _ = self.store.swap(watch, &value).await;
        }
        let lost = Err(KeyValueError("no answer".to_owned()));
        let fault = self.plan.borrow_mut().pop_front();
        match fault {
            None => self.store.swap(watch, value).await,
            Some(Fault::AnswerLost) => {
                _ = self.store.swap(watch, value).await;
                lost
            }
            Some(Fault::CallLost) => lost,
            Some(Fault::Repeated) => {
                _ = self.store.swap(watch, value).await;
                Ok(Swap::Lost)
            }
            Some(Fault::Raced) => {
                self.racers.set(self.racers.get() + 1);
                let key = format!("racer/{}", self.racers.get());
                let before = self.store.values().len();
                set(&self.store, key.as_bytes(), b"x").expect("the racer commits");
                if self.store.values().len() != before {
                    self.racer_folded.set(true);
                }
                self.store.swap(watch, value).await
            }
            Some(Fault::Delayed) => {
                *self.delayed.borrow_mut() = Some((watch, value.to_vec()));
                lost
            }
        }
    }
}

#[async_trait(?Send)]
impl Environment for Faulty {
    crate::store::memory::forward!(store: environment);
}

/// How a transaction is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    /// It is appended to the log.
    Small,
    /// It is one too many for the log, which it folds. What races with it is appended.
    Folding,
    /// It is too large for any log: each attempt folds it, with pages of its own.
    Large,
}

impl Size {
    fn filler(self) -> Vec<u8> {
        let bytes = match self {
            Self::Small => 10,
            Self::Folding => 3_000,
            Self::Large => 40_000,
        };
        vec![b'f'; bytes]
    }
}

/// Keys of all pages in the store, and of those that the head reaches.
fn pages(store: &MemoryStore) -> (Vec<String>, Vec<String>) {
    let stored = store.values().into_keys().filter(|key| key.starts_with("page.")).collect();
    let tree = Tree::new(store, HEAD);
    let reached = run(tree.read(async |snapshot| reach(snapshot).await)).expect("read");
    (stored, reached.into_iter().collect())
}

/// Keys of all pages that a head refers to: those of its tree, and those replaced that are still
/// to be deleted.
pub(crate) async fn reach(snapshot: &Snapshot<'_>) -> Result<BTreeSet<String>, StoreError> {
    let mut reached = snapshot.head.replaced();
    let mut lists = snapshot.head.lists();
    sweep::each_replaced(snapshot, |noted| match noted {
        Noted::Pages(pages) => reached.extend(pages),
        Noted::List(list) => lists.push(list),
        Noted::Fold(_) => {}
    })
    .await?;
    reached.extend(lists.iter().map(|list| list.id));
    reached.extend(replaced::listed_pages(snapshot.pages.backend, &lists).await?);
    let mut level: Vec<page::PageRef> = snapshot.root()?.children().collect();
    while !level.is_empty() {
        reached.extend(level.iter().map(|page| page.id));
        let pages = snapshot.pages.load(&level).await?;
        level = pages.iter().flat_map(|page| page.children().collect::<Vec<_>>()).collect();
    }
    Ok(reached.iter().map(page::PageId::key).collect())
}

#[test]
fn commits_exactly_once_whatever_becomes_of_three_swaps() {
    let faults =
        [Fault::AnswerLost, Fault::CallLost, Fault::Repeated, Fault::Raced, Fault::Delayed];
    let mut plans: Vec<Vec<Fault>> = vec![Vec::new()];
    for length in 0..3 {
        let longer: Vec<Vec<Fault>> = plans
            .iter()
            .filter(|plan| plan.len() == length)
            .flat_map(|plan| faults.map(|fault| [plan.as_slice(), &[fault]].concat()))
            .collect();
        plans.extend(longer);
    }
    assert_eq!(plans.len(), 1 + 5 + 25 + 125);
    let mut kept = 0;
    for plan in plans {
        for size in [Size::Small, Size::Folding, Size::Large] {
            let faulty = commits_once(&plan, size);
            let raced = faulty.racers.get() > 0 && !faulty.racer_folded.get();
            kept += u32::from(size == Size::Folding && raced);
        }
    }
    assert!(kept > 30, "{kept} folds were kept over what raced with them");
}

fn commits_once(plan: &[Fault], size: Size) -> Faulty {
    let faulty = Faulty::new(plan);
    // A tree of some pages, and a log with room for all who race.
    set(&faulty.store, b"first", &[b'f'; 40_000]).expect("committed");
    while let room @ 2_500.. = LOG_BYTES_FOLD_ALWAYS - log_bytes(&faulty.store) {
        let key = format!("log/{room}");
        set(&faulty.store, key.as_bytes(), &vec![b'l'; (room - 2_000).min(9_000)]).expect("set");
    }
    let filler = size.filler();
    let tree = Tree::new(&faulty, HEAD);
    faulty.store.take_calls();
    let count = run(tree.update::<_, StoreError>(&meta(), async |transaction| {
        let count = transaction.get(b"count").await?.map_or(0, |value| value[0]) + 1;
        put(transaction, b"count", Some(&[count])).await?;
        put(transaction, b"filler", Some(&filler)).await?;
        Ok(count)
    }));
    let calls = faulty.store.take_calls();
    let case = format!("{size:?}, {plan:?}");
    assert_eq!(count, Ok(1), "{case}");
    assert_eq!(get(&faulty, b"count"), Some(vec![1]), "{case}");
    assert_eq!(get(&faulty, b"filler"), Some(filler), "{case}");
    for racer in 1..=faulty.racers.get() {
        assert!(get(&faulty, format!("racer/{racer}").as_bytes()).is_some(), "{case}");
    }
    let read = Tree::new(&faulty, HEAD);
    let verified = run(read.read(async |it| journal::verify(it, |_, _| {}).await));
    assert_eq!(verified, Ok(true), "{case}");
    let (stored, reached) = pages(&faulty.store);
    assert_eq!(stored, reached, "{case}");
    if size == Size::Folding && !faulty.racer_folded.get() {
        // However many attempts: the pages are written once, and none for nothing.
        assert_eq!((calls.batch_sets, calls.batch_deletes), (1, 0), "{case}");
    }
    faulty
}

#[test]
fn says_that_the_outcome_is_unknown_when_it_cannot_be_read_back() {
    struct Cut(Faulty, Cell<bool>);
    #[async_trait(?Send)]
    impl KeyValue for Cut {
        crate::store::memory::forward!(0: get, get_many, set, set_many, delete_many);

        async fn watch(&self, key: &str) -> Result<(Option<Vec<u8>>, Watch), KeyValueError> {
            if self.1.get() {
                return Err(KeyValueError("cut off".to_owned()));
            }
            self.0.watch(key).await
        }

        async fn swap(&self, watch: Watch, value: &[u8]) -> Result<Swap, KeyValueError> {
            self.1.set(true);
            self.0.swap(watch, value).await
        }
    }
    #[async_trait(?Send)]
    impl Environment for Cut {
        crate::store::memory::forward!(0: environment);
    }
    let cut = Cut(Faulty::new(&[Fault::AnswerLost]), Cell::new(false));
    assert_eq!(set(&cut, b"a", b"1"), Err(StoreError::OutcomeUnknown));
    assert_eq!(get(&cut, b"a"), Some(b"1".to_vec()));
}

#[test]
fn a_reader_that_slept_past_a_deletion_starts_again() {
    let store = new_store(7);
    let tree = Tree::new(&store, HEAD);
    let fill = |from: u8| {
        for number in from..from + 80 {
            let key = format!("k{:03}", number % 40);
            set(&store, key.as_bytes(), &[number; 3000]).expect("committed");
            store.advance(TimeDelta::minutes(3));
        }
    };
    fill(0);
    let runs = Cell::new(0);
    let value = run(tree.read::<_, StoreError>(async |snapshot| {
        runs.set(runs.get() + 1);
        if runs.get() == 1 {
            fill(100);
        }
        snapshot.get(b"k005").await
    }));
    assert_eq!(runs.get(), 2);
    assert_eq!(value, Ok(Some(vec![165; 3000])));
}

#[test]
fn every_flipped_byte_of_a_small_store_is_found() {
    let store = new_store(8);
    for number in 0..30_u8 {
        set(&store, &[b'k', number], &[number; 2000]).expect("committed");
        store.advance(TimeDelta::seconds(1));
    }
    let intact = store.values();
    let check = || {
        let tree = Tree::new(&store, HEAD);
        run(tree.read(async |snapshot| {
            let records = snapshot.scan(&Range::prefix(b"k"), 0, 100).await?;
            let verified = journal::verify(snapshot, |_, _| {}).await?;
            Ok::<_, StoreError>(records.len() == 30 && verified)
        }))
    };
    assert_eq!(check(), Ok(true));
    let live: Vec<String> = run(Tree::new(&store, HEAD).read::<_, StoreError>(async |snapshot| {
        Ok(snapshot.root()?.children().map(|child| child.id.key()).collect())
    }))
    .expect("read");
    assert!(live.len() > 2);
    for key in live.iter().map(String::as_str).chain([HEAD]) {
        for index in (0..intact[key].len()).step_by(7) {
            let mut values = intact.clone();
            if let Some(value) = values.get_mut(key) {
                value[index] ^= 0x10;
            }
            store.set_values(values);
            assert!(matches!(check(), Err(_) | Ok(false)), "byte {index} of {key}");
        }
    }
}

#[test]
fn a_head_of_another_format_is_refused_and_left_alone() {
    let store = new_store(9);
    let written = store.values();
    let known = [head::FRAME.format, head::FRAME_NAMED.format];
    for format in (0..=u8::MAX).filter(|format| !known.contains(format)) {
        let mut values = written.clone();
        let head = values.get_mut(HEAD).expect("there");
        head[2] = format;
        let (framed, checksum) = head.split_last_chunk_mut().expect("long enough");
        *checksum = super::frame::checksum(framed);
        store.set_values(values.clone());
        let other = StoreError::OtherFormat { key: HEAD.to_owned(), format };
        assert_eq!(set(&store, b"a", b"1"), Err(other));
        assert_eq!(store.values(), values);
    }
}

#[test]
fn the_register_gives_each_tenant_one_head() {
    let store = MemoryStore::new(10);
    let register = Register::new(&store);
    assert_eq!(run(register.tenant("acme/1")), Ok(None));
    let created = run(register.create_tenant("acme/1", b"content")).expect("created");
    let Claim::New(head_key) = created else { panic!("{created:?}") };
    assert!(head_key.starts_with("head.acme:2f1."), "{head_key}");
    let again = run(register.create_tenant("acme/1", b"content"));
    assert_eq!(again, Ok(Claim::Same(head_key.clone())));
    assert_eq!(run(register.create_tenant("acme/1", b"other")), Ok(Claim::Other));
    assert_eq!(run(register.tenant("acme/1")), Ok(Some(head_key.clone())));
    assert_eq!(run(register.tenants()), Ok(vec![("acme/1".to_owned(), head_key)]));
}

#[test]
fn the_register_gives_an_access_key_to_the_first_who_claims_it() {
    let store = MemoryStore::new(10);
    let register = Register::new(&store);
    assert_eq!(run(register.access_key("AK")), Ok(None));
    assert_eq!(run(register.access_keys_after(None, 10)), Ok((0, vec![])));
    assert_eq!(run(register.access_keys_of("t", 0, 10)), Ok((0, vec![])));
    assert_eq!(run(register.claim_access_key("t", "AK", b"1")), Ok(None));
    assert_eq!(run(register.claim_access_key("u", "AK", b"2")), Ok(Some(b"1".to_vec())));
    for id in ["AL", "AJ", "A"] {
        assert_eq!(run(register.claim_access_key("u", id, id.as_bytes())), Ok(None));
    }
    let listed = |ids: &[&str]| -> Vec<(String, Vec<u8>)> {
        let content = |id: &str| if id == "AK" { b"1".to_vec() } else { id.as_bytes().to_vec() };
        ids.iter().map(|id| ((*id).to_owned(), content(id))).collect()
    };
    assert_eq!(run(register.access_keys_of("t", 0, 10)), Ok((1, listed(&["AK"]))));
    assert_eq!(run(register.access_keys_of("u", 1, 1)), Ok((3, listed(&["AJ"]))));
    assert_eq!(run(register.access_keys_after(None, 2)), Ok((4, listed(&["A", "AJ"]))));
    assert_eq!(run(register.access_keys_after(Some("AJ"), 9)), Ok((2, listed(&["AK", "AL"]))));

    let ids = ["AK".to_owned(), "nobody".to_owned(), "AL".to_owned()];
    let changed = run(register.change_access_keys("test", &ids, |id, content| {
        let changed = [content, b"!"].concat();
        Ok::<_, StoreError>(Some(changed).filter(|_| id == "AK"))
    }));
    assert_eq!(changed, Ok(()));
    assert_eq!(run(register.access_key("AK")), Ok(Some(b"1!".to_vec())));
    assert_eq!(run(register.access_key("AL")), Ok(Some(b"AL".to_vec())));
}

/// A store whose writer dies before a swap: the pages that it has written stay.
struct Mortal {
    store: MemoryStore,
    dies: Cell<bool>,
}

#[async_trait(?Send)]
impl KeyValue for Mortal {
    crate::store::memory::forward!(store: get, get_many, set, set_many, watch);

    async fn delete_many(&self, keys: &[String]) -> Result<(), KeyValueError> {
        if self.dies.get() {
            return Err(KeyValueError("dead".to_owned()));
        }
        self.store.delete_many(keys).await
    }

    async fn swap(&self, watch: Watch, value: &[u8]) -> Result<Swap, KeyValueError> {
        if self.dies.get() {
            return Err(KeyValueError("dead".to_owned()));
        }
        self.store.swap(watch, value).await
    }
}

#[async_trait(?Send)]
impl Environment for Mortal {
    crate::store::memory::forward!(store: environment);
}

/// A store with a register and the key of a tenant's head.
fn with_tenant(seed: u64) -> (MemoryStore, String) {
    let store = MemoryStore::new(seed);
    match run(Register::new(&store).create_tenant("t", b"")) {
        Ok(Claim::New(head_key)) => (store, head_key),
        other => panic!("{other:?}"),
    }
}

fn write_large(store: &dyn Backend, head_key: &str, key: &[u8]) -> Result<(), StoreError> {
    run(Tree::new(store, head_key).update(&meta(), async |transaction| {
        for part in 0..12_u8 {
            put(transaction, &[key, &[part]].concat(), Some(&[b'x'; 3500])).await?;
        }
        Ok(())
    }))
}

/// All pages, and those that the head and the register reach; and the records of folds.
fn all_pages(store: &MemoryStore, head_key: &str) -> (BTreeSet<String>, BTreeSet<String>, usize) {
    let keys = store.values().into_keys();
    let (pages, others): (BTreeSet<_>, BTreeSet<_>) = keys.partition(|it| it.starts_with("page."));
    let reached = |key: &str| {
        run(Tree::new(store, key).read(async |snapshot| reach(snapshot).await)).expect("read")
    };
    let mut all = reached(head_key);
    all.extend(reached("head.register"));
    (pages, all, others.iter().filter(|key| key.starts_with("fold.")).count())
}

#[test]
fn the_sweep_deletes_what_a_dead_writer_left_and_nothing_else() {
    let (store, head_key) = with_tenant(11);
    for number in 0..20_u8 {
        write_large(&store, &head_key, &[b'k', number % 7]).expect("committed");
        store.advance(TimeDelta::minutes(1));
    }
    let mortal = Mortal { store, dies: Cell::new(true) };
    write_large(&mortal, &head_key, b"never").expect_err("dies");
    let Mortal { store, .. } = mortal;
    let (left, reached, _) = all_pages(&store, &head_key);
    assert!(left.len() > reached.len() + 3, "the dead writer left pages");

    // Younger than an hour: its writer may still be at work.
    store.advance(TimeDelta::minutes(30));
    let swept = run(sweep(&store, "operator")).expect("swept");
    assert_eq!((swept.deleted, swept.finished), (0, true));
    assert_eq!(all_pages(&store, &head_key).0, left);

    store.advance(TimeDelta::minutes(40));
    let swept = run(sweep(&store, "operator")).expect("swept");
    assert!(swept.deleted > 0 && swept.finished, "{swept:?}");
    let (left, reached, _) = all_pages(&store, &head_key);
    assert_eq!(left, reached);
    let tree = Tree::new(&store, head_key.as_str());
    let records = run(tree.read::<_, StoreError>(async |snapshot| {
        assert!(journal::verify(snapshot, |_, _| {}).await?);
        snapshot.verify_pages().await?;
        snapshot.scan(&Range::prefix(b"k"), 0, 100).await
    }));
    assert_eq!(records.map(|records| records.len()), Ok(7 * 12));

    let again = run(sweep(&store, "operator")).expect("swept");
    assert_eq!(again.deleted, 0);
}

#[test]
fn a_fold_that_is_committed_or_lost_leaves_no_record_of_itself_for_long() {
    let (store, head_key) = with_tenant(12);
    for number in 0..60_u8 {
        write_large(&store, &head_key, &[b'k', number % 7]).expect("committed");
        store.advance(TimeDelta::minutes(2));
    }
    // Those of the last ten minutes, and of the last fold before.
    let (_, _, folds) = all_pages(&store, &head_key);
    assert!(folds <= 8, "{folds} records of folds");
}

#[test]
fn the_sweep_goes_on_where_it_ended_and_asks_for_no_list_of_keys() {
    let _lowered = Lowered::to(Limits { swept_at_once: 100, ..Limits::USUAL });
    let (store, head_key) = with_tenant(13);
    let small = |number: u16| {
        run(Tree::new(&store, head_key.as_str()).update(&meta(), async |transaction| {
            put(transaction, &number.to_be_bytes(), Some(b"value")).await
        }))
        .expect("committed");
    };
    (0..150).for_each(small);
    let mortal = Mortal { store, dies: Cell::new(true) };
    write_large(&mortal, &head_key, b"never").expect_err("dies");
    let Mortal { store, .. } = mortal;
    store.advance(TimeDelta::minutes(61));
    let small = |number: u16| {
        run(Tree::new(&store, head_key.as_str()).update(&meta(), async |transaction| {
            put(transaction, &number.to_be_bytes(), Some(b"value")).await
        }))
        .expect("committed");
    };
    (150..350).for_each(small);

    let sweep_in_parts = |parts: usize| -> Vec<Swept> {
        (0..parts).map(|_| run(sweep(&store, "operator:night")).expect("swept")).collect()
    };
    let finished = |parts: &[Swept]| parts.iter().map(|part| part.finished).collect::<Vec<_>>();
    let deleted = |parts: &[Swept]| parts.iter().map(|part| part.deleted > 0).collect::<Vec<_>>();
    // Those that another one followed more than an hour ago: all but the last that is so old.
    let parts = sweep_in_parts(3);
    assert_eq!(finished(&parts), [false, true, true], "{parts:?}");
    assert_eq!(deleted(&parts), [false, false, false], "{parts:?}");
    store.advance(TimeDelta::minutes(61));
    let parts = sweep_in_parts(4);
    assert_eq!(finished(&parts), [false, false, true, true], "{parts:?}");
    assert_eq!(deleted(&parts), [true, false, false, false], "{parts:?}");
    let (left, reached, _) = all_pages(&store, &head_key);
    assert_eq!(left, reached);

    // The journal names who asked for it.
    let tree = Tree::new(&store, head_key.as_str());
    let newest = run(tree
        .read(async |snapshot| crate::store::journal::entry(snapshot, snapshot.sequence()).await));
    let newest = newest.expect("read").expect("an entry");
    assert_eq!((newest.caller.as_str(), newest.operation.as_str()), ("operator:night", "sweep"));

    // What has been looked through is not looked through again.
    store.take_calls();
    assert!(run(sweep(&store, "operator")).is_ok_and(|swept| swept.transactions < 5));
    let calls = store.take_calls();
    assert!(calls.total() < 20 && calls.commits() == 0, "{calls:?}");
}

/// As a host could do that repeats a call long after: the record of a fold comes back.
#[test]
fn pages_in_use_are_never_swept_whatever_the_records_say() {
    let (store, head_key) = with_tenant(14);
    write_large(&store, &head_key, b"k").expect("committed");
    let recorded: Vec<(String, Vec<u8>)> =
        store.values().into_iter().filter(|(key, _)| key.starts_with("fold.")).collect();
    assert_eq!(recorded.len(), 1);
    for number in 0..5 {
        store.advance(TimeDelta::minutes(20));
        write_large(&store, &head_key, &[b'l', number]).expect("committed");
    }
    let mut values = store.values();
    values.extend(recorded);
    store.set_values(values);
    store.advance(TimeDelta::minutes(61));
    run(sweep(&store, "operator")).expect("swept");
    let tree = Tree::new(&store, head_key.as_str());
    assert_eq!(run(tree.read(async |snapshot| snapshot.verify_pages().await)), Ok(()));
}
