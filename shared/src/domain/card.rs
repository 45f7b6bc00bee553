//! Stored-value cards: what a customer has paid in, to be used until a time.
//!
//! What is left of a card is the balance of its account. Its status depends on time and is computed
//! when it is read.

use crate::value::code::codes;
use crate::value::id::{CardId, CustomerId};
use crate::value::money::{Money, decimal_string};
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};
use serde::Deserialize;

codes! {
    /// Status of a stored-value card.
    CardStatus: integer {
        /// It can pay.
        Usable = 1,
        /// Nothing is left of it.
        UsedUp = 2,
    }
}

/// A stored-value card. Contents as a book's `stored_value_card` line gives them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredValueCard {
    /// Identity.
    #[n(0)]
    pub card_id: CardId,
    /// Whose it is.
    #[n(1)]
    pub customer_id: CustomerId,
    /// What it is called.
    #[n(2)]
    pub card_name: Option<String>,
    /// What it was worth at first.
    #[serde(deserialize_with = "decimal_string::required")]
    #[n(3)]
    pub face_value: Money,
    /// From when it can be used.
    #[n(4)]
    pub effective_time: Timestamp,
    /// From when on it can no longer be used.
    #[n(5)]
    pub expire_time: Timestamp,
}

impl StoredValueCard {
    /// The status at a time, with `balance` left. A card that has expired, or that is not in effect
    /// yet, has none: the API names neither.
    pub fn status_at(&self, balance: Money, now: Timestamp) -> Option<CardStatus> {
        if self.expire_time <= now {
            return None;
        }
        if balance.is_zero() {
            return Some(CardStatus::UsedUp);
        }
        (self.effective_time <= now).then_some(CardStatus::Usable)
    }
}

/// A card with what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldCard {
    /// The card.
    pub card: StoredValueCard,
    /// What is left.
    pub balance: Money,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_usable_while_it_is_in_effect_and_used_up_until_it_expires() {
        let time = |text: &str| text.parse::<Timestamp>().expect(text);
        let card = StoredValueCard {
            card_id: "v".parse().expect("id"),
            customer_id: "c".parse().expect("id"),
            card_name: None,
            face_value: "100".parse().expect("money"),
            effective_time: time("2026-02-01T00:00:00Z"),
            expire_time: time("2026-03-01T00:00:00Z"),
        };
        let (some, usable, used) =
            (card.face_value, Some(CardStatus::Usable), Some(CardStatus::UsedUp));
        for (balance, now, status) in [
            (some, "2026-01-31T23:59:59Z", None),
            (some, "2026-02-01T00:00:00Z", usable),
            (some, "2026-02-28T23:59:59Z", usable),
            (some, "2026-03-01T00:00:00Z", None),
            (Money::ZERO, "2026-02-01T00:00:00Z", used),
            (Money::ZERO, "2026-03-01T00:00:00Z", None),
        ] {
            assert_eq!(card.status_at(balance, time(now)), status, "{balance} {now}");
        }
    }
}
