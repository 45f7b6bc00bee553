//! Who goes on, and what becomes of the call: every decision of a run, from a script or a seed.
//!
//! Two calls on different keys, or that only read, may come in either order: nobody can tell. Of
//! all the runs that differ by nothing else, an exhaustive exploration takes one (by *sleep
//! sets*, Godefroid 1996): what has been tried at a decision is not tried again below its
//! siblings, until a call that it does not commute with has happened.

use super::world::{Call, Client, Kind, World};
use chrono::TimeDelta;
use std::fmt;
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
    match call.kind {
        Kind::Swap => &SWAP_FATES,
        _ if call.writes() => &WRITE_FATES,
        _ => &READ_FATES,
    }
}

/// Where decisions come from. Decision 0 is always the plainest one.
pub trait Choices {
    /// One of `count` equally likely possibilities.
    fn choose(&mut self, count: usize) -> usize;
    /// 0, or seldom one of the others.
    fn seldom(&mut self, count: usize) -> usize;
    /// Whether all decisions are tried, one after the other.
    fn all(&self) -> bool {
        false
    }
}

/// Decisions by a script, then the plainest; notes how many possibilities there were.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub decisions: Vec<usize>,
    pub counts: Vec<usize>,
    position: usize,
    all: bool,
}

impl Script {
    /// Repeats decisions.
    pub fn new(decisions: Vec<usize>) -> Self {
        Self { decisions, ..Self::default() }
    }

    /// The first of all scripts.
    pub fn first() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// The script after this one in depth-first order, once it has been run. None after the last.
    pub fn next(mut self) -> Option<Self> {
        self.decisions.truncate(self.counts.len());
        while let Some(last) = self.decisions.pop() {
            if last + 1 < self.counts[self.decisions.len()] {
                self.decisions.push(last + 1);
                return Some(Self { all: true, ..Self::new(self.decisions) });
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

    fn all(&self) -> bool {
        self.all
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
    /// How often a client may fall asleep for long. Where all decisions are tried, the others
    /// overtake it anyway.
    pub stalls_max: usize,
    /// How far the clock moves with each step.
    pub step: TimeDelta,
    /// How often time may leap, whatever the clients are in the middle of.
    pub leaps_max: usize,
    /// How far it leaps.
    pub leap: TimeDelta,
    /// Whether calls that commute are tried in both orders all the same.
    pub every_order: bool,
    /// A run with more steps is a defect: somebody does not end.
    pub steps_max: usize,
}

impl Limits {
    /// No more than this many faults, and no time passes.
    pub fn faults(faults_max: usize) -> Self {
        Self {
            faults_max,
            stalls_max: 0,
            step: TimeDelta::zero(),
            leaps_max: 0,
            leap: TimeDelta::zero(),
            every_order: false,
            steps_max: 2_000,
        }
    }
}

/// Something that can happen next.
#[derive(Clone, Debug)]
enum Turn {
    /// A client's call.
    Client(usize, Call),
    /// A call that was late, by its number.
    Arrival(usize, Call),
    /// Time passes.
    Leap,
}

impl Turn {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Client(left, _), Self::Client(right, _))
            | (Self::Arrival(left, _), Self::Arrival(right, _)) => left == right,
            (Self::Leap, Self::Leap) => true,
            _ => false,
        }
    }

    /// Whether it makes no difference that another one has come first. Time matters to a client
    /// that has looked at the clock, and to those that have not gone on yet, because they may look.
    fn commutes_with(&self, earlier: &Self, clock_read: bool) -> bool {
        match (self, earlier) {
            (_, Self::Leap) => false,
            (Self::Leap, _) => !clock_read,
            (
                Self::Client(_, left) | Self::Arrival(_, left),
                Self::Client(_, right) | Self::Arrival(_, right),
            ) => left.commutes_with(right),
        }
    }
}

/// One thing that happened.
#[derive(Debug)]
enum Event {
    Called(usize, Call, Fate),
    Arrived(Call),
    Stalled(usize),
    Leapt,
}

/// What happened, for people to read.
#[derive(Debug, Default)]
pub struct Trace(Vec<Event>);

impl Trace {
    /// Number of things that happened.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether pages were written, and whether some were deleted.
    pub fn pages(&self) -> (bool, bool) {
        let kinds = |event: &Event| match event {
            Event::Called(_, call, _) if call.changes_pages() => Some(call.kind),
            _ => None,
        };
        let deleting = |kind| matches!(kind, Kind::Delete | Kind::DeleteMany);
        let deleted = self.0.iter().filter_map(kinds).any(deleting);
        let written = self.0.iter().filter_map(kinds).any(|kind| !deleting(kind));
        (written, deleted)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for event in &self.0 {
            match event {
                Event::Called(client, call, Fate::Happens) => {
                    writeln!(formatter, "  client {client}: {call}")?;
                }
                Event::Called(client, call, fate) => {
                    writeln!(formatter, "  client {client}: {call} -- {fate:?}")?;
                }
                Event::Arrived(call) => writeln!(formatter, "  late: {call} arrives")?,
                Event::Stalled(client) => writeln!(formatter, "  client {client} falls asleep")?,
                Event::Leapt => writeln!(formatter, "  time passes")?,
            }
        }
        Ok(())
    }
}

/// A run under way.
struct Run<'r> {
    world: &'r Rc<World>,
    programs: Vec<Option<Program>>,
    limits: Limits,
    trace: Trace,
    faults: usize,
    leaps: usize,
    stalls: usize,
    /// Until which step a client sleeps.
    asleep_until: Vec<usize>,
    /// Who went last.
    last: usize,
}

/// Runs the clients' programs to their ends, one call at a time. None if the run turns out to be
/// one that is explored elsewhere.
pub fn run(
    world: &Rc<World>,
    programs: Vec<Program>,
    limits: Limits,
    choices: &mut dyn Choices,
) -> Option<Trace> {
    let count = programs.len();
    let mut run = Run {
        world,
        programs: programs.into_iter().map(Some).collect(),
        limits,
        trace: Trace::default(),
        faults: 0,
        leaps: 0,
        stalls: 0,
        asleep_until: vec![0; count],
        last: 0,
    };
    world.interleave(true);
    for client in 0..count {
        go_on(&mut run.programs, client);
    }
    let whole = run.until_all_have_ended(choices);
    world.interleave(false);
    whole.then_some(run.trace)
}

impl Run<'_> {
    fn until_all_have_ended(&mut self, choices: &mut dyn Choices) -> bool {
        // What has been tried before in place of what led here, and would come to the same.
        let mut tried: Vec<Turn> = Vec::new();
        let reduces = choices.all() && self.limits.step.is_zero() && !self.limits.every_order;
        for step in 0.. {
            assert!(step < self.limits.steps_max, "no end after {step} steps\n{}", self.trace);
            let (mut turns, going) = self.turns(step);
            turns.retain(|turn| !tried.iter().any(|it| it.is(turn)));
            let chosen = match (going, turns.len()) {
                (true, 0) => return false,
                (true, count) => choices.choose(count),
                // What is late may arrive after everybody has ended, or never.
                (false, count) => match choices.choose(1 + count) {
                    0 => return true,
                    late => late - 1,
                },
            };
            let turn = turns[chosen].clone();
            self.world.take_clock_read();
            self.take(turn.clone(), step, choices);
            let clock_read = self.world.take_clock_read();
            if reduces {
                tried.extend(turns.drain(..chosen));
                tried.retain(|it| it.commutes_with(&turn, clock_read));
            }
        }
        unreachable!("steps have a limit")
    }

    /// What can happen next, the plainest first; and whether anybody still goes on.
    fn turns(&self, step: usize) -> (Vec<Turn>, bool) {
        let waiting: Vec<(usize, Call)> = (0..self.programs.len())
            .filter_map(|client| Some((client, self.world.waiting(client)?)))
            .collect();
        let going = !waiting.is_empty();
        let awake = |(client, _): &&(usize, Call)| self.asleep_until[*client] <= step;
        let mut able: Vec<&(usize, Call)> = waiting.iter().filter(awake).collect();
        if able.is_empty() {
            able = waiting.iter().collect();
        }
        // The plainest decision is that the client that went last goes on.
        able.sort_by_key(|(client, _)| *client != self.last);
        let mut turns: Vec<Turn> =
            able.into_iter().map(|(client, call)| Turn::Client(*client, call.clone())).collect();
        turns.extend(self.world.late().into_iter().map(|(id, call)| Turn::Arrival(id, call)));
        if going && self.leaps < self.limits.leaps_max {
            turns.insert(0, Turn::Leap);
        }
        (turns, going)
    }

    fn take(&mut self, turn: Turn, step: usize, choices: &mut dyn Choices) {
        match turn {
            Turn::Client(client, call) => self.call(client, call, step, choices),
            Turn::Arrival(id, call) => {
                self.world.arrive(id);
                self.trace.0.push(Event::Arrived(call));
            }
            Turn::Leap => {
                self.leaps += 1;
                self.world.advance(self.limits.leap);
                self.trace.0.push(Event::Leapt);
            }
        }
    }

    fn call(&mut self, client: usize, call: Call, step: usize, choices: &mut dyn Choices) {
        if self.stalls < self.limits.stalls_max && choices.seldom(2) == 1 {
            self.stalls += 1;
            self.asleep_until[client] = step + (1 << choices.choose(9));
            self.trace.0.push(Event::Stalled(client));
            return;
        }
        self.last = client;
        let possible = fates(&call);
        let fate = match self.faults < self.limits.faults_max {
            true => possible[choices.seldom(possible.len())],
            false => Fate::Happens,
        };
        self.faults += usize::from(fate != Fate::Happens);
        self.world.grant(client, fate);
        self.world.advance(self.limits.step);
        go_on(&mut self.programs, client);
        if matches!(fate, Fate::Dies | Fate::DiesAfter) {
            self.programs[client] = None;
            self.world.bury(client);
        }
        self.trace.0.push(Event::Called(client, call, fate));
    }
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
