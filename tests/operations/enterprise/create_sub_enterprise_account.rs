//! `CreateSubEnterpriseAccount`: a new member of a master.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::enterprise::{Enterprise, TEAM, code_request, import, moves, new_member};
use crate::harness::json::Json;
use crate::harness::money::{call, post_with_token, refused};
use crate::harness::registration::codes;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "CreateSubEnterpriseAccount";
const PATH: &str = "/v2/enterprises/multi-accounts/sub-customers";

/// The member of this name, as its master lists it.
fn listed(app: &App, master: &Key, name: &str) -> Vec<Json> {
    let fields = json!({"sub_customer_account_name": name});
    let body = call(app, master, "ListEnterpriseSubCustomers", &fields).expect("members");
    body.at("sub_customer_infos").as_list().to_vec()
}

/// A request for a member with a mobile of its own.
fn with_mobile(name: &str, mobile: &str, code: &str) -> Value {
    let mut fields = new_member(name);
    fields["new_sub_customer"]["use_pri_mobile_phone"] = json!("N");
    fields["new_sub_customer"]["mobile_phone"] = json!(mobile);
    fields["new_sub_customer"]["verification_code"] = json!(code);
    fields
}

fn code_for(app: &App, tenant: &Tenant, master: &Key, mobile: &str) -> String {
    let sent = moves(app, master, "SendSmsVerificationCode", &code_request(mobile));
    assert_eq!(sent, Ok(()));
    codes(app, &tenant.tenant_id, mobile)[0].text_at("code").to_owned()
}

/// A name that no other test uses.
fn name(tenant: &Tenant, end: &str) -> String {
    format!("n{}-{end}", tenant.tenant_id)
}

#[test]
fn a_member_with_the_masters_mobile_is_listed_and_takes_money() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let Enterprise { master, .. } = Enterprise::in_books_of(app, &tenant);
    let name = name(&tenant, "a");
    let mut fields = new_member(&name);
    fields["party_id"] = json!(TEAM);
    fields["display_name"] = json!("A new member: 新");
    assert_eq!(moves(app, &master, OPERATION, &fields), Ok(()));
    let found = listed(app, &master, &name);
    let [member] = &found[..] else { panic!("{found:?}") };
    assert_eq!(member.text_at("display_name"), "A new member: 新");
    assert_eq!((member.text_at("org_id"), member.at("status").as_integer()), (TEAM, 1));
    let id = member.text_at("id");
    let transfer = json!({"customer_id": id, "amount": "5.00"});
    assert_eq!(moves(app, &master, "UpdateSubEnterpriseAmount", &transfer), Ok(()));
    // It is a customer of the master's partner, which sees it among its own.
    let fields = json!({"customer_id": id});
    let body = call(app, &tenant.distributor, "ListSubCustomers", &fields).expect("customers");
    let customer = &body.at("customer_infos").as_list()[0];
    assert_eq!(customer.text_at("account_name"), name);
    assert_eq!(customer.text_at("association_type"), "1");
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_member_with_a_mobile_of_its_own_proves_it() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let Enterprise { master, .. } = Enterprise::in_books_of(app, &tenant);
    let mobile = "13912345601";
    let code = code_for(app, &tenant, &master, mobile);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let name = name(&tenant, "b");
    let create = |code: &str| moves(app, &master, OPERATION, &with_mobile(&name, mobile, code));
    assert_eq!(create(wrong), refused(400, "CBC.99000026"));
    assert!(listed(app, &master, &name).is_empty());
    assert_eq!(create(&code), Ok(()));
    assert_eq!(listed(app, &master, &name).len(), 1);
    // Neither the number nor the code counts a second time.
    let again = with_mobile(&format!("{name}-2"), mobile, &code);
    assert_eq!(moves(app, &master, OPERATION, &again), refused(400, "CBC.99000029"));
    let other = with_mobile(&format!("{name}-2"), "13912345602", &code);
    assert_eq!(moves(app, &master, OPERATION, &other), refused(400, "CBC.99000026"));
}

#[test]
fn a_code_that_failed_too_often_counts_no_longer() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let Enterprise { master, .. } = Enterprise::in_books_of(app, &tenant);
    let mobile = "13912345603";
    let code = code_for(app, &tenant, &master, mobile);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let name = name(&tenant, "c");
    for attempt in [wrong, wrong, wrong, &code] {
        let outcome = moves(app, &master, OPERATION, &with_mobile(&name, mobile, attempt));
        assert_eq!(outcome, refused(400, "CBC.99000026"), "{attempt}");
    }
}

#[test]
fn a_member_under_custody_gets_no_money() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let Enterprise { master, .. } = Enterprise::in_books_of(app, &tenant);
    let name = name(&tenant, "d");
    let mut fields = new_member(&name);
    fields["financial_custody"] = json!(1);
    fields["permission_ids"] = json!(["READ_CONSUME_BILL"]);
    assert_eq!(moves(app, &master, OPERATION, &fields), Ok(()));
    let found = listed(app, &master, &name);
    let transfer = json!({"customer_id": found[0].text_at("id"), "amount": "5.00"});
    let outcome = moves(app, &master, "UpdateSubEnterpriseAmount", &transfer);
    assert_eq!(outcome, refused(400, "CBC.99007004"));
}

#[test]
fn each_reason_is_reached_and_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let Enterprise { master, member, unified, .. } = Enterprise::in_books_of(app, &tenant);
    let taken = name(&tenant, "taken");
    assert_eq!(moves(app, &master, OPERATION, &new_member(&taken)), Ok(()));
    let before = app.audit(&tenant.tenant_id);
    let free = name(&tenant, "free");
    let with = |name: &str, value: Value| {
        let mut fields = new_member(&free);
        fields[name] = value;
        fields
    };
    let new_with = |name: &str, value: Value| {
        let mut fields = new_member(&free);
        fields["new_sub_customer"][name] = value;
        fields
    };
    for (key, fields, status, code) in [
        (&member, new_member(&free), 403, "CBC.0151"),
        (&unified, new_member(&free), 403, "CBC.0151"),
        (&tenant.customer, new_member(&free), 403, "CBC.0151"),
        (&master, with("party_id", json!("9")), 400, "CBC.0100"),
        (&master, new_member(&taken), 400, "CBC.99000031"),
        (&master, new_member(&taken.to_uppercase()), 400, "CBC.99000031"),
        (&master, new_with("customer_name", json!("1abcd")), 400, "CBC.99000031"),
        (&master, new_with("password", json!("onlyletters")), 400, "CBC.99000036"),
        (&master, with_mobile(&free, "13912345604", "123456"), 400, "CBC.99000026"),
    ] {
        let outcome = moves(app, key, OPERATION, &fields);
        assert_eq!(outcome, refused(status, code), "{fields}");
    }
    let mut without_code = with_mobile(&free, "13912345604", "");
    without_code["new_sub_customer"]["verification_code"] = Value::Null;
    for fields in [
        with("party_id", json!("")),
        with("party_id", json!("1".repeat(21))),
        with("display_name", json!("x".repeat(65))),
        with("sub_customer_association_type", json!(2)),
        with("sub_customer_association_type", json!(3)),
        with("financial_custody", json!(2)),
        with("permission_ids", json!(vec!["READ"; 51])),
        new_with("use_pri_mobile_phone", json!("X")),
        new_with("use_pri_mobile_phone", json!("N")),
        new_with("customer_name", json!("")),
        new_with("password", json!("x".repeat(33))),
        without_code,
        with_mobile(&free, "1391234560", "123456"),
    ] {
        let reply = app.post(&master, PATH, fields.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    assert!(listed(app, &master, &free).is_empty());
    let frozen = json!({"tenant_id": tenant.tenant_id, "customer_id": master.principal_id,
                        "frozen": true});
    let reply = app.operator("PUT", "/operator/v1/customers", frozen.to_string());
    assert_eq!(reply.status, 200, "{}", reply.text());
    let outcome = moves(app, &master, OPERATION, &new_member(&free));
    assert_eq!(outcome, refused(500, "CBC.7004"));
}

#[test]
fn a_master_without_a_mobile_has_none_to_share() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let master = &tenant.customer;
    let line = json!({"kind": "enterprise", "customer_id": master.principal_id, "org_id": "1000"});
    import(app, &tenant, [line]);
    let outcome = moves(app, master, OPERATION, &new_member(&name(&tenant, "e")));
    assert_eq!(outcome, refused(400, "CBC.0100"));
}

#[test]
fn a_repeat_with_its_client_token_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let Enterprise { master, .. } = Enterprise::in_books_of(app, &tenant);
    let body = new_member(&name(&tenant, "f"));
    let send = |token: &str| post_with_token(app, &master, PATH, token, &body).outcome();
    assert_eq!(send("one"), (204, String::new()));
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(send("one"), (204, String::new()));
    assert_eq!(send("two"), (400, "CBC.99000031".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), after);
}
