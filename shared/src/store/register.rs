//! The register: which tenants and access keys there are, and where each tenant's head lies.
//!
//! It is a tree like a tenant's, under a head of its own. Not every key-value store can create a
//! key atomically, so a tenant's head is written under a fresh random key first and published by a
//! transaction of the register: two operators who create one tenant at the same time agree on one
//! head. Only the heads of the catalogue and of the register itself, the first keys of a store ever
//! written, must not be created by two operators at once, unless the store is one that creates
//! atomically (Redis).
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

mod fork;
mod left;
mod operators;
mod restore;

pub use fork::Fork;
pub use operators::OPERATORS_MAX;
pub use restore::{Restore, Target, Unrestored, Whole};

/// Key of the register's head.
const REGISTER: &str = "head.register";

/// Key of the catalogue's head: there is one catalogue, and whoever prices something finds it
/// without asking the register.
pub const CATALOGUE: &str = "head.catalogue";

/// Prefix of all heads.
pub(super) const HEAD_PREFIX: &str = "head.";

const TENANTS_PER_READ: usize = 100;

/// Access keys by their ids.
const ACCESS_KEY: u8 = b'k';

/// Access keys by their tenants: the key says all.
const TENANT_ACCESS_KEY: u8 = b'l';

/// Access keys and their contents, with the number of those there are in all.
pub type AccessKeys = (u64, Vec<(String, Vec<u8>)>);

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
    /// Key of the tenant's head.
    #[n(0)]
    head_key: String,
    /// What distinguishes one content from another under the same id.
    #[cbor(n(1), with = "minicbor::bytes")]
    content: Vec<u8>,
}

/// The register of a store.
pub struct Register<'b> {
    backend: &'b dyn Backend,
    tree: Tree<'b>,
    caller: &'b str,
}

impl<'b> Register<'b> {
    /// The register of this store. Reads nothing yet.
    pub fn new(backend: &'b dyn Backend) -> Self {
        Self { backend, tree: Tree::new(backend, REGISTER), caller: "operator" }
    }

    /// The same, and its journal names this operator as the caller.
    pub fn by(self, caller: &'b str) -> Self {
        Self { caller, ..self }
    }

    fn meta(&self, operation: &str) -> Meta {
        Meta { caller: self.caller.to_owned(), operation: operation.to_owned() }
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

    /// Claims an access key id, which must be unique in the whole store, for a tenant. The content
    /// is whatever the caller keeps of it. Answers the content that was there before; without one
    /// it is this from now on.
    ///
    /// # Errors
    /// Store failures.
    pub async fn claim_access_key(
        &self,
        tenant_id: &str,
        access_key_id: &str,
        content: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.ensure().await?;
        let key = access_key_key(access_key_id);
        self.tree
            .update(&self.meta("create access key"), async |transaction| {
                let before = transaction.get(&key).await?;
                if before.is_none() {
                    transaction.insert(key.clone(), content.to_vec());
                    let listed = [&tenant_access_keys(tenant_id), access_key_id.as_bytes()];
                    transaction.insert(listed.concat(), Vec::new());
                }
                Ok(before)
            })
            .await
    }

    /// The content of an access key.
    ///
    /// # Errors
    /// Store failures.
    pub async fn access_key(&self, access_key_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = access_key_key(access_key_id);
        match self.tree.read(async |snapshot| snapshot.get(&key).await).await {
            Err(StoreError::NoHead(_)) => Ok(None),
            other => other,
        }
    }

    /// Changes access keys in one transaction. `change` is given the content of each that is
    /// there, and answers another one or that it stays.
    ///
    /// # Errors
    /// What `change` refuses, with nothing changed; store failures.
    pub async fn change_access_keys<E: From<StoreError>>(
        &self,
        operation: &str,
        access_key_ids: &[String],
        change: impl Fn(&str, &[u8]) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<(), E> {
        self.tree
            .update(&self.meta(operation), async |transaction| {
                for id in access_key_ids {
                    let key = access_key_key(id);
                    let Some(before) = transaction.get(&key).await? else {
                        continue;
                    };
                    if let Some(after) = change(id, &before)? {
                        transaction.replace(key, after);
                    }
                }
                Ok(())
            })
            .await
    }

    /// A part of a tenant's access keys, in the order of their ids, and how many it has.
    ///
    /// # Errors
    /// Store failures.
    pub async fn access_keys_of(
        &self,
        tenant_id: &str,
        offset: u64,
        limit: usize,
    ) -> Result<AccessKeys, StoreError> {
        let prefix = tenant_access_keys(tenant_id);
        let range = Range::prefix(&prefix);
        let listed = self.tree.read(async |snapshot| {
            let listed = snapshot.scan(&range, offset, limit).await?;
            let keys: Vec<Vec<u8>> = listed
                .iter()
                .map(|(key, _)| [&[ACCESS_KEY], &key[prefix.len()..]].concat())
                .collect();
            snapshot.load(&keys).await?;
            let mut found = Vec::with_capacity(keys.len());
            for key in keys {
                let content = snapshot.get(&key).await?.ok_or_else(|| missing(&key))?;
                found.push((access_key_id(&key), content));
            }
            Ok((snapshot.count(&range).await?, found))
        });
        none_without_head(listed.await)
    }

    /// The access keys of all tenants whose ids come after `after`: at most `limit` of them, and
    /// how many there are.
    ///
    /// # Errors
    /// Store failures.
    pub async fn access_keys_after(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<AccessKeys, StoreError> {
        let all = Range::prefix(&[ACCESS_KEY]);
        let range = match after {
            None => all,
            Some(id) => all.after(&access_key_key(id)),
        };
        let listed = self.tree.read(async |snapshot| {
            let found = snapshot.scan(&range, 0, limit).await?;
            let found = found.into_iter().map(|(key, content)| (access_key_id(&key), content));
            Ok((snapshot.count(&range).await?, found.collect()))
        });
        none_without_head(listed.await)
    }

    async fn claim(
        &self,
        operation: &str,
        id: &str,
        key: Vec<u8>,
        registered: Registered,
    ) -> Result<Claim<String>, StoreError> {
        let value =
            minicbor::to_vec(&registered).map_err(|error| StoreError::Misuse(error.to_string()))?;
        self.tree
            .update(&self.meta(operation), async |transaction| {
                match transaction.get(&key).await? {
                    Some(bytes) => Ok(compare(decode(id, &bytes)?, &registered.content)),
                    None => {
                        transaction.insert(key.clone(), value.clone());
                        Ok(Claim::New(registered.head_key.clone()))
                    }
                }
            })
            .await
    }

    /// Creates the catalogue unless it is there.
    ///
    /// # Errors
    /// As of [`create_tenant`](Self::create_tenant).
    pub async fn create_catalogue(&self) -> Result<(), StoreError> {
        self.ensure().await?;
        let catalogue = self.catalogue();
        if catalogue.exists().await? {
            return Ok(());
        }
        // A store that had its register before there was a catalogue.
        self_test(self.backend).await?.required()?;
        catalogue.create("catalogue").await
    }

    fn catalogue(&self) -> Tree<'b> {
        Tree::new(self.backend, CATALOGUE)
    }

    /// Creates the first heads of a store. The register comes last: as long as it is not there,
    /// nothing was written to the catalogue.
    async fn ensure(&self) -> Result<(), StoreError> {
        if self.tree.exists().await? {
            return Ok(());
        }
        self_test(self.backend).await?.required()?;
        self.catalogue().create("catalogue").await?;
        self.tree.create("register").await
    }

    /// Whether the store was found unfit: nothing is to be written to it, beside the heads either.
    ///
    /// # Errors
    /// Store failures.
    pub async fn is_unfit(&self) -> Result<bool, StoreError> {
        match self.tree.unfit().await {
            Ok(unfit) => Ok(unfit.is_some()),
            Err(StoreError::NoHead(_)) => Ok(false),
            Err(error) => Err(error),
        }
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

    /// The trees of the store: the register, the catalogue and every tenant.
    pub(super) async fn trees(&self) -> Result<Vec<Tree<'b>>, StoreError> {
        let mut trees = Vec::new();
        if self.tree.exists().await? {
            trees.push(Tree::new(self.backend, REGISTER));
        }
        if self.catalogue().exists().await? {
            trees.push(self.catalogue());
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

fn access_key_key(access_key_id: &str) -> Vec<u8> {
    [&[ACCESS_KEY], access_key_id.as_bytes()].concat()
}

/// The id that a key of an access key ends with.
fn access_key_id(key: &[u8]) -> String {
    String::from_utf8_lossy(&key[1..]).into_owned()
}

/// Prefix of the list of a tenant's access keys. No id contains a zero byte.
fn tenant_access_keys(tenant_id: &str) -> Vec<u8> {
    [&[TENANT_ACCESS_KEY], tenant_id.as_bytes(), &[0]].concat()
}

fn missing(key: &[u8]) -> StoreError {
    StoreError::Corrupt {
        key: format!("register entry {}", key.escape_ascii()),
        detail: "it is listed and not there".to_owned(),
    }
}

fn none_without_head<T>(
    listed: Result<(u64, Vec<T>), StoreError>,
) -> Result<(u64, Vec<T>), StoreError> {
    match listed {
        Err(StoreError::NoHead(_)) => Ok((0, Vec::new())),
        other => other,
    }
}

fn encoded<T: Encode<()>>(entry: &T) -> Result<Vec<u8>, StoreError> {
    minicbor::to_vec(entry).map_err(|error| StoreError::Misuse(error.to_string()))
}

fn decoded<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, StoreError> {
    minicbor::decode(bytes).map_err(|error| StoreError::Corrupt {
        key: "register entry of a restore".to_owned(),
        detail: error.to_string(),
    })
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
