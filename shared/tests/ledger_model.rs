//! Seeded random operations against a small model: after each one the books hold what the model
//! says, value is conserved, nothing is negative, and each balance is the sum of its journal.

use billing::books::{BooksMut, OpenBooks};
use billing::domain::account::AccountId;
use billing::domain::error::Reason;
use billing::domain::ledger::TransferId;
use billing::domain::partner::{CallingPartner, PartnerKind};
use billing::operations::adjust_money::{
    self, AdjustCustomer, AdjustReseller, CustomerAdjustment, ResellerAdjustment,
};
use billing::operations::audit::audit;
use billing::operations::expire_coupons::EXPIRED_PER_WRITE;
use billing::operations::grant_quotas::GrantQuotas;
use billing::operations::import::{self, Content, Line};
use billing::operations::issue_coupons::{Issue, IssueCoupons};
use billing::operations::reclaim_coupon::{CouponReclaim, ReclaimCoupon};
use billing::operations::reclaim_quotas::ReclaimQuotas;
use billing::operations::{grant_quotas, issue_coupons, reclaim_coupon, reclaim_quotas};
use billing::store::memory::{MemoryStore, run};
use billing::store::{Environment, Meta, Tree};
use billing::value::id::{CouponId, CustomerId, PartnerId, QuotaId};
use billing::value::money::Money;
use billing::value::page::Slice;
use billing::value::time::{Period, Timestamp};
use chrono::TimeDelta;
use std::collections::BTreeMap;

const HEAD: &str = "head.model";
const SEEDS: u64 = 8;
const OPERATIONS: usize = 130;

const DISTRIBUTOR: &str = "d";
const RESELLERS: [&str; 2] = ["r1", "r2"];
/// Customers with their partner; the last of each pays the cloud directly.
const CUSTOMERS: [(&str, &str, &str); 6] = [
    ("dc1", "d", "2"),
    ("dc2", "d", "1"),
    ("r1c1", "r1", "2"),
    ("r1c2", "r1", "1"),
    ("r2c1", "r2", "2"),
    ("r2c2", "r2", "1"),
];

/// A quota of the model. Amounts in cents.
#[derive(Clone, Debug)]
struct Pot {
    holder: String,
    parent: Option<String>,
    left: i64,
    reclaimed: bool,
}

/// A coupon of the model.
#[derive(Clone, Debug)]
struct Slip {
    left: i64,
    quota: String,
    partner: String,
    expires: Timestamp,
    /// Nothing of it will ever move again.
    closed: bool,
}

/// What the books should hold, in cents.
#[derive(Clone, Debug, Default)]
struct Model {
    outside: i64,
    balances: BTreeMap<String, i64>,
    quotas: BTreeMap<String, Pot>,
    coupons: BTreeMap<String, Slip>,
    expired: usize,
    /// What happened to each account that holds money, in the order it was booked.
    changes: BTreeMap<String, Vec<Change>>,
    /// Allocations and reclaims by partner, in the order they were booked.
    adjusted: BTreeMap<String, Vec<TransferId>>,
}

/// A change of an account. Amounts in cents.
#[derive(Clone, Copy, Debug)]
struct Change {
    time: Timestamp,
    amount: i64,
    after: i64,
}

impl Model {
    /// Changes what an account holds.
    fn change(&mut self, account: &str, time: Timestamp, amount: i64) {
        let balance = self.balances.entry(account.to_owned()).or_default();
        *balance += amount;
        let change = Change { time, amount, after: *balance };
        self.changes.entry(account.to_owned()).or_default().push(change);
    }

    fn holds(&self, account: &str) -> i64 {
        self.balances.get(account).copied().unwrap_or(0)
    }

    /// Moves what an account holds, or refuses with this reason.
    fn adjust(
        &mut self,
        from: &str,
        to: &str,
        time: Timestamp,
        cents: i64,
        refusal: Reason,
    ) -> Result<(), Reason> {
        if self.holds(from) < cents {
            return Err(refusal);
        }
        self.change(from, time, -cents);
        self.change(to, time, cents);
        Ok(())
    }

    /// Takes back what expired coupons of these quotas hold, the first to expire first, quota by
    /// quota, as many as one write takes back.
    fn expire(&mut self, quotas: &[String], now: Timestamp) {
        let mut room = EXPIRED_PER_WRITE;
        for quota in quotas {
            let mut due: Vec<(Timestamp, String)> = self
                .coupons
                .iter()
                .filter(|(_, slip)| slip.quota == *quota && !slip.closed && slip.expires <= now)
                .map(|(id, slip)| (slip.expires, id.clone()))
                .collect();
            due.sort();
            for (_, id) in due.into_iter().take(room) {
                room -= 1;
                self.give_back(&id);
                self.expired += 1;
            }
        }
    }

    /// Returns what is left of a coupon to its quota.
    fn give_back(&mut self, id: &str) {
        let slip = self.coupons.get_mut(id).expect("there");
        slip.closed = true;
        let left = std::mem::take(&mut slip.left);
        self.quotas.get_mut(&slip.quota).expect("there").left += left;
    }
}

/// The real thing beside its model.
struct Run {
    store: MemoryStore,
    model: Model,
    named: u32,
}

fn caller() -> CallingPartner {
    let partner_id = DISTRIBUTOR.parse().expect("id");
    CallingPartner { partner_id, kind: PartnerKind::Distributor }
}

fn yuan(cents: i64) -> Money {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100).parse().expect("money")
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect(text)
}

impl Run {
    fn new(seed: u64) -> Self {
        let store = MemoryStore::new(seed);
        run(Tree::new(&store, HEAD).create("model")).expect("created");
        let mut this = Self { store, model: Model::default(), named: 0 };
        this.import(r#""kind":"partner","partner_id":"d","partner_kind":"distributor""#.to_owned());
        for reseller in RESELLERS {
            this.import(format!(
                r#""kind":"partner","partner_id":"{reseller}","partner_kind":"reseller",
                   "distributor_id":"d""#
            ));
        }
        for (customer, partner, association) in CUSTOMERS {
            this.import(format!(
                r#""kind":"customer","customer_id":"{customer}","partner_id":"{partner}",
                   "association_type":"{association}""#
            ));
        }
        this
    }

    fn below(&self, bound: usize) -> usize {
        let bytes = self.store.random();
        let number = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        usize::try_from(number).expect("fits") % bound
    }

    /// One to `most` cents.
    fn cents(&self, most: usize) -> i64 {
        i64::try_from(self.below(most)).expect("fits") + 1
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.named += 1;
        format!("{prefix}{}", self.named)
    }

    fn any_quota(&self) -> Option<String> {
        let count = self.model.quotas.len();
        (count > 0).then(|| self.model.quotas.keys().nth(self.below(count)).cloned())?
    }

    /// Half of the time one that `partner` can issue to.
    fn any_customer(&self, partner: &str) -> (&'static str, &'static str, &'static str) {
        let suitable = CUSTOMERS.iter().find(|(_, of, kind)| *of == partner && *kind == "2");
        match suitable {
            Some(customer) if self.below(2) == 0 => *customer,
            _ => CUSTOMERS[self.below(CUSTOMERS.len())],
        }
    }

    fn update<T>(
        &self,
        mut change: impl AsyncFnMut(&mut BooksMut<'_, '_>) -> Result<T, Reason>,
    ) -> Result<T, Reason> {
        let meta = Meta { caller: "model".to_owned(), operation: "test".to_owned() };
        let tree = Tree::new(&self.store, HEAD);
        run(tree.update(&meta, async |transaction| change(&mut BooksMut::new(transaction)).await))
    }

    fn import(&mut self, fields: String) {
        let line = Line::parse(&format!(r#"{{"tenant_id":"t",{fields}}}"#)).expect(&fields);
        let Content::Entry(entry) = line.content else { panic!("{fields}") };
        let outcome = self.update(async |books| import::apply(books, &entry).await);
        assert_eq!(outcome, Ok(import::Outcome::Applied), "{fields}");
    }

    fn step(&mut self) {
        self.store.advance(TimeDelta::seconds(30));
        match self.below(17) {
            0 => self.top_up(),
            1 => self.quota_from_outside(),
            2 | 3 => self.grant(),
            4 | 5 => self.reclaim(),
            6 | 7 => self.adjust_customer(),
            8 | 9 => self.adjust_reseller(),
            10 | 11 => self.reclaim_coupon(),
            _ => self.issue(),
        }
    }

    fn top_up(&mut self) {
        let partner = [DISTRIBUTOR, RESELLERS[0], RESELLERS[1]][self.below(3)];
        let (account_type, account) = [("1", "B"), ("2", "R")][self.below(2)];
        let cents = self.cents(1_000_000);
        let booking = self.fresh("b");
        self.import(format!(
            r#""kind":"booking","booking_id":"{booking}","partner_id":"{partner}",
               "account_type":{account_type},"amount":"{}","at":"2026-01-01T00:00:00Z""#,
            yuan(cents)
        ));
        self.model.outside += cents;
        self.model.change(&format!("{account}{partner}"), id("2026-01-01T00:00:00Z"), cents);
    }

    /// Allocates to a customer or takes back, in the name of its partner or of any other.
    fn adjust_customer(&mut self) {
        let (customer, of, association) = CUSTOMERS[self.below(CUSTOMERS.len())];
        let anyone = [DISTRIBUTOR, RESELLERS[0], RESELLERS[1]][self.below(3)];
        let partner = if self.below(4) == 0 { anyone } else { of };
        let reseller = RESELLERS.into_iter().find(|reseller| *reseller == partner);
        let cents = self.cents(400_000);
        let adjustment = CustomerAdjustment {
            customer_id: id(customer),
            amount: yuan(cents),
            indirect_partner_id: reseller.map(id::<PartnerId>),
        };
        let order = AdjustCustomer::check(caller(), adjustment).expect("fields");
        let allocates = self.below(3) < 2;
        let outcome = self.update(async |books| match allocates {
            true => adjust_money::allocate_to_customer(books, &order).await,
            false => adjust_money::reclaim_from_customer(books, &order).await,
        });
        let (ours, theirs) = (format!("B{partner}"), format!("C{customer}"));
        let now = self.store.now().into();
        let expected = if of != partner {
            Err(Reason::NotYourCustomer)
        } else if association == "1" {
            Err(Reason::NoPermissionOnCustomer)
        } else if allocates {
            let refusal = match reseller {
                None => Reason::PartnerCannotPay,
                Some(_) => Reason::ResellerCannotPay,
            };
            self.model.adjust(&ours, &theirs, now, cents, refusal)
        } else {
            self.model.adjust(&theirs, &ours, now, cents, Reason::InsufficientBalance)
        };
        self.assert_adjusted(partner, outcome, expected);
    }

    fn adjust_reseller(&mut self) {
        let reseller = RESELLERS[self.below(2)];
        let cents = self.cents(400_000);
        let adjustment =
            ResellerAdjustment { indirect_partner_id: id(reseller), amount: yuan(cents) };
        let order = AdjustReseller::check(caller(), adjustment).expect("fields");
        let allocates = self.below(3) < 2;
        let outcome = self.update(async |books| match allocates {
            true => adjust_money::allocate_to_reseller(books, &order).await,
            false => adjust_money::reclaim_from_reseller(books, &order).await,
        });
        let (ours, theirs) = (format!("B{DISTRIBUTOR}"), format!("B{reseller}"));
        let (from, to) = if allocates { (&ours, &theirs) } else { (&theirs, &ours) };
        let now = self.store.now().into();
        let expected = self.model.adjust(from, to, now, cents, Reason::InsufficientBalance);
        self.assert_adjusted(DISTRIBUTOR, outcome, expected);
    }

    fn assert_adjusted(
        &mut self,
        partner: &str,
        outcome: Result<TransferId, Reason>,
        expected: Result<(), Reason>,
    ) {
        assert_eq!(outcome.clone().map(|_| ()), expected);
        if let Ok(transfer_id) = outcome {
            self.model.adjusted.entry(partner.to_owned()).or_default().push(transfer_id);
        }
    }

    fn quota_from_outside(&mut self) {
        let cents = self.cents(40_000);
        let quota = self.fresh("q");
        self.import(format!(
            r#""kind":"coupon_quota","quota_id":"{quota}","partner_id":"d","quota_type":0,
               "quota_value":"{}","quota_status":0,"create_time":"2026-01-01T00:00:00Z",
               "effective_time":"2026-01-01T00:00:00Z","expire_time":"2036-01-01T00:00:00Z""#,
            yuan(cents)
        ));
        self.model.outside += cents;
        let holder = DISTRIBUTOR.to_owned();
        let pot = Pot { holder, parent: None, left: cents, reclaimed: false };
        self.model.quotas.insert(quota, pot);
    }

    fn grant(&mut self) {
        let Some(parent) = self.any_quota() else {
            return;
        };
        let holders: Vec<&str> = (0..=self.below(2)).map(|_| RESELLERS[self.below(2)]).collect();
        let cents = self.cents(10_000);
        let ids = holders.iter().map(|holder| id::<PartnerId>(holder)).collect();
        let order = GrantQuotas::check(caller(), id(&parent), ids, yuan(cents)).expect("fields");
        let randoms: Vec<[u8; 16]> = holders.iter().map(|_| self.store.random()).collect();
        let outcome =
            self.update(async |books| grant_quotas::grant_quotas(books, &order, &randoms).await);
        if self.model.quotas.get(&parent).expect("there").holder != DISTRIBUTOR {
            assert_eq!(outcome, Err(Reason::QuotaNotYours));
            return;
        }
        // What is refused has changed nothing, so the model must not have either.
        let before = self.model.clone();
        self.model.expire(std::slice::from_ref(&parent), self.store.now().into());
        let pot = self.model.quotas.get_mut(&parent).expect("there");
        let total = cents * i64::try_from(holders.len()).expect("fits");
        if pot.left < total {
            self.model = before;
            assert_eq!(outcome, Err(Reason::QuotaExhausted));
            return;
        }
        pot.left -= total;
        for (holder, granted) in holders.into_iter().zip(outcome.expect("granted")) {
            assert_eq!(granted.indirect_partner_id.as_str(), holder);
            let (holder, parent) = (holder.to_owned(), Some(parent.clone()));
            let pot = Pot { holder, parent, left: cents, reclaimed: false };
            let quota = granted.quota_id.to_string();
            assert!(self.model.quotas.insert(quota, pot).is_none());
        }
    }

    fn reclaim_coupon(&mut self) {
        let count = self.model.coupons.len();
        if count == 0 {
            return;
        }
        let (name, slip) = self.model.coupons.iter().nth(self.below(count)).expect("there");
        let (name, slip) = (name.clone(), slip.clone());
        let mostly = (slip.partner != DISTRIBUTOR).then_some(slip.partner.clone());
        let reseller = if self.below(5) == 0 { None } else { mostly };
        let mine = reseller.as_deref().unwrap_or(DISTRIBUTOR) == slip.partner;
        let coupon_id: CouponId = id(&name);
        let order = ReclaimCoupon::check(caller(), coupon_id, reseller).expect("fields");
        let outcome =
            self.update(async |books| reclaim_coupon::reclaim_coupon(books, &order).await);
        let left = yuan(slip.left);
        let expected = if !mine {
            Err(Reason::field("coupon_id", "there is no such coupon"))
        } else if slip.closed {
            Err(Reason::CouponNotReclaimable)
        } else {
            self.model.give_back(&name);
            if slip.expires <= self.store.now().into() {
                self.model.expired += 1;
                Ok(CouponReclaim::Expired(left))
            } else {
                Ok(CouponReclaim::Reclaimed(left))
            }
        };
        assert_eq!(outcome, expected, "{name}");
    }

    fn reclaim(&mut self) {
        let named: Vec<String> = (0..=self.below(3)).filter_map(|_| self.any_quota()).collect();
        let ids: Vec<QuotaId> = named.iter().map(|name| id(name)).collect();
        let Ok(order) = ReclaimQuotas::check(caller(), ids, None) else {
            assert!(named.is_empty());
            return;
        };
        let outcomes =
            self.update(async |books| reclaim_quotas::reclaim_quotas(books, &order).await);
        let mut granted: Vec<String> = Vec::new();
        for name in &named {
            if self.model.quotas[name].parent.is_some() && !granted.contains(name) {
                granted.push(name.clone());
            }
        }
        self.model.expire(&granted, self.store.now().into());
        for (name, outcome) in named.iter().zip(outcomes.expect("reclaimed")) {
            let pot = self.model.quotas.get_mut(name).expect("there");
            let expected = match (&pot.parent, !pot.reclaimed || pot.left > 0) {
                (Some(parent), true) => {
                    pot.reclaimed = true;
                    let (parent, left) = (parent.clone(), std::mem::take(&mut pot.left));
                    self.model.quotas.get_mut(&parent).expect("there").left += left;
                    Ok(Money::ZERO)
                }
                _ => Err(Reason::QuotaUnusable),
            };
            assert_eq!(outcome.outcome, expected, "{name}");
        }
    }

    fn issue(&mut self) {
        let Some(quota) = self.any_quota() else {
            return;
        };
        // Mostly in the name of the holder, so that most requests get as far as their customers.
        let anyone = [None, Some(RESELLERS[0]), Some(RESELLERS[1])][self.below(3)];
        let holder = self.model.quotas.get(&quota).map(|pot| pot.holder.clone());
        let holder = RESELLERS.into_iter().find(|reseller| holder.as_deref() == Some(*reseller));
        let reseller = if self.below(4) == 0 { anyone } else { holder };
        let partner = reseller.unwrap_or(DISTRIBUTOR);
        let customers: Vec<(&str, &str, &str)> =
            (0..=self.below(5)).map(|_| self.any_customer(partner)).collect();
        let cents = self.cents(3_000);
        let now: Timestamp = self.store.now().into();
        // Half of the coupons expire a few steps from now.
        let minutes = TimeDelta::seconds(30 * self.cents(20));
        let short = (self.below(2) == 0).then(|| Timestamp::from(now.instant() + minutes));
        let issue = Issue {
            quota_id: id(&quota),
            customer_ids: customers.iter().map(|(name, ..)| id::<CustomerId>(name)).collect(),
            face_value: yuan(cents),
            valid_time: None,
            expire_time: short,
            cloud_service_types: None,
            product_ids: None,
            memo: None,
            indirect_partner_id: reseller.map(id::<PartnerId>),
        };
        let order = IssueCoupons::check(caller(), issue).expect("fields");
        let randoms: Vec<[u8; 16]> = customers.iter().map(|_| self.store.random()).collect();
        let outcome =
            self.update(async |books| issue_coupons::issue(books, &order, &randoms).await);
        let pot = self.model.quotas.get(&quota).expect("there");
        if pot.reclaimed || (pot.holder != DISTRIBUTOR && pot.holder != partner) {
            assert_eq!(outcome, Err(Reason::QuotaUnusable));
            return;
        }
        self.model.expire(std::slice::from_ref(&quota), now);
        let pot = self.model.quotas.get_mut(&quota).expect("there");
        for ((_, of, association), item) in customers.iter().zip(outcome.expect("issued")) {
            let refusal = if *of != partner {
                Reason::NotYourCustomer
            } else if *association == "1" {
                Reason::ReferralCustomer
            } else if pot.left < cents {
                Reason::QuotaExhausted
            } else {
                pot.left -= cents;
                let coupon = item.outcome.expect("a coupon").to_string();
                let slip = Slip {
                    left: cents,
                    quota: quota.clone(),
                    partner: partner.to_owned(),
                    expires: short.unwrap_or_else(|| id("2036-01-01T00:00:00Z")),
                    closed: false,
                };
                assert!(self.model.coupons.insert(coupon, slip).is_none());
                continue;
            };
            assert_eq!(item.outcome, Err(refusal));
        }
    }

    /// Invariants 4 to 6, and each account as the model has it.
    fn check(&self) {
        let tree = Tree::new(&self.store, HEAD);
        let found = run(tree.read(async |snapshot| audit(snapshot).await)).expect("audited");
        assert!(found.conserved && found.journal_matches && found.chain_verified, "{found:?}");
        assert_eq!((found.negative, found.sum), (0, yuan(self.model.outside).to_string()));
        let named = |prefix: &str, name: &str| format!("{prefix}{name}");
        let expected = self
            .model
            .balances
            .iter()
            .map(|(account, cents)| (account.clone(), *cents))
            .chain(self.model.quotas.iter().map(|(name, pot)| (named("Q", name), pot.left)))
            .chain(self.model.coupons.iter().map(|(name, slip)| (named("K", name), slip.left)));
        for (account, cents) in expected {
            let account: AccountId = id(&account);
            let held =
                run(tree.read(async |snapshot| OpenBooks::new(snapshot).account(&account).await));
            let held = held.expect("read").map(|account| account.balance);
            assert_eq!(held, Some(yuan(cents)), "{account}");
        }
        self.check_statements();
        self.check_adjust_records();
    }

    /// Each account's changes, newest first by the time they were booked for.
    fn check_statements(&self) {
        let tree = Tree::new(&self.store, HEAD);
        let since: Timestamp = id("2026-01-01T00:00:01Z");
        for (account, changes) in &self.model.changes {
            let account: AccountId = id(account);
            let mut changes = changes.clone();
            changes.sort_by_key(|change| change.time);
            changes.reverse();
            for (period, passes) in [
                (Period::of_seconds(None, None), changes.clone()),
                (
                    Period::of_seconds(Some(since), None),
                    changes.iter().filter(|change| change.time >= since).copied().collect(),
                ),
            ] {
                let page = run(tree.read(async |snapshot| {
                    OpenBooks::new(snapshot)
                        .changes(&account, period, None, Slice::first(OPERATIONS))
                        .await
                }))
                .expect("read");
                assert_eq!(page.total_count, u64::try_from(passes.len()).expect("fits"));
                let read = page
                    .items
                    .iter()
                    .map(|entry| (entry.transfer.time, entry.amount, entry.balance_after));
                let expected = passes
                    .iter()
                    .map(|change| (change.time, yuan(change.amount), yuan(change.after)));
                assert!(read.eq(expected), "{account} {period:?} {page:?}");
            }
        }
    }

    /// Each partner's allocations and reclaims, newest first, all and one by one.
    fn check_adjust_records(&self) {
        let tree = Tree::new(&self.store, HEAD);
        let always = Period::of_seconds(None, None);
        for partner in [DISTRIBUTOR, RESELLERS[0], RESELLERS[1]] {
            let mut expected = self.model.adjusted.get(partner).cloned().unwrap_or_default();
            expected.reverse();
            let read = |trans_id: Option<TransferId>| {
                let partner = id(partner);
                let page = run(tree.read(async |snapshot| {
                    let books = OpenBooks::new(snapshot);
                    books
                        .adjust_records(&partner, trans_id, always, None, Slice::first(OPERATIONS))
                        .await
                }));
                page.expect("read").items.iter().map(|(id, _)| *id).collect::<Vec<_>>()
            };
            assert_eq!(read(None), expected, "{partner}");
            if let Some(one) = expected.first() {
                assert_eq!(read(Some(*one)), [*one], "{partner}");
            }
        }
    }
}

#[test]
fn the_books_agree_with_a_model_after_every_operation() {
    let (mut issued, mut reclaimed, mut adjusted) = (0, 0, 0);
    let (mut closed, mut expired) = (0, 0);
    for seed in 0..SEEDS {
        let mut run = Run::new(seed);
        for _ in 0..OPERATIONS {
            run.step();
            run.check();
        }
        issued += run.model.coupons.len();
        adjusted += run.model.adjusted.values().map(Vec::len).sum::<usize>();
        reclaimed += run.model.quotas.values().filter(|pot| pot.reclaimed).count();
        closed += run.model.coupons.values().filter(|slip| slip.closed).count();
        expired += run.model.expired;
    }
    let figures = format!("{issued}, {reclaimed} and {adjusted} show too little");
    assert!(issued > 150 && reclaimed > 15 && adjusted > 40, "{figures}");
    let figures = format!("{closed} back, {expired} of them expired, show too little");
    assert!(closed - expired > 15 && expired > 30, "{figures}");
}
