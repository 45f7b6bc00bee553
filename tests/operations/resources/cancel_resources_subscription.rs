//! `CancelResourcesSubscription`: resources are given back, and their money comes back.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::money::customer_cash;
use crate::harness::orders::{attached_id, both, days_later, main_id, order, place, provided};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "CancelResourcesSubscription";

fn cash(app: &App, tenant: &Tenant) -> Decimal {
    customer_cash(app, tenant, &tenant.customers[0], None).expect("its customer")
}

fn cancel(
    app: &App,
    tenant: &Tenant,
    ids: &[String],
    extent: i64,
) -> Result<String, (u16, String)> {
    let fields = json!({"resource_ids": ids, "unsubscribe_type": extent});
    let reply = app.sdk(&tenant.customer, OPERATION, &fields).reply;
    if reply.status != 200 {
        return Err(reply.outcome());
    }
    let body = reply.json();
    assert!(body.at("fail_resource_infos").as_list().is_empty());
    Ok(body.at("order_ids").as_list()[0].as_text().to_owned())
}

#[test]
fn gives_everything_back_within_five_days() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let before = cash(app, &tenant);
    let order_id = cancel(app, &tenant, &[main_id(&tenant)], 1).expect("unsubscribed");
    assert_eq!(both(app, &tenant, "status"), [3, 3]);
    assert_eq!(cash(app, &tenant) - before, Decimal::new(6440, 2));
    let shown = order(app, &tenant.customer, &order_id);
    let info = shown.at("order_info");
    assert_eq!(info.at("order_type").as_integer(), 4);
    assert_eq!(info.at("status").as_integer(), 5);
    app.audit(&tenant.tenant_id);

    let again = cancel(app, &tenant, &[main_id(&tenant)], 1);
    assert_eq!(again, Err((400, "CBC.30000067".to_owned())));
    assert_eq!(cash(app, &tenant) - before, Decimal::new(6440, 2));
}

#[test]
fn keeps_what_was_used_and_a_fee_later() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    provided(app, &tenant);
    let before = cash(app, &tenant);
    days_later(app, &tenant, 6);
    cancel(app, &tenant, &[main_id(&tenant)], 1).expect("unsubscribed");
    let back = cash(app, &tenant) - before;
    // Less than all that was paid without a tenth, and more than half.
    assert!(back < Decimal::new(5796, 2) && back > Decimal::new(3220, 2), "{back}");
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_by_the_first_reason_that_holds() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let before = cash(app, &tenant);
    let (main, attached) = (main_id(&tenant), attached_id(&tenant));
    for (ids, extent, code) in [
        (vec![], 1, "CBC.0100"),
        (vec![main.clone(), main.clone()], 1, "CBC.0100"),
        ((0..11).map(|number| number.to_string()).collect(), 1, "CBC.0100"),
        (vec![main.clone()], 3, "CBC.0100"),
        (vec!["nothing".to_owned()], 1, "CBC.99003012"),
        (vec![attached], 1, "CBC.99003185"),
        (vec![main.clone()], 2, "CBC.99003128"),
    ] {
        let outcome = cancel(app, &tenant, &ids, extent);
        assert_eq!(outcome, Err((400, code.to_owned())), "{ids:?} {extent}");
    }
    for more in [
        json!({"unsubscribe_reason_type": 0}),
        json!({"unsubscribe_reason_type": 6}),
        json!({"unsubscribe_reason": "x".repeat(513)}),
    ] {
        let mut fields = json!({"resource_ids": [main], "unsubscribe_type": 1});
        for (name, value) in more.as_object().expect("fields") {
            fields[name] = Value::clone(value);
        }
        let reply = app.sdk(&tenant.customer, OPERATION, &fields).reply;
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{more}");
    }
    assert_eq!(both(app, &tenant, "status"), [2, 2]);
    assert_eq!(cash(app, &tenant), before);
}

#[test]
fn an_unpaid_renewal_blocks_until_it_is_cancelled() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let before = cash(app, &tenant);
    let fields = json!({"resource_ids": [main_id(&tenant)], "period_type": 2, "period_num": 1});
    let renewal = app.sdk(&tenant.customer, "RenewalResources", &fields).outcome.expect("an order");
    let blocked = Err((400, "CBC.99003100".to_owned()));
    assert_eq!(cancel(app, &tenant, &[main_id(&tenant)], 1), blocked);
    assert_eq!((both(app, &tenant, "status"), cash(app, &tenant)), ([2, 2], before));
    let order = json!({"order_id": renewal.at("order_ids").as_list()[0].as_text()});
    let cancelled = app.sdk(&tenant.customer, "CancelCustomerOrder", &order).reply;
    assert_eq!(cancelled.status, 204, "{}", cancelled.text());
    cancel(app, &tenant, &[main_id(&tenant)], 1).expect("unsubscribed");
}

#[test]
fn an_order_that_is_about_something_else_does_not_block() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    place(app, &tenant);
    cancel(app, &tenant, &[main_id(&tenant)], 1).expect("unsubscribed");
}
