//! What is measured: the operations, each with a request as clients send it most.
//!
//! To measure another operation, add it to the file of its group, and to [`Tenant`] what it needs.

mod accounts;
mod balances;
mod bills;
mod cards;
mod costs;
mod coupon_quotas;
mod coupons;
mod customers;
mod enterprise;
mod orders;
mod pricing;
mod products;
mod realname;
mod regions_config;
mod registration;
mod resellers;
mod resources;

pub use balances::ALLOCATION;
pub use coupons::{SINGLE_ISSUE, issue};
pub use orders::{pay, refunds};

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use crate::client::Expected;
use crate::tenant::Tenant;

/// Whether a request changes the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It does not: compared with reading one key.
    Read,
    /// It does: compared with one compare-and-swap.
    Write,
}

/// How often one request can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Again and again.
    Freely,
    /// Once: the next time it would find nothing to do, or be refused.
    Once,
}

/// What an operation should reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aim {
    /// This share of its floor's speed with eight clients, and to be prompt.
    Share(f64),
    /// To answer one client within [`P99_MS`](crate::aim::P99_MS), nearly always. There is no more
    /// to ask where the answer is long, because the floor's is not, and where a write does more
    /// than an issue of one coupon.
    Prompt,
    /// Nothing: it is slow on purpose.
    Nothing,
}

/// Whose key signs a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The tenant's distributor.
    Distributor,
    /// Its first customer, which the distributor funds.
    Customer,
    /// A customer that pays the cloud itself.
    PayingCustomer,
    /// Nobody: a browser asks, in which the distributor is signed in.
    Browser,
}

/// A request before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// Who sends it.
    pub signer: Signer,
    /// The method.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// The body; empty when there is none.
    pub body: String,
}

/// An operation with its requests.
#[derive(Debug)]
pub struct Operation {
    /// Its published name, and after a comma what is special about the request.
    pub name: &'static str,
    /// The component that answers.
    pub component: &'static str,
    /// What it is compared with.
    pub kind: Kind,
    /// What it should reach.
    pub aim: Aim,
    /// What each answer is when all is well.
    pub answer: Expected,
    /// Whether requests can be sent again.
    pub repeat: Repeat,
    /// Its requests for a tenant.
    pub requests: fn(&Tenant) -> Vec<Unsigned>,
}

impl Operation {
    /// The name alone, without what is special about the request.
    pub fn published(&self) -> &'static str {
        self.name.split_once(", ").map_or(self.name, |(name, _)| name)
    }
}

/// Codes that one operation sends on the same books. A partner and its customers may send 600 in an
/// hour, and two operations are measured that do.
const CODES_MAX: u32 = 290;

/// The aim of reads whose answer is short.
const SHORT_READ: Aim = Aim::Share(0.45);

/// The contract's groups, each with its operations.
pub const GROUPS: [(&str, &[Operation]); 17] = [
    ("balances", balances::OPERATIONS),
    ("accounts", accounts::OPERATIONS),
    ("resellers", resellers::OPERATIONS),
    ("registration", registration::OPERATIONS),
    ("customers", customers::OPERATIONS),
    ("realname", realname::OPERATIONS),
    ("coupons", coupons::OPERATIONS),
    ("coupon-quotas", coupon_quotas::OPERATIONS),
    ("bills", bills::OPERATIONS),
    ("orders", orders::OPERATIONS),
    ("resources", resources::OPERATIONS),
    ("products", products::OPERATIONS),
    ("pricing", pricing::OPERATIONS),
    ("regions-config", regions_config::OPERATIONS),
    ("enterprise", enterprise::OPERATIONS),
    ("cards", cards::OPERATIONS),
    ("costs", costs::OPERATIONS),
];

/// All that are measured: reads first, because writes make the books larger.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    let all = || GROUPS.into_iter().flat_map(|(_, operations)| operations);
    let reads = all().filter(|operation| operation.kind == Kind::Read);
    reads.chain(all().filter(|operation| operation.kind == Kind::Write))
}

/// The operation of this name.
///
/// # Errors
/// There is none.
pub fn find(name: &str) -> Result<&'static Operation> {
    operations().find(|operation| operation.name == name).with_context(|| format!("no {name}"))
}

fn get(target: String) -> Unsigned {
    Unsigned { signer: Signer::Distributor, method: "GET", target, body: String::new() }
}

/// A page of the console that shows what the operation answers.
fn page(target: String) -> Vec<Unsigned> {
    vec![Unsigned { signer: Signer::Browser, ..get(target) }]
}

/// How pages begin.
const PAGE: Expected = Expected::Begins("<!DOCTYPE html>");

/// Measures a page of the console beside the operation that it stands for.
const fn as_page(name: &'static str, requests: fn(&Tenant) -> Vec<Unsigned>) -> Operation {
    Operation {
        name,
        component: "console-pages",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: PAGE,
        repeat: Repeat::Freely,
        requests,
    }
}

fn post(target: &str, body: Value) -> Unsigned {
    let (target, body) = (target.to_owned(), body.to_string());
    Unsigned { signer: Signer::Distributor, method: "POST", target, body }
}

/// The same, asked for by the first customer.
fn by_customer(request: Unsigned) -> Unsigned {
    Unsigned { signer: Signer::Customer, ..request }
}

/// Customers that money and coupons go to in turn.
fn funded_customers(tenant: &Tenant) -> impl Iterator<Item = String> {
    (0..tenant.funded_customers()).map(|number| tenant.customer(number))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const CONTRACT: &str = include_str!("../../contract/operations.json");
    const FUNCTIONS: &str = include_str!("../../../functions/README.md");

    /// The operations that the table says work.
    fn working() -> BTreeSet<&'static str> {
        let rows = FUNCTIONS.lines().filter(|line| line.ends_with("| yes |"));
        rows.map(|row| row.split('`').nth(1).expect("a name")).collect()
    }

    /// Not measured: each use of theirs needs a coupon of a member that was transferred to it, which
    /// no book line brings, or a resource in the very state that another measured one leaves it in.
    /// And a list of what the measured tenant has none of: transferred coupons. And what writes once
    /// for an enterprise.
    const NOT_MEASURED: [&str; 6] = [
        "CancelAutoRenewalResources",
        "CreateEnterpriseProjectAuth",
        "ListMultiAccountRetrieveCoupons",
        "ReclaimEnterpriseMultiAccountCoupon",
        "UpdatePeriodToOnDemand",
        "UpdatePeriodToOnDemandInstantly",
    ];

    #[test]
    fn every_other_operation_that_works_is_measured() {
        let measured: BTreeSet<&str> = operations().map(Operation::published).collect();
        assert!(NOT_MEASURED.iter().all(|name| !measured.contains(name)));
        let known: BTreeSet<&str> = measured.into_iter().chain(NOT_MEASURED).collect();
        assert_eq!(known, working());
    }

    #[test]
    fn each_stands_in_the_group_that_the_contract_says() {
        let contract: Value = serde_json::from_str(CONTRACT).expect("the contract");
        let published = contract["operations"].as_array().expect("operations");
        for (group, operations) in GROUPS {
            for operation in operations {
                let name = operation.published();
                let found = published.iter().find(|one| one["operation_id"] == name);
                assert_eq!(found.map(|one| &one["group"]), Some(&Value::from(group)), "{name}");
            }
        }
    }

    #[test]
    fn each_is_measured_once() {
        let names: BTreeSet<&str> = operations().map(|operation| operation.name).collect();
        assert_eq!(names.len(), operations().count());
    }

    #[test]
    fn codes_are_no_more_than_a_partner_may_send_in_an_hour() {
        let tenant = Tenant::new(40, 40, 4_000, "2026-03-31T23:00:00Z".parse().expect("a time"));
        let codes = ["SendVerificationMessageCode", "SendSmsVerificationCode"].map(|name| {
            let operation = find(name).expect("an operation");
            assert_eq!(operation.repeat, Repeat::Once, "{name}");
            (operation.requests)(&tenant).len()
        });
        assert!(codes.iter().sum::<usize>() <= 600, "{codes:?}");
    }

    #[test]
    fn requests_that_can_be_sent_once_differ() {
        let now = "2026-03-31T23:00:00Z".parse().expect("a time");
        let mut tenant = Tenant::new(40, 40, 30, now);
        tenant.coupons = (0..30).map(|number| format!("CP{number}")).collect();
        let orders = || (0..30).map(|number| format!("CS{number}")).collect();
        tenant.orders.paid = orders();
        tenant.orders.cancelled = orders();
        tenant.orders.renewed = orders();
        tenant.orders.returned = orders();
        for operation in operations().filter(|operation| operation.repeat == Repeat::Once) {
            let requests = (operation.requests)(&tenant);
            let bodies: BTreeSet<&str> = requests.iter().map(|one| one.body.as_str()).collect();
            assert_eq!(bodies.len(), 30, "{}", operation.name);
        }
    }
}
