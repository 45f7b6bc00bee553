//! What holds for every route alike, asked of every route: a route or an operation that these tests
//! do not know fails them.

mod bad_input;
mod callers;
mod isolation;
mod not_found;
mod operator;
mod partner_centre;
mod repeats;
mod resellers;
pub mod signature;
mod works;
