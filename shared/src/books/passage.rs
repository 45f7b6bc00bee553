//! Records on their way from one store to another: in which version they are written, and how what
//! is sealed comes under another key.
//!
//! Nothing else in the books depends on a master key: digests are made with a key of the books' own,
//! which goes along, sealed. The code of a demo tenant that waits to be read is sealed with
//! the number that it was sent to, which the books do not know: it stays as it is, and cannot be read
//! under another key.

use super::key;
use super::record::{decode, encode};
use crate::domain::error::Reason;
use crate::security::secret::Sealed;
use crate::security::vault::Vault;

/// The version of the stored records. A change of their form that an older program would misread
/// gives it the next number, and [`upgraded`] one arm more. A field that is new and optional does
/// not.
pub const RECORDS_VERSION: u16 = 1;

/// A record of a version in the form of this one.
///
/// # Errors
/// [`Reason::Field`] for a version that this program does not know.
pub fn upgraded(version: u16, key: Vec<u8>, value: Vec<u8>) -> Result<(Vec<u8>, Vec<u8>), Reason> {
    match version {
        RECORDS_VERSION => Ok((key, value)),
        _ => Err(Reason::field("version", "is of another program than this one")),
    }
}

/// The way from one vault to another.
#[derive(Clone, Debug)]
pub struct Passage {
    /// Opens what is sealed.
    pub from: Vault,
    /// Seals it again.
    pub to: Vault,
}

impl Passage {
    /// The value of a record, with what is sealed in it under the other key.
    ///
    /// # Errors
    /// [`Reason::Secret`] for what cannot be opened, [`Reason::Corrupt`] for what cannot be read.
    pub fn value(&self, key: &[u8], value: Vec<u8>) -> Result<Vec<u8>, Reason> {
        let Some(subject) = key::subject(key) else {
            return Ok(value);
        };
        let sealed: Sealed = decode(key, &value)?;
        encode(&self.from.pass_on(&self.to, subject, &sealed)?)
    }

    /// The note of a head: the key of the digests, under the other key.
    ///
    /// # Errors
    /// As of [`value`](Self::value).
    pub fn note(&self, name: &str, note: &[u8]) -> Result<Vec<u8>, Reason> {
        Ok(self.from.pass_digest_key_on(&self.to, name, note)?)
    }
}
