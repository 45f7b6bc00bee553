//! Restores: several requests at a time build books from an export. They die, sleep and come back.
//! Beside them clients read, write, sweep, create the same tenant, and give the restore up.

use super::schedule::{Limits, Program, connect};
use super::world::{Rules, World};
use super::{Begin, Client, LOOKING_ONCE, Scenario, add_bytes, explore_all, run_seeds};
use crate::store::memory::run;
use crate::store::register::{Target, Unrestored, Whole};
use crate::store::{self, Reader, Register, StoreError, Tree, journal, reach, sweep};
use chrono::TimeDelta;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

/// The tenant that is exported, and the one that is made of the export.
const ORIGIN: &str = "origin";
const TENANT: &str = "tenant";

/// Bytes of the exported records: some pages.
const EXPORTED_BYTES: usize = 30_000;

/// Pages after which a request saves what it has built.
const PAGES_PER_SAVE: usize = 2;

/// Pages that a request says beforehand.
const PAGES_RESERVED: u32 = 8;

/// How often a request is sent that got no answer.
const TRIES_MAX: usize = 3;

/// First byte of the keys of the journal.
const JOURNAL: u8 = 0xff;

type Records = Vec<(Vec<u8>, Vec<u8>)>;

/// What a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Restores the export of this number.
    Restore(u8),
    /// Gives a restore up.
    Drop,
    /// Creates the tenant, without books.
    Create,
    /// Creates another tenant: a writer of the register.
    Register,
    /// Reads the tenant's books.
    Look,
    /// Deletes what is left of restores.
    Sweep,
}

pub(super) struct Restores {
    name: &'static str,
    rules: Rules,
    clients: Vec<Vec<Step>>,
    limits: Limits,
    /// Whether it is checked that nothing is left in the end.
    is_swept: bool,
    /// The world at the start, and what is exported.
    start: OnceCell<(Begin, Records)>,
    /// What clients were told, and the first thing that must not be.
    told: Rc<RefCell<Vec<String>>>,
    wrong: Rc<RefCell<Option<String>>>,
}

fn restores(name: &'static str, rules: Rules, clients: &[&[Step]]) -> Restores {
    Restores {
        name,
        rules,
        clients: clients.iter().map(|steps| steps.to_vec()).collect(),
        limits: Limits::faults(1),
        is_swept: true,
        start: OnceCell::new(),
        told: Rc::default(),
        wrong: Rc::default(),
    }
}

/// Takes the export into the restore, from where that is, and makes the books.
async fn restore(
    client: &Client,
    number: u8,
    records: &Records,
) -> Result<Result<(), Unrestored>, StoreError> {
    let register = Register::new(client);
    let target = Target::Tenant(TENANT);
    let begun = register.begin_restore(target, [number; 16], (ORIGIN, 0, &[0; 8])).await?;
    let restore = match begun {
        Ok(restore) => restore,
        Err(unrestored) => return Ok(Err(unrestored)),
    };
    let is_noted = restore.is_whole();
    let Some(mut build) = restore.build else {
        return Ok(Ok(()));
    };
    let note = build.note().try_into().map_err(|_| StoreError::Misuse("a note".to_owned()))?;
    let mut taken = usize::try_from(u64::from_be_bytes(note)).unwrap_or(usize::MAX);
    while !build.is_closed() {
        match records.get(taken) {
            Some((key, value)) => {
                let added = build.add(key.clone(), value.clone());
                added.map_err(|fault| StoreError::Misuse(fault.to_owned()))?;
                taken += 1;
            }
            None => build.close(),
        }
        if build.is_due() || build.is_closed() {
            build.save(u64::try_from(taken).expect("few").to_be_bytes().to_vec()).await?;
        }
    }
    let whole = Whole { note: None, content: b"restored".to_vec(), is_noted };
    let ended =
        register.end_restore::<StoreError>(target, &build, whole, |_| Ok(Vec::new())).await?;
    if ended.is_ok() {
        build.clear().await?;
    }
    Ok(ended)
}

/// All records of the tenant, every page looked at. None if there is no such tenant.
async fn books(client: &Client, tenant_id: &str) -> Result<Option<Records>, StoreError> {
    let Some(head_key) = Register::new(client).tenant(tenant_id).await? else {
        return Ok(None);
    };
    let read = Tree::new(client, head_key);
    read.read(async |snapshot| {
        snapshot.verify_pages().await?;
        if !journal::verify(snapshot, |_, _| {}).await? {
            return Err(StoreError::Misuse("the journal does not verify".to_owned()));
        }
        snapshot.scan(&snapshot.all_records(), 0, usize::MAX).await.map(Some)
    })
    .await
}

/// What is wrong with the tenant's books: they are those exported or, if somebody creates the
/// tenant, none.
fn fault_of(found: Result<Option<Records>, StoreError>, exported: &Records) -> Option<String> {
    match found {
        Ok(None) => None,
        Ok(Some(records)) => {
            // The sweep and a later writer go on with the journal.
            let of_books = |records: &Records| -> Records {
                let books = records.iter().filter(|(key, _)| key.first() != Some(&JOURNAL));
                books.cloned().collect()
            };
            let (found, expected) = (of_books(&records), of_books(exported));
            let is_whole = found.is_empty() || found == expected;
            (!is_whole).then(|| format!("{} of {} records", found.len(), expected.len()))
        }
        Err(StoreError::Unavailable(_)) => None,
        Err(error) => Some(error.to_string()),
    }
}

async fn perform(client: &Client, step: Step, records: &Records) -> Result<String, StoreError> {
    let register = Register::new(client);
    Ok(match step {
        Step::Restore(number) => format!("{:?}", restore(client, number, records).await?),
        Step::Drop => format!("{}", register.drop_restore(Target::Tenant(TENANT)).await?),
        Step::Create => {
            register.create_tenant(TENANT, b"created").await?;
            String::new()
        }
        Step::Register => {
            register.create_tenant("another", b"").await?;
            String::new()
        }
        Step::Look => String::new(),
        Step::Sweep => {
            sweep(client, "operator").await?;
            String::new()
        }
    })
}

impl Restores {
    /// A store with the tenant that is exported.
    fn start(&self) -> (Begin, Records) {
        // None of the others draws the same random numbers.
        let count = self.clients.len() + 2;
        let world = Rc::new(World::new(self.rules, count));
        let client = connect(&world, count).pop().expect("the last one");
        let records = run(async {
            let register = Register::new(&client);
            register.create_tenant(ORIGIN, b"").await?;
            let head_key = register.tenant(ORIGIN).await?.expect("created");
            add_bytes(&Tree::new(&client, head_key), "book", EXPORTED_BYTES).await?;
            books(&client, ORIGIN).await
        });
        // The sweep has nothing to do with how the origin was made.
        world.advance(TimeDelta::hours(2));
        run(sweep(&client, "operator")).expect("swept");
        (world.keep(), records.expect("set up").expect("a tenant"))
    }

    /// The world once an operator has repeated the restore, and swept.
    fn put_right(&self, world: &World, client: &Client, records: &Records) -> Result<(), String> {
        let text = |error: StoreError| error.to_string();
        for number in [1, 2] {
            _ = run(restore(client, number, records)).map_err(text)?;
        }
        if run(books(client, TENANT)).map_err(text)?.is_none() {
            return Err("a restore that is repeated makes no books".to_owned());
        }
        world.advance(TimeDelta::hours(2));
        run(sweep(client, "operator")).map(|_| ()).map_err(text)
    }
}

/// Nothing is left that no head reaches.
fn nothing_is_left(world: &World, client: &Client) -> Result<(), String> {
    let keys = world.keys();
    let mut reached: BTreeSet<String> = ["head.register", "head.catalogue"].map(Into::into).into();
    let tenants = run(Register::new(client).tenants()).map_err(|error| error.to_string())?;
    reached.extend(tenants.into_iter().map(|(_, head_key)| head_key));
    for head_key in reached.clone() {
        let tree = Tree::new(client, head_key.as_str());
        let pages = run(tree.read(async |snapshot| reach(snapshot).await));
        reached.extend(pages.map_err(|error| error.to_string())?);
    }
    let is_of_trees = |key: &&String| {
        ["page.", "head.", "restore.", "written."].iter().any(|prefix| key.starts_with(prefix))
    };
    match keys.iter().filter(is_of_trees).find(|key| !reached.contains(*key)) {
        Some(key) => Err(format!("{key} is left")),
        None => Ok(()),
    }
}

impl Scenario for Restores {
    fn name(&self) -> String {
        format!("{} on {:?}", self.name, self.rules)
    }

    fn begin(&self) -> (Rc<World>, Vec<Program>) {
        let (start, records) = self.start.get_or_init(|| self.start());
        let count = self.clients.len();
        let world = Rc::new(World::resume(start, self.rules, count + 1));
        self.told.borrow_mut().clear();
        self.wrong.take();
        let programs = connect(&world, count).into_iter().zip(&self.clients);
        let programs = programs.map(|(client, steps)| {
            let (steps, records) = (steps.clone(), records.clone());
            let (told, wrong) = (Rc::clone(&self.told), Rc::clone(&self.wrong));
            let program = async move {
                for step in steps {
                    if step == Step::Look {
                        let fault = fault_of(books(&client, TENANT).await, &records);
                        let mut wrong = wrong.borrow_mut();
                        *wrong =
                            wrong.take().or(fault.map(|fault| format!("a reader saw {fault}")));
                        continue;
                    }
                    for _ in 0..TRIES_MAX {
                        let answer = perform(&client, step, &records).await;
                        told.borrow_mut().push(format!("{} {step:?}: {answer:?}", client.number));
                        if answer.is_ok() {
                            break;
                        }
                    }
                }
            };
            let program: Program = Box::pin(program);
            program
        });
        let programs = programs.collect();
        (world, programs)
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn store_limits(&self) -> store::Limits {
        store::Limits {
            built_at_once: PAGES_PER_SAVE,
            reserved_at_once: PAGES_RESERVED,
            ..LOOKING_ONCE
        }
    }

    fn told(&self) -> String {
        self.told.borrow().concat()
    }

    fn check(&self, world: &Rc<World>) -> Result<(), String> {
        if let Some(wrong) = self.wrong.borrow().clone() {
            return Err(wrong);
        }
        let (_, records) = self.start.get().expect("begun");
        let client = Client { world: Rc::clone(world), number: self.clients.len() };
        let found = run(books(&client, TENANT));
        let is_there = matches!(found, Ok(Some(_)));
        if let Some(fault) = fault_of(found, records) {
            return Err(fault);
        }
        let is_told = self.told.borrow().iter().any(|told| told.ends_with("\"Ok(())\")"));
        if is_told && !is_there {
            return Err("a restore that was told to be whole is not there".to_owned());
        }
        self.put_right(world, &client, records)?;
        if let Some(fault) = fault_of(run(books(&client, TENANT)), records) {
            return Err(format!("after the sweep: {fault}"));
        }
        if self.is_swept { nothing_is_left(world, &client) } else { Ok(()) }
    }
}

/// The scenarios that are explored completely.
pub(super) fn small(rules: Rules) -> Vec<Restores> {
    use Step::{Drop, Look, Restore};
    let scenario = |name, clients: &[&[Step]]| restores(name, rules, clients);
    vec![
        Restores {
            // Of a batch whose writes others see one by one, one may arrive after all is deleted.
            is_swept: rules == Rules::Sqlite,
            ..scenario("a restore that dies anywhere", &[&[Restore(1)]])
        },
        Restores {
            is_swept: rules == Rules::Sqlite,
            ..scenario("a restore that is given up", &[&[Restore(1), Drop]])
        },
        Restores {
            limits: Limits::faults(0),
            ..scenario("a restore and a reader", &[&[Restore(1)], &[Look]])
        },
    ]
}

/// A long run for seeds.
fn large(rules: Rules) -> Restores {
    use Step::{Create, Drop, Look, Register, Restore, Sweep};
    let scenario = restores(
        "five operators",
        rules,
        &[
            &[Restore(1), Look, Restore(2)],
            &[Restore(1), Look],
            &[Look, Restore(2), Look],
            &[Register, Sweep, Look, Drop, Sweep],
            &[Look, Sweep, Create],
        ],
    );
    let limits = Limits {
        stalls_max: 3,
        step: TimeDelta::minutes(1),
        steps_max: 20_000,
        ..Limits::faults(3)
    };
    // A request that sleeps for more than an hour and dies may leave pages.
    Restores { limits, is_swept: false, ..scenario }
}

/// Two requests, and no death: nothing is left.
fn at_once(rules: Rules) -> Restores {
    use Step::{Look, Restore};
    let scenario = restores(
        "two restores at once",
        rules,
        &[&[Restore(1)], &[Restore(1), Look], &[Restore(2)]],
    );
    Restores {
        limits: Limits { stalls_max: 4, steps_max: 20_000, ..Limits::faults(0) },
        ..scenario
    }
}

#[test]
fn exhaustive() {
    explore_all(|| [small(Rules::Sqlite), small(Rules::DynamoDb)].into_iter().flatten().collect());
}

#[test]
fn random() {
    run_seeds(1_000, large);
}

#[test]
fn random_without_deaths() {
    run_seeds(1_000, at_once);
}
