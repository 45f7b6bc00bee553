//! The tenant's books as a sequential program keeps them.

use super::reclaim_coupon::{Slip, WORTH};
use std::collections::{BTreeMap, BTreeSet};

/// What there is, in whole yuan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    balances: BTreeMap<&'static str, u64>,
    /// Value of all coupons.
    pub coupons: u64,
    /// Coupons of the start whose value is back in their quota.
    pub returned: BTreeSet<Slip>,
    /// Value of all quotas that were granted.
    pub granted: u64,
    /// Quotas that have been taken back.
    pub reclaimed: BTreeSet<&'static str>,
    /// Lines of a book that have been imported.
    pub imported: BTreeSet<&'static str>,
}

impl Model {
    /// The accounts that operations change, coupons aside.
    pub const ACCOUNTS: [&str; 6] = ["BD", "BR", "CC", "QQ", "QQ1", "QQ2"];

    /// What [`BOOK`](super::BOOK) comes to.
    pub fn start() -> Self {
        Self {
            balances: BTreeMap::from([("BD", 50), ("BR", 20), ("QQ", 950), ("QQ1", 30)]),
            coupons: 2 * WORTH,
            returned: BTreeSet::new(),
            granted: 0,
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
        self.balances.values().sum::<u64>() + self.coupons + self.granted
    }

    /// Returns a coupon of the start to its quota. False when it is there already.
    pub fn give_back(&mut self, slip: Slip) -> bool {
        let first = self.returned.insert(slip);
        if first {
            self.coupons -= WORTH;
            *self.account("QQ2") += WORTH;
        }
        first
    }
}
