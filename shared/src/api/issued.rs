//! Texts that this installation issues, and believes when they come back.
//!
//! What a text says stands in it under a MAC, whose key is derived from the master key for one
//! purpose alone. Nothing of it is stored.

use super::refusal::Refusal;
use crate::security::secret::{KeyRing, MasterKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use minicbor::{Decode, Encode};
use sha2::Sha256;

/// Longest text that is looked at.
const TEXT_BYTES_MAX: usize = 512;

/// Bytes of the MAC at a text's end.
const MAC_BYTES: usize = 32;

/// A kind of such texts.
pub(super) struct Kind {
    /// Begins each text, so that one that has leaked into a file is recognised.
    pub prefix: &'static str,
    /// What the key of its MAC is derived for.
    pub purpose: &'static str,
}

/// What a text says.
pub(super) trait Claims: Encode<()> + for<'b> Decode<'b, ()> {
    /// The master key that the text's MAC depends on.
    fn master_key_id(&self) -> [u8; 8];
}

/// A text of the right form, not yet verified.
#[derive(Debug)]
pub(super) struct Presented<C> {
    /// What it says.
    pub claims: C,
    /// What the MAC is over.
    signed: Vec<u8>,
    mac: [u8; MAC_BYTES],
}

impl Kind {
    /// A text that says this.
    pub fn issue(&self, master_key: &MasterKey, claims: &impl Claims) -> Result<String, Refusal> {
        let mut bytes = minicbor::to_vec(claims)
            .map_err(|error| Refusal::Internal(format!("claims as CBOR: {error}")))?;
        let mac = self.mac(master_key, &bytes).finalize().into_bytes();
        bytes.extend_from_slice(&mac);
        Ok(format!("{}{}", self.prefix, URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads a text of this kind.
    pub fn parse<C: Claims>(&self, text: &str) -> Option<Presented<C>> {
        let text = text.strip_prefix(self.prefix).filter(|text| text.len() <= TEXT_BYTES_MAX)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (signed, mac) = bytes.split_last_chunk::<MAC_BYTES>()?;
        let claims = minicbor::decode(signed).ok()?;
        Some(Presented { claims, signed: signed.to_vec(), mac: *mac })
    }

    /// Verifies that this installation has issued a text. Says what is wrong, for the log.
    pub fn verify<C: Claims>(
        &self,
        presented: &Presented<C>,
        ring: &KeyRing,
    ) -> Result<(), String> {
        let master_key = ring.key(presented.claims.master_key_id());
        let master_key = master_key.map_err(|error| error.to_string())?;
        self.mac(master_key, &presented.signed)
            .verify_slice(&presented.mac)
            .map_err(|_| "not issued by this installation".to_owned())
    }

    /// The MAC over claims, under a key that serves nothing else.
    fn mac(&self, master_key: &MasterKey, claims: &[u8]) -> Hmac<Sha256> {
        let key = master_key.derived(self.purpose);
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&*key)
            .expect("HMAC takes a key of any length");
        mac.update(claims);
        mac
    }
}
