//! `ListStoredValueCards`: a customer's cards that can pay, and those of which nothing is left.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::cards::{bring, card, card_within, id, listed};
use crate::harness::contract;
use crate::harness::http::Request;
use crate::harness::json::Json;
use crate::harness::money::{call, import, key_of_customer};
use crate::harness::orders::{place, status};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListStoredValueCards";

#[test]
fn shows_what_a_card_is_and_what_is_left_of_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    bring(app, &tenant, "gift", "50");
    let body = call(app, &tenant.customer, OPERATION, &json!({"status": 1})).expect("a list");
    assert_eq!(body.at("total_count").as_integer(), 1);
    let shown = &body.at("stored_value_cards").as_list()[0];
    assert_eq!(shown.at("status").as_integer(), 1);
    for (name, expected) in [
        ("card_id", id(&tenant, "gift").as_str()),
        ("card_name", "Card gift"),
        ("face_value", "50.00"),
        ("balance", "50.00"),
        ("effective_time", "2026-01-05T00:00:00Z"),
        ("expire_time", "2096-01-05T00:00:00Z"),
    ] {
        assert_eq!(shown.text_at(name), expected, "{name}");
    }
}

#[test]
fn a_card_without_a_name_is_shown_without_one() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut nameless = card(&tenant, "plain", "1.5");
    nameless.as_object_mut().expect("an object").remove("card_name");
    import(app, &tenant, nameless);
    let body = call(app, &tenant.customer, OPERATION, &json!({"status": 1})).expect("a list");
    let shown = &body.at("stored_value_cards").as_list()[0];
    assert_eq!(shown.get("card_name"), None);
    assert_eq!(shown.text_at("balance"), "1.50");
}

#[test]
fn a_card_is_listed_as_usable_then_as_used_up_and_not_outside_its_time() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.customer;
    let (spent, left) = (bring(app, &tenant, "a", "30"), bring(app, &tenant, "b", "10"));
    for (name, period) in [
        ("expired", ("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z")),
        ("future", ("2095-01-05T00:00:00Z", "2096-01-05T00:00:00Z")),
    ] {
        import(app, &tenant, card_within(&tenant, name, period));
    }
    let owned = |pairs: &[(&String, &str)]| {
        let pair = |(id, balance): &(&String, &str)| ((*id).clone(), (*balance).to_owned());
        pairs.iter().map(pair).collect::<Vec<_>>()
    };
    assert_eq!(
        listed(app, key, &json!({"status": 1})),
        owned(&[(&spent, "30.00"), (&left, "10.00")])
    );
    assert_eq!(listed(app, key, &json!({"status": 2})), []);

    let order_id = place(app, &tenant);
    let fields = json!({"order_id": order_id, "use_coupon": "YES", "use_discount": "NO",
                        "coupon_infos": [{"id": spent, "type": 303}, {"id": left, "type": 303}]});
    call(app, key, "PayOrders", &fields).expect("paid");
    assert_eq!(status(app, key, &order_id), 3);
    assert_eq!(listed(app, key, &json!({"status": 1})), owned(&[(&left, "7.80")]));
    assert_eq!(listed(app, key, &json!({"status": 2})), owned(&[(&spent, "0.00")]));
    app.audit(&tenant.tenant_id);
}

#[test]
fn one_card_can_be_asked_for_and_a_list_has_pages() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.customer;
    let ids = ["a", "b", "c"].map(|name| bring(app, &tenant, name, "1.00"));
    let found = |fields| -> Vec<String> {
        listed(app, key, &fields).into_iter().map(|(id, _)| id).collect()
    };
    assert_eq!(found(json!({"status": 1, "card_id": ids[1]})), [ids[1].as_str()]);
    assert!(found(json!({"status": 2, "card_id": ids[1]})).is_empty());
    assert!(found(json!({"status": 1, "card_id": "nobodys"})).is_empty());
    assert!(found(json!({"status": 1, "card_id": "é"})).is_empty());
    assert_eq!(found(json!({"status": 1, "card_id": ""})), ids);
    let page = |offset, limit| json!({"status": 1, "offset": offset, "limit": limit});
    assert_eq!(found(page(0, 2)), ids[..2]);
    assert_eq!(found(page(2, 2)), ids[2..]);
    let body = call(app, key, OPERATION, &page(9, 1)).expect("a list");
    assert_eq!(body.at("total_count").as_integer(), 3);
    assert!(body.at("stored_value_cards").as_list().is_empty());
}

#[test]
fn nothing_is_seen_of_another_customers_cards() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let theirs = bring(app, &tenant, "theirs", "30");
    let other = key_of_customer(app, &tenant, &tenant.customers[1]);
    for fields in [json!({"status": 1}), json!({"status": 1, "card_id": theirs})] {
        assert_eq!(listed(app, &other, &fields), [], "{fields}");
    }
}

#[test]
fn refuses_what_is_no_status_or_page() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let path = contract::path_of(OPERATION);
    for query in [
        "",
        "?status=",
        "?status=0",
        "?status=3",
        "?status=1&limit=0",
        "?status=1&limit=101",
        "?status=1&offset=-1",
        "?status=1&status=2",
        "?status=1&card=x",
    ] {
        let reply = app.call(&tenant.customer, Request::new("GET", &format!("{path}{query}"), ""));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}: {}", reply.text());
    }
}

/// Status of importing a line, and what became of it.
fn outcome(app: &App, tenant: &Tenant, mut line: serde_json::Value) -> (u16, Option<Json>) {
    line["tenant_id"] = json!(tenant.tenant_id);
    let reply = app.operator("POST", "/operator/v1/books", format!("{line}\n"));
    let applied = (reply.status == 200).then(|| reply.json().at("applied").clone());
    (reply.status, applied)
}

#[test]
fn a_book_brings_a_card_once_and_refuses_one_that_cannot_be() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let good = card(&tenant, "once", "20.00");
    import(app, &tenant, good.clone());
    let before = app.audit(&tenant.tenant_id);
    let (status, applied) = outcome(app, &tenant, good.clone());
    assert_eq!((status, applied.map(|it| it.as_integer())), (200, Some(0)));
    let with = |name: &str, value: serde_json::Value| {
        let mut line = card(&tenant, "other", "20.00");
        line[name] = value;
        line
    };
    let mut richer = good;
    richer["face_value"] = json!("21.00");
    for line in [
        richer,
        with("customer_id", json!("nobody")),
        with("expire_time", json!("2026-01-05T00:00:00Z")),
        with("face_value", json!("0")),
        with("face_value", json!("-1")),
        with("face_value", json!(20)),
        with("colour", json!("red")),
    ] {
        assert_eq!(outcome(app, &tenant, line.clone()).0, 400, "{line}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
