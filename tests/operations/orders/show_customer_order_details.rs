//! `ShowCustomerOrderDetails`: an order with its line items.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::orders::{fund, line, order, pay, place, place_with, provision, with_money};
use crate::harness::tenant::Tenant;

#[test]
fn shows_the_order_and_a_page_of_its_lines() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let lines = [line(1), line(2), line(3)];
    let placed = place_with(app, &tenant, &lines, json!({"user_name": "clerk"}));
    let order_id = placed.text_at("order_id");
    assert!(order_id.starts_with("CS") && order_id.len() == 17, "{order_id}");
    for key in [&tenant.customer, &tenant.distributor] {
        let shown = order(app, key, order_id);
        assert_eq!(shown.at("total_count").as_integer(), 3);
        let info = shown.at("order_info");
        assert_eq!(info.at("status").as_integer(), 6);
        assert_eq!(info.at("official_amount").as_decimal().normalize().to_string(), "193.2");
        assert_eq!(info.text_at("user_name"), "clerk");
        let day = |name: &str| info.text_at(name)[..10].parse::<chrono::NaiveDate>().expect(name);
        let days = day("pending_payment_end_time") - day("create_time");
        assert_eq!(days.num_days(), 7);
        let items = shown.at("order_line_items").as_list();
        assert_eq!(items[2].at("period_num").as_integer(), 3);
        assert_eq!(items[2].at("official_amount").as_decimal().normalize().to_string(), "96.6");
        let fields = json!({"order_id": order_id, "offset": 1, "limit": 1});
        let part = app.sdk(key, "ShowCustomerOrderDetails", &fields).outcome.expect("a page");
        assert_eq!(part.at("total_count").as_integer(), 3);
        assert_eq!(part.at("order_line_items").as_list(), &items[1..2]);
    }
}

#[test]
fn follows_an_order_through_its_states() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.customer;
    fund(app, &tenant, &tenant.customers[0], "100.00");
    let order_id = place(app, &tenant);
    assert_eq!(pay(app, key, &with_money(&order_id)), (204, String::new()));
    let paid = order(app, key, &order_id);
    assert_eq!(paid.at("order_info").at("status").as_integer(), 3);
    assert!(paid.at("order_info").get("pending_payment_end_time").is_none());
    let item = &paid.at("order_line_items").as_list()[0];
    assert!(item.get("expire_time").is_none());
    let resource = json!([{"line": 1, "resources": [{"resource_id": "r-1"}]}]);
    assert_eq!(provision(app, &tenant, &order_id, &resource), (200, String::new()));
    let done = order(app, key, &order_id);
    assert_eq!(done.at("order_info").at("status").as_integer(), 5);
    let item = &done.at("order_line_items").as_list()[0];
    // 23:59:59 in GMT+8.
    assert!(item.text_at("expire_time").ends_with("T15:59:59Z"), "{item:?}");
}

#[test]
fn strangers_and_nobodys_orders_are_not_found() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let foreign = place(app, &other);
    let of_referral =
        place_with(app, &tenant, &[line(1)], json!({"customer_id": tenant.referral_customer}));
    let of_referral = of_referral.text_at("order_id");
    let long = "x".repeat(65);
    for (key, order_id) in [
        (&tenant.customer, foreign.as_str()),
        (&tenant.distributor, foreign.as_str()),
        (&tenant.distributor, of_referral),
        (&tenant.customer, of_referral),
        (&tenant.customer, "CS0000000000AAAAA"),
        (&tenant.customer, long.as_str()),
    ] {
        let fields = json!({"order_id": order_id});
        let answer = app.sdk(key, "ShowCustomerOrderDetails", &fields);
        assert_eq!(answer.reply.outcome(), (400, "CBC.30000010".to_owned()), "{order_id}");
    }
}
