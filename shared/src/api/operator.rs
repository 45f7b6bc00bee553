//! The operator's calls: whoever presents the operator token.

use super::admission::{Host, key_ring, read_bounded};
use super::body;
use super::message::{Body, Head};
use super::query::Query;
use super::refusal::Refusal;
use crate::secret::same_token;
use crate::vault::Vault;
use serde::de::DeserializeOwned;

/// A call of the operator, its body not yet read.
pub struct OperatorCall<'r, H, S> {
    pub(super) host: H,
    pub(super) head: Head,
    pub(super) body: &'r mut S,
}

/// Checks the bearer token.
///
/// # Errors
/// [`Refusal::OperatorDisabled`] while there is no token, [`Refusal::OperatorUnauthenticated`]
/// for any other than it, and failures of the host.
pub fn admit_operator<H: Host, S: Body>(
    head: Head,
    body: &mut S,
    open: impl FnOnce() -> Result<H, Refusal>,
) -> Result<OperatorCall<'_, H, S>, Refusal> {
    let host = open()?;
    let expected = host.variable("operator_token")?;
    if expected.is_empty() {
        return Err(Refusal::OperatorDisabled);
    }
    let presented = head.header("authorization").ok().flatten().and_then(bearer_token);
    if !presented.is_some_and(|token| same_token(token.as_bytes(), expected.as_bytes())) {
        return Err(Refusal::OperatorUnauthenticated);
    }
    Ok(OperatorCall { host, head, body })
}

/// The token of `Bearer TOKEN`. The scheme's name is of any case.
fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl<H: Host, S: Body> OperatorCall<'_, H, S> {
    /// The method, in upper case.
    pub fn method(&self) -> &str {
        &self.head.method
    }

    /// The store, clock and variables.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// A vault for the personal data in the tenants' books.
    ///
    /// # Errors
    /// The host cannot tell the master keys.
    pub fn vault(&self) -> Result<Vault, Refusal> {
        Ok(Vault::under(key_ring(&self.host)?, self.host.random()))
    }

    /// Reads the query; a parameter that `read` does not ask for is refused.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first parameter that is wrong.
    pub fn query<T>(
        &self,
        read: impl FnOnce(&mut Query) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        Query::read(&self.head.query, read)
    }

    /// Reads the body, which must be a JSON object. A request with a body has no query.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first field that is wrong, [`Refusal::BodyTooLarge`],
    /// [`Refusal::BodyInterrupted`].
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, Refusal> {
        self.query(|_| Ok(()))?;
        body::parse(&read_bounded(&self.head, self.body).await?)
    }
}
