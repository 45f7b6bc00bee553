//! Messages to the operator's own systems and to addresses of partners, delivered at least once.
//!
//! A message is written in the transaction that it tells of, and delivered after it. What could
//! not be delivered is tried again by the operator's run, later each time. The same message may
//! arrive twice: its identity is the same then.

use crate::domain::error::Reason;
use crate::security::webhook::Event;
use crate::value::code::codes;
use crate::value::id::{DeliveryId, PartnerId};
use crate::value::time::Timestamp;
use chrono::TimeDelta;
use minicbor::{Decode, Encode};
use serde::Serialize;

/// Attempts after which a message is given up: with a run every minute, after about three days.
pub const ATTEMPTS_MAX: u32 = 16;

/// How long a message that is not pending is kept.
pub const KEPT_DAYS: i64 = 30;

/// How long a run has a message alone, in seconds. It takes less.
const CLAIM_SECONDS: i64 = 180;

/// From the second attempt to the third; twice as long each time after.
const FIRST_WAIT_SECONDS: i64 = 30;

/// Longest time between two attempts.
const LONGEST_WAIT_SECONDS: i64 = 12 * 60 * 60;

/// Longest text of an error that is kept, in characters.
const ERROR_CHARACTERS_MAX: usize = 200;

codes! {
    /// How far a message has come.
    DeliveryState: text {
        /// It will be tried, perhaps again.
        Pending = "pending",
        /// The receiver has taken it.
        Delivered = "delivered",
        /// It was given up.
        Failed = "failed",
    }
}

/// A message and its state.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Delivery {
    /// Identity, the receiver's means against repeats.
    #[n(0)]
    pub delivery_id: DeliveryId,
    /// What happened.
    #[n(1)]
    pub event: String,
    /// The exact body.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub body: Vec<u8>,
    /// When it was written.
    #[n(3)]
    pub created_at: Timestamp,
    /// How far it has come.
    #[n(4)]
    pub state: DeliveryState,
    /// Attempts that were begun.
    #[n(5)]
    pub attempts: u32,
    /// When the last one was begun.
    #[n(6)]
    pub last_attempt_at: Timestamp,
    /// When the next one is due, while it is pending.
    #[n(7)]
    pub next_attempt_at: Option<Timestamp>,
    /// Why the last one failed.
    #[n(8)]
    pub last_error: Option<String>,
    /// The partner to whose own address it goes; none for the operator's own systems.
    #[n(9)]
    pub partner_id: Option<PartnerId>,
}

/// The result of an attempt; a text says why it failed.
pub type Attempt = Result<(), String>;

impl Delivery {
    /// A new message, to be delivered at once by its writer. Should the writer die, the next run
    /// does it.
    ///
    /// # Errors
    /// The event cannot be written as JSON, which is a fault of this program.
    pub fn new<T: Serialize>(
        delivery_id: DeliveryId,
        event: &Event<'_, T>,
    ) -> Result<Self, Reason> {
        let body =
            event.body().map_err(|error| Reason::Corrupt(format!("message as JSON: {error}")))?;
        let due = Self::due(delivery_id, event.event_type, event.timestamp, body);
        Ok(Self { attempts: 1, ..due })
    }

    /// A new message, with the body of its event, that its writer does not deliver: the next run
    /// does.
    pub fn due(
        delivery_id: DeliveryId,
        event_type: &str,
        timestamp: Timestamp,
        body: Vec<u8>,
    ) -> Self {
        Self {
            delivery_id,
            event: event_type.to_owned(),
            body,
            created_at: timestamp,
            state: DeliveryState::Pending,
            attempts: 0,
            last_attempt_at: timestamp,
            next_attempt_at: Some(timestamp),
            last_error: None,
            partner_id: None,
        }
    }

    /// The message while it is tried again.
    pub fn claimed(self, now: Timestamp) -> Self {
        Self {
            state: DeliveryState::Pending,
            attempts: self.attempts.saturating_add(1),
            last_attempt_at: now,
            next_attempt_at: Some(after(now, CLAIM_SECONDS)),
            ..self
        }
    }

    /// The message after an attempt.
    pub fn attempted(self, attempt: &Attempt, now: Timestamp) -> Self {
        match attempt {
            Ok(()) => Self {
                state: DeliveryState::Delivered,
                next_attempt_at: None,
                last_error: None,
                ..self
            },
            Err(error) => {
                let given_up = self.attempts >= ATTEMPTS_MAX;
                let next = after(now, wait_seconds(self.attempts));
                Self {
                    state: if given_up { DeliveryState::Failed } else { DeliveryState::Pending },
                    next_attempt_at: (!given_up).then_some(next),
                    last_error: Some(error.chars().take(ERROR_CHARACTERS_MAX).collect()),
                    ..self
                }
            }
        }
    }
}

fn after(time: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from(time.instant() + TimeDelta::seconds(seconds))
}

/// How long to wait after a number of attempts. The first retry is due at the next run, whenever
/// that is.
fn wait_seconds(attempts: u32) -> i64 {
    match attempts.checked_sub(2) {
        None => 0,
        Some(doublings) => {
            let factor = 1_i64.checked_shl(doublings.min(32)).unwrap_or(i64::MAX);
            FIRST_WAIT_SECONDS.saturating_mul(factor).min(LONGEST_WAIT_SECONDS)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    fn delivery() -> Delivery {
        let event = Event { event_type: "x.y", timestamp: time("2026-06-01T00:00:00Z"), data: 1 };
        Delivery::new("msg_1".parse().expect("an id"), &event).expect("a message")
    }

    #[test]
    fn waits_longer_each_time_and_gives_up_after_about_three_days() {
        let waits: Vec<i64> = (1..=ATTEMPTS_MAX).map(wait_seconds).collect();
        assert_eq!(waits[..6], [0, 30, 60, 120, 240, 480]);
        assert!(waits.is_sorted());
        assert_eq!(wait_seconds(u32::MAX), LONGEST_WAIT_SECONDS);
        let days = waits[..15].iter().sum::<i64>() / 86_400;
        assert_eq!(days, 2, "{waits:?}");
    }

    #[test]
    fn a_failed_attempt_is_due_again_until_there_were_too_many() {
        let now = time("2026-06-01T00:01:00Z");
        let mut delivery = delivery();
        for attempt in 1..=ATTEMPTS_MAX {
            assert_eq!(delivery.attempts, attempt);
            delivery = delivery.attempted(&Err("é".repeat(300)), now);
            assert_eq!(delivery.last_error.as_ref().map(|error| error.chars().count()), Some(200));
            if attempt < ATTEMPTS_MAX {
                assert_eq!(delivery.state, DeliveryState::Pending);
                assert_eq!(delivery.next_attempt_at, Some(after(now, wait_seconds(attempt))));
                delivery = delivery.claimed(now);
            }
        }
        assert_eq!((delivery.state, delivery.next_attempt_at), (DeliveryState::Failed, None));
    }

    #[test]
    fn a_message_is_the_same_in_each_attempt() {
        let now = time("2026-06-01T00:01:00Z");
        let before = delivery();
        let after = before.clone().attempted(&Err("down".to_owned()), now).claimed(now);
        let after = after.attempted(&Ok(()), now);
        assert_eq!((&after.delivery_id, &after.body), (&before.delivery_id, &before.body));
        assert_eq!((after.state, after.attempts), (DeliveryState::Delivered, 2));
        assert_eq!((after.next_attempt_at, after.last_error), (None, None));
        let body = r#"{"type":"x.y","timestamp":"2026-06-01T00:00:00Z","data":1}"#;
        assert_eq!(before.body, body.as_bytes());
    }
}
