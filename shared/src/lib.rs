//! The library behind every component of the partner operations bundle.

pub mod account;
pub mod api;
pub mod audit;
pub mod bill;
pub mod books;
pub mod component;
pub mod coupon;
pub mod error;
pub mod id;
pub mod import;
pub mod ledger;
pub mod money;
pub mod partner;
pub mod realname;
pub mod secret;
pub mod signature;
pub mod store;
pub mod time;
