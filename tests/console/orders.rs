//! Orders, resources and bills of a partner's customers, and nobody else's.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::book::DEMO;
use crate::harness::console::{Browser, one_month};
use crate::harness::exports::{PARTNER_CENTRE_PARQUET, charges, name, rows, taken_by};
use crate::harness::json::Json;
use crate::harness::money::key_of_customer;
use crate::harness::orders;
use crate::harness::partner_centre::{self, AUTHORISATIONS, done};
use crate::harness::tenant::Tenant;

const PLACE: &str = "/console/orders/place";
const PRICE: &str = "/console/orders/price";
const PAYMENT: &str = "/console/orders/payment";

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
    // The table behind the drawing has its figures.
    assert!(page.contains("<details>") && page.contains("As a table"), "{page}");
    let of_month = bills.iter().filter(|bill| bill.text_at("cycle") == month).count();
    for kind in ["sums", "bills", "focus"] {
        let query = format!("kind={kind}&bill_cycle={month}");
        assert!(page.contains(&format!("/console/exports/file?{}", query.replace('&', "&amp;"))));
        let file = browser.get(&format!("/console/exports/file?{query}"));
        assert_eq!(file.status, 200, "{}", file.text());
        assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
        let disposition = format!("attachment; filename=\"{kind}-{month}.csv\"");
        assert_eq!(file.header("content-disposition"), Some(&*disposition));
        assert_eq!(file.body, taken_by(app, &DEMO.key(distributor), &query).body, "{kind}");
        if kind == "sums" {
            assert_eq!(rows(&file).len(), of_month, "{}", file.text());
            assert!(file.text().contains(bill.text_at("customer_id")), "{}", file.text());
        }
    }
    let query = format!("bill_cycle={month}");
    assert!(page.contains(&format!("/console/exports/parquet?{query}")), "{page}");
    let file = browser.get(&format!("/console/exports/parquet?{query}"));
    let by_route = app.get(&DEMO.key(distributor), &format!("{PARTNER_CENTRE_PARQUET}?{query}"));
    assert_eq!((file.status, by_route.status), (200, 200), "{}", file.text());
    assert_eq!((&file.body, name(&file)), (&by_route.body, name(&by_route)));
    assert!(!charges(&file).is_empty());
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

#[test]
fn an_order_is_placed_on_behalf_of_a_customer_and_given_another_price() {
    let app = App::shared();
    orders::catalogue(app);
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let customer = tenant.customers[0].as_str();
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let page = browser.page("/console/authorisations");
    let before = app.audit(&tenant.tenant_id);
    let form = browser.page(PLACE);
    let unauthorised = browser.fill_in(&form, PLACE, &one_month(customer));
    assert!(unauthorised.status >= 400, "{}", unauthorised.text());
    let foreign = browser.fill_in(&form, PLACE, &one_month(&other.customers[0]));
    assert!(foreign.status >= 400, "{}", foreign.text());
    assert_eq!(app.audit(&tenant.tenant_id), before);

    let asked = browser.fill_in(&page, "/console/authorisations", &[("customer_id", customer)]);
    assert!(asked.text().contains("Asked"), "{}", asked.text());
    let grant = json!({"decision": "grant"});
    done(app, &tenant.customer, "PUT", AUTHORISATIONS, &grant);
    assert!(browser.page("/console/authorisations").contains("Granted"));
    orders::fund(app, &tenant, customer, orders::MONTH);
    let before = app.audit(&tenant.tenant_id);
    let asked = browser.fill_in(&form, PLACE, &one_month(customer));
    assert!(asked.text().contains("¥32.20"), "{}", asked.text());
    assert_eq!(app.audit(&tenant.tenant_id), before, "saying what will happen changes nothing");
    let placed = browser.fill_in(asked.text(), PLACE, &[]);
    assert_eq!(placed.status, 303, "{}", placed.text());
    let target = placed.header("location").expect("the order").to_owned();
    let again = browser.fill_in(asked.text(), PLACE, &[]);
    assert_eq!(again.header("location"), Some(&*target), "posted twice, it is placed once");
    assert!(browser.page("/console/orders").contains("1–1 / 1"));

    let page = browser.page(&target);
    let dear = browser.confirm(&page, PRICE, &[("price", "32.21")]);
    assert_eq!(dear.status, 400, "{}", dear.text());
    let set = browser.confirm(&page, PRICE, &[("price", "30.00")]);
    assert!(set.text().contains("¥30.00"), "{}", set.text());
    // Nothing else can be paid from now on.
    for page in [&target, "/console/orders"] {
        let shown = browser.page(page);
        assert!(shown.contains("<dd>¥30.00</dd>") || shown.contains("figure\">¥30.00"), "{shown}");
    }
    app.audit(&tenant.tenant_id);
}

#[test]
fn an_order_is_paid_on_behalf_of_the_customer_that_asks_for_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = tenant.referral_customer.as_str();
    let key = key_of_customer(app, &tenant, customer);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let of = json!({"customer_id": customer});
    for (decision, status) in [("approve", "Processing"), ("reject", "Waits for payment")] {
        let order = orders::place_with(app, &tenant, &[orders::line(1)], of.clone());
        let order_id = order.text_at("order_id");
        let page = browser.page("/console/orders");
        let fields = [("order_id", order_id), ("decision", decision)];
        let unasked = browser.fill_in(&page, PAYMENT, &fields);
        assert_eq!(unasked.status, 400, "nobody has asked: {}", unasked.text());
        done(app, &key, "POST", partner_centre::PAYMENT, &json!({"order_id": order_id}));
        let asked = browser.fill_in(&page, PAYMENT, &fields);
        assert!(asked.text().contains("¥32.20"), "{}", asked.text());
        let decided = browser.fill_in(asked.text(), PAYMENT, &[]);
        assert!(decided.text().contains(status), "{decision}: {}", decided.text());
    }
    assert!(browser.page("/console/money").contains("−¥32.20"));
    app.audit(&tenant.tenant_id);
}
