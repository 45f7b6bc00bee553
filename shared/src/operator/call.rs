//! The operator's calls: those that present the operator token.

use crate::api::admission::{key_ring, read_bounded};
use crate::api::{Body, Head, body};
use crate::api::{Host, Query, Refusal};
use crate::books::Books;
use crate::domain::error::Reason;
use crate::security::secret::same_token;
use crate::security::vault::Vault;
use crate::store::{Meta, Register, Snapshot, Transaction, Tree};
use crate::value::id::TenantId;
use crate::value::time::Timestamp;
use serde::de::DeserializeOwned;

/// A call of the operator, its body not yet read.
pub struct OperatorCall<'r, H, S> {
    pub(crate) host: H,
    pub(crate) head: Head,
    pub(crate) body: &'r mut S,
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

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.host.now().into()
    }

    /// A random number, drawn before a transaction because its closure must be pure.
    pub fn random(&self) -> [u8; 16] {
        self.host.random()
    }

    /// Reads the body, which must be a JSON object. A request with a body has no query.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first field that is wrong, [`Refusal::BodyTooLarge`],
    /// [`Refusal::BodyIncomplete`].
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, Refusal> {
        self.query(|_| Ok(()))?;
        body::parse(&read_bounded(&self.host, &self.head, self.body).await?)
    }

    /// The books of a tenant.
    ///
    /// # Errors
    /// [`Refusal::UnknownTenant`]; failures of the store and of the host.
    pub async fn tenant(&self, tenant_id: &TenantId) -> Result<TenantBooks<'_, H>, Refusal> {
        let head_key = Register::new(&self.host).tenant(tenant_id.as_str()).await?;
        let head_key = head_key.ok_or(Refusal::UnknownTenant)?;
        Ok(TenantBooks { host: &self.host, head_key, vault: self.vault()? })
    }

    /// The books of every tenant.
    ///
    /// # Errors
    /// Failures of the store and of the host.
    pub async fn tenants(&self) -> Result<Vec<TenantBooks<'_, H>>, Refusal> {
        let tenants = Register::new(&self.host).tenants().await?;
        let open =
            |(_, head_key)| Ok(TenantBooks { host: &self.host, head_key, vault: self.vault()? });
        tenants.into_iter().map(open).collect()
    }
}

/// A tenant's books, for the operator.
pub struct TenantBooks<'h, H> {
    host: &'h H,
    head_key: String,
    vault: Vault,
}

impl<H: Host> TenantBooks<'_, H> {
    /// Reads the books, all of one moment. `read` may run more than once.
    ///
    /// # Errors
    /// What `read` refuses, and store failures.
    pub async fn read<T>(
        &self,
        read: impl AsyncFn(&Books<&Snapshot<'_, H>>) -> Result<T, Reason>,
    ) -> Result<T, Refusal> {
        let tree = Tree::new(self.host, self.head_key.as_str());
        tree.read(async |snapshot| {
            let books = Books::new(snapshot).with_vault(self.vault.clone());
            read(&books.with_clock().await?).await
        })
        .await
        .map_err(|reason| Refusal::from(reason).for_operator())
    }

    /// Changes the books in one transaction, or not at all. `change` may run more than once, so it
    /// is pure: it awaits nothing but `books`.
    ///
    /// # Errors
    /// What `change` refuses, and store failures.
    pub async fn update<T>(
        &self,
        operation: &str,
        change: impl AsyncFn(&mut Books<&mut Transaction<'_, H>>) -> Result<T, Reason>,
    ) -> Result<T, Refusal> {
        let meta = Meta { caller: "operator".to_owned(), operation: operation.to_owned() };
        let tree = Tree::new(self.host, self.head_key.as_str());
        tree.update(&meta, async |transaction| {
            let books = Books::new(transaction).with_vault(self.vault.clone());
            change(&mut books.with_clock().await?).await
        })
        .await
        .map_err(|reason| Refusal::from(reason).for_operator())
    }
}
