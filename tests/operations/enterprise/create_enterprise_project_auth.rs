//! `CreateEnterpriseProjectAuth`: a customer may have enterprise projects from now on.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::enterprise::{company, moves};
use crate::harness::http::Request;
use crate::harness::money::refused;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "CreateEnterpriseProjectAuth";
const PATH: &str = "/v2/enterprises/enterprise-projects/authority";

#[test]
fn lets_an_enterprise_have_projects_as_often_as_it_asks() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = company(app, &tenant, &Value::Null);
    for _ in 0..2 {
        assert_eq!(moves(app, &key, OPERATION, &json!({})), Ok(()));
    }
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_persons_and_partners_and_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    for key in [&tenant.customer, &tenant.distributor, &tenant.reseller] {
        assert_eq!(moves(app, key, OPERATION, &json!({})), refused(403, "CBC.0151"));
    }
    let key = company(app, &tenant, &Value::Null);
    let query = app.post(&key, &format!("{PATH}?enterprise=1"), "");
    assert_eq!(query.outcome(), (400, "CBC.0100".to_owned()));
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(after.at("sum"), before.at("sum"));
}

#[test]
fn a_repeat_with_its_client_token_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = company(app, &tenant, &Value::Null);
    let send = || {
        let request = Request::new("POST", PATH, "");
        app.call(&key, request.with("X-Client-Token", "projects, please")).outcome()
    };
    assert_eq!(send(), (204, String::new()));
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(send(), (204, String::new()));
    assert_eq!(app.audit(&tenant.tenant_id), after);
}
