//! Values that are right once they exist: money, times, identities, and the codes of the wire.

pub mod code;
pub mod future;
pub mod id;
pub mod money;
pub mod page;
pub mod text;
pub mod time;
