//! Damage: every byte of a small store in turn, and every page, as the operator's audit sees it.

use super::*;
use crate::domain::error::Reason;
use crate::operations::audit::{Audit, audit};
use crate::operations::issue_coupons::{self, Issue, IssueCoupons};
use crate::store::register::credential_key;
use crate::store::{Meta, Register, StoreError, Tree};

/// Small books over two levels of pages, with some replaced pages beside them, and a log.
fn small() -> TestHost {
    let host = TestHost::with_book();
    issue(&host, 6);
    let head_key = tenant(&host).expect("read").expect("there");
    let meta = Meta { caller: "tester".to_owned(), operation: "fill".to_owned() };
    // One record written many times fills the log until it has been folded twice, and takes little
    // room.
    host.store.take_calls();
    let mut folds = 0;
    for round in 0..u8::MAX {
        run(Tree::new(&*host.store, head_key.as_str()).update(&meta, async |transaction| {
            let value = vec![round; 2_700];
            match round {
                0 => transaction.insert(b"~filler".to_vec(), value),
                _ => transaction.replace(b"~filler".to_vec(), value),
            }
            Ok::<_, StoreError>(())
        }))
        .expect("written");
        folds += host.store.take_calls().batch_sets;
        if folds == 2 {
            break;
        }
    }
    issue(&host, 1);
    host
}

fn issue(host: &TestHost, coupons: usize) {
    let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
    let issue = Issue::plain(
        "q".parse().expect("an id"),
        vec!["c".parse().expect("an id"); coupons],
        "1.00".parse().expect("an amount"),
    );
    let order = IssueCoupons::check(call.caller().partner().expect("one").clone(), issue);
    let order = order.expect("in order");
    let randoms = call.randoms(order.coupons_max());
    run(call.update(async |books| {
        Answer::ok(&issue_coupons::issue(books, &order, &randoms).await?.len())
    }))
    .expect("issued");
}

fn tenant(host: &TestHost) -> Result<Option<String>, StoreError> {
    run(Register::new(&*host.store).tenant("t"))
}

/// What the operator's audit does.
fn audited(host: &TestHost) -> Result<Audit, Reason> {
    let head_key = tenant(host)?.ok_or_else(|| StoreError::NoHead("t".to_owned()))?;
    run(Tree::new(&*host.store, head_key).read(async |snapshot| audit(snapshot).await))
}

/// The heads and pages of a store, and those pages among them that are still part of it.
fn parts(host: &TestHost) -> (Vec<String>, Vec<String>) {
    let keys: Vec<String> = host.store.values().into_keys().collect();
    let parts: Vec<String> = keys.into_iter().filter(|key| !key.starts_with("cred.")).collect();
    let intact = host.store.values();
    let live = parts.iter().filter(|key| {
        let mut values = intact.clone();
        values.remove(*key);
        host.store.set_values(values);
        audited(host).is_err()
    });
    let live = live.cloned().collect();
    host.store.set_values(intact);
    (parts, live)
}

#[test]
fn the_audit_names_the_key_of_every_flipped_byte() {
    let host = small();
    let intact = host.store.values();
    let sound = audited(&host).expect("audited");
    assert!(sound.conserved && sound.journal_matches && sound.chain_verified);
    let (parts, live) = parts(&host);
    let live_pages = live.iter().filter(|key| key.starts_with("page.")).count();
    assert!(live_pages >= 2 && live.len() < parts.len(), "{live:?} of {parts:?}");

    let mut flips = 0;
    for key in &parts {
        for index in 0..intact[key].len() {
            let mut values = intact.clone();
            let byte = &mut values.get_mut(key).expect("there")[index];
            *byte ^= 1 << (index % 8);
            host.store.set_values(values);
            flips += 1;
            match audited(&host) {
                Err(Reason::Store(StoreError::Corrupt { key: named, .. }))
                    if live.contains(key) =>
                {
                    assert_eq!(named, *key, "byte {index}");
                }
                // A page that was replaced is nobody's any more.
                found => {
                    assert!(!live.contains(key), "byte {index} of {key}: {found:?}");
                    assert_eq!(found, Ok(sound.clone()), "byte {index} of {key}");
                }
            }
        }
    }
    println!("{flips} bytes of {} heads and pages, {} of them live", parts.len(), live.len());
}

#[test]
fn the_audit_names_a_page_that_is_cut_gone_or_another() {
    let host = small();
    let intact = host.store.values();
    let (_, live) = parts(&host);
    let pages: Vec<&String> = live.iter().filter(|key| key.starts_with("page.")).collect();
    for (page, other) in pages.iter().zip(pages.iter().cycle().skip(1)) {
        let cut = intact[*page][..intact[*page].len() - 1].to_vec();
        for damaged in [Some(Vec::new()), Some(cut), Some(intact[*other].clone()), None] {
            let mut values = intact.clone();
            match damaged {
                Some(bytes) => _ = values.insert((*page).clone(), bytes),
                None => _ = values.remove(*page),
            }
            host.store.set_values(values);
            let found = audited(&host).expect_err("damaged");
            let (status, body) = answered(Refusal::of_audit(found));
            assert_eq!(status, 500);
            let text = body["error_msg"].as_str().expect("a text");
            assert!(text.contains(page.as_str()), "{text}");
        }
    }
}

#[test]
fn no_flipped_byte_of_a_credential_is_believed() {
    let host = TestHost::with_book();
    let signed = || host.admit(host.signed("POST", "/", &[], "{}"));
    assert!(signed().is_ok());
    let intact = host.store.values();
    let key = &credential_key(ACCESS_KEY_ID);
    let bytes = &intact[key];
    for index in 0..bytes.len() {
        let mut values = intact.clone();
        values.get_mut(key).expect("there")[index] ^= 1 << (index % 8);
        host.store.set_values(values.clone());
        let damaged = signed().map(drop).expect_err("damaged");
        assert_eq!(answered(damaged).0, 500, "byte {index}");
        assert_eq!(host.store.values(), values, "byte {index}");
    }
}

#[test]
fn only_the_operator_is_told_what_is_damaged() {
    let damaged = StoreError::Corrupt { key: "page.1".to_owned(), detail: "rot".to_owned() };
    let (status, body) = answered(Refusal::from(damaged.clone()));
    assert_eq!((status, &body["error_msg"]), (500, &"internal error".into()));
    let (status, body) = answered(Refusal::of_audit(damaged.into()));
    assert_eq!((status, &body["error_msg"]), (500, &"page.1 is corrupt: rot".into()));
}
