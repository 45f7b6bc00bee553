//! `POST /operator/v1/tick`: what time does.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::orders::{
    days_later, fund, line, orders, pay, place, place_with, provision, status, tick, with_money,
};
use crate::harness::tenant::Tenant;

#[test]
fn renews_until_the_money_is_gone_then_expires_and_releases() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    // For the first month and two renewals.
    fund(app, &tenant, &tenant.customers[0], "96.60");
    let mut renewing = line(1);
    renewing["is_auto_renew"] = json!(true);
    let placed = place_with(app, &tenant, &[renewing], json!({}));
    let order_id = placed.text_at("order_id");
    assert_eq!(pay(app, &tenant.customer, &with_money(order_id)), (204, String::new()));
    let resource = json!([{"line": 1, "resources": [{"resource_id": "r-1"}]}]);
    assert_eq!(provision(app, &tenant, order_id, &resource), (200, String::new()));
    let mut sums = [0; 4];
    for _ in 0..150 {
        let ticked = days_later(app, &tenant, 1);
        let names = ["renewed", "unpaid", "expired", "released"];
        for (sum, name) in sums.iter_mut().zip(names) {
            *sum += ticked.at(name).as_integer();
        }
    }
    let [renewed, unpaid, expired, released] = sums;
    // A week before the end, 15 days of grace and 15 of retention, tried each day.
    assert_eq!((renewed, expired, released), (2, 2, 1), "{sums:?}");
    assert!((36..=38).contains(&unpaid), "{sums:?}");
    let again = tick(app, &tenant);
    assert_eq!(again.at("released").as_integer(), 0, "{again:?}");
    let found = orders(app, &tenant.customer, &json!({"order_type": "2", "status": 5}));
    assert_eq!(found.at("total_count").as_integer(), 2);
    let renewal = &found.at("order_infos").as_list()[0];
    assert_eq!(renewal.at("source_type").as_integer(), 8);
    app.audit(&tenant.tenant_id);
}

#[test]
fn cancels_what_is_overdue_once() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let order_id = place(app, &tenant);
    assert_eq!(days_later(app, &tenant, 6).at("cancelled").as_integer(), 0);
    assert_eq!(days_later(app, &tenant, 1).at("cancelled").as_integer(), 1);
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(tick(app, &tenant).at("cancelled").as_integer(), 0);
    assert_eq!(app.audit(&tenant.tenant_id), before);
    assert_eq!(status(app, &tenant.customer, &order_id), 4);
}
