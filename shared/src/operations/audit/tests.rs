//! What an audit notices: each way in which stored records can disagree.

use super::*;
use crate::books::BooksMut;
use crate::books::record::encode;
use crate::domain::ledger::TransferCode;
use crate::store::memory::{MemoryStore, run};
use crate::store::{Meta, StoreError, Transaction, Tree};
use crate::value::time::Timestamp;

const HEAD: &str = "head.audited";

fn meta() -> Meta {
    Meta { caller: "tester".to_owned(), operation: "test".to_owned() }
}

fn id(text: &str) -> AccountId {
    text.parse().expect(text)
}

fn money(text: &str) -> Money {
    text.parse().expect(text)
}

fn transfer(debit: &str, credit: &str, amount: &str) -> Transfer {
    Transfer {
        debit_account: id(debit),
        credit_account: id(credit),
        amount: money(amount),
        code: TransferCode::TopUp,
        time: "2026-01-01T00:00:00Z".parse::<Timestamp>().expect("a time"),
        memo: None,
        reference: None,
        trade_type: None,
    }
}

/// Three transactions: 100 comes in, 30 and 5 of it go to a customer, 10 leave again. An account
/// with an id that sorts between others stays empty.
fn ledger() -> MemoryStore {
    let store = MemoryStore::new(1);
    let tree = Tree::new(&store, HEAD);
    run(tree.create("audited")).expect("created");
    let opening = [transfer("O", "Bp", "100")];
    let moving = [transfer("Bp", "Cc", "30"), transfer("Bp", "Cc1", "5.5")];
    let leaving = [transfer("Cc", "O", "10")];
    for (transfers, opens) in [(&opening[..], true), (&moving, true), (&leaving, false)] {
        run(tree.update::<_, Reason>(&meta(), async |transaction| {
            let mut books = BooksMut::new(transaction);
            for transfer in transfers {
                if opens {
                    books.book_opening(transfer).await?;
                } else {
                    books.book(transfer).await?;
                }
            }
            Ok(())
        }))
        .expect("booked");
    }
    store
}

fn audited(store: &MemoryStore) -> Audit {
    let tree = Tree::new(store, HEAD);
    run(tree.read(async |snapshot| audit(snapshot).await)).expect("audited")
}

/// Writes past the books, as a fault of this program would.
fn tamper(store: &MemoryStore, change: impl Fn(&mut Transaction<'_>)) {
    let tree = Tree::new(store, HEAD);
    run(tree.update::<_, StoreError>(&meta(), async |transaction| {
        change(transaction);
        Ok(())
    }))
    .expect("written");
}

fn booked(sequence: u64, index: u32) -> TransferId {
    TransferId { sequence, index }
}

fn line(amount: &str, after: &str) -> Vec<u8> {
    let (amount, balance_after) = (money(amount), money(after));
    encode(&LineRecord { amount, balance_after }).expect("encodes")
}

fn balance(amount: &str) -> Vec<u8> {
    encode(&AccountRecord { balance: money(amount), credit_limit: None }).expect("encodes")
}

#[test]
fn a_sound_ledger_audits_clean() {
    let expected = Audit {
        tenant_id: "audited".to_owned(),
        transactions: 3,
        accounts: 3,
        sum: "90.00".to_owned(),
        outside_sum: "90.00".to_owned(),
        conserved: true,
        negative: 0,
        journal_matches: true,
        orders_match: true,
        bills_match: true,
        enterprises_match: true,
        chain_verified: true,
    };
    assert_eq!(audited(&ledger()), expected);
}

#[test]
fn an_empty_ledger_audits_clean() {
    let store = MemoryStore::new(1);
    run(Tree::new(&store, HEAD).create("empty")).expect("created");
    let found = audited(&store);
    assert_eq!((found.transactions, found.accounts, found.sum.as_str()), (0, 0, "0.00"));
    assert!(found.conserved && found.journal_matches && found.chain_verified);
}

#[test]
fn notices_value_that_appears() {
    let store = ledger();
    tamper(&store, |books| books.replace(key::account(&id("Cc")), balance("20.01")));
    let found = audited(&store);
    assert!(!found.conserved && !found.journal_matches && found.chain_verified);
    assert_eq!((found.sum.as_str(), found.outside_sum.as_str()), ("90.01", "90.00"));
}

#[test]
fn notices_accounts_below_zero_and_accounts_without_a_statement() {
    let store = ledger();
    tamper(&store, |books| {
        books.replace(key::account(&id("Cc")), balance("-1"));
        books.insert(key::account(&id("Cb")), balance("21"));
        books.insert(key::account(&id("Bz")), balance("0"));
    });
    let found = audited(&store);
    assert!(found.conserved && !found.journal_matches);
    assert_eq!((found.negative, found.accounts), (1, 5));
}

#[test]
fn notices_lines_transfers_and_journal_entries_that_disagree() {
    let first = key::transfer(booked(1, 0));
    type Change = Box<dyn Fn(&mut Transaction<'_>)>;
    let of = |account: &str, sequence, index| key::line(&id(account), booked(sequence, index));
    let changes: Vec<(&str, Change)> = vec![
        ("a wrong amount", {
            let key = of("Bp", 2, 0);
            Box::new(move |books| books.replace(key.clone(), line("-31", "70")))
        }),
        ("a wrong balance after", {
            let key = of("Bp", 2, 0);
            Box::new(move |books| books.replace(key.clone(), line("-30", "71")))
        }),
        ("a missing line", {
            let key = of("Cc1", 2, 1);
            Box::new(move |books| books.remove(&key))
        }),
        ("a line too many", {
            let key = of("Cc1", 9, 0);
            Box::new(move |books| books.insert(key.clone(), line("0", "5.5")))
        }),
        ("a line of no account", {
            let key = of("Bq", 1, 0);
            Box::new(move |books| books.insert(key.clone(), line("1", "1")))
        }),
        ("a line of no account at the end", {
            let key = of("Qz", 1, 0);
            Box::new(move |books| books.insert(key.clone(), line("1", "1")))
        }),
        ("a line of no coupon", {
            let key = of("Kz", 1, 0);
            Box::new(move |books| books.insert(key.clone(), line("1", "1")))
        }),
        ("a missing transfer", {
            let key = first.clone();
            Box::new(move |books| books.remove(&key))
        }),
        ("another amount", {
            let key = first.clone();
            let bytes = encode(&transfer("O", "Bp", "101")).expect("encodes");
            Box::new(move |books| books.replace(key.clone(), bytes.clone()))
        }),
        ("another memo", {
            let key = first;
            let memo = Some("x".to_owned());
            let changed = Transfer { memo, ..transfer("O", "Bp", "100") };
            let bytes = encode(&changed).expect("encodes");
            Box::new(move |books| books.replace(key.clone(), bytes.clone()))
        }),
        ("a transfer that no journal entry names", {
            let key = key::transfer(booked(4, 0));
            let bytes = encode(&transfer("O", "Bp", "1")).expect("encodes");
            Box::new(move |books| books.insert(key.clone(), bytes.clone()))
        }),
    ];
    for (what, change) in changes {
        let store = ledger();
        tamper(&store, change);
        let found = audited(&store);
        assert!(!found.journal_matches, "{what}");
        assert!(found.chain_verified, "{what}");
    }
}
