//! `GET /operator/v1/requests`.

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::allocate;
use crate::harness::sandbox::{requests, switch};
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
    for told in [&tenant.customers[0], &tenant.distributor.access_key_id, "nobody", BALANCES] {
        assert!(!text.contains(told), "{told}: {text}");
    }
    let some = |query: &str| listed(&requests(app, &tenant.tenant_id, query));
    assert_eq!(some("&after=2"), all[..1]);
    assert_eq!(some("&operation=UpdateCustomerAccountAmount"), all[1..2]);
    assert_eq!(some("&status=200"), all[1..]);
    assert_eq!(some("&offset=1&limit=1"), all[1..2]);
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
