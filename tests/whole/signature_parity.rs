//! Our signatures and the official SDK's agree, in both directions, on generated requests.
//!
//! `tests/sdk/signer.py` signs with the SDK's own signer and puts the request through the SDK's
//! HTTP client, so that what we verify is what arrives on the wire.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use billing::security::signature::{self, Authorization, SignatureError, SignedParts};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

const REQUESTS: usize = 300;
const SEED: u64 = 20_261_120;
const ACCESS_KEY_ID: &str = "DEMODISTRIBUTORKEY01";
const SECRET_KEY: &str = "demo-distributor-secret-0123456789abcdef";

#[test]
fn verifies_what_the_sdk_signs() {
    let mut sdk = Sdk::start();
    let mut generator = Generator(SEED);
    for number in 0..REQUESTS {
        let request = generator.request();
        let sent = sdk.ask("sign", &request.to_json());
        let arrived = Arrived::from_wire(&sent);

        let authorization = Authorization::parse(&arrived.headers).expect("the SDK's own header");
        let verify = |arrived: &Arrived| {
            let hosts = ["spin.internal", request.host];
            let (secret, now) = (SECRET_KEY.as_bytes(), request.signed_at);
            signature::verify(&arrived.parts(), &authorization, secret, &hosts, now)
        };
        assert_eq!(verify(&arrived), Ok(()), "request {number}: {request:?}\nsent as {sent}");

        for tampered in arrived.tampered() {
            let refused = verify(&tampered);
            assert_eq!(refused, Err(SignatureError::Mismatch), "request {number}: {request:?}");
        }
    }
}

#[test]
fn signs_what_the_sdk_signs() {
    let mut sdk = Sdk::start();
    let mut generator = Generator(SEED + 1);
    for number in 0..REQUESTS {
        let request = generator.request();
        let headers: Vec<(String, Vec<u8>)> = request
            .headers
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.clone().into_bytes()))
            .collect();
        let query = request.query_on_the_wire();
        let parts = SignedParts {
            method: request.method,
            path: &request.path,
            query: &query,
            headers: &headers,
            body: &request.body,
        };
        let secret = SECRET_KEY.as_bytes();
        let added = signature::sign(&parts, request.host, ACCESS_KEY_ID, secret, request.signed_at)
            .expect("a request that can be signed");

        let mut question = request.to_json();
        for (name, value) in added {
            question["headers"][name] = json!(value);
        }
        let answer = sdk.ask("verify", &question);
        assert_eq!(answer, json!({ "match": true }), "request {number}: {request:?}");
        question["body_base64"] = json!(base64(b"another body"));
        assert_eq!(sdk.ask("verify", &question), json!({ "match": false }));
    }
}

/// The examples of the unit tests are what this SDK signs today.
#[test]
fn the_stored_vectors_are_the_sdks() {
    let mut sdk = Sdk::start();
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("../vectors/signature.json")).expect("JSON");
    for vector in &vectors {
        let answer = sdk.ask("sign", &vector["request"]);
        for stage in ["canonical_request", "string_to_sign", "signature"] {
            assert_eq!(answer[stage], vector["answer"][stage], "{}", vector["name"]);
        }
    }
}

/// The SDK's signer in a Python process, one question and one answer per line.
struct Sdk {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Sdk {
    fn start() -> Self {
        let python = std::env::var("PYTHON_SDK").expect(
            "PYTHON_SDK must name the Python of an environment with the official SDK: \
             run `cargo xtask test`, which makes one",
        );
        let mut process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/signer.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("PYTHON_SDK starts");
        let questions = process.stdin.take().expect("piped");
        let answers = BufReader::new(process.stdout.take().expect("piped"));
        Self { process, questions, answers }
    }

    fn ask(&mut self, mode: &str, request: &Value) -> Value {
        let mut question = request.clone();
        question["mode"] = json!(mode);
        writeln!(self.questions, "{question}").expect("the signer reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the signer answers");
        let answer: Value = serde_json::from_str(&answer).expect("the signer answers JSON");
        assert!(answer.get("error").is_none(), "{answer} to {question}");
        answer
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A request as a caller gives it to the SDK.
#[derive(Debug)]
struct Request {
    method: &'static str,
    scheme: &'static str,
    host: &'static str,
    /// A published path with its parameters percent-encoded, as the SDK's client builds it.
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    signed_at: DateTime<Utc>,
}

impl Request {
    fn to_json(&self) -> Value {
        let headers: serde_json::Map<String, Value> =
            self.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({
            "method": self.method,
            "scheme": self.scheme,
            "host": self.host,
            "path": self.path,
            "query": self.query,
            "headers": headers,
            "body_base64": base64(&self.body),
            "access_key_id": ACCESS_KEY_ID,
            "secret_key": SECRET_KEY,
            "date": self.signed_at.format("%Y%m%dT%H%M%SZ").to_string(),
        })
    }

    /// In the caller's order, which differs from the signed one.
    fn query_on_the_wire(&self) -> String {
        let pairs =
            self.query.iter().map(|(name, value)| format!("{}={}", quote(name), quote(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// A request as a server reads it from the wire.
#[derive(Clone)]
struct Arrived {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Arrived {
    fn from_wire(sent: &Value) -> Self {
        let text = |name: &str| sent[name].as_str().expect("text").to_owned();
        let headers = sent["headers"].as_object().expect("headers").iter();
        Self {
            method: text("wire_method"),
            path: text("wire_path"),
            query: text("wire_query"),
            headers: headers
                .map(|(name, value)| {
                    (name.to_lowercase(), value.as_str().expect("text").as_bytes().to_vec())
                })
                .collect(),
            body: from_base64(&text("body_base64")),
        }
    }

    fn parts(&self) -> SignedParts<'_> {
        SignedParts {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        }
    }

    fn tampered(&self) -> Vec<Self> {
        let mut tampered = vec![self.clone(); 4];
        tampered[0].path.push('x');
        tampered[1].query.push_str("&limit=9");
        tampered[2].body.push(b' ');
        let signed = tampered[3].headers.iter_mut().find(|(name, _)| name == "x-domain-id");
        signed.expect("sent by the SDK").1.push(b'0');
        tampered
    }
}

/// Requests from a seed (SplitMix64), the same on every run.
struct Generator(u64);

impl Generator {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("fits");
        usize::try_from(self.number() % bound).expect("fits")
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn text(&mut self, length_max: usize) -> String {
        const CHARACTERS: [&str; 8] = [
            "abcxyzABCXYZ0123456789",
            "-._~",
            "!#$&'()*+,/:;=?@[]",
            "% \"<>\\^`{|}",
            "\t\n\r\u{1}\u{7f}",
            "éßøñ\u{a0}\u{ad}\u{85}",
            "一中文余额优惠券\u{3000}",
            "😀🏦\u{10ffff}e\u{301}\u{200b}\u{feff}",
        ];
        let length = self.below(length_max + 1);
        let mut text = String::new();
        for _ in 0..length {
            // Half of all characters are ordinary ones.
            let kind = if self.below(2) == 0 { 0 } else { self.below(CHARACTERS.len()) };
            let characters: Vec<char> = CHARACTERS[kind].chars().collect();
            text.push(self.one_of(&characters));
        }
        text
    }

    fn path(&mut self) -> String {
        let mut path = "/v2/orders/customer-orders/details".to_owned();
        for _ in 0..self.below(4) {
            let parameter = self.text(12);
            // The client removes dot segments after it has signed them: it cannot send these.
            if parameter != "." && parameter != ".." {
                let _ = write!(path, "/{}", quote(&parameter));
            }
        }
        if self.below(8) == 0 {
            path.push('/');
        }
        path
    }

    fn query(&mut self) -> Vec<(String, String)> {
        let mut query = Vec::new();
        for _ in 0..self.below(6) {
            let name = match self.below(3) {
                0 => {
                    self.one_of(&["limit", "offset", "coupon_ids", "a", "a-", "a/", ""]).to_owned()
                }
                _ => self.text(6),
            };
            for _ in 0..1 + self.below(3) {
                let value = match self.below(4) {
                    0 => String::new(),
                    1 => self.below(100).to_string(),
                    _ => self.text(20),
                };
                query.push((name.clone(), value));
            }
        }
        query
    }

    fn headers(&mut self) -> Vec<(String, String)> {
        let mut headers = vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("User-Agent".to_owned(), "huaweicloud-usdk-python/3.0".to_owned()),
            ("X-Domain-Id".to_owned(), "ca47b2e3d7409ef9354f0fb9c15c8e59".to_owned()),
        ];
        if self.below(2) == 0 {
            headers.push(("X-Language".to_owned(), self.one_of(&["zh_CN", "en_US"]).to_owned()));
        }
        if self.below(3) == 0 {
            // Python strips blanks that are not ASCII too, and refuses control characters.
            let value = self.text(16).replace(char::is_control, " ");
            headers.push(("X-Client-Token".to_owned(), value.trim().to_owned()));
        }
        if self.below(5) == 0 {
            headers.push(("X-Under_Score".to_owned(), "not signed".to_owned()));
        }
        headers
    }

    fn body(&mut self) -> Vec<u8> {
        match self.below(5) {
            0 | 1 => Vec::new(),
            2 => json!({ "memo": self.text(40), "face_value": 100 }).to_string().into_bytes(),
            3 => {
                let length = self.below(2000);
                (0..length).map(|_| self.number().to_le_bytes()[0]).collect()
            }
            // Large, up to the server's limit of 1 MiB.
            _ if self.below(6) == 0 => vec![b'x'; 1024 * 1024 - self.below(3)],
            _ => self.text(400).into_bytes(),
        }
    }

    fn request(&mut self) -> Request {
        let seconds = i64::try_from(self.below(2_000_000_000)).expect("fits");
        Request {
            method: self.one_of(&["GET", "POST", "PUT", "DELETE", "PATCH"]),
            scheme: self.one_of(&["http", "https"]),
            host: self.one_of(&["127.0.0.1:3000", "bss.example.com", "LocalHost:80", "[::1]:3000"]),
            path: self.path(),
            query: self.query(),
            headers: self.headers(),
            body: self.body(),
            signed_at: DateTime::from_timestamp(seconds, 0).expect("in range"),
        }
    }
}

/// Percent-encodes everything that RFC 3986 does not leave unreserved.
fn quote(text: &str) -> String {
    let mut quoted = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            quoted.push(char::from(byte));
        } else {
            let _ = write!(quoted, "%{byte:02X}");
        }
    }
    quoted
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = usize::try_from(bits >> (18 - 6 * digit) & 0x3f).expect("six bits");
            text.push(if digit > chunk.len() { '=' } else { char::from(BASE64[value]) });
        }
    }
    text
}

fn from_base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.bytes().filter(|digit| *digit != b'=') {
        let value = BASE64.iter().position(|candidate| *candidate == digit).expect("base64");
        bits = bits << 6 | u32::try_from(value).expect("six bits");
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count).to_le_bytes()[0]);
        }
    }
    bytes
}
