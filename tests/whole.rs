//! The bundle as a whole: all operations together, many clients at once, what is stored and what
//! is documented.

mod as_terraform_does;
mod attack;
mod backup;
mod between_stores;
mod concurrency;
mod demo_book;
mod documentation;
mod earlier_version;
mod hledger;
mod master_day;
mod order_events;
mod partner_day;
mod proxy;
mod quarter;
mod redis_store;
mod sandbox_suite;
mod signature_parity;
mod state_file;
mod ways_of_refund;
mod ways_out_of_an_association;
