//! Every operation that is served answers its good request as the contract says, and what a demo
//! tenant records of it has nothing personal in it.

use serde_json::Value;

use crate::harness::app::App;
use crate::harness::contract::text;
use crate::harness::good_requests::{served, working};
use crate::harness::http::{Reply, Request};
use crate::harness::json::Json;
use crate::harness::sandbox::{requests, switch};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// An answer of success, with no item of it refused. [`App::call`] checks its body.
fn assert_works(operation: &Value, reply: &Reply) {
    let id = text(&operation["operation_id"]);
    let (status, code) = reply.outcome();
    let expected = &operation["response"]["success_status"];
    assert_eq!(
        (expected.as_u64(), code.as_str()),
        (Some(u64::from(status)), ""),
        "{id}: {reply:?}"
    );
    if let Some(refused) = operation["per_item_errors"].as_str() {
        let body = reply.json();
        // One operation lists all its items, those that succeeded without a code.
        let items = body.get(refused).map_or(&[][..], Json::as_list).iter();
        let refused = items.filter(|item| item.get("error_code").is_some()).count();
        assert_eq!(refused, 0, "{id}: {body:?}");
    }
}

/// Fields whose texts are personal or secret, wherever they are.
const PERSONAL: [&str; 26] = [
    "account_name",
    "account_manager_name",
    "areacode",
    "bank_account",
    "corp_name",
    "customer_name",
    "display_name",
    "domain_name",
    "email",
    "indirect_partner_account_name",
    "indirect_partner_name",
    "legel_id_number",
    "legel_name",
    "mobile",
    "mobile_phone",
    "name",
    "password",
    "reg_address",
    "search_value",
    "sub_customer_account_name",
    "sub_customer_display_name",
    "telephone",
    "user_name",
    "verification_code",
    "verified_file_url",
    "verified_number",
];

/// Texts that are shorter may be in anything.
const CHARACTERS_MIN: usize = 4;

/// Adds the personal texts of a value that has this name. What an object has for its identity as
/// well, since it has no name of its own, is none.
fn personal(value: &Json, name: &str, found: &mut Vec<String>) {
    match value {
        Json::Object(members) => {
            let id = value.get("id");
            for (name, member) in members.iter().filter(|(_, member)| Some(*member) != id) {
                personal(member, name, found);
            }
        }
        Json::List(items) => items.iter().for_each(|item| personal(item, name, found)),
        Json::Text(text) if text.chars().count() >= CHARACTERS_MIN && PERSONAL.contains(&name) => {
            found.push(text.clone());
        }
        _ => {}
    }
}

/// The personal texts of a request and its answer.
fn personal_in(request: &Request, reply: &Reply) -> Vec<String> {
    let mut found = Vec::new();
    for body in [&request.body, &reply.body] {
        if let Ok(body) = Json::parse(&String::from_utf8_lossy(body)) {
            personal(&body, "", &mut found);
        }
    }
    let pairs = request.query().split('&').filter_map(|pair| pair.split_once('='));
    let pairs =
        pairs.filter(|(name, value)| PERSONAL.contains(name) && value.len() >= CHARACTERS_MIN);
    found.extend(pairs.map(|(_, value)| value.to_owned()));
    found
}

/// Checks what was recorded since the tenant began, and answers how many personal texts were looked
/// for.
fn assert_nothing_personal(
    app: &App,
    (tenant, key): (&Tenant, &Key),
    (request, reply): (&Request, &Reply),
) -> usize {
    let shown = requests(app, &tenant.tenant_id, "&limit=1000");
    let newest = shown.at("requests").as_list().first().expect("a request");
    assert!(reply.body.is_empty() || newest.get("answer").is_some(), "{newest:?}");
    let is_bare = request.body.is_empty() && request.query().is_empty();
    assert!(is_bare || newest.get("request").is_some(), "{newest:?}");
    let record = format!("{shown:?}");
    let personal = personal_in(request, reply);
    for text in personal.iter().chain([&key.access_key_id, &key.secret_key]) {
        assert!(!record.contains(text.as_str()), "{text} is in {record}");
    }
    personal.len()
}

#[test]
fn every_operation_answers_its_good_request() {
    let app = App::shared();
    let mut personal = 0;
    for operation in served(app) {
        // Of its own, so that none depends on what another one has left.
        let tenant = Tenant::playing_in(app);
        assert_eq!(switch(app, &tenant.tenant_id, false, true).status, 200);
        let (key, request) = working(app, operation, &tenant);
        let reply = app.call(&key, request.clone());
        assert_works(operation, &reply);
        personal += assert_nothing_personal(app, (&tenant, &key), (&request, &reply));
        app.audit(&tenant.tenant_id);
    }
    assert!(personal > 20, "only {personal} personal texts were looked for");
}
