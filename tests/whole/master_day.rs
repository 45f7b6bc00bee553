//! A master and the members that it pays for: orders are handed to it, and paid with what it has.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::bills::with;
use crate::harness::enterprise::{CASH, Enterprise, cash};
use crate::harness::enterprise_coupons::{bring, pay_with};
use crate::harness::json::Json;
use crate::harness::money::{call, decimal};
use crate::harness::orders::{
    MONTH, fund, grant_discount, line, order, orders, pay, place_with, provision, status,
    with_money,
};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

fn done() -> (u16, String) {
    (204, String::new())
}

/// Places an order of a month for a customer.
fn place(app: &App, tenant: &Tenant, customer: &Key, auto_pay: bool) -> String {
    let more = json!({"customer_id": customer.principal_id, "is_auto_pay": auto_pay});
    place_with(app, tenant, &[line(1)], more).text_at("order_id").to_owned()
}

/// The orders of a list, with how many it says that there are.
fn listed(app: &App, key: &Key, fields: &Value) -> (i64, Vec<String>) {
    let body = orders(app, key, fields);
    let infos = body.at("order_infos").as_list().iter();
    let ids = infos.map(|it| it.text_at("order_id").to_owned()).collect();
    (body.at("total_count").as_integer(), ids)
}

fn for_members(app: &App, key: &Key) -> Vec<String> {
    let (count, ids) = listed(app, key, &json!({"method": "sub_customer"}));
    assert_eq!(i64::try_from(ids.len()), Ok(count));
    ids
}

#[test]
fn an_order_of_a_member_under_custody_is_handed_to_the_master_which_pays_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, unified, .. } = Enterprise::in_books_of(app, &tenant);
    // What it had before counts for nothing.
    fund(app, &tenant, &unified.principal_id, "900.00");
    let order_id = place(app, &tenant, &unified, false);
    // As long as it was not handed over, nobody pays it.
    let unknown = (400, "CBC.30000010".to_owned());
    assert_eq!(pay(app, &master, &with_money(&order_id)), unknown);
    assert!(for_members(app, &master).is_empty());

    assert_eq!(pay(app, &unified, &with_money(&order_id)), done());
    assert_eq!(status(app, &unified, &order_id), 6);
    assert_eq!(pay(app, &unified, &with_money(&order_id)), done());
    assert_eq!(for_members(app, &master), std::slice::from_ref(&order_id));
    for stranger in [&member, &tenant.customer] {
        assert_eq!(pay(app, stranger, &with_money(&order_id)), unknown);
        assert!(for_members(app, stranger).is_empty());
    }

    assert_eq!(pay(app, &master, &with_money(&order_id)), done());
    assert_eq!(cash(app, &master), decimal(CASH) - decimal(MONTH));
    assert_eq!(cash(app, &unified), decimal("900.00"));
    let body = orders(app, &master, &json!({"method": "sub_customer"}));
    let info = &body.at("order_infos").as_list()[0];
    assert_eq!(info.text_at("customer_id"), unified.principal_id);
    let agent = info.at("agent_pay_info");
    assert_eq!(*agent.at("is_agent_pay"), Json::Bool(true));
    assert_eq!(agent.text_at("paying_agent_id"), master.principal_id);
    // It stays the member's: the master's own list has none.
    assert_eq!(listed(app, &master, &json!({})), (0, Vec::new()));
    assert_eq!(listed(app, &unified, &json!({})), (1, vec![order_id.clone()]));
    assert_eq!(order(app, &master, &order_id).at("order_info").text_at("order_id"), order_id);
    assert_eq!(pay(app, &master, &with_money(&order_id)), (400, "CBC.99003106".to_owned()));
    app.audit(&tenant.tenant_id);

    // What cannot be provided goes back to whom it came from.
    let failed = json!([{"line": 1, "failed": true}]);
    assert_eq!(provision(app, &tenant, &order_id, &failed), (200, String::new()));
    assert_eq!(cash(app, &master), decimal(CASH));
    app.audit(&tenant.tenant_id);
}

#[test]
fn with_automatic_payment_the_master_pays_at_once_or_gets_the_order() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, unified, .. } = Enterprise::in_books_of(app, &tenant);
    // The price is the one that the master would get.
    grant_discount(app, &tenant, &master.principal_id, "0.5");
    let at_once = place(app, &tenant, &unified, true);
    assert_eq!(status(app, &unified, &at_once), 3);
    assert_eq!(cash(app, &master), decimal(CASH) - decimal("16.10"));
    // 483.90 in cash and 140.00 in credit are left: 38 months and no more, at 16.10 each.
    let many = json!({"customer_id": unified.principal_id, "is_auto_pay": true});
    let more = place_with(app, &tenant, &[line(24), line(15)], many);
    assert_eq!(more.at("status").as_integer(), 6, "{more:?}");
    let handed = more.text_at("order_id").to_owned();
    let newest_first = json!({"method": "sub_customer", "order_by": "-createTime"});
    let (count, mut found) = listed(app, &master, &newest_first);
    found.sort();
    let mut expected = [handed.clone(), at_once.clone()];
    expected.sort();
    assert_eq!((count, found), (2, expected.to_vec()));
    let asked = |more: Value| listed(app, &master, &with(json!({"method": "sub_customer"}), &more));
    assert_eq!(asked(json!({"status": 6})), (1, vec![handed.clone()]));
    assert_eq!(asked(json!({"status": 3})), (1, vec![at_once.clone()]));
    assert_eq!(asked(json!({"order_id": at_once})), (1, vec![at_once.clone()]));
    assert_eq!(asked(json!({"service_type_code": "hws.service.type.other"})), (0, Vec::new()));
    let pages = [0, 1].map(|offset| asked(json!({"offset": offset, "limit": 1})));
    let mut both: Vec<String> = pages.iter().flat_map(|(_, ids)| ids.clone()).collect();
    both.sort();
    assert_eq!((both, pages.map(|(count, _)| count)), (expected.to_vec(), [2, 2]));
    assert_eq!(status(app, &master, &handed), 6);
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_frozen_master_pays_for_nobody_and_a_member_names_no_coupon() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, unified, .. } = Enterprise::in_books_of(app, &tenant);
    let coupon = bring(app, &tenant, "gift", "10.00");
    let order_id = place(app, &tenant, &unified, false);
    let unusable = (400, "CBC.99003112".to_owned());
    assert_eq!(pay_with(app, &unified, &order_id, &coupon), unusable);
    assert!(for_members(app, &master).is_empty());
    // It sees none either; the master does, once the order is its to pay.
    let coupons = |key: &Key| {
        let fields = json!({"order_id": order_id});
        call(app, key, "ListOrderCouponsByOrderId", &fields).expect("coupons")
    };
    assert_eq!(coupons(&unified).at("count").as_integer(), 0);
    assert_eq!(coupons(&master).at("count").as_integer(), 0);
    assert_eq!(pay(app, &unified, &with_money(&order_id)), done());
    assert_eq!(coupons(&unified).at("count").as_integer(), 0);
    assert_eq!(coupons(&master).at("count").as_integer(), 1);

    let frozen = json!({"tenant_id": tenant.tenant_id, "customer_id": master.principal_id,
                        "frozen": true});
    let reply = app.operator("PUT", "/operator/v1/customers", frozen.to_string());
    assert_eq!(reply.status, 200, "{}", reply.text());
    let frozen = (403, "CBC.0151".to_owned());
    assert_eq!(pay(app, &unified, &with_money(&order_id)), frozen);
    assert_eq!(pay_with(app, &master, &order_id, &coupon), frozen);
    assert_eq!(status(app, &unified, &order_id), 6);
    app.audit(&tenant.tenant_id);
}
