//! Tickets for one use that were used, kept until their time is over.

use super::{BooksMut, key};
use crate::domain::error::Reason;
use crate::store::Range;
use crate::store::defect::{self, Defect};
use crate::value::time::Timestamp;

/// Tickets forgotten by one use, at most: more than one, so that they never pile up.
const FORGOTTEN_PER_USE: usize = 4;

impl BooksMut<'_, '_> {
    /// Uses a ticket up that counts until `expires_at`. False when it was used before. `now` is the
    /// real time, whatever the tenant's clock shows.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn use_ticket(
        &mut self,
        number: &[u8; 16],
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Reason> {
        let key = key::used_ticket(expires_at, number);
        let over = Range::between(key::used_tickets(), key::used_tickets_from(now));
        self.load(&[key.clone(), key::used_tickets()]).await?;
        for (used, _) in self.store().scan(&over, 0, FORGOTTEN_PER_USE).await? {
            self.store.remove(&used);
        }
        if self.bytes(&key).await?.is_some() {
            return Ok(defect::present(Defect::ForgetsUsedTickets));
        }
        self.add_key(key);
        Ok(true)
    }
}
