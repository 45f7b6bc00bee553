//! What operations refuse with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::schemas::reference;

/// The published codes, and those of the bundle itself.
pub struct Refusals<'c> {
    /// `errors.json`.
    pub errors: &'c Value,
    /// `own_refusals.json`.
    pub own: &'c Value,
}

/// Codes with what they mean, by their HTTP status.
pub type Codes = BTreeMap<u64, BTreeMap<String, String>>;

/// Who is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A caller of the API.
    Caller,
    /// The operator.
    Operator,
}

impl Refused {
    fn name(self) -> &'static str {
        match self {
            Self::Caller => "Refused",
            Self::Operator => "OperatorRefused",
        }
    }
}

impl Refusals<'_> {
    /// The codes with which an operation refuses a whole request, beside the common ones.
    pub fn of_operation(&self, id: &str) -> Codes {
        let published = &self.errors["operations"][id]["errors"];
        let own = &self.own["operations"][id];
        codes([published, own].into_iter().flat_map(whole_request))
    }

    /// The codes that an operation gives single items of its list, which is an answer with 200.
    pub fn of_items(&self, id: &str) -> Codes {
        let published = entries(&self.errors["operations"][id]["errors"]);
        codes(published.filter(|error| level(error).contains("item in")))
    }

    fn common(&self, refused: Refused) -> Codes {
        let everywhere = [&self.errors["global"], &self.errors["gateway"], &self.own["everywhere"]];
        let operator = (refused == Refused::Operator).then_some(&self.own["operator"]);
        let all = everywhere.into_iter().chain(operator).flat_map(whole_request);
        // What the live service says with 200, it says of single items.
        codes(all.filter(|error| error["http_status"].as_u64().is_some_and(|status| status >= 400)))
    }

    /// Adds what all operations may refuse with: the envelope, and a response for each status.
    pub fn add_common(&self, schemas: &mut Map<String, Value>, responses: &mut Map<String, Value>) {
        schemas.insert("Error".to_owned(), envelope(&json!({})));
        let lines = json!({
            "line": {"type": "integer", "description": "The line that is refused, from 1"},
            "applied": {"type": "integer", "description": "Lines before it that are in the books now"},
            "skipped": {"type": "integer", "description": "Lines before it that were there already"},
        });
        schemas.insert("OperatorError".to_owned(), envelope(&lines));
        for refused in [Refused::Caller, Refused::Operator] {
            for (status, codes) in self.common(refused) {
                let name = format!("{}{status}", refused.name());
                responses.insert(name, response(refused, &codes, &codes));
            }
        }
    }

    /// The responses of an operation that refuses with these codes beside the common ones.
    pub fn responses(&self, refused: Refused, own: &Codes) -> Map<String, Value> {
        let mut common = self.common(refused);
        let statuses: BTreeSet<u64> = common.keys().chain(own.keys()).copied().collect();
        let mut responses = Map::new();
        for status in statuses.into_iter().filter(|status| *status >= 400) {
            let all = common.remove(&status).unwrap_or_default();
            let own = own.get(&status).cloned().unwrap_or_default();
            let described = if own.keys().all(|code| all.contains_key(code)) {
                json!({"$ref": format!("#/components/responses/{}{status}", refused.name())})
            } else {
                let known = own.iter().chain(&all).map(|(code, why)| (code.clone(), why.clone()));
                response(refused, &own, &known.collect())
            };
            responses.insert(status.to_string(), described);
        }
        responses
    }
}

fn entries(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn level(error: &Value) -> &str {
    error["level"].as_str().unwrap_or("request")
}

fn whole_request(list: &Value) -> impl Iterator<Item = &Value> {
    entries(list)
        .filter(|error| level(error).starts_with("request") || level(error) == "body of HTTP 200")
}

fn codes<'e>(errors: impl Iterator<Item = &'e Value>) -> Codes {
    let mut codes = Codes::new();
    for error in errors {
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        let status = error["http_status"].as_u64().unwrap_or_default();
        codes.entry(status).or_default().insert(text("error_code"), text("meaning_en"));
    }
    codes
}

fn envelope(more: &Value) -> Value {
    let mut properties = json!({
        "error_code": {"type": "string", "description": "Says why, for programs"},
        "error_msg": {"type": "string", "description": "Says why, for people"},
        "request_id": {"type": "string", "description": "With the gateway's codes, `APIGW.…`"},
    });
    if let (Some(properties), Some(more)) = (properties.as_object_mut(), more.as_object()) {
        properties.extend(more.clone());
    }
    json!({
        "type": "object",
        "required": ["error_code", "error_msg"],
        "properties": properties,
    })
}

/// A refusal that says what these codes mean, and has one of all.
fn response(
    refused: Refused,
    told: &BTreeMap<String, String>,
    all: &BTreeMap<String, String>,
) -> Value {
    let error = match refused {
        Refused::Caller => "Error",
        Refused::Operator => "OperatorError",
    };
    json!({
        "description": listed(told),
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
        "content": {"application/json": {"schema": with_code(reference(error), all)}},
    })
}

/// The envelope with one of these codes.
pub fn with_code(mut envelope: Value, codes: &BTreeMap<String, String>) -> Value {
    let codes: Vec<&String> = codes.keys().collect();
    envelope["properties"] = json!({"error_code": {"enum": codes}});
    envelope
}

/// Codes with what they mean, as a sentence.
pub fn listed(codes: &BTreeMap<String, String>) -> String {
    let codes = codes.iter().map(|(code, meaning)| format!("`{code}`: {meaning}"));
    codes.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_that_adds_nothing_refers_to_what_all_have() {
        let errors = json!({
            "global": [
                {"http_status": 200, "error_code": "CBC.0000", "meaning_en": "success"},
                {"http_status": 400, "error_code": "CBC.0100", "meaning_en": "parameter error"},
            ],
            "operations": {"One": {"errors": [
                {"http_status": 400, "error_code": "CBC.1", "meaning_en": "no", "level": "request"},
                {"http_status": 200, "error_code": "CBC.2", "meaning_en": "one", "level": "item in x"},
            ]}},
        });
        let refusals = Refusals { errors: &errors, own: &json!({}) };
        let none = refusals.responses(Refused::Caller, &refusals.of_operation("Other"));
        assert_eq!(none["400"], json!({"$ref": "#/components/responses/Refused400"}));
        assert_eq!(none.len(), 1);
        let one = refusals.responses(Refused::Caller, &refusals.of_operation("One"));
        let codes = &one["400"]["content"]["application/json"]["schema"]["properties"];
        assert_eq!(codes["error_code"]["enum"], json!(["CBC.0100", "CBC.1"]));
        assert_eq!(one["400"]["description"], "`CBC.1`: no");
        assert!(refusals.of_items("One")[&200].contains_key("CBC.2"));
    }
}
