//! `/partner-centre/v1/orders/payment`: a referral customer asks its partner to pay an order.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::money::{decimal, key_of_customer, partner_cash};
use crate::harness::orders::{fund, line, order, pay, place, place_with, with_money};
use crate::harness::partner_centre::{PAYMENT, done, once, send};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

fn referral_order(app: &App, tenant: &Tenant, months: u32) -> String {
    let of = json!({"customer_id": tenant.referral_customer});
    place_with(app, tenant, &[line(months)], of).text_at("order_id").to_owned()
}

fn asking(order_id: &str) -> Value {
    json!({"order_id": order_id})
}

fn deciding(order_id: &str, decision: &str) -> Value {
    json!({"order_id": order_id, "decision": decision})
}

fn status(app: &App, key: &Key, order_id: &str) -> i64 {
    order(app, key, order_id).at("order_info").at("status").as_integer()
}

#[test]
fn the_partner_pays_or_leaves_it_to_the_customer() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = key_of_customer(app, &tenant, &tenant.referral_customer);
    let (first, second) = (referral_order(app, &tenant, 1), referral_order(app, &tenant, 1));
    for order_id in [&first, &second] {
        done(app, &key, "POST", PAYMENT, &asking(order_id));
    }
    let before = partner_cash(app, &tenant, None);
    let paid = done(app, &tenant.distributor, "PUT", PAYMENT, &deciding(&first, "approve")).json();
    assert_eq!(paid.at("order").at("status").as_integer(), 3);
    assert_eq!(partner_cash(app, &tenant, None), before - decimal("32.20"));
    assert_eq!(status(app, &key, &first), 3);

    done(app, &tenant.distributor, "PUT", PAYMENT, &deciding(&second, "reject"));
    assert_eq!(status(app, &key, &second), 6);
    let again = send(app, &tenant.distributor, "PUT", PAYMENT, &deciding(&second, "approve"));
    assert_eq!(again.outcome(), (400, "CBC.99003106".to_owned()));
    fund(app, &tenant, &tenant.referral_customer, "32.20");
    assert_eq!(pay(app, &key, &with_money(&second)), (204, String::new()));
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_what_nobody_asked_for_and_who_must_pay_itself() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = key_of_customer(app, &tenant, &tenant.referral_customer);
    let (unasked, resale) = (referral_order(app, &tenant, 1), place(app, &tenant));
    // 1,000.10 are less than 32 months.
    let dear = referral_order(app, &tenant, 32);
    done(app, &key, "POST", PAYMENT, &asking(&dear));
    let before = app.audit(&tenant.tenant_id);
    let partner = &tenant.distributor;
    for (key, method, body, status, code) in [
        (&key, "POST", asking("nothing"), 400, "CBC.30000010"),
        (&key, "POST", asking(&resale), 400, "CBC.30000010"),
        (&tenant.customer, "POST", asking(&resale), 403, "CBC.0151"),
        (partner, "PUT", deciding("nothing", "approve"), 400, "CBC.30000010"),
        (partner, "PUT", deciding(&unasked, "approve"), 400, "CBC.99003106"),
        (partner, "PUT", deciding(&unasked, "reject"), 400, "CBC.99003106"),
        (partner, "PUT", deciding(&resale, "approve"), 400, "CBC.99003106"),
        (partner, "PUT", deciding(&dear, "approve"), 400, "CBC.99005003"),
        (partner, "PUT", deciding(&dear, "perhaps"), 400, "CBC.0100"),
    ] {
        let outcome = send(app, key, method, PAYMENT, &body).outcome();
        assert_eq!(outcome, (status, code.to_owned()), "{method} {body}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn no_partner_begins_to_fund_a_customer_that_it_was_asked_to_pay_for() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = key_of_customer(app, &tenant, &tenant.referral_customer);
    let order_id = referral_order(app, &tenant, 1);
    done(app, &key, "POST", PAYMENT, &asking(&order_id));
    let change = json!({"tenant_id": tenant.tenant_id, "customer_id": tenant.referral_customer,
                        "association_type": "2"});
    let change = || app.operator("PUT", "/operator/v1/customers", change.to_string());
    assert_eq!(change().outcome(), (400, "CBC.99007004".to_owned()));
    done(app, &tenant.distributor, "PUT", PAYMENT, &deciding(&order_id, "reject"));
    app.sdk(&key, "CancelCustomerOrder", &json!({"order_id": order_id}))
        .outcome
        .expect("cancelled");
    let reply = change();
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn a_repeat_pays_nothing_more() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = key_of_customer(app, &tenant, &tenant.referral_customer);
    let order_id = referral_order(app, &tenant, 1);
    once(app, &tenant, &key, "POST", PAYMENT, &asking(&order_id));
    let approval = deciding(&order_id, "approve");
    once(app, &tenant, &tenant.distributor, "PUT", PAYMENT, &approval);
    let again = send(app, &tenant.distributor, "PUT", PAYMENT, &approval);
    assert_eq!(again.outcome(), (400, "CBC.99003106".to_owned()));
}
