//! `POST`, `GET` and `DELETE /operator/v1/restore`.

use crate::harness::app::App;
use crate::harness::backup::{call_with, export, restore};
use crate::harness::http::Reply;
use crate::harness::json::Json;
use crate::harness::money::{allocate, partner_cash};
use crate::harness::tenant::Tenant;

const BALANCES: &str = "/v2/accounts/partner-accounts/balances";

/// A tenant that has a past, and its export.
fn exported(app: &App) -> (Tenant, String) {
    let tenant = Tenant::in_books_of(app);
    for amount in ["1.00", "2.50", "0.01"] {
        allocate(app, &tenant, &tenant.customers[0], amount);
    }
    let export = export(app, &format!("tenant_id={}", tenant.tenant_id));
    (tenant, export)
}

fn of(tenant: &Tenant) -> String {
    format!("tenant_id={}", tenant.tenant_id)
}

fn progress(app: &App, tenant: &Tenant) -> Reply {
    app.operator("GET", &format!("/operator/v1/restore?{}", of(tenant)), "")
}

fn is_there(app: &App, tenant: &Tenant) -> bool {
    app.operator("GET", &format!("/operator/v1/audit?{}", of(tenant)), "").status == 200
}

#[test]
fn builds_a_tenant_again_with_its_access_keys_and_once() {
    let origin = App::shared();
    let (tenant, export) = exported(origin);
    let app = App::start();
    for _ in 0..2 {
        let reply = restore(&app, &of(&tenant), &export);
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(*reply.json().at("complete"), Json::Bool(true), "{}", reply.text());
    }
    assert_eq!(app.audit(&tenant.tenant_id), origin.audit(&tenant.tenant_id));
    assert_eq!(partner_cash(&app, &tenant, None), partner_cash(origin, &tenant, None));
    for key in [&tenant.distributor, &tenant.customer] {
        let target = format!("{BALANCES}?indirect_partner_id=");
        let [here, there] = [&app, origin].map(|app| app.get(key, &target));
        assert_eq!((here.status, here.body), (there.status, there.body));
    }
    allocate(&app, &tenant, &tenant.customers[1], "3.00");
    app.audit(&tenant.tenant_id);
}

#[test]
fn takes_lines_in_parts_and_shows_nothing_before_the_last() {
    let origin = App::shared();
    let (tenant, export) = exported(origin);
    let app = App::start();
    let lines: Vec<&str> = export.lines().collect();
    let mut next = 1;
    for part in lines.chunks(lines.len() / 3) {
        assert!(!is_there(&app, &tenant));
        assert_eq!(app.get(&tenant.distributor, BALANCES).status, 401);
        let query = format!("{}&from_line={next}&more=true", of(&tenant));
        let reply = restore(&app, &query, &part.join("\n"));
        assert_eq!(reply.status, 200, "{}", reply.text());
        next += part.len();
        if next <= lines.len() {
            let expected = format!("{{\"complete\":false,\"next_line\":{next}}}");
            assert_eq!(reply.text(), expected);
            assert_eq!(progress(&app, &tenant).text(), expected);
        }
    }
    assert_eq!(progress(&app, &tenant).status, 404);
    assert_eq!(app.audit(&tenant.tenant_id), origin.audit(&tenant.tenant_id));
}

#[test]
fn refuses_a_damaged_or_truncated_export_at_its_line_and_goes_on_with_a_whole_one() {
    let origin = App::shared();
    let (tenant, export) = exported(origin);
    let app = App::start();
    let lines: Vec<&str> = export.lines().collect();
    let place = lines.len() / 2;
    let mut damaged = lines.clone();
    let line = lines[place].replacen('A', "B", 1);
    damaged[place] = &line;
    for (export, expected) in
        [(damaged.join("\n"), place + 1), (lines[..place].join("\n"), place + 1)]
    {
        let reply = restore(&app, &of(&tenant), &export);
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
        let line = usize::try_from(reply.json().at("line").as_integer());
        assert_eq!(line, Ok(expected), "{}", reply.text());
        assert!(!is_there(&app, &tenant));
    }
    let reply = restore(&app, &of(&tenant), &export);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(app.audit(&tenant.tenant_id), origin.audit(&tenant.tenant_id));
}

#[test]
fn refuses_another_key_other_books_and_a_place_that_is_taken() {
    let origin = App::shared();
    let (tenant, export) = exported(origin);
    let app = App::start();
    let target = format!("/operator/v1/restore?{}", of(&tenant));
    let with = |key: &str| call_with(&app, key, ("POST", &target), export.as_bytes());
    assert_eq!(with("").outcome(), (400, "CBC.0100".to_owned()));
    let wrong = with(&"00".repeat(32));
    assert_eq!(wrong.json().at("line").as_integer(), 1, "{}", wrong.text());
    for query in ["", "books=catalogue", "tenant_id=x&more=no"] {
        assert_eq!(restore(&app, query, &export).outcome(), (400, "CBC.0100".to_owned()));
    }
    let before = origin.audit(&tenant.tenant_id);
    assert_eq!(restore(origin, &of(&tenant), &export).outcome(), (400, "CBC.0100".to_owned()));
    assert_eq!(origin.audit(&tenant.tenant_id), before);
    assert!(!is_there(&app, &tenant));
}

#[test]
fn is_given_up_by_the_operator() {
    let (tenant, export) = exported(App::shared());
    let app = App::start();
    let give_up = || {
        let target = format!("/operator/v1/restore?{}", of(&tenant));
        app.operator("DELETE", &target, "").outcome()
    };
    assert_eq!(give_up(), (404, "CBC.0101".to_owned()));
    let part: Vec<&str> = export.lines().take(10).collect();
    let reply = restore(&app, &format!("{}&more=true", of(&tenant)), &part.join("\n"));
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(give_up(), (204, String::new()));
    assert_eq!(progress(&app, &tenant).status, 404);
    assert!(!app.entries().keys().any(|key| key.starts_with("restore.")));
    assert_eq!(restore(&app, &of(&tenant), &export).status, 200);
}
