//! The catalogue: two operators import lines of it at the same time, and die. What one of them was
//! told is there, one of two contents of an identity wins, and an index never says other than the
//! record that it leads to.

use super::schedule::{Limits, Program, connect};
use super::world::{Rules, World};
use super::{Client, Scenario, explore_all, run_seeds};
use crate::books::{CatalogueMut, OpenCatalogue};
use crate::domain::catalogue::Name;
use crate::domain::error::Reason;
use crate::operations::audit;
use crate::operations::import::catalogue::{apply, prefetch};
use crate::operations::import::{Content, Line, Outcome};
use crate::store::memory::run;
use crate::store::register::CATALOGUE;
use crate::store::{Meta, Register, StoreError, Tree};
use crate::value::page::Slice;
use std::cell::RefCell;
use std::rc::Rc;

/// How often a client repeats an import whose outcome it does not know.
const TRIES_MAX: usize = 3;

/// What is there from the start.
const PROVINCE: &str = r#"{"kind":"province","province_code":"11","name":"北京市"}"#;

/// A city of this name, each under one code.
fn city(name: &str) -> String {
    format!(r#"{{"kind":"city","city_code":"1101","province_code":"11","name":"{name}"}}"#)
}

/// The name that a city was imported with, and the answer.
type Told = (&'static str, Result<Outcome, Reason>);

struct Importing {
    name: &'static str,
    rules: Rules,
    /// The names that each client imports the city with.
    clients: Vec<Vec<&'static str>>,
    limits: Limits,
    told: Rc<RefCell<Vec<Told>>>,
}

fn importing(name: &'static str, clients: &[&[&'static str]], limits: Limits) -> Importing {
    let clients = clients.iter().map(|names| names.to_vec()).collect();
    Importing { name, rules: Rules::Sqlite, clients, limits, told: Rc::default() }
}

async fn import(client: &Client, line: &str) -> Result<Outcome, Reason> {
    let Content::Catalogue(entry) = Line::parse(line)?.content else { panic!("{line}") };
    let meta = Meta { caller: "operator".to_owned(), operation: "book".to_owned() };
    Tree::new(client, CATALOGUE)
        .update(&meta, async |transaction| {
            let mut catalogue = CatalogueMut::new(transaction);
            prefetch(&catalogue, [&entry]).await?;
            apply(&mut catalogue, &entry).await
        })
        .await
}

fn is_final(answer: &Result<Outcome, Reason>) -> bool {
    let open = |error: &StoreError| {
        matches!(error, StoreError::OutcomeUnknown | StoreError::Unavailable(_))
    };
    !matches!(answer, Err(Reason::Store(error)) if open(error))
}

impl Scenario for Importing {
    fn name(&self) -> String {
        format!("{} on {:?}", self.name, self.rules)
    }

    fn begin(&self) -> (Rc<World>, Vec<Program>) {
        let count = self.clients.len();
        let world = Rc::new(World::new(self.rules, count + 1));
        let mut clients = connect(&world, count + 1);
        let setter = clients.pop().expect("one more");
        run(Register::new(&setter).create_catalogue()).expect("set up");
        run(import(&setter, PROVINCE)).expect("set up");
        self.told.borrow_mut().clear();
        let programs = clients.into_iter().zip(&self.clients).map(|(client, names)| {
            let (names, told) = (names.clone(), Rc::clone(&self.told));
            let program: Program = Box::pin(async move {
                for name in names {
                    for _ in 0..TRIES_MAX {
                        let answer = import(&client, &city(name)).await;
                        if is_final(&answer) {
                            told.borrow_mut().push((name, answer));
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
        let mut told: Vec<String> =
            self.told.borrow().iter().map(|told| format!("{told:?}")).collect();
        told.sort();
        format!("{told:?}")
    }

    fn check(&self, world: &Rc<World>) -> Result<(), String> {
        let checker = Client { world: Rc::clone(world), number: self.clients.len() };
        let tree = Tree::new(&checker, CATALOGUE);
        let province = "11".parse().expect("a code");
        let listed = run(tree.read(async |snapshot| {
            OpenCatalogue::new(snapshot).cities(&province, Slice::first(10)).await
        }));
        let listed = listed.map_err(|reason| format!("{reason:?}"))?;
        let kept: Vec<Name> = listed.items.into_iter().map(|city| city.name).collect();
        if kept.len() > 1 {
            return Err(format!("one city is there as {kept:?}"));
        }
        let kept = kept.first().map(Name::as_str);
        for (name, answer) in self.told.borrow().iter() {
            let right = match answer {
                Ok(_) => kept == Some(*name),
                Err(Reason::ContentDiffers) => kept.is_some_and(|kept| kept != *name),
                Err(_) => false,
            };
            if !right {
                return Err(format!("{name} was told {answer:?}, and {kept:?} is there"));
            }
        }
        let audit = run(tree.read(async |snapshot| audit::audit(snapshot).await));
        let audit = audit.map_err(|reason| format!("{reason:?}"))?;
        if audit.chain_verified && audit.journal_matches {
            Ok(())
        } else {
            Err(format!("{audit:?}"))
        }
    }
}

fn small(rules: Rules) -> Vec<Importing> {
    let scenarios = [
        importing("one operator", &[&["a", "a"]], Limits::faults(2)),
        importing("two contents of one city", &[&["a"], &["b"]], Limits::faults(0)),
        importing("one content twice", &[&["a"], &["a"]], Limits::faults(1)),
    ];
    scenarios.into_iter().map(|scenario| Importing { rules, ..scenario }).collect()
}

fn large(rules: Rules) -> Importing {
    let clients: [&[&str]; 3] = [&["a", "b"], &["b", "a"], &["a", "a", "b"]];
    Importing { rules, ..importing("three operators", &clients, Limits::faults(4)) }
}

#[test]
fn exhaustive() {
    explore_all(|| [small(Rules::Sqlite), small(Rules::DynamoDb)].into_iter().flatten().collect());
}

#[test]
fn random() {
    run_seeds(2_000, large);
}
