//! Books that arrive, are refused, and come again.

use super::*;
use crate::domain::error::Reason;
use crate::store::limit::{self, Limits};
use crate::store::{Reader, Register, StoreError, Tree, reach};
use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

fn refused_line(outcome: Result<Imported, Refusal>) -> (u64, u64, u64, Refusal) {
    match outcome {
        Err(Refusal::Line { line, imported, refusal }) => {
            (line, imported.applied, imported.skipped, *refusal)
        }
        other => panic!("no line was refused: {other:?}"),
    }
}

#[test]
fn a_book_is_skipped_when_it_comes_again() {
    let host = TestHost::with_book();
    assert_eq!(host.import(BOOK), Ok(Imported { applied: 0, skipped: 6 }));
    assert_eq!(host.import(""), Ok(Imported::default()));
    assert_eq!(host.import("\n \r\n"), Ok(Imported::default()));
}

#[test]
fn the_demo_book_is_applied_whole() {
    let book = include_str!("../../../../tests/fixtures/demo.ndjson");
    let lines = u64::try_from(book.lines().count()).expect("few");
    let host = TestHost::new();
    assert_eq!(host.import(book), Ok(Imported { applied: lines, skipped: 0 }));
    assert_eq!(host.import(book), Ok(Imported { applied: 0, skipped: lines }));
}

#[test]
fn lines_before_a_refused_one_stay_and_none_after_it() {
    let host = TestHost::new();
    let refused_middle = BOOK.replace("\"customer_id\":\"c\"", "\"customer\":\"c\"");
    let (line, applied, skipped, refusal) = refused_line(host.import(&refused_middle));
    assert_eq!((line, applied, skipped), (4, 3, 0));
    assert!(matches!(refusal, Refusal::Reason(Reason::Field { name: "line", .. })));
    assert_eq!(host.import(BOOK), Ok(Imported { applied: 3, skipped: 3 }));

    let other_content = BOOK.replace("100.00", "100.01");
    let (line, applied, skipped, refusal) = refused_line(host.import(&other_content));
    assert_eq!((line, applied, skipped), (6, 0, 5));
    assert_eq!(refusal, Reason::ContentDiffers.into());
}

#[test]
fn the_answer_names_the_line_and_counts_those_before() {
    let host = TestHost::with_book();
    let (status, body) = answered(refused(host.import(&format!("{BOOK}\nnonsense"))));
    assert_eq!(status, 400);
    assert_eq!(body["error_code"], "CBC.0100");
    assert_eq!(body["line"], 8);
    assert_eq!((&body["applied"], &body["skipped"]), (&0.into(), &6.into()));
}

/// Lines of customers whose ids are 32 random hexadecimal digits, as the cloud's own are.
fn customers_in_no_order(numbers: std::ops::Range<u32>) -> String {
    let line = |number: u32| {
        let id = hex::encode(&Sha256::digest(number.to_be_bytes())[..16]);
        format!(
            r#"{{"kind":"customer","tenant_id":"t","customer_id":"{id}","partner_id":"d","association_type":"2"}}"#
        ) + "\n"
    };
    numbers.map(line).collect()
}

/// What a tenant of hundreds of thousands is to the usual limits.
#[test]
fn lines_that_are_too_many_for_one_transaction_take_several() {
    let host = TestHost::with_book();
    let usual = Limits::USUAL;
    limit::set(Limits { pages_per_list: 20, replaced_max: 400, ..usual });
    let imported = |applied, skipped| Ok(Imported { applied, skipped });
    for batch in 0..4 {
        let lines = customers_in_no_order(batch * 2000..(batch + 1) * 2000);
        assert_eq!(host.import(&lines), imported(2000, 0));
        assert_eq!(host.import(&lines), imported(0, 2000));
        host.store.advance(TimeDelta::minutes(20));
    }
    let head_key = run(Register::new(&*host.store).tenant("t")).expect("read").expect("there");
    let read = Tree::new(&*host.store, head_key.as_str());
    let sequence = run(read.read(async |it| Ok::<_, StoreError>(it.sequence()))).expect("read");
    assert!(sequence > 12, "only {sequence} transactions");
    let reached = |head_key: &str| {
        run(Tree::new(&*host.store, head_key).read(async |it| reach(it).await)).expect("read")
    };
    let mut reached_pages = reached(&head_key);
    reached_pages.extend(reached("head.register"));
    let stored = host.store.values().into_keys().filter(|key| key.starts_with("page."));
    assert_eq!(stored.collect::<BTreeSet<_>>(), reached_pages);
    limit::set(usual);
}

/// Lines of as many customers.
fn customers(count: u32) -> String {
    let line = |number: u32| {
        format!(
            r#"{{"kind":"customer","tenant_id":"t","customer_id":"n{number}","partner_id":"d","association_type":"2"}}"#
        )
    };
    (0..count).map(line).collect::<Vec<String>>().join("\n")
}

#[test]
fn a_row_of_lines_is_one_transaction() {
    let host = TestHost::with_book();
    host.store.take_calls();
    assert_eq!(host.import(&customers(1200)), Ok(Imported { applied: 1200, skipped: 0 }));
    assert_eq!(host.store.take_calls().swaps, 1);
}

#[test]
fn an_import_that_others_outrun_gets_its_turn_with_fewer_lines() {
    let host = TestHost::with_book();
    host.store.take_calls();
    host.lose_swaps(2);
    assert_eq!(host.import(&customers(100)), Ok(Imported { applied: 100, skipped: 0 }));
    // A hundred lines are lost to another one, and so is the turn. Once it is taken, twenty-five
    // are committed, and with another turn the rest at once.
    assert_eq!(host.store.take_calls().swaps, 2 * 2 + 2 + 2);
    assert_eq!(host.import(&customers(100)), Ok(Imported { applied: 0, skipped: 100 }));

    host.lose_swaps(2);
    let refused_last = format!("{}\nnonsense", customers(200));
    let (line, applied, skipped, _) = refused_line(host.import(&refused_last));
    assert_eq!((line, applied, skipped), (201, 100, 100));
}

#[test]
fn refuses_lines_of_unknown_tenants() {
    let host = TestHost::with_book();
    for line in BOOK.lines().skip(1) {
        let line = line.replace("\"tenant_id\":\"t\"", "\"tenant_id\":\"u\"");
        let (_, _, _, refusal) = refused_line(host.import(&line));
        let reason = Reason::UnknownReference { kind: "tenant", id: "u".to_owned() };
        assert_eq!(refusal, reason.into(), "{line}");
    }
}

#[test]
fn keys_are_not_stored_without_a_master_key() {
    let host = TestHost::new();
    for (master_key, text) in [("", "is not set"), ("0g", "is not 64 hexadecimal digits")] {
        host.set("master_key", master_key);
        let (status, body) = answered(refused(host.import(BOOK)));
        assert_eq!((status, &body["line"]), (400, &3.into()));
        let message = body["error_msg"].as_str().expect("a text");
        assert!(message.contains("master_key") && message.contains(text), "{message}");
    }
    host.set("master_key", MASTER_KEY);
    assert_eq!(host.import(BOOK), Ok(Imported { applied: 4, skipped: 2 }));
    let stored = host.store.values();
    let holds = |text: &str| {
        stored.values().any(|value| value.windows(text.len()).any(|at| at == text.as_bytes()))
    };
    assert!(!holds(SECRET_KEY));
}

#[test]
fn an_access_key_id_belongs_to_one_principal_with_one_secret() {
    let host = TestHost::with_book();
    let line = BOOK.lines().nth(2).expect("the key's line");
    let customers = line.replace("\"partner_id\":\"d\"", "\"customer_id\":\"c\"");
    for other in [line.replace(SECRET_KEY, "another-secret-key"), customers] {
        let (_, _, _, refusal) = refused_line(host.import(&other));
        assert_eq!(refusal, Reason::ContentDiffers.into(), "{other}");
    }
    host.set("master_key", &MASTER_KEY.replace("00", "01"));
    let (_, _, _, refusal) = refused_line(host.import(line));
    assert!(matches!(refusal, Refusal::MasterKey(_)), "{refusal:?}");
}

#[test]
fn a_key_that_was_claimed_and_not_stored_is_stored_when_it_comes_again() {
    let host = TestHost::with_book();
    let mut values = host.store.values();
    values.retain(|key, _| !key.starts_with("cred."));
    host.store.set_values(values);
    assert_eq!(host.import(BOOK), Ok(Imported { applied: 0, skipped: 6 }));
    assert!(host.admit(host.signed("GET", "/", &[], "")).is_ok());
}

#[test]
fn refuses_any_query() {
    let host = TestHost::new();
    let head = Head {
        query: "dry_run=1".to_owned(),
        headers: vec![(
            "authorization".to_owned(),
            format!("Bearer {OPERATOR_TOKEN}").into_bytes(),
        )],
        ..Head::default()
    };
    let mut body = Pieces::new(&[]);
    let call =
        run(admit_operator(head, &mut body, || Ok(Box::new(host.clone())))).expect("admitted");
    assert!(matches!(refused(run(import_book(call))), Refusal::Parameter(_)));
}
