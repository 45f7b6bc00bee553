//! Stored-value cards in the books: behind their customer, each with its account.

use super::list::{Collected, Record};
use super::record::{decode, encode};
use super::{Books, BooksMut, key};
use crate::domain::account::AccountId;
use crate::domain::card::{CardStatus, HeldCard, StoredValueCard};
use crate::domain::error::Reason;
use crate::store::Range;
use crate::value::id::{CardId, CustomerId};
use crate::value::page::{Page, Slice};
use crate::value::time::Timestamp;

fn account(id: &CardId) -> AccountId {
    AccountId::StoredValueCard(id.clone())
}

/// Where cards of a customer and what they hold are kept.
pub(super) fn card_keys<'i>(
    customer: &'i CustomerId,
    ids: &'i [CardId],
) -> impl Iterator<Item = Vec<u8>> + 'i {
    ids.iter().flat_map(move |id| [key::card(customer, id), key::account(&account(id))])
}

impl Books<'_> {
    /// A card of a customer, with what is left of it.
    ///
    /// # Errors
    /// Store failures, as of every read here.
    pub async fn card(
        &self,
        customer: &CustomerId,
        id: &CardId,
    ) -> Result<Option<HeldCard>, Reason> {
        let Some(card) = self.record(&key::card(customer, id)).await? else {
            return Ok(None);
        };
        let balance = self.held(&account(id)).await?.balance;
        Ok(Some(HeldCard { card, balance }))
    }

    /// Cards of a customer that have this status now, in the order of their ids; only the one with
    /// this identity, if one is given.
    ///
    /// # Errors
    /// Store failures.
    pub async fn cards(
        &self,
        customer: &CustomerId,
        id: Option<&CardId>,
        (status, now): (CardStatus, Timestamp),
        slice: Slice,
    ) -> Result<Page<HeldCard>, Reason> {
        let mut collected = Collected::new(slice);
        let passes = |held: &HeldCard| held.card.status_at(held.balance, now) == Some(status);
        if let Some(id) = id {
            self.load_cards(customer, std::slice::from_ref(id)).await?;
            if let Some(held) = self.card(customer, id).await?.filter(passes) {
                collected.push(held);
            }
            return Ok(collected.page());
        }
        let range = Range::prefix(&key::cards(customer));
        let follow = async |records: &[Record]| self.cards_of(records).await;
        self.collect_if(&mut collected, &range, follow, passes).await?;
        Ok(collected.page())
    }

    async fn cards_of(&self, records: &[Record]) -> Result<Vec<HeldCard>, Reason> {
        let cards: Result<Vec<StoredValueCard>, Reason> =
            records.iter().map(|(key, bytes)| decode(key, bytes)).collect();
        let cards = cards?;
        let accounts = cards.iter().map(|card| key::account(&account(&card.card_id)));
        self.load(&accounts.collect::<Vec<_>>()).await?;
        let mut held = Vec::with_capacity(cards.len());
        for card in cards {
            let balance = self.held(&account(&card.card_id)).await?.balance;
            held.push(HeldCard { card, balance });
        }
        Ok(held)
    }

    /// Reads in one go what looking these cards up, with what they hold, will need.
    pub(crate) async fn load_cards(
        &self,
        customer: &CustomerId,
        ids: &[CardId],
    ) -> Result<(), Reason> {
        self.load(&card_keys(customer, ids).collect::<Vec<_>>()).await
    }
}

impl BooksMut<'_, '_> {
    /// Adds a card whose identity is free.
    pub(crate) fn add_card(&mut self, card: &StoredValueCard) -> Result<(), Reason> {
        self.add_bytes(key::card(&card.customer_id, &card.card_id), encode(card)?);
        Ok(())
    }
}
