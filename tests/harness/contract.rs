//! Every answer against the published API: `contract/operations.json` and `contract/errors.json`,
//! and what the bundle refuses beside, `contract/own_refusals.json`.

use std::sync::LazyLock;

use serde_json::Value;

use crate::harness::http::Reply;
use crate::harness::json::Json;

/// How the paths begin that refuse as published operations do which do the same, and have no codes
/// of their own.
const LIKE_PUBLISHED: [&str; 3] = ["/partner-centre/", "/real-name", "/v1.0/"];

/// Most decimals that an amount has: a price of usage for which so many were asked.
const SCALE_MAX: usize = 10;

static OPERATIONS: LazyLock<Value> =
    LazyLock::new(|| read(include_str!("../contract/operations.json")));
static ERRORS: LazyLock<Value> = LazyLock::new(|| read(include_str!("../contract/errors.json")));

/// What this bundle refuses and the published lists have no entry for.
static OWN: LazyLock<Value> = LazyLock::new(|| read(include_str!("../contract/own_refusals.json")));

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("the contract is JSON")
}

/// All published operations.
pub fn operations() -> &'static [Value] {
    list(&OPERATIONS["operations"])
}

/// The operation of this id.
pub fn operation(id: &str) -> &'static Value {
    let mut operations = operations().iter();
    let found = operations.find(|operation| operation["operation_id"] == id);
    found.unwrap_or_else(|| panic!("{id} is no published operation"))
}

/// The path of the operation of this id.
pub fn path_of(id: &str) -> &'static str {
    text(&operation(id)["path"])
}

/// The operation of this method and path.
pub fn find(method: &str, path: &str) -> Option<&'static Value> {
    operations()
        .iter()
        .find(|operation| operation["method"] == method && matches(text(&operation["path"]), path))
}

/// Whether a path is one of a published form, with `{name}` in place of parameters.
pub fn matches(form: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    form.split('/').all(|expected| {
        segments.next().is_some_and(|actual| expected.starts_with('{') || expected == actual)
    }) && segments.next().is_none()
}

/// What a monitoring system reads.
const METRICS: &str = "/operator/v1/metrics";

/// How the paths begin that answer with a file.
const FILES: [&str; 2] = ["/operator/v1/export", "/partner-centre/v1/export"];

/// What answers 204 beside the contract: the second path of `ReclaimPartnerCoupons`, an address that is
/// taken away, and a code that was sent.
const WITHOUT_CONTENT: [&str; 3] = [
    "/partner-centre/v1/coupons/reclaim",
    "/partner-centre/v1/notification",
    "/partner-centre/v1/second-factor",
];

/// Checks an answer to a request of this method and path.
pub fn check(method: &str, path: &str, reply: &Reply) {
    let problem = problem(method, path, reply);
    assert!(
        problem.is_none(),
        "{method} {path} breaks the contract: {}\n{} {:?}\n{}",
        problem.unwrap_or_default(),
        reply.status,
        reply.headers,
        String::from_utf8_lossy(&reply.body),
    );
}

fn problem(method: &str, path: &str, reply: &Reply) -> Option<String> {
    if reply.status == 204 {
        return problem_without_content(method, path, reply);
    }
    let content_type = reply.header("content-type").unwrap_or_default();
    // Two paths answer a browser, one of them no one else.
    let is_page = content_type.starts_with("text/html");
    match (method, path, reply.status) {
        ("GET", "/real-name", 200) => return (!is_page).then(|| "no page".to_owned()),
        ("GET", "/", 200) if is_page => return None,
        _ => {}
    }
    if FILES.iter().any(|begin| path.starts_with(begin)) && reply.status == 200 {
        let disposition = reply.header("content-disposition").unwrap_or_default();
        let is_file = disposition.starts_with("attachment; filename=\"");
        return (!is_file).then(|| format!("content disposition {disposition:?}"));
    }
    if path == METRICS && reply.status == 200 {
        let expected = "text/plain; version=0.0.4; charset=utf-8";
        return (content_type != expected).then(|| format!("content type {content_type:?}"));
    }
    if !content_type.starts_with("application/json") {
        return Some(format!("content type {content_type:?}"));
    }
    if reply.header("x-request-id").is_none_or(str::is_empty) {
        return Some("no X-Request-Id".to_owned());
    }
    let body = match std::str::from_utf8(&reply.body).map_err(|error| error.to_string()) {
        Ok(text) => Json::parse(text),
        Err(error) => Err(error),
    };
    let body = match body {
        Ok(body) => body,
        Err(error) => return Some(error),
    };
    let operation = find(method, path);
    let checked = match operation {
        _ if reply.status >= 400 || is_refusal_with_200(operation, &body) => {
            check_envelope(operation, path, reply, &body)
        }
        Some(operation) => check_success(operation, reply.status, &body),
        None => Ok(()),
    };
    checked.err()
}

/// An answer of nothing says nothing, not even of what kind or length its content is.
fn problem_without_content(method: &str, path: &str, reply: &Reply) -> Option<String> {
    if reply.header("x-request-id").is_none_or(str::is_empty) {
        return Some("no X-Request-Id".to_owned());
    }
    if let Some(name) =
        ["content-type", "content-length"].iter().find(|it| reply.header(it).is_some())
    {
        return Some(format!("{name} with 204"));
    }
    // What the operator takes away is gone, and there is nothing to say of it.
    if (method == "DELETE" && path.starts_with("/operator/")) || WITHOUT_CONTENT.contains(&path) {
        return None;
    }
    let expected = find(method, path).map(|operation| &operation["response"]["success_status"]);
    (expected.is_none_or(|status| *status != 204)).then(|| "204 is not the status".to_owned())
}

/// Whether an answer is one of the few refusals that come with 200.
fn is_refusal_with_200(operation: Option<&Value>, body: &Json) -> bool {
    operation.is_some() && matches!(body.get("error_code"), Some(Json::Text(_)))
}

fn check_envelope(
    operation: Option<&Value>,
    path: &str,
    reply: &Reply,
    body: &Json,
) -> Result<(), String> {
    let Json::Object(members) = body else {
        return Err("not an object".to_owned());
    };
    let code = body.get("error_code").ok_or("no error_code")?;
    let Json::Text(code) = code else {
        return Err("error_code is no text".to_owned());
    };
    match body.get("error_msg") {
        Some(Json::Text(message)) if !message.is_empty() => {}
        _ => return Err("no error_msg".to_owned()),
    }
    match body.get("request_id") {
        Some(Json::Text(id)) if reply.header("x-request-id") == Some(id) => {}
        None if !code.starts_with("APIGW.") => {}
        _ => return Err("request_id belongs to the gateway's errors".to_owned()),
    }
    let is_operator = path.starts_with("/operator/");
    for name in members.keys() {
        let is_known = match name.as_str() {
            "error_code" | "error_msg" | "request_id" => true,
            "line" | "applied" | "skipped" => is_operator,
            _ => false,
        };
        if !is_known {
            return Err(format!("{name} in an error"));
        }
    }
    let listed = is_listed(&ERRORS["global"], reply.status, code)
        || is_listed(&ERRORS["gateway"], reply.status, code)
        || is_listed(&OWN["everywhere"], reply.status, code)
        || (is_operator && is_listed(&OWN["operator"], reply.status, code))
        || (path.starts_with("/partner-centre/")
            && is_listed(&OWN["partner-centre"], reply.status, code))
        || (LIKE_PUBLISHED.iter().any(|begin| path.starts_with(begin))
            && is_published(reply.status, code))
        || operation.is_some_and(|operation| {
            let id = text(&operation["operation_id"]);
            is_listed(&ERRORS["operations"][id]["errors"], reply.status, code)
                || is_listed(&OWN["operations"][id], reply.status, code)
        });
    if listed { Ok(()) } else { Err(format!("{code} is not listed with {}", reply.status)) }
}

/// Whether some published operation has this code.
fn is_published(status: u16, code: &str) -> bool {
    let tables = ERRORS["operations"].as_object().expect("operations");
    tables.values().any(|table| is_listed(&table["errors"], status, code))
}

/// Whether a list of errors has this one for a whole request.
fn is_listed(errors: &Value, status: u16, code: &str) -> bool {
    list(errors).iter().any(|error| {
        let level = error["level"].as_str().unwrap_or("request");
        error["error_code"] == code
            && error["http_status"] == status
            && (level.starts_with("request") || level == "body of HTTP 200")
    })
}

fn check_success(operation: &Value, status: u16, body: &Json) -> Result<(), String> {
    let response = &operation["response"];
    if response["success_status"] != status {
        return Err(format!("{} is the status of success", response["success_status"]));
    }
    check_object(list(&response["fields"]), body, text(&operation["operation_id"]))?;
    let Some(item_list) = operation["per_item_errors"].as_str() else {
        return Ok(());
    };
    let errors = list(&ERRORS["operations"][text(&operation["operation_id"])]["errors"]);
    for item in body.get(item_list).map_or(&[][..], Json::as_list) {
        // One operation lists all its items, those that succeeded without a code.
        if item.get("result").is_some_and(|result| result.as_text() == "SUCCESS") {
            continue;
        }
        let code = item.get("error_code").ok_or("an item without error_code")?.as_text();
        // Two codes of items stand in the table of all operations alone.
        // Of operations about resources the tables are incomplete or were not found: there a code
        // may be any that the API has for such operations.
        let of_resources =
            if operation["group"] == "resources" { of_group("resources") } else { vec![] };
        let of_items = errors.iter().filter(|error| text(&error["level"]).contains("item in"));
        let global = list(&ERRORS["global"]).iter().filter(|error| error["http_status"] == 200);
        let listed =
            of_items.chain(global).chain(of_resources).any(|error| error["error_code"] == code);
        if !listed {
            return Err(format!("{code} is not listed for an item"));
        }
        if item.get("error_msg").is_none()
            || (item.get("id").is_none() && item.get("resource_id").is_none())
        {
            return Err(format!("an item without error_msg or id: {item:?}"));
        }
    }
    Ok(())
}

/// The errors of all operations of a group.
fn of_group(group: &str) -> Vec<&'static Value> {
    let of_group = operations().iter().filter(|operation| operation["group"] == group);
    let errors = |operation: &'static Value| {
        list(&ERRORS["operations"][text(&operation["operation_id"])]["errors"]).iter()
    };
    of_group.flat_map(errors).collect()
}

fn check_object(fields: &[Value], value: &Json, path: &str) -> Result<(), String> {
    let Json::Object(members) = value else {
        return Err(format!("{path} is not an object"));
    };
    for (name, value) in members {
        let field = fields.iter().find(|field| field["name"] == name.as_str());
        let field = field.ok_or_else(|| format!("{path}.{name} is not in the contract"))?;
        check_value(field, fields, value, &format!("{path}.{name}"))?;
    }
    for field in fields.iter().filter(|field| field["required"] == true) {
        if !members.contains_key(text(&field["name"])) {
            return Err(format!("{path}.{} is missing", field["name"]));
        }
    }
    Ok(())
}

/// `around` are the fields of the object that the value is in: some objects are in others like
/// themselves.
fn check_value(field: &Value, around: &[Value], value: &Json, path: &str) -> Result<(), String> {
    match (text(&field["type"]), value) {
        ("object", value) if field["recursive"] == true => {
            return check_object(around, value, path);
        }
        ("object", value) => return check_object(list(&field["fields"]), value, path),
        ("array", Json::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                check_value(&field["items"], around, item, &format!("{path}[{index}]"))?;
            }
            return Ok(());
        }
        ("boolean", Json::Bool(_)) => return Ok(()),
        ("string", Json::Text(string)) => check_text(field, string, path)?,
        ("integer", Json::Number(number)) if number.digits().parse::<i64>().is_ok() => {}
        ("number", Json::Number(number)) => check_digits(number.digits(), path)?,
        (wanted, other) => return Err(format!("{path} is {other:?} and not of type {wanted}")),
    }
    let is_listed = |choice: &Value| match value {
        Json::Text(text) => choice["value"] == text.as_str(),
        Json::Number(number) => choice["value"].as_i64() == number.digits().parse().ok(),
        _ => false,
    };
    match field["enum"].as_array() {
        Some(choices) if !choices.iter().any(is_listed) => {
            Err(format!("{path} is {value:?}, which is not in the contract"))
        }
        _ => Ok(()),
    }
}

fn check_text(field: &Value, string: &str, path: &str) -> Result<(), String> {
    let characters = u64::try_from(string.chars().count()).expect("fits");
    let least = field["min_length"].as_u64().unwrap_or(0);
    let most = field["max_length"].as_u64().unwrap_or(u64::MAX);
    if !(least..=most).contains(&characters) {
        return Err(format!("{path} has {characters} characters, not {least} to {most}"));
    }
    let form = match field["format"].as_str() {
        None => return Ok(()),
        Some("decimal string") => return check_digits(string, path),
        Some(format) if format.starts_with("date-time ") => "dddd-dd-ddTdd:dd:ddZ",
        Some(format) if format.starts_with("month ") => "dddd-dd",
        Some(format) if format.starts_with("date ") => "dddd-dd-dd",
        Some(format) => panic!("teach the tests the format {format:?} of {path}"),
    };
    let fits = string.len() == form.len()
        && string.bytes().zip(form.bytes()).all(|(byte, place)| match place {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        });
    if fits { Ok(()) } else { Err(format!("{path} is {string:?} and not {form}")) }
}

/// Plain digits: no exponent, no more decimals than amounts have, no negative zero.
fn check_digits(digits: &str, path: &str) -> Result<(), String> {
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let plain = [whole, decimals]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let is_negative_zero =
        digits.starts_with('-') && !unsigned.contains(|c| ('1'..='9').contains(&c));
    if plain && decimals.len() <= SCALE_MAX && !is_negative_zero {
        Ok(())
    } else {
        Err(format!("{path} is written {digits}"))
    }
}

/// A list of the contract; none is empty.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text of the contract.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text"))
}

/// What the checks above are worth.
#[test]
fn notices_answers_that_break_the_contract() {
    let balances = ("GET", "/v2/accounts/partner-accounts/balances");
    let coupons = ("POST", "/v2/promotions/benefits/partner-coupons");
    let lines = ("GET", "/v2/bills/subcustomer-bills/res-fee-records");
    let reclaim = ("POST", "/v2/promotions/benefits/partner-coupons/reclaim");
    let orders = ("GET", "/v2/orders/customer-orders");
    let account = |changed: &str| {
        let whole = r#"{"account_balances": [{"account_id": "a", "account_type": 1,
                       "amount": 1.00, "currency": "CNY", "measure_id": 1}]}"#;
        let (old, new) = changed.split_once(" => ").expect("a change");
        assert!(whole.contains(old), "{old}");
        (balances, 200, whole.replace(old, new))
    };
    let item = |code: &str| {
        let item = format!(r#"{{"error_code": "{code}", "error_msg": "m", "id": "c"}}"#);
        (coupons, 200, format!(r#"{{"error_details": [{item}]}}"#))
    };
    let error = |status: u16, code: &str| {
        (coupons, status, format!(r#"{{"error_code": "{code}", "error_msg": "m"}}"#))
    };
    let of = |(method, path): (&str, &str), status: u16, body: &str| {
        let headers = [("content-type", "application/json"), ("x-request-id", "r")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        problem(method, path, &Reply { status, headers, body: body.as_bytes().to_vec() })
    };
    for (call, status, body) in [
        account("1.00 => 1.00"),
        item("CBC.99000013"),
        error(400, "CBC.99000012"),
        error(409, "CBC.0150"),
        (reclaim, 200, r#"{"error_code": "CBC.99000048", "error_msg": "m"}"#.to_owned()),
        (lines, 200, r#"{"fee_records": [{"usage_amount": 0.12345678}]}"#.to_owned()),
        (orders, 200, r#"{"order_infos": [{"order_type": 10}, {"order_type": 11}]}"#.to_owned()),
    ] {
        assert_eq!(of(call, status, &body), None, "{body}");
    }
    for (call, status, body) in [
        account("1.00 => \"1.00\""),
        account("1.00 => 1e2"),
        account("1.00 => -0.00"),
        account("1.00 => null"),
        account("\"account_type\": 1 => \"account_type\": 3"),
        account("\"account_type\": 1 => \"account_type\": 1.0"),
        account("CNY => USD"),
        account("\"currency\" => \"Currency\""),
        account("\"measure_id\": 1 => \"measure_id\": 1, \"measure_id\": 1"),
        account(", \"measure_id\": 1 => "),
        (balances, 200, "[]".to_owned()),
        (balances, 204, "{}".to_owned()),
        item("CBC.99000012"),
        item("CBC.99000123456"),
        error(500, "CBC.99000012"),
        error(400, "CBC.99000013"),
        error(401, "APIGW.0301"),
        error(400, "CBC.4711"),
        (coupons, 400, r#"{"error_code": "CBC.0100"}"#.to_owned()),
        (coupons, 400, String::new()),
        (coupons, 204, String::new()),
        (reclaim, 200, r#"{"error_code": "CBC.99000045", "error_msg": "m"}"#.to_owned()),
        (reclaim, 200, "{}".to_owned()),
        // It states a content type.
        (reclaim, 204, String::new()),
        (lines, 200, r#"{"fee_records": [{"usage_amount": 0.12345678901}]}"#.to_owned()),
        (lines, 200, r#"{"fee_records": [{"bill_cycle": "2026-9"}]}"#.to_owned()),
        (lines, 200, r#"{"fee_records": [{"consume_time": "2026-09-01"}]}"#.to_owned()),
        (orders, 200, r#"{"order_infos": [{"order_type": 12}]}"#.to_owned()),
        (orders, 200, r#"{"order_infos": [{"source_type": 10}]}"#.to_owned()),
    ] {
        assert_ne!(of(call, status, &body), None, "{body}");
    }
}
