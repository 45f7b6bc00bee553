//! `POST /operator/v1/orders/provision`: what became of the lines of a paid order.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::http::refused;
use crate::harness::orders::{
    fund, line, order, paid, pay, place_with, provision, status, with_money,
};
use crate::harness::tenant::Tenant;

#[test]
fn lines_are_reported_once_each_and_as_many_as_were_ordered() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    fund(app, &tenant, &tenant.customers[0], "1000.00");
    let mut two = line(1);
    two["subscription_num"] = json!(2);
    let mut attached = line(1);
    attached["subscription_num"] = json!(2);
    attached["attached_to"] = json!(1);
    let placed = place_with(app, &tenant, &[two, attached, line(1)], json!({}));
    let order_id = placed.text_at("order_id");
    let resources = |line: u32, ids: &[&str]| {
        let ids: Vec<Value> = ids.iter().map(|id| json!({"resource_id": id})).collect();
        json!({"line": line, "resources": ids})
    };
    let report = |lines: Value| provision(app, &tenant, order_id, &lines);
    assert_eq!(report(json!([resources(1, &["a", "b"])])), refused(409, "CBC.0150"));
    assert_eq!(pay(app, &tenant.customer, &with_money(order_id)), (204, String::new()));
    let before = app.audit(&tenant.tenant_id);
    for lines in [
        json!([resources(1, &["a"])]),
        json!([resources(1, &["a", "a"])]),
        json!([resources(2, &["c", "d"])]),
        json!([resources(4, &["c"])]),
        json!([resources(0, &["c"])]),
        json!([{"line": 3, "failed": true, "resources": [{"resource_id": "c"}]}]),
        json!([]),
    ] {
        assert_eq!(report(lines.clone()), refused(400, "CBC.0100"), "{lines}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    let both = json!([resources(1, &["a", "b"]), resources(2, &["c", "d"])]);
    assert_eq!(report(both.clone()), (200, String::new()));
    assert_eq!(status(app, &tenant.customer, order_id), 3);
    assert_eq!(report(both), refused(400, "CBC.0100"));
    assert_eq!(report(json!([resources(3, &["a"])])), refused(400, "CBC.0100"));
    assert_eq!(report(json!([{"line": 3, "failed": true}])), (200, String::new()));
    assert_eq!(status(app, &tenant.customer, order_id), 5);
    let shown = order(app, &tenant.customer, order_id);
    assert_eq!(shown.at("total_count").as_integer(), 3);
    assert_eq!(report(json!([resources(3, &["e"])])), refused(409, "CBC.0150"));
    app.audit(&tenant.tenant_id);
    let other = paid(app, &tenant);
    let taken = json!([resources(1, &["a"])]);
    assert_eq!(provision(app, &tenant, &other, &taken), refused(400, "CBC.0100"));
}
