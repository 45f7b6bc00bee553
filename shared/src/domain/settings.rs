//! What the operator decides for a tenant: how orders come to be provided, and how long what has
//! expired is kept.

use crate::domain::error::Reason;
use crate::domain::refund::{FREE_DAYS, FREE_USES_PER_YEAR, FeePercents, GivenBack};
use crate::value::id::TypeCode;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Longest grace or retention period, in days.
const DAYS_MAX: u32 = 3_650;

/// Most services that are given back by the order.
const SERVICES_MAX: usize = 100;

/// The settings of a tenant. What is absent has its published default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether a paid order is provided in the same transaction, as a sandbox has it.
    #[n(0)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provision_at_once: Option<bool>,
    /// Whether an order waits for approval before it can be paid.
    #[n(1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<bool>,
    /// Days of the grace period, which follows the expiry.
    #[n(2)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_days: Option<u32>,
    /// Days of the retention period, which follows the grace period.
    #[n(3)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// What an unsubscription costs.
    #[n(4)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee_percents: Option<FeePercents>,
    /// Days in which a resource can be given back without a reason.
    #[n(5)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_unsubscription_days: Option<u32>,
    /// How often a customer can do so in a calendar year.
    #[n(6)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_unsubscriptions_per_year: Option<u32>,
    /// Services whose resources are given back by the order, and not one by one.
    #[n(7)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services_given_back_by_order: Option<Vec<TypeCode>>,
    /// Whether the webhook receiver is told of orders and resources.
    #[n(8)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<bool>,
}

impl Settings {
    /// Days of grace and of retention where the operator has set none.
    pub const PERIOD_DAYS: u32 = 15;

    /// Checks that the figures are in their ranges.
    ///
    /// # Errors
    /// [`Reason::Field`].
    pub fn check(self) -> Result<Self, Reason> {
        for (name, days) in [
            ("grace_days", self.grace_days),
            ("retention_days", self.retention_days),
            ("free_unsubscription_days", self.free_unsubscription_days),
            ("free_unsubscriptions_per_year", self.free_unsubscriptions_per_year),
        ] {
            if days.is_some_and(|days| days > DAYS_MAX) {
                return Err(Reason::field(name, format!("must be at most {DAYS_MAX}")));
            }
        }
        if let Some(percents) = &self.fee_percents {
            percents.check()?;
        }
        let services = self.services_given_back_by_order.as_ref().map_or(0, Vec::len);
        if services > SERVICES_MAX {
            let fault = format!("must have at most {SERVICES_MAX} items");
            return Err(Reason::field("services_given_back_by_order", fault));
        }
        Ok(self)
    }

    /// Whether a paid order is provided at once.
    pub fn provisions_at_once(&self) -> bool {
        self.provision_at_once.unwrap_or(false)
    }

    /// Whether an order waits for approval.
    pub fn needs_approval(&self) -> bool {
        self.approval.unwrap_or(false)
    }

    /// Whether the webhook receiver is told of orders and resources.
    pub fn tells_events(&self) -> bool {
        self.events.unwrap_or(false)
    }

    /// Days of the grace period.
    pub fn grace_days(&self) -> u32 {
        self.grace_days.unwrap_or(Self::PERIOD_DAYS)
    }

    /// Days of the retention period.
    pub fn retention_days(&self) -> u32 {
        self.retention_days.unwrap_or(Self::PERIOD_DAYS)
    }

    /// What an unsubscription costs.
    pub fn fee_percents(&self) -> FeePercents {
        self.fee_percents.clone().unwrap_or_default()
    }

    /// Days in which a resource can be given back without a reason.
    pub fn free_days(&self) -> u32 {
        self.free_unsubscription_days.unwrap_or(FREE_DAYS)
    }

    /// How often a customer can do so in a calendar year.
    pub fn free_uses_per_year(&self) -> u32 {
        self.free_unsubscriptions_per_year.unwrap_or(FREE_USES_PER_YEAR)
    }

    /// How a service's resources are given back.
    pub fn given_back(&self, service: &TypeCode) -> GivenBack {
        let by_order = self.services_given_back_by_order.iter().flatten().any(|it| it == service);
        if by_order { GivenBack::ByOrder } else { GivenBack::ByResource }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_has_its_published_default() {
        let settings: Settings = serde_json::from_str("{}").expect("settings");
        assert!(!settings.provisions_at_once() && !settings.needs_approval());
        assert_eq!((settings.grace_days(), settings.retention_days()), (15, 15));
        assert_eq!((settings.free_days(), settings.free_uses_per_year()), (5, 10));
        assert_eq!(settings.fee_percents(), FeePercents::default());
        assert_eq!(serde_json::to_string(&settings).expect("json"), "{}");
        let bytes = minicbor::to_vec(&settings).expect("encodes");
        assert_eq!(minicbor::decode::<Settings>(&bytes).expect("decodes"), settings);
    }

    #[test]
    fn figures_out_of_range_are_refused_by_name() {
        for (json, field) in [
            (r#"{"grace_days": 3651}"#, "grace_days"),
            (r#"{"retention_days": 3651}"#, "retention_days"),
            (
                r#"{"fee_percents": {"three_years": [], "two_years": [1], "shorter": [1]}}"#,
                "fee_percents",
            ),
        ] {
            let settings: Settings = serde_json::from_str(json).expect(json);
            match settings.check() {
                Err(Reason::Field { name, .. }) => assert_eq!(name, field),
                other => panic!("{json}: {other:?}"),
            }
        }
        assert!(serde_json::from_str::<Settings>(r#"{"grace": 1}"#).is_err());
    }
}
