//! `PUT /partner-centre/v1/orders/price`: a partner sets the price of an order.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::money::customer_cash;
use crate::harness::orders::{fund, line, order, pay, place, place_with, with_money};
use crate::harness::partner_centre::{PRICE, done, once, send};
use crate::harness::tenant::Tenant;

/// A price is set from the digits that are written.
fn price(order_id: &str, price: &str) -> Value {
    let price: Value = serde_json::from_str(price).expect("a number");
    json!({"order_id": order_id, "price": price})
}

#[test]
fn must_be_used_and_excludes_other_discounts() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (partner, customer) = (&tenant.distributor, &tenant.customer);
    let placed = place_with(app, &tenant, &[line(1), line(2)], json!({}));
    let order_id = placed.text_at("order_id");
    assert_eq!(placed.at("official_amount").as_decimal().normalize().to_string(), "96.6");
    done(app, partner, "PUT", PRICE, &price(order_id, "90"));
    // The last one that was set counts.
    done(app, partner, "PUT", PRICE, &price(order_id, "50.01"));
    let amount = |order_id: &str| {
        let shown = order(app, customer, order_id);
        let amount = shown.at("order_info").at("amount_after_discount").as_decimal();
        amount.normalize().to_string()
    };
    assert_eq!(amount(order_id), "50.01", "nothing else can be paid");

    let fields = json!({"order_id": order_id});
    let offered = app.sdk(customer, "ListOrderDiscounts", &fields).outcome.expect("a list");
    let discounts = offered.at("discounts").as_list();
    let types: Vec<i64> =
        discounts.iter().map(|item| item.at("discount_type").as_integer()).collect();
    assert!(!types.is_empty() && types.iter().all(|code| *code == 609), "{types:?}");

    fund(app, &tenant, &tenant.customers[0], "50.01");
    let mut other = with_money(order_id);
    other["use_discount"] = json!("YES");
    other["discount_infos"] = json!([{"id": "another", "type": 2}]);
    assert_eq!(pay(app, customer, &other), (400, "CBC.99003108".to_owned()));
    assert_eq!(pay(app, customer, &with_money(order_id)), (204, String::new()));
    let left = customer_cash(app, &tenant, &tenant.customers[0], None).expect("cash");
    assert!(left.is_zero(), "{left}");
    assert_eq!(amount(order_id), "50.01");
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_orders_of_others_and_prices_that_are_none() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let elsewhere = Tenant::in_books_of(app);
    let (order_id, foreign) = (place(app, &tenant), place(app, &elsewhere));
    let of_reseller =
        place_with(app, &tenant, &[line(1)], json!({"customer_id": tenant.reseller_customer}));
    let of_reseller = of_reseller.text_at("order_id");
    let outcome = |body: &Value| send(app, &tenant.distributor, "PUT", PRICE, body).outcome();
    let before = app.audit(&tenant.tenant_id);
    for (body, code) in [
        (price("nothing", "1"), "CBC.30000010"),
        (price(&foreign, "1"), "CBC.30000010"),
        (price(of_reseller, "1"), "CBC.30000010"),
        (price(&order_id, "32.21"), "CBC.0100"),
        (price(&order_id, "-0.01"), "CBC.0100"),
        (price(&order_id, "1.001"), "CBC.0100"),
        (json!({"order_id": order_id}), "CBC.0100"),
    ] {
        assert_eq!(outcome(&body), (400, code.to_owned()), "{body}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    fund(app, &tenant, &tenant.customers[0], "32.20");
    assert_eq!(pay(app, &tenant.customer, &with_money(&order_id)), (204, String::new()));
    assert_eq!(outcome(&price(&order_id, "1")), (400, "CBC.99003106".to_owned()));
}

#[test]
fn a_repeat_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let order_id = place(app, &tenant);
    once(app, &tenant, &tenant.distributor, "PUT", PRICE, &price(&order_id, "12.34"));
}
