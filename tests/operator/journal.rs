//! `GET /operator/v1/journal`: who did what, and the chain that ties it together.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/journal";

fn journal(app: &App, query: &str) -> Json {
    let reply = app.operator("GET", &format!("{PATH}?{query}"), "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

#[test]
fn tells_who_did_what_and_ends_in_the_link_that_the_audit_shows() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let body = json!({"quota_id": tenant.quota, "customer_ids": [tenant.customers[0]],
                      "face_value": 1});
    let path = crate::harness::contract::path_of("CreatePartnerCoupons");
    let issued = app.post(&tenant.distributor, path, body.to_string());
    assert_eq!(issued.status, 200, "{}", issued.text());

    let audit = app.audit(&tenant.tenant_id);
    let whole = journal(app, &format!("tenant_id={}&limit=100", tenant.tenant_id));
    assert_eq!(whole.at("total_count"), audit.at("transactions"));
    let entries = whole.at("entries").as_list();
    let last = entries.last().expect("an entry");
    assert_eq!(last.text_at("operation"), "CreatePartnerCoupons");
    assert_eq!(last.at("transfers").as_integer(), 1);
    assert_eq!(entries[0].text_at("caller"), "operator");
    let link = format!("{}:{}", last.at("sequence").as_integer(), last.text_at("link"));
    assert_eq!(audit.text_at("journal_link"), link);

    // In parts, the chain goes on from the link before each.
    let mut before = String::new();
    for (number, entry) in entries.iter().enumerate() {
        let from = number + 1;
        let query = format!("tenant_id={}&from={from}&limit=1{before}", tenant.tenant_id);
        let part = journal(app, &query);
        assert_eq!(part.at("entries").as_list(), std::slice::from_ref(entry));
        before = format!("&link_before={}", entry.text_at("link"));
    }
    let unlinked = journal(app, &format!("tenant_id={}&from=2&limit=1", tenant.tenant_id));
    assert!(unlinked.at("entries").as_list().iter().all(|entry| entry.get("link").is_none()));
    let beyond = journal(app, &format!("tenant_id={}&from=100000", tenant.tenant_id));
    assert!(beyond.at("entries").as_list().is_empty());
}

#[test]
fn refuses_what_is_wrong() {
    let app = App::shared();
    for query in [
        "",
        "tenant_id=demo-distributor&from=0",
        "tenant_id=demo-distributor&from=-1",
        "tenant_id=demo-distributor&limit=101",
        "tenant_id=demo-distributor&link_before=00",
        "tenant_id=demo-distributor&order=newest",
    ] {
        let reply = app.operator("GET", &format!("{PATH}?{query}"), "");
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
    let nobody = app.operator("GET", &format!("{PATH}?tenant_id=nobody"), "");
    assert_eq!(nobody.outcome(), (404, "CBC.0101".to_owned()));
}
