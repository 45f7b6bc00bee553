//! Authorisations in the books: of each partner, in the order of its customers' ids.

use super::list::Record;
use super::record::{decode, encode};
use super::{Books, BooksMut, key};
use crate::domain::authorisation::Authorisation;
use crate::domain::error::Reason;
use crate::store::Range;
use crate::value::id::{CustomerId, PartnerId};
use crate::value::page::{Page, Slice};

impl Books<'_> {
    /// What a customer allows a partner, once that has asked.
    ///
    /// # Errors
    /// Store failures, as of every read here.
    pub async fn authorisation(
        &self,
        partner: &PartnerId,
        customer: &CustomerId,
    ) -> Result<Option<Authorisation>, Reason> {
        self.record(&key::authorisation(partner, customer)).await
    }

    /// What a partner has asked its customers for.
    ///
    /// # Errors
    /// Store failures.
    pub async fn authorisations(
        &self,
        partner: &PartnerId,
        slice: Slice,
    ) -> Result<Page<Authorisation>, Reason> {
        let range = Range::prefix(&key::authorisations(partner));
        let Page { total_count, items } = self.part(&range, slice).await?;
        let read = |(key, bytes): &Record| decode(key, bytes);
        Ok(Page { total_count, items: items.iter().map(read).collect::<Result<_, Reason>>()? })
    }
}

impl BooksMut<'_, '_> {
    /// Keeps what a customer allows its partner.
    pub(crate) async fn keep_authorisation(
        &mut self,
        authorisation: &Authorisation,
    ) -> Result<(), Reason> {
        let Authorisation { partner_id, customer_id, .. } = authorisation;
        self.set(key::authorisation(partner_id, customer_id), encode(authorisation)?).await
    }
}
