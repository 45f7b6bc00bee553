//! `GET /operator/v1/exports/parquet`: the charges of a month with types, as other programs read
//! them.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::bills::{CYCLE, line, tenant_with_bill};
use crate::harness::book::Book;
use crate::harness::exports::{OPERATOR_PARQUET, charges, name, taken};
use crate::harness::tenant::Tenant;

#[test]
fn says_what_the_csv_file_does() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let of = format!("tenant_id={}&bill_cycle={CYCLE}", tenant.tenant_id);
    let reply = app.operator("GET", &format!("{OPERATOR_PARQUET}?{of}"), "");
    assert_eq!(reply.status, 200);
    assert_eq!(name(&reply), format!("focus-{CYCLE}.parquet"));
    let parquet = charges(&reply);
    let csv = charges(&taken(app, &format!("{of}&kind=focus")));
    assert_eq!((parquet.len(), csv.len()), (8, 8));
    assert_eq!(parquet, csv);

    let of_one = format!("{of}&customer_id={}", tenant.customers[1]);
    let of_one = app.operator("GET", &format!("{OPERATOR_PARQUET}?{of_one}"), "");
    assert_eq!(charges(&of_one).len(), 1);
    let empty = format!("tenant_id={}&bill_cycle=2026-01", tenant.tenant_id);
    assert!(charges(&app.operator("GET", &format!("{OPERATOR_PARQUET}?{empty}"), "")).is_empty());
}

#[test]
fn a_text_stands_as_it_is_and_a_number_keeps_its_last_decimal() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let named = json!({"resource_name": "=1+1", "official_amount": "9999999999999.00000001",
                       "official_discount_amount": "0", "payment_amount": "9999999999999",
                       "cash_amount": "9999999999999", "coupon_amount": "0"});
    app.import(&Book::new(format!("{}\n", line(&tenant, "largest", &named))));
    let of = format!("tenant_id={}&bill_cycle={CYCLE}", tenant.tenant_id);
    let reply = app.operator("GET", &format!("{OPERATOR_PARQUET}?{of}"), "");
    let found = charges(&reply);
    let [charge] = &found[..] else { panic!("{found:?}") };
    assert_eq!(charge.text_at("ListCost"), "9999999999999.00000001");
    assert_eq!(charge.text_at("ResourceName"), "=1+1");
    let csv = charges(&taken(app, &format!("{of}&kind=focus")));
    assert_eq!(csv[0].text_at("ListCost"), "9999999999999.00000001");
    assert_eq!(csv[0].text_at("ResourceName"), "'=1+1");
}

#[test]
fn a_file_of_several_groups_arrives_whole() {
    const LINES: usize = 4_200;
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let lines = (0..LINES).map(|number| {
        // Nothing that would be written once for all rows, or made shorter.
        let named: String = (1..8).map(|part| digits(number * 8 + part)).collect();
        format!("{}\n", line(&tenant, &format!("{number}"), &json!({"resource_name": named})))
    });
    app.import(&Book::new(lines.collect()));
    let of = format!("tenant_id={}&bill_cycle={CYCLE}", tenant.tenant_id);
    let reply = app.operator("GET", &format!("{OPERATOR_PARQUET}?{of}"), "");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("transfer-encoding"), Some("chunked"));
    let parquet = charges(&reply);
    assert!(parquet.len() >= LINES);
    assert_eq!(parquet, charges(&taken(app, &format!("{of}&kind=focus"))));
}

/// Sixteen digits that look drawn: a number times the golden ratio of 64 bits.
fn digits(number: usize) -> String {
    let number = u64::try_from(number).expect("small");
    format!("{:016x}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29))
}

#[test]
fn refuses_what_is_wrong() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let of = |query: &str| format!("tenant_id={}&{query}", tenant.tenant_id);
    for query in [
        String::new(),
        of(""),
        of("bill_cycle=2026"),
        of("bill_cycle=2026-09&kind=focus"),
        of("bill_cycle=2026-09&partner_id=nobody"),
        of("bill_cycle=2026-09&customer_id=nobody"),
    ] {
        let reply = app.operator("GET", &format!("{OPERATOR_PARQUET}?{query}"), "");
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
    let nobody = format!("{OPERATOR_PARQUET}?tenant_id=nobody&bill_cycle=2026-09");
    assert_eq!(app.operator("GET", &nobody, "").outcome(), (404, "CBC.0101".to_owned()));
}
