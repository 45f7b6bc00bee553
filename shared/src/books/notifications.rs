//! Addresses of partners that are told of events: sealed, each with a mark that says that it is there.

use super::list::Record;
use super::{Books, BooksMut, key};
use crate::domain::delivery::Delivery;
use crate::domain::error::Reason;
use crate::domain::notification::Notification;
use crate::security::vault::Subject;
use crate::store::Range;
use crate::value::id::PartnerId;
use crate::value::page::{Page, Slice};
use std::collections::BTreeSet;

impl Books<'_> {
    /// The address that a partner has bound.
    ///
    /// # Errors
    /// [`Reason::Secret`] when it cannot be opened; store failures.
    pub async fn notification(&self, partner: &PartnerId) -> Result<Option<Notification>, Reason> {
        self.personal(Subject::Notification(partner)).await
    }

    /// The address that a partner has bound, or why it cannot be opened: for what goes on without it.
    ///
    /// # Errors
    /// Store failures.
    pub async fn notification_or_fault(
        &self,
        partner: &PartnerId,
    ) -> Result<Option<Result<Notification, Reason>>, Reason> {
        match self.notification(partner).await {
            Ok(bound) => Ok(bound.map(Ok)),
            Err(fault @ (Reason::Secret(_) | Reason::Corrupt(_))) => Ok(Some(Err(fault))),
            Err(failure) => Err(failure),
        }
    }

    /// The addresses of those of these partners that have bound one, read together. One that cannot
    /// be opened is no fault of the others: it stands there with why.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn notifications(
        &self,
        partners: &BTreeSet<PartnerId>,
    ) -> Result<Vec<(PartnerId, Result<Notification, Reason>)>, Reason> {
        let keys = partners.iter().map(|it| key::personal(Subject::Notification(it)));
        self.load(&keys.collect::<Vec<_>>()).await?;
        let mut bound = Vec::with_capacity(partners.len());
        for partner in partners {
            let found = self.notification_or_fault(partner).await?;
            bound.extend(found.map(|found| (partner.clone(), found)));
        }
        Ok(bound)
    }

    /// Whether a partner is told of events.
    ///
    /// # Errors
    /// Store failures, as of every read here.
    pub(crate) async fn is_notified(&self, partner: &PartnerId) -> Result<bool, Reason> {
        Ok(self.bytes(&key::notified(partner)).await?.is_some())
    }

    /// Whether any partner is.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn is_any_notified(&self) -> Result<bool, Reason> {
        Ok(self.store().count(&Range::prefix(&key::all_notified())).await? > 0)
    }

    /// The messages to a partner's own address, newest first.
    ///
    /// # Errors
    /// Store failures.
    pub async fn partner_deliveries(
        &self,
        partner: &PartnerId,
        slice: Slice,
    ) -> Result<Page<Delivery>, Reason> {
        let range = Range::prefix(&key::partner_deliveries(partner)).reversed();
        let Page { total_count, items } = self.part(&range, slice).await?;
        let corrupt = |entry: &[u8]| Reason::Corrupt(entry.escape_ascii().to_string());
        let id = |(entry, _): &Record| key::delivery_at_end(entry).ok_or_else(|| corrupt(entry));
        let ids = items.iter().map(id).collect::<Result<Vec<_>, Reason>>()?;
        Ok(Page { total_count, items: self.deliveries_named(&ids).await? })
    }
}

impl BooksMut<'_, '_> {
    /// Keeps a partner's address, in place of one that it had.
    pub(crate) async fn keep_notification(
        &mut self,
        partner: &PartnerId,
        notification: &Notification,
    ) -> Result<(), Reason> {
        if !self.forget_personal(Subject::Notification(partner)).await? {
            self.add_key(key::notified(partner));
        }
        self.add_personal(Subject::Notification(partner), notification)
    }

    /// Forgets a partner's address. True if it had one.
    pub(crate) async fn forget_notification(
        &mut self,
        partner: &PartnerId,
    ) -> Result<bool, Reason> {
        let was_bound = self.forget_personal(Subject::Notification(partner)).await?;
        if was_bound {
            self.store.remove(&key::notified(partner));
        }
        Ok(was_bound)
    }
}
