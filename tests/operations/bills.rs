//! Bills of a partner's customers.

mod list_consume_sub_customers;
mod list_sub_customer_bill_detail;
mod list_subcustomer_monthly_bills;
