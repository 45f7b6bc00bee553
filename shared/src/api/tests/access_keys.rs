//! Access keys over their life: created, used, locked by wrong signatures, disabled, enabled.

use super::*;
use crate::domain::error::Reason;
use crate::domain::partner::{CallingCustomer, Principal};
use crate::store::{Frame, Register};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::convert::Infallible;

const CREATE: &str = r#"{"tenant_id":"t","partner_id":"d"}"#;

fn create(host: &TestHost, body: &str) -> (u16, Value) {
    host.operate("", body, create_access_key)
}

fn set_status(host: &TestHost, id: &str, status: &str) -> (u16, Value) {
    let body = json!({"access_key_id": id, "status": status});
    host.operate("", &body.to_string(), change_access_key)
}

fn list(host: &TestHost) -> Value {
    let (status, listed) = host.operate("tenant_id=t", "", list_access_keys);
    assert_eq!(status, 200);
    listed
}

/// A request of this key, which may be wrong.
fn signed_by(host: &TestHost, access_key_id: &str, secret_key: &str) -> Signed {
    let parts = SignedParts { method: "GET", path: "/v2/x", query: "", headers: &[], body: b"" };
    let secret = secret_key.as_bytes();
    let added = signature::sign(&parts, AUTHORITY, access_key_id, secret, host.now());
    let headers = added.expect("can be signed");
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes()));
    let head = Head {
        method: "GET".to_owned(),
        authority: AUTHORITY.to_owned(),
        path: "/v2/x".to_owned(),
        headers: headers.collect(),
        ..Head::default()
    };
    (head, Vec::new())
}

fn right(host: &TestHost) -> Result<(), Refusal> {
    host.admit(signed_by(host, ACCESS_KEY_ID, SECRET_KEY)).map(|_| ())
}

fn wrong(host: &TestHost) -> Refusal {
    refused(host.admit(signed_by(host, ACCESS_KEY_ID, "wrong")))
}

#[test]
fn a_key_is_made_shown_once_and_opens() {
    let host = TestHost::with_book();
    let (status, created) = create(&host, CREATE);
    assert_eq!(status, 201, "{created}");
    let id = created["access_key_id"].as_str().expect("an id");
    let secret = created["secret_key"].as_str().expect("a secret key");
    assert_eq!((id.len(), secret.len()), (20, 40));
    assert_eq!((&created["partner_id"], &created["status"]), (&"d".into(), &"active".into()));
    assert!(host.admit(signed_by(&host, id, secret)).is_ok());

    let listed = list(&host);
    assert_eq!(listed["total_count"], 2);
    assert!(!listed.to_string().contains(secret), "{listed}");
    let (_, another) = create(&host, CREATE);
    assert_ne!(another["access_key_id"], created["access_key_id"]);
    assert_ne!(another["secret_key"], created["secret_key"]);
}

#[test]
fn a_key_that_was_given_is_not_shown_and_may_come_again() {
    let host = TestHost::with_book();
    let body = r#"{"tenant_id":"t","customer_id":"c","access_key_id":"AK2","secret_key":"secret-of-the-second"}"#;
    let (status, created) = create(&host, body);
    assert_eq!((status, &created["customer_id"]), (201, &"c".into()), "{created}");
    assert!(created.get("secret_key").is_none(), "{created}");
    let before = host.store.values();
    assert_eq!(create(&host, body).0, 200);
    assert_eq!(host.store.values(), before);
    assert!(host.admit(signed_by(&host, "AK2", "secret-of-the-second")).is_ok());
    for other in [
        body.replace("the-second", "the-third"),
        body.replace("customer_id\":\"c", "customer_id\":\"referral"),
        body.replace(r#","secret_key":"secret-of-the-second""#, ""),
    ] {
        let (status, refusal) = create(&host, &other);
        assert_eq!((status, &refusal["error_code"]), (400, &"CBC.0100".into()), "{other}");
    }
    assert_eq!(host.store.values(), before);
}

#[test]
fn refuses_a_key_of_nobody() {
    let host = TestHost::with_book();
    let before = host.store.values();
    for body in [
        r#"{"tenant_id":"u","partner_id":"d"}"#,
        r#"{"tenant_id":"t","partner_id":"x"}"#,
        r#"{"tenant_id":"t","customer_id":"d"}"#,
        r#"{"tenant_id":"t"}"#,
        r#"{"tenant_id":"t","partner_id":"d","customer_id":"c"}"#,
        r#"{"tenant_id":"t","partner_id":"d","secret_key":""}"#,
        r#"{"tenant_id":"t","partner_id":"d","secret_key":"with blanks in the key"}"#,
        r#"{"tenant_id":"t","partner_id":"d","secret_key":"fifteen-letters"}"#,
        r#"{"tenant_id":"t","partner_id":"d","name":"n"}"#,
        "",
    ] {
        let (status, refusal) = create(&host, body);
        assert_eq!((status, &refusal["error_code"]), (400, &"CBC.0100".into()), "{body}");
    }
    assert_eq!(host.store.values(), before);
    host.set("master_key", "");
    let (status, refusal) = create(&host, CREATE);
    assert_eq!(status, 400);
    assert!(refusal["error_msg"].as_str().is_some_and(|text| text.contains("master_key")));
}

#[test]
fn a_disabled_key_opens_nothing_until_it_is_enabled() {
    let host = TestHost::with_book();
    for (status, opens) in [("inactive", false), ("inactive", false), ("active", true)] {
        let (code, changed) = set_status(&host, ACCESS_KEY_ID, status);
        assert_eq!((code, &changed["status"]), (200, &status.into()));
        assert_eq!(list(&host)["access_keys"][0]["status"], status);
        assert_eq!(right(&host).is_ok(), opens);
    }
    assert_eq!(set_status(&host, "nobody", "inactive").0, 404);
    for wrong in ["", "Active", "deleted"] {
        assert_eq!(set_status(&host, ACCESS_KEY_ID, wrong).0, 400, "{wrong}");
    }
}

#[test]
fn a_disabled_key_looks_like_an_unknown_one() {
    let host = TestHost::with_book();
    set_status(&host, ACCESS_KEY_ID, "inactive");
    let disabled = answered(refused(right(&host)));
    let unknown = answered(refused(host.admit(signed_by(&host, "nobody", "x"))));
    assert_eq!(disabled, unknown);
}

#[test]
fn five_wrong_signatures_in_a_row_lock_a_key_for_five_minutes() {
    let host = TestHost::with_book();
    let shown = |host: &TestHost| list(host)["access_keys"][0]["locked_until"].clone();
    let first = answered(wrong(&host));
    for _ in 0..3 {
        assert_eq!(answered(wrong(&host)), first);
    }
    assert_eq!(shown(&host), Value::Null);
    assert_eq!(answered(wrong(&host)), first);
    assert!(shown(&host).is_string());

    assert_eq!(answered(refused(right(&host))), first, "locked, and nobody sees it");
    host.store.advance(TimeDelta::seconds(299));
    // Neither a right nor a wrong signature makes it longer, nor writes anything.
    host.store.take_calls();
    assert_eq!(answered(wrong(&host)), first);
    assert_eq!(answered(refused(right(&host))), first);
    assert_eq!(host.store.take_calls().commits(), 0);
    host.store.advance(TimeDelta::seconds(1));
    assert_eq!(right(&host), Ok(()));
    assert_eq!(shown(&host), Value::Null);
}

#[test]
fn a_right_signature_begins_the_row_again() {
    let host = TestHost::with_book();
    for _ in 0..3 {
        for _ in 0..4 {
            wrong(&host);
        }
        assert_eq!(right(&host), Ok(()));
    }
}

#[test]
fn only_wrong_signatures_count() {
    let host = TestHost::with_book();
    let mut stale = signed_by(&host, ACCESS_KEY_ID, SECRET_KEY);
    stale.0.headers.retain(|(name, _)| name != "x-sdk-date");
    let late = signed_by(&host, ACCESS_KEY_ID, SECRET_KEY);
    host.store.advance(TimeDelta::minutes(16));
    for _ in 0..6 {
        refused(host.admit(late.clone()));
        refused(host.admit(stale.clone()));
    }
    assert_eq!(right(&host), Ok(()));
}

#[test]
fn the_operator_ends_a_lock() {
    let host = TestHost::with_book();
    for _ in 0..5 {
        wrong(&host);
    }
    assert!(right(&host).is_err());
    set_status(&host, ACCESS_KEY_ID, "inactive");
    set_status(&host, ACCESS_KEY_ID, "active");
    assert_eq!(right(&host), Ok(()));
}

#[test]
fn enabling_an_active_key_ends_its_lock_and_its_tokens_go_on() {
    let host = TestHost::with_book();
    let body = json!({"access_key_id": ACCESS_KEY_ID, "ttl_seconds": 60}).to_string();
    let (_, issued) = host.operate("", &body, issue_token);
    let token = issued["token"].as_str().expect("a token").as_bytes().to_vec();
    for _ in 0..5 {
        wrong(&host);
    }
    assert!(right(&host).is_err());
    let (status, shown) = set_status(&host, ACCESS_KEY_ID, "active");
    assert_eq!((status, shown.get("locked_until")), (200, None), "{shown}");
    assert_eq!(right(&host), Ok(()));
    let headers = vec![("x-auth-token".to_owned(), token)];
    let head =
        Head { method: "GET".to_owned(), path: "/v2/x".to_owned(), headers, ..Head::default() };
    assert!(host.admit((head, Vec::new())).is_ok());
}

#[test]
fn a_stranger_locks_a_key_for_nobody_else() {
    let host = TestHost::with_book();
    let from = |address: &str, secret_key: &str| {
        let (mut head, body) = signed_by(&host, ACCESS_KEY_ID, secret_key);
        let address = format!("{address}:4000").into_bytes();
        head.headers.push(("spin-client-addr".to_owned(), address));
        host.admit((head, body)).map(|_| ())
    };
    for stranger in 0..20 {
        for _ in 0..5 {
            assert!(from(&format!("10.0.0.{stranger}"), "wrong").is_err());
        }
    }
    assert!(from("10.0.0.19", SECRET_KEY).is_err(), "it is locked for who failed");
    assert_eq!(from("192.0.2.1", SECRET_KEY), Ok(()));
    assert!(list(&host)["access_keys"][0]["locked_until"].is_string());
    // What is counted does not grow with the number of strangers.
    let bytes = |host: &TestHost| host.store.values().values().map(Vec::len).max();
    assert!(bytes(&host) < Some(4_000), "{:?}", bytes(&host));
}

#[test]
fn before_the_answer_a_wrong_signature_costs_what_an_unknown_key_does() {
    let host = TestHost::with_book();
    let cost = |access_key_id: &str| {
        host.store.take_calls();
        let refusal = refused(host.admit_alone(signed_by(&host, access_key_id, "wrong")));
        (answered(refusal), host.store.take_calls())
    };
    let unknown = cost("nobody");
    for _ in 0..6 {
        assert_eq!(cost(ACCESS_KEY_ID), unknown);
    }
    for _ in 0..5 {
        wrong(&host);
    }
    assert_eq!(cost(ACCESS_KEY_ID), unknown, "locked");
    set_status(&host, ACCESS_KEY_ID, "inactive");
    assert_eq!(cost(ACCESS_KEY_ID), unknown, "disabled");
}

/// Puts another principal into the stored bytes of the key that begin so.
fn promote(host: &TestHost, key_prefix: &str) {
    let mut values = host.store.values();
    let stored = values.iter_mut().find(|(key, _)| key.starts_with(key_prefix));
    let (_, bytes) = stored.expect("it is stored");
    // The partner `d` is kept as a text of one character; `e` is somebody else.
    let framed = bytes.len() - 8;
    let at = bytes.windows(2).position(|part| part == b"\x61d").expect("the partner");
    bytes[at + 1] = b'e';
    let checksum = crate::store::frame_checksum(&bytes[..framed]);
    bytes[framed..].copy_from_slice(&checksum);
    host.store.set_values(values);
}

#[test]
fn a_key_that_was_changed_in_the_store_is_refused_and_shown() {
    let host = TestHost::with_book();
    let audited = |host: &TestHost| host.operate("tenant_id=t", "", audit_books);
    assert_eq!(audited(&host).1["access_keys_not_authentic"], json!([]));
    assert_eq!(list(&host)["access_keys"][0]["authentic"], true);
    let unknown = answered(refused(host.admit(signed_by(&host, "nobody", "x"))));

    promote(&host, "cred.");
    assert_eq!(answered(refused(right(&host))), unknown);
    assert_eq!(list(&host)["access_keys"][0]["authentic"], false);
    let (status, audit) = audited(&host);
    assert_eq!((status, &audit["access_keys"]), (200, &1.into()), "{audit}");
    assert_eq!(audit["access_keys_not_authentic"], json!([ACCESS_KEY_ID]));

    // The register still has it: settled again, it opens what it did.
    assert_eq!(set_status(&host, ACCESS_KEY_ID, "active").0, 200);
    assert_eq!(right(&host), Ok(()));
    assert_eq!(audited(&host).1["access_keys_not_authentic"], json!([]));
}

#[test]
fn a_key_that_was_changed_in_the_register_opens_nothing_until_it_is_given_anew() {
    let host = TestHost::with_book();
    let ids = [ACCESS_KEY_ID.to_owned()];
    let forge = |id: &str, content: &[u8]| {
        let mut key = credential::decoded(id, content)?;
        key.principal = Principal::Customer(CallingCustomer {
            customer_id: "c".parse().expect("an id"),
            partner_id: "d".parse().expect("an id"),
        });
        key.version += 1;
        Ok::<_, Refusal>(minicbor::to_vec(key).ok())
    };
    run(Register::new(&host).change_access_keys("forged", &ids, forge)).expect("written");
    run(credential::settle(&host, ACCESS_KEY_ID)).expect("settled");
    assert!(right(&host).is_err());
    assert_eq!(list(&host)["access_keys"][0]["authentic"], false);
    for status in ["active", "inactive"] {
        assert_eq!(set_status(&host, ACCESS_KEY_ID, status).0, 400, "nobody makes it right so");
    }
    let token = json!({"access_key_id": ACCESS_KEY_ID, "ttl_seconds": 60}).to_string();
    assert_eq!(host.operate("", &token, issue_token).0, 400);
    // Another master key does not make it right either.
    host.set("master_key_previous", MASTER_KEY);
    host.set("master_key", &MASTER_KEY.replace("00", "f0"));
    assert_eq!(host.operate("", "", rotate_master_key).0, 200);
    assert!(right(&host).is_err());

    assert_eq!(host.import(BOOK), Ok(Imported { applied: 1, skipped: 5 }));
    let call = host.admit(signed_by(&host, ACCESS_KEY_ID, SECRET_KEY)).expect("admitted");
    assert!(call.caller().partner().is_ok());
    assert_eq!(list(&host)["access_keys"][0]["authentic"], true);
}

#[test]
fn a_key_without_a_mac_opens_nothing_until_the_operator_trusts_it() {
    let host = TestHost::with_book();
    let ids = [ACCESS_KEY_ID.to_owned()];
    let strip = |id: &str, content: &[u8]| {
        let key = credential::decoded(id, content)?;
        Ok::<_, Refusal>(minicbor::to_vec(key.without_mac()).ok())
    };
    run(Register::new(&host).change_access_keys("older version", &ids, strip)).expect("written");
    run(credential::settle(&host, ACCESS_KEY_ID)).expect("settled");
    let rotate = |query: &str| host.operate(query, "", rotate_master_key);
    assert!(right(&host).is_err());
    let (status, rotated) = rotate("");
    assert_eq!(
        (status, &rotated["resealed"], rotated.get("trusted_access_keys")),
        (200, &0.into(), None)
    );
    assert!(right(&host).is_err());
    assert_eq!(rotate("access_keys_without_mac=yes").0, 400);

    let (status, rotated) = rotate("access_keys_without_mac=trust");
    assert_eq!((status, &rotated["resealed"]), (200, &1.into()), "{rotated}");
    let trusted = json!([{"access_key_id": ACCESS_KEY_ID, "tenant_id": "t", "partner_id": "d"}]);
    assert_eq!(rotated["trusted_access_keys"], trusted);
    assert_eq!(right(&host), Ok(()));

    // A wrong MAC is never trusted.
    promote(&host, "cred.");
    assert_eq!(rotate("access_keys_without_mac=trust").1.get("trusted_access_keys"), None);
}

#[test]
fn a_link_that_was_kept_tells_whether_the_journal_goes_on_from_it() {
    let host = TestHost::with_book();
    let audit = |query: &str| host.operate(query, "", audit_books);
    let link = || {
        let (status, audit) = audit("tenant_id=t");
        assert_eq!((status, audit.get("kept_link_found")), (200, None), "{audit}");
        audit["journal_link"].as_str().expect("a link").to_owned()
    };
    let kept = link();
    let line = BOOK.lines().nth(3).expect("the customer's line").replace("\"c\"", "\"c9\"");
    host.import(&line).expect("imported");
    let found =
        |kept: &str| audit(&format!("tenant_id=t&kept_link={kept}")).1["kept_link_found"].clone();
    assert_eq!(found(&kept), true);
    assert_eq!(found(&link()), true);
    let (sequence, hash) = kept.split_once(':').expect("a link");
    let zeros = "00".repeat(32);
    for wrong in [format!("{sequence}:{zeros}"), format!("0:{hash}"), format!("99:{hash}")] {
        assert_eq!(found(&wrong), false, "{wrong}");
    }
    for malformed in ["x", "1", "1:00", ":", &format!("-1:{hash}")] {
        assert_eq!(audit(&format!("tenant_id=t&kept_link={malformed}")).0, 400, "{malformed}");
    }
}

#[test]
fn a_good_request_costs_one_read_and_only_a_bad_one_writes() {
    let host = TestHost::with_book();
    let cost = |outcome: &dyn Fn(&TestHost)| {
        host.store.take_calls();
        outcome(&host);
        let calls = host.store.take_calls();
        (calls.gets + calls.batch_gets, calls.commits())
    };
    let good = |host: &TestHost| assert_eq!(right(host), Ok(()));
    let bad = |host: &TestHost| drop(wrong(host));
    let nobody = |host: &TestHost| drop(host.admit(signed_by(host, "nobody", "x")));
    assert_eq!(cost(&good), (1, 0));
    assert_eq!(cost(&nobody), (1, 0));
    // Before something is counted or forgotten: what was counted, and whether the store is fit.
    assert_eq!(cost(&bad), (3, 1));
    assert_eq!(cost(&good), (3, 1));
    assert_eq!(cost(&good), (1, 0));
}

#[test]
fn a_key_whose_creator_died_is_settled_by_the_next_one() {
    let host = TestHost::with_book();
    let whole = host.store.values();
    let credential = |values: &BTreeMap<String, Vec<u8>>| {
        let found = values.iter().find(|(key, _)| key.starts_with("cred."));
        found.map(|(key, value)| (key.clone(), value.clone())).expect("a credential")
    };
    let (key, settled) = credential(&whole);

    // Dead before the first write of the credential: the line comes again.
    let mut values = whole.clone();
    values.remove(&key);
    host.store.set_values(values);
    assert!(right(&host).is_err());
    assert_eq!(host.import(BOOK), Ok(Imported { applied: 0, skipped: 6 }));
    assert_eq!(credential(&host.store.values()).1, settled);

    // Dead after it: the next request will do. `82 00 81 50` is how a pending one begins.
    let mut values = whole;
    let pending = [&[0x82, 0x00, 0x81, 0x50][..], &[7; 16]].concat();
    let frame = Frame { magic: *b"PC", format: 1 };
    let framed = frame.wrap(|bytes| {
        bytes.extend(pending);
        Ok::<_, Infallible>(())
    });
    values.insert(key, framed.expect("framed"));
    host.store.set_values(values);
    assert_eq!(right(&host), Ok(()));
    assert_eq!(credential(&host.store.values()).1, settled);
}

#[test]
fn lists_keys_by_tenant_and_in_pages() {
    let host = TestHost::with_book();
    let other = BOOK.replace("\"t\"", "\"t2\"").replace(ACCESS_KEY_ID, "AK.2/other");
    assert_eq!(host.import(&other), Ok(Imported { applied: 6, skipped: 0 }));
    for number in 0..12 {
        let body =
            format!(r#"{{"tenant_id":"t","partner_id":"d","access_key_id":"K{number:02}"}}"#);
        assert_eq!(create(&host, &body).0, 201);
    }
    let page = |query: &str| {
        let (status, listed) = host.operate(query, "", list_access_keys);
        assert_eq!((status, &listed["total_count"]), (200, &13.into()), "{listed}");
        let keys = listed["access_keys"].as_array().expect("a list").clone();
        keys.iter().map(|key| key["access_key_id"].as_str().expect("an id").to_owned()).collect()
    };
    let first: Vec<String> = page("tenant_id=t");
    assert_eq!((first.len(), first[0].as_str(), first[1].as_str()), (10, ACCESS_KEY_ID, "K00"));
    let rest: Vec<String> = page("tenant_id=t&offset=12&limit=100");
    assert_eq!(rest, ["K11"]);
    assert_eq!(host.operate("tenant_id=u", "", list_access_keys).0, 404);
    for query in ["", "tenant_id=t&limit=101", "tenant_id=t&secret=1"] {
        assert_eq!(host.operate(query, "", list_access_keys).0, 400, "{query}");
    }
}

#[test]
fn another_secret_key_for_the_same_id_is_refused_even_unsettled() {
    let host = TestHost::with_book();
    let mut values = host.store.values();
    values.retain(|key, _| !key.starts_with("cred."));
    host.store.set_values(values);
    let line =
        BOOK.lines().nth(2).expect("the key's line").replace(SECRET_KEY, "another-secret-key");
    let Err(Refusal::Line { refusal, .. }) = host.import(&line) else { panic!("imported") };
    assert_eq!(*refusal, Reason::ContentDiffers.into());
    assert!(right(&host).is_err(), "a refused line settles nothing");
}
