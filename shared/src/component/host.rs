//! What a component runs on: the store that the variables choose, a clock, random numbers.
//!
//! Every call blocks the component until the host has answered, which is why no future in this
//! program ever pends.

#[cfg(feature = "key-value")]
use super::key_value::SpinKeyValue;
use super::redis::{Address, Redis};
use super::{Trace, outbound};
use crate::api::{self, Answer, ClientGone, Host, OutboundError, Refusal};
use crate::store::{Environment, KeyValue, KeyValueError, StoreError, Swap, Watch};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use spin_sdk::variables;
use std::rc::Rc;
use std::time::Duration;

/// The component's store, clock, random numbers and variables.
pub struct Spin {
    store: Store,
    trace: Rc<Trace>,
}

enum Store {
    #[cfg(feature = "key-value")]
    KeyValue(SpinKeyValue),
    Redis(Redis),
}

impl Spin {
    /// Opens the store that the variable `store` names.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] for variables that name no store, and failures of the host.
    pub(super) fn open(trace: &Rc<Trace>) -> Result<Box<dyn Host>, Refusal> {
        let store = match variable("store")?.as_str() {
            "" | "key-value" => Store::key_value()?,
            "redis" => Store::redis()?,
            _ => return Err(unfit("the variable store must be `key-value` or `redis`")),
        };
        Ok(Box::new(Self { store, trace: Rc::clone(trace) }))
    }
}

impl Spin {
    /// The store, for one more call.
    fn counted(&self) -> &Store {
        let calls = &self.trace.store_calls;
        calls.set(calls.get().saturating_add(1));
        &self.store
    }
}

impl Store {
    #[cfg(feature = "key-value")]
    fn key_value() -> Result<Self, Refusal> {
        Ok(Self::KeyValue(SpinKeyValue::open()?))
    }

    #[cfg(not(feature = "key-value"))]
    fn key_value() -> Result<Self, Refusal> {
        Err(unfit("built without key-value storage: the variable store must be `redis`"))
    }

    fn redis() -> Result<Self, Refusal> {
        let [url, user, password] = ["redis_url", "redis_user", "redis_password"].map(variable);
        let address = Address::new(&url?, &user?, &password?).map_err(unfit)?;
        Ok(Self::Redis(Redis::at(address)))
    }
}

fn unfit(fault: &str) -> Refusal {
    StoreError::Unfit(fault.to_owned()).into()
}

fn variable(name: &str) -> Result<String, Refusal> {
    match variables::get(name) {
        Ok(value) => Ok(value),
        Err(variables::Error::Undefined(_)) => Ok(String::new()),
        Err(error) => Err(Refusal::Internal(format!("variable {name}: {error}"))),
    }
}

/// A call of the store, whichever it is.
macro_rules! on_store {
    ($spin:ident, $store:ident => $call:expr) => {
        match $spin.counted() {
            #[cfg(feature = "key-value")]
            Store::KeyValue($store) => $call,
            Store::Redis($store) => $call,
        }
    };
}

#[async_trait(?Send)]
impl KeyValue for Spin {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        on_store!(self, store => store.get(key))
    }

    async fn get_many(&self, keys: &[String]) -> Result<Vec<(String, Vec<u8>)>, KeyValueError> {
        on_store!(self, store => store.get_many(keys))
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        on_store!(self, store => store.set(key, value))
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        on_store!(self, store => store.create(key, value))
    }

    async fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
        on_store!(self, store => store.set_many(entries))
    }

    async fn delete_many(&self, keys: &[String]) -> Result<(), KeyValueError> {
        on_store!(self, store => store.delete_many(keys))
    }

    async fn watch(&self, key: &str) -> Result<(Option<Vec<u8>>, Watch), KeyValueError> {
        on_store!(self, store => store.watch(key))
    }

    async fn swap(&self, watch: Watch, value: &[u8]) -> Result<Swap, KeyValueError> {
        on_store!(self, store => store.swap(watch, value))
    }
}

#[async_trait(?Send)]
impl Environment for Spin {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn random(&self) -> [u8; 16] {
        super::random()
    }

    async fn pause(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

#[async_trait(?Send)]
impl Host for Spin {
    fn variable(&self, name: &str) -> Result<String, Refusal> {
        variable(name)
    }

    async fn post(
        &self,
        url: &str,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> Result<u16, OutboundError> {
        outbound::post(url, headers, body)
    }

    fn begin(&self, answer: Answer) -> Result<(), ClientGone> {
        let response = api::respond_in_pieces(answer, &self.trace.request_id);
        self.trace.outgoing.begin(&response)
    }

    fn send(&self, piece: &[u8]) -> Result<(), ClientGone> {
        self.trace.outgoing.send(piece)
    }
}
