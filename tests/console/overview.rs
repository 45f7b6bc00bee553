//! The first page of a partner and of the operator.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::Book;
use crate::harness::console::Browser;
use crate::harness::coupons::{at, issue, issue_with};
use crate::harness::money::allocate;
use crate::harness::orders;
use crate::harness::realname::{INDIVIDUAL, person, submit};
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

/// A line of a resource whose term ends then.
fn resource(tenant: &Tenant, ends: &str) -> Value {
    json!({"kind": "resource", "tenant_id": tenant.tenant_id, "customer_id": tenant.customers[0],
           "resource_id": format!("{}-ends", tenant.tenant_id),
           "order_id": format!("{}-ends", tenant.tenant_id),
           "service_type_code": "test.service.orders",
           "resource_type_code": "test.resource.orders", "resource_spec": "orders.small",
           "region_code": "test-orders-1", "product_id": "test-orders-product",
           "effective_time": "2026-01-05T02:00:00Z", "expire_time": ends,
           "period_type": 2, "period_num": 1})
}

#[test]
fn the_overview_shows_what_was_spent_and_what_waits_and_ends() {
    let app = App::shared();
    orders::catalogue(app);
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let empty = Browser::of_partner(app, &tenant.distributor).page("/console");
    assert!(!empty.contains("Spent by service"), "{empty}");
    let ends = at(Utc::now() + TimeDelta::days(10));
    for tenant in [&tenant, &other] {
        allocate(app, tenant, &tenant.customers[0], "20.00");
        orders::provided(app, tenant);
        app.import(&Book::new(format!("{}\n", resource(tenant, &ends))));
        submit(app, tenant, INDIVIDUAL, &person(&tenant.customers[1], "E0000009"));
    }
    let coupon = issue_with(app, &tenant, "1.00", json!({"expire_time": ends}));
    let later = issue(app, &tenant, "1.00");
    let order_id = orders::place(app, &tenant);
    let foreign = orders::place(app, &other);
    let paid = orders::paid(app, &tenant);
    let page = Browser::of_partner(app, &tenant.distributor).page("/console");
    for shown in [
        "Spent by service",
        "¥32.20",
        "Cash over time",
        "aria-labelledby=\"balance-title balance-text\"",
        "<title id=\"spent-title\">",
        "<desc id=\"spent-text\">",
        &order_id,
        &format!("/console/orders/order?order_id={order_id}"),
        &coupon,
        &format!("/console/resources?customer_id={}", tenant.customers[0]),
        &format!("{}-ends", tenant.tenant_id),
        &format!("/console/customers/statement?customer_id={}", tenant.customers[1]),
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    for hidden in [&foreign, &later, &other.customers[1], &format!("{}-ends", other.tenant_id)] {
        assert!(!page.contains(hidden.as_str()), "{hidden}: {page}");
    }
    let (_, waiting) = page.split_once("Orders that wait").expect("a table");
    let (waiting, _) = waiting.split_once("</table>").expect("its end");
    assert!(!waiting.contains(&paid), "{waiting}");
    // What is a reseller's is not the distributor's.
    let page = Browser::of_partner(app, &tenant.reseller).page("/console");
    for hidden in [&order_id, &coupon, &tenant.customers[1]] {
        assert!(!page.contains(hidden.as_str()), "{hidden}: {page}");
    }
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
