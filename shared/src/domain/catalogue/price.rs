//! Prices, each of a period of validity.

use super::{ChargeMode, MeasureId, Offer};
use crate::value::code::codes;
use crate::value::id::{CatalogueCode, ProductId};
use crate::value::money::{Money, decimal_string};
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};
use serde::Deserialize;

codes! {
    /// Unit of a term.
    TermType: integer {
        /// Day.
        Day = 0,
        /// Month.
        Month = 2,
        /// Year.
        Year = 3,
        /// Hour.
        Hour = 4,
    }
}

/// How long something is bought for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Term {
    /// The unit.
    #[n(0)]
    pub unit: TermType,
    /// How many of it, above zero.
    #[n(1)]
    pub count: u32,
}

/// What a price is for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Charge {
    /// A term, paid at once.
    #[n(0)]
    Term(#[n(0)] Term),
    /// One unit of usage.
    #[n(1)]
    Usage {
        /// The kind of usage. Upper and lower case are one.
        #[n(0)]
        factor: CatalogueCode,
        /// The unit.
        #[n(1)]
        measure_id: MeasureId,
    },
}

/// A price of a product, per unit of size where the product has sizes. Of those for one thing that
/// are valid at a moment, the newest counts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(try_from = "PriceLine")]
pub struct Price {
    /// The product.
    #[n(0)]
    pub product_id: ProductId,
    /// What it is for.
    #[n(1)]
    pub charge: Charge,
    /// How much.
    #[n(2)]
    pub amount: Money,
    /// From when on.
    #[n(3)]
    pub effective_time: Timestamp,
    /// From when on no longer.
    #[n(4)]
    pub expire_time: Option<Timestamp>,
}

impl Price {
    /// The way of charging that a price of this kind belongs to.
    pub fn charge_mode(&self) -> ChargeMode {
        match self.charge {
            Charge::Term(_) => ChargeMode::Period,
            Charge::Usage { .. } => ChargeMode::OnDemand,
        }
    }

    /// The unit of usage that it is for.
    pub fn usage_measure(&self) -> Option<MeasureId> {
        match self.charge {
            Charge::Term(_) => None,
            Charge::Usage { measure_id, .. } => Some(measure_id),
        }
    }
}

/// A price as a book writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceLine {
    product_id: ProductId,
    period_type: Option<TermType>,
    period_num: Option<u32>,
    usage_type_code: Option<CatalogueCode>,
    measure_id: Option<MeasureId>,
    #[serde(deserialize_with = "decimal_string::required")]
    amount: Money,
    effective_time: Timestamp,
    expire_time: Option<Timestamp>,
}

impl TryFrom<PriceLine> for Price {
    type Error = &'static str;

    fn try_from(line: PriceLine) -> Result<Self, Self::Error> {
        let PriceLine { product_id, amount, effective_time, expire_time, .. } = line;
        let of_term = (line.period_type, line.period_num);
        let charge = match (of_term, line.usage_type_code, line.measure_id) {
            ((Some(unit), count), None, None) => {
                Charge::Term(Term { unit, count: count.unwrap_or(1) })
            }
            ((None, None), Some(factor), Some(measure_id)) => Charge::Usage { factor, measure_id },
            _ => return Err("a price has either period_type, or usage_type_code and measure_id"),
        };
        if let Charge::Term(Term { count: 0, .. }) = charge {
            return Err("period_num must be greater than 0");
        }
        if amount.is_negative() {
            return Err("a price is not negative");
        }
        if expire_time.is_some_and(|end| end <= effective_time) {
            return Err("a price expires after it becomes effective");
        }
        Ok(Self { product_id, charge, amount, effective_time, expire_time })
    }
}

impl Offer {
    /// The price of a term at a moment: of the terms of the same unit that have one, the longest
    /// that goes into it, and how often it does.
    pub fn term_price(&self, term: Term, at: Timestamp) -> Option<(&Price, Term, u32)> {
        let mut terms: Vec<Term> = self.prices.iter().filter_map(term_of).collect();
        terms.retain(|priced| {
            priced.unit == term.unit && term.count.checked_rem(priced.count) == Some(0)
        });
        terms.sort_unstable();
        terms.dedup();
        terms.into_iter().rev().find_map(|priced| {
            let of_term = self.prices.iter().filter(|price| term_of(price) == Some(priced));
            Some((valid(of_term, at)?, priced, term.count.checked_div(priced.count)?))
        })
    }

    /// The price of one unit of a kind of usage at a moment, and the unit.
    pub fn usage_price(&self, factor: &str, at: Timestamp) -> Option<(&Price, MeasureId)> {
        let of_factor = self.prices.iter().filter(|price| match &price.charge {
            Charge::Usage { factor: known, .. } => known.as_str().eq_ignore_ascii_case(factor),
            Charge::Term(_) => false,
        });
        let price = valid(of_factor, at)?;
        Some((price, price.usage_measure()?))
    }
}

fn term_of(price: &Price) -> Option<Term> {
    match price.charge {
        Charge::Term(term) => Some(term),
        Charge::Usage { .. } => None,
    }
}

/// Of the prices for one thing, the newest that is valid.
fn valid<'p>(prices: impl Iterator<Item = &'p Price>, at: Timestamp) -> Option<&'p Price> {
    let valid = prices
        .filter(|price| price.effective_time <= at && price.expire_time.is_none_or(|end| at < end));
    valid.max_by_key(|price| price.effective_time)
}
