//! The real operations: imports, coupons and reclaims race, die and are repeated with their client
//! tokens. The journal is replayed on a model of one quota; the audit must find nothing.

use super::schedule::{Limits, Program, connect};
use super::world::{Rules, World};
use super::{Client, Scenario, explore, explore_all, run_seeds};
use crate::account::AccountId;
use crate::audit::audit;
use crate::books::{Books, TokenUse};
use crate::coupon::{Issue, IssueCoupons, ReclaimQuotas, issue, reclaim_quotas};
use crate::error::Reason;
use crate::import::{self, Content, Entry, Line};
use crate::partner::{CallingPartner, PartnerKind};
use crate::store::defect::{self, Defect};
use crate::store::memory::run;
use crate::store::{Environment, Meta, Register, StoreError, Transaction, Tree, journal};
use chrono::TimeDelta;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Holds 100.00, of which 30.00 are granted to the reseller as quota `Q1`.
const BOOK: [&str; 5] = [
    r#"{"kind":"partner","tenant_id":"t","partner_id":"D","partner_kind":"distributor",
        "account_name":"d","name":"D","associated_on":"2026-01-01T00:00:00Z"}"#,
    r#"{"kind":"partner","tenant_id":"t","partner_id":"R","partner_kind":"reseller",
        "distributor_id":"D","account_name":"r","name":"R",
        "associated_on":"2026-01-01T00:00:00Z"}"#,
    r#"{"kind":"customer","tenant_id":"t","customer_id":"C","partner_id":"R",
        "association_type":"2","account_name":"c","associated_on":"2026-01-01T00:00:00Z"}"#,
    r#"{"kind":"coupon_quota","tenant_id":"t","quota_id":"Q","partner_id":"D","quota_type":0,
        "quota_value":"100.00","quota_status":0,"create_time":"2026-01-01T00:00:00Z",
        "effective_time":"2026-01-01T00:00:00Z","expire_time":"2036-01-01T00:00:00Z",
        "limit_infos":[]}"#,
    r#"{"kind":"quota_grant","tenant_id":"t","parent_quota_id":"Q","quota_id":"Q1",
        "indirect_partner_id":"R","amount":"30.00","at":"2026-01-02T00:00:00Z"}"#,
];

/// Money from outside, imported again by whoever likes.
const BOOKING: &str = r#"{"kind":"booking","tenant_id":"t","booking_id":"B","partner_id":"D",
    "account_type":1,"amount":"7.00","trade_type":"RECHARGE","at":"2026-01-03T00:00:00Z"}"#;

/// Worth of each coupon, yuan.
const FACE_VALUE: u64 = 10;

/// How often a client repeats a call whose outcome it does not know.
const TRIES_MAX: usize = 3;

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// Coupons of 10.00 from `Q1`; the answer is how many there were.
    Issue(usize),
    /// `Q1` back to `Q`; the answer is 1, or 0 when it was reclaimed before.
    Reclaim,
    /// A line of a book; the answer is 1, or 0 when it was there before.
    Import,
}

/// What a client was told.
#[derive(Clone, Debug)]
struct Told {
    operation: String,
    answer: Result<u64, Reason>,
}

struct Operations {
    name: &'static str,
    rules: Rules,
    clients: Vec<Vec<Call>>,
    limits: Limits,
    told: Rc<RefCell<Vec<Told>>>,
}

fn operations(name: &'static str, clients: &[&[Call]]) -> Operations {
    Operations {
        name,
        rules: Rules::Sqlite,
        clients: clients.iter().map(|calls| calls.to_vec()).collect(),
        limits: Limits { faults_max: 1, step: TimeDelta::seconds(1), steps_max: 2_000 },
        told: Rc::default(),
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

async fn perform(
    books: &mut Books<&mut Transaction<'_, Client>>,
    call: Call,
    randoms: &[[u8; 16]],
) -> Result<u64, Reason> {
    match call {
        Call::Issue(count) => {
            let asked = Issue {
                quota_id: "Q1".parse().expect("id"),
                customer_ids: vec!["C".parse().expect("id"); count],
                face_value: FACE_VALUE.to_string().parse().expect("money"),
                valid_time: None,
                expire_time: None,
                cloud_service_types: None,
                product_ids: None,
                memo: None,
                indirect_partner_id: Some("R".parse().expect("id")),
            };
            let order = IssueCoupons::check(distributor(), asked)?;
            let issued = issue(books, &order, randoms).await?;
            Ok(issued.iter().map(|issued| u64::from(issued.outcome.is_ok())).sum())
        }
        Call::Reclaim => {
            let quotas = vec!["Q1".parse().expect("id")];
            let order = ReclaimQuotas::check(distributor(), quotas, None)?;
            let reclaimed = reclaim_quotas(books, &order).await?;
            Ok(reclaimed.iter().map(|reclaimed| u64::from(reclaimed.outcome.is_ok())).sum())
        }
        Call::Import => {
            let outcome = import::apply(books, &entry(BOOKING)).await?;
            Ok(u64::from(outcome == import::Outcome::Applied))
        }
    }
}

/// One call as the API makes it: with a client token, in one transaction.
async fn ask(client: &Client, head_key: &str, operation: &str, call: Call) -> Result<u64, Reason> {
    let meta = Meta { caller: "partner/D".to_owned(), operation: operation.to_owned() };
    let used = TokenUse {
        principal: "partner/D".to_owned(),
        token: operation.parse().expect("token"),
        request_sha256: [1; 32],
    };
    let randoms = [(); 4].map(|()| client.random());
    let tree = Tree::new(client, head_key);
    tree.update(&meta, async |transaction| {
        let mut books = Books::new(transaction);
        if call == Call::Import {
            return perform(&mut books, call, &randoms).await;
        }
        if let Some(before) = books.recall(&used, books.now()).await? {
            return Ok(before.first().copied().map_or(99, u64::from));
        }
        let answer = perform(&mut books, call, &randoms).await?;
        let stored = u8::try_from(answer).expect("small");
        books.remember(&used, &[stored]).await?;
        Ok(answer)
    })
    .await
}

fn is_final(answer: &Result<u64, Reason>) -> bool {
    !matches!(answer, Err(Reason::Store(StoreError::OutcomeUnknown | StoreError::Unavailable(_))))
}

impl Scenario for Operations {
    fn name(&self) -> &str {
        self.name
    }

    fn begin(&self) -> (Rc<World>, Vec<Program>) {
        let count = self.clients.len();
        let world = Rc::new(World::new(self.rules, count + 1));
        let mut clients = connect(&world, count + 1);
        let setter = clients.pop().expect("one more");
        let head_key = run(async {
            Register::new(&setter).create_tenant("t", b"").await?;
            let head_key = Register::new(&setter).tenant("t").await?.expect("created");
            let meta = Meta { caller: "operator".to_owned(), operation: "book".to_owned() };
            let entries = BOOK.map(entry);
            let tree = Tree::new(&setter, head_key.as_str());
            tree.update(&meta, async |transaction| {
                let mut books = Books::new(transaction);
                for entry in &entries {
                    import::apply(&mut books, entry).await?;
                }
                Ok::<_, Reason>(())
            })
            .await?;
            Ok::<_, Reason>(head_key)
        })
        .expect("set up");
        self.told.borrow_mut().clear();
        let programs = clients.into_iter().zip(&self.clients).map(|(client, calls)| {
            let (calls, told) = (calls.clone(), Rc::clone(&self.told));
            let head_key = head_key.clone();
            let program: Program = Box::pin(async move {
                for (index, call) in calls.into_iter().enumerate() {
                    let operation = format!("{}.{index}", client.number);
                    let mut answer = ask(&client, &head_key, &operation, call).await;
                    for _ in 1..TRIES_MAX {
                        if !is_final(&answer) {
                            answer = ask(&client, &head_key, &operation, call).await;
                        }
                    }
                    told.borrow_mut().push(Told { operation, answer });
                }
            });
            program
        });
        let programs = programs.collect();
        (world, programs)
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn check(&self, world: &Rc<World>) -> Result<(), String> {
        let checker = Client { world: Rc::clone(world), number: self.clients.len() };
        let found = run(async {
            let head_key = Register::new(&checker).tenant("t").await?.expect("there");
            let tree = Tree::new(&checker, head_key);
            tree.read(async |snapshot| {
                let mut done = Vec::new();
                journal::verify(snapshot, |_, entry| done.push(entry.operation.clone())).await?;
                let audit = audit(snapshot).await?;
                let books = Books::new(snapshot);
                let mut balances = Vec::new();
                for account in ["QQ1", "QQ", "BD"] {
                    let id: AccountId = account.parse().expect("id");
                    balances.push(books.account(&id).await?.map(|found| found.balance));
                }
                Ok::<_, Reason>((done, audit, balances))
            })
            .await
        });
        let (done, audit, balances) = found.map_err(|reason| format!("{reason:?}"))?;
        if !(audit.conserved && audit.journal_matches && audit.chain_verified) {
            return Err(format!("the audit finds {audit:?}"));
        }
        if audit.negative != 0 {
            return Err(format!("{} accounts are negative", audit.negative));
        }
        let model = self.replay(&done)?;
        let printed: Vec<String> =
            balances.iter().map(|it| it.map_or_else(String::new, |it| it.to_string())).collect();
        let expected = [model.quota, model.parent, model.cash].map(|sum| format!("{sum}.00"));
        let sums = balances.iter().zip(&expected);
        if !sums.clone().all(|(held, model)| {
            held.is_some_and(|held| model.parse().is_ok_and(|model| held == model))
        }) {
            return Err(format!("balances are {printed:?}, the model says {expected:?}"));
        }
        self.compare(&model)
    }
}

/// What the operations come to, one after the other.
struct Model {
    quota: u64,
    parent: u64,
    cash: u64,
    reclaimed: bool,
    answers: BTreeMap<String, u64>,
}

impl Operations {
    fn call(&self, operation: &str) -> Option<Call> {
        let (client, index) = operation.split_once('.')?;
        let calls = self.clients.get(client.parse::<usize>().ok()?)?;
        calls.get(index.parse::<usize>().ok()?).copied()
    }

    fn replay(&self, done: &[String]) -> Result<Model, String> {
        let mut model =
            Model { quota: 30, parent: 70, cash: 0, reclaimed: false, answers: BTreeMap::new() };
        for operation in done.iter().filter(|operation| *operation != "book") {
            let call = self.call(operation).ok_or_else(|| format!("{operation} is nobody's"))?;
            let answer = match call {
                Call::Issue(_) if model.reclaimed => {
                    return Err(format!("{operation} drew on a reclaimed quota"));
                }
                Call::Issue(count) => {
                    let count = u64::try_from(count).expect("small");
                    let issued = count.min(model.quota / FACE_VALUE);
                    model.quota -= issued * FACE_VALUE;
                    issued
                }
                Call::Reclaim => {
                    let first = !std::mem::replace(&mut model.reclaimed, true);
                    model.parent += std::mem::take(&mut model.quota);
                    u64::from(first)
                }
                Call::Import => {
                    let first = model.cash == 0;
                    model.cash = 7;
                    u64::from(first)
                }
            };
            if model.answers.insert(operation.clone(), answer).is_some() {
                return Err(format!("{operation} was done twice"));
            }
        }
        Ok(model)
    }

    /// Each client must have been told what the model says.
    fn compare(&self, model: &Model) -> Result<(), String> {
        for Told { operation, answer } in self.told.borrow().iter() {
            let modelled = model.answers.get(operation);
            let imported = self.call(operation) == Some(Call::Import);
            let right = match answer {
                // A line that is there already is skipped without a transaction.
                Ok(0) if imported => modelled.is_none() || model.cash == 7,
                Ok(answer) => modelled == Some(answer),
                Err(Reason::QuotaUnusable) => modelled.is_none() && model.reclaimed,
                Err(Reason::Store(StoreError::OutcomeUnknown)) => true,
                Err(Reason::Store(StoreError::Unavailable(_))) => modelled.is_none(),
                Err(_) => false,
            };
            if !right {
                return Err(format!("{operation} was told {answer:?}, the model: {modelled:?}"));
            }
        }
        Ok(())
    }
}

fn small() -> Vec<Operations> {
    use Call::{Import, Issue, Reclaim};
    vec![
        operations("two issues beyond the quota", &[&[Issue(2)], &[Issue(2)]]),
        operations("an issue and a reclaim", &[&[Issue(2)], &[Reclaim]]),
        operations("two reclaims", &[&[Reclaim], &[Reclaim]]),
        operations("one booking imported twice", &[&[Import], &[Import]]),
    ]
}

fn large(rules: Rules) -> Operations {
    use Call::{Import, Issue, Reclaim};
    Operations {
        rules,
        limits: Limits { faults_max: 5, step: TimeDelta::minutes(2), steps_max: 20_000 },
        ..operations(
            "five clients",
            &[
                &[Issue(1), Issue(1), Issue(2)],
                &[Import, Issue(1), Import],
                &[Issue(3), Reclaim],
                &[Reclaim, Issue(1)],
                &[Import, Issue(1), Issue(1), Issue(1)],
            ],
        )
    }
}

#[test]
fn exhaustive() {
    explore_all(&small());
}

#[test]
fn random() {
    run_seeds(5_000, large);
}

#[test]
fn a_lost_token_record_is_found() {
    let scenario = operations("one issue", &[&[Call::Issue(1)]]);
    assert!(explore(&scenario).is_ok());
    defect::set(Some(Defect::LosesTokenRecords));
    // Two faults: the answer is lost, and so is the attempt to read back.
    let scenario = Operations {
        limits: Limits { faults_max: 2, ..scenario.limits },
        ..operations("one issue", &[&[Call::Issue(1)]])
    };
    let found = explore(&scenario).err().map(|failure| failure.reason);
    defect::set(None);
    assert_eq!(found.as_deref(), Some("0.0 was done twice"));
    assert!(explore(&scenario).is_ok());
}
