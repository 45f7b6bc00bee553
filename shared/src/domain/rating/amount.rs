//! Amounts, computed exactly from whole numbers.

use crate::domain::catalogue::Factor;
use crate::domain::discount::Ratio;
use crate::domain::error::Reason;
use crate::value::money::{MAGNITUDE_MAX, Money, Quantity, serialize_digits};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use std::fmt;

/// How many decimals the price of usage keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Six.
    #[default]
    Usual,
    /// Ten.
    Fine,
}

impl Precision {
    /// The number of decimals.
    pub const fn decimals(self) -> u32 {
        match self {
            Self::Usual => 6,
            Self::Fine => 10,
        }
    }
}

/// What something costs, in yuan: zero or more, with at most ten decimals.
///
/// Its text has the digits that it needs; a JSON number is written with the same.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(Decimal);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// The whole number of units of the last of so many decimals.
    fn new(units: i128, decimals: u32) -> Result<Self, Reason> {
        let amount = Decimal::try_from_i128_with_scale(units, decimals)
            .map_err(|_| Reason::PriceTooLarge)?
            .normalize();
        Self(amount).in_range()
    }

    fn in_range(self) -> Result<Self, Reason> {
        if self.0 > Decimal::from(MAGNITUDE_MAX) { Err(Reason::PriceTooLarge) } else { Ok(self) }
    }

    /// The sum of all these.
    ///
    /// # Errors
    /// [`Reason::PriceTooLarge`].
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, Reason> {
        amounts.into_iter().try_fold(Self::ZERO, |sum, amount| {
            let sum = sum.0.checked_add(amount.0).ok_or(Reason::PriceTooLarge)?;
            Self(sum.normalize()).in_range()
        })
    }

    /// What is left when `other`, which is no more, is taken off.
    pub(super) fn less(self, other: Self) -> Self {
        Self((self.0 - other.0.min(self.0)).normalize())
    }

    /// The part of this that a ratio leaves, rounded half up to so many decimals, or to as many as
    /// this has if those are more: a ratio of 1 leaves all of it.
    pub(super) fn times(self, ratio: Ratio, decimals: u32) -> Result<Self, Reason> {
        let (amount, ratio) = (self.0.normalize(), ratio.decimal().normalize());
        let decimals = decimals.max(amount.scale());
        let product = amount.mantissa().checked_mul(ratio.mantissa());
        let surplus = amount.scale() + ratio.scale();
        let product = product.ok_or(Reason::PriceTooLarge)?;
        let Some(cut) = surplus.checked_sub(decimals) else {
            return Self::new(scaled_up(product, decimals - surplus)?, decimals);
        };
        let divisor = power_of_ten(cut)?;
        let half = divisor / 2;
        Self::new(product.checked_add(half).ok_or(Reason::PriceTooLarge)? / divisor, decimals)
    }

    /// The share of an amount that belongs to this part of a whole, cut off after two decimals.
    pub(super) fn share(self, whole: Self, amount: Self) -> Self {
        let share = self.0.checked_div(whole.0).and_then(|part| part.checked_mul(amount.0));
        let share = share.unwrap_or_default().trunc_with_scale(2);
        Self(share.min(amount.0).min(self.0).normalize())
    }

    /// The same amount as money that can be booked, when it has no more decimals than that.
    pub fn money(self) -> Option<Money> {
        self.to_string().parse().ok()
    }

    /// The amount as money, with what lies behind so many decimals cut off.
    pub fn cut(self, decimals: u32) -> Option<Money> {
        Self(self.0.trunc_with_scale(decimals)).money()
    }

    /// The amount rounded half up to the cent, as money that can be booked.
    pub fn cents(self) -> Option<Money> {
        let strategy = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
        Self(self.0.round_dp_with_strategy(2, strategy)).money()
    }

    pub(super) fn of(money: Money) -> Self {
        Self(money.decimal().normalize())
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.normalize().fmt(formatter)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Amount({})", self.0)
    }
}

impl Serialize for Amount {
    /// Writes a JSON number with the digits of the amount.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_digits(&self.to_string(), serializer)
    }
}

/// By what a unit price is multiplied: a fraction, so that nothing is lost before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Units {
    numerator: i128,
    decimals: u32,
    divisor: i128,
}

impl Units {
    /// The product of whole numbers.
    pub(super) fn whole(numbers: &[u32]) -> Result<Self, Reason> {
        Self { numerator: 1, decimals: 0, divisor: 1 }.times(numbers)
    }

    /// Usage in another unit.
    pub(super) fn used(usage: Quantity, factor: Factor) -> Result<Self, Reason> {
        let usage = usage.decimal().normalize();
        let numerator = usage.mantissa().checked_mul(factor.multiplier.into());
        Ok(Self {
            numerator: numerator.ok_or(Reason::PriceTooLarge)?,
            decimals: usage.scale(),
            divisor: factor.divisor.into(),
        })
    }

    pub(super) fn times(self, numbers: &[u32]) -> Result<Self, Reason> {
        let product = numbers
            .iter()
            .try_fold(self.numerator, |product, number| product.checked_mul((*number).into()));
        Ok(Self { numerator: product.ok_or(Reason::PriceTooLarge)?, ..self })
    }

    /// What so many units cost at a unit price. What lies behind the decimals is cut off.
    pub(super) fn at(self, unit_price: Money, decimals: u32) -> Result<Amount, Reason> {
        let price = unit_price.decimal().normalize();
        let product = self.numerator.checked_mul(price.mantissa()).ok_or(Reason::PriceTooLarge)?;
        let scale = self.decimals + price.scale();
        let units = match scale.checked_sub(decimals) {
            None => scaled_up(product, decimals - scale)? / self.divisor,
            Some(cut) => {
                let divisor = power_of_ten(cut)?.checked_mul(self.divisor);
                product / divisor.ok_or(Reason::PriceTooLarge)?
            }
        };
        Amount::new(units, decimals)
    }
}

fn scaled_up(units: i128, decimals: u32) -> Result<i128, Reason> {
    units.checked_mul(power_of_ten(decimals)?).ok_or(Reason::PriceTooLarge)
}

fn power_of_ten(exponent: u32) -> Result<i128, Reason> {
    10_i128.checked_pow(exponent).ok_or(Reason::PriceTooLarge)
}
