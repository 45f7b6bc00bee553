//! The tenant's books as a sequential program keeps them.

use std::collections::{BTreeMap, BTreeSet};

/// What there is, in whole yuan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    balances: BTreeMap<&'static str, u64>,
    /// Value of all coupons.
    pub coupons: u64,
    /// Quotas that have been taken back.
    pub reclaimed: BTreeSet<&'static str>,
    /// Lines of a book that have been imported.
    pub imported: BTreeSet<&'static str>,
}

impl Model {
    /// The accounts that operations change, coupons aside.
    pub const ACCOUNTS: [&str; 5] = ["BD", "BR", "CC", "QQ", "QQ1"];

    /// What [`BOOK`](super::BOOK) comes to.
    pub fn start() -> Self {
        Self {
            balances: BTreeMap::from([("BD", 50), ("BR", 20), ("QQ", 970), ("QQ1", 30)]),
            coupons: 0,
            reclaimed: BTreeSet::new(),
            imported: BTreeSet::new(),
        }
    }

    /// What an account holds.
    pub fn balance(&self, account: &str) -> u64 {
        self.balances.get(account).copied().unwrap_or_default()
    }

    /// The balance of an account, to be changed.
    pub fn account(&mut self, account: &'static str) -> &mut u64 {
        assert!(Self::ACCOUNTS.contains(&account), "{account} is not compared");
        self.balances.entry(account).or_default()
    }

    /// Sum over all accounts.
    pub fn sum(&self) -> u64 {
        self.balances.values().sum::<u64>() + self.coupons
    }
}
