//! `GET /operator/v1/balances`: what accounts held at any moment.

use std::time::Duration;

use chrono::Utc;
use serde_json::json;

use crate::harness::app::App;
use crate::harness::coupons::at;
use crate::harness::json::Json;
use crate::harness::money::allocate;
use crate::harness::orders::{fund, line, pay, place_with, with_money};
use crate::harness::tenant::Tenant;
use crate::harness::usage::{catalogue, meter, ticket};

const PATH: &str = "/operator/v1/balances";

fn ask(app: &App, tenant: &Tenant, query: &str) -> Json {
    let target = format!("{PATH}?tenant_id={}&{query}", tenant.tenant_id);
    let reply = app.operator("GET", &target, "");
    assert_eq!(reply.status, 200, "{query}: {}", reply.text());
    reply.json()
}

/// Each account with its balance.
fn balances(answer: &Json) -> Vec<String> {
    let held = answer.at("balances").as_list().iter();
    held.map(|it| format!("{} {}", it.text_at("account"), it.text_at("balance"))).collect()
}

/// Amounts and balances of the changes, newest first.
fn changes(answer: &Json) -> Vec<String> {
    let changes = answer.at("changes").as_list().iter();
    changes.map(|it| format!("{} {}", it.text_at("amount"), it.text_at("balance"))).collect()
}

#[test]
fn shows_what_was_held_after_each_of_several_movements() {
    let app = App::shared();
    catalogue(app);
    let tenant = Tenant::in_books_of(app);
    let customer = format!("customer_id={}", tenant.customers[0]);
    let partner = format!("partner_id={}", tenant.distributor.principal_id);
    let after = || {
        let now = ask(app, &tenant, &customer);
        now.at("transaction").as_integer()
    };
    let begin = after();
    allocate(app, &tenant, &tenant.customers[0], "40.00");
    let allocated = after();
    let order_id = place_with(app, &tenant, &[line(1)], json!({})).text_at("order_id").to_owned();
    assert_eq!(pay(app, &tenant.customer, &with_money(&order_id)).0, 204);
    let paid = after();
    assert_eq!(meter(app, &tenant.tenant_id, &[ticket(&tenant, "a", "300")]).status, 200);
    let used = after();
    // For a day in the past, and last of all: it changes no answer about what was before.
    fund(app, &tenant, &tenant.customers[0], "20.00");

    let own = [
        (begin, &["cash 0.00"][..]),
        (allocated, &["cash 40.00"]),
        (paid, &["cash 7.80"]),
        (used, &["cash 0.00", "debt 16.50"]),
        (after(), &["cash 3.50", "debt 0.00"]),
    ];
    for (transaction, expected) in own {
        let query = format!("{customer}&transaction={transaction}");
        assert_eq!(balances(&ask(app, &tenant, &query)), expected, "{transaction}");
    }
    assert_eq!(balances(&ask(app, &tenant, &customer)), own[4].1);
    for (transaction, expected) in [
        (begin, &["cash 1000.10", "credit 500.00"][..]),
        (allocated, &["cash 960.10", "credit 500.00"]),
        (paid, &["cash 960.10", "credit 500.00", "clearing 32.20"]),
        (used, &["cash 960.10", "credit 500.00", "clearing 32.20", "revenue 7.80"]),
    ] {
        let query = format!("{partner}&transaction={transaction}");
        assert_eq!(balances(&ask(app, &tenant, &query)), expected, "{transaction}");
    }

    let statement = |query: &str| {
        let answer = ask(app, &tenant, &format!("{customer}&account=cash&{query}"));
        (answer.at("total_count").as_integer(), changes(&answer))
    };
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    assert_eq!(statement(&format!("transaction={begin}")), (0, vec![]));
    let until_paid = lines(&["-32.20 7.80", "40.00 40.00"]);
    assert_eq!(statement(&format!("transaction={paid}")), (2, until_paid));
    let page = format!("transaction={used}&offset=1&limit=1");
    assert_eq!(statement(&page), (3, lines(&["-32.20 7.80"])));
    assert_eq!(statement("limit=2"), (5, lines(&["-16.50 3.50", "20.00 20.00"])));
    app.audit(&tenant.tenant_id);
}

#[test]
fn shows_what_was_held_at_the_end_of_a_second() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = format!("customer_id={}", tenant.customers[0]);
    let pass_a_second = || {
        let second = at(Utc::now());
        while at(Utc::now()) == second {
            std::thread::sleep(Duration::from_millis(20));
        }
        second
    };
    let before = pass_a_second();
    allocate(app, &tenant, &tenant.customers[0], "1.00");
    allocate(app, &tenant, &tenant.customers[0], "2.00");
    let between = pass_a_second();
    allocate(app, &tenant, &tenant.customers[0], "4.00");
    let last = pass_a_second();
    for (as_of, expected) in [(before, "cash 0.00"), (between, "cash 3.00"), (last, "cash 7.00")] {
        let answer = ask(app, &tenant, &format!("{customer}&as_of={as_of}"));
        assert_eq!(balances(&answer), [expected], "{as_of}");
    }
}

#[test]
fn credit_is_shown_by_the_time_at_which_it_expires() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let ends = "2090-01-01T00:00:00Z";
    let credit = |id: &str, amount: &str, more: serde_json::Value| {
        let mut line = json!({"kind": "booking", "tenant_id": tenant.tenant_id,
                              "booking_id": format!("{}-{id}", tenant.tenant_id),
                              "customer_id": tenant.customers[0], "account_type": 2,
                              "amount": amount, "at": "2026-01-05T02:00:00Z"});
        for (name, value) in more.as_object().expect("fields") {
            line[name] = value.clone();
        }
        let reply = app.operator("POST", "/operator/v1/books", format!("{line}\n"));
        assert_eq!(reply.status, 200, "{}", reply.text());
    };
    credit("forever", "5.00", json!({}));
    credit("for-a-while", "6.00", json!({"expire_time": ends}));
    let customer = format!("customer_id={}", tenant.customers[0]);
    let answer = ask(app, &tenant, &customer);
    assert_eq!(balances(&answer), ["cash 0.00", "credit 6.00", "credit 5.00"]);
    assert_eq!(answer.at("balances").as_list()[1].text_at("expire_time"), ends);
    let never = ask(app, &tenant, &format!("{customer}&account=credit"));
    assert_eq!(changes(&never), ["5.00 5.00"]);
    let query = format!("{customer}&account=credit&expire_time={ends}");
    assert_eq!(changes(&ask(app, &tenant, &query)), ["6.00 6.00"]);
}

#[test]
fn refuses_other_moments_and_accounts() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = format!("customer_id={}", tenant.customers[0]);
    let partner = format!("partner_id={}", tenant.distributor.principal_id);
    for query in [
        String::new(),
        format!("{customer}&{partner}"),
        "customer_id=nobody".to_owned(),
        "partner_id=nobody".to_owned(),
        format!("{customer}&as_of=2090-01-01T00:00:00Z"),
        format!("{customer}&as_of=2020-01-01T00:00:00Z"),
        format!("{customer}&as_of=2026-09-30"),
        format!("{customer}&as_of=2026-09-30T00:00:00Z&transaction=1"),
        format!("{customer}&transaction=0"),
        format!("{customer}&transaction=1000000"),
        format!("{customer}&account=clearing"),
        format!("{customer}&account=credit"),
        format!("{customer}&account=cash&expire_time=2090-01-01T00:00:00Z"),
        format!("{partner}&account=debt"),
        format!("{partner}&account=gold"),
        format!("{partner}&limit=101"),
        format!("{partner}&colour=red"),
    ] {
        let target = format!("{PATH}?tenant_id={}&{query}", tenant.tenant_id);
        let reply = app.operator("GET", &target, "");
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}: {}", reply.text());
    }
    let nobody = app.operator("GET", &format!("{PATH}?tenant_id=nobody&{customer}"), "");
    assert_eq!(nobody.outcome(), (404, "CBC.0101".to_owned()));
}
