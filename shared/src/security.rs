//! Secrets and personal data at rest, and messages that are from who they say they are.

pub mod authentic;
pub mod chain;
pub mod secret;
pub mod signature;
pub mod vault;
pub mod webhook;
