//! Nonsense, for every operation that the bundle serves: always the envelope with the documented
//! code, nothing changed, and at most a line in the log.
//!
//! What a field must be is read from the contract, so that a new operation is tested as soon as
//! these tests know a good request of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::app::{App, Variables};
use crate::harness::book::Book;
use crate::harness::contract::{self, list, text};
use crate::harness::good_requests::{
    caller_of, in_query, of_nobody, outcome_of_nobody, served, split,
};
use crate::harness::http::{Connection, Reply, Request};
use crate::harness::json::Json;
use crate::harness::routes::{methods_of, routes, signed_calls};
use crate::harness::signer::{self, quote};
use crate::harness::tenant::Tenant;

const REFUSED: (u16, &str) = (400, "CBC.0100");
const TOO_LARGE: (u16, &str) = (413, "APIGW.0201");

/// The most that the body of a signed request may have.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// An application of its own: what it prints is the answer to this test's requests alone.
struct Fixture {
    app: App,
    tenant: Tenant,
    audit: Json,
}

impl Fixture {
    fn start() -> Self {
        Self::start_with(Variables::default())
    }

    fn start_with(variables: Variables) -> Self {
        let app = App::start_with(variables);
        let tenant = Tenant::in_books_of(&app);
        let audit = app.audit(&tenant.tenant_id);
        Self { app, tenant, audit }
    }

    /// Signs with the key of someone who may call this.
    fn call(&self, request: Request) -> Reply {
        let operation = contract::find(&request.method, request.path());
        let distributor = &self.tenant.distributor;
        let key = operation.map_or(distributor, |operation| caller_of(&self.tenant, operation));
        self.app.call(key, request)
    }

    /// A signed request is refused with this.
    fn assert(&self, request: Request, (status, code): (u16, &str), what: &str) {
        let reply = self.call(request);
        assert_eq!(reply.outcome(), (status, code.to_owned()), "{what}: {}", reply.text());
    }

    /// Nothing has changed, and the log has one line for each request.
    fn finish(self) {
        assert_eq!(self.app.audit(&self.tenant.tenant_id), self.audit);
        let log = self.app.log();
        let mut requests = BTreeSet::new();
        let of_the_host =
            |line: &&str| line.starts_with("listening on ") || line.starts_with("host: ");
        for line in log.lines().filter(|line| !of_the_host(line)) {
            let request = Json::parse(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            let is_first = requests.insert(request.text_at("request_id").to_owned());
            assert!(is_first, "a second line of one request: {line}");
        }
        for word in ["panicked", "backtrace", "wasm trap", "unreachable"] {
            assert!(!log.to_lowercase().contains(word), "{word} in the log: {log}");
        }
    }
}

/// The operations that are served, with a body or without.
fn operations(app: &App, with_body: bool) -> Vec<&'static Value> {
    served(app)
        .into_iter()
        .filter(|operation| operation["request_body"].is_null() != with_body)
        .collect()
}

/// The path of an operation, and a body that it takes.
fn good_body(operation: &Value) -> (String, Value) {
    let (path, fields) = split(operation, &of_nobody(operation));
    (path, Value::Object(fields))
}

/// The path of an operation, and a query that it takes.
fn good_query(operation: &Value) -> (String, Vec<(String, String)>) {
    let (path, fields) = split(operation, &of_nobody(operation));
    let pairs = fields.iter().map(|(name, value)| (name.clone(), quote(in_query(value))));
    (path, pairs.collect())
}

/// A body with one member written as it is here, or left out.
fn body_with(good: &Value, name: &str, raw: Option<&str>) -> String {
    let members = good.as_object().expect("an object").iter();
    let mut members: Vec<String> = members
        .filter(|(known, _)| *known != name)
        .map(|(known, value)| format!("{}:{value}", json!(known)))
        .collect();
    members.extend(raw.map(|raw| format!("{}:{raw}", json!(name))));
    format!("{{{}}}", members.join(","))
}

/// JSON texts that a field must not have as its value.
fn wrong_values(field: &Value) -> Vec<String> {
    let mut wrong: Vec<String> = match text(&field["type"]) {
        "string" => vec!["1", "true", "[]", "{}", "[\"x\"]"],
        "array" => vec!["\"x\"", "1", "{}", "[1]", "[null]", "[[\"x\"]]", "[{}]", "true"],
        "integer" => vec!["\"abc\"", "\"\"", "true", "[]", "{}", "[1]", "-1", "1.5", "1e400"],
        "object" => vec!["\"x\"", "1", "true", "[]", "[\"x\", \"y\", \"z\"]", "{}"],
        "boolean" => vec!["0", "1", "\"true\"", "\"x\"", "[]", "{}"],
        "number" => vec!["true", "[]", "{}", "\"abc\"", "\"\"", "\" 1\"", "\"1,5\"", "[1]"],
        kind => panic!("teach these tests what is wrong for {kind}"),
    }
    .into_iter()
    .map(str::to_owned)
    .collect();
    if field["exclusive_min"] == 0 {
        let amounts = [
            "0",
            "0.00",
            "-0",
            "-1",
            "-0.01",
            "0.001",
            "1.005",
            "1e400",
            "-1e400",
            "1e-400",
            "123456789012345678901234567890123456789",
            "\"0\"",
            "\"-1\"",
            "\"0.001\"",
            "\"1e400\"",
            "\"NaN\"",
            "\"Infinity\"",
            "\"+1\"",
            "\"0x10\"",
            "\"1.\"",
            "\".5\"",
        ];
        wrong.extend(amounts.map(str::to_owned));
    }
    for (bound, step) in [("min", -1), ("max", 1)] {
        if let Some(value) = field[bound].as_i64() {
            wrong.push((value + step).to_string());
        }
    }
    if let Some(most) = field["max_length"].as_u64() {
        let most = usize::try_from(most).expect("fits");
        wrong.push(json!("x".repeat(most + 1)).to_string());
    }
    if field["min_length"] == 1 {
        wrong.push("\"\"".to_owned());
    }
    if let Some(most) = field["max_items"].as_u64() {
        wrong.push(json!(vec!["x"; usize::try_from(most).expect("fits") + 1]).to_string());
    }
    for (bound, step) in [("min", -1), ("max", 1)] {
        if let Some(value) = field[bound].as_i64().filter(|_| field["type"] == "integer") {
            wrong.push((value + step).to_string());
        }
    }
    if field["format"].as_str().is_some_and(|format| format.starts_with("month ")) {
        let months = ["2026-13", "2026-00", "202609", "2026-9", "2026-09-01", "abc"];
        wrong.extend(months.map(|month| json!(month).to_string()));
    }
    if field["format"].as_str().is_some_and(|format| format.starts_with("date-time ")) {
        let times = [
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01 00:00:00Z",
            "2026-01-01T00:00:00+08:00",
            "2026-01-01T00:00:00.5Z",
            "now",
        ];
        wrong.extend(times.map(|time| json!(time).to_string()));
        if field["when_absent"]["empty_string"].is_null() {
            wrong.push("\"\"".to_owned());
        }
    }
    // Numbers that are wrong for most fields are choices of some.
    let choices = list(&field["enum"]).iter().map(|choice| choice["value"].to_string());
    let choices: Vec<String> = choices.collect();
    wrong.retain(|value| !choices.contains(value));
    wrong
}

#[test]
fn every_field_of_every_body_must_be_what_the_contract_says() {
    let mut fixture = Fixture::start();
    for operation in operations(&fixture.app, true) {
        let (path, good) = good_body(operation);
        let post = |body: String| Request::new(text(&operation["method"]), &path, body);
        fixture.assert_good(operation, post(good.to_string()));
        for field in list(&operation["request_body"]["fields"]) {
            let name = text(&field["name"]);
            for wrong in wrong_values(field) {
                let body = body_with(&good, name, Some(&wrong));
                fixture.assert(post(body.clone()), REFUSED, &format!("{path} {body:.200}"));
            }
            let null = body_with(&good, name, Some("null"));
            if field["required"] == true {
                fixture.assert(post(null.clone()), REFUSED, &format!("{path} {null}"));
                let missing = body_with(&good, name, None);
                fixture.assert(post(missing.clone()), REFUSED, &format!("{path} {missing}"));
            } else if !field["when_absent"]["null"].is_null() {
                fixture.assert_good(operation, post(null));
            }
            // An optional id that is empty says nothing, as in a query.
            let is_free = field["required"] == false && field["when_absent"].is_null();
            if name == "indirect_partner_id" && is_free && good.get(name).is_none() {
                fixture.assert_good(operation, post(body_with(&good, name, Some("\"\""))));
            }
            let value = good.get(name).map_or("\"x\"".to_owned(), Value::to_string);
            let twice = body_with(&good, name, Some(&format!("{value},\"{name}\":{value}")));
            fixture.assert(post(twice.clone()), REFUSED, &format!("{path} {twice}"));
        }
        for unknown in ["unknown", "Quota_id", "quotaId", "", "__proto__"] {
            let body = body_with(&good, unknown, Some("1"));
            fixture.assert(post(body.clone()), REFUSED, &format!("{path} {body}"));
        }
    }
    fixture.finish();
}

#[test]
fn what_the_api_does_not_have_is_passed_over_if_the_operator_says_so() {
    let variables = Variables { unknown_parameters: "ignore", ..Variables::default() };
    let mut fixture = Fixture::start_with(variables);
    for operation in operations(&fixture.app, true) {
        let method = text(&operation["method"]);
        let (path, good) = good_body(operation);
        let newer = body_with(&good, "since_next_year", Some("{\"a\":[1,{}]}"));
        fixture.assert_good(operation, Request::new(method, &path, &newer));
        fixture.assert_good(operation, Request::new(method, &format!("{path}?newer=1"), newer));
        // What is wrong stays wrong.
        let wrong = body_with(&json!({}), "since_next_year", Some("1"));
        let reply = fixture.call(Request::new(method, &path, wrong));
        assert!(![500, 503].contains(&reply.status), "{path}: {}", reply.text());
    }
    for operation in operations(&fixture.app, false) {
        let (path, good) = good_query(operation);
        let good: Vec<String> =
            good.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let target = |more: &str| format!("{path}?{}{more}", good.join("&"));
        let outcome = fixture.call(Request::new("GET", &target(""), "")).outcome();
        let newer = fixture.call(Request::new("GET", &target("&since_next_year=1"), ""));
        assert_eq!(newer.outcome(), outcome, "{path}: {}", newer.text());
    }
    let reply = fixture.app.operator("GET", "/operator/v1/health?since_next_year=1", "");
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "the operator's routes are strict");
    fixture.finish();
}

/// Texts that are no JSON object, or none at all.
const NO_OBJECTS: [&str; 19] = [
    "",
    " ",
    "null",
    "true",
    "1",
    "\"x\"",
    "[]",
    "{",
    "}",
    "{}}",
    "{\"quota_id\"",
    "nonsense",
    "{'quota_id':'x'}",
    "{\"face_value\":NaN}",
    "{}{}",
    "<xml/>",
    "quota_id=1",
    "\u{feff}{}",
    "\0",
];

/// A good body with a text in a free field, whatever its bytes, if the operation has such a field.
fn body_with_memo(operation: &Value, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut fields = list(&operation["request_body"]["fields"]).iter();
    let memo = fields.find(|field| {
        // A mobile number is no free text, whatever may be left of it.
        field["when_absent"]["empty_string"] == "set_to_empty" && field["name"] != "mobile_phone"
    })?;
    let memo = text(&memo["name"]);
    let good = body_with(&good_body(operation).1, memo, None);
    let inside = good.strip_suffix('}').expect("an object");
    Some([format!("{inside},\"{memo}\":\"").as_bytes(), bytes, b"\"}"].concat())
}

/// Bodies that are almost good, or deep, or not UTF-8.
fn broken_bodies(operation: &Value) -> Vec<Vec<u8>> {
    let good = good_body(operation).1.to_string();
    let inside = good.strip_suffix('}').expect("an object");
    let arrays = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let objects = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    // Where all members are optional, a good body may have none.
    let (name, _) = good.split_once(':').unwrap_or(("{\"member\"", ""));
    let texts = [
        format!("{good},"),
        format!("{inside},}}"),
        format!("{good} // a comment"),
        format!("[{good}]"),
        json!(good).to_string(),
        format!("\u{feff}{good}"),
        arrays(100),
        arrays(100_000),
        objects(100),
        objects(100_000),
        format!("{inside},\"unknown\":{}}}", arrays(100)),
        format!("{name}:{}}}", arrays(100)),
        format!("{name}:{}}}", objects(100)),
    ];
    let memos: [&[u8]; 6] = [b"\xff", b"\xc3\x28", b"\xed\xa0\x80", br"\ud800", b"a\nb", br"\x41"];
    texts
        .into_iter()
        .map(String::into_bytes)
        .chain(memos.into_iter().filter_map(|memo| body_with_memo(operation, memo)))
        .chain([b"\xff\xfe{\0}\0".to_vec()])
        .collect()
}

#[test]
fn every_body_must_be_a_json_object() {
    let mut fixture = Fixture::start();
    for operation in operations(&fixture.app, true) {
        let (path, good) = good_body(operation);
        let path = path.as_str();
        let method = text(&operation["method"]);
        let unicode = body_with_memo(operation, "券 \\u5238 \\ud83d\\ude00".as_bytes());
        if let Some(unicode) = unicode {
            fixture.assert_good(operation, Request::new(method, path, unicode));
        }
        let no_objects = NO_OBJECTS.iter().map(|body| body.as_bytes().to_vec());
        let needs_a_body = good != json!({});
        for body in no_objects.chain(broken_bodies(operation)) {
            if body.is_empty() && !needs_a_body {
                continue;
            }
            let what = format!("{path} {:.100}", String::from_utf8_lossy(&body));
            fixture.assert(Request::new(method, path, &body), REFUSED, &what);
        }
        // Operations with a body have no query.
        let target = format!("{path}?limit=10");
        fixture.assert(Request::new(method, &target, good.to_string()), REFUSED, &target);
    }
    fixture.finish();
}

#[test]
fn a_body_of_more_than_a_mebibyte_is_refused() {
    let fixture = Fixture::start();
    let key = fixture.tenant.distributor.clone();
    let address = fixture.app.address();
    for (method, path) in signed_calls(&fixture.app) {
        let padded = |bytes: usize| {
            let body = format!(r#"{{"memo":"{}"}}"#, "x".repeat(bytes));
            Request::new(method, &path, &body[..bytes])
        };
        for bytes in [2 * BODY_BYTES_MAX, BODY_BYTES_MAX + 1] {
            fixture.assert(padded(bytes), TOO_LARGE, &format!("{method} {path} {bytes}"));
        }
        let reply = fixture.call(padded(BODY_BYTES_MAX));
        assert!(reply.status < 500 && reply.status != 413, "{method} {path}: {}", reply.text());

        let mut chunked = signer::sign(padded(2 * BODY_BYTES_MAX), &key, &address)
            .with("Transfer-Encoding", "chunked");
        let chunk = format!("{:x}\r\n", chunked.body.len());
        chunked.body = [chunk.as_bytes(), &chunked.body, b"\r\n0\r\n\r\n"].concat();
        let reply = fixture.app.send(&chunked);
        assert_eq!(reply.status, 413, "{method} {path} in chunks: {}", reply.text());

        // It is refused before it has come.
        let announced = signer::sign(Request::new(method, &path, "{}"), &key, &address)
            .with("Content-Length", &(2 * BODY_BYTES_MAX).to_string());
        let reply = fixture.app.send(&announced);
        assert_eq!(reply.status, 413, "{method} {path} announced: {}", reply.text());
    }
    fixture.finish();
}

#[test]
fn every_route_refuses_methods_that_it_does_not_have() {
    let fixture = Fixture::start();
    // What is below a path has methods of its own.
    for route in routes().iter().filter(|route| !route.ends_with("/...")) {
        let path = route.replace(':', "");
        let mut methods = methods_of(&fixture.app, &path);
        methods.sort_unstable();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            if methods.contains(&method) {
                continue;
            }
            let bare = Request::new(method, &path, "{}");
            let signed =
                signer::sign(bare.clone(), &fixture.tenant.distributor, &fixture.app.address());
            for request in [bare, signed] {
                let reply = fixture.app.send(&request);
                let refused = (405, "APIGW.0101".to_owned());
                assert_eq!(reply.outcome(), refused, "{method} {path}");
                let allow = reply.header("allow").expect("405 says what is allowed");
                let mut allowed: Vec<&str> = allow.split(',').map(str::trim).collect();
                allowed.sort_unstable();
                assert_eq!(allowed, methods, "{method} {path}");
            }
        }
    }
    fixture.finish();
}

#[test]
fn an_unknown_path_gets_the_envelope() {
    let fixture = Fixture::start();
    for path in ["/v2", "/v2/nothing", "/v2/promotions/benefits/partner-coupons/x"] {
        for method in ["GET", "POST"] {
            fixture.assert(Request::new(method, path, "{"), (404, "APIGW.0101"), path);
        }
    }
    fixture.finish();
}

/// Whether the contract says of a parameter that values which it does not list are ignored.
fn ignores_other_values(parameter: &Value) -> bool {
    let name = text(&parameter["name"]);
    contract::operations().iter().any(|operation| {
        let notes = list(&operation["notes"]).iter().filter_map(Value::as_str);
        let says = |note: &str| note.contains(&format!("Non-enum {name} values are ignored"));
        notes.into_iter().any(says) && list(&operation["params"]).contains(parameter)
    })
}

/// Raw values that a parameter must not have.
fn wrong_parameters(parameter: &Value) -> Vec<String> {
    let mut wrong: Vec<String> = Vec::new();
    let mut extend = |values: &[&str]| wrong.extend(values.iter().map(quote));
    if parameter["type"] == "integer" {
        extend(&["abc", "-1", "1.5", "+1", " 1", "1e1", "0x1", "99999999999999999999", "１"]);
    }
    let format = parameter["format"].as_str().unwrap_or_default();
    if format.starts_with("month ") {
        extend(&["2026-13", "2026-00", "202609", "2026-9", "2026-09-01", "26-09", "abc", "null"]);
    }
    if format.starts_with("date ") {
        extend(&["2026-09-31", "2026-13-01", "2026-9-1", "20260901", "2026-09", "abc"]);
    }
    if !parameter["enum"].is_null() && !ignores_other_values(parameter) {
        extend(&["999", "abc", "1,3", " 1"]);
    }
    for (bound, step) in [("min", -1), ("max", 1)] {
        if let Some(value) = parameter[bound].as_i64() {
            extend(&[&(value + step).to_string()]);
        }
    }
    if let Some(most) = parameter["max_items"].as_u64() {
        let most = usize::try_from(most).expect("fits");
        let value = parameter["enum"][0]["value"].as_str().unwrap_or("x");
        // The caller writes the name of the first.
        let others = format!("&{}={value}", text(&parameter["name"])).repeat(most);
        wrong.push(format!("{value}{others}"));
        return wrong;
    }
    if let Some(most) = parameter["max_length"].as_u64() {
        extend(&[&"x".repeat(usize::try_from(most).expect("fits") + 1)]);
    }
    if parameter["when_absent"]["empty_string"] == "rejected" {
        extend(&["\"\""]);
    }
    if parameter["when_absent"]["null"] == "rejected" {
        extend(&["null"]);
    }
    if parameter["when_absent"]["empty"] == "rejected" {
        extend(&[""]);
    }
    if format.starts_with("date-time ") {
        extend(&["2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00+08:00", "now"]);
    }
    wrong
}

#[test]
fn every_parameter_of_every_query_must_be_what_the_contract_says() {
    let mut fixture = Fixture::start();
    for operation in operations(&fixture.app, false) {
        let (path, good) = good_query(operation);
        let good: Vec<(&str, &str)> =
            good.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let method = text(&operation["method"]);
        let target = |pairs: &[(&str, &str)]| {
            let pairs: Vec<String> =
                pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{path}?{}", pairs.join("&"))
        };
        let get = |pairs: &[(&str, &str)]| Request::new(method, &target(pairs), "");
        fixture.assert_good(operation, get(&good));

        let parameters = list(&operation["params"]).iter();
        for parameter in parameters.filter(|parameter| parameter["in"] == "query") {
            let name = text(&parameter["name"]);
            let others: Vec<(&str, &str)> =
                good.iter().filter(|(known, _)| *known != name).copied().collect();
            for wrong in wrong_parameters(parameter) {
                let pairs = [&others[..], &[(name, &wrong)]].concat();
                fixture.assert(get(&pairs), REFUSED, &target(&pairs));
            }
            if parameter["required"] == true {
                fixture.assert(get(&others), REFUSED, &target(&others));
                let empty = [&others[..], &[(name, "")]].concat();
                fixture.assert(get(&empty), REFUSED, &target(&empty));
            }
        }
        for unknown in [("unknown", "1"), ("", "1"), ("Limit", "1"), ("limit%00", "1")] {
            let pairs = [&good[..], &[unknown]].concat();
            fixture.assert(get(&pairs), REFUSED, &target(&pairs));
        }
        // What is no text cannot be what was signed.
        let no_text = [&good[..], &[("limit", "%FF")]].concat();
        fixture.assert(get(&no_text), (401, "APIGW.0301"), &target(&no_text));
        if let Some((name, value)) = good.first() {
            let pairs = [&good[..], &[(*name, *value)]].concat();
            fixture.assert(get(&pairs), REFUSED, &target(&pairs));
        }
    }
    fixture.finish();
}

#[test]
fn takes_an_amount_as_a_number_and_as_a_text() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (number, face_value) in
        ["99.99", "\"99.99\"", "1", "\"1\"", "0.01", "99.9"].iter().enumerate()
    {
        // A quota that suffices for this one coupon and for nothing more.
        let value = face_value.trim_matches('"');
        let quota_id = format!("{}-{number}", tenant.quota);
        let line = json!({
            "kind": "coupon_quota", "tenant_id": tenant.tenant_id, "quota_id": quota_id,
            "partner_id": tenant.distributor.principal_id, "quota_type": 0, "quota_value": value,
            "quota_status": 0, "create_time": "2026-01-10T00:00:00Z",
            "effective_time": "2026-01-10T00:00:00Z", "expire_time": "2096-01-10T00:00:00Z",
            "limit_infos": [],
        });
        app.import(&Book::new(format!("{line}\n")));
        let customers = json!([tenant.customers[0], tenant.customers[0]]);
        let body = format!(
            r#"{{"quota_id":"{quota_id}","customer_ids":{customers},"face_value":{face_value}}}"#
        );
        let reply = app.post(&tenant.distributor, contract::path_of("CreatePartnerCoupons"), body);
        let body = reply.json();
        assert_eq!(body.at("coupon_infos").as_list().len(), 1, "{face_value} {}", reply.text());
        assert_eq!(body.at("error_details").as_list().len(), 1, "{face_value} {}", reply.text());
    }
}

#[test]
fn a_connection_serves_on_after_a_refusal() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let address = app.address();
    let mut connection = Connection::open(&address).expect("the host listens");
    for round in 0..20 {
        let body = if round % 2 == 0 { "{" } else { "nonsense" };
        let path = contract::path_of("CreatePartnerCoupons");
        let request = Request::new("POST", path, body);
        let request = signer::sign(request, &tenant.distributor, &address);
        let reply = connection.exchange(&request).expect("an answer on the same connection");
        contract::check("POST", path, &reply);
        assert_eq!(reply.status, 400, "{}", reply.text());
    }
}

impl Fixture {
    /// The operation takes this, so that what it refuses is refused for its fault alone.
    fn assert_good(&mut self, operation: &Value, request: Request) {
        let expected = outcome_of_nobody(operation);
        let reply = self.call(request);
        let (status, code) = reply.outcome();
        assert_eq!((status, code.as_str()), expected, "{}", reply.text());
        if status < 300 && operation["method"] != "GET" {
            // Even with nothing to do it was a transaction.
            self.audit = self.app.audit(&self.tenant.tenant_id);
        }
    }
}
