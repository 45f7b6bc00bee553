//! Bandwidth that is billed by its 95th percentile: what was measured every five minutes, and what
//! a month of it comes to.
//!
//! The measured values of a month are sorted; the largest five in a hundred of them are left out,
//! and the largest of the rest is what is billed. The days that count are as many as were measured:
//! the number of values divided by those of a whole day.

use crate::value::code::codes;
use crate::value::id::{CustomerId, ResourceId};
use crate::value::money::Quantity;
use crate::value::time::{Date, Month, Timestamp};
use chrono::TimeDelta;
use minicbor::{Decode, Encode};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Values of a day: one every five minutes.
pub const VALUES_PER_DAY: usize = 288;

/// Seconds from one value to the next.
const VALUE_SECONDS: i64 = 300;

/// How many values there are for each one that is left out.
const VALUES_PER_ONE_LEFT_OUT: usize = 20;

/// Most decimals of the days that count.
const DAYS_DECIMALS_MAX: u32 = 20;

/// When a month can be billed: on this date of the next one, at this hour, in UTC+8.
const BILLED_ON_DAY: i64 = 2;
const BILLED_AT_HOUR: i64 = 20;

codes! {
    /// Services with bandwidth that is billed like this.
    PeakService: text {
        /// Content delivery.
        Cdn = "hws.service.type.cdn",
        /// Object storage.
        Obs = "hws.service.type.obs",
        /// Virtual private cloud.
        Vpc = "hws.service.type.vpc",
        /// Edge cloud.
        Iec = "hws.service.type.iec",
    }
}

codes! {
    /// Types of resources with bandwidth that is billed like this.
    PeakResource: text {
        /// Content delivery.
        Cdn = "hws.resource.type.cdn",
        /// Object storage.
        Obs = "hws.resource.type.obs",
        /// Fixed bandwidth.
        Bandwidth = "hws.resource.type.bandwidth",
        /// Fixed bandwidth at the edge.
        EdgeBandwidth = "hws.resource.type.edgebandwidth",
    }
}

codes! {
    /// Ways of measuring it.
    PeakUsage: text {
        /// In the mainland, a thousand being 1024.
        Base1024 = "95Peak",
        /// In the mainland, a thousand being 1000.
        Base1000 = "95peak_1000",
        /// Of bandwidth.
        Bandwidth = "bandwidth95peak",
        /// The enhanced kind.
        Enhanced = "95peak_plus",
    }
}

/// What is measured: which usage of which type of resources of which service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeakKind {
    /// The service.
    pub service_type_code: PeakService,
    /// The type of resources.
    pub resource_type_code: PeakResource,
    /// The usage.
    pub usage_type: PeakUsage,
}

/// A day's values of a resource, as a book's line `usage_95` brings them in.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageDay {
    /// Whose resource.
    #[n(0)]
    pub customer_id: CustomerId,
    /// The resource.
    #[n(1)]
    pub resource_id: ResourceId,
    /// The service.
    #[n(2)]
    pub service_type_code: PeakService,
    /// The type of resources.
    #[n(3)]
    pub resource_type_code: PeakResource,
    /// The usage.
    #[n(4)]
    pub usage_type: PeakUsage,
    /// Unit of the values.
    #[n(5)]
    pub measure_id: u32,
    /// The date in UTC+8.
    #[n(6)]
    pub date: Date,
    /// The values from midnight on; empty where none was measured.
    #[n(7)]
    #[serde(deserialize_with = "values")]
    pub usages: Vec<Option<Quantity>>,
}

/// Values as decimal strings or `null`, at most those of a day.
fn values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Option<Quantity>>, D::Error> {
    let texts = Vec::<Option<String>>::deserialize(deserializer)?;
    if texts.len() > VALUES_PER_DAY {
        return Err(D::Error::custom(format!("more than the {VALUES_PER_DAY} values of a day")));
    }
    let value = |text: Option<String>| text.map(|text| text.parse()).transpose();
    let values: Vec<Option<Quantity>> =
        texts.into_iter().map(value).collect::<Result<_, _>>().map_err(D::Error::custom)?;
    if values.iter().flatten().any(|value| value.decimal() < Decimal::ZERO) {
        return Err(D::Error::custom("a value below zero"));
    }
    Ok(values)
}

impl UsageDay {
    /// What is measured.
    pub fn kind(&self) -> PeakKind {
        PeakKind {
            service_type_code: self.service_type_code,
            resource_type_code: self.resource_type_code,
            usage_type: self.usage_type,
        }
    }

    /// The values with their times.
    pub fn measured(&self) -> impl Iterator<Item = (Timestamp, Quantity)> + '_ {
        let midnight = self.date.begin_utc_plus_8().instant();
        let times = (0..).map(move |number: i64| {
            let seconds = TimeDelta::seconds(number.saturating_mul(VALUE_SECONDS));
            Timestamp::from(midnight + seconds)
        });
        times.zip(&self.usages).filter_map(|(time, value)| Some((time, (*value)?)))
    }
}

/// What a month of a resource comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeakMonth {
    /// The days that count, as their digits.
    pub actual_days: String,
    /// What is billed.
    pub band_width: Quantity,
    /// The largest value.
    pub peak: Quantity,
    /// Unit of both.
    pub measure_id: u32,
}

impl PeakMonth {
    /// Of a month's days. `None` if nothing was measured.
    pub fn of(days: &[UsageDay]) -> Option<Self> {
        let mut values: Vec<Quantity> =
            days.iter().flat_map(|day| &day.usages).flatten().copied().collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.decimal()));
        let left_out = values.len() / VALUES_PER_ONE_LEFT_OUT;
        let days_counted = Decimal::from(values.len())
            .checked_div(Decimal::from(VALUES_PER_DAY))?
            .round_dp_with_strategy(DAYS_DECIMALS_MAX, RoundingStrategy::MidpointAwayFromZero);
        Some(Self {
            actual_days: days_counted.normalize().to_string(),
            band_width: *values.get(left_out)?,
            peak: *values.first()?,
            measure_id: days.first()?.measure_id,
        })
    }
}

/// Whether a month's bandwidth is known: from the evening of the second of the next month on.
pub fn is_billed(month: Month, now: Timestamp) -> bool {
    let next = month.plus(1).first().begin_utc_plus_8().instant();
    let after = TimeDelta::hours((BILLED_ON_DAY - 1) * 24 + BILLED_AT_HOUR);
    now.instant() >= next + after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str, usages: &str) -> Result<UsageDay, serde_json::Error> {
        serde_json::from_str(&format!(
            r#"{{"customer_id":"c","resource_id":"r","service_type_code":"hws.service.type.cdn",
                "resource_type_code":"hws.resource.type.cdn","usage_type":"95Peak",
                "measure_id":15,"date":"{date}","usages":{usages}}}"#
        ))
    }

    fn numbered(count: usize) -> String {
        let values: Vec<String> = (1..=count).map(|value| format!("\"{value}.5\"")).collect();
        format!("[{}]", values.join(","))
    }

    #[test]
    fn the_largest_five_in_a_hundred_are_left_out() {
        for (count, band_width, actual_days) in [
            (1, "1.5", "0.00347222222222222222"),
            (19, "19.5", "0.06597222222222222222"),
            (20, "19.5", "0.06944444444444444444"),
            (100, "95.5", "0.34722222222222222222"),
            (288, "274.5", "1"),
        ] {
            let day = day("2026-09-01", &numbered(count)).expect("a day");
            let month = PeakMonth::of(&[day]).expect("a month");
            assert_eq!(month.band_width.to_string(), band_width, "{count}");
            assert_eq!(month.actual_days, actual_days, "{count}");
            assert_eq!(month.peak.to_string(), format!("{count}.5"));
        }
        assert_eq!(PeakMonth::of(&[]), None);
        assert_eq!(PeakMonth::of(&[day("2026-09-01", "[null]").expect("a day")]), None);
    }

    #[test]
    fn values_have_times_from_midnight_on() {
        let day = day("2026-09-01", r#"["1",null,"3"]"#).expect("a day");
        let times: Vec<_> = day.measured().map(|(time, value)| format!("{time} {value}")).collect();
        assert_eq!(times, ["2026-08-31T16:00:00Z 1", "2026-08-31T16:10:00Z 3"]);
        let bytes = minicbor::to_vec(&day).expect("encodes");
        assert_eq!(minicbor::decode::<UsageDay>(&bytes).expect("decodes"), day);
    }

    #[test]
    fn a_day_has_no_more_values_than_fit_and_none_below_zero() {
        assert!(day("2026-09-01", &numbered(289)).is_err());
        for usages in [r#"["-1"]"#, r#"["x"]"#, "[1]", r#""1""#] {
            assert!(day("2026-09-01", usages).is_err(), "{usages}");
        }
    }

    #[test]
    fn a_month_is_known_on_the_second_of_the_next_at_eight_in_the_evening() {
        let month = "2026-09".parse().expect("a month");
        let at = |time: &str| is_billed(month, time.parse().expect("a time"));
        assert!(!at("2026-10-02T11:59:59Z"));
        assert!(at("2026-10-02T12:00:00Z"));
    }
}
