//! Stores that must not be written: their swap does not compare, or a newer program wrote them.

use super::*;
use crate::domain::error::Reason;
use crate::store::memory::Flaw;
use crate::store::{Register, StoreError, check_fitness};
use crate::value::id::PartnerId;

const MORE: &str = r#"{"kind":"customer","tenant_id":"t","customer_id":"more","partner_id":"d","association_type":"2"}"#;

/// A write and a read, as handlers make them.
fn write_and_read(host: &TestHost) -> [Result<(), Refusal>; 2] {
    let admitted = || host.admit(host.signed("POST", "/", &[], "{}"));
    let write = admitted().and_then(|call| {
        let quota = vec!["q".parse().expect("an id")];
        let caller = call.caller().partner()?.clone();
        let order = crate::operations::reclaim_quotas::ReclaimQuotas::check(caller, quota, None)?;
        // Whatever comes of the quota, there is something to be written.
        run(call.update(async |books| {
            let reclaimed =
                crate::operations::reclaim_quotas::reclaim_quotas(books, &order).await?;
            books.add_bytes(b"~written".to_vec(), Vec::new());
            Answer::ok(&reclaimed.len())
        }))
        .map(|_| ())
    });
    let read = admitted().and_then(|call| {
        let partner: PartnerId = "d".parse().expect("an id");
        run(call.read(async |books| books.partner_balances(&partner).await)).map(|_| ())
    });
    [write, read]
}

fn line<T>(outcome: Result<T, Refusal>) -> Refusal {
    match refused(outcome) {
        Refusal::Line { refusal, .. } => *refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unfit_store_takes_no_book() {
    let host = TestHost::new();
    host.store.set_flaw(Flaw::SwapsWithoutComparing);
    let refusal = refused(host.import(BOOK));
    let (status, body) = answered(refusal);
    assert_eq!((status, &body["error_code"]), (503, &"CBC.0999".into()));
    let text = body["error_msg"].as_str().expect("a text");
    assert_eq!(
        text,
        "the store is unfit for the ledger: a swap of an outdated value is reported as done"
    );
    assert_eq!((&body["line"], &body["applied"]), (&1.into(), &0.into()));
    assert!(host.store.values().is_empty());
}

#[test]
fn a_store_that_becomes_unfit_is_read_and_not_written_until_it_is_fit() {
    let host = TestHost::with_book();
    host.store.set_flaw(Flaw::SwapsWithoutComparing);
    let fitness = run(check_fitness(&*host.store)).expect("tested");
    let fault = refused(fitness.required().map_err(Refusal::from));
    assert!(matches!(&fault, Refusal::Store(StoreError::Unfit(_))));
    let marked = host.store.values();

    assert_eq!(write_and_read(&host), [Err(fault.clone()), Ok(())]);
    assert_eq!(line(host.import(MORE)), fault);
    assert_eq!(answered(fault).0, 503);
    assert_eq!(host.store.values(), marked);

    host.store.set_flaw(Flaw::None);
    run(check_fitness(&*host.store)).expect("tested").required().expect("fit");
    assert_eq!(write_and_read(&host), [Ok(()), Ok(())]);
    assert_eq!(host.import(MORE), Ok(Imported { applied: 1, skipped: 0 }));
}

#[test]
fn a_wrong_signature_writes_nothing_to_an_unfit_store() {
    let host = TestHost::with_book();
    host.store.set_flaw(Flaw::SwapsWithoutComparing);
    run(check_fitness(&*host.store)).expect("tested");
    let marked = host.store.values();
    for _ in 0..6 {
        let (mut head, body) = host.signed("POST", "/", &[], "{}");
        head.query = "changed=1".to_owned();
        assert!(host.admit((head, body)).is_err());
    }
    assert_eq!(host.store.values(), marked);
    host.store.set_flaw(Flaw::None);
    run(check_fitness(&*host.store)).expect("tested").required().expect("fit");
    assert!(host.admit(host.signed("POST", "/", &[], "{}")).is_ok(), "it was not locked");
}

#[test]
fn a_transaction_that_writes_nothing_is_answered_while_the_store_is_unfit() {
    let host = TestHost::with_book();
    host.store.set_flaw(Flaw::NeverSwaps);
    run(check_fitness(&*host.store)).expect("tested");
    let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
    let refusal = refused(run(call.update(async |_| Err(Reason::QuotaExhausted.into()))));
    assert_eq!(refusal, Reason::QuotaExhausted.into());
    assert_eq!(host.import(BOOK), Ok(Imported { applied: 0, skipped: 6 }));
}

/// Makes a head look as if the version of this program with that format had written it.
fn set_format(host: &TestHost, head_key: &str, format: u8) {
    let mut values = host.store.values();
    let head = values.get_mut(head_key).expect("there");
    head[2] = format;
    let (framed, checksum) = head.split_last_chunk_mut().expect("long enough");
    *checksum = crate::store::frame_checksum(framed);
    host.store.set_values(values);
}

#[test]
fn a_head_of_another_format_is_refused_and_left_alone() {
    let host = TestHost::with_book();
    let tenant = run(Register::new(&*host.store).tenant("t")).expect("read").expect("there");
    for (head_key, format) in
        [(tenant.as_str(), 2), (tenant.as_str(), 5), ("head.register", 2), ("head.register", 5)]
    {
        let before = host.store.values();
        set_format(&host, head_key, format);
        let other = host.store.values();
        let refusal = Refusal::from(StoreError::OtherFormat { key: head_key.to_owned(), format });
        assert_eq!(answered(refusal.clone()).0, 503);
        let second = BOOK.replace("\"t\"", "\"second\"");
        for book in [MORE, BOOK, second.as_str()] {
            // A tenant's head says nothing about the register, where tenants and keys are.
            if head_key == "head.register" || book == MORE {
                assert_eq!(line(host.import(book)), refusal, "{book}");
                assert_eq!(host.store.values(), other);
            }
        }
        if head_key == tenant {
            assert_eq!(write_and_read(&host), [Err(refusal.clone()), Err(refusal.clone())]);
        }
        host.store.set_flaw(Flaw::SwapsWithoutComparing);
        run(check_fitness(&*host.store)).expect("tested");
        host.store.set_flaw(Flaw::None);
        let now = host.store.values();
        assert_eq!(now[head_key], other[head_key], "{head_key} was rewritten");
        host.store.set_values(before);
    }
}
