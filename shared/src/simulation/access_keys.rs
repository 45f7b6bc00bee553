//! Access keys: created twice, disabled, enabled and used at the same time, by clients that die.
//! Register and credential are two keys of the store, and no failure between them may bring an
//! older state back.

use super::schedule::{Limits, Program, connect};
use super::world::{Rules, World};
use super::{Client, Scenario, explore_all, run_seeds};
use crate::api::credential::{self, AccessKey, KeyStatus};
use crate::api::{Caller, Door, Refusal};
use crate::domain::error::Reason;
use crate::domain::partner::{CallingPartner, PartnerKind, Principal};
use crate::security::secret::KeyRing;
use crate::store::memory::run;
use crate::store::{Register, StoreError};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

const ID: &str = "AK";

/// How often a client repeats a call whose outcome it does not know.
const TRIES_MAX: usize = 3;

/// What a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Creates the key with this secret key.
    Create(&'static str),
    /// Disables or enables it.
    Set(KeyStatus),
    /// Looks at the credential, as a request does.
    Use,
}

/// The secret key that was asked for, and the answer.
type Created = (&'static str, Result<(), Refusal>);

struct AccessKeys {
    name: &'static str,
    rules: Rules,
    clients: Vec<Vec<Step>>,
    limits: Limits,
    /// Answers to the creations.
    created: Rc<RefCell<Vec<Created>>>,
    /// The newest version that anybody was told of.
    acknowledged: Rc<Cell<u64>>,
    /// The first thing that must not be.
    wrong: Rc<RefCell<Option<String>>>,
}

fn access_keys(name: &'static str, clients: &[&[Step]]) -> AccessKeys {
    AccessKeys {
        name,
        rules: Rules::Sqlite,
        clients: clients.iter().map(|steps| steps.to_vec()).collect(),
        // Who has been told what, and when, is compared across clients.
        limits: Limits { every_order: true, ..Limits::faults(0) },
        created: Rc::default(),
        acknowledged: Rc::default(),
        wrong: Rc::default(),
    }
}

fn ring() -> KeyRing {
    KeyRing::parse(&"5a".repeat(32), "").expect("a key")
}

fn caller() -> Caller {
    Caller {
        tenant_id: "t".parse().expect("id"),
        head_key: "head.t".to_owned(),
        principal: Principal::Partner(CallingPartner {
            partner_id: "d".parse().expect("id"),
            kind: PartnerKind::Distributor,
        }),
        door: Door::Api,
    }
}

fn is_final<T>(answer: &Result<T, Refusal>) -> bool {
    let open = |error: &StoreError| {
        matches!(error, StoreError::OutcomeUnknown | StoreError::Unavailable(_))
    };
    !matches!(answer, Err(Refusal::Store(error)) if open(error))
}

impl AccessKeys {
    async fn perform(&self, client: &Client, step: Step) -> Result<(), Refusal> {
        let known = self.acknowledged.get();
        let version = match step {
            Step::Create(secret) => {
                let created = credential::create(
                    (client, "operator"),
                    &ring(),
                    ID,
                    secret.as_bytes(),
                    caller(),
                )
                .await;
                let created = created.map(|_| ());
                if is_final(&created) {
                    self.created.borrow_mut().push((secret, created.clone()));
                }
                return created;
            }
            Step::Set(status) => {
                let changed =
                    credential::set_status((client, "operator"), &ring(), ID, status).await?;
                changed.map_or(0, |credential| credential.key.version)
            }
            Step::Use => match credential::find(client, ID).await? {
                Some(credential) => credential.key.version,
                // Without a credential the key opens nothing, which is always safe.
                None => return Ok(()),
            },
        };
        if version > 0 && version < known {
            let fault = format!("{step:?} came to version {version}, {known} had been told");
            self.wrong.borrow_mut().get_or_insert(fault);
        }
        self.acknowledged.set(self.acknowledged.get().max(version));
        Ok(())
    }

    fn handle(&self) -> Self {
        Self {
            clients: Vec::new(),
            created: Rc::clone(&self.created),
            acknowledged: Rc::clone(&self.acknowledged),
            wrong: Rc::clone(&self.wrong),
            ..*self
        }
    }
}

impl Scenario for AccessKeys {
    fn name(&self) -> String {
        format!("{} on {:?}", self.name, self.rules)
    }

    fn begin(&self) -> (Rc<World>, Vec<Program>) {
        let count = self.clients.len();
        let world = Rc::new(World::new(self.rules, count + 1));
        let mut clients = connect(&world, count + 1);
        let setter = clients.pop().expect("one more");
        run(Register::new(&setter).create_tenant("t", b"")).expect("set up");
        self.created.borrow_mut().clear();
        self.acknowledged.set(0);
        self.wrong.borrow_mut().take();
        let programs = clients.into_iter().zip(&self.clients).map(|(client, steps)| {
            let (steps, this) = (steps.clone(), self.handle());
            let program: Program = Box::pin(async move {
                for step in steps {
                    for _ in 0..TRIES_MAX {
                        if is_final(&this.perform(&client, step).await) {
                            break;
                        }
                    }
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

    fn told(&self) -> String {
        let mut created: Vec<String> =
            self.created.borrow().iter().map(|told| format!("{told:?}")).collect();
        created.sort();
        let (acknowledged, wrong) = (self.acknowledged.get(), self.wrong.borrow());
        format!("{created:?} {acknowledged} {wrong:?}")
    }

    fn check(&self, world: &Rc<World>) -> Result<(), String> {
        if let Some(wrong) = self.wrong.borrow_mut().take() {
            return Err(wrong);
        }
        let checker = Client { world: Rc::clone(world), number: self.clients.len() };
        let entry = run(Register::new(&checker).access_key(ID)).map_err(|it| it.to_string())?;
        let Some(entry) = entry else {
            let told = self.created.borrow().iter().any(|(_, answer)| answer.is_ok());
            return if told { Err("a created key is not there".to_owned()) } else { Ok(()) };
        };
        let key: AccessKey =
            credential::decoded(ID, &entry).map_err(|refusal| format!("{refusal:?}"))?;
        // What a request would see now, and what it sees once somebody has settled it.
        for look in ["now", "settled"] {
            let seen = match look {
                "now" => run(credential::find(&checker, ID)),
                _ => run(credential::settle(&checker, ID)),
            };
            let seen = seen.map_err(|refusal| format!("{look}: {refusal:?}"))?;
            let version = seen.as_ref().map_or(u64::MAX, |seen| seen.key.version);
            if version < self.acknowledged.get() {
                return Err(format!("{look}: version {version} after a newer one was told"));
            }
            if seen.is_some_and(|seen| {
                seen.key != key && (look == "settled" || version == key.version)
            }) {
                return Err(format!("{look}: the credential is not what the register says"));
            }
        }
        let credential = run(credential::find(&checker, ID)).ok().flatten();
        let secret = credential.ok_or("no credential")?.secret_key(&ring(), ID);
        let secret = secret.map_err(|error| error.to_string())?;
        for (asked, answer) in self.created.borrow().iter() {
            let kept = secret.expose() == asked.as_bytes();
            let right = match answer {
                Ok(()) => kept,
                Err(Refusal::Reason(Reason::ContentDiffers)) => !kept,
                Err(_) => true,
            };
            if !right {
                return Err(format!("the creation with {asked} was told {answer:?}"));
            }
        }
        Ok(())
    }
}

fn small(rules: Rules) -> Vec<AccessKeys> {
    use KeyStatus::{Active, Inactive};
    use Step::{Create, Set, Use};
    let faulty = |scenario: AccessKeys| AccessKeys {
        limits: Limits { faults_max: 1, ..scenario.limits },
        ..scenario
    };
    let scenarios = [
        faulty(access_keys("one creator", &[&[Create("a"), Use]])),
        faulty(access_keys("a key's life", &[&[Create("a"), Set(Inactive), Use, Set(Active)]])),
        access_keys("two creators of one key", &[&[Create("a")], &[Create("b")]]),
    ];
    scenarios.into_iter().map(|scenario| AccessKeys { rules, ..scenario }).collect()
}

fn large(rules: Rules) -> AccessKeys {
    use KeyStatus::{Active, Inactive};
    use Step::{Create, Set, Use};
    let scenario = access_keys(
        "four operators",
        &[
            &[Create("a"), Set(Inactive), Use, Use],
            &[Create("a"), Use, Set(Active), Use],
            &[Create("b"), Set(Inactive), Use],
            &[Use, Create("a"), Set(Inactive), Set(Active), Use],
        ],
    );
    AccessKeys { rules, limits: Limits { faults_max: 5, ..scenario.limits }, ..scenario }
}

#[test]
fn exhaustive() {
    explore_all(|| [small(Rules::Sqlite), small(Rules::DynamoDb)].into_iter().flatten().collect());
}

#[test]
fn random() {
    run_seeds(5_000, large);
}
