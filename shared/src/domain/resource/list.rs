//! Which resources of a list are asked for.

use super::{OnDemandResource, OnDemandStatus, Resource, ResourceStatus};
use crate::domain::settings::Settings;
use crate::value::time::{Period, Timestamp};

/// Whether attached resources are asked for as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhichResources {
    /// Main and attached ones.
    #[default]
    All,
    /// Main ones alone.
    Main,
}

/// Which yearly/monthly resources of a customer are asked for.
#[derive(Clone, Debug)]
pub struct ResourceFilter {
    /// These; an empty list means all.
    pub resource_ids: Vec<String>,
    /// Those that this order is about.
    pub order_id: Option<String>,
    /// Main ones, or all.
    pub which: WhichResources,
    /// Those in one of these statuses now; an empty list means all.
    pub statuses: Vec<ResourceStatus>,
    /// Those whose last term ends then.
    pub expires: Period,
    /// Those of this service.
    pub service_type_code: Option<String>,
}

impl Default for ResourceFilter {
    /// All resources.
    fn default() -> Self {
        Self {
            resource_ids: Vec::new(),
            order_id: None,
            which: WhichResources::All,
            statuses: Vec::new(),
            expires: Period::ALL,
            service_type_code: None,
        }
    }
}

impl ResourceFilter {
    /// Whether resources must be looked at to know which are meant.
    pub fn needs_contents(&self) -> bool {
        self.which == WhichResources::Main
            || !self.statuses.is_empty()
            || self.expires != Period::ALL
            || self.service_type_code.is_some()
    }

    /// Whether a resource is asked for.
    pub fn passes(&self, resource: &Resource, now: Timestamp, settings: &Settings) -> bool {
        let status = resource.status_at(now, settings);
        let service = resource.product.service_type_code.as_str();
        let id = resource.resource_id.as_str();
        (self.resource_ids.is_empty() || self.resource_ids.iter().any(|asked| asked == id))
            && (self.which == WhichResources::All || resource.is_main())
            && (self.statuses.is_empty() || self.statuses.contains(&status))
            && self.expires.contains(resource.expire_time)
            && self.service_type_code.as_ref().is_none_or(|asked| asked == service)
    }
}

/// Which pay-per-use resources of a customer are asked for.
#[derive(Clone, Debug)]
pub struct OnDemandFilter {
    /// These; an empty list means all.
    pub resource_ids: Vec<String>,
    /// Those in this region.
    pub region_code: Option<String>,
    /// Those of this service.
    pub service_type_code: Option<String>,
    /// Those used from then.
    pub effective: Period,
    /// Those in this status.
    pub status: Option<OnDemandStatus>,
}

impl OnDemandFilter {
    /// Whether resources must be looked at to know which are meant.
    pub fn needs_contents(&self) -> bool {
        !self.resource_ids.is_empty()
            || self.region_code.is_some()
            || self.service_type_code.is_some()
            || self.effective != Period::ALL
            || self.status.is_some()
    }

    /// Whether a resource is asked for.
    pub fn passes(&self, resource: &OnDemandResource) -> bool {
        let product = &resource.product;
        let service = product.service_type_code.as_str();
        let id = resource.resource_id.as_str();
        (self.resource_ids.is_empty() || self.resource_ids.iter().any(|asked| asked == id))
            && self.region_code.as_ref().is_none_or(|asked| *asked == product.region_code)
            && self.service_type_code.as_ref().is_none_or(|asked| asked == service)
            && self.effective.contains(resource.effective_time)
            && self.status.is_none_or(|status| resource.status == status)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::resource;
    use super::*;

    #[test]
    fn a_resource_passes_what_it_is() {
        let now = "2026-02-10T00:00:00Z".parse().expect("a time");
        let settings = Settings::default();
        let all = ResourceFilter::default;
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let service = |code: &str| Some(code.to_owned());
        let attached = Resource { main_resource_id: Some("m".parse().expect("id")), ..resource() };
        for (filter, passes) in [
            (all(), true),
            (ResourceFilter { resource_ids: ids(&["x", "r"]), ..all() }, true),
            (ResourceFilter { resource_ids: ids(&["x"]), ..all() }, false),
            (ResourceFilter { which: WhichResources::Main, ..all() }, true),
            (ResourceFilter { statuses: vec![ResourceStatus::Expired], ..all() }, true),
            (ResourceFilter { statuses: vec![ResourceStatus::InUse], ..all() }, false),
            (ResourceFilter { expires: Period { begin: now, ..Period::ALL }, ..all() }, false),
            (ResourceFilter { service_type_code: service("hws.service.type.ec2"), ..all() }, true),
            (ResourceFilter { service_type_code: service("hws"), ..all() }, false),
        ] {
            assert_eq!(filter.passes(&resource(), now, &settings), passes, "{filter:?}");
        }
        let main = ResourceFilter { which: WhichResources::Main, ..all() };
        assert!(main.needs_contents() && !main.passes(&attached, now, &settings));
        assert!(all().passes(&attached, now, &settings) && !all().needs_contents());
    }
}
