//! The operator's look at the verification codes of demo tenants.

use crate::harness::app::{App, Variables};
use crate::harness::partner_centre::SECOND_FACTOR;
use crate::harness::receiver::Receiver;
use crate::harness::registration::{MOBILE, codes, send};
use crate::harness::second_factor::switch_on;
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/verification-codes";

fn target(tenant_id: &str, mobile: &str) -> String {
    format!("{PATH}?tenant_id={tenant_id}&mobile_phone={mobile}")
}

#[test]
fn reads_the_newest_code_of_a_number_of_a_demo_tenant() {
    let app = App::shared();
    let (tenant, other) = (Tenant::playing_in(app), Tenant::playing_in(app));
    assert_eq!(codes(app, &tenant.tenant_id, MOBILE), []);
    send(app, &tenant.distributor, MOBILE);
    send(app, &tenant.distributor, MOBILE);
    let found = codes(app, &tenant.tenant_id, MOBILE);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].at("scene").as_integer(), 29);
    assert_eq!(found[0].text_at("code").len(), 6);
    assert_eq!(codes(app, &tenant.tenant_id, "13887654321"), []);
    assert_eq!(codes(app, &other.tenant_id, MOBILE), []);
}

#[test]
fn a_code_that_was_posted_to_the_receiver_cannot_be_read() {
    let receiver = Receiver::start();
    let app = App::start_with(Variables::with_receiver(&receiver));
    let tenant = Tenant::playing_in(&app);
    send(&app, &tenant.distributor, MOBILE);
    assert_eq!(receiver.events().len(), 1);
    assert_eq!(codes(&app, &tenant.tenant_id, MOBILE), []);
}

#[test]
fn refuses_a_tenant_that_does_not_play() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let reply = app.operator("GET", &target(&tenant.tenant_id, MOBILE), "");
    assert_eq!(reply.outcome(), (403, "CBC.0151".to_owned()));
    assert!(reply.text().contains("demo_tenants"), "{}", reply.text());
}

#[test]
fn refuses_an_unknown_tenant_and_queries_without_their_form() {
    let app = App::shared();
    for tenant_id in ["nothing", "demo-nothing"] {
        let reply = app.operator("GET", &target(tenant_id, MOBILE), "");
        assert_eq!(reply.outcome(), (404, "CBC.0101".to_owned()), "{tenant_id}");
    }
    for query in [
        String::new(),
        "?tenant_id=demo-distributor".to_owned(),
        format!("?mobile_phone={MOBILE}"),
        "?tenant_id=demo-distributor&mobile_phone=".to_owned(),
        "?tenant_id=demo-distributor&mobile_phone=1381234567".to_owned(),
        "?tenant_id=demo-distributor&mobile_phone=0086-13812345678".to_owned(),
        format!("?tenant_id=demo-distributor&mobile_phone={MOBILE}&verbose=1"),
    ] {
        let reply = app.operator("GET", &format!("{PATH}{query}"), "");
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}

#[test]
fn a_look_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    send(app, &tenant.distributor, MOBILE);
    let before = app.audit(&tenant.tenant_id);
    let first = codes(app, &tenant.tenant_id, MOBILE);
    assert_eq!(codes(app, &tenant.tenant_id, MOBILE), first);
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn the_operator_takes_the_second_factor_of_a_partner_off() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let key = &tenant.distributor;
    switch_on(app, &tenant, key, MOBILE);
    let take_off = |partner: &str| {
        let query = format!("tenant_id={}&partner_id={partner}", tenant.tenant_id);
        app.operator("DELETE", &format!("{PATH}?{query}"), "")
    };
    for was_on in [true, false] {
        let reply = take_off(&key.principal_id);
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert!(reply.text().contains(&format!(r#""was_on":{was_on}"#)), "{}", reply.text());
        assert_eq!(app.get(key, SECOND_FACTOR).json().text_at("status"), "off");
    }
    let before = app.audit(&tenant.tenant_id);
    for nobody in ["nobody", &tenant.customers[0]] {
        assert_eq!(take_off(nobody).outcome(), (400, "CBC.0100".to_owned()), "{nobody}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
