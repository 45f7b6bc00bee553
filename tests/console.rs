//! The console, as a browser gets it.

mod browser;
mod coupons;
mod customers;
mod money;
mod operator;
mod orders;
mod overview;
mod quotas;
mod security;
mod sign_in;
