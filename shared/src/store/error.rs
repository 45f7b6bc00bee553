//! Why the store cannot answer.

use super::key_value::KeyValueError;

/// A failure of the store, never of the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The host did not answer a call. Nothing was changed.
    #[error(transparent)]
    Unavailable(#[from] KeyValueError),
    /// There is no head under this key.
    #[error("no head under {0}")]
    NoHead(String),
    /// A head or page does not read back as it was written. Names the key and what is wrong.
    #[error("{key} is corrupt: {detail}")]
    Corrupt { key: String, detail: String },
    /// The head was written by another version of this program.
    #[error("{key} has format {format}, which this program does not read")]
    OtherFormat { key: String, format: u8 },
    /// A page that the head refers to is gone, again and again.
    #[error("page {0} is missing")]
    MissingPage(String),
    /// The store does not compare and swap as it must. Says what it does instead. Nothing was
    /// changed.
    #[error("the store is unfit for the ledger: {0}")]
    Unfit(String),
    /// Other transactions kept winning. Nothing was changed.
    #[error("too many concurrent transactions")]
    Contended,
    /// The transaction changes more of the tree than one may. Nothing was changed; a part of it can
    /// be.
    #[error("the transaction is too large")]
    TransactionTooLarge,
    /// The host lost the answer to a swap and could not be read afterwards: the change may or may
    /// not have been made.
    #[error("the outcome of the swap is unknown")]
    OutcomeUnknown,
    /// A transaction contradicts itself or the snapshot it has read. A fault of this program.
    #[error("transaction misused: {0}")]
    Misuse(String),
}
