//! Fields that several requests have: those that say nothing when they are empty, and numbers of
//! mobile phones.

use super::refusal::Refusal;
use crate::domain::registration::MobileNumber;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use std::fmt::{self, Display};
use std::str::FromStr;

/// A text, unless it is empty.
///
/// # Errors
/// It has more than `characters_max`.
pub fn filled(
    name: &str,
    value: Option<String>,
    characters_max: usize,
) -> Result<Option<String>, Refusal> {
    let value = value.filter(|value| !value.is_empty());
    match &value {
        Some(text) if text.chars().count() > characters_max => {
            let problem = format!("must have at most {characters_max} characters");
            Err(Refusal::parameter(name, &problem))
        }
        _ => Ok(value),
    }
}

/// A text that must not be empty.
///
/// # Errors
/// It is, or has more than `characters_max`.
pub fn required(name: &str, value: String, characters_max: usize) -> Result<String, Refusal> {
    filled(name, Some(value), characters_max)?
        .ok_or_else(|| Refusal::parameter(name, "must not be empty"))
}

/// The mobile number of a field `mobile_phone`.
///
/// # Errors
/// It is none.
pub fn mobile_phone(text: &str) -> Result<MobileNumber, Refusal> {
    MobileNumber::parse(text)
        .map_err(|_| Refusal::parameter("mobile_phone", "must be eleven digits"))
}

/// A text that is looked for in others, unless it is empty.
///
/// # Errors
/// It has more than `characters_max`, or a blank.
pub fn searched(
    name: &str,
    value: Option<String>,
    characters_max: usize,
) -> Result<Option<String>, Refusal> {
    match filled(name, value, characters_max)? {
        Some(text) if text.contains(char::is_whitespace) => {
            Err(Refusal::parameter(name, "must not contain blanks"))
        }
        value => Ok(value),
    }
}

/// A value of a type with a text form of its own, unless the text is empty.
///
/// # Errors
/// The text does not have that form.
pub fn parsed<T: FromStr<Err: Display>>(
    name: &str,
    value: Option<String>,
) -> Result<Option<T>, Refusal> {
    let value = value.filter(|value| !value.is_empty()).map(|value| value.parse()).transpose();
    value.map_err(|error: T::Err| Refusal::parameter(name, &error.to_string()))
}

/// Yes or no, or nothing where `null` or an empty text is sent, for
/// `#[serde(default, deserialize_with = "fields::flag")]`.
///
/// # Errors
/// It is anything else.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    struct Flag;

    impl Visitor<'_> for Flag {
        type Value = Option<bool>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("true or false")
        }

        fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
            Ok(Some(flag))
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            if text.is_empty() {
                return Ok(None);
            }
            Err(E::invalid_type(Unexpected::Str(text), &self))
        }
    }

    deserializer.deserialize_any(Flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_that_is_null_or_empty_says_nothing() {
        #[derive(serde::Deserialize)]
        struct Body {
            #[serde(default, deserialize_with = "flag")]
            flag: Option<bool>,
        }
        let read = |body: &str| serde_json::from_str(body).map(|it: Body| it.flag);
        for nothing in ["{}", r#"{"flag":null}"#, r#"{"flag":""}"#] {
            assert_eq!(read(nothing).expect("is read"), None, "{nothing}");
        }
        assert_eq!(read(r#"{"flag":false}"#).expect("is read"), Some(false));
        for wrong in [r#"{"flag":"false"}"#, r#"{"flag":0}"#, r#"{"flag":[]}"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
    use crate::value::time::Month;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn an_empty_text_says_nothing() {
        for nothing in [None, text("")] {
            assert_eq!(filled("a", nothing.clone(), 2), Ok(None));
            assert_eq!(searched("a", nothing.clone(), 2), Ok(None));
            assert_eq!(parsed::<Month>("a", nothing), Ok(None));
        }
    }

    #[test]
    fn others_must_have_their_form() {
        assert_eq!(filled("a", text("券券"), 2), Ok(text("券券")));
        assert_eq!(filled("a", text("a b"), 3), Ok(text("a b")));
        assert_eq!(searched("a", text("ab"), 3), Ok(text("ab")));
        assert!(filled("a", text("abc"), 2).is_err());
        assert!(searched("a", text("abc"), 2).is_err());
        for blank in ["a b", " ", "a\t", "\u{3000}a"] {
            assert!(searched("a", text(blank), 3).is_err(), "{blank:?}");
        }
        assert_eq!(parsed("a", text("2026-09")), Ok("2026-09".parse::<Month>().ok()));
        assert!(parsed::<Month>("a", text("2026")).is_err());
    }
}
