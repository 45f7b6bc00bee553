//! The register: which tenants and access keys there are, and where each tenant's head lies.
//!
//! It is a tree like a tenant's, under a head of its own. A key-value store cannot create a key
//! atomically, so a tenant's head is written under a fresh random key first and published by a
//! transaction of the register: two operators who create one tenant at the same time agree on one
//! head. Only the register's own head, the first key of a store ever written, must not be created
//! by two operators at once.
//!
//! Whoever writes needs a head, and all heads come from here: a store that fails its self-test
//! gets none.

use super::defect::{self, Defect};
use super::error::StoreError;
use super::journal::Meta;
use super::key_value::Backend;
use super::reader::{Range, Reader};
use super::self_test::self_test;
use super::tree::Tree;
use minicbor::{Decode, Encode};

/// Key of the register's head.
const REGISTER: &str = "head.register";

/// Prefix of all heads.
pub(super) const HEAD_PREFIX: &str = "head.";

const TENANTS_PER_READ: usize = 100;

/// The outcome of registering something by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim<T> {
    /// It was not there and is now.
    New(T),
    /// It was there with the same content.
    Same(T),
    /// It was there with another content, which stays.
    Other,
}

/// A tenant in the register.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Registered {
    /// Key of the tenant's head; empty for an access key.
    #[n(0)]
    head_key: String,
    /// What distinguishes one content from another under the same id.
    #[cbor(n(1), with = "minicbor::bytes")]
    content: Vec<u8>,
}

/// The register of a store.
pub struct Register<'b, B> {
    backend: &'b B,
    tree: Tree<'b, B>,
}

impl<'b, B: Backend> Register<'b, B> {
    /// The register of this store. Reads nothing yet.
    pub fn new(backend: &'b B) -> Self {
        Self { backend, tree: Tree::new(backend, REGISTER) }
    }

    /// The head key of a tenant.
    ///
    /// # Errors
    /// Store failures.
    pub async fn tenant(&self, tenant_id: &str) -> Result<Option<String>, StoreError> {
        let key = tenant_key(tenant_id);
        let found = self.tree.read(async |snapshot| snapshot.get(&key).await).await;
        match found {
            Ok(Some(bytes)) => Ok(Some(decode(tenant_id, &bytes)?.head_key)),
            Ok(None) | Err(StoreError::NoHead(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All tenants with their head keys, in the order of their ids.
    ///
    /// # Errors
    /// Store failures.
    pub async fn tenants(&self) -> Result<Vec<(String, String)>, StoreError> {
        let range = Range::prefix(b"t");
        let listed = self.tree.read(async |snapshot| {
            let mut tenants = Vec::new();
            loop {
                let offset = super::page::to_u64(tenants.len());
                let page = snapshot.scan(&range, offset, TENANTS_PER_READ).await?;
                for (key, bytes) in &page {
                    let id = String::from_utf8_lossy(&key[1..]).into_owned();
                    let registered = decode(&id, bytes)?;
                    tenants.push((id, registered.head_key));
                }
                if page.len() < TENANTS_PER_READ {
                    return Ok(tenants);
                }
            }
        });
        match listed.await {
            Err(StoreError::NoHead(_)) => Ok(Vec::new()),
            other => other,
        }
    }

    /// Creates a tenant unless it is there. Answers the key of its head.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] for a new tenant on a store that fails its self-test; store failures.
    pub async fn create_tenant(
        &self,
        tenant_id: &str,
        content: &[u8],
    ) -> Result<Claim<String>, StoreError> {
        self.ensure().await?;
        let key = tenant_key(tenant_id);
        if let Some(bytes) = self.tree.read(async |snapshot| snapshot.get(&key).await).await? {
            return Ok(compare(decode(tenant_id, &bytes)?, content));
        }
        self_test(self.backend).await?.required()?;
        let mut random = hex::encode(self.backend.random());
        if defect::present(Defect::CreatesBySwap) {
            random.clear();
        }
        let head_key = format!("{HEAD_PREFIX}{}.{random}", key_segment(tenant_id));
        Tree::new(self.backend, head_key.as_str()).create(tenant_id).await?;
        let registered = Registered { head_key, content: content.to_vec() };
        self.claim("create tenant", tenant_id, key, registered).await
    }

    /// Claims an access key id, which must be unique in the whole store.
    ///
    /// # Errors
    /// Store failures.
    pub async fn claim_access_key(
        &self,
        access_key_id: &str,
        content: &[u8],
    ) -> Result<Claim<()>, StoreError> {
        self.ensure().await?;
        let key = [b"k", access_key_id.as_bytes()].concat();
        let registered = Registered { head_key: String::new(), content: content.to_vec() };
        Ok(match self.claim("create access key", access_key_id, key, registered).await? {
            Claim::New(_) => Claim::New(()),
            Claim::Same(_) => Claim::Same(()),
            Claim::Other => Claim::Other,
        })
    }

    async fn claim(
        &self,
        operation: &str,
        id: &str,
        key: Vec<u8>,
        registered: Registered,
    ) -> Result<Claim<String>, StoreError> {
        let meta = Meta { caller: "operator".to_owned(), operation: operation.to_owned() };
        let value =
            minicbor::to_vec(&registered).map_err(|error| StoreError::Misuse(error.to_string()))?;
        self.tree
            .update(&meta, async |transaction| match transaction.get(&key).await? {
                Some(bytes) => Ok(compare(decode(id, &bytes)?, &registered.content)),
                None => {
                    transaction.insert(key.clone(), value.clone());
                    Ok(Claim::New(registered.head_key.clone()))
                }
            })
            .await
    }

    async fn ensure(&self) -> Result<(), StoreError> {
        if self.tree.exists().await? {
            return Ok(());
        }
        self_test(self.backend).await?.required()?;
        self.tree.create("register").await
    }

    /// Marks all heads as those of an unfit store. The register is the first, by which
    /// [`unmark`](Self::unmark) knows that there are marks.
    pub(super) async fn mark(&self, fault: &str) -> Result<(), StoreError> {
        if !self.tree.exists().await? {
            return Ok(());
        }
        self.tree.mark(Some(fault)).await?;
        for tree in self.trees().await? {
            tree.mark(Some(fault)).await?;
        }
        Ok(())
    }

    /// Takes the marks off again, the register's last.
    pub(super) async fn unmark(&self) -> Result<(), StoreError> {
        match self.tree.unfit().await {
            Ok(Some(_)) => {}
            Ok(None) | Err(StoreError::NoHead(_)) => return Ok(()),
            Err(error) => return Err(error),
        }
        for tree in self.trees().await?.iter().rev() {
            tree.mark(None).await?;
        }
        Ok(())
    }

    /// The trees of the store: the register and every tenant.
    pub(super) async fn trees(&self) -> Result<Vec<Tree<'b, B>>, StoreError> {
        let mut trees = Vec::new();
        if self.tree.exists().await? {
            trees.push(Tree::new(self.backend, REGISTER));
        }
        for (_, head_key) in self.tenants().await? {
            trees.push(Tree::new(self.backend, head_key));
        }
        Ok(trees)
    }
}

/// Key under which the credential of an access key is stored.
pub fn credential_key(access_key_id: &str) -> String {
    format!("cred.{}", key_segment(access_key_id))
}

/// An id as a part of a key: what a key may not hold, and the dot, as `:` and two hex digits.
fn key_segment(id: &str) -> String {
    let mut segment = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            segment.push(char::from(byte));
        } else {
            segment.push(':');
            segment.push_str(&hex::encode([byte]));
        }
    }
    segment
}

fn tenant_key(tenant_id: &str) -> Vec<u8> {
    [b"t", tenant_id.as_bytes()].concat()
}

fn compare(registered: Registered, content: &[u8]) -> Claim<String> {
    if registered.content == content { Claim::Same(registered.head_key) } else { Claim::Other }
}

fn decode(id: &str, bytes: &[u8]) -> Result<Registered, StoreError> {
    minicbor::decode(bytes).map_err(|error| StoreError::Corrupt {
        key: format!("register entry {id}"),
        detail: error.to_string(),
    })
}
