//! The self-test: whether a host's key-value store does what the ledger stands on.

use super::key_value::{Backend, KeyValueError, Swap};

/// What a self-test found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fitness {
    /// Everything relied on was seen to hold.
    Fit,
    /// Something relied on does not hold; says what the store does instead.
    Unfit(&'static str),
}

/// Tries each call on keys of its own, which it deletes. What only looks like success is found by
/// reading back.
///
/// # Errors
/// The store does not answer.
pub async fn self_test<B: Backend>(backend: &B) -> Result<Fitness, KeyValueError> {
    let id = hex::encode(backend.random());
    let keys = [format!("selftest.{id}.1"), format!("selftest.{id}.2")];
    let fitness = try_calls(backend, &keys).await;
    backend.delete_many(&keys).await?;
    fitness
}

async fn try_calls<B: Backend>(backend: &B, keys: &[String; 2]) -> Result<Fitness, KeyValueError> {
    let [key, _] = keys;
    let entries = keys.clone().map(|key| (key, b"first".to_vec()));
    backend.set_many(&entries).await?;
    let mut found = backend.get_many(keys).await?;
    found.sort();
    if found != entries {
        return Ok(Fitness::Unfit("reading several keys does not give back what was written"));
    }
    let (value, stale) = backend.watch(key).await?;
    if value.as_deref() != Some(b"first") {
        return Ok(Fitness::Unfit("a watch does not read what was written"));
    }
    let (_, fresh) = backend.watch(key).await?;
    if backend.swap(fresh, b"second").await? != Swap::Done {
        return Ok(Fitness::Unfit("a swap of the current value is reported as lost"));
    }
    if backend.swap(stale, b"third").await? != Swap::Lost {
        return Ok(Fitness::Unfit("a swap of an outdated value is reported as done"));
    }
    if backend.get(key).await?.as_deref() != Some(b"second") {
        return Ok(Fitness::Unfit("a swap that was lost has changed the value"));
    }
    Ok(Fitness::Fit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::{MemoryStore, run};
    use crate::store::{Environment, KeyValue};
    use chrono::{DateTime, Utc};
    use std::time::Duration;

    /// What is wrong with the swap of a store.
    #[derive(Clone, Copy, Debug)]
    enum Flaw {
        WritesWithoutComparing,
        AlwaysReportsLost,
        WritesWhatItReportsLost,
        DropsKeys,
    }

    struct Flawed(MemoryStore, Flaw);

    impl KeyValue for Flawed {
        type Watch = (String, Option<Vec<u8>>);

        crate::store::memory::forward!(0: get, set, set_many, delete_many, keys, watch);

        async fn get_many(&self, keys: &[String]) -> Result<Vec<(String, Vec<u8>)>, KeyValueError> {
            let mut found = self.0.get_many(keys).await?;
            if matches!(self.1, Flaw::DropsKeys) {
                found.pop();
            }
            Ok(found)
        }

        async fn swap(&self, watch: Self::Watch, value: &[u8]) -> Result<Swap, KeyValueError> {
            let key = watch.0.clone();
            match self.1 {
                Flaw::WritesWithoutComparing => {
                    self.0.set(&key, value).await?;
                    Ok(Swap::Done)
                }
                Flaw::AlwaysReportsLost => self.0.swap(watch, value).await.map(|_| Swap::Lost),
                Flaw::WritesWhatItReportsLost => {
                    let outcome = self.0.swap(watch, value).await?;
                    self.0.set(&key, value).await?;
                    Ok(outcome)
                }
                Flaw::DropsKeys => self.0.swap(watch, value).await,
            }
        }
    }

    impl Environment for Flawed {
        crate::store::memory::forward!(0: environment);
    }

    #[test]
    fn accepts_a_store_that_compares_and_swaps_and_leaves_nothing_behind() {
        let store = MemoryStore::new(1);
        assert_eq!(run(self_test(&store)), Ok(Fitness::Fit));
        assert!(store.values().is_empty());
    }

    #[test]
    fn finds_each_flaw() {
        for flaw in [
            Flaw::WritesWithoutComparing,
            Flaw::AlwaysReportsLost,
            Flaw::WritesWhatItReportsLost,
            Flaw::DropsKeys,
        ] {
            let store = Flawed(MemoryStore::new(1), flaw);
            let found = run(self_test(&store));
            assert!(matches!(found, Ok(Fitness::Unfit(_))), "{flaw:?}: {found:?}");
        }
    }
}
