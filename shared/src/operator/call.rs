//! The operator's calls: those that present the operator token.

use crate::api::admission::{key_ring, read_bounded};
use crate::api::body::{self, Reading};
use crate::api::{Body, Head};
use crate::api::{Host, Query, Refusal};
use crate::books::{Books, BooksMut, Catalogue, OpenBooks, OpenCatalogue};
use crate::domain::error::Reason;
use crate::operator::operators::{self, OperatorName};
use crate::operator::role::Role;
use crate::security::secret::same_token;
use crate::security::vault::Vault;
use crate::store::register::CATALOGUE;
use crate::store::{Meta, Register, Tree};
use crate::value::id::TenantId;
use crate::value::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// A call of the operator, its body not yet read.
pub struct OperatorCall<'r, S> {
    pub(crate) host: Box<dyn Host>,
    /// As the journal names whoever calls.
    pub(crate) caller: String,
    role: Role,
    pub(crate) head: Head,
    pub(crate) body: &'r mut S,
    /// What stands in place of the body where a page of the console calls.
    pub(crate) asked: Option<Vec<u8>>,
}

/// Least characters of the variables' tokens, without blanks around them.
const TOKEN_CHARACTERS_MIN: usize = 16;

/// How long the answer to a wrong token waits. An instance is held meanwhile, so it is not longer.
const WRONG_TOKEN_PAUSE: Duration = Duration::from_millis(200);

/// Checks the bearer token: the variables' opens everything, that of a named operator what its role
/// includes.
///
/// # Errors
/// [`Refusal::OperatorClosed`] while the variable `operator_token` is empty or too short,
/// [`Refusal::OperatorUnauthenticated`] for a token that opens nothing, and failures of the host.
pub async fn admit_operator<S: Body>(
    head: Head,
    body: &mut S,
    open: impl FnOnce() -> Result<Box<dyn Host>, Refusal>,
) -> Result<OperatorCall<'_, S>, Refusal> {
    let host = open()?;
    let presented = head.header("authorization").ok().flatten().and_then(bearer_token);
    let Some(presented) = presented else {
        first_tokens(&*host)?;
        return Err(Refusal::OperatorUnauthenticated("none was presented".to_owned()));
    };
    let Some((caller, role)) = bearer_of(&*host, presented).await? else {
        host.pause(WRONG_TOKEN_PAUSE).await;
        return Err(Refusal::OperatorUnauthenticated("it opens nothing".to_owned()));
    };
    Ok(OperatorCall { host, caller, role, head, body, asked: None })
}

/// Whose token this is, as the journal names them, and what it opens; `None` if it opens nothing.
///
/// # Errors
/// [`Refusal::OperatorClosed`]; failures of the store and of the host.
pub(crate) async fn bearer_of(
    host: &dyn Host,
    presented: &str,
) -> Result<Option<(String, Role)>, Refusal> {
    let tokens = first_tokens(host)?;
    let is_first = |token: &String| same_token(presented.as_bytes(), token.as_bytes());
    if tokens.iter().any(is_first) {
        return Ok(Some(("operator".to_owned(), Role::Everything)));
    }
    let known = operators::bearer(host, presented).await?;
    Ok(known.map(|(name, role)| (journal_name(&name), role)))
}

/// What the journal calls an operator with a token of its own.
fn journal_name(name: &OperatorName) -> String {
    format!("operator:{}", name.as_str())
}

/// The tokens that the variables give: the current one, and the one before while it is replaced.
fn first_tokens(host: &dyn Host) -> Result<Vec<String>, Refusal> {
    // A file or a secret that ends with a newline must not lock the operator out.
    let trimmed = |name: &str| Ok::<_, Refusal>(host.variable(name)?.trim().to_owned());
    let current = trimmed("operator_token")?;
    if current.is_empty() {
        return Err(Refusal::OperatorClosed(
            "set the variable operator_token to open these routes",
        ));
    }
    let tokens = vec![current, trimmed("operator_token_previous")?];
    let is_short = |token: &&String| (1..TOKEN_CHARACTERS_MIN).contains(&token.chars().count());
    if tokens.iter().any(|token| is_short(&token)) {
        let fault = "operator_token and operator_token_previous must have at least 16 characters";
        return Err(Refusal::OperatorClosed(fault));
    }
    Ok(tokens)
}

/// The token of `Bearer TOKEN`. The scheme's name is of any case.
fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl<'r, S> OperatorCall<'r, S> {
    /// The call of an operator who is signed in at the console.
    pub(crate) fn of_visitor(
        host: Box<dyn Host>,
        (caller, role): (String, Role),
        head: Head,
        body: &'r mut S,
    ) -> Self {
        Self { host, caller, role, head, body, asked: None }
    }

    /// The same call with this query, as a client would send it: what a page of the console asks of a
    /// route's own function.
    pub fn with_query(mut self, query: String) -> Self {
        self.head.query = query;
        self
    }

    /// As [`with_query`](Self::with_query), with this body and no query.
    ///
    /// # Errors
    /// The body cannot be written as JSON, which is a fault of this program.
    pub fn with_json(self, body: &impl Serialize) -> Result<Self, Refusal> {
        Ok(self.with_body(body::written(body)?))
    }

    /// As [`with_query`](Self::with_query), with these bytes as its body and no query.
    pub fn with_body(self, body: Vec<u8>) -> Self {
        Self { asked: Some(body), ..self.with_query(String::new()) }
    }
}

impl<S: Body> OperatorCall<'_, S> {
    /// The method, in upper case.
    pub fn method(&self) -> &str {
        &self.head.method
    }

    /// Who calls, as the journal names it: `operator`, or `operator:NAME`.
    pub fn caller(&self) -> &str {
        &self.caller
    }

    /// Refuses an operator whose role does not include `needed`.
    ///
    /// # Errors
    /// [`Refusal::OperatorRole`].
    pub fn require(&self, needed: Role) -> Result<(), Refusal> {
        if self.role.includes(needed) { Ok(()) } else { Err(Refusal::OperatorRole(needed.code())) }
    }

    /// The store, clock and variables.
    pub fn host(&self) -> &dyn Host {
        &*self.host
    }

    /// A vault for the personal data in the tenants' books.
    ///
    /// # Errors
    /// The host cannot tell the master keys.
    pub fn vault(&self) -> Result<Vault, Refusal> {
        Ok(Vault::under(key_ring(&*self.host)?, self.host.random()))
    }

    /// Reads the query; a parameter that `read` does not ask for is refused.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first parameter that is wrong.
    pub fn query<T>(
        &self,
        read: impl FnOnce(&mut Query) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        Query::read(&self.head.query, read, || Ok(Reading::Strict))
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
        let bytes = match self.asked.take() {
            Some(asked) => asked,
            None => read_bounded(&*self.host, &self.head, self.body).await?,
        };
        body::parse(&bytes, Reading::Strict)
    }

    /// The key of a tenant's head.
    ///
    /// # Errors
    /// [`Refusal::UnknownTenant`]; store failures.
    pub async fn head_key(&self, tenant_id: &TenantId) -> Result<String, Refusal> {
        let head_key = Register::new(&*self.host).tenant(tenant_id.as_str()).await?;
        head_key.ok_or(Refusal::UnknownTenant)
    }

    /// The books of a tenant.
    ///
    /// # Errors
    /// [`Refusal::UnknownTenant`]; failures of the store and of the host.
    pub async fn tenant(&self, tenant_id: &TenantId) -> Result<TenantBooks<'_>, Refusal> {
        Ok(self.books(self.head_key(tenant_id).await?, self.vault()?))
    }

    fn books(&self, head_key: String, vault: Vault) -> TenantBooks<'_> {
        TenantBooks { host: &*self.host, caller: &self.caller, head_key, vault }
    }

    /// Reads the catalogue, all of one moment. `read` may run more than once.
    ///
    /// # Errors
    /// What `read` refuses, and store failures.
    pub async fn read_catalogue<T>(
        &self,
        read: impl AsyncFn(&Catalogue<'_>) -> Result<T, Reason>,
    ) -> Result<T, Refusal> {
        let tree = Tree::new(&*self.host, CATALOGUE);
        Ok(tree.read(async |snapshot| read(&OpenCatalogue::new(snapshot)).await).await?)
    }

    /// The books of every tenant.
    ///
    /// # Errors
    /// Failures of the store and of the host.
    pub async fn tenants(&self) -> Result<Vec<TenantBooks<'_>>, Refusal> {
        let tenants = Register::new(&*self.host).tenants().await?;
        let open = |(_, head_key)| Ok(self.books(head_key, self.vault()?));
        tenants.into_iter().map(open).collect()
    }
}

/// A tenant's books, for the operator.
pub struct TenantBooks<'h> {
    host: &'h dyn Host,
    caller: &'h str,
    head_key: String,
    vault: Vault,
}

impl TenantBooks<'_> {
    /// Reads the books, all of one moment. `read` may run more than once.
    ///
    /// # Errors
    /// What `read` refuses, and store failures.
    pub async fn read<T>(
        &self,
        read: impl AsyncFn(&Books<'_>) -> Result<T, Reason>,
    ) -> Result<T, Refusal> {
        let tree = Tree::new(self.host, self.head_key.as_str());
        tree.read(async |snapshot| {
            let books = OpenBooks::new(snapshot).with_vault(self.vault.clone());
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
        change: impl AsyncFn(&mut BooksMut<'_, '_>) -> Result<T, Reason>,
    ) -> Result<T, Refusal> {
        let meta = Meta { caller: self.caller.to_owned(), operation: operation.to_owned() };
        let tree = Tree::new(self.host, self.head_key.as_str());
        tree.update(&meta, async |transaction| {
            let books = BooksMut::new(transaction).with_vault(self.vault.clone());
            change(&mut books.with_clock().await?).await
        })
        .await
        .map_err(|reason| Refusal::from(reason).for_operator())
    }
}
