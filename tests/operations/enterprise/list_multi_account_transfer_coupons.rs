//! `ListMultiAccountTransferCoupons`: the coupons of a master that can go to members.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::enterprise::Enterprise;
use crate::harness::enterprise_coupons::{bring, coupon, id, owned, transferable};
use crate::harness::money::{call, import, refused};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListMultiAccountTransferCoupons";

#[test]
fn shows_what_can_be_transferred_and_nothing_else() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, .. } = Enterprise::in_books_of(app, &tenant);
    let shown = bring(app, &tenant, "shown", "50");
    for (name, field, value) in [
        ("other", "source", json!("other")),
        ("flexible", "coupon_type", json!(4)),
        ("future", "effective_time", json!("2095-01-05T00:00:00Z")),
        ("expired", "expire_time", json!("2026-01-06T00:00:00Z")),
        ("theirs", "customer_id", json!(tenant.customers[0])),
    ] {
        let mut line = coupon(&tenant, name, "50.00");
        line[field] = value;
        import(app, &tenant, line);
    }
    assert_eq!(transferable(app, &master), owned(&[(&shown, "50.00")]));
    let body = call(app, &master, OPERATION, &json!({})).expect("coupons");
    assert_eq!(body.at("total_count").as_integer(), 1);
    let coupon = &body.at("avail_transfer_coupons").as_list()[0];
    for (name, expected) in [
        ("coupon_id", id(&tenant, "shown").as_str()),
        ("plan_name", "Plan shown"),
        ("effective_time", "2026-01-05T00:00:00Z"),
        ("expire_time", "2096-01-05T00:00:00Z"),
    ] {
        assert_eq!(coupon.text_at(name), expected, "{name}");
    }
}

#[test]
fn a_list_has_pages() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, .. } = Enterprise::in_books_of(app, &tenant);
    for name in ["a", "b", "c"] {
        bring(app, &tenant, name, "1.00");
    }
    let page = |offset: u32, limit: u32| {
        let fields = json!({"offset": offset, "limit": limit});
        let body = call(app, &master, OPERATION, &fields).expect("coupons");
        (body.at("total_count").as_integer(), body.at("avail_transfer_coupons").as_list().len())
    };
    assert_eq!([page(0, 2), page(2, 2), page(3, 100)], [(3, 2), (3, 1), (3, 0)]);
}

#[test]
fn only_a_master_may_ask() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { member, .. } = Enterprise::in_books_of(app, &tenant);
    for key in [&tenant.customer, &member, &tenant.distributor] {
        let outcome = call(app, key, OPERATION, &json!({})).map(|_| ());
        assert_eq!(outcome, refused(403, "CBC.0151"));
    }
}
