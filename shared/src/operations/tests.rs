//! Operations over a store in memory.

mod realname;
