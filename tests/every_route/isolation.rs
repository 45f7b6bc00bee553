//! Nobody learns anything of another tenant, nor changes anything there: every operation that is
//! served, asked by every kind of caller for what belongs to others and for what does not exist.
//!
//! The requests are made from the contract and from the good requests of the harness, so that a
//! new operation is tested as soon as it is served.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::Book;
use crate::harness::catalogue::{import, renewable};
use crate::harness::contract::{self, list, text};
use crate::harness::enterprise::Enterprise;
use crate::harness::good_requests::{self, of_nobody, served};
use crate::harness::http::{Reply, Request};
use crate::harness::orders::{line, main_id, place, place_with, provided};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// What an id in a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Customer,
    Reseller,
    Quota,
    Coupon,
    Order,
    Resource,
}

/// What a parameter or field names, if it names something of a tenant.
fn kind(name: &str) -> Option<Kind> {
    [
        ("customer_id", Kind::Customer),
        ("customer_infos", Kind::Customer),
        ("indirect_partner_id", Kind::Reseller),
        ("quota_id", Kind::Quota),
        ("coupon_id", Kind::Coupon),
        ("order_id", Kind::Order),
        ("resource_id", Kind::Resource),
    ]
    .into_iter()
    .find_map(|(part, kind)| name.contains(part).then_some(kind))
}

/// One thing of each kind, all of one tenant.
#[derive(Clone, Debug)]
struct Ids([String; 6]);

impl Ids {
    fn of(&self, kind: Kind) -> &str {
        let [customer, reseller, quota, coupon, order, resource] = &self.0;
        match kind {
            Kind::Customer => customer,
            Kind::Reseller => reseller,
            Kind::Quota => quota,
            Kind::Coupon => coupon,
            Kind::Order => order,
            Kind::Resource => resource,
        }
    }

    /// As long and of the same form, and nobody's.
    fn nobodys(&self) -> Self {
        Self(self.0.clone().map(|id| format!("{}~", &id[..id.len() - 1])))
    }
}

/// A tenant with a coupon, an order and a resource.
struct Party {
    tenant: Tenant,
    ids: Ids,
}

/// A coupon of a customer of the tenant's.
fn coupon_of(app: &App, tenant: &Tenant, customer: &str) -> String {
    let body = json!({"quota_id": tenant.quota, "customer_ids": [customer], "face_value": 1});
    let path = contract::path_of("CreatePartnerCoupons");
    let reply = app.post(&tenant.distributor, path, body.to_string());
    let coupons = reply.json();
    coupons.at("coupon_infos").as_list()[0].text_at("coupon_id").to_owned()
}

impl Party {
    fn new(app: &App) -> Self {
        let tenant = Tenant::in_books_of(app);
        let (customer, quota) = (tenant.customers[0].clone(), tenant.granted_quota.clone());
        let coupon = coupon_of(app, &tenant, &customer);
        provided(app, &tenant);
        let (order, resource) = (place(app, &tenant), main_id(&tenant));
        let reseller = tenant.reseller.principal_id.clone();
        let ids = Ids([customer, reseller, quota, coupon, order, resource]);
        Self { tenant, ids }
    }

    /// What the second customer has.
    fn neighbours_ids(&self, app: &App) -> Ids {
        let tenant = &self.tenant;
        let (customer, quota) = (tenant.customers[1].clone(), tenant.other_granted_quota.clone());
        let coupon = coupon_of(app, tenant, &customer);
        let order = place_with(app, tenant, &[line(1)], json!({"customer_id": customer}));
        let order = order.text_at("order_id").to_owned();
        let resource = "resource-of-a-neighbour".to_owned();
        let mut theirs = renewable(tenant, &resource);
        theirs["customer_id"] = json!(customer);
        import(app, &[theirs]);
        Ids([customer, tenant.other_reseller_id.clone(), quota, coupon, order, resource])
    }

    /// What no answer to another tenant may contain.
    fn marks(&self) -> Vec<String> {
        let (number, _) = self.tenant.tenant_id.split_once('-').expect("of this form");
        let key = self.tenant.distributor.access_key_id.split("DIST").next().expect("of this form");
        let [coupon, order] = [Kind::Coupon, Kind::Order].map(|kind| self.ids.of(kind).to_owned());
        vec![format!("{number}-"), key.to_owned(), coupon, order]
    }
}

/// A solution provider, alone in its tenant.
fn provider(app: &App) -> Key {
    let key = Key {
        access_key_id: "ISOLATEDPROVIDERKEY".to_owned(),
        secret_key: "isolated-provider-secret-0123456789".to_owned(),
        principal_id: "isolated-provider".to_owned(),
    };
    let tenant = "isolated-tenant";
    let lines = [
        json!({"kind": "tenant", "tenant_id": tenant, "name": tenant}),
        json!({"kind": "partner", "tenant_id": tenant, "partner_id": key.principal_id,
               "partner_kind": "solution_provider"}),
        json!({"kind": "access_key", "tenant_id": tenant, "access_key_id": key.access_key_id,
               "secret_key": key.secret_key, "partner_id": key.principal_id}),
    ];
    app.import(&Book::new(lines.iter().map(|line| format!("{line}\n")).collect()));
    key
}

/// The parameters or fields of an operation that name something of a tenant.
fn id_fields(operation: &'static Value) -> Vec<(&'static Value, Kind)> {
    let fields = match &operation["request_body"] {
        Value::Null => list(&operation["params"]).iter().collect::<Vec<_>>(),
        body => list(&body["fields"]).iter().collect(),
    };
    let is_asked = |field: &&Value| field["in"] != "header";
    let fields = fields.into_iter().filter(is_asked);
    fields.filter_map(|field| Some((field, kind(text(&field["name"]))?))).collect()
}

/// An id as the value of a field: alone, in a list, or in an object in a list.
fn value(field: &Value, id: &str) -> Value {
    match (text(&field["type"]), field["items"]["type"].as_str()) {
        ("array", Some("object")) => {
            let inner = list(&field["items"]["fields"]).iter();
            let members = inner.filter_map(|inner| {
                let name = text(&inner["name"]);
                kind(name).map(|_| (name.to_owned(), json!(id)))
            });
            json!([Value::Object(members.collect())])
        }
        ("array", _) => json!([id]),
        _ => json!(id),
    }
}

/// A good request, these ids put into it.
fn request(operation: &Value, ids: &[(&Value, &str)]) -> Request {
    let mut fields = of_nobody(operation);
    for (field, id) in ids {
        let is_in_body = field["in"].is_null();
        fields[text(&field["name"])] = if is_in_body { value(field, id) } else { json!(id) };
    }
    good_requests::request(operation, &fields)
}

/// All that an answer says, but which request it answers, and the id that was asked for.
fn said(reply: &Reply, id: &str) -> String {
    let request_id = reply.header("x-request-id").unwrap_or_default();
    let body = reply.text().replace(request_id, "").replace(id, "the id");
    let headers: Vec<&str> = reply
        .headers
        .iter()
        .map(|(name, value)| if name == "content-type" { value } else { name })
        .map(String::as_str)
        .collect();
    format!("{} {headers:?} {body}", reply.status)
}

/// Whether an answer says that the caller may not ask, or has not asked properly.
fn is_beside_the_point(reply: &Reply) -> bool {
    reply.status == 401 || reply.status == 403 || reply.text().contains("\"CBC.0100\"")
}

/// Asks for each id of an operation what is another's and what is nobody's, the other ids left
/// out, the caller's own, or nobody's. No answer may contain a mark of theirs. Answers whether any
/// of it was more than a bad request.
fn compare(
    app: &App,
    (caller, own): (&Key, &Ids),
    (theirs, marks): (&Ids, &[String]),
    operation: &'static Value,
) -> bool {
    let mut is_to_the_point = false;
    let fields = id_fields(operation);
    let nobodys = theirs.nobodys();
    for (asked, kind) in &fields {
        for others in [None, Some(own), Some(&nobodys)] {
            let with = |id: &str| {
                let rest = fields.iter().filter(|(field, _)| field["name"] != asked["name"]);
                let rest = rest.filter_map(|(field, kind)| Some((*field, others?.of(*kind))));
                let ids: Vec<(&Value, &str)> = rest.collect();
                let reply =
                    app.call(caller, request(operation, &[&[(*asked, id)], &ids[..]].concat()));
                (said(&reply, id), is_beside_the_point(&reply))
            };
            let (found, is_beside) = with(theirs.of(*kind));
            let what = format!(
                "{} of {} by {}, others {others:?}",
                asked["name"], operation["operation_id"], caller.access_key_id
            );
            assert_eq!(found, with(nobodys.of(*kind)).0, "{what}");
            for mark in marks {
                assert!(!found.contains(mark), "{mark} in the answer to {what}: {found}");
            }
            is_to_the_point |= !is_beside;
        }
    }
    is_to_the_point || fields.is_empty()
}

/// This operation has no code of its own for a customer that is not the partner's: it is a bad
/// field, whether there is such a customer or not.
const REFUSED_AS_A_FIELD: &str = "ListPayPerUseCustomerResources";

#[test]
fn another_tenants_things_look_like_things_that_are_not_there() {
    let app = App::start();
    let (mine, theirs) = (Party::new(&app), Party::new(&app));
    let provider = provider(&app);
    let enterprise = Enterprise::in_books_of(&app, &mine.tenant);
    Enterprise::in_books_of(&app, &theirs.tenant);
    let callers = [
        (&mine.tenant.distributor, &mine.ids),
        (&mine.tenant.reseller, &mine.ids),
        (&mine.tenant.customer, &mine.ids),
        (&enterprise.master, &mine.ids),
        (&enterprise.member, &mine.ids),
        (&provider, &mine.ids),
    ];
    let before = app.audit(&theirs.tenant.tenant_id);
    let marks = theirs.marks();
    for operation in served(&app) {
        let id = text(&operation["operation_id"]);
        let mut is_to_the_point = false;
        for (caller, own) in callers {
            is_to_the_point |= compare(&app, (caller, own), (&theirs.ids, &marks), operation);
            let reply = app.call(caller, request(operation, &[]));
            for mark in &marks {
                assert!(!reply.text().contains(mark), "{mark} in {id}");
            }
        }
        let is_to_the_point = is_to_the_point || id == REFUSED_AS_A_FIELD;
        assert!(is_to_the_point, "no caller could ask {id} for anything");
    }
    assert_eq!(app.audit(&theirs.tenant.tenant_id), before);
}

#[test]
fn another_customers_things_look_like_things_that_are_not_there() {
    let app = App::start();
    let mine = Party::new(&app);
    let theirs = mine.neighbours_ids(&app);
    let kinds = [Kind::Customer, Kind::Coupon, Kind::Order, Kind::Resource];
    let marks = kinds.map(|kind| theirs.of(kind).to_owned());
    let caller = (&mine.tenant.customer, &mine.ids);
    let before = app.audit(&mine.tenant.tenant_id);
    let mut compared = 0;
    for operation in served(&app) {
        let is_customers = list(&operation["callers"]).contains(&json!("customer"));
        if is_customers && compare(&app, caller, (&theirs, &marks), operation) {
            compared += 1;
        }
    }
    assert!(compared >= 19, "{compared} operations were asked for more than a bad request");
    assert_eq!(app.audit(&mine.tenant.tenant_id), before);
}

#[test]
fn a_key_or_token_that_opens_nothing_gets_one_answer_whatever_it_asks_for() {
    let app = App::start();
    let theirs = Party::new(&app);
    let key = theirs.tenant.customer.clone();
    let body = json!({"access_key_id": key.access_key_id, "ttl_seconds": 1});
    let issued = app.operator("POST", "/operator/v1/tokens", body.to_string()).json();
    let token = issued.text_at("token").to_owned();
    let disable = json!({"access_key_id": key.access_key_id, "status": "inactive"});
    let nobody = Key { access_key_id: "NOBODYSACCESSKEY".to_owned(), ..key.clone() };
    std::thread::sleep(Duration::from_secs(1));
    let before = app.audit(&theirs.tenant.tenant_id);
    let expired = |request: Request| app.send(&request.with("X-Auth-Token", &token));
    let mut answers: Vec<(String, String)> = Vec::new();
    let mut ask = |who: &dyn Fn(Request) -> Reply| {
        let mut said_to = Vec::new();
        for operation in served(&app) {
            for ids in [&theirs.ids, &theirs.ids.nobodys()] {
                let fields = id_fields(operation);
                let fields: Vec<(&Value, &str)> =
                    fields.iter().map(|(field, kind)| (*field, ids.of(*kind))).collect();
                let reply = who(request(operation, &fields));
                let (status, code) = reply.outcome();
                assert_eq!(status, 401, "{}: {}", operation["operation_id"], reply.text());
                said_to.push((code, said(&reply, "no id at all")));
            }
        }
        said_to.dedup();
        assert_eq!(said_to.len(), 1, "{said_to:?}");
        answers.extend(said_to);
    };
    ask(&expired);
    let reply = app.operator("PUT", "/operator/v1/access-keys", disable.to_string());
    assert_eq!(reply.status, 200, "{}", reply.text());
    ask(&|request| app.call(&key, request));
    ask(&|request| app.call(&nobody, request));
    assert_eq!(answers[0].0, "CBC.0154");
    assert_eq!(answers[1].0, "APIGW.0301");
    assert_eq!(answers[1], answers[2]);
    assert_eq!(app.audit(&theirs.tenant.tenant_id), before);
}
