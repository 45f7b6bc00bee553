//! Bandwidth in the books: brought in by the day, listed by month and kind of usage.

use super::{Books, BooksMut, key};
use crate::domain::bandwidth::{PeakKind, UsageDay};
use crate::domain::error::Reason;
use crate::store::Range;
use crate::value::id::{CustomerId, ResourceId};
use crate::value::page::{Page, Slice};
use crate::value::time::Month;

impl Books<'_> {
    /// A customer's resources of which something was measured in a month, in the order of their
    /// ids.
    ///
    /// # Errors
    /// Store failures.
    pub async fn peak_resources(
        &self,
        customer: &CustomerId,
        month: Month,
        kind: PeakKind,
        slice: Slice,
    ) -> Result<Page<ResourceId>, Reason> {
        let range = Range::prefix(&key::peak_resources(customer, month, kind));
        let Page { total_count, items } = self.part(&range, slice).await?;
        let id = |entry: &[u8]| {
            let corrupt = || Reason::Corrupt(entry.escape_ascii().to_string());
            key::resource_id_at_end(entry).ok_or_else(corrupt)
        };
        let items: Result<_, Reason> = items.iter().map(|(entry, _)| id(entry)).collect();
        Ok(Page { total_count, items: items? })
    }

    /// The days of a resource's month, in order.
    ///
    /// # Errors
    /// Store failures.
    pub async fn peak_days(
        &self,
        customer: &CustomerId,
        month: Month,
        kind: PeakKind,
        resource: &ResourceId,
    ) -> Result<Vec<UsageDay>, Reason> {
        self.all(&Range::prefix(&key::peak_days(customer, month, kind, resource))).await
    }
}

impl BooksMut<'_, '_> {
    /// Adds a day's values, of which there are none yet.
    pub(crate) async fn add_peak_day(
        &mut self,
        day: &UsageDay,
        content: Vec<u8>,
    ) -> Result<(), Reason> {
        let month = day.date.month();
        let listed = key::peak_resource(&day.customer_id, month, day.kind(), &day.resource_id);
        if self.bytes(&listed).await?.is_none() {
            self.add_bytes(listed, Vec::new());
        }
        self.add_bytes(peak_day_key(day), content);
        Ok(())
    }
}

/// The key of a day's values: all that identifies them.
pub(crate) fn peak_day_key(day: &UsageDay) -> Vec<u8> {
    key::peak_day(&day.customer_id, day.kind(), &day.resource_id, day.date)
}
