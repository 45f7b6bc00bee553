//! Messages to the operator's own systems and to addresses of partners: a log by time, and what is due.

use super::list::{Collected, Record};
use super::record::{decode, encode};
use super::{Books, BooksMut, key};
use crate::domain::delivery::{Delivery, DeliveryState};
use crate::domain::error::Reason;
use crate::store::Range;
use crate::value::id::DeliveryId;
use crate::value::page::{Page, Slice};
use crate::value::time::Timestamp;

/// Messages read in one call while a filter looks into them.
const FILTERED_PER_READ: usize = 100;

impl Books<'_> {
    /// A message.
    ///
    /// # Errors
    /// Store failures, as of every read here.
    pub async fn delivery(&self, id: &DeliveryId) -> Result<Option<Delivery>, Reason> {
        self.record(&key::delivery(id)).await
    }

    /// Part of the log, newest first; with a state, of the messages in it.
    ///
    /// # Errors
    /// Store failures.
    pub async fn deliveries(
        &self,
        state: Option<DeliveryState>,
        slice: Slice,
    ) -> Result<Page<Delivery>, Reason> {
        let range = Range::prefix(&key::deliveries()).reversed();
        let mut collected = Collected::new(slice).filtering(FILTERED_PER_READ);
        let read = async |records: &[Record]| {
            records.iter().map(|(key, bytes)| decode(key, bytes)).collect::<Result<Vec<_>, _>>()
        };
        match state {
            None => self.collect(&mut collected, &range, read).await?,
            Some(state) => {
                let passes = |delivery: &Delivery| delivery.state == state;
                self.collect_if(&mut collected, &range, read, passes).await?;
            }
        }
        Ok(collected.page())
    }

    /// The messages that are due, those first that have been for longest.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn due_deliveries(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Page<Delivery>, Reason> {
        let due = Range::between(key::due_deliveries(), key::due_deliveries_after(now));
        let total_count = self.store().count(&due).await?;
        let mut ids = Vec::new();
        if total_count > 0 {
            for (key, _) in self.store().scan(&due, 0, limit).await? {
                let corrupt = || Reason::Corrupt(key.escape_ascii().to_string());
                ids.push(key::due_delivery_id(&key).ok_or_else(corrupt)?);
            }
        }
        Ok(Page { total_count, items: self.deliveries_named(&ids).await? })
    }

    /// The messages that a list names, in its order.
    ///
    /// # Errors
    /// [`Reason::Corrupt`] for one that is not there, store failures.
    pub(super) async fn deliveries_named(
        &self,
        ids: &[DeliveryId],
    ) -> Result<Vec<Delivery>, Reason> {
        self.load_deliveries(ids).await?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            let missing = || Reason::Corrupt(format!("delivery {id}"));
            found.push(self.delivery(id).await?.ok_or_else(missing)?);
        }
        Ok(found)
    }

    /// The oldest messages, of those older than a time that are not pending.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn old_deliveries(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, Reason> {
        let oldest = self.store().scan(&Range::prefix(&key::deliveries()), 0, limit).await?;
        let oldest: Result<Vec<Delivery>, Reason> =
            oldest.iter().map(|(key, bytes)| decode(key, bytes)).collect();
        let mut oldest = oldest?;
        oldest.retain(|old| old.created_at < before && old.state != DeliveryState::Pending);
        Ok(oldest)
    }

    /// Reads in one go what looking these messages up will need.
    pub(crate) async fn load_deliveries(
        &self,
        ids: impl IntoIterator<Item = &DeliveryId>,
    ) -> Result<(), Reason> {
        let keys: Vec<Vec<u8>> = ids.into_iter().map(key::delivery).collect();
        self.load(&keys).await
    }
}

impl BooksMut<'_, '_> {
    /// Adds a message whose identity is free.
    pub(crate) fn add_delivery(&mut self, delivery: &Delivery) -> Result<(), Reason> {
        self.store.insert(key::delivery(&delivery.delivery_id), encode(delivery)?);
        if let Some(time) = delivery.next_attempt_at {
            self.add_key(key::due_delivery(time, &delivery.delivery_id));
        }
        if let Some(partner) = &delivery.partner_id {
            self.add_key(key::partner_delivery(partner, &delivery.delivery_id));
        }
        Ok(())
    }

    /// Changes a message, and when it is due.
    pub(crate) async fn replace_delivery(
        &mut self,
        before: &Delivery,
        after: &Delivery,
    ) -> Result<(), Reason> {
        let id = &after.delivery_id;
        self.store.replace(key::delivery(id), encode(after)?);
        match (before.state == DeliveryState::Failed, after.state == DeliveryState::Failed) {
            (false, true) => self.add_key(key::failed_delivery(id)),
            (true, false) => self.forget_failed(id).await?,
            (true, true) | (false, false) => {}
        }
        if before.next_attempt_at == after.next_attempt_at {
            return Ok(());
        }
        if let Some(time) = before.next_attempt_at {
            self.store.remove(&key::due_delivery(time, id));
        }
        if let Some(time) = after.next_attempt_at {
            self.add_key(key::due_delivery(time, id));
        }
        Ok(())
    }

    /// Removes a message.
    pub(crate) async fn forget_delivery(&mut self, delivery: &Delivery) -> Result<(), Reason> {
        self.store.remove(&key::delivery(&delivery.delivery_id));
        if let Some(partner) = &delivery.partner_id {
            self.store.remove(&key::partner_delivery(partner, &delivery.delivery_id));
        }
        if delivery.state == DeliveryState::Failed {
            self.forget_failed(&delivery.delivery_id).await?;
        }
        if let Some(time) = delivery.next_attempt_at {
            self.store.remove(&key::due_delivery(time, &delivery.delivery_id));
        }
        Ok(())
    }

    /// A message is no longer given up, or no longer there. An older version listed none as such.
    async fn forget_failed(&mut self, id: &DeliveryId) -> Result<(), Reason> {
        let key = key::failed_delivery(id);
        if self.store().get(&key).await?.is_some() {
            self.store.remove(&key);
        }
        Ok(())
    }
}
