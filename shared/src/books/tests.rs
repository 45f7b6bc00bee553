//! The books over a store in memory, filled with the demo book.

mod coupons;
mod registration;

use super::*;
use crate::domain::bill::statistics::StatisticType;
use crate::domain::bill::{
    BillAccount, BillType, ChargeMode, ChargingMode, DateRange, FeeFilter, FeeRecord, MonthlyFilter,
};
use crate::domain::coupon::QuotaStatus;
use crate::domain::partner::{AssociationType, PartnerKind};
use crate::domain::realname::ReviewResult;
use crate::operations::audit::{Audit, audit};
use crate::operations::import::{self, Content, Entry as BookEntry, Line, Outcome};
use crate::operations::issue_coupons::{Issue, IssueCoupons, Issued};
use crate::operations::realname_status;
use crate::operations::reclaim_quotas::{ReclaimQuotas, Reclaimed};
use crate::store::memory::{MemoryStore, run};
use crate::store::{KeyValue, Meta, Tree};
use chrono::TimeDelta;
use std::collections::BTreeMap;

mod personal;

const HEAD: &str = "head.demo";
const DISTRIBUTOR: &str = "ca47b2e3d7409ef9354f0fb9c15c8e59";
const RESELLER_1: &str = "3dee80e3c1113daaaf36d18dc8603a94";
const RESELLER_2: &str = "6cfb98bc824dec44985f16c62ac2ae9b";
const MAIN_QUOTA: &str = "CQ13C9CF0470CE399DEE";
const SMALL_QUOTA: &str = "CQ01E1FEAC62DBF2E7DA";
const EXPIRED_QUOTA: &str = "CQ5AD9DB63F89958E882";
const EARLY_QUOTA: &str = "CQC002D35548D9F3AF6D";
const FROZEN_QUOTA: &str = "CQAC1C6244697CE9291E";
const LIMITED_QUOTA: &str = "CQ0411A0D65C0C2F142F";
const RESELLER_1_QUOTA: &str = "CQ824E016E0FFE02DA0A";

struct Ledger {
    store: MemoryStore,
}

fn meta() -> Meta {
    Meta { caller: "tester".to_owned(), operation: "test".to_owned() }
}

/// The demo book's lines of the distributor's tenant.
fn demo_entries() -> Vec<BookEntry> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/demo.ndjson");
    let book = std::fs::read_to_string(path).expect(path);
    book.lines()
        .map(|line| Line::parse(line).expect(line))
        .filter(|line| line.tenant_id.as_ref().is_some_and(|id| id.as_str() == "demo-distributor"))
        .filter_map(|line| match line.content {
            Content::Entry(entry) => Some(entry),
            Content::Tenant(_) | Content::AccessKey(_) | Content::Catalogue(_) => None,
        })
        .collect()
}

impl Ledger {
    fn empty() -> Self {
        let store = MemoryStore::new(1);
        run(Tree::new(&store, HEAD).create("demo")).expect("created");
        Self { store }
    }

    fn demo() -> Self {
        let ledger = Self::empty();
        ledger.import(&demo_entries());
        ledger
    }

    fn import(&self, entries: &[BookEntry]) -> (usize, usize) {
        let mut counts = (0, 0);
        for entries in entries.chunks(100) {
            let outcomes = self
                .update(async |books| {
                    import::prefetch(books, entries).await?;
                    let mut outcomes = Vec::new();
                    for entry in entries {
                        outcomes.push(import::apply(books, entry).await?);
                    }
                    Ok(outcomes)
                })
                .expect("imported");
            let applied = outcomes.iter().filter(|outcome| **outcome == Outcome::Applied).count();
            counts = (counts.0 + applied, counts.1 + outcomes.len() - applied);
        }
        counts
    }

    fn update<T>(
        &self,
        change: impl AsyncFnMut(&mut BooksMut<'_, '_>) -> Result<T, Reason>,
    ) -> Result<T, Reason> {
        self.update_under(&vault(), change)
    }

    /// Changes the books, opened with another vault.
    fn update_under<T>(
        &self,
        vault: &Vault,
        mut change: impl AsyncFnMut(&mut BooksMut<'_, '_>) -> Result<T, Reason>,
    ) -> Result<T, Reason> {
        let tree = Tree::new(&self.store, HEAD);
        run(tree.update(&meta(), async |transaction| {
            change(&mut BooksMut::new(transaction).with_vault(vault.clone())).await
        }))
    }

    fn read<T>(&self, read: impl AsyncFn(&Books<'_>) -> Result<T, Reason>) -> T {
        self.read_under(&Vault::closed(), read)
    }

    /// Reads the books, opened with a vault.
    fn read_under<T>(
        &self,
        vault: &Vault,
        read: impl AsyncFn(&Books<'_>) -> Result<T, Reason>,
    ) -> T {
        let tree = Tree::new(&self.store, HEAD);
        run(tree
            .read(async |snapshot| read(&OpenBooks::new(snapshot).with_vault(vault.clone())).await))
        .expect("read")
    }

    fn audit(&self) -> Audit {
        let tree = Tree::new(&self.store, HEAD);
        let found = run(tree.read(async |snapshot| audit(snapshot).await)).expect("audited");
        assert!(found.conserved && found.journal_matches && found.chain_verified, "{found:?}");
        assert_eq!(found.negative, 0);
        found
    }

    fn balance(&self, account: &str) -> String {
        let id = account.parse().expect(account);
        self.read(async |books| Ok(books.held(&id).await?.balance.to_string()))
    }

    fn issue(&self, order: &Order<'_>) -> Result<Vec<Issued>, Reason> {
        let issue = Issue {
            quota_id: order.quota.parse().expect("id"),
            customer_ids: order.customers.iter().map(|id| id.parse().expect("id")).collect(),
            face_value: order.face_value.parse().expect("money"),
            valid_time: None,
            expire_time: None,
            cloud_service_types: order.service.map(|service| vec![service.to_owned()]),
            product_ids: None,
            memo: None,
            indirect_partner_id: order.reseller.map(|id| id.parse().expect("id")),
        };
        let checked = IssueCoupons::check(caller(order.caller, order.kind), issue)?;
        let randoms: Vec<[u8; 16]> = (0..checked.coupons_max())
            .map(|_| crate::store::Environment::random(&self.store))
            .collect();
        self.update(async |books| {
            crate::operations::issue_coupons::issue(books, &checked, &randoms).await
        })
    }

    fn reclaim(&self, quota_ids: &[&str]) -> Vec<Reclaimed> {
        let ids = quota_ids.iter().map(|id| id.parse().expect("id")).collect();
        let caller = caller(DISTRIBUTOR, PartnerKind::Distributor);
        let order = ReclaimQuotas::check(caller, ids, Some("why".to_owned())).expect("fields");
        self.update(async |books| {
            crate::operations::reclaim_quotas::reclaim_quotas(books, &order).await
        })
        .expect("reclaimed")
    }
}

fn count<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).expect("fits")
}

/// An issue, as the tables of tests write it.
#[derive(Clone, Copy)]
struct Order<'a> {
    caller: &'a str,
    kind: PartnerKind,
    quota: &'a str,
    customers: &'a [&'a str],
    face_value: &'a str,
    service: Option<&'a str>,
    reseller: Option<&'a str>,
}

impl Order<'_> {
    fn act_as_provider_for(&mut self, reseller: &'static str) {
        self.kind = PartnerKind::SolutionProvider;
        self.reseller = Some(reseller);
    }
}

const ORDER: Order<'static> = Order {
    caller: DISTRIBUTOR,
    kind: PartnerKind::Distributor,
    quota: MAIN_QUOTA,
    customers: &[],
    face_value: "10.00",
    service: None,
    reseller: None,
};

fn vault() -> Vault {
    Vault::new(&"5a".repeat(32), [3; 16])
}

fn caller(id: &str, kind: PartnerKind) -> CallingPartner {
    CallingPartner { partner_id: id.parse().expect("id"), kind }
}

/// Customers of the demo book by their partner and association.
fn customers(partner: &str, association: AssociationType) -> Vec<String> {
    demo_entries()
        .iter()
        .filter_map(|entry| match entry {
            BookEntry::Customer(customer, _)
                if customer.partner_id.as_str() == partner
                    && customer.association_type == association =>
            {
                Some(customer.customer_id.to_string())
            }
            _ => None,
        })
        .collect()
}

#[test]
fn the_demo_book_is_imported_once_and_audits_clean() {
    let ledger = Ledger::empty();
    let entries = demo_entries();
    assert_eq!(ledger.import(&entries), (entries.len(), 0));
    let after = ledger.audit();
    assert_eq!(ledger.import(&entries), (0, entries.len()));
    assert_eq!(ledger.audit(), after);
    // 1,000,000 + 200,000 + 50,000 of money, 135,100 of quotas, 25,000 and a coupon of 300 of the
    // enterprise.
    assert_eq!((after.sum.as_str(), after.outside_sum.as_str()), ("1410400.00", "1410400.00"));
}

#[test]
fn a_partner_sees_its_balance_and_its_credit_once_granted() {
    let ledger = Ledger::demo();
    for (partner, expected) in [
        (DISTRIBUTOR, vec![(1, "1000000.00", None), (2, "200000.00", Some("200000.00"))]),
        (RESELLER_1, vec![(1, "50000.00", None)]),
        (RESELLER_2, vec![(1, "0.00", None)]),
        ("nobody", vec![(1, "0.00", None)]),
    ] {
        let id = partner.parse().expect("id");
        let balances = ledger.read(async |books| books.partner_balances(&id).await);
        let shown: Vec<(i64, String, Option<String>)> = balances
            .iter()
            .map(|balance| {
                let credit = balance.credit_amount.map(|amount| amount.to_string());
                (balance.account_type.code(), balance.amount.to_string(), credit)
            })
            .collect();
        let expected: Vec<(i64, String, Option<String>)> = expected
            .into_iter()
            .map(|(kind, amount, credit)| (kind, amount.to_owned(), credit.map(str::to_owned)))
            .collect();
        assert_eq!(shown, expected, "{partner}");
    }
}

#[test]
fn issues_coupons_customer_by_customer() {
    let ledger = Ledger::demo();
    let own = customers(DISTRIBUTOR, AssociationType::Resale);
    let referral = customers(DISTRIBUTOR, AssociationType::Referral);
    let foreign = customers(RESELLER_1, AssociationType::Resale);
    let asked = [&own[0], &referral[0], &foreign[0], &own[0], "nobody", &own[1], &own[2]];
    let issued = ledger
        .issue(&Order { quota: SMALL_QUOTA, customers: &asked, face_value: "40", ..ORDER })
        .expect("issued");
    let outcomes: Vec<Result<(), Reason>> =
        issued.iter().map(|item| item.outcome.clone().map(|_| ())).collect();
    assert_eq!(
        outcomes,
        vec![
            Ok(()),
            Err(Reason::ReferralCustomer),
            Err(Reason::NotYourCustomer),
            Ok(()),
            Err(Reason::NotYourCustomer),
            Err(Reason::QuotaExhausted),
            Err(Reason::QuotaExhausted),
        ]
    );
    let coupons: Vec<&CouponId> =
        issued.iter().filter_map(|item| item.outcome.as_ref().ok()).collect();
    assert_ne!(coupons[0], coupons[1]);
    for id in coupons {
        let coupon = ledger.read(async |books| books.coupon(id).await).expect("a coupon");
        let quota = ledger.read(async |books| books.quota(&coupon.quota_id).await);
        let quota = quota.expect("a quota");
        assert_eq!(coupon.customer_id.as_str(), own[0]);
        assert_eq!(coupon.effective_time, quota.effective_time);
        assert_eq!(coupon.expire_time, quota.expire_time);
        assert_eq!(ledger.balance(&format!("K{id}")), "40");
    }
    assert_eq!(ledger.balance(&format!("Q{SMALL_QUOTA}")), "20.00");
    assert_eq!(ledger.audit().sum, "1410400.00");
}

#[test]
fn refuses_a_whole_request_in_a_fixed_order_and_changes_nothing() {
    let ledger = Ledger::demo();
    let before = ledger.audit();
    let own = customers(DISTRIBUTOR, AssociationType::Resale);
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let order = Order { customers: &own[..1], ..ORDER };
    type Edit = fn(&mut Order<'_>);
    let cases: Vec<(Edit, Reason)> = vec![
        (|it| (it.reseller, it.quota) = (Some("nobody"), "none"), Reason::NotYourReseller),
        (|it| it.reseller = Some(DISTRIBUTOR), Reason::NotYourReseller),
        (|it| it.act_as_provider_for(RESELLER_1), Reason::NotYourReseller),
        (|it| it.quota = "none", Reason::QuotaUnusable),
        (|it| it.quota = FROZEN_QUOTA, Reason::QuotaUnusable),
        (|it| it.quota = RESELLER_1_QUOTA, Reason::QuotaUnusable),
        (
            |it| (it.reseller, it.quota) = (Some(RESELLER_2), RESELLER_1_QUOTA),
            Reason::QuotaUnusable,
        ),
        (|it| (it.quota, it.service) = (EXPIRED_QUOTA, Some("x")), Reason::QuotaNotInEffect),
        (|it| it.quota = EARLY_QUOTA, Reason::QuotaNotInEffect),
        (|it| (it.quota, it.service) = (LIMITED_QUOTA, Some("x")), Reason::LimitsBeyondQuota),
    ];
    for (edit, reason) in cases {
        let mut asked = order;
        edit(&mut asked);
        assert_eq!(ledger.issue(&asked), Err(reason.clone()), "{reason:?}");
    }
    assert_eq!(ledger.audit(), before);
    let within = Some("hws.service.type.ec2");
    let asked = Order { quota: LIMITED_QUOTA, service: within, ..order };
    let issued = ledger.issue(&asked).expect("issued");
    assert!(issued[0].outcome.is_ok());
}

#[test]
fn issues_through_a_reseller_from_its_quota_or_the_callers() {
    let ledger = Ledger::demo();
    let theirs = customers(RESELLER_1, AssociationType::Resale);
    let own = customers(DISTRIBUTOR, AssociationType::Resale);
    for (quota, left) in [(RESELLER_1_QUOTA, "7990.00"), (MAIN_QUOTA, "88990.00")] {
        let asked = [theirs[0].as_str(), own[0].as_str()];
        let order = Order { quota, customers: &asked, reseller: Some(RESELLER_1), ..ORDER };
        let issued = ledger.issue(&order).expect("issued");
        assert!(issued[0].outcome.is_ok());
        assert_eq!(issued[1].outcome, Err(Reason::NotYourCustomer));
        assert_eq!(ledger.balance(&format!("Q{quota}")), left);
    }
    ledger.audit();
}

#[test]
fn reclaims_a_quota_once_and_leaves_its_coupons_alone() {
    let ledger = Ledger::demo();
    let theirs = customers(RESELLER_1, AssociationType::Resale);
    let order = Order {
        quota: RESELLER_1_QUOTA,
        customers: &[&theirs[0]],
        face_value: "100",
        reseller: Some(RESELLER_1),
        ..ORDER
    };
    let issued = ledger.issue(&order).expect("issued");
    let coupon = issued[0].outcome.clone().expect("a coupon");
    let reclaimed = ledger.reclaim(&[RESELLER_1_QUOTA, MAIN_QUOTA, "none", RESELLER_1_QUOTA]);
    let outcomes: Vec<Result<String, Reason>> =
        reclaimed.iter().map(|item| item.outcome.clone().map(|left| left.to_string())).collect();
    let unusable = Err(Reason::QuotaUnusable);
    assert_eq!(outcomes, vec![Ok("0.00".to_owned()), unusable.clone(), unusable.clone(), unusable]);
    // 100,000 less the two grants of 8,000 and 3,000, and 7,900 back.
    assert_eq!(ledger.balance(&format!("Q{MAIN_QUOTA}")), "96900.00");
    assert_eq!(ledger.balance(&format!("K{coupon}")), "100");
    let id = RESELLER_1_QUOTA.parse().expect("id");
    let quota = ledger.read(async |books| books.quota(&id).await).expect("a quota");
    assert_eq!((quota.status, quota.remark.as_deref()), (QuotaStatus::Reclaimed, Some("why")));
    assert_eq!(ledger.issue(&order), Err(Reason::QuotaUnusable));
    ledger.audit();
}

#[test]
fn an_empty_quota_is_reclaimed_without_a_transfer() {
    let ledger = Ledger::demo();
    let theirs = customers(RESELLER_1, AssociationType::Resale);
    let order = Order {
        quota: RESELLER_1_QUOTA,
        customers: &[&theirs[0]],
        face_value: "8000",
        reseller: Some(RESELLER_1),
        ..ORDER
    };
    ledger.issue(&order).expect("issued");
    let main = format!("Q{MAIN_QUOTA}");
    let before = ledger.balance(&main);
    assert!(ledger.reclaim(&[RESELLER_1_QUOTA])[0].outcome.is_ok());
    assert_eq!(ledger.balance(&main), before);
    assert_eq!(ledger.reclaim(&[RESELLER_1_QUOTA])[0].outcome, Err(Reason::QuotaUnusable));
    ledger.audit();
}

#[test]
fn a_statement_is_the_transfers_newest_first() {
    let ledger = Ledger::demo();
    let own = customers(DISTRIBUTOR, AssociationType::Resale);
    for face_value in ["1", "2", "3"] {
        let order = Order { customers: &[&own[0]], face_value, ..ORDER };
        ledger.issue(&order).expect("issued");
    }
    let account = AccountId::Quota(MAIN_QUOTA.parse().expect("id"));
    let shown = |offset, limit| {
        let page =
            ledger.read(async |books| books.statement(&account, Slice { offset, limit }).await);
        let lines: Vec<(String, String)> = page
            .items
            .iter()
            .map(|entry| (entry.amount.to_string(), entry.balance_after.to_string()))
            .collect();
        (page.total_count, lines)
    };
    let line = |amount: &str, after: &str| (amount.to_owned(), after.to_owned());
    assert_eq!(shown(0, 2), (6, vec![line("-3", "88994.00"), line("-2", "88997.00")]));
    let oldest = vec![line("-8000.00", "92000.00"), line("100000.00", "100000.00")];
    assert_eq!(shown(4, 10), (6, oldest));
    assert_eq!(shown(6, 10), (6, vec![]));
    assert_eq!(shown(0, 0), (6, vec![]));
}

#[test]
fn lists_bill_lines_filtered_and_in_pages() {
    let ledger = Ledger::demo();
    let records: Vec<_> = demo_entries()
        .into_iter()
        .filter_map(|entry| match entry {
            BookEntry::FeeRecord(record) => Some(*record),
            _ => None,
        })
        .collect();
    let cycle = "2026-09".parse().expect("month");
    let customer = records[0].customer_id.clone();
    let partner = records[0].partner_id.clone();
    let mut of_month: Vec<_> = records
        .iter()
        .filter(|record| record.customer_id == customer && record.bill_cycle == cycle)
        .cloned()
        .collect();
    of_month.sort_by_key(|record| (record.billed_at(), record.id.clone()));
    let list = |filter: FeeFilter, offset, limit| {
        ledger.read(async |books| {
            books.fee_records(&partner, cycle, &customer, &filter, Slice { offset, limit }).await
        })
    };
    let all = list(FeeFilter::default(), 0, 1000);
    assert_eq!((all.total_count, &all.items), (12, &of_month));
    let page = list(FeeFilter::default(), 10, 5);
    assert_eq!((page.total_count, &page.items[..]), (12, &of_month[10..]));
    assert_eq!(list(FeeFilter::default(), 0, 0).items, vec![]);
    assert_eq!(list(FeeFilter::default(), 99, 5).items, vec![]);

    let service = of_month[3].service_type_code.clone();
    let filter = FeeFilter { service_type_code: service.clone(), ..FeeFilter::default() };
    let expected: Vec<_> =
        of_month.iter().filter(|record| record.service_type_code == service).cloned().collect();
    let found = list(filter.clone(), 0, 1000);
    assert_eq!((found.total_count, found.items), (count(&expected), expected.clone()));
    let second = list(filter, 1, 1);
    assert_eq!(second.items[..], expected[1..2]);

    let day = of_month[5].billed_at().date_utc_plus_8();
    let dates = DateRange::within(cycle, Some(day), Some(day)).expect("dates");
    let billed = dates.map(DateRange::utc_plus_8);
    let expected: Vec<_> = of_month
        .iter()
        .filter(|record| record.billed_at().date_utc_plus_8() == day)
        .cloned()
        .collect();
    let found = list(FeeFilter { billed, ..FeeFilter::default() }, 0, 1000);
    assert_eq!((found.total_count, found.items), (count(&expected), expected));

    for filter in [
        FeeFilter { charging_mode: Some(10), ..FeeFilter::default() },
        FeeFilter { trade_id: Some(String::new()), ..FeeFilter::default() },
        FeeFilter { resource_name: Some("null".to_owned()), ..FeeFilter::default() },
    ] {
        assert_eq!(list(filter, 0, 10).total_count, 0);
    }
}

/// The first line of the demo book's bills.
fn bill_line() -> FeeRecord {
    let line = demo_entries().into_iter().find_map(|entry| match entry {
        BookEntry::FeeRecord(record) => Some(*record),
        _ => None,
    });
    line.expect("a line")
}

#[test]
fn statistics_of_few_lines_and_of_many_come_to_the_same() {
    const RESOURCES: usize = 3;
    let ledger = Ledger::demo();
    let like = bill_line();
    let cycle = "2026-12".parse().expect("month");
    let account = BillAccount {
        customer_id: like.customer_id.clone(),
        partner_ids: vec![like.partner_id.clone()],
        account_name: None,
        payer_id: like.customer_id.clone(),
    };
    let line = |number: usize| {
        BookEntry::FeeRecord(Box::new(FeeRecord {
            id: format!("one-of-many-{number:05}").parse().expect("id"),
            bill_cycle: cycle,
            resource_id: Some(format!("resource-{}", number % RESOURCES)),
            usage_amount: Some("1".parse().expect("a quantity")),
            ..like.clone()
        }))
    };
    let mut before = 0;
    // What is read once, and what is read twice.
    for lines in [1, 499, 500, 501, 1_203] {
        let more: Vec<BookEntry> = (before..lines).map(line).collect();
        assert_eq!(ledger.import(&more).0, lines - before);
        before = lines;
        let all = FeeFilter::default();
        let found = ledger.read(async |books| {
            let (kind, first) = (StatisticType::Cycle, Slice::first(10));
            books.bill_statistics(std::slice::from_ref(&account), cycle, &all, kind, first).await
        });
        let told = found.items.iter().map(|it| it.record.usage_amount.expect("a sum").to_string());
        let each = (0..RESOURCES.min(lines)).map(|first| (lines - first).div_ceil(RESOURCES));
        assert!(told.eq(each.map(|count| count.to_string())), "{lines}: {:?}", found.items);
        assert_eq!(found.total_count, count(&found.items));
    }
}

#[test]
fn a_filter_on_what_sums_tell_reads_no_further_than_the_page_goes() {
    const LINES: usize = 4_000;
    const ELSEWHERE: usize = 700;
    let ledger = Ledger::demo();
    let like = bill_line();
    let cycle = "2026-10".parse().expect("month");
    let (partner, customer) = (like.partner_id.clone(), like.customer_id.clone());
    let lines: Vec<BookEntry> = (0..LINES)
        .map(|number| {
            let service = if number == ELSEWHERE { "rare" } else { "common" };
            let record = FeeRecord {
                id: format!("many-{number:05}").parse().expect("id"),
                bill_cycle: cycle,
                service_type_code: Some(service.to_owned()),
                charging_mode: Some(ChargingMode::PayPerUse),
                trade_id: None,
                ..like.clone()
            };
            BookEntry::FeeRecord(Box::new(record))
        })
        .collect();
    assert_eq!(ledger.import(&lines).0, LINES);
    let pages_read = |filter: &FeeFilter, offset, limit| {
        ledger.store.take_calls();
        let found = ledger.read(async |books| {
            let slice = Slice { offset, limit };
            books.fee_records(&partner, cycle, &customer, filter, slice).await
        });
        let calls = ledger.store.take_calls();
        (calls.batch_get_keys + calls.page_gets, found.total_count, found.items.len())
    };
    let filter = |service: &str, mode: Option<ChargingMode>| FeeFilter {
        service_type_code: Some(service.to_owned()),
        charging_mode: mode.map(ChargingMode::code),
        ..FeeFilter::default()
    };
    let (all, total, _) = pages_read(&filter("common", None), 0, LINES);
    assert_eq!(total, count(&lines[1..]));
    for (filter, offset, expected) in [
        (filter("common", None), 0, (count(&lines[1..]), 10)),
        (filter("common", Some(ChargingMode::PayPerUse)), 20, (count(&lines[1..]), 10)),
        (filter("rare", None), 0, (1, 1)),
        (filter("common", Some(ChargingMode::YearlyMonthly)), 0, (0, 0)),
        (filter("none", None), 0, (0, 0)),
    ] {
        let (pages, total, items) = pages_read(&filter, offset, 10);
        assert_eq!((total, items), expected, "{filter:?}");
        assert!(pages * 3 < all, "{pages} of {all} pages for {filter:?}");
    }
    // What sums do not tell is looked for, and found.
    let other = FeeFilter { region_code: like.region_code.clone(), ..filter("rare", None) };
    assert_eq!(pages_read(&other, 0, 10).1, 1);
}

#[test]
fn lists_monthly_sums_filtered_and_in_pages() {
    let ledger = Ledger::demo();
    let cycle = "2026-09".parse().expect("month");
    let partner: PartnerId = DISTRIBUTOR.parse().expect("id");
    let mut sums: Vec<_> = demo_entries()
        .into_iter()
        .filter_map(|entry| match entry {
            BookEntry::MonthlyBill(bill) => Some(*bill),
            _ => None,
        })
        .filter(|bill| {
            bill.partner_id == partner
                && bill.cycle == cycle
                && bill.charge_mode == ChargeMode::PayPerUse
        })
        .collect();
    sums.sort_by_key(monthly_bill_key);
    assert!(sums.len() > 5);
    let list = |filter: MonthlyFilter, offset, limit| {
        ledger.read(async |books| {
            let mode = ChargeMode::PayPerUse;
            books.monthly_bills(&partner, cycle, mode, &filter, Slice { offset, limit }).await
        })
    };
    let all = list(MonthlyFilter::default(), 0, 100);
    assert_eq!((all.total_count, &all.items), (count(&sums), &sums));
    assert_eq!(list(MonthlyFilter::default(), 2, 2).items[..], sums[2..4]);
    let customer_id = Some(sums[0].customer_id.clone());
    let service = Some(sums[0].cloud_service_type.to_string());
    for filter in [
        MonthlyFilter { customer_id: customer_id.clone(), ..MonthlyFilter::default() },
        MonthlyFilter { cloud_service_type: service.clone(), ..MonthlyFilter::default() },
        MonthlyFilter { bill_type: Some(BillType::Consumption), ..MonthlyFilter::default() },
        MonthlyFilter { customer_id, cloud_service_type: service, bill_type: None },
    ] {
        let expected: Vec<_> = sums
            .iter()
            .filter(|bill| filter.customer_id.as_ref().is_none_or(|id| *id == bill.customer_id))
            .filter(|bill| filter.bill_type.is_none_or(|kind| kind == bill.bill_type))
            .filter(|bill| {
                let service = filter.cloud_service_type.as_deref();
                service.is_none_or(|service| service == bill.cloud_service_type.as_str())
            })
            .cloned()
            .collect();
        let found = list(filter.clone(), 0, 100);
        assert_eq!(found.total_count, count(&expected), "{filter:?}");
        assert_eq!(found.items, expected, "{filter:?}");
        assert!(!expected.is_empty());
    }
}

#[test]
fn tells_the_latest_review_of_a_customer_to_its_partner_alone() {
    let ledger = Ledger::demo();
    let mut latest: BTreeMap<String, _> = BTreeMap::new();
    for entry in demo_entries() {
        if let BookEntry::RealnameReview(review) = entry {
            let before = latest.get(review.customer_id.as_str());
            if before.is_none_or(|before: &Review| before.submitted_at < review.submitted_at) {
                latest.insert(review.customer_id.to_string(), review);
            }
        }
    }
    let ask = |caller: CallingPartner, customer: &str| {
        let customer = customer.parse().expect("id");
        ledger.read(async |books| {
            Ok(realname_status::latest_outcome(books, &caller, &customer).await)
        })
    };
    let distributor = caller(DISTRIBUTOR, PartnerKind::Distributor);
    for (customer, review) in &latest {
        let outcome = ask(distributor.clone(), customer).expect("allowed").expect("submitted");
        assert_eq!(outcome.review_result, review.review_result);
        let rejected = review.review_result == ReviewResult::Rejected;
        assert_eq!(outcome.opinion.is_some(), rejected);
    }
    let none = |customer: &&String| !latest.contains_key(*customer);
    let own = customers(DISTRIBUTOR, AssociationType::Resale);
    let theirs = customers(RESELLER_1, AssociationType::Resale);
    for customer in own.iter().chain(&theirs).filter(none) {
        assert_eq!(ask(distributor.clone(), customer), Ok(None));
    }
    let refused = Err(Reason::PartnerHasNoSuchCustomer);
    assert_eq!(ask(distributor, "nobody"), refused);
    for (id, kind) in [
        (RESELLER_1, PartnerKind::Reseller),
        ("other", PartnerKind::Distributor),
        ("other", PartnerKind::SolutionProvider),
    ] {
        assert_eq!(ask(caller(id, kind), &own[0]), refused, "{id}");
    }
}

#[test]
fn a_token_brings_the_first_answer_back_for_a_day() {
    let ledger = Ledger::demo();
    let used = |request: u8| TokenUse {
        principal: "partner p".to_owned(),
        token: "token/1".parse().expect("a token"),
        request_sha256: [request; 32],
    };
    let recall = |request: u8| {
        ledger.update(async |books| {
            let now = books.now();
            books.recall(&used(request), now).await
        })
    };
    let remember = |request: u8, answer: &[u8]| {
        ledger.update(async |books| books.remember(&used(request), answer).await)
    };
    let long: Vec<u8> = (0..100_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    assert_eq!(recall(1), Ok(None));
    remember(1, &long).expect("remembered");
    assert_eq!(recall(1), Ok(Some(long)));
    assert_eq!(recall(2), Err(Reason::TokenReused));
    ledger.store.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert!(recall(1).is_ok_and(|answer| answer.is_some()));
    ledger.store.advance(TimeDelta::seconds(1));
    assert_eq!(recall(2), Ok(None));
    remember(2, b"").expect("remembered");
    assert_eq!(recall(2), Ok(Some(Vec::new())));
    ledger.store.advance(TimeDelta::hours(25));
    let other = TokenUse { token: "token/2".parse().expect("a token"), ..used(3) };
    ledger.update(async |books| books.remember(&other, b"x").await).expect("remembered");
    let kept = ledger.read(async |books| {
        let tokens = Range::between(vec![b't'], vec![b't' + 1]);
        let expiries = Range::between(vec![b'e'], vec![b'e' + 1]);
        Ok((books.store().count(&tokens).await?, books.store().count(&expiries).await?))
    });
    assert_eq!(kept, (2, 1));
}

#[test]
fn one_coupon_takes_about_a_kilobyte_of_log() {
    let ledger = Ledger::demo();
    let own = customers(DISTRIBUTOR, AssociationType::Resale);
    let head_bytes = || run(ledger.store.get(HEAD)).expect("read").map_or(0, |head| head.len());
    let order = Order { customers: &[&own[0]], ..ORDER };
    ledger.issue(&order).expect("issued");
    let before = head_bytes();
    ledger.issue(&order).expect("issued");
    let taken = head_bytes().checked_sub(before).expect("no fold between");
    assert!((500..1100).contains(&taken), "{taken}");
}

#[test]
fn a_thousand_coupons_are_one_transaction() {
    let ledger = Ledger::demo();
    let own = customers(DISTRIBUTOR, AssociationType::Resale);
    let asked = vec![own[0].as_str(); 1000];
    let before = ledger.audit();
    let order = Order { customers: &asked, face_value: "0.01", ..ORDER };
    let issued = ledger.issue(&order).expect("issued");
    assert!(issued.iter().all(|item| item.outcome.is_ok()));
    let after = ledger.audit();
    assert_eq!(after.transactions, before.transactions + 1);
    assert_eq!(after.accounts, before.accounts + 1000);
    assert_eq!(ledger.balance(&format!("Q{MAIN_QUOTA}")), "88990.00");
}

#[test]
fn what_is_added_is_listed_where_later_reads_look() {
    let ledger = Ledger::demo();
    let theirs = customers(RESELLER_1, AssociationType::Resale);
    let order = Order {
        quota: RESELLER_1_QUOTA,
        customers: &[&theirs[0], &theirs[0]],
        reseller: Some(RESELLER_1),
        ..ORDER
    };
    ledger.issue(&order).expect("issued");
    ledger.reclaim(&[RESELLER_1_QUOTA]);
    let listed = |kind: u8, of: &str| {
        let prefix = [&[kind][..], of.as_bytes(), &[key::END]].concat();
        ledger.read(async |books| Ok(books.store().count(&Range::prefix(&prefix)).await?))
    };
    let everyone = demo_entries();
    let of_distributor = everyone.iter().filter(|entry| {
        matches!(entry, BookEntry::Customer(line, _) if line.partner_id.as_str() == DISTRIBUTOR)
    });
    for (what, kind, of, number) in [
        ("resellers", b'n', DISTRIBUTOR, 2),
        ("customers", b'o', DISTRIBUTOR, u64::try_from(of_distributor.count()).expect("fits")),
        ("quotas held", b'g', DISTRIBUTOR, 6),
        ("quotas held", b'g', RESELLER_1, 1),
        ("quotas granted", b'h', DISTRIBUTOR, 2),
        ("quota records", b'w', DISTRIBUTOR, 3),
        ("coupons issued", b'i', RESELLER_1, 2),
        ("coupons issued", b'i', DISTRIBUTOR, 0),
        ("coupons owned, and what came into them", b'j', theirs[0].as_str(), 4),
    ] {
        assert_eq!(listed(kind, of), number, "{what} of {of}");
    }
}
