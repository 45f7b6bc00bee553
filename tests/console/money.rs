//! Money allocated and taken back by hand.

use crate::harness::app::App;
use crate::harness::console::Browser;
use crate::harness::http::Reply;
use crate::harness::tenant::Tenant;

const ALLOCATE: &str = "/console/money/allocate";
const RECLAIM: &str = "/console/money/reclaim";

/// Asks and confirms.
fn adjust(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Reply {
    let page = browser.page(path);
    let confirm = browser.fill_in(&page, path, fields);
    assert_eq!(confirm.status, 200, "{}", confirm.text());
    browser.fill_in(confirm.text(), path, &[])
}

#[test]
fn money_goes_to_a_customer_and_a_reseller_and_comes_back() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let customer = tenant.customers[0].as_str();
    let page = browser.page(&format!("{ALLOCATE}?customer_id={customer}"));
    let fields = [("customer_id", customer), ("amount", "100.10")];
    let confirm = browser.fill_in(&page, ALLOCATE, &fields);
    for told in ["¥100.10", "¥1,000.10", "¥900.00", customer] {
        assert!(confirm.text().contains(told), "{told}: {}", confirm.text());
    }
    for _ in 0..2 {
        let moved = browser.fill_in(confirm.text(), ALLOCATE, &[]);
        assert!(moved.text().contains("¥100.10"), "{}", moved.text());
    }
    assert!(browser.page("/console/money").contains("¥900.00"), "it was done once");
    let statement = browser.page(&format!("/console/customers/statement?customer_id={customer}"));
    assert!(statement.contains("+¥100.10") && statement.contains("Allocation"), "{statement}");
    adjust(&mut browser, RECLAIM, &[("customer_id", customer), ("amount", "0.10")]);
    let reseller = tenant.reseller.principal_id.as_str();
    adjust(&mut browser, ALLOCATE, &[("indirect_partner_id", reseller), ("amount", "50")]);
    adjust(&mut browser, RECLAIM, &[("indirect_partner_id", reseller), ("amount", "20")]);
    let money = browser.page("/console/money");
    for told in ["¥870.10", "−¥50.00", "+¥20.00", reseller] {
        assert!(money.contains(told), "{told}: {money}");
    }
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_refusal_says_why_and_changes_nothing() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let before = app.audit(&tenant.tenant_id);
    let customer = tenant.customers[0].as_str();
    for (fields, code) in [
        ([("customer_id", customer), ("amount", "1000.11")], "CBC.5003"),
        ([("customer_id", &tenant.referral_customer), ("amount", "1")], "CBC.99000000"),
        ([("customer_id", &other.customers[0]), ("amount", "1")], "CBC.99000035"),
        ([("indirect_partner_id", &other.reseller.principal_id), ("amount", "1")], "CBC.99000037"),
    ] {
        let refused = adjust(&mut browser, ALLOCATE, &fields);
        assert!(refused.status >= 400, "{fields:?}: {}", refused.text());
        assert!(refused.text().contains(code), "{fields:?}: {}", refused.text());
    }
    for fields in [
        [("customer_id", customer), ("amount", "")],
        [("customer_id", customer), ("amount", "0")],
        [("customer_id", customer), ("amount", "1.001")],
        [("customer_id", ""), ("amount", "1")],
    ] {
        let page = browser.page(ALLOCATE);
        let refused = browser.fill_in(&page, ALLOCATE, &fields);
        assert_eq!(refused.status, 400, "{fields:?}: {}", refused.text());
    }
    let mut reseller = Browser::of_partner(app, &tenant.reseller);
    for path in [ALLOCATE, RECLAIM] {
        assert_eq!(reseller.get(path).status, 403);
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
