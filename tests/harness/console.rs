//! A browser at the console: it keeps cookies, follows the way to another page, and sends the forms
//! of pages.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::app::{App, Variables};
use crate::harness::http::{Connection, Reply, Request};
use crate::harness::signer::{Key, quote};

/// Where one signs in.
pub const SIGN_IN: &str = "/console/sign-in";

/// Where a sign-in asks for a code.
pub const SIGN_IN_CODE: &str = "/console/sign-in/code";

/// The cookie of a session.
pub const SESSION: &str = "console-session";

/// The cookie of a sign-in that a code must still prove.
pub const STARTED: &str = "console-sign-in";

/// What stands between the fields of a form with a file.
pub const BOUNDARY: &str = "----TestFormBoundary7MA4YWxkTrZu0gW";

/// Where the pages of partners are routed to.
pub const PARTNER_PAGES: &str = include_str!("../../functions/console/pages/src/partner.rs");
/// Where the operator's pages are.
pub const OPERATOR_PAGES: &str = include_str!("../../functions/console/pages/src/operator.rs");

/// The pages that a source file routes to.
pub fn pages_of(source: &str) -> BTreeSet<String> {
    let pages = routed(source, "(false, \"");
    assert!(pages.contains("/console"), "{pages:?}");
    pages
}

/// The paths of the forms that a source file routes to.
pub fn forms_of(source: &str) -> BTreeSet<String> {
    let forms = routed(source, "(true, \"");
    assert!(!forms.is_empty());
    forms
}

fn routed(source: &str, begin: &str) -> BTreeSet<String> {
    let paths = source.split(begin).skip(1).filter_map(|rest| rest.split('"').next());
    paths.map(str::to_owned).collect()
}

/// A browser with its cookies.
pub struct Browser<'a> {
    app: &'a App,
    pub cookies: BTreeMap<String, String>,
    /// What `Accept-Language` says.
    pub language: &'static str,
}

impl<'a> Browser<'a> {
    /// One that has been nowhere yet.
    pub fn new(app: &'a App) -> Self {
        Self { app, cookies: BTreeMap::new(), language: "en" }
    }

    /// One that is signed in as a partner.
    pub fn of_partner(app: &'a App, key: &Key) -> Self {
        let (browser, reply) = Self::with_key(app, key);
        browser.is_let_in(&reply);
        browser
    }

    /// One that has shown the access key of a partner, and what it was answered.
    pub fn with_key(app: &'a App, key: &Key) -> (Self, Reply) {
        let mut browser = Self::new(app);
        let fields = [("access_key_id", &*key.access_key_id), ("secret_key", &*key.secret_key)];
        let reply = browser.submit(SIGN_IN, &fields);
        (browser, reply)
    }

    /// One that is signed in as the operator.
    pub fn of_operator(app: &'a App) -> Self {
        let mut browser = Self::new(app);
        let token = Variables::default().operator_token;
        let reply = browser.submit(SIGN_IN, &[("operator_token", token)]);
        browser.is_let_in(&reply);
        browser
    }

    /// Checks that this answer has begun a session.
    pub fn is_let_in(&self, reply: &Reply) {
        assert_eq!(reply.status, 303, "{}", reply.text());
        assert_eq!(reply.header("location"), Some("/console"));
        assert!(self.cookies.contains_key(SESSION), "{:?}", reply.headers);
    }

    /// Sends a request with the cookies, and keeps those of the answer.
    pub fn send(&mut self, request: Request) -> Reply {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let mut request = request.with("Accept-Language", self.language);
        if !cookies.is_empty() {
            request = request.with("Cookie", &cookies);
        }
        let address = self.app.address();
        let reply = Connection::open(&address).and_then(|mut open| open.exchange(&request));
        let reply = reply.unwrap_or_else(|error| panic!("no answer to {request:?}: {error}"));
        check(&request, &reply);
        for (_, cookie) in reply.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, rest) = cookie.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        self.cookies.retain(|_, value| !value.is_empty());
        reply
    }

    /// Gets a page.
    pub fn get(&mut self, target: &str) -> Reply {
        self.send(Request::new("GET", target, ""))
    }

    /// Gets a page that must be there.
    pub fn page(&mut self, target: &str) -> String {
        let reply = self.get(target);
        assert_eq!(reply.status, 200, "{target}: {}", reply.text());
        reply.text().to_owned()
    }

    /// Posts fields as a form of this console would, without what only its pages know.
    pub fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let origin = format!("http://{}", self.app.address());
        self.send(form(path, fields).with("Origin", &origin))
    }

    /// Posts fields with a file as a form of this console would.
    pub fn upload(&mut self, path: &str, fields: &[(&str, &str)], file: Option<&str>) -> Reply {
        let origin = format!("http://{}", self.app.address());
        self.send(form_with_file(path, fields, file).with("Origin", &origin))
    }

    /// Posts the fields of a form that a page has: its hidden ones, and these in place of others.
    pub fn fill_in(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut all = hidden_fields(page, path);
        all.retain(|(name, _)| fields.iter().all(|(other, _)| other != name));
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.submit(path, &all)
    }

    /// Posts the fields of a form, and confirms the page that says what will happen.
    pub fn confirm(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let asked = self.fill_in(page, path, fields);
        assert_eq!(asked.status, 200, "{}", asked.text());
        self.fill_in(asked.text(), path, &[])
    }
}

/// A form as a browser posts it, without the origin that it names.
pub fn form(path: &str, fields: &[(&str, &str)]) -> Request {
    let body: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", quote(value))).collect();
    Request::new("POST", path, body.join("&"))
        .with("Content-Type", "application/x-www-form-urlencoded")
}

/// As [`form`], with the file of the field `book`: an empty one where none was chosen.
pub fn form_with_file(path: &str, fields: &[(&str, &str)], file: Option<&str>) -> Request {
    let named = |name: &str, more: &str, value: &str| {
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{value}\r\n"
        )
    };
    let mut body: String = fields.iter().map(|(name, value)| named(name, "", value)).collect();
    let name = if file.is_some() { "book.ndjson" } else { "" };
    let of_file = format!("; filename=\"{name}\"\r\nContent-Type: application/octet-stream");
    body.push_str(&named("book", &of_file, file.unwrap_or_default()));
    body.push_str(&format!("--{BOUNDARY}--\r\n"));
    Request::new("POST", path, body)
        .with("Content-Type", &format!("multipart/form-data; boundary={BOUNDARY}"))
}

/// The hidden fields of the form that is sent to a path.
pub fn hidden_fields(page: &str, path: &str) -> Vec<(String, String)> {
    let begin = format!("action=\"{path}\"");
    let (_, form) = page.split_once(&begin).unwrap_or_else(|| panic!("no form {path}: {page}"));
    let (form, _) = form.split_once("</form>").expect("the form's end");
    let fields = form.split("<input").filter(|input| input.contains("type=\"hidden\""));
    let attribute = |input: &str, name: &str| {
        let (_, value) = input.split_once(&format!(" {name}=\"")).expect("an attribute");
        let (value, _) = value.split_once('"').expect("its end");
        value
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    };
    fields.map(|input| (attribute(input, "name"), attribute(input, "value"))).collect()
}

/// The only script of the console, as the page has it that may run it.
const SCRIPT: &str = "script src=\"/console/import.js\" defer";

/// What holds for every answer of the console: what the browser is told about it, and that nothing in
/// it runs but the one script of the console's own.
fn check(request: &Request, reply: &Reply) {
    let what = format!("{} {}: {:?}", request.method, request.target, reply.headers);
    let policy = reply.header("content-security-policy").expect(&what);
    for part in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"] {
        assert!(policy.contains(part), "{what}");
    }
    assert!(!policy.contains("unsafe"), "{what}");
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{what}");
    assert_eq!(reply.header("referrer-policy"), Some("same-origin"), "{what}");
    assert!(reply.header("x-request-id").is_some(), "{what}");
    let kind = reply.header("content-type").expect(&what);
    let is_for_everybody = kind.starts_with("text/css") || kind.starts_with("text/javascript");
    if !is_for_everybody {
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{what}");
    }
    let is_page = kind.starts_with("text/html");
    let has_script = is_page && reply.text().contains(&format!("<{SCRIPT}>"));
    assert_eq!(policy.contains("script-src"), has_script, "{what}");
    if is_page {
        // Whatever a text has of these is written as an entity, and so in no tag.
        for tag in reply.text().split('<').skip(1) {
            let tag = tag.split('>').next().unwrap_or_default().to_ascii_lowercase();
            assert!(tag == SCRIPT || !tag.starts_with("script"), "<{tag}>: {}", reply.text());
            for running in ["javascript:", " onclick=", " onerror=", " onload=", " style="] {
                assert!(!tag.contains(running), "{running} in <{tag}>: {}", reply.text());
            }
        }
    }
}

/// What a browser fills in to order one of the product for a month.
pub fn one_month(customer: &str) -> [(&str, &str); 8] {
    [
        ("customer_id", customer),
        ("service_type_code", "test.service.orders"),
        ("resource_type_code", "test.resource.orders"),
        ("resource_spec", "orders.small"),
        ("region_code", "test-orders-1"),
        ("period_type", "2"),
        ("period_num", "1"),
        ("subscription_num", "1"),
    ]
}
