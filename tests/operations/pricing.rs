//! Pricing: what it costs.

mod list_business_discount_info;
mod list_on_demand_resource_ratings;
mod list_rate_on_period_detail;
mod list_renew_rate_on_period;
