//! Resource packages: quantities that were bought in advance, which usage takes before it costs
//! money.
//!
//! A package has one item for each kind of usage. What an item holds is there once, or again in each
//! of its cycles: 40 GB a month for a year are 40 GB in each month.

use crate::value::code::codes;
use crate::value::id::{
    CatalogueCode, CustomerId, OrderId, PackageId, PackageItemId, ProductId, TypeCode,
};
use crate::value::money::Quantity;
use crate::value::time::Timestamp;
use chrono::{DateTime, Datelike, Days, FixedOffset, Months, NaiveTime, TimeDelta, Timelike};
use minicbor::{Decode, Encode};
use serde::Deserialize;

/// Most items of a package.
pub const ITEMS_MAX: usize = 50;

/// GMT+8, in which calendar cycles begin.
const ZONE_SECONDS: i32 = 8 * 3_600;

codes! {
    /// How far a package has come.
    PackageStatus: integer {
        /// Not effective yet.
        NotEffective = 0,
        /// Effective.
        Effective = 1,
        /// Nothing of it is left, and nothing comes back.
        UsedUp = 2,
        /// Its time is over.
        Expired = 3,
        /// It was given back.
        Unsubscribed = 4,
    }
}

codes! {
    /// How a package came to its customer.
    PackageSource: integer {
        /// By an order.
        Order = 0,
        /// As a gift.
        Gift = 1,
    }
}

codes! {
    /// Whether a package is one product or several.
    BundleType: text {
        /// One.
        Atomic = "ATOMIC_PKG",
        /// Several.
        Bundle = "BUNDLE_PKG",
    }
}

codes! {
    /// After what time an item holds its whole quantity again.
    ReuseCycle: integer {
        /// An hour.
        Hour = 1,
        /// A day.
        Day = 2,
        /// A week, which begins on Monday.
        Week = 3,
        /// A month.
        Month = 4,
        /// A year.
        Year = 5,
    }
}

codes! {
    /// From when on cycles are counted.
    ReuseCycleType: integer {
        /// From the calendar, in GMT+8.
        Calendar = 1,
        /// From the time at which the package became effective.
        Subscription = 2,
    }
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Identity (`order_instance_id`).
    #[n(0)]
    pub order_instance_id: PackageId,
    /// Whose it is.
    #[n(1)]
    pub customer_id: CustomerId,
    /// The order that bought it. A gift has none.
    #[n(2)]
    pub order_id: Option<OrderId>,
    /// The product.
    #[n(3)]
    pub product_id: ProductId,
    /// What it is called.
    #[n(4)]
    pub product_name: String,
    /// The cloud service whose usage it takes.
    #[n(5)]
    pub service_type_code: TypeCode,
    /// The service's name.
    #[n(6)]
    pub service_type_name: Option<String>,
    /// The region whose usage it takes. Absent: all regions.
    #[n(7)]
    pub region_code: Option<CatalogueCode>,
    /// From when on usage is taken from it.
    #[n(8)]
    pub effective_time: Timestamp,
    /// Until when.
    #[n(9)]
    pub expire_time: Timestamp,
    /// When it was given back.
    #[n(10)]
    pub unsubscribe_time: Option<Timestamp>,
    /// Whether it is one product or several. Absent: one.
    #[n(11)]
    pub bundle_type: Option<BundleType>,
    /// What it holds.
    #[n(12)]
    pub free_resources: Vec<PackageItem>,
}

/// What a package holds for one kind of usage.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageItem {
    /// Identity (`free_resource_id`).
    #[n(0)]
    pub free_resource_id: PackageItemId,
    /// What it is called.
    #[n(1)]
    pub free_resource_type_name: String,
    /// The kind of usage.
    #[n(2)]
    pub usage_type_code: CatalogueCode,
    /// Its name.
    #[n(3)]
    pub usage_type_name: String,
    /// What it held at first, or holds at the begin of each cycle.
    #[n(4)]
    pub original_amount: Quantity,
    /// Unit of the quantities.
    #[n(5)]
    pub measure_id: u32,
    /// Its cycle. Absent: what is used does not come back.
    #[n(6)]
    pub quota_reuse_cycle: Option<ReuseCycle>,
    /// From when on cycles are counted. Absent: from the calendar.
    #[n(7)]
    pub quota_reuse_cycle_type: Option<ReuseCycleType>,
    /// What was used of it, in the cycle of `used_at` if it has cycles. Absent: nothing.
    #[n(8)]
    pub used_amount: Option<Quantity>,
    /// When it was used last. Absent: when the package became effective.
    #[n(9)]
    pub used_at: Option<Timestamp>,
}

/// The time in which an item's quantity can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its first second.
    pub start_time: Timestamp,
    /// Its last second.
    pub end_time: Timestamp,
}

/// A quantity that was taken from an item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageUse {
    /// Identity.
    #[n(0)]
    pub use_id: PackageItemId,
    /// Whose usage it was.
    #[n(1)]
    pub customer_id: CustomerId,
    /// The package.
    #[n(2)]
    pub order_instance_id: PackageId,
    /// Its item.
    #[n(3)]
    pub free_resource_id: PackageItemId,
    /// When it was taken.
    #[n(4)]
    pub deduct_time: Timestamp,
    /// The resource that used it.
    #[n(5)]
    pub resource_id: String,
    /// The kind of resource.
    #[n(6)]
    pub resource_type_code: TypeCode,
    /// Its name.
    #[n(7)]
    pub resource_type_name: Option<String>,
    /// The resource's label.
    #[n(8)]
    pub resource_tag: Option<String>,
    /// What the item held before.
    #[n(9)]
    pub available_amount: Quantity,
    /// What was taken.
    #[n(10)]
    pub used_amount: Quantity,
}

impl Package {
    /// How it came to its customer.
    pub fn source(&self) -> PackageSource {
        if self.order_id.is_some() { PackageSource::Order } else { PackageSource::Gift }
    }

    /// Its status at a moment.
    pub fn status_at(&self, now: Timestamp) -> PackageStatus {
        if self.unsubscribe_time.is_some_and(|time| time <= now) {
            PackageStatus::Unsubscribed
        } else if now < self.effective_time {
            PackageStatus::NotEffective
        } else if now > self.expire_time {
            PackageStatus::Expired
        } else if self.free_resources.iter().all(|item| self.is_used_up(item, now)) {
            PackageStatus::UsedUp
        } else {
            PackageStatus::Effective
        }
    }

    fn is_used_up(&self, item: &PackageItem, now: Timestamp) -> bool {
        item.quota_reuse_cycle.is_none() && !self.remaining(item, now).is_positive()
    }

    /// What an item of it holds at a moment.
    pub fn remaining(&self, item: &PackageItem, now: Timestamp) -> Quantity {
        let used_at = item.used_at.unwrap_or(self.effective_time);
        match item.used_amount {
            Some(used) if self.window(item, now).start_time <= used_at => {
                item.original_amount.saturating_minus(used)
            }
            _ => item.original_amount,
        }
    }

    /// The time in which what an item holds now can be used: its cycle, or all of the package's.
    pub fn window(&self, item: &PackageItem, now: Timestamp) -> Window {
        let all = Window { start_time: self.effective_time, end_time: self.expire_time };
        let now = now.clamp(self.effective_time, self.expire_time);
        let cycle = item.quota_reuse_cycle.and_then(|cycle| {
            match item.quota_reuse_cycle_type.unwrap_or(ReuseCycleType::Calendar) {
                ReuseCycleType::Calendar => calendar_cycle(cycle, local(now)?),
                ReuseCycleType::Subscription => {
                    subscribed_cycle(cycle, local(self.effective_time)?, local(now)?)
                }
            }
        });
        let Some((begin, next)) = cycle else {
            return all;
        };
        let second = TimeDelta::seconds(1);
        Window {
            start_time: Timestamp::from(begin.to_utc()).max(all.start_time),
            end_time: Timestamp::from(next.to_utc() - second).min(all.end_time),
        }
    }
}

impl PackageUse {
    /// What the item held afterwards.
    pub fn remaining_amount(&self) -> Quantity {
        self.available_amount.saturating_minus(self.used_amount)
    }
}

type Local = DateTime<FixedOffset>;

fn local(time: Timestamp) -> Option<Local> {
    Some(time.instant().with_timezone(&FixedOffset::east_opt(ZONE_SECONDS)?))
}

/// The begin of the calendar's cycle around a time, and that of the next one.
fn calendar_cycle(cycle: ReuseCycle, now: Local) -> Option<(Local, Local)> {
    let day = now.with_time(NaiveTime::MIN).single()?;
    Some(match cycle {
        ReuseCycle::Hour => {
            let begin = now.with_minute(0)?.with_second(0)?;
            (begin, begin.checked_add_signed(TimeDelta::hours(1))?)
        }
        ReuseCycle::Day => (day, day.checked_add_days(Days::new(1))?),
        ReuseCycle::Week => {
            let passed = day.weekday().num_days_from_monday();
            let begin = day.checked_sub_days(Days::new(passed.into()))?;
            (begin, begin.checked_add_days(Days::new(7))?)
        }
        ReuseCycle::Month => {
            let begin = day.with_day(1)?;
            (begin, begin.checked_add_months(Months::new(1))?)
        }
        ReuseCycle::Year => {
            let begin = day.with_day(1)?.with_month(1)?;
            (begin, begin.checked_add_months(Months::new(12))?)
        }
    })
}

/// The same where cycles are counted from `first`: one that began on a 31st begins on the last day
/// of shorter months.
fn subscribed_cycle(cycle: ReuseCycle, first: Local, now: Local) -> Option<(Local, Local)> {
    let months = match cycle {
        ReuseCycle::Month => 1,
        ReuseCycle::Year => 12,
        ReuseCycle::Hour => return counted(first, now, TimeDelta::hours(1)),
        ReuseCycle::Day => return counted(first, now, TimeDelta::days(1)),
        ReuseCycle::Week => return counted(first, now, TimeDelta::weeks(1)),
    };
    let years = u32::try_from(now.year().checked_sub(first.year())?).ok()?;
    let passed = (years * 12 + now.month()).checked_sub(first.month())? / months;
    let begin_of = |count: u32| first.checked_add_months(Months::new(count.checked_mul(months)?));
    // The cycle that begins in this month, unless its day is still to come.
    let count = if begin_of(passed)? <= now { passed } else { passed.checked_sub(1)? };
    Some((begin_of(count)?, begin_of(count + 1)?))
}

fn counted(first: Local, now: Local, length: TimeDelta) -> Option<(Local, Local)> {
    let count = now.signed_duration_since(first).num_seconds() / length.num_seconds();
    let begin = first + length * i32::try_from(count).ok()?;
    Some((begin, begin + length))
}

/// Which packages of a customer are asked for.
#[derive(Clone, Debug, Default)]
pub struct PackageFilter {
    /// Those of one region.
    pub region_code: Option<String>,
    /// That of one order.
    pub order_id: Option<String>,
    /// Those of one product.
    pub product_id: Option<String>,
    /// Those called so.
    pub product_name: Option<String>,
    /// Those in one status now.
    pub status: Option<PackageStatus>,
    /// Those of these services, whatever the case of the letters; an empty list means all.
    pub service_type_codes: Vec<String>,
    /// True when an enterprise project was asked for: packages belong to none.
    pub leaves_nothing: bool,
}

impl PackageFilter {
    /// Whether a package is asked for.
    pub fn passes(&self, package: &Package, now: Timestamp) -> bool {
        let is = |asked: &Option<String>, value: Option<&str>| {
            asked.as_deref().is_none_or(|asked| Some(asked) == value)
        };
        let service = package.service_type_code.as_str();
        let services = &self.service_type_codes;
        !self.leaves_nothing
            && is(&self.region_code, package.region_code.as_ref().map(CatalogueCode::as_str))
            && is(&self.order_id, package.order_id.as_ref().map(OrderId::as_str))
            && is(&self.product_id, Some(package.product_id.as_str()))
            && is(&self.product_name, Some(&package.product_name))
            && self.status.is_none_or(|asked| asked == package.status_at(now))
            && (services.is_empty()
                || services.iter().any(|code| code.eq_ignore_ascii_case(service)))
    }
}

/// Which uses of packages are asked for.
#[derive(Clone, Debug, Default)]
pub struct UseFilter {
    /// Those of one item.
    pub free_resource_id: Option<String>,
    /// Those of one product's packages.
    pub product_id: Option<String>,
    /// Those by resources of one kind.
    pub resource_type_code: Option<String>,
}

impl UseFilter {
    /// Whether a use of a package of this product is asked for.
    pub fn passes(&self, used: &PackageUse, product: &ProductId) -> bool {
        let is = |asked: &Option<String>, value: &str| {
            asked.as_deref().is_none_or(|asked| asked == value)
        };
        is(&self.free_resource_id, used.free_resource_id.as_str())
            && is(&self.product_id, product.as_str())
            && is(&self.resource_type_code, used.resource_type_code.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    fn quantity(text: &str) -> Quantity {
        text.parse().expect(text)
    }

    fn package(cycle: Option<ReuseCycle>, counted: ReuseCycleType) -> Package {
        Package {
            order_instance_id: "p".parse().expect("id"),
            customer_id: "c".parse().expect("id"),
            order_id: None,
            product_id: "product".parse().expect("id"),
            product_name: "40 GB".to_owned(),
            service_type_code: "hws.service.type.obs".parse().expect("code"),
            service_type_name: None,
            region_code: None,
            // 2026-01-31 10:00 in GMT+8.
            effective_time: time("2026-01-31T02:00:00Z"),
            expire_time: time("2027-01-31T15:59:59Z"),
            unsubscribe_time: None,
            bundle_type: None,
            free_resources: vec![PackageItem {
                free_resource_id: "i".parse().expect("id"),
                free_resource_type_name: "storage".to_owned(),
                usage_type_code: "space".parse().expect("code"),
                usage_type_name: "space".to_owned(),
                original_amount: quantity("40"),
                measure_id: 10,
                quota_reuse_cycle: cycle,
                quota_reuse_cycle_type: Some(counted),
                used_amount: Some(quantity("30")),
                used_at: Some(time("2026-02-10T00:00:00Z")),
            }],
        }
    }

    fn window(cycle: ReuseCycle, counted: ReuseCycleType, now: &str) -> (Timestamp, Timestamp) {
        let package = package(Some(cycle), counted);
        let Window { start_time, end_time } = package.window(&package.free_resources[0], time(now));
        (start_time, end_time)
    }

    #[test]
    fn a_cycle_of_the_calendar_begins_at_midnight_in_gmt_plus_8() {
        use ReuseCycle::{Day, Hour, Month, Week, Year};
        // 2026-03-01 00:30 in GMT+8, a Sunday.
        let now = "2026-02-28T16:30:00Z";
        for (cycle, begin, end) in [
            (Hour, "2026-02-28T16:00:00Z", "2026-02-28T16:59:59Z"),
            (Day, "2026-02-28T16:00:00Z", "2026-03-01T15:59:59Z"),
            (Week, "2026-02-22T16:00:00Z", "2026-03-01T15:59:59Z"),
            (Month, "2026-02-28T16:00:00Z", "2026-03-31T15:59:59Z"),
            // The package began later than the year did.
            (Year, "2026-01-31T02:00:00Z", "2026-12-31T15:59:59Z"),
        ] {
            let expected = (time(begin), time(end));
            assert_eq!(window(cycle, ReuseCycleType::Calendar, now), expected, "{cycle:?}");
        }
    }

    #[test]
    fn a_cycle_from_the_subscription_keeps_its_day() {
        use ReuseCycle::{Day, Month, Year};
        for (cycle, now, begin, end) in [
            (Month, "2026-02-27T00:00:00Z", "2026-01-31T02:00:00Z", "2026-02-28T01:59:59Z"),
            (Month, "2026-02-28T02:00:00Z", "2026-02-28T02:00:00Z", "2026-03-31T01:59:59Z"),
            (Month, "2026-04-01T00:00:00Z", "2026-03-31T02:00:00Z", "2026-04-30T01:59:59Z"),
            (Day, "2026-02-10T01:59:59Z", "2026-02-09T02:00:00Z", "2026-02-10T01:59:59Z"),
            (Year, "2026-12-31T00:00:00Z", "2026-01-31T02:00:00Z", "2027-01-31T01:59:59Z"),
        ] {
            let expected = (time(begin), time(end));
            assert_eq!(window(cycle, ReuseCycleType::Subscription, now), expected, "{now}");
        }
    }

    #[test]
    fn what_was_used_comes_back_with_the_next_cycle_or_never() {
        let monthly = package(Some(ReuseCycle::Month), ReuseCycleType::Calendar);
        let left = |package: &Package, now| {
            package.remaining(&package.free_resources[0], time(now)).to_string()
        };
        assert_eq!(left(&monthly, "2026-02-28T15:59:59Z"), "10");
        assert_eq!(left(&monthly, "2026-02-28T16:00:00Z"), "40");
        let once = package(None, ReuseCycleType::Calendar);
        assert_eq!(left(&once, "2026-12-01T00:00:00Z"), "10");
    }

    #[test]
    fn a_packages_status_follows_from_the_time_and_from_what_is_left() {
        let once = package(None, ReuseCycleType::Calendar);
        let mut empty = once.clone();
        empty.free_resources[0].used_amount = Some(quantity("40"));
        let mut monthly = package(Some(ReuseCycle::Month), ReuseCycleType::Calendar);
        monthly.free_resources[0].used_amount = Some(quantity("40"));
        let unsubscribe_time = Some(time("2026-03-01T00:00:00Z"));
        let returned = Package { unsubscribe_time, ..once.clone() };
        for (package, now, status) in [
            (&once, "2026-01-31T01:59:59Z", PackageStatus::NotEffective),
            (&once, "2026-01-31T02:00:00Z", PackageStatus::Effective),
            (&once, "2027-01-31T15:59:59Z", PackageStatus::Effective),
            (&once, "2027-01-31T16:00:00Z", PackageStatus::Expired),
            (&empty, "2026-02-11T00:00:00Z", PackageStatus::UsedUp),
            (&monthly, "2026-02-11T00:00:00Z", PackageStatus::Effective),
            (&returned, "2026-02-28T23:59:59Z", PackageStatus::Effective),
            (&returned, "2026-03-01T00:00:00Z", PackageStatus::Unsubscribed),
        ] {
            assert_eq!(package.status_at(time(now)), status, "{now}");
        }
    }
}
