//! Orders, resources and bills of a partner's customers, and nobody else's.

use crate::harness::app::App;
use crate::harness::book::DEMO;
use crate::harness::console::Browser;
use crate::harness::json::Json;
use crate::harness::orders;
use crate::harness::tenant::Tenant;

#[test]
fn the_bills_of_a_month_are_shown_drawn_and_exported() {
    let app = App::shared();
    let distributor = DEMO.partners("distributor")[0];
    let mut browser = Browser::of_partner(app, &DEMO.key(distributor));
    let bills: Vec<&Json> = DEMO.with("monthly_bill", "partner_id", distributor).collect();
    let bill = bills[0];
    let month = bill.text_at("cycle");
    let page = browser.page(&format!("/console/bills?month={month}&limit=100"));
    assert!(page.contains(bill.text_at("customer_id")), "{page}");
    assert!(page.contains("<svg") && page.contains("class=\"bar\""), "{page}");
    let file = browser.get(&format!("/console/bills/file?month={month}"));
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    let disposition = format!("attachment; filename=\"bills-{month}.csv\"");
    assert_eq!(file.header("content-disposition"), Some(&*disposition));
    let of_month = bills.iter().filter(|bill| bill.text_at("cycle") == month);
    assert_eq!(file.text().lines().count(), 1 + of_month.count(), "{}", file.text());
    assert!(file.text().contains(bill.text_at("customer_id")), "{}", file.text());
    assert!(browser.page("/console/bills?month=2001-01").contains("Nothing yet"));
    assert_eq!(browser.get("/console/bills?month=2001").status, 400);
}

#[test]
fn orders_and_resources_are_those_of_the_partners_customers() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    assert!(browser.page("/console/orders").contains("Nothing yet"));
    assert!(browser.page("/console/resources").contains("name=\"customer_id\""));
    let own = &tenant.customers[0];
    assert!(browser.page(&format!("/console/resources?customer_id={own}")).contains("Nothing yet"));
    let foreign = &other.customers[0];
    let resources = browser.get(&format!("/console/resources?customer_id={foreign}"));
    assert_eq!(resources.status, 400, "{}", resources.text());
    let orders = browser.page(&format!("/console/orders?customer_id={foreign}"));
    assert!(orders.contains("Nothing yet"), "{orders}");
    assert_eq!(browser.get("/console/orders/order?order_id=nothing").status, 400);
}

#[test]
fn an_order_is_shown_to_its_partner_alone() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let order_id = orders::place(app, &tenant);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let list = browser.page("/console/orders");
    assert!(list.contains(&order_id) && list.contains("Waits for payment"), "{list}");
    let page = browser.page(&format!("/console/orders/order?order_id={order_id}"));
    assert!(page.contains(&tenant.customers[0]) && page.contains("Purchase"), "{page}");
    let mut stranger = Browser::of_partner(app, &other.distributor);
    let reply = stranger.get(&format!("/console/orders/order?order_id={order_id}"));
    assert_eq!(reply.status, 400, "{}", reply.text());
    assert!(reply.text().contains("CBC.30000010"), "{}", reply.text());
    assert!(!stranger.page("/console/orders").contains(&order_id));
}
