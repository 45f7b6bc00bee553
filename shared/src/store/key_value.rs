//! What the store asks of its host: a few key-value calls, a clock, random bytes, a pause.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::any::Any;
use std::time::Duration;

/// Outcome of a compare-and-swap that the host answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swap {
    /// The value was the one watched and has been replaced.
    Done,
    /// The value had changed. A host that repeats calls by itself may say so of a swap that did
    /// happen, therefore the store always reads back before it believes it.
    Lost,
}

/// A value as [`KeyValue::watch`] saw it, for one [`KeyValue::swap`].
pub enum Watch {
    /// The value itself, where a swap names the value that it replaces.
    Value(String, Option<Vec<u8>>),
    /// What the host has of it, where it remembers that itself.
    Handle(Box<dyn Any>),
}

/// The value is watched by another kind of store than the one that shall swap it.
pub(crate) fn watched_elsewhere() -> KeyValueError {
    KeyValueError("the watch is of another store".to_owned())
}

/// A call that the host could not answer. Whether it took effect is unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key-value store: {0}")]
pub struct KeyValueError(pub String);

/// Keys that every host takes in one call that reads: DynamoDB, which Spin passes them on to as
/// they are, takes no more (`BatchGetItem`). Elsewhere one large call costs least.
const KEYS_READ: usize = 100;

/// The same of a call that writes (`BatchWriteItem`).
const KEYS_WRITTEN: usize = 25;

/// The calls the store needs of a key-value store.
///
/// Keys are at most 255 bytes of `[A-Za-z0-9_.:-]`, values stay below 256 KiB. Nothing but
/// `swap` on a key that exists is relied on to be atomic.
///
/// It is used as a `dyn`, so that the store is compiled once, here, and not again in each component.
/// A component runs on one thread: futures need not be `Send`.
#[async_trait(?Send)]
pub trait KeyValue {
    /// Reads one key.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError>;

    /// Reads several keys in one call. Missing keys may be left out, the order may be any.
    async fn get_many(&self, keys: &[String]) -> Result<Vec<(String, Vec<u8>)>, KeyValueError>;

    /// Writes one key, whatever was there.
    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError>;

    /// Writes a key that is absent. One that is there stays as it is where the host can create
    /// atomically, and is overwritten where it cannot.
    async fn create(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.set(key, value).await
    }

    /// Writes several keys, not necessarily atomically.
    async fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), KeyValueError>;

    /// Deletes several keys, not necessarily atomically. Missing keys are no error.
    async fn delete_many(&self, keys: &[String]) -> Result<(), KeyValueError>;

    /// As [`get_many`](Self::get_many), in pieces on a host that limits the keys of one call.
    async fn get_all(&self, keys: &[String]) -> Result<Vec<(String, Vec<u8>)>, KeyValueError> {
        let mut found = Vec::with_capacity(keys.len());
        whole_or_in_pieces(keys, KEYS_READ, async |keys| {
            found.extend(self.get_many(keys).await?);
            Ok(())
        })
        .await?;
        Ok(found)
    }

    /// As [`set_many`](Self::set_many), in pieces on a host that limits the keys of one call.
    async fn set_all(&self, entries: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
        whole_or_in_pieces(entries, KEYS_WRITTEN, async |entries| self.set_many(entries).await)
            .await
    }

    /// As [`delete_many`](Self::delete_many), in pieces on a host that limits the keys of one
    /// call.
    async fn delete_all(&self, keys: &[String]) -> Result<(), KeyValueError> {
        whole_or_in_pieces(keys, KEYS_WRITTEN, async |keys| self.delete_many(keys).await).await
    }

    /// Reads one key for a later [`swap`](Self::swap).
    async fn watch(&self, key: &str) -> Result<(Option<Vec<u8>>, Watch), KeyValueError>;

    /// Replaces the watched value if it is still the current one. Only for keys that exist: on
    /// some hosts a swap of an absent key always writes.
    async fn swap(&self, watch: Watch, value: &[u8]) -> Result<Swap, KeyValueError>;
}

async fn whole_or_in_pieces<T>(
    items: &[T],
    taken: usize,
    mut call: impl AsyncFnMut(&[T]) -> Result<(), KeyValueError>,
) -> Result<(), KeyValueError> {
    let outcome = call(items).await;
    if outcome.is_ok() || items.len() <= taken {
        return outcome;
    }
    for piece in items.chunks(taken) {
        call(piece).await?;
    }
    Ok(())
}

/// What a transaction needs besides storage.
#[async_trait(?Send)]
pub trait Environment {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;

    /// Sixteen random bytes of cryptographic quality.
    fn random(&self) -> [u8; 16];

    /// Waits.
    async fn pause(&self, duration: Duration);
}

/// A host: storage and environment.
pub trait Backend: KeyValue + Environment {}

impl<T: KeyValue + Environment> Backend for T {}
