//! Leftovers: what a restore writes outside of any tree, and nobody reaches if it dies.
//!
//! The register says so beforehand, and takes it back in the transaction with which the key comes
//! into use. What is still noted after an hour is deleted by the sweep. That marks the note first:
//! whoever slept for so long cannot bring the key into use any more.

use super::{HEAD_PREFIX, Register, decoded, encoded};
use crate::store::build::Build;
use crate::store::defect::{self, Defect};
use crate::store::error::StoreError;
use crate::store::page::to_u64;
use crate::store::reader::{Range, Reader};
use crate::store::tree::Transaction;
use minicbor::{Decode, Encode};

/// First byte of the keys of notes, by the keys that they are about.
const LEFT: u8 = b'w';

const NOTES_PER_READ: usize = 100;

/// A note of a key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Left {
    #[n(0)]
    since_ms: i64,
    /// Whether it is a build whose pages are in use.
    #[n(1)]
    is_over: bool,
    /// Whether the sweep is about to delete it.
    #[n(2)]
    is_swept: bool,
}

fn note_key(key: &str) -> Vec<u8> {
    [&[LEFT], key.as_bytes()].concat()
}

impl Register<'_> {
    /// Notes a key that is about to be written.
    pub(super) async fn note_left(&self, key: &str) -> Result<(), StoreError> {
        if defect::present(Defect::ForgetsDeadRestores) {
            return Ok(());
        }
        let since_ms = self.backend.now().timestamp_millis();
        self.tree
            .update(&self.meta("begin restore"), async |transaction| {
                note(transaction, key, since_ms, false)
            })
            .await
    }

    /// Deletes what was noted before this time and never came into use.
    ///
    /// # Errors
    /// Store failures; a repeat goes on.
    pub(in crate::store) async fn sweep_left(&self, oldest_ms: i64) -> Result<(), StoreError> {
        for key in self.old_notes(oldest_ms).await? {
            let Some(left) = self.mark_swept(&key).await? else {
                continue;
            };
            if key.starts_with(HEAD_PREFIX) {
                self.backend.delete_many(std::slice::from_ref(&key)).await?;
            } else {
                Build::sweep(self.backend, &key, left.is_over).await?;
            }
            let note = note_key(&key);
            self.tree
                .update(&self.meta("sweep"), async |transaction| {
                    if transaction.get(&note).await?.is_some() {
                        transaction.remove(&note);
                    }
                    Ok::<_, StoreError>(())
                })
                .await?;
        }
        Ok(())
    }

    async fn old_notes(&self, oldest_ms: i64) -> Result<Vec<String>, StoreError> {
        let range = Range::prefix(&[LEFT]);
        let found = self.tree.read(async |snapshot| {
            let mut old = Vec::new();
            let mut offset = 0;
            loop {
                let notes = snapshot.scan(&range, offset, NOTES_PER_READ).await?;
                for (key, bytes) in &notes {
                    let left: Left = decoded(bytes)?;
                    if left.since_ms < oldest_ms {
                        old.push(String::from_utf8_lossy(&key[1..]).into_owned());
                    }
                }
                if notes.len() < NOTES_PER_READ {
                    return Ok(old);
                }
                offset += to_u64(notes.len());
            }
        });
        match found.await {
            Err(StoreError::NoHead(_)) => Ok(Vec::new()),
            other => other,
        }
    }

    /// Marks a note. None if it is gone.
    async fn mark_swept(&self, key: &str) -> Result<Option<Left>, StoreError> {
        let note = note_key(key);
        self.tree
            .update(&self.meta("sweep"), async |transaction| {
                let Some(bytes) = transaction.get(&note).await? else {
                    return Ok(None);
                };
                let left = Left { is_swept: true, ..decoded(&bytes)? };
                transaction.replace(note.clone(), encoded(&left)?);
                Ok(Some(left))
            })
            .await
    }
}

/// Notes a key, in a transaction that makes a leftover of it.
pub(super) fn note(
    transaction: &mut Transaction<'_>,
    key: &str,
    since_ms: i64,
    is_over: bool,
) -> Result<(), StoreError> {
    if !defect::present(Defect::ForgetsDeadRestores) {
        let left = Left { since_ms, is_over, is_swept: false };
        transaction.insert(note_key(key), encoded(&left)?);
    }
    Ok(())
}

/// Whether a key is noted.
pub(super) async fn is_noted(transaction: &Transaction<'_>, key: &str) -> Result<bool, StoreError> {
    Ok(transaction.get(&note_key(key)).await?.is_some())
}

/// Takes a note back, in the transaction with which the key comes into use.
///
/// # Errors
/// [`StoreError::Contended`] if the sweep has come first; store failures.
pub(super) async fn settle(transaction: &mut Transaction<'_>, key: &str) -> Result<(), StoreError> {
    if defect::present(Defect::ForgetsDeadRestores) {
        return Ok(());
    }
    let note = note_key(key);
    let left = transaction.get(&note).await?.map(|bytes| decoded::<Left>(&bytes)).transpose()?;
    match left {
        Some(Left { is_swept: false, .. }) => {
            transaction.remove(&note);
            Ok(())
        }
        Some(_) | None => Err(StoreError::Contended),
    }
}
