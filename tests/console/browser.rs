//! The console in Chromium: `browser/console.py` goes through its pages and does what people do.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use serde_json::json;

use crate::harness::app::{App, OPERATOR_TOKEN, Variables};
use crate::harness::bills::{CYCLE, tenant_with_bill};
use crate::harness::book::DEMO;
use crate::harness::catalogue::CATALOGUE;
use crate::harness::console::{OPERATOR_PAGES, PARTNER_PAGES, pages_of};
use crate::harness::coupons::issue;
use crate::harness::exports::taken_by;
use crate::harness::json::Json;
use crate::harness::money::{customer_cash, decimal};
use crate::harness::orders;
use crate::harness::partner_centre::authorise;
use crate::harness::realname::{INDIVIDUAL, awaiting, person, status, submit};
use crate::harness::sandbox::switch;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// Largest picture.
const PICTURE_BYTES_MAX: usize = 160 * 1024;

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

/// Whose pages are looked at.
struct People<'a> {
    tenant_id: &'a str,
    distributor: &'a Key,
    reseller: &'a Key,
    customer: &'a str,
}

impl<'a> From<&'a Tenant> for People<'a> {
    fn from(tenant: &'a Tenant) -> Self {
        let Tenant { tenant_id, distributor, reseller, customers, .. } = tenant;
        Self { tenant_id, distributor, reseller, customer: &customers[0] }
    }
}

/// Runs a scenario, and answers what it tells; `None` where there is no browser. It keeps pictures in
/// a folder, if it takes any.
fn run(app: &App, people: &People<'_>, scenario: &str) -> Option<String> {
    let (chromium, python) = browser()?;
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let output = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/browser/console.py"))
        .arg(scenario)
        .env("BILLING_ENDPOINT", format!("http://{}", app.address()))
        .env("BILLING_TENANT", people.tenant_id)
        .env("BILLING_CUSTOMER", people.customer)
        .env("BILLING_AK", &people.distributor.access_key_id)
        .env("BILLING_SK", &people.distributor.secret_key)
        .env("RESELLER_AK", &people.reseller.access_key_id)
        .env("RESELLER_SK", &people.reseller.secret_key)
        .env("OPERATOR_TOKEN", OPERATOR_TOKEN)
        .env("CHROMIUM", chromium)
        .env("PICTURES", pictures())
        .env("BOOK", large_book())
        .output()
        .expect("PYTHON_BROWSER starts");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{scenario}: {report}");
    app.audit(people.tenant_id);
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Where pictures are kept: `cargo xtask screenshots` says where README shows them from.
fn pictures() -> OsString {
    std::env::var_os("PICTURES").unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into())
}

/// Where the book is that is imported by hand.
fn large_book() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("large.ndjson")
}

/// A tenant that has something to show on every page.
fn furnished(app: &App) -> Tenant {
    let tenant = Tenant::playing_in(app);
    issue(app, &tenant, "1.00");
    orders::place(app, &tenant);
    authorise(app, &tenant);
    submit(app, &tenant, INDIVIDUAL, &person(&tenant.customers[1], "E0000002"));
    tenant
}

/// Goes to every page that links lead to, which must be all of these.
fn goes_to_every_page(scenario: &str, source: &str) {
    let app = App::shared();
    let Some(told) = run(app, &(&furnished(app)).into(), scenario) else {
        return;
    };
    let told = Json::parse(&told).expect("JSON");
    let seen: BTreeSet<String> =
        told.as_list().iter().map(|path| path.as_text().to_owned()).collect();
    let unseen: Vec<String> = pages_of(source).difference(&seen).cloned().collect();
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
    run(app, &(&furnished(app)).into(), "pages_of_a_reseller");
}

#[test]
fn a_coupon_is_issued_and_reclaimed_by_hand() {
    let app = App::shared();
    run(app, &(&Tenant::in_books_of(app)).into(), "coupon");
}

#[test]
fn a_review_is_rejected_by_hand() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    submit(app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000003"));
    if run(app, &(&tenant).into(), "review").is_some() {
        assert_eq!(awaiting(app, &tenant.tenant_id).len(), 0);
        assert_eq!(status(app, &tenant), (1, Some(0)));
    }
}

#[test]
fn an_order_on_behalf_is_paid_and_seen_by_hand() {
    let app = App::shared();
    orders::catalogue(app);
    let tenant = Tenant::in_books_of(app);
    authorise(app, &tenant);
    orders::fund(app, &tenant, &tenant.customers[0], orders::MONTH);
    if run(app, &(&tenant).into(), "order").is_some() {
        let cash = customer_cash(app, &tenant, &tenant.customers[0], None);
        assert_eq!(cash, Some(decimal("0.00")));
    }
}

#[test]
fn a_month_is_exported_by_hand() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    if let Some(told) = run(app, &(&tenant).into(), "month") {
        let taken = Json::parse(&told).expect("JSON");
        for kind in ["sums", "bills", "focus"] {
            let file =
                taken_by(app, &tenant.distributor, &format!("kind={kind}&bill_cycle={CYCLE}"));
            assert_eq!(taken.text_at(kind), file.text(), "{kind}");
        }
        assert!(taken.text_at("bills").lines().count() > 2);
    }
}

#[test]
fn an_address_for_events_is_bound_and_taken_away_by_hand() {
    let app = App::start_with(Variables::with_local_notifications());
    run(&app, &(&Tenant::in_books_of(&app)).into(), "notification");
}

#[test]
fn a_partner_signs_in_with_a_code_by_hand() {
    let app = App::shared();
    run(app, &(&Tenant::playing_in(app)).into(), "second_factor");
}

#[test]
fn a_snapshot_is_taken_and_restored_by_hand() {
    let app = App::shared();
    run(app, &(&Tenant::playing_in(app)).into(), "snapshot");
}

/// Customers of the large book: with what each line is filled up by, three parts and a half.
const LARGE_BOOK_CUSTOMERS: usize = 1_800;

#[test]
fn a_book_of_several_parts_is_imported_by_hand() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let lines = (0..LARGE_BOOK_CUSTOMERS).map(|number| {
        let id = format!("{}-large-{number:04}", tenant.tenant_id);
        let customer = json!({
            "kind": "customer", "tenant_id": tenant.tenant_id, "customer_id": id,
            "partner_id": tenant.distributor.principal_id, "association_type": "2",
            "account_name": id, "customer": id,
        });
        // Blanks at the end of a line say nothing.
        format!("{customer}{}\n", " ".repeat(800))
    });
    std::fs::write(large_book(), lines.collect::<String>()).expect("written");
    let Some(told) = run(app, &(&tenant).into(), "book") else {
        return;
    };
    let told = Json::parse(&told).expect("JSON");
    let told = |name: &str| -> Vec<String> {
        told.at(name).as_list().iter().map(|text| text.as_text().to_owned()).collect()
    };
    let all = LARGE_BOOK_CUSTOMERS.to_string();
    let [first, skipped, line] = &told("stopped")[..] else { panic!("three texts") };
    assert_eq!((&**skipped, &**line), ("0", ""));
    let first: usize = first.parse().expect("a count");
    assert!((1..LARGE_BOOK_CUSTOMERS / 2).contains(&first), "{first} lines in the first part");
    let rest = (LARGE_BOOK_CUSTOMERS - first).to_string();
    assert_eq!(told("whole"), [&*rest, &first.to_string(), ""]);
    assert_eq!(told("again"), ["0", &all, ""]);
    let wrong_line = (LARGE_BOOK_CUSTOMERS + 1).to_string();
    assert_eq!(told("wrong"), ["0", &all, &wrong_line]);
    assert_eq!(told("signed out"), ["0", "0", ""]);
    assert_eq!(told("without the script"), ["0", "1", "2", "0", "1"]);
}

#[test]
fn the_pages_that_the_readme_shows_are_there() {
    let app = App::start();
    app.import(&DEMO);
    app.import(&CATALOGUE);
    let distributor = DEMO.key(DEMO.partners("distributor")[0]);
    let customer = DEMO.with("customer", "partner_id", &distributor.principal_id).next();
    let customer = customer.expect("a customer").text_at("customer_id");
    let tenant_id = "demo-distributor";
    assert_eq!(switch(&app, tenant_id, false, true).status, 200);
    let allocate = |amount: &str| {
        let body = json!({"customer_id": customer, "amount": amount}).to_string();
        app.post(&distributor, "/v2/accounts/partner-accounts/adjust-amount", body)
    };
    for amount in ["120.00", "35.50", "0.00"] {
        allocate(amount);
    }
    for _ in 0..2 {
        app.get(&distributor, "/v2/accounts/partner-accounts/balances");
    }
    let people = People { tenant_id, distributor: &distributor, reseller: &distributor, customer };
    if run(&app, &people, "screenshots").is_some() {
        for name in ["overview", "statement", "review", "requests"] {
            let file = Path::new(&pictures()).join(format!("{name}.png"));
            let picture = std::fs::read(file).expect("a picture");
            assert!(picture.starts_with(b"\x89PNG"), "{name}");
            assert!(picture.len() < PICTURE_BYTES_MAX, "{name}: {} bytes", picture.len());
        }
    }
}
