//! `ListCustomerAccountChangeRecords`: what came into a customer's own account, and what went.
//!
//! The customers that may ask are those that pay the cloud directly: what they pay in comes from
//! the books.

use rust_decimal::Decimal;
use serde_json::json;

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::{allocate, call, decimal, import, key_of_customer, refused};
use crate::harness::signer::{Key, quote};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListCustomerAccountChangeRecords";
const PATH: &str = "/v2/accounts/customer-accounts/account-change-records";

const CASH: (&str, &str) = ("balance_type", "BALANCE_TYPE_DEBIT");
const CREDIT: (&str, &str) = ("balance_type", "BALANCE_TYPE_CREDIT");

/// Before all that these tests book: by default only the last year is shown.
const EVER: (&str, &str) = ("trade_time_begin", "2000-01-01");

/// Bookings for the referral customer: identity, trade type, amount, time.
const BOOKINGS: [(&str, &str, &str, &str); 5] = [
    ("a", "RECHARGE", "100.00", "2026-02-28T15:59:59Z"),
    ("b", "ADJUST", "0.01", "2026-02-28T16:00:00Z"),
    ("c", "REFUND", "5.50", "2026-03-01T15:59:59Z"),
    ("d", "RECHARGE", "40.00", "2026-03-01T16:00:00Z"),
    ("e", "BONUSCONVERT", "1.25", "2026-04-01T00:00:00Z"),
];

/// A tenant whose referral customer has paid in, and that customer's key.
fn with_history(app: &App) -> (Tenant, Key) {
    let tenant = Tenant::in_books_of(app);
    let key = key_of_customer(app, &tenant, &tenant.referral_customer);
    for (id, trade_type, amount, at) in BOOKINGS {
        let line = json!({"kind": "booking", "booking_id": booking(&tenant, id),
                          "customer_id": tenant.referral_customer, "account_type": 1,
                          "amount": amount, "trade_type": trade_type, "at": at});
        import(app, &tenant, line);
    }
    (tenant, key)
}

fn booking(tenant: &Tenant, id: &str) -> String {
    format!("{}-{id}", tenant.tenant_id)
}

/// Asks for all that was ever booked, unless the parameters say from when on.
fn get(app: &App, key: &Key, parameters: &[(&str, &str)]) -> Json {
    let mut parameters = parameters.to_vec();
    if !parameters.iter().any(|(name, _)| *name == EVER.0) {
        parameters.push(EVER);
    }
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", quote(value))).collect();
    let reply = app.get(key, &format!("{PATH}?{}", pairs.join("&")));
    assert_eq!(reply.status, 200, "{parameters:?} {}", reply.text());
    reply.json()
}

/// Checks that an answer has the bookings of these letters, newest first, and no others.
fn assert_bookings(body: &Json, tenant: &Tenant, letters: &str) {
    let records = body.at("records").as_list();
    let read: Vec<&str> = records.iter().map(|record| record.text_at("trade_id")).collect();
    let expected: Vec<String> =
        letters.chars().map(|letter| booking(tenant, &letter.to_string())).collect();
    assert_eq!(read, expected);
    let count = i64::try_from(expected.len()).expect("fits");
    assert_eq!(body.at("total_count").as_integer(), count);
    assert_eq!(body.text_at("currency"), "CNY");
}

#[test]
fn answers_every_change_newest_first_with_the_balance_after_it() {
    let app = App::shared();
    let (tenant, key) = with_history(app);
    let body = call(app, &key, OPERATION, &json!({"balance_type": CASH.1, EVER.0: EVER.1}))
        .expect("changes");
    assert_bookings(&body, &tenant, "edcba");
    let mut balance = Decimal::ZERO;
    for (record, (_, _, amount, at)) in body.at("records").as_list().iter().rev().zip(BOOKINGS) {
        balance += decimal(amount);
        assert_eq!(decimal(record.text_at("change_amount")), decimal(amount));
        assert_eq!(decimal(record.text_at("balance_after_change")), balance);
        assert_eq!(record.text_at("revenue_expense_type"), "REVENUE");
        assert_eq!(record.text_at("trade_time"), at);
    }
    let body = call(app, &key, OPERATION, &json!({"balance_type": CREDIT.1, EVER.0: EVER.1}))
        .expect("changes");
    assert_bookings(&body, &tenant, "");
}

#[test]
fn filters_by_direction_group_and_trade() {
    let app = App::shared();
    let (tenant, key) = with_history(app);
    let one = booking(&tenant, "c");
    for (name, value, letters) in [
        ("revenue_expense_type", "REVENUE", "edcba"),
        ("revenue_expense_type", "EXPENSE", ""),
        ("trade_type", "RECHARGE", "da"),
        ("trade_type", "ADJUST", "b"),
        ("trade_type", "REFUND", "c"),
        ("trade_type", "BONUSCONVERT", "e"),
        ("trade_type", "BEADJUST", ""),
        ("trade_type", "EXPIRED", ""),
        ("trade_type", "DEPOSIT", ""),
        ("trade_type", "null", ""),
        ("trade_type", "", "edcba"),
        ("trade_id", one.as_str(), "c"),
        ("trade_id", "nothing", ""),
        ("trade_id", "null", ""),
        ("trade_id", "", "edcba"),
        ("payment_channel_id", "1", ""),
        ("payment_channel_id", "1,317,11", ""),
        ("payment_channel_id", "null", ""),
        ("payment_channel_id", "\"\"", ""),
        ("payment_channel_id", "", "edcba"),
        ("payment_channel_no", "x", ""),
        ("payment_channel_no", "", "edcba"),
    ] {
        let body = get(app, &key, &[CASH, (name, value)]);
        assert_bookings(&body, &tenant, letters);
    }
    let both = [CASH, ("trade_type", "RECHARGE"), ("trade_id", &one)];
    assert_bookings(&get(app, &key, &both), &tenant, "");
}

#[test]
fn dates_are_those_of_utc_plus_8_both_included() {
    let app = App::shared();
    let (tenant, key) = with_history(app);
    for (begin, end, letters) in [
        ("2026-03-01", "2026-03-01", "cb"),
        ("2026-02-28", "2026-03-01", "cba"),
        ("2026-03-02", "", "ed"),
        ("2000-01-01", "2026-02-28", "a"),
        ("2026-05-01", "2026-05-02", ""),
    ] {
        let dates = [CASH, ("trade_time_begin", begin), ("trade_time_end", end)];
        assert_bookings(&get(app, &key, &dates), &tenant, letters);
    }
}

#[test]
fn pages_show_every_change_once() {
    let app = App::shared();
    let (_, key) = with_history(app);
    let whole = get(app, &key, &[CASH]);
    let whole = whole.at("records").as_list();
    for limit in [1, 2, 100] {
        for offset in 0..=whole.len() {
            let (from, most) = (offset.to_string(), limit.to_string());
            let page = get(app, &key, &[CASH, ("offset", &from), ("limit", &most)]);
            let end = whole.len().min(offset + limit);
            assert_eq!(page.at("records").as_list(), &whole[offset..end]);
            assert_eq!(page.at("total_count").as_integer(), 5);
        }
    }
}

#[test]
fn refuses_customers_of_the_resale_model() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    allocate(app, &tenant, &tenant.customers[0], "1.00");
    for kind in [CASH, CREDIT] {
        let answer = call(app, &tenant.customer, OPERATION, &json!({"balance_type": kind.1}));
        assert_eq!(answer, refused(400, "CBC.99000084"));
    }
}

#[test]
fn refuses_parameters_that_are_not_the_operations() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = key_of_customer(app, &tenant, &tenant.referral_customer);
    let cash = format!("{}={}", CASH.0, CASH.1);
    let many = vec!["1"; 33].join(",");
    for query in [
        "".to_owned(),
        "balance_type=null".to_owned(),
        format!("{cash}&revenue_expense_type="),
        format!("{cash}&revenue_expense_type=null"),
        format!("{cash}&revenue_expense_type=%22%22"),
        format!("{cash}&trade_type=%22%22"),
        format!("{cash}&trade_type=CREDIT_GRANT"),
        format!("{cash}&trade_time_begin=null"),
        format!("{cash}&trade_time_end=%22%22"),
        format!("{cash}&trade_time_begin=2026-02-02&trade_time_end=2026-02-01"),
        format!("{cash}&trade_id=%22%22"),
        format!("{cash}&trade_id={}", "x".repeat(129)),
        format!("{cash}&payment_channel_id=3"),
        format!("{cash}&payment_channel_id=1,"),
        format!("{cash}&payment_channel_id={many}"),
        format!("{cash}&limit=101"),
        format!("{cash}&limit=0"),
        format!("{cash}&indirect_partner_id=x"),
    ] {
        let reply = app.get(&key, &format!("{PATH}?{query}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let (tenant, key) = with_history(app);
    let before = app.audit(&tenant.tenant_id);
    let target = format!("{PATH}?{}={}", CASH.0, CASH.1);
    let first = app.get(&key, &target);
    assert_eq!(first.body, app.get(&key, &target).body);
    assert_eq!(app.get(&key, PATH).status, 400);
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
