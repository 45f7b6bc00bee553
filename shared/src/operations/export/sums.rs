//! Sums of a month as CSV, with columns named as the API names the fields of its list.

use super::table::{Cell, Table};
use super::{BillsOf, Sink, partners_of};
use crate::books::Books;
use crate::domain::bill::{ChargeMode, MonthlyBill, MonthlyFilter};
use crate::domain::error::Reason;
use crate::value::page::Slice;

/// Sums read in one call.
const SUMS_PER_READ: usize = 500;

const COLUMNS: [&str; 13] = [
    "cycle",
    "partner_id",
    "customer_id",
    "cloud_service_type",
    "cloud_service_type_name",
    "resource_type_code",
    "resource_type_name",
    "charge_mode",
    "bill_type",
    "amount",
    "debt_amount",
    "adjustment_amount",
    "discount_amount",
];

/// Writes the sums of a month, partner by partner, one way of charging after the other.
///
/// # Errors
/// Store failures, and what the sink refuses.
pub async fn write_sums(books: &Books<'_>, of: &BillsOf, sink: &impl Sink) -> Result<(), Reason> {
    let mut table = Table::begin(sink, COLUMNS)?;
    let filter = MonthlyFilter { customer_id: of.customer_id.clone(), ..MonthlyFilter::default() };
    for partner in partners_of(books, of).await? {
        for mode in ChargeMode::ALL {
            let mut offset = 0;
            loop {
                let slice = Slice { offset, limit: SUMS_PER_READ };
                let sums = books.monthly_bills(&partner, of.bill_cycle, mode, &filter, slice);
                let sums = sums.await?;
                for sum in &sums.items {
                    table.row(cells(sum))?;
                }
                offset += u64::try_from(sums.items.len()).unwrap_or(u64::MAX);
                if sums.items.is_empty() || offset >= sums.total_count {
                    break;
                }
            }
        }
    }
    table.end()
}

fn cells(sum: &MonthlyBill) -> [Cell<'_>; 13] {
    let amount = |amount: Option<_>| amount.map_or(Cell::Nothing, Cell::from);
    [
        Cell::owned(sum.cycle),
        Cell::text(sum.partner_id.as_str()),
        Cell::text(sum.customer_id.as_str()),
        Cell::text(sum.cloud_service_type.as_str()),
        Cell::optional(sum.cloud_service_type_name.as_deref()),
        Cell::text(sum.resource_type_code.as_str()),
        Cell::optional(sum.resource_type_name.as_deref()),
        Cell::text(sum.charge_mode.code()),
        Cell::text(sum.bill_type.code()),
        amount(sum.amount),
        amount(sum.debt_amount),
        amount(sum.adjustment_amount),
        amount(sum.discount_amount),
    ]
}
