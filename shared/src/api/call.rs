//! A verified call: who calls, what is asked, and the tenant's books.

use super::admission::Host;
use super::body;
use super::client_token;
use super::message::{Answer, Head};
use super::query::Query;
use super::refusal::Refusal;
use crate::books::Books;
use crate::error::Reason;
use crate::id::TenantId;
use crate::partner::{CallingCustomer, CallingPartner, PartnerKind, Principal};
use crate::store::{Meta, Snapshot, Transaction, Tree};
use crate::time::Timestamp;
use crate::vault::Vault;
use serde::de::DeserializeOwned;

/// Who calls, as its access key says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The tenant whose books it sees.
    pub tenant_id: TenantId,
    /// Where they lie in the store.
    pub head_key: String,
    /// The partner or customer.
    pub principal: Principal,
}

impl Caller {
    /// The caller as a partner of the first tier.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for a reseller or a customer.
    pub fn partner(&self) -> Result<&CallingPartner, Refusal> {
        match &self.principal {
            Principal::Partner(partner) if partner.kind != PartnerKind::Reseller => Ok(partner),
            Principal::Partner(_) | Principal::Customer(_) => {
                Err(Reason::CallerNotPermitted.into())
            }
        }
    }

    /// The caller as a partner that has resellers.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for all others.
    pub fn distributor(&self) -> Result<&CallingPartner, Refusal> {
        let partner = self.partner()?;
        match partner.kind {
            PartnerKind::Distributor => Ok(partner),
            PartnerKind::SolutionProvider | PartnerKind::Reseller => {
                Err(Reason::CallerNotPermitted.into())
            }
        }
    }

    /// The caller as a customer.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for a partner of any kind.
    pub fn customer(&self) -> Result<&CallingCustomer, Refusal> {
        match &self.principal {
            Principal::Customer(customer) => Ok(customer),
            Principal::Partner(_) => Err(Reason::CallerNotPermitted.into()),
        }
    }
}

/// A call whose signature is verified and whose body was bounded. There is no other way to one.
pub struct Call<H> {
    pub(super) host: H,
    pub(super) caller: Caller,
    pub(super) vault: Vault,
    pub(super) head: Head,
    pub(super) body: Vec<u8>,
}

impl<H: Host> Call<H> {
    /// The method, in upper case.
    pub fn method(&self) -> &str {
        &self.head.method
    }

    /// Who calls.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.host.now().into()
    }

    /// Random numbers, drawn before a transaction because its closure must be pure.
    pub fn randoms(&self, count: usize) -> Vec<[u8; 16]> {
        (0..count).map(|_| self.host.random()).collect()
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
    /// [`Refusal::Parameter`] for the first field that is wrong.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        self.query(|_| Ok(()))?;
        body::parse(&self.body)
    }

    /// Reads the tenant's books, all of one moment. `read` may run more than once.
    ///
    /// # Errors
    /// What `read` refuses, and store failures.
    pub async fn read<T>(
        &self,
        read: impl AsyncFn(&Books<&Snapshot<'_, H>>) -> Result<T, Reason>,
    ) -> Result<T, Refusal> {
        let tree = Tree::new(&self.host, self.caller.head_key.as_str());
        Ok(tree
            .read(async |snapshot| read(&Books::new(snapshot).with_vault(self.vault.clone())).await)
            .await?)
    }

    /// Changes the tenant's books in one transaction, or not at all. `change` may run more than
    /// once, so it is pure: it awaits nothing but `books`.
    ///
    /// With an `X-Client-Token`, the answer is kept in the same transaction, and a repeat of the
    /// request gets it again and changes nothing.
    ///
    /// # Errors
    /// What `change` refuses, [`Reason::TokenReused`], [`Refusal::Parameter`] for a token that is
    /// none, and store failures.
    pub async fn update(
        &self,
        operation: &str,
        change: impl AsyncFn(&mut Books<&mut Transaction<'_, H>>) -> Result<Answer, Refusal>,
    ) -> Result<Answer, Refusal> {
        let token = client_token::token_use(self)?;
        let meta = Meta { caller: self.caller.principal.name(), operation: operation.to_owned() };
        let tree = Tree::new(&self.host, self.caller.head_key.as_str());
        tree.update(&meta, async |transaction| {
            let mut books = Books::new(transaction).with_vault(self.vault.clone());
            let Some(used) = &token else {
                return change(&mut books).await;
            };
            if let Some(stored) = books.recall(used, books.now()).await? {
                return client_token::decode(&stored);
            }
            let answer = change(&mut books).await?;
            books.remember(used, &client_token::encode(&answer)?).await?;
            Ok(answer)
        })
        .await
    }
}
