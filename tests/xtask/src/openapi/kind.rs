//! The kinds of values as `openapi.toml` writes them, as schemas.
//!
//! A table is an object, whose members are optional where their names end with `?`, and must not be
//! null either where they end with `?!`. A list with one entry is a list of that; a second entry says
//! of how many, such as `1..50`. A text is one of [`schema_of_text`].

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use toml::Value as Written;

use super::schemas::Schemas;

/// The form of a moment, in UTC.
pub const INSTANT: &str = "^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$";

/// The form of a month.
pub const MONTH: &str = "^[1-9][0-9]{3}-(0[1-9]|1[0-2])$";

/// The form of an amount that is a text.
pub const DECIMAL: &str = "^-?[0-9]+([.][0-9]+)?$";

/// The form of an amount in a request: thirteen digits, and with eight decimals at most.
const AMOUNT: &str = "^-?[0-9]{1,13}([.][0-9]{1,8})?$";

/// The largest whole amount.
const AMOUNT_MAX: i64 = 9_999_999_999_999;

/// Whether an object may have members that are not described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Members {
    /// A request: those are refused.
    Closed,
    /// An answer: a later version may have more.
    Open,
}

/// The schema of what is written.
pub fn schema(written: &Written, members: Members, schemas: &mut Schemas) -> Result<Value> {
    match written {
        Written::String(text) => schema_of_text(text, schemas).with_context(|| format!("`{text}`")),
        Written::Array(list) => match &list[..] {
            [items] => Ok(json!({"type": "array", "items": schema(items, members, schemas)?})),
            [items, Written::String(range)] => {
                let list = json!({"type": "array", "items": schema(items, members, schemas)?});
                ranged(list, range, ["minItems", "maxItems"])
            }
            _ => bail!("a list has one kind, and may say of how many"),
        },
        Written::Table(table) => object(table, members, schemas),
        other => bail!("{other} is no kind: write a text, a table, or a list with one entry"),
    }
}

fn object(table: &toml::Table, members: Members, schemas: &mut Schemas) -> Result<Value> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (written, kind) in table {
        let (name, presence) = name(written);
        let kind = schema(kind, members, schemas).with_context(|| name.to_owned())?;
        let nullable = presence == Presence::OrNull && members == Members::Closed;
        properties.insert(name.to_owned(), if nullable { or_null(kind) } else { kind });
        if presence == Presence::Required {
            required.push(name);
        }
    }
    let mut object = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    if members == Members::Closed {
        object["additionalProperties"] = json!(false);
    }
    Ok(object)
}

/// Whether a member must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Required,
    /// It may be left out.
    Optional,
    /// The same, and in a request null says nothing either.
    OrNull,
}

/// A member's name, and whether it must be there.
pub fn name(written: &str) -> (&str, Presence) {
    if let Some(name) = written.strip_suffix("?!") {
        return (name, Presence::Optional);
    }
    let name = written.strip_suffix('?');
    name.map_or((written, Presence::Required), |name| (name, Presence::OrNull))
}

/// What is optional in a request may be there as null.
pub fn or_null(mut schema: Value) -> Value {
    if schema.get("$ref").is_some() {
        return json!({"anyOf": [schema, {"type": "null"}]});
    }
    if let Some(kind) = schema["type"].as_str().map(str::to_owned) {
        schema["type"] = json!([kind, "null"]);
    }
    if let Some(choices) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        choices.push(Value::Null);
    }
    schema
}

/// A kind of value, and after ` -- ` what it says.
///
/// | text | value |
/// | --- | --- |
/// | `text`, `text 1..64` | a text, of so many characters |
/// | `id` | a text of 1 to 64 printable characters |
/// | `like ^[a-z]+$` | a text of this form |
/// | `integer`, `integer 0..`, `integer 1..100` | a whole number, in a range |
/// | `number` | a number |
/// | `amount` | a number, or a text of digits |
/// | `decimal` | a text of digits |
/// | `flag` | true or false |
/// | `instant`, `month` | a moment in UTC, a month |
/// | `one of a, b` | one of these texts, or of these whole numbers |
/// | `one text of 1, 2` | one of these texts, all of whose characters are digits |
/// | `anything` | whatever it is |
/// | `Name` | the schema of this name, of the contract or of any `openapi.toml` |
pub fn schema_of_text(text: &str, schemas: &mut Schemas) -> Result<Value> {
    let (kind, words) = text.split_once(" -- ").map_or((text, None), |(kind, it)| (kind, Some(it)));
    let (name, rest) = kind.split_once(' ').unwrap_or((kind, ""));
    let mut schema = match (name, rest) {
        ("text", range) => ranged(json!({"type": "string"}), range, ["minLength", "maxLength"])?,
        ("integer", range) => ranged(json!({"type": "integer"}), range, ["minimum", "maximum"])?,
        ("one", choices) => one_of(choices)?,
        ("id", "") => {
            json!({"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[ -~]+$"})
        }
        ("like", pattern) => json!({"type": "string", "pattern": pattern}),
        ("number", "") => json!({"type": "number"}),
        ("amount", "") => {
            let number = json!({"type": "number", "minimum": -AMOUNT_MAX, "maximum": AMOUNT_MAX});
            json!({"anyOf": [number, {"type": "string", "pattern": AMOUNT}]})
        }
        ("decimal", "") => json!({"type": "string", "pattern": DECIMAL}),
        ("flag", "") => json!({"type": "boolean"}),
        ("instant", "") => json!({"type": "string", "format": "date-time", "pattern": INSTANT}),
        ("month", "") => json!({"type": "string", "pattern": MONTH}),
        ("anything", "") => json!({}),
        (named, "") if named.starts_with(char::is_uppercase) => schemas.refer(named),
        _ => bail!("there is no such kind"),
    };
    if let Some(words) = words {
        schema["description"] = json!(words);
    }
    Ok(schema)
}

/// A schema with the bounds of `1..64`; either may be left out.
fn ranged(mut schema: Value, range: &str, names: [&str; 2]) -> Result<Value> {
    if range.is_empty() {
        return Ok(schema);
    }
    let (least, most) = range.split_once("..").context("a range is like 1..64")?;
    for (name, bound) in names.into_iter().zip([least, most]) {
        if !bound.is_empty() {
            let bound: i64 = bound.parse().context("a bound is a number")?;
            schema[name] = json!(bound);
        }
    }
    Ok(schema)
}

fn one_of(choices: &str) -> Result<Value> {
    let (texts, choices) = match choices.strip_prefix("text ") {
        Some(choices) => (true, choices),
        None => (false, choices),
    };
    let choices = choices.strip_prefix("of ").context("choices are like `one of a, b`")?;
    let choices: Vec<&str> = choices.split(", ").collect();
    let numbers: Option<Vec<i64>> = choices.iter().map(|choice| choice.parse().ok()).collect();
    let numbers = numbers.filter(|_| !texts);
    Ok(match numbers {
        Some(numbers) => json!({"type": "integer", "enum": numbers}),
        None => json!({"type": "string", "enum": choices}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(written: &str, members: Members) -> Result<Value> {
        let table: toml::Table = format!("it = {written}").parse().expect("TOML");
        schema(&table["it"], members, &mut Schemas::default())
    }

    #[test]
    fn kinds_are_written_shortly() {
        for (written, expected) in [
            (r#""text 1..64""#, json!({"type": "string", "minLength": 1, "maxLength": 64})),
            (r#""integer 0..""#, json!({"type": "integer", "minimum": 0})),
            (r#""one of a, b""#, json!({"type": "string", "enum": ["a", "b"]})),
            (r#""one of 2, 3""#, json!({"type": "integer", "enum": [2, 3]})),
            (r#""one text of 2""#, json!({"type": "string", "enum": ["2"]})),
            (r#"["flag"]"#, json!({"type": "array", "items": {"type": "boolean"}})),
            (
                r#"["number", "1.."]"#,
                json!({"type": "array", "items": {"type": "number"}, "minItems": 1}),
            ),
            (r#""flag -- says so""#, json!({"type": "boolean", "description": "says so"})),
            (r#""Order""#, json!({"$ref": "#/components/schemas/Order"})),
        ] {
            assert_eq!(of(written, Members::Open).expect(written), expected);
        }
        for wrong in [r#""txt""#, "[]", "1", r#""text 5""#, r#""flag 1..2""#, r#""one a, b""#] {
            assert!(of(wrong, Members::Open).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_request_has_no_other_members_and_null_where_a_member_is_optional() {
        let written = r#"{ name = "text", "more?" = "one of a" }"#;
        let closed = of(written, Members::Closed).expect("an object");
        assert_eq!(closed["additionalProperties"], false);
        assert_eq!(closed["required"], json!(["name"]));
        let unless_null = of(r#"{ "it?!" = "flag" }"#, Members::Closed).expect("an object");
        assert_eq!(unless_null["properties"]["it"], json!({"type": "boolean"}));
        assert_eq!(unless_null.get("required"), None);
        let more = json!({"type": ["string", "null"], "enum": ["a", null]});
        assert_eq!(closed["properties"]["more"], more);
        let open = of(written, Members::Open).expect("an object");
        assert_eq!(open.get("additionalProperties"), None);
        assert_eq!(open["properties"]["more"], json!({"type": "string", "enum": ["a"]}));
    }
}
