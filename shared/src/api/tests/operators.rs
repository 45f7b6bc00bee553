//! Operators with tokens of their own over their life.

use super::*;
use crate::store::journal;
use crate::store::{Reader, Register, Tree};
use chrono::TimeDelta;
use serde_json::{Value, json};

fn create(host: &TestHost, name: &str, role: &str) -> String {
    let body = json!({"name": name, "role": role, "ttl_seconds": 3_600});
    let (status, created) = host.operate("", &body.to_string(), create_operator);
    assert_eq!(status, 201, "{created}");
    assert_eq!((&created["name"], &created["role"]), (&name.into(), &role.into()));
    created["token"].as_str().expect("a token").to_owned()
}

fn change(host: &TestHost, body: &Value) -> (u16, Value) {
    host.operate("", &body.to_string(), change_operator)
}

fn list(host: &TestHost) -> Value {
    let (status, listed) = host.operate("", "", list_operators);
    assert_eq!(status, 200, "{listed}");
    listed
}

/// What a token gets on a route that needs this role.
fn status(host: &TestHost, token: &str, needed: Role) -> u16 {
    let handler = async |call: OperatorCall<'_, Pieces>| {
        call.require(needed)?;
        Answer::ok(&json!({}))
    };
    host.operate_as(token, "", "", handler).0
}

#[test]
fn an_operator_is_made_shown_once_and_opens_what_its_role_includes() {
    let host = TestHost::new();
    let token = create(&host, "anna-1", "reviews");
    for (needed, expected) in
        [(Role::Read, 200), (Role::Reviews, 200), (Role::Support, 403), (Role::Everything, 403)]
    {
        assert_eq!(status(&host, &token, needed), expected, "{needed:?}");
    }
    assert_eq!(status(&host, OPERATOR_TOKEN, Role::Everything), 200);
    let listed = list(&host);
    assert_eq!(listed["total_count"], 1);
    assert_eq!(listed["operators"][0]["status"], "active");
    assert!(!listed.to_string().contains(&token[token.len() - 40..]), "{listed}");
    let stored = host.store.values();
    let secret = &token.as_bytes()[token.len() - 40..];
    let leaks = |bytes: &Vec<u8>| bytes.windows(secret.len()).any(|part| part == secret);
    assert!(!stored.values().any(leaks), "the token is stored");
}

#[test]
fn refuses_every_other_token() {
    let host = TestHost::new();
    let token = create(&host, "anna", "everything");
    let other = create(&host, "bert", "read");
    let secret = &token[token.len() - 40..];
    for wrong in [
        token.replace("anna", "bert"),
        token.replace("anna", "nobody"),
        format!("pboperator1_anna_{}", &other[other.len() - 40..]),
        format!("{token}0"),
        token[..token.len() - 1].to_owned(),
        secret.to_owned(),
        format!("pboperator1_{secret}"),
        format!("pboperator1_{}_{secret}", "a".repeat(1_000)),
    ] {
        assert_eq!(status(&host, &wrong, Role::Read), 401, "{wrong}");
    }
    assert_eq!(status(&host, &token, Role::Everything), 200);
}

#[test]
fn a_token_ends_with_its_time_and_a_disabled_operator_never_comes_back_by_it() {
    let host = TestHost::new();
    let token = create(&host, "anna", "read");
    host.store.advance(TimeDelta::seconds(3_599));
    assert_eq!(status(&host, &token, Role::Read), 200);
    host.store.advance(TimeDelta::seconds(1));
    assert_eq!(status(&host, &token, Role::Read), 401);

    let (_, renewed) =
        change(&host, &json!({"name": "anna", "status": "active", "ttl_seconds": 60}));
    let token = renewed["token"].as_str().expect("a token").to_owned();
    assert_eq!(status(&host, &token, Role::Read), 200);
    let (code, disabled) = change(&host, &json!({"name": "anna", "status": "inactive"}));
    assert_eq!((code, &disabled["status"]), (200, &"inactive".into()));
    assert_eq!(status(&host, &token, Role::Read), 401);
    let before = host.store.values();
    assert_eq!(change(&host, &json!({"name": "anna", "status": "inactive"})).0, 200);
    assert_eq!(host.store.values(), before, "a repeat changes nothing");
    change(
        &host,
        &json!({"name": "anna", "status": "active", "ttl_seconds": 60, "previous_seconds": 60}),
    );
    assert_eq!(status(&host, &token, Role::Read), 401);
}

#[test]
fn a_token_is_replaced_without_a_moment_in_which_none_is_right() {
    let host = TestHost::new();
    let mut tokens = vec![create(&host, "anna", "read")];
    for _ in 0..2 {
        let body = json!({"name": "anna", "status": "active", "ttl_seconds": 3_600,
                          "previous_seconds": 600});
        let (code, renewed) = change(&host, &body);
        assert_eq!(code, 200, "{renewed}");
        tokens.push(renewed["token"].as_str().expect("a token").to_owned());
    }
    let statuses =
        || tokens.iter().map(|token| status(&host, token, Role::Read)).collect::<Vec<_>>();
    assert_eq!(statuses(), [401, 200, 200], "two at a time");
    host.store.advance(TimeDelta::seconds(600));
    assert_eq!(statuses(), [401, 401, 200]);
    // Without a word about the one before, it ends at once.
    change(&host, &json!({"name": "anna", "status": "active", "ttl_seconds": 60}));
    assert_eq!(statuses(), [401, 401, 401]);
}

#[test]
fn another_master_key_changes_no_token() {
    let host = TestHost::with_book();
    let token = create(&host, "anna", "everything");
    let next = MASTER_KEY.replace("00", "f0");
    host.set("master_key", &next);
    assert_eq!(status(&host, &token, Role::Read), 401, "its key is not known");
    host.set("master_key_previous", MASTER_KEY);
    assert_eq!(status(&host, &token, Role::Read), 200);
    let (code, rotated) = host.operate_as(&token, "", "", rotate_master_key);
    assert_eq!(code, 200, "{rotated}");
    assert!(rotated.get("next_marker").is_none(), "{rotated}");
    host.set("master_key_previous", "");
    assert_eq!(status(&host, &token, Role::Everything), 200);
}

#[test]
fn the_journal_names_the_operator_who_did_it() {
    let host = TestHost::with_book();
    let token = create(&host, "anna", "everything");
    let line = BOOK.lines().nth(3).expect("the customer's line").replace("\"c\"", "\"c9\"");
    let import = async |call: OperatorCall<'_, Pieces>| Answer::ok(&import_book(call).await?);
    assert_eq!(host.operate_as(&token, "", &line, import).0, 200);
    let body = json!({"tenant_id": "t", "customer_id": "c9"}).to_string();
    assert_eq!(host.operate_as(&token, "", &body, create_access_key).0, 201);
    let callers = |head_key: &str| {
        let tree = Tree::new(&host, head_key.to_owned());
        let newest = tree.read(async |snapshot| {
            let entry = journal::entry(snapshot, snapshot.sequence()).await?;
            Ok::<_, Refusal>(entry.expect("an entry").caller)
        });
        run(newest).expect("read")
    };
    let head_key = run(Register::new(&host).tenant("t")).expect("read").expect("a tenant");
    assert_eq!(callers(&head_key), "operator:anna");
    assert_eq!(callers("head.register"), "operator:anna");
}

#[test]
fn an_operator_that_was_written_into_the_store_opens_nothing() {
    let host = TestHost::new();
    let token = create(&host, "anna", "read");
    let promote = |_: Option<&[u8]>, _| {
        let content = run(Register::new(&host).operator("anna"))?.expect("a record");
        // A role is kept as its name.
        let at = content.windows(5).position(|part| part == b"\x64read").expect("the role");
        let everything = [&content[..at], b"\x67support", &content[at + 5..]].concat();
        Ok::<_, Refusal>(Some(everything))
    };
    run(Register::new(&host).change_operator("forged", "anna", promote)).expect("written");
    assert_eq!(status(&host, &token, Role::Read), 401);
    assert_eq!(list(&host)["operators"][0]["authentic"], false);
    let renew = json!({"name": "anna", "status": "active", "ttl_seconds": 60});
    assert_eq!(change(&host, &renew).0, 400, "nobody makes it right by renewing it");
}

#[test]
fn refuses_what_is_wrong() {
    let host = TestHost::new();
    create(&host, "anna", "read");
    let before = host.store.values();
    for body in [
        json!({"name": "bert", "role": "read"}),
        json!({"name": "bert", "role": "all", "ttl_seconds": 60}),
        json!({"name": "bert", "role": "read", "ttl_seconds": 0}),
        json!({"name": "bert", "role": "read", "ttl_seconds": 366 * 86_400 + 1}),
        json!({"name": "Bert", "role": "read", "ttl_seconds": 60}),
        json!({"name": "", "role": "read", "ttl_seconds": 60}),
        json!({"name": "b".repeat(33), "role": "read", "ttl_seconds": 60}),
        json!({"name": "anna", "role": "read", "ttl_seconds": 60}),
    ] {
        let (status, refusal) = host.operate("", &body.to_string(), create_operator);
        assert_eq!((status, &refusal["error_code"]), (400, &"CBC.0100".into()), "{body}");
    }
    for body in [
        json!({"name": "anna"}),
        json!({"name": "anna", "status": "active"}),
        json!({"name": "anna", "status": "inactive", "ttl_seconds": 60}),
        json!({"name": "anna", "status": "active", "ttl_seconds": 60, "previous_seconds": -1}),
        json!({"name": "anna", "status": "active", "ttl_seconds": 60, "previous_seconds": 604_801}),
    ] {
        assert_eq!(change(&host, &body).0, 400, "{body}");
    }
    assert_eq!(change(&host, &json!({"name": "nobody", "status": "inactive"})).0, 404);
    assert_eq!(host.store.values(), before);
    host.set("master_key", "");
    let body = json!({"name": "bert", "role": "read", "ttl_seconds": 60}).to_string();
    assert_eq!(host.operate("", &body, create_operator).0, 400);
}
