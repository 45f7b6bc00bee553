//! `ListOrderCouponsByOrderId`: the coupons that an order can be paid with.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::coupons::{issue, issue_with};
use crate::harness::json::Json;
use crate::harness::orders::{line, paid, place, place_with};
use crate::harness::tenant::Tenant;

fn coupons(app: &App, tenant: &Tenant, order_id: &str) -> Json {
    let fields = json!({"order_id": order_id});
    let answer = app.sdk(&tenant.customer, "ListOrderCouponsByOrderId", &fields);
    answer.outcome.expect("a list")
}

fn ids(body: &Json) -> Vec<String> {
    let listed = body.at("user_coupons").as_list().iter();
    listed.map(|coupon| coupon.text_at("coupon_id").to_owned()).collect()
}

#[test]
fn lists_what_fits_the_order_and_nobody_else_keeps() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (usable, kept) = (issue(app, &tenant, "5.00"), issue(app, &tenant, "6.00"));
    // For another service, and not valid yet.
    issue_with(app, &tenant, "7.00", json!({"quota_id": tenant.limited_quota}));
    issue_with(
        app,
        &tenant,
        "8.00",
        json!({"quota_id": tenant.quota,
        "valid_time": "2090-01-01T00:00:00Z", "expire_time": "2091-01-01T00:00:00Z"}),
    );
    let keeps = place_with(app, &tenant, &[line(1)], json!({"coupon_ids": [kept]}));
    let order_id = place(app, &tenant);
    let listed = coupons(app, &tenant, &order_id);
    assert_eq!(ids(&listed), [usable.as_str()]);
    assert_eq!(listed.at("count").as_integer(), 1);
    let coupon = &listed.at("user_coupons").as_list()[0];
    assert_eq!(coupon.at("balance").as_decimal().normalize().to_string(), "5");
    assert_eq!(coupon.at("coupon_type").as_integer(), 1);
    let quantity = &listed.at("coupon_max_use_quantity").as_list()[0];
    assert_eq!(quantity.at("use_quantity_value").as_integer(), 1);
    let own = coupons(app, &tenant, keeps.text_at("order_id"));
    assert_eq!(ids(&own), [kept, usable]);
}

#[test]
fn lists_nothing_for_an_order_that_cannot_be_paid() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    issue(app, &tenant, "5.00");
    for order_id in [paid(app, &tenant), place(app, &other), "CS0000000000AAAAA".to_owned()] {
        let listed = coupons(app, &tenant, &order_id);
        assert_eq!(listed.at("count").as_integer(), 0, "{order_id}");
    }
}
