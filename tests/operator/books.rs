//! `POST /operator/v1/books`: a book, line by line, as far as its lines are right.

use serde_json::{Value, json};

use crate::harness::app::{App, Variables};
use crate::harness::book::{Book, DEMO};
use crate::harness::http::Reply;
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/books";

/// Lines applied and skipped.
fn counts(reply: &Reply) -> (i64, i64) {
    let body = reply.json();
    (body.at("applied").as_integer(), body.at("skipped").as_integer())
}

/// A book of this line is refused.
fn assert_refused(app: &App, line: &Value, what: &str) {
    assert_refused_at_the_end(app, line.to_string().as_bytes(), 1, "CBC.0100", what);
}

/// A book is refused at its last line, with what came before applied.
fn assert_refused_at_the_end(app: &App, text: &[u8], line_count: usize, code: &str, what: &str) {
    let reply = app.operator("POST", PATH, text);
    assert_eq!(reply.outcome(), (400, code.to_owned()), "{what}");
    let line_count = i64::try_from(line_count).expect("fits");
    assert_eq!(reply.json().at("line").as_integer(), line_count, "{what}: {}", reply.text());
    let (applied, skipped) = counts(&reply);
    assert_eq!(applied + skipped, line_count - 1, "{what}: {}", reply.text());
}

fn tenant_line(tenant: &Tenant, extra: Value) -> Value {
    let mut line = json!({"tenant_id": tenant.tenant_id});
    let (Value::Object(line), Value::Object(extra)) = (&mut line, extra) else {
        unreachable!("both are objects")
    };
    line.extend(extra);
    Value::Object(line.clone())
}

fn customer(tenant: &Tenant, number: usize) -> Value {
    let id = format!("{}-more-{number}", tenant.tenant_id);
    tenant_line(
        tenant,
        json!({"kind": "customer", "customer_id": id, "association_type": "2",
               "partner_id": tenant.distributor.principal_id}),
    )
}

fn booking(tenant: &Tenant, id: &str, amount: &str) -> Value {
    tenant_line(
        tenant,
        json!({"kind": "booking", "booking_id": format!("{}-{id}", tenant.tenant_id),
               "partner_id": tenant.distributor.principal_id, "account_type": 1,
               "amount": amount, "trade_type": "RECHARGE", "at": "2026-01-05T02:00:00Z"}),
    )
}

#[test]
fn imports_the_demo_book_and_skips_it_the_second_time() {
    let app = App::start();
    let lines = i64::try_from(DEMO.line_count()).expect("fits");
    let first = app.operator("POST", PATH, DEMO.text());
    assert_eq!((first.status, counts(&first)), (200, (lines, 0)));
    let before = ["demo-distributor", "demo-provider"].map(|tenant| app.audit(tenant));
    let second = app.operator("POST", PATH, DEMO.text());
    assert_eq!((second.status, counts(&second)), (200, (0, lines)));
    let sum = |audit: &Json| (audit.at("sum").clone(), audit.at("accounts").clone());
    let after = ["demo-distributor", "demo-provider"].map(|tenant| app.audit(tenant));
    assert_eq!(after.each_ref().map(sum), before.each_ref().map(sum));
}

#[test]
fn takes_a_book_whose_last_line_does_not_end_and_an_empty_one() {
    let app = App::shared();
    let book = Tenant::new().book;
    let reply = app.operator("POST", PATH, book.text().trim_end());
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(counts(&reply), (i64::try_from(book.line_count()).expect("fits"), 0));
    let reply = app.operator("POST", PATH, "");
    assert_eq!((reply.status, counts(&reply)), (200, (0, 0)));
}

#[test]
fn takes_a_book_larger_than_any_other_body_may_be() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let padding = "x".repeat(900);
    let lines = (0..2500).map(|number| {
        let mut line = customer(&tenant, number);
        line["label"] = json!(padding);
        format!("{line}\n")
    });
    let book = Book::new(lines.collect());
    assert!(book.text().len() > 2 * 1024 * 1024);
    app.import(&book);
    let accounts = |audit: &Json| audit.at("accounts").as_integer();
    assert!(accounts(&app.audit(&tenant.tenant_id)) >= accounts(&before));
}

#[test]
fn keys_from_a_book_open_the_api_at_once() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let path = "/v2/accounts/partner-accounts/balances";
    assert_eq!(app.get(&tenant.distributor, path).status, 200);
}

#[test]
fn stores_no_key_while_there_is_no_master_key() {
    let app = App::start_with(Variables { master_key: "", ..Variables::default() });
    let tenant = Tenant::new();
    let reply = app.operator("POST", PATH, tenant.book.text());
    assert!(reply.status >= 400, "{}", reply.text());
    assert!(reply.text().contains("master_key"), "{}", reply.text());
}

#[test]
fn refuses_other_methods() {
    let reply = App::shared().operator("GET", PATH, "");
    assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")));
}

#[test]
fn stops_at_a_line_that_is_no_line_of_a_book() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let good = format!("{}\n", customer(&tenant, 0));
    let nested = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let cases: [&[u8]; 13] = [
        b"{",
        b"nonsense",
        b"null",
        b"[]",
        b"\"tenant\"",
        b"{}",
        br#"{"kind": "nothing"}"#,
        br#"{"kind": "tenant"}"#,
        br#"{"kind": "tenant", "tenant_id": 1}"#,
        br#"{"kind": "tenant", "tenant_id": "a", "tenant_id": "b"}"#,
        br#"{"kind": "tenant", "tenant_id": ""}"#,
        b"{\"kind\": \"tenant\", \"tenant_id\": \"\xff\"}",
        nested.as_bytes(),
    ];
    for case in cases {
        let text = [good.as_bytes(), case, b"\n"].concat();
        let what = String::from_utf8_lossy(case);
        assert_refused_at_the_end(app, &text, 2, "CBC.0100", &what);
        // What follows is not applied, whatever it is.
        let later = format!("{}\n", customer(&tenant, 1));
        let text = [good.as_bytes(), case, b"\n", later.as_bytes()].concat();
        let reply = app.operator("POST", PATH, &text);
        assert_eq!(reply.json().at("line").as_integer(), 2);
        assert_eq!(counts(&reply), (0, 1), "the first line is there since the first time");
    }
    let reply = app.operator("POST", PATH, format!("{}\n", customer(&tenant, 1)));
    assert_eq!(counts(&reply), (1, 0));
}

#[test]
fn refuses_amounts_that_are_none() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    for amount in ["0", "-1", "0.123456789", "abc", "", "1,5", "NaN", &"9".repeat(40)] {
        assert_refused(app, &booking(&tenant, "bad", amount), amount);
    }
    let mut number = booking(&tenant, "bad", "1");
    number["amount"] = json!(1);
    assert_refused(app, &number, "a JSON number");
    assert_eq!(app.audit(&tenant.tenant_id).at("sum"), before.at("sum"));
}

#[test]
fn refuses_lines_that_refer_to_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    let with = |mut line: Value, name: &str, value: &str| {
        line[name] = json!(value);
        line
    };
    for (line, what) in [
        (with(customer(&tenant, 7), "tenant_id", "nothing"), "tenant"),
        (with(customer(&tenant, 7), "partner_id", "nobody"), "partner"),
        (with(booking(&tenant, "x", "1"), "partner_id", "nobody"), "partner of a booking"),
        (
            with(booking(&tenant, "x", "1"), "partner_id", &other.distributor.principal_id),
            "another tenant's partner",
        ),
        (
            tenant_line(
                &tenant,
                json!({"kind": "partner", "partner_id": "orphan", "partner_kind": "reseller",
                       "distributor_id": "nobody"}),
            ),
            "distributor",
        ),
        (
            tenant_line(
                &tenant,
                json!({"kind": "access_key", "access_key_id": "ORPHANKEY", "secret_key": "0123456789abcdef",
                       "partner_id": "nobody"}),
            ),
            "principal of a key",
        ),
        (
            tenant_line(
                &tenant,
                json!({"kind": "realname_review", "customer_id": "nobody", "review_id": "r",
                       "submitted_at": "2026-03-02T06:00:00Z", "review_result": 0}),
            ),
            "customer of a review",
        ),
    ] {
        assert_refused(app, &line, what);
    }
}

#[test]
fn refuses_an_id_that_is_taken_by_something_else() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (kind, name, value) in [
        ("customer", "association_type", json!("1")),
        ("booking", "amount", json!("999.00")),
        ("coupon_quota", "quota_value", json!("999.00")),
        ("quota_grant", "amount", json!("1.00")),
        ("access_key", "secret_key", json!("another-secret")),
        ("partner", "name", json!("another name")),
    ] {
        let text = tenant.book.text();
        let line = text.lines().find(|line| line.contains(&format!("\"kind\":\"{kind}\"")));
        let mut line: Value = serde_json::from_str(line.expect("one of each")).expect("JSON");
        let unchanged = app.operator("POST", PATH, line.to_string());
        assert_eq!((unchanged.status, counts(&unchanged)), (200, (0, 1)), "{kind}");
        line[name] = value;
        let before = app.audit(&tenant.tenant_id);
        assert_refused(app, &line, kind);
        assert_eq!(app.audit(&tenant.tenant_id), before, "{kind}");
    }
}

#[test]
fn never_gives_more_of_a_quota_than_there_is() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let grant = |id: &str, amount: &str| {
        tenant_line(
            &tenant,
            json!({"kind": "quota_grant", "parent_quota_id": tenant.quota,
                   "quota_id": format!("{}-{id}", tenant.quota), "amount": amount,
                   "indirect_partner_id": tenant.reseller.principal_id,
                   "at": "2026-01-11T00:00:00Z"}),
        )
    };
    let exhausted = |id: &str, amount: &str| {
        let line = grant(id, amount).to_string();
        assert_refused_at_the_end(app, line.as_bytes(), 1, "CBC.99000013", id);
    };
    exhausted("more", "50.01");
    let reply = app.operator("POST", PATH, grant("rest", "50.00").to_string());
    assert_eq!((reply.status, counts(&reply)), (200, (1, 0)));
    exhausted("again", "0.01");
}

#[test]
fn a_refused_book_can_be_corrected_and_sent_again() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut lines: Vec<Value> = (0..300).map(|number| customer(&tenant, number)).collect();
    let good = lines[200].clone();
    lines[200]["association_type"] = json!("3");
    let text = |lines: &[Value]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let refused = app.operator("POST", PATH, text(&lines));
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json().at("line").as_integer(), 201);
    assert_eq!(counts(&refused), (200, 0));
    lines[200] = good;
    let accepted = app.operator("POST", PATH, text(&lines));
    assert_eq!((accepted.status, counts(&accepted)), (200, (100, 200)));
}
