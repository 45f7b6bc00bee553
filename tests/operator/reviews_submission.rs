//! `GET /operator/v1/reviews/submission`: one submission, with what the reviewer must see.

use serde_json::{Value, json};

use crate::harness::app::{App, Variables};
use crate::harness::book::Book;
use crate::harness::http::Reply;
use crate::harness::json::Json;
use crate::harness::realname::{
    CHANGE, ENTERPRISE, INDIVIDUAL, change, company, decided, person, submit,
};
use crate::harness::store::{contains, files};
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/reviews/submission";

fn show(app: &App, tenant_id: &str, review_id: &str) -> Reply {
    app.operator("GET", &format!("{PATH}?tenant_id={tenant_id}&review_id={review_id}"), "")
}

/// The fields of a request that are not about whose submission it is.
fn submitted(fields: &Value) -> Json {
    let mut fields = fields.clone();
    let members = fields.as_object_mut().expect("an object");
    for name in ["customer_id", "change_type"] {
        members.remove(name);
    }
    Json::parse(&fields.to_string()).expect("JSON")
}

#[test]
fn shows_what_was_submitted() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let fields = person(&tenant.customers[0], "E0000001");
    let review_id = submit(app, &tenant, INDIVIDUAL, &fields);
    let shown = show(app, &tenant.tenant_id, &review_id).json();
    assert_eq!(shown.text_at("review_id"), review_id);
    assert_eq!(shown.text_at("customer_id"), tenant.customers[0]);
    assert_eq!(shown.text_at("kind"), "individual");
    assert_eq!(shown.at("review_result").as_integer(), 0);
    assert_eq!(shown.get("decided_at"), None);
    assert_eq!(*shown.at("applicant").at("individual"), submitted(&fields));

    decided(app, &tenant, &review_id, Some("模糊 – not legible"));
    let shown = show(app, &tenant.tenant_id, &review_id).json();
    assert_eq!(shown.at("review_result").as_integer(), 1);
    assert_eq!(shown.text_at("opinion"), "模糊 – not legible");
    assert!(shown.get("decided_at").is_some());

    let fields = change(&tenant.customers[0]);
    let review_id = submit(app, &tenant, CHANGE, &fields);
    let shown = show(app, &tenant.tenant_id, &review_id).json();
    assert_eq!(shown.text_at("kind"), "individual_to_enterprise");
    let mut enterprise = fields;
    enterprise["identify_type"].take();
    let Json::Object(mut expected) = submitted(&enterprise) else { panic!("an object") };
    expected.remove("identify_type");
    assert_eq!(*shown.at("applicant").at("enterprise"), Json::Object(expected));
}

#[test]
fn shows_what_was_left_out_as_left_out() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut fields = company(&tenant.customers[0]);
    for name in ["certificate_type", "reg_country", "enterprise_person"] {
        fields.as_object_mut().expect("an object").remove(name);
    }
    fields["reg_address"] = json!("");
    let review_id = submit(app, &tenant, ENTERPRISE, &fields);
    let shown = show(app, &tenant.tenant_id, &review_id).json();
    let enterprise = shown.at("applicant").at("enterprise");
    assert_eq!(enterprise.text_at("reg_address"), "");
    for name in ["certificate_type", "reg_country", "enterprise_person"] {
        assert_eq!(enterprise.get(name), None, "{name}");
    }
}

#[test]
fn shows_what_a_book_brought_without_an_applicant() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let line = json!({
        "kind": "realname_review", "tenant_id": tenant.tenant_id, "review_id": "of-a-book",
        "customer_id": tenant.customers[0], "submitted_at": "2026-03-01T06:00:00Z",
        "review_result": 0,
    });
    app.import(&Book::new(format!("{line}\n")));
    let shown = show(app, &tenant.tenant_id, "of-a-book").json();
    assert_eq!(shown.text_at("submitted_at"), "2026-03-01T06:00:00Z");
    assert_eq!((shown.get("kind"), shown.get("applicant")), (None, None));
}

#[test]
fn nothing_of_a_submission_lies_in_the_state_or_in_the_log() {
    let app = App::start_with(Variables::default());
    let tenant = Tenant::in_books_of(&app);
    let review_id = submit(&app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E5550123"));
    submit(&app, &tenant, ENTERPRISE, &company(&tenant.customers[1]));
    let mut broken = person(&tenant.customers[0], "E5550124");
    broken["verified_file_url"] = json!(["https://example.com/passport-of-zhang.jpg"]);
    let key = &tenant.distributor;
    let path = "/v2/customers/realname-auths/individual";
    assert_eq!(app.post(key, path, broken.to_string()).status, 400);
    assert_eq!(show(&app, &tenant.tenant_id, &review_id).status, 200);
    decided(&app, &tenant, &review_id, Some("not legible"));
    let planted = [
        "E5550123",
        "E5550124",
        "Zhang San",
        "张三",
        "abc023",
        "passport-of-zhang",
        "Example Trading",
        "91310000MA1FL5Y0X1",
        "Example Road",
        "李四",
        "E7654321",
        "licence-front",
    ];
    let log = app.log();
    for text in planted {
        assert!(!log.contains(text), "{text} is in the log: {log}");
        for file in app.directories().iter().flat_map(|directory| files(directory)) {
            let bytes = std::fs::read(&file).expect("a file");
            assert!(!contains(&bytes, text), "{text} is in {}", file.display());
        }
    }
}

#[test]
fn refuses_what_is_not_there() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    let review_id = submit(app, &other, INDIVIDUAL, &person(&other.customers[0], "E0000001"));
    for id in [review_id.as_str(), "nothing"] {
        let reply = show(app, &tenant.tenant_id, id);
        assert_eq!(reply.outcome(), (404, "CBC.0101".to_owned()), "{id}");
    }
    assert_eq!(show(app, "nothing", &review_id).outcome(), (404, "CBC.0101".to_owned()));
    for query in ["", "?tenant_id=x", "?review_id=x", "?tenant_id=x&review_id=y&z=1"] {
        let reply = app.operator("GET", &format!("{PATH}{query}"), "");
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}
