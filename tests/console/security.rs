//! What someone else has written, and what is someone else's: markup and formulas in whatever can be
//! filled in, and another tenant's ids in every page and every form.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::json;

use crate::harness::app::{App, Variables};
use crate::harness::bills;
use crate::harness::book::Book;
use crate::harness::calendar::months_ago;
use crate::harness::console::{
    Browser, OPERATOR_PAGES, PARTNER_PAGES, form, forms_of, hidden_fields, one_month, pages_of,
};
use crate::harness::coupons::issue;
use crate::harness::exports::{EVER, rows};
use crate::harness::http::{Reply, Request};
use crate::harness::json::Json;
use crate::harness::orders;
use crate::harness::partner_centre::{NOTIFICATION, authorise};
use crate::harness::realname::{INDIVIDUAL, decided, person, submit};
use crate::harness::sandbox::switch;
use crate::harness::signer::quote;
use crate::harness::tenant::Tenant;
use crate::harness::usage;

/// Text that would run in a page, and as a cell of a spreadsheet.
const HOSTILE: &str = "=A(\"//evil\")<script>alert(1)</script>";

/// How a page shows the beginning of it.
const SHOWN: &str = "=A(&quot;//evil&quot;)&lt;script&gt;alert(1)";

/// The same as a name in Chinese, and how a page shows its beginning.
const CHINESE: &str = "=甲(\"//evil\")<script>alert(1)</script>";
const CHINESE_SHOWN: &str = "=甲(&quot;//evil&quot;)&lt;script&gt;alert(1)";

/// An id that would run in a page, as the attribute of a tag, and as a cell of a spreadsheet.
fn hostile_id(tenant: &Tenant, name: &str) -> String {
    format!("=<i>\"'&{}-{name}", tenant.tenant_id)
}

/// How a page shows the beginning of it.
const ID_SHOWN: &str = "=&lt;i&gt;&quot;'&amp;";

/// A book whose texts and ids are all hostile, for a tenant that is there.
fn hostile_book(tenant: &Tenant) -> Book {
    let (tenant_id, distributor) = (&tenant.tenant_id, &tenant.distributor.principal_id);
    let id = |name: &str| hostile_id(tenant, name);
    let customer = id("c");
    let bill_line = bills::line(
        tenant,
        "hostile",
        &json!({
            "customer_id": customer, "id": id("f"), "trade_id": HOSTILE, "resource_id": HOSTILE,
            "service_type_name": HOSTILE, "resource_type_name": HOSTILE, "region_name": HOSTILE,
            "resource_name": HOSTILE, "resource_tag": HOSTILE, "product_name": HOSTILE,
            "product_spec_desc": HOSTILE, "enterprise_project_name": HOSTILE,
            "bill_cycle": "2026-08",
        }),
    );
    let lines = [
        json!({"kind": "customer", "tenant_id": tenant_id, "partner_id": distributor,
               "customer_id": customer, "association_type": "2", "account_name": HOSTILE,
               "customer": HOSTILE, "label": HOSTILE}),
        json!({"kind": "partner", "tenant_id": tenant_id, "partner_id": id("r"),
               "partner_kind": "reseller", "distributor_id": distributor,
               "account_name": HOSTILE, "name": HOSTILE}),
        json!({"kind": "coupon_quota", "tenant_id": tenant_id, "quota_id": id("q"),
               "partner_id": distributor, "quota_type": 0, "quota_value": "10.00",
               "quota_status": 0, "create_time": "2026-01-05T02:00:00Z",
               "effective_time": "2026-01-05T02:00:00Z", "expire_time": "2036-01-05T02:00:00Z"}),
        json!({"kind": "booking", "tenant_id": tenant_id, "booking_id": id("b"),
               "partner_id": distributor, "account_type": 1, "amount": "1.00",
               "at": "2026-01-06T02:00:00Z", "memo": HOSTILE}),
        json!({"kind": "booking", "tenant_id": tenant_id, "booking_id": id("d"),
               "customer_id": customer, "account_type": 1, "amount": "1.00",
               "at": "2026-01-06T02:00:00Z", "memo": HOSTILE}),
        json!({"kind": "monthly_bill", "tenant_id": tenant_id, "partner_id": distributor,
               "cycle": "2026-08", "customer_id": customer,
               "cloud_service_type": "hws.service.type.ebs", "cloud_service_type_name": HOSTILE,
               "resource_type_code": "hws.resource.type.volume", "resource_type_name": HOSTILE,
               "charge_mode": "3", "bill_type": "0", "amount": "1.00", "debt_amount": "0",
               "adjustment_amount": "0", "discount_amount": "0", "account_details": [
                   {"balance_type": "BALANCE_TYPE_DEBIT", "amount": "1.00", "bill_type": "0"}]}),
        json!({"kind": "resource", "tenant_id": tenant_id, "resource_id": id("v"),
               "customer_id": customer, "order_id": format!("{tenant_id}-o"),
               "resource_name": HOSTILE, "service_type_code": "test.service.orders",
               "resource_type_code": "test.resource.orders", "resource_spec": "orders.small",
               "region_code": "test-orders-1", "product_id": "test-orders-product",
               "effective_time": "2026-01-05T02:00:00Z", "expire_time": "2036-01-05T02:00:00Z",
               "period_type": 2, "period_num": 1}),
        bill_line,
    ];
    Book::new(lines.iter().map(|line| format!("{line}\n")).collect())
}

/// A tenant into whose books hostile texts have come by every way that there is.
fn tenant_with_hostile_texts(app: &App) -> Tenant {
    orders::catalogue(app);
    let tenant = Tenant::playing_in(app);
    app.import(&hostile_book(&tenant));
    tenant
}

#[test]
fn markup_and_formulas_of_an_import_are_text() {
    let app = App::shared();
    let tenant = tenant_with_hostile_texts(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let customer = quote(hostile_id(&tenant, "c"));
    // The browser itself looks for whatever would run.
    for (target, texts, ids) in [
        ("/console".to_owned(), true, true),
        ("/console/customers".to_owned(), true, true),
        ("/console/resellers".to_owned(), true, true),
        ("/console/bills?month=2026-08".to_owned(), true, true),
        ("/console/quotas".to_owned(), false, true),
        ("/console/quotas/grant".to_owned(), false, true),
        ("/console/coupons/issue".to_owned(), true, true),
        ("/console/money".to_owned(), true, false),
        (format!("/console/customers/statement?customer_id={customer}"), true, true),
        (format!("/console/resources?customer_id={customer}"), true, true),
        (format!("/console/orders/place?customer_id={customer}"), true, true),
        ("/console/authorisations".to_owned(), true, true),
        ("/console/money/allocate".to_owned(), true, true),
        (format!("/console/customers?find={}", quote(HOSTILE)), true, true),
    ] {
        let page = browser.page(&target);
        assert_eq!(page.contains(SHOWN), texts, "{target}: {page}");
        assert_eq!(page.contains(ID_SHOWN), ids, "{target}: {page}");
        assert!(!page.contains("=<i>") && !page.contains("<script"), "{target}: {page}");
    }
}

/// Names of the catalogue, and what programs say of orders, resources and usage.
#[test]
fn markup_and_formulas_in_names_of_the_catalogue_are_text() {
    let app = App::start();
    orders::catalogue_of_names(&app, CHINESE, HOSTILE);
    usage::catalogue_of_names(&app, CHINESE, HOSTILE, HOSTILE);
    let tenant = Tenant::playing_in(&app);
    let (customer, tenant_id) = (&tenant.customers[0], &tenant.tenant_id);
    let order_id = order_with_hostile_names(&app, &tenant);
    let mut operator = Browser::of_operator(&app);
    for (language, in_own) in [("en", SHOWN), ("zh-CN", CHINESE_SHOWN)] {
        let mut browser = Browser::of_partner(&app, &tenant.distributor);
        browser.language = language;
        // Services, types of resources and regions of both catalogues, in the page's language alone.
        let proposed = browser.page("/console/orders/place");
        assert_eq!(proposed.matches(SHOWN).count(), if in_own == SHOWN { 6 } else { 0 });
        assert_eq!(proposed.matches(CHINESE_SHOWN).count(), if in_own == SHOWN { 0 } else { 6 });
        let asked = browser.fill_in(&proposed, "/console/orders/place", &one_month(customer));
        assert_eq!(asked.status, 200, "{}", asked.text());
        assert!(asked.text().contains(CHINESE_SHOWN), "{}", asked.text());
        // What was bought keeps the Chinese name; who placed it is on no page.
        let order = browser.page(&format!("/console/orders/order?order_id={order_id}"));
        assert!(order.contains(CHINESE_SHOWN) && !order.contains(SHOWN), "{order}");
        let resources = browser.page(&format!("/console/resources?customer_id={customer}"));
        assert!(resources.contains(CHINESE_SHOWN) && resources.contains(SHOWN), "{resources}");
        // The browser itself looks for whatever would run.
        for page in pages_of(PARTNER_PAGES) {
            browser.get(&page);
        }
        operator.language = language;
        for page in pages_of(OPERATOR_PAGES) {
            operator.get(&format!("{page}?tenant_id={tenant_id}"));
        }
    }
    let month = months_ago(0);
    let mut partner = Browser::of_partner(&app, &tenant.distributor);
    for (query, hostile) in [
        (format!("kind=bills&bill_cycle={month}"), 3),
        (format!("kind=focus&bill_cycle={month}"), 5),
    ] {
        let file = partner.get(&format!("/console/exports/file?{query}"));
        assert_eq!(hostile_cells(&file), hostile, "{query}: {}", file.text());
        let file = operator.get(&format!("/console/files/file?tenant_id={tenant_id}&{query}"));
        assert_eq!(hostile_cells(&file), hostile, "{query}: {}", file.text());
    }
}

/// An order that somebody of a hostile name has placed, provided as a resource of one, and usage of
/// another.
fn order_with_hostile_names(app: &App, tenant: &Tenant) -> String {
    orders::fund(app, tenant, &tenant.customers[0], "100.00");
    let placed = orders::place_of(app, tenant, &[orders::line(1)], json!({"user_name": HOSTILE}));
    let order_id = placed.text_at("order_id").to_owned();
    let outcome = orders::pay(app, &tenant.customer, &orders::with_money(&order_id));
    assert_eq!(outcome, (204, String::new()));
    let resource = json!({"resource_id": hostile_id(tenant, "main"), "resource_name": HOSTILE});
    let reports = json!([{"line": 1, "resources": [resource]}]);
    assert_eq!(orders::provision(app, tenant, &order_id, &reports), (200, String::new()));
    let order = orders::order(app, &tenant.customer, &order_id);
    assert_eq!(order.at("order_info").text_at("user_name"), HOSTILE);
    let mut ticket = usage::ticket(tenant, "hostile", "2");
    ticket["resource_name"] = json!(HOSTILE);
    let metered = usage::meter(app, &tenant.tenant_id, &[ticket]);
    assert_eq!(metered.status, 200, "{}", metered.text());
    authorise(app, tenant);
    order_id
}

/// An address of a partner, and whatever answers there.
#[test]
fn markup_in_an_address_and_in_what_a_receiver_answers_is_text() {
    let app = App::start_with(Variables::with_local_notifications());
    let tenant = Tenant::in_books_of(&app);
    let mut partner = Browser::of_partner(&app, &tenant.distributor);
    let mut operator = Browser::of_operator(&app);
    let hostile = "HTTP/1.1 500 <script>alert(1)</script>\r\nServer: <script>\r\n\
                   Content-Type: <script>\r\nConnection: close\r\n\r\n<script>alert(1)</script>";
    for (answer, error) in [
        (hostile, "the receiver answered 500"),
        ("<script>alert(1)</script>\r\n\r\n", "ErrorCode::HttpProtocolError"),
    ] {
        let address = format!("{}/\"onclick='=A(1)'&amp;x", answering(answer));
        let shown = address.replace('&', "&amp;").replace('"', "&quot;");
        let page = partner.page("/console/notifications");
        let bind = [("bindAction", "0"), ("url", address.as_str())];
        let asked = partner.fill_in(&page, "/console/notifications", &bind);
        assert!(asked.text().contains(&shown), "{}", asked.text());
        let bound = partner.fill_in(asked.text(), "/console/notifications", &[]);
        assert!(bound.text().contains(&shown), "{}", bound.text());
        let kept = app.get(&tenant.distributor, NOTIFICATION).json();
        assert_eq!(kept.text_at("url"), address, "it came through both forms as it is");
        let page = partner.page("/console/notifications");
        assert!(page.contains(&shown), "{page}");
        let unbind = partner.fill_in(&page, "/console/notifications", &[("bindAction", "1")]);
        assert!(unbind.text().contains(&shown), "{}", unbind.text());
        let tested = partner.fill_in(&page, "/console/notifications/test", &[]);
        assert!(tested.text().contains("did not take it"), "{}", tested.text());
        // What went wrong is said in our words: of the answer only its number is told.
        let deliveries = format!("/console/deliveries?tenant_id={}", tenant.tenant_id);
        for page in [partner.page("/console/notifications"), operator.page(&deliveries)] {
            assert!(page.contains(error), "{page}");
            assert!(!page.contains("script") && !page.contains("alert"), "{page}");
        }
    }
}

/// A receiver that answers anything with these bytes: where it is.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            // The sender may go away, and what it sends does not matter.
            _ = stream.read(&mut [0; 4096]);
            _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

/// Counts the cells of a file that would be formulas without an apostrophe; all have one. Numbers
/// below zero are none.
fn hostile_cells(file: &Reply) -> usize {
    assert_eq!(file.status, 200, "{}", file.text());
    let mut hostile = 0;
    for row in rows(file) {
        let Json::Object(cells) = row else { panic!("{row:?}") };
        for cell in cells.values().map(Json::as_text) {
            let is_number = cell.parse::<rust_decimal::Decimal>().is_ok();
            assert!(is_number || !cell.starts_with(['=', '+', '-', '@']), "{cell}");
            let formulas = ["'=A(", "'=甲(", "'=<i>"];
            hostile += usize::from(formulas.iter().any(|formula| cell.starts_with(formula)));
        }
    }
    hostile
}

#[test]
fn no_cell_of_any_file_is_a_formula() {
    let app = App::shared();
    let tenant = tenant_with_hostile_texts(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let customer = quote(hostile_id(&tenant, "c"));
    for query in [
        "kind=sums&bill_cycle=2026-08".to_owned(),
        "kind=bills&bill_cycle=2026-08".to_owned(),
        "kind=focus&bill_cycle=2026-08".to_owned(),
        format!("kind=statement&{EVER}"),
        format!("kind=statement&{EVER}&customer_id={customer}"),
    ] {
        let file = browser.get(&format!("/console/exports/file?{query}"));
        assert!(hostile_cells(&file) > 0, "{query}: {}", file.text());
    }
}

#[test]
fn markup_in_what_people_and_programs_fill_in_is_text() {
    let app = App::shared();
    let tenant = tenant_with_hostile_texts(app);
    let (tenant_id, customer) = (&tenant.tenant_id, &tenant.customers[0]);
    let mut partner = Browser::of_partner(app, &tenant.distributor);
    let mut operator = Browser::of_operator(app);
    // A memo of a coupon, on the page before, and in the list.
    let page = partner.page("/console/coupons/issue");
    let fields = [
        ("quota_id", &*tenant.quota),
        ("customer_ids", customer),
        ("face_value", "1.00"),
        ("memo", HOSTILE),
    ];
    let asked = partner.fill_in(&page, "/console/coupons/issue", &fields);
    assert!(asked.text().contains(SHOWN), "{}", asked.text());
    partner.fill_in(asked.text(), "/console/coupons/issue", &[]);
    assert!(partner.page("/console/coupons").contains(SHOWN));
    // The name of a person and the opinion of a reviewer.
    let mut applicant = person(customer, "E0000031");
    applicant["name"] = json!("<b>=Zhang</b>");
    let review_id = submit(app, &tenant, INDIVIDUAL, &applicant);
    let review = format!("/console/reviews/review?tenant_id={tenant_id}&review_id={review_id}");
    assert!(operator.page(&review).contains("&lt;b&gt;=Zhang"));
    decided(app, &tenant, &review_id, Some(HOSTILE));
    assert!(operator.page(&review).contains(SHOWN));
    // A request that a program sends, in the record of a demo tenant.
    let playing = Tenant::playing_in(app);
    assert_eq!(switch(app, &playing.tenant_id, false, true).status, 200);
    let reseller = quote("<script>");
    let target = format!("/v2/accounts/partner-accounts/balances?indirect_partner_id={reseller}");
    app.get(&playing.distributor, &target);
    let requests = operator.page(&format!("/console/requests?tenant_id={}", playing.tenant_id));
    assert!(requests.contains("&lt;script&gt;"), "{requests}");
    // Nothing on the other pages of the tenant would run.
    for page in ["access-keys", "deliveries", "requests", "faults", "tenant", "files"] {
        let target = format!("/console/{page}?tenant_id={tenant_id}");
        assert!(!operator.page(&target).contains("<script"), "{page}");
    }
}

#[test]
fn markup_in_what_is_posted_or_asked_for_is_text() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let quoted = quote(HOSTILE);
    let mut partner = Browser::of_partner(app, &tenant.distributor);
    for page in pages_of(PARTNER_PAGES).iter().chain([&"/console/nothing".to_owned()]) {
        for parameter in [
            "customer_id",
            "order_id",
            "coupon_id",
            "quota_id",
            "month",
            "indirect_partner_id",
            "kind",
            "bill_cycle",
            "offset",
            "other",
        ] {
            let reply = partner.get(&format!("{page}?{parameter}={quoted}"));
            assert!(!reply.text().contains("<script"), "{page}: {}", reply.text());
        }
    }
    let mut operator = Browser::of_operator(app);
    for page in &pages_of(OPERATOR_PAGES) {
        for parameter in ["review_id", "operation", "status", "kind", "offset", "other"] {
            let target = format!("{page}?tenant_id={}&{parameter}={quoted}", tenant.tenant_id);
            let reply = operator.get(&target);
            assert!(!reply.text().contains("<script"), "{target}: {}", reply.text());
        }
        let reply = operator.get(&format!("{page}?tenant_id={quoted}"));
        assert!(!reply.text().contains("<script"), "{page}: {}", reply.text());
    }
    let page = partner.page("/console/orders/place");
    let refused = partner.fill_in(
        &page,
        "/console/orders/place",
        &[("customer_id", HOSTILE), ("period_type", HOSTILE)],
    );
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert!(!refused.text().contains("<script"), "{}", refused.text());
}

/// Every form, without what its session's pages say, and from another page.
#[test]
fn no_form_of_another_page_is_taken() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let other = Browser::of_partner(app, &tenant.reseller).page("/console");
    let (_, foreign_token) = &hidden_fields(&other, "/console/sign-out")[0];
    let own_origin = format!("http://{}", app.address());
    let before = app.audit(&tenant.tenant_id);
    for (mut browser, pages) in [
        (Browser::of_partner(app, &tenant.distributor), PARTNER_PAGES),
        (Browser::of_operator(app), OPERATOR_PAGES),
    ] {
        let page = browser.page("/console");
        let (_, token) = &hidden_fields(&page, "/console/sign-out")[0];
        for path in &forms_of(pages) {
            let of = ("tenant_id", &*tenant.tenant_id);
            let with = |token| form(path, &[of, ("confirmed", "yes"), ("form_token", token)]);
            let posts: [Request; 6] = [
                with(token),
                with(token).with("Origin", "null"),
                with(token).with("Origin", "https://evil.example"),
                form(path, &[of, ("confirmed", "yes")]).with("Origin", &own_origin),
                with("0000").with("Origin", &own_origin),
                with(foreign_token).with("Origin", &own_origin),
            ];
            for post in posts {
                let reply = browser.send(post);
                assert_eq!(reply.status, 403, "{path}: {}", reply.text());
            }
        }
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

/// What of another tenant the tests name.
fn ids_of(app: &App, other: &Tenant) -> BTreeMap<&'static str, String> {
    let coupon = issue(app, other, "1.00");
    BTreeMap::from([
        ("customer_id", other.customers[0].clone()),
        ("order_id", orders::place(app, other)),
        ("coupon_id", coupon),
        ("quota_id", other.granted_quota.clone()),
        ("indirect_partner_id", other.reseller.principal_id.clone()),
        ("tenant_id", other.tenant_id.clone()),
        ("bill_cycle", "2026-09".to_owned()),
        ("month", "2026-09".to_owned()),
        ("kind", "statement".to_owned()),
    ])
}

/// The pages that are asked for something by its id, and by which: all others take no id.
const ASKED_BY_ID: [(&str, &[&str]); 16] = [
    ("/console/customers", &["indirect_partner_id"]),
    ("/console/customers/statement", &["customer_id"]),
    ("/console/coupons", &["indirect_partner_id"]),
    ("/console/coupons/issue", &["indirect_partner_id"]),
    ("/console/coupons/reclaim", &["coupon_id"]),
    ("/console/quotas/reclaim", &["quota_id"]),
    ("/console/orders", &["indirect_partner_id"]),
    ("/console/orders/order", &["order_id"]),
    ("/console/resources", &["customer_id"]),
    ("/console/bills", &["indirect_partner_id"]),
    ("/console/exports/file", &["kind", "customer_id"]),
    ("/console/exports/file", &["kind", "indirect_partner_id"]),
    ("/console/coupons/reclaim", &["coupon_id", "indirect_partner_id"]),
    ("/console/orders/order", &["order_id", "indirect_partner_id"]),
    ("/console/exports/file", &["kind", "bill_cycle", "indirect_partner_id"]),
    ("/console/exports/parquet", &["bill_cycle", "indirect_partner_id"]),
];

#[test]
fn anothers_ids_open_nothing_in_any_page() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let ids = ids_of(app, &other);
    let secrets = [&other.customers[1], &other.quota, &other.reseller_customer];
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let pages = pages_of(PARTNER_PAGES);
    for (page, names) in ASKED_BY_ID {
        assert!(pages.contains(page), "{page}");
        let query: Vec<String> =
            names.iter().map(|name| format!("{name}={}", quote(&ids[name]))).collect();
        let reply = browser.get(&format!("{page}?{}", query.join("&")));
        assert!(reply.status >= 400, "{page} {names:?}: {}", reply.text());
    }
    // A list that is narrowed to a stranger is empty, and a form that is filled in tells nothing.
    for page in &pages {
        for (name, id) in &ids {
            let reply = browser.get(&format!("{page}?{name}={}", quote(id)));
            // Not all files are texts.
            let told = String::from_utf8_lossy(&reply.body);
            for secret in secrets {
                assert!(!told.contains(secret.as_str()), "{page} {name}: {told}");
            }
        }
    }
    for page in pages_of(OPERATOR_PAGES).difference(&pages) {
        let reply = browser.get(&format!("{page}?tenant_id={}", tenant.tenant_id));
        assert_eq!(reply.status, 404, "{page}: {}", reply.text());
    }
}

#[test]
fn anothers_ids_open_nothing_in_any_form() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let ids = ids_of(app, &other);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let page = browser.page("/console");
    let sign_out = hidden_fields(&page, "/console/sign-out");
    let (_, form_token) = &sign_out[0];
    let (mine, before) = (app.audit(&tenant.tenant_id), app.audit(&other.tenant_id));
    let (customer, order) = (ids["customer_id"].as_str(), ids["order_id"].as_str());
    let (coupon, reseller) = (ids["coupon_id"].as_str(), ids["indirect_partner_id"].as_str());
    let one_month = one_month(customer);
    let issue =
        |quota, customer| [("quota_id", quota), ("customer_ids", customer), ("face_value", "1.00")];
    let (issue_foreign, issue_to_foreign) =
        (issue(&other.quota, &tenant.customers[0]), issue(&tenant.quota, customer));
    let forms: [(&str, &[(&str, &str)]); 17] = [
        ("/console/orders/price", &[("order_id", order), ("price", "1.00")]),
        ("/console/orders/payment", &[("order_id", order), ("decision", "approve")]),
        ("/console/orders/place", &one_month),
        ("/console/authorisations", &[("customer_id", customer)]),
        ("/console/money/allocate", &[("customer_id", customer), ("amount", "1.00")]),
        ("/console/money/allocate", &[("indirect_partner_id", reseller), ("amount", "1.00")]),
        ("/console/money/reclaim", &[("customer_id", customer), ("amount", "1.00")]),
        ("/console/coupons/issue", &issue_foreign),
        ("/console/coupons/issue", &issue_to_foreign),
        ("/console/coupons/reclaim", &[("coupon_id", coupon)]),
        (
            "/console/quotas/grant",
            &[
                ("quota_id", &tenant.quota),
                ("indirect_partner_ids", reseller),
                ("quota_amount", "1.00"),
            ],
        ),
        (
            "/console/quotas/grant",
            &[
                ("quota_id", &other.quota),
                ("indirect_partner_ids", &tenant.reseller.principal_id),
                ("quota_amount", "1.00"),
            ],
        ),
        ("/console/quotas/reclaim", &[("quota_id", &ids["quota_id"])]),
        (
            "/console/second-factor",
            &[("status", "on"), ("mobile_phone", "13812345678"), ("verification_code", "000000")],
        ),
        ("/console/second-factor/code", &[("mobile_phone", customer)]),
        ("/console/notifications", &[("bindAction", "0"), ("url", "https://hooks.example.com/")]),
        ("/console/notifications/test", &[]),
    ];
    let tried: BTreeSet<String> = forms.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(tried, forms_of(PARTNER_PAGES));
    for (path, fields) in forms {
        for confirmed in ["", "yes"] {
            let mut posted = fields.to_vec();
            posted.push(("form_token", form_token));
            posted.push(("confirmed", confirmed));
            let reply = browser.submit(path, &posted);
            // The page that says what would happen knows nothing of another tenant, and where there
            // is a result for each item, it is refused.
            let told = reply.status == 200
                && (confirmed.is_empty() || reply.text().contains(">Not done<"))
                && !reply.text().contains(">Done<");
            assert!(reply.status >= 400 || told, "{path} {fields:?}: {}", reply.text());
        }
    }
    let sums = |audit: &Json| audit.text_at("sum").to_owned();
    assert_eq!(sums(&app.audit(&tenant.tenant_id)), sums(&mine));
    assert_eq!(app.audit(&other.tenant_id), before);
}

/// Fields that forms have.
const NAMES: [&str; 16] = [
    "customer_id",
    "customer_ids",
    "order_id",
    "coupon_id",
    "quota_id",
    "indirect_partner_id",
    "indirect_partner_ids",
    "amount",
    "price",
    "face_value",
    "quota_amount",
    "period_type",
    "period_num",
    "decision",
    "bindAction",
    "url",
];

/// No value of a form's fields is asked for by more than it is: types are checked as the routes do.
#[test]
fn values_that_are_none_are_refused_with_nothing_changed() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let page = browser.page("/console");
    let (_, form_token) = &hidden_fields(&page, "/console/sign-out")[0];
    let before = app.audit(&tenant.tenant_id);
    let long = "9".repeat(10_000);
    for path in &forms_of(PARTNER_PAGES) {
        for value in [HOSTILE, "-1", "1e9", "NaN", "\u{202e}", &long] {
            let mut posted = NAMES.map(|name| (name, value)).to_vec();
            posted.extend([("form_token", &**form_token), ("confirmed", "yes")]);
            let reply = browser.submit(path, &posted);
            // Where there is a result for each item, each is refused.
            let is_refused = (400..500).contains(&reply.status)
                || (reply.text().contains(">Not done<") && !reply.text().contains(">Done<"));
            assert!(is_refused, "{path} {value}: {}", reply.text());
            assert!(!reply.text().contains("<script"), "{path}: {}", reply.text());
        }
    }
    let sum = |audit: &Json| audit.text_at("sum").to_owned();
    assert_eq!(sum(&app.audit(&tenant.tenant_id)), sum(&before));
}
