//! What transactions cost while others are under way: calls and pages, counted in a model of a
//! store that takes time, and writes one after the other.

use super::*;
use async_trait::async_trait;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// What the calls take, in microseconds: about as on SQLite.
const READ_US: u64 = 200;
const COMMIT_US: u64 = 1_000;
const PAGE_WRITTEN_US: u64 = 15;

/// What a transaction takes to decide.
const DECISION_US: u64 = 2_000;

/// What a request takes besides its transaction: its component is made, its signature verified,
/// its answer written. With it one client comes to about what was measured.
const REQUEST_US: u64 = 3_000;

/// A store and a clock for several clients.
struct Site {
    store: MemoryStore,
    began: DateTime<Utc>,
    now_us: Cell<u64>,
    /// Until when the store is busy writing.
    writing_until_us: Cell<u64>,
    pages_written: Cell<u32>,
}

impl Site {
    fn new() -> Rc<Self> {
        let store = new_store(31);
        Rc::new(Self {
            began: store.now(),
            store,
            now_us: Cell::new(0),
            writing_until_us: Cell::new(0),
            pages_written: Cell::new(0),
        })
    }
}

/// One client's connection, and when it goes on.
struct Connection {
    site: Rc<Site>,
    due_us: Rc<Cell<u64>>,
}

impl Connection {
    /// Goes on so much later.
    async fn takes(&self, us: u64) {
        self.until(self.site.now_us.get() + us).await;
    }

    /// A commit: one after the other.
    async fn commits(&self, us: u64) {
        let free = self.site.writing_until_us.get().max(self.site.now_us.get());
        self.site.writing_until_us.set(free + us);
        self.until(free + us).await;
    }

    async fn until(&self, due_us: u64) {
        self.due_us.set(due_us);
        let due = || due_us <= self.site.now_us.get();
        poll_fn(|_| if due() { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

#[async_trait(?Send)]
impl KeyValue for Connection {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.takes(READ_US).await;
        self.site.store.get(key).await
    }

    async fn get_many(&self, keys: &[String]) -> Result<Vec<(String, Vec<u8>)>, KeyValueError> {
        self.takes(READ_US).await;
        self.site.store.get_many(keys).await
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.commits(COMMIT_US).await;
        self.site.store.set(key, value).await
    }

    async fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
        let pages = u32::try_from(entries.len()).expect("few");
        self.site.pages_written.update(|before| before + pages);
        self.commits(COMMIT_US + u64::from(pages) * PAGE_WRITTEN_US).await;
        self.site.store.set_many(entries).await
    }

    async fn delete_many(&self, keys: &[String]) -> Result<(), KeyValueError> {
        self.commits(COMMIT_US).await;
        self.site.store.delete_many(keys).await
    }

    async fn watch(&self, key: &str) -> Result<(Option<Vec<u8>>, Watch), KeyValueError> {
        self.takes(READ_US).await;
        self.site.store.watch(key).await
    }

    async fn swap(&self, watch: Watch, value: &[u8]) -> Result<Swap, KeyValueError> {
        // It compares when those before it have written, and one that is lost writes nothing.
        let Watch::Value(key, watched) = &watch else { return Err(watched_elsewhere()) };
        while self.site.writing_until_us.get() > self.site.now_us.get() {
            self.until(self.site.writing_until_us.get()).await;
        }
        let is_current = self.site.store.value(key) == *watched;
        if is_current {
            self.commits(COMMIT_US).await
        } else {
            self.takes(READ_US).await
        }
        self.site.store.swap(watch, value).await
    }
}

#[async_trait(?Send)]
impl Environment for Connection {
    fn now(&self) -> DateTime<Utc> {
        let us = i64::try_from(self.site.now_us.get()).expect("small");
        self.site.began + TimeDelta::microseconds(us)
    }

    fn random(&self) -> [u8; 16] {
        self.site.store.random()
    }

    async fn pause(&self, duration: Duration) {
        self.takes(u64::try_from(duration.as_micros()).expect("short")).await;
    }
}

/// What a client does.
type Program = Pin<Box<dyn Future<Output = ()>>>;

/// What some clients came to.
#[derive(Debug)]
struct Came {
    transactions: u32,
    calls: memory::Calls,
    pages: u32,
    took_us: u64,
    /// How long each transaction took.
    waits_us: Vec<u64>,
}

impl Came {
    /// The time that ninety-nine of a hundred transactions did not exceed.
    fn slowest_us(&self) -> u64 {
        let mut waits = self.waits_us.clone();
        waits.sort_unstable();
        waits[waits.len() * 99 / 100]
    }
}

/// A transaction of so many records, each on a page of its own.
async fn write(connection: &Connection, number: u32, records: u32) -> Result<(), StoreError> {
    Tree::new(connection, HEAD)
        .update(&meta(), async |transaction| {
            let keys: Vec<Vec<u8>> =
                (0..records).map(|record| random_key(number * 100 + record)).collect();
            transaction.load(&keys).await?;
            connection.pause(Duration::from_micros(DECISION_US)).await;
            put(transaction, b"\x01balance", Some(&number.to_be_bytes())).await?;
            for key in &keys {
                put(transaction, key, Some(&[b'c'; 500])).await?;
            }
            Ok(())
        })
        .await
}

/// Runs clients, each of which commits so many transactions of its own, one after the other.
fn contend(clients: u32, transactions: u32, records: u32) -> Came {
    let site = Site::new();
    let filled: Vec<u32> = (1_000_000..1_010_000).collect();
    for numbers in filled.chunks(5000) {
        run(Tree::new(&site.store, HEAD).update::<_, StoreError>(&meta(), async |transaction| {
            numbers.iter().for_each(|it| transaction.insert(random_key(*it), vec![b'x'; 500]));
            Ok(())
        }))
        .expect("committed");
    }
    site.store.take_calls();
    let waits = Rc::new(RefCell::new(Vec::new()));
    let mut running: Vec<(Rc<Cell<u64>>, Program)> = (0..clients)
        .map(|client| {
            let due_us = Rc::new(Cell::new(0));
            let connection = Connection { site: Rc::clone(&site), due_us: Rc::clone(&due_us) };
            let waits = Rc::clone(&waits);
            let program: Program = Box::pin(async move {
                for number in 0..transactions {
                    let began_us = connection.site.now_us.get();
                    connection.pause(Duration::from_micros(REQUEST_US)).await;
                    let outcome = write(&connection, client * transactions + number, records).await;
                    assert_eq!(outcome, Ok(()));
                    waits.borrow_mut().push(connection.site.now_us.get() - began_us);
                }
            });
            (due_us, program)
        })
        .collect();
    let mut context = Context::from_waker(Waker::noop());
    while let Some(next) = (0..running.len()).min_by_key(|index| running[*index].0.get()) {
        let (due_us, program) = &mut running[next];
        site.now_us.set(due_us.get().max(site.now_us.get()));
        if pin!(program).poll(&mut context).is_ready() {
            _ = running.swap_remove(next);
        }
    }
    let (stored, reached) = pages(&site.store);
    assert_eq!(stored, reached);
    let came = Came {
        transactions: clients * transactions,
        calls: site.store.take_calls(),
        pages: site.pages_written.get(),
        took_us: site.now_us.get(),
        waits_us: waits.take(),
    };
    println!("{clients} clients, {} us, 99 % in {} us", came.took_us, came.slowest_us());
    println!("{} transactions, {} pages, {:?}", came.transactions, came.pages, came.calls);
    came
}

#[test]
fn eight_clients_with_large_transactions_write_no_more_pages_than_one_and_are_no_slower() {
    let alone = contend(1, 240, 100);
    let eight = contend(8, 30, 100);
    let each = |count: u32, came: &Came| 100 * count / came.transactions;
    // A tenth more: who comes first goes on without a turn.
    let (pages_alone, pages) = (each(alone.pages, &alone), each(eight.pages, &eight));
    assert!(pages <= pages_alone * 110 / 100, "{pages} for {pages_alone}");
    // One commit more: to take the turn.
    let commits = |came: &Came| each(came.calls.commits() - came.calls.lost_swaps, came);
    let (commits_alone, commits) = (commits(&alone), commits(&eight));
    assert!(commits <= commits_alone + 110, "{commits} for {commits_alone}");
    let per_second = |came: &Came| u64::from(came.transactions) * 1_000_000 / came.took_us;
    assert!(per_second(&eight) >= per_second(&alone));
    assert!(eight.slowest_us() < 1_000_000);
}
