//! `ListEnterpriseOrganizations`: the organisation of an enterprise.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::enterprise::{DEPARTMENT, Enterprise, ROOT, TEAM, import};
use crate::harness::json::Json;
use crate::harness::money::{call, refused};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListEnterpriseOrganizations";

fn tree(app: &App, key: &Key, fields: &Value) -> Json {
    call(app, key, OPERATION, fields).expect("a tree")
}

/// The parts of a list, those below each in brackets.
fn drawn(nodes: &Json) -> String {
    let nodes = nodes
        .as_list()
        .iter()
        .map(|node| format!("{}[{}]", node.text_at("id"), drawn(node.at("child_nodes"))));
    nodes.collect::<Vec<_>>().join(" ")
}

#[test]
fn shows_what_lies_directly_below_or_everything() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, .. } = Enterprise::in_books_of(app, &tenant);
    let line = json!({"kind": "organization", "customer_id": master.principal_id,
                      "org_id": "1200", "parent_id": ROOT});
    import(app, &tenant, [line]);
    for (fields, expected) in [
        (json!({}), format!("{DEPARTMENT}[] 1200[]")),
        (json!({"recursive_query": 0}), format!("{DEPARTMENT}[] 1200[]")),
        (json!({"recursive_query": 1}), format!("{DEPARTMENT}[{TEAM}[]] 1200[]")),
        (json!({"parent_id": DEPARTMENT}), format!("{TEAM}[]")),
        (
            json!({"parent_id": ROOT, "recursive_query": 1}),
            format!("{DEPARTMENT}[{TEAM}[]] 1200[]"),
        ),
        (json!({"parent_id": TEAM}), String::new()),
        (json!({"parent_id": "9"}), String::new()),
    ] {
        let body = tree(app, &master, &fields);
        assert_eq!(drawn(body.at("child_nodes")), expected, "{fields}");
        // The root is told only to those that begin there.
        let root = body.get("root_id").map(|id| id.as_text());
        assert_eq!(root, fields.get("parent_id").is_none().then_some(ROOT), "{fields}");
        assert_eq!(body.get("root_name"), None);
    }
    let body = tree(app, &master, &json!({}));
    let department = &body.at("child_nodes").as_list()[0];
    assert_eq!(department.text_at("name"), "Department");
    assert_eq!(department.text_at("relation_id"), "1100-relation");
}

#[test]
fn a_root_with_a_name_tells_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = crate::harness::money::key_of_customer(app, &tenant, &tenant.referral_customer);
    let line = json!({"kind": "enterprise", "customer_id": key.principal_id, "org_id": "7",
                      "name": "The enterprise"});
    import(app, &tenant, [line]);
    let body = tree(app, &key, &json!({}));
    assert_eq!((body.text_at("root_id"), body.text_at("root_name")), ("7", "The enterprise"));
    assert!(body.at("child_nodes").as_list().is_empty());
}

#[test]
fn refuses_all_but_masters_and_a_parent_that_is_no_number() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, .. } = Enterprise::in_books_of(app, &tenant);
    for key in [&member, &tenant.customer, &tenant.distributor] {
        assert_eq!(call(app, key, OPERATION, &json!({})), refused(403, "CBC.0151"));
    }
    for fields in [json!({"parent_id": "a1"}), json!({"recursive_query": 2})] {
        assert_eq!(call(app, &master, OPERATION, &fields), refused(400, "CBC.0100"), "{fields}");
    }
}
