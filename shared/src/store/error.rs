//! Why the store cannot answer.

use super::key_value::KeyValueError;
use std::fmt;

/// A failure of the store, never of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The host did not answer a call. Nothing was changed.
    Unavailable(KeyValueError),
    /// There is no head under this key.
    NoHead(String),
    /// A head or page does not read back as it was written. Names the key and what is wrong.
    Corrupt { key: String, detail: String },
    /// The head was written by another version of this program.
    OtherFormat { key: String, format: u8 },
    /// A page that the head refers to is gone, again and again.
    MissingPage(String),
    /// The store does not compare and swap as it must. Says what it does instead. Nothing was
    /// changed.
    Unfit(String),
    /// Other transactions kept winning. Nothing was changed.
    Contended,
    /// The transaction changes more of the tree than one may. Nothing was changed; a part of it can
    /// be.
    TransactionTooLarge,
    /// The host lost the answer to a swap and could not be read afterwards: the change may or may
    /// not have been made.
    OutcomeUnknown,
    /// A transaction contradicts itself or the snapshot it has read. A fault of this program.
    Misuse(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(error) => write!(formatter, "{error}"),
            Self::NoHead(key) => write!(formatter, "no head under {key}"),
            Self::Corrupt { key, detail } => write!(formatter, "{key} is corrupt: {detail}"),
            Self::OtherFormat { key, format } => {
                write!(formatter, "{key} has format {format}, which this program does not read")
            }
            Self::MissingPage(key) => write!(formatter, "page {key} is missing"),
            Self::Unfit(fault) => write!(formatter, "the store is unfit for the ledger: {fault}"),
            Self::Contended => formatter.write_str("too many concurrent transactions"),
            Self::TransactionTooLarge => formatter.write_str("the transaction is too large"),
            Self::OutcomeUnknown => formatter.write_str("the outcome of the swap is unknown"),
            Self::Misuse(detail) => write!(formatter, "transaction misused: {detail}"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<KeyValueError> for StoreError {
    fn from(error: KeyValueError) -> Self {
        Self::Unavailable(error)
    }
}
