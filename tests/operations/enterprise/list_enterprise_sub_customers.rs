//! `ListEnterpriseSubCustomers`: the members of a master.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::enterprise::{DEPARTMENT, Enterprise, ROOT, TEAM};
use crate::harness::json::Json;
use crate::harness::money::{call, refused};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListEnterpriseSubCustomers";

fn members(app: &App, key: &Key, fields: &Value) -> (Vec<Json>, i64) {
    let body = call(app, key, OPERATION, fields).expect("members");
    let members = body.at("sub_customer_infos").as_list().to_vec();
    (members, body.at("total_count").as_integer())
}

fn ids(members: &[Json]) -> Vec<&str> {
    members.iter().map(|member| member.text_at("id")).collect()
}

#[test]
fn lists_each_member_with_its_names_and_where_it_is() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let enterprise = Enterprise::in_books_of(app, &tenant);
    let (members, total_count) = members(app, &enterprise.master, &json!({}));
    assert_eq!(total_count, 3);
    let [foreign, member, unified] = &members[..] else { panic!("{members:?}") };
    assert_eq!(member.text_at("id"), enterprise.member.principal_id);
    assert_eq!(member.text_at("name"), format!("{}-member", tenant.tenant_id));
    assert_eq!(member.text_at("display_name"), "The member");
    assert_eq!((member.text_at("org_id"), member.text_at("org_name")), (TEAM, "Team"));
    assert_eq!(unified.text_at("id"), enterprise.unified.principal_id);
    assert_eq!(unified.text_at("org_id"), DEPARTMENT);
    assert_eq!(foreign.text_at("id"), enterprise.foreign_entity);
    // The root of this enterprise has no name, and the member none that the master gave it.
    assert_eq!((foreign.text_at("org_id"), foreign.get("org_name")), (ROOT, None));
    assert_eq!(foreign.get("display_name"), None);
    assert!(members.iter().all(|member| member.at("status").as_integer() == 1));
}

#[test]
fn narrows_the_list_by_names_and_organisation() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let enterprise = Enterprise::in_books_of(app, &tenant);
    let (member, unified) =
        (enterprise.member.principal_id.as_str(), enterprise.unified.principal_id.as_str());
    let foreign = enterprise.foreign_entity.as_str();
    let name = format!("{}-member", tenant.tenant_id);
    let part = &name[1..name.len() - 1];
    let by_name =
        |name: &str, fuzzy: u8| json!({"sub_customer_account_name": name, "fuzzy_query": fuzzy});
    let by_display =
        |name: &str, fuzzy: u8| json!({"sub_customer_display_name": name, "fuzzy_query": fuzzy});
    for (fields, expected) in [
        (by_name(&name, 0), vec![member]),
        (by_name(part, 0), vec![]),
        (by_name(part, 1), vec![member]),
        (by_display("The member", 0), vec![member]),
        (by_display("the member", 1), vec![]),
        (by_display("mem", 1), vec![member]),
        // The literal is a name like any other.
        (by_name("\"\"", 1), vec![]),
        (json!({"org_id": DEPARTMENT}), vec![unified]),
        (json!({"org_id": "9"}), vec![]),
        (json!({"org_id": ROOT, "sub_customer_display_name": "The member"}), vec![]),
        (json!({"offset": 1, "limit": 1}), vec![member]),
        (json!({"offset": 3}), vec![]),
        (json!({"limit": 0}), vec![]),
        (
            json!({"sub_customer_account_name": tenant.tenant_id, "fuzzy_query": 1, "limit": 1}),
            vec![foreign],
        ),
    ] {
        let (found, _) = members(app, &enterprise.master, &fields);
        assert_eq!(ids(&found), expected, "{fields}");
    }
    let (_, total_count) = members(app, &enterprise.master, &json!({"limit": 0}));
    assert_eq!(total_count, 3);
}

#[test]
fn refuses_all_but_masters_and_what_is_out_of_range() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, unified, .. } = Enterprise::in_books_of(app, &tenant);
    for key in [&member, &unified, &tenant.customer, &tenant.distributor] {
        let outcome = call(app, key, OPERATION, &json!({}));
        assert_eq!(outcome, refused(403, "CBC.0151"), "{}", key.principal_id);
    }
    for fields in [json!({"limit": 101}), json!({"limit": -1}), json!({"fuzzy_query": 2})] {
        assert_eq!(call(app, &master, OPERATION, &fields), refused(400, "CBC.0100"), "{fields}");
    }
}

#[test]
fn a_master_sees_the_members_of_no_other_master() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    let enterprise = Enterprise::in_books_of(app, &tenant);
    let others = Enterprise::in_books_of(app, &other);
    let (own, _) = members(app, &enterprise.master, &json!({}));
    let (of_other, _) = members(app, &others.master, &json!({}));
    assert!(ids(&own).iter().all(|id| !ids(&of_other).contains(id)));
    assert_eq!((own.len(), of_other.len()), (3, 3));
}
