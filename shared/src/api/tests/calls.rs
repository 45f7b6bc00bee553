//! What a request costs: calls of the store, counted. They are the cost model, since a durable
//! store answers each writing call with a commit of its own.

use super::*;
use crate::account::AccountId;
use crate::account::adjust::{self, AdjustCustomer, CustomerAdjustment};
use crate::account::statement::{self, AdjustFilter, ChangeFilter};
use crate::coupon::{self, Issue, IssueCoupons};
use crate::id::CustomerId;
use crate::partner::{AssociationType, CustomerFilter};
use crate::registration::{
    self, AccountName, CodeOrder, MobileNumber, Registered, Registration, Scene, VerificationCode,
};
use crate::store::memory::Calls;
use crate::time::Period;

const CUSTOMERS: usize = 3_000;

/// The usual books, many more customers, and a quota that suffices for all of them.
fn grown() -> TestHost {
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
fn issue(host: &TestHost, customers: std::ops::Range<usize>) -> Calls {
    let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
    let issue = Issue {
        quota_id: "large".parse().expect("an id"),
        customer_ids: customers
            .map(|number| format!("c{:05}", number % CUSTOMERS).parse().expect("an id"))
            .collect(),
        face_value: "1.00".parse().expect("an amount"),
        valid_time: None,
        expire_time: None,
        cloud_service_types: None,
        product_ids: None,
        memo: None,
        indirect_partner_id: None,
    };
    let order = IssueCoupons::check(call.caller().partner().expect("one").clone(), issue);
    let order = order.expect("in order");
    let randoms = call.randoms(order.coupons_max());
    run(call.update("CreatePartnerCoupons", async |books| {
        let issued = coupon::issue(books, &order, &randoms).await?;
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
fn balances_cost_the_credential_the_head_and_at_most_three_reads_of_pages() {
    let host = grown();
    let call = host.admit(host.signed("GET", "/", &[], "")).expect("admitted");
    let caller = call.caller().partner().expect("a partner").clone();
    let balances = run(call.read(async |books| books.partner_balances(&caller.partner_id).await));
    assert!(balances.is_ok());
    let calls = host.store.take_calls();
    assert!(calls.key_reads() <= 1 && calls.head_gets <= 1, "{calls:?}");
    assert!(calls.page_reads() <= 3, "{calls:?}");
    assert_eq!(calls.commits(), 0, "{calls:?}");
}

#[test]
fn a_coupon_costs_one_swap_and_at_most_four_reads_of_pages() {
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
    assert!(page_reads_max <= 4, "{page_reads_max} reads of pages");
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
    run(call.update("UpdateCustomerAccountAmount", async |books| {
        let transfer_id = adjust::allocate_to_customer(books, &order).await?;
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
    assert!(reads_max <= 2 + 4, "{reads_max} reads");
    assert!(commits <= 1_100, "{commits} commits");
    println!("1,000 allocations: {commits} commits, at most {reads_max} reads without a fold");

    let call = host.admit(host.signed("GET", "/", &[], "")).expect("admitted");
    let partner = call.caller().partner().expect("a partner").partner_id.clone();
    let account = AccountId::PartnerBalance(partner.clone());
    let always = Period::of_seconds(None, None);
    let filter = ChangeFilter::default();
    let changes = run(call
        .read(async |books| statement::changes(books, &account, always, &filter, 500, 10).await));
    assert_eq!(changes.expect("read").total_count, 1_001);
    let of_changes = host.store.take_calls();
    let filter =
        AdjustFilter { customer_id: None, operation_type: None, trans_id: None, period: always };
    let records =
        run(call.read(async |books| {
            statement::adjust_records(books, &partner, &filter, 500, 10).await
        }));
    assert_eq!(records.expect("read").total_count, 1_000);
    for calls in [of_changes, host.store.take_calls()] {
        assert!(calls.gets + calls.batch_gets <= 20, "{calls:?}");
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
    run(call.update("SendVerificationMessageCode", async |books| {
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
    run(call.update("CreateSubCustomer", async |books| {
        assert_eq!(registration::create(books, &order).await?, Registered::Created);
        Ok(Answer::no_content())
    }))
    .expect("created");
    host.store.take_calls()
}

#[test]
fn a_new_customer_costs_one_swap_and_at_most_six_reads_of_pages() {
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
    assert!(reads_max <= 2 + 6, "{reads_max} reads");
}

#[test]
fn a_page_of_customers_costs_the_depth_of_the_store() {
    let host = grown();
    let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
    let caller = call.caller().partner().expect("a partner").clone();
    let filter = CustomerFilter::default();
    let page = run(
        call.read(async |books| books.customers(&caller.partner_id, &filter, 1_500, 100).await)
    )
    .expect("read");
    assert_eq!((page.items.len(), page.total_count), (100, 3_002));
    let calls = host.store.take_calls();
    println!("100 of 3,002 customers: {calls:?}");
    assert!(calls.gets + calls.batch_gets <= 2 + 12, "{calls:?}");
}
