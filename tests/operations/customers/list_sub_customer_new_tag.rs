//! `ListSubCustomerNewTag`: who counts as a new customer, calculated from the book.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::{Book, DEMO, fee_record};
use crate::harness::calendar::{month_of, months_ago};
use crate::harness::json::Json;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/partners/sub-customers/new-customers-tags/batch-query";

/// Months in which a customer can qualify, and in which it then is a new one.
const MONTHS: i32 = 12;

fn tags(app: &App, key: &Key, fields: &Value) -> Vec<Json> {
    let answer = app.sdk(key, "ListSubCustomerNewTag", fields);
    answer.outcome.expect("tags").at("new_customer_tags").as_list().to_vec()
}

fn ids(tags: &[Json]) -> Vec<&str> {
    tags.iter().map(|tag| tag.text_at("customer_id")).collect()
}

/// Months since the year 0.
fn month(text: &str) -> i32 {
    let number = |range| text.get(range).and_then(|digits: &str| digits.parse::<i32>().ok());
    number(0..4).expect("a year") * 12 + number(5..7).expect("a month") - 1
}

fn text(month: i32) -> String {
    format!("{:04}-{:02}", month / 12, month % 12 + 1)
}

fn this_month() -> i32 {
    month(&months_ago(0))
}

/// The tag that a customer of a book has now.
fn expected(book: &Book, customer: &Json) -> Json {
    let id = customer.text_at("customer_id");
    let records = book.with("fee_record", "customer_id", id);
    let first = records.map(|record| month(record.text_at("bill_cycle"))).min();
    let associated = customer.get("associated_on").map(|time| month(&month_of(time.as_text())));
    let within = |month: i32| associated.is_some_and(|from| (from..from + MONTHS).contains(&month));
    let (state, from) = match first {
        Some(first) if within(first) && this_month() < first + MONTHS => ("Y", Some(first)),
        Some(first) if within(first) => ("N", Some(first)),
        None if within(this_month()) => ("UNDETERMINED", None),
        Some(_) | None => ("N", None),
    };
    let mut tag = vec![
        ("customer_id", Json::text(id)),
        ("customer_tag_type", Json::text("SMB")),
        ("new_customer_tag", Json::text(state)),
    ];
    if let Some(first) = from {
        tag.push(("effective_time", Json::text(&text(first))));
        tag.push(("expire_time", Json::text(&text(first + MONTHS - 1))));
    }
    Json::Object(tag.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn sorted(mut tags: Vec<Json>) -> Vec<Json> {
    tags.sort_by(|one, other| one.text_at("customer_id").cmp(other.text_at("customer_id")));
    tags
}

#[test]
fn tells_the_tag_of_every_customer_of_the_caller() {
    let app = App::shared();
    for kind in ["distributor", "solution_provider"] {
        for id in DEMO.partners(kind) {
            let customers = DEMO.with("customer", "partner_id", id);
            let expected: Vec<Json> = customers.map(|line| expected(&DEMO, line)).collect();
            let answered = tags(app, &DEMO.key(id), &json!({"limit": 200}));
            assert_eq!(answered, sorted(expected), "{kind} {id}");
        }
    }
}

#[test]
fn tells_the_tags_of_a_resellers_customers_to_its_distributor() {
    let app = App::shared();
    let key = DEMO.key(DEMO.partners("distributor")[0]);
    for reseller in DEMO.partners("reseller") {
        let customers = DEMO.with("customer", "partner_id", reseller);
        let expected: Vec<Json> = customers.map(|line| expected(&DEMO, line)).collect();
        let answered = tags(app, &key, &json!({"indirect_partner_id": reseller}));
        assert_eq!(answered, sorted(expected), "{reseller}");
    }
}

#[test]
fn a_tag_depends_on_association_and_consumption() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let now = this_month();
    // Each customer: months ago of its association, and of its first bill line, if it has one.
    for (name, associated, consumed, state) in [
        ("eligible", 0, None, "UNDETERMINED"),
        ("still-eligible", 11, None, "UNDETERMINED"),
        ("too-late", 12, None, "N"),
        ("new", 3, Some(2), "Y"),
        ("at-once", 0, Some(0), "Y"),
        ("last-month", 22, Some(11), "Y"),
        ("was-new", 23, Some(12), "N"),
        ("consumed-too-late", 14, Some(2), "N"),
        ("consumed-before", 1, Some(2), "N"),
    ] {
        let id = format!("{}-{name}", tenant.tenant_id);
        let (tenant_id, partner_id) = (&tenant.tenant_id, &tenant.distributor.principal_id);
        let line = json!({
            "kind": "customer", "tenant_id": tenant_id, "customer_id": id,
            "partner_id": partner_id, "association_type": "2",
            "associated_on": format!("{}-15T00:00:00Z", text(now - associated)),
        });
        let mut book = format!("{line}\n");
        if let Some(consumed) = consumed {
            let cycle = text(now - consumed);
            book.push_str(&fee_record(&json!({
                "tenant_id": tenant_id, "id": format!("{id}-1"), "partner_id": partner_id,
                "customer_id": id, "bill_cycle": cycle,
            })));
        }
        let book = Book::new(book);
        app.import(&book);
        let answered = tags(app, &tenant.distributor, &json!({"customer_ids": [id]}));
        assert_eq!(answered[0].text_at("new_customer_tag"), state, "{name}");
        let customer = book.of_kind("customer").next().expect("one");
        assert_eq!(answered, [expected(&book, customer)], "{name}");
    }
}

#[test]
fn answers_for_the_customers_asked_for_in_their_order_and_each_once() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let [first, second] = tenant.customers.each_ref().map(String::as_str);
    let referral = tenant.referral_customer.as_str();
    let asked =
        [second, "nobody", referral, &other.customers[0], first, second, &tenant.reseller_customer];
    let of = |fields: &Value| tags(app, &tenant.distributor, fields);
    assert_eq!(ids(&of(&json!({"customer_ids": asked}))), [second, referral, first]);
    let page = of(&json!({"customer_ids": asked, "offset": 1, "limit": 1}));
    assert_eq!(ids(&page), [referral]);
    assert!(of(&json!({"customer_ids": asked, "offset": 3})).is_empty());
    // No ids are no filter.
    assert_eq!(of(&json!({"customer_ids": []})), of(&json!({})));
    assert_eq!(of(&json!({})).len(), 3);
    assert_eq!(ids(&of(&json!({"offset": 1, "limit": 1}))).len(), 1);
}

#[test]
fn refuses_fields_without_their_form_and_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    for fields in [
        json!({"customer_ids": [""]}),
        json!({"customer_ids": ["x".repeat(65)]}),
        json!({"customer_ids": vec!["x"; 1001]}),
        json!({"limit": 0}),
        json!({"limit": 201}),
        json!({"offset": 2_147_483_648_u32}),
    ] {
        let reply = app.post(&tenant.distributor, PATH, fields.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
