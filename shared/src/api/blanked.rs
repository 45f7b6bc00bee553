//! Requests and answers as a log may keep them: secrets and personal data are blanked by the names
//! of their fields, and no text is long.
//!
//! Names decide, since a value does not say what it is: a name that has one of [`WORDS`] in it is
//! blanked whatever its type, with all that is in it. That takes the names of services with those of
//! people, which a reader misses less than a person would mind.

use crate::security::signature::decode_query;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What is kept of a text, in bytes.
const BYTES_MAX: usize = 4096;

/// How deep it is looked at.
const DEPTH_MAX: usize = 16;

/// What stands in the place of what is not shown.
const BLANK: &str = "\"***\"";

/// What ends a text that goes on.
const MORE: &str = "…";

/// Words of the names, which underscores part, of what is secret or personal.
const WORDS: [&str; 26] = [
    "address",
    "areacode",
    "args",
    "bank",
    "description",
    "display",
    "email",
    "legal",
    "legel",
    "memo",
    "mobile",
    "name",
    "names",
    "number",
    "opinion",
    "password",
    "phone",
    "query",
    "reason",
    "remark",
    "secret",
    "telephone",
    "ticket",
    "token",
    "url",
    "user",
];

/// The same, by their whole names.
const NAMES: [&str; 2] = ["search_value", "verification_code"];

/// Texts that say what is wrong with a request, and may repeat what it was.
const MESSAGE: &str = "error_msg";

/// A query as a JSON object. None if there is none.
pub(super) fn query(query: &str) -> Option<String> {
    if query.is_empty() {
        return None;
    }
    let Ok(pairs) = decode_query(query) else {
        return Some(BLANK.to_owned());
    };
    let members = pairs.iter().map(|(name, value)| {
        let value = if is_blanked(name) { BLANK.to_owned() } else { quoted(value) };
        format!("{}:{value}", quoted(name))
    });
    let members: Vec<String> = members.collect();
    Some(cut(format!("{{{}}}", members.join(","))))
}

/// A body. None if there is none; of one that is no JSON only its length.
pub(super) fn body(body: &[u8]) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    let mut text = String::new();
    let json: Result<&RawValue, _> = serde_json::from_slice(body);
    if json.and_then(|json| write(json, "", 0, &mut text)).is_err() {
        text = format!("\"{} bytes that are no JSON\"", body.len());
    }
    Some(cut(text))
}

/// Appends a value that has this name, until there is enough.
fn write(
    value: &RawValue,
    name: &str,
    depth: usize,
    into: &mut String,
) -> Result<(), serde_json::Error> {
    let json = value.get();
    if is_blanked(name) || depth > DEPTH_MAX {
        into.push_str(BLANK);
    } else if json.starts_with('{') {
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(json)?;
        let mut separator = '{';
        for (name, member) in &members {
            into.push(separator);
            separator = ',';
            into.push_str(&quoted(name));
            into.push(':');
            write(member, name, depth + 1, into)?;
            if into.len() > BYTES_MAX {
                return Ok(());
            }
        }
        into.push_str(if members.is_empty() { "{}" } else { "}" });
    } else if json.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(json)?;
        let mut separator = '[';
        for item in &items {
            into.push(separator);
            separator = ',';
            write(item, "", depth + 1, into)?;
            if into.len() > BYTES_MAX {
                return Ok(());
            }
        }
        into.push_str(if items.is_empty() { "[]" } else { "]" });
    } else if name == MESSAGE {
        let message: String = serde_json::from_str(json)?;
        into.push_str(&quoted(&without_values(&message)));
    } else {
        into.push_str(json);
    }
    Ok(())
}

fn is_blanked(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || name.split(['_', '-']).any(|word| WORDS.contains(&word))
}

/// A message without the texts and numbers that it repeats: those are between quotation marks, or
/// numbers between backticks.
fn without_values(message: &str) -> String {
    let mut kept = String::new();
    for (place, part) in message.split('"').enumerate() {
        kept.push_str(if place % 2 == 0 { part } else { "***" });
    }
    let parts: Vec<&str> = kept.split('`').collect();
    let is_number =
        |part: &str| part.contains(|it: char| it.is_ascii_digit()) && !part.contains('_');
    let shown =
        parts.iter().enumerate().map(|(place, part)| match place % 2 == 1 && is_number(part) {
            true => "***",
            false => part,
        });
    shown.collect::<Vec<_>>().join("`")
}

/// A text as JSON has it.
fn quoted(text: &str) -> String {
    // Texts can always be written as JSON.
    serde_json::to_string(text).unwrap_or_default()
}

fn cut(mut text: String) -> String {
    if text.len() > BYTES_MAX {
        text.truncate(text.floor_char_boundary(BYTES_MAX));
        text.push_str(MORE);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_or_personal_is_blanked_by_its_name_at_any_depth() {
        for (sent, kept) in [
            (r#"{"amount":1.10,"customer_id":"c"}"#, r#"{"amount":1.10,"customer_id":"c"}"#),
            (r#"{"mobile_phone":13900000000}"#, r#"{"mobile_phone":"***"}"#),
            (
                r#"{"a":[{"Customer_Name":"x"},[]],"b":{}}"#,
                r#"{"a":[{"Customer_Name":"***"},[]],"b":{}}"#,
            ),
            (r#"{"sm_template_args":["123456"]}"#, r#"{"sm_template_args":"***"}"#),
            (r#"{"\u006dobile":"139","n":null}"#, r#"{"mobile":"***","n":null}"#),
            ("[true]", "[true]"),
            ("mobile", "\"6 bytes that are no JSON\""),
            (r#"{"mobile":"139""#, "\"15 bytes that are no JSON\""),
        ] {
            assert_eq!(body(sent.as_bytes()).as_deref(), Some(kept), "{sent}");
        }
        assert_eq!(body(b""), None);
        assert_eq!(body(&[0xff]).as_deref(), Some("\"1 bytes that are no JSON\""));
        assert_eq!(query(""), None);
        let sent = "limit=10&account_name=%E5%88%B8&b=%22";
        assert_eq!(query(sent).as_deref(), Some(r#"{"limit":"10","account_name":"***","b":"\""}"#));
    }

    #[test]
    fn a_message_says_what_is_wrong_and_does_not_repeat_it() {
        for (sent, kept) in [
            (
                "m: invalid type: integer `139`, expected a string",
                "m: invalid type: integer `***`, expected a string",
            ),
            (
                "m: invalid type: string \"Li\", expected u32",
                "m: invalid type: string ***, expected u32",
            ),
            ("unknown field `page_2`, expected `a`", "unknown field `page_2`, expected `a`"),
        ] {
            assert_eq!(without_values(sent), kept);
        }
        let refused = br#"{"error_code":"CBC.0100","error_msg":"x: string \"Li\""}"#;
        let kept = r#"{"error_code":"CBC.0100","error_msg":"x: string ***"}"#;
        assert_eq!(body(refused).as_deref(), Some(kept));
    }

    #[test]
    fn what_is_kept_is_bounded_in_length_and_depth() {
        let long = format!(r#"{{"ids":["{}"]}}"#, "券".repeat(2_000));
        let kept = body(long.as_bytes()).expect("a text");
        assert!(kept.len() <= BYTES_MAX + MORE.len() && kept.ends_with(MORE), "{}", kept.len());
        let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
        let kept = body(deep.as_bytes()).expect("a text");
        assert!(kept.contains(BLANK) && kept.len() < 100, "{kept}");
        let many = format!("[{}1]", "1,".repeat(500_000));
        assert!(body(many.as_bytes()).expect("a text").ends_with(MORE));
    }
}
