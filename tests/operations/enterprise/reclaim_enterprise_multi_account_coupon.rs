//! `ReclaimEnterpriseMultiAccountCoupon`: what a member has left of a coupon goes back to the master's.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::coupons::{item, list};
use crate::harness::enterprise::Enterprise;
use crate::harness::enterprise_coupons::{
    RETRIEVE, back, bring, out, owned, pay_with, place_for, retrievable, retrieve, transfer,
    transferable,
};
use crate::harness::money::{call, refused};
use crate::harness::orders::{fund, provision};
use crate::harness::tenant::Tenant;

const OWN_COUPONS: &str = "/v2/promotions/benefits/coupons";
const STATEMENT: &str = "/v2/promotions/benefits/account-change-records";

#[test]
fn takes_back_all_that_is_left() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let parent = bring(app, &tenant, "lent", "50.00");
    let child = transfer(app, &master, &out(&member.principal_id, &parent, "40")).expect("done");
    // 32.20 of 40.00 are used.
    let order_id = place_for(app, &tenant, &member.principal_id);
    assert_eq!(pay_with(app, &member, &order_id, &child), (204, String::new()));
    let fields = back(&member.principal_id, &parent, &child);
    assert_eq!(retrieve(app, &master, &fields), Ok("7.80".to_owned()));
    assert_eq!(transferable(app, &master), owned(&[(&parent, "17.80")]));
    assert_eq!(retrievable(app, &master, &member.principal_id), []);
    let body = list(app, &member, OWN_COUPONS, &[]);
    let shown = item(&body, "user_coupons", "coupon_id", &child);
    assert_eq!(shown.at("status").as_integer(), 5);
    for (key, coupon, direction) in [(&master, &parent, "REVENUE"), (&member, &child, "EXPENSE")] {
        let query = [("balance_type", "BALANCE_TYPE_COUPON")];
        let body = list(app, key, STATEMENT, &query);
        let record = &body.at("records").as_list()[0];
        assert_eq!(record.text_at("trade_detail_type"), "SOURCE_OPERATION_RETRIEVE");
        assert_eq!(record.text_at("coupon_id"), coupon);
        assert_eq!(record.text_at("revenue_expense_type"), direction);
    }
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_refund_into_a_coupon_that_was_taken_back_can_be_taken_back_too() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let parent = bring(app, &tenant, "again", "50.00");
    let child = transfer(app, &master, &out(&member.principal_id, &parent, "40")).expect("done");
    let order_id = place_for(app, &tenant, &member.principal_id);
    assert_eq!(pay_with(app, &member, &order_id, &child), (204, String::new()));
    let fields = back(&member.principal_id, &parent, &child);
    assert_eq!(retrieve(app, &master, &fields), Ok("7.80".to_owned()));
    let failed = json!([{"line": 1, "failed": true}]);
    assert_eq!(provision(app, &tenant, &order_id, &failed), (200, String::new()));
    assert_eq!(retrievable(app, &master, &member.principal_id), owned(&[(&child, "32.20")]));
    assert_eq!(retrieve(app, &master, &fields), Ok("32.20".to_owned()));
    assert_eq!(transferable(app, &master), owned(&[(&parent, "50.00")]));
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_by_the_first_reason_that_holds() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, unified, .. } = Enterprise::in_books_of(app, &tenant);
    let (parent, other) = (bring(app, &tenant, "a", "50.00"), bring(app, &tenant, "b", "50.00"));
    let to = &member.principal_id;
    let child = transfer(app, &master, &out(to, &parent, "40")).expect("done");
    let spent = transfer(app, &master, &out(to, &other, "32.20")).expect("done");
    fund(app, &tenant, to, "1.00");
    let order_id = place_for(app, &tenant, to);
    assert_eq!(pay_with(app, &member, &order_id, &spent), (204, String::new()));
    let mut named = back(to, &parent, &child);
    named["trans_id"] = json!("x".repeat(33));
    let before = app.audit(&tenant.tenant_id);
    for (key, fields, status, code) in [
        (&tenant.customer, back(to, &parent, &child), 403, "CBC.0151"),
        (&member, back(to, &parent, &child), 403, "CBC.0151"),
        (&master, named, 400, "CBC.0100"),
        (&master, back("nobody", &parent, &child), 400, "CBC.99007004"),
        (&master, back(&unified.principal_id, &parent, &child), 400, "CBC.99007004"),
        (&master, back(to, &other, &child), 400, "CBC.99007004"),
        (&master, back(to, &parent, &other), 400, "CBC.99007004"),
        (&master, back(to, &parent, "nothing"), 400, "CBC.99007004"),
        (&master, back(to, &other, &spent), 400, "CBC.99007004"),
    ] {
        let outcome = call(app, key, RETRIEVE, &fields).map(|_| ());
        assert_eq!(outcome, refused(status, code), "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn what_was_taken_back_is_not_there_twice() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let parent = bring(app, &tenant, "twice", "50.00");
    let child = transfer(app, &master, &out(&member.principal_id, &parent, "40")).expect("done");
    let mut fields = back(&member.principal_id, &parent, &child);
    fields["trans_id"] = json!("T-2");
    assert_eq!(retrieve(app, &master, &fields), Ok("40.00".to_owned()));
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(retrieve(app, &master, &fields), refused(400, "CBC.99007009"));
    fields["trans_id"] = json!("T-3");
    assert_eq!(retrieve(app, &master, &fields), refused(400, "CBC.99007004"));
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
