//! What identifies a customer, each in one normal form.

use crate::domain::error::Reason;
use crate::domain::partner::Customer;
use crate::security::vault::Contact;
use std::fmt;

/// Country code of mainland China, the only country whose mobiles can register.
pub const CHINA: &str = "0086";

/// Characters of a mobile number of mainland China.
const MOBILE_DIGITS: usize = 11;

/// Prefixes that the cloud keeps for itself.
const RESERVED_PREFIXES: [&str; 2] = ["op_", "shadow_"];

/// A login name: 5 to 32 letters, digits, `-` and `_`, the first of them no digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountName(String);

impl AccountName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`Reason::LoginNameMalformed`].
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let is_first = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-');
        let is_next = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let well_formed = (5..=32).contains(&text.len())
            && text.as_bytes().first().is_some_and(is_first)
            && text.bytes().all(is_next);
        let lower_case = text.to_ascii_lowercase();
        let reserved = RESERVED_PREFIXES.iter().any(|prefix| lower_case.starts_with(prefix));
        if well_formed && !reserved {
            Ok(Self(text.to_owned()))
        } else {
            Err(Reason::LoginNameMalformed)
        }
    }

    /// A name of 32 characters for somebody who asks for none. The bytes must be fresh.
    pub fn generated(random: &[u8; 16]) -> Self {
        // 124 bits of chance after a letter that no hexadecimal digit is.
        let digits = hex::encode(random);
        Self(format!("u{}", &digits[1..]))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A mobile number of mainland China, without the country code.
#[derive(Clone, PartialEq, Eq)]
pub struct MobileNumber(String);

impl MobileNumber {
    /// Reads a number: eleven digits that begin with 1.
    ///
    /// # Errors
    /// [`Reason::MobileMalformed`].
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let well_formed = text.len() == MOBILE_DIGITS
            && text.starts_with('1')
            && text.bytes().all(|byte| byte.is_ascii_digit());
        if well_formed { Ok(Self(text.to_owned())) } else { Err(Reason::MobileMalformed) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MobileNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Something that customers are told apart by, in its normal form.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// What kind of thing.
    pub(crate) kind: &'static str,
    pub(crate) value: String,
    /// Whether it may be kept as a keyed hash only.
    pub(crate) is_personal: bool,
}

impl Identity {
    /// A login name, in any case of letters.
    pub fn login_name(name: &str) -> Self {
        Self { kind: "name", value: name.to_lowercase(), is_personal: false }
    }

    /// A mobile number, however it is written; `None` for one without digits.
    pub fn mobile(country_code: Option<&str>, number: &str) -> Option<Self> {
        let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
        let number = digits(number);
        let country = digits(country_code.unwrap_or(CHINA));
        let value = format!("{}-{number}", country.trim_start_matches('0'));
        (!number.is_empty()).then_some(Self { kind: "mobile", value, is_personal: true })
    }

    /// An email address, in any case of letters.
    pub fn email(address: &str) -> Self {
        Self { kind: "email", value: address.trim().to_lowercase(), is_personal: true }
    }

    /// An account at a partner's own platform.
    pub fn platform_account(xaccount_type: &str, xaccount_id: &str) -> Self {
        // A length keeps the parts apart.
        let value = format!("{} {xaccount_type}{xaccount_id}", xaccount_type.len());
        Self { kind: "xaccount", value, is_personal: false }
    }

    /// All that a customer is told apart by.
    pub fn all_of(customer: &Customer, contact: &Contact) -> Vec<Self> {
        let name = customer.account_name.as_deref().map(Self::login_name);
        let country_code = customer.country_code.as_deref();
        let mobile = contact.telephone.as_deref();
        let mobile = mobile.and_then(|number| Self::mobile(country_code, number));
        let email = contact.email.as_deref().map(Self::email);
        let xaccount = customer.xaccount_type.as_deref().zip(customer.xaccount_id.as_deref());
        let xaccount = xaccount.map(|(kind, id)| Self::platform_account(kind, id));
        [name, mobile, email, xaccount].into_iter().flatten().collect()
    }
}

impl From<&MobileNumber> for Identity {
    fn from(number: &MobileNumber) -> Self {
        let value = format!("{}-{}", CHINA.trim_start_matches('0'), number.as_str());
        Self { kind: "mobile", value, is_personal: true }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Identity({} [redacted])", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_name_has_the_published_form() {
        let longest = "a".repeat(32);
        for name in ["abcde", "_a-b_", "-abcd", "A1234", "opera_", longest.as_str()] {
            assert!(AccountName::parse(name).is_ok(), "{name}");
        }
        let too_long = "a".repeat(33);
        for name in [
            "",
            "abcd",
            "1abcd",
            "12345",
            "op_abc",
            "OP_abc",
            "shadow_x",
            "ab cd",
            "ab.cd",
            "名字名字名字",
            too_long.as_str(),
        ] {
            assert_eq!(AccountName::parse(name).err(), Some(Reason::LoginNameMalformed), "{name}");
        }
    }

    #[test]
    fn a_generated_name_has_that_form_too() {
        let name = AccountName::generated(&[0x0f; 16]);
        assert_eq!(name.as_str().len(), 32);
        assert!(AccountName::parse(name.as_str()).is_ok());
        assert!(name != AccountName::generated(&[0x0e; 16]));
    }

    #[test]
    fn a_mobile_number_has_eleven_digits() {
        assert!(MobileNumber::parse("13800000000").is_ok());
        for number in
            ["", "1380000000", "138000000000", "23800000000", "1380000000a", "１380000000"]
        {
            let parsed = MobileNumber::parse(number);
            assert_eq!(parsed.err(), Some(Reason::MobileMalformed), "{number}");
        }
    }

    #[test]
    fn one_mobile_number_is_one_however_it_is_written() {
        let normal = Identity::from(&MobileNumber::parse("13800000000").expect("a number"));
        for (country_code, number) in [
            (None, "13800000000"),
            (Some("0086"), "138 0000 0000"),
            (Some("86"), "138-0000-0000"),
            (Some("+86"), "13800000000"),
        ] {
            assert_eq!(Identity::mobile(country_code, number), Some(normal.clone()), "{number}");
        }
        assert_ne!(Identity::mobile(Some("0065"), "13800000000"), Some(normal));
        assert_eq!(Identity::mobile(None, "unknown"), None);
    }

    #[test]
    fn names_and_addresses_do_not_depend_on_case() {
        assert_eq!(Identity::login_name("Some_One"), Identity::login_name("some_one"));
        assert_eq!(Identity::email(" A@b.Example"), Identity::email("a@B.example"));
        let (one, other) =
            (Identity::platform_account("ab", "c"), Identity::platform_account("a", "bc"));
        assert_ne!(one, other);
    }

    #[test]
    fn personal_data_never_prints() {
        let number = MobileNumber::parse("13800000000").expect("a number");
        assert!(!format!("{number:?} {:?}", Identity::from(&number)).contains("138"));
    }
}
