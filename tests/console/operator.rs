//! The operator's pages: reviews decided, messages, access keys, the clock and what time does.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::bills::{CYCLE, tenant_with_bill};
use crate::harness::clock::set_clock;
use crate::harness::console::{Browser, SIGN_IN, hidden_fields};
use crate::harness::coupons::issue;
use crate::harness::exports::{OPERATOR_PARQUET, charges, name, taken};
use crate::harness::orders::fund;
use crate::harness::realname::{INDIVIDUAL, awaiting, person, status, submit};
use crate::harness::sandbox::counts;
use crate::harness::snapshots::{names, take};
use crate::harness::tenant::Tenant;
use crate::harness::usage::{catalogue, meter, ticket};

const DECIDE: &str = "/console/reviews/decide";

const PAGES_OF_A_TENANT: [&str; 10] = [
    "tenant",
    "access-keys",
    "deliveries",
    "reviews",
    "audit",
    "metrics",
    "months",
    "files",
    "snapshots",
    "settings",
];

#[test]
fn files_are_taken_away_as_the_route_gives_them() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let mut browser = Browser::of_operator(app);
    let of = format!("tenant_id={}", tenant.tenant_id);
    let page = browser.page(&format!("/console/files?{of}"));
    assert_eq!(page.matches("action=\"/console/files/file\"").count(), 2, "{page}");
    assert_eq!(page.matches("action=\"/console/files/parquet\"").count(), 1, "{page}");
    let partner = &tenant.distributor.principal_id;
    for kind in [
        format!("kind=sums&bill_cycle={CYCLE}&partner_id="),
        format!("kind=bills&bill_cycle={CYCLE}&partner_id="),
        format!("kind=focus&bill_cycle={CYCLE}&partner_id={partner}"),
        format!("kind=statement&customer_id={}", tenant.customers[0]),
        "kind=journal".to_owned(),
    ] {
        let file = browser.get(&format!("/console/files/file?{of}&{kind}"));
        assert_eq!(file.status, 200, "{kind}: {}", file.text());
        assert_eq!(file.body, taken(app, &format!("{of}&{kind}")).body, "{kind}");
    }
    for of_partner in ["", &*format!("&partner_id={partner}")] {
        let query = format!("{of}&bill_cycle={CYCLE}{of_partner}");
        let file = browser.get(&format!("/console/files/parquet?{query}"));
        let by_route = app.operator("GET", &format!("{OPERATOR_PARQUET}?{query}"), "");
        assert_eq!((file.status, by_route.status), (200, 200), "{}", file.text());
        assert_eq!(file.body, by_route.body, "{query}");
        assert!(file.body.starts_with(b"PAR1") && charges(&file).len() == 8, "{query}");
        assert_eq!(name(&file), name(&by_route));
    }
    for refused in ["", "bill_cycle=2026", "bill_cycle=2026-09&kind=focus"] {
        let reply = browser.get(&format!("/console/files/parquet?{of}&{refused}"));
        assert_eq!(reply.status, 400, "{refused}: {}", reply.text());
    }
    for refused in ["kind=statement", "kind=bills", "kind=bills&bill_cycle=2026", "kind=all"] {
        let reply = browser.get(&format!("/console/files/file?{of}&{refused}"));
        assert_eq!(reply.status, 400, "{refused}: {}", reply.text());
        assert_eq!(reply.header("content-disposition"), None);
    }
}

#[test]
fn the_store_is_tried_on_the_page_of_its_health() {
    let app = App::shared();
    let page = Browser::of_operator(app).page("/console/health");
    assert!(page.contains("In order") && page.contains("Compare-and-swap works"), "{page}");
}

#[test]
fn a_review_is_decided() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let review_id = submit(app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000001"));
    let mut browser = Browser::of_operator(app);
    let list = browser.page(&format!("/console/reviews?tenant_id={}", tenant.tenant_id));
    assert!(list.contains(&review_id) && list.contains(&tenant.customers[0]), "{list}");
    let target =
        format!("/console/reviews/review?tenant_id={}&review_id={review_id}", tenant.tenant_id);
    let page = browser.page(&target);
    assert!(page.contains("Under review"), "{page}");
    // A rejection says why.
    let (_, reject) = page.split_once("action=\"/console/reviews/decide\"").expect("two forms");
    let reject = format!("{reject}</form>");
    let without = browser.fill_in(&reject, DECIDE, &[("opinion", "")]);
    assert_eq!(without.status, 400, "{}", without.text());
    assert_eq!(awaiting(app, &tenant.tenant_id).len(), 1);
    let opinion = "<i>not legible</i>";
    let asked = browser.fill_in(&reject, DECIDE, &[("opinion", opinion)]);
    assert!(asked.text().contains("&lt;i&gt;not legible"), "{}", asked.text());
    assert_eq!(awaiting(app, &tenant.tenant_id).len(), 1, "it is not decided yet");
    let decided = browser.fill_in(asked.text(), DECIDE, &[]);
    assert_eq!((decided.status, decided.header("location")), (303, Some(&*target)));
    let page = browser.page(&target);
    assert!(page.contains("Rejected") && page.contains("&lt;i&gt;not legible"), "{page}");
    assert!(!page.contains("action=\"/console/reviews/decide\""), "it is decided");
    assert_eq!(status(app, &tenant), (1, Some(0)));
    let again = browser.confirm(&reject, DECIDE, &[("opinion", opinion)]);
    assert_eq!(again.status, 409);
    app.audit(&tenant.tenant_id);
}

#[test]
fn the_pages_of_a_tenant_show_what_the_routes_do() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let mut browser = Browser::of_operator(app);
    let query = format!("tenant_id={}", tenant.tenant_id);
    let keys = browser.page(&format!("/console/access-keys?{query}"));
    assert!(keys.contains(&tenant.distributor.access_key_id), "{keys}");
    assert!(!keys.contains(&tenant.distributor.secret_key), "{keys}");
    assert!(browser.page(&format!("/console/deliveries?{query}")).contains("Nothing yet"));
    let page = browser.page(&format!("/console/tenant?{query}"));
    let moved = browser.confirm(&page, "/console/clock", &[("now", "2090-01-02T00:00:00Z")]);
    assert_eq!(moved.status, 303, "{}", moved.text());
    let page = browser.page(&format!("/console/tenant?{query}"));
    assert!(page.contains("2090-01-02 08:0"), "{page}");
    assert!(page.contains("value=\"2090-01-02T08:0"), "the form has the time of GMT+8: {page}");
    let moved = browser.confirm(&page, "/console/clock", &[("now", "2090-01-03T08:00:00")]);
    assert_eq!(moved.status, 303, "{}", moved.text());
    let page = browser.page(&format!("/console/tenant?{query}"));
    assert!(page.contains("2090-01-03 08:0"), "{page}");
    let back = browser.confirm(&page, "/console/clock", &[("now", "2030-01-01T00:00:00Z")]);
    assert!(back.status >= 400, "{}", back.text());
    let ticked = browser.confirm(&page, "/console/tick", &[]);
    assert_eq!(ticked.status, 200, "{}", ticked.text());
    let pages = PAGES_OF_A_TENANT.iter().chain(&["requests", "faults", "sandbox"]);
    for path in pages {
        let target = format!("/console/{path}?tenant_id=nothing");
        assert_eq!(browser.get(&target).status, 404, "{target}");
        assert_eq!(browser.get(&format!("/console/{path}")).status, 400, "{path}");
    }
    app.audit(&tenant.tenant_id);
}

#[test]
fn each_page_of_a_tenant_says_whose_it_is_and_leads_back() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let mut browser = Browser::of_operator(app);
    let back = format!("<a href=\"/console/tenant?tenant_id={0}\">{0}</a>", tenant.tenant_id);
    let pages = PAGES_OF_A_TENANT.iter().filter(|path| **path != "tenant");
    for path in pages.chain(&["requests", "faults", "sandbox"]) {
        let page = browser.page(&format!("/console/{path}?tenant_id={}", tenant.tenant_id));
        assert!(page.contains(&back), "{path}: {page}");
    }
    let page = browser.page(&format!("/console/requests?tenant_id={}&limit=1", tenant.tenant_id));
    let switch = format!("href=\"/console/sandbox?tenant_id={}\"", tenant.tenant_id);
    assert!(page.contains(&back) && page.contains(&switch), "{page}");
    // Also where something was refused, and not where there is no tenant.
    let months = browser.page(&format!("/console/months?tenant_id={}", tenant.tenant_id));
    let refused = browser.confirm(&months, "/console/months/close", &[("month", "2999-01")]);
    assert_eq!(refused.status, 400, "{}", refused.text());
    for told in [&*back, "What has to be corrected: <strong>Month</strong>", "must be over"] {
        assert!(refused.text().contains(told), "{told}: {}", refused.text());
    }
    assert!(!browser.page("/console").contains("class=\"trail\""));
    let hostile = browser.get("/console/audit?tenant_id=%22%3E%3Cscript%3E");
    assert!(hostile.text().contains("&quot;&gt;&lt;script&gt;</a>"), "{}", hostile.text());
}

#[test]
fn a_clock_that_must_not_move_does_not() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_operator(app);
    let page = browser.page(&format!("/console/tenant?tenant_id={}", tenant.tenant_id));
    assert!(!page.contains("action=\"/console/clock\""), "{page}");
    let fields = hidden_fields(&page, "/console/tick");
    let mut fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    fields.push(("now", "2090-01-01T00:00:00Z"));
    fields.push(("confirmed", "yes"));
    assert_eq!(browser.submit("/console/clock", &fields).status, 403);
}

#[test]
fn a_snapshot_is_taken_restored_and_dropped() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let mut browser = Browser::of_operator(app);
    let list = format!("/console/snapshots?tenant_id={}", tenant.tenant_id);
    let page = browser.page(&list);
    let before = app.audit(&tenant.tenant_id);
    let asked = browser.fill_in(&page, "/console/snapshots/take", &[("name", "before")]);
    assert!(names(app, &tenant.tenant_id).is_empty(), "{}", asked.text());
    let taken = browser.fill_in(asked.text(), "/console/snapshots/take", &[]);
    assert_eq!((taken.status, taken.header("location")), (303, Some(&*list)));
    issue(app, &tenant, "1.00");
    assert_ne!(app.audit(&tenant.tenant_id), before);
    let page = browser.page(&list);
    let restored = browser.confirm(&page, "/console/snapshots/restore", &[]);
    assert_eq!(restored.status, 303, "{}", restored.text());
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(after.text_at("sum"), before.text_at("sum"));
    assert_eq!(after.at("accounts"), before.at("accounts"), "the coupon is gone");
    let dropped = browser.confirm(&page, "/console/snapshots/drop", &[]);
    assert_eq!(dropped.status, 303, "{}", dropped.text());
    assert!(browser.page(&list).contains("Nothing yet"));
    let unnamed = browser.fill_in(&page, "/console/snapshots/take", &[("name", "")]);
    assert_eq!(unnamed.status, 400, "{}", unnamed.text());
    for name in ["a b", "<b>"] {
        let asked = browser.confirm(&page, "/console/snapshots/take", &[("name", name)]);
        assert_eq!(asked.status, 400, "{name}: {}", asked.text());
    }
}

#[test]
fn a_tenant_that_does_not_only_play_is_named_twice_before_it_is_restored() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    take(app, &tenant.tenant_id, "before");
    let mut browser = Browser::of_operator(app);
    let page = browser.page(&format!("/console/snapshots?tenant_id={}", tenant.tenant_id));
    let asked = browser.fill_in(&page, "/console/snapshots/restore", &[]);
    assert!(asked.text().contains("name=\"confirm_tenant_id\""), "{}", asked.text());
    let restore = "/console/snapshots/restore";
    assert_eq!(browser.fill_in(asked.text(), restore, &[]).status, 403);
    let wrong = [("confirm_tenant_id", "another")];
    assert_eq!(browser.fill_in(asked.text(), restore, &wrong).status, 403);
    let right = [("confirm_tenant_id", tenant.tenant_id.as_str())];
    let restored = browser.fill_in(asked.text(), restore, &right);
    assert_eq!(restored.status, 303, "{}", restored.text());
    app.audit(&tenant.tenant_id);
}

#[test]
fn faults_and_the_record_of_requests_are_those_of_the_routes() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let mut browser = Browser::of_operator(app);
    let query = format!("tenant_id={}", tenant.tenant_id);
    let page = browser.page(&format!("/console/sandbox?{query}"));
    let switched = browser.confirm(&page, "/console/sandbox", &[("records_requests", "yes")]);
    assert_eq!(switched.status, 303, "{}", switched.text());
    let page = browser.page(&format!("/console/faults?{query}"));
    let fault = [("status", "503"), ("error_code", "CBC.0999"), ("every_nth", "2")];
    let set = browser.confirm(&page, "/console/faults/set", &fault);
    assert_eq!(set.status, 303, "{}", set.text());
    let balances = "/v2/accounts/partner-accounts/balances";
    let statuses = [(); 2].map(|()| app.get(&tenant.distributor, balances).status);
    assert_eq!(statuses, [200, 503]);
    assert_eq!(counts(app, &tenant.tenant_id), [(2, 1)]);
    app.get(&tenant.distributor, &format!("{balances}?indirect_partner_id=%3Ci%3E"));
    let requests = browser.page(&format!("/console/requests?{query}"));
    for told in [
        "ListPartnerBalances",
        ">503<",
        ">Request<",
        ">Answer<",
        "{&quot;indirect_partner_id&quot;:&quot;&lt;i&gt;&quot;}",
        "&quot;error_code&quot;:&quot;CBC.0999&quot;",
        "account_balances",
    ] {
        assert!(requests.contains(told), "{told}: {requests}");
    }
    let failed = browser.page(&format!("/console/requests?{query}&status=503"));
    assert!(failed.contains("1–1 / 1"), "{failed}");
    let page = browser.page(&format!("/console/faults?{query}"));
    assert!(page.contains("CBC.0999"), "{page}");
    let removed = browser.confirm(&page, "/console/faults/remove", &[]);
    assert_eq!(removed.status, 303, "{}", removed.text());
    assert!(counts(app, &tenant.tenant_id).is_empty());
    let wrong = browser.confirm(&page, "/console/faults/set", &[("status", "200")]);
    assert_eq!(wrong.status, 400, "{}", wrong.text());
}

#[test]
fn an_access_key_is_disabled_and_enabled() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_operator(app);
    let list = format!("/console/access-keys?tenant_id={}", tenant.tenant_id);
    let key = tenant.distributor.access_key_id.as_str();
    let change = "/console/access-keys/status";
    let balances = "/v2/accounts/partner-accounts/balances";
    for (status, expected) in [("inactive", 401), ("active", 200)] {
        let page = browser.page(&list);
        let fields = [("access_key_id", key), ("status", status)];
        let changed = browser.confirm(&page, change, &fields);
        assert_eq!(changed.status, 303, "{}", changed.text());
        assert_eq!(app.get(&tenant.distributor, balances).status, expected, "{status}");
    }
}

#[test]
fn settings_and_figures_are_shown_and_settings_replaced() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_operator(app);
    let query = format!("tenant_id={}", tenant.tenant_id);
    let target = format!("/console/settings?{query}");
    let fields = [
        ("grace_days", "7"),
        ("retention_days", "15"),
        ("free_unsubscription_days", "5"),
        ("free_unsubscriptions_per_year", "10"),
        ("approval", "yes"),
    ];
    let page = browser.page(&target);
    let saved = browser.confirm(&page, "/console/settings", &fields);
    assert_eq!(saved.status, 303, "{}", saved.text());
    let shown = app.operator("GET", &format!("/operator/v1/settings?{query}"), "").json();
    assert_eq!(shown.at("grace_days").as_integer(), 7);
    assert!(browser.page(&target).contains("value=\"7\""));
    let mut wrong = fields;
    wrong[0].1 = "3651";
    let refused = browser.fill_in(&page, "/console/settings", &wrong);
    assert_eq!(refused.status, 400, "{}", refused.text());
    let figures = browser.page(&format!("/console/metrics?{query}"));
    assert!(figures.contains("¥300.00") && figures.contains("Cash of partners"), "{figures}");
}

#[test]
fn a_month_is_closed() {
    let app = App::shared();
    catalogue(app);
    let tenant = Tenant::playing_in(app);
    let mut browser = Browser::of_operator(app);
    let list = format!("/console/months?tenant_id={}", tenant.tenant_id);
    let page = browser.page(&list);
    let future = browser.confirm(&page, "/console/months/close", &[("month", "2095-01")]);
    assert_eq!(future.status, 400, "{}", future.text());
    set_clock(app, &tenant, "2090-03-20T02:00:00Z");
    fund(app, &tenant, &tenant.customers[0], "30.00");
    let metered = meter(app, &tenant.tenant_id, &[ticket(&tenant, "a", "300")]);
    assert_eq!(metered.status, 200, "{}", metered.text());
    set_clock(app, &tenant, "2090-03-31T16:00:00Z");
    let month = [("month", "2090-03")];
    let asked = browser.fill_in(&page, "/console/months/close", &month);
    assert!(asked.text().contains("2090-03"), "{}", asked.text());
    let open = browser.page(&list);
    assert!(!open.contains("¥24.30") && !open.contains(">Closed<"), "it is not closed yet");
    let button = "<input type=\"hidden\" name=\"month\" value=\"2090-03\">";
    assert!(open.contains(">Open<") && open.contains(button), "{open}");
    for _ in 0..2 {
        let closed = browser.fill_in(asked.text(), "/console/months/close", &[]);
        assert_eq!((closed.status, closed.header("location")), (303, Some(&*list)));
    }
    let page = browser.page(&list);
    assert!(page.contains("¥24.30") && page.matches(">Closed<").count() == 1, "{page}");
    assert!(!page.contains(button), "what is closed cannot be closed: {page}");
    let no_month = browser.fill_in(&page, "/console/months/close", &[("month", "2095")]);
    assert_eq!(no_month.status, 400, "{}", no_month.text());
    app.audit(&tenant.tenant_id);
}

#[test]
fn what_an_operator_may_not_do_is_not_done() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let body = json!({"name": format!("console-{}", tenant.tenant_id), "role": "read",
                      "ttl_seconds": 600});
    let created = app.operator("POST", "/operator/v1/operators", body.to_string());
    let created = created.json();
    let mut browser = Browser::new(app);
    browser.submit(SIGN_IN, &[("operator_token", created.text_at("token"))]);
    let query = format!("tenant_id={}", tenant.tenant_id);
    let page = browser.page(&format!("/console/snapshots?{query}"));
    let (_, token) = &hidden_fields(&page, "/console/snapshots/take")[0];
    for path in [
        "clock",
        "tick",
        "reviews/decide",
        "deliveries/replay",
        "access-keys/status",
        "settings",
        "snapshots/take",
        "snapshots/restore",
        "snapshots/drop",
        "faults/set",
        "faults/remove",
        "sandbox",
        "months/close",
        "import",
        "import/part",
    ] {
        let fields = [("form_token", token.as_str()), ("confirmed", "yes")];
        let refused = browser.submit(&format!("/console/{path}"), &fields);
        assert_eq!(refused.status, 403, "{path}: {}", refused.text());
        // Without what the session's pages say, not even that is told.
        let foreign = browser.submit(&format!("/console/{path}"), &[("confirmed", "yes")]);
        assert!(foreign.text().contains("out of date"), "{path}: {}", foreign.text());
    }
}
