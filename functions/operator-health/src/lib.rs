//! Check that the key-value store does what the ledger stands on.
//!
//! `GET /operator/v1/health`. A store that fails answers 503 and says what it does instead.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::store::{Backend, Environment, KeyValue, Swap};
use serde::Serialize;

billing::operator! { GET => check }

async fn check(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    call.query(|_| Ok(()))?;

    let store = call.host();
    let id = hex::encode(store.random());
    let keys = [format!("selftest.{id}.1"), format!("selftest.{id}.2")];
    let outcome = check_store(store, &keys).await;
    store.delete_many(&keys).await?;
    outcome?;

    Answer::ok(&Health { status: "ok", compare_and_swap: true, batch: true })
}

/// Tries each call on keys of its own. What only looks like success is found by reading back.
async fn check_store(store: &impl Backend, keys: &[String; 2]) -> Result<(), Refusal> {
    let [key, _] = keys;
    let entries = keys.clone().map(|key| (key, b"first".to_vec()));
    store.set_many(&entries).await?;
    let mut found = store.get_many(keys).await?;
    found.sort();
    expect(found == entries, "reading several keys does not give back what was written")?;

    let (value, stale) = store.watch(key).await?;
    expect(value.as_deref() == Some(b"first"), "a watch does not read what was written")?;
    let (_, fresh) = store.watch(key).await?;
    let swapped = store.swap(fresh, b"second").await?;
    expect(swapped == Swap::Done, "a swap of the current value is reported as lost")?;
    let swapped = store.swap(stale, b"third").await?;
    expect(swapped == Swap::Lost, "a swap of an outdated value is reported as done")?;
    let value = store.get(key).await?;
    expect(value.as_deref() == Some(b"second"), "a swap that was lost has changed the value")
}

fn expect(holds: bool, otherwise: &str) -> Result<(), Refusal> {
    let unfit = || Refusal::UnfitStore(format!("the store is unfit for the ledger: {otherwise}"));
    if holds { Ok(()) } else { Err(unfit()) }
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    compare_and_swap: bool,
    batch: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use billing::store::memory::{MemoryStore, run};

    #[test]
    fn accepts_a_store_that_compares_and_swaps() {
        let keys = ["selftest.1".to_owned(), "selftest.2".to_owned()];
        assert_eq!(run(check_store(&MemoryStore::new(1), &keys)), Ok(()));
    }
}
