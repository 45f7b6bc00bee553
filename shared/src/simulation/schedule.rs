//! Who goes on, and what becomes of the call: every decision of a run, from a script or a seed.

use super::world::{Call, Client, World};
use chrono::TimeDelta;
use std::fmt::Write;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It happens and is answered.
    Happens,
    /// It happens, its answer is lost.
    AnswerLost,
    /// It does not happen, the client is told that there is no answer.
    CallLost,
    /// The client is told that there is no answer; it happens later, or never.
    Late,
    /// A swap happens, and is reported as lost by a host that repeats calls.
    SaidLost,
    /// The client dies before it happens.
    Dies,
    /// It happens, the client dies.
    DiesAfter,
}

const READ_FATES: [Fate; 2] = [Fate::Happens, Fate::CallLost];

const WRITE_FATES: [Fate; 6] =
    [Fate::Happens, Fate::AnswerLost, Fate::CallLost, Fate::Late, Fate::Dies, Fate::DiesAfter];

const SWAP_FATES: [Fate; 7] = [
    Fate::Happens,
    Fate::AnswerLost,
    Fate::CallLost,
    Fate::Late,
    Fate::Dies,
    Fate::DiesAfter,
    Fate::SaidLost,
];

fn fates(call: &Call) -> &'static [Fate] {
    match call {
        Call::Swap(_) => &SWAP_FATES,
        call if call.writes() => &WRITE_FATES,
        _ => &READ_FATES,
    }
}

/// Where decisions come from. Decision 0 is always the plainest one.
pub trait Choices {
    /// One of `count` equally likely possibilities.
    fn choose(&mut self, count: usize) -> usize;
    /// 0, or seldom one of the others.
    fn seldom(&mut self, count: usize) -> usize;
}

/// Decisions by a script, then the plainest; notes how many possibilities there were.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub decisions: Vec<usize>,
    pub counts: Vec<usize>,
    position: usize,
}

impl Script {
    pub fn new(decisions: Vec<usize>) -> Self {
        Self { decisions, ..Self::default() }
    }

    /// The script after this one in depth-first order, once it has been run. None after the last.
    pub fn next(mut self) -> Option<Self> {
        self.decisions.truncate(self.counts.len());
        while let Some(last) = self.decisions.pop() {
            if last + 1 < self.counts[self.decisions.len()] {
                self.decisions.push(last + 1);
                return Some(Self::new(self.decisions));
            }
        }
        None
    }
}

impl Choices for Script {
    fn choose(&mut self, count: usize) -> usize {
        if self.position == self.decisions.len() {
            self.decisions.push(0);
        }
        // A shortened script may ask for what is no longer possible.
        let decision = self.decisions[self.position].min(count - 1);
        self.decisions[self.position] = decision;
        self.counts.truncate(self.position);
        self.counts.push(count);
        self.position += 1;
        decision
    }

    fn seldom(&mut self, count: usize) -> usize {
        self.choose(count)
    }
}

/// Decisions by a seed; notes them, so that the run can be repeated as a script.
pub struct Seeded {
    state: u64,
    pub decisions: Vec<usize>,
}

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x2545_f491_4f6c_dd1d) | 1, decisions: Vec::new() }
    }

    fn below(&mut self, count: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let count = u64::try_from(count).unwrap();
        usize::try_from((self.state >> 11) % count).unwrap()
    }
}

impl Choices for Seeded {
    fn choose(&mut self, count: usize) -> usize {
        let decision = self.below(count);
        self.decisions.push(decision);
        decision
    }

    fn seldom(&mut self, count: usize) -> usize {
        let decision = if self.below(12) == 0 { self.below(count) } else { 0 };
        self.decisions.push(decision);
        decision
    }
}

/// A client's program.
pub type Program = Pin<Box<dyn Future<Output = ()>>>;

/// How a run may go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Calls that may go wrong in one run.
    pub faults_max: usize,
    /// How far the clock moves with each step.
    pub step: TimeDelta,
    /// A run with more steps is a defect: somebody does not end.
    pub steps_max: usize,
}

/// What happened, for people to read.
pub type Trace = String;

/// Runs the clients' programs to their ends, one call at a time.
pub fn run(
    world: &Rc<World>,
    programs: Vec<Program>,
    limits: Limits,
    choices: &mut dyn Choices,
) -> Trace {
    let mut trace = Trace::new();
    let mut programs: Vec<Option<Program>> = programs.into_iter().map(Some).collect();
    let mut faults = 0;
    let mut last = 0;
    world.interleave(true);
    for client in 0..programs.len() {
        go_on(&mut programs, client);
    }
    for step in 0.. {
        assert!(step < limits.steps_max, "no end after {step} steps\n{trace}");
        let mut able: Vec<usize> =
            (0..programs.len()).filter(|client| world.waiting(*client).is_some()).collect();
        if able.is_empty() {
            // What is late may arrive after everybody has ended, or never.
            match choices.choose(1 + world.late()) {
                0 => break,
                late => world.arrive(late - 1),
            }
            _ = writeln!(trace, "  a late call arrives after all");
            continue;
        }
        // The plainest decision is that whoever went last goes on.
        able.sort_by_key(|client| *client != last);
        let chosen = choices.choose(able.len() + world.late());
        if chosen >= able.len() {
            world.arrive(chosen - able.len());
            _ = writeln!(trace, "  a late call arrives");
            continue;
        }
        let client = able[chosen];
        last = client;
        let call = world.waiting(client).unwrap();
        let possible = fates(&call);
        let fate = match faults < limits.faults_max {
            true => possible[choices.seldom(possible.len())],
            false => Fate::Happens,
        };
        faults += usize::from(fate != Fate::Happens);
        _ = writeln!(trace, "  client {client}: {call:?} {fate:?}");
        world.grant(client, fate);
        world.advance(limits.step);
        go_on(&mut programs, client);
        if matches!(fate, Fate::Dies | Fate::DiesAfter) {
            programs[client] = None;
            world.bury(client);
        }
    }
    world.interleave(false);
    trace
}

fn go_on(programs: &mut [Option<Program>], client: usize) {
    let mut context = Context::from_waker(Waker::noop());
    let ended = match &mut programs[client] {
        Some(program) => program.as_mut().poll(&mut context).is_ready(),
        None => false,
    };
    if ended {
        programs[client] = None;
    }
}

/// The connections of `count` clients to a new world, and one more to set up and check.
pub fn connect(world: &Rc<World>, count: usize) -> Vec<Client> {
    (0..count).map(|number| Client { world: Rc::clone(world), number }).collect()
}
