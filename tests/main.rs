//! Black-box tests: the bundle's components on the local host, asked over HTTP.
//!
//! `cargo xtask test` does the set-up and runs them, once on each store (`TEST_STORE`). What belongs
//! here is what a client, the operator or a look into the store can tell; rules are tested where
//! they are written.
//!
//! - [`harness`]: what tests are made of. No tests of the bundle are in it.
//! - [`operations`]: one file per operation, in the folder of its group.
//! - [`identity`]: what clients ask of the identity service.
//! - [`operator`]: one file per route of the operator.
//! - [`partner_centre`]: one file per route of the partner centre.
//! - [`console`]: the pages, as a browser gets them.
//! - [`description`]: what is told of the bundle to anybody, and whether it is true.
//! - [`every_route`]: what holds for every route alike.
//! - [`whole`]: all of it together.

mod console;
mod description;
mod every_route;
mod harness;
mod identity;
mod operations;
mod operator;
mod partner_centre;
mod whole;
