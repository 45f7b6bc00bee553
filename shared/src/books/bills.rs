//! Bills in the books: brought in once, listed by partner, month and customer.

use super::list::{Collected, Record};
use super::record::decode;
use super::{Books, key};
use crate::domain::bill::{ChargeMode, FeeFilter, FeeRecord, MonthlyBill, MonthlyFilter};
use crate::domain::error::Reason;
use crate::store::{Range, Reader};
use crate::value::id::{CustomerId, PartnerId};
use crate::value::page::{Page, Slice};
use crate::value::time::Month;
use std::ops::Deref;

/// Records read in one call while a filter looks into them.
const FILTERED_PER_READ: usize = 500;

impl<D: Deref<Target: Reader>> Books<D> {
    /// Bill lines of a customer's month, in the order they were billed. Without a filter, or with
    /// one on dates alone, this costs the depth of the store and not the length of the list.
    ///
    /// # Errors
    /// Store failures.
    pub async fn fee_records(
        &self,
        partner: &PartnerId,
        cycle: Month,
        customer: &CustomerId,
        filter: &FeeFilter,
        slice: Slice,
    ) -> Result<Page<FeeRecord>, Reason> {
        let range = match filter.dates {
            None => Range::prefix(&key::fee_records(partner, cycle, customer)),
            Some(dates) => Range::between(
                key::fee_records_from(partner, cycle, customer, dates.begin()),
                key::fee_records_from(partner, cycle, customer, dates.end()),
            ),
        };
        if filter.needs_no_contents() {
            return self.page(&range, slice).await;
        }
        self.filtered_page(&range, slice, |(key, bytes)| {
            let record: FeeRecord = decode(key, bytes)?;
            Ok(filter.matches(&record).then_some(record))
        })
        .await
    }

    /// Sums of a partner's month, ordered by customer, service, resource type and bill type.
    ///
    /// # Errors
    /// Store failures.
    pub async fn monthly_bills(
        &self,
        partner: &PartnerId,
        cycle: Month,
        charge_mode: ChargeMode,
        filter: &MonthlyFilter,
        slice: Slice,
    ) -> Result<Page<MonthlyBill>, Reason> {
        let range = Range::prefix(&match &filter.customer_id {
            None => key::monthly_bills(partner, cycle, charge_mode),
            Some(customer) => key::monthly_bills_of(partner, cycle, charge_mode, customer),
        });
        if filter.cloud_service_type.is_none() && filter.bill_type.is_none() {
            return self.page(&range, slice).await;
        }
        let service = filter.cloud_service_type.as_deref().map(str::as_bytes);
        let bill_type = filter.bill_type.map(|bill_type| bill_type.code().as_bytes());
        self.filtered_page(&range, slice, |(key, bytes)| {
            let (of_service, of_type) = key::service_and_bill_type(key)
                .ok_or_else(|| Reason::Corrupt(key.escape_ascii().to_string()))?;
            let matches = service.is_none_or(|service| service == of_service)
                && bill_type.is_none_or(|bill_type| bill_type == of_type);
            matches.then(|| decode(key, bytes)).transpose()
        })
        .await
    }

    async fn page<T: for<'b> minicbor::Decode<'b, ()>>(
        &self,
        range: &Range,
        slice: Slice,
    ) -> Result<Page<T>, Reason> {
        let Page { total_count, items } = self.part(range, slice).await?;
        let items: Result<Vec<T>, Reason> =
            items.iter().map(|(key, bytes)| decode(key, bytes)).collect();
        Ok(Page { total_count, items: items? })
    }

    async fn filtered_page<T>(
        &self,
        range: &Range,
        slice: Slice,
        select: impl Fn(&Record) -> Result<Option<T>, Reason>,
    ) -> Result<Page<T>, Reason> {
        let mut collected = Collected::new(slice);
        let mut read = 0_u64;
        loop {
            let records = self.store.scan(range, read, FILTERED_PER_READ).await?;
            for record in &records {
                read += 1;
                if let Some(item) = select(record)? {
                    collected.push(item);
                }
            }
            if records.len() < FILTERED_PER_READ {
                return Ok(collected.page());
            }
        }
    }
}

/// The key of a bill line: its identity, and its place in the list.
pub(crate) fn fee_record_key(record: &FeeRecord) -> Vec<u8> {
    key::fee_record(
        &record.partner_id,
        record.bill_cycle,
        &record.customer_id,
        record.billed_at(),
        &record.id,
    )
}

/// The key of a monthly sum: all that identifies it.
pub(crate) fn monthly_bill_key(bill: &MonthlyBill) -> Vec<u8> {
    key::monthly_bill(
        key::monthly_bills_of(&bill.partner_id, bill.cycle, bill.charge_mode, &bill.customer_id),
        &bill.cloud_service_type,
        &bill.resource_type_code,
        bill.bill_type,
    )
}
