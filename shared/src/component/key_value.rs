//! The store in `wasi:keyvalue`.
//!
//! The Spin SDK does not bind this interface, so its WIT is in `shared/wit`.

use crate::store::{KeyValueError, Swap, Watch, watched_elsewhere};
use bindings::wasi::keyvalue::atomics::{self, Cas, CasError};
use bindings::wasi::keyvalue::batch;
use bindings::wasi::keyvalue::store::{self, Bucket, Error};

/// The store that `spin.toml` grants to the components that need one.
const STORE: &str = "default";

#[allow(clippy::all, clippy::as_conversions, clippy::unwrap_used, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "key-value-client", generate_all });
}

/// The component's key-value store, open.
pub struct SpinKeyValue {
    bucket: Bucket,
}

impl SpinKeyValue {
    /// Opens the store.
    ///
    /// # Errors
    /// The host does not know the store or does not grant it to this component.
    pub(super) fn open() -> Result<Self, KeyValueError> {
        store::open(STORE).map(|bucket| Self { bucket }).map_err(failure)
    }
}

/// The calls of [`KeyValue`](crate::store::KeyValue). Each is over when it returns.
impl SpinKeyValue {
    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.bucket.get(key).map_err(failure)
    }

    pub(super) fn get_many(
        &self,
        keys: &[String],
    ) -> Result<Vec<(String, Vec<u8>)>, KeyValueError> {
        let found = batch::get_many(&self.bucket, keys).map_err(failure)?;
        Ok(found.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
    }

    pub(super) fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.bucket.set(key, value).map_err(failure)
    }

    pub(super) fn create(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.set(key, value)
    }

    pub(super) fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
        batch::set_many(&self.bucket, entries).map_err(failure)
    }

    pub(super) fn delete_many(&self, keys: &[String]) -> Result<(), KeyValueError> {
        batch::delete_many(&self.bucket, keys).map_err(failure)
    }

    pub(super) fn watch(&self, key: &str) -> Result<(Option<Vec<u8>>, Watch), KeyValueError> {
        let cas = Cas::new(&self.bucket, key).map_err(failure)?;
        let value = cas.current().map_err(failure)?;
        Ok((value, Watch::Handle(Box::new(cas))))
    }

    pub(super) fn swap(&self, watch: Watch, value: &[u8]) -> Result<Swap, KeyValueError> {
        let Watch::Handle(watch) = watch else { return Err(watched_elsewhere()) };
        let cas = watch.downcast::<Cas>().map_err(|_| watched_elsewhere())?;
        match atomics::swap(*cas, value) {
            Ok(()) => Ok(Swap::Done),
            Err(CasError::CasFailed(_)) => Ok(Swap::Lost),
            Err(CasError::StoreError(error)) => Err(failure(error)),
        }
    }
}

fn failure(error: Error) -> KeyValueError {
    KeyValueError(match error {
        Error::NoSuchStore => format!("the host has no store named {STORE}"),
        Error::AccessDenied => format!("spin.toml does not grant the store {STORE} here"),
        Error::Other(detail) => detail,
    })
}
