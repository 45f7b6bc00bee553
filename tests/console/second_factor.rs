//! The second factor of a partner: switched on and off by hand, and asked for before what is dangerous.

use crate::harness::app::App;
use crate::harness::console::Browser;
use crate::harness::coupons::issue;
use crate::harness::money::holdings;
use crate::harness::registration::{MOBILE, codes};
use crate::harness::tenant::Tenant;

const PAGE: &str = "/console/second-factor";
const CODE: &str = "/console/second-factor/code";
const ALLOCATE: &str = "/console/money/allocate";

/// What the codes of a second factor are for.
const TO_ASK: i64 = 1001;
const TO_PROVE: i64 = 1002;

/// The code that was sent last, as the operator of the demo tenant reads it.
fn code(app: &App, tenant: &Tenant, scene: i64) -> String {
    let found = codes(app, &tenant.tenant_id, MOBILE);
    let found = found.iter().find(|code| code.at("scene").as_integer() == scene);
    found.expect("a code").text_at("code").to_owned()
}

/// Has a code sent, from a page with a form for that.
fn send(browser: &mut Browser<'_>, fields: &[(&str, &str)]) {
    let page = browser.page(PAGE);
    let sent = browser.fill_in(&page, CODE, fields);
    assert_eq!(sent.status, 200, "{}", sent.text());
    assert!(sent.text().contains("A code was sent"), "{}", sent.text());
}

fn switch_on(app: &App, tenant: &Tenant, browser: &mut Browser<'_>) {
    send(browser, &[("mobile_phone", MOBILE)]);
    let code = code(app, tenant, TO_PROVE);
    let page = browser.page(PAGE);
    let fields = [("mobile_phone", MOBILE), ("verification_code", &*code)];
    let switched = browser.fill_in(&page, PAGE, &fields);
    assert!(switched.text().contains(">On<"), "{}", switched.text());
}

#[test]
fn is_switched_on_and_off_by_hand() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    assert!(browser.page(PAGE).contains("<dd>Off</dd>"));
    let page = browser.page(PAGE);
    for (mobile, code) in [(MOBILE, "000000"), ("123", "000000"), (MOBILE, "")] {
        let fields = [("mobile_phone", mobile), ("verification_code", code)];
        let refused = browser.fill_in(&page, PAGE, &fields);
        assert_eq!(refused.status, 400, "{}", refused.text());
    }
    switch_on(app, &tenant, &mut browser);
    let page = browser.page(PAGE);
    assert!(page.contains("<dd>On</dd>") && page.contains("138****5678"), "{page}");
    assert!(!page.contains(MOBILE), "{page}");
    send(&mut browser, &[]);
    let code = code(app, &tenant, TO_ASK);
    let switched = browser.fill_in(&page, PAGE, &[("verification_code", &code)]);
    assert!(switched.text().contains(">Off<"), "{}", switched.text());
    assert!(browser.page(PAGE).contains("<dd>Off</dd>"));
    // A reseller only looks.
    let mut reseller = Browser::of_partner(app, &tenant.reseller);
    assert_eq!(reseller.get(PAGE).status, 403);
    assert!(!reseller.page("/console").contains(PAGE));
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_page_that_confirms_something_dangerous_asks_for_a_code() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let coupon = issue(app, &tenant, "1.00");
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let before = browser.page(&format!("/console/coupons/reclaim?coupon_id={coupon}"));
    assert!(!before.contains("verification_code"), "{before}");
    switch_on(app, &tenant, &mut browser);
    for page in [
        format!("/console/coupons/reclaim?coupon_id={coupon}"),
        format!("/console/quotas/reclaim?quota_id={}", tenant.granted_quota),
    ] {
        let page = browser.page(&page);
        assert!(page.contains("name=\"verification_code\""), "{page}");
        assert!(page.contains("formaction=\"/console/second-factor/code\""), "{page}");
    }
    let held = holdings(app, &tenant);
    let form = browser.page(ALLOCATE);
    let fields = [("customer_id", tenant.customers[0].as_str()), ("amount", "10.00")];
    let asked = browser.fill_in(&form, ALLOCATE, &fields);
    for wrong in ["", "000000"] {
        let refused = browser.fill_in(asked.text(), ALLOCATE, &[("verification_code", wrong)]);
        assert_eq!(refused.status, 400, "{}", refused.text());
    }
    assert_eq!(holdings(app, &tenant), held);
    send(&mut browser, &[]);
    let code = code(app, &tenant, TO_ASK);
    let moved = browser.fill_in(asked.text(), ALLOCATE, &[("verification_code", &code)]);
    assert!(moved.text().contains(">Done<"), "{}", moved.text());
    assert_ne!(holdings(app, &tenant), held);
    app.audit(&tenant.tenant_id);
}
