//! Another master key, with and without interruptions.

use super::*;
use crate::books::OpenBooks;
use crate::security::vault::{Subject, Vault};
use crate::store::Tree;
use serde_json::Value;

const NEXT_KEY: &str = "f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Customers with a telephone number each.
const CUSTOMERS: usize = 1_200;

/// Their numbers, two access keys, and the keys of the digests of two tenants.
const SEALED: u64 = 1_204;

fn grown() -> TestHost {
    let host = TestHost::with_book();
    let mut book = String::new();
    for number in 0..CUSTOMERS {
        book.push_str(&format!(
            "{{\"kind\":\"customer\",\"tenant_id\":\"t\",\"customer_id\":\"c{number:05}\",\
             \"partner_id\":\"d\",\"association_type\":\"2\",\"telephone\":\"139{number:08}\"}}\n"
        ));
    }
    let other = BOOK.replace("\"t\"", "\"t2\"").replace(ACCESS_KEY_ID, "AK.2/other");
    for book in [book, other] {
        host.import(&book).expect("imported");
    }
    host
}

fn rotate(host: &TestHost, marker: Option<&Value>) -> Value {
    let query = marker.and_then(Value::as_str).map(|marker| format!("marker={marker}"));
    let (status, rotated) = host.operate(&query.unwrap_or_default(), "", rotate_master_key);
    assert_eq!(status, 200, "{rotated}");
    rotated
}

/// Goes through a whole pass; answers how many records it has sealed again.
fn pass(host: &TestHost) -> u64 {
    let mut rotated = rotate(host, None);
    let mut resealed = 0;
    loop {
        resealed += rotated["resealed"].as_u64().expect("a number");
        let Some(marker) = rotated.get("next_marker") else {
            assert_eq!(rotated["left"], 0);
            return resealed;
        };
        assert_ne!(rotated["left"], 0);
        rotated = rotate(host, Some(&marker.clone()));
    }
}

/// Whether everything can be read under the keys there are.
fn all_opens(host: &TestHost) -> bool {
    let Ok(call) = host.admit(host.signed("GET", "/v2/x", &[], "")) else {
        return false;
    };
    (0..CUSTOMERS).step_by(100).chain([CUSTOMERS - 1]).all(|number| {
        let id = format!("c{number:05}").parse().expect("an id");
        let contact = run(call.read(async |books| books.contact(Subject::Customer(&id)).await));
        contact.is_ok_and(|found| found.telephone.as_deref() == Some(&*format!("139{number:08}")))
    })
}

fn digest(host: &TestHost) -> [u8; 32] {
    let call = host.admit(host.signed("GET", "/v2/x", &[], "{}")).expect("admitted");
    let kept = RefCell::new([0; 32]);
    run(call.read(async |books| {
        *kept.borrow_mut() = books.vault().digest("mobile", b"13900000000")?;
        Ok(())
    }))
    .expect("read");
    kept.into_inner()
}

#[test]
fn after_a_pass_the_key_before_is_needed_no_more() {
    let host = grown();
    let kept = digest(&host);
    host.set("master_key", NEXT_KEY);
    host.set("master_key_previous", MASTER_KEY);
    assert!(all_opens(&host), "before");
    let (mut rotated, mut steps) = (rotate(&host, None), 1);
    let mut left = rotated["left"].as_u64().expect("a number");
    while let Some(marker) = rotated.get("next_marker").cloned() {
        assert!(all_opens(&host), "during");
        rotated = rotate(&host, Some(&marker));
        let before = std::mem::replace(&mut left, rotated["left"].as_u64().expect("a number"));
        assert!(left < before, "{left} after {before}");
        steps += 1;
    }
    assert_eq!((left, steps), (0, 3));
    host.set("master_key_previous", "");
    assert!(all_opens(&host), "afterwards");
    assert_eq!(digest(&host), kept);
    assert_eq!(pass(&host), 0);
    let listed = host.operate("tenant_id=t", "", list_access_keys).1;
    let next = crate::security::secret::MasterKey::parse(NEXT_KEY).expect("a key").id();
    assert_eq!(listed["access_keys"][0]["master_key_id"], hex::encode(next));
}

#[test]
fn a_missing_key_is_named_and_nothing_is_lost() {
    let host = grown();
    host.set("master_key", NEXT_KEY);
    let refused = |host: &TestHost| {
        let (status, refusal) = host.operate("", "", rotate_master_key);
        assert_eq!((status, &refusal["error_code"]), (400, &"CBC.0100".into()));
        refusal["error_msg"].as_str().expect("a text").to_owned()
    };
    assert!(refused(&host).contains("set master_key_previous"), "{}", refused(&host));
    host.set("master_key_previous", "0g");
    assert!(refused(&host).contains("master_key_previous is neither empty nor 64"));
    host.set("master_key_previous", &"77".repeat(32));
    assert!(refused(&host).contains("set master_key_previous"));
    host.set("master_key_previous", MASTER_KEY);
    assert!(all_opens(&host));
    assert_eq!(pass(&host), SEALED);
}

#[test]
fn a_pass_that_broke_off_is_begun_anew() {
    let host = grown();
    host.set("master_key", NEXT_KEY);
    host.set("master_key_previous", MASTER_KEY);
    let first = rotate(&host, None)["resealed"].as_u64().expect("a number");
    assert!(first > 0);
    assert_eq!(first + pass(&host), SEALED);

    // Dead between the register and the credential: the next pass settles it.
    let register_only = {
        let host = grown();
        let before = host.store.values();
        host.set("master_key", NEXT_KEY);
        host.set("master_key_previous", MASTER_KEY);
        rotate(&host, None);
        let mut values = host.store.values();
        for (key, value) in before.into_iter().filter(|(key, _)| key.starts_with("cred.")) {
            values.insert(key, value);
        }
        host.store.set_values(values);
        host
    };
    pass(&register_only);
    register_only.set("master_key_previous", "");
    assert!(all_opens(&register_only));
}

#[test]
fn what_comes_during_a_pass_is_under_the_new_key() {
    let host = grown();
    host.set("master_key", NEXT_KEY);
    host.set("master_key_previous", MASTER_KEY);
    let marker = rotate(&host, None)["next_marker"].clone();
    let line = r#"{"kind":"customer","tenant_id":"t","customer_id":"a","partner_id":"d","association_type":"2","telephone":"13700000000"}"#;
    host.import(line).expect("imported");
    let mut rotated = rotate(&host, Some(&marker));
    while let Some(marker) = rotated.get("next_marker").cloned() {
        rotated = rotate(&host, Some(&marker));
    }
    host.set("master_key_previous", "");
    assert!(all_opens(&host));
    let id = "a".parse().expect("an id");
    let head_key = run(crate::store::Register::new(&host).tenant("t")).expect("reads");
    let contact = run(Tree::new(&host, head_key.expect("there")).read(async |snapshot| {
        let books = OpenBooks::new(snapshot).with_vault(Vault::new(NEXT_KEY, [0; 16]));
        books.contact(Subject::Customer(&id)).await
    }));
    assert_eq!(contact.expect("opens").telephone.as_deref(), Some("13700000000"));
}

#[test]
fn an_empty_store_has_nothing_to_rotate_and_a_marker_is_one_of_ours() {
    let host = TestHost::new();
    assert_eq!(rotate(&host, None), serde_json::json!({"resealed": 0, "left": 0}));
    for marker in ["x", "00", "ffff", "8"] {
        let (status, _) = host.operate(&format!("marker={marker}"), "", rotate_master_key);
        assert_eq!(status, 400, "{marker}");
    }
    host.set("master_key", "");
    assert_eq!(host.operate("", "", rotate_master_key).0, 400);
}
