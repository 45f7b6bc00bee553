//! `UpdateSubEnterpriseAmount`: money of a master to a member.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::enterprise::{
    CASH, EXPIRES, Enterprise, cash, credits, import, member_id, movable, moves,
};
use crate::harness::json::Json;
use crate::harness::money::{call, decimal, key_of_customer, post_with_token, refused};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "UpdateSubEnterpriseAmount";
const PATH: &str = "/v2/enterprises/multi-accounts/transfer-amount";

fn changes(app: &App, key: &Key, balance_type: &str) -> Vec<Json> {
    let fields = json!({"balance_type": balance_type});
    let body = call(app, key, "ListCustomerAccountChangeRecords", &fields).expect("changes");
    body.at("records").as_list().to_vec()
}

#[test]
fn moves_cash_and_both_statements_tell_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let fields = json!({"customer_id": member.principal_id, "amount": "120.50",
                        "trans_id": "7d9f1f2e5c0b4b06"});
    assert_eq!(moves(app, &master, OPERATION, &fields), Ok(()));
    assert_eq!(cash(app, &master), decimal(CASH) - decimal("120.50"));
    assert_eq!(cash(app, &member), decimal("120.50"));
    for (key, direction, after) in [(&master, "EXPENSE", "379.50"), (&member, "REVENUE", "120.50")]
    {
        let changes = changes(app, key, "BALANCE_TYPE_DEBIT");
        let change = &changes[0];
        assert_eq!(change.text_at("trade_detail_type"), "SOURCE_OPERATION_TRANSFER");
        assert_eq!(change.text_at("trade_id"), "7d9f1f2e5c0b4b06");
        assert_eq!(change.text_at("change_amount"), "120.50");
        assert_eq!(change.text_at("balance_after_change"), after);
        assert_eq!(change.text_at("revenue_expense_type"), direction);
    }
    app.audit(&tenant.tenant_id);
}

#[test]
fn moves_credit_of_one_second_with_its_limit() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let credit = |amount: &str, expire_time: Option<&str>| {
        let mut fields = json!({"customer_id": member.principal_id, "amount": amount,
                                "balance_type": "BALANCE_TYPE_CREDIT"});
        if let Some(expire_time) = expire_time {
            fields["expire_time"] = json!(expire_time);
        }
        moves(app, &master, OPERATION, &fields)
    };
    assert_eq!(credit("25.00", Some(EXPIRES)), Ok(()));
    assert_eq!(credit("80.00", None), Ok(()));
    let pair = |amount: &str| (decimal(amount), decimal(amount));
    assert_eq!(credits(app, &master), [pair("35.00"), pair("0.00")]);
    assert_eq!(credits(app, &member), [pair("25.00"), pair("80.00")]);
    // Neither the one nor the other pays for the credit of another second.
    for (amount, expire_time) in
        [("35.01", Some(EXPIRES)), ("0.01", None), ("0.01", Some("2090-01-01T15:59:58Z"))]
    {
        assert_eq!(credit(amount, expire_time), refused(400, "CBC.99005003"), "{amount}");
    }
    let changes = changes(app, &member, "BALANCE_TYPE_CREDIT");
    let amounts: Vec<&str> = changes.iter().map(|it| it.text_at("change_amount")).collect();
    assert_eq!(amounts, ["80.00", "25.00"]);
    app.audit(&tenant.tenant_id);
}

#[test]
fn each_reason_is_reached_and_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let enterprise = Enterprise::in_books_of(app, &tenant);
    let Enterprise { master, member, unified, foreign_entity } = &enterprise;
    let first = json!({"customer_id": member.principal_id, "amount": "1.00", "trans_id": "first"});
    assert_eq!(moves(app, master, OPERATION, &first), Ok(()));
    let before = app.audit(&tenant.tenant_id);
    let to = |id: &str, amount: &str| json!({"customer_id": id, "amount": amount});
    let of_member = |rest: Value| {
        let mut fields = to(&member.principal_id, "1.00");
        for (name, value) in rest.as_object().expect("an object") {
            fields[name] = value.clone();
        }
        fields
    };
    let expired = json!({"balance_type": "BALANCE_TYPE_CREDIT",
                         "expire_time": "2020-01-01T00:00:00Z"});
    for (key, fields, status, code) in [
        (member, to(&unified.principal_id, "1.00"), 403, "CBC.0151"),
        (unified, to(&member.principal_id, "1.00"), 403, "CBC.0151"),
        (&tenant.customer, to(&member.principal_id, "1.00"), 403, "CBC.0151"),
        (master, of_member(json!({"trans_id": "first", "amount": "2.00"})), 400, "CBC.99007009"),
        (master, to(&unified.principal_id, "1.00"), 400, "CBC.99007004"),
        (master, to(foreign_entity, "1.00"), 400, "CBC.99007004"),
        (master, to(&tenant.customers[0], "1.00"), 400, "CBC.99007004"),
        (master, to("nobody", "1.00"), 400, "CBC.99007004"),
        (master, to(&master.principal_id, "1.00"), 400, "CBC.99007004"),
        (master, of_member(expired), 400, "CBC.99007181"),
        (master, to(&member.principal_id, "499.01"), 400, "CBC.99005003"),
    ] {
        let outcome = moves(app, key, OPERATION, &fields);
        assert_eq!(outcome, refused(status, code), "{fields}");
    }
    for fields in [
        to(&member.principal_id, "0"),
        to(&member.principal_id, "-1"),
        to(&member.principal_id, "1.001"),
        to(&member.principal_id, "one"),
        to("", "1"),
        of_member(json!({"amount": 1})),
        of_member(json!({"balance_type": "BALANCE_TYPE_BONUS"})),
        of_member(json!({"expire_time": "2026-01-01"})),
        of_member(json!({"trans_id": "x".repeat(33)})),
        of_member(json!({"unknown": 1})),
    ] {
        let reply = app.post(master, PATH, fields.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    assert_eq!(cash(app, member), decimal("1.00"));
}

#[test]
fn a_master_that_its_partner_funds_can_transfer_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let [master, member] = &tenant.customers;
    let lines = [
        json!({"kind": "enterprise", "customer_id": master, "org_id": "1"}),
        json!({"kind": "enterprise_member", "master_id": master, "customer_id": member,
               "joined_at": "2026-01-06T00:00:00Z"}),
        json!({"kind": "booking", "booking_id": format!("{}-cash", tenant.customer.principal_id),
               "customer_id": master, "account_type": 1, "amount": "10.00",
               "at": "2026-01-06T00:00:00Z"}),
    ];
    import(app, &tenant, lines);
    let fields = json!({"customer_id": member, "amount": "1.00"});
    let outcome = moves(app, &tenant.customer, OPERATION, &fields);
    assert_eq!(outcome, refused(400, "CBC.99007004"));
    let shown = movable(
        app,
        &tenant.customer,
        "ShowMultiAccountTransferAmount",
        &json!({"balance_type": "BALANCE_TYPE_DEBIT"}),
    );
    assert_eq!(shown[0].at("avail_transfer_amount").as_decimal(), decimal("0.00"));
}

#[test]
fn a_repeat_is_answered_by_its_client_token_and_refused_by_its_trans_id() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let body = json!({"customer_id": member.principal_id, "amount": "10.00", "trans_id": "once"});
    let send = || post_with_token(app, &master, PATH, "a token", &body).outcome();
    assert_eq!(send(), (204, String::new()));
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(send(), (204, String::new()));
    assert_eq!(app.audit(&tenant.tenant_id), after);
    let other = post_with_token(app, &master, PATH, "another token", &body).outcome();
    assert_eq!(other, (400, "CBC.99007009".to_owned()));
    assert_eq!(cash(app, &member), decimal("10.00"));
    // The name counts for this master alone.
    let others = Tenant::in_books_of(app);
    let another = Enterprise::in_books_of(app, &others);
    let body = json!({"customer_id": member_id(&others), "amount": "10.00", "trans_id": "once"});
    assert_eq!(moves(app, &another.master, OPERATION, &body), Ok(()));
    // A name that was refused is free.
    let refused_once = json!({"customer_id": member.principal_id, "amount": "1000.00",
                              "trans_id": "twice"});
    assert_eq!(moves(app, &master, OPERATION, &refused_once), refused(400, "CBC.99005003"));
    let fields = json!({"customer_id": member.principal_id, "amount": "1.00", "trans_id": "twice"});
    assert_eq!(moves(app, &master, OPERATION, &fields), Ok(()));
}

#[test]
fn two_masters_of_one_tenant_reach_only_their_own_members() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let (other, its_member) =
        (format!("{}-other", tenant.tenant_id), format!("{}-its", tenant.tenant_id));
    let customer = |id: &str| {
        json!({"kind": "customer", "customer_id": id, "association_type": "1",
               "partner_id": tenant.distributor.principal_id})
    };
    let lines = [
        customer(&other),
        customer(&its_member),
        json!({"kind": "enterprise", "customer_id": other, "org_id": "1"}),
        json!({"kind": "enterprise_member", "master_id": other, "customer_id": its_member,
               "joined_at": "2026-01-06T00:00:00Z"}),
    ];
    import(app, &tenant, lines);
    let other = key_of_customer(app, &tenant, &other);
    let before = app.audit(&tenant.tenant_id);
    for (key, foreign) in [(&master, its_member.as_str()), (&other, &member.principal_id)] {
        let mut nobody = foreign.to_owned();
        nobody.push('~');
        for operation in [OPERATION, "ReclaimSubEnterpriseAmount"] {
            let outcomes = [foreign, &nobody].map(|id| {
                moves(app, key, operation, &json!({"customer_id": id, "amount": "1.00"}))
            });
            assert_eq!(outcomes[0], refused(400, "CBC.99007004"), "{operation}");
            assert_eq!(outcomes[0], outcomes[1], "{operation}");
        }
        let outcomes = [foreign, &nobody].map(|id| {
            let fields = json!({"sub_customer_id": id, "balance_type": "BALANCE_TYPE_DEBIT"});
            call(app, key, "ListEnterpriseMultiAccount", &fields)
        });
        assert_eq!(outcomes[0], refused(400, "CBC.99000047"));
        assert_eq!(outcomes[0], outcomes[1]);
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
