//! Units, and how one converts into another.

use super::Name;
use crate::value::code::codes;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

codes! {
    /// What a unit measures.
    MeasureType: integer {
        /// Currency.
        Currency = 1,
        /// Duration.
        Duration = 2,
        /// Traffic.
        Traffic = 3,
        /// Quantity.
        Quantity = 4,
        /// Length.
        Length = 6,
        /// Capacity.
        Capacity = 7,
        /// Lines.
        Lines = 9,
        /// Period.
        Period = 10,
        /// Frequency.
        Frequency = 11,
        /// Count.
        Count = 12,
        /// Capacity times duration.
        CapacityTimesDuration = 15,
        /// Bandwidth rate.
        BandwidthRate = 16,
        /// Capacity duration.
        CapacityDuration = 17,
        /// Query rate.
        QueryRate = 18,
        /// Bandwidth rate, to the base of 1000.
        DecimalBandwidthRate = 19,
        /// Usage of performance tests.
        PerformanceTestUsage = 20,
        /// Area.
        Area = 21,
        /// Video.
        Video = 22,
        /// Throughput.
        Throughput = 23,
        /// Resolution.
        Resolution = 24,
        /// Unit that generic packages are deducted in.
        PackageDeduction = 26,
        /// Cores times duration.
        CoresTimesDuration = 27,
        /// Memory times duration.
        MemoryTimesDuration = 28,
        /// Operations a second times duration.
        IopsTimesDuration = 29,
        /// Throughput times duration.
        ThroughputTimesDuration = 30,
        /// Count per duration.
        CountPerDuration = 31,
        /// Traffic, to the base of 1000.
        DecimalTraffic = 40,
        /// Thousands of tokens.
        ThousandTokens = 41,
        /// Frames.
        Frames = 82,
        /// Bandwidth of a cache times duration.
        CacheBandwidthTimesDuration = 98,
        /// Tokens.
        Tokens = 104,
        /// Quantity times duration.
        QuantityTimesDuration = 108,
    }
}

impl MeasureType {
    /// Whether `ListConversions` may be asked for it.
    pub fn has_conversions(self) -> bool {
        !matches!(
            self,
            Self::Length
                | Self::CapacityTimesDuration
                | Self::CapacityDuration
                | Self::QueryRate
                | Self::Area
                | Self::Video
                | Self::Throughput
                | Self::Resolution
                | Self::PackageDeduction
                | Self::Frames
        )
    }
}

/// The identity of a unit.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Deserialize, Serialize,
)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct MeasureId(#[n(0)] pub u32);

impl MeasureId {
    /// Pieces, as the size of a product that is bought by the count.
    pub const COUNT: Self = Self(14);
    /// Mbit/s, as the size of a bandwidth.
    pub const MEGABIT_PER_SECOND: Self = Self(15);
    /// GB, as the size of a volume. As usage, a GB is another unit.
    pub const GIGABYTE: Self = Self(17);

    /// Whether products are sold in sizes of this unit.
    pub fn is_of_sizes(self) -> bool {
        [Self::COUNT, Self::MEGABIT_PER_SECOND, Self::GIGABYTE].contains(&self)
    }
}

/// A unit.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureUnit {
    /// Identity.
    #[n(0)]
    pub measure_id: MeasureId,
    /// What it measures.
    #[n(1)]
    pub measure_type: MeasureType,
    /// Its name in Chinese.
    #[n(2)]
    pub name_zh: Name,
    /// Its name in English.
    #[n(3)]
    pub name_en: Name,
    /// Its short form in Chinese.
    #[n(4)]
    pub abbreviation_zh: Name,
    /// Its short form in English.
    #[n(5)]
    pub abbreviation_en: Name,
}

/// How a unit converts: one `measure_id` is `conversion_ratio` times one `ref_measure_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// The larger unit.
    #[n(0)]
    pub measure_id: MeasureId,
    /// The smaller unit.
    #[n(1)]
    pub ref_measure_id: MeasureId,
    /// How many of the smaller unit one larger unit has.
    #[n(2)]
    pub conversion_ratio: u32,
    /// What both measure.
    #[n(3)]
    pub measure_type: MeasureType,
}

/// By what usage in one unit is multiplied and divided to be usage in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Factor {
    pub multiplier: u32,
    pub divisor: u32,
}

/// All conversions there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversions(Vec<Conversion>);

impl Conversions {
    /// These conversions.
    pub fn new(conversions: Vec<Conversion>) -> Self {
        Self(conversions)
    }

    /// How one unit becomes another: itself, by a conversion one way or the other, or by two of
    /// them over a unit that both have one to.
    pub(crate) fn factor(&self, from: MeasureId, to: MeasureId) -> Option<Factor> {
        if from == to {
            return Some(Factor { multiplier: 1, divisor: 1 });
        }
        if let Some(factor) = self.direct(from, to) {
            return Some(factor);
        }
        let over = self.0.iter().flat_map(|known| [known.measure_id, known.ref_measure_id]);
        over.filter_map(|over| {
            let (first, second) = (self.direct(from, over)?, self.direct(over, to)?);
            Some(Factor {
                multiplier: first.multiplier.checked_mul(second.multiplier)?,
                divisor: first.divisor.checked_mul(second.divisor)?,
            })
        })
        .next()
    }

    fn direct(&self, from: MeasureId, to: MeasureId) -> Option<Factor> {
        self.0.iter().find_map(|known| {
            if (known.measure_id, known.ref_measure_id) == (from, to) {
                Some(Factor { multiplier: known.conversion_ratio, divisor: 1 })
            } else if (known.ref_measure_id, known.measure_id) == (from, to) {
                Some(Factor { multiplier: 1, divisor: known.conversion_ratio })
            } else {
                None
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_convert_directly_backwards_and_over_a_third() {
        let conversion = |measure_id, ref_measure_id, conversion_ratio| Conversion {
            measure_id: MeasureId(measure_id),
            ref_measure_id: MeasureId(ref_measure_id),
            conversion_ratio,
            measure_type: MeasureType::Traffic,
        };
        let known = Conversions::new(vec![conversion(10, 11, 1024), conversion(11, 12, 1024)]);
        let factor = |from, to| {
            let factor = known.factor(MeasureId(from), MeasureId(to))?;
            Some((factor.multiplier, factor.divisor))
        };
        assert_eq!(factor(10, 10), Some((1, 1)));
        assert_eq!(factor(10, 11), Some((1024, 1)));
        assert_eq!(factor(11, 10), Some((1, 1024)));
        assert_eq!(factor(10, 12), Some((1_048_576, 1)));
        assert_eq!(factor(12, 10), Some((1, 1_048_576)));
        assert_eq!(factor(99, 99), Some((1, 1)));
        assert_eq!(factor(10, 4), None);
    }
}
