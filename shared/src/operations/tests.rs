//! Operations over a store in memory.

mod orders;
mod realname;
