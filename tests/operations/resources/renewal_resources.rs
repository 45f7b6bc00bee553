//! `RenewalResources`: main resources are renewed, each with what is attached to it.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::orders::{
    attached_id, fund, main_id, order, pay, provided, resources, status, with_money,
};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "RenewalResources";

fn renew(app: &App, tenant: &Tenant, fields: &Value) -> Result<String, (u16, String)> {
    let reply = app.sdk(&tenant.customer, OPERATION, fields).reply;
    if reply.status != 200 {
        return Err(reply.outcome());
    }
    Ok(reply.json().at("order_ids").as_list()[0].as_text().to_owned())
}

fn months(tenant: &Tenant, count: u32) -> Value {
    json!({"resource_ids": [main_id(tenant)], "period_type": 2, "period_num": count})
}

fn expiries(app: &App, tenant: &Tenant) -> Vec<String> {
    let found = resources(app, tenant, &json!({}));
    found.iter().map(|(_, resource)| resource.text_at("expire_time").to_owned()).collect()
}

fn refused(code: &str) -> Result<String, (u16, String)> {
    Err((400, code.to_owned()))
}

#[test]
fn a_paid_renewal_lengthens_all_from_the_old_expiry() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let before = expiries(app, &tenant);
    let order_id = renew(app, &tenant, &months(&tenant, 1)).expect("an order");
    assert_eq!(status(app, &tenant.customer, &order_id), 6);
    assert_eq!(expiries(app, &tenant), before);
    assert_eq!(renew(app, &tenant, &months(&tenant, 1)), refused("CBC.99003100"));

    fund(app, &tenant, &tenant.customers[0], "64.40");
    let outcome = pay(app, &tenant.customer, &with_money(&order_id));
    assert_eq!(outcome, (204, String::new()));
    let shown = order(app, &tenant.customer, &order_id);
    let info = shown.at("order_info");
    assert_eq!(info.at("order_type").as_integer(), 2);
    assert_eq!(info.at("status").as_integer(), 5);
    let after = expiries(app, &tenant);
    assert!(after.iter().zip(&before).all(|(after, before)| after > before), "{after:?}");
    assert_eq!(after[0], after[1]);
    app.audit(&tenant.tenant_id);
}

#[test]
fn pays_at_once_where_that_is_asked_for_and_keeps_the_order_where_it_cannot() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let before = expiries(app, &tenant);
    let mut at_once = months(&tenant, 2);
    at_once["is_auto_pay"] = json!(1);
    assert_eq!(renew(app, &tenant, &at_once), refused("CBC.30050006"));
    assert_eq!(expiries(app, &tenant), before);
    assert_eq!(renew(app, &tenant, &at_once), refused("CBC.99003100"));
    app.audit(&tenant.tenant_id);

    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    fund(app, &tenant, &tenant.customers[0], "128.80");
    let mut at_once = months(&tenant, 2);
    at_once["is_auto_pay"] = json!(1);
    let order_id = renew(app, &tenant, &at_once).expect("an order");
    assert_eq!(status(app, &tenant.customer, &order_id), 5);
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_by_the_first_reason_that_holds() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let before = expiries(app, &tenant);
    let with = |ids: Value, period_type: u32, period_num: u32| json!({"resource_ids": ids, "period_type": period_type, "period_num": period_num});
    let (main, attached) = (main_id(&tenant), attached_id(&tenant));
    for (fields, code) in [
        (with(json!([]), 2, 1), "CBC.0100"),
        (with(json!([main, main]), 2, 1), "CBC.0100"),
        (with(json!([main]), 2, 0), "CBC.0100"),
        (with(json!([main]), 2, 12), "CBC.0100"),
        (with(json!([main]), 3, 4), "CBC.0100"),
        (with(json!([main]), 0, 1), "CBC.0100"),
        (with(json!(["nothing"]), 2, 1), "CBC.99003016"),
        (with(json!([attached]), 2, 1), "CBC.30010036"),
        // The product has no price for a year.
        (with(json!([main]), 3, 1), "CBC.30010069"),
    ] {
        assert_eq!(renew(app, &tenant, &fields), refused(code), "{fields}");
    }
    assert_eq!(expiries(app, &tenant), before);
}

#[test]
fn nothing_is_renewed_for_more_than_five_years_ahead() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    // Five times eleven months of both, and eleven more.
    fund(app, &tenant, &tenant.customers[0], "4250.40");
    let mut at_once = months(&tenant, 11);
    at_once["is_auto_pay"] = json!(1);
    for _ in 0..5 {
        renew(app, &tenant, &at_once).expect("renewed");
    }
    let before = expiries(app, &tenant);
    assert_eq!(renew(app, &tenant, &at_once), refused("CBC.99003154"));
    assert_eq!(expiries(app, &tenant), before);
    app.audit(&tenant.tenant_id);
}
