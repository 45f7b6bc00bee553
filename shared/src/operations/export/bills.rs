//! Bill lines of a month as CSV. Columns are named as the API names the fields of its lists, and the
//! amounts are those that the lists show: of each row both equations hold.

use super::table::{Cell, Table};
use super::{BillsOf, Sink, each_bill_line};
use crate::books::Books;
use crate::domain::bill::{BillAmounts, FeeRecord};
use crate::domain::error::Reason;

type Column = (&'static str, for<'r> fn(&'r FeeRecord, &BillAmounts) -> Cell<'r>);

macro_rules! columns {
    ($($name:literal => |$record:ident, $amounts:ident| $cell:expr,)*) => {
        const COLUMNS: &[Column] = &[$(($name, |$record, $amounts| $cell)),*];
    };
}

columns! {
    "bill_cycle" => |record, _amounts| Cell::owned(record.bill_cycle),
    "partner_id" => |record, _amounts| Cell::text(record.partner_id.as_str()),
    "customer_id" => |record, _amounts| Cell::text(record.customer_id.as_str()),
    "association_type" => |record, _amounts| {
        Cell::optional(record.association_type.map(|it| it.code()))
    },
    "id" => |record, _amounts| Cell::text(record.id.as_str()),
    "origin" => |record, _amounts| Cell::code(Some(record.origin().code())),
    "trade_id" => |record, _amounts| Cell::optional(record.trade_id.as_deref()),
    "relative_order_id" => |record, _amounts| Cell::optional(record.relative_order_id.as_deref()),
    "pre_order_id" => |record, _amounts| Cell::optional(record.pre_order_id.as_deref()),
    "payer_id" => |record, _amounts| {
        Cell::optional(record.payer_id.as_ref().map(|payer| payer.as_str()))
    },
    "charging_mode" => |record, _amounts| Cell::code(record.charging_mode.map(|it| it.code())),
    "bill_detail_type" => |record, _amounts| {
        Cell::code(record.bill_detail_type.map(|it| it.code()))
    },
    "order_type" => |record, _amounts| Cell::code(record.order_type.map(|it| it.code())),
    "status" => |record, _amounts| Cell::code(Some(record.status().code())),
    "trade_time" => |record, _amounts| Cell::time(record.trade_time),
    "consume_time" => |record, _amounts| Cell::time(record.consume_time),
    "effective_time" => |record, _amounts| Cell::time(record.effective_time),
    "expire_time" => |record, _amounts| Cell::time(record.expire_time),
    "service_type_code" => |record, _amounts| Cell::optional(record.service_type_code.as_deref()),
    "service_type_name" => |record, _amounts| Cell::optional(record.service_type_name.as_deref()),
    "resource_type_code" => |record, _amounts| {
        Cell::optional(record.resource_type_code.as_deref())
    },
    "resource_type_name" => |record, _amounts| {
        Cell::optional(record.resource_type_name.as_deref())
    },
    "region_code" => |record, _amounts| Cell::optional(record.region_code.as_deref()),
    "region_name" => |record, _amounts| Cell::optional(record.region_name.as_deref()),
    "resource_id" => |record, _amounts| Cell::optional(record.resource_id.as_deref()),
    "resource_name" => |record, _amounts| Cell::optional(record.resource_name.as_deref()),
    "resource_tag" => |record, _amounts| Cell::optional(record.resource_tag.as_deref()),
    "product_id" => |record, _amounts| Cell::optional(record.product_id.as_deref()),
    "product_name" => |record, _amounts| Cell::optional(record.product_name.as_deref()),
    "product_spec_desc" => |record, _amounts| Cell::optional(record.product_spec_desc.as_deref()),
    "enterprise_project_id" => |record, _amounts| Cell::text(record.project()),
    "period_type" => |record, _amounts| Cell::code(record.period_type.map(|it| it.code())),
    "period_num" => |record, _amounts| Cell::quantity(record.period_num),
    "usage_type" => |record, _amounts| Cell::optional(record.usage_type.as_deref()),
    "usage_amount" => |record, _amounts| Cell::quantity(record.usage_amount),
    "usage_measure_id" => |record, _amounts| Cell::code(record.usage_measure_id),
    "free_resource_usage" => |record, _amounts| Cell::quantity(record.free_resource_usage),
    "free_resource_measure_id" => |record, _amounts| Cell::code(record.free_resource_measure_id),
    "official_amount" => |_record, amounts| amounts.official.into(),
    "official_discount_amount" => |_record, amounts| amounts.discount.into(),
    "erase_amount" => |_record, amounts| amounts.erase.into(),
    "payment_amount" => |_record, amounts| amounts.consume.into(),
    "cash_amount" => |_record, amounts| amounts.cash.into(),
    "credit_amount" => |_record, amounts| amounts.credit.into(),
    "coupon_amount" => |_record, amounts| amounts.coupon.into(),
    "flexipurchase_coupon_amount" => |_record, amounts| amounts.flexi_coupon.into(),
    "stored_value_card_amount" => |_record, amounts| amounts.stored_card.into(),
    "bonus_amount" => |_record, amounts| amounts.bonus.into(),
    "debt_amount" => |_record, amounts| amounts.debt.into(),
    "writeoff_amount" => |_record, amounts| amounts.writeoff.into(),
}

/// Writes the bill lines of a month.
///
/// # Errors
/// Store failures, and what the sink refuses.
pub async fn write_bills(books: &Books<'_>, of: &BillsOf, sink: &impl Sink) -> Result<(), Reason> {
    let mut table = Table::begin(sink, COLUMNS.iter().map(|(name, _)| *name))?;
    each_bill_line(books, of, async |record| {
        let amounts = record.amounts()?;
        table.row(COLUMNS.iter().map(|(_, cell)| cell(&record, &amounts)))
    })
    .await?;
    table.end()
}
