//! Personal data at rest: sealed under the master key, one record for each subject.
//!
//! What the law or a careful partner would not have lying about in the clear is kept apart from the
//! record that it belongs to, so that a rotation of the master key finds all of it in one place.
//!
//! Digests, by which equal data is found again, are made with a key of each tenant's own, drawn
//! once and itself sealed: they stay the same when the master key changes.

use crate::security::secret::{KeyRing, MasterKey, NONCE_BYTES, Sealed, Secret, SecretError};
use crate::value::id::{CustomerId, PartnerId, ReviewId};
use hmac::{Hmac, KeyInit, Mac};
use minicbor::{Decode, Encode};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;
use std::rc::Rc;
use zeroize::Zeroizing;

/// The purpose that personal data is sealed for.
const PERSONAL_DATA: &str = "personal data";

/// The purpose that the key of a tenant's digests is sealed for.
const DIGEST_KEY: &str = "digest key";

/// Whom personal data is about. Its text form is part of the key and authenticated with the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A partner.
    Partner(&'a PartnerId),
    /// A customer.
    Customer(&'a CustomerId),
    /// A submission for real-name review.
    Submission(&'a ReviewId),
    /// The password of a customer.
    Password(&'a CustomerId),
    /// The second factor of a partner.
    SecondFactor(&'a PartnerId),
    /// The address of a partner that is told of events, and what signs them.
    Notification(&'a PartnerId),
    /// A mobile number. Nothing is kept under it, since its text form is the number itself; what
    /// is about it is sealed inside other records.
    Mobile(&'a str),
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partner(id) => write!(formatter, "partner {id}"),
            Self::Customer(id) => write!(formatter, "customer {id}"),
            Self::Submission(id) => write!(formatter, "submission {id}"),
            Self::Password(id) => write!(formatter, "password {id}"),
            Self::SecondFactor(id) => write!(formatter, "second factor {id}"),
            Self::Notification(id) => write!(formatter, "notification {id}"),
            Self::Mobile(number) => write!(formatter, "mobile {number}"),
        }
    }
}

/// How to reach a partner or customer, and what a person is called.
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
    /// Real name of a customer that is a person; in a book it stands among the customer's own fields.
    #[serde(skip)]
    #[n(2)]
    pub name: Option<Private>,
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

/// A text about a person: prints as `[redacted]`, and no error of reading it repeats it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Private(Zeroizing<String>);

impl Private {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Private {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl Serialize for Private {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Private {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PrivateVisitor)
    }
}

/// Takes a text. The visitor's own answer to anything else would repeat a number.
struct PrivateVisitor;

const NOT_TEXT: &str = "must be a text";

impl Visitor<'_> for PrivateVisitor {
    type Value = Private;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Private, E> {
        Ok(Private::from(text))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Private, E> {
        Ok(Private(Zeroizing::new(text)))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Private, E> {
        Err(E::custom(NOT_TEXT))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Private, E> {
        Err(E::custom(NOT_TEXT))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Private, E> {
        Err(E::custom(NOT_TEXT))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Private, E> {
        Err(E::custom(NOT_TEXT))
    }
}

impl<C> Encode<C> for Private {
    fn encode<W: minicbor::encode::Write>(
        &self,
        encoder: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Private {
    fn decode(
        decoder: &mut minicbor::Decoder<'b>,
        _: &mut C,
    ) -> Result<Self, minicbor::decode::Error> {
        decoder.str().map(Self::from)
    }
}

/// Seals and opens personal data. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault {
    ring: Result<Rc<KeyRing>, SecretError>,
    random: [u8; 16],
    digest_key: Option<Rc<DigestKey>>,
}

/// The key of a tenant's digests, as the head of its books has it.
#[derive(Debug)]
struct DigestKey {
    tenant: String,
    /// A [`Sealed`], encoded. Most requests need no digest and do not look into it.
    sealed: Vec<u8>,
}

impl Vault {
    /// A vault under one master key, the text of the variable `master_key`: see [`Vault::under`].
    pub fn new(master_key: &str, random: [u8; 16]) -> Self {
        Self::under(KeyRing::parse(master_key, "").map(Rc::new), random)
    }

    /// A vault under these master keys. Without usable ones the vault is closed: it says why when
    /// something is to be sealed or opened. `random` must be fresh.
    pub fn under(ring: Result<Rc<KeyRing>, SecretError>, random: [u8; 16]) -> Self {
        Self { ring, random, digest_key: None }
    }

    /// A vault without a key, which seals and opens nothing.
    pub fn closed() -> Self {
        Self::under(Err(SecretError::MasterKeyMissing), [0; 16])
    }

    /// Seals a record about `subject`.
    ///
    /// # Errors
    /// There is no usable master key.
    pub(crate) fn seal(&self, subject: Subject<'_>, plain: &[u8]) -> Result<Sealed, SecretError> {
        self.seal_for(PERSONAL_DATA, &subject.to_string(), plain)
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
        self.ring()?.open(PERSONAL_DATA, subject.to_string().as_bytes(), sealed)
    }

    /// Seals a record under the current master key, unless it is; `subject` is the text form of
    /// whom it is about.
    ///
    /// # Errors
    /// As of opening it.
    pub(crate) fn reseal(
        &self,
        subject: &str,
        sealed: &Sealed,
    ) -> Result<Option<Sealed>, SecretError> {
        self.reseal_for(PERSONAL_DATA, subject, sealed)
    }

    /// Seals a record in another vault; `subject` is the text form of whom it is about.
    ///
    /// # Errors
    /// As of opening and sealing it.
    pub(crate) fn pass_on(
        &self,
        to: &Self,
        subject: &str,
        sealed: &Sealed,
    ) -> Result<Sealed, SecretError> {
        let opened = self.ring()?.open(PERSONAL_DATA, subject.as_bytes(), sealed)?;
        to.seal_for(PERSONAL_DATA, subject, opened.expose())
    }

    /// Seals the key of the digests of a tenant, as its books have it, in another vault.
    ///
    /// # Errors
    /// As of opening and sealing it.
    pub(crate) fn pass_digest_key_on(
        &self,
        to: &Self,
        tenant: &str,
        kept: &[u8],
    ) -> Result<Vec<u8>, SecretError> {
        let sealed = minicbor::decode(kept).map_err(|_| SecretError::NotAuthentic)?;
        let opened = self.ring()?.open(DIGEST_KEY, tenant.as_bytes(), &sealed)?;
        encoded(&to.seal_for(DIGEST_KEY, tenant, opened.expose())?)
    }

    /// This vault for the books of a tenant, in which the key of its digests is kept so.
    pub(crate) fn of_tenant(self, tenant: &str, digest_key: Option<Vec<u8>>) -> Self {
        let key = |sealed| Rc::new(DigestKey { tenant: tenant.to_owned(), sealed });
        Self { digest_key: digest_key.map(key), ..self }
    }

    /// A new key for the digests of a tenant, to be kept in its books.
    ///
    /// # Errors
    /// There is no usable master key.
    pub(crate) fn new_digest_key(&self, tenant: &str) -> Result<Vec<u8>, SecretError> {
        let random = [&self.random[..], tenant.as_bytes()].concat();
        let key = digest(self.ring()?.current(), DIGEST_KEY, &random);
        encoded(&self.seal_for(DIGEST_KEY, tenant, &key)?)
    }

    /// The key of the digests sealed under the current master key, unless it is.
    ///
    /// # Errors
    /// As of opening it.
    pub(crate) fn reseal_digest_key(&self) -> Result<Option<Vec<u8>>, SecretError> {
        let Some(key) = &self.digest_key else {
            return Ok(None);
        };
        let fresh = self.reseal_for(DIGEST_KEY, &key.tenant, &key.sealed()?)?;
        fresh.as_ref().map(encoded).transpose()
    }

    /// A keyed hash: by it equal data is found again, and nobody without the keys can find out
    /// by trying which data it is of. `purpose` is a fixed text per kind of data, without a zero
    /// byte.
    ///
    /// Of the books of a tenant it is made with a key of theirs and stays the same whatever becomes
    /// of the master key. Without books it changes with the master key: for nothing that is kept.
    ///
    /// # Errors
    /// There is no usable master key, or it does not open the key of the digests.
    pub fn digest(&self, purpose: &str, data: &[u8]) -> Result<[u8; 32], SecretError> {
        let Some(key) = &self.digest_key else {
            return Ok(digest(self.ring()?.current(), purpose, data));
        };
        let opened = self.ring()?.open(DIGEST_KEY, key.tenant.as_bytes(), &key.sealed()?)?;
        Ok(hmac(opened.expose(), &[purpose.as_bytes(), &[0], data]))
    }

    fn seal_for(&self, purpose: &str, aad: &str, plain: &[u8]) -> Result<Sealed, SecretError> {
        let key = self.ring()?.current();
        Ok(key.seal(purpose, aad.as_bytes(), self.nonce(key, purpose, aad, plain), plain))
    }

    fn reseal_for(
        &self,
        purpose: &str,
        aad: &str,
        sealed: &Sealed,
    ) -> Result<Option<Sealed>, SecretError> {
        let ring = self.ring()?;
        if sealed.key_id() == ring.current().id() {
            return Ok(None);
        }
        let opened = ring.open(purpose, aad.as_bytes(), sealed)?;
        self.seal_for(purpose, aad, opened.expose()).map(Some)
    }

    /// The closure of a transaction runs again with the same random bytes and perhaps other
    /// content: a nonce that depends on all of it never serves two contents.
    fn nonce(&self, key: &MasterKey, purpose: &str, aad: &str, plain: &[u8]) -> [u8; NONCE_BYTES] {
        let content = [&self.random[..], aad.as_bytes(), &[0], plain].concat();
        let mut nonce = [0; NONCE_BYTES];
        let hash = digest(key, &format!("nonce of {purpose}"), &content);
        nonce.copy_from_slice(&hash[..NONCE_BYTES]);
        nonce
    }

    fn ring(&self) -> Result<&KeyRing, SecretError> {
        self.ring.as_deref().map_err(|error| *error)
    }
}

impl DigestKey {
    fn sealed(&self) -> Result<Sealed, SecretError> {
        minicbor::decode(&self.sealed).map_err(|_| SecretError::NotAuthentic)
    }
}

fn encoded(sealed: &Sealed) -> Result<Vec<u8>, SecretError> {
    minicbor::to_vec(sealed).map_err(|_| SecretError::NotAuthentic)
}

/// HMAC-SHA256 under a key of its own for each purpose.
fn digest(master_key: &MasterKey, purpose: &str, data: &[u8]) -> [u8; 32] {
    hmac(&*master_key.derived(&format!("digest {purpose}")), &[data])
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn customer(id: &str) -> CustomerId {
        id.parse().expect("an id")
    }

    const OTHER_KEY: &str = "100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn vault(current: &str, previous: &str, random: u8) -> Vault {
        Vault::under(KeyRing::parse(current, previous).map(Rc::new), [random; 16])
    }

    #[test]
    fn opens_what_it_sealed_for_the_same_subject_only() {
        let vault = vault(KEY, "", 1);
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
        let key = vault("abc", "", 0).new_digest_key("t");
        assert_eq!(key, Err(SecretError::MasterKeyMalformed));
    }

    #[test]
    fn never_seals_two_contents_under_one_nonce() {
        let vault = vault(KEY, "", 1);
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
    fn a_digest_depends_on_tenant_and_purpose_and_outlives_the_master_key() {
        let before = vault(KEY, "", 1);
        let key = before.new_digest_key("t").expect("a key");
        let digest = |vault: &Vault, key: &[u8]| {
            vault.clone().of_tenant("t", Some(key.to_vec())).digest("mobile", b"1")
        };
        let mobile = digest(&before, &key).expect("a digest");
        assert_eq!(digest(&before, &key), Ok(mobile));
        let of_tenant = before.clone().of_tenant("t", Some(key.clone()));
        assert_ne!(of_tenant.digest("email", b"1"), Ok(mobile));
        assert_ne!(before.digest("mobile", b"1"), Ok(mobile));
        let elsewhere = before.clone().of_tenant("u", Some(key.clone())).digest("mobile", b"1");
        assert_eq!(elsewhere, Err(SecretError::NotAuthentic));
        let another = vault(KEY, "", 2).new_digest_key("t").expect("another key");
        assert_ne!(digest(&before, &another), Ok(mobile));

        let during = vault(OTHER_KEY, KEY, 3).of_tenant("t", Some(key.clone()));
        assert_eq!(during.digest("mobile", b"1"), Ok(mobile));
        let resealed = during.reseal_digest_key().expect("opens").expect("is changed");
        let after = vault(OTHER_KEY, "", 4);
        assert_eq!(digest(&after, &resealed), Ok(mobile));
        assert_eq!(digest(&after, &key), Err(SecretError::MasterKeyChanged));
    }

    #[test]
    fn a_private_text_prints_nowhere() {
        let read = serde_json::from_str::<Private>(r#""E1234567""#).expect("a text");
        assert_eq!((read.expose(), format!("{read:?}").as_str()), ("E1234567", "[redacted]"));
        let bytes = minicbor::to_vec(&read).expect("encodes");
        assert_eq!(minicbor::decode::<Private>(&bytes).expect("decodes"), read);
        for json in ["1234567", "-1234567", "123456.7", "true", "null", "[1234567]", "{}"] {
            let error = serde_json::from_str::<Private>(json).expect_err(json).to_string();
            assert!(!error.contains("1234567"), "{error}");
        }
    }

    #[test]
    fn a_contact_never_prints() {
        let contact = Contact { telephone: Some("13900000000".to_owned()), ..Contact::default() };
        assert_eq!(format!("{contact:?}"), "Contact([redacted])");
    }
}
