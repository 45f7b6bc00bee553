//! What the business knows: types and pure rules. Nothing here reads or writes books.

pub mod account;
pub mod amortisation;
pub mod authorisation;
pub mod bandwidth;
pub mod bill;
pub mod card;
pub mod catalogue;
pub mod coupon;
pub mod delivery;
pub mod discount;
pub mod enterprise;
pub mod error;
pub mod ledger;
pub mod metering;
pub mod order;
pub mod package;
pub mod partner;
pub mod payment;
pub mod rating;
pub mod realname;
pub mod refund;
pub mod registration;
pub mod resource;
pub mod sandbox;
pub mod settings;
pub mod term;
