//! The published operations, as `tests/contract/operations.json` has them.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::workspace::Workspace;

/// A published operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Such as `CreatePartnerCoupons`.
    pub id: String,
    /// What it does, in a few words.
    pub summary: String,
    /// The folder of its function and of its test.
    pub group: String,
    pub method: String,
    /// As published: a variable segment is `{name}`.
    pub path: String,
    /// The kinds of principals that may call it.
    pub callers: Vec<String>,
    /// What its query and its path hold.
    pub parameters: Vec<Field>,
    /// Its body; none if it has none.
    pub request: Option<Object>,
    /// Its answer.
    pub response: Object,
    /// What it is documented to refuse.
    pub errors: Vec<Refused>,
}

/// An object on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its published name.
    pub schema: String,
    /// What it holds.
    pub fields: Vec<Field>,
}

/// A field or a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name on the wire.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// Its published limits and values, in words.
    pub remarks: Vec<String>,
}

/// What a field is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A text
    Text,
    /// A whole number
    Integer,
    /// A decimal number
    Decimal,
    /// True or false
    Flag,
    /// An object
    Object(Object),
    /// A list
    List(Box<Kind>),
}

/// A documented reason for a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The HTTP status.
    pub status: u64,
    /// Such as `CBC.0100`.
    pub code: String,
    /// The reason, in a few words.
    pub meaning: String,
}

impl Operation {
    /// The name of the component that serves it, which is its package's and its folder's too.
    ///
    /// Spin routes by path alone, so operations that share a path share a component. That one is
    /// named after the path's resource: the shortest end of the path that has two words.
    pub fn component(&self, operations: &[Self]) -> String {
        if operations.iter().filter(|other| other.path == self.path).count() == 1 {
            return kebab_case(&self.id);
        }
        let mut name = String::new();
        for segment in self.path.rsplit('/').filter(|segment| !segment.starts_with('{')) {
            if name.contains('-') {
                break;
            }
            let joint = if name.is_empty() { "" } else { "-" };
            name = format!("{segment}{joint}{name}");
        }
        name
    }

    /// The path as Spin's routes have it.
    pub fn route(&self) -> String {
        let segments = self.path.split('/').map(|segment| {
            let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
            name.map_or_else(|| segment.to_owned(), |name| format!(":{name}"))
        });
        segments.collect::<Vec<_>>().join("/")
    }
}

/// `list-cities` for `ListCities`.
fn kebab_case(id: &str) -> String {
    words(id, '-')
}

/// `list_cities` for `ListCities`.
pub fn snake_case(id: &str) -> String {
    words(id, '_')
}

fn words(id: &str, joint: char) -> String {
    let mut name = String::new();
    for letter in id.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push(joint);
        }
        name.extend(letter.to_lowercase());
    }
    name
}

/// All operations, ordered by their ids.
pub fn operations(workspace: &Workspace) -> Result<Vec<Operation>> {
    let folder = workspace.root.join("tests/contract");
    let read = |name: &str| -> Result<Value> {
        let file = folder.join(name);
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))
    };
    parse(&read("operations.json")?, &read("errors.json")?)
        .context("tests/contract does not have the form that is expected")
}

fn parse(contract: &Value, errors: &Value) -> Option<Vec<Operation>> {
    let mut operations = Vec::new();
    for operation in contract["operations"].as_array()? {
        let text = |field: &str| operation[field].as_str().map(str::to_owned);
        let id = text("operation_id")?;
        operations.push(Operation {
            summary: text("summary_en")?,
            group: text("group")?,
            method: text("method")?,
            path: text("path")?,
            callers: texts(&operation["callers"])?,
            parameters: parameters(&operation["params"])?,
            request: match &operation["request_body"] {
                Value::Null => None,
                body => Some(object(body)?),
            },
            response: object(&operation["response"])?,
            errors: refused(&errors["operations"][&id]["errors"])?,
            id,
        });
    }
    operations.sort_by(|one, other| one.id.cmp(&other.id));
    Some(operations)
}

/// A list of texts; where nothing is published there are none.
fn texts(list: &Value) -> Option<Vec<String>> {
    if list.is_null() {
        return Some(Vec::new());
    }
    list.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

fn object(object: &Value) -> Option<Object> {
    let schema = object["schema"].as_str()?.to_owned();
    Some(Object { schema, fields: fields(&object["fields"])? })
}

/// The parameters, but not the headers: those are read alike by all.
fn parameters(list: &Value) -> Option<Vec<Field>> {
    let list = list.as_array()?.iter().filter(|parameter| parameter["in"] != "header");
    fields(&Value::Array(list.cloned().collect()))
}

/// The fields of an object; one that recurs inside itself does not list them again.
fn fields(list: &Value) -> Option<Vec<Field>> {
    let Some(list) = list.as_array() else { return Some(Vec::new()) };
    let field = |field: &Value| {
        Some(Field {
            name: field["name"].as_str()?.to_owned(),
            kind: kind(field)?,
            required: field["required"].as_bool()?,
            remarks: remarks(field),
        })
    };
    list.iter().map(field).collect()
}

fn kind(field: &Value) -> Option<Kind> {
    Some(match field["type"].as_str()? {
        "string" => Kind::Text,
        "integer" => Kind::Integer,
        "number" => Kind::Decimal,
        "boolean" => Kind::Flag,
        "object" => Kind::Object(object(field)?),
        "array" => Kind::List(Box::new(kind(&field["items"])?)),
        _ => return None,
    })
}

fn remarks(field: &Value) -> Vec<String> {
    let mut remarks = Vec::new();
    let bounds = (&field["min"], &field["max"]);
    match bounds {
        (Value::Null, Value::Null) => {}
        (min, Value::Null) => remarks.push(format!("at least {min}")),
        (Value::Null, max) => remarks.push(format!("at most {max}")),
        (min, max) => remarks.push(format!("{min} to {max}")),
    }
    for (name, unit) in [("max_length", "characters"), ("max_items", "items")] {
        if !field[name].is_null() {
            remarks.push(format!("at most {} {unit}", field[name]));
        }
    }
    for name in ["format", "timezone", "unit"] {
        remarks.extend(field[name].as_str().map(str::to_owned));
    }
    if !field["default"].is_null() {
        remarks.push(format!("default {}", field["default"]));
    }
    for value in field["enum"].as_array().into_iter().flatten() {
        let meaning = value["meaning"].as_str().unwrap_or_default();
        remarks.push(format!("`{}`: {meaning}", value["value"].to_string().trim_matches('"')));
    }
    remarks
}

/// The documented reasons; of a few operations nothing is published.
fn refused(list: &Value) -> Option<Vec<Refused>> {
    if list.is_null() {
        return Some(Vec::new());
    }
    let errors = list.as_array()?.iter();
    errors
        .map(|error| {
            Some(Refused {
                status: error["http_status"].as_u64()?,
                code: error["error_code"].as_str()?.to_owned(),
                meaning: error["meaning_en"].as_str()?.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(id: &str, method: &str, path: &str) -> Operation {
        Operation {
            id: id.to_owned(),
            summary: String::new(),
            group: "group".to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            callers: Vec::new(),
            parameters: Vec::new(),
            request: None,
            response: Object { schema: String::new(), fields: Vec::new() },
            errors: Vec::new(),
        }
    }

    #[test]
    fn a_component_is_named_after_its_operation_or_after_the_path_that_several_share() {
        let operations = [
            operation("ListCities", "GET", "/v2/systems/configs/cities"),
            operation("CreatePartnerCoupons", "POST", "/v2/benefits/partner-coupons"),
            operation("ListIssuedPartnerCoupons", "GET", "/v2/benefits/partner-coupons"),
            operation("AutoRenewalResources", "POST", "/v2/resources/autorenew/{resource_id}"),
            operation("CancelAutoRenewal", "DELETE", "/v2/resources/autorenew/{resource_id}"),
        ];
        let names: Vec<String> =
            operations.iter().map(|operation| operation.component(&operations)).collect();
        assert_eq!(
            names,
            [
                "list-cities",
                "partner-coupons",
                "partner-coupons",
                "resources-autorenew",
                "resources-autorenew"
            ]
        );
        assert_eq!(operations[3].route(), "/v2/resources/autorenew/:resource_id");
        assert_eq!(snake_case("ListCities"), "list_cities");
    }

    #[test]
    fn the_contract_is_read_whole() {
        let workspace = Workspace::find().expect("the workspace");
        let operations = operations(&workspace).expect("the contract");
        assert_eq!(operations.len(), 92);
        let coupons = operations.iter().find(|operation| operation.id == "CreatePartnerCoupons");
        let coupons = coupons.expect("the operation");
        assert_eq!((coupons.method.as_str(), coupons.group.as_str()), ("POST", "coupons"));
        assert!(coupons.errors.iter().any(|refused| refused.code == "CBC.0100"));
        let request = coupons.request.as_ref().expect("a body");
        let field = request.fields.iter().find(|field| field.name == "face_value");
        assert_eq!(field.map(|field| (&field.kind, field.required)), Some((&Kind::Decimal, true)));
    }
}
