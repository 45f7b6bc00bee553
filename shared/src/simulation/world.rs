//! A simulated host: every call is a point where the scheduler decides what happens next.

use super::schedule::Fate;
use crate::store::{Environment, KeyValue, KeyValueError, Swap};
use chrono::{DateTime, TimeDelta, Utc};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

/// Which backend's rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// A swap of an absent key writes; batches are transactions; `get_many` drops missing keys.
    Sqlite,
    /// A swap of an absent key fails; batches are single writes that others see one by one;
    /// `get_many` drops missing keys and answers in another order.
    DynamoDb,
}

/// A call that a client waits to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    Get(String),
    GetMany(usize),
    Set(String),
    Delete(String),
    SetMany(usize),
    DeleteMany(usize),
    Keys,
    Watch(String),
    Swap(String),
}

impl Call {
    /// Whether the call may change the store.
    pub fn writes(&self) -> bool {
        matches!(
            self,
            Self::Set(_) | Self::Delete(_) | Self::SetMany(_) | Self::DeleteMany(_) | Self::Swap(_)
        )
    }
}

/// A change of the store: what is written under a key, or that it is deleted; the second part is
/// the condition of a swap.
#[derive(Clone, Debug)]
struct Effect {
    writes: Vec<(String, Option<Vec<u8>>)>,
    only_if: Option<(String, Option<Vec<u8>>)>,
}

/// What the scheduler and a client tell each other.
#[derive(Default)]
struct Slot {
    waiting: Option<Call>,
    granted: Option<Fate>,
}

/// The store, the clock and the clients' pending calls.
pub struct World {
    pub rules: Rules,
    values: RefCell<BTreeMap<String, Vec<u8>>>,
    now: Cell<DateTime<Utc>>,
    random: Cell<u64>,
    slots: RefCell<Vec<Slot>>,
    /// Effects that were sent, reported as failed, and may still arrive.
    late: RefCell<Vec<Effect>>,
    /// While false, calls are not interleaved: for setting up and checking.
    interleaved: Cell<bool>,
}

impl World {
    pub fn new(rules: Rules, clients: usize) -> Self {
        Self {
            rules,
            values: RefCell::default(),
            now: Cell::new(DateTime::from_timestamp(1_790_000_000, 0).unwrap()),
            random: Cell::new(7),
            slots: RefCell::new((0..clients).map(|_| Slot::default()).collect()),
            late: RefCell::default(),
            interleaved: Cell::new(false),
        }
    }

    pub fn advance(&self, by: TimeDelta) {
        self.now.set(self.now.get() + by);
    }

    pub fn interleave(&self, interleaved: bool) {
        self.interleaved.set(interleaved);
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

    /// Number of effects that may still arrive.
    pub fn late(&self) -> usize {
        self.late.borrow().len()
    }

    /// Lets a late effect arrive.
    pub fn arrive(&self, index: usize) {
        let effect = self.late.borrow_mut().remove(index);
        self.perform(&effect);
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
        match self.turn(call).await {
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
                self.world.late.borrow_mut().push(effect);
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
                    let call = match value {
                        Some(_) => Call::Set(key.clone()),
                        None => Call::Delete(key.clone()),
                    };
                    let effect = Effect { writes: vec![(key, value)], only_if: None };
                    self.write(call, effect).await?;
                }
                Ok(())
            }
        }
    }
}

impl KeyValue for Client {
    type Watch = (String, Option<Vec<u8>>);

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        let values = &self.world.values;
        self.read(Call::Get(key.to_owned()), || values.borrow().get(key).cloned()).await
    }

    async fn get_many(&self, keys: &[String]) -> Result<Vec<(String, Vec<u8>)>, KeyValueError> {
        let values = &self.world.values;
        self.read(Call::GetMany(keys.len()), || {
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
        self.write(Call::Set(key.to_owned()), effect).await.map(|_| ())
    }

    async fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
        let writes =
            entries.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        self.write_all(writes, Call::SetMany(entries.len())).await
    }

    async fn delete_many(&self, keys: &[String]) -> Result<(), KeyValueError> {
        let writes = keys.iter().map(|key| (key.clone(), None)).collect();
        self.write_all(writes, Call::DeleteMany(keys.len())).await
    }

    async fn keys(&self) -> Result<Vec<String>, KeyValueError> {
        let values = &self.world.values;
        self.read(Call::Keys, || values.borrow().keys().cloned().collect()).await
    }

    async fn watch(&self, key: &str) -> Result<(Option<Vec<u8>>, Self::Watch), KeyValueError> {
        let values = &self.world.values;
        let value =
            self.read(Call::Watch(key.to_owned()), || values.borrow().get(key).cloned()).await?;
        Ok((value.clone(), (key.to_owned(), value)))
    }

    async fn swap(&self, watch: Self::Watch, value: &[u8]) -> Result<Swap, KeyValueError> {
        let key = watch.0.clone();
        let writes = vec![(key.clone(), Some(value.to_vec()))];
        self.write(Call::Swap(key), Effect { writes, only_if: Some(watch) }).await
    }
}

impl Environment for Client {
    fn now(&self) -> DateTime<Utc> {
        self.world.now.get()
    }

    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        for half in bytes.chunks_mut(8) {
            let state = self.world.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
            self.world.random.set(state);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            half.copy_from_slice(&(mixed ^ (mixed >> 31)).to_be_bytes());
        }
        bytes
    }

    async fn pause(&self, _duration: Duration) {}
}
