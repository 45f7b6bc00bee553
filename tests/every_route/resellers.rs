//! Every operation that takes a reseller's id honours those of the caller's own resellers, and
//! answers alike to everybody else's and to nobody's.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::contract::{list, text};
use crate::harness::good_requests::{caller_of, of_tenant, request, served};
use crate::harness::http::Reply;
use crate::harness::tenant::Tenant;

/// What asks for one of the caller's resellers.
const NAME: &str = "indirect_partner_id";

/// Operations of which the reseller is one filter of a list, which then is empty.
const FILTERED: [&str; 3] =
    ["ListCouponQuotasRecords", "ListIndirectPartners", "ListIssuedCouponQuotas"];

/// The operations that are served and take a reseller's id.
fn operations(app: &App) -> Vec<&'static Value> {
    let takes = |operation: &&Value| {
        let fields = [&operation["params"], &operation["request_body"]["fields"]];
        fields.iter().any(|fields| list(fields).iter().any(|field| field["name"] == NAME))
    };
    served(app).into_iter().filter(takes).collect()
}

/// Status and body, but for the id of the request.
fn said(reply: &Reply, reseller: &str) -> (u16, String) {
    let request_id = reply.header("x-request-id").unwrap_or_default();
    (reply.status, reply.text().replace(request_id, "").replace(reseller, "it"))
}

#[test]
fn somebody_elses_reseller_is_refused_as_if_it_did_not_exist() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let before = app.audit(&tenant.tenant_id);
    for operation in operations(app) {
        let id = text(&operation["operation_id"]);
        let ask = |reseller: &str| {
            let mut fields = of_tenant(operation, &tenant);
            fields[NAME] = json!(reseller);
            let reply = app.call(caller_of(&tenant, operation), request(operation, &fields));
            if FILTERED.contains(&id) {
                assert_eq!(reply.status, 200, "{id}: {}", reply.text());
            } else {
                let refused = (400, "CBC.99000037".to_owned());
                assert_eq!(reply.outcome(), refused, "{id} {reseller}: {}", reply.text());
            }
            said(&reply, reseller)
        };
        let unknown = ask("nobody");
        for reseller in [
            &other.reseller.principal_id,
            &other.distributor.principal_id,
            &tenant.distributor.principal_id,
            &tenant.customers[0],
        ] {
            assert_eq!(ask(reseller), unknown, "{id} {reseller}");
        }
    }
    // A list that is asked by POST is read all the same.
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
