//! Forks: a tenant whose books begin as those of another one are.

use super::{Claim, HEAD_PREFIX, Register, Registered, compare, decode, key_segment, tenant_key};
use crate::store::error::StoreError;
use crate::store::named::Untaken;
use crate::store::reader::Reader;
use crate::store::tree::Tree;

/// A tenant to be made, and the one that it is from.
#[derive(Clone, Copy, Debug)]
pub struct Fork<'f> {
    /// Key of the head of the tenant that it is from.
    pub head_key: &'f str,
    /// That tenant.
    pub tenant_id: &'f str,
    /// The snapshot of it, if it is not to be what is there now.
    pub snapshot: Option<&'f str>,
    /// The new tenant.
    pub fork_id: &'f str,
}

impl Register<'_> {
    /// Creates a tenant whose books begin as those of another one are. It has no access keys. The
    /// same fork once more changes nothing.
    ///
    /// # Errors
    /// Store failures.
    pub async fn fork_tenant(
        &self,
        fork: Fork<'_>,
    ) -> Result<Result<Claim<String>, Untaken>, StoreError> {
        let key = tenant_key(fork.fork_id);
        let content = format!("fork of {}", fork.tenant_id).into_bytes();
        if let Some(bytes) = self.tree.read(async |snapshot| snapshot.get(&key).await).await? {
            return Ok(Ok(compare(decode(fork.fork_id, &bytes)?, &content)));
        }
        let source = Tree::new(self.backend, fork.head_key);
        let kept = match source.keep_for_fork(fork.fork_id, fork.snapshot).await? {
            Ok(kept) => kept,
            Err(untaken) => return Ok(Err(untaken)),
        };
        let random = hex::encode(self.backend.random());
        let head_key = format!("{HEAD_PREFIX}{}.{random}", key_segment(fork.fork_id));
        let meta = self.meta(&format!("fork of {}", fork.tenant_id));
        Tree::new(self.backend, head_key.as_str()).create_fork(&meta, &kept).await?;
        let registered = Registered { head_key, content };
        self.claim("fork tenant", fork.fork_id, key, registered).await.map(Ok)
    }
}
