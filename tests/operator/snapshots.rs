//! `PUT`, `GET` and `DELETE /operator/v1/snapshots`.

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::allocate;
use crate::harness::snapshots::{PATH, discard, names, take};
use crate::harness::tenant::Tenant;

#[test]
fn takes_lists_and_drops_them() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let audit = app.audit(&tenant.tenant_id);
    assert_eq!(names(app, &tenant.tenant_id), Vec::<String>::new());
    let first = take(app, &tenant.tenant_id, "first");
    assert_eq!(first.text_at("name"), "first");
    allocate(app, &tenant, &tenant.customers[0], "1.00");
    let second = take(app, &tenant.tenant_id, "Second_2.0-a");
    let transactions = |taken: &Json| taken.at("transactions").as_integer();
    assert_eq!(transactions(&second), transactions(&first) + 1);
    assert_eq!(names(app, &tenant.tenant_id), ["first", "Second_2.0-a"]);
    let one = app.operator("GET", &format!("{PATH}?tenant_id={}&name=first", tenant.tenant_id), "");
    assert_eq!(one.json().at("snapshots").as_list()[0], first);

    // The newest has the name.
    let again = take(app, &tenant.tenant_id, "first");
    assert_eq!(transactions(&again), transactions(&second));
    assert_eq!(names(app, &tenant.tenant_id), ["Second_2.0-a", "first"]);
    assert_eq!(discard(app, &tenant.tenant_id, "first"), (204, String::new()));
    assert_eq!(discard(app, &tenant.tenant_id, "first"), (404, "CBC.0101".to_owned()));
    assert_eq!(names(app, &tenant.tenant_id), ["Second_2.0-a"]);
    assert_ne!(app.audit(&tenant.tenant_id), audit);
}

#[test]
fn refuses_unknown_tenants_and_names_that_are_none() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let long = "x".repeat(65);
    for (query, outcome) in [
        ("tenant_id=nothing&name=a".to_owned(), (404, "CBC.0101")),
        (format!("tenant_id={}", tenant.tenant_id), (400, "CBC.0100")),
        ("name=a".to_owned(), (400, "CBC.0100")),
        (format!("tenant_id={}&name=", tenant.tenant_id), (400, "CBC.0100")),
        (format!("tenant_id={}&name=a%3Ab", tenant.tenant_id), (400, "CBC.0100")),
        (format!("tenant_id={}&name={long}", tenant.tenant_id), (400, "CBC.0100")),
        (format!("tenant_id={}&name=a&more=1", tenant.tenant_id), (400, "CBC.0100")),
    ] {
        for method in ["PUT", "DELETE"] {
            let (status, code) = app.operator(method, &format!("{PATH}?{query}"), "").outcome();
            assert_eq!((status, code.as_str()), outcome, "{method} {query}");
        }
    }
    assert_eq!(names(app, &tenant.tenant_id), Vec::<String>::new());
}

#[test]
fn there_are_at_most_thirty_two() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for number in 0..32 {
        take(app, &tenant.tenant_id, &format!("s{number}"));
    }
    let target = format!("{PATH}?tenant_id={}&name=more", tenant.tenant_id);
    let reply = app.operator("PUT", &target, "");
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
    assert_eq!(names(app, &tenant.tenant_id).len(), 32);
    assert_eq!(discard(app, &tenant.tenant_id, "s7"), (204, String::new()));
    take(app, &tenant.tenant_id, "more");
    app.audit(&tenant.tenant_id);
}
