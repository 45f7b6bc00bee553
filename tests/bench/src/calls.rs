//! Calls of the key-value store, as the local host counts them.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

/// How often each call was made. A `lost_swap` counts as a `swap` as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    get: u32,
    exists: u32,
    keys: u32,
    set: u32,
    delete: u32,
    swap: u32,
    lost_swap: u32,
    get_many: u32,
    set_many: u32,
    delete_many: u32,
}

/// Calls for each request, on average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerRequest {
    /// Whole reads of one key or several: the least that each request needs, without its share of
    /// what few do for all.
    pub reads: u32,
    /// Reads of one key.
    pub gets: f64,
    /// Compare-and-swaps, lost ones too.
    pub swaps: f64,
    /// Reads, writes and deletions of several keys.
    pub batches: f64,
    /// All calls.
    pub all: f64,
    /// Calls that a durable store commits.
    pub commits: f64,
}

impl Calls {
    /// The counts of one component in the host's answer.
    ///
    /// # Errors
    /// The answer is not that of this host, or has no such component.
    pub fn of(component: &str, answer: &[u8]) -> Result<Self> {
        let all: BTreeMap<String, Self> =
            serde_json::from_slice(answer).context("the host does not count calls as expected")?;
        all.get(component).copied().with_context(|| format!("the host has no `{component}`"))
    }

    /// What was called since `before`, for each of so many requests.
    pub fn per_request(self, before: Self, requests: u32) -> PerRequest {
        let share = |count: fn(Self) -> u32| {
            f64::from(count(self).saturating_sub(count(before))) / f64::from(requests)
        };
        let reads = |calls: Self| calls.get + calls.exists + calls.get_many;
        PerRequest {
            reads: reads(self).saturating_sub(reads(before)) / requests.max(1),
            gets: share(|calls| calls.get + calls.exists),
            swaps: share(|calls| calls.swap),
            batches: share(Self::batches),
            all: share(|calls| {
                calls.get
                    + calls.exists
                    + calls.keys
                    + calls.set
                    + calls.delete
                    + calls.swap
                    + calls.batches()
            }),
            commits: share(|calls| {
                calls.set + calls.delete + calls.set_many + calls.delete_many + calls.swap
                    - calls.lost_swap
            }),
        }
    }

    fn batches(self) -> u32 {
        self.get_many + self.set_many + self.delete_many
    }

    /// The share of swaps since `before` that were lost.
    pub fn lost(self, before: Self) -> f64 {
        let swaps = self.swap.saturating_sub(before.swap).max(1);
        f64::from(self.lost_swap.saturating_sub(before.lost_swap)) / f64::from(swaps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_each_kind_of_call() {
        let before = Calls { get: 5, ..Calls::default() };
        let after = Calls {
            get: 45,
            exists: 10,
            keys: 1,
            set: 2,
            delete: 1,
            swap: 15,
            lost_swap: 5,
            get_many: 30,
            set_many: 4,
            delete_many: 3,
        };
        let expected =
            PerRequest { reads: 8, gets: 5.0, swaps: 1.5, batches: 3.7, all: 10.6, commits: 2.0 };
        assert_eq!(after.per_request(before, 10), expected);
        assert_eq!(after.lost(Calls { swap: 5, ..before }), 0.5);
        assert_eq!(before.lost(before), 0.0);
    }

    #[test]
    fn reads_the_hosts_answer() {
        let answer = br#"{"a": {"get": 1, "exists": 0, "keys": 0, "set": 0, "delete": 0, "swap": 2,
            "lost_swap": 1, "get_many": 0, "set_many": 0, "delete_many": 0}}"#;
        let expected = Calls { get: 1, swap: 2, lost_swap: 1, ..Calls::default() };
        assert_eq!(Calls::of("a", answer).expect("counts"), expected);
        assert!(Calls::of("b", answer).is_err());
        assert!(Calls::of("a", b"{}").is_err());
    }
}
