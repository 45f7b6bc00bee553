//! Who is let in, and what the console does not take: forged, foreign and old cookies, and forms of
//! other pages.

use crate::harness::app::{App, Variables};
use crate::harness::console::{Browser, SESSION, SIGN_IN, form, hidden_fields};
use crate::harness::http::Request;
use crate::harness::tenant::Tenant;

#[test]
fn partners_and_the_operator_come_in_and_go_out() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (mut browser, who) in [
        (Browser::of_partner(app, &tenant.distributor), tenant.distributor.principal_id.as_str()),
        (Browser::of_partner(app, &tenant.reseller), tenant.reseller.principal_id.as_str()),
        (Browser::of_operator(app), "operator"),
    ] {
        let page = browser.page("/console");
        assert!(page.contains(&format!("<strong>{who}</strong>")), "{page}");
        assert_eq!(browser.get("/console/").header("location"), Some("/console"));
        assert_eq!(browser.get(SIGN_IN).header("location"), Some("/console"));
        let reply = browser.fill_in(&page, "/console/sign-out", &[]);
        assert_eq!((reply.status, reply.header("location")), (303, Some(SIGN_IN)));
        assert!(!browser.cookies.contains_key(SESSION));
        assert_eq!(browser.get("/console").header("location"), Some(SIGN_IN));
    }
}

#[test]
fn a_stranger_gets_the_sign_in_page_and_nothing_else() {
    let app = App::shared();
    let mut browser = Browser::new(app);
    for path in ["/console", "/console/customers", "/console/audit?tenant_id=demo-distributor"] {
        let reply = browser.get(path);
        assert_eq!((reply.status, reply.header("location")), (303, Some(SIGN_IN)), "{path}");
        assert!(reply.body.is_empty());
    }
    let page = browser.page(SIGN_IN);
    assert!(page.contains("<html lang=\"en\">") && page.contains("Operator token"), "{page}");
    browser.language = "zh-CN,zh;q=0.9,en;q=0.8";
    assert!(browser.page(SIGN_IN).contains("<html lang=\"zh-CN\">"));
    let reply = browser.get("/console/language?to=en_US&from=%2Fconsole%2Fsign-in");
    assert_eq!((reply.status, reply.header("location")), (303, Some(SIGN_IN)));
    assert!(browser.page(SIGN_IN).contains("<html lang=\"en\">"), "the choice comes first");
    let elsewhere = browser.get("/console/language?to=zh_CN&from=%2F%2Fevil.example");
    assert_eq!(elsewhere.header("location"), Some("/console"));
    assert!(browser.get("/console/style.css").text().contains("prefers-color-scheme: dark"));
}

#[test]
fn a_wrong_sign_in_gets_nothing_and_does_not_tell_what_is_wrong() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let mut pages = Vec::new();
    for fields in [
        [("access_key_id", key.access_key_id.as_str()), ("secret_key", "wrong")],
        [("access_key_id", "NOBODYSKEY"), ("secret_key", key.secret_key.as_str())],
        [("access_key_id", ""), ("secret_key", "")],
        [("operator_token", "wrong-token-of-the-tests"), ("secret_key", "")],
    ] {
        let mut browser = Browser::new(app);
        let reply = browser.submit(SIGN_IN, &fields);
        assert_eq!(reply.status, 401, "{}", reply.text());
        assert!(browser.cookies.is_empty());
        assert!(!reply.text().contains(&key.secret_key));
        pages.push(reply.text().to_owned());
    }
    pages.dedup();
    assert_eq!(pages.len(), 1);
    let customer = &tenant.customer;
    let fields = [
        ("access_key_id", customer.access_key_id.as_str()),
        ("secret_key", customer.secret_key.as_str()),
    ];
    let mut browser = Browser::new(app);
    assert_eq!(browser.submit(SIGN_IN, &fields).status, 403);
    assert!(browser.cookies.is_empty());
}

#[test]
fn a_forged_or_foreign_cookie_is_nobodys() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let own = Browser::of_partner(app, &tenant.distributor).cookies[SESSION].clone();
    let other = App::start_with(Variables {
        master_key: "1f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f1",
        ..Variables::default()
    });
    let foreign = Browser::of_operator(&other).cookies[SESSION].clone();
    let middle = own.len() / 2;
    let flipped = if own.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let mut forged = own.clone();
    forged.replace_range(middle..=middle, flipped);
    for cookie in [&forged, &foreign, &own[..middle].to_owned(), &"x".repeat(3_000)] {
        let mut browser = Browser::new(app);
        browser.cookies.insert(SESSION.to_owned(), cookie.clone());
        assert_eq!(browser.get("/console").header("location"), Some(SIGN_IN), "{cookie}");
    }
    let mut browser = Browser::new(app);
    browser.cookies.insert(SESSION.to_owned(), own.clone());
    browser.page("/console");
    // The cookie alone tells nothing.
    assert!(!own.contains(&tenant.distributor.access_key_id));
}

#[test]
fn a_form_of_another_page_is_refused() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let page = browser.page("/console");
    let fields = hidden_fields(&page, "/console/sign-out");
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    let origin = format!("http://{}", app.address());
    let posts: [Request; 6] = [
        form("/console/sign-out", &fields),
        form("/console/sign-out", &fields).with("Origin", "null"),
        form("/console/sign-out", &fields).with("Origin", "http://evil.example"),
        form("/console/sign-out", &[]).with("Origin", &origin),
        form("/console/sign-out", &[("form_token", "0000")]).with("Origin", &origin),
        form(SIGN_IN, &[("operator_token", Variables::default().operator_token)])
            .with("Origin", "http://evil.example"),
    ];
    for post in posts {
        let reply = browser.send(post);
        assert_eq!(reply.status, 403, "{}", reply.text());
        assert!(reply.header("set-cookie").is_none());
    }
    // Another session's pages say something else.
    let mut other = Browser::of_partner(app, &tenant.reseller);
    assert_eq!(other.submit("/console/sign-out", &fields).status, 403);
    assert_eq!(browser.submit("/console/sign-out", &fields).status, 303);
}

#[test]
fn other_methods_and_other_paths_are_refused() {
    let app = App::shared();
    let mut browser = Browser::of_operator(app);
    for method in ["PUT", "DELETE", "OPTIONS", "BREW"] {
        assert_eq!(browser.send(Request::new(method, "/console", "")).status, 405, "{method}");
    }
    for path in ["/console/nothing", "/console//", "/console/audit/", "/console/../operator"] {
        assert_eq!(browser.get(path).status, 404, "{path}");
    }
    for query in ["?more=1", "?offset=-1", "?limit=1000", "?offset=%ff"] {
        assert_eq!(browser.get(&format!("/console{query}")).status, 400, "{query}");
    }
}
