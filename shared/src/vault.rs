//! Personal data at rest: sealed under the master key, one record for each subject.
//!
//! What the law or a careful partner would not have lying about in the clear is kept apart from the
//! record that it belongs to, so that a rotation of the master key finds all of it in one place.

use crate::id::{CustomerId, PartnerId, ReviewId};
use crate::secret::{MasterKey, NONCE_BYTES, Sealed, Secret, SecretError};
use hmac::{Hmac, KeyInit, Mac};
use minicbor::{Decode, Encode};
use serde::Deserialize;
use sha2::Sha256;
use std::fmt;
use std::rc::Rc;

/// The purpose that personal data is sealed for.
const PERSONAL_DATA: &str = "personal data";

/// Whom personal data is about. Its text form is part of the key and authenticated with the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A partner.
    Partner(&'a PartnerId),
    /// A customer.
    Customer(&'a CustomerId),
    /// A submission for real-name review.
    Submission(&'a ReviewId),
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partner(id) => write!(formatter, "partner {id}"),
            Self::Customer(id) => write!(formatter, "customer {id}"),
            Self::Submission(id) => write!(formatter, "submission {id}"),
        }
    }
}

/// How to reach a partner or customer.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Telephone number without its country code; a partner's is called `mobile_phone`.
    #[serde(alias = "mobile_phone")]
    #[n(0)]
    pub telephone: Option<String>,
    /// Email address.
    #[n(1)]
    pub email: Option<String>,
}

impl Contact {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_empty() { "Contact(none)" } else { "Contact([redacted])" })
    }
}

/// Seals and opens personal data. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault(Rc<Keys>);

#[derive(Debug)]
struct Keys {
    master_key: Result<MasterKey, SecretError>,
    random: [u8; 16],
}

impl Vault {
    /// A vault under the variable `master_key`. While that is not usable the vault is closed: it
    /// says why when something is to be sealed or opened. `random` must be fresh.
    pub fn new(master_key: &str, random: [u8; 16]) -> Self {
        Self(Rc::new(Keys { master_key: MasterKey::parse(master_key), random }))
    }

    /// A vault without a key, which seals and opens nothing.
    pub fn closed() -> Self {
        Self::new("", [0; 16])
    }

    /// Seals a record about `subject`.
    ///
    /// # Errors
    /// There is no usable master key.
    pub(crate) fn seal(&self, subject: Subject<'_>, plain: &[u8]) -> Result<Sealed, SecretError> {
        let key = self.key()?;
        let subject = subject.to_string();
        // The closure of a transaction runs again with the same random bytes and perhaps other
        // content: a nonce that depends on all of it never serves two contents.
        let content = [&self.0.random[..], subject.as_bytes(), &[0], plain].concat();
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&key.digest("nonce of personal data", &content)[..NONCE_BYTES]);
        Ok(key.seal(PERSONAL_DATA, subject.as_bytes(), nonce, plain))
    }

    /// Opens a record about `subject`.
    ///
    /// # Errors
    /// There is no usable master key, it is another one than the record was sealed under, or the
    /// record was changed or is about somebody else.
    pub(crate) fn open(
        &self,
        subject: Subject<'_>,
        sealed: &Sealed,
    ) -> Result<Secret, SecretError> {
        self.key()?.open(PERSONAL_DATA, subject.to_string().as_bytes(), sealed)
    }

    /// A keyed hash: by it equal data is found again, and nobody without the master key can find
    /// out what it stands for by trying. `purpose` is a fixed text per kind of data.
    ///
    /// # Errors
    /// There is no usable master key.
    pub fn digest(&self, purpose: &str, data: &[u8]) -> Result<[u8; 32], SecretError> {
        Ok(self.key()?.digest(purpose, data))
    }

    fn key(&self) -> Result<&MasterKey, SecretError> {
        self.0.master_key.as_ref().map_err(|error| *error)
    }
}

impl MasterKey {
    /// HMAC-SHA256 under a key of its own for each purpose.
    fn digest(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        let key = self.derived(&format!("digest {purpose}"));
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&*key)
            .expect("HMAC takes a key of any length");
        mac.update(data);
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn customer(id: &str) -> CustomerId {
        id.parse().expect("an id")
    }

    #[test]
    fn opens_what_it_sealed_for_the_same_subject_only() {
        let vault = Vault::new(KEY, [1; 16]);
        let (one, other) = (customer("c1"), customer("c2"));
        let sealed = vault.seal(Subject::Customer(&one), b"13900000000").expect("sealed");
        let opened = vault.open(Subject::Customer(&one), &sealed).expect("opened");
        assert_eq!(opened.expose(), b"13900000000");
        let wrong = vault.open(Subject::Customer(&other), &sealed).err();
        assert_eq!(wrong, Some(SecretError::NotAuthentic));
    }

    #[test]
    fn a_closed_vault_says_why() {
        let id = customer("c");
        let sealed = Vault::closed().seal(Subject::Customer(&id), b"x");
        assert_eq!(sealed, Err(SecretError::MasterKeyMissing));
        let digest = Vault::new("abc", [0; 16]).digest("mobile", b"x");
        assert_eq!(digest, Err(SecretError::MasterKeyMalformed));
    }

    #[test]
    fn never_seals_two_contents_under_one_nonce() {
        let vault = Vault::new(KEY, [1; 16]);
        let id = customer("c");
        let seal = |plain: &[u8]| {
            let sealed = vault.seal(Subject::Customer(&id), plain).expect("sealed");
            minicbor::to_vec(&sealed).expect("encodes")
        };
        // A header, the key's id and the nonce come first.
        assert_ne!(seal(b"one")[..36], seal(b"two")[..36]);
        assert_eq!(seal(b"one"), seal(b"one"));
    }

    #[test]
    fn a_digest_depends_on_key_and_purpose() {
        let vault = Vault::new(KEY, [1; 16]);
        let digest = vault.digest("mobile", b"1").expect("a digest");
        assert_eq!(vault.digest("mobile", b"1"), Ok(digest));
        assert_ne!(vault.digest("email", b"1"), Ok(digest));
        assert_ne!(Vault::new(&KEY.replace('1', "2"), [1; 16]).digest("mobile", b"1"), Ok(digest));
    }

    #[test]
    fn a_contact_never_prints() {
        let contact = Contact { telephone: Some("13900000000".to_owned()), email: None };
        assert_eq!(format!("{contact:?}"), "Contact([redacted])");
    }
}
