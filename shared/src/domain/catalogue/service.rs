//! Services, their types of resources, what usage of these is measured, and the policies by which
//! partners may give discounts on them.

use super::Name;
use crate::value::code::codes;
use crate::value::id::{CatalogueCode, TypeCode};
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};
use serde::Deserialize;

/// A cloud service.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceType {
    /// Its code.
    #[n(0)]
    pub service_type_code: TypeCode,
    /// Its name in Chinese.
    #[n(1)]
    pub name_zh: Name,
    /// Its name in English.
    #[n(2)]
    pub name_en: Name,
    /// Its short form.
    #[n(3)]
    pub abbreviation: Name,
}

/// A type of resources that a service has.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceType {
    /// Its code.
    #[n(0)]
    pub resource_type_code: TypeCode,
    /// The service.
    #[n(1)]
    pub service_type_code: TypeCode,
    /// Its name in Chinese.
    #[n(2)]
    pub name_zh: Name,
    /// Its name in English.
    #[n(3)]
    pub name_en: Name,
    /// What it is, in Chinese.
    #[n(4)]
    pub description_zh: Option<Name>,
    /// What it is, in English.
    #[n(5)]
    pub description_en: Option<Name>,
}

/// A kind of usage of a type of resources: what a pay-per-use price is for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageType {
    /// The type of resources.
    #[n(0)]
    pub resource_type_code: TypeCode,
    /// Its code.
    #[n(1)]
    pub usage_type_code: CatalogueCode,
    /// Its name in Chinese.
    #[n(2)]
    pub name_zh: Name,
    /// Its name in English.
    #[n(3)]
    pub name_en: Name,
}

codes! {
    /// How sales of a service count for a partner.
    IncentiveKind: text {
        /// An ordinary product.
        Ordinary = "0",
        /// A specific product.
        Specific = "1",
        /// Neither performance nor rebate.
        None = "2",
        /// Performance without rebate.
        PerformanceOnly = "13",
    }
}

codes! {
    /// Whether partners may give discounts on a service.
    AllowDiscount: text {
        /// They may.
        Yes = "YES",
        /// They may not.
        No = "NO",
    }
}

/// A policy for a service. Of those that are valid at a moment, the newest counts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncentivePolicy {
    /// The service.
    #[n(0)]
    pub service_type_code: TypeCode,
    /// How sales of it count.
    #[n(1)]
    pub incentive_policy: IncentiveKind,
    /// Whether partners may give discounts on it.
    #[n(2)]
    pub allow_discount: AllowDiscount,
    /// From when on.
    #[n(3)]
    pub effective_time: Timestamp,
    /// From when on no longer.
    #[n(4)]
    pub expire_time: Option<Timestamp>,
}

/// Policies of services, of any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncentivePolicies(Vec<IncentivePolicy>);

impl IncentivePolicies {
    /// These policies.
    pub fn new(policies: Vec<IncentivePolicy>) -> Self {
        Self(policies)
    }

    /// The policy of a service at a moment.
    pub fn of(&self, service: &TypeCode, at: Timestamp) -> Option<&IncentivePolicy> {
        let of_service = self.0.iter().filter(|policy| policy.service_type_code == *service);
        let valid = of_service.filter(|policy| {
            policy.effective_time <= at && policy.expire_time.is_none_or(|end| at < end)
        });
        valid.max_by_key(|policy| policy.effective_time)
    }

    /// Whether a partner may give a discount on a service at a moment: only where a policy says so.
    pub fn allow_discount(&self, service: &TypeCode, at: Timestamp) -> bool {
        self.of(service, at).is_some_and(|policy| policy.allow_discount == AllowDiscount::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_policy_that_is_valid_counts() {
        let policy = |effective: &str, expire: Option<&str>, allow_discount| IncentivePolicy {
            service_type_code: "ec2".parse().expect("a code"),
            incentive_policy: IncentiveKind::Ordinary,
            allow_discount,
            effective_time: effective.parse().expect("a time"),
            expire_time: expire.map(|time| time.parse().expect("a time")),
        };
        let policies = IncentivePolicies::new(vec![
            policy("2026-02-01T00:00:00Z", Some("2026-03-01T00:00:00Z"), AllowDiscount::Yes),
            policy("2026-01-01T00:00:00Z", None, AllowDiscount::No),
        ]);
        let allowed = |service: &str, at: &str| {
            let service = service.parse().expect("a code");
            policies.allow_discount(&service, at.parse().expect("a time"))
        };
        assert!(!allowed("ec2", "2025-12-31T23:59:59Z"));
        assert!(!allowed("ec2", "2026-01-31T23:59:59Z"));
        assert!(allowed("ec2", "2026-02-01T00:00:00Z"));
        assert!(allowed("ec2", "2026-02-28T23:59:59Z"));
        assert!(!allowed("ec2", "2026-03-01T00:00:00Z"), "the older one counts again");
        assert!(!allowed("ebs", "2026-02-01T00:00:00Z"));
    }
}
