#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::TimeZone;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

const SECRET: &[u8] = b"a secret key";
const BODY: &[u8] = b"{\"face_value\": 100.00}";
const HOSTS: &[&str] = &["bss.example.com"];

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 14, 0, 0).unwrap()
}

/// A request with its own storage, so that a test can change any part of it.
#[derive(Clone, Debug)]
struct Request {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request {
    fn unsigned() -> Self {
        Self {
            method: "POST".to_owned(),
            path: "/v2/partners/coupon-quotas/query".to_owned(),
            query: "limit=10&offset=0".to_owned(),
            headers: vec![
                ("content-type".to_owned(), b"application/json".to_vec()),
                ("x-client-token".to_owned(), b"token-1".to_vec()),
            ],
            body: BODY.to_vec(),
        }
    }

    fn signed() -> Self {
        Self::unsigned().sign()
    }

    fn sign(mut self) -> Self {
        let added = sign(&self.parts(), HOSTS[0], "KEY1", SECRET, now()).unwrap();
        for (name, value) in added {
            self.headers.push((name.to_owned(), value.into_bytes()));
        }
        self
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

    fn verify_at(&self, now: DateTime<Utc>, hosts: &[&str]) -> Result<(), SignatureError> {
        let authorization = Authorization::parse(&self.headers)?;
        verify(&self.parts(), &authorization, SECRET, hosts, now)
    }

    fn verify(&self) -> Result<(), SignatureError> {
        self.verify_at(now(), HOSTS)
    }

    fn value(&self, name: &str) -> String {
        let (_, value) = self.headers.iter().find(|(candidate, _)| candidate == name).unwrap();
        String::from_utf8(value.clone()).unwrap()
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(candidate, _)| candidate != name);
        self.add(name, value)
    }

    fn add(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    fn remove(mut self, name: &str) -> Self {
        self.headers.retain(|(candidate, _)| candidate != name);
        self
    }

    /// Changes the text of `Authorization`; the signature in it stays.
    fn authorization(self, from: &str, to: &str) -> Self {
        let changed = self.value("authorization").replacen(from, to, 1);
        self.set("authorization", &changed)
    }
}

fn named(name: &str) -> String {
    name.to_owned()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

/// The bodies of the vectors are text in base64; three bytes are four digits.
fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.bytes().filter(|digit| *digit != b'=') {
        let value = DIGITS.iter().position(|candidate| *candidate == digit).unwrap();
        bits = bits << 6 | u32::try_from(value).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    bytes
}

#[test]
fn every_stage_is_the_sdks() {
    let vectors = include_str!("../../../../tests/vectors/signature.json");
    let vectors: Vec<Value> = serde_json::from_str(vectors).unwrap();
    assert!(!vectors.is_empty());
    for vector in &vectors {
        let (name, sent) = (text(vector, "name"), &vector["answer"]);
        let request = Request {
            method: text(sent, "wire_method").to_owned(),
            path: text(sent, "wire_path").to_owned(),
            query: text(sent, "wire_query").to_owned(),
            headers: sent["headers"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().into()))
                .collect(),
            body: from_base64(text(sent, "body_base64")),
        };
        let parts = request.parts();
        let (host, secret) =
            (text(&vector["request"], "host"), text(&vector["request"], "secret_key"));
        let authorization = Authorization::parse(&request.headers).unwrap();

        let names = authorization.signed_headers();
        let hash = hex::encode(Sha256::digest(&request.body));
        let canonical = canonical_request(&parts, names, host, &hash).unwrap();
        assert_eq!(String::from_utf8_lossy(&canonical), text(sent, "canonical_request"), "{name}");
        let to_sign = string_to_sign(&request.value("x-sdk-date"), &canonical);
        assert_eq!(to_sign, text(sent, "string_to_sign"), "{name}");
        let signature = hex::encode(mac(secret.as_bytes(), &to_sign).finalize().into_bytes());
        assert_eq!(signature, text(sent, "signature"), "{name}");

        let verified = verify(&parts, &authorization, secret.as_bytes(), &[host], now());
        assert_eq!(verified, Ok(()), "{name}");
    }
}

/// Published with the Go SDK (`core/auth/signer/signer_test.go`), which signs neither `host`
/// nor `content-type`.
#[test]
fn accepts_what_the_go_sdk_signs() {
    let signature = "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624";
    let authorization = format!(
        "SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders=x-sdk-date, Signature={signature}"
    );
    let request = Request {
        method: "GET".to_owned(),
        path: "/path".to_owned(),
        query: "limit=1".to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let request =
        request.add("x-sdk-date", "20060102T150405Z").add("authorization", &authorization);
    let authorization = Authorization::parse(&request.headers).unwrap();
    let signed_at = Utc.with_ymd_and_hms(2006, 1, 2, 15, 4, 5).unwrap();
    let verified = verify(&request.parts(), &authorization, b"SecretKey", &[], signed_at);
    assert_eq!(verified, Ok(()));
}

#[test]
fn accepts_its_own_signature() {
    assert_eq!(Request::signed().verify(), Ok(()));
    let get = Request { method: named("GET"), body: Vec::new(), ..Request::unsigned() };
    assert_eq!(get.sign().verify(), Ok(()));
    let root = Request { path: named("/"), query: String::new(), ..Request::unsigned() };
    assert_eq!(root.sign().verify(), Ok(()));
}

#[test]
fn accepts_other_spacing_between_the_fields() {
    for spacing in [",", ",  ", " , ", ",\t"] {
        let changed = Request::signed().value("authorization").replace(", ", spacing);
        assert_eq!(Request::signed().set("authorization", &changed).verify(), Ok(()));
    }
}

#[test]
fn refuses_an_unsigned_request() {
    assert_eq!(Request::unsigned().verify(), Err(SignatureError::Missing));
}

#[test]
fn refuses_two_authorizations() {
    let value = Request::signed().value("authorization");
    let request = Request::signed().add("authorization", &value);
    assert_eq!(request.verify(), Err(SignatureError::HeaderRepeated(named("authorization"))));
}

#[test]
fn refuses_another_algorithm() {
    for value in ["Bearer abc", "SDK-HMAC-SM3 Access=a", "V11-HMAC-SHA256 Credential=a", ""] {
        let request = Request::signed().set("authorization", value);
        assert_eq!(request.verify(), Err(SignatureError::UnsupportedAlgorithm), "{value}");
    }
    let request = Request::signed().authorization("SDK-HMAC", "sdk-hmac");
    assert_eq!(request.verify(), Err(SignatureError::UnsupportedAlgorithm));
}

#[test]
fn refuses_a_malformed_authorization() {
    let malformed = Err(SignatureError::Malformed("authorization"));
    let long_key = format!("Access={}", "K".repeat(129));
    let long_names = format!("SignedHeaders={};", "a".repeat(9000));
    let many_names: String = (0..70).map(|number| format!("h{number};")).collect();
    let changes = [
        ("Access=KEY1", "Access="),
        ("Access=KEY1", "access=KEY1"),
        ("Access=KEY1", "Access=KEY 1"),
        ("Access=KEY1", "Access=KEY\u{e9}"),
        ("Access=KEY1", &long_key),
        ("Access=KEY1, ", ""),
        ("Access=KEY1, ", "Access=KEY1, Access=KEY2, "),
        ("SignedHeaders=", "SignedHeaders=;"),
        ("SignedHeaders=", "SignedHeaders=X-Upper;"),
        ("SignedHeaders=", "SignedHeaders=a b;"),
        ("SignedHeaders=", "SignedHeaders=a:b;"),
        ("SignedHeaders=", &long_names),
        ("SignedHeaders=", &format!("SignedHeaders={many_names}")),
        ("Signature=", "Signature=0"),
        ("Signature=", "Signature=zz"),
        ("Signature=", ", Signature="),
    ];
    for (from, to) in changes {
        assert_eq!(Request::signed().authorization(from, to).verify(), malformed, "{to:.40}");
    }
    let value = Request::signed().value("authorization");
    for value in [&value[..value.len() - 1], &format!("{value}, More=1"), "SDK-HMAC-SHA256"] {
        assert_eq!(Request::signed().set("authorization", value).verify(), malformed, "{value}");
    }
    let (head, signature) = value.rsplit_once('=').unwrap();
    let upper = format!("{head}={}", signature.to_uppercase());
    assert_eq!(Request::signed().set("authorization", &upper).verify(), malformed);

    let mut request = Request::signed().remove("authorization");
    request.headers.push((named("authorization"), vec![0xff; 80]));
    assert_eq!(request.verify(), malformed);
}

#[test]
fn refuses_a_date_out_of_the_window() {
    let minutes = TimeDelta::minutes(CLOCK_SKEW_MINUTES_MAX);
    let moment = TimeDelta::milliseconds(1);
    let request = Request::signed();
    assert_eq!(request.verify_at(now() + minutes, HOSTS), Ok(()));
    assert_eq!(request.verify_at(now() - minutes, HOSTS), Ok(()));
    for now in [now() + minutes + moment, now() - minutes - moment] {
        assert_eq!(request.verify_at(now, HOSTS), Err(SignatureError::DateOutOfWindow));
    }
}

#[test]
fn refuses_a_malformed_date() {
    let dates = [
        "",
        "20261120",
        "20261120T140000",
        "20261120t140000z",
        "2026-11-20T14:00:00Z",
        "20261320T140000Z",
        "20261131T140000Z",
        "20261120T240000Z",
        "20261120T140060Z",
        "+0261120T140000Z",
        "20261120T14000 Z",
        "20261120T140000Z1",
        "２0261120T140000",
    ];
    for date in dates {
        let request = Request::signed().set("x-sdk-date", date);
        assert_eq!(request.verify(), Err(SignatureError::Malformed("x-sdk-date")), "{date}");
    }
}

#[test]
fn refuses_a_missing_repeated_or_unsigned_date() {
    let request = Request::signed().remove("x-sdk-date");
    assert_eq!(request.verify(), Err(SignatureError::HeaderMissing(named("x-sdk-date"))));
    let date = Request::signed().value("x-sdk-date");
    let request = Request::signed().add("x-sdk-date", &date);
    assert_eq!(request.verify(), Err(SignatureError::HeaderRepeated(named("x-sdk-date"))));
    let request = Request::signed().authorization(";x-sdk-date", "");
    assert_eq!(request.verify(), Err(SignatureError::NotSigned("x-sdk-date")));
}

#[test]
fn refuses_a_signed_header_that_is_missing_or_repeated() {
    let request = Request::signed().remove("content-type");
    assert_eq!(request.verify(), Err(SignatureError::HeaderMissing(named("content-type"))));
    let request = Request::signed().add("content-type", "application/json");
    assert_eq!(request.verify(), Err(SignatureError::HeaderRepeated(named("content-type"))));
    let request = Request::signed().authorization("content-type", "content-type;content-type");
    assert_eq!(request.verify(), Err(SignatureError::HeaderRepeated(named("content-type"))));
}

#[test]
fn takes_the_host_from_the_candidates_only() {
    let request = Request::signed();
    assert_eq!(request.verify_at(now(), &["127.0.0.1:3000", "bss.example.com"]), Ok(()));
    assert_eq!(request.verify_at(now(), &["other.example.com"]), Err(SignatureError::Mismatch));
    assert_eq!(request.verify_at(now(), &["bss.example.com:80"]), Err(SignatureError::Mismatch));
    assert_eq!(request.verify_at(now(), &[]), Err(SignatureError::Mismatch));
    let request = request.add("host", "bss.example.com");
    assert_eq!(request.verify_at(now(), &["other.example.com"]), Err(SignatureError::Mismatch));
}

#[test]
fn honours_a_stated_hash_only_if_it_is_the_bodys() {
    let hash = hex::encode(Sha256::digest(BODY));
    let right = Request::unsigned().add("x-sdk-content-sha256", &hash).sign();
    assert_eq!(right.verify(), Ok(()));
    let other = hex::encode(Sha256::digest(b"other"));
    for stated in ["UNSIGNED-PAYLOAD", "", &hash.to_uppercase(), &other] {
        let request = Request::signed().add("x-sdk-content-sha256", stated);
        assert_eq!(request.verify(), Err(SignatureError::BodyHash), "{stated}");
        let unsigned = Request::unsigned().add("x-sdk-content-sha256", stated);
        let signed = sign(&unsigned.parts(), HOSTS[0], "KEY1", SECRET, now());
        assert_eq!(signed, Err(SignatureError::BodyHash), "{stated}");
    }
    let twice = right.add("x-sdk-content-sha256", &hash);
    let repeated = Err(SignatureError::HeaderRepeated(named("x-sdk-content-sha256")));
    assert_eq!(twice.verify(), repeated);
}

#[test]
fn refuses_every_tampered_part() {
    let tampered = [
        Request { method: named("PUT"), ..Request::signed() },
        Request { path: named("/v2/partners/coupon-quotas/quera"), ..Request::signed() },
        Request { path: named("/v2/partners/coupon-quotas//query"), ..Request::signed() },
        Request { query: named("limit=11&offset=0"), ..Request::signed() },
        Request { query: named("limit=10&offset=0&x"), ..Request::signed() },
        Request { query: named("limit=10"), ..Request::signed() },
        Request { query: String::new(), ..Request::signed() },
        Request { body: b"{\"face_value\": 900.00}".to_vec(), ..Request::signed() },
        Request { body: Vec::new(), ..Request::signed() },
        Request::signed().set("content-type", "text/plain"),
        Request::signed().set("x-client-token", "token-2"),
        Request::signed().set("x-sdk-date", "20261120T140001Z"),
        Request::signed().authorization(";x-client-token", ""),
        Request::signed().authorization(";host", ""),
    ];
    for request in tampered {
        assert_eq!(request.verify(), Err(SignatureError::Mismatch), "{request:?}");
    }
}

#[test]
fn refuses_a_wrong_an_empty_and_an_unknown_key_alike() {
    let request = Request::signed();
    let parts = request.parts();
    let authorization = Authorization::parse(&request.headers).unwrap();
    for secret in [&b"another key"[..], b""] {
        let refused = verify(&parts, &authorization, secret, HOSTS, now());
        assert_eq!(refused, Err(SignatureError::Mismatch));
    }
    let refused = verify_unknown_key(&parts, &authorization, HOSTS, now());
    assert_eq!(refused, SignatureError::Mismatch);

    let mut forged = Request::unsigned();
    for (name, value) in sign(&forged.parts(), HOSTS[0], "K", &[0x5a; 40], now()).unwrap() {
        forged.headers.push((name.to_owned(), value.into_bytes()));
    }
    let authorization = Authorization::parse(&forged.headers).unwrap();
    let refused = verify_unknown_key(&forged.parts(), &authorization, HOSTS, now());
    assert_eq!(refused, SignatureError::Mismatch);
}

#[test]
fn refuses_what_two_readers_could_read_differently() {
    for path in ["", "v2", "*", "/%", "/%4", "/%zz", "/a%2", "/%ff", "/%c3%28", "/%+1"] {
        let request = Request { path: named(path), ..Request::signed() };
        assert_eq!(request.verify(), Err(SignatureError::Malformed("the path")), "{path}");
    }
    for query in ["%", "a=%4", "a=%zz", "%ff=1", "a=%ed%a0%80", "a=% 41", "a=%+1"] {
        let request = Request { query: named(query), ..Request::signed() };
        assert_eq!(request.verify(), Err(SignatureError::Malformed("the query")), "{query}");
    }
    for method in ["", "PO ST", "POST\n/"] {
        let request = Request { method: named(method), ..Request::signed() };
        assert_eq!(request.verify(), Err(SignatureError::Malformed("the method")), "{method}");
    }
    let request = Request::signed().set("x-client-token", "token-1\nhost:other");
    assert_eq!(request.verify(), Err(SignatureError::Malformed("a header value")));
}

#[test]
fn refuses_to_sign_what_it_would_not_verify() {
    let sign_it = |request: &Request| sign(&request.parts(), HOSTS[0], "KEY1", SECRET, now());
    let repeated = |name: &str| Err(SignatureError::HeaderRepeated(named(name)));
    let request = Request::unsigned();
    assert_eq!(sign_it(&request.clone().add("authorization", "x")), repeated("authorization"));
    assert_eq!(sign_it(&request.clone().add("content-type", "x")), repeated("content-type"));
    let dated = request.clone().add("x-sdk-date", "20261120T140000Z");
    assert_eq!(sign_it(&dated), repeated("x-sdk-date"));
    let key = sign(&request.parts(), HOSTS[0], "a,b", SECRET, now());
    assert_eq!(key, Err(SignatureError::Malformed("authorization")));
}

#[test]
fn reads_a_query_as_it_is_signed() {
    let read = |query: &str| decode_query(query).unwrap();
    let pair = |name: &str, value: &str| (named(name), named(value));
    assert_eq!(read(""), []);
    assert_eq!(read("&&"), []);
    assert_eq!(
        read("b=2&a&a=&=x&b=1"),
        [pair("b", "2"), pair("a", ""), pair("a", ""), pair("", "x"), pair("b", "1"),]
    );
    assert_eq!(read("a=1;b=2"), [pair("a", "1;b=2")]);
    assert_eq!(read("a=x+y%20z%2B%26%3d=%E4%B8%80"), [pair("a", "x y z+&==一")]);
}

#[test]
fn prints_no_signature() {
    let authorization = Authorization::parse(&Request::signed().headers).unwrap();
    let signature = hex::encode(authorization.signature());
    assert!(!format!("{authorization:?}").contains(&signature));
    assert!(authorization.signs("x-client-token"));
    assert!(!authorization.signs("x-other"));
}

/// One text in any of the spellings that a client may put on the wire.
fn spelled(text: &str, choices: &[u8], query: bool) -> String {
    let mut spelled = String::new();
    for (at, byte) in text.bytes().enumerate() {
        let choice = choices.get(at % choices.len().max(1)).copied().unwrap_or(0) % 3;
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        match choice {
            0 if plain => spelled.push(char::from(byte)),
            1 if query && byte == b' ' => spelled.push('+'),
            2 => spelled.push_str(&format!("%{byte:02x}")),
            _ => spelled.push_str(&format!("%{byte:02X}")),
        }
    }
    spelled
}

prop_compose! {
    fn any_request()(
        method in "GET|POST|PUT|DELETE",
        segments in prop::collection::vec("\\PC{0,12}", 1..5),
        pairs in prop::collection::vec(("\\PC{0,8}", "\\PC{0,12}"), 0..6),
        choices in prop::collection::vec(any::<u8>(), 1..16),
        values in prop::collection::vec("[!-~]([ -~]{0,20}[!-~])?", 0..4),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) -> (Request, Vec<(String, String)>) {
        let path = segments.iter().map(|segment| format!("/{}", spelled(segment, &choices, false)));
        let headers = values.iter().enumerate();
        let request = Request {
            method,
            path: path.collect(),
            query: query_of(&pairs, &choices),
            headers: headers
                .map(|(number, value)| (format!("x-header-{number}"), value.clone().into_bytes()))
                .collect(),
            body,
        };
        (request, pairs)
    }
}

fn query_of(pairs: &[(String, String)], choices: &[u8]) -> String {
    let pairs = pairs.iter().map(|(name, value)| {
        format!("{}={}", spelled(name, choices, true), spelled(value, choices, true))
    });
    pairs.collect::<Vec<_>>().join("&")
}

proptest! {
    #[test]
    fn any_signed_request_verifies_in_any_spelling(
        (request, mut pairs) in any_request(),
        choices in prop::collection::vec(any::<u8>(), 1..16),
    ) {
        let mut signed = request.sign();
        prop_assert_eq!(signed.verify(), Ok(()));
        pairs.reverse();
        signed.query = query_of(&pairs, &choices);
        prop_assert_eq!(signed.verify(), Ok(()));
    }

    #[test]
    fn any_single_change_is_refused(
        (request, _) in any_request(), part in 0..6_u8, at in any::<prop::sample::Index>(),
    ) {
        let signed = request.add("x-last", "value").sign();
        let mut changed = signed.clone();
        match part {
            0 => changed.path.push_str("/x"),
            1 => changed.query.push_str("&x=y"),
            2 if !changed.body.is_empty() => {
                let at = at.index(changed.body.len());
                changed.body[at] ^= 1;
            }
            2 => changed.body.push(0),
            3 => changed.method.push('X'),
            4 => {
                // The headers but the last, `authorization`.
                let at = at.index(changed.headers.len() - 1);
                changed.headers[at].1.push(b'1');
            }
            _ => {
                let (_, value) = changed.headers.last_mut().unwrap();
                let at = value.len() - 1 - at.index(64);
                value[at] = if value[at] == b'0' { b'1' } else { b'0' };
            }
        }
        prop_assert!(changed.verify().is_err());
    }

    #[test]
    fn no_header_text_panics(value in prop::collection::vec(any::<u8>(), 0..200)) {
        let headers = [(named("authorization"), value)];
        prop_assert!(Authorization::parse(&headers).is_err());
    }
}
