//! The rating engine: what products cost, and what discounts make of that.
//!
//! Inquiries, orders, renewals and metering all ask here. An amount is computed once, exactly, from
//! whole numbers; each form of the wire is written from that one amount, and totals are the sums of
//! their items.

mod amount;
mod discounts;

pub use amount::{Amount, Precision};
pub use discounts::{Discounted, Group};

use self::amount::Units;
use crate::domain::catalogue::{Conversions, MeasureId, Offer, Product, Term};
use crate::domain::discount::QuotingMode;
use crate::domain::error::Reason;
use crate::value::money::Quantity;
use crate::value::time::Timestamp;

/// How large a product is bought whose price is per unit of size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// How much, above zero.
    pub value: u32,
    /// In which unit.
    pub measure_id: MeasureId,
}

/// A product to be priced for a term.
#[derive(Clone, Copy, Debug)]
pub struct PeriodItem<'o> {
    /// What the caller calls it; no two items of one rating are called the same.
    pub id: &'o str,
    /// The product and its prices.
    pub offer: &'o Offer,
    /// For how long.
    pub term: Term,
    /// In what size; counts for linear products only.
    pub size: Option<Size>,
    /// How many, above zero.
    pub count: u32,
}

/// Usage of a product to be priced.
#[derive(Clone, Copy, Debug)]
pub struct UsageItem<'o> {
    /// What the caller calls it; no two items of one rating are called the same.
    pub id: &'o str,
    /// The product and its prices.
    pub offer: &'o Offer,
    /// The kind of usage, in upper or lower case.
    pub factor: &'o str,
    /// How much was used.
    pub usage: Quantity,
    /// In which unit.
    pub measure_id: MeasureId,
    /// In what size; counts for linear products only.
    pub size: Option<Size>,
    /// How many, above zero.
    pub count: u32,
}

/// What an item costs before discounts.
#[derive(Clone, Debug)]
pub struct RatedItem<'o> {
    /// What the caller calls it.
    pub id: &'o str,
    /// The product.
    pub product: &'o Product,
    /// The list price.
    pub official: Amount,
    /// The kind of charge, by which items of agreements are found.
    mode: Option<QuotingMode>,
    /// By what a unit price is multiplied.
    units: Units,
}

/// What items cost before discounts.
#[derive(Clone, Debug)]
pub struct Rated<'o> {
    /// One of each item, in their order.
    pub items: Vec<RatedItem<'o>>,
    /// Their sum.
    pub official: Amount,
    /// The moment that they were rated for.
    at: Timestamp,
    /// How many decimals what is left of a ratio is rounded to.
    ratio_decimals: u32,
    /// How many decimals a unit price times its units keeps.
    decimals: u32,
}

/// Decimals that a price for a term keeps, and what is left of it after a discount.
const PERIOD_DECIMALS: u32 = Precision::Fine.decimals();
const PERIOD_RATIO_DECIMALS: u32 = 2;

/// Prices products for terms, at a moment.
///
/// # Errors
/// [`Reason::ProductNotFound`] for a term that has no price, [`Reason::Field`] for the size of a
/// linear product, and [`Reason::PriceTooLarge`].
pub fn rate_periods<'o>(items: &[PeriodItem<'o>], at: Timestamp) -> Result<Rated<'o>, Reason> {
    let rated = items.iter().map(|item| {
        let (price, priced, times) =
            item.offer.term_price(item.term, at).ok_or(Reason::ProductNotFound)?;
        let size = size_of(&item.offer.product, item.size)?;
        let units = Units::whole(&[times, size, item.count])?;
        Ok(RatedItem {
            id: item.id,
            product: &item.offer.product,
            official: units.at(price.amount, PERIOD_DECIMALS)?,
            mode: QuotingMode::of_term(priced),
            units,
        })
    });
    Rated::new(rated.collect::<Result<_, Reason>>()?, at, PERIOD_RATIO_DECIMALS, PERIOD_DECIMALS)
}

/// Prices usage, at a moment. What a precision does not keep is cut off.
///
/// # Errors
/// [`Reason::UsageFactorUnknown`] for a kind of usage that has no price,
/// [`Reason::UsageUnitMismatch`] for a unit that does not convert into that of the price,
/// [`Reason::Field`] for the size of a linear product, and [`Reason::PriceTooLarge`].
pub fn rate_usage<'o>(
    items: &[UsageItem<'o>],
    conversions: &Conversions,
    precision: Precision,
    at: Timestamp,
) -> Result<Rated<'o>, Reason> {
    let decimals = precision.decimals();
    let rated = items.iter().map(|item| {
        let (price, measure_id) =
            item.offer.usage_price(item.factor, at).ok_or(Reason::UsageFactorUnknown)?;
        let factor =
            conversions.factor(item.measure_id, measure_id).ok_or(Reason::UsageUnitMismatch)?;
        let size = size_of(&item.offer.product, item.size)?;
        let units = Units::used(item.usage, factor)?.times(&[size, item.count])?;
        Ok(RatedItem {
            id: item.id,
            product: &item.offer.product,
            official: units.at(price.amount, decimals)?,
            mode: Some(QuotingMode::OnDemand),
            units,
        })
    });
    Rated::new(rated.collect::<Result<_, Reason>>()?, at, decimals, decimals)
}

impl<'o> Rated<'o> {
    fn new(
        items: Vec<RatedItem<'o>>,
        at: Timestamp,
        ratio_decimals: u32,
        decimals: u32,
    ) -> Result<Self, Reason> {
        let official = Amount::sum(items.iter().map(|item| item.official))?;
        Ok(Self { items, official, at, ratio_decimals, decimals })
    }
}

/// By what the size of a product multiplies its price.
///
/// # Errors
/// [`Reason::Field`] for the size of a linear product.
pub fn size_of(product: &Product, size: Option<Size>) -> Result<u32, Reason> {
    match (product.size_measure_id, size) {
        (None, _) => Ok(1),
        (Some(measure_id), Some(size)) if size.measure_id == measure_id => Ok(size.value),
        (Some(MeasureId(measure_id)), Some(_)) => {
            let fault = format!("must be {measure_id} for this product");
            Err(Reason::field("size_measure_id", fault))
        }
        (Some(_), None) => Err(Reason::field("resource_size", "is required for this product")),
    }
}

#[cfg(test)]
mod tests;
