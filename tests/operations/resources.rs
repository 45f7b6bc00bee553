//! Resources.

mod list_free_resource_infos;
mod list_free_resource_usages;
mod list_free_resources_usage_records;
