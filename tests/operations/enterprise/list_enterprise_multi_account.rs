//! `ListEnterpriseMultiAccount`: what a master can take back from a member.

use rust_decimal::Decimal;
use serde_json::json;

use crate::harness::app::App;
use crate::harness::enterprise::{EXPIRES, Enterprise, import, movable, moves};
use crate::harness::json::Json;
use crate::harness::money::{call, decimal, refused};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListEnterpriseMultiAccount";

fn shown(app: &App, master: &Key, member: &str, balance_type: &str) -> Vec<Json> {
    let fields = json!({"sub_customer_id": member, "balance_type": balance_type});
    movable(app, master, OPERATION, &fields)
}

fn cash(app: &App, master: &Key, member: &str) -> Decimal {
    let rows = shown(app, master, member, "BALANCE_TYPE_DEBIT");
    let [row] = &rows[..] else { panic!("{rows:?}") };
    row.at("avail_retrieve_amount").as_decimal()
}

#[test]
fn shows_what_was_given_as_far_as_it_is_still_there() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let id = &member.principal_id;
    assert_eq!(cash(app, &master, id), decimal("0.00"));
    let own = json!({"kind": "booking", "booking_id": format!("{}-own", tenant.tenant_id),
                     "customer_id": id, "account_type": 1, "amount": "7.00",
                     "at": "2026-01-06T00:00:00Z"});
    import(app, &tenant, [own]);
    assert_eq!(cash(app, &master, id), decimal("0.00"));
    let fields = json!({"customer_id": id, "amount": "12.00"});
    assert_eq!(moves(app, &master, "UpdateSubEnterpriseAmount", &fields), Ok(()));
    assert_eq!(cash(app, &master, id), decimal("12.00"));
    let fields = json!({"customer_id": id, "amount": "2.00"});
    assert_eq!(moves(app, &master, "ReclaimSubEnterpriseAmount", &fields), Ok(()));
    assert_eq!(cash(app, &master, id), decimal("10.00"));
}

#[test]
fn shows_credit_in_a_row_for_each_second() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let id = &member.principal_id;
    assert!(shown(app, &master, id, "BALANCE_TYPE_CREDIT").is_empty());
    for (amount, expire_time) in [("30.00", Some(EXPIRES)), ("20.00", None)] {
        let mut fields = json!({"customer_id": id, "amount": amount,
                                "balance_type": "BALANCE_TYPE_CREDIT"});
        if let Some(expire_time) = expire_time {
            fields["expire_time"] = json!(expire_time);
        }
        assert_eq!(moves(app, &master, "UpdateSubEnterpriseAmount", &fields), Ok(()));
    }
    let rows = shown(app, &master, id, "BALANCE_TYPE_CREDIT");
    let [expiring, lasting] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(expiring.text_at("expire_time"), EXPIRES);
    assert_eq!(lasting.get("expire_time"), None);
    for (row, amount) in [(expiring, "30.00"), (lasting, "20.00")] {
        for name in ["avail_retrieve_amount", "amount", "credit_amount"] {
            assert_eq!(row.at(name).as_decimal(), decimal(amount), "{name}");
        }
    }
}

#[test]
fn nothing_can_be_taken_back_from_a_member_without_money_of_its_own() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, unified, .. } = Enterprise::in_books_of(app, &tenant);
    assert_eq!(cash(app, &master, &unified.principal_id), decimal("0.00"));
    assert!(shown(app, &master, &unified.principal_id, "BALANCE_TYPE_CREDIT").is_empty());
}

#[test]
fn each_reason_is_reached() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    let of =
        |id: &str, balance_type: &str| json!({"sub_customer_id": id, "balance_type": balance_type});
    let debit = "BALANCE_TYPE_DEBIT";
    for (key, fields, status, code) in [
        (&member, of(&member.principal_id, debit), 403, "CBC.0151"),
        (&tenant.customer, of(&member.principal_id, debit), 403, "CBC.0151"),
        (&master, of("nobody", debit), 400, "CBC.99000047"),
        (&master, of(&tenant.customers[0], debit), 400, "CBC.99000047"),
        (&master, of(&member.principal_id, "BALANCE_TYPE_BONUS"), 400, "CBC.0100"),
    ] {
        assert_eq!(call(app, key, OPERATION, &fields), refused(status, code), "{fields}");
    }
    let target = "/v2/enterprises/multi-accounts/retrieve-amount?balance_type=BALANCE_TYPE_DEBIT";
    assert_eq!(app.get(&master, target).outcome(), (400, "CBC.0100".to_owned()));
    let limited = format!("{target}&sub_customer_id={}&limit=0", member.principal_id);
    assert_eq!(app.get(&master, &limited).outcome(), (400, "CBC.0100".to_owned()));
}
