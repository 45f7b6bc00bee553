//! Money allocated and taken back by hand.

use crate::harness::app::App;
use crate::harness::console::Browser;
use crate::harness::exports::taken_by;
use crate::harness::http::Reply;
use crate::harness::money::allocate;
use crate::harness::registration::MOBILE;
use crate::harness::second_factor::{TO_ASK, sent, switch_on};
use crate::harness::tenant::Tenant;

const ALLOCATE: &str = "/console/money/allocate";
const RECLAIM: &str = "/console/money/reclaim";

#[test]
fn statements_and_the_ledger_are_taken_away_as_the_routes_give_them() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    allocate(app, &tenant, &tenant.customers[0], "20.00");
    let money = browser.page("/console/money");
    let customer = format!("kind=statement&customer_id={}", tenant.customers[0]);
    let page = format!("/console/customers/statement?customer_id={}", tenant.customers[0]);
    let statement = browser.page(&page);
    for (page, query) in
        [(&money, "kind=statement"), (&money, "kind=journal"), (&statement, &*customer)]
    {
        let target = format!("/console/exports/file?{query}");
        assert!(page.contains(&target.replace('&', "&amp;")), "{query}: {page}");
        let file = browser.get(&target);
        assert_eq!(file.status, 200, "{}", file.text());
        assert_eq!(file.body, taken_by(app, &tenant.distributor, query).body, "{query}");
    }
    for foreign in [
        format!("kind=statement&customer_id={}", other.customers[0]),
        format!("kind=statement&indirect_partner_id={}", other.reseller.principal_id),
        "kind=bills".to_owned(),
        "kind=everything".to_owned(),
        format!("kind=journal&partner_id={}", other.distributor.principal_id),
    ] {
        let refused = browser.get(&format!("/console/exports/file?{foreign}"));
        assert_eq!(refused.status, 400, "{foreign}: {}", refused.text());
        assert_eq!(refused.header("content-disposition"), None);
    }
    // A reseller takes its own away.
    let mut reseller = Browser::of_partner(app, &tenant.reseller);
    let file = reseller.get("/console/exports/file?kind=statement");
    assert_eq!(file.body, taken_by(app, &tenant.reseller, "kind=statement").body);
}

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
fn the_page_before_says_who_gets_the_money_and_of_whom_that_it_will_be_refused() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let page = browser.page(ALLOCATE);
    for customer in &tenant.customers {
        assert!(page.contains(&format!("<option value=\"{customer}\">")), "{page}");
    }
    assert!(!page.contains(&other.customers[0]) && !page.contains(&tenant.reseller_customer));
    for (name, id, is_refused) in [
        ("customer_id", &tenant.customers[0], false),
        ("customer_id", &tenant.referral_customer, true),
        ("customer_id", &other.customers[0], true),
        ("customer_id", &"nobody".to_owned(), true),
        ("indirect_partner_id", &tenant.reseller.principal_id, false),
        ("indirect_partner_id", &other.reseller.principal_id, true),
    ] {
        let asked = browser.fill_in(&page, ALLOCATE, &[(name, id), ("amount", "1.00")]);
        assert_eq!(asked.status, 200, "{id}: {}", asked.text());
        let says_so = asked.text().contains("None of yours to move money to");
        assert_eq!(says_so, is_refused, "{id}: {}", asked.text());
    }
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

#[test]
fn a_partner_with_a_second_factor_moves_money_with_a_code_alone() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let key = &tenant.distributor;
    let mut browser = Browser::of_partner(app, key);
    switch_on(app, &tenant, key, MOBILE);
    let page = browser.page(ALLOCATE);
    let fields = [("customer_id", tenant.customers[0].as_str()), ("amount", "1.00")];
    let confirm = browser.fill_in(&page, ALLOCATE, &fields);
    assert_eq!(confirm.status, 200, "{}", confirm.text());
    let mut attempt = |code: &[(&str, &str)]| browser.fill_in(confirm.text(), ALLOCATE, code);
    let code = sent(app, &tenant, key, (MOBILE, TO_ASK));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for without in [&[][..], &[("verification_code", wrong)]] {
        let reply = attempt(without);
        assert_ne!(reply.status, 200, "{without:?}: {}", reply.text());
    }
    let moved = attempt(&[("verification_code", &code)]);
    assert_eq!(moved.status, 200, "{}", moved.text());
    assert!(moved.text().contains("¥1.00"), "{}", moved.text());
}
