//! A book imported at the console: the same as by the operator's route, and nothing else.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::console::{BOUNDARY, Browser, SIGN_IN, form_with_file, hidden_fields};
use crate::harness::http::{Reply, Request};
use crate::harness::tenant::Tenant;

const PATH: &str = "/console/import";

/// Where the page's script sends a part of a book.
const PART: &str = "/console/import/part";

/// Imports a file by the form of the page.
fn import(browser: &mut Browser<'_>, file: Option<&str>) -> Reply {
    send(browser, PATH, file)
}

fn send(browser: &mut Browser<'_>, path: &str, file: Option<&str>) -> Reply {
    let page = browser.page(PATH);
    let (_, token) = &hidden_fields(&page, PATH)[0];
    browser.upload(path, &[("form_token", token)], file)
}

/// What a page of facts says of a name.
fn fact(reply: &Reply, name: &str) -> String {
    let begin = format!("<dt>{name}</dt><dd>");
    let (_, rest) = reply.text().split_once(&begin).unwrap_or_else(|| panic!("{}", reply.text()));
    rest.split("</dd>").next().unwrap_or_default().to_owned()
}

/// How many lines of a book were imported, and how many were there before.
fn counts(reply: &Reply) -> (String, String) {
    (fact(reply, "Lines imported now"), fact(reply, "Lines that were there before"))
}

fn number(lines: usize) -> String {
    lines.to_string()
}

/// Whether there is a tenant.
fn is_known(app: &App, tenant_id: &str) -> bool {
    let target = format!("/operator/v1/audit?tenant_id={tenant_id}");
    let status = app.operator("GET", &target, "").status;
    assert!(matches!(status, 200 | 404), "{status}");
    status == 200
}

#[test]
fn a_book_is_imported_and_the_same_again_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::new();
    let lines = tenant.book.line_count();
    let mut browser = Browser::of_operator(app);
    let imported = import(&mut browser, Some(tenant.book.text()));
    assert_eq!(imported.status, 200, "{}", imported.text());
    assert!(imported.text().contains("The whole book is in."), "{}", imported.text());
    assert_eq!(counts(&imported), (number(lines), number(0)));
    let audit = app.audit(&tenant.tenant_id);
    let again = import(&mut browser, Some(tenant.book.text()));
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(counts(&again), (number(0), number(lines)));
    assert_eq!(app.audit(&tenant.tenant_id), audit);
    // The route finds all of it there, and the keys open what they should.
    let by_route = app.operator("POST", "/operator/v1/books", tenant.book.text()).json();
    assert_eq!(by_route.at("skipped").digits(), number(lines));
    Browser::of_partner(app, &tenant.distributor).page("/console");
}

/// The page says what the route says, and the lines before the refused one stay.
#[test]
fn a_refused_line_is_named_with_its_reason() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = |name: &str, partner: &str| {
        json!({"kind": "customer", "tenant_id": tenant.tenant_id,
               "customer_id": format!("{}-{name}", tenant.tenant_id), "partner_id": partner,
               "association_type": "2", "account_name": name, "customer": name})
    };
    let known = tenant.book.text().lines().next().expect("a line");
    let (new, foreign) =
        (customer("new", &tenant.distributor.principal_id), customer("foreign", "<b>nobody"));
    let book = format!("{known}\n\n{new}\n{foreign}\n{new}\n");
    let mut browser = Browser::of_operator(app);
    let stopped = import(&mut browser, Some(&book));
    assert_eq!(stopped.status, 400, "{}", stopped.text());
    assert_eq!(fact(&stopped, "Refused line"), "4");
    assert_eq!(counts(&stopped), (number(1), number(1)));
    assert!(stopped.text().contains("role=\"alert\""), "{}", stopped.text());
    let by_route = app.operator("POST", "/operator/v1/books", book);
    let by_route = by_route.json();
    assert_eq!(by_route.at("line").as_integer(), 4);
    let reason = "unknown partner \"<b>nobody\"";
    assert_eq!(by_route.text_at("error_msg"), reason);
    let reason = "unknown partner &quot;&lt;b&gt;nobody&quot;";
    assert!(stopped.text().contains(reason), "{}", stopped.text());
    assert!(stopped.text().contains(by_route.text_at("error_code")), "{}", stopped.text());
    for (file, line) in [("no JSON", "1"), ("\n{}", "2"), ("{\"kind\":\"all\"}\n", "1")] {
        let stopped = import(&mut browser, Some(file));
        assert_eq!(stopped.status, 400, "{file}: {}", stopped.text());
        assert_eq!(fact(&stopped, "Refused line"), line);
        assert_eq!(counts(&stopped), (number(0), number(0)));
    }
    // In the language of the page, too.
    browser.language = "zh-CN";
    let stopped = import(&mut browser, Some("{}"));
    assert_eq!(fact(&stopped, "被拒绝的行号"), "1");
}

#[test]
fn what_is_no_book_is_refused_and_nothing_is_imported() {
    let app = App::shared();
    let tenant = Tenant::new();
    let text = tenant.book.text();
    let mut browser = Browser::of_operator(app);
    for file in [None, Some("")] {
        let refused = import(&mut browser, file);
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert!(refused.text().contains("book: must be a file"), "{}", refused.text());
    }
    let page = browser.page(PATH);
    let (_, token) = &hidden_fields(&page, PATH)[0];
    let fields = [("form_token", token.as_str())];
    // A form without a file, and one whose file is another field's.
    let refused = browser.submit(PATH, &[fields[0], ("book", text)]);
    assert_eq!(refused.status, 400, "{}", refused.text());
    let origin = format!("http://{}", app.address());
    let whole = form_with_file(PATH, &fields, Some(text)).with("Origin", &origin);
    let body = String::from_utf8(whole.body.clone()).expect("text");
    let cut = &body[..body.len() - 8];
    let twice = body.replace(&format!("--{BOUNDARY}--\r\n"), &body);
    for body in [body.replace("\"book\"", "\"other\""), cut.to_owned(), twice] {
        let refused = browser.send(Request { body: body.into_bytes(), ..whole.clone() });
        assert_eq!(refused.status, 400, "{}", refused.text());
    }
    let large = format!("{text}{}", "\n".repeat(1024 * 1024));
    let refused = browser.upload(PATH, &fields, Some(&large));
    assert_eq!(refused.status, 413, "{}", refused.text());
    assert!(!is_known(app, &tenant.tenant_id));
    let largest = format!("{text}{}", "\n".repeat(1_000_000 - text.len()));
    let imported = browser.upload(PATH, &fields, Some(&largest));
    assert_eq!(imported.status, 200, "{}", imported.text());
    assert_eq!(counts(&imported), (number(tenant.book.line_count()), number(0)));
}

#[test]
fn no_file_of_another_page_is_taken() {
    let app = App::shared();
    let tenant = Tenant::new();
    let mut browser = Browser::of_operator(app);
    let page = browser.page(PATH);
    let (_, token) = &hidden_fields(&page, PATH)[0];
    let of = Browser::of_operator(app).page(PATH);
    let (_, foreign_token) = &hidden_fields(&of, PATH)[0];
    let origin = format!("http://{}", app.address());
    let with = |token| form_with_file(PATH, &[("form_token", token)], Some(tenant.book.text()));
    for post in [
        with(token),
        with(token).with("Origin", "null"),
        with(token).with("Origin", "https://evil.example"),
        with("").with("Origin", &origin),
        with("0000").with("Origin", &origin),
        with(foreign_token).with("Origin", &origin),
    ] {
        let refused = browser.send(post);
        assert_eq!(refused.status, 403, "{}", refused.text());
    }
    // Whoever is not signed in, any more perhaps, is led to where one signs in.
    let stranger = Browser::new(app).upload(PATH, &[("form_token", token)], Some("{}"));
    assert_eq!((stranger.status, stranger.header("location")), (303, Some(SIGN_IN)));
    assert!(!is_known(app, &tenant.tenant_id));
}

#[test]
fn only_one_who_may_do_everything_sees_the_page() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let new = Tenant::new();
    for role in ["read", "reviews", "support"] {
        let name = format!("import-{}-{role}", tenant.tenant_id);
        let body = json!({"name": name, "role": role, "ttl_seconds": 600});
        let created = app.operator("POST", "/operator/v1/operators", body.to_string()).json();
        let mut browser = Browser::new(app);
        browser.submit(SIGN_IN, &[("operator_token", created.text_at("token"))]);
        let page = browser.page("/console");
        assert!(!page.contains(PATH), "{role}: {page}");
        let refused = browser.get(PATH);
        assert_eq!(refused.status, 403, "{role}: {}", refused.text());
        let (_, token) = &hidden_fields(&page, "/console/sign-out")[0];
        let refused = browser.upload(PATH, &[("form_token", token)], Some(new.book.text()));
        assert_eq!(refused.status, 403, "{role}: {}", refused.text());
        assert!(refused.text().contains("Your role does not open this."), "{}", refused.text());
    }
    assert!(Browser::of_operator(app).page("/console").contains(PATH));
    let mut partner = Browser::of_partner(app, &tenant.distributor);
    assert_eq!(partner.get(PATH).status, 404);
    let page = partner.page("/console");
    let (_, token) = &hidden_fields(&page, "/console/sign-out")[0];
    let refused = partner.upload(PATH, &[("form_token", token)], Some(new.book.text()));
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert!(!is_known(app, &new.tenant_id));
}

/// What the script is answered is what the route answers, to the byte.
#[test]
fn a_part_is_answered_as_the_route_answers_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let text = tenant.book.text();
    let mut browser = Browser::of_operator(app);
    for book in [text.to_owned(), format!("{text}{{}}\n"), "no JSON".to_owned()] {
        let part = send(&mut browser, PART, Some(&book));
        let by_route = app.operator("POST", "/operator/v1/books", &book);
        assert_eq!((part.status, part.text()), (by_route.status, by_route.text()));
        assert_eq!(part.header("content-type"), by_route.header("content-type"));
    }
    let none = send(&mut browser, PART, None);
    assert_eq!((none.status, none.json().text_at("error_code")), (400, "CBC.0100"));
    // As a program: whoever is not signed in gets no data, and the script says so.
    let stranger = Browser::new(app).upload(PART, &[], Some(text));
    assert_eq!((stranger.status, stranger.header("location")), (303, Some(SIGN_IN)));
    let foreign = browser.upload(PART, &[("form_token", "0000")], Some(text));
    assert_eq!(foreign.status, 403, "{}", foreign.text());
}

/// All other pages load and run nothing, which the browser of the tests looks at in each answer.
#[test]
fn the_one_script_is_a_file_of_the_console_and_runs_on_its_page_alone() {
    let app = App::shared();
    let mut browser = Browser::of_operator(app);
    let page = browser.get(PATH);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("default-src 'none'; script-src 'self'; connect-src 'self'"),
        "{policy}"
    );
    assert!(page.text().contains("<script src=\"/console/import.js\" defer></script>"));
    let script = Browser::new(app).get("/console/import.js");
    assert_eq!(script.status, 200, "{}", script.text());
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(script.text(), include_str!("../../functions/console/pages/src/import.js"));
    let imported = import(&mut browser, Some(&"\n".repeat(9)));
    assert_eq!(counts(&imported), (number(0), number(0)));
    let policy = imported.header("content-security-policy").expect("a policy");
    assert!(!policy.contains("script"), "{policy}");
}
