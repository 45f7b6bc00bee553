//! What callers bring to a tree, behind a `dyn`.
//!
//! Reading and committing are the same whatever is read or decided. So they see neither the answers
//! nor the refusals of what callers bring, and are compiled once, in this library, and not again for
//! each kind of answer in each component.

use super::Transaction;
use crate::store::reader::Snapshot;
use async_trait::async_trait;

/// What looks at a snapshot.
#[async_trait(?Send)]
pub(super) trait Look {
    /// Looks, and keeps what it has found, in place of what it found before.
    async fn look(&mut self, snapshot: &Snapshot<'_>);
}

/// A closure that reads a snapshot, with its outcome.
pub(super) struct Looked<F, R> {
    pub read: F,
    pub outcome: Option<R>,
}

#[async_trait(?Send)]
impl<F: AsyncFn(&Snapshot<'_>) -> R, R> Look for Looked<F, R> {
    async fn look(&mut self, snapshot: &Snapshot<'_>) {
        self.outcome = Some((self.read)(snapshot).await);
    }
}

/// What changes the books in a transaction.
#[async_trait(?Send)]
pub(super) trait Decide {
    /// Decides once more. Answers the number under which it keeps its answer, and nothing when it
    /// refuses.
    async fn decide(&mut self, transaction: &mut Transaction<'_>) -> Option<usize>;
}

/// A closure that decides, with the outcomes of its attempts.
pub(super) struct Decided<F, T, E> {
    pub change: F,
    /// An answer of each attempt that had one.
    pub answers: Vec<T>,
    /// Why it was refused the last time that it was.
    pub refusal: Option<E>,
}

#[async_trait(?Send)]
impl<F, T, E> Decide for Decided<F, T, E>
where
    F: AsyncFnMut(&mut Transaction<'_>) -> Result<T, E>,
{
    async fn decide(&mut self, transaction: &mut Transaction<'_>) -> Option<usize> {
        match (self.change)(transaction).await {
            Ok(answer) => {
                self.answers.push(answer);
                Some(self.answers.len() - 1)
            }
            Err(refusal) => {
                self.refusal = Some(refusal);
                None
            }
        }
    }
}
