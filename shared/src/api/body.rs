//! JSON bodies, read strictly.

use super::refusal::Refusal;
use crate::value::text::json_is_deceptive;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// An object inside a body. A derived `Deserialize` alone would also take a list of its fields'
/// values.
#[derive(Debug, PartialEq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData)).map(Self)
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members))
    }
}

/// Reads a body that must be one JSON object. The type decides about unknown fields.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let text = str::from_utf8(bytes)
        .map_err(|_| Refusal::Parameter("The body is not UTF-8".to_owned()))?;
    if json_is_deceptive(text) {
        let problem = "The body has NUL or a control of the direction of text in it";
        return Err(Refusal::Parameter(problem.to_owned()));
    }
    // A derived `Deserialize` would also take a list of the fields' values.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(Refusal::Parameter("The body must be a JSON object".to_owned()));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let problem = error.into_inner();
        Refusal::Parameter(match path.as_str() {
            "." => problem.to_string(),
            path => format!("{path}: {problem}"),
        })
    })?;
    json.end().map_err(|error| Refusal::Parameter(error.to_string()))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Order {
        quota_id: String,
        customer_ids: Vec<String>,
        memo: Option<String>,
    }

    fn refused(body: &[u8]) -> String {
        match parse::<Order>(body) {
            Err(Refusal::Parameter(problem)) => problem,
            other => panic!("not refused as a parameter: {other:?}"),
        }
    }

    #[test]
    fn reads_an_object_and_takes_null_for_nothing() {
        let body = br#" {"quota_id":"Q1","customer_ids":["a","b"],"memo":null} "#;
        let expected = Order {
            quota_id: "Q1".to_owned(),
            customer_ids: vec!["a".to_owned(), "b".to_owned()],
            memo: None,
        };
        assert_eq!(parse(body), Ok(expected));
    }

    #[test]
    fn refuses_what_is_no_object() {
        for body in ["", "  ", "null", "[]", "\"{}\"", r#"["Q1",["a"],null]"#, "1"] {
            assert_eq!(refused(body.as_bytes()), "The body must be a JSON object", "{body}");
        }
        assert_eq!(refused(b"{\"quota_id\":\"\xff\"}"), "The body is not UTF-8");
    }

    #[test]
    fn refuses_characters_that_deceive_a_reader() {
        for memo in ["\\u0000", "\u{202e}", "\\u2067"] {
            let body = format!(r#"{{"quota_id":"Q","customer_ids":[],"memo":"{memo}"}}"#);
            assert!(refused(body.as_bytes()).contains("direction"), "{memo}");
        }
    }

    #[test]
    fn refuses_broken_json_and_anything_after_it() {
        assert!(refused(b"{").contains("EOF"));
        let whole = r#"{"quota_id":"Q1","customer_ids":[]}"#;
        assert!(refused(format!("{whole}{whole}").as_bytes()).contains("trailing"));
        let deep = format!("{{\"quota_id\":{}{}}}", "[".repeat(1000), "]".repeat(1000));
        assert!(refused(deep.as_bytes()).starts_with("quota_id: invalid type"));
        let deep = format!("{{\"x\":{}{}}}", "[".repeat(1000), "]".repeat(1000));
        assert!(refused(deep.as_bytes()).contains("unknown field `x`"));
    }

    #[test]
    fn an_object_inside_a_body_is_no_list_either() {
        #[derive(Debug, Deserialize, PartialEq)]
        struct Orders {
            orders: Vec<Object<Order>>,
        }
        let order = r#"{"quota_id":"Q","customer_ids":["a"]}"#;
        let orders: Orders = parse(format!(r#"{{"orders":[{order}]}}"#).as_bytes()).expect("fine");
        assert_eq!(orders.orders[0].0.customer_ids, ["a"]);
        for list in [r#"["Q",["a"],null]"#, "[]", "1", "null"] {
            let body = format!(r#"{{"orders":[{order},{list}]}}"#);
            let refusal = parse::<Orders>(body.as_bytes());
            let Err(Refusal::Parameter(problem)) = refusal else { panic!("{refusal:?}") };
            assert!(problem.starts_with("orders[1]: invalid type"), "{problem}");
        }
        let unknown = r#"{"orders":[{"quota_id":"Q","customer_ids":[],"more":1}]}"#;
        assert!(parse::<Orders>(unknown.as_bytes()).is_err());
    }

    #[test]
    fn names_the_field_that_is_wrong() {
        let problem = refused(br#"{"quota_id":1,"customer_ids":[]}"#);
        assert!(problem.starts_with("quota_id: invalid type: integer `1`"), "{problem}");
        let problem = refused(br#"{"quota_id":"Q","customer_ids":["a",7]}"#);
        assert!(problem.starts_with("customer_ids[1]: invalid type"), "{problem}");
        let problem = refused(br#"{"quota_id":"Q"}"#);
        assert!(problem.starts_with("missing field `customer_ids`"), "{problem}");
        let problem = refused(br#"{"quota_id":"Q","quota_id":"Q","customer_ids":[]}"#);
        assert!(problem.contains("duplicate field `quota_id`"), "{problem}");
        let problem = refused(br#"{"quota_id":"Q","customer_ids":[],"more":1}"#);
        assert!(problem.contains("unknown field `more`"), "{problem}");
        assert!(problem.contains("quota_id") && problem.contains("memo"), "{problem}");
    }
}
