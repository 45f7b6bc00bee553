//! Bills of a partner's customers.

mod list_consume_sub_customers;
mod list_customer_bills_fee_records;
mod list_customerself_resource_record_details;
mod list_customerself_resource_records;
mod list_resource_usage;
mod list_resource_usage_summary;
mod list_sub_customer_bill_detail;
mod list_subcustomer_monthly_bills;
mod show_customer_monthly_sum;
