//! Snapshots: taken, put back and dropped, and what may be deleted meanwhile.

use super::*;

/// What is read of a head: whether its journal verifies, and its records, every page looked at.
fn whole(store: &MemoryStore, head_key: &str) -> (bool, Model) {
    run(Tree::new(store, head_key).read::<_, StoreError>(async |snapshot| {
        snapshot.verify_pages().await?;
        let verified = journal::verify(snapshot, |_, _| {}).await?;
        let all = Range::between(Vec::new(), vec![journal::RESERVED]);
        let records = snapshot.scan(&all, 0, usize::MAX).await?;
        Ok((verified, records.into_iter().collect()))
    }))
    .expect("whole")
}

fn operations(store: &MemoryStore, head_key: &str) -> Vec<String> {
    run(Tree::new(store, head_key).read::<_, StoreError>(async |snapshot| {
        let mut operations = Vec::new();
        for sequence in 1..=snapshot.sequence() {
            let entry = journal::entry(snapshot, sequence).await?;
            operations.push(entry.expect("is there").operation);
        }
        Ok(operations)
    }))
    .expect("read")
}

fn take(store: &MemoryStore, head_key: &str, name: &str) -> Named {
    run(Tree::new(store, head_key).take_snapshot(name)).expect("taken").expect("room")
}

fn restore(store: &MemoryStore, head_key: &str, name: &str) -> Option<u64> {
    let meta = Meta { caller: "operator".to_owned(), operation: format!("restore {name}") };
    run(Tree::new(store, head_key).restore_snapshot(&meta, name)).expect("restored")
}

fn forget(store: &MemoryStore, head_key: &str, name: &str) -> bool {
    run(Tree::new(store, head_key).drop_snapshot(name)).expect("dropped")
}

/// Transactions that each fold, over more than the time that replaced pages are kept.
fn churn(store: &MemoryStore, head_key: &str) {
    for number in 0..8_u8 {
        store.advance(TimeDelta::minutes(4));
        write_large(store, head_key, &[b'k', number % 3]).expect("committed");
    }
}

#[test]
fn a_snapshot_is_put_back_and_the_journal_says_so() {
    let (store, head_key) = with_tenant(31);
    write_large(&store, &head_key, b"before").expect("committed");
    let before = whole(&store, &head_key);
    let taken = take(&store, &head_key, "first");
    assert_eq!((taken.name.as_str(), taken.transactions), ("first", 1));
    // A program that does not know snapshots does not read such a head.
    let format = |store: &MemoryStore| store.value(&head_key).expect("a head")[2];
    assert_eq!(format(&store), head::FRAME_NAMED.format);
    churn(&store, &head_key);
    assert_ne!(whole(&store, &head_key), before);

    assert_eq!(restore(&store, &head_key, "first"), Some(2));
    assert_eq!(whole(&store, &head_key), before);
    assert_eq!(operations(&store, &head_key), ["test", "restore first"]);
    // As often as one likes, and the books go on.
    churn(&store, &head_key);
    assert_eq!(restore(&store, &head_key, "first"), Some(2));
    assert_eq!(whole(&store, &head_key), before);
    churn(&store, &head_key);
    assert!(whole(&store, &head_key).0);

    assert_eq!(restore(&store, &head_key, "second"), None);
    assert!(!forget(&store, &head_key, "second"));
    assert!(forget(&store, &head_key, "first"));
    assert_eq!(run(Tree::new(&store, head_key.as_str()).snapshots()), Ok(Vec::new()));
    assert!(!store.values().keys().any(|key| key.starts_with("snapshot.")));
}

#[test]
fn what_only_a_dropped_snapshot_or_taken_back_state_reached_is_swept() {
    let (store, head_key) = with_tenant(32);
    write_large(&store, &head_key, b"before").expect("committed");
    take(&store, &head_key, "first");
    churn(&store, &head_key);
    take(&store, &head_key, "second");
    churn(&store, &head_key);
    restore(&store, &head_key, "first");
    churn(&store, &head_key);
    store.advance(TimeDelta::hours(2));
    run(sweep(&store, "operator")).expect("swept");
    let named = run(Tree::new(&store, head_key.as_str()).snapshots()).expect("listed");
    for named in &named {
        assert!(whole(&store, &named.key()).0, "{named:?}");
    }
    assert_eq!(named.len(), 2);
    let kept = all_pages(&store, &head_key).0.len();

    assert!(forget(&store, &head_key, "second") && forget(&store, &head_key, "first"));
    for _ in 0..3 {
        churn(&store, &head_key);
        store.advance(TimeDelta::hours(2));
        run(sweep(&store, "operator")).expect("swept");
    }
    assert!(whole(&store, &head_key).0);
    let (left, reached, _) = all_pages(&store, &head_key);
    assert_eq!(left, reached);
    assert!(left.len() < kept, "{} of {kept}", left.len());
}

#[test]
fn a_fork_and_its_origin_go_on_without_each_other() {
    let (store, head_key) = with_tenant(33);
    write_large(&store, &head_key, b"before").expect("committed");
    take(&store, &head_key, "first");
    let before = whole(&store, &head_key);
    churn(&store, &head_key);
    let register = Register::new(&store);
    let fork = |snapshot, fork_id| {
        let fork = register::Fork { head_key: &head_key, tenant_id: "t", snapshot, fork_id };
        run(register.fork_tenant(fork)).expect("forked")
    };
    let Ok(Claim::New(of_first)) = fork(Some("first"), "u") else { panic!("no fork") };
    let Ok(Claim::New(of_now)) = fork(None, "v") else { panic!("no fork") };
    assert_eq!(fork(Some("first"), "u"), Ok(Claim::Same(of_first.clone())));
    assert_eq!(fork(None, "t"), Ok(Claim::Other));
    assert_eq!(fork(Some("nothing"), "w"), Err(Untaken::NoSuch));
    assert_eq!(whole(&store, &of_first), before);
    assert_eq!(whole(&store, &of_now), whole(&store, &head_key));
    assert_eq!(operations(&store, &of_first), ["test", "fork of t"]);
    assert!(forget(&store, &head_key, "first"));

    for head_key in [&head_key, &of_first, &of_now] {
        churn(&store, head_key);
        store.advance(TimeDelta::hours(2));
        run(sweep(&store, "operator")).expect("swept");
    }
    for head_key in [&head_key, &of_first, &of_now] {
        assert!(whole(&store, head_key).0, "{head_key}");
    }
    // What a fork needs stays.
    let named = run(Tree::new(&store, head_key.as_str()).snapshots()).expect("listed");
    assert_eq!(named.iter().map(|named| &*named.name).collect::<Vec<_>>(), ["fork:u", "fork:v"]);
    let dropped = run(Tree::new(&store, head_key.as_str()).drop_snapshot("fork:u"));
    assert!(matches!(dropped, Err(StoreError::Misuse(_))), "{dropped:?}");
}

#[test]
fn there_are_only_so_many_and_a_name_is_of_the_newest() {
    let (store, head_key) = with_tenant(34);
    for number in 0..SNAPSHOTS_MAX {
        take(&store, &head_key, &number.to_string());
    }
    let tree = Tree::new(&store, head_key.as_str());
    assert_eq!(run(tree.take_snapshot("more")), Ok(Err(Untaken::TooMany)));
    write_large(&store, &head_key, b"k").expect("committed");
    assert_eq!(take(&store, &head_key, "7").transactions, 1);
    let named = run(tree.snapshots()).expect("listed");
    assert_eq!(named.len(), SNAPSHOTS_MAX);
    let copies = store.values().into_keys().filter(|key| key.starts_with("snapshot."));
    assert_eq!(copies.count(), SNAPSHOTS_MAX);
}

#[test]
fn they_take_the_same_calls_however_large_the_books_are() {
    let mut counted = Vec::new();
    for records in [10, 1_000, 10_000] {
        let store = new_store(35);
        fill_pages(&store, 0..records);
        store.take_calls();
        take(&store, HEAD, "first");
        let taken = store.take_calls();
        assert_eq!(restore(&store, HEAD, "first"), Some(u64::from(records.div_ceil(4000)) + 1));
        let restored = store.take_calls();
        assert!(forget(&store, HEAD, "first"));
        let dropped = store.take_calls();
        counted.push([taken, restored, dropped].map(|calls| (calls.total(), calls.commits())));
    }
    assert_eq!(counted[0], [(3, 2), (3, 1), (3, 2)]);
    assert_eq!(counted, [counted[0]; 3]);
}

#[test]
fn whatever_becomes_of_a_swap_it_is_done_once() {
    let faults =
        [Fault::AnswerLost, Fault::CallLost, Fault::Repeated, Fault::Raced, Fault::Delayed];
    for first in faults {
        for second in faults {
            let faulty = Faulty::new(&[]);
            let plan = || faulty.plan.borrow_mut().extend([first, second]);
            let case = format!("{first:?}, {second:?}");
            let tree = Tree::new(&faulty, HEAD);
            set(&faulty.store, b"key", b"before").expect("committed");
            plan();
            let taken = run(tree.take_snapshot("first")).expect(&case).expect("room");
            assert_eq!(run(tree.snapshots()), Ok(vec![taken]), "{case}");
            faulty.plan.borrow_mut().clear();
            set(&faulty.store, b"key", b"after").expect("committed");
            plan();
            let meta = Meta { operation: "restore".to_owned(), ..meta() };
            let restored = run(tree.restore_snapshot(&meta, "first")).expect(&case);
            assert_eq!(get(&faulty.store, b"key"), Some(b"before".to_vec()), "{case}");
            faulty.plan.borrow_mut().clear();
            let done = operations(&faulty.store, HEAD);
            let place = done.iter().position(|operation| operation == "restore");
            let number = place.map(|place| u64::try_from(place).expect("few") + 1);
            assert_eq!(restored, number, "{case}");
            let times = done.iter().filter(|operation| *operation == "restore").count();
            assert_eq!(times, 1, "{case}");
            plan();
            assert_eq!(run(tree.drop_snapshot("first")), Ok(true), "{case}");
            let values = faulty.store.values();
            assert!(!values.keys().any(|key| key.starts_with("snapshot.")), "{case}");
        }
    }
}
