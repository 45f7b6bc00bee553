//! Bill an order: one line for each resource that is paid, or whose money goes back, in the
//! transaction that moves the money.
//!
//! A line is about one resource, also where the order does not know yet which one that will be: so
//! what is given back later is given back of one line, whose cost ends with it. Its parts are those
//! that the resource's term keeps, to the fen.

use super::provide_order::split_evenly;
use crate::books::BooksMut;
use crate::domain::bill::{self, BillAmounts, BillDetailType, ChargingMode, FeeRecord};
use crate::domain::error::Reason;
use crate::domain::order::{Order, OrderLine, OrderSource, OrderType};
use crate::domain::partner::AssociationType;
use crate::domain::payment::{PaidPart, share};
use crate::domain::resource::Product;
use crate::domain::term::{PeriodType, Term};
use crate::value::id::{CustomerId, FeeRecordId, OrderId, ResourceId};
use crate::value::money::{Money, Quantity};
use crate::value::time::{Month, Timestamp};

/// What all lines of one order have in common.
struct Billing<'o> {
    order: &'o Order,
    cycle: Month,
    now: Timestamp,
    association_type: Option<AssociationType>,
}

/// Bills an order that was paid now, as it is after the payment.
///
/// # Errors
/// [`Reason::AmountTooLarge`]; store failures.
pub(super) async fn bill_payment(
    books: &mut BooksMut<'_, '_>,
    order: &Order,
) -> Result<(), Reason> {
    let billing = Billing::of(books, order).await?;
    let mut records = Vec::new();
    for (place, line) in order.lines.iter().enumerate() {
        records.extend(billing.paid(place, line)?);
    }
    for record in &records {
        books.add_term_of_line(record)?;
    }
    books.add_bills(&records).await
}

/// Bills an order that has given back now. `ended` has the bill lines, one of each line of the
/// order where there is one, whose terms end with it.
///
/// # Errors
/// [`Reason::AmountTooLarge`]; store failures.
pub(super) async fn bill_refund(
    books: &mut BooksMut<'_, '_>,
    order: &Order,
    ended: &[FeeRecordId],
) -> Result<(), Reason> {
    let billing = Billing::of(books, order).await?;
    let mut records = Vec::with_capacity(order.lines.len());
    for (place, line) in order.lines.iter().enumerate() {
        let payer_id = agent_before(books, &order.customer_id, line).await?;
        records.push(FeeRecord { payer_id, ..billing.given_back(place, line)? });
    }
    for id in ended {
        let (partner, customer) = (&order.partner_id, &order.customer_id);
        books.end_term_of_line(partner, customer, id, billing.now).await?;
    }
    books.add_bills(&records).await
}

/// The master of an enterprise that had paid what a line gives back, if one had.
async fn agent_before(
    books: &BooksMut<'_, '_>,
    customer: &CustomerId,
    line: &OrderLine,
) -> Result<Option<CustomerId>, Reason> {
    let Some(refund) = &line.refund else {
        return Ok(None);
    };
    let base = books.order(customer, &refund.base_order_id).await?;
    Ok(base.and_then(|base| base.agent))
}

/// The bill line of what an order has paid for a resource, if the books have generated one.
///
/// # Errors
/// Store failures.
pub(super) async fn line_of_resource(
    books: &BooksMut<'_, '_>,
    customer: &CustomerId,
    order_id: &OrderId,
    resource: &ResourceId,
) -> Result<Option<FeeRecordId>, Reason> {
    let Some(order) = books.order(customer, order_id).await? else {
        return Ok(None);
    };
    let place = order.lines.iter().enumerate().find_map(|(place, line)| {
        let unit = line.resource_ids.iter().position(|id| id == resource)?;
        Some((place, unit))
    });
    place.map(|(place, unit)| line_id(&order, place, unit)).transpose()
}

/// The bill lines of a line of an order, one for each resource.
///
/// # Errors
/// [`Reason::Corrupt`] for an order whose identity leaves no room for them.
pub(super) fn lines_of_line(order: &Order, place: usize) -> Result<Vec<FeeRecordId>, Reason> {
    let line = order.lines.get(place);
    let units = line.map_or(0, |line| usize::try_from(line.subscription_num).unwrap_or(0));
    (0..units).map(|unit| line_id(order, place, unit)).collect()
}

/// What the bill line of a resource of an order's line is called: as the instance is.
fn line_id(order: &Order, place: usize, unit: usize) -> Result<FeeRecordId, Reason> {
    let id = format!("{}-{:04}", order.line_id(place), unit.saturating_add(1));
    id.parse().map_err(|_| Reason::Corrupt(format!("order {}, of a long name", order.order_id)))
}

impl<'o> Billing<'o> {
    async fn of(books: &BooksMut<'_, '_>, order: &'o Order) -> Result<Self, Reason> {
        let now = books.now();
        let cycle = books.billed_months().await?.cycle_at(now);
        let customer = books.customer(&order.customer_id).await?;
        let association_type = customer.map(|customer| customer.association_type);
        Ok(Self { order, cycle, now, association_type })
    }

    /// The lines of what was paid for an order's line.
    fn paid(&self, place: usize, line: &OrderLine) -> Result<Vec<FeeRecord>, Reason> {
        let order = self.order;
        let units = usize::try_from(line.subscription_num).unwrap_or(usize::MAX);
        let parts = split_evenly(&order.parts_of(line), units)?;
        let off = order.chosen_discount().and_then(|discount| discount.amounts.get(place));
        let off = share(off.copied().unwrap_or(Money::ZERO), &vec![one_fen()?; units])?;
        let mut records = Vec::with_capacity(units);
        for (unit, (parts, off)) in parts.iter().zip(off).enumerate() {
            let amounts = BillAmounts::paid(parts, off)?;
            let record = self.line(place, unit, line)?.with_amounts(&amounts);
            records.push(self.with_term(record, line));
        }
        Ok(records)
    }

    /// The line of what has gone back for an order's line, or of what was kept of it all.
    fn given_back(&self, place: usize, line: &OrderLine) -> Result<FeeRecord, Reason> {
        let parts: Vec<PaidPart> = self.order.parts_of(line);
        let back = BillAmounts::paid(&parts, Money::ZERO)?;
        let record = self.line(place, 0, line)?.with_amounts(&back.negated());
        let pre_order_id = line.refund.as_ref().map(|refund| refund.base_order_id.to_string());
        Ok(FeeRecord { pre_order_id, ..record })
    }

    fn line(&self, place: usize, unit: usize, line: &OrderLine) -> Result<FeeRecord, Reason> {
        let Self { order, cycle, now, association_type } = *self;
        let id = line_id(order, place, unit)?;
        let (partner, customer) = (order.partner_id.clone(), order.customer_id.clone());
        let Product { service_type_code, resource_type_code, region_code, .. } = &line.product;
        let child = order.order_of_line(line);
        let is_child = *child != order.order_id;
        Ok(FeeRecord {
            association_type,
            service_type_code: Some(service_type_code.to_string()),
            service_type_name: line.product.service_type_name.clone(),
            resource_type_code: Some(resource_type_code.to_string()),
            resource_type_name: line.product.resource_type_name.clone(),
            charging_mode: Some(ChargingMode::YearlyMonthly),
            trade_id: Some(order.order_id.to_string()),
            bill_detail_type: Some(detail_type(order)),
            resource_id: line.resource_ids.get(unit).map(ToString::to_string),
            product_spec_desc: line.product.product_spec_desc.clone(),
            region_code: Some(region_code.clone()),
            product_id: Some(line.product.product_id.clone()),
            consume_time: Some(now),
            order_type: bill::OrderType::from_code(order.order_type.code()),
            relative_order_id: is_child.then(|| child.to_string()),
            spec_size: line.product.resource_size,
            spec_size_measure_id: line.product.size_measure_id.map(i64::from),
            sku_code: Some(line.product.resource_spec_code.clone()),
            zone_code: line.product.zone_code.clone(),
            payer_id: order.payer(),
            ..FeeRecord::generated(id, partner, customer, cycle, now)
        })
    }

    /// The line with the term that it is for. What is not provided yet is expected to begin now.
    fn with_term(&self, record: FeeRecord, line: &OrderLine) -> FeeRecord {
        let Some(term) = line.term.filter(|term| term.period_type != PeriodType::OneOff) else {
            return record;
        };
        let effective_time = line.effective_time.unwrap_or(self.now);
        let expire_time = line.expire_time.unwrap_or_else(|| term.first(self.now).expire_time);
        FeeRecord {
            period_type: billed_period(term),
            period_num: Some(Quantity::from(term.period_num)),
            effective_time: Some(effective_time),
            expire_time: Some(expire_time),
            ..record
        }
    }
}

fn one_fen() -> Result<Money, Reason> {
    Money::of_fen(1).map_err(|_| Reason::AmountTooLarge)
}

/// What kind of lines an order has.
fn detail_type(order: &Order) -> BillDetailType {
    match (order.order_type, order.source_type) {
        (OrderType::Renewal, OrderSource::System) => BillDetailType::AutomaticRenewal,
        (OrderType::Renewal, _) => BillDetailType::Renewal,
        (OrderType::Change, _) => BillDetailType::Change,
        (OrderType::Unsubscription, _) => BillDetailType::Unsubscription,
        (OrderType::ToOnDemand, _) => BillDetailType::PayPerUseRefund,
        (OrderType::FeeAdjustment, _) => BillDetailType::Deduction,
        (
            OrderType::Subscription
            | OrderType::ToPeriod
            | OrderType::Trial
            | OrderType::TrialToCommercial,
            _,
        ) => BillDetailType::Purchase,
    }
}

fn billed_period(term: Term) -> Option<bill::PeriodType> {
    match term.period_type {
        PeriodType::Year => Some(bill::PeriodType::Year),
        PeriodType::Month => Some(bill::PeriodType::Month),
        PeriodType::Day => Some(bill::PeriodType::Day),
        PeriodType::Hour => Some(bill::PeriodType::Hour),
        PeriodType::OneOff => Some(bill::PeriodType::OneOff),
        PeriodType::Week => None,
    }
}
