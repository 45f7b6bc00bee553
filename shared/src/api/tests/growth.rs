//! What requests cost as the books grow: the depth of the tree, and never the length of a list.

use super::calls::{grown, issue as issue_coupons};
use super::*;
use crate::books::record::encode;
use crate::books::{Books, BooksMut, fee_record_key};
use crate::domain::bill::{ChargeMode, FeeFilter, FeeRecord, MonthlyFilter};
use crate::domain::coupon::{Coupon, CouponType};
use crate::domain::error::Reason;
use crate::domain::ledger::TransferId;
use crate::operations::import::{Content, Entry, Line};
use crate::operations::issue_coupons::{Issue, IssueCoupons};
use crate::operations::reclaim_quotas::ReclaimQuotas;
use crate::operations::{issue_coupons, realname_status, reclaim_quotas};
use crate::value::id::CouponId;

use crate::store::memory::Calls;
use crate::store::register::Fork;
use crate::store::{Meta, Register, Tree};
use crate::value::page::Slice;
use crate::value::time::Month;
use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use std::ops::Range;

/// Numbers of fee records, all of one customer and month.
pub(super) const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

const RECORDS_PER_TRANSACTION: usize = 100_000;

/// How many calls more the largest books may cost than the smallest.
const FURTHER_CALLS_MAX: u32 = 2;

const FEE_RECORD: &str = r#"{"kind":"fee_record","tenant_id":"t","partner_id":"d","id":"f","bill_cycle":"2026-08","customer_id":"c","service_type_code":"hws.service.type.ebs","payment_amount":"738.08","consume_time":"2026-08-01T00:00:00Z"}"#;

const QUOTAS: &str = r#"{"kind":"coupon_quota","tenant_id":"t","quota_id":"large","partner_id":"d","quota_type":0,"quota_value":"1000000.00","quota_status":0,"create_time":"2026-01-01T00:00:00Z","effective_time":"2026-01-01T00:00:00Z","expire_time":"2030-01-01T00:00:00Z"}
{"kind":"partner","tenant_id":"t","partner_id":"r","partner_kind":"reseller","distributor_id":"d"}"#;

/// An id of 32 random hexadecimal digits, as the cloud's own are: what comes one after the other lies
/// all over the tree.
fn random_id(number: usize) -> String {
    hex::encode(&Sha256::digest(number.to_be_bytes())[..16])
}

/// Adds fee records, as an import does.
fn add_fee_records(host: &TestHost, numbers: Range<usize>) {
    let Content::Entry(Entry::FeeRecord(mut record)) =
        Line::parse(FEE_RECORD).expect("a line").content
    else {
        panic!("a fee record");
    };
    let content = encode(&*record).expect("encodes");
    add_each(host, numbers, |books, number| {
        record.id = random_id(number).parse().expect("an id");
        books.add_bytes(fee_record_key(&record), content.clone());
        Ok(())
    });
}

/// Adds coupons of a hundred customers in turn, as they are when they have been issued. Their
/// ledger is left out: it grows at one end alone.
fn add_coupons(host: &TestHost, numbers: Range<usize>) {
    add_each(host, numbers, |books, number| {
        let sequence = u64::try_from(number).expect("small");
        let now = books.now();
        let coupon = Coupon {
            coupon_id: CouponId::new(books.instant(), 0, &u128::from(sequence).to_be_bytes()),
            quota_id: "large".parse().expect("an id"),
            customer_id: format!("c{:05}", number % 100).parse().expect("an id"),
            partner_id: "d".parse().expect("an id"),
            coupon_type: CouponType::Cash,
            face_value: "1.00".parse().expect("an amount"),
            create_time: now,
            effective_time: now,
            expire_time: "2030-01-01T00:00:00Z".parse().expect("a time"),
            cloud_service_types: None,
            product_ids: None,
            memo: None,
            reclaimed_at: None,
            expired_at: None,
            lock: None,
            used_by_order_id: None,
            cloud: None,
            parent: None,
            is_pick_up: false,
        };
        books.add_coupon(&coupon, TransferId { sequence, index: 0 })
    });
}

/// Adds something for each number, in transactions of a size that makes this quick.
pub(super) fn add_each(
    host: &TestHost,
    mut numbers: Range<usize>,
    mut add: impl FnMut(&mut BooksMut<'_, '_>, usize) -> Result<(), Reason>,
) {
    let head_key = run(Register::new(&*host.store).tenant("t")).expect("read").expect("there");
    let meta = Meta { caller: "operator".to_owned(), operation: "book".to_owned() };
    while !numbers.is_empty() {
        let end = numbers.end.min(numbers.start + RECORDS_PER_TRANSACTION);
        run(Tree::new(&*host.store, head_key.as_str()).update(&meta, async |transaction| {
            let mut books = BooksMut::new(transaction);
            (numbers.start..end).try_for_each(|number| add(&mut books, number))
        }))
        .expect("added");
        host.store.advance(TimeDelta::minutes(1));
        numbers.start = end;
    }
}

/// What a request costs that only reads.
pub(super) fn read<T>(
    host: &TestHost,
    read: impl AsyncFn(&Books<'_>) -> Result<T, Reason>,
) -> Calls {
    host.store.take_calls();
    let call = host.admit(host.signed("GET", "/", &[], "")).expect("admitted");
    run(call.read(read)).expect("read");
    host.store.take_calls()
}

/// What a request without a client token costs that writes, without the fold that it may come to.
pub(super) fn write<T>(
    host: &TestHost,
    write: impl AsyncFn(&mut BooksMut<'_, '_>, &[[u8; 16]]) -> Result<T, Reason>,
) -> Calls {
    loop {
        host.store.take_calls();
        let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
        let randoms = call.randoms(100);
        run(call.update(async |books| {
            write(books, &randoms).await?;
            // Whatever comes of it, there is something to commit.
            books.add_bytes([&b"~"[..], &randoms[0]].concat(), Vec::new());
            Answer::ok(&0)
        }))
        .expect("written");
        let calls = host.store.take_calls();
        assert_eq!(calls.swaps, 1, "{calls:?}");
        if calls.commits() == 1 {
            return calls;
        }
    }
}

fn issue(count: usize) -> IssueCoupons {
    let caller = crate::domain::partner::CallingPartner {
        partner_id: "d".parse().expect("an id"),
        kind: crate::domain::partner::PartnerKind::Distributor,
    };
    let issue = Issue::plain(
        "large".parse().expect("an id"),
        vec!["c".parse().expect("an id"); count],
        "1.00".parse().expect("an amount"),
    );
    IssueCoupons::check(caller, issue).expect("in order")
}

/// What each operation costs.
fn costs(host: &TestHost, size: usize) -> Vec<(&'static str, Calls)> {
    let partner = "d".parse().expect("an id");
    let reseller = "r".parse().expect("an id");
    let customer = "c".parse().expect("an id");
    let month: Month = "2026-08".parse().expect("a month");
    let caller = crate::domain::partner::CallingPartner {
        partner_id: "d".parse().expect("an id"),
        kind: crate::domain::partner::PartnerKind::Distributor,
    };
    let fees = |offset: usize| {
        let offset = u64::try_from(offset).expect("small");
        let (partner, customer) = (&partner, &customer);
        read(host, async move |books| {
            let filter = FeeFilter::default();
            let page = books
                .fee_records(partner, month, customer, &filter, Slice { offset, limit: 100 })
                .await?;
            let ids: Vec<String> =
                page.items.iter().map(|record: &FeeRecord| record.id.to_string()).collect();
            assert_eq!((page.total_count, ids.len()), (u64::try_from(size).expect("small"), 100));
            Ok(())
        })
    };
    let one = issue(1);
    let reclaim = ReclaimQuotas::check(caller.clone(), vec!["q".parse().expect("an id")], None);
    let reclaim = reclaim.expect("in order");
    vec![
        ("ListPartnerBalances", read(host, async |books| books.partner_balances(&partner).await)),
        (
            "ListPartnerBalances of a reseller",
            read(host, async |books| {
                let partner = books.acting_for(&caller, Some(&reseller)).await?;
                books.partner_balances(&partner).await
            }),
        ),
        ("ListSubCustomerBillDetail, first page", fees(0)),
        ("ListSubCustomerBillDetail, middle page", fees(size / 2)),
        ("ListSubCustomerBillDetail, last page", fees(size - 100)),
        (
            "ListSubcustomerMonthlyBills",
            read(host, async |books| {
                let filter = MonthlyFilter::default();
                let mode = ChargeMode::YearlyMonthly;
                books.monthly_bills(&partner, month, mode, &filter, Slice::first(100)).await
            }),
        ),
        (
            "ShowRealnameAuthenticationReviewResult",
            read(host, async |books| {
                realname_status::latest_outcome(books, &caller, &customer).await
            }),
        ),
        (
            "CreatePartnerCoupons",
            write(host, async |books, randoms| issue_coupons::issue(books, &one, randoms).await),
        ),
        (
            "ReclaimCouponQuotas",
            write(host, async |books, _| reclaim_quotas::reclaim_quotas(books, &reclaim).await),
        ),
    ]
}

/// What it costs to take a snapshot, to put it back, to make a tenant of it, and to drop it.
fn costs_of_snapshots(host: &TestHost) -> [(u32, u32); 4] {
    let store = &*host.store;
    let head_key = run(Register::new(store).tenant("t")).expect("read").expect("there");
    let tree = Tree::new(store, head_key.as_str());
    let meta = Meta { caller: "operator".to_owned(), operation: "restore".to_owned() };
    let fork = Fork { head_key: &head_key, tenant_id: "t", snapshot: Some("s"), fork_id: "u" };
    store.take_calls();
    let counted = || {
        let calls = store.take_calls();
        (calls.total(), calls.commits())
    };
    run(tree.take_snapshot("s")).expect("taken").expect("room");
    let taken = counted();
    run(tree.restore_snapshot(&meta, "s")).expect("put back");
    let restored = counted();
    run(Register::new(store).fork_tenant(fork)).expect("forked").expect("room");
    let forked = counted();
    assert!(run(tree.drop_snapshot("s")).expect("dropped"));
    [taken, restored, forked, counted()]
}

#[test]
fn a_million_records_cost_at_most_two_calls_more_than_a_thousand() {
    let host = TestHost::with_book();
    host.import(QUOTAS).expect("imported");
    let mut smallest: Option<Vec<(&str, Calls)>> = None;
    let mut before = 0;
    for size in SIZES {
        add_fee_records(&host, before..size);
        before = size;
        let costs = costs(&host, size);
        let smallest = smallest.get_or_insert_with(|| costs.clone());
        for ((route, calls), (_, least)) in costs.iter().zip(smallest.iter()) {
            println!("{size:8} records: {:2} calls: {route}", calls.total());
            assert!(calls.total() <= least.total() + FURTHER_CALLS_MAX, "{route}: {calls:?}");
            assert!(calls.total() <= 20, "{route}: {calls:?}");
            assert!(calls.key_reads() <= 1 && calls.head_gets <= 1, "{route}: {calls:?}");
            let page_reads_max = match *route {
                "ListPartnerBalances" => 2,
                "ReclaimCouponQuotas" => 4,
                _ => 3,
            };
            assert!(calls.page_reads() <= page_reads_max, "{route}: {calls:?}");
        }
    }
    let small = TestHost::with_book();
    add_fee_records(&small, 0..SIZES[0]);
    let [least, most] = [&small, &host].map(costs_of_snapshots);
    println!("calls and commits of a snapshot taken, put back, forked and dropped: {most:?}");
    assert_eq!(most, least, "they do not depend on the size");
}

/// The lists of all customers of the request have grown, and each gets a coupon more.
#[test]
fn a_hundred_coupons_among_a_million_cost_at_most_two_calls_more_than_among_a_thousand() {
    let host = grown();
    let mut least = None;
    let mut before = 0;
    for size in SIZES {
        add_coupons(&host, before..size);
        before = size;
        // At each size pages are to be deleted, which were replaced by this and ten minutes ago.
        issue_coupons(&host, 0..100);
        host.store.advance(TimeDelta::minutes(11));
        host.store.take_calls();
        let calls = issue_coupons(&host, 0..100);
        println!("{size:8} coupons: {:2} calls: {calls:?}", calls.total());
        let least = *least.get_or_insert(calls.total());
        assert!(calls.total() <= least + FURTHER_CALLS_MAX, "{calls:?}");
    }
}
