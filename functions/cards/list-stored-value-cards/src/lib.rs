//! List the stored-value cards of the calling customer that are usable, or used up.
//!
//! `ListStoredValueCards`, `GET /v2/promotions/benefits/stored-value-cards`. A card that has
//! expired, or that is not in effect yet, is neither.

use billing::api::{Answer, PageRule, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::card::{CardStatus, HeldCard};
use billing::value::id::CardId;
use billing::value::money::Money;
use billing::value::page::{Page, Slice};
use billing::value::time::Timestamp;
use serde::Serialize;

billing::component! { GET ListStoredValueCards => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let Request { status, card_id, slice } = call.query(Request::read)?;

    let now = call.now();
    let cards = call
        .read(async |books| {
            let id = match &card_id {
                None => None,
                Some(text) => match text.parse::<CardId>() {
                    Ok(id) => Some(id),
                    // What cannot be an identity is no card's.
                    Err(_) => return Ok(Page::empty()),
                },
            };
            let shown = (status, books.at(now));
            books.cards(&caller.customer_id, id.as_ref(), shown, slice).await
        })
        .await?;

    Answer::ok(&ListStoredValueCardsResponse {
        total_count: cards.total_count,
        stored_value_cards: cards
            .items
            .into_iter()
            .map(|held| UserStoredValueCard::new(held, status))
            .collect(),
    })
}

struct Request {
    status: CardStatus,
    card_id: Option<String>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let status = query.number_choice("status", CardStatus::from_code)?;
        Ok(Self {
            status: status.ok_or_else(|| Refusal::parameter("status", "is required"))?,
            card_id: query.text("card_id", Text::ID)?,
            slice: query.slice_by(&PageRule::USUAL)?,
        })
    }
}

#[derive(Serialize)]
struct ListStoredValueCardsResponse {
    total_count: u64,
    stored_value_cards: Vec<UserStoredValueCard>,
}

#[derive(Serialize)]
struct UserStoredValueCard {
    card_id: CardId,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_name: Option<String>,
    status: CardStatus,
    face_value: String,
    balance: String,
    effective_time: Timestamp,
    expire_time: Timestamp,
}

impl UserStoredValueCard {
    fn new(held: HeldCard, status: CardStatus) -> Self {
        let HeldCard { card, balance } = held;
        let text = |amount: Money| amount.at_least_two_decimals().to_string();
        Self {
            status,
            face_value: text(card.face_value),
            balance: text(balance),
            card_id: card.card_id,
            card_name: card.card_name,
            effective_time: card.effective_time,
            expire_time: card.expire_time,
        }
    }
}
