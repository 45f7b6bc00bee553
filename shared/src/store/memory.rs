//! The key-value store in memory: for tests of everything that stands on the store.

use super::key_value::{Environment, KeyValue, KeyValueError, Swap, Watch, watched_elsewhere};
use super::page::PAGE_PREFIX;
use super::register::HEAD_PREFIX;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Number of calls of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// `get` and `watch`,
    pub gets: u32,
    /// Those of `gets` that read a head.
    pub head_gets: u32,
    /// Those of `gets` that read a page.
    pub page_gets: u32,
    /// `get_many`.
    pub batch_gets: u32,
    /// The keys asked for by those.
    pub batch_get_keys: u32,
    /// `set`.
    pub sets: u32,
    /// `set_many`.
    pub batch_sets: u32,
    /// `delete_many`.
    pub batch_deletes: u32,
    /// `swap`, lost ones included.
    pub swaps: u32,
    /// Those that were lost.
    pub lost_swaps: u32,
}

impl Calls {
    /// Calls that a durable store answers with one commit each.
    pub fn commits(&self) -> u32 {
        self.sets + self.batch_sets + self.batch_deletes + self.swaps
    }

    /// Calls that read a key that is neither a head nor a page.
    pub fn key_reads(&self) -> u32 {
        self.gets - self.head_gets - self.page_gets
    }

    /// Calls that read pages, one or several.
    pub fn page_reads(&self) -> u32 {
        self.page_gets + self.batch_gets
    }

    /// All calls.
    pub fn total(&self) -> u32 {
        self.gets + self.batch_gets + self.commits()
    }

    fn count_get(&mut self, key: &str) {
        self.gets += 1;
        self.head_gets += u32::from(key.starts_with(HEAD_PREFIX));
        self.page_gets += u32::from(key.starts_with(PAGE_PREFIX));
    }
}

/// What may be wrong with a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// A swap writes, whatever the value is meanwhile.
    SwapsWithoutComparing,
    /// A swap does what it should and reports that it was lost.
    ReportsEverySwapLost,
    /// A swap never writes.
    NeverSwaps,
    /// A swap writes, whatever it reports.
    WritesWhatItReportsLost,
    /// Reading several keys leaves one out.
    DropsKeys,
    /// It takes at most 100 keys in a call that reads and 25 in one that writes, as DynamoDB does.
    TakesFewKeys,
}

/// A store in memory with a clock that only moves when told to and seeded random bytes.
#[derive(Debug)]
pub struct MemoryStore {
    values: RefCell<BTreeMap<String, Vec<u8>>>,
    now: Cell<DateTime<Utc>>,
    state: Cell<u64>,
    calls: Cell<Calls>,
    flaw: Cell<Flaw>,
}

impl MemoryStore {
    /// An empty store. Equal seeds give equal random bytes.
    pub fn new(seed: u64) -> Self {
        let start = DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default();
        Self {
            values: RefCell::default(),
            now: Cell::new(start),
            state: Cell::new(seed),
            calls: Cell::default(),
            flaw: Cell::default(),
        }
    }

    /// Moves the clock on.
    pub fn advance(&self, by: TimeDelta) {
        self.now.set(self.now.get() + by);
    }

    /// Calls since the last time this was asked.
    pub fn take_calls(&self) -> Calls {
        self.calls.take()
    }

    /// A copy of all that is stored.
    pub fn values(&self) -> BTreeMap<String, Vec<u8>> {
        self.values.borrow().clone()
    }

    /// What is stored under a key, without a call.
    #[cfg(test)]
    pub(crate) fn value(&self, key: &str) -> Option<Vec<u8>> {
        self.values.borrow().get(key).cloned()
    }

    /// Makes the store behave as if this were wrong with it.
    pub fn set_flaw(&self, flaw: Flaw) {
        self.flaw.set(flaw);
    }

    /// Replaces all that is stored.
    pub fn set_values(&self, values: BTreeMap<String, Vec<u8>>) {
        *self.values.borrow_mut() = values;
    }

    fn takes(&self, keys: usize, most: usize) -> Result<(), KeyValueError> {
        if self.flaw.get() == Flaw::TakesFewKeys && keys > most {
            return Err(KeyValueError(format!("{keys} keys, not {most} at most")));
        }
        Ok(())
    }

    fn called(&self, count: impl FnOnce(&mut Calls)) {
        let mut calls = self.calls.get();
        count(&mut calls);
        self.calls.set(calls);
    }
}

#[async_trait(?Send)]
impl KeyValue for MemoryStore {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.called(|calls| calls.count_get(key));
        Ok(self.values.borrow().get(key).cloned())
    }

    async fn get_many(&self, keys: &[String]) -> Result<Vec<(String, Vec<u8>)>, KeyValueError> {
        self.called(|calls| {
            calls.batch_gets += 1;
            calls.batch_get_keys += u32::try_from(keys.len()).unwrap_or(u32::MAX);
        });
        self.takes(keys.len(), 100)?;
        let values = self.values.borrow();
        let mut found: Vec<(String, Vec<u8>)> = keys
            .iter()
            .filter_map(|key| values.get(key).map(|value| (key.clone(), value.clone())))
            .collect();
        found.reverse();
        if self.flaw.get() == Flaw::DropsKeys {
            found.pop();
        }
        Ok(found)
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.called(|calls| calls.sets += 1);
        self.values.borrow_mut().insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    async fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
        self.called(|calls| calls.batch_sets += 1);
        self.takes(entries.len(), 25)?;
        self.values.borrow_mut().extend(entries.iter().cloned());
        Ok(())
    }

    async fn delete_many(&self, keys: &[String]) -> Result<(), KeyValueError> {
        self.called(|calls| calls.batch_deletes += 1);
        self.takes(keys.len(), 25)?;
        let mut values = self.values.borrow_mut();
        for key in keys {
            values.remove(key);
        }
        Ok(())
    }

    async fn watch(&self, key: &str) -> Result<(Option<Vec<u8>>, Watch), KeyValueError> {
        self.called(|calls| calls.count_get(key));
        let value = self.values.borrow().get(key).cloned();
        Ok((value.clone(), Watch::Value(key.to_owned(), value)))
    }

    async fn swap(&self, watch: Watch, value: &[u8]) -> Result<Swap, KeyValueError> {
        self.called(|calls| calls.swaps += 1);
        let Watch::Value(key, watched) = watch else { return Err(watched_elsewhere()) };
        let mut values = self.values.borrow_mut();
        // As on SQLite: a swap of a key that was absent always writes.
        let matches = watched.is_none() || values.get(&key) == watched.as_ref();
        let (writes, reports) = match self.flaw.get() {
            Flaw::None | Flaw::DropsKeys | Flaw::TakesFewKeys => (matches, matches),
            Flaw::SwapsWithoutComparing => (true, true),
            Flaw::ReportsEverySwapLost => (matches, false),
            Flaw::NeverSwaps => (false, false),
            Flaw::WritesWhatItReportsLost => (true, matches),
        };
        if writes {
            values.insert(key, value.to_vec());
        }
        self.called(|calls| calls.lost_swaps += u32::from(!reports));
        Ok(if reports { Swap::Done } else { Swap::Lost })
    }
}

#[async_trait(?Send)]
impl Environment for MemoryStore {
    fn now(&self) -> DateTime<Utc> {
        self.now.get()
    }

    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next().to_be_bytes());
        bytes
    }

    async fn pause(&self, _duration: Duration) {}
}

impl MemoryStore {
    /// The next number of the SplitMix64 sequence.
    fn next(&self) -> u64 {
        let state = self.state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.state.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Runs a future to its end. For futures that wait for nothing, as those over this store.
pub fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Methods of [`KeyValue`] and [`Environment`] that a test's store leaves to the one in a field. They
/// are written as `async_trait` writes them, which does not see what a macro says.
#[cfg(test)]
macro_rules! forward {
    (@one $field:tt get) => {
        $crate::store::memory::forward!(@method $field get['a](key: &'a str) -> Option<Vec<u8>>);
    };
    (@one $field:tt get_many) => {
        $crate::store::memory::forward!(@method $field get_many['a](keys: &'a [String]) -> Vec<(String, Vec<u8>)>);
    };
    (@one $field:tt set) => {
        $crate::store::memory::forward!(@method $field set['a, 'b](key: &'a str, value: &'b [u8]) -> ());
    };
    (@one $field:tt set_many) => {
        $crate::store::memory::forward!(@method $field set_many['a](entries: &'a [(String, Vec<u8>)]) -> ());
    };
    (@one $field:tt delete_many) => {
        $crate::store::memory::forward!(@method $field delete_many['a](keys: &'a [String]) -> ());
    };
    (@one $field:tt watch) => {
        $crate::store::memory::forward!(@method $field watch['a](key: &'a str) -> (Option<Vec<u8>>, Watch));
    };
    (@one $field:tt swap) => {
        $crate::store::memory::forward!(@method $field swap['a](watch: Watch, value: &'a [u8]) -> Swap);
    };
    (@one $field:tt environment) => {
        fn now(&self) -> DateTime<Utc> {
            self.$field.now()
        }

        fn random(&self) -> [u8; 16] {
            self.$field.random()
        }

        fn pause<'s, 'f>(
            &'s self,
            duration: Duration,
        ) -> std::pin::Pin<Box<dyn Future<Output = ()> + 'f>>
        where
            's: 'f,
            Self: 'f,
        {
            self.$field.pause(duration)
        }
    };
    (@method $field:tt $name:ident[$($life:lifetime),+]($($given:ident: $type:ty),+) -> $of:ty) => {
        fn $name<'s, $($life,)+ 'f>(
            &'s self,
            $($given: $type),+
        ) -> std::pin::Pin<Box<dyn Future<Output = Result<$of, KeyValueError>> + 'f>>
        where
            's: 'f,
            $($life: 'f,)+
            Self: 'f,
        {
            self.$field.$name($($given),+)
        }
    };
    ($field:tt: $($method:ident),+) => {
        $($crate::store::memory::forward!(@one $field $method);)+
    };
}

#[cfg(test)]
pub(crate) use forward;
