//! The first page of a partner and of the operator.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::book::Book;
use crate::harness::console::Browser;
use crate::harness::tenant::Tenant;

#[test]
fn a_partner_sees_its_balances_quotas_and_customers() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let page = Browser::of_partner(app, &tenant.distributor).page("/console");
    for expected in ["¥1,000.10", "¥500.00", "¥50.00", &tenant.quota, &tenant.customers[0]] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    for foreign in [&tenant.reseller_customer, &tenant.granted_quota] {
        assert!(!page.contains(&**foreign), "{foreign}: {page}");
    }
    let page = Browser::of_partner(app, &tenant.reseller).page("/console");
    for expected in ["¥70.50", "¥30.00", &tenant.granted_quota, &tenant.reseller_customer] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    assert!(!page.contains(&tenant.customers[0]), "{page}");
}

#[test]
fn pages_are_in_both_languages() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    assert!(browser.page("/console").contains("Coupon quotas"));
    browser.language = "zh";
    let page = browser.page("/console");
    assert!(page.contains("代金券额度") && !page.contains("Coupon quotas"), "{page}");
}

#[test]
fn html_in_names_is_text() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let name = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>";
    let line = json!({
        "kind": "customer", "tenant_id": tenant.tenant_id, "partner_id": tenant.distributor.principal_id,
        "customer_id": format!("{}-a", tenant.tenant_id), "association_type": "2",
        "account_name": name, "customer": name, "label": name,
    });
    app.import(&Book::new(format!("{line}\n")));
    // The browser itself looks for whatever would run.
    let reply = Browser::of_partner(app, &tenant.distributor).get("/console");
    assert!(reply.text().contains("&lt;script&gt;alert(1)"), "{}", reply.text());
}

#[test]
fn the_operator_sees_the_tenants_and_their_audit() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_operator(app);
    let page = browser.page("/console?offset=0&limit=100");
    assert!(page.contains("/console/audit?tenant_id=demo-distributor"), "{page}");
    let first = browser.page("/console?offset=0&limit=1");
    assert!(first.contains("offset=1&amp;limit=1"), "{first}");
    let audit = browser.page(&format!("/console/audit?tenant_id={}", tenant.tenant_id));
    let figures = app.audit(&tenant.tenant_id);
    for expected in [figures.text_at("sum"), "In order", "role=\"status\""] {
        assert!(audit.contains(expected), "{expected}: {audit}");
    }
    assert_eq!(browser.get("/console/audit?tenant_id=nothing").status, 404);
    assert_eq!(browser.get("/console/audit").status, 400);
}

#[test]
fn a_partner_does_not_see_the_operators_pages() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let reply = browser.get(&format!("/console/audit?tenant_id={}", tenant.tenant_id));
    assert_eq!(reply.status, 404);
}
