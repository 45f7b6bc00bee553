//! Every operation refuses the callers that the contract does not name, whatever they ask for.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::contract::{list, text};
use crate::harness::good_requests::{of_tenant, request, served};
use crate::harness::money::Provider;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// Whether the contract leaves open whether a kind of caller may call: it says nothing of the
/// operation's callers, or names some that are of this kind and more.
fn is_open(operation: &Value, kind: &str) -> bool {
    let callers = list(&operation["callers"]);
    let has = |name: &str| callers.contains(&json!(name));
    callers.is_empty()
        || (kind == "customer" && has("enterprise_master"))
        || (kind != "customer" && has("partner_with_customer_token"))
}

/// Asks with each key that may not call an operation; answers how many those were.
fn assert_refuses_others(
    app: &App,
    operation: &Value,
    keys: &[(&str, &Key)],
    fields: &Value,
) -> usize {
    let callers = list(&operation["callers"]);
    let others = keys
        .iter()
        .filter(|(kind, _)| !callers.contains(&json!(kind)) && !is_open(operation, kind));
    let mut count = 0;
    for (kind, key) in others {
        let reply = app.call(key, request(operation, fields));
        let refused = (403, "CBC.0151".to_owned());
        let id = text(&operation["operation_id"]);
        assert_eq!(reply.outcome(), refused, "{id} by a {kind}: {}", reply.text());
        count += 1;
    }
    count
}

#[test]
fn every_operation_refuses_callers_that_the_contract_does_not_name() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let provider = Provider::in_books_of(app, "every-route");
    let keys = [
        ("distributor", &tenant.distributor),
        ("solution_provider", &provider.key),
        ("reseller", &tenant.reseller),
        ("customer", &tenant.customer),
    ];
    let audits = || [&tenant.tenant_id, &provider.tenant_id].map(|id| app.audit(id));
    let before = audits();
    for operation in served(app) {
        let fields = of_tenant(operation, &tenant);
        let refused = assert_refuses_others(app, operation, &keys, &fields);
        // A reseller's own key opens nothing.
        assert!(refused > 0 || is_open(operation, "reseller"), "{operation}");
    }
    assert_eq!(audits(), before);
}
