//! `ShowMultiAccountTransferAmount`: what a master can transfer.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::enterprise::{CASH, EXPIRES, Enterprise, import, member_id, movable, moves};
use crate::harness::json::Json;
use crate::harness::money::{call, decimal, refused};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ShowMultiAccountTransferAmount";

fn shown(app: &App, key: &Key, balance_type: &str) -> Vec<Json> {
    movable(app, key, OPERATION, &json!({"balance_type": balance_type}))
}

#[test]
fn shows_cash_in_one_row_and_credit_in_one_for_each_second() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, .. } = Enterprise::in_books_of(app, &tenant);
    let [cash] = &shown(app, &master, "BALANCE_TYPE_DEBIT")[..] else { panic!("one row") };
    assert_eq!(cash.at("avail_transfer_amount").as_decimal(), decimal(CASH));
    assert_eq!((cash.at("measure_id").as_integer(), cash.text_at("currency")), (1, "CNY"));
    for name in ["amount", "credit_amount", "expire_time"] {
        assert_eq!(cash.get(name), None, "{name}");
    }
    let fields = json!({"customer_id": member_id(&tenant), "amount": "15.00",
                        "balance_type": "BALANCE_TYPE_CREDIT", "expire_time": EXPIRES});
    assert_eq!(moves(app, &master, "UpdateSubEnterpriseAmount", &fields), Ok(()));
    // Credit that has expired is not shown.
    let line = json!({"kind": "booking", "booking_id": format!("{}-gone", tenant.tenant_id),
                      "customer_id": master.principal_id, "account_type": 2, "amount": "5.00",
                      "at": "2026-01-06T00:00:00Z", "expire_time": "2026-01-07T00:00:00Z"});
    import(app, &tenant, [line]);
    let credits = shown(app, &master, "BALANCE_TYPE_CREDIT");
    let [expiring, lasting] = &credits[..] else { panic!("{credits:?}") };
    assert_eq!(expiring.text_at("expire_time"), EXPIRES);
    assert_eq!(lasting.get("expire_time"), None);
    for (row, amount) in [(expiring, "45.00"), (lasting, "80.00")] {
        for name in ["avail_transfer_amount", "amount", "credit_amount"] {
            assert_eq!(row.at(name).as_decimal(), decimal(amount), "{name}");
        }
    }
}

#[test]
fn pages_the_rows_of_credit_and_not_the_one_of_cash() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, .. } = Enterprise::in_books_of(app, &tenant);
    let count = |fields: Value| {
        let body = call(app, &master, OPERATION, &fields).expect("amounts");
        let rows = body.at("amount_infos").as_list().len();
        (rows, body.at("total_count").as_integer())
    };
    let credit = "BALANCE_TYPE_CREDIT";
    assert_eq!(count(json!({"balance_type": credit, "offset": 1, "limit": 5})), (1, 2));
    assert_eq!(count(json!({"balance_type": credit, "limit": 0})), (0, 2));
    assert_eq!(count(json!({"balance_type": "BALANCE_TYPE_DEBIT", "offset": 1})), (1, 1));
}

#[test]
fn refuses_all_but_masters_and_kinds_of_account_that_there_are_not() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, unified, .. } = Enterprise::in_books_of(app, &tenant);
    let fields = json!({"balance_type": "BALANCE_TYPE_DEBIT"});
    for key in [&member, &unified, &tenant.customer, &tenant.distributor] {
        assert_eq!(call(app, key, OPERATION, &fields), refused(403, "CBC.0151"));
    }
    for fields in [
        json!({"balance_type": "BALANCE_TYPE_BONUS"}),
        json!({"balance_type": "BALANCE_TYPE_DEBIT", "limit": 101}),
    ] {
        assert_eq!(call(app, &master, OPERATION, &fields), refused(400, "CBC.0100"), "{fields}");
    }
    let target = "/v2/enterprises/multi-accounts/transfer-amount";
    assert_eq!(app.get(&master, target).outcome(), (400, "CBC.0100".to_owned()));
}
