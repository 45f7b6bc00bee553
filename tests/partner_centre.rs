//! The routes of the partner centre, one file each.

mod authorisations;
mod orders;
mod orders_payment;
mod orders_price;
mod resources_renew;
mod resources_unsubscribe;
