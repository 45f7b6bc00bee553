//! `ListConsumeSubCustomers`: who has a line in a partner's detailed bill of a month.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::{Book, DEMO, fee_record};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/bills/subcustomer-bills/res-fee-records/sub-customers/query";
const CYCLE: &str = "2026-09";

fn customers(app: &App, key: &Key, fields: &Value) -> (Vec<String>, i64) {
    let answer = app.sdk(key, "ListConsumeSubCustomers", fields);
    let body = answer.outcome.expect("customers");
    let items = body.at("sub_customers").as_list().iter();
    let ids = items.map(|item| item.text_at("customer_id").to_owned()).collect();
    (ids, body.at("total_count").as_integer())
}

/// A bill line of a tenant's customer.
fn line(tenant: &Tenant, id: &str, customer: &str, cycle: &str) -> String {
    fee_record(&json!({
        "tenant_id": tenant.tenant_id, "partner_id": tenant.distributor.principal_id,
        "customer_id": customer, "id": format!("{}-{id}", tenant.tenant_id), "bill_cycle": cycle,
    }))
}

#[test]
fn lists_each_consuming_customer_once() {
    let app = App::shared();
    for kind in ["distributor", "solution_provider"] {
        for id in DEMO.partners(kind) {
            let expected = DEMO.consuming_customers(id, CYCLE);
            assert!(expected.len() > 1);
            let (ids, total) = customers(app, &DEMO.key(id), &json!({"bill_cycle": CYCLE}));
            assert_eq!(ids, expected, "{kind} {id}");
            assert_eq!(total, i64::try_from(expected.len()).expect("fits"));
        }
    }
}

#[test]
fn lists_nobody_for_another_month() {
    let app = App::shared();
    let key = DEMO.key(DEMO.partners("distributor")[0]);
    for cycle in ["2026-07", "2026-11", "1999-01", "9999-12"] {
        assert_eq!(customers(app, &key, &json!({"bill_cycle": cycle})), (vec![], 0), "{cycle}");
    }
}

#[test]
fn many_lines_of_a_customer_are_one_entry_whenever_they_come() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let [first, second] = tenant.customers.each_ref().map(String::as_str);
    for lines in [
        [line(&tenant, "1", first, CYCLE), line(&tenant, "2", first, CYCLE)],
        [line(&tenant, "3", first, CYCLE), line(&tenant, "4", second, "2026-08")],
    ] {
        app.import(&Book::new(lines.concat()));
    }
    let of = |cycle: &str| customers(app, &tenant.distributor, &json!({"bill_cycle": cycle}));
    assert_eq!(of(CYCLE), (vec![first.to_owned()], 1));
    assert_eq!(of("2026-08"), (vec![second.to_owned()], 1));
}

#[test]
fn pages_hold_every_customer_once() {
    let app = App::shared();
    let id = DEMO.partners("distributor")[0];
    let expected = DEMO.consuming_customers(id, CYCLE);
    let total = i64::try_from(expected.len()).expect("fits");
    let mut listed = Vec::new();
    for offset in (0..expected.len() + 3).step_by(3) {
        let fields = json!({"bill_cycle": CYCLE, "offset": offset, "limit": 3});
        let (page, count) = customers(app, &DEMO.key(id), &fields);
        assert_eq!(count, total);
        listed.extend(page);
    }
    assert_eq!(listed, expected);
}

#[test]
fn refuses_fields_without_their_form_and_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    for fields in [
        json!({}),
        json!({"bill_cycle": ""}),
        json!({"bill_cycle": "2026-13"}),
        json!({"bill_cycle": "2026-9"}),
        json!({"bill_cycle": "2026-09-01"}),
        json!({"bill_cycle": CYCLE, "limit": 0}),
        json!({"bill_cycle": CYCLE, "limit": 101}),
        json!({"bill_cycle": CYCLE, "offset": 2_147_483_647_u32}),
        json!({"bill_cycle": CYCLE, "indirect_partner_id": "x"}),
    ] {
        let reply = app.post(&tenant.distributor, PATH, fields.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
