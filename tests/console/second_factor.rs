//! The second factor of a partner: switched on and off by hand, and asked for before what is dangerous
//! and at each sign-in.

use crate::harness::app::{App, Variables};
use crate::harness::clock::pass_days;
use crate::harness::console::{
    Browser, PARTNER_PAGES, SESSION, SIGN_IN, SIGN_IN_CODE, STARTED, form, hidden_fields, pages_of,
};
use crate::harness::coupons::issue;
use crate::harness::http::Reply;
use crate::harness::money::holdings;
use crate::harness::registration::MOBILE;
use crate::harness::second_factor::{self, TO_ASK, TO_PROVE, TO_SIGN_IN, other};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const PAGE: &str = "/console/second-factor";
const CODE: &str = "/console/second-factor/code";
const ALLOCATE: &str = "/console/money/allocate";

/// Codes that a number is sent within an hour, at most.
const SENT_PER_HOUR_MAX: usize = 15;

/// The code that was sent last, as the operator of the demo tenant reads it.
fn code(app: &App, tenant: &Tenant, scene: i64) -> String {
    second_factor::code(app, tenant, MOBILE, scene)
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

/// A demo tenant whose distributor has a second factor, and a browser that was signed in before.
fn guarded(app: &App) -> (Tenant, Browser<'_>) {
    let tenant = Tenant::playing_in(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    switch_on(app, &tenant, &mut browser);
    (tenant, browser)
}

/// A browser that has shown the access key and must show a code.
fn begun<'a>(app: &'a App, key: &Key) -> Browser<'a> {
    let (browser, reply) = Browser::with_key(app, key);
    assert_eq!((reply.status, reply.header("location")), (303, Some(SIGN_IN_CODE)));
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), [STARTED], "{:?}", reply.headers);
    browser
}

/// Shows a code on the page that asks for it.
fn show(browser: &mut Browser<'_>, code: &str) -> Reply {
    let page = browser.page(SIGN_IN_CODE);
    browser.fill_in(&page, SIGN_IN_CODE, &[("another", ""), ("verification_code", code)])
}

/// Shows a code that is right.
fn lets_in(browser: &mut Browser<'_>, code: &str) {
    let reply = show(browser, code);
    browser.is_let_in(&reply);
}

/// A demo tenant whose distributor has a second factor, a browser that has shown its access key, and
/// the code that it must show.
fn asked(app: &App) -> (Tenant, Browser<'_>, String) {
    let (tenant, _) = guarded(app);
    let browser = begun(app, &tenant.distributor);
    let sent = code(app, &tenant, TO_SIGN_IN);
    (tenant, browser, sent)
}

/// Asks for another code.
fn another(browser: &mut Browser<'_>) -> Reply {
    let page = browser.page(SIGN_IN_CODE);
    browser.fill_in(&page, SIGN_IN_CODE, &[("another", "yes")])
}

/// Checks that a page tells this reason, and that nobody is in.
fn refused(browser: &Browser<'_>, reply: &Reply, said: &str, code: &str) {
    assert_eq!(reply.status, 400, "{}", reply.text());
    assert!(reply.text().contains(said) && reply.text().contains(code), "{}", reply.text());
    assert!(!browser.cookies.contains_key(SESSION));
}

#[test]
fn a_sign_in_asks_for_a_code_and_nothing_opens_before_it() {
    let app = App::shared();
    let (tenant, mut before) = guarded(app);
    let mut browser = begun(app, &tenant.distributor);
    let page = browser.page(SIGN_IN_CODE);
    assert!(page.contains("138****5678") && !page.contains(MOBILE), "{page}");
    assert!(!page.contains(&tenant.distributor.principal_id), "{page}");
    for target in pages_of(PARTNER_PAGES) {
        assert_eq!(browser.get(&target).header("location"), Some(SIGN_IN), "{target}");
    }
    for target in [ALLOCATE, PAGE, CODE] {
        let fields = hidden_fields(&page, SIGN_IN_CODE);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        let reply = browser.submit(target, &fields);
        assert_eq!(reply.header("location"), Some(SIGN_IN), "{target}");
    }
    let sent = code(app, &tenant, TO_SIGN_IN);
    lets_in(&mut browser, &sent);
    assert!(!browser.cookies.contains_key(STARTED));
    assert!(browser.page("/console").contains(&tenant.distributor.principal_id));
    assert_eq!(browser.get(SIGN_IN_CODE).header("location"), Some(SIGN_IN));
    // A session from before it was switched on goes on.
    assert!(before.page(PAGE).contains("<dd>On</dd>"));
    // Its reseller has none, and the operator neither.
    Browser::of_partner(app, &tenant.reseller).page("/console");
    Browser::of_operator(app).page("/console");
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_reseller_with_a_second_factor_of_its_own_shows_a_code_too() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    second_factor::switch_on(app, &tenant, &tenant.reseller, MOBILE);
    let mut browser = begun(app, &tenant.reseller);
    let page = browser.page(SIGN_IN_CODE);
    assert!(
        page.contains("138****5678") && !page.contains(&tenant.reseller.principal_id),
        "{page}"
    );
    assert_eq!(browser.get("/console").header("location"), Some(SIGN_IN));
    let sent = code(app, &tenant, TO_SIGN_IN);
    let reply = show(&mut browser, &other(&sent));
    refused(&browser, &reply, "The verification code is wrong.", "CBC.99004010");
    lets_in(&mut browser, &sent);
    for target in ["/console", "/console/customers", "/console/money"] {
        browser.page(target);
    }
    assert!(browser.page("/console").contains(&tenant.reseller.principal_id));
    assert_eq!(browser.get(ALLOCATE).status, 403, "it looks and does not act");
    // Its distributor has none, and signs in as before.
    Browser::of_partner(app, &tenant.distributor).page("/console");
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_code_lets_one_browser_in_once() {
    let app = App::shared();
    let (_, mut browser, sent) = asked(app);
    let cookie = browser.cookies[STARTED].clone();
    lets_in(&mut browser, &sent);
    let mut thief = Browser::new(app);
    thief.cookies.insert(STARTED.to_owned(), cookie);
    let reply = show(&mut thief, &sent);
    refused(&thief, &reply, "The verification code is wrong.", "CBC.99004010");
}

#[test]
fn wrong_answers_end_a_code_and_another_one_counts() {
    let app = App::shared();
    let (tenant, mut browser, sent) = asked(app);
    for _ in 0..3 {
        let reply = show(&mut browser, &other(&sent));
        refused(&browser, &reply, "The verification code is wrong.", "CBC.99004010");
    }
    let reply = show(&mut browser, &sent);
    refused(&browser, &reply, "wrong too often", "CBC.99004009");
    browser.language = "zh-CN";
    let reply = show(&mut browser, &sent);
    refused(&browser, &reply, "验证码错误次数过多", "CBC.99004009");
    assert!(!reply.text().contains("verification code"), "{}", reply.text());
    let reply = another(&mut browser);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(reply.text().contains("新的验证码已发送"), "{}", reply.text());
    let fresh = code(app, &tenant, TO_SIGN_IN);
    lets_in(&mut browser, &fresh);
}

#[test]
fn a_code_that_has_expired_lets_nobody_in() {
    let app = App::shared();
    let (tenant, mut browser, sent) = asked(app);
    pass_days(app, &tenant, 1);
    let reply = show(&mut browser, &sent);
    refused(&browser, &reply, "The verification code has expired.", "CBC.99004008");
    another(&mut browser);
    let fresh = code(app, &tenant, TO_SIGN_IN);
    lets_in(&mut browser, &fresh);
}

#[test]
fn a_code_counts_for_what_it_was_sent_for_alone() {
    let app = App::shared();
    let (tenant, mut inside) = guarded(app);
    send(&mut inside, &[]);
    let mut browser = begun(app, &tenant.distributor);
    let (to_ask, to_enter) = (code(app, &tenant, TO_ASK), code(app, &tenant, TO_SIGN_IN));
    if to_ask == to_enter {
        // One time in a million: then there is nothing to tell apart.
        return;
    }
    let held = holdings(app, &tenant);
    let form = inside.page(ALLOCATE);
    let fields = [("customer_id", tenant.customers[0].as_str()), ("amount", "10.00")];
    let asked = inside.fill_in(&form, ALLOCATE, &fields);
    let moved = inside.fill_in(asked.text(), ALLOCATE, &[("verification_code", &to_enter)]);
    assert_eq!(moved.status, 400, "{}", moved.text());
    assert_eq!(holdings(app, &tenant), held);
    let reply = show(&mut browser, &to_ask);
    refused(&browser, &reply, "The verification code is wrong.", "CBC.99004010");
    let moved = inside.fill_in(asked.text(), ALLOCATE, &[("verification_code", &to_ask)]);
    assert!(moved.text().contains(">Done<"), "{}", moved.text());
    lets_in(&mut browser, &to_enter);
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_forged_or_foreign_sign_in_asks_for_no_code() {
    let app = App::shared();
    let (tenant, inside) = guarded(app);
    let mut own = begun(app, &tenant.distributor);
    let page = own.page(SIGN_IN_CODE);
    let cookie = own.cookies[STARTED].clone();
    let another_app = App::start_with(Variables {
        master_key: "1f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f1",
        ..Variables::default()
    });
    let (elsewhere, _) = guarded(&another_app);
    let foreign = begun(&another_app, &elsewhere.distributor).cookies[STARTED].clone();
    let middle = cookie.len() / 2;
    let flipped = if cookie.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let mut forged = cookie.clone();
    forged.replace_range(middle..=middle, flipped);
    let session = inside.cookies[SESSION].clone();
    let sent = code(app, &tenant, TO_SIGN_IN);
    for wrong in [&forged, &foreign, &session, &cookie[..middle].to_owned(), &"x".repeat(3_000)] {
        let mut browser = Browser::new(app);
        browser.cookies.insert(STARTED.to_owned(), wrong.clone());
        assert_eq!(browser.get(SIGN_IN_CODE).header("location"), Some(SIGN_IN), "{wrong}");
        let fields = [("verification_code", sent.as_str())];
        let reply = browser.fill_in(&page, SIGN_IN_CODE, &fields);
        assert_eq!(reply.status, 401, "{}", reply.text());
        assert!(!browser.cookies.contains_key(SESSION));
    }
    // Nor does it open a page as a session.
    let mut browser = Browser::new(app);
    browser.cookies.insert(SESSION.to_owned(), cookie);
    assert_eq!(browser.get("/console").header("location"), Some(SIGN_IN));
    // Nothing was counted against the code.
    lets_in(&mut own, &sent);
}

#[test]
fn a_code_from_a_form_of_another_page_is_not_looked_at() {
    let app = App::shared();
    let (_, mut browser, sent) = asked(app);
    let page = browser.page(SIGN_IN_CODE);
    let token = hidden_fields(&page, SIGN_IN_CODE).remove(0);
    assert_eq!(token.0, "form_token");
    let fields = [("form_token", token.1.as_str()), ("verification_code", sent.as_str())];
    let origin = format!("http://{}", app.address());
    for post in [
        form(SIGN_IN_CODE, &fields),
        form(SIGN_IN_CODE, &fields).with("Origin", "http://evil.example"),
        form(SIGN_IN_CODE, &fields[1..]).with("Origin", &origin),
        form(SIGN_IN_CODE, &[("form_token", "00"), fields[1]]).with("Origin", &origin),
    ] {
        let reply = browser.send(post);
        assert_eq!(reply.status, 403, "{}", reply.text());
        assert!(reply.header("set-cookie").is_none());
    }
    let reply = browser.submit(SIGN_IN_CODE, &fields);
    browser.is_let_in(&reply);
}

#[test]
fn a_number_is_sent_no_more_codes_than_any() {
    let app = App::shared();
    let (tenant, _) = guarded(app);
    let mut browser = begun(app, &tenant.distributor);
    // One has proven the number, and one came with the sign-in.
    for _ in 2..SENT_PER_HOUR_MAX {
        assert_eq!(another(&mut browser).status, 200);
    }
    let reply = another(&mut browser);
    refused(&browser, &reply, "The limit of codes is reached", "CBC.99004015");
    let (late, reply) = Browser::with_key(app, &tenant.distributor);
    assert_eq!(reply.status, 400, "{}", reply.text());
    assert!(reply.text().contains("The limit of codes is reached"), "{}", reply.text());
    assert!(late.cookies.is_empty(), "{:?}", late.cookies);
    // The last one still counts.
    let sent = code(app, &tenant, TO_SIGN_IN);
    lets_in(&mut browser, &sent);
}

#[test]
fn a_second_factor_that_is_off_by_now_asks_for_nothing() {
    let app = App::shared();
    let (tenant, _) = guarded(app);
    let [mut shown, mut asks, mut looks] = [(); 3].map(|()| begun(app, &tenant.distributor));
    let [of_shown, of_asks] = [&mut shown, &mut asks].map(|browser| browser.page(SIGN_IN_CODE));
    let query =
        format!("tenant_id={}&partner_id={}", tenant.tenant_id, tenant.distributor.principal_id);
    let reply = app.operator("DELETE", &format!("/operator/v1/verification-codes?{query}"), "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(looks.get(SIGN_IN_CODE).header("location"), Some(SIGN_IN));
    let reply = asks.fill_in(&of_asks, SIGN_IN_CODE, &[("another", "yes")]);
    assert_eq!(reply.header("location"), Some(SIGN_IN));
    let fields = [("another", ""), ("verification_code", "000000")];
    let reply = shown.fill_in(&of_shown, SIGN_IN_CODE, &fields);
    shown.is_let_in(&reply);
    Browser::of_partner(app, &tenant.distributor).page("/console");
}

#[test]
fn a_sign_in_ends_with_its_access_key() {
    let app = App::shared();
    let (tenant, mut browser, sent) = asked(app);
    let page = browser.page(SIGN_IN_CODE);
    let id = &tenant.distributor.access_key_id;
    let body = format!(r#"{{"access_key_id":"{id}","status":"inactive"}}"#);
    let reply = app.operator("PUT", "/operator/v1/access-keys", body);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(browser.get(SIGN_IN_CODE).header("location"), Some(SIGN_IN));
    let fields = [("another", ""), ("verification_code", sent.as_str())];
    let reply = browser.fill_in(&page, SIGN_IN_CODE, &fields);
    assert_eq!(reply.status, 401, "{}", reply.text());
    assert!(reply.text().contains("Begin again"), "{}", reply.text());
    assert!(!browser.cookies.contains_key(SESSION));
}
