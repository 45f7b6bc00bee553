//! A backup that is made while clients write, restored as the operator's guide says, and what it
//! brings back.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::contract;
use crate::harness::http::{Reply, Request};
use crate::harness::json::Json;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const BALANCES: &str = "/v2/accounts/partner-accounts/balances";

/// Allocates a cent to the tenant's first customer.
fn allocate(app: &App, tenant: &Tenant, token: &str) -> Reply {
    let body = json!({"customer_id": tenant.customers[0], "amount": "0.01"}).to_string();
    let path = contract::path_of("UpdateCustomerAccountAmount");
    let request = Request::new("POST", path, body).with("X-Client-Token", token);
    let reply = app.call(&tenant.distributor, request);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply
}

fn transactions(app: &App, tenant: &Tenant) -> i64 {
    app.audit(&tenant.tenant_id).at("transactions").as_integer()
}

fn set_status(app: &App, key: &Key, status: &str) {
    let body: Value = json!({"access_key_id": key.access_key_id, "status": status});
    let reply = app.operator("PUT", "/operator/v1/access-keys", body.to_string());
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn a_backup_made_under_load_is_the_books_at_one_moment() {
    let app = App::start();
    let tenant = Tenant::in_books_of(&app);
    for number in 0..20 {
        allocate(&app, &tenant, &format!("before-{number}"));
    }
    let before = transactions(&app, &tenant);
    let kept = app.audit(&tenant.tenant_id).text_at("journal_link").to_owned();
    let done = AtomicBool::new(false);
    let restored = std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                allocate(&app, &tenant, &format!("meanwhile-{number}"));
            }
        });
        let restored = app.start_on_backup();
        done.store(true, Ordering::Relaxed);
        restored
    });
    let target = format!("/operator/v1/audit?tenant_id={}&kept_link={kept}", tenant.tenant_id);
    let audit = restored.operator("GET", &target, "").json();
    assert_eq!(*audit.at("kept_link_found"), Json::Bool(true), "{audit:?}");
    // The audit finds everything in order.
    let restored = transactions(&restored, &tenant);
    let after = transactions(&app, &tenant);
    assert!((before..=after).contains(&restored), "{before} to {after}: {restored}");
}

#[test]
fn what_happened_after_a_backup_is_gone_with_all_that_it_refused() {
    let app = App::start();
    let tenant = Tenant::in_books_of(&app);
    allocate(&app, &tenant, "before");
    let restored = app.start_on_backup();
    allocate(&app, &tenant, "after");
    set_status(&app, &tenant.reseller, "inactive");
    set_status(&app, &tenant.distributor, "inactive");
    assert_eq!(app.get(&tenant.distributor, BALANCES).status, 401);

    // What was done before is known by its token, what was done after is done by a repeat.
    let known = transactions(&restored, &tenant);
    allocate(&restored, &tenant, "before");
    assert_eq!(transactions(&restored, &tenant), known);
    allocate(&restored, &tenant, "after");
    assert_eq!(transactions(&restored, &tenant), known + 1);
    // A key that was disabled after the backup opens again what it opened.
    assert_eq!(restored.get(&tenant.distributor, BALANCES).status, 200);
}
