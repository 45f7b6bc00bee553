//! `ListIndirectPartners`: a distributor's resellers, as the book has them.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::DEMO;
use crate::harness::json::Json;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/partners/indirect-partners/query";

fn resellers(app: &App, key: &Key, fields: &Value) -> (Vec<Json>, i64) {
    let answer = app.sdk(key, "ListIndirectPartners", fields);
    let body = answer.outcome.expect("resellers");
    (body.at("indirect_partners").as_list().to_vec(), body.at("count").as_integer())
}

fn count<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).expect("fits")
}

#[test]
fn lists_the_callers_resellers_with_all_that_is_known_of_them() {
    let app = App::shared();
    for id in DEMO.partners("distributor") {
        let expected = DEMO.resellers(id);
        assert!(expected.len() > 1);
        let answered = resellers(app, &DEMO.key(id), &json!({}));
        assert_eq!(answered, (expected.clone(), count(&expected)));
    }
}

#[test]
fn every_filter_leaves_out_what_does_not_match() {
    let app = App::shared();
    let id = DEMO.partners("distributor")[0];
    let (key, all) = (DEMO.key(id), DEMO.resellers(id));
    let (name, time) = (all[0].text_at("account_name"), all[0].text_at("associated_on"));
    let reseller_id = all[0].text_at("indirect_partner_id");
    type Matches<'a> = &'a dyn Fn(&Json) -> bool;
    let cases: [(Value, Matches); 9] = [
        (json!({"account_name": name}), &|r| r.text_at("account_name") == name),
        // Unlike a customer's, this name is looked for whole.
        (json!({"account_name": &name[1..]}), &|_| false),
        (json!({"account_name": ""}), &|_| true),
        (json!({"indirect_partner_id": reseller_id}), &|r| {
            r.text_at("indirect_partner_id") == reseller_id
        }),
        (json!({"indirect_partner_id": "nobody"}), &|_| false),
        (json!({"associated_on_begin": time}), &|r| r.text_at("associated_on") >= time),
        (json!({"associated_on_end": time}), &|r| r.text_at("associated_on") <= time),
        (json!({"associated_on_begin": time, "associated_on_end": time}), &|r| {
            r.text_at("associated_on") == time
        }),
        (json!({"associated_on_begin": "9999-12-31T23:59:59Z"}), &|_| false),
    ];
    for (fields, matches) in cases {
        let expected: Vec<Json> = all.iter().filter(|r| matches(r)).cloned().collect();
        let answered = resellers(app, &key, &fields);
        assert_eq!(answered, (expected.clone(), count(&expected)), "{fields}");
    }
}

#[test]
fn pages_hold_every_reseller_once() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let expected = tenant.book.resellers(&tenant.distributor.principal_id);
    assert_eq!(expected.len(), 2);
    let page =
        |offset: usize| resellers(app, &tenant.distributor, &json!({"offset": offset, "limit": 1}));
    assert_eq!(page(0), (expected[..1].to_vec(), 2));
    assert_eq!(page(1), (expected[1..].to_vec(), 2));
    assert_eq!(page(2), (vec![], 2));
}

#[test]
fn somebody_elses_reseller_is_as_if_it_were_not_there() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    for id in ["nobody", &other.reseller.principal_id, &tenant.distributor.principal_id] {
        let answered = resellers(app, &tenant.distributor, &json!({"indirect_partner_id": id}));
        assert_eq!(answered, (vec![], 0), "{id}");
    }
}

#[test]
fn refuses_fields_without_their_form() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    for fields in [
        json!({"account_name": "x".repeat(65)}),
        json!({"associated_on_begin": ""}),
        json!({"associated_on_end": "2026-02-09"}),
        json!({"limit": 0}),
        json!({"limit": 101}),
        json!({"offset": 2_147_483_648_u32}),
    ] {
        let reply = app.post(&tenant.distributor, PATH, fields.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
