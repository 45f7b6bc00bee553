//! Stored forms that belong to the books alone. Fields are numbered; later ones are optional.

use crate::domain::account::{Account, AccountId};
use crate::domain::error::Reason;
use crate::value::money::Money;
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};

/// An account, under its identity.
#[derive(Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct AccountRecord {
    #[n(0)]
    pub balance: Money,
    #[n(1)]
    pub credit_limit: Option<Money>,
}

impl AccountRecord {
    pub(crate) fn of(account: &Account) -> Self {
        Self { balance: account.balance, credit_limit: account.credit_limit }
    }

    pub(crate) fn into_account(self, id: AccountId) -> Account {
        Account { id, balance: self.balance, credit_limit: self.credit_limit }
    }
}

/// One side of a transfer, under the account and the transfer.
#[derive(Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct LineRecord {
    /// Negative where value left.
    #[n(0)]
    pub amount: Money,
    #[n(1)]
    pub balance_after: Money,
}

/// What is kept of a client token: its first part.
#[derive(Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct TokenRecord {
    /// SHA-256 of the request it was used for.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub request_sha256: [u8; 32],
    /// When it may be forgotten.
    #[n(1)]
    pub expires_at: Timestamp,
    /// Number of parts that hold the answer, after this one.
    #[n(2)]
    pub parts: u16,
}

pub(crate) fn encode<T: Encode<()>>(record: &T) -> Result<Vec<u8>, Reason> {
    minicbor::to_vec(record).map_err(|error| Reason::Corrupt(error.to_string()))
}

/// Decodes a stored record; the key names it in errors.
pub(crate) fn decode<T: for<'b> Decode<'b, ()>>(key: &[u8], bytes: &[u8]) -> Result<T, Reason> {
    minicbor::decode(bytes)
        .map_err(|error| Reason::Corrupt(format!("{}: {error}", key.escape_ascii())))
}
