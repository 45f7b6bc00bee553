//! What a request costs: calls of the store, counted. They are the cost model, since a durable
//! store answers each writing call with a commit of its own.

use super::growth::{read, write};
use super::*;
use crate::domain::account::statement::{AdjustFilter, ChangeFilter};
use crate::domain::account::{AccountId, AccountType};
use crate::domain::coupon::{
    CouponFilter, CouponList, GrantedQuota, HeldQuota, QuotaRecord, RecordFilter,
};
use crate::domain::partner::{
    AssociationType, CallingCustomer, CallingPartner, CustomerFilter, PartnerKind, ResellerFilter,
};
use crate::domain::registration::{AccountName, CodeOrder, MobileNumber, Scene, VerificationCode};
use crate::operations::adjust_money::{AdjustCustomer, CustomerAdjustment};
use crate::operations::batch_coupons::{BatchItem, IssueBatch, issue_batch};
use crate::operations::create_customer::{Registered, Registration};
use crate::operations::grant_quotas::GrantQuotas;
use crate::operations::issue_coupons::{Issue, IssueCoupons};
use crate::operations::reclaim_coupon::ReclaimCoupon;
use crate::operations::reclaim_quotas::ReclaimQuotas;
use crate::operations::{
    adjust_money, create_customer, grant_quotas, issue_coupons, reclaim_coupon, reclaim_quotas,
    statements,
};
use crate::store::memory::Calls;
use crate::value::id::{CouponId, CustomerId, PartnerId, QuotaId};
use crate::value::page::Slice;
use crate::value::time::{Month, Period};

const CUSTOMERS: usize = 3_000;

/// The usual books, many more customers, and a quota that suffices for all of them.
pub(super) fn grown() -> TestHost {
    let host = TestHost::with_book();
    let mut book = String::from(
        r#"{"kind":"coupon_quota","tenant_id":"t","quota_id":"large","partner_id":"d","quota_type":0,"quota_value":"1000000.00","quota_status":0,"create_time":"2026-01-01T00:00:00Z","effective_time":"2026-01-01T00:00:00Z","expire_time":"2030-01-01T00:00:00Z"}"#,
    );
    for number in 0..CUSTOMERS {
        book.push_str(&format!(
            "\n{{\"kind\":\"customer\",\"tenant_id\":\"t\",\"customer_id\":\"c{number:05}\",\
             \"partner_id\":\"d\",\"association_type\":\"2\"}}"
        ));
    }
    host.import(&book).expect("imported");
    host.store.take_calls();
    host
}

/// Issues coupons of 1.00 to customers, and answers what calls that took.
pub(super) fn issue(host: &TestHost, customers: std::ops::Range<usize>) -> Calls {
    let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
    let issue = Issue::plain(
        "large".parse().expect("an id"),
        customers
            .map(|number| format!("c{:05}", number % CUSTOMERS).parse().expect("an id"))
            .collect(),
        "1.00".parse().expect("an amount"),
    );
    let order = IssueCoupons::check(call.caller().partner().expect("one").clone(), issue);
    let order = order.expect("in order");
    let randoms = call.randoms(order.coupons_max());
    run(call.update(async |books| {
        let issued = issue_coupons::issue(books, &order, &randoms).await?;
        assert!(issued.iter().all(|issued| issued.outcome.is_ok()));
        Answer::ok(&issued.len())
    }))
    .expect("issued");
    host.store.take_calls()
}

/// Quotas by the hundred do not push the partner's own accounts out of the head, and that there is
/// no credit is known without a look into the tree.
#[test]
fn balances_of_a_partner_with_many_quotas_cost_no_page() {
    let host = grown();
    let quotas: String = (0..300)
        .map(|number| {
            format!(
                r#"{{"kind":"coupon_quota","tenant_id":"t","quota_id":"q{number}","partner_id":"d","quota_type":0,"quota_value":"1.00","quota_status":0,"create_time":"2026-01-01T00:00:00Z","effective_time":"2026-01-01T00:00:00Z","expire_time":"2030-01-01T00:00:00Z"}}
"#
            )
        })
        .collect();
    host.import(&quotas).expect("imported");
    host.store.take_calls();
    let call = host.admit(host.signed("GET", "/", &[], "")).expect("admitted");
    let caller = call.caller().partner().expect("one");
    let balances = run(call.read(async |books| books.partner_balances(&caller.partner_id).await));
    assert_eq!(balances.expect("read").len(), 1);
    let calls = host.store.take_calls();
    assert_eq!((calls.key_reads(), calls.head_gets, calls.page_reads()), (1, 1, 0), "{calls:?}");
}

#[test]
fn balances_cost_the_credential_the_head_and_at_most_two_reads_of_pages() {
    let host = grown();
    let call = host.admit(host.signed("GET", "/", &[], "")).expect("admitted");
    let caller = call.caller().partner().expect("a partner").clone();
    let balances = run(call.read(async |books| books.partner_balances(&caller.partner_id).await));
    assert!(balances.is_ok());
    let calls = host.store.take_calls();
    assert!(calls.key_reads() <= 1 && calls.head_gets <= 1, "{calls:?}");
    assert!(calls.page_reads() <= 2, "{calls:?}");
    assert_eq!(calls.commits(), 0, "{calls:?}");
}

#[test]
fn a_coupon_costs_one_swap_and_at_most_two_reads_of_pages() {
    let host = grown();
    let (mut commits, mut page_reads_max) = (0, 0);
    for number in 0..1_000 {
        host.store.advance(chrono::TimeDelta::seconds(2));
        let calls = issue(&host, number * 7..number * 7 + 1);
        assert_eq!(calls.swaps, 1, "{calls:?}");
        commits += calls.commits();
        assert!(calls.key_reads() <= 1 && calls.head_gets <= 1, "{calls:?}");
        // A fold reads what it rewrites, and commits its pages.
        if calls.commits() == 1 {
            page_reads_max = page_reads_max.max(calls.page_reads());
        }
    }
    assert!(page_reads_max <= 2, "{page_reads_max} reads of pages");
    assert!(commits <= 1_100, "{commits} commits");
    println!("1,000 coupons: {commits} commits, at most {page_reads_max} reads of pages each");
}

#[test]
fn a_hundred_coupons_in_one_request_cost_one_swap() {
    let host = grown();
    let calls = issue(&host, 0..100);
    assert_eq!(calls.swaps, 1, "{calls:?}");
    println!("100 coupons: {calls:?}");
}

/// However many quotas a batch draws on, they are looked up together with its customers.
#[test]
fn a_batch_of_coupons_costs_the_same_reads_from_one_quota_and_from_a_hundred() {
    let host = grown();
    let quotas: String = (0..100)
        .map(|number| {
            format!(
                r#"{{"kind":"coupon_quota","tenant_id":"t","quota_id":"q{number:02}","partner_id":"d","quota_type":0,"quota_value":"1000.00","quota_status":0,"create_time":"2026-01-01T00:00:00Z","effective_time":"2026-01-01T00:00:00Z","expire_time":"2030-01-01T00:00:00Z"}}
"#
            )
        })
        .collect();
    host.import(&quotas).expect("imported");
    for quotas in [1, 10, 100] {
        let calls = issue_from(&host, quotas);
        println!("a batch of 100 coupons of {quotas} quotas: {calls:?}");
        assert!(calls.gets + calls.batch_gets <= 6, "{quotas} quotas: {calls:?}");
        assert_eq!(calls.swaps, 1, "{calls:?}");
    }
}

/// Issues a hundred coupons of 1.00, from the first quotas in turn, and answers what calls that
/// took.
fn issue_from(host: &TestHost, quotas: usize) -> Calls {
    host.store.take_calls();
    let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
    let item = |number: usize| {
        let quota = format!("q{:02}", number % quotas).parse().expect("an id");
        let customer_id = format!("c{:05}", number * 29).parse().expect("an id");
        let issue = Issue::plain(quota, Vec::new(), "1.00".parse().expect("an amount"));
        BatchItem { customer_id, issue }
    };
    let caller = call.caller().partner().expect("one").clone();
    let batch = IssueBatch::check(caller, (0..100).map(item).collect(), None).expect("in order");
    let randoms = call.randoms(batch.coupons_max());
    run(call.update(async |books| {
        let issued = issue_batch(books, &batch, &randoms).await?;
        assert!(issued.iter().all(|issued| issued.outcome.is_ok()));
        Answer::ok(&issued.len())
    }))
    .expect("issued");
    host.store.take_calls()
}

/// So many are read ahead with the pages that they change.
#[test]
fn sixty_four_coupons_go_into_pages_at_once() {
    let host = grown();
    let calls = issue(&host, 0..64);
    assert_eq!((calls.swaps, calls.batch_sets), (1, 1), "{calls:?}");
}

/// Allocates 1.00 to a customer, and answers what calls that took.
fn allocate(host: &TestHost, customer: usize) -> Calls {
    let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
    let adjustment = CustomerAdjustment {
        customer_id: format!("c{:05}", customer % CUSTOMERS).parse().expect("an id"),
        amount: "1.00".parse().expect("an amount"),
        indirect_partner_id: None,
    };
    let caller = call.caller().partner().expect("a partner").clone();
    let order = AdjustCustomer::check(caller, adjustment).expect("in order");
    run(call.update(async |books| {
        let transfer_id = adjust_money::allocate_to_customer(books, &order).await?;
        Answer::ok(&transfer_id.to_string())
    }))
    .expect("allocated");
    host.store.take_calls()
}

#[test]
fn an_allocation_costs_one_swap_and_its_lists_the_depth_of_the_store() {
    let host = grown();
    let line = r#"{"kind":"booking","tenant_id":"t","booking_id":"b","partner_id":"d",
        "account_type":1,"amount":"5000.00","at":"2026-01-01T00:00:00Z"}"#;
    host.import(&line.replace('\n', "")).expect("imported");
    host.store.take_calls();
    let (mut commits, mut reads_max) = (0, 0);
    for number in 0..1_000 {
        host.store.advance(chrono::TimeDelta::seconds(2));
        let calls = allocate(&host, number * 7);
        assert_eq!(calls.swaps, 1, "{calls:?}");
        commits += calls.commits();
        if calls.commits() == 1 {
            reads_max = reads_max.max(calls.gets + calls.batch_gets);
        }
    }
    assert!(reads_max <= 2 + 2, "{reads_max} reads");
    assert!(commits <= 1_100, "{commits} commits");
    println!("1,000 allocations: {commits} commits, at most {reads_max} reads without a fold");

    let call = host.admit(host.signed("GET", "/", &[], "")).expect("admitted");
    let partner = call.caller().partner().expect("a partner").partner_id.clone();
    let account = AccountId::PartnerBalance(partner.clone());
    let always = Period::of_seconds(None, None);
    let filter = ChangeFilter::default();
    let changes = run(call.read(async |books| {
        statements::changes(books, &account, always, &filter, Slice { offset: 500, limit: 10 })
            .await
    }));
    assert_eq!(changes.expect("read").total_count, 1_001);
    let of_changes = host.store.take_calls();
    let filter =
        AdjustFilter { customer_id: None, operation_type: None, trans_id: None, period: always };
    let records = run(call.read(async |books| {
        statements::adjust_records(books, &partner, &filter, Slice { offset: 500, limit: 10 }).await
    }));
    assert_eq!(records.expect("read").total_count, 1_000);
    for calls in [of_changes, host.store.take_calls()] {
        assert!(calls.gets + calls.batch_gets <= 2 + 6, "{calls:?}");
        println!("a page of 10 amid 1,000 changes: {calls:?}");
    }
}

/// A new customer with a mobile number, as its route creates it.
fn create(host: &TestHost, number: u32) -> Calls {
    let mobile = MobileNumber::parse(&format!("138{number:08}")).expect("a number");
    let code = VerificationCode::claimed("012345");
    let (minutes, kept_sealed) = (None, false);
    let sent = CodeOrder {
        mobile: mobile.clone(),
        scene: Scene::Registration,
        code: code.clone(),
        minutes,
        kept_sealed,
    };
    let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
    run(call.update(async |books| {
        books.issue_code(&sent).await?;
        Ok(Answer::no_content())
    }))
    .expect("sent");
    host.store.take_calls();

    let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
    let order = Registration {
        caller: call.caller().partner().expect("one").clone(),
        customer_id: CustomerId::new(call.now().instant(), &call.random()),
        account_name: AccountName::generated(&call.random()),
        mobile: Some((mobile, code)),
        xaccount_type: "platform".to_owned(),
        xaccount_id: format!("x{number}"),
        password: None,
        marketing_off: false,
        association_type: AssociationType::Resale,
        indirect_partner_id: None,
    };
    run(call.update(async |books| {
        assert_eq!(create_customer::create(books, &order).await?, Registered::Created);
        Ok(Answer::no_content())
    }))
    .expect("created");
    host.store.take_calls()
}

#[test]
fn a_new_customer_costs_one_swap_and_at_most_two_reads_of_pages() {
    let host = grown();
    let mut reads_max = 0;
    for number in 0..300 {
        host.store.advance(chrono::TimeDelta::seconds(2));
        let calls = create(&host, number);
        assert_eq!(calls.swaps, 1, "{calls:?}");
        if calls.commits() == 1 {
            reads_max = reads_max.max(calls.gets + calls.batch_gets);
        }
    }
    println!("300 customers: at most {reads_max} reads without a fold");
    assert!(reads_max <= 2 + 2, "{reads_max} reads");
}

#[test]
fn a_page_of_customers_costs_the_depth_of_the_store() {
    let host = grown();
    let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
    let caller = call.caller().partner().expect("a partner").clone();
    let filter = CustomerFilter::default();
    let page = run(call.read(async |books| {
        books.customers(&caller.partner_id, &filter, Slice { offset: 1_500, limit: 100 }).await
    }))
    .expect("read");
    assert_eq!((page.items.len(), page.total_count), (100, 3_002));
    let calls = host.store.take_calls();
    println!("100 of 3,002 customers: {calls:?}");
    assert!(calls.gets + calls.batch_gets <= 2 + 4, "{calls:?}");
}

/// Levels of pages below the head, in the books of the test below.
const LEVELS: u32 = 2;

/// A hundred granted quotas and resellers, which fill the head; coupons, allocations and reclaims;
/// and a customer that pays by itself.
fn busy() -> (TestHost, Vec<QuotaId>, Vec<CouponId>) {
    let host = grown();
    let mut book = String::from(
        r#"{"kind":"booking","tenant_id":"t","booking_id":"b","partner_id":"d","account_type":1,"amount":"5000.00","at":"2026-01-01T00:00:00Z"}"#,
    );
    for number in 0..100 {
        book.push_str(&format!(
            "\n{{\"kind\":\"partner\",\"tenant_id\":\"t\",\"partner_id\":\"r{number:03}\",\
             \"partner_kind\":\"reseller\",\"distributor_id\":\"d\"}}\n\
             {{\"kind\":\"booking\",\"tenant_id\":\"t\",\"booking_id\":\"c{number}\",\
             \"customer_id\":\"referral\",\"account_type\":1,\"amount\":\"1.00\",\
             \"at\":\"2026-01-01T00:00:00Z\"}}"
        ));
    }
    host.import(&book).expect("imported");
    let quotas = RefCell::new(Vec::new());
    for number in 0..100 {
        let order = grant(&[&format!("r{number:03}")]);
        write(&host, async |books, randoms| {
            let granted = grant_quotas::grant_quotas(books, &order, randoms).await?;
            quotas.borrow_mut().extend(granted.into_iter().map(|receiver| receiver.quota_id));
            Ok(())
        });
    }
    let quotas = quotas.into_inner();
    for number in 0..300 {
        host.store.advance(chrono::TimeDelta::seconds(2));
        issue(&host, number * 5..number * 5 + 3);
        issue(&host, 7..8);
        allocate(&host, number * 7);
        if number < 20 {
            reclaim_quotas(&host, &quotas[number..=number]);
        }
    }
    let call = host.admit(host.signed("GET", "/", &[], "")).expect("admitted");
    let now = call.now();
    let all = CouponFilter::all().since("2026-01-01T00:00:00Z".parse().expect("a time"));
    let list = CouponList::Issued("d".parse().expect("an id"));
    let coupons = run(call.read(async |books| {
        books.coupons(&list, &all, now, Slice { offset: 500, limit: 20 }).await
    }));
    let coupons = coupons.expect("read").items.into_iter().map(|shown| shown.coupon.coupon_id);
    // After a fold nothing is in the log, and there is room in it for what follows.
    while issue(&host, 0..1).commits() == 1 {}
    (host, quotas, coupons.collect())
}

fn distributor() -> CallingPartner {
    CallingPartner { partner_id: "d".parse().expect("an id"), kind: PartnerKind::Distributor }
}

/// Grants 10.00 to each of these resellers.
fn grant(resellers: &[&str]) -> GrantQuotas {
    let resellers = resellers.iter().map(|id| id.parse().expect("an id")).collect();
    let (from, amount) = ("large".parse().expect("an id"), "10.00".parse().expect("an amount"));
    GrantQuotas::check(distributor(), from, resellers, amount).expect("in order")
}

fn reclaim_quotas(host: &TestHost, quotas: &[QuotaId]) -> Calls {
    let order = ReclaimQuotas::check(distributor(), quotas.to_vec(), None).expect("in order");
    write(host, async |books, _| reclaim_quotas::reclaim_quotas(books, &order).await)
}

/// What lists of money cost, and how many descents that may be.
fn lists_of_money(host: &TestHost) -> Vec<(&'static str, u32, Calls)> {
    let partner: PartnerId = "d".parse().expect("an id");
    let customer = |id: &str| CallingCustomer {
        customer_id: id.parse().expect("an id"),
        partner_id: partner.clone(),
    };
    let account = AccountId::PartnerBalance(partner.clone());
    let always = Period::of_seconds(None, None);
    let all = ChangeFilter::default();
    let adjusts =
        AdjustFilter { customer_id: None, operation_type: None, trans_id: None, period: always };
    let referral = customer("referral");
    vec![
        (
            "ListPartnerAccountChangeRecords",
            2,
            read(host, async |books| {
                statements::changes(books, &account, always, &all, Slice { offset: 100, limit: 10 })
                    .await
            }),
        ),
        (
            "ListPartnerAdjustRecords",
            2,
            read(host, async |books| {
                statements::adjust_records(
                    books,
                    &partner,
                    &adjusts,
                    Slice { offset: 100, limit: 10 },
                )
                .await
            }),
        ),
        (
            "ListCustomerAccountChangeRecords",
            2,
            read(host, async |books| {
                let of = AccountType::Balance;
                statements::own_changes(
                    books,
                    &referral,
                    of,
                    always,
                    &all,
                    Slice { offset: 50, limit: 10 },
                )
                .await
            }),
        ),
        (
            "ShowCustomerAccountBalances",
            1,
            read(host, async |books| {
                let now = host.now().into();
                statements::own_balances(books, &customer("c00007"), now).await
            }),
        ),
    ]
}

/// What lists of coupons and quotas cost, and how many descents that may be.
fn lists_of_coupons(host: &TestHost) -> Vec<(&'static str, u32, Calls)> {
    let partner: PartnerId = "d".parse().expect("an id");
    let customer: CustomerId = "c00007".parse().expect("an id");
    let always = Period::of_seconds(None, None);
    let now = host.now().into();
    let all = CouponFilter::all().since("2026-01-01T00:00:00Z".parse().expect("a time"));
    let records = RecordFilter {
        kinds: None,
        quota_id: None,
        coupon_type: None,
        coupon_ids: None,
        customer_id: None,
        time: always,
        result: None,
    };
    let issued = CouponList::Issued(partner.clone());
    let owned = CouponList::Owned(customer.clone());
    vec![
        (
            "ListIssuedPartnerCoupons",
            2,
            read(host, async |books| {
                books.coupons(&issued, &all, now, Slice { offset: 300, limit: 10 }).await
            }),
        ),
        (
            "ListSubCustomerCoupons",
            2,
            read(host, async |books| {
                books.coupons(&owned, &all, now, Slice { offset: 100, limit: 10 }).await
            }),
        ),
        (
            "ListPartnerCouponsRecord",
            2,
            read(host, async |books| {
                books.coupon_records(&partner, &records, Slice { offset: 300, limit: 10 }).await
            }),
        ),
        (
            "ListCustomerCouponChangeRecords",
            2,
            read(host, async |books| {
                let passes = None::<fn(&crate::books::Entry) -> bool>;
                books
                    .coupon_statement(&customer, always, passes, Slice { offset: 100, limit: 10 })
                    .await?;
                books.customer(&customer).await
            }),
        ),
        (
            "ListQuotaCoupons",
            2,
            read(host, async |books| {
                let passes = None::<fn(&HeldQuota) -> bool>;
                books.held_quotas(&partner, passes, Slice::first(10)).await
            }),
        ),
        (
            "ListQuotaCoupons of a kind",
            2,
            read(host, async |books| {
                books.held_quotas(&partner, Some(|_: &HeldQuota| true), Slice::first(10)).await
            }),
        ),
        (
            "ListIssuedCouponQuotas",
            2,
            read(host, async |books| {
                let passes = None::<fn(&GrantedQuota) -> bool>;
                books.granted_quotas(&partner, passes, Slice { offset: 50, limit: 10 }).await
            }),
        ),
        (
            "ListCouponQuotasRecords",
            2,
            read(host, async |books| {
                let passes = None::<fn(&QuotaRecord) -> bool>;
                books.quota_records(&partner, passes, Slice { offset: 50, limit: 10 }).await
            }),
        ),
    ]
}

/// What lists of customers and resellers cost, and how many descents that may be.
fn lists_of_customers(host: &TestHost) -> Vec<(&'static str, u32, Calls)> {
    let partner: PartnerId = "d".parse().expect("an id");
    let ids: Vec<CustomerId> = ["c00007", "c02000"].map(|id| id.parse().expect("an id")).into();
    let month: Month = "2026-08".parse().expect("a month");
    vec![
        (
            "ListSubCustomers",
            2,
            read(host, async |books| {
                books
                    .customers(
                        &partner,
                        &CustomerFilter::default(),
                        Slice { offset: 500, limit: 10 },
                    )
                    .await
            }),
        ),
        (
            "ListIndirectPartners",
            2,
            read(host, async |books| {
                books
                    .resellers(
                        &partner,
                        &ResellerFilter::default(),
                        Slice { offset: 50, limit: 10 },
                    )
                    .await
            }),
        ),
        (
            "ListSubCustomerNewTag",
            2,
            read(host, async |books| {
                books
                    .new_customer_tags(&partner, None, month, Slice { offset: 500, limit: 10 })
                    .await
            }),
        ),
        (
            "ListSubCustomerNewTag of two customers",
            1,
            read(host, async |books| {
                books.new_customer_tags(&partner, Some(&ids), month, Slice::first(10)).await
            }),
        ),
        (
            "ListConsumeSubCustomers",
            1,
            read(host, async |books| {
                books.consuming_customers(&partner, month, Slice::first(10)).await
            }),
        ),
    ]
}

/// What writes cost, and how many descents that may be.
fn writes(
    host: &TestHost,
    quotas: &[QuotaId],
    coupon: &CouponId,
) -> Vec<(&'static str, u32, Calls)> {
    let reclaim = ReclaimCoupon::check(distributor(), coupon.clone(), None).expect("in order");
    let grant = grant(&["r050", "r051"]);
    let mobile = MobileNumber::parse("13800000000").expect("a number");
    let code = CodeOrder {
        mobile,
        scene: Scene::Registration,
        code: VerificationCode::claimed("012345"),
        minutes: None,
        kept_sealed: false,
    };
    vec![
        ("CreatePartnerCoupons", 1, issue(host, 77..79)),
        ("ReclaimCouponQuotas", 2, reclaim_quotas(host, quotas)),
        (
            "ReclaimPartnerCoupons",
            2,
            write(host, async |books, _| reclaim_coupon::reclaim_coupon(books, &reclaim).await),
        ),
        (
            "UpdateCouponQuotas",
            1,
            write(host, async |books, randoms| {
                grant_quotas::grant_quotas(books, &grant, randoms).await
            }),
        ),
        (
            "SendVerificationMessageCode",
            1,
            write(host, async |books, _| books.issue_code(&code).await),
        ),
    ]
}

/// One descent finds what a request names, or counts a list and reads a part of it; another one
/// what was found refers to. Each costs a call a level, however many records it is for.
#[test]
fn a_request_goes_down_once_for_each_step_of_references() {
    let (host, quotas, coupons) = busy();
    let lists = [lists_of_money(&host), lists_of_coupons(&host), lists_of_customers(&host)];
    let writes = writes(&host, &quotas[50..53], &coupons[0]);
    let mut exceeded = Vec::new();
    for (route, descents, calls) in lists.into_iter().flatten().chain(writes) {
        println!("{} reads of pages: {route}", calls.page_reads());
        if calls.page_reads() > descents * LEVELS || calls.key_reads() + calls.head_gets > 2 {
            exceeded.push((route, calls));
        }
    }
    assert!(exceeded.is_empty(), "{exceeded:#?}");
}
