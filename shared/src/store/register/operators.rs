//! Operators in the register: a few records, each under a name.

use super::{Register, none_without_head};
use crate::store::error::StoreError;
use crate::store::reader::{Range, Reader};

/// First byte of the keys of operators.
const OPERATOR: u8 = b'o';

/// Most operators that there can be.
pub const OPERATORS_MAX: usize = 100;

impl Register<'_> {
    /// The content of an operator's record.
    ///
    /// # Errors
    /// Store failures.
    pub async fn operator(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = operator_key(name);
        match self.tree.read(async |snapshot| snapshot.get(&key).await).await {
            Err(StoreError::NoHead(_)) => Ok(None),
            other => other,
        }
    }

    /// All operators with their contents, in the order of their names, and how many there are.
    ///
    /// # Errors
    /// Store failures.
    pub async fn operators(&self) -> Result<(u64, Vec<(String, Vec<u8>)>), StoreError> {
        let range = Range::prefix(&[OPERATOR]);
        let listed = self.tree.read(async |snapshot| {
            let found = snapshot.scan(&range, 0, OPERATORS_MAX).await?;
            let named = |key: &[u8]| String::from_utf8_lossy(&key[1..]).into_owned();
            let found = found.iter().map(|(key, content)| (named(key), content.to_vec()));
            Ok((snapshot.count(&range).await?, found.collect()))
        });
        none_without_head(listed.await)
    }

    /// Creates or changes an operator's record. `change` is given its content, if it is there, and
    /// how many records there are; it answers another content, or that it stays as it is.
    ///
    /// # Errors
    /// What `change` refuses, with nothing changed; store failures.
    pub async fn change_operator<E: From<StoreError>>(
        &self,
        operation: &str,
        name: &str,
        change: impl Fn(Option<&[u8]>, u64) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<(), E> {
        self.ensure().await?;
        let (key, range) = (operator_key(name), Range::prefix(&[OPERATOR]));
        self.tree
            .update(&self.meta(operation), async |transaction| {
                let before = transaction.get(&key).await?;
                let count = transaction.count(&range).await?;
                let Some(after) = change(before.as_deref(), count)? else {
                    return Ok(());
                };
                if before.is_some() {
                    transaction.replace(key.clone(), after);
                } else {
                    transaction.insert(key.clone(), after);
                }
                Ok(())
            })
            .await
    }
}

fn operator_key(name: &str) -> Vec<u8> {
    [&[OPERATOR], name.as_bytes()].concat()
}
