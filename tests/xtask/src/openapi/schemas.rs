//! The named schemas of the description.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

/// Where named schemas are, as references have it.
const PLACE: &str = "#/components/schemas/";

/// Named schemas, and which of them are referred to.
#[derive(Default)]
pub struct Schemas {
    named: Map<String, Value>,
    wanted: BTreeSet<String>,
}

impl Schemas {
    /// Keeps a schema under a name, or another one where that is another schema's, and refers to it.
    pub fn keep(&mut self, name: &str, schema: Value) -> Value {
        let free = |name: &String| self.named.get(name).is_none_or(|known| *known == schema);
        let mut numbered = (2..).map(|number| format!("{name}{number}"));
        let own = name.to_owned();
        let name = if free(&own) { own } else { numbered.find(free).unwrap_or_default() };
        self.named.insert(name.clone(), schema);
        reference(&name)
    }

    /// Refers to a schema that is kept, now or later.
    pub fn refer(&mut self, name: &str) -> Value {
        self.wanted.insert(name.to_owned());
        reference(name)
    }

    /// The schema that is kept and that a reference names.
    pub fn referred(&self, reference: &Value) -> Option<&Value> {
        let name = reference["$ref"].as_str()?.strip_prefix(PLACE)?;
        self.named.get(name)
    }

    /// Fails if a schema is referred to that is not kept.
    pub fn check(&self) -> Result<()> {
        let missing = self.wanted.iter().find(|name| !self.named.contains_key(*name));
        missing.map_or(Ok(()), |name| bail!("there is no schema {name}"))
    }

    /// All of them, by their names.
    pub fn into_map(self) -> Map<String, Value> {
        self.named
    }
}

/// A reference to a named schema.
pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{PLACE}{name}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_schemas_of_one_name_are_told_apart() {
        let mut schemas = Schemas::default();
        let (one, other) = (json!({"type": "string"}), json!({"type": "integer"}));
        assert_eq!(schemas.keep("A", one.clone()), reference("A"));
        assert_eq!(schemas.keep("A", one), reference("A"));
        assert_eq!(schemas.keep("A", other.clone()), reference("A2"));
        assert_eq!(schemas.keep("A", other), reference("A2"));
    }

    #[test]
    fn a_reference_to_nothing_is_found() {
        let mut schemas = Schemas::default();
        schemas.refer("A");
        assert!(schemas.check().is_err());
        schemas.keep("A", json!({}));
        assert!(schemas.check().is_ok());
    }
}
