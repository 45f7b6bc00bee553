//! Every route of the partner centre is open to the callers that its guide names, and to no others.

use std::collections::BTreeSet;

use crate::harness::app::App;
use crate::harness::documentation::partner_centre_callers;
use crate::harness::http::Request;
use crate::harness::routes::partner_centre_calls;
use crate::harness::tenant::Tenant;

#[test]
fn the_guide_names_every_route_of_the_partner_centre_and_no_other() {
    let calls = partner_centre_calls(App::shared());
    let served = calls.iter().map(|(method, path)| (*method, path.as_str()));
    let written = partner_centre_callers();
    let written = written.iter().map(|row| (row.method, row.path));
    assert_eq!(written.collect::<BTreeSet<_>>(), served.collect());
}

#[test]
fn every_route_of_the_partner_centre_is_open_to_whom_its_guide_names() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    for row in partner_centre_callers() {
        // Nothing of the kind is a parameter or field, so that an open route does nothing.
        let target = format!("{}?nothing-of-the-kind=1", row.path);
        for (kind, key) in [
            ("partner", &tenant.distributor),
            ("customer", &tenant.customer),
            ("reseller", &tenant.reseller),
        ] {
            let outcome = app
                .call(key, Request::new(row.method, &target, r#"{"nothing-of-the-kind": 1}"#))
                .outcome();
            let expected = match row.caller.split(" or ").any(|may_call| may_call == kind) {
                true => (400, "CBC.0100".to_owned()),
                false => (403, "CBC.0151".to_owned()),
            };
            assert_eq!(outcome, expected, "{} {} by a {kind}", row.method, row.path);
        }
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
