//! Delivering messages: which are due, and the result of each attempt.

use crate::books::{Books, BooksMut};
use crate::domain::delivery::{Attempt, Delivery, DeliveryState, KEPT_DAYS};
use crate::domain::error::Reason;
use crate::value::id::DeliveryId;
use crate::value::time::Timestamp;
use chrono::TimeDelta;

/// Messages that one run forgets, at most.
const FORGOTTEN_PER_RUN: usize = 100;

/// Messages that a run has taken on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// To be delivered now.
    pub deliveries: Vec<Delivery>,
    /// How many others were due.
    pub due: u64,
    /// How many old ones were forgotten.
    pub forgotten: u64,
}

/// Whether a run has anything to do: what is due, or old enough to be forgotten.
///
/// # Errors
/// Store failures.
pub async fn is_work(books: &Books<'_>, now: Timestamp) -> Result<bool, Reason> {
    let due = books.due_deliveries(now, 1).await?;
    Ok(due.total_count > 0 || !books.old_deliveries(forgotten_from(now), 1).await?.is_empty())
}

fn forgotten_from(now: Timestamp) -> Timestamp {
    Timestamp::from(now.instant() - TimeDelta::days(KEPT_DAYS))
}

/// Takes on at most `limit` messages that are due, and forgets a few old ones.
///
/// # Errors
/// Store failures.
pub async fn claim(books: &mut BooksMut<'_, '_>, limit: usize) -> Result<Claim, Reason> {
    let now = books.now();
    let due = books.due_deliveries(now, limit).await?;
    let mut deliveries = Vec::with_capacity(due.items.len());
    for delivery in due.items {
        deliveries.push(take_on(books, delivery).await?);
    }
    let old = books.old_deliveries(forgotten_from(now), FORGOTTEN_PER_RUN).await?;
    for delivery in &old {
        books.forget_delivery(delivery).await?;
    }
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    Ok(Claim {
        due: due.total_count.saturating_sub(count(deliveries.len())),
        forgotten: count(old.len()),
        deliveries,
    })
}

/// Takes on one message, whatever its state.
///
/// # Errors
/// [`Reason::NoSuchDelivery`]; store failures.
pub async fn claim_one(books: &mut BooksMut<'_, '_>, id: &DeliveryId) -> Result<Delivery, Reason> {
    let delivery = books.delivery(id).await?.ok_or(Reason::NoSuchDelivery)?;
    take_on(books, delivery).await
}

async fn take_on(books: &mut BooksMut<'_, '_>, delivery: Delivery) -> Result<Delivery, Reason> {
    let claimed = delivery.clone().claimed(books.now());
    books.replace_delivery(&delivery, &claimed).await?;
    Ok(claimed)
}

/// Records the results of attempts, and answers the state of each message.
///
/// # Errors
/// Store failures.
pub async fn record(
    books: &mut BooksMut<'_, '_>,
    attempts: &[(DeliveryId, Attempt)],
) -> Result<Vec<DeliveryState>, Reason> {
    let now = books.now();
    books.load_deliveries(attempts.iter().map(|(id, _)| id)).await?;
    let mut states = Vec::with_capacity(attempts.len());
    for (id, attempt) in attempts {
        let delivery = books.delivery(id).await?.ok_or(Reason::NoSuchDelivery)?;
        // Somebody else may have delivered it meanwhile: that counts.
        if delivery.state != DeliveryState::Pending {
            states.push(delivery.state);
            continue;
        }
        let attempted = delivery.clone().attempted(attempt, now);
        books.replace_delivery(&delivery, &attempted).await?;
        states.push(attempted.state);
    }
    Ok(states)
}
