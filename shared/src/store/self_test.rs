//! The self-test: whether a host's key-value store does what the ledger stands on.

use super::error::StoreError;
use super::key_value::{Backend, KeyValueError, Swap};
use super::register::Register;

/// What a self-test found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fitness {
    /// Everything relied on was seen to hold.
    Fit,
    /// Something relied on does not hold; says what the store does instead.
    Unfit(&'static str),
}

impl Fitness {
    /// Refuses to go on with a store that is unfit.
    ///
    /// # Errors
    /// [`StoreError::Unfit`].
    pub fn required(self) -> Result<(), StoreError> {
        match self {
            Self::Fit => Ok(()),
            Self::Unfit(fault) => Err(StoreError::Unfit(fault.to_owned())),
        }
    }
}

/// Tests the store, and closes it to transactions while it is unfit: every head is marked, so
/// that a transaction learns of it from the head that it reads anyway. The marks go when a later
/// test finds the store fit.
///
/// # Errors
/// The store does not answer, or a head cannot be read.
pub async fn check_fitness(backend: &dyn Backend) -> Result<Fitness, StoreError> {
    let fitness = self_test(backend).await?;
    let register = Register::new(backend);
    match fitness {
        // What else does not work here is no news: the answer is that the store is unfit.
        Fitness::Unfit(fault) => _ = register.mark(fault).await,
        Fitness::Fit => register.unmark().await?,
    }
    Ok(fitness)
}

/// Tries each call on keys of its own, which it deletes. What only looks like success is found by
/// reading back.
///
/// # Errors
/// The store does not answer.
pub async fn self_test(backend: &dyn Backend) -> Result<Fitness, KeyValueError> {
    let id = hex::encode(backend.random());
    let keys = [format!("selftest.{id}.1"), format!("selftest.{id}.2")];
    let fitness = try_calls(backend, &keys).await;
    backend.delete_many(&keys).await?;
    fitness
}

async fn try_calls(backend: &dyn Backend, keys: &[String; 2]) -> Result<Fitness, KeyValueError> {
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
    use crate::store::memory::{Flaw, MemoryStore, run};
    use crate::store::register::Claim;
    use crate::store::{Meta, Reader, Tree, journal};

    const FLAWS: [Flaw; 5] = [
        Flaw::SwapsWithoutComparing,
        Flaw::ReportsEverySwapLost,
        Flaw::NeverSwaps,
        Flaw::WritesWhatItReportsLost,
        Flaw::DropsKeys,
    ];

    fn write(store: &MemoryStore, head_key: &str, key: &str) -> Result<(), StoreError> {
        let meta = Meta { caller: "tester".to_owned(), operation: "test".to_owned() };
        run(Tree::new(store, head_key).update(&meta, async |transaction| {
            transaction.insert(key.as_bytes().to_vec(), b"value".to_vec());
            Ok(())
        }))
    }

    /// A store with two tenants, and their heads.
    fn with_tenants() -> (MemoryStore, [String; 2]) {
        let store = MemoryStore::new(1);
        let heads = ["one", "two"].map(|tenant| {
            match run(Register::new(&store).create_tenant(tenant, b"")) {
                Ok(Claim::New(head_key)) => head_key,
                other => panic!("{other:?}"),
            }
        });
        for head_key in &heads {
            write(&store, head_key, "before").expect("written");
        }
        (store, heads)
    }

    fn is_unfit<T>(outcome: &Result<T, StoreError>) -> bool {
        matches!(outcome, Err(StoreError::Unfit(_)))
    }

    #[test]
    fn accepts_a_store_that_compares_and_swaps_and_leaves_nothing_behind() {
        let store = MemoryStore::new(1);
        assert_eq!(run(check_fitness(&store)), Ok(Fitness::Fit));
        assert!(store.values().is_empty());
    }

    #[test]
    fn finds_each_flaw() {
        for flaw in FLAWS {
            let store = MemoryStore::new(1);
            store.set_flaw(flaw);
            let found = run(check_fitness(&store));
            assert!(matches!(found, Ok(Fitness::Unfit(_))), "{flaw:?}: {found:?}");
            assert!(store.values().is_empty());
        }
    }

    #[test]
    fn an_unfit_store_gets_no_tenant() {
        for flaw in FLAWS {
            let store = MemoryStore::new(1);
            store.set_flaw(flaw);
            let first = run(Register::new(&store).create_tenant("first", b""));
            assert!(is_unfit(&first), "{flaw:?}: {first:?}");
            assert!(store.values().is_empty(), "{flaw:?}");

            let (store, _) = with_tenants();
            store.set_flaw(flaw);
            let before = store.values();
            let third = run(Register::new(&store).create_tenant("third", b""));
            assert!(is_unfit(&third), "{flaw:?}: {third:?}");
            assert_eq!(store.values(), before, "{flaw:?}");
        }
    }

    #[test]
    fn a_store_found_unfit_is_closed_to_writes_until_it_is_found_fit() {
        for flaw in FLAWS {
            let (store, heads) = with_tenants();
            let before = store.values();
            store.set_flaw(flaw);
            let found = run(check_fitness(&store)).expect("tested");
            let Fitness::Unfit(fault) = found else { panic!("{flaw:?}: {found:?}") };

            // Marked is marked, also for those who come when the store behaves again.
            for flaw in [flaw, Flaw::None] {
                store.set_flaw(flaw);
                let marked = store.values();
                let unfit = StoreError::Unfit(fault.to_owned());
                for head_key in &heads {
                    assert_eq!(write(&store, head_key, "meanwhile"), Err(unfit.clone()));
                    let read = run(Tree::new(&store, head_key.as_str())
                        .read::<_, StoreError>(async |snapshot| snapshot.get(b"before").await));
                    assert_eq!(read, Ok(Some(b"value".to_vec())), "{flaw:?}");
                }
                let claimed = run(Register::new(&store).claim_access_key("t", "key", b""));
                assert_eq!(claimed, Err(unfit), "{flaw:?}");
                assert_eq!(store.values(), marked, "{flaw:?}");
            }

            assert_eq!(run(check_fitness(&store)), Ok(Fitness::Fit));
            assert_eq!(store.values(), before, "{flaw:?}");
            for head_key in &heads {
                assert_eq!(write(&store, head_key, "after"), Ok(()));
                let tree = Tree::new(&store, head_key.as_str());
                let verified = run(tree.read(async |it| journal::verify(it, |_, _| {}).await));
                assert_eq!(verified, Ok(true), "{flaw:?}");
            }
        }
    }

    #[test]
    fn a_fit_store_costs_one_more_read() {
        let (store, _) = with_tenants();
        store.take_calls();
        run(self_test(&store)).expect("tested");
        let test = store.take_calls();
        run(check_fitness(&store)).expect("tested");
        assert_eq!(store.take_calls().total(), test.total() + 1);
    }
}
