//! `ListPartnerAccountChangeRecords`: what came into a partner's account, and what went.

use chrono::{DateTime, Months, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde_json::json;

use crate::harness::app::App;
use crate::harness::book::DEMO;
use crate::harness::calendar;
use crate::harness::json::Json;
use crate::harness::money::{call, decimal, import, move_money};
use crate::harness::signer::{Key, quote};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListPartnerAccountChangeRecords";
const PATH: &str = "/v2/accounts/partner-accounts/account-change-records";

const CASH: (&str, &str) = ("balance_type", "BALANCE_TYPE_DEBIT");
const CREDIT: (&str, &str) = ("balance_type", "BALANCE_TYPE_CREDIT");

/// Before all that these tests book: by default only the last year is shown.
const EVER: (&str, &str) = ("trade_time_begin", "2000-01-01");

const RECHARGE: &str = "SOURCE_OPERAIION_RECHARGE";
const ALLOCATION: &str = "SOURCE_OPERATION_BEADJUST";
const RECLAIM: &str = "SOURCE_OPERATION_BERETRIEVE";

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

/// A change: how it is named, by how much with its sign, what was held afterwards, and whom else
/// it concerns.
type Change<'a> = (&'a str, &'a str, &'a str, Option<&'a str>);

/// An answer has exactly these changes, which are in the order they happened.
fn assert_changes(body: &Json, expected: &[Change<'_>], what: &str) {
    assert_eq!(body.text_at("currency"), "CNY");
    let count = i64::try_from(expected.len()).expect("fits");
    assert_eq!(body.at("total_count").as_integer(), count, "{what} {body:?}");
    let records = body.at("records").as_list();
    assert_eq!(records.len(), expected.len(), "{what}");
    for (record, (name, amount, after, concerned)) in records.iter().rev().zip(expected) {
        assert_eq!(record.text_at("trade_detail_type"), *name, "{what}");
        assert_eq!(signed_amount(record), decimal(amount), "{what}");
        assert_eq!(decimal(record.text_at("balance_after_change")), decimal(after), "{what}");
        assert_eq!(record.get("customer_id").map(Json::as_text), *concerned, "{what}");
        assert!(!record.text_at("account_change_id").is_empty());
        assert!(!record.text_at("trade_id").is_empty());
    }
}

fn signed_amount(record: &Json) -> Decimal {
    let amount = decimal(record.text_at("change_amount"));
    assert!(amount.is_sign_positive(), "{amount}");
    match record.text_at("type") {
        "1" => amount,
        other => {
            assert_eq!(other, "2");
            -amount
        }
    }
}

/// Each line's balance is that of the line before with its own amount.
fn assert_runs(body: &Json, from: &str) {
    let mut balance = decimal(from);
    for record in body.at("records").as_list().iter().rev() {
        balance += signed_amount(record);
        assert_eq!(decimal(record.text_at("balance_after_change")), balance, "{record:?}");
    }
}

/// A tenant with money moved both ways, to customers and resellers.
fn with_history(app: &App) -> Tenant {
    let tenant = Tenant::in_books_of(app);
    let reseller = &tenant.reseller.principal_id;
    let customer = &tenant.customers[0];
    for (operation, fields) in [
        ("UpdateCustomerAccountAmount", json!({"customer_id": customer, "amount": "100.00"})),
        (
            "UpdateIndirectPartnerAccount",
            json!({"indirect_partner_id": reseller, "amount": "200.10"}),
        ),
        ("ReclaimToPartnerAccount", json!({"customer_id": customer, "amount": "0.99"})),
        (
            "UpdateCustomerAccountAmount",
            json!({"customer_id": tenant.reseller_customer, "amount": "270.60",
                   "indirect_partner_id": reseller}),
        ),
        (
            "ReclaimToPartnerAccount",
            json!({"customer_id": tenant.reseller_customer, "amount": "5.00",
                   "indirect_partner_id": reseller}),
        ),
        (
            "ReclaimIndirectPartnerAccount",
            json!({"indirect_partner_id": reseller, "amount": "4.50"}),
        ),
    ] {
        move_money(app, &tenant.distributor, operation, &fields).expect("moved");
    }
    tenant
}

#[test]
fn answers_every_change_newest_first_with_the_balance_after_it() {
    let app = App::shared();
    let tenant = with_history(app);
    let (customer, reseller) = (&*tenant.customers[0], &*tenant.reseller.principal_id);
    let fields = json!({"balance_type": CASH.1, EVER.0: EVER.1});
    let body = call(app, &tenant.distributor, OPERATION, &fields).expect("changes");
    let expected = [
        (RECHARGE, "1000.01", "1000.01", None),
        (RECHARGE, "0.09", "1000.10", None),
        (ALLOCATION, "-100.00", "900.10", Some(customer)),
        (ALLOCATION, "-200.10", "700.00", Some(reseller)),
        (RECLAIM, "0.99", "700.99", Some(customer)),
        (RECLAIM, "4.50", "705.49", Some(reseller)),
    ];
    assert_changes(&body, &expected, "cash");
    assert_runs(&body, "0");
    let fields = json!({"balance_type": CREDIT.1, EVER.0: EVER.1});
    let body = call(app, &tenant.distributor, OPERATION, &fields).expect("changes");
    assert_changes(&body, &[(RECHARGE, "500.00", "500.00", None)], "credit");
}

#[test]
fn answers_a_resellers_changes_to_its_distributor() {
    let app = App::shared();
    let tenant = with_history(app);
    let (customer, reseller) = (&*tenant.reseller_customer, &*tenant.reseller.principal_id);
    let fields = json!({"balance_type": CASH.1, "indirect_partner_id": reseller, EVER.0: EVER.1});
    let body = call(app, &tenant.distributor, OPERATION, &fields).expect("changes");
    let expected = [
        (RECHARGE, "70.50", "70.50", None),
        (ALLOCATION, "200.10", "270.60", Some(reseller)),
        (ALLOCATION, "-270.60", "0.00", Some(customer)),
        (RECLAIM, "5.00", "5.00", Some(customer)),
        (RECLAIM, "-4.50", "0.50", Some(reseller)),
    ];
    assert_changes(&body, &expected, "the reseller's");
    assert_runs(&body, "0");
    let other = ("indirect_partner_id", &*tenant.other_reseller_id);
    assert_changes(&get(app, &tenant.distributor, &[CASH, other]), &[], "nothing yet");
}

#[test]
fn answers_the_demo_books_changes() {
    let app = App::shared();
    for partner in DEMO.partners("distributor").iter().chain(&DEMO.partners("solution_provider")) {
        for balance in DEMO.balances(partner) {
            let kind = if balance.account_type == 1 { CASH } else { CREDIT };
            let body = get(app, &DEMO.key(partner), &[kind]);
            let sum: Decimal = body.at("records").as_list().iter().map(signed_amount).sum();
            assert_eq!(sum, balance.amount, "{partner}");
            assert_runs(&body, "0");
        }
    }
}

#[test]
fn names_each_trade_by_what_was_booked_or_moved() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let fields = json!({"customer_id": tenant.customers[0], "amount": "1.00"});
    let moved = move_money(app, &tenant.distributor, "UpdateCustomerAccountAmount", &fields);
    let body = get(app, &tenant.distributor, &[CASH]);
    let ids = |name: &str| -> Vec<String> {
        let records = body.at("records").as_list().iter();
        records.map(|record| record.text_at(name).to_owned()).collect()
    };
    let booking = |name: &str| format!("{}-{name}", tenant.tenant_id);
    assert_eq!(ids("trade_id"), [moved.expect("moved"), booking("more-cash"), booking("cash")]);
    let mut changes = ids("account_change_id");
    changes.dedup();
    assert_eq!(changes.len(), 3);
}

#[test]
fn filters_by_each_group_of_changes() {
    let app = App::shared();
    let tenant = with_history(app);
    let booked = [
        ("DEDEUCT", "SOURCE_OPERAIION_DEDEUCT"),
        ("REFUND", "SOURCE_OPERAIION_REFUND"),
        ("RFROZEN", "SOURCE_OPERAIION_RFROZEN"),
        ("TRANS", "SOURCE_OPERAIION_TRANS_TO_BALANCE"),
        ("ADJUST", "SOURCE_OPERAIION_ADJUST"),
        ("BEUNBIND", "SOURCE_OPERATION_BEUNBIND"),
        ("BONUSCONVERT", "SOURCE_OPERAIION_CONVERT_BONUS"),
        ("TRADE_MODE_TRANSFER", "SOURCE_OPERATION_TRADEMODE_TRANSFER"),
    ];
    for (number, (trade_type, _)) in booked.iter().enumerate() {
        import_booking(app, &tenant, &format!("b{number}"), "1.00", &now(), Some(trade_type));
    }
    let details = |trade_type: &str| -> Vec<String> {
        let parameters = [CASH, ("trade_type", trade_type), ("limit", "100")];
        let body = get(app, &tenant.distributor, &parameters);
        let records = body.at("records").as_list();
        assert_eq!(usize::try_from(body.at("total_count").as_integer()), Ok(records.len()));
        records.iter().map(|record| record.text_at("trade_detail_type").to_owned()).collect()
    };
    for (trade_type, detail) in booked {
        assert_eq!(details(trade_type), [detail]);
    }
    assert_eq!(details("RECHARGE"), [RECHARGE; 2]);
    assert_eq!(details("BEADJUST"), [ALLOCATION; 2]);
    assert_eq!(details("BERETRIEVE"), [RECLAIM; 2]);
    assert_eq!(details("").len(), 6 + booked.len());
}

fn now() -> String {
    wire(Utc::now())
}

fn wire(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Money from outside for the tenant's reseller number two, which has none so far, or for the
/// distributor when the trade is named.
fn import_booking(
    app: &App,
    tenant: &Tenant,
    id: &str,
    amount: &str,
    at: &str,
    trade_type: Option<&str>,
) {
    let partner = match trade_type {
        None => &tenant.other_reseller_id,
        Some(_) => &tenant.distributor.principal_id,
    };
    let mut line = json!({"kind": "booking", "partner_id": partner, "account_type": 1,
                          "booking_id": format!("{}-{id}", tenant.tenant_id),
                          "amount": amount, "at": at});
    if let Some(trade_type) = trade_type {
        line["trade_type"] = json!(trade_type);
    }
    import(app, tenant, line);
}

/// Amounts of the other reseller's changes, newest first.
fn amounts(app: &App, tenant: &Tenant, parameters: &[(&str, &str)]) -> Vec<Decimal> {
    let reseller = ("indirect_partner_id", &*tenant.other_reseller_id);
    let parameters = [parameters, &[CASH, reseller, ("limit", "100")]].concat();
    let body = get(app, &tenant.distributor, &parameters);
    let records = body.at("records").as_list();
    assert_eq!(usize::try_from(body.at("total_count").as_integer()), Ok(records.len()));
    records.iter().map(signed_amount).collect()
}

#[test]
fn dates_are_those_of_utc_plus_8_both_included() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (id, amount, at) in [
        ("a", "1.00", "2026-02-28T15:59:59Z"),
        ("b", "2.00", "2026-02-28T16:00:00Z"),
        ("c", "4.00", "2026-03-01T15:59:59Z"),
        ("d", "8.00", "2026-03-01T16:00:00Z"),
    ] {
        import_booking(app, &tenant, id, amount, at, None);
    }
    for (begin, end, expected) in [
        ("2026-03-01", "2026-03-01", &["4", "2"][..]),
        ("2026-02-28", "2026-03-01", &["4", "2", "1"]),
        ("2026-02-28", "2026-02-28", &["1"]),
        ("2026-03-02", "2026-03-02", &["8"]),
        ("2026-03-03", "2026-03-09", &[]),
        ("2026-03-01", "", &["8", "4", "2"]),
        ("2000-01-01", "2026-02-28", &["1"]),
    ] {
        let dates = [("trade_time_begin", begin), ("trade_time_end", end)];
        let expected: Vec<Decimal> = expected.iter().map(|digits| decimal(digits)).collect();
        assert_eq!(amounts(app, &tenant, &dates), expected, "{begin} {end}");
    }
}

#[test]
fn by_default_a_year_is_shown() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let year_ago = calendar::today() - Months::new(12);
    let begin = year_ago.and_time(chrono::NaiveTime::MIN).and_utc() - calendar::AHEAD;
    import_booking(app, &tenant, "before", "1.00", &wire(begin - TimeDelta::seconds(1)), None);
    import_booking(app, &tenant, "first", "2.00", &wire(begin), None);
    import_booking(app, &tenant, "tomorrow", "4.00", &wire(Utc::now() + TimeDelta::days(1)), None);
    let by_default = (EVER.0, "");
    assert_eq!(amounts(app, &tenant, &[by_default]), [decimal("2")]);
    assert_eq!(amounts(app, &tenant, &[EVER]), [decimal("2"), decimal("1")]);
    let until = [by_default, ("trade_time_end", "2099-12-31")];
    assert_eq!(amounts(app, &tenant, &until), [decimal("4"), decimal("2")]);
}

#[test]
fn what_is_booked_for_the_past_stands_there_with_the_balance_after_it_was_booked() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    import_booking(app, &tenant, "later", "10.00", "2026-05-02T00:00:00Z", None);
    import_booking(app, &tenant, "earlier", "1.00", "2026-05-01T00:00:00Z", None);
    let reseller = ("indirect_partner_id", &*tenant.other_reseller_id);
    let body = get(app, &tenant.distributor, &[CASH, reseller]);
    let expected = [(RECHARGE, "1", "11", None), (RECHARGE, "10", "10", None)];
    assert_changes(&body, &expected, "by the time of the trade");
}

#[test]
fn pages_show_every_change_once() {
    let app = App::shared();
    let tenant = with_history(app);
    let whole = get(app, &tenant.distributor, &[CASH]);
    let whole = whole.at("records").as_list();
    let only = get(app, &tenant.distributor, &[CASH, ("trade_type", "BEADJUST")]);
    let only = only.at("records").as_list();
    for (filter, whole) in [(&[][..], whole), (&[("trade_type", "BEADJUST")], only)] {
        for limit in [1, 4, 100] {
            for offset in 0..=whole.len() {
                let (from, most) = (offset.to_string(), limit.to_string());
                let parameters = [filter, &[CASH, ("offset", &from), ("limit", &most)]].concat();
                let page = get(app, &tenant.distributor, &parameters);
                let end = whole.len().min(offset + limit);
                assert_eq!(page.at("records").as_list(), &whole[offset..end]);
                let count = i64::try_from(whole.len()).expect("fits");
                assert_eq!(page.at("total_count").as_integer(), count);
            }
        }
    }
}

#[test]
fn ten_changes_by_default() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for number in 0..12 {
        import_booking(app, &tenant, &format!("n{number}"), "1.00", &now(), None);
    }
    let reseller = ("indirect_partner_id", &*tenant.other_reseller_id);
    let body = get(app, &tenant.distributor, &[CASH, reseller]);
    assert_eq!(body.at("records").as_list().len(), 10);
    assert_eq!(body.at("total_count").as_integer(), 12);
}

#[test]
fn shows_the_account_names_of_those_that_have_one() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = format!("{}-named", tenant.tenant_id);
    let line = json!({"kind": "customer", "customer_id": customer, "association_type": "2",
                      "partner_id": tenant.distributor.principal_id, "account_name": "named_one"});
    import(app, &tenant, line);
    let fields = json!({"customer_id": customer, "amount": "1.00"});
    move_money(app, &tenant.distributor, "UpdateCustomerAccountAmount", &fields).expect("moved");
    let body = get(app, &tenant.distributor, &[CASH]);
    let records = body.at("records").as_list();
    assert_eq!(records[0].text_at("account_name"), "named_one");
    assert_eq!(records[1].get("account_name"), None);
}

#[test]
fn refuses_parameters_that_are_not_the_operations() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let cash = format!("{}={}", CASH.0, CASH.1);
    for query in [
        "".to_owned(),
        "balance_type=BALANCE_TYPE_BONUS".to_owned(),
        format!("{cash}&trade_type=CREDIT_GRANT"),
        format!("{cash}&trade_type=EXPIRED"),
        format!("{cash}&trade_time_begin=2026-02-30"),
        format!("{cash}&trade_time_begin=2026-01-01T00:00:00Z"),
        format!("{cash}&trade_time_begin=2026-02-02&trade_time_end=2026-02-01"),
        format!("{cash}&limit=101"),
        format!("{cash}&trade_id=x"),
    ] {
        let reply = app.get(&tenant.distributor, &format!("{PATH}?{query}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = with_history(app);
    let before = app.audit(&tenant.tenant_id);
    let target = format!("{PATH}?{}={}", CASH.0, CASH.1);
    let first = app.get(&tenant.distributor, &target);
    assert_eq!(first.body, app.get(&tenant.distributor, &target).body);
    assert_eq!(app.get(&tenant.distributor, PATH).status, 400);
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
