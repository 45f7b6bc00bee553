//! `ListMultiAccountRetrieveCoupons`: the coupons of a member that its master can take back.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::enterprise::Enterprise;
use crate::harness::enterprise_coupons::{bring, coupon, id, out, owned, retrievable, transfer};
use crate::harness::money::{call, import, refused};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListMultiAccountRetrieveCoupons";

#[test]
fn shows_each_coupon_with_the_one_that_it_came_from() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let parent = bring(app, &tenant, "from", "50.00");
    let child = transfer(app, &master, &out(&member.principal_id, &parent, "20")).expect("done");
    // A coupon that the cloud gave the member itself is not the master's.
    let mut own = coupon(&tenant, "own", "50.00");
    own["customer_id"] = json!(member.principal_id);
    import(app, &tenant, own);
    let fields = json!({"sub_customer_id": member.principal_id});
    let body = call(app, &master, OPERATION, &fields).expect("coupons");
    assert_eq!(body.at("total_count").as_integer(), 1);
    let shown = &body.at("avail_retrieve_coupons").as_list()[0];
    for (name, expected) in [
        ("coupon_id", id(&tenant, "from").as_str()),
        ("sub_coupon_id", child.as_str()),
        ("plan_name", "Plan from"),
        ("balance", "20.00"),
        ("effective_time", "2026-01-05T00:00:00Z"),
        ("expire_time", "2096-01-05T00:00:00Z"),
    ] {
        assert_eq!(shown.text_at(name), expected, "{name}");
    }
    assert_eq!(retrievable(app, &master, &member.principal_id), owned(&[(&child, "20.00")]));
}

#[test]
fn refuses_who_is_no_master_and_whom_it_cannot_take_back_from() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, unified, foreign_entity } =
        Enterprise::in_books_of(app, &tenant);
    let ask =
        |key, of: &str| call(app, key, OPERATION, &json!({"sub_customer_id": of})).map(|_| ());
    assert_eq!(ask(&member, &member.principal_id), refused(403, "CBC.0151"));
    for of in ["nobody", &unified.principal_id, &foreign_entity, &tenant.customers[0]] {
        assert_eq!(ask(&master, of), refused(400, "CBC.99000086"), "{of}");
    }
    assert_eq!(
        call(app, &master, OPERATION, &json!({"sub_customer_id": ""})).map(|_| ()),
        refused(400, "CBC.0100")
    );
}
