//! Products: what can be bought.

mod list_conversions;
mod list_incentive_discount_policies;
mod list_measure_units;
mod list_resource_specs;
mod list_resource_types;
mod list_service_resources;
mod list_service_types;
mod list_usage_types;
