//! Frames: how a stored value outside the tree is told from a damaged one, from one of another
//! kind, and from one that another version of this program has written.
//!
//! Two magic bytes, the format, the content, and XXH3 of all that, as eight bytes. Every request
//! reads such values, so it must be quick; it finds any damage of a store. An enemy who can
//! write the store could compute a slower hash as well.

use super::error::StoreError;
use xxhash_rust::xxh3::xxh3_64;

const CHECKSUM_BYTES: usize = 8;

/// A kind of stored value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Tells this kind from others.
    pub magic: [u8; 2],
    /// The format that this program reads and writes.
    pub format: u8,
}

impl Frame {
    /// The stored form of what `write` appends.
    ///
    /// # Errors
    /// What `write` fails with.
    pub fn wrap<E>(&self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<Vec<u8>, E> {
        let mut bytes = vec![self.magic[0], self.magic[1], self.format];
        write(&mut bytes)?;
        bytes.extend_from_slice(&checksum(&bytes));
        Ok(bytes)
    }

    /// The content of a stored value; `key` names it in errors.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] and [`StoreError::OtherFormat`].
    pub fn open<'b>(&self, key: &str, bytes: &'b [u8]) -> Result<&'b [u8], StoreError> {
        let corrupt =
            |detail: &str| StoreError::Corrupt { key: key.to_owned(), detail: detail.to_owned() };
        let (framed, stored) = bytes
            .len()
            .checked_sub(CHECKSUM_BYTES)
            .and_then(|at| bytes.split_at_checked(at))
            .ok_or_else(|| corrupt("too short"))?;
        if checksum(framed) != stored {
            return Err(corrupt("its checksum does not match"));
        }
        let (magic, rest) = framed.split_at_checked(2).ok_or_else(|| corrupt("too short"))?;
        let (format, content) = rest.split_first().ok_or_else(|| corrupt("too short"))?;
        if magic != self.magic {
            return Err(corrupt("it is something else"));
        }
        if *format != self.format {
            return Err(StoreError::OtherFormat { key: key.to_owned(), format: *format });
        }
        Ok(content)
    }
}

/// The last bytes of a value, from those before them.
pub(crate) fn checksum(framed: &[u8]) -> [u8; CHECKSUM_BYTES] {
    xxh3_64(framed).to_be_bytes()
}
