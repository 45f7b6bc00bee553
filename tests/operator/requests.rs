//! `GET /operator/v1/requests`.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::allocate;
use crate::harness::sandbox::{requests, set_faults, switch};
use crate::harness::tenant::Tenant;

const BALANCES: &str = "/v2/accounts/partner-accounts/balances";

/// Number, operation and status of each.
fn listed(shown: &Json) -> Vec<(i64, String, i64)> {
    let requests = shown.at("requests").as_list().iter();
    requests
        .map(|request| {
            let operation = request.text_at("operation").to_owned();
            (request.at("number").as_integer(), operation, request.at("status").as_integer())
        })
        .collect()
}

#[test]
fn lists_what_was_requested_while_it_was_recorded_and_no_more_of_it_than_that() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    app.get(&tenant.distributor, BALANCES);
    assert_eq!(switch(app, &tenant.tenant_id, false, true).status, 200);
    app.get(&tenant.distributor, BALANCES);
    allocate(app, &tenant, &tenant.customers[0], "1.00");
    app.get(&tenant.distributor, &format!("{BALANCES}?indirect_partner_id=nobody"));
    assert_eq!(switch(app, &tenant.tenant_id, false, false).status, 200);
    app.get(&tenant.distributor, BALANCES);

    let shown = requests(app, &tenant.tenant_id, "");
    assert_eq!(shown.at("total_count").as_integer(), 3);
    let all = listed(&shown);
    assert_eq!(all[1].1, "UpdateCustomerAccountAmount");
    assert_eq!([all[0].0, all[1].0, all[2].0], [3, 2, 1]);
    assert_eq!((all[1].2, all[2].2), (200, 200));
    assert_ne!(all[0].2, 200);
    let text = format!("{shown:?}");
    for told in [&tenant.distributor.access_key_id, &tenant.distributor.secret_key, BALANCES] {
        assert!(!text.contains(told), "{told}: {text}");
    }
    let newest = &shown.at("requests").as_list()[..2];
    assert_eq!(newest[0].text_at("request"), r#"{"indirect_partner_id":"nobody"}"#);
    assert!(newest[0].text_at("answer").contains(newest[0].text_at("error_code")));
    let asked = Json::parse(newest[1].text_at("request")).expect("JSON");
    assert_eq!(asked.text_at("customer_id"), tenant.customers[0]);
    assert!(newest[1].text_at("answer").contains("transfer_id"));
    let some = |query: &str| listed(&requests(app, &tenant.tenant_id, query));
    assert_eq!(some("&after=2"), all[..1]);
    assert_eq!(some("&operation=UpdateCustomerAccountAmount"), all[1..2]);
    assert_eq!(some("&status=200"), all[1..]);
    assert_eq!(some("&offset=1&limit=1"), all[1..2]);
}

#[test]
fn a_fault_is_recorded_with_its_code() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    assert_eq!(switch(app, &tenant.tenant_id, false, true).status, 200);
    for when in ["before", "after-commit"] {
        let rules = json!([{"status": 503, "error_code": "CBC.0999", "next": 1, "when": when}]);
        assert_eq!(set_faults(app, &tenant.tenant_id, &rules).status, 200);
        app.get(&tenant.distributor, BALANCES);
        let shown = requests(app, &tenant.tenant_id, "&limit=1");
        let newest = &shown.at("requests").as_list()[0];
        assert_eq!(newest.at("status").as_integer(), 503, "{when}");
        assert_eq!(newest.text_at("error_code"), "CBC.0999", "{when}");
        assert!(newest.text_at("answer").contains("CBC.0999"), "{when}");
    }
    // What is refused is refused, whatever fault was to come after.
    let nobody = format!("{BALANCES}?indirect_partner_id=nobody");
    let rules = json!([{"status": 503, "error_code": "CBC.0999", "when": "after-commit"}]);
    assert_eq!(set_faults(app, &tenant.tenant_id, &rules).status, 200);
    let (_, code) = app.get(&tenant.distributor, &nobody).outcome();
    let shown = requests(app, &tenant.tenant_id, "&limit=1");
    assert_eq!(shown.at("requests").as_list()[0].text_at("error_code"), code);
}

#[test]
fn refuses_unknown_tenants_and_those_that_do_not_only_play() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let outcome = |query: String| {
        app.operator("GET", &format!("/operator/v1/requests?{query}"), "").outcome()
    };
    assert_eq!(outcome(format!("tenant_id={}", tenant.tenant_id)), (403, "CBC.0151".to_owned()));
    assert_eq!(outcome("tenant_id=demo-nothing".to_owned()), (404, "CBC.0101".to_owned()));
    for query in ["", "tenant_id=demo-distributor&limit=1001", "tenant_id=demo-distributor&x=1"] {
        assert_eq!(outcome(query.to_owned()), (400, "CBC.0100".to_owned()), "{query}");
    }
}
