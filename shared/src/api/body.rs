//! JSON bodies, read strictly.

use super::lenient::Lenient;
use super::refusal::Refusal;
use crate::value::text::json_is_deceptive;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_path_to_error::Track;
use std::fmt;
use std::marker::PhantomData;

/// An object inside a body. A derived `Deserialize` alone would also take a list of its fields'
/// values.
#[derive(Debug, PartialEq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(NoList(deserializer)).map(Self)
    }
}

/// A deserializer of a struct, or its visitor, that takes no list.
struct NoList<T>(T);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for NoList<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_struct(name, fields, NoList(visitor))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for NoList<V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(members)
    }
}

/// Which fields of a body are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// All: what the type does not know is refused.
    Strict,
    /// Those that the type knows.
    Lenient,
}

/// Reads a body that must be one JSON object.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8], reading: Reading) -> Result<T, Refusal> {
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
    let mut track = Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let value = match reading {
        Reading::Strict => T::deserialize(tracked),
        Reading::Lenient => T::deserialize(Lenient(tracked)),
    };
    let value = value.map_err(|problem| {
        let path = track.path().to_string();
        Refusal::Parameter(match path.as_str() {
            "." => problem.to_string(),
            path => format!("{path}: {problem}"),
        })
    })?;
    json.end().map_err(|error| Refusal::Parameter(error.to_string()))?;
    Ok(value)
}

/// A member that was taken out of a body, and the body without it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TakenOut {
    /// None of `null`.
    pub text: Option<String>,
    /// The others in their order.
    pub rest: Vec<u8>,
}

/// The members of a body that is an object, each as it was written.
pub(crate) struct Members<'b>(Vec<(String, &'b RawValue)>);

impl<'b> Members<'b> {
    /// Reads them; `None` for what is no object.
    pub(crate) fn read(bytes: &'b [u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Takes this member out; `None` if there is no such one.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for a member that is no text, or is there twice.
    pub(crate) fn without(self, name: &str) -> Result<Option<TakenOut>, Refusal> {
        let (taken, rest): (Vec<_>, Vec<_>) =
            self.0.into_iter().partition(|(member, _)| member == name);
        let text = match taken.as_slice() {
            [] => return Ok(None),
            [(_, value)] => serde_json::from_str(value.get())
                .map_err(|_| Refusal::parameter(name, "must be a text"))?,
            _ => return Err(Refusal::parameter(name, "must not be given twice")),
        };
        Ok(Some(TakenOut { text, rest: written(&Self(rest))? }))
    }
}

impl<'de: 'b, 'b> Deserialize<'de> for Members<'b> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor(PhantomData))
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

struct MembersVisitor<'b>(PhantomData<&'b ()>);

impl<'de: 'b, 'b> Visitor<'de> for MembersVisitor<'b> {
    type Value = Members<'b>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut read = Vec::new();
        while let Some((name, value)) = members.next_entry::<String, &'de RawValue>()? {
            read.push((name, value));
        }
        Ok(Members(read))
    }
}

/// Writes a body as a client would.
pub(crate) fn written(body: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(body).map_err(|error| Refusal::Internal(format!("body as JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::money::Money;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Order {
        quota_id: String,
        customer_ids: Vec<String>,
        memo: Option<String>,
    }

    fn refused(body: &[u8]) -> String {
        match parse::<Order>(body, Reading::Strict) {
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
        assert_eq!(parse(body, Reading::Strict), Ok(expected));
    }

    #[test]
    fn takes_one_member_out_and_leaves_the_others_as_they_were_written() {
        let taken = |body: &str| match Members::read(body.as_bytes()) {
            Some(members) => members.without("code").map_err(|_| ()),
            None => Ok(None),
        };
        let out = |text: Option<&str>, rest: &str| {
            let (text, rest) = (text.map(str::to_owned), rest.as_bytes().to_vec());
            Ok(Some(TakenOut { text, rest }))
        };
        let rest = |body: &str| out(Some("012345"), body);
        for (body, expected) in [
            (r#"{"a":1.50,"code":"012345","b":[ 1e2 ]}"#, rest(r#"{"a":1.50,"b":[ 1e2 ]}"#)),
            (r#" {"code" : "012345"} "#, rest("{}")),
            // Whoever reads the rest refuses what is there twice.
            (r#"{"a":1,"a":2,"code":"012345"}"#, rest(r#"{"a":1,"a":2}"#)),
            (r#"{"code":null,"a":"\u0041"}"#, out(None, r#"{"a":"\u0041"}"#)),
            (r#"{"a":{"code":"012345"}}"#, Ok(None)),
            (r#"{"code":12345}"#, Err(())),
            (r#"{"code":"1","code":"2"}"#, Err(())),
            ("", Ok(None)),
            ("[]", Ok(None)),
            (r#"{"code":"1"} x"#, Ok(None)),
        ] {
            assert_eq!(taken(body), expected, "{body}");
        }
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
        let one = format!(r#"{{"orders":[{order}]}}"#);
        let orders: Orders = parse(one.as_bytes(), Reading::Strict).expect("fine");
        assert_eq!(orders.orders[0].0.customer_ids, ["a"]);
        for list in [r#"["Q",["a"],null]"#, "[]", "1", "null"] {
            let body = format!(r#"{{"orders":[{order},{list}]}}"#);
            let refusal = parse::<Orders>(body.as_bytes(), Reading::Strict);
            let Err(Refusal::Parameter(problem)) = refusal else { panic!("{refusal:?}") };
            assert!(problem.starts_with("orders[1]: invalid type"), "{problem}");
        }
        let unknown = r#"{"orders":[{"quota_id":"Q","customer_ids":[],"more":1}]}"#;
        assert!(parse::<Orders>(unknown.as_bytes(), Reading::Strict).is_err());
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

    #[test]
    fn passes_over_unknown_fields_if_it_shall() {
        #[derive(Debug, Deserialize, PartialEq)]
        #[serde(deny_unknown_fields)]
        struct Orders {
            amount: Money,
            first: Object<Order>,
            others: Option<Vec<Object<Order>>>,
        }
        let order = |more: &str| format!(r#"{{{more}"quota_id":"Q","customer_ids":["a"]}}"#);
        let body = |more: &str| {
            let (one, amount) = (order(more), "10000000000.00000001");
            format!(r#"{{{more}"amount":{amount},"first":{one},"others":[{one}]}}"#)
        };
        let expected: Orders = parse(body("").as_bytes(), Reading::Strict).expect("fine");
        for more in [r#""x":1,"#, r#""x":{"quota_id":[{}]},"y":null,"#, r#""x":1,"x":2,"#] {
            let body = body(more);
            assert!(parse::<Orders>(body.as_bytes(), Reading::Strict).is_err(), "{more}");
            let orders = parse::<Orders>(body.as_bytes(), Reading::Lenient);
            assert_eq!(orders.as_ref(), Ok(&expected), "{more}");
        }
        // All else is refused as before.
        for (known, wrong) in
            [("[\"a\"]", "[1]"), ("\"quota_id\"", "\"quota\""), ("others\":[", "others\":[[],")]
        {
            let body = body(r#""x":1,"#).replace(known, wrong);
            assert!(parse::<Orders>(body.as_bytes(), Reading::Lenient).is_err(), "{wrong}");
        }
        let twice = order(r#""quota_id":"Q","#);
        assert!(parse::<Order>(twice.as_bytes(), Reading::Lenient).is_err());
    }
}
