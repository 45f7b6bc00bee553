//! What the tests are made of.
//!
//! The application and its surroundings: [`app`] runs it, [`store`] looks into what it has stored,
//! [`redis_server`] runs a Redis, [`receiver`] is a webhook receiver, [`keeper`] ends what the tests
//! have started.
//!
//! Clients: [`http`] and [`signer`] can also send nonsense, [`sdk`] is the official Python SDK,
//! [`clients`] are many at once, [`console`] is a browser, [`json`] reads JSON without losing a digit.
//!
//! What must be true: [`contract`] checks every answer against the published API, [`routes`] reads
//! `spin.toml`, [`documentation`] the table of operations, [`good_requests`] has one request of each
//! operation that is served.
//!
//! Books: [`book`] calculates what a book means, [`catalogue`] has what all tenants share, [`tenant`]
//! makes books, [`money`], [`coupons`], [`issuing`], [`orders`], [`partner_centre`],
//! [`registration`], [`realname`] and [`enterprise`] change them through the API, [`snapshots`] puts
//! them back, [`backup`] carries them from one store to another, and [`sandbox`] asks for faults and
//! limits. [`second_factor`] has the codes of one. [`calendar`] has the days and months of bills,
//! [`clock`] moves the time of a demo tenant.

pub mod app;
pub mod backup;
pub mod bills;
pub mod book;
pub mod calendar;
pub mod cards;
pub mod catalogue;
pub mod clients;
pub mod clock;
pub mod console;
pub mod contract;
pub mod coupons;
pub mod documentation;
pub mod enterprise;
pub mod enterprise_coupons;
pub mod exports;
pub mod good_requests;
pub mod http;
pub mod issuing;
pub mod json;
pub mod keeper;
pub mod money;
pub mod orders;
pub mod packages;
pub mod partner_centre;
pub mod realname;
pub mod receiver;
pub mod redis_server;
pub mod registration;
pub mod routes;
pub mod sandbox;
pub mod sdk;
pub mod second_factor;
pub mod signer;
pub mod snapshots;
pub mod store;
pub mod tenant;
pub mod usage;
