//! `ListOrderDiscounts`: the discounts that an order can be paid with.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::orders::{fund, grant_discount, line, order, paid, pay, place, place_with};
use crate::harness::tenant::Tenant;

fn discounts(app: &App, tenant: &Tenant, order_id: &str) -> Vec<Json> {
    let fields = json!({"order_id": order_id});
    let answer = app.sdk(&tenant.customer, "ListOrderDiscounts", &fields);
    answer.outcome.expect("a list").at("discounts").as_list().to_vec()
}

/// A ratio that the partner grants the customer, and money off by a promotion.
fn offer(app: &App, tenant: &Tenant) {
    grant_discount(app, tenant, &tenant.customers[0], "0.8");
    let promotion = json!({"kind": "promotion_discount", "tenant_id": tenant.tenant_id,
                           "customer_id": tenant.customers[0], "discount_id": "promotion",
                           "discount_name": "promotion", "reduction": "2.20",
                           "effective_time": "2020-01-01T00:00:00Z"});
    let reply = app.operator("POST", "/operator/v1/books", format!("{promotion}\n"));
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn an_order_keeps_the_discounts_that_it_was_offered() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    offer(app, &tenant);
    let placed = place_with(app, &tenant, &[line(1), line(1), line(2)], json!({}));
    let order_id = placed.text_at("order_id");
    let listed = discounts(app, &tenant, order_id);
    let [ratio, promotion] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!(ratio.text_at("discount_id"), "ratio");
    assert_eq!(ratio.at("discount_type").as_integer(), 3);
    assert_eq!(ratio.text_at("discount_value"), "0.8");
    assert_eq!(promotion.at("discount_type").as_integer(), 0);
    let lines = ratio.at("orders").as_list()[0].at("order_line_items").as_list().to_vec();
    // The two lines of a month are one.
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].at("order_line_item_ids").as_list().len(), 2);
    assert_eq!(lines[0].at("discount_amount").as_decimal().normalize().to_string(), "6.44");
    assert_eq!(lines[0].at("discount_ratio").as_decimal().normalize().to_string(), "0.8");

    fund(app, &tenant, &tenant.customers[0], "103.04");
    let fields = json!({"order_id": order_id, "use_coupon": "NO", "use_discount": "YES",
                        "discount_infos": [{"id": "ratio", "type": 3}]});
    assert_eq!(pay(app, &tenant.customer, &fields), (204, String::new()));
    let info = order(app, &tenant.customer, order_id);
    let info = info.at("order_info");
    assert_eq!(info.at("amount_after_discount").as_decimal().normalize().to_string(), "103.04");
    let used = &info.at("amount_info").at("discounts").as_list()[0];
    assert_eq!(
        (used.text_at("discount_type"), used.at("discount_amount").as_decimal().to_string()),
        ("607", "25.76".to_owned())
    );
    app.audit(&tenant.tenant_id);
}

#[test]
fn lists_nothing_for_an_order_that_cannot_be_paid() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    for order_id in [paid(app, &tenant), place(app, &other), "CS0000000000AAAAA".to_owned()] {
        assert!(discounts(app, &tenant, &order_id).is_empty(), "{order_id}");
    }
}
