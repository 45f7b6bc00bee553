//! `POST /partner-centre/v1/orders`: an order on behalf of a customer.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::coupons::issue;
use crate::harness::orders::{catalogue, fund, line, order, pay, status, with_money};
use crate::harness::partner_centre::{AUTHORISATIONS, ORDERS, authorise, done, once, send};
use crate::harness::tenant::Tenant;

fn ordering(tenant: &Tenant, more: &Value) -> Value {
    let mut body = json!({"customer_id": tenant.customers[0], "lines": [line(1)]});
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    body
}

#[test]
fn is_the_customers_order_which_the_customer_pays() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    catalogue(app);
    authorise(app, &tenant);
    let coupon = issue(app, &tenant, "10.00");
    let body = ordering(&tenant, &json!({"coupon_ids": [coupon]}));
    let placed = done(app, &tenant.distributor, "POST", ORDERS, &body).json();
    let placed = placed.at("order");
    assert_eq!(placed.at("status").as_integer(), 6);
    assert_eq!(placed.at("source_type").as_integer(), 2);
    assert_eq!(placed.text_at("customer_id"), tenant.customers[0]);
    assert_eq!(placed.text_at("user_name"), tenant.distributor.principal_id);

    let order_id = placed.text_at("order_id");
    let mut payment = with_money(order_id);
    payment["use_coupon"] = json!("YES");
    payment["coupon_infos"] = json!([{"id": coupon, "type": 301}]);
    fund(app, &tenant, &tenant.customers[0], "22.20");
    assert_eq!(pay(app, &tenant.customer, &payment), (204, String::new()));
    assert_eq!(status(app, &tenant.customer, order_id), 3);
    app.audit(&tenant.tenant_id);
}

#[test]
fn is_paid_at_once_where_that_is_asked_for_and_can_be() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    catalogue(app);
    authorise(app, &tenant);
    fund(app, &tenant, &tenant.customers[0], "32.20");
    let body = ordering(&tenant, &json!({"is_auto_pay": true}));
    for expected in [3, 6] {
        let placed = done(app, &tenant.distributor, "POST", ORDERS, &body).json();
        let order_id = placed.at("order").text_at("order_id");
        let shown = order(app, &tenant.customer, order_id);
        assert_eq!(shown.at("order_info").at("status").as_integer(), expected);
    }
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_without_an_authorisation_and_what_cannot_be_sold() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    catalogue(app);
    let partner = &tenant.distributor;
    let outcome = |body: &Value| send(app, partner, "POST", ORDERS, body).outcome();
    let good = ordering(&tenant, &json!({}));
    let denied = (403, "CBC.0151".to_owned());
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(outcome(&good), denied);
    let of = |customer: &str| ordering(&tenant, &json!({"customer_id": customer}));
    for (customer, code) in [
        ("nobody", "CBC.99000035"),
        (&tenant.reseller_customer, "CBC.99000035"),
        (&tenant.referral_customer, "CBC.99000000"),
    ] {
        assert_eq!(outcome(&of(customer)), (400, code.to_owned()), "{customer}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);

    done(app, partner, "POST", AUTHORISATIONS, &json!({"customer_id": tenant.customers[0]}));
    assert_eq!(outcome(&good), denied);
    done(app, &tenant.customer, "PUT", AUTHORISATIONS, &json!({"decision": "grant"}));
    // That of one customer is none of another's.
    assert_eq!(outcome(&of(&tenant.customers[1])), denied);
    let before = app.audit(&tenant.tenant_id);
    let mut unknown = line(1);
    unknown["resource_spec"] = json!("orders.unknown");
    for (more, code) in [
        (json!({"lines": []}), "CBC.0100"),
        (json!({"lines": [unknown]}), "CBC.99006006"),
        (json!({"lines": [line(0)]}), "CBC.0100"),
        (json!({"lines": [[]]}), "CBC.0100"),
        (json!({"promotion_id": "none"}), "CBC.0100"),
        (json!({"coupon_ids": ["none"]}), "CBC.99003112"),
        (json!({"source_type": 1}), "CBC.0100"),
    ] {
        let refused = (400, code.to_owned());
        assert_eq!(outcome(&ordering(&tenant, &more)), refused, "{more}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);

    let frozen = json!({"tenant_id": tenant.tenant_id, "customer_id": tenant.customers[0],
                        "frozen": true});
    app.operator("PUT", "/operator/v1/customers", frozen.to_string());
    assert_eq!(outcome(&good), (400, "CBC.99003626".to_owned()));
    done(app, &tenant.customer, "PUT", AUTHORISATIONS, &json!({"decision": "refuse"}));
    assert_eq!(outcome(&good), denied);
}

#[test]
fn a_repeat_places_no_second_order() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    catalogue(app);
    authorise(app, &tenant);
    let body = ordering(&tenant, &json!({}));
    once(app, &tenant, &tenant.distributor, "POST", ORDERS, &body);
}
