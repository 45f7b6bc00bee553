//! The real operations: imports, coupons and reclaims race, die and are repeated with their client
//! tokens. The journal is replayed on a model of the tenant, which every balance and every answer
//! must agree with; the audit must find nothing.
//!
//! An operation is a file here: what it does (`perform`), what it comes to (`model`), and in which
//! small scenarios it races whom (`scenarios`). This file has a line for it in [`Call`] and in
//! each `match` over it.

mod adjust_money;
mod grant_quota;
mod import_booking;
mod issue_coupons;
mod look;
mod model;
mod reclaim_coupon;
mod reclaim_quota;

use self::model::Model;
use super::schedule::{Limits, Program, connect};
use super::world::{Rules, World};
use super::{Begin, Client, Fill, Scenario, explore_all, fill, run_seeds};
use crate::account::AccountId;
use crate::audit::{Audit, audit};
use crate::books::{Books, TokenUse};
use crate::error::Reason;
use crate::import::{self, Content, Entry, Line};
use crate::money::Money;
use crate::partner::{CallingPartner, PartnerKind};
use crate::store::memory::run;
use crate::store::{Environment, Meta, Reader, Register, StoreError, Transaction, Tree, journal};
use adjust_money::Movement;
use chrono::TimeDelta;
use issue_coupons::Coupons;
use reclaim_coupon::Slip;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Holds 1,000.00 in quota `Q`, of which 30.00 are granted to the reseller as quota `Q1` and 20.00 as
/// quota `Q2`; and 50.00 and 20.00 in cash of the distributor and of the reseller. A new operation
/// adds what it needs here and to [`Model::start`].
const BOOK: [&str; 8] = [
    r#"{"kind":"partner","tenant_id":"t","partner_id":"D","partner_kind":"distributor",
        "account_name":"d","name":"D","associated_on":"2026-01-01T00:00:00Z"}"#,
    r#"{"kind":"partner","tenant_id":"t","partner_id":"R","partner_kind":"reseller",
        "distributor_id":"D","account_name":"r","name":"R",
        "associated_on":"2026-01-01T00:00:00Z"}"#,
    r#"{"kind":"customer","tenant_id":"t","customer_id":"C","partner_id":"R",
        "association_type":"2","account_name":"c","associated_on":"2026-01-01T00:00:00Z"}"#,
    r#"{"kind":"coupon_quota","tenant_id":"t","quota_id":"Q","partner_id":"D","quota_type":0,
        "quota_value":"1000.00","quota_status":0,"create_time":"2026-01-01T00:00:00Z",
        "effective_time":"2026-01-01T00:00:00Z","expire_time":"2036-01-01T00:00:00Z",
        "limit_infos":[]}"#,
    r#"{"kind":"quota_grant","tenant_id":"t","parent_quota_id":"Q","quota_id":"Q1",
        "indirect_partner_id":"R","amount":"30.00","at":"2026-01-02T00:00:00Z"}"#,
    r#"{"kind":"booking","tenant_id":"t","booking_id":"D","partner_id":"D","account_type":1,
        "amount":"50.00","at":"2026-01-02T00:00:00Z"}"#,
    r#"{"kind":"booking","tenant_id":"t","booking_id":"R","partner_id":"R","account_type":1,
        "amount":"20.00","at":"2026-01-02T00:00:00Z"}"#,
    r#"{"kind":"quota_grant","tenant_id":"t","parent_quota_id":"Q","quota_id":"Q2",
        "indirect_partner_id":"R","amount":"20.00","at":"2026-01-02T00:00:00Z"}"#,
];

/// What a client asks for. The answer of each is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Issue(Coupons),
    ReclaimQuota,
    Adjust(Movement),
    ReclaimCoupon(Slip),
    GrantQuota,
    ImportBooking,
    Look,
}

/// The books inside a transaction of a client.
type ClientBooks<'t, 'b> = Books<&'t mut Transaction<'b, Client>>;

impl Call {
    /// Carries the call out.
    async fn perform(
        self,
        books: &mut ClientBooks<'_, '_>,
        randoms: &[[u8; 16]],
    ) -> Result<u64, Reason> {
        match self {
            Self::Issue(coupons) => issue_coupons::perform(books, coupons, randoms).await,
            Self::ReclaimQuota => reclaim_quota::perform(books).await,
            Self::Adjust(movement) => adjust_money::perform(books, movement).await,
            Self::ReclaimCoupon(slip) => reclaim_coupon::perform(books, slip).await,
            Self::GrantQuota => grant_quota::perform(books, randoms).await,
            Self::ImportBooking => import_booking::perform(books).await,
            Self::Look => look::perform(books).await,
        }
    }

    /// What the call comes to. A refusal leaves the model as it is.
    fn model(self, model: &mut Model) -> Result<u64, Reason> {
        match self {
            Self::Issue(coupons) => issue_coupons::model(model, coupons),
            Self::ReclaimQuota => reclaim_quota::model(model),
            Self::Adjust(movement) => adjust_money::model(model, movement),
            Self::ReclaimCoupon(slip) => reclaim_coupon::model(model, slip),
            Self::GrantQuota => grant_quota::model(model),
            Self::ImportBooking => import_booking::model(model),
            Self::Look => look::model(model),
        }
    }

    /// Whether it comes with a client token.
    fn has_token(self) -> bool {
        !matches!(self, Self::ImportBooking | Self::Look)
    }
}

/// How often a client repeats a call whose outcome it does not know.
const TRIES_MAX: usize = 3;

/// What a client was told, and which transactions there were when it asked and when it knew.
#[derive(Clone, Debug)]
struct Told {
    operation: String,
    began: u64,
    ended: u64,
    answer: Result<u64, Reason>,
}

#[derive(Clone)]
pub(super) struct Operations {
    name: &'static str,
    rules: Rules,
    clients: Vec<Vec<Call>>,
    /// Whether all clients use the same client tokens: one client, over several connections.
    one_token: bool,
    fill: Fill,
    limits: Limits,
    /// The world at the start, and the key of the tenant's head, once they have been made.
    start: OnceCell<(Begin, String)>,
    told: Rc<RefCell<Vec<Told>>>,
}

fn operations(name: &'static str, rules: Rules, clients: &[&[Call]]) -> Operations {
    Operations {
        name,
        rules,
        clients: clients.iter().map(|calls| calls.to_vec()).collect(),
        one_token: false,
        fill: Fill::Nothing,
        limits: Limits::faults(1),
        start: OnceCell::new(),
        told: Rc::default(),
    }
}

impl Operations {
    /// From a tree of some pages and a log that the next transaction folds.
    fn folding(self) -> Self {
        Self { fill: Fill::TreeAndLog, ..self }
    }

    fn faultless(self) -> Self {
        Self { limits: Limits::faults(0), ..self }
    }

    fn of_one_token(self) -> Self {
        Self { one_token: true, ..self }
    }
}

fn entry(text: &str) -> Entry {
    match Line::parse(text).expect("a line").content {
        Content::Entry(entry) => entry,
        _ => panic!("{text}"),
    }
}

fn distributor() -> CallingPartner {
    CallingPartner { partner_id: "D".parse().expect("id"), kind: PartnerKind::Distributor }
}

fn meta(caller: &str, operation: &str) -> Meta {
    Meta { caller: caller.to_owned(), operation: operation.to_owned() }
}

/// One call as the API makes it: with a client token, in one transaction.
async fn ask(client: &Client, head_key: &str, operation: &str, call: Call) -> Result<u64, Reason> {
    let meta = meta("partner/D", operation);
    let token = call.has_token().then(|| TokenUse {
        principal: "partner/D".to_owned(),
        token: operation.parse().expect("token"),
        request_sha256: [1; 32],
    });
    let randoms: Vec<[u8; 16]> = (0..issue_coupons::COUNT_MAX).map(|_| client.random()).collect();
    let tree = Tree::new(client, head_key);
    if call == Call::Look {
        return tree.read(async |snapshot| look::perform(&Books::new(snapshot)).await).await;
    }
    tree.update(&meta, async |transaction| {
        let mut books = Books::new(transaction);
        let Some(used) = &token else {
            return call.perform(&mut books, &randoms).await;
        };
        if let Some(before) = books.recall(used, books.now()).await? {
            return Ok(before.first().copied().map_or(u64::MAX, u64::from));
        }
        let answer = call.perform(&mut books, &randoms).await?;
        let stored = u8::try_from(answer).expect("small");
        books.remember(used, &[stored]).await?;
        Ok(answer)
    })
    .await
}

fn is_final(answer: &Result<u64, Reason>) -> bool {
    !matches!(answer, Err(Reason::Store(StoreError::OutcomeUnknown | StoreError::Unavailable(_))))
}

/// Number of transactions so far.
fn transactions(client: &Client, head_key: &str) -> u64 {
    let tree = Tree::new(client, head_key);
    let read = || run(tree.read::<_, StoreError>(async |snapshot| Ok(snapshot.sequence())));
    client.world.aside(read).expect("there is a head")
}

/// One client, from its first call to its last.
async fn live(
    client: Client,
    head_key: String,
    calls: Vec<(String, Call)>,
    told: Rc<RefCell<Vec<Told>>>,
) {
    for (operation, call) in calls {
        let began = transactions(&client, &head_key);
        let mut answer = ask(&client, &head_key, &operation, call).await;
        for _ in 1..TRIES_MAX {
            if !is_final(&answer) {
                answer = ask(&client, &head_key, &operation, call).await;
            }
        }
        let ended = transactions(&client, &head_key);
        told.borrow_mut().push(Told { operation, began, ended, answer });
    }
}

impl Operations {
    /// Sets the world up.
    fn start(&self) -> (Begin, String) {
        let count = self.clients.len();
        let world = Rc::new(World::new(self.rules, count + 1));
        let setter = connect(&world, count + 1).pop().expect("one more");
        let head_key = run(async {
            Register::new(&setter).create_tenant("t", b"").await?;
            let head_key = Register::new(&setter).tenant("t").await?.expect("created");
            let tree = Tree::new(&setter, head_key.as_str());
            let entries = BOOK.map(entry);
            tree.update(&meta("operator", "book"), async |transaction| {
                let mut books = Books::new(transaction);
                for entry in &entries {
                    import::apply(&mut books, entry).await?;
                }
                reclaim_coupon::prepare(&mut books).await
            })
            .await?;
            world.advance(reclaim_coupon::LIFE);
            fill(&tree, self.fill).await?;
            Ok::<_, Reason>(head_key)
        })
        .expect("set up");
        (world.keep(), head_key)
    }

    /// What a client asks, each call with its name.
    fn calls(&self, client: usize) -> Vec<(String, Call)> {
        let named = if self.one_token { 0 } else { client };
        let calls = self.clients[client].iter().enumerate();
        calls.map(|(index, call)| (format!("{named}.{index}"), *call)).collect()
    }

    fn call(&self, operation: &str) -> Option<Call> {
        (0..self.clients.len())
            .flat_map(|client| self.calls(client))
            .find_map(|(name, call)| (name == operation).then_some(call))
    }
}

impl Scenario for Operations {
    fn name(&self) -> String {
        format!("{} on {:?}", self.name, self.rules)
    }

    fn begin(&self) -> (Rc<World>, Vec<Program>) {
        let (start, head_key) = self.start.get_or_init(|| self.start());
        let count = self.clients.len();
        let world = Rc::new(World::resume(start, self.rules, count + 1));
        self.told.borrow_mut().clear();
        let programs = connect(&world, count).into_iter().map(|client| {
            let calls = self.calls(client.number);
            let program: Program =
                Box::pin(live(client, head_key.clone(), calls, Rc::clone(&self.told)));
            program
        });
        let programs = programs.collect();
        (world, programs)
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn told(&self) -> String {
        let mut told: Vec<String> =
            self.told.borrow().iter().map(|told| format!("{told:?}")).collect();
        told.sort();
        told.concat()
    }

    fn check(&self, world: &Rc<World>) -> Result<(), String> {
        let checker = Client { world: Rc::clone(world), number: self.clients.len() };
        let (_, head_key) = self.start.get().ok_or("never begun")?;
        let found = run(Tree::new(&checker, head_key.as_str()).read(async |snapshot| {
            let mut done = Vec::new();
            journal::verify(snapshot, |_, entry| done.push(entry.operation.clone())).await?;
            let audit = audit(snapshot).await?;
            let books = Books::new(snapshot);
            let mut balances = BTreeMap::new();
            for account in Model::ACCOUNTS {
                let id: AccountId = account.parse().expect("id");
                let balance = books.account(&id).await?.map(|found| found.balance);
                balances.insert(account, balance.unwrap_or(Money::ZERO));
            }
            Ok::<_, Reason>((done, audit, balances))
        }));
        let (done, audit, balances) = found.map_err(|reason| format!("{reason:?}"))?;
        let history = History::replay(self, done)?;
        check_books(&history.states[history.states.len() - 1], &audit, &balances)?;
        self.told.borrow().iter().try_for_each(|told| history.check(self, told))
    }
}

/// Compares what the store holds in the end with the model.
fn check_books(
    model: &Model,
    audit: &Audit,
    balances: &BTreeMap<&str, Money>,
) -> Result<(), String> {
    if !(audit.conserved && audit.journal_matches && audit.chain_verified && audit.negative == 0) {
        return Err(format!("the audit finds {audit:?}"));
    }
    for (account, balance) in balances {
        let expected = model.balance(account);
        if expected.to_string().parse() != Ok(*balance) {
            return Err(format!("{account} holds {balance}, the model says {expected}"));
        }
    }
    let sum = format!("{}.00", model.sum());
    if audit.sum != sum {
        return Err(format!("all accounts hold {}, the model says {sum}", audit.sum));
    }
    Ok(())
}

/// The transactions in the order of the journal, on the model.
struct History {
    /// The model before the first transaction and after each.
    states: Vec<Model>,
    /// Number and modelled answer of the clients' operations.
    committed: BTreeMap<String, (u64, u64)>,
}

impl History {
    fn replay(scenario: &Operations, done: Vec<String>) -> Result<Self, String> {
        let mut history = Self { states: vec![Model::start()], committed: BTreeMap::new() };
        for (operation, sequence) in done.into_iter().zip(1..) {
            let mut model = history.states[history.states.len() - 1].clone();
            if !matches!(operation.as_str(), "book" | "fill") {
                let call = scenario.call(&operation);
                let call = call.ok_or_else(|| format!("{operation} is nobody's"))?;
                let answer = call.model(&mut model).map_err(|reason| {
                    format!("{operation} was done, the model refuses it: {reason:?}")
                })?;
                if history.committed.insert(operation.clone(), (sequence, answer)).is_some() {
                    return Err(format!("{operation} was done twice"));
                }
            }
            history.states.push(model);
        }
        Ok(history)
    }

    /// A client must have been told what the model says: of the transaction that was committed, or,
    /// when there is none, of a state that there was while the client waited.
    fn check(&self, scenario: &Operations, told: &Told) -> Result<(), String> {
        let Told { operation, began, ended, answer } = told;
        let call = scenario.call(operation).ok_or("an answer to nobody")?;
        let at = |sequence: u64| usize::try_from(sequence).expect("few");
        let seen = || {
            self.states[at(*began)..=at(*ended)].iter().any(|state| {
                let mut after = state.clone();
                call.model(&mut after) == *answer && after == *state
            })
        };
        let committed = self.committed.get(operation);
        let right = match (answer, committed) {
            (Err(Reason::Store(StoreError::OutcomeUnknown)), _) => true,
            (Err(Reason::Store(StoreError::Unavailable(_))), committed) => committed.is_none(),
            (Ok(answer), Some((sequence, modelled))) if answer == modelled => {
                // Whoever has been answered before this call began cannot come after it.
                (scenario.one_token || sequence > began) && sequence <= ended
            }
            // What has no token looks for itself whether it has been done.
            (_, Some(_)) => !call.has_token() && seen(),
            (_, None) => seen(),
        };
        if right {
            return Ok(());
        }
        Err(format!("{operation} ({call:?}) was told {answer:?}, the model says {committed:?}"))
    }
}

/// The scenarios that are explored completely.
pub(super) fn small(rules: Rules) -> Vec<Operations> {
    let mut scenarios = issue_coupons::scenarios(rules);
    scenarios.extend(reclaim_quota::scenarios(rules));
    scenarios.extend(adjust_money::scenarios(rules));
    scenarios.extend(reclaim_coupon::scenarios(rules));
    scenarios.extend(grant_quota::scenarios(rules));
    scenarios.extend(import_booking::scenarios(rules));
    scenarios.extend(look::scenarios(rules));
    scenarios
}

/// A long run for seeds: from a log that is nearly full, through folds and deletions.
fn large(rules: Rules) -> Operations {
    use Call::{GrantQuota, ImportBooking, Issue, Look, ReclaimCoupon, ReclaimQuota};
    let [usable, expired] = [Slip::Usable, Slip::Expired].map(ReclaimCoupon);
    let again = Issue(Coupons::OF_RETURNED);
    let (some, many) = (Issue(Coupons::TWO), Issue(Coupons::MANY));
    let one = Issue(Coupons::ONE);
    let [to_customer, from_customer, to_reseller, from_reseller] = [
        Movement::ToCustomer,
        Movement::FromCustomer,
        Movement::ToReseller,
        Movement::FromReseller,
    ]
    .map(Call::Adjust);
    Operations {
        fill: Fill::TreeAndLog,
        limits: Limits {
            stalls_max: 2,
            step: TimeDelta::minutes(2),
            steps_max: 20_000,
            ..Limits::faults(5)
        },
        ..operations(
            "five clients",
            rules,
            &[
                &[one, many, to_customer, some, Look],
                &[ImportBooking, to_reseller, ImportBooking, Look],
                &[some, many, from_customer, ReclaimQuota, expired],
                &[ReclaimQuota, usable, one, from_reseller, Look, GrantQuota],
                &[Look, ImportBooking, again, one, many, to_customer, GrantQuota, usable],
            ],
        )
    }
}

#[test]
fn exhaustive() {
    explore_all(&[small(Rules::Sqlite), small(Rules::DynamoDb)].concat());
}

#[test]
fn random() {
    run_seeds(9_000, large);
}
