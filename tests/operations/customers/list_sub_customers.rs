//! `ListSubCustomers`: a partner's customers, as the book has them.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::DEMO;
use crate::harness::json::Json;
use crate::harness::registration::customers;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/partners/sub-customers/query";

fn count<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).expect("fits")
}

fn distributor() -> (&'static str, Key) {
    let id = DEMO.partners("distributor")[0];
    (id, DEMO.key(id))
}

/// Whether a member of a customer is a text that has this part.
fn has(customer: &Json, name: &str, part: &str) -> bool {
    customer.get(name).is_some_and(|value| value.as_text().contains(part))
}

#[test]
fn lists_the_callers_customers_with_all_that_is_known_of_them() {
    let app = App::shared();
    for kind in ["distributor", "solution_provider"] {
        for id in DEMO.partners(kind) {
            let expected = DEMO.customer_infos(id);
            let answered = customers(app, &DEMO.key(id), &json!({"limit": 100}));
            assert_eq!(answered, (expected.clone(), count(&expected)), "{kind} {id}");
            assert!(!expected.is_empty());
        }
    }
}

#[test]
fn lists_a_resellers_customers_to_its_distributor() {
    let app = App::shared();
    let (_, key) = distributor();
    for reseller in DEMO.partners("reseller") {
        let expected = DEMO.customer_infos(reseller);
        let (answered, _) = customers(app, &key, &json!({"indirect_partner_id": reseller}));
        assert_eq!(answered, expected, "{reseller}");
    }
}

#[test]
fn every_filter_leaves_out_what_does_not_match() {
    let app = App::shared();
    let (id, key) = distributor();
    let all = DEMO.customer_infos(id);
    let first = all[0].text_at("customer_id").to_owned();
    type Matches<'a> = &'a dyn Fn(&Json) -> bool;
    let time = |name: &'static str, value: &str| json!({name: value});
    let between = |customer: &Json, begin: &str, end: &str| {
        (begin..=end).contains(&customer.text_at("associated_on"))
    };
    let cases: [(Value, Matches); 14] = [
        (json!({"account_name": "customer00"}), &|c| has(c, "account_name", "customer00")),
        (json!({"account_name": "01_demo"}), &|c| has(c, "account_name", "01_demo")),
        (json!({"account_name": "mer01"}), &|c| has(c, "account_name", "mer01")),
        (json!({"account_name": "nobody"}), &|_| false),
        (json!({"customer": "Ltd."}), &|c| has(c, "customer", "Ltd.")),
        (json!({"customer": "001"}), &|c| has(c, "customer", "001")),
        (json!({"label": "key"}), &|c| has(c, "label", "key")),
        (json!({"association_type": "1"}), &|c| has(c, "association_type", "1")),
        (json!({"association_type": "2"}), &|c| has(c, "association_type", "2")),
        (json!({"customer_id": first}), &|c| has(c, "customer_id", &first)),
        (json!({"customer_id": "nobody"}), &|_| false),
        (time("associated_on_begin", "2026-02-09T03:04:05Z"), &|c| {
            between(c, "2026-02-09T03:04:05Z", "9")
        }),
        (time("associated_on_end", "2026-02-09T03:04:04Z"), &|c| {
            between(c, "0", "2026-02-09T03:04:04Z")
        }),
        (json!({"association_type": "2", "label": "account", "customer": "001"}), &|c| {
            has(c, "association_type", "2") && has(c, "label", "account") && has(c, "customer", "1")
        }),
    ];
    for (fields, matches) in cases {
        // A blank in a filter is refused; the demo's labels have one.
        let expected: Vec<Json> = all.iter().filter(|c| matches(c)).cloned().collect();
        let answered = customers(app, &key, &fields);
        assert_eq!(answered, (expected.clone(), count(&expected)), "{fields}");
    }
}

#[test]
fn empty_filters_leave_nobody_out() {
    let app = App::shared();
    let (id, key) = distributor();
    let expected = DEMO.customer_infos(id);
    for name in [
        "account_name",
        "customer",
        "label",
        "association_type",
        "associated_on_begin",
        "associated_on_end",
        "customer_id",
    ] {
        for nothing in [json!(""), Value::Null] {
            let fields = json!({name: nothing});
            let reply = app.post(&key, PATH, fields.to_string());
            assert_eq!(reply.json().at("count").as_integer(), count(&expected), "{fields}");
        }
    }
}

#[test]
fn pages_hold_every_customer_once() {
    let app = App::shared();
    let (id, key) = distributor();
    let expected = DEMO.customer_infos(id);
    for filter in [json!({}), json!({"account_name": "_demo"})] {
        let mut listed = Vec::new();
        for offset in (0..expected.len() + 2).step_by(2) {
            let mut fields = filter.clone();
            fields["offset"] = json!(offset);
            fields["limit"] = json!(2);
            let (page, total) = customers(app, &key, &fields);
            assert!(page.len() <= 2);
            assert_eq!(total, count(&expected), "{fields}");
            listed.extend(page);
        }
        assert_eq!(listed, expected, "{filter}");
    }
}

#[test]
fn somebody_elses_customer_is_as_if_it_were_not_there() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    for id in ["nobody", &other.customers[0], &tenant.reseller_customer] {
        let answered = customers(app, &tenant.distributor, &json!({"customer_id": id}));
        assert_eq!(answered, (vec![], 0), "{id}");
    }
}

#[test]
fn refuses_fields_without_their_form() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for fields in [
        json!({"account_name": "a b"}),
        json!({"customer": " "}),
        json!({"label": "key account"}),
        json!({"association_type": "3"}),
        json!({"associated_on_begin": "2026-02-09"}),
        json!({"customer_id": "券"}),
        json!({"limit": 0}),
        json!({"limit": 101}),
        json!({"offset": -1}),
        json!({"offset": 40_000_001}),
    ] {
        let reply = app.post(&tenant.distributor, PATH, fields.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{fields}");
    }
}

#[test]
fn a_repeat_gets_the_same_and_a_list_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let list = || customers(app, &tenant.distributor, &json!({}));
    let first = list();
    assert_eq!(first, list());
    assert_eq!(first.0, tenant.book.customer_infos(&tenant.distributor.principal_id));
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
