//! Operations over a store in memory.

mod bills;
mod closing;
mod enterprise;
mod orders;
mod quarter;
mod realname;
mod usage;
