//! Passwords: what one must be, and the only form that is kept of it.

use super::identity::{AccountName, MobileNumber};
use crate::domain::error::Reason;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use std::fmt;

/// Characters of a password.
const CHARACTERS: std::ops::RangeInclusive<usize> = 8..=32;

/// Kinds of characters that a password has at least, of capitals, small letters, digits and others.
const KINDS_MIN: usize = 2;

/// Memory that a hash takes, in KiB, and how often it goes over it: what OWASP asks for at least.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// An Argon2id hash with its salt and parameters, as a text in the PHC string format.
#[derive(Clone)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password under a fresh salt. This takes tens of milliseconds: never in a
    /// transaction.
    ///
    /// # Errors
    /// [`Reason::PasswordMalformed`] for what may be no password of this account.
    pub fn new(
        password: &str,
        account_name: &AccountName,
        mobile: Option<&MobileNumber>,
        salt: &[u8; 16],
    ) -> Result<Self, Reason> {
        if !is_allowed(password, account_name.as_str(), mobile) {
            return Err(Reason::PasswordMalformed);
        }
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None);
        params
            .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
            .map_err(|error| error.to_string())
            .and_then(|argon2| {
                let hash = argon2.hash_password_with_salt(password.as_bytes(), salt);
                hash.map_err(|error| error.to_string())
            })
            .map(|hash| Self(hash.to_string()))
            .map_err(|error| Reason::Corrupt(format!("password hash: {error}")))
    }

    /// The text to keep.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

fn is_allowed(password: &str, account_name: &str, mobile: Option<&MobileNumber>) -> bool {
    let kinds: [fn(&u8) -> bool; 4] = [
        u8::is_ascii_uppercase,
        u8::is_ascii_lowercase,
        u8::is_ascii_digit,
        u8::is_ascii_punctuation,
    ];
    let has = |kind: &fn(&u8) -> bool| password.as_bytes().iter().any(kind);
    let reversed: String = account_name.chars().rev().collect();
    let is_name =
        [account_name, reversed.as_str()].iter().any(|name| password.eq_ignore_ascii_case(name));
    password.bytes().all(|byte| byte.is_ascii_graphic())
        && CHARACTERS.contains(&password.len())
        && kinds.iter().filter(|kind| has(kind)).count() >= KINDS_MIN
        && !is_name
        && !mobile.is_some_and(|mobile| password.contains(mobile.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::PasswordVerifier;

    fn name(text: &str) -> AccountName {
        AccountName::parse(text).expect("a name")
    }

    #[test]
    fn a_password_has_the_published_form() {
        let mobile = MobileNumber::parse("13800000000").expect("a number");
        let longest = format!("a1{}", "x".repeat(30));
        for password in ["abcdefg1", "ABCDEFGh", "1234567!", "abc_def_", longest.as_str()] {
            assert!(is_allowed(password, "Customer_1", Some(&mobile)), "{password}");
        }
        let too_long = format!("{longest}x");
        for password in [
            "",
            "abcdef1",
            "abcdefgh",
            "12345678",
            "!!!!!!!!",
            "Customer_1",
            "customer_1",
            "1_remotsuC",
            "x13800000000",
            "abc defg1",
            "密码密码密码密码1a",
            "abcdefg1\n",
            too_long.as_str(),
        ] {
            assert!(!is_allowed(password, "Customer_1", Some(&mobile)), "{password}");
        }
        assert!(is_allowed("x13800000000", "Customer_1", None));
    }

    #[test]
    fn only_the_password_itself_fits_its_hash() {
        let hash = PasswordHash::new("a-Password-1", &name("someone"), None, &[7; 16]);
        let hash = hash.expect("hashed");
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        assert!(Argon2::default().verify_password(b"a-Password-1", hash.as_str()).is_ok());
        assert!(Argon2::default().verify_password(b"a-Password-2", hash.as_str()).is_err());
        assert_eq!(format!("{hash:?}"), "[redacted]");
        let other = PasswordHash::new("a-Password-1", &name("someone"), None, &[8; 16]);
        assert_ne!(other.expect("hashed").as_str(), hash.as_str());
    }
}
