//! The published operations, from the contract.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::Writer;
use super::kind::{DECIMAL, INSTANT, MONTH, or_null};
use super::refusals::{Codes, Refused, listed, with_code};
use super::schemas::{Schemas, reference};

/// The form of a day, which a regular expression knows but for the length of the month.
const DATE: &str = "^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

/// Where a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Parameter,
    Request,
    Answer,
}

/// Adds all published operations.
pub fn describe(writer: &mut Writer<'_>) -> Result<()> {
    let operations = writer.contract["operations"].as_array().context("the contract's list")?;
    for operation in operations {
        let text = |name: &str| {
            let text = operation[name].as_str();
            text.with_context(|| format!("an operation of the contract has no {name}"))
        };
        let (id, method, path) = (text("operation_id")?, text("method")?, text("path")?);
        let described = of(operation, id, writer).with_context(|| id.to_owned())?;
        writer.add(method, path, described);
    }
    Ok(())
}

fn of(operation: &Value, id: &str, writer: &mut Writer<'_>) -> Result<Value> {
    let mut described = json!({
        "operationId": id,
        "summary": operation["summary_en"],
        "description": description(operation),
        "tags": [operation["group"]],
        "parameters": parameters(operation, id)?,
        "responses": responses(operation, id, writer)?,
        "security": [{"signature": []}, {"token": []}],
        "x-rate-limit-per-second": operation["rate_limit_per_second"],
    });
    if let Some(url) = operation["doc_url"].as_str() {
        described["externalDocs"] = json!({"url": url});
    }
    if let Some(callers) = operation["callers"].as_array() {
        described["x-callers"] = json!(callers);
    }
    if let Some(name) = operation["request_body"]["schema"].as_str() {
        let fields = &operation["request_body"]["fields"];
        let schema = object(fields, Place::Request, &mut writer.schemas)?;
        let schema = writer.schemas.keep(name, schema);
        described["requestBody"] = json!({
            "required": true,
            "content": {"application/json": {"schema": schema}},
        });
    }
    Ok(described)
}

/// What is to be known of an operation, a sentence a line.
fn description(operation: &Value) -> String {
    let notes = operation["notes"].as_array().into_iter().flatten();
    notes.filter_map(Value::as_str).collect::<Vec<_>>().join("\n\n")
}

fn parameters(operation: &Value, id: &str) -> Result<Value> {
    let mut parameters = Vec::new();
    for parameter in operation["params"].as_array().into_iter().flatten() {
        let mut schema = field(parameter, Place::Parameter, &mut Schemas::default())?;
        let mut described = json!({
            "name": parameter["name"],
            "in": parameter["in"],
            "required": parameter["required"],
        });
        if parameter["in"] == "query" && says_nothing(parameter, "empty") {
            described["allowEmptyValue"] = json!(true);
        }
        if let Some(words) = schema.as_object_mut().and_then(|schema| schema.remove("description"))
        {
            described["description"] = words;
        }
        described["schema"] = schema;
        parameters.push(described);
    }
    let only_reads = ["List", "Show", "Check"].iter().any(|begin| id.starts_with(begin));
    if operation["method"] != "GET" && !only_reads {
        parameters.extend(client_tokens());
    }
    Ok(Value::Array(parameters))
}

/// The header of a write, and its other name.
pub fn client_tokens() -> [Value; 2] {
    ["ClientToken", "IdempotencyKey"]
        .map(|name| json!({"$ref": format!("#/components/parameters/{name}")}))
}

fn responses(operation: &Value, id: &str, writer: &mut Writer<'_>) -> Result<Value> {
    let response = &operation["response"];
    let status = response["success_status"].as_u64().context("no status of success")?;
    let own = writer.refusals.of_operation(id);
    let mut responses = writer.refusals.responses(Refused::Caller, &own);
    let mut described = json!({
        "description": success(operation, &writer.refusals.of_items(id)),
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
    });
    if status != 204 {
        let name = response["schema"].as_str().context("no name of the answer")?;
        let answer = object(&response["fields"], Place::Answer, &mut writer.schemas)?;
        let answer = writer.schemas.keep(name, answer);
        // A few refusals come with the status of success.
        let schema = match own.get(&200) {
            Some(codes) => json!({"anyOf": [with_code(reference("Error"), codes), answer]}),
            None => answer,
        };
        described["content"] = json!({"application/json": {"schema": schema}});
    }
    responses.insert(status.to_string(), described);
    Ok(Value::Object(responses))
}

fn success(operation: &Value, of_items: &Codes) -> String {
    match (operation["per_item_errors"].as_str(), of_items.get(&200)) {
        (Some(list), Some(codes)) => format!("Done; `{list}` has what failed. {}", listed(codes)),
        (Some(list), None) => format!("Done; `{list}` has what failed"),
        _ => "Done".to_owned(),
    }
}

fn object(fields: &Value, place: Place, schemas: &mut Schemas) -> Result<Value> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for described in fields.as_array().into_iter().flatten() {
        let name = described["name"].as_str().context("a field has no name")?;
        let schema = field(described, place, schemas).with_context(|| name.to_owned())?;
        properties.insert(name.to_owned(), schema);
        if described["required"] == true {
            required.push(name);
        }
    }
    let mut object = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    if place == Place::Request {
        object["additionalProperties"] = json!(false);
    }
    Ok(object)
}

fn field(described: &Value, place: Place, schemas: &mut Schemas) -> Result<Value> {
    let mut schema = match described["type"].as_str().context("no type")? {
        "object" => return named(described, place, schemas),
        "array" => {
            let items = field(&described["items"], place, schemas)?;
            json!({"type": "array", "items": items})
        }
        "number" if described["decimal"] == true && place == Place::Request => amount(described),
        kind => json!({"type": kind}),
    };
    bounds(described, &mut schema);
    form(described, &mut schema)?;
    choices(described, place, &mut schema);
    let words = words(described);
    if !words.is_empty() {
        schema["description"] = json!(words);
    }
    let is_optional = described["required"] == false;
    if place == Place::Request && is_optional && !rejects(described, "null") {
        schema = or_null(schema);
    }
    // What must be there must say something.
    let least = match (place, described["required"] == true, schema["type"].as_str()) {
        (Place::Parameter, true, Some("string")) => "minLength",
        (Place::Request, true, Some("array")) => "minItems",
        _ => return Ok(schema),
    };
    if schema[least].as_u64().is_none_or(|bound| bound == 0) {
        schema[least] = json!(1);
    }
    Ok(schema)
}

fn named(described: &Value, place: Place, schemas: &mut Schemas) -> Result<Value> {
    let name = described["schema"].as_str().context("an object has no name")?;
    let schema = if described["recursive"] == true {
        schemas.refer(name)
    } else {
        let schema = object(&described["fields"], place, schemas)?;
        schemas.keep(name, schema)
    };
    let is_nullable = place == Place::Request && described["required"] == false;
    Ok(if is_nullable { or_null(schema) } else { schema })
}

/// Whether a field may say nothing in this way.
fn says_nothing(described: &Value, way: &str) -> bool {
    let way = &described["when_absent"][way];
    !way.is_null() && way != "rejected"
}

/// Whether a field must not say nothing in this way.
fn rejects(described: &Value, way: &str) -> bool {
    described["when_absent"][way] == "rejected"
}

/// An amount in a request: SDKs write a number, published samples a text.
fn amount(described: &Value) -> Value {
    let mut number = json!({"type": "number"});
    if !described["exclusive_min"].is_null() {
        number["exclusiveMinimum"] = described["exclusive_min"].clone();
    }
    let mut text = json!({"type": "string", "pattern": "^[0-9]{1,13}([.][0-9]{1,8})?$"});
    number["maximum"] = json!(9_999_999_999_999_i64);
    if described["scale"] == 2 {
        number["multipleOf"] = json!(0.01);
        // Not zero, which takes both parts to say.
        text["pattern"] =
            json!("^(0{0,12}[1-9][0-9]{0,12}([.][0-9]{1,2})?|0{1,13}[.](0[1-9]|[1-9][0-9]?))$");
    }
    json!({"anyOf": [number, text]})
}

fn bounds(described: &Value, schema: &mut Value) {
    let is_number = matches!(schema["type"].as_str(), Some("integer" | "number"));
    for (name, keyword, applies) in [
        ("min", "minimum", is_number),
        ("max", "maximum", is_number),
        ("min_length", "minLength", schema["type"] == "string"),
        ("max_length", "maxLength", schema["type"] == "string"),
        ("min_items", "minItems", schema["type"] == "array"),
        ("max_items", "maxItems", schema["type"] == "array"),
    ] {
        if applies && !described[name].is_null() {
            schema[keyword] = described[name].clone();
        }
    }
    if says_nothing(described, "empty_string") && schema["minLength"] == 1 {
        schema["minLength"] = json!(0);
    }
    if !described["item_max_length"].is_null() {
        schema["items"]["maxLength"] = described["item_max_length"].clone();
    }
}

/// The form of a text.
fn form(described: &Value, schema: &mut Value) -> Result<()> {
    let Some(format) = described["format"].as_str() else {
        // What has choices has a pattern of them beside.
        if let (Some(pattern), true) = (described["pattern"].as_str(), described["enum"].is_null())
        {
            schema["pattern"] = json!(pattern);
        }
        return Ok(());
    };
    let (format, pattern) = match format.split(' ').next() {
        Some("date-time") => (Some("date-time"), INSTANT.to_owned()),
        Some("month") => (None, MONTH.to_owned()),
        Some("date") if format.contains("month") => {
            (None, format!("{}$|{DATE}", MONTH.trim_end_matches('$')))
        }
        Some("date") => (Some("date"), DATE.to_owned()),
        Some("decimal") => (None, DECIMAL.to_owned()),
        _ => anyhow::bail!("the format {format:?} is unknown"),
    };
    if let Some(format) = format {
        schema["format"] = json!(format);
    }
    schema["pattern"] = json!(pattern);
    Ok(())
}

/// The values that a field can have. Where an empty text says nothing, it is one of them.
fn choices(described: &Value, place: Place, schema: &mut Value) {
    let Some(listed) = described["enum"].as_array() else {
        if schema["type"] == "integer" && described["default"].is_i64() {
            schema["default"] = described["default"].clone();
        }
        return;
    };
    let mut values: Vec<Value> = listed.iter().map(|choice| choice["value"].clone()).collect();
    if schema["type"] == "array" {
        schema["items"]["enum"] = json!(values);
        return;
    }
    let may_be_empty = place == Place::Request && schema["type"] == "string";
    if may_be_empty && says_nothing(described, "empty_string") && !values.contains(&json!("")) {
        values.push(json!(""));
    }
    if values.contains(&described["default"]) {
        schema["default"] = described["default"].clone();
    }
    schema["enum"] = json!(values);
}

/// What the contract says of a field that a schema does not.
fn words(described: &Value) -> String {
    let mut words = Vec::new();
    for name in ["unit", "timezone", "compare", "match", "rule"] {
        words.extend(described[name].as_str().map(str::to_owned));
    }
    if !described["default"].is_null() {
        words.push(format!("default {}", described["default"]));
    }
    if described["case_insensitive"] == true {
        words.push("letters of either case".to_owned());
    }
    if described["reserved"] == true {
        words.push("reserved".to_owned());
    }
    for choice in described["enum"].as_array().into_iter().flatten() {
        let meaning = choice["meaning"].as_str().unwrap_or_default();
        words.push(format!("`{}`: {meaning}", choice["value"].to_string().trim_matches('"')));
    }
    words.join("; ")
}
