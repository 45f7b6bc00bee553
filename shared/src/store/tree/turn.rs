//! Turns: how large transactions keep out of each other's way.
//!
//! A large one writes its pages before its swap shows whether it was the first, so several at one
//! time would write most of theirs for nothing. One that has met another therefore takes its turn,
//! or queues for it: a swap that changes nothing but that. Who has the turn decides and commits, and
//! with its commit the turn is the next one's. Small transactions go on meanwhile.
//!
//! A turn is never more than advice, so nobody is harmed by one that is taken over, overlooked or
//! forgotten, and a transaction that meets no other needs none.

use crate::store::error::StoreError;
use crate::store::head::Head;
use crate::store::limit::limits;
use bytes::Bytes;
use std::ops::Range;

/// How often a transaction looks at the turns of others: it has waited for seconds, in which
/// hundreds of them had theirs.
const LOOKS_MAX: u32 = 1024;

/// How often a transaction takes over the turn of another. Then it goes on without: two that take
/// longer than others wait would else only hinder each other.
const OVERTAKEN_MAX: u32 = 2;

/// Who finds as many waiting does not queue, and looks again later.
const WAITING_MAX: usize = 32;

/// How long to wait between two looks, in microseconds: for who is next, for the one after it, and
/// for all others. A turn takes some milliseconds.
const LOOKS_US: [Range<u64>; 3] = [1_000..2_000, 2_000..6_000, 6_000..12_000];

/// In the place of whose turn it is: nobody's, but others were waiting a moment ago. Who comes then
/// takes its turn at once.
const NOBODY: Id = [0; 16];

/// Identity of a transaction.
type Id = [u8; 16];

/// Whose turn it is, as a large transaction sees it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// This one's, or it needs none: it goes on.
    Ours,
    /// Nobody's, or that of one that has most likely died: it may be taken.
    Free,
    /// Another one's, and this one does not queue yet.
    Unqueued,
    /// Another one's: there is to be another look after a time in this range, in microseconds.
    Waits(Range<u64>),
}

/// What a transaction knows of turns.
pub(super) struct Turns {
    id: Id,
    /// Whether this is a large transaction, as far as is known.
    is_large: bool,
    /// Whether it has met others.
    has_met: bool,
    /// Whether it may have the turn, or queue for it.
    may_queue: bool,
    /// The turn of another one that was seen last,
    seen: Option<Id>,
    /// and how often.
    times_seen: u32,
    /// How often one was seen at all.
    looks: u32,
    /// How often this one took over the turn of another.
    overtaken: u32,
}

impl Turns {
    pub(super) fn new(id: Id, is_large: bool) -> Self {
        Self {
            id,
            is_large,
            has_met: false,
            may_queue: false,
            seen: None,
            times_seen: 0,
            looks: 0,
            overtaken: 0,
        }
    }

    /// Whose turn it is.
    pub(super) fn look(&mut self, head: &Head) -> Result<Turn, StoreError> {
        if !self.is_large || head.turn == Some(self.id) {
            return Ok(Turn::Ours);
        }
        let Some(turn) = holder(head) else {
            let is_alone = head.turn.is_none() && !self.has_met;
            return Ok(if is_alone { Turn::Ours } else { Turn::Free });
        };
        self.has_met = true;
        self.times_seen = if self.seen == Some(turn) { self.times_seen + 1 } else { 1 };
        self.seen = Some(turn);
        self.looks += 1;
        if self.goes_without() {
            return Ok(Turn::Ours);
        }
        if self.times_seen > limits().looks_at_turn {
            self.overtaken += 1;
            return Ok(Turn::Free);
        }
        if self.looks > LOOKS_MAX {
            return Err(StoreError::Contended);
        }
        let place = waiting(head).position(|id| *id == self.id);
        if place.is_none() && waiting(head).count() < WAITING_MAX {
            return Ok(Turn::Unqueued);
        }
        let [next, second, others] = LOOKS_US;
        Ok(Turn::Waits(match place {
            Some(0) => next,
            Some(1) => second,
            _ => others,
        }))
    }

    /// The head with this transaction's turn. Who waited queues again: some may have died.
    pub(super) fn take(&mut self, head: Head) -> Head {
        self.may_queue = true;
        Head { turn: Some(self.id), waiting: Bytes::new(), ..head }
    }

    /// The head with this transaction at the end of the queue.
    pub(super) fn queue(&mut self, head: Head) -> Head {
        self.may_queue = true;
        Head { waiting: [&*head.waiting, &self.id].concat().into(), ..head }
    }

    /// The head without this transaction's turn or place in the queue, which it may have taken.
    pub(super) fn leave(&mut self, head: Head) -> Option<Head> {
        self.may_queue = false;
        let has_turn = head.turn == Some(self.id);
        let waits = waiting(&head).any(|id| *id == self.id);
        (has_turn || waits).then(|| self.with_next(head, false))
    }

    /// Whether there may be something to [`leave`](Self::leave).
    pub(super) fn may_queue(&self) -> bool {
        self.may_queue
    }

    /// With a commit the turn is over.
    pub(super) fn end(&mut self) {
        self.may_queue = false;
    }

    /// Whether a large transaction may write its pages now. From then on it is known to be one.
    pub(super) fn may_write(&mut self, head: &Head) -> bool {
        self.is_large = true;
        head.turn.is_none_or(|turn| turn == self.id) || self.goes_without()
    }

    /// Another one was faster than this one.
    pub(super) fn lost(&mut self) {
        self.has_met |= self.is_large;
    }

    /// Whether this transaction waits for turns, and so needs no pauses besides.
    pub(super) fn is_orderly(&self) -> bool {
        self.is_large && !self.goes_without()
    }

    /// The head that the transaction is committed with, with the turn that comes after it. A small
    /// one leaves turns as they are, and so does a large one that was faster than who has the turn.
    pub(super) fn with_next(&self, head: Head, is_large: bool) -> Head {
        let ends = match holder(&head) {
            Some(turn) if turn != self.id => is_large && self.goes_without(),
            Some(_) => true,
            None => is_large,
        };
        let mut queue = waiting(&head).filter(|id| **id != self.id).peekable();
        let turn = match queue.peek() {
            _ if !ends => head.turn,
            Some(_) => queue.next().copied(),
            None => self.has_met.then_some(NOBODY),
        };
        let waiting = queue.copied().collect::<Vec<Id>>().concat().into();
        Head { turn, waiting, ..head }
    }

    fn goes_without(&self) -> bool {
        self.overtaken == OVERTAKEN_MAX
    }
}

/// The transaction whose turn it is.
fn holder(head: &Head) -> Option<Id> {
    head.turn.filter(|turn| *turn != NOBODY)
}

/// Whose turns are the next ones.
fn waiting(head: &Head) -> impl Iterator<Item = &Id> {
    head.waiting.as_chunks().0.iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [Id; 3] = [[1; 16], [2; 16], [3; 16]];

    fn head() -> Head {
        Head::new("test", 0)
    }

    /// Three large transactions, the first of which has lost to another one.
    fn three() -> [Turns; 3] {
        let mut three = IDS.map(|id| Turns::new(id, true));
        three[0].lost();
        three
    }

    /// The first has the turn, the others queue for it.
    fn queued(three: &mut [Turns; 3]) -> Head {
        let [first, second, third] = three;
        assert_eq!(first.look(&head()), Ok(Turn::Free));
        let mut queued = first.take(head());
        for it in [second, third] {
            assert_eq!(it.look(&queued), Ok(Turn::Unqueued));
            queued = it.queue(queued);
        }
        queued
    }

    fn waits(place: usize) -> Result<Turn, StoreError> {
        Ok(Turn::Waits(LOOKS_US[place].clone()))
    }

    #[test]
    fn one_that_meets_no_other_needs_no_turn() {
        let mut alone = Turns::new(IDS[0], true);
        assert_eq!(alone.look(&head()), Ok(Turn::Ours));
        assert!(alone.may_write(&head()));
        assert_eq!(alone.with_next(head(), true), head());
        assert!(!alone.may_queue());
    }

    #[test]
    fn who_queues_has_its_turn_in_order() {
        let mut three = three();
        let mut current = queued(&mut three);
        for (index, id) in IDS.iter().enumerate() {
            assert_eq!(current.turn, Some(*id));
            let [.., last] = &mut three[index..] else { unreachable!("there are three") };
            assert_eq!(
                last.look(&current),
                if index < 2 { waits(1 - index) } else { Ok(Turn::Ours) }
            );
            assert_eq!(three[index].look(&current), Ok(Turn::Ours));
            assert!(three[index].may_write(&current));
            current = three[index].with_next(current, true);
        }
        // Nobody waits any more, but a moment ago somebody did.
        assert_eq!((current.turn, current.waiting.len()), (Some(NOBODY), 0));
        let mut late = Turns::new([4; 16], true);
        assert!(!late.may_write(&current));
        assert_eq!(late.look(&current), Ok(Turn::Free));
        let current = late.take(current);
        assert_eq!(late.with_next(current, true), head());
    }

    #[test]
    fn a_small_one_needs_no_turn_and_leaves_those_of_others() {
        let current = queued(&mut three());
        let mut small = Turns::new([4; 16], false);
        assert_eq!(small.look(&current), Ok(Turn::Ours));
        assert_eq!(small.with_next(current.clone(), false), current);
    }

    #[test]
    fn one_that_was_faster_leaves_the_turn_of_another() {
        let current = queued(&mut three());
        let mut faster = Turns::new([4; 16], true);
        faster.lost();
        assert_eq!(faster.with_next(current.clone(), true), current);
    }

    #[test]
    fn the_turn_of_one_that_has_died_is_taken_over_twice() {
        let mut three = three();
        let current = queued(&mut three);
        let second = &mut three[1];
        for _ in 1..limits().looks_at_turn {
            assert_eq!(second.look(&current), waits(0));
        }
        assert_eq!(second.look(&current), Ok(Turn::Free));
        let taken = second.take(current);
        assert_eq!((taken.turn, taken.waiting.len()), (Some(IDS[1]), 0));
        // The third still lives, and queues again.
        assert_eq!(three[2].look(&taken), Ok(Turn::Unqueued));
        assert!(three[1].is_orderly());
        let other = Turns::new([4; 16], true).take(taken);
        while three[1].look(&other) != Ok(Turn::Free) {}
        assert_eq!(three[1].look(&other), Ok(Turn::Ours));
        assert!(three[1].may_write(&other) && !three[1].is_orderly());
        assert_eq!(three[1].with_next(other, true).turn, Some(NOBODY));
    }

    #[test]
    fn who_finds_too_many_waits_without_a_place() {
        let mut current = queued(&mut three());
        current.waiting = vec![9; WAITING_MAX * 16].into();
        assert_eq!(Turns::new([4; 16], true).look(&current), waits(2));
    }

    #[test]
    fn who_gives_up_leaves_its_turn_to_the_next_and_its_place_to_nobody() {
        let mut three = three();
        let current = queued(&mut three);
        let without = three[1].leave(current).expect("it waits");
        assert_eq!((without.turn, &*without.waiting), (Some(IDS[0]), &IDS[2][..]));
        assert_eq!(three[1].leave(without.clone()), None);
        let passed = three[0].leave(without).expect("it has the turn");
        assert_eq!((passed.turn, passed.waiting.len()), (Some(IDS[2]), 0));
    }

    #[test]
    fn nobody_waits_for_ever() {
        let mut three = three();
        let mut current = queued(&mut three);
        let mut number = 4_u64;
        let ended = loop {
            // Each look finds another one's turn.
            number += 1;
            current.turn = Some([number.to_be_bytes(), [0; 8]].concat().try_into().expect("an id"));
            match three[2].look(&current) {
                Ok(Turn::Waits(_)) => {}
                other => break other,
            }
        };
        assert_eq!((ended, three[2].looks), (Err(StoreError::Contended), LOOKS_MAX + 1));
    }
}
