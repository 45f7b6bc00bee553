//! Sealed records: their digests, and what a rotation of the master key does to them.

use super::*;
use crate::secret::{KeyRing, SecretError};
use std::rc::Rc;

/// A tenant with the contacts of this many customers, all under [`vault`]'s key.
fn with_contacts(count: u32) -> Ledger {
    let ledger = Ledger::empty();
    let contact = |number: u32| Contact { telephone: Some(format!("139{number}")), email: None };
    ledger
        .update(async |books| {
            for number in 0..count {
                let id: CustomerId = format!("c{number:04}").parse().expect("id");
                books.add_contact(Subject::Customer(&id), &contact(number))?;
            }
            Ok(())
        })
        .expect("kept");
    ledger
}

#[test]
fn a_digest_is_found_once_one_is_kept_and_never_changes() {
    let ledger = Ledger::empty();
    let find = |ledger: &Ledger| {
        ledger.read(async |books| {
            Books::new(books.store).with_vault(vault()).find_digest("mobile", b"139").await
        })
    };
    assert_eq!(find(&ledger), None);
    let kept = ledger.update(async |books| books.digest("mobile", b"139").await).expect("kept");
    assert_eq!(find(&ledger), Some(kept));
    let again = ledger.update(async |books| books.digest("mobile", b"139").await);
    assert_eq!(again, Ok(kept));
    let other = ledger.update(async |books| books.digest("email", b"139").await);
    assert_ne!(other, Ok(kept));
    let without = ledger.read(async |books| Ok(books.find_digest("mobile", b"139").await));
    assert_eq!(without, Err(Reason::Secret(SecretError::MasterKeyMissing)));
}

#[test]
fn what_was_sealed_before_is_sealed_again_in_parts() {
    let ledger = with_contacts(25);
    let kept = ledger.update(async |books| books.digest("mobile", b"139").await).expect("kept");
    let under = |current: &str, previous: &str| {
        Vault::under(KeyRing::parse(current, previous).map(Rc::new), [8; 16])
    };
    let (old, new) = ("5a".repeat(32), "6b".repeat(32));
    let reseal = |vault: Vault, after: Option<Vec<u8>>| {
        ledger.update(async |books| {
            let mut books = Books::new(&mut *books.store).with_vault(vault.clone());
            books.reseal(after.as_deref(), 10).await
        })
    };
    let lost = reseal(under(&new, ""), None);
    assert_eq!(lost, Err(Reason::Secret(SecretError::MasterKeyChanged)));

    let mut after = None;
    for (resealed, left) in [(11, 15), (10, 5), (5, 0)] {
        let step = reseal(under(&new, &old), after).expect("sealed again");
        assert_eq!((step.resealed, step.left), (resealed, left));
        after = step.last;
    }
    assert_eq!(after, None);
    let again = reseal(under(&new, ""), None).expect("nothing left for the old key");
    assert_eq!((again.resealed, again.left), (0, 15));

    let id: CustomerId = "c0007".parse().expect("id");
    let (contact, digest) = ledger.read(async |books| {
        let books = Books::new(books.store).with_vault(under(&new, ""));
        let contact = books.contact(Subject::Customer(&id)).await?;
        Ok((contact, books.find_digest("mobile", b"139").await?))
    });
    assert_eq!(contact.telephone.as_deref(), Some("1397"));
    assert_eq!(digest, Some(kept));
}
