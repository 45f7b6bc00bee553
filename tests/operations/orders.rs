//! Orders: listed, shown, paid, cancelled, given back.

mod cancel_customer_order;
mod list_customer_orders;
mod list_order_coupons_by_order_id;
mod list_order_discounts;
mod pay_orders;
mod show_customer_order_details;
mod show_refund_order_details;
