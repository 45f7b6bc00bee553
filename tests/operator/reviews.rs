//! `GET /operator/v1/reviews`: what awaits review, oldest first.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::book::{Book, DEMO};
use crate::harness::json::Json;
use crate::harness::realname::{
    ENTERPRISE, INDIVIDUAL, awaiting, company, decided, person, submit,
};
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/reviews";

#[test]
fn lists_what_awaits_review_oldest_first() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    assert!(awaiting(app, &tenant.tenant_id).is_empty());
    let line = json!({
        "kind": "realname_review", "tenant_id": tenant.tenant_id, "review_id": "of-a-book",
        "customer_id": tenant.referral_customer, "submitted_at": "2026-03-01T06:00:00Z",
        "review_result": 0,
    });
    let first = submit(app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000001"));
    app.import(&Book::new(format!("{line}\n")));
    let second = submit(app, &tenant, ENTERPRISE, &company(&tenant.customers[1]));
    let listed = awaiting(app, &tenant.tenant_id);
    let told = |name: &str| -> Vec<Option<String>> {
        let texts = listed.iter().map(|review| review.get(name).map(Json::as_text));
        texts.map(|text| text.map(str::to_owned)).collect()
    };
    let ids = told("review_id");
    assert_eq!(ids[0].as_deref(), Some("of-a-book"));
    assert_eq!(told("kind"), [None, Some("individual".into()), Some("enterprise".into())]);
    assert!(told("submitted_at").is_sorted());
    assert_eq!(told("customer_id")[1].as_ref(), Some(&tenant.customers[0]));
    assert!(ids[1..].contains(&Some(first.clone())) && ids[1..].contains(&Some(second)));

    decided(app, &tenant, &first, None);
    let ids: Vec<String> = awaiting(app, &tenant.tenant_id)
        .iter()
        .map(|review| review.text_at("review_id").to_owned())
        .collect();
    assert!(ids.len() == 2 && !ids.contains(&first), "{ids:?}");
}

#[test]
fn lists_the_demo_books_reviews() {
    let listed = awaiting(App::shared(), "demo-distributor").len();
    let waiting = DEMO.of_kind("realname_review").filter(|review| {
        review.text_at("tenant_id") == "demo-distributor"
            && review.at("review_result").as_integer() == 0
    });
    assert_eq!(listed, waiting.count());
    assert!(listed > 0);
}

#[test]
fn says_nothing_of_who_the_customers_are() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    submit(app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000001"));
    let reply = app.operator("GET", &format!("{PATH}?tenant_id={}", tenant.tenant_id), "");
    for private in ["Zhang", "E0000001", "abc023"] {
        assert!(!reply.text().contains(private), "{}", reply.text());
    }
}

#[test]
fn pages() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let lines: String = (0..12)
        .map(|number| {
            let line = json!({
                "kind": "realname_review", "tenant_id": tenant.tenant_id,
                "review_id": format!("r{number:02}"), "customer_id": tenant.customers[0],
                "submitted_at": format!("2026-03-01T06:00:{number:02}Z"), "review_result": 0,
            });
            format!("{line}\n")
        })
        .collect();
    app.import(&Book::new(lines));
    let page = |query: &str| {
        let target = format!("{PATH}?tenant_id={}{query}", tenant.tenant_id);
        let reply = app.operator("GET", &target, "");
        assert_eq!(reply.json().at("total_count").as_integer(), 12, "{}", reply.text());
        let body = reply.json();
        let reviews = body.at("reviews").as_list().iter();
        reviews.map(|review| review.text_at("review_id").to_owned()).collect::<Vec<_>>()
    };
    let all: Vec<String> = (0..12).map(|number| format!("r{number:02}")).collect();
    assert_eq!(page(""), all[..10]);
    assert_eq!(page("&offset=10"), all[10..]);
    assert_eq!(page("&offset=3&limit=4"), all[3..7]);
    assert!(page("&offset=12").is_empty());
}

#[test]
fn refuses_what_is_no_request() {
    let app = App::shared();
    for (query, outcome) in [
        ("?tenant_id=nothing", (404, "CBC.0101")),
        ("", (400, "CBC.0100")),
        ("?tenant_id=", (400, "CBC.0100")),
        ("?tenant_id=demo-distributor&limit=0", (400, "CBC.0100")),
        ("?tenant_id=demo-distributor&limit=101", (400, "CBC.0100")),
        ("?tenant_id=demo-distributor&offset=-1", (400, "CBC.0100")),
        ("?tenant_id=demo-distributor&customer_id=x", (400, "CBC.0100")),
    ] {
        let (status, code) = app.operator("GET", &format!("{PATH}{query}"), "").outcome();
        assert_eq!((status, code.as_str()), outcome, "{query}");
    }
}
