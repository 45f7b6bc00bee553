//! `/partner-centre/v1/invitations`: a partner invites, and a customer that no partner has accepts.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::allocate;
use crate::harness::orders::{fund, place};
use crate::harness::partner_centre::{
    INVITATIONS, associated, done, invited, left_alone, once, send,
};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

fn accepting(invitation: &str) -> Value {
    json!({"invitation_id": invitation})
}

fn listed(app: &App, key: &Key, page: &str) -> Json {
    let reply = app.get(key, &format!("{INVITATIONS}{page}"));
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

#[test]
fn a_customer_that_has_left_comes_back_by_an_invitation() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    left_alone(app, &tenant);
    let invitation = invited(app, &tenant.distributor, json!({"association_type": "2"}));
    let open = listed(app, &tenant.distributor, "");
    assert_eq!(open.at("invitations").as_list()[0].text_at("status"), "open");

    let accepted = done(app, &tenant.customer, "PUT", INVITATIONS, &accepting(&invitation)).json();
    assert_eq!(accepted.text_at("status"), "accepted");
    assert_eq!(accepted.text_at("customer_id"), tenant.customers[0]);
    let partner_id = tenant.distributor.principal_id.as_str();
    assert_eq!(associated(app, &tenant.customer).as_deref(), Some(partner_id));
    let list = listed(app, &tenant.distributor, "");
    assert_eq!(list.at("invitations").as_list()[0].text_at("status"), "accepted");
    // The partner funds it again.
    allocate(app, &tenant, &tenant.customers[0], "1.00");
    // It counts once.
    let reply = send(app, &tenant.customer, "PUT", INVITATIONS, &accepting(&invitation));
    assert_eq!(reply.outcome(), (404, "CBC.0101".to_owned()));
}

#[test]
fn a_reseller_invites_and_a_distributor_in_its_name() {
    let app = App::shared();
    for by_itself in [true, false] {
        let tenant = Tenant::in_books_of(app);
        left_alone(app, &tenant);
        let reseller = &tenant.reseller;
        let fields = json!({"association_type": "2", "indirect_partner_id": reseller.principal_id});
        let invitation = match by_itself {
            true => invited(app, reseller, json!({"association_type": "2"})),
            false => invited(app, &tenant.distributor, fields),
        };
        done(app, &tenant.customer, "PUT", INVITATIONS, &accepting(&invitation));
        let partner = associated(app, &tenant.customer);
        assert_eq!(partner.as_ref(), Some(&reseller.principal_id));
        assert_eq!(listed(app, reseller, "").at("total_count").as_integer(), 1);
        assert_eq!(listed(app, &tenant.distributor, "").at("total_count").as_integer(), 0);
    }
}

#[test]
fn lists_the_newest_first() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let invite = |kind| invited(app, &tenant.distributor, json!({"association_type": kind}));
    let invitations = ["1", "2", "1"].map(invite);
    for (page, expected) in [
        ("", vec![2, 1, 0]),
        ("?limit=2", vec![2, 1]),
        ("?limit=2&offset=2", vec![0]),
        ("?offset=3", vec![]),
    ] {
        let list = listed(app, &tenant.distributor, page);
        let items = list.at("invitations").as_list().iter();
        let ids: Vec<&str> = items.map(|it| it.text_at("invitation_id")).collect();
        let expected: Vec<&str> = expected.into_iter().map(|it: usize| &*invitations[it]).collect();
        assert_eq!(ids, expected, "{page}");
        assert_eq!(list.at("total_count").as_integer(), 3);
    }
}

#[test]
fn refuses_customers_that_cannot_be_associated_and_says_why() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let invite = |kind| invited(app, &tenant.distributor, json!({"association_type": kind}));
    let [referral, resale] = ["1", "2"].map(invite);
    let refused = |invitation: &str, why: &str| {
        let before = app.audit(&tenant.tenant_id);
        let reply = send(app, &tenant.customer, "PUT", INVITATIONS, &accepting(invitation));
        assert_eq!(reply.outcome(), (400, "CBC.99007004".to_owned()), "{why}");
        assert!(reply.text().contains(why), "{}", reply.text());
        assert_eq!(app.audit(&tenant.tenant_id), before);
    };
    refused(&referral, "associated with a partner already");
    left_alone(app, &tenant);
    let order_id = place(app, &tenant);
    refused(&referral, "neither completed nor cancelled");
    let fields = json!({"order_id": order_id});
    app.sdk(&tenant.customer, "CancelCustomerOrder", &fields).outcome.expect("cancelled");
    fund(app, &tenant, &tenant.customers[0], "1.00");
    refused(&resale, "money of its own");
    let frozen = |is_frozen: bool| {
        let body = json!({"tenant_id": tenant.tenant_id, "customer_id": tenant.customers[0],
                          "frozen": is_frozen});
        assert_eq!(app.operator("PUT", "/operator/v1/customers", body.to_string()).status, 200);
    };
    frozen(true);
    refused(&referral, "frozen");
    frozen(false);
    done(app, &tenant.customer, "PUT", INVITATIONS, &accepting(&referral));
}

#[test]
fn refuses_what_is_not_there_and_whoever_may_not() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let elsewhere = Tenant::in_books_of(app);
    let theirs = invited(app, &elsewhere.distributor, json!({"association_type": "1"}));
    let before = app.audit(&tenant.tenant_id);
    let for_reseller = |id: &str| json!({"association_type": "2", "indirect_partner_id": id});
    let other_reseller = for_reseller(&tenant.other_reseller_id);
    let nobody = accepting(&"0".repeat(32));
    for (key, method, body, status, code) in [
        (&tenant.distributor, "POST", json!({"association_type": "3"}), 400, "CBC.0100"),
        (&tenant.distributor, "POST", for_reseller("nobody"), 400, "CBC.99000037"),
        (
            &tenant.distributor,
            "POST",
            for_reseller(&elsewhere.reseller.principal_id),
            400,
            "CBC.99000037",
        ),
        (&tenant.reseller, "POST", other_reseller, 400, "CBC.99000037"),
        (&tenant.customer, "POST", json!({"association_type": "2"}), 403, "CBC.0151"),
        (&tenant.distributor, "PUT", nobody.clone(), 403, "CBC.0151"),
        (&tenant.customer, "PUT", nobody, 404, "CBC.0101"),
        // Another tenant's looks like one that is not there.
        (&tenant.customer, "PUT", accepting(&theirs), 404, "CBC.0101"),
    ] {
        let reply = send(app, key, method, INVITATIONS, &body);
        assert_eq!(reply.outcome(), (status, code.to_owned()), "{method} {body}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn a_repeat_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    left_alone(app, &tenant);
    let fields = json!({"association_type": "2"});
    once(app, &tenant, &tenant.distributor, "POST", INVITATIONS, &fields);
    let list = listed(app, &tenant.distributor, "");
    let invitation = list.at("invitations").as_list()[0].text_at("invitation_id");
    once(app, &tenant, &tenant.customer, "PUT", INVITATIONS, &accepting(invitation));
}
