//! `POST /operator/v1/deliveries/run`: messages are taken on in one transaction, and what came of
//! them is recorded in another.

use super::decide_review::Ruling;
use super::{Call, Client, Model, OPEN, Operations, RECORDED, meta, operations};
use crate::books::{Books, BooksMut};
use crate::domain::delivery::{Attempt, Delivery, DeliveryState};
use crate::domain::error::Reason;
use crate::operations::deliver;
use crate::simulation::world::Rules;
use crate::store::Tree;
use crate::value::id::DeliveryId;
use crate::value::page::Slice;

/// Most messages of one run, more than there ever are.
const DELIVERIES_PER_RUN: usize = 10;

/// For how long a run has a message alone, in seconds.
const CLAIM_SECONDS: i64 = 180;

/// What the operator's system does with messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    Takes,
    Refuses,
}

impl Receiver {
    fn attempt(self) -> Attempt {
        match self {
            Self::Takes => Ok(()),
            Self::Refuses => Err("the receiver answered 500".to_owned()),
        }
    }
}

/// A message of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    pub state: DeliveryState,
    pub attempts: u32,
    /// When it is due, in seconds since 1970.
    pub due_at: Option<i64>,
}

impl Message {
    /// A new message, which its writer was about to deliver.
    pub fn written(now: i64) -> Self {
        Self { state: DeliveryState::Pending, attempts: 1, due_at: Some(now) }
    }
}

/// A run as its route makes it. The answer is the number of messages taken on, above [`OPEN`]:
/// a later run may find others. What is not recorded is delivered by a later run.
pub async fn run(
    client: &Client,
    head_key: &str,
    operation: &str,
    receiver: Receiver,
) -> Result<u64, Reason> {
    let tree = Tree::new(client, head_key);
    let claim = tree
        .update(&meta("operator", operation), async |transaction| {
            deliver::claim(&mut BooksMut::new(transaction), DELIVERIES_PER_RUN).await
        })
        .await?;
    let answer = OPEN + u64::try_from(claim.deliveries.len()).expect("few");
    if claim.deliveries.is_empty() {
        return Ok(answer);
    }
    let ids = claim.deliveries.into_iter().map(|delivery| delivery.delivery_id);
    let attempts: Vec<(DeliveryId, Attempt)> = ids.map(|id| (id, receiver.attempt())).collect();
    let operation = format!("{operation}{RECORDED}");
    let recorded: Result<_, Reason> = tree
        .update(&meta("operator", &operation), async |transaction| {
            deliver::record(&mut BooksMut::new(transaction), &attempts).await
        })
        .await;
    match recorded {
        Ok(_) | Err(Reason::Store(_)) => Ok(answer),
        Err(reason) => Err(reason),
    }
}

/// Takes on what is due.
pub fn claim(model: &mut Model) -> Result<u64, Reason> {
    let now = model.now;
    let is_due = |message: &Message| message.due_at.is_some_and(|due_at| due_at <= now);
    let due: Vec<usize> =
        (0..model.messages.len()).filter(|index| is_due(&model.messages[*index])).collect();
    for index in &due {
        let message = &mut model.messages[*index];
        message.attempts += 1;
        message.due_at = Some(now + CLAIM_SECONDS);
    }
    let count = u64::try_from(due.len()).expect("few");
    if count > 0 {
        model.claims.insert(model.operation.clone(), due);
    }
    Ok(OPEN + count)
}

/// Records what came of what was taken on.
pub fn record(model: &mut Model, receiver: Receiver) -> Result<u64, Reason> {
    let now = model.now;
    let claimed = model.claims.get(&model.operation).cloned().unwrap_or_default();
    for index in claimed {
        let message = &mut model.messages[index];
        if message.state != DeliveryState::Pending {
            continue;
        }
        match receiver {
            Receiver::Takes => (message.state, message.due_at) = (DeliveryState::Delivered, None),
            // Half a minute after the second attempt, and twice as long each time.
            Receiver::Refuses => message.due_at = Some(now + (30 << (message.attempts - 2))),
        }
    }
    Ok(OPEN)
}

/// Whether the books hold the messages of the model.
pub async fn compare(books: &Books<'_>, model: &Model) -> Result<bool, Reason> {
    let kept = books.deliveries(None, Slice::first(usize::MAX)).await?.items;
    let mut kept: Vec<Message> = kept
        .into_iter()
        .map(|Delivery { state, attempts, next_attempt_at, .. }| {
            let due_at = next_attempt_at.map(|time| time.instant().timestamp());
            Message { state, attempts, due_at }
        })
        .collect();
    let mut modelled = model.messages.clone();
    kept.sort();
    modelled.sort();
    Ok(kept == modelled)
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let approve = Call::Decide(Ruling::APPROVE);
    let [takes, refuses] = [Receiver::Takes, Receiver::Refuses].map(Call::Deliver);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("a decision and a run", &[&[approve], &[takes]]),
        scenario("a decision and two runs", &[&[approve, refuses], &[takes]]).faultless(),
    ]
}
