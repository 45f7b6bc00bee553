//! JSON with every digit of its numbers, and with no member given twice.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON value. Two are equal when they say the same: `1.50` is `1.5`.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

/// A number as it was written.
#[derive(Clone)]
pub struct Number(String);

impl Json {
    pub fn parse(text: &str) -> Result<Self, String> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Self::read(raw.get()).map_err(|error| error.to_string())
    }

    fn read(text: &str) -> serde_json::Result<Self> {
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let Members(members) = serde_json::from_str(text)?;
                let values = members.into_iter().map(|(name, raw)| Ok((name, Self::read(raw)?)));
                Self::Object(values.collect::<serde_json::Result<_>>()?)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                let values = items.into_iter().map(|raw| Self::read(raw.get()));
                Self::List(values.collect::<serde_json::Result<_>>()?)
            }
            Some(b'"') => Self::Text(serde_json::from_str(text)?),
            Some(b't' | b'f') => Self::Bool(serde_json::from_str(text)?),
            Some(b'n') => Self::Null,
            _ => Self::Number(Number(text.to_owned())),
        })
    }

    /// The number that a text is the digits of.
    pub fn number(digits: &str) -> Self {
        Self::Number(Number(digits.to_owned()))
    }

    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// The member of an object; none has the value `null`, for the tests.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else {
            return None;
        };
        members.get(name).filter(|value| **value != Self::Null)
    }

    /// The member of an object that must have it.
    pub fn at(&self, name: &str) -> &Self {
        self.get(name).unwrap_or_else(|| panic!("no `{name}` in {self:?}"))
    }

    pub fn as_text(&self) -> &str {
        let Self::Text(text) = self else { panic!("{self:?} is not a text") };
        text
    }

    /// The text of a member that must be one.
    pub fn text_at(&self, name: &str) -> &str {
        self.at(name).as_text()
    }

    pub fn as_decimal(&self) -> Decimal {
        let Self::Number(number) = self else { panic!("{self:?} is not a number") };
        number.value()
    }

    /// A number as it was written.
    pub fn digits(&self) -> &str {
        let Self::Number(number) = self else { panic!("{self:?} is not a number") };
        number.digits()
    }

    pub fn as_integer(&self) -> i64 {
        let Self::Number(Number(text)) = self else { panic!("{self:?} is not a number") };
        text.parse().unwrap_or_else(|_| panic!("{text} is not an integer"))
    }

    pub fn as_list(&self) -> &[Self] {
        let Self::List(items) = self else { panic!("{self:?} is not a list") };
        items
    }
}

impl Number {
    /// As it was written.
    pub fn digits(&self) -> &str {
        &self.0
    }

    pub fn value(&self) -> Decimal {
        let exact = if self.0.contains(['e', 'E']) {
            Decimal::from_scientific(&self.0)
        } else {
            Decimal::from_str_exact(&self.0)
        };
        exact.unwrap_or_else(|_| panic!("{} is beyond what amounts can be", self.0))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.value() == other.value()
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The members of an object, each name once.
struct Members<'a>(BTreeMap<String, &'a str>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if members.insert(name.clone(), value.get()).is_some() {
                        return Err(M::Error::custom(format!("`{name}` is there twice")));
                    }
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}
