//! The console in Chromium: `browser/console.py` goes through its pages and does what people do.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::Command;
use std::sync::Mutex;

use crate::harness::app::{App, OPERATOR_TOKEN};
use crate::harness::coupons::issue;
use crate::harness::json::Json;
use crate::harness::orders;
use crate::harness::realname::{INDIVIDUAL, awaiting, person, status, submit};
use crate::harness::tenant::Tenant;

const PARTNER_PAGES: &str = include_str!("../../functions/console/pages/src/partner.rs");
const OPERATOR_PAGES: &str = include_str!("../../functions/console/pages/src/operator.rs");

/// One browser at a time: each takes a core.
static ONE: Mutex<()> = Mutex::new(());

/// A browser and a Python that drives it, which `cargo xtask test` finds. None on a machine without
/// them; continuous integration always has both.
fn browser() -> Option<(OsString, OsString)> {
    let found = std::env::var_os("CHROMIUM").zip(std::env::var_os("PYTHON_BROWSER"));
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "there is no Chromium to test the console in");
        println!("CHROMIUM and PYTHON_BROWSER are not set: the console is not tested in a browser");
    }
    found
}

/// Runs a scenario, and answers what it tells; `None` where there is no browser.
fn run(app: &App, tenant: &Tenant, scenario: &str) -> Option<String> {
    let (chromium, python) = browser()?;
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let output = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/browser/console.py"))
        .arg(scenario)
        .env("BILLING_ENDPOINT", format!("http://{}", app.address()))
        .env("BILLING_TENANT", &tenant.tenant_id)
        .env("BILLING_CUSTOMER", &tenant.customers[0])
        .env("BILLING_AK", &tenant.distributor.access_key_id)
        .env("BILLING_SK", &tenant.distributor.secret_key)
        .env("RESELLER_AK", &tenant.reseller.access_key_id)
        .env("RESELLER_SK", &tenant.reseller.secret_key)
        .env("OPERATOR_TOKEN", OPERATOR_TOKEN)
        .env("CHROMIUM", chromium)
        .output()
        .expect("PYTHON_BROWSER starts");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{scenario}: {report}");
    app.audit(&tenant.tenant_id);
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The pages that a source file routes to.
fn routed(source: &str) -> BTreeSet<String> {
    let begin = "(false, \"";
    let pages = source.split(begin).skip(1).filter_map(|rest| rest.split('"').next());
    let pages: BTreeSet<String> = pages.map(str::to_owned).collect();
    assert!(pages.contains("/console"), "{pages:?}");
    pages
}

/// A tenant that has something to show on every page.
fn furnished(app: &App) -> Tenant {
    let tenant = Tenant::playing_in(app);
    issue(app, &tenant, "1.00");
    orders::place(app, &tenant);
    submit(app, &tenant, INDIVIDUAL, &person(&tenant.customers[1], "E0000002"));
    tenant
}

/// Goes to every page that links lead to, which must be all of these.
fn goes_to_every_page(scenario: &str, source: &str) {
    let app = App::shared();
    let Some(told) = run(app, &furnished(app), scenario) else {
        return;
    };
    let told = Json::parse(&told).expect("JSON");
    let seen: BTreeSet<String> =
        told.as_list().iter().map(|path| path.as_text().to_owned()).collect();
    let unseen: Vec<String> = routed(source).difference(&seen).cloned().collect();
    assert!(unseen.is_empty(), "no link leads to {unseen:?}");
}

#[test]
fn every_page_of_a_partner_is_accessible_in_both_languages() {
    goes_to_every_page("pages_of_a_partner", PARTNER_PAGES);
}

#[test]
fn every_page_of_the_operator_is_accessible_in_both_languages() {
    goes_to_every_page("pages_of_the_operator", OPERATOR_PAGES);
}

#[test]
fn the_pages_of_a_reseller_lead_nowhere_that_is_closed_to_it() {
    let app = App::shared();
    run(app, &furnished(app), "pages_of_a_reseller");
}

#[test]
fn a_coupon_is_issued_and_reclaimed_by_hand() {
    let app = App::shared();
    run(app, &Tenant::in_books_of(app), "coupon");
}

#[test]
fn a_review_is_rejected_by_hand() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    submit(app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000003"));
    if run(app, &tenant, "review").is_some() {
        assert_eq!(awaiting(app, &tenant.tenant_id).len(), 0);
        assert_eq!(status(app, &tenant), (1, Some(0)));
    }
}
