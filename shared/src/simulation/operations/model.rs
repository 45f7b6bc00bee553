//! The tenant's books as a sequential program keeps them.

use super::move_coupons::{self, LENT};
use super::move_enterprise_money::{MASTER, OWN};
use super::part_company::{self, Parting};
use super::pay_for_members::{self, Handed};
use super::reclaim_coupon::{Slip, WORTH};
use super::run_deliveries::Message;
use super::second_factor::Factor;
use super::send_code::Codes;
use super::spend::Spent;
use super::submit_realname::Applicant;
use super::trade::{CASH, PRICE, Slot, Stage};
use crate::domain::realname::SubmissionKind;
use crate::domain::registration::Scene;
use crate::domain::resource::OnDemandStatus;
use crate::simulation::world::START_SECONDS;
use std::collections::{BTreeMap, BTreeSet};

/// What there is. Money is in whole yuan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    balances: BTreeMap<&'static str, u64>,
    /// Value of all coupons.
    pub coupons: u64,
    /// Coupons of the start whose value is back in their quota.
    pub returned: BTreeSet<Slip>,
    /// Value of all quotas that were granted.
    pub granted: u64,
    /// How far the orders of the start have come,
    pub orders: BTreeMap<Slot, Stage>,
    /// and whether the coupon that their customer has is used up.
    pub is_coupon_spent: bool,
    /// Whether the partner has set the price of the first one.
    pub is_priced: bool,
    /// The status of the pay-per-use resource that the operator starts.
    pub on_demand: Option<OnDemandStatus>,
    /// What was billed.
    pub spent: Spent,
    /// What a member has left of the coupon that it was lent,
    pub lent: u64,
    /// and whose orders are paid, of the master and this member.
    pub paid: BTreeSet<&'static str>,
    /// How far the order has come that a member hands to its master.
    pub handed: Handed,
    /// Whether the company of the book may have enterprise projects.
    pub has_projects: bool,
    /// How far the customer is from leaving that is asked to.
    pub parting: Parting,
    /// Quotas that have been taken back.
    pub reclaimed: BTreeSet<&'static str>,
    /// Lines of a book that have been imported.
    pub imported: BTreeSet<&'static str>,
    /// The value of each day of bandwidth, by its date.
    pub bandwidth: BTreeMap<&'static str, &'static str>,
    /// What the master gave to each account of its member, and did not take back,
    pub given: BTreeMap<&'static str, u64>,
    /// and whether the one name that there is for its transfers is used.
    pub is_name_used: bool,
    /// What is asked for now,
    pub operation: String,
    /// and when that is, in seconds since 1970.
    pub now: i64,
    /// The codes that one mobile was sent and that are not used up.
    pub codes: Codes,
    /// The second factor of the distributor,
    pub factor: Factor,
    /// and whether an address of its own is told of events.
    pub is_notified: bool,
    /// What the customers that were created are told apart by.
    pub identities: BTreeSet<String>,
    /// The customers that can be authenticated.
    pub applicants: BTreeMap<&'static str, Applicant>,
    /// Tickets that were used.
    pub tickets: BTreeSet<u8>,
    /// Messages to the operator's own systems, oldest first.
    pub messages: Vec<Message>,
    /// Which of them each run has taken on last.
    pub claims: BTreeMap<String, Vec<usize>>,
}

impl Model {
    /// The accounts that operations change, coupons aside.
    pub const ACCOUNTS: [&str; 23] = [
        "BD", "BR", "CC", "CM", "CN", "CW", "DW", "EM~-", "EN~-", "GD", "HD", "QQ", "QQ1", "QQ2",
        "VW1", "CL", "KL1", "CA", "CE", "DA", "CY", "QQY", "QQW",
    ];

    /// Those of them that a look tells: as many as a number has room for.
    pub const LOOKED_AT: [&str; 6] = ["BD", "BR", "CC", "QQ", "QQ1", "QQ2"];

    /// What [`BOOK`](super::BOOK) comes to.
    pub fn start() -> Self {
        let mut applicants: BTreeMap<&'static str, Applicant> =
            ["P", "S", "T"].map(|id| (id, Applicant::new())).into();
        applicants.get_mut("P").expect("there").submit(SubmissionKind::Individual);
        Self {
            balances: BTreeMap::from([
                ("BD", 50),
                ("BR", 20),
                ("CM", MASTER),
                ("CN", OWN),
                ("CW", CASH),
                ("EM~-", MASTER),
                ("CL", move_coupons::CASH),
                ("KL1", move_coupons::WORTH - LENT),
                ("QQ", 950),
                ("QQ1", 30),
                ("VW1", PRICE),
                ("CA", pay_for_members::CASH),
                ("CE", pay_for_members::OWN),
                ("CY", part_company::CASH),
            ]),
            coupons: 2 * WORTH + PRICE + LENT + part_company::WORTH,
            parting: Parting::at_first(),
            lent: LENT,
            paid: BTreeSet::new(),
            handed: Handed::default(),
            has_projects: false,
            orders: Slot::all_at_first().collect(),
            is_coupon_spent: false,
            is_priced: false,
            on_demand: None,
            spent: Spent::default(),
            returned: BTreeSet::new(),
            granted: 0,
            reclaimed: BTreeSet::new(),
            imported: BTreeSet::new(),
            bandwidth: BTreeMap::new(),
            given: BTreeMap::new(),
            is_name_used: false,
            operation: String::new(),
            now: START_SECONDS,
            codes: Codes::at_first(&[Scene::Registration, Scene::BankCard]),
            factor: Factor::at_first(),
            is_notified: false,
            identities: BTreeSet::new(),
            applicants,
            tickets: BTreeSet::new(),
            messages: Vec::new(),
            claims: BTreeMap::new(),
        }
    }

    /// Says what is asked for next, and when, in seconds since 1970.
    pub fn ask(&mut self, operation: &str, now: i64) {
        operation.clone_into(&mut self.operation);
        self.now = now;
    }

    /// A customer that can be authenticated.
    pub fn applicant(&mut self, customer: &str) -> &mut Applicant {
        self.applicants.get_mut(customer).expect("one of the book")
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
