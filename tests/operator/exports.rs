//! `GET /operator/v1/exports`: what finance takes away, as files that other programs read.

use std::io::{Read, Write};
use std::net::TcpStream;

use rust_decimal::Decimal;
use serde_json::json;

use crate::harness::app::{App, OPERATOR_TOKEN};
use crate::harness::bills::{CYCLE, line, tenant_with_bill, used, with};
use crate::harness::book::Book;
use crate::harness::exports::{EVER, OPERATOR, column, name, number, rows, taken, total};
use crate::harness::http::Request;
use crate::harness::json::Json;
use crate::harness::money::{allocate, call, decimal};
use crate::harness::store::contains;
use crate::harness::tenant::Tenant;

#[test]
fn a_statement_runs_from_the_opening_balance_to_the_closing_one() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    allocate(app, &tenant, &tenant.customers[0], "120.50");
    allocate(app, &tenant, &tenant.customers[1], "0.01");
    let of = format!("tenant_id={}&kind=statement", tenant.tenant_id);
    let whose = format!("{of}&partner_id={}", tenant.distributor.principal_id);

    // The bookings of January, and what was allocated today.
    let reply = taken(app, &format!("{whose}&{EVER}"));
    assert_eq!(name(&reply), "statement.csv");
    let statement = rows(&reply);
    let [opening, changes @ .., closing] = &statement[..] else { panic!("{statement:?}") };
    assert_eq!((opening.text_at("row"), opening.text_at("balance")), ("opening", "0.00"));
    assert_eq!((closing.text_at("row"), closing.text_at("balance")), ("closing", "879.59"));
    assert_eq!(column(changes, "amount"), ["1000.01", "0.09", "-120.50", "-0.01"]);
    let mut running = Decimal::ZERO;
    for change in changes {
        running += number(change, "amount");
        assert_eq!(number(change, "balance"), running, "{change:?}");
        assert_eq!((change.text_at("row"), change.text_at("currency")), ("change", "CNY"));
    }
    assert_eq!(changes[2].text_at("receiver_id"), tenant.customers[0]);

    // As the API lists them, the newest first.
    let fields = json!({"balance_type": "BALANCE_TYPE_DEBIT", "trade_time_begin": "2000-01-01"});
    let listed = call(app, &tenant.distributor, "ListPartnerAccountChangeRecords", &fields);
    let listed = listed.expect("a list");
    let records = listed.at("records").as_list();
    assert_eq!(records.len(), changes.len());
    for (record, change) in records.iter().rev().zip(changes) {
        for member in ["account_change_id", "trade_time", "trade_id", "trade_detail_type"] {
            assert_eq!(record.text_at(member), change.text_at(member), "{member}");
        }
        let change_amount = decimal(record.text_at("change_amount"));
        assert_eq!(change_amount, number(change, "amount").abs());
        let balance = decimal(record.text_at("balance_after_change"));
        assert_eq!(balance, number(change, "balance"));
    }

    // A part of it begins and ends with what there was then, also before and after all.
    let dates = "&trade_time_begin=2026-01-06&trade_time_end=2026-01-07";
    let reply = taken(app, &format!("{whose}{dates}"));
    assert_eq!(name(&reply), "statement-2026-01-06-2026-01-07.csv");
    let part = rows(&reply);
    assert_eq!(column(&part, "row"), ["opening", "closing"]);
    assert_eq!(column(&part, "balance"), ["1000.10", "1000.10"]);
    let times = ["2026-01-05T16:00:00Z", "2026-01-07T16:00:00Z"];
    assert_eq!(column(&part, "trade_time"), times);

    let credit = rows(&taken(app, &format!("{whose}&{EVER}&account_type=2")));
    assert_eq!(column(&credit, "balance"), ["0.00", "500.00", "500.00"]);
    let customers = rows(&taken(app, &format!("{of}&customer_id={}", tenant.customers[0])));
    assert_eq!(column(&customers, "amount"), ["", "120.50", ""]);
    assert_eq!(column(&customers, "balance"), ["0.00", "120.50", "120.50"]);
    app.audit(&tenant.tenant_id);
}

#[test]
fn the_bills_of_a_month_are_the_lines_that_the_api_lists() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let of = format!("tenant_id={}&kind=bills&bill_cycle={CYCLE}", tenant.tenant_id);
    let reply = taken(app, &of);
    assert_eq!(name(&reply), format!("bills-{CYCLE}.csv"));
    let all = rows(&reply);
    assert_eq!(all.len(), 7);
    for row in &all {
        adds_up(row);
        assert_eq!(row.text_at("origin"), "1");
    }

    let of_one = rows(&taken(app, &format!("{of}&customer_id={}", tenant.customers[0])));
    assert_eq!(of_one.len(), 6);
    let fields = json!({"bill_cycle": CYCLE});
    let listed = call(app, &tenant.customer, "ListCustomerBillsFeeRecords", &fields);
    let listed = listed.expect("a list");
    let records = listed.at("records").as_list();
    assert_eq!(records.len(), of_one.len());
    for (record, row) in records.iter().zip(&of_one) {
        is_listed(record, row);
    }

    let partner = &tenant.distributor.principal_id;
    assert_eq!(rows(&taken(app, &format!("{of}&partner_id={partner}"))), all);
    let reseller = &tenant.reseller.principal_id;
    assert!(rows(&taken(app, &format!("{of}&partner_id={reseller}"))).is_empty());
    // A month without anything is a table without rows.
    let empty = format!("tenant_id={}&kind=bills&bill_cycle=2026-01", tenant.tenant_id);
    let empty = taken(app, &empty);
    assert!(rows(&empty).is_empty() && empty.text().starts_with("bill_cycle,partner_id,"));
}

/// Both published equations.
fn adds_up(row: &Json) {
    let sum = |names: &[&str]| names.iter().map(|name| number(row, name)).sum::<Decimal>();
    let due = sum(&["official_discount_amount", "erase_amount", "payment_amount"]);
    assert_eq!(number(row, "official_amount"), due, "{row:?}");
    let parts = sum(&[
        "cash_amount",
        "credit_amount",
        "coupon_amount",
        "flexipurchase_coupon_amount",
        "stored_value_card_amount",
        "bonus_amount",
        "debt_amount",
        "writeoff_amount",
    ]);
    assert_eq!(number(row, "payment_amount"), parts, "{row:?}");
}

/// Whether a row says what a record of the list does.
fn is_listed(record: &Json, row: &Json) {
    for member in ["id", "trade_id", "customer_id", "bill_cycle", "trade_time", "consume_time"] {
        assert_eq!(record.text_at(member), row.text_at(member), "{member}");
    }
    for member in ["service_type_code", "resource_type_name", "region_code"] {
        assert_eq!(record.text_at(member), row.text_at(member), "{member}");
    }
    for (member, column) in [
        ("official_amount", "official_amount"),
        ("official_discount_amount", "official_discount_amount"),
        ("erase_amount", "erase_amount"),
        ("consume_amount", "payment_amount"),
        ("cash_amount", "cash_amount"),
        ("credit_amount", "credit_amount"),
        ("coupon_amount", "coupon_amount"),
        ("flexipurchase_coupon_amount", "flexipurchase_coupon_amount"),
        ("stored_value_card_amount", "stored_value_card_amount"),
        ("bonus_amount", "bonus_amount"),
        ("debt_amount", "debt_amount"),
        ("writeoff_amount", "writeoff_amount"),
    ] {
        assert_eq!(record.at(member).as_decimal(), number(row, column), "{member}");
    }
    for member in ["charging_mode", "status"] {
        assert_eq!(record.at(member).as_decimal(), number(row, member), "{member}");
    }
}

#[test]
fn a_text_that_begins_a_formula_is_a_text() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let texts = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", " =1", "a,\"b\"\nc", "云服务器"];
    let lines = texts.iter().enumerate().map(|(number, text)| {
        let named = json!({"resource_name": text, "official_amount": "-5",
                           "official_discount_amount": "0", "payment_amount": "-5",
                           "cash_amount": "-5", "coupon_amount": "0",
                           "trade_time": format!("2026-09-02T0{number}:00:00Z")});
        format!("{}\n", line(&tenant, &format!("formula-{number}"), &named))
    });
    app.import(&Book::new(lines.collect()));
    let of = format!("tenant_id={}&kind=bills&bill_cycle={CYCLE}", tenant.tenant_id);
    let found = rows(&taken(app, &of));
    let shown = |text: &&str| match text.trim_start().chars().next() {
        Some('=' | '+' | '-' | '@' | '＝') => format!("'{text}"),
        _ => (*text).to_owned(),
    };
    assert_eq!(column(&found, "resource_name"), texts.iter().map(shown).collect::<Vec<_>>());
    // A number below zero is a number.
    assert!(found.iter().all(|row| row.text_at("payment_amount") == "-5"));
}

#[test]
fn a_long_file_arrives_whole() {
    const LINES: usize = 2_200;
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let from_to = |hour: usize| {
        let at = |hour: usize| format!("2026-09-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24);
        (at(hour % 600), at(hour % 600 + 1))
    };
    let lines = (0..LINES).map(|number| {
        let (from, to) = from_to(number);
        let used = used(&tenant, &format!("use-{number}"), &from, &to);
        format!("{}\n", with(used, &json!({"resource_tag": "x".repeat(200)})))
    });
    app.import(&Book::new(lines.collect()));
    let of = format!("tenant_id={}&kind=bills&bill_cycle={CYCLE}", tenant.tenant_id);
    let reply = taken(app, &of);
    assert!(reply.body.len() > 1024 * 1024, "{} bytes", reply.body.len());
    assert_eq!(reply.header("content-length"), None);
    assert_eq!(reply.header("transfer-encoding"), Some("chunked"));
    let all = rows(&reply);
    assert_eq!(all.len(), LINES);
    assert_eq!(total(&all, "payment_amount"), decimal("0.12") * Decimal::from(LINES));
}

/// Whichever page of the store is damaged: the status may have been sent by then, and a client must
/// not take what it has got for the whole.
#[test]
fn a_file_that_cannot_be_read_to_its_end_is_broken_off() {
    const LINES: usize = 1_200;
    let app = App::start();
    let tenant = Tenant::in_books_of(&app);
    let hour = |number: usize| format!("2026-09-{:02}T{:02}:00:00Z", 1 + number / 24, number % 24);
    let lines = (0..LINES).map(|number| {
        let (from, to) = (hour(number / 3), hour(number / 3 + 1));
        let used = used(&tenant, &format!("use-{number:04}"), &from, &to);
        format!("{}\n", with(used, &json!({"resource_tag": "x".repeat(300)})))
    });
    app.import(&Book::new(lines.collect()));
    let of = format!("tenant_id={}&kind=bills&bill_cycle={CYCLE}", tenant.tenant_id);
    let whole = taken(&app, &of);
    let request = Request::new("GET", &format!("{OPERATOR}?{of}"), "")
        .with("Authorization", &format!("Bearer {OPERATOR_TOKEN}"));
    let mut broken_off = 0;
    for row in rows(&whole).iter().step_by(100) {
        let has_row = |(key, page): &(String, Vec<u8>)| {
            key.starts_with("page.") && contains(page, row.text_at("trade_id"))
        };
        for (key, page) in app.entries().into_iter().filter(has_row) {
            app.set(&key, &page[..page.len() / 2]);
            let sent = all_that_is_sent(&app, &request);
            if sent.starts_with(b"HTTP/1.1 500") {
                // It was found before anything was sent.
            } else if sent.ends_with(b"\r\n0\r\n\r\n") {
                // Nothing of the file is on that page.
                assert!(sent.len() > whole.body.len());
            } else {
                // The host may throw away the beginning that it has not sent yet.
                assert!(sent.is_empty() || sent.starts_with(b"HTTP/1.1 200"));
                assert!(sent.len() < whole.body.len());
                broken_off += 1;
            }
            app.set(&key, &page);
        }
    }
    assert!(broken_off > 0);
    assert_eq!(taken(&app, &of).body, whole.body);
}

/// Every byte of an answer, up to where the connection ends.
fn all_that_is_sent(app: &App, request: &Request) -> Vec<u8> {
    let mut stream = TcpStream::connect(app.address()).expect("connected");
    let request = request.clone().with("Connection", "close");
    stream.write_all(&request.head(&app.address())).expect("sent");
    let mut sent = Vec::new();
    let mut piece = [0; 4096];
    // A connection that is reset has ended as well.
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        sent.extend_from_slice(&piece[..length]);
    }
    sent
}

#[test]
fn refuses_what_is_wrong() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let (partner, customer) = (&tenant.distributor.principal_id, &tenant.customers[0]);
    let of = |query: &str| format!("tenant_id={}&{query}", tenant.tenant_id);
    for query in [
        String::new(),
        "kind=bills&bill_cycle=2026-09".to_owned(),
        of(""),
        of("kind=ledger"),
        of("kind=bills"),
        of("kind=focus"),
        of("kind=focus&bill_cycle=2026-09&customer_id=nobody"),
        of("kind=journal&bill_cycle=2026-09"),
        of("kind=journal&partner_id=nobody"),
        of("kind=bills&bill_cycle=2026-13"),
        of("kind=bills&bill_cycle=2026-09&trade_time_begin=2026-09-01"),
        of("kind=bills&bill_cycle=2026-09&account_type=1"),
        of("kind=bills&bill_cycle=2026-09&partner_id=nobody"),
        of("kind=bills&bill_cycle=2026-09&customer_id=nobody"),
        of("kind=statement"),
        of("kind=statement&partner_id=nobody"),
        of("kind=statement&customer_id=nobody"),
        of(&format!("kind=statement&partner_id={partner}&customer_id={customer}")),
        of(&format!("kind=statement&partner_id={partner}&account_type=3")),
        of(&format!("kind=statement&partner_id={partner}&trade_time_begin=2026-9-1")),
        of(&format!(
            "kind=statement&partner_id={partner}&trade_time_begin=2026-09-02&trade_time_end=2026-09-01"
        )),
        of(&format!("kind=statement&partner_id={partner}&bill_cycle=2026-09")),
        // Another tenant's.
        of("kind=statement&partner_id=demo-distributor"),
    ] {
        let reply = app.operator("GET", &format!("{OPERATOR}?{query}"), "");
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
        assert_eq!(reply.header("content-disposition"), None);
    }
    let nobody = "tenant_id=nobody&kind=bills&bill_cycle=2026-09";
    let nobody = app.operator("GET", &format!("{OPERATOR}?{nobody}"), "");
    assert_eq!(nobody.outcome(), (404, "CBC.0101".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

/// The columns that FOCUS 1.2 requires of every file.
const MANDATORY: [&str; 21] = [
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
];

#[test]
fn focus_has_a_charge_for_each_line_and_a_credit_for_what_coupons_have_paid() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let of = |kind: &str| format!("tenant_id={}&kind={kind}&bill_cycle={CYCLE}", tenant.tenant_id);
    let reply = taken(app, &of("focus"));
    assert_eq!(name(&reply), format!("focus-{CYCLE}.csv"));
    let charges = rows(&reply);
    let bills = rows(&taken(app, &of("bills")));
    for charge in &charges {
        assert!(MANDATORY.iter().all(|column| charge.get(column).is_some()), "{charge:?}");
        for constant in [
            ("BillingCurrency", "CNY"),
            ("ChargeClass", ""),
            ("BillingPeriodStart", "2026-08-31T16:00:00Z"),
            ("BillingPeriodEnd", "2026-09-30T16:00:00Z"),
            // The partner has no name: its id is its name.
            ("ProviderName", &tenant.distributor.principal_id),
            ("InvoiceIssuerName", &tenant.distributor.principal_id),
        ] {
            assert_eq!(charge.text_at(constant.0), constant.1);
        }
        assert!(charge.text_at("ChargePeriodStart") < charge.text_at("ChargePeriodEnd"));
        assert_eq!(charge.text_at("EffectiveCost"), charge.text_at("BilledCost"));
    }

    // Of each line the costs are its amounts, and what coupons have paid is taken off.
    let is_credit = |charge: &&Json| charge.text_at("ChargeCategory") == "Credit";
    let (credits, lines): (Vec<&Json>, Vec<&Json>) = charges.iter().partition(is_credit);
    assert_eq!((credits.len(), lines.len()), (1, bills.len()));
    for (line, bill) in lines.iter().zip(&bills) {
        assert_eq!(line.text_at("x_FeeRecordId"), bill.text_at("id"));
        assert_eq!(number(line, "BilledCost"), number(bill, "payment_amount"));
        assert_eq!(number(line, "ListCost"), number(bill, "official_amount"));
        let discounted = number(bill, "official_amount") - number(bill, "official_discount_amount");
        assert_eq!(number(line, "ContractedCost"), discounted);
        assert_eq!(line.text_at("SubAccountId"), bill.text_at("customer_id"));
    }
    for cost in ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"] {
        assert_eq!(number(credits[0], cost), decimal("-12.00"), "{cost}");
    }
    assert_eq!(
        total(&charges, "BilledCost"),
        total(&bills, "payment_amount") - total(&bills, "coupon_amount")
    );

    let bought = lines.iter().find(|it| it.text_at("x_TradeId") == "trade-bought").expect("bought");
    for (column, value) in [
        ("ChargeCategory", "Purchase"),
        ("ChargePeriodStart", "2026-08-31T16:00:00Z"),
        ("ChargePeriodEnd", "2026-09-30T16:00:00Z"),
        ("PricingQuantity", "1"),
        ("PricingUnit", "Months"),
        ("ConsumedQuantity", ""),
        ("ServiceCategory", "Compute"),
        ("ServiceSubcategory", "Virtual Machines"),
        ("ServiceName", "ECS"),
        ("RegionId", "cn-north-4"),
        ("Tags", r#"{"team":"blue"}"#),
    ] {
        assert_eq!(bought.text_at(column), value, "{column}");
    }
    let used = lines.iter().find(|it| it.text_at("x_TradeId") == "trade-use-1").expect("used");
    for (column, value) in [
        ("ChargeCategory", "Usage"),
        ("ChargeFrequency", "Usage-Based"),
        ("ChargePeriodStart", "2026-09-02T14:00:00Z"),
        ("ChargePeriodEnd", "2026-09-02T15:00:00Z"),
        ("ConsumedQuantity", "1.5"),
        ("ConsumedUnit", "GB"),
        ("ServiceSubcategory", "Object Storage"),
        ("PricingCategory", "Standard"),
    ] {
        assert_eq!(used.text_at(column), value, "{column}");
    }
    let back = lines.iter().find(|it| it.text_at("x_TradeId") == "trade-back").expect("back");
    for (column, value) in [
        ("ChargeCategory", "Adjustment"),
        ("BilledCost", "-20.00"),
        ("ChargePeriodStart", "2026-09-29T16:00:00Z"),
        ("PricingQuantity", ""),
    ] {
        assert_eq!(back.text_at(column), value, "{column}");
    }

    let empty = format!("tenant_id={}&kind=focus&bill_cycle=2026-01", tenant.tenant_id);
    assert!(rows(&taken(app, &empty)).is_empty());
}
