//! One file per operation, in the folder of its group in the contract. Each has what is special
//! about its operation, in one order: it works; each reason is reached; a repeat changes nothing;
//! a refusal changes nothing. What every operation must refuse alike is in [`crate::every_route`].

mod accounts;
mod balances;
mod bills;
mod cards;
mod costs;
mod coupon_quotas;
mod coupons;
mod customers;
mod enterprise;
mod orders;
mod pricing;
mod products;
mod realname;
mod regions_config;
mod registration;
mod resellers;
mod resources;
