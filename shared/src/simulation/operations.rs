//! The real operations: all that write, and looks. They race, die and are repeated with their
//! client tokens. The journal is replayed on a model of the tenant, which every balance and every answer
//! must agree with; the audit must find nothing.
//!
//! An operation is a file here: what it does (`perform`), what it comes to (`model`), and in which
//! small scenarios it races whom (`scenarios`). This file has a line for it in [`Call`] and in
//! each `match` over it.

mod adjust_money;
mod batch_coupons;
mod create_customer;
mod decide_review;
mod grant_quota;
mod import_bandwidth;
mod import_booking;
mod issue_coupons;
mod join_enterprise;
mod look;
mod model;
mod move_coupons;
mod move_enterprise_money;
mod notify_partner;
mod part_company;
mod pay_for_members;
mod reclaim_coupon;
mod reclaim_quota;
mod run_deliveries;
mod second_factor;
mod send_code;
mod spend;
mod submit_realname;
mod trade;

use self::model::Model;
use super::schedule::{Limits, Program, connect};
use super::world::{Rules, World};
use super::{Begin, Client, Fill, Scenario, explore_all, fill_log, fill_tree, run_seeds};
use crate::books::{BooksMut, OpenBooks, TokenUse};
use crate::domain::account::AccountId;
use crate::domain::error::Reason;
use crate::domain::partner::{CallingPartner, PartnerKind};
use crate::domain::registration::Scene;
use crate::operations::audit::{Audit, audit};
use crate::operations::import::{self, Content, Entry, Line};
use crate::security::vault::Vault;
use crate::store::memory::run;
use crate::store::{Environment, Meta, Reader, Register, StoreError, Tree, journal};
use crate::value::money::Money;
use adjust_money::Movement;
use batch_coupons::Batch;
use chrono::TimeDelta;
use create_customer::Newcomer;
use decide_review::Ruling;
use import_bandwidth::Day;
use issue_coupons::Coupons;
use join_enterprise::{Joining, Recruit};
use move_coupons::Lending;
use move_enterprise_money::Passage;
use notify_partner::Notice;
use part_company::Step;
use pay_for_members::Errand;
use reclaim_coupon::Slip;
use run_deliveries::Receiver;
use second_factor::Guarded;
use spend::{Act, Size};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::mem;
use std::rc::Rc;
use submit_realname::Form;
use trade::{Deed, Means, Slot};

/// Holds 1,000.00 in quota `Q`, of which 30.00 are granted to the reseller as quota `Q1` and 20.00
/// as quota `Q2`; 50.00 and 20.00 in cash of the distributor and of the reseller; and customers of
/// the distributor's own. A new operation adds what it needs here and to [`Model::start`].
const BOOK: [&str; 24] = [
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
    r#"{"kind":"customer","tenant_id":"t","customer_id":"P","partner_id":"D",
        "association_type":"2"}"#,
    r#"{"kind":"customer","tenant_id":"t","customer_id":"S","partner_id":"D",
        "association_type":"2"}"#,
    r#"{"kind":"customer","tenant_id":"t","customer_id":"T","partner_id":"D",
        "association_type":"2"}"#,
    r#"{"kind":"customer","tenant_id":"t","customer_id":"W","partner_id":"D",
        "association_type":"2"}"#,
    r#"{"kind":"booking","tenant_id":"t","booking_id":"W","customer_id":"W","account_type":1,
        "amount":"15.00","at":"2026-01-02T00:00:00Z"}"#,
    r#"{"kind":"stored_value_card","tenant_id":"t","card_id":"W1","customer_id":"W",
        "face_value":"10.00","effective_time":"2026-01-01T00:00:00Z",
        "expire_time":"2036-01-01T00:00:00Z"}"#,
    r#"{"kind":"coupon_quota","tenant_id":"t","quota_id":"QW","partner_id":"D","quota_type":0,
        "quota_value":"10.00","quota_status":0,"create_time":"2026-01-01T00:00:00Z",
        "effective_time":"2026-01-01T00:00:00Z","expire_time":"2036-01-01T00:00:00Z",
        "limit_infos":[]}"#,
    r#"{"kind":"customer","tenant_id":"t","customer_id":"L","partner_id":"D",
        "association_type":"1"}"#,
    r#"{"kind":"customer","tenant_id":"t","customer_id":"J","partner_id":"D",
        "association_type":"1"}"#,
    r#"{"kind":"enterprise","tenant_id":"t","customer_id":"L","org_id":"1"}"#,
    r#"{"kind":"enterprise_member","tenant_id":"t","master_id":"L","customer_id":"J",
        "joined_at":"2026-01-01T00:00:00Z"}"#,
    r#"{"kind":"booking","tenant_id":"t","booking_id":"L","customer_id":"L","account_type":1,
        "amount":"4.00","at":"2026-01-02T00:00:00Z"}"#,
    r#"{"kind":"cloud_coupon","tenant_id":"t","coupon_id":"L1","customer_id":"L","coupon_type":1,
        "source":"activity","face_value":"10.00","create_time":"2026-01-02T00:00:00Z",
        "effective_time":"2026-01-02T00:00:00Z","expire_time":"2036-01-01T00:00:00Z"}"#,
    r#"{"kind":"customer","tenant_id":"t","customer_id":"Y","partner_id":"D",
        "association_type":"2"}"#,
    r#"{"kind":"booking","tenant_id":"t","booking_id":"Y","customer_id":"Y","account_type":1,
        "amount":"12.00","at":"2026-01-02T00:00:00Z"}"#,
    r#"{"kind":"coupon_quota","tenant_id":"t","quota_id":"QY","partner_id":"D","quota_type":0,
        "quota_value":"5.00","quota_status":0,"create_time":"2026-01-01T00:00:00Z",
        "effective_time":"2026-01-01T00:00:00Z","expire_time":"2036-01-01T00:00:00Z",
        "limit_infos":[]}"#,
];

/// Answers from here on leave a request open: they are not kept for its client token, and when it
/// is repeated it is carried out again.
const OPEN: u64 = 200;

/// Ends the name of the transaction in which a run of deliveries records what came of them.
const RECORDED: char = '+';

/// What a client asks for. The answer of each is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Issue(Coupons),
    Batch(Batch),
    ReclaimQuota,
    Adjust(Movement),
    MoveInEnterprise(Passage),
    ReclaimCoupon(Slip),
    GrantQuota,
    ImportBooking,
    ImportBandwidth(Day),
    SendCode(Scene),
    Guard(Guarded),
    Notify(Notice),
    Create(Newcomer),
    Submit(Form),
    Decide(Ruling),
    Deliver(Receiver),
    Trade(Deed),
    Spend(Act),
    Lend(Lending),
    PayForMembers(Errand),
    Join(Joining),
    Part(Step),
    Look,
}

/// The books inside a transaction of a client.
type ClientBooks<'t, 'b> = BooksMut<'t, 'b>;

impl Call {
    /// Carries the call out.
    async fn perform(
        self,
        books: &mut ClientBooks<'_, '_>,
        randoms: &[[u8; 16]],
    ) -> Result<u64, Reason> {
        match self {
            Self::Issue(coupons) => issue_coupons::perform(books, coupons, randoms).await,
            Self::Batch(batch) => batch_coupons::perform(books, batch, randoms).await,
            Self::ReclaimQuota => reclaim_quota::perform(books).await,
            Self::Adjust(movement) => adjust_money::perform(books, movement).await,
            Self::MoveInEnterprise(passage) => move_enterprise_money::perform(books, passage).await,
            Self::ReclaimCoupon(slip) => reclaim_coupon::perform(books, slip).await,
            Self::GrantQuota => grant_quota::perform(books, randoms).await,
            Self::ImportBooking => import_booking::perform(books).await,
            Self::ImportBandwidth(day) => import_bandwidth::perform(books, day).await,
            Self::SendCode(scene) => send_code::perform(books, scene).await,
            Self::Guard(deed) => second_factor::perform(books, deed).await,
            Self::Notify(notice) => notify_partner::perform(books, notice, &randoms[0]).await,
            Self::Create(newcomer) => create_customer::perform(books, newcomer, &randoms[0]).await,
            Self::Submit(form) => submit_realname::perform(books, form, &randoms[0]).await,
            Self::Decide(ruling) => decide_review::perform(books, ruling, &randoms[0]).await,
            Self::Deliver(_) | Self::Spend(Act::Close) => {
                unreachable!("is more than one transaction")
            }
            Self::Trade(deed) => trade::perform(books, deed, randoms).await,
            Self::Spend(act) => spend::perform(books, act).await,
            Self::Lend(lending) => move_coupons::perform(books, lending, randoms).await,
            Self::PayForMembers(errand) => {
                pay_for_members::perform(books, errand, &randoms[0]).await
            }
            Self::Join(joining) => join_enterprise::perform(books, joining, &randoms[0]).await,
            Self::Part(step) => part_company::perform(books, step, randoms).await,
            Self::Look => look::perform(books).await,
        }
    }

    /// What the call comes to. A refusal leaves the model as it is.
    fn model(self, model: &mut Model) -> Result<u64, Reason> {
        match self {
            Self::Issue(coupons) => issue_coupons::model(model, coupons),
            Self::Batch(batch) => batch_coupons::model(model, batch),
            Self::ReclaimQuota => reclaim_quota::model(model),
            Self::Adjust(movement) => adjust_money::model(model, movement),
            Self::MoveInEnterprise(passage) => move_enterprise_money::model(model, passage),
            Self::ReclaimCoupon(slip) => reclaim_coupon::model(model, slip),
            Self::GrantQuota => grant_quota::model(model),
            Self::ImportBooking => import_booking::model(model),
            Self::ImportBandwidth(day) => import_bandwidth::model(model, day),
            Self::SendCode(scene) => send_code::model(model, scene),
            Self::Guard(deed) => second_factor::model(model, deed),
            Self::Notify(notice) => notify_partner::model(model, notice),
            Self::Create(newcomer) => create_customer::model(model, newcomer),
            Self::Submit(form) => submit_realname::model(model, form),
            Self::Decide(ruling) => decide_review::model(model, ruling),
            Self::Deliver(_) => run_deliveries::claim(model),
            Self::Trade(deed) => trade::model(model, deed),
            Self::Spend(act) => spend::model(model, act),
            Self::Lend(lending) => move_coupons::model(model, lending),
            Self::PayForMembers(errand) => pay_for_members::model(model, errand),
            Self::Join(joining) => join_enterprise::model(model, joining),
            Self::Part(step) => part_company::model(model, step),
            Self::Look => look::model(model),
        }
    }

    /// Whether it comes with a client token.
    fn has_token(self) -> bool {
        match self {
            Self::Issue(_)
            | Self::Batch(_)
            | Self::ReclaimQuota
            | Self::Adjust(_)
            | Self::MoveInEnterprise(_)
            | Self::ReclaimCoupon(_)
            | Self::GrantQuota
            | Self::Guard(Guarded::Allocate(_) | Guarded::Off(_) | Guarded::On)
            | Self::Notify(Notice::Bind | Notice::Unbind)
            | Self::Create(_)
            | Self::Submit(_)
            | Self::Lend(_)
            | Self::Join(_)
            | Self::PayForMembers(
                Errand::HandOver | Errand::Cancel | Errand::PayForMember | Errand::PayOwn,
            )
            | Self::Part(Step::Agree | Step::Pay | Step::Cancel)
            | Self::Trade(
                Deed::Pay(..) | Deed::Cancel(_) | Deed::Renew | Deed::Unsubscribe | Deed::Price,
            )
            | Self::Spend(Act::Fund) => true,
            Self::ImportBooking
            | Self::ImportBandwidth(_)
            | Self::SendCode(_)
            | Self::Guard(Guarded::Send | Guarded::SendForSignIn | Guarded::SignIn(_))
            | Self::Notify(Notice::Test)
            | Self::Decide(_)
            | Self::Deliver(_)
            | Self::Trade(Deed::Provide | Deed::Fail | Deed::Tick | Deed::Start | Deed::Stop)
            | Self::Part(Step::Provide | Step::Switch)
            | Self::Spend(Act::Use(_) | Act::Close)
            | Self::PayForMembers(Errand::Use)
            | Self::Look => false,
        }
    }
}

/// How often a client repeats a call whose outcome it does not know.
const TRIES_MAX: usize = 3;

/// What a client was told, and which transactions there were when it asked and when it knew; with
/// the times, in seconds since 1970.
#[derive(Clone, Debug)]
struct Told {
    operation: String,
    began: u64,
    began_at: i64,
    ended: u64,
    ended_at: i64,
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

    fn of_clients(self, clients: &[Vec<Call>]) -> Self {
        Self { clients: clients.to_vec(), ..self }
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

fn vault() -> Vault {
    Vault::new(&"5a".repeat(32), [1; 16])
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
        return tree.read(async |snapshot| look::perform(&OpenBooks::new(snapshot)).await).await;
    }
    if let Call::Deliver(receiver) = call {
        return run_deliveries::run(client, head_key, operation, receiver).await;
    }
    if call == Call::Spend(Act::Close) {
        return spend::close(&tree, &meta).await;
    }
    tree.update(&meta, async |transaction| {
        let mut books = BooksMut::new(transaction).with_vault(vault());
        let Some(used) = &token else {
            return call.perform(&mut books, &randoms).await;
        };
        if let Some(before) = books.recall(used, books.now()).await? {
            return Ok(before.first().copied().map_or(u64::MAX, u64::from));
        }
        let answer = call.perform(&mut books, &randoms).await?;
        if answer < OPEN {
            let stored = u8::try_from(answer).expect("small");
            books.remember(used, &[stored]).await?;
        }
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
        let (began, began_at) = (transactions(&client, &head_key), client.world.seconds());
        let mut answer = ask(&client, &head_key, &operation, call).await;
        for _ in 1..TRIES_MAX {
            if is_final(&answer) {
                break;
            }
            let unknown = Err(Reason::Store(StoreError::OutcomeUnknown));
            let before = mem::replace(&mut answer, ask(&client, &head_key, &operation, call).await);
            // That the last try changed nothing does not tell what an earlier one did.
            if before == unknown && !is_final(&answer) {
                answer = unknown;
            }
        }
        let (ended, ended_at) = (transactions(&client, &head_key), client.world.seconds());
        told.borrow_mut().push(Told { operation, began, began_at, ended, ended_at, answer });
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
                let mut books = BooksMut::new(transaction).with_vault(vault());
                for entry in &entries {
                    import::apply(&mut books, entry).await?;
                }
                reclaim_coupon::prepare(&mut books).await?;
                send_code::prepare(&mut books).await?;
                second_factor::prepare(&mut books).await?;
                trade::prepare(&mut books).await?;
                move_enterprise_money::prepare(&mut books).await?;
                move_coupons::prepare(&mut books).await?;
                pay_for_members::prepare(&mut books).await?;
                join_enterprise::prepare(&mut books).await?;
                part_company::prepare(&mut books).await?;
                decide_review::prepare(&mut books).await
            })
            .await?;
            world.advance(reclaim_coupon::LIFE);
            fill_tree(&tree, self.fill).await?;
            fill_log(&tree, self.fill).await?;
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
            journal::verify(snapshot, |_, entry| {
                done.push((entry.operation.clone(), entry.time().timestamp()));
            })
            .await?;
            let audit = audit(snapshot).await?;
            let books = OpenBooks::new(snapshot).with_vault(vault());
            let mut balances = BTreeMap::new();
            for account in Model::ACCOUNTS {
                let id: AccountId = account.parse().expect("id");
                let balance = books.account(&id).await?.map(|found| found.balance);
                balances.insert(account, balance.unwrap_or(Money::ZERO));
            }
            let history = match History::replay(self, done) {
                Ok(history) => history,
                Err(fault) => return Ok(Err(fault)),
            };
            let model = &history.states[history.states.len() - 1];
            if let Err(fault) = check_books(model, &audit, &balances) {
                return Ok(Err(fault));
            }
            if !(create_customer::compare(&books, model).await?
                && join_enterprise::compare(&books, model).await?
                && submit_realname::compare(&books, model).await?
                && trade::compare(&books, model).await?
                && spend::compare(&books, model).await?
                && second_factor::compare(&books, model).await?
                && notify_partner::compare(&books, model).await?
                && import_bandwidth::compare(&books, model).await?
                && run_deliveries::compare(&books, model).await?)
            {
                return Ok(Err(format!("the store does not hold what the model does: {model:?}")));
            }
            Ok::<_, Reason>(Ok(history))
        }));
        let history = found.map_err(|reason| format!("{reason:?}"))??;
        self.told.borrow().iter().try_for_each(|told| history.check(self, told))
    }
}

/// Compares what the store holds in the end with the model.
fn check_books(
    model: &Model,
    audit: &Audit,
    balances: &BTreeMap<&str, Money>,
) -> Result<(), String> {
    if !(audit.conserved
        && audit.journal_matches
        && audit.orders_match
        && audit.bills_match
        && audit.enterprises_match
        && audit.chain_verified
        && audit.negative == 0)
    {
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
    /// Number and modelled answer of the clients' operations: several of one that stayed open.
    committed: BTreeMap<String, Vec<(u64, u64)>>,
}

impl History {
    /// Of transactions by their names and times.
    fn replay(scenario: &Operations, done: Vec<(String, i64)>) -> Result<Self, String> {
        let mut history = Self { states: vec![Model::start()], committed: BTreeMap::new() };
        for ((operation, time), sequence) in done.into_iter().zip(1..) {
            let mut model = history.states[history.states.len() - 1].clone();
            if !matches!(operation.as_str(), "book" | "fill") {
                let name = operation.trim_end_matches(RECORDED);
                let call = scenario.call(name);
                let call = call.ok_or_else(|| format!("{operation} is nobody's"))?;
                model.ask(name, time);
                let answer = match call {
                    Call::Deliver(receiver) if name != operation => {
                        run_deliveries::record(&mut model, receiver)
                    }
                    _ => call.model(&mut model),
                };
                let answer = answer.map_err(|reason| {
                    format!("{operation} was done, the model refuses it: {reason:?}")
                })?;
                let committed = history.committed.entry(operation.clone()).or_default();
                if committed.iter().any(|(_, before)| *before < OPEN) {
                    return Err(format!("{operation} was done twice"));
                }
                committed.push((sequence, answer));
            }
            history.states.push(model);
        }
        Ok(history)
    }

    /// A client must have been told what the model says: of a transaction that was committed, or,
    /// when there is none, of a state that there was while the client waited.
    fn check(&self, scenario: &Operations, told: &Told) -> Result<(), String> {
        let Told { operation, began, ended, answer, .. } = told;
        let call = scenario.call(operation).ok_or("an answer to nobody")?;
        let committed = self.committed.get(operation).map_or(&[][..], Vec::as_slice);
        let is_told = |(sequence, modelled): &(u64, u64)| {
            // Whoever has been answered before this call began cannot come after it.
            *answer == Ok(*modelled)
                && (scenario.one_token || sequence > began)
                && sequence <= ended
        };
        let is_closed = |done: &(u64, u64)| done.1 < OPEN;
        let right = match answer {
            Err(Reason::Store(StoreError::OutcomeUnknown)) => true,
            Err(Reason::Store(StoreError::Unavailable(_))) => !committed.iter().any(is_closed),
            // What has a token is done once. Only a refusal that time alone makes, as of a code,
            // may be answered before an earlier swap of the same request arrives.
            _ if committed.iter().any(is_closed) && call.has_token() => {
                let is_late = |done: &(u64, u64)| !is_closed(done) || done.0 > *ended;
                let is_open = answer.as_ref().is_ok_and(|answer| *answer >= OPEN);
                committed.iter().any(is_told)
                    || (is_open && committed.iter().all(is_late) && self.was_seen(call, told))
            }
            // What has no token looks for itself whether it has been done.
            _ => committed.iter().any(is_told) || self.was_seen(call, told),
        };
        if right {
            return Ok(());
        }
        Err(format!("{operation} ({call:?}) was told {answer:?}, the model says {committed:?}"))
    }

    /// Whether there was a state, while the client waited, in which its call has this answer and
    /// changes nothing. Time changes an answer once only, so the two ends of the wait cover all
    /// times between them.
    fn was_seen(&self, call: Call, told: &Told) -> bool {
        let at = |sequence: u64| usize::try_from(sequence).expect("few");
        let mut states = self.states[at(told.began)..=at(told.ended)].iter();
        states.any(|state| {
            [told.began_at, told.ended_at].into_iter().any(|time| {
                let mut before = state.clone();
                before.ask(&told.operation, time);
                let mut after = before.clone();
                call.model(&mut after) == told.answer && after == before
            })
        })
    }
}

/// The scenarios that are explored completely.
pub(super) fn small(rules: Rules) -> Vec<Operations> {
    let mut scenarios = issue_coupons::scenarios(rules);
    scenarios.extend(batch_coupons::scenarios(rules));
    scenarios.extend(reclaim_quota::scenarios(rules));
    scenarios.extend(adjust_money::scenarios(rules));
    scenarios.extend(move_enterprise_money::scenarios(rules));
    scenarios.extend(reclaim_coupon::scenarios(rules));
    scenarios.extend(grant_quota::scenarios(rules));
    scenarios.extend(import_booking::scenarios(rules));
    scenarios.extend(import_bandwidth::scenarios(rules));
    scenarios.extend(send_code::scenarios(rules));
    scenarios.extend(second_factor::scenarios(rules));
    scenarios.extend(notify_partner::scenarios(rules));
    scenarios.extend(create_customer::scenarios(rules));
    scenarios.extend(submit_realname::scenarios(rules));
    scenarios.extend(decide_review::scenarios(rules));
    scenarios.extend(run_deliveries::scenarios(rules));
    scenarios.extend(trade::scenarios(rules));
    scenarios.extend(spend::scenarios(rules));
    scenarios.extend(move_coupons::scenarios(rules));
    scenarios.extend(pay_for_members::scenarios(rules));
    scenarios.extend(join_enterprise::scenarios(rules));
    scenarios.extend(part_company::scenarios(rules));
    scenarios.extend(look::scenarios(rules));
    scenarios
}

/// A long run for seeds: from a log that takes some transactions more, through folds and deletions.
fn large(rules: Rules) -> Operations {
    Operations {
        fill: Fill::TreeAndMostOfLog,
        limits: Limits {
            stalls_max: 2,
            step: TimeDelta::minutes(2),
            steps_max: 20_000,
            ..Limits::faults(5)
        },
        ..operations("nine clients", rules, &[])
    }
    .of_clients(&large_clients())
}

fn large_clients() -> Vec<Vec<Call>> {
    use Call::{
        Create, Decide, Deliver, GrantQuota, ImportBandwidth, ImportBooking, Issue, Join, Lend,
        Look, ReclaimCoupon, ReclaimQuota, SendCode, Spend, Submit, Trade,
    };
    let cash = |slot| Trade(Deed::Pay(slot, Means::Cash));
    let coupon = |slot| Trade(Deed::Pay(slot, Means::Coupon));
    let cancel = |slot| Trade(Deed::Cancel(slot));
    let [provide, fail, tick] = [Deed::Provide, Deed::Fail, Deed::Tick].map(Trade);
    let [start, stop] = [Deed::Start, Deed::Stop].map(Trade);
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
    let [out, back, named, credit_out, credit_back] =
        [Passage::Out, Passage::Back, Passage::NamedOut, Passage::CreditOut, Passage::CreditBack]
            .map(Call::MoveInEnterprise);
    let send = SendCode(Scene::Registration);
    let send_card = SendCode(Scene::BankCard);
    let [first, namesake, flatmate, guess] =
        [Newcomer::FIRST, Newcomer::NAMESAKE, Newcomer::FLATMATE, Newcomer::GUESSER].map(Create);
    let [approve, reject, latest] =
        [Ruling::APPROVE, Ruling::REJECT, Ruling::APPROVE_LATEST].map(Decide);
    let [takes, refuses] = [Receiver::Takes, Receiver::Refuses].map(Deliver);
    let [change, person, card, guessed, page] =
        [Form::change("P"), Form::person("P"), Form::card("S"), Form::guess("S"), Form::page("T")]
            .map(Submit);
    let [lend, take_back, master_pays, member_pays] =
        [Lending::Transfer, Lending::Retrieve, Lending::MasterPays, Lending::MemberPays].map(Lend);
    let [hand_over, cancel_handed, pay_for_member, pay_own, meter] =
        [Errand::HandOver, Errand::Cancel, Errand::PayForMember, Errand::PayOwn, Errand::Use]
            .map(Call::PayForMembers);
    let [recruit, namesake_of_it, other_recruit] =
        [Recruit::FIRST, Recruit::NAMESAKE, Recruit::FLATMATE].map(|it| Join(Joining::Member(it)));
    let projects = Join(Joining::Projects);
    let [send_factor, allocate, off, enter] =
        [Guarded::Send, Guarded::ALLOCATE, Guarded::OFF, Guarded::SIGN_IN].map(Call::Guard);
    let [batch, take_batch, take_of_buyer] =
        [Batch::Issue, Batch::Reclaim, Batch::ReclaimOfBuyer].map(Call::Batch);
    let [use_little, use_much] = [Size::Small, Size::Large].map(|size| Spend(Act::Use(size)));
    let [fund, close] = [Act::Fund, Act::Close].map(Spend);
    let [day, next_day, other_day] =
        [Day::First, Day::Second, Day::Contradicting].map(ImportBandwidth);
    vec![
        vec![batch, take_of_buyer, take_batch, batch, take_of_buyer],
        vec![enter, allocate, off, send_factor],
        vec![
            lend,
            start,
            member_pays,
            take_back,
            use_little,
            hand_over,
            pay_own,
            namesake_of_it,
            meter,
            close,
        ],
        vec![
            take_back,
            master_pays,
            stop,
            lend,
            pay_for_member,
            cancel_handed,
            use_much,
            other_recruit,
            projects,
            close,
        ],
        vec![
            one,
            many,
            cash(Slot::First),
            to_customer,
            some,
            tick,
            fund,
            Look,
            flatmate,
            named,
            day,
        ],
        vec![
            ImportBooking,
            coupon(Slot::Keeper),
            to_reseller,
            credit_out,
            ImportBooking,
            back,
            use_little,
            fail,
            Look,
            approve,
            next_day,
        ],
        vec![
            some,
            many,
            from_customer,
            coupon(Slot::First),
            ReclaimQuota,
            expired,
            provide,
            guessed,
            card,
            use_much,
            other_day,
        ],
        vec![
            ReclaimQuota,
            usable,
            cancel(Slot::Keeper),
            one,
            from_reseller,
            Look,
            GrantQuota,
            tick,
            send,
            guess,
            page,
        ],
        vec![
            Look,
            ImportBooking,
            again,
            one,
            many,
            out,
            to_customer,
            GrantQuota,
            usable,
            credit_back,
            takes,
        ],
        vec![first, reject, change, person, refuses, send_card, latest, takes, namesake, recruit],
    ]
}

#[test]
fn exhaustive() {
    explore_all(|| [small(Rules::Sqlite), small(Rules::DynamoDb)].concat());
}

#[test]
fn random() {
    run_seeds(3_000, large);
}
