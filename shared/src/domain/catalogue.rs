//! The catalogue: what can be bought, where, in which units, and what it costs.
//!
//! It is data that an operator imports, shared by all tenants of a store. Prices and policies have
//! a period of validity; what is asked of them names the moment it is for.

mod division;
mod measure;
mod price;
mod product;
mod service;

pub use division::{City, County, Province};
pub(crate) use measure::Factor;
pub use measure::{Conversion, Conversions, MeasureId, MeasureType, MeasureUnit};
pub use price::{Charge, Price, Term, TermType};
pub use product::{ChargeMode, Offer, Product, ProductLookup, Region, Spec, Zone};
pub use service::{
    AllowDiscount, IncentiveKind, IncentivePolicies, IncentivePolicy, ResourceType, ServiceType,
    UsageType,
};

use crate::value::code::text_form;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;
use std::str::FromStr;

/// Longest name or description, in characters.
const NAME_CHARACTERS_MAX: usize = 200;

/// The language of the names that a caller reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese, unless the caller asks for another.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// The language that `X-Language` names: `zh_CN` or `en_US`, upper or lower case.
    pub fn from_header(value: &str) -> Option<Self> {
        if value.eq_ignore_ascii_case("zh_cn") {
            Some(Self::Chinese)
        } else if value.eq_ignore_ascii_case("en_us") {
            Some(Self::English)
        } else {
            None
        }
    }

    /// The name to show of the two that something has.
    pub fn choose<N>(self, chinese: N, english: N) -> N {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

/// A name or description: 1 to 200 characters, none of them a control character.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(String);

/// The text is empty, too long, or has control characters in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {NAME_CHARACTERS_MAX} characters of text")]
pub struct InvalidName;

impl Name {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let bounded = (1..=NAME_CHARACTERS_MAX).contains(&text.chars().count());
        if bounded && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName)
        }
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Name({:?})", self.0)
    }
}

text_form!(Name);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_bounded_text() {
        for text in ["云", &"云".repeat(200), "a b"] {
            assert_eq!(text.parse::<Name>().map(|name| name.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "a\nb", "\0", &"云".repeat(201)] {
            assert_eq!(text.parse::<Name>(), Err(InvalidName), "{text:?}");
        }
    }

    #[test]
    fn languages_are_named_in_either_case() {
        for (header, language) in [
            ("zh_CN", Some(Language::Chinese)),
            ("ZH_cn", Some(Language::Chinese)),
            ("en_us", Some(Language::English)),
            ("en_US", Some(Language::English)),
            ("", None),
            ("en", None),
            ("fr_FR", None),
        ] {
            assert_eq!(Language::from_header(header), language, "{header}");
        }
    }
}
