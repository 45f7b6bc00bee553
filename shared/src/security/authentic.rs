//! MACs over stored records, so that nobody who can only write the store makes or changes one.
//!
//! The key is derived from the master key for one kind of record. A MAC does not tell an older
//! state of a record from the newest one: whoever can write the store can put back what was there.

use super::secret::{KEY_ID_BYTES, KeyRing, MasterKey, SecretError};
use hmac::{Hmac, KeyInit, Mac};
use minicbor::{Decode, Encode};
use sha2::Sha256;

/// A MAC over a record, with the name of the master key that it depends on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RecordMac {
    #[cbor(n(0), with = "minicbor::bytes")]
    key_id: [u8; KEY_ID_BYTES],
    #[cbor(n(1), with = "minicbor::bytes")]
    tag: [u8; 32],
}

impl RecordMac {
    /// The master key that it depends on.
    pub fn key_id(&self) -> [u8; KEY_ID_BYTES] {
        self.key_id
    }
}

impl KeyRing {
    /// The MAC over a record of this kind, under the current key. `record` holds what the record
    /// belongs to.
    pub fn authenticate(&self, kind: &str, record: &[u8]) -> RecordMac {
        let key = self.current();
        RecordMac { key_id: key.id(), tag: mac(key, kind, record).finalize().into_bytes().into() }
    }

    /// Checks that this installation has made the record.
    ///
    /// # Errors
    /// [`SecretError::MasterKeyChanged`] for a MAC under another master key,
    /// [`SecretError::NotAuthentic`] without a MAC or with a wrong one.
    pub fn verify(
        &self,
        kind: &str,
        record: &[u8],
        claimed: Option<&RecordMac>,
    ) -> Result<(), SecretError> {
        let claimed = claimed.ok_or(SecretError::NotAuthentic)?;
        let expected = mac(self.key(claimed.key_id)?, kind, record);
        expected.verify_slice(&claimed.tag).map_err(|_| SecretError::NotAuthentic)
    }
}

fn mac(key: &MasterKey, kind: &str, record: &[u8]) -> Hmac<Sha256> {
    let key = key.derived(&format!("record {kind}"));
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(&*key).expect("HMAC takes a key of any length");
    mac.update(record);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const NEXT: &str = "100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    #[test]
    fn a_record_is_authentic_as_it_was_made_and_in_no_other_way() {
        let ring = KeyRing::parse(KEY, "").expect("a key");
        let mac = ring.authenticate("key", b"record");
        assert_eq!(ring.verify("key", b"record", Some(&mac)), Ok(()));
        let wrong = Err(SecretError::NotAuthentic);
        assert_eq!(ring.verify("key", b"recorD", Some(&mac)), wrong);
        assert_eq!(ring.verify("operator", b"record", Some(&mac)), wrong);
        assert_eq!(ring.verify("key", b"record", None), wrong);
        let mut forged = mac;
        forged.tag[31] ^= 1;
        assert_eq!(ring.verify("key", b"record", Some(&forged)), wrong);
    }

    #[test]
    fn a_mac_counts_while_its_master_key_is_known() {
        let mac = KeyRing::parse(KEY, "").expect("a key").authenticate("key", b"record");
        let verify = |current: &str, previous: &str| {
            let ring = KeyRing::parse(current, previous).expect("keys");
            ring.verify("key", b"record", Some(&mac))
        };
        assert_eq!(verify(NEXT, KEY), Ok(()));
        assert_eq!(verify(NEXT, ""), Err(SecretError::MasterKeyChanged));
    }
}
