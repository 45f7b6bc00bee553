//! `ReclaimSubEnterpriseAmount`: money back from a member to its master.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::enterprise::{
    CASH, EXPIRES, Enterprise, cash, credits, import, movable, moves,
};
use crate::harness::money::{call, decimal, post_with_token, refused};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ReclaimSubEnterpriseAmount";
const TRANSFER: &str = "UpdateSubEnterpriseAmount";
const PATH: &str = "/v2/enterprises/multi-accounts/retrieve-amount";

#[test]
fn takes_back_what_was_given_and_no_more() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let own = json!({"kind": "booking", "booking_id": format!("{}-own", tenant.tenant_id),
                     "customer_id": member.principal_id, "account_type": 1, "amount": "70.00",
                     "at": "2026-01-06T00:00:00Z"});
    import(app, &tenant, [own]);
    let of = |amount: &str| json!({"customer_id": member.principal_id, "amount": amount});
    assert_eq!(moves(app, &master, TRANSFER, &of("40.00")), Ok(()));
    // The member has 110.00, of which 70.00 are its own.
    assert_eq!(moves(app, &master, OPERATION, &of("40.01")), refused(400, "CBC.99005003"));
    assert_eq!(moves(app, &master, OPERATION, &of("15.00")), Ok(()));
    assert_eq!(moves(app, &master, OPERATION, &of("25.01")), refused(400, "CBC.99005003"));
    assert_eq!(moves(app, &master, OPERATION, &of("25.00")), Ok(()));
    assert_eq!(moves(app, &master, OPERATION, &of("0.01")), refused(400, "CBC.99005003"));
    assert_eq!((cash(app, &master), cash(app, &member)), (decimal(CASH), decimal("70.00")));
    let fields = json!({"balance_type": "BALANCE_TYPE_DEBIT", "trade_type": "TRANS"});
    let body = call(app, &member, "ListCustomerAccountChangeRecords", &fields).expect("changes");
    let records = body.at("records").as_list().iter();
    let named: Vec<(&str, &str)> =
        records.map(|it| (it.text_at("trade_detail_type"), it.text_at("change_amount"))).collect();
    let (given, back) = ("SOURCE_OPERATION_TRANSFER", "SOURCE_OPERATION_RETRIEVE");
    assert_eq!(named, [(back, "25.00"), (back, "15.00"), (given, "40.00")]);
    app.audit(&tenant.tenant_id);
}

#[test]
fn takes_credit_back_into_the_account_of_its_second() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let credit = |amount: &str, expire_time: Option<&str>| {
        let mut fields = json!({"customer_id": member.principal_id, "amount": amount,
                                "balance_type": "BALANCE_TYPE_CREDIT"});
        if let Some(expire_time) = expire_time {
            fields["expire_time"] = json!(expire_time);
        }
        fields
    };
    assert_eq!(moves(app, &master, TRANSFER, &credit("25.00", Some(EXPIRES))), Ok(()));
    assert_eq!(moves(app, &master, OPERATION, &credit("1.00", None)), refused(400, "CBC.99005003"));
    assert_eq!(moves(app, &master, OPERATION, &credit("5.00", Some(EXPIRES))), Ok(()));
    let shown = movable(
        app,
        &master,
        "ListEnterpriseMultiAccount",
        &json!({"sub_customer_id": member.principal_id,
                                "balance_type": "BALANCE_TYPE_CREDIT"}),
    );
    let [row] = &shown[..] else { panic!("{shown:?}") };
    assert_eq!(row.at("avail_retrieve_amount").as_decimal(), decimal("20.00"));
    assert_eq!(row.text_at("expire_time"), EXPIRES);
    let pair = |amount: &str| (decimal(amount), decimal(amount));
    assert_eq!(credits(app, &member), [pair("20.00")]);
    assert_eq!(credits(app, &master), [pair("40.00"), pair("80.00")]);
    app.audit(&tenant.tenant_id);
}

#[test]
fn each_reason_is_reached_and_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let enterprise = Enterprise::in_books_of(app, &tenant);
    let Enterprise { master, member, unified, foreign_entity } = &enterprise;
    let of = |id: &str, amount: &str| json!({"customer_id": id, "amount": amount});
    let named = |trans_id: &str| {
        let mut fields = of(&member.principal_id, "1.00");
        fields["trans_id"] = json!(trans_id);
        fields
    };
    assert_eq!(moves(app, master, TRANSFER, &named("out")), Ok(()));
    let before = app.audit(&tenant.tenant_id);
    let mut expired = of(&member.principal_id, "1.00");
    expired["balance_type"] = json!("BALANCE_TYPE_CREDIT");
    expired["expire_time"] = json!("2020-01-01T00:00:00Z");
    for (key, fields, status, code) in [
        (member, of(&unified.principal_id, "1.00"), 403, "CBC.0151"),
        (&tenant.customer, of(&member.principal_id, "1.00"), 403, "CBC.0151"),
        // A name counts once, whichever way the money went.
        (master, named("out"), 400, "CBC.99007009"),
        (master, of(&unified.principal_id, "1.00"), 400, "CBC.99007004"),
        (master, of(foreign_entity, "1.00"), 400, "CBC.99007004"),
        (master, of("nobody", "1.00"), 400, "CBC.99007004"),
        (master, expired, 400, "CBC.99007181"),
        (master, of(&member.principal_id, "1.01"), 400, "CBC.99005003"),
        (master, of(&member.principal_id, "0.00"), 400, "CBC.0100"),
        (master, of(&member.principal_id, "0.001"), 400, "CBC.0100"),
    ] {
        let outcome = moves(app, key, OPERATION, &fields);
        assert_eq!(outcome, refused(status, code), "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn a_repeat_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let of = |amount: &str, trans_id: Value| json!({"customer_id": member.principal_id, "amount": amount, "trans_id": trans_id});
    assert_eq!(moves(app, &master, TRANSFER, &of("9.00", json!("out"))), Ok(()));
    let body = of("4.00", json!("back"));
    let send = |token: &str| post_with_token(app, &master, PATH, token, &body).outcome();
    assert_eq!(send("one"), (204, String::new()));
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(send("one"), (204, String::new()));
    assert_eq!(send("two"), (400, "CBC.99007009".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), after);
    assert_eq!(cash(app, &member), decimal("5.00"));
}
