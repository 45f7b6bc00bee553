//! The routes beside the contract, from the `openapi.toml` in the folder of each function.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use toml::{Table, Value as Written};

use super::Writer;
use super::kind::{self, Members, Presence};
use super::published::client_tokens;
use super::refusals::{Codes, Refused};
use super::schemas::Schemas;
use crate::manifest::Component;
use crate::workspace::Workspace;

/// Groups whose components offer nothing to a program.
const NO_DESCRIPTION: [&str; 2] = ["console", "not-found"];

/// What a description may say of a method.
const KEYS: [&str; 12] = [
    "name", "does", "caller", "query", "path", "header", "body", "lines", "answer", "media",
    "status", "refuses",
];

/// Whether nothing is described of a group.
pub fn has_no_description(group: &str) -> bool {
    NO_DESCRIPTION.contains(&group)
}

/// A function's description.
struct Described<'c> {
    component: &'c Component,
    table: Table,
}

/// Adds all routes beside the contract.
pub fn describe(
    writer: &mut Writer<'_>,
    workspace: &Workspace,
    components: &[Component],
) -> Result<()> {
    let mut all = Vec::new();
    for component in components.iter().filter(|component| !has_no_description(component.group)) {
        if let Some(described) = read(writer, workspace, component)? {
            all.push(described);
        }
    }
    for Described { component, table } in &all {
        named(table, &mut writer.schemas).with_context(|| file_of(component))?;
    }
    for described in &all {
        add(writer, described).with_context(|| file_of(described.component))?;
    }
    for component in components {
        if let Some(path) = &component.partner_centre {
            add_second(writer, component, path);
        }
    }
    Ok(())
}

/// Published operations that ask for the code of a second factor in the partner centre.
const DANGEROUS: [&str; 7] = [
    "ReclaimCouponQuotas",
    "ReclaimIndirectPartnerAccount",
    "ReclaimPartnerCoupons",
    "ReclaimToPartnerAccount",
    "UpdateCouponQuotas",
    "UpdateCustomerAccountAmount",
    "UpdateIndirectPartnerAccount",
];

/// Adds the path of the partner centre at which published operations answer, too.
fn add_second(writer: &mut Writer<'_>, component: &Component, path: &str) {
    for (method, id) in &component.handlers {
        let first = &writer.paths[&path_of(&component.route)][method.to_lowercase()];
        let mut second = first.clone();
        second["operationId"] = json!(format!("{id}InPartnerCentre"));
        second["tags"] = json!(["partner-centre"]);
        // What only distributors may call has no customers or quotas of a reseller's own to act on.
        let of_distributors = first["x-callers"] == json!(["distributor"]);
        let callers: &[&str] =
            if of_distributors { &["distributor"] } else { &["partner", "reseller"] };
        second["x-callers"] = json!(callers);
        if DANGEROUS.contains(&id.as_str()) {
            ask_for_code(writer, id, &mut second);
        }
        writer.add(method, path, second);
    }
}

/// Adds the code of a second factor to the body of an operation, and the refusals of a wrong one.
fn ask_for_code(writer: &mut Writer<'_>, id: &str, operation: &mut Value) {
    let place = &mut operation["requestBody"]["content"]["application/json"]["schema"];
    if let Some(mut body) = writer.schemas.referred(place).cloned() {
        body["properties"]["verification_code"] = json!({
            "type": ["string", "null"],
            "description": "While the partner's second factor is on: the code that was sent",
        });
        *place = writer.schemas.keep(&format!("{id}InPartnerCentreReq"), body);
    }
    let mut codes = writer.refusals.of_operation(id);
    let wrong = codes.entry(400).or_default();
    for (code, why) in [
        ("CBC.99004008", "the verification code has expired"),
        ("CBC.99004009", "the verification code failed too often"),
        ("CBC.99004010", "the verification code is wrong"),
    ] {
        wrong.insert(code.to_owned(), why.to_owned());
    }
    let mut responses = writer.refusals.responses(Refused::Caller, &codes);
    if let Some(refused) = responses.remove("400") {
        operation["responses"]["400"] = refused;
    }
}

fn file_of(component: &Component) -> String {
    format!("{}/openapi.toml", component.folder)
}

/// The description of a component; none of one that serves published operations alone.
fn read<'c>(
    writer: &Writer<'_>,
    workspace: &Workspace,
    component: &'c Component,
) -> Result<Option<Described<'c>>> {
    let is_published = component.handlers.iter().all(|(_, id)| is_published(writer.contract, id));
    if is_published && !component.handlers.is_empty() {
        return Ok(None);
    }
    let name = file_of(component);
    let text = fs::read_to_string(workspace.root.join(&name)).with_context(|| {
        format!(
            "{} serves {} and is not described: write {name}, as functions/README.md says, and \
             run `cargo xtask openapi`",
            component.folder, component.route
        )
    })?;
    let table = text.parse().with_context(|| format!("{name} is not TOML"))?;
    Ok(Some(Described { component, table }))
}

fn is_published(contract: &Value, id: &str) -> bool {
    let mut operations = contract["operations"].as_array().into_iter().flatten();
    operations.any(|operation| operation["operation_id"] == id)
}

/// Keeps the schemas that a description names.
fn named(table: &Table, schemas: &mut Schemas) -> Result<()> {
    let Some(named) = table.get("schemas") else { return Ok(()) };
    for (name, members) in [("request", Members::Closed), ("answer", Members::Open)] {
        let Some(of_place) = named.get(name) else { continue };
        for (name, written) in of_place.as_table().context("schemas are tables")? {
            let schema = kind::schema(written, members, schemas).with_context(|| name.clone())?;
            schemas.keep(name, schema);
        }
    }
    Ok(())
}

fn add(writer: &mut Writer<'_>, described: &Described<'_>) -> Result<()> {
    let Described { component, table } = described;
    let methods = table.iter().filter(|(name, _)| *name != "schemas");
    let mut seen = BTreeSet::new();
    for (key, written) in methods {
        let written = written.as_table().with_context(|| format!("{key} is no table"))?;
        // A component with several paths has one table for each path and method.
        let (method, route) = key.split_once(' ').unwrap_or((key, component.route.as_str()));
        if !component.routes().any(|known| known == route) {
            bail!("{route} is no path of the component");
        }
        seen.insert(method.to_owned());
        let path = path_of(route);
        let operation = operation(writer, component, method, &path, written);
        writer.add(method, &path, operation.with_context(|| key.clone())?);
    }
    let served: BTreeSet<String> =
        component.handlers.iter().map(|(method, _)| method.clone()).collect();
    if seen != served {
        bail!("the methods {seen:?} are described, and {served:?} are served");
    }
    Ok(())
}

/// A route of Spin as a path of OpenAPI.
fn path_of(route: &str) -> String {
    let segments = route.split('/').map(|segment| {
        let name = segment.strip_prefix(':');
        name.map_or_else(|| segment.to_owned(), |name| format!("{{{name}}}"))
    });
    segments.collect::<Vec<_>>().join("/")
}

fn operation(
    writer: &mut Writer<'_>,
    component: &Component,
    method: &str,
    path: &str,
    written: &Table,
) -> Result<Value> {
    if let Some(unknown) = written.keys().find(|key| !KEYS.contains(&key.as_str())) {
        bail!("`{unknown}` is none of {KEYS:?}");
    }
    let text = |key: &str| written.get(key).and_then(Written::as_str);
    let handler = component.handlers.iter().find(|(known, _)| known == method);
    let role = handler.map(|(_, role)| role.to_lowercase()).unwrap_or_default();
    let is_operator = component.group == "operator";
    let caller = if is_operator { Some(role.as_str()) } else { text("caller") };
    let is_open = caller == Some("anyone");
    let mut operation = json!({
        "operationId": text("name").context("it has no name")?,
        "summary": text("does").context("it does not say what it does")?,
        "tags": [component.group],
        "parameters": parameters(writer, component, method, path, written)?,
        "responses": responses(writer, is_operator, written)?,
        "security": match (is_operator, is_open) {
            (true, _) => json!([{"operator": []}]),
            (false, true) => json!([]),
            (false, false) => json!([{"signature": []}, {"token": []}]),
        },
    });
    if let Some(caller) = caller.filter(|_| !is_open) {
        operation["x-callers"] = json!(caller.split(" or ").collect::<Vec<_>>());
    }
    if let Some(body) = body(writer, written)? {
        operation["requestBody"] = body;
    }
    Ok(operation)
}

/// The body: one object, or lines of them.
fn body(writer: &mut Writer<'_>, written: &Table) -> Result<Option<Value>> {
    let bodies = [("body", "application/json"), ("lines", "application/x-ndjson")];
    for (key, media) in bodies {
        if let Some(kind) = written.get(key) {
            let schema = kind::schema(kind, Members::Closed, &mut writer.schemas).context(key)?;
            // Lines have no type that the route would look at.
            let content = json!({media: {"schema": schema}});
            return Ok(Some(json!({"required": true, "content": content})));
        }
    }
    Ok(None)
}

fn parameters(
    writer: &mut Writer<'_>,
    component: &Component,
    method: &str,
    path: &str,
    written: &Table,
) -> Result<Value> {
    let mut parameters = Vec::new();
    for place in ["path", "query", "header"] {
        let Some(listed) = written.get(place) else { continue };
        for (name, kind) in listed.as_table().with_context(|| format!("{place} is no table"))? {
            let (name, presence) = kind::name(name);
            let schema = kind::schema(kind, Members::Open, &mut writer.schemas);
            parameters.push(json!({
                "name": name,
                "in": place,
                "required": presence == Presence::Required,
                "schema": schema.with_context(|| name.to_owned())?,
            }));
        }
    }
    let variable = |segment: &str| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        Some(name.to_owned())
    };
    for name in path.split('/').filter_map(variable) {
        if !parameters.iter().any(|known| known["name"] == name.as_str()) {
            bail!("`path` does not have {name}");
        }
    }
    if component.group == "partner-centre" && method != "GET" {
        parameters.extend(client_tokens());
    }
    Ok(Value::Array(parameters))
}

fn responses(writer: &mut Writer<'_>, is_operator: bool, written: &Table) -> Result<Value> {
    let refused = if is_operator { Refused::Operator } else { Refused::Caller };
    let codes = codes(writer, written)?;
    let mut responses = writer.refusals.responses(refused, &codes);
    let mut success = json!({
        "description": "Done",
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
    });
    let answer = match written.get("answer") {
        None => None,
        Some(kind) => Some(kind::schema(kind, Members::Open, &mut writer.schemas)?),
    };
    let media = match written.get("media") {
        None if answer.is_some() => vec!["application/json"],
        None => Vec::new(),
        Some(Written::String(media)) => vec![media.as_str()],
        Some(Written::Array(list)) => list.iter().filter_map(Written::as_str).collect(),
        Some(_) => bail!("`media` is a text or a list of them"),
    };
    let content = media.iter().map(|media| {
        let schema = match (&answer, *media) {
            (Some(answer), "application/json") => answer.clone(),
            (_, "application/json") => json!({}),
            _ => json!({"type": "string"}),
        };
        ((*media).to_owned(), json!({"schema": schema}))
    });
    let content: Map<String, Value> = content.collect();
    let usual = if content.is_empty() { 204 } else { 200 };
    if !content.is_empty() {
        success["content"] = Value::Object(content);
    }
    let statuses = match written.get("status") {
        None => vec![usual],
        Some(Written::Integer(status)) => vec![*status],
        Some(Written::Array(list)) => list.iter().filter_map(Written::as_integer).collect(),
        Some(_) => bail!("`status` is a number or a list of them"),
    };
    for status in statuses {
        let mut success = success.clone();
        if status == 204 {
            success.as_object_mut().context("an object")?.remove("content");
        }
        responses.insert(status.to_string(), success);
    }
    Ok(Value::Object(responses))
}

/// What the route refuses with: a code as `400 CBC.0100 -- why`, or all codes of an operation.
fn codes(writer: &Writer<'_>, written: &Table) -> Result<Codes> {
    let mut codes = Codes::new();
    let Some(refuses) = written.get("refuses") else { return Ok(codes) };
    for entry in refuses.as_array().context("`refuses` is a list")? {
        let entry = entry.as_str().context("`refuses` has texts")?;
        if is_published(writer.contract, entry) {
            for (status, of_status) in writer.refusals.of_operation(entry) {
                codes.entry(status).or_default().extend(of_status);
            }
            continue;
        }
        let (code, why) = entry.split_once(" -- ").context("a code is told why: ` -- `")?;
        let (status, code) = code.split_once(' ').context("a code has its status before it")?;
        let status = status.parse().context("a status is a number")?;
        codes.entry(status).or_default().insert(code.to_owned(), why.to_owned());
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_written_as_a_path() {
        assert_eq!(path_of("/v1.0/:partner_id/result"), "/v1.0/{partner_id}/result");
        assert_eq!(path_of("/"), "/");
    }
}
