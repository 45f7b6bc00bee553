//! `CancelCustomerOrder`: an order that waits for payment is cancelled, and its coupons are free.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::coupons::issue;
use crate::harness::http::refused;
use crate::harness::orders::{fund, line, paid, pay, place, place_with, status};
use crate::harness::tenant::Tenant;

fn cancel(app: &App, tenant: &Tenant, order_id: &str) -> (u16, String) {
    let fields = json!({"order_id": order_id});
    app.sdk(&tenant.customer, "CancelCustomerOrder", &fields).reply.outcome()
}

#[test]
fn cancels_an_order_and_frees_its_coupons() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let coupon = issue(app, &tenant, "40.00");
    let keeps = place_with(app, &tenant, &[line(1)], json!({"coupon_ids": [coupon]}));
    let order_id = keeps.text_at("order_id");
    assert_eq!(cancel(app, &tenant, order_id), (204, String::new()));
    assert_eq!(status(app, &tenant.customer, order_id), 4);
    let other = place(app, &tenant);
    let fields = json!({"order_id": other, "use_coupon": "YES", "use_discount": "NO",
                        "coupon_infos": [{"id": coupon, "type": 301}]});
    assert_eq!(pay(app, &tenant.customer, &fields), (204, String::new()));
    app.audit(&tenant.tenant_id);
}

#[test]
fn cancels_only_what_waits_for_payment_and_is_the_callers() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let cancelled = place(app, &tenant);
    assert_eq!(cancel(app, &tenant, &cancelled), (204, String::new()));
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(cancel(app, &tenant, &cancelled), refused(400, "CBC.99005010"));
    assert_eq!(app.audit(&tenant.tenant_id), before);
    let done = paid(app, &tenant);
    assert_eq!(cancel(app, &tenant, &done), refused(400, "CBC.99005010"));
    let foreign = place(app, &other);
    assert_eq!(cancel(app, &tenant, &foreign), refused(400, "CBC.99005010"));
    assert_eq!(cancel(app, &tenant, ""), refused(400, "CBC.0100"));
    assert_eq!(status(app, &other.customer, &foreign), 6);
}

#[test]
fn a_child_is_cancelled_with_its_parent() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    fund(app, &tenant, &tenant.customers[0], "1.00");
    let lines = [1, 2].map(|child| {
        let mut line = line(1);
        line["sub_order"] = json!(child);
        line
    });
    let combined = place_with(app, &tenant, &lines, json!({}));
    let child = combined.at("sub_order_infos").as_list()[0].text_at("order_id").to_owned();
    assert_eq!(cancel(app, &tenant, &child), refused(400, "CBC.99000089"));
    assert_eq!(cancel(app, &tenant, combined.text_at("order_id")), (204, String::new()));
    assert_eq!(status(app, &tenant.customer, &child), 4);
}
