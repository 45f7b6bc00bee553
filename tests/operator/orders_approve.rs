//! `POST /operator/v1/orders/approve`: an order that waits for approval is let go on, or cancelled.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::http::refused;
use crate::harness::orders::{change_settings, fund, pay, place, status, with_money};
use crate::harness::tenant::Tenant;

#[test]
fn an_order_that_needs_approval_waits_for_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    change_settings(app, &tenant, &json!({"approval": true}));
    fund(app, &tenant, &tenant.customers[0], "100.00");
    let (first, second) = (place(app, &tenant), place(app, &tenant));
    assert_eq!(status(app, &tenant.customer, &first), 1);
    let outcome = pay(app, &tenant.customer, &with_money(&first));
    assert_eq!(outcome, refused(400, "CBC.99003106"));
    let decide = |order_id: &str, decision: &str| {
        let body = json!({"tenant_id": tenant.tenant_id, "order_id": order_id,
                          "decision": decision});
        app.operator("POST", "/operator/v1/orders/approve", body.to_string()).outcome()
    };
    assert_eq!(decide(&first, "approve"), (200, String::new()));
    assert_eq!(decide(&second, "reject"), (200, String::new()));
    assert_eq!(decide(&first, "approve"), refused(409, "CBC.0150"));
    assert_eq!(decide("nothing", "approve"), refused(404, "CBC.0101"));
    assert_eq!(status(app, &tenant.customer, &second), 4);
    assert_eq!(pay(app, &tenant.customer, &with_money(&first)), (204, String::new()));
    app.audit(&tenant.tenant_id);
}
