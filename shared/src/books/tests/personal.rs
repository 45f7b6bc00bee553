//! Sealed records: their digests, and what a rotation of the master key does to them.

use super::*;
use crate::security::secret::{KeyRing, SecretError};
use std::rc::Rc;

/// A tenant with the contacts of this many customers, all under [`vault`]'s key.
fn with_contacts(count: u32) -> Ledger {
    let ledger = Ledger::empty();
    let contact =
        |number: u32| Contact { telephone: Some(format!("139{number}")), ..Contact::default() };
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

fn digest(ledger: &Ledger, vault: &Vault, purpose: &str) -> Result<[u8; 32], Reason> {
    let tree = Tree::new(&ledger.store, HEAD);
    run(tree.read(async |snapshot| {
        let books = OpenBooks::new(snapshot).with_vault(vault.clone());
        Ok(books.vault().digest(purpose, b"139")?)
    }))
}

#[test]
fn the_first_write_draws_the_key_of_the_digests() {
    let ledger = Ledger::empty();
    let drawn = |random| Vault::new(&"5a".repeat(32), [random; 16]);
    let before = digest(&ledger, &drawn(1), "mobile");
    ledger.update(async |books| Ok(books.vault().digest("mobile", b"139")?)).expect("no write");
    assert_eq!(digest(&ledger, &drawn(1), "mobile"), before);

    let kept = ledger.update(async |books| {
        books.add_bytes(b"~".to_vec(), Vec::new());
        Ok(books.vault().digest("mobile", b"139")?)
    });
    assert_ne!(kept, before, "nothing that is kept is found before");
    for random in [1, 2] {
        assert_eq!(digest(&ledger, &drawn(random), "mobile"), kept);
        assert_ne!(digest(&ledger, &drawn(random), "email"), kept);
    }
    let again = ledger.update(async |books| {
        books.add_bytes(b"~~".to_vec(), Vec::new());
        Ok(books.vault().digest("mobile", b"139")?)
    });
    assert_eq!(again, kept);
    let closed = digest(&ledger, &Vault::closed(), "mobile");
    assert_eq!(closed, Err(Reason::Secret(SecretError::MasterKeyMissing)));
}

#[test]
fn what_was_sealed_before_is_sealed_again_in_parts() {
    let ledger = with_contacts(25);
    let kept = digest(&ledger, &vault(), "mobile");
    let under = |current: &str, previous: &str| {
        Vault::under(KeyRing::parse(current, previous).map(Rc::new), [8; 16])
    };
    let (old, new) = ("5a".repeat(32), "6b".repeat(32));
    let reseal = |vault: Vault, after: Option<Vec<u8>>| {
        ledger.update_under(&vault, async |books| books.reseal(after.as_deref(), 10).await)
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
    let contact = ledger
        .read_under(&under(&new, ""), async |books| books.contact(Subject::Customer(&id)).await);
    assert_eq!(contact.telephone.as_deref(), Some("1397"));
    assert_eq!(digest(&ledger, &under(&new, ""), "mobile"), kept);
}
