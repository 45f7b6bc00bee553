//! Costs.

mod list_costs;
mod list_customer_bills_monthly_break_down;
