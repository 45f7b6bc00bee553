//! How much is measured, and for how long.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::operation::{self, Operation};

/// The extent of a benchmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How long each run lasts.
    pub run: Duration,
    /// How long each of those lasts that are compared with runs on books of another size.
    pub run_growing: Duration,
    /// What goes before each run without being counted.
    pub warm_up: Duration,
    /// Runs of each kind; the figures are their medians.
    pub rounds: u32,
    /// Requests over which calls of the store are counted.
    pub counted: usize,
    /// Single issues over which commits are counted.
    pub issues: usize,
    /// How often a host is started to time that.
    pub starts: u32,
    /// Whether a host is also started with nothing compiled, which takes minutes.
    pub starts_cold: bool,
    /// Coupons and fee records of one tenant, a size of books each, growing.
    pub records: Vec<u32>,
    /// The most writes of one run on books whose growth is measured, so that they keep their size.
    pub writes_max: usize,
    /// Customers of the tenant. Books of every size have the same, and so many coupons each that
    /// a list of a customer's fills a page in the smallest: what grows is the book alone.
    pub customers: u32,
    /// Requests of each operation that can be sent once, and as many objects that they are for:
    /// quotas granted to a reseller, customers to be authenticated.
    pub once: u32,
    /// A part of the names of the operations that are measured; all are where there is none.
    pub only: Option<String>,
}

impl Plan {
    /// The one whose figures count.
    pub fn full() -> Self {
        Self {
            run: Duration::from_millis(900),
            run_growing: Duration::from_millis(500),
            warm_up: Duration::from_millis(150),
            rounds: 3,
            counted: 60,
            issues: 1000,
            starts: 5,
            starts_cold: false,
            records: vec![1_000, 10_000, 100_000, 1_000_000],
            writes_max: 200,
            customers: 100,
            once: 4_000,
            only: None,
        }
    }

    /// One that shows within minutes whether something has become slow.
    pub fn quick() -> Self {
        Self {
            run: Duration::from_millis(200),
            run_growing: Duration::from_millis(150),
            warm_up: Duration::from_millis(50),
            counted: 30,
            issues: 300,
            starts: 3,
            records: vec![1_000, 10_000],
            ..Self::full()
        }
    }

    /// One that only shows that measuring works.
    pub fn trial() -> Self {
        Self {
            run: Duration::from_millis(60),
            run_growing: Duration::from_millis(30),
            warm_up: Duration::from_millis(10),
            rounds: 1,
            counted: 10,
            issues: 40,
            starts: 1,
            starts_cold: false,
            records: vec![40, 80],
            writes_max: 20,
            customers: 40,
            once: 200,
            only: None,
        }
    }

    /// The operations that are measured.
    pub fn operations(&self) -> impl Iterator<Item = &'static Operation> {
        let is_meant = |operation: &&Operation| match &self.only {
            Some(part) => operation.name.contains(part.as_str()),
            None => true,
        };
        operation::operations().filter(is_meant)
    }

    /// The same with books of up to `most` records, by powers of ten.
    ///
    /// # Errors
    /// `most` is no power of ten, or below a thousand.
    pub fn with_records(mut self, most: u32) -> Result<Self> {
        let sizes = std::iter::successors(Some(1_000_u32), |size| size.checked_mul(10));
        self.records = sizes.take_while(|size| *size <= most).collect();
        ensure!(
            self.records.last() == Some(&most),
            "--records {most} is no power of ten from 1000 on"
        );
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_narrows_what_is_measured() {
        let names = |only: Option<&str>| {
            let plan = Plan { only: only.map(str::to_owned), ..Plan::trial() };
            plan.operations().map(|operation| operation.name).collect::<Vec<_>>()
        };
        let all = names(None);
        assert_eq!(all.len(), operation::operations().count());
        let coupons = names(Some("CreatePartnerCoupons"));
        assert!(coupons.len() > 1 && coupons.len() < all.len(), "{coupons:?}");
        assert!(coupons.iter().all(|name| name.contains("CreatePartnerCoupons")), "{coupons:?}");
        assert!(names(Some("no such operation")).is_empty());
    }

    #[test]
    fn sizes_grow_by_powers_of_ten() {
        let sizes = |most| Plan::quick().with_records(most).map(|plan| plan.records);
        assert_eq!(sizes(1_000).expect("sizes"), [1_000]);
        assert_eq!(sizes(100_000).expect("sizes"), [1_000, 10_000, 100_000]);
        for wrong in [0, 100, 2_000, 1_000_001] {
            assert!(sizes(wrong).is_err(), "{wrong}");
        }
    }
}
