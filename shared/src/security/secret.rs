//! Secrets: sealed at rest, redacted in print, wiped when dropped, compared in constant time.
//!
//! Every secret that is stored goes through [`MasterKey::seal`]: XChaCha20-Poly1305 under a key
//! that HKDF-SHA256 derives from the master key for one purpose. The purpose and the associated
//! data (what the record belongs to) are authenticated, so that a sealed value copied to another
//! record does not open there.

use std::fmt;
use std::ops::RangeInclusive;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use minicbor::{Decode, Encode};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Bytes of a nonce. It must be random: a pair of key and nonce may seal only once.
pub const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;
pub(super) const KEY_ID_BYTES: usize = 8;

/// Why a secret cannot be sealed or opened. Contains nothing of the secret or the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The variable `master_key` is empty: no secret can be stored or read.
    #[error("the variable master_key is not set")]
    MasterKeyMissing,
    /// The variable `master_key` is not 64 hexadecimal digits.
    #[error("the variable master_key is not 64 hexadecimal digits")]
    MasterKeyMalformed,
    /// The variable `master_key_previous` is neither empty nor 64 hexadecimal digits.
    #[error("the variable master_key_previous is neither empty nor 64 hexadecimal digits")]
    PreviousMasterKeyMalformed,
    /// The value was sealed under a master key that is not given any more.
    #[error(
        "a secret was sealed under another master key than master_key; set master_key_previous to it"
    )]
    MasterKeyChanged,
    /// The value was changed, or it belongs to another record or purpose.
    #[error("the sealed secret is not authentic")]
    NotAuthentic,
}

/// A secret in memory: prints as `[redacted]`, and its bytes are wiped when it is dropped.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// The bytes themselves, for the one place that needs them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Characters of the secret key of an access key. With one overheard request, secret keys can be
/// tried offline, so a short one protects nothing; the cloud's own have 40.
const SECRET_KEY_CHARACTERS: RangeInclusive<usize> = 16..=256;

/// The secret half of an access key as an operator gives it: printable ASCII without blanks.
#[derive(Debug)]
pub struct SecretKey(Secret);

impl SecretKey {
    /// A new one: 40 digits.
    pub fn new(random: [[u8; 16]; 2]) -> Self {
        Self(hex::encode(&random.as_flattened()[..20]).into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

impl<'de> Deserialize<'de> for SecretKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let secret = Secret::from(String::deserialize(deserializer)?);
        let printable = secret.expose().iter().all(u8::is_ascii_graphic);
        if printable && SECRET_KEY_CHARACTERS.contains(&secret.expose().len()) {
            return Ok(Self(secret));
        }
        let (least, most) = (SECRET_KEY_CHARACTERS.start(), SECRET_KEY_CHARACTERS.end());
        Err(D::Error::custom(format!("a secret key has {least} to {most} printable characters")))
    }
}

/// A secret as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Sealed {
    /// Identifies the master key, so that a rotation finds what is still under the old one.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    key_id: [u8; KEY_ID_BYTES],
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    nonce: [u8; NONCE_BYTES],
    /// The encrypted secret and its tag of 16 bytes.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    ciphertext: Vec<u8>,
}

impl Sealed {
    /// Which master key sealed this; compare with [`MasterKey::id`].
    pub fn key_id(&self) -> [u8; KEY_ID_BYTES] {
        self.key_id
    }
}

/// A key that secrets are sealed under. An installation has one or, while it rotates them, two:
/// see [`KeyRing`].
pub struct MasterKey {
    /// Extracted once: each request derives several keys.
    root: Hkdf<Sha256>,
    id: [u8; KEY_ID_BYTES],
}

impl MasterKey {
    /// Reads the variable `master_key`: 64 hexadecimal digits, or empty when it is not set.
    ///
    /// # Errors
    ///
    /// [`SecretError::MasterKeyMissing`] when empty, else [`SecretError::MasterKeyMalformed`].
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        if text.is_empty() {
            return Err(SecretError::MasterKeyMissing);
        }
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        hex::decode_to_slice(text, key.as_mut_slice())
            .map_err(|_| SecretError::MasterKeyMalformed)?;
        let root = Hkdf::new(None, key.as_slice());
        let mut id = [0; KEY_ID_BYTES];
        derive(&root, &[b"billing master key id"], &mut id);
        Ok(Self { root, id })
    }

    /// A public name of this key, derived from it one way.
    pub fn id(&self) -> [u8; KEY_ID_BYTES] {
        self.id
    }

    /// Seals `plain`, to be opened only with the same purpose and associated data.
    ///
    /// `purpose` is a fixed text per kind of secret (`"secret key"`); `aad` says which record
    /// the secret belongs to. `nonce` must be fresh random bytes for every call.
    pub fn seal(
        &self,
        purpose: &str,
        aad: &[u8],
        nonce: [u8; NONCE_BYTES],
        plain: &[u8],
    ) -> Sealed {
        let ciphertext = self
            .cipher(purpose)
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad })
            .expect("the cipher takes any plaintext below 256 GiB");
        Sealed { key_id: self.id, nonce, ciphertext }
    }

    /// Opens what [`MasterKey::seal`] made.
    ///
    /// # Errors
    ///
    /// [`SecretError::MasterKeyChanged`] for a value sealed under another key,
    /// [`SecretError::NotAuthentic`] if it, the purpose or the associated data differ.
    pub fn open(&self, purpose: &str, aad: &[u8], sealed: &Sealed) -> Result<Secret, SecretError> {
        if sealed.key_id != self.id {
            return Err(SecretError::MasterKeyChanged);
        }
        let payload = Payload { msg: &sealed.ciphertext, aad };
        self.cipher(purpose)
            .decrypt(&XNonce::from(sealed.nonce), payload)
            .map(Secret::from)
            .map_err(|_| SecretError::NotAuthentic)
    }

    fn cipher(&self, purpose: &str) -> XChaCha20Poly1305 {
        let key = self.derived(&format!("seal {purpose}"));
        XChaCha20Poly1305::new((&*key).into())
    }

    /// A key for one use, from which the master key cannot be found.
    pub(crate) fn derived(&self, usage: &str) -> Zeroizing<[u8; KEY_BYTES]> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        derive(&self.root, &[b"billing ", usage.as_bytes()], key.as_mut_slice());
        key
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// The master keys of an installation: the current one seals, and what the one before has sealed
/// opens until everything has been sealed again.
#[derive(Debug)]
pub struct KeyRing {
    current: MasterKey,
    previous: Option<MasterKey>,
}

impl KeyRing {
    /// Reads the variables `master_key` and `master_key_previous`, of which the second may be empty.
    ///
    /// # Errors
    ///
    /// [`SecretError::MasterKeyMissing`] without a current key, else
    /// [`SecretError::MasterKeyMalformed`] and [`SecretError::PreviousMasterKeyMalformed`].
    pub fn parse(current: &str, previous: &str) -> Result<Self, SecretError> {
        let current = MasterKey::parse(current)?;
        let previous = match MasterKey::parse(previous) {
            Ok(key) => Some(key),
            Err(SecretError::MasterKeyMissing) => None,
            Err(_) => return Err(SecretError::PreviousMasterKeyMalformed),
        };
        Ok(Self { current, previous })
    }

    /// The key that seals.
    pub fn current(&self) -> &MasterKey {
        &self.current
    }

    /// The key of this name.
    ///
    /// # Errors
    ///
    /// [`SecretError::MasterKeyChanged`] when there is none.
    pub fn key(&self, id: [u8; KEY_ID_BYTES]) -> Result<&MasterKey, SecretError> {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .find(|key| key.id == id)
            .ok_or(SecretError::MasterKeyChanged)
    }

    /// Opens what either key has sealed.
    ///
    /// # Errors
    ///
    /// As [`MasterKey::open`].
    pub fn open(&self, purpose: &str, aad: &[u8], sealed: &Sealed) -> Result<Secret, SecretError> {
        self.key(sealed.key_id)?.open(purpose, aad, sealed)
    }

    /// Seals under the current key what the one before has sealed; nothing if that is done.
    /// `nonce` as for [`MasterKey::seal`].
    ///
    /// # Errors
    ///
    /// As [`MasterKey::open`].
    pub fn reseal(
        &self,
        purpose: &str,
        aad: &[u8],
        nonce: [u8; NONCE_BYTES],
        sealed: &Sealed,
    ) -> Result<Option<Sealed>, SecretError> {
        if sealed.key_id == self.current.id {
            return Ok(None);
        }
        let opened = self.open(purpose, aad, sealed)?;
        Ok(Some(self.current.seal(purpose, aad, nonce, opened.expose())))
    }
}

fn derive(root: &Hkdf<Sha256>, info: &[&[u8]], output: &mut [u8]) {
    root.expand_multi_info(info, output).expect("HKDF-SHA256 gives up to 8,160 bytes");
}

/// Whether two tokens are equal, in a time that does not tell where they differ.
///
/// An empty token equals nothing, not even another empty one: it means "not set".
pub fn same_token(a: &[u8], b: &[u8]) -> bool {
    // Equal digests under one key, compared by the MAC library; lengths need not match.
    let mac = |token: &[u8]| {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(b"billing token comparison")
            .expect("HMAC takes a key of any length");
        mac.update(token);
        mac
    };
    let equal = mac(a).verify_slice(&mac(b).finalize().into_bytes()).is_ok();
    equal && !a.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const OTHER_KEY: &str = "100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const PURPOSE: &str = "secret key";
    const NONCE: [u8; NONCE_BYTES] = [7; NONCE_BYTES];

    fn master_key() -> MasterKey {
        MasterKey::parse(KEY).expect("a right key")
    }

    fn sealed() -> Sealed {
        master_key().seal(PURPOSE, b"cred.KEY1", NONCE, b"the secret")
    }

    #[test]
    fn opens_what_it_sealed() {
        let opened = master_key().open(PURPOSE, b"cred.KEY1", &sealed()).expect("authentic");
        assert_eq!(opened.expose(), b"the secret");
        let empty = master_key().seal(PURPOSE, b"", NONCE, b"");
        assert!(master_key().open(PURPOSE, b"", &empty).expect("authentic").expose().is_empty());
    }

    /// Calculated by an implementation of its own, from the RFCs: what is stored today must open
    /// with every later build.
    #[test]
    fn seals_as_the_specification_says() {
        let stored = concat!(
            "83486545c1059cc6717e",
            "5818070707070707070707070707070707070707070707070707",
            "581a85288ecae833613617528439c475a1cead96ac27f38f59fa79e6",
        );
        assert_eq!(hex::encode(minicbor::to_vec(sealed()).expect("encodes")), stored);
    }

    #[test]
    fn survives_its_encoding() {
        let stored = minicbor::to_vec(sealed()).expect("encodes");
        assert!(!stored.windows(6).any(|window| window == b"secret"));
        assert_eq!(minicbor::decode::<Sealed>(&stored).expect("decodes"), sealed());
    }

    #[test]
    fn refuses_another_record() {
        let opened = master_key().open(PURPOSE, b"cred.KEY2", &sealed());
        assert_eq!(opened.err(), Some(SecretError::NotAuthentic));
    }

    #[test]
    fn refuses_another_purpose() {
        let opened = master_key().open("personal data", b"cred.KEY1", &sealed());
        assert_eq!(opened.err(), Some(SecretError::NotAuthentic));
    }

    #[test]
    fn refuses_another_master_key() {
        let other = MasterKey::parse(OTHER_KEY).expect("a right key");
        assert_ne!(other.id(), master_key().id());
        let opened = other.open(PURPOSE, b"cred.KEY1", &sealed());
        assert_eq!(opened.err(), Some(SecretError::MasterKeyChanged));

        let relabelled = Sealed { key_id: other.id(), ..sealed() };
        let opened = other.open(PURPOSE, b"cred.KEY1", &relabelled);
        assert_eq!(opened.err(), Some(SecretError::NotAuthentic));
    }

    #[test]
    fn a_ring_opens_what_either_key_has_sealed_and_seals_under_the_current_one() {
        let ring = KeyRing::parse(OTHER_KEY, KEY).expect("right keys");
        let opened = ring.open(PURPOSE, b"cred.KEY1", &sealed()).expect("of the one before");
        assert_eq!(opened.expose(), b"the secret");
        let resealed = ring.reseal(PURPOSE, b"cred.KEY1", [8; NONCE_BYTES], &sealed());
        let resealed = resealed.expect("opens").expect("is not under the current key");
        assert_eq!(resealed.key_id(), ring.current().id());
        assert_eq!(ring.reseal(PURPOSE, b"cred.KEY1", [9; NONCE_BYTES], &resealed), Ok(None));

        let alone = KeyRing::parse(OTHER_KEY, "").expect("a right key");
        let opened = alone.open(PURPOSE, b"cred.KEY1", &resealed).expect("of the current one");
        assert_eq!(opened.expose(), b"the secret");
        let lost = alone.reseal(PURPOSE, b"cred.KEY1", [8; NONCE_BYTES], &sealed());
        assert_eq!(lost, Err(SecretError::MasterKeyChanged));
        let another = ring.reseal(PURPOSE, b"cred.KEY2", [8; NONCE_BYTES], &sealed());
        assert_eq!(another, Err(SecretError::NotAuthentic));
    }

    #[test]
    fn says_which_variable_of_a_ring_is_wrong() {
        let refused = |current, previous| KeyRing::parse(current, previous).err();
        assert_eq!(refused("", KEY), Some(SecretError::MasterKeyMissing));
        assert_eq!(refused("0", KEY), Some(SecretError::MasterKeyMalformed));
        assert_eq!(refused(KEY, "0"), Some(SecretError::PreviousMasterKeyMalformed));
        assert!(KeyRing::parse(KEY, KEY).is_ok());
    }

    #[test]
    fn refuses_every_flipped_bit() {
        let flipped = |change: &dyn Fn(&mut Sealed)| {
            let mut sealed = sealed();
            change(&mut sealed);
            master_key().open(PURPOSE, b"cred.KEY1", &sealed).err()
        };
        for bit in 0..8 {
            for at in 0..sealed().ciphertext.len() {
                let error = flipped(&|sealed| sealed.ciphertext[at] ^= 1 << bit);
                assert_eq!(error, Some(SecretError::NotAuthentic));
            }
            for at in 0..NONCE_BYTES {
                let error = flipped(&|sealed| sealed.nonce[at] ^= 1 << bit);
                assert_eq!(error, Some(SecretError::NotAuthentic));
            }
            for at in 0..KEY_ID_BYTES {
                let error = flipped(&|sealed| sealed.key_id[at] ^= 1 << bit);
                assert_eq!(error, Some(SecretError::MasterKeyChanged));
            }
        }
        for length in 0..sealed().ciphertext.len() {
            let error = flipped(&|sealed| sealed.ciphertext.truncate(length));
            assert_eq!(error, Some(SecretError::NotAuthentic));
        }
    }

    #[test]
    fn says_why_a_master_key_is_refused() {
        assert_eq!(MasterKey::parse("").err(), Some(SecretError::MasterKeyMissing));
        for text in ["0", "zz", &KEY[1..], &format!("{KEY}00"), &KEY.replace('f', "g"), " "] {
            assert_eq!(MasterKey::parse(text).err(), Some(SecretError::MasterKeyMalformed));
        }
    }

    #[test]
    fn prints_redacted() {
        assert_eq!(format!("{:?}", Secret::from("hunter2".to_owned())), "[redacted]");
        assert_eq!(format!("{:?}", master_key()), "[redacted]");
        let opened = master_key().open(PURPOSE, b"cred.KEY1", &sealed());
        assert_eq!(format!("{opened:?}"), "Ok([redacted])");
    }

    #[test]
    fn compares_tokens() {
        assert!(same_token(b"a token", b"a token"));
        assert!(!same_token(b"a token", b"a tokeN"));
        assert!(!same_token(b"a token", b"a token "));
        assert!(!same_token(b"a token", b""));
        assert!(!same_token(b"", b"a token"));
        assert!(!same_token(b"", b""));
    }
}
