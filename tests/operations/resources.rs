//! Resources.

mod auto_renewal_resources;
mod cancel_auto_renewal_resources;
mod cancel_resources_subscription;
mod list_customer_on_demand_resources;
mod list_free_resource_infos;
mod list_free_resource_usages;
mod list_free_resources_usage_records;
mod list_pay_per_use_customer_resources;
mod renewal_resources;
mod set_resources_renew_config;
mod update_period_to_on_demand;
mod update_period_to_on_demand_instantly;
