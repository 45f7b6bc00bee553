//! What a call runs on.

use super::message::Answer;
use super::refusal::Refusal;
use crate::store::Backend;
use async_trait::async_trait;

/// A request to the webhook receiver got no answer. Says why, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundError(pub String);

/// The client takes no more of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientGone;

/// Where a call runs: its store, its clock, and the variables of `spin.toml`.
#[async_trait(?Send)]
pub trait Host: Backend {
    /// A variable's value; empty when it is not set or not granted here.
    ///
    /// # Errors
    /// The host cannot tell.
    fn variable(&self, name: &str) -> Result<String, Refusal>;

    /// Posts a body to the webhook receiver and answers the status. It takes seconds at most.
    ///
    /// # Errors
    /// The host does not allow the address, or there was no answer. The request may have arrived.
    async fn post(
        &self,
        url: &str,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> Result<u16, OutboundError>;

    /// Hands over an answer whose body goes on: with [`send`](Self::send), until the handler
    /// returns. If that refuses something then, the answer breaks off, and the client can tell.
    ///
    /// # Errors
    /// [`ClientGone`].
    fn begin(&self, answer: Answer) -> Result<(), ClientGone>;

    /// Hands over the next piece of such an answer. It waits until the client takes it, for seconds
    /// at most.
    ///
    /// # Errors
    /// [`ClientGone`].
    fn send(&self, piece: &[u8]) -> Result<(), ClientGone>;
}
