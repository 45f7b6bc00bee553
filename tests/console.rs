//! The console, as a browser gets it.

mod browser;
mod calls;
mod coupons;
mod customers;
mod import;
mod money;
mod notifications;
mod operator;
mod orders;
mod overview;
mod quotas;
mod second_factor;
mod security;
mod sign_in;
