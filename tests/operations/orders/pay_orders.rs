//! `PayOrders`: all of an order is paid, from coupons, cash and credit, or nothing moves.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::cards::{bring, card, card_within, id, listed};
use crate::harness::clock::pass_days;
use crate::harness::coupons::{issue, issue_with};
use crate::harness::http::refused;
use crate::harness::money::import;
use crate::harness::orders::{
    fund, grant_discount, line, order, orders, pay, place, place_with, provision, status, tick,
    with_money,
};
use crate::harness::tenant::Tenant;

fn done() -> (u16, String) {
    (204, String::new())
}

/// What a customer has in cash, as its partner reads it.
fn cash(app: &App, tenant: &Tenant, customer: &str) -> String {
    let fields = json!({"customer_infos": [{"customer_id": customer}]});
    let answer = app.sdk(&tenant.distributor, "ListCustomersBalancesDetail", &fields);
    let body = answer.outcome.expect("balances");
    let balances = body.at("customer_balances").as_list();
    balances[0].at("amount").as_decimal().to_string()
}

#[test]
fn pays_with_a_coupon_first_and_then_with_cash() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (key, customer) = (&tenant.customer, &tenant.customers[0]);
    fund(app, &tenant, customer, "100.00");
    let coupon = issue(app, &tenant, "12.34");
    let order_id = place(app, &tenant);
    let before = app.audit(&tenant.tenant_id);
    let fields = json!({"order_id": order_id, "use_coupon": "YES", "use_discount": "NO",
                        "coupon_infos": [{"id": coupon, "type": 301}]});
    assert_eq!(pay(app, key, &fields), done());
    // 32.20 less 12.34 are 19.86.
    assert_eq!(cash(app, &tenant, customer), "80.14");
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(after.at("sum"), before.at("sum"));
    let shown = order(app, key, &order_id);
    let info = shown.at("order_info");
    assert_eq!(info.at("status").as_integer(), 3);
    assert_eq!(
        info.at("amount_info").at("coupon_amount").as_decimal().normalize().to_string(),
        "12.34"
    );
    assert_eq!(info.at("amount_after_discount").as_decimal().normalize().to_string(), "32.2");
    let resource = json!([{"line": 1, "resources": [{"resource_id": "r-1"}]}]);
    assert_eq!(provision(app, &tenant, &order_id, &resource), (200, String::new()));
    assert_eq!(status(app, key, &order_id), 5);
    app.audit(&tenant.tenant_id);
}

/// The fields of a payment with these cards.
fn with_cards(order_id: &str, cards: &[&str]) -> serde_json::Value {
    let infos: Vec<serde_json::Value> =
        cards.iter().map(|id| json!({"id": id, "type": 303})).collect();
    json!({"order_id": order_id, "use_coupon": "YES", "use_discount": "NO",
           "coupon_infos": infos})
}

#[test]
fn pays_with_a_card_whose_money_comes_back_to_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (key, customer) = (&tenant.customer, &tenant.customers[0]);
    fund(app, &tenant, customer, "30.00");
    let card = bring(app, &tenant, "pays", "20.00");
    let order_id = place(app, &tenant);
    assert_eq!(pay(app, key, &with_cards(&order_id, &[&card])), done());
    // 32.20 less 20.00 are 12.20.
    assert_eq!(cash(app, &tenant, customer), "17.80");
    let used = [(card.clone(), "0.00".to_owned())];
    assert_eq!(listed(app, key, &json!({"status": 2})), used);
    let shown = order(app, key, &order_id);
    let amounts = shown.at("order_info").at("amount_info");
    let amount = |name: &str| amounts.at(name).as_decimal().normalize().to_string();
    assert_eq!((amount("stored_card_amount"), amount("coupon_amount")), ("20".into(), "0".into()));

    let failed = json!([{"line": 1, "failed": true}]);
    assert_eq!(provision(app, &tenant, &order_id, &failed), (200, String::new()));
    assert_eq!(cash(app, &tenant, customer), "30.00");
    assert_eq!(listed(app, key, &json!({"status": 1})), [(card, "20.00".to_owned())]);
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_card_that_cannot_be_used_pays_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.customer;
    fund(app, &tenant, &tenant.customers[0], "100.00");
    for (name, period) in [
        ("expired", ("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z")),
        ("future", ("2095-01-05T00:00:00Z", "2096-01-05T00:00:00Z")),
    ] {
        import(app, &tenant, card_within(&tenant, name, period));
    }
    let mut theirs = card(&tenant, "theirs", "50.00");
    theirs["customer_id"] = json!(tenant.customers[1]);
    import(app, &tenant, theirs);
    let (spent, coupon) = (bring(app, &tenant, "spent", "32.20"), issue(app, &tenant, "5.00"));
    let first = place(app, &tenant);
    assert_eq!(pay(app, key, &with_cards(&first, &[&spent])), done());

    let order_id = place(app, &tenant);
    let before = app.audit(&tenant.tenant_id);
    let named = ["expired", "future", "theirs", "nobodys"].map(|name| id(&tenant, name));
    for card in named.iter().chain([&spent, &coupon]) {
        let outcome = pay(app, key, &with_cards(&order_id, &[card]));
        assert_eq!(outcome, refused(400, "CBC.99003112"), "{card}");
    }
    assert_eq!(
        pay(app, key, &with_cards(&order_id, &[coupon.as_str(); 4])),
        refused(400, "CBC.0100")
    );
    assert_eq!(status(app, key, &order_id), 6);
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn refuses_by_the_first_reason_that_holds() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.customer;
    let order_id = place(app, &tenant);
    let before = app.audit(&tenant.tenant_id);
    let of = |more: serde_json::Value| {
        let mut fields = with_money(&order_id);
        for (name, value) in more.as_object().expect("fields") {
            fields[name] = value.clone();
        }
        fields
    };
    let coupon = |id: &str, kind: u16| json!({"use_coupon": "YES", "coupon_infos": [{"id": id, "type": kind}]});
    let discount = json!({"use_discount": "YES", "discount_infos": [{"id": "none", "type": 2}]});
    let both = json!({"use_coupon": "YES", "coupon_infos": [{"id": "discount", "type": 300},
                                                            {"id": "cash", "type": 301}]});
    for (fields, code) in [
        (with_money("CS0000000000AAAAA"), "CBC.30000010"),
        (of(discount), "CBC.99003108"),
        (of(coupon("none", 301)), "CBC.99003112"),
        (of(coupon("none", 300)), "CBC.99003112"),
        (of(both), "CBC.99003147"),
        (with_money(&order_id), "CBC.99005003"),
        (of(json!({"use_coupon": "YES"})), "CBC.0100"),
        (of(json!({"coupon_infos": [{"id": "none", "type": 301}]})), "CBC.0100"),
        (of(coupon("none", 304)), "CBC.0100"),
        (of(coupon("", 301)), "CBC.0100"),
    ] {
        assert_eq!(pay(app, key, &fields), refused(400, code), "{fields}");
    }
    assert_eq!(status(app, key, &order_id), 6);
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn a_coupon_that_an_order_keeps_pays_for_that_order_alone() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.customer;
    fund(app, &tenant, &tenant.customers[0], "100.00");
    let coupon = issue(app, &tenant, "5.00");
    let keeps = place_with(app, &tenant, &[line(1)], json!({"coupon_ids": [coupon]}));
    let with = |order_id: &str| {
        json!({"order_id": order_id, "use_coupon": "YES", "use_discount": "NO",
               "coupon_infos": [{"id": coupon, "type": 301}]})
    };
    let other = place(app, &tenant);
    let listed = |operation: &str, key, order_id: &str| {
        let fields = json!({"order_id": order_id});
        app.sdk(key, operation, &fields).outcome.expect("coupons")
    };
    for (operation, key) in
        [("ListSubCustomerCoupons", key), ("ListIssuedPartnerCoupons", &tenant.distributor)]
    {
        let found = listed(operation, key, keeps.text_at("order_id"));
        let found = &found.at("user_coupons").as_list()[0];
        assert_eq!(found.at("coupon_id").as_text(), coupon, "{operation}");
        assert_eq!(found.at("lock_order_id"), keeps.at("order_id"), "{operation}");
        let none = listed(operation, key, &other);
        assert!(none.at("user_coupons").as_list().is_empty(), "{operation}");
    }
    assert_eq!(pay(app, key, &with(&other)), refused(400, "CBC.99003112"));
    assert_eq!(pay(app, key, &with(keeps.text_at("order_id"))), done());
    assert_eq!(pay(app, key, &with(&other)), refused(400, "CBC.99003112"));
    assert_eq!(pay(app, key, &with_money(&other)), done());
}

#[test]
fn a_coupon_goes_together_with_the_discounts_that_its_limits_allow() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.customer;
    fund(app, &tenant, &tenant.customers[0], "100.00");
    grant_discount(app, &tenant, &tenant.customers[0], "0.8");
    let order_id = place(app, &tenant);
    let coupon = |limit_key: &str, value: &str| {
        let quota_id = format!("{}-{limit_key}-{value}", tenant.tenant_id);
        let limits = json!([{"limit_key": limit_key, "limit_values": [{"value1": value}]}]);
        let line = json!({"kind": "coupon_quota", "quota_id": quota_id,
                          "partner_id": tenant.distributor.principal_id, "quota_type": 0,
                          "quota_value": "5.00", "quota_status": 0,
                          "create_time": "2026-01-10T00:00:00Z",
                          "effective_time": "2026-01-10T00:00:00Z",
                          "expire_time": "2096-01-10T00:00:00Z", "limit_infos": limits});
        import(app, &tenant, line);
        issue_with(app, &tenant, "5.00", json!({"quota_id": quota_id}))
    };
    let with = |coupon: &str| {
        json!({"order_id": order_id, "use_coupon": "YES", "use_discount": "YES",
               "coupon_infos": [{"id": coupon, "type": 301}],
               "discount_infos": [{"id": "ratio", "type": 3}]})
    };
    let before = (status(app, key, &order_id), cash(app, &tenant, &tenant.customers[0]));
    for (limit_key, value, code) in [
        ("simultaneousUseWithEmpowerDiscount", "0", "CBC.99003116"),
        ("minConsumeDiscount", "0.9", "CBC.99003117"),
    ] {
        let outcome = pay(app, key, &with(&coupon(limit_key, value)));
        assert_eq!(outcome, refused(400, code), "{limit_key}");
    }
    assert_eq!((status(app, key, &order_id), cash(app, &tenant, &tenant.customers[0])), before);
    assert_eq!(pay(app, key, &with(&coupon("minConsumeDiscount", "0.8"))), done());
    // 32.20 at 0.8 are 25.76, of which the coupon pays 5.00.
    assert_eq!(cash(app, &tenant, &tenant.customers[0]), "79.24");
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_paid_and_an_overdue_order_cannot_be_paid() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let key = &tenant.customer;
    fund(app, &tenant, &tenant.customers[0], "100.00");
    let (paid, overdue) = (place(app, &tenant), place(app, &tenant));
    assert_eq!(pay(app, key, &with_money(&paid)), done());
    assert_eq!(pay(app, key, &with_money(&paid)), refused(400, "CBC.99003106"));
    pass_days(app, &tenant, 7);
    assert_eq!(pay(app, key, &with_money(&overdue)), refused(400, "CBC.99003110"));
    let ticked = tick(app, &tenant);
    assert_eq!(ticked.at("cancelled").as_integer(), 1, "{ticked:?}");
    assert_eq!(pay(app, key, &with_money(&overdue)), refused(400, "CBC.99003106"));
    assert_eq!(status(app, key, &overdue), 4);
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_child_of_a_combined_order_is_paid_with_its_parent() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.customer;
    fund(app, &tenant, &tenant.customers[0], "100.00");
    let lines = [1, 2].map(|child| {
        let mut line = line(1);
        line["sub_order"] = json!(child);
        line
    });
    let combined = place_with(app, &tenant, &lines, json!({}));
    let children = combined.at("sub_order_infos").as_list();
    assert_eq!(children.len(), 2);
    let child = children[1].text_at("order_id");
    assert_eq!(pay(app, key, &with_money(child)), refused(400, "CBC.99000089"));
    assert_eq!(pay(app, key, &with_money(combined.text_at("order_id"))), done());
    assert_eq!(status(app, key, child), 3);
}

#[test]
fn a_repeat_with_its_client_token_pays_once() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    fund(app, &tenant, &tenant.customers[0], "100.00");
    let fields = with_money(&place(app, &tenant));
    let headers = json!({"X-Client-Token": "pay-once"});
    let pay = || app.sdk_with(&tenant.customer, "PayOrders", &fields, &headers).reply.outcome();
    assert_eq!(pay(), done());
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(pay(), done());
    assert_eq!(app.audit(&tenant.tenant_id), before);
    let found = orders(app, &tenant.customer, &json!({"status": 3}));
    assert_eq!(found.at("total_count").as_integer(), 1);
}

#[test]
fn a_frozen_customer_pays_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    fund(app, &tenant, &tenant.customers[0], "100.00");
    let order_id = place(app, &tenant);
    let freeze = |frozen: bool| {
        let body = json!({"tenant_id": tenant.tenant_id, "customer_id": tenant.customers[0],
                          "frozen": frozen});
        let reply = app.operator("PUT", "/operator/v1/customers", body.to_string());
        assert_eq!(reply.status, 200, "{}", reply.text());
    };
    freeze(true);
    let outcome = pay(app, &tenant.customer, &with_money(&order_id));
    assert_eq!(outcome, (403, "CBC.0151".to_owned()));
    freeze(false);
    assert_eq!(pay(app, &tenant.customer, &with_money(&order_id)), done());
}
