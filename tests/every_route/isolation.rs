//! Nobody learns anything of another tenant, nor changes anything there: every operation that is
//! served, asked by every kind of caller for what belongs to others and for what does not exist.
//!
//! The requests are made from the contract and from the good requests of the harness, so that a
//! new operation is tested as soon as it is served.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::Book;
use crate::harness::cards;
use crate::harness::catalogue::{import, renewable};
use crate::harness::contract::{self, list, text};
use crate::harness::coupons::issue_of_reseller;
use crate::harness::enterprise::Enterprise;
use crate::harness::enterprise_coupons;
use crate::harness::exports;
use crate::harness::good_requests::{self, of_nobody, served};
use crate::harness::http::{Reply, Request};
use crate::harness::money;
use crate::harness::orders::{line, main_id, place, place_with, provided};
use crate::harness::partner_centre::{self, authorise, invited};
use crate::harness::routes::second_path_of;
use crate::harness::signer::{Key, quote};
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
    Card,
    Invitation,
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
        ("card_id", Kind::Card),
    ]
    .into_iter()
    .find_map(|(part, kind)| name.contains(part).then_some(kind))
}

/// One thing of each kind, all of one tenant.
#[derive(Clone, Debug)]
struct Ids([String; 8]);

impl Ids {
    fn of(&self, kind: Kind) -> &str {
        let [customer, reseller, quota, coupon, order, resource, card, invitation] = &self.0;
        match kind {
            Kind::Customer => customer,
            Kind::Reseller => reseller,
            Kind::Quota => quota,
            Kind::Coupon => coupon,
            Kind::Order => order,
            Kind::Resource => resource,
            Kind::Card => card,
            Kind::Invitation => invitation,
        }
    }

    /// As long and of the same form, and nobody's.
    fn nobodys(&self) -> Self {
        Self(self.0.clone().map(|id| format!("{}~", &id[..id.len() - 1])))
    }
}

/// A tenant with a coupon, an order, a resource and a card, and an invitation that nobody has accepted.
/// Its customer lets its partner order for it.
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
        let card = cards::bring(app, &tenant, "isolated", "10.00");
        authorise(app, &tenant);
        let invitation = invited(app, &tenant.distributor, json!({"association_type": "2"}));
        let ids = Ids([customer, reseller, quota, coupon, order, resource, card, invitation]);
        Self { tenant, ids }
    }

    /// What another customer of the tenant's has, beside what a partner has of it.
    fn ids_of(&self, app: &App, customer: &str, (quota, coupon): (&str, String)) -> Ids {
        let tenant = &self.tenant;
        let order = place_with(app, tenant, &[line(1)], json!({"customer_id": customer}));
        let order = order.text_at("order_id").to_owned();
        let resource = format!("resource-of-{customer}");
        let mut theirs = renewable(tenant, &resource);
        theirs["customer_id"] = json!(customer);
        import(app, &[theirs]);
        let mut card = cards::card(tenant, &format!("of-{customer}"), "10.00");
        card["customer_id"] = json!(customer);
        let card_id = card["card_id"].as_str().expect("an id").to_owned();
        money::import(app, tenant, card);
        Ids([
            customer.to_owned(),
            tenant.other_reseller_id.clone(),
            quota.to_owned(),
            coupon,
            order,
            resource,
            card_id,
            self.ids.of(Kind::Invitation).to_owned(),
        ])
    }

    /// What the second customer has.
    fn neighbours_ids(&self, app: &App) -> Ids {
        let tenant = &self.tenant;
        let customer = &tenant.customers[1];
        let coupon = coupon_of(app, tenant, customer);
        self.ids_of(app, customer, (&tenant.other_granted_quota, coupon))
    }

    /// What the reseller's customer has.
    fn resellers_ids(&self, app: &App) -> Ids {
        let tenant = &self.tenant;
        let coupon = issue_of_reseller(app, tenant, "1.00");
        self.ids_of(app, &tenant.reseller_customer, (&tenant.granted_quota, coupon))
    }

    /// What the master of the tenant's enterprise has, to which no partner issues coupons.
    fn masters_ids(&self, app: &App) -> Ids {
        let tenant = &self.tenant;
        let coupon = enterprise_coupons::bring(app, tenant, "isolated", "10.00");
        self.ids_of(app, &tenant.referral_customer, (&tenant.quota, coupon))
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

/// A request of the partner centre beside the published operations, with the id of something in it.
struct Route {
    method: &'static str,
    path: &'static str,
    kind: Kind,
    /// The query or the body with this id in it, the others one's own.
    fields: fn(&Ids, &str) -> Value,
}

const fn route(
    method: &'static str,
    path: &'static str,
    kind: Kind,
    fields: fn(&Ids, &str) -> Value,
) -> Route {
    Route { method, path, kind, fields }
}

/// Every id that a request of the partner centre can have beside the published operations, and the one
/// that is deep in one of those.
const ROUTES: [Route; 29] = [
    route("POST", partner_centre::ISSUED_COUPONS, Kind::Quota, |own, id| {
        json!({"items": [{"quota_id": id, "customer_id": own.of(Kind::Customer),
                          "face_value": "0.01"}]})
    }),
    route("POST", partner_centre::ISSUED_COUPONS, Kind::Customer, |own, id| {
        json!({"items": [{"quota_id": own.of(Kind::Quota), "customer_id": id,
                          "face_value": "0.01"}]})
    }),
    route("PUT", partner_centre::ISSUED_COUPONS, Kind::Coupon, |_, id| json!({"coupon_ids": [id]})),
    route("GET", partner_centre::ISSUED_COUPONS, Kind::Coupon, |_, id| json!({"coupon_id": id})),
    route(
        "GET",
        partner_centre::ISSUED_COUPONS,
        Kind::Customer,
        |_, id| json!({"customer_id": id}),
    ),
    route(
        "GET",
        partner_centre::QUOTAS,
        Kind::Reseller,
        |_, id| json!({"indirect_partner_id": id}),
    ),
    route(
        "POST",
        partner_centre::INVITATIONS,
        Kind::Reseller,
        |_, id| json!({"association_type": "2", "indirect_partner_id": id}),
    ),
    route(
        "PUT",
        partner_centre::INVITATIONS,
        Kind::Invitation,
        |_, id| json!({"invitation_id": id}),
    ),
    route("GET", partner_centre::ASSOCIATIONS, Kind::Customer, |_, id| json!({"customer_id": id})),
    route(
        "POST",
        partner_centre::ASSOCIATIONS,
        Kind::Customer,
        |_, id| json!({"customer_id": id, "change": "dissociation"}),
    ),
    route(
        "PUT",
        partner_centre::ASSOCIATIONS,
        Kind::Customer,
        |_, id| json!({"customer_id": id, "decision": "agree"}),
    ),
    route(
        "POST",
        partner_centre::AUTHORISATIONS,
        Kind::Customer,
        |_, id| json!({"customer_id": id}),
    ),
    route(
        "POST",
        partner_centre::ORDERS,
        Kind::Customer,
        |_, id| json!({"customer_id": id, "lines": [line(1)]}),
    ),
    route("POST", partner_centre::ORDERS, Kind::Coupon, |own, id| {
        json!({"customer_id": own.of(Kind::Customer), "lines": [line(1)],
               "coupon_ids": [id]})
    }),
    route(
        "PUT",
        partner_centre::PRICE,
        Kind::Order,
        |_, id| json!({"order_id": id, "price": "1.00"}),
    ),
    route("POST", partner_centre::PAYMENT, Kind::Order, |_, id| json!({"order_id": id})),
    route(
        "PUT",
        partner_centre::PAYMENT,
        Kind::Order,
        |_, id| json!({"order_id": id, "decision": "approve"}),
    ),
    route(
        "PUT",
        partner_centre::PAYMENT,
        Kind::Order,
        |_, id| json!({"order_id": id, "decision": "reject"}),
    ),
    route("POST", partner_centre::RENEW, Kind::Customer, |own, id| {
        json!({"customer_id": id, "resource_ids": [own.of(Kind::Resource)], "period_type": 2,
               "period_num": 1})
    }),
    route("POST", partner_centre::RENEW, Kind::Resource, |own, id| {
        json!({"customer_id": own.of(Kind::Customer), "resource_ids": [id], "period_type": 2,
               "period_num": 1})
    }),
    route(
        "POST",
        partner_centre::UNSUBSCRIBE,
        Kind::Customer,
        |own, id| json!({"customer_id": id, "resource_ids": [own.of(Kind::Resource)], "unsubscribe_type": 1}),
    ),
    route(
        "POST",
        partner_centre::UNSUBSCRIBE,
        Kind::Resource,
        |own, id| json!({"customer_id": own.of(Kind::Customer), "resource_ids": [id], "unsubscribe_type": 1}),
    ),
    route("GET", partner_centre::HOLDINGS, Kind::Customer, |_, id| json!({"customer_id": id})),
    route(
        "GET",
        partner_centre::HOLDINGS,
        Kind::Reseller,
        |_, id| json!({"indirect_partner_id": id}),
    ),
    route(
        "GET",
        exports::PARTNER_CENTRE,
        Kind::Customer,
        |_, id| json!({"kind": "statement", "customer_id": id}),
    ),
    route(
        "GET",
        exports::PARTNER_CENTRE,
        Kind::Reseller,
        |_, id| json!({"kind": "statement", "indirect_partner_id": id}),
    ),
    route(
        "GET",
        exports::PARTNER_CENTRE,
        Kind::Reseller,
        |_, id| json!({"kind": "journal", "indirect_partner_id": id}),
    ),
    route("POST", "/v3/orders/customer-orders/pay", Kind::Coupon, |own, id| {
        json!({"order_id": own.of(Kind::Order), "use_coupon": "YES", "use_discount": "NO",
               "coupon_infos": [{"id": id, "type": 301}]})
    }),
    route("POST", "/v3/orders/customer-orders/pay", Kind::Card, |own, id| {
        json!({"order_id": own.of(Kind::Order), "use_coupon": "YES", "use_discount": "NO",
               "coupon_infos": [{"id": id, "type": 303}]})
    }),
];

impl Route {
    fn request(&self, own: &Ids, id: &str) -> Request {
        let fields = (self.fields)(own, id);
        if self.method != "GET" {
            return Request::new(self.method, self.path, fields.to_string());
        }
        let pairs = fields.as_object().expect("fields").iter();
        let pairs = pairs.map(|(name, value)| format!("{name}={}", quote(text(value))));
        let target = format!("{}?{}", self.path, pairs.collect::<Vec<_>>().join("&"));
        Request::new(self.method, &target, "")
    }
}

/// As [`compare`], of all routes of the partner centre. Answers those whose answer was more than a bad
/// request.
fn compare_routes(
    app: &App,
    (caller, own): (&Key, &Ids),
    (theirs, marks): (&Ids, &[String]),
) -> BTreeSet<usize> {
    let nobodys = theirs.nobodys();
    let mut to_the_point = BTreeSet::new();
    // Within a tenant an invitation is for whoever learns its name.
    let is_shared = |kind: Kind| own.of(kind) == theirs.of(kind) && kind == Kind::Invitation;
    let routes = ROUTES.iter().enumerate().filter(|(_, route)| !is_shared(route.kind));
    for (number, route) in routes {
        let ask = |ids: &Ids| {
            let id = ids.of(route.kind);
            let reply = app.call(caller, route.request(own, id));
            (said(&reply, id), is_beside_the_point(&reply))
        };
        let (found, is_beside) = ask(theirs);
        let Route { method, path, kind, .. } = route;
        let what = format!("{kind:?} of {method} {path} by {}", caller.access_key_id);
        assert_eq!(found, ask(&nobodys).0, "{what}");
        for mark in marks {
            assert!(!found.contains(mark), "{mark} in the answer to {what}: {found}");
        }
        if !is_beside {
            to_the_point.insert(number);
        }
    }
    to_the_point
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
    caller: (&Key, &Ids),
    theirs: (&Ids, &[String]),
    operation: &'static Value,
) -> bool {
    let path = text(&operation["path"]);
    let second = second_path_of(path);
    let first = compare_at(app, caller, theirs, operation, path);
    second.is_some_and(|second| compare_at(app, caller, theirs, operation, second)) || first
}

/// As [`compare`], at this path of the operation.
fn compare_at(
    app: &App,
    (caller, own): (&Key, &Ids),
    (theirs, marks): (&Ids, &[String]),
    operation: &'static Value,
    path: &str,
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
                let mut request = request(operation, &[&[(*asked, id)], &ids[..]].concat());
                request.target = request.target.replacen(text(&operation["path"]), path, 1);
                let reply = app.call(caller, request);
                (said(&reply, id), is_beside_the_point(&reply))
            };
            let (found, is_beside) = with(theirs.of(*kind));
            let what = format!(
                "{} of {} at {path} by {}, others {others:?}",
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

/// So do these routes of the partner centre.
const REFUSED_AS_FIELDS: [(&str, &str, Kind); 2] = [
    ("GET", partner_centre::HOLDINGS, Kind::Customer),
    ("PUT", partner_centre::ISSUED_COUPONS, Kind::Coupon),
];

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
    let mut to_the_point = BTreeSet::new();
    for caller in callers {
        to_the_point.append(&mut compare_routes(&app, caller, (&theirs.ids, &marks)));
    }
    for (number, route) in ROUTES.iter().enumerate() {
        let is_field = REFUSED_AS_FIELDS.contains(&(route.method, route.path, route.kind));
        let is_asked = to_the_point.contains(&number) || is_field;
        assert!(is_asked, "no caller could ask {} {} for anything", route.method, route.path);
    }
    assert_eq!(app.audit(&theirs.tenant.tenant_id), before);
}

/// Kinds of things whose names no answer to a stranger may contain.
const NAMED: [Kind; 5] = [Kind::Customer, Kind::Coupon, Kind::Order, Kind::Resource, Kind::Card];

/// Asks for another's things at every path, and answers at how many of the published operations that
/// was more than a bad request. The tenant's books stay as they are.
fn compare_all(app: &App, tenant: &Tenant, caller: (&Key, &Ids), theirs: &Ids) -> usize {
    let marks = NAMED.map(|kind| theirs.of(kind).to_owned());
    let before = app.audit(&tenant.tenant_id);
    let all = served(app).into_iter();
    let compared =
        all.filter(|operation| compare(app, caller, (theirs, &marks), operation)).count();
    compare_routes(app, caller, (theirs, &marks));
    assert_eq!(app.audit(&tenant.tenant_id), before, "{}", caller.0.access_key_id);
    compared
}

#[test]
fn a_distributors_things_look_to_its_reseller_like_things_that_are_not_there() {
    let app = App::start();
    let mine = Party::new(&app);
    let own = mine.resellers_ids(&app);
    let tenant = &mine.tenant;
    let Ids(mut theirs) = mine.ids.clone();
    theirs[1].clone_from(&tenant.other_reseller_id);
    theirs[2].clone_from(&tenant.quota);
    // An invitation is whoever's learns its name.
    let compared = compare_all(&app, tenant, (&tenant.reseller, &own), &Ids(theirs));
    assert!(compared >= 10, "{compared}");
}

#[test]
fn a_masters_things_look_to_its_members_like_things_that_are_not_there() {
    let app = App::start();
    let mine = Party::new(&app);
    let enterprise = Enterprise::in_books_of(&app, &mine.tenant);
    let theirs = mine.masters_ids(&app);
    for (member, customer) in [
        (&enterprise.member, &enterprise.member.principal_id),
        (&enterprise.unified, &enterprise.unified.principal_id),
    ] {
        let own = mine.ids_of(&app, customer, (&mine.tenant.quota, "none".to_owned()));
        let compared = compare_all(&app, &mine.tenant, (member, &own), &theirs);
        assert!(compared >= 10, "{compared}");
    }
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
