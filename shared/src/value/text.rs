//! Characters that no text may have, and texts as a log has them.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::fmt::Display;
use std::str::FromStr;

/// Longest cause in a line of a log, in characters.
const LOG_CHARACTERS_MAX: usize = 400;

/// Whether a reader sees something else than a program reads: NUL, where some of them stop, and the
/// characters that turn the direction of what follows.
pub fn is_deceptive(character: char) -> bool {
    matches!(character, '\0' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a text of some JSON has a deceptive character, as it is or escaped.
///
/// It takes the JSON as it came, before anything has read it. Whether it is JSON does not matter: if
/// not, whoever reads it refuses it for that.
pub fn json_is_deceptive(json: &str) -> bool {
    if json.contains(is_deceptive) {
        return true;
    }
    let mut rest = json;
    // A backslash stands in texts only, and what follows it belongs to it.
    while let Some((_, escape)) = rest.split_once('\\') {
        let mut characters = escape.chars();
        let digits = match characters.next() {
            Some('u') => characters.as_str().get(..4),
            _ => None,
        };
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if code.and_then(char::from_u32).is_some_and(is_deceptive) {
            return true;
        }
        rest = characters.as_str();
    }
    false
}

/// A cause as a part of one line of a log: bounded, without the backtrace that a host may add to its
/// errors, and without line breaks that a client may have sent.
pub fn log_text(cause: &str) -> String {
    let (cause, _) = cause.split_once("Stack backtrace").unwrap_or((cause, ""));
    let is_gap = |character: char| {
        character.is_whitespace() || character.is_control() || is_deceptive(character)
    };
    let words: Vec<&str> = cause.split(is_gap).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(LOG_CHARACTERS_MAX).collect()
}

/// Bytes as hexadecimal digits in lower case, as `hex::encode` gives them, which collects them one
/// by one.
pub(crate) fn hex_digits(bytes: &[u8]) -> String {
    let mut digits = vec![0; bytes.len() * 2];
    // There is room for all of them, and they are ASCII.
    _ = hex::encode_to_slice(bytes, &mut digits);
    String::from_utf8(digits).unwrap_or_default()
}

/// A field of a body that says nothing when it is empty, for
/// `#[serde(default, deserialize_with = "text::optional")]`.
///
/// # Errors
/// The text is not empty and not of the type's form.
pub fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
    text.map(|text| text.parse()).transpose().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::id::CustomerId;

    #[test]
    fn writes_bytes_as_digits() {
        assert_eq!(hex_digits(&[0x00, 0x0f, 0xa5]), "000fa5");
        assert_eq!(hex_digits(&[]), "");
    }

    #[test]
    fn finds_them_however_they_are_written() {
        for deceptive in ["\"a\0\"", "\"\u{202e}\"", r#""\u0000""#, r#""\\\u202E""#, r#""\u2066x""#]
        {
            assert!(json_is_deceptive(deceptive), "{deceptive:?}");
        }
        for honest in [
            r#"{"memo":"券 \n\t\"\u5238\ud83d\ude00"}"#,
            r#""\\u0000""#,
            r#""\u000""#,
            "\u{200f}\u{5d0}\u{200e}",
            "\\",
            "\\u",
            "",
        ] {
            assert!(!json_is_deceptive(honest), "{honest:?}");
        }
    }

    #[test]
    fn a_cause_is_one_bounded_line_of_a_log() {
        let cause = "a\r\nb\u{202e}c\u{1b}[1m\n\nCaused by:\n    0: d\n\nStack backtrace:\n 0: e";
        assert_eq!(log_text(cause), "a b c [1m Caused by: 0: d");
        assert_eq!(log_text(&"券".repeat(1000)).chars().count(), 400);
    }

    #[test]
    fn an_empty_text_says_nothing() {
        #[derive(Debug, Deserialize)]
        struct Body {
            #[serde(default, deserialize_with = "optional")]
            customer_id: Option<CustomerId>,
        }
        let read = |body: &str| serde_json::from_str(body).map(|it: Body| it.customer_id);
        for nothing in ["{}", r#"{"customer_id":null}"#, r#"{"customer_id":""}"#] {
            assert_eq!(read(nothing).expect("is read"), None, "{nothing}");
        }
        let id = read(r#"{"customer_id":"c"}"#).expect("is read");
        assert_eq!(id.as_ref().map(CustomerId::as_str), Some("c"));
        let long = format!(r#"{{"customer_id":"{}"}}"#, "x".repeat(65));
        for wrong in [r#"{"customer_id":1}"#, long.as_str()] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
