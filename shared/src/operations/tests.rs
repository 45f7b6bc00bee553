//! Operations over a store in memory.

mod bills;
mod orders;
mod realname;
