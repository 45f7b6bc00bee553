//! Futures that are compiled where they are written.

use std::pin::Pin;

/// A future behind a pointer.
///
/// An `async fn` is compiled again by every crate that awaits it. What the library does the same for
/// every component is handed out as this, and so compiled once.
pub type Boxed<'f, T> = Pin<Box<dyn Future<Output = T> + 'f>>;
