//! `CancelAutoRenewalResources`: a resource renews itself no longer.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::orders::{attached_id, both, main_id, provided};
use crate::harness::tenant::Tenant;

fn call(app: &App, tenant: &Tenant, operation: &str, resource_id: &str) -> (u16, String) {
    let fields = json!({"resource_id": resource_id});
    app.sdk(&tenant.customer, operation, &fields).reply.outcome()
}

#[test]
fn switches_off_what_was_switched_on_once() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let done = (204, String::new());
    assert_eq!(call(app, &tenant, "AutoRenewalResources", &main_id(&tenant)), done);
    let off = || call(app, &tenant, "CancelAutoRenewalResources", &attached_id(&tenant));
    assert_eq!(off(), done);
    assert_eq!(both(app, &tenant, "expire_policy"), [0, 0]);
    assert_eq!(off(), (400, "CBC.99003605".to_owned()));
    let unknown = call(app, &tenant, "CancelAutoRenewalResources", "nothing");
    assert_eq!(unknown, (400, "CBC.99003012".to_owned()));
    assert_eq!(both(app, &tenant, "expire_policy"), [0, 0]);
}
