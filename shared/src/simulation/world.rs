//! A simulated host: every call is a point where the scheduler decides what happens next.

use super::schedule::Fate;
use crate::store::{Environment, KeyValue, KeyValueError, Swap, Watch, watched_elsewhere};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::future::{pending, poll_fn};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

/// When a world begins, in seconds since 1970.
pub const START_SECONDS: i64 = 1_790_000_000;

/// Which backend's rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// A swap of an absent key writes; batches are transactions; `get_many` drops missing keys.
    Sqlite,
    /// A swap of an absent key fails; batches are single writes that others see one by one;
    /// `get_many` drops missing keys and answers in another order.
    DynamoDb,
}

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Get,
    GetMany,
    Set,
    Delete,
    SetMany,
    DeleteMany,
    Watch,
    Swap,
}

/// A call that a client waits to make, and the keys that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub kind: Kind,
    keys: Vec<String>,
}

impl Call {
    fn one(kind: Kind, key: &str) -> Self {
        Self { kind, keys: vec![key.to_owned()] }
    }

    /// Whether the call may change the store.
    pub fn writes(&self) -> bool {
        !matches!(self.kind, Kind::Get | Kind::GetMany | Kind::Watch)
    }

    /// Whether it writes or deletes pages of the tree.
    pub fn changes_pages(&self) -> bool {
        self.writes() && self.keys.iter().any(|key| key.starts_with("page."))
    }

    /// Whether it makes no difference to anybody which of two calls comes first.
    pub fn commutes_with(&self, other: &Self) -> bool {
        let apart = !self.keys.iter().any(|key| other.keys.contains(key));
        apart || !(self.writes() || other.writes())
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.keys.as_slice() {
            [] => write!(formatter, "{:?}", self.kind),
            [key] => write!(formatter, "{:?} {key}", self.kind),
            [first, rest @ ..] => {
                write!(formatter, "{:?} {first} and {} more", self.kind, rest.len())
            }
        }
    }
}

/// A change of the store: what is written under a key, or that it is deleted; the second part is
/// the condition of a swap.
#[derive(Clone, Debug)]
struct Effect {
    writes: Vec<(String, Option<Vec<u8>>)>,
    only_if: Option<(String, Option<Vec<u8>>)>,
}

/// An effect that was sent, reported as failed, and may still arrive.
struct Late {
    id: usize,
    call: Call,
    effect: Effect,
}

/// All that a store holds, and the time: what scenarios begin with.
#[derive(Clone)]
pub struct Begin {
    values: BTreeMap<String, Vec<u8>>,
    now: DateTime<Utc>,
}

/// What the scheduler and a client tell each other.
#[derive(Default)]
struct Slot {
    waiting: Option<Call>,
    granted: Option<Fate>,
    /// State of the client's own random numbers: what others do does not change them.
    random: u64,
}

/// The store, the clock and the clients' pending calls.
pub struct World {
    pub rules: Rules,
    values: RefCell<BTreeMap<String, Vec<u8>>>,
    now: Cell<DateTime<Utc>>,
    /// Whether anybody has looked at the clock since this was last asked.
    clock_read: Cell<bool>,
    slots: RefCell<Vec<Slot>>,
    late: RefCell<Vec<Late>>,
    /// Number of effects that were ever late.
    late_count: Cell<usize>,
    /// While false, calls are not interleaved: for setting up and checking.
    interleaved: Cell<bool>,
}

impl World {
    pub fn new(rules: Rules, clients: usize) -> Self {
        Self {
            rules,
            values: RefCell::default(),
            now: Cell::new(DateTime::from_timestamp(START_SECONDS, 0).unwrap()),
            clock_read: Cell::new(false),
            slots: RefCell::new(
                (1..).map(|random| Slot { random, ..Slot::default() }).take(clients).collect(),
            ),
            late: RefCell::default(),
            late_count: Cell::new(0),
            interleaved: Cell::new(false),
        }
    }

    /// A world that begins as another one was.
    pub fn resume(begin: &Begin, rules: Rules, clients: usize) -> Self {
        let world = Self::new(rules, clients);
        world.values.replace(begin.values.clone());
        world.now.set(begin.now);
        world
    }

    /// What the world is at this moment, for others to begin with.
    pub fn keep(&self) -> Begin {
        Begin { values: self.values.borrow().clone(), now: self.now.get() }
    }

    /// A hash of all that is stored, and of what the clients were told.
    pub fn digest(&self, told: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        told.hash(&mut hasher);
        self.values.borrow().hash(&mut hasher);
        hasher.finish()
    }

    /// The keys of all pages.
    pub fn pages(&self) -> Vec<String> {
        self.keys().into_iter().filter(|key| key.starts_with("page.")).collect()
    }

    /// All keys.
    pub fn keys(&self) -> Vec<String> {
        self.values.borrow().keys().cloned().collect()
    }

    /// The time in seconds since 1970, without a scheduler noticing that it was asked for.
    pub fn seconds(&self) -> i64 {
        self.now.get().timestamp()
    }

    pub fn advance(&self, by: TimeDelta) {
        self.now.set(self.now.get() + by);
    }

    pub fn interleave(&self, interleaved: bool) {
        self.interleaved.set(interleaved);
    }

    /// Whether anybody has looked at the clock since this was last asked.
    pub fn take_clock_read(&self) -> bool {
        self.clock_read.replace(false)
    }

    /// Looks at the world without a scheduler noticing.
    pub fn aside<T>(&self, look: impl FnOnce() -> T) -> T {
        let interleaved = self.interleaved.replace(false);
        let seen = look();
        self.interleaved.set(interleaved);
        seen
    }

    /// The call that a client waits to make.
    pub fn waiting(&self, client: usize) -> Option<Call> {
        self.slots.borrow()[client].waiting.clone()
    }

    /// Lets a client's call happen in the given way when the client runs next.
    pub fn grant(&self, client: usize, fate: Fate) {
        let mut slots = self.slots.borrow_mut();
        slots[client].waiting = None;
        slots[client].granted = Some(fate);
    }

    /// Forgets the pending call of a client that has died.
    pub fn bury(&self, client: usize) {
        self.slots.borrow_mut()[client] = Slot::default();
    }

    /// The calls whose effects may still arrive.
    pub fn late(&self) -> Vec<(usize, Call)> {
        self.late.borrow().iter().map(|late| (late.id, late.call.clone())).collect()
    }

    /// Lets a late effect arrive.
    pub fn arrive(&self, id: usize) {
        let mut late = self.late.borrow_mut();
        let index = late.iter().position(|late| late.id == id).expect("is late");
        self.perform(&late.remove(index).effect);
    }

    fn perform(&self, effect: &Effect) -> Swap {
        let mut values = self.values.borrow_mut();
        if let Some((key, expected)) = &effect.only_if {
            let current = values.get(key);
            let matches = match (expected, self.rules) {
                (None, Rules::Sqlite) => true,
                _ => current == expected.as_ref(),
            };
            if !matches {
                return Swap::Lost;
            }
        }
        for (key, value) in &effect.writes {
            match value {
                Some(value) => _ = values.insert(key.clone(), value.clone()),
                None => _ = values.remove(key),
            }
        }
        Swap::Done
    }
}

/// One client's connection to the world.
#[derive(Clone)]
pub struct Client {
    pub world: Rc<World>,
    pub number: usize,
}

impl Client {
    async fn turn(&self, call: Call) -> Fate {
        if !self.world.interleaved.get() {
            return Fate::Happens;
        }
        self.world.slots.borrow_mut()[self.number].waiting = Some(call);
        poll_fn(|_| match self.world.slots.borrow_mut()[self.number].granted.take() {
            Some(fate) => Poll::Ready(fate),
            None => Poll::Pending,
        })
        .await
    }

    async fn read<T>(&self, call: Call, read: impl FnOnce() -> T) -> Result<T, KeyValueError> {
        match self.turn(call).await {
            Fate::Happens => Ok(read()),
            Fate::Dies | Fate::DiesAfter => pending().await,
            _ => Err(KeyValueError("no answer".to_owned())),
        }
    }

    async fn write(&self, call: Call, effect: Effect) -> Result<Swap, KeyValueError> {
        let no_answer = Err(KeyValueError("no answer".to_owned()));
        match self.turn(call.clone()).await {
            Fate::Happens => Ok(self.world.perform(&effect)),
            Fate::Dies => pending().await,
            Fate::DiesAfter => {
                self.world.perform(&effect);
                pending().await
            }
            Fate::AnswerLost => {
                self.world.perform(&effect);
                no_answer
            }
            Fate::CallLost => no_answer,
            Fate::Late => {
                let id = self.world.late_count.get();
                self.world.late_count.set(id + 1);
                self.world.late.borrow_mut().push(Late { id, call, effect });
                no_answer
            }
            Fate::SaidLost => {
                self.world.perform(&effect);
                Ok(Swap::Lost)
            }
        }
    }

    async fn write_all(
        &self,
        writes: Vec<(String, Option<Vec<u8>>)>,
        call: Call,
    ) -> Result<(), KeyValueError> {
        match self.world.rules {
            Rules::Sqlite => self.write(call, Effect { writes, only_if: None }).await.map(|_| ()),
            Rules::DynamoDb => {
                for (key, value) in writes {
                    let kind = if value.is_some() { Kind::Set } else { Kind::Delete };
                    let call = Call::one(kind, &key);
                    let effect = Effect { writes: vec![(key, value)], only_if: None };
                    self.write(call, effect).await?;
                }
                Ok(())
            }
        }
    }
}

#[async_trait(?Send)]
impl KeyValue for Client {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        let values = &self.world.values;
        self.read(Call::one(Kind::Get, key), || values.borrow().get(key).cloned()).await
    }

    async fn get_many(&self, keys: &[String]) -> Result<Vec<(String, Vec<u8>)>, KeyValueError> {
        let values = &self.world.values;
        self.read(Call { kind: Kind::GetMany, keys: keys.to_vec() }, || {
            let values = values.borrow();
            let there = keys.iter().filter_map(|key| Some((key.clone(), values.get(key)?.clone())));
            match self.world.rules {
                Rules::Sqlite => there.collect(),
                Rules::DynamoDb => there.rev().collect(),
            }
        })
        .await
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        let writes = vec![(key.to_owned(), Some(value.to_vec()))];
        let effect = Effect { writes, only_if: None };
        self.write(Call::one(Kind::Set, key), effect).await.map(|_| ())
    }

    async fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
        let writes =
            entries.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        let keys = entries.iter().map(|(key, _)| key.clone()).collect();
        self.write_all(writes, Call { kind: Kind::SetMany, keys }).await
    }

    async fn delete_many(&self, keys: &[String]) -> Result<(), KeyValueError> {
        let writes = keys.iter().map(|key| (key.clone(), None)).collect();
        self.write_all(writes, Call { kind: Kind::DeleteMany, keys: keys.to_vec() }).await
    }

    async fn watch(&self, key: &str) -> Result<(Option<Vec<u8>>, Watch), KeyValueError> {
        let values = &self.world.values;
        let value =
            self.read(Call::one(Kind::Watch, key), || values.borrow().get(key).cloned()).await?;
        Ok((value.clone(), Watch::Value(key.to_owned(), value)))
    }

    async fn swap(&self, watch: Watch, value: &[u8]) -> Result<Swap, KeyValueError> {
        let Watch::Value(key, watched) = watch else { return Err(watched_elsewhere()) };
        let call = Call::one(Kind::Swap, &key);
        let writes = vec![(key.clone(), Some(value.to_vec()))];
        self.write(call, Effect { writes, only_if: Some((key, watched)) }).await
    }
}

#[async_trait(?Send)]
impl Environment for Client {
    fn now(&self) -> DateTime<Utc> {
        self.world.clock_read.set(true);
        self.world.now.get()
    }

    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let slot = &mut self.world.slots.borrow_mut()[self.number];
        for half in bytes.chunks_mut(8) {
            let state = slot.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
            slot.random = state;
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            half.copy_from_slice(&(mixed ^ (mixed >> 31)).to_be_bytes());
        }
        bytes
    }

    async fn pause(&self, _duration: Duration) {}
}
