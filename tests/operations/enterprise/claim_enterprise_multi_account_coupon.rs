//! `ClaimEnterpriseMultiAccountCoupon`: part of a master's coupon becomes a coupon of a member.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::contract;
use crate::harness::coupons::{item, list};
use crate::harness::enterprise::Enterprise;
use crate::harness::enterprise_coupons::{
    TRANSFER, bring, coupon, id, out, owned, pay_with, place_for, retrievable, transfer,
    transferable,
};
use crate::harness::money::{call, import, post_with_token, refused};
use crate::harness::orders::{fund, line, place_with};
use crate::harness::tenant::Tenant;

const OWN_COUPONS: &str = "/v2/promotions/benefits/coupons";
const STATEMENT: &str = "/v2/promotions/benefits/account-change-records";

#[test]
fn transfers_parts_of_a_coupon_each_as_a_coupon_of_the_members_own() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let mut line = coupon(&tenant, "gift", "50.00");
    line["cloud_service_types"] = json!(["hws.service.type.ec2"]);
    import(app, &tenant, line);
    let parent = id(&tenant, "gift");
    let before = app.audit(&tenant.tenant_id);
    let children = ["12.34", "0.66"].map(|amount| {
        transfer(app, &master, &out(&member.principal_id, &parent, amount)).expect("transferred")
    });
    assert_ne!(children[0], children[1]);
    assert_eq!(transferable(app, &master), owned(&[(&parent, "37.00")]));
    let expected = owned(&[(&children[1], "0.66"), (&children[0], "12.34")]);
    assert_eq!(retrievable(app, &master, &member.principal_id), expected);

    let body = list(app, &member, OWN_COUPONS, &[]);
    let child = item(&body, "user_coupons", "coupon_id", &children[0]);
    assert_eq!(child.at("face_value").as_decimal().to_string(), "12.34");
    assert_eq!(child.text_at("expire_time"), "2096-01-05T00:00:00Z");
    let limit = &child.at("use_limits").as_list()[0];
    assert_eq!(limit.text_at("value1"), "hws.service.type.ec2");
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(after.at("sum"), before.at("sum"));
}

#[test]
fn both_sides_read_it_in_their_statements() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let parent = bring(app, &tenant, "told", "50.00");
    let child = transfer(app, &master, &out(&member.principal_id, &parent, "20")).expect("done");
    for (key, coupon, direction, after) in
        [(&master, &parent, "EXPENSE", "30.00"), (&member, &child, "REVENUE", "20.00")]
    {
        let query = [("balance_type", "BALANCE_TYPE_COUPON"), ("trade_type", "COUPONADJUST")];
        let body = list(app, key, STATEMENT, &query);
        assert_eq!(body.at("total_count").as_integer(), 1, "{direction}");
        let record = &body.at("records").as_list()[0];
        for (name, expected) in [
            ("coupon_id", coupon.as_str()),
            ("trade_detail_type", "SOURCE_OPERATION_TRANSFER"),
            ("change_amount", "20.00"),
            ("balance_after_change", after),
            ("revenue_expense_type", direction),
        ] {
            assert_eq!(record.text_at(name), expected, "{name} of {direction}");
        }
    }
}

#[test]
fn the_member_pays_with_what_it_was_given() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let parent = bring(app, &tenant, "used", "50.00");
    let child = transfer(app, &master, &out(&member.principal_id, &parent, "30")).expect("done");
    fund(app, &tenant, &member.principal_id, "10.00");
    let order_id = place_for(app, &tenant, &member.principal_id);
    assert_eq!(pay_with(app, &member, &order_id, &parent), (400, "CBC.99003112".to_owned()));
    assert_eq!(pay_with(app, &member, &order_id, &child), (204, String::new()));
    assert_eq!(retrievable(app, &master, &member.principal_id), []);
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_by_the_first_reason_that_holds() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, unified, foreign_entity } =
        Enterprise::in_books_of(app, &tenant);
    let good = bring(app, &tenant, "good", "50.00");
    let with = |name: &str, field: &str, value: &str| {
        let mut line = coupon(&tenant, name, "50.00");
        line[field] = json!(value);
        import(app, &tenant, line);
        id(&tenant, name)
    };
    let given_back = with("given-back", "source", "other");
    let future = with("future", "effective_time", "2095-01-05T00:00:00Z");
    let expired = with("expired", "expire_time", "2026-01-06T00:00:00Z");
    let members_own = with("members", "customer_id", &member.principal_id);
    let flexible = {
        let mut line = coupon(&tenant, "flexible", "50.00");
        line["coupon_type"] = json!(4);
        import(app, &tenant, line);
        id(&tenant, "flexible")
    };
    let kept = bring(app, &tenant, "kept", "50.00");
    let more = json!({"customer_id": tenant.referral_customer, "coupon_ids": [kept]});
    place_with(app, &tenant, &[line(1)], more);
    let before = app.audit(&tenant.tenant_id);
    let to = &member.principal_id;
    for (key, fields, status, code) in [
        (&tenant.customer, out(to, &good, "1"), 403, "CBC.0151"),
        (&member, out(to, &good, "1"), 403, "CBC.0151"),
        (&master, out(to, &good, "0"), 400, "CBC.0100"),
        (&master, out(to, &good, "0.001"), 400, "CBC.0100"),
        (&master, out("nobody", &good, "1"), 400, "CBC.99007004"),
        (&master, out(&tenant.customers[0], &good, "1"), 400, "CBC.99007004"),
        (&master, out(&unified.principal_id, &good, "1"), 400, "CBC.99007004"),
        (&master, out(&foreign_entity, &good, "1"), 400, "CBC.99007004"),
        (&master, out(to, "nothing", "1"), 400, "CBC.99007004"),
        (&master, out(to, &given_back, "1"), 400, "CBC.99007004"),
        (&master, out(to, &flexible, "1"), 400, "CBC.99007004"),
        (&master, out(to, &future, "1"), 400, "CBC.99007004"),
        (&master, out(to, &expired, "1"), 400, "CBC.99007004"),
        (&master, out(to, &members_own, "1"), 400, "CBC.99007004"),
        (&master, out(to, &kept, "1"), 400, "CBC.99007004"),
        (&master, out(to, &good, "50.01"), 400, "CBC.99007004"),
    ] {
        let outcome = call(app, key, TRANSFER, &fields).map(|_| ());
        assert_eq!(outcome, refused(status, code), "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn a_refusal_names_why_the_coupon_cannot_be_transferred() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let mut line = coupon(&tenant, "named", "50.00");
    line["source"] = json!("other");
    import(app, &tenant, line);
    let fields = out(&member.principal_id, &id(&tenant, "named"), "1");
    let reply = app.post(&master, contract::path_of(TRANSFER), fields.to_string());
    let body = reply.json();
    let message = body.text_at("error_msg");
    assert!(message.starts_with("coupon_id: only cash coupons"), "{message}");
}

#[test]
fn a_trans_id_counts_once_and_a_client_token_replays() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let parent = bring(app, &tenant, "once", "50.00");
    let mut fields = out(&member.principal_id, &parent, "10.00");
    fields["trans_id"] = json!("T-1");
    let path = contract::path_of(TRANSFER);
    let first = post_with_token(app, &master, path, "coupon-once", &fields);
    let again = post_with_token(app, &master, path, "coupon-once", &fields);
    assert_eq!((first.status, again.status), (200, 200), "{}", again.text());
    assert_eq!(first.text(), again.text());
    let before = app.audit(&tenant.tenant_id);
    let outcome = transfer(app, &master, &fields);
    assert_eq!(outcome, refused(400, "CBC.99007009"));
    assert_eq!(app.audit(&tenant.tenant_id), before);
    assert_eq!(transferable(app, &master), owned(&[(&parent, "40.00")]));
}
