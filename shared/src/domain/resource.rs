//! Resources: what an order provides, and what becomes of it as time goes by.
//!
//! # A yearly/monthly resource
//!
//! | status | meaning | until |
//! | --- | --- | --- |
//! | 2 | in use | the last second of its last term |
//! | 5 | expired, in the grace period | so many days after |
//! | 4 | frozen, in the retention period | so many days after that |
//! | 3 | closed | for ever |
//!
//! Status is computed from the time when it is read; [`Resource::next_change`] says when the tick
//! has something to do. What happens at the end of the last term is its [`ExpirePolicy`]: only 3
//! renews by itself, and where that fails the resource goes on as with policy 0.
//!
//! # Main and attached
//!
//! An attached resource has a main one and the same terms: renewing, unsubscribing and switching
//! the main one takes it along.
//!
//! # Money
//!
//! Each term keeps the parts that paid for it: they lie in the clearing account of the partner
//! until the term is over, unsubscribed or switched. A term that has ended is settled when the
//! resource is next renewed or closed.

pub mod list;

use crate::domain::error::Reason;
use crate::domain::payment::PaidPart;
use crate::domain::settings::Settings;
use crate::domain::term::{self, Expiry, Term};
use crate::value::code::codes;
use crate::value::id::{CustomerId, OrderId, PartnerId, ResourceId, TypeCode};
use crate::value::money::{Money, Quantity};
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};

codes! {
    /// Status of a yearly/monthly resource.
    ResourceStatus: integer {
        /// Within a term.
        InUse = 2,
        /// Released, unsubscribed or switched.
        Closed = 3,
        /// In the retention period.
        Frozen = 4,
        /// In the grace period.
        Expired = 5,
    }
}

codes! {
    /// What happens when the last term ends.
    ExpirePolicy: integer {
        /// Grace period, retention period, release.
        GracePeriod = 0,
        /// It goes on as pay-per-use.
        ToOnDemand = 1,
        /// It is released at once.
        Release = 2,
        /// It is renewed before. The only one that says so.
        AutoRenew = 3,
        /// It is frozen at once, then released after the retention period.
        Freeze = 4,
        /// It is released after the retention period.
        ReleaseAfterRetention = 5,
    }
}

codes! {
    /// Status of a pay-per-use resource.
    OnDemandStatus: integer {
        /// In use.
        Normal = 1,
        /// In the grace period of arrears.
        Grace = 2,
        /// Being frozen, or frozen.
        Freezing = 3,
        /// Being changed.
        Changing = 4,
        /// Being closed.
        Closing = 5,
        /// Closed.
        Closed = 6,
    }
}

/// How many days before its last term ends a resource is told of.
const WARNING_DAYS: u32 = 7;

/// What is sold: what a price is looked up by, and the product that it was found for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Product {
    /// The cloud service.
    #[n(0)]
    pub service_type_code: TypeCode,
    /// The kind of resource.
    #[n(1)]
    pub resource_type_code: TypeCode,
    /// The specification.
    #[n(2)]
    pub resource_spec_code: String,
    /// The region.
    #[n(3)]
    pub region_code: String,
    /// The availability zone.
    #[n(4)]
    pub zone_code: Option<String>,
    /// The product.
    #[n(5)]
    pub product_id: String,
    /// Size, for what is sold by it.
    #[n(6)]
    pub resource_size: Option<Quantity>,
    /// Unit of the size.
    #[n(7)]
    pub size_measure_id: Option<u32>,
    /// Name of the service when it was sold.
    #[n(8)]
    pub service_type_name: Option<String>,
    /// Name of the kind of resource.
    #[n(9)]
    pub resource_type_name: Option<String>,
    /// Description of the product.
    #[n(10)]
    pub product_spec_desc: Option<String>,
    /// The project it is for.
    #[n(11)]
    pub project_id: Option<String>,
}

/// A term that was paid, with what paid it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PaidTerm {
    /// The order that bought it.
    #[n(0)]
    pub order_id: OrderId,
    /// The partner in whose clearing account the money lies.
    #[n(1)]
    pub partner_id: PartnerId,
    /// How long it is.
    #[n(2)]
    pub term: Term,
    /// When it begins.
    #[n(3)]
    pub begin: Timestamp,
    /// Its last second.
    #[n(4)]
    pub expire_time: Timestamp,
    /// What this resource's share was paid with.
    #[n(5)]
    pub parts: Vec<PaidPart>,
}

/// How a resource renews itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AutoRenewal {
    /// How often it still does. Absent: always.
    #[n(0)]
    pub times_left: Option<u32>,
    /// For how long.
    #[n(1)]
    pub term: Term,
    /// When the deduction was last tried and failed.
    #[n(2)]
    pub tried_at: Option<Timestamp>,
}

/// An order that is about this resource and not finished.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PendingOrder {
    /// The order.
    #[n(0)]
    pub order_id: OrderId,
    /// Until when it can be paid. Absent once it is paid.
    #[n(1)]
    pub until: Option<Timestamp>,
}

/// A yearly/monthly resource.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Resource {
    /// Identity at its service.
    #[n(0)]
    pub resource_id: ResourceId,
    /// Identity here.
    #[n(1)]
    pub instance_id: String,
    /// Whose it is.
    #[n(2)]
    pub customer_id: CustomerId,
    /// The order that provided it.
    #[n(3)]
    pub order_id: OrderId,
    /// What it is called.
    #[n(4)]
    pub resource_name: Option<String>,
    /// What it is.
    #[n(5)]
    pub product: Product,
    /// The main resource of an attached one.
    #[n(6)]
    pub main_resource_id: Option<ResourceId>,
    /// The attached resources of a main one.
    #[n(7)]
    pub attached: Vec<ResourceId>,
    /// When it was provisioned.
    #[n(8)]
    pub effective_time: Timestamp,
    /// The last second of its last term.
    #[n(9)]
    pub expire_time: Timestamp,
    /// The day of the month on which it was bought.
    #[n(10)]
    pub anchor_day: u32,
    /// What happens then.
    #[n(11)]
    pub expire_policy: ExpirePolicy,
    /// How it renews itself. Kept while it is switched off: the times are those left.
    #[n(12)]
    pub auto_renewal: Option<AutoRenewal>,
    /// How long it was last bought for.
    #[n(13)]
    pub last_term: Term,
    /// Its terms that are not settled, in their order.
    #[n(14)]
    pub terms: Vec<PaidTerm>,
    /// The order that is about it and not finished.
    #[n(15)]
    pub pending_order: Option<PendingOrder>,
    /// When it was closed.
    #[n(16)]
    pub closed_at: Option<Timestamp>,
    /// When it last changed.
    #[n(17)]
    pub update_time: Timestamp,
    /// The last of its statuses that was made durable after its last term had ended.
    #[n(18)]
    pub told: Option<ResourceStatus>,
    /// When something has to be done with it next: where the books list it.
    #[n(19)]
    pub due: Option<Timestamp>,
    /// The end of a term that was told of before it came.
    #[n(20)]
    pub warned_of: Option<Timestamp>,
}

/// What the tick has to do with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Its last term ends soon: tell so.
    Warn,
    /// It renews itself: deduct.
    Renew,
    /// Its last term has ended: tell so, or switch it to pay-per-use.
    Expire,
    /// Its grace period has ended.
    Freeze,
    /// Its retention period has ended.
    Release,
}

impl Resource {
    /// True for one that is not attached to another.
    pub fn is_main(&self) -> bool {
        self.main_resource_id.is_none()
    }

    /// When its last term ends, with its anchor.
    pub fn expiry(&self) -> Expiry {
        Expiry { expire_time: self.expire_time, anchor_day: self.anchor_day }
    }

    /// The last second of its grace period.
    fn grace_end(&self, settings: &Settings) -> Timestamp {
        match self.expire_policy {
            ExpirePolicy::Freeze => self.expire_time,
            _ => term::plus_days(self.expire_time, settings.grace_days()),
        }
    }

    /// The last second of its retention period.
    pub fn retention_end(&self, settings: &Settings) -> Timestamp {
        term::plus_days(self.grace_end(settings), settings.retention_days())
    }

    /// Its status at a moment.
    pub fn status_at(&self, now: Timestamp, settings: &Settings) -> ResourceStatus {
        if self.closed_at.is_some_and(|closed| closed <= now) {
            return ResourceStatus::Closed;
        }
        if now <= self.expire_time {
            return ResourceStatus::InUse;
        }
        match self.expire_policy {
            ExpirePolicy::ToOnDemand | ExpirePolicy::Release => ResourceStatus::Closed,
            ExpirePolicy::GracePeriod
            | ExpirePolicy::AutoRenew
            | ExpirePolicy::Freeze
            | ExpirePolicy::ReleaseAfterRetention => {
                if now <= self.grace_end(settings) {
                    ResourceStatus::Expired
                } else if now <= self.retention_end(settings) {
                    ResourceStatus::Frozen
                } else {
                    ResourceStatus::Closed
                }
            }
        }
    }

    /// What the tick has to do next, and when. Only a main resource has anything of its own.
    pub fn next_change(
        &self,
        deduction_days: u32,
        settings: &Settings,
    ) -> Option<(Timestamp, Change)> {
        if self.closed_at.is_some() || !self.is_main() {
            return None;
        }
        let release = (self.retention_end(settings).next(), Change::Release);
        let by_time = match (self.expire_policy, self.told) {
            (ExpirePolicy::ToOnDemand, _) => (self.expire_time.next(), Change::Expire),
            (ExpirePolicy::Release, _) => (self.expire_time.next(), Change::Release),
            (_, None) => (self.expire_time.next(), Change::Expire),
            (_, Some(ResourceStatus::Expired)) => (self.grace_end(settings).next(), Change::Freeze),
            (_, Some(_)) => release,
        };
        let renewal = self.next_deduction(deduction_days, settings);
        let renewal = renewal.map(|at| (at, Change::Renew));
        let warning = self.next_warning(settings).map(|at| (at, Change::Warn));
        Some(warning.into_iter().chain(renewal).chain([by_time]).min().unwrap_or(by_time))
    }

    /// When it is told that its last term ends soon, unless it was.
    fn next_warning(&self, settings: &Settings) -> Option<Timestamp> {
        let is_told = self.told.is_some() || self.warned_of == Some(self.expire_time);
        let at = term::deduction(self.expire_time, WARNING_DAYS);
        (settings.tells_events() && !is_told).then_some(at)
    }

    /// When a renewal is deducted next, if it renews itself.
    fn next_deduction(&self, deduction_days: u32, settings: &Settings) -> Option<Timestamp> {
        let renewal = self.auto_renewal.filter(|_| self.renews_itself())?;
        let first = term::deduction(self.expire_time, deduction_days);
        let at = renewal.tried_at.map_or(first, |tried| term::next_deduction(tried).max(first));
        (at <= self.retention_end(settings)).then_some(at)
    }

    /// Whether it renews itself and has times left for that.
    pub fn renews_itself(&self) -> bool {
        self.expire_policy == ExpirePolicy::AutoRenew
            && self.auto_renewal.is_some_and(|renewal| renewal.times_left != Some(0))
    }

    /// Checks that no order is open that is about this resource.
    ///
    /// # Errors
    /// [`Reason::ResourceInUnpaidOrder`], as long as that can be paid, and
    /// [`Reason::ResourceInRunningOrder`].
    pub fn check_no_pending_order(&self, now: Timestamp) -> Result<(), Reason> {
        match &self.pending_order {
            None => Ok(()),
            Some(PendingOrder { until: Some(until), .. }) if *until <= now => Ok(()),
            Some(PendingOrder { until: Some(_), .. }) => Err(Reason::ResourceInUnpaidOrder),
            Some(PendingOrder { until: None, .. }) => Err(Reason::ResourceInRunningOrder),
        }
    }

    /// What was paid for its open terms.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn unsettled(&self) -> Result<Money, Reason> {
        let parts = self.terms.iter().flat_map(|term| &term.parts);
        crate::domain::payment::sum(parts.map(|part| part.amount))
    }
}

/// A pay-per-use resource.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OnDemandResource {
    /// Identity at its service.
    #[n(0)]
    pub resource_id: ResourceId,
    /// Whose it is.
    #[n(1)]
    pub customer_id: CustomerId,
    /// What it is called.
    #[n(2)]
    pub resource_name: Option<String>,
    /// What it is.
    #[n(3)]
    pub product: Product,
    /// From when on it is used.
    #[n(4)]
    pub effective_time: Timestamp,
    /// Until when it was used.
    #[n(5)]
    pub expire_time: Option<Timestamp>,
    /// Its status.
    #[n(6)]
    pub status: OnDemandStatus,
    /// When it last changed.
    #[n(7)]
    pub update_time: Timestamp,
}

impl OnDemandResource {
    /// Its next state. Closing it ends its use for good.
    ///
    /// # Errors
    /// [`Reason::Contradiction`] for one that is closed.
    pub fn with_status(self, status: OnDemandStatus, now: Timestamp) -> Result<Self, Reason> {
        if self.status == OnDemandStatus::Closed {
            return Err(Reason::Contradiction("the resource is closed"));
        }
        let expire_time = (status == OnDemandStatus::Closed).then_some(now);
        Ok(Self { status, expire_time, update_time: now, ..self })
    }
}

codes! {
    /// A setting of all renewals of a customer.
    RenewalSetting: text {
        /// How many days before the end of a term its renewal is deducted.
        DeductionDate = "DEDUCTION_DATE",
        /// The day of the month on which renewed terms end.
        ExpireDate = "EXPIRE_DATE",
    }
}

/// How a customer's renewals are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct RenewalConfig {
    /// How many days before the end of a term its renewal is deducted.
    #[n(0)]
    pub deduction_days: Option<u32>,
    /// The day of the month on which renewed terms end, -1 for the last one.
    #[n(1)]
    pub expire_day: Option<i32>,
}

impl RenewalConfig {
    /// Days before the end where the customer has set none.
    pub const DEDUCTION_DAYS: u32 = 7;

    /// How many days before the end of a term its renewal is deducted.
    pub fn deduction_days(self) -> u32 {
        self.deduction_days.unwrap_or(Self::DEDUCTION_DAYS)
    }

    /// The configuration with a setting changed.
    ///
    /// # Errors
    /// [`Reason::Field`] of a value that the setting cannot have.
    pub fn with(self, setting: RenewalSetting, value: &str) -> Result<Self, Reason> {
        let fault = |fault: &'static str| Reason::field("config_value", fault);
        match setting {
            RenewalSetting::DeductionDate => {
                let days = value.parse::<u32>().ok().filter(|days| (2..=7).contains(days));
                let days = days.ok_or_else(|| fault("must be 2 to 7 for DEDUCTION_DATE"))?;
                Ok(Self { deduction_days: Some(days), ..self })
            }
            RenewalSetting::ExpireDate => {
                let is_day = |day: &i32| *day == -1 || (1..=28).contains(day);
                let day = value.parse::<i32>().ok().filter(is_day);
                let day = day.ok_or_else(|| fault("must be 1 to 28 or -1 for EXPIRE_DATE"))?;
                Ok(Self { expire_day: Some(day), ..self })
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    /// A server, bought for a month on 2026-01-01 at noon in GMT+8.
    pub(crate) fn resource() -> Resource {
        let begin = time("2026-01-01T04:00:00Z");
        let expiry = Term::months(1).first(begin);
        Resource {
            resource_id: "r".parse().expect("id"),
            instance_id: "i".to_owned(),
            customer_id: "c".parse().expect("id"),
            order_id: "CS1".parse().expect("id"),
            resource_name: None,
            product: Product {
                service_type_code: "hws.service.type.ec2".parse().expect("code"),
                resource_type_code: "hws.resource.type.vm".parse().expect("code"),
                resource_spec_code: "s6.small.1.linux".to_owned(),
                region_code: "cn-east-2".to_owned(),
                zone_code: None,
                product_id: "P1".to_owned(),
                resource_size: None,
                size_measure_id: None,
                service_type_name: None,
                resource_type_name: None,
                product_spec_desc: None,
                project_id: None,
            },
            main_resource_id: None,
            attached: Vec::new(),
            effective_time: begin,
            expire_time: expiry.expire_time,
            anchor_day: expiry.anchor_day,
            expire_policy: ExpirePolicy::GracePeriod,
            auto_renewal: None,
            last_term: Term::months(1),
            terms: Vec::new(),
            pending_order: None,
            closed_at: None,
            update_time: begin,
            told: None,
            due: None,
            warned_of: None,
        }
    }

    #[test]
    fn the_status_follows_the_time() {
        use ExpirePolicy as Policy;
        use ResourceStatus::{Closed, Expired, Frozen, InUse};
        let settings = Settings::default();
        // The term ends on 2026-02-01 at 15:59:59Z, grace 15 days later, retention 15 more.
        for (policy, now, status) in [
            (Policy::GracePeriod, "2026-02-01T15:59:59Z", InUse),
            (Policy::GracePeriod, "2026-02-01T16:00:00Z", Expired),
            (Policy::GracePeriod, "2026-02-16T15:59:59Z", Expired),
            (Policy::GracePeriod, "2026-02-16T16:00:00Z", Frozen),
            (Policy::GracePeriod, "2026-03-03T15:59:59Z", Frozen),
            (Policy::GracePeriod, "2026-03-03T16:00:00Z", Closed),
            (Policy::AutoRenew, "2026-02-01T16:00:00Z", Expired),
            (Policy::ReleaseAfterRetention, "2026-02-16T16:00:00Z", Frozen),
            (Policy::Freeze, "2026-02-01T16:00:00Z", Frozen),
            (Policy::Freeze, "2026-02-16T16:00:00Z", Closed),
            (Policy::Release, "2026-02-01T16:00:00Z", Closed),
            (Policy::ToOnDemand, "2026-02-01T15:59:59Z", InUse),
            (Policy::ToOnDemand, "2026-02-01T16:00:00Z", Closed),
        ] {
            let resource = Resource { expire_policy: policy, ..resource() };
            assert_eq!(resource.status_at(time(now), &settings), status, "{policy:?} {now}");
        }
        let closed = Resource { closed_at: Some(time("2026-01-10T00:00:00Z")), ..resource() };
        assert_eq!(closed.status_at(time("2026-01-10T00:00:00Z"), &settings), Closed);
        let none = Settings { grace_days: Some(0), retention_days: Some(0), ..settings };
        assert_eq!(resource().status_at(time("2026-02-01T16:00:00Z"), &none), Closed);
    }

    #[test]
    fn the_tick_knows_what_comes_next() {
        let settings = Settings::default();
        let next = |resource: &Resource| {
            let next = resource.next_change(7, &settings);
            next.map(|(at, change)| (at.to_string(), change))
        };
        let at = |text: &str, change| Some((text.to_owned(), change));
        let plain = resource();
        assert_eq!(next(&plain), at("2026-02-01T16:00:00Z", Change::Expire));
        let told = |status| Resource { told: Some(status), ..resource() };
        let expired = told(ResourceStatus::Expired);
        assert_eq!(next(&expired), at("2026-02-16T16:00:00Z", Change::Freeze));
        let frozen = told(ResourceStatus::Frozen);
        assert_eq!(next(&frozen), at("2026-03-03T16:00:00Z", Change::Release));
        let release = Resource { expire_policy: ExpirePolicy::Release, ..resource() };
        assert_eq!(next(&release), at("2026-02-01T16:00:00Z", Change::Release));
        let attached = Resource { main_resource_id: Some("m".parse().expect("id")), ..resource() };
        assert_eq!(next(&attached), None);
        let closed = Resource { closed_at: Some(plain.expire_time), ..resource() };
        assert_eq!(next(&closed), None);
    }

    #[test]
    fn a_renewal_is_tried_each_morning_until_retention_ends() {
        let settings = Settings::default();
        let renewing = |times_left, tried_at: Option<&str>| Resource {
            expire_policy: ExpirePolicy::AutoRenew,
            auto_renewal: Some(AutoRenewal {
                times_left,
                term: Term::months(1),
                tried_at: tried_at.map(time),
            }),
            ..resource()
        };
        let next = |resource: &Resource| resource.next_change(7, &settings).expect("a change");
        // 03:00 in GMT+8, seven days before 02-01.
        let first = (time("2026-01-24T19:00:00Z"), Change::Renew);
        assert_eq!(next(&renewing(None, None)), first);
        assert_eq!(next(&renewing(Some(1), None)), first);
        let again = next(&renewing(None, Some("2026-01-24T19:00:00Z")));
        assert_eq!(again, (time("2026-01-25T19:00:00Z"), Change::Renew));
        let spent = next(&renewing(Some(0), None));
        assert_eq!(spent, (time("2026-02-01T16:00:00Z"), Change::Expire));
        let late = Resource {
            told: Some(ResourceStatus::Frozen),
            ..renewing(None, Some("2026-03-03T00:00:00Z"))
        };
        assert_eq!(next(&late), (time("2026-03-03T16:00:00Z"), Change::Release));
        let off = Resource { expire_policy: ExpirePolicy::GracePeriod, ..renewing(None, None) };
        assert!(!off.renews_itself());
    }

    #[test]
    fn an_overdue_order_blocks_nothing() {
        let now = time("2026-01-10T00:00:00Z");
        let pending = |until: Option<&str>| Resource {
            pending_order: Some(PendingOrder {
                order_id: "CS2".parse().expect("id"),
                until: until.map(time),
            }),
            ..resource()
        };
        assert_eq!(resource().check_no_pending_order(now), Ok(()));
        for (until, answer) in [
            (Some("2026-01-10T00:00:00Z"), Ok(())),
            (Some("2026-01-10T00:00:01Z"), Err(Reason::ResourceInUnpaidOrder)),
            (None, Err(Reason::ResourceInRunningOrder)),
        ] {
            assert_eq!(pending(until).check_no_pending_order(now), answer, "{until:?}");
        }
    }

    #[test]
    fn a_customer_sets_days_in_their_ranges() {
        let config = RenewalConfig::default();
        assert_eq!(config.deduction_days(), 7);
        let set = |setting, value| config.with(setting, value);
        let days = set(RenewalSetting::DeductionDate, "2").expect("days");
        assert_eq!(days.deduction_days(), 2);
        let day = days.with(RenewalSetting::ExpireDate, "-1").expect("a day");
        assert_eq!((day.deduction_days, day.expire_day), (Some(2), Some(-1)));
        for (setting, value) in [
            (RenewalSetting::DeductionDate, "1"),
            (RenewalSetting::DeductionDate, "8"),
            (RenewalSetting::ExpireDate, "0"),
            (RenewalSetting::ExpireDate, "29"),
            (RenewalSetting::ExpireDate, "x"),
        ] {
            let refused = set(setting, value);
            assert!(matches!(refused, Err(Reason::Field { name: "config_value", .. })), "{value}");
        }
    }
}
