//! What the API shuts to a reseller's own key, the partner centre has for it: its own money, customers,
//! quotas, coupons and bills, and nothing of another partner's.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::contract;
use crate::harness::coupons::issue_of_reseller;
use crate::harness::http::Reply;
use crate::harness::json::Json;
use crate::harness::money::{allocate, assert_holdings, call, decimal, holdings, key_of_customer};
use crate::harness::orders::{line, place_with};
use crate::harness::partner_centre::{AUTHORISATIONS, ORDERS, done, once, send};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const ALLOCATION: &str = "/partner-centre/v1/customers/allocation";
const RECLAIM: &str = "/partner-centre/v1/customers/reclaim";
const COUPONS: &str = "/partner-centre/v1/coupons";
const RECLAIM_COUPON: &str = "/partner-centre/v1/coupons/reclaim";
const QUOTAS: &str = "/partner-centre/v1/coupon-quotas";

/// The reads that have a second path, each with the operation and what it must be asked for.
fn reads(tenant: &Tenant) -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let month = "2026-01";
    let customer = &tenant.reseller_customer;
    vec![
        ("GET", "ListPartnerBalances", "balances", json!({})),
        (
            "GET",
            "ListPartnerAccountChangeRecords",
            "account-change-records",
            json!({"balance_type": "BALANCE_TYPE_DEBIT"}),
        ),
        ("GET", "ListPartnerAdjustRecords", "adjust-records", json!({})),
        ("POST", "ListSubCustomers", "customers", json!({})),
        (
            "POST",
            "ListCustomersBalancesDetail",
            "customers/balances",
            json!({"customer_infos": [{"customer_id": customer}]}),
        ),
        ("GET", "ListIssuedPartnerCoupons", "coupons", json!({})),
        ("GET", "ListPartnerCouponsRecord", "coupons/records", json!({"operation_types": "1"})),
        ("POST", "ListQuotaCoupons", "coupon-quotas", json!({})),
        (
            "GET",
            "ListSubCustomerBillDetail",
            "bills/lines",
            json!({"bill_cycle": month, "customer_id": customer}),
        ),
        (
            "GET",
            "ListSubcustomerMonthlyBills",
            "bills/sums",
            json!({"cycle": month, "charge_mode": "1"}),
        ),
    ]
}

fn ask(app: &App, key: &Key, method: &str, path: &str, fields: &Value) -> Reply {
    if method == "POST" {
        return app.post(key, path, fields.to_string());
    }
    let pairs = fields
        .as_object()
        .expect("fields")
        .iter()
        .map(|(name, value)| format!("{name}={}", value.as_str().expect("a text")));
    app.get(key, &format!("{path}?{}", pairs.collect::<Vec<_>>().join("&")))
}

#[test]
fn a_reseller_reads_what_its_distributor_reads_in_its_name() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    issue_of_reseller(app, &tenant, "5.00");
    let reseller = &tenant.reseller.principal_id;
    for (method, operation, end, fields) in reads(&tenant) {
        let path = contract::path_of(operation);
        let second = format!("/partner-centre/v1/{end}");
        let mut in_its_name = fields.clone();
        in_its_name["indirect_partner_id"] = json!(reseller);
        let expected = ask(app, &tenant.distributor, method, path, &in_its_name);
        assert_eq!(expected.status, 200, "{operation}: {}", expected.text());
        let own = ask(app, &tenant.reseller, method, &second, &fields);
        assert_eq!((own.status, own.text()), (200, expected.text()), "{operation}");
        // The API stays shut, and nobody's name but its own is the reseller's.
        let outcome = ask(app, &tenant.reseller, method, path, &fields).outcome();
        assert_eq!(outcome, (403, "CBC.0151".to_owned()), "{operation}");
        for other in [&tenant.other_reseller_id, &tenant.distributor.principal_id, reseller] {
            let mut fields = fields.clone();
            fields["indirect_partner_id"] = json!(other);
            let outcome = ask(app, &tenant.reseller, method, &second, &fields).outcome();
            assert_eq!(outcome, (400, "CBC.99000037".to_owned()), "{operation} {other}");
        }
        // To its distributor the two paths are one.
        let first = ask(app, &tenant.distributor, method, path, &fields);
        let again = ask(app, &tenant.distributor, method, &second, &fields);
        assert_eq!(again.status, first.status, "{operation}");
        if first.status == 200 {
            assert_eq!(again.text(), first.text(), "{operation}");
        }
    }
}

#[test]
fn allocates_and_takes_back_out_of_what_it_was_allocated() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (reseller, customer) = (&tenant.reseller, &tenant.reseller_customer);
    let before = holdings(app, &tenant);
    let fields = |amount: &str| json!({"customer_id": customer, "amount": amount});
    let all = before[2].to_string();
    once(app, &tenant, reseller, "POST", ALLOCATION, &fields(&all));
    let after = holdings(app, &tenant);
    assert_eq!((after[2], after[3]), (decimal("0"), before[3] + before[2]));
    let reply = send(app, reseller, "POST", ALLOCATION, &fields("0.01"));
    assert_eq!(reply.outcome(), (400, "CBC.5003".to_owned()));
    once(app, &tenant, reseller, "POST", RECLAIM, &fields(&all));
    assert_holdings(app, &tenant, before.map(|it| it.to_string()).each_ref().map(|it| &**it));
}

#[test]
fn issues_and_reclaims_coupons_of_the_quota_that_it_was_granted() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (reseller, customer) = (&tenant.reseller, &tenant.reseller_customer);
    let issue = json!({"quota_id": tenant.granted_quota, "customer_ids": [customer],
                       "face_value": 5});
    let held = || -> Json {
        let quotas = done(app, reseller, "POST", QUOTAS, &json!({})).json();
        quotas.at("quotas").as_list()[0].at("balance").clone()
    };
    let before = held();
    let issued = done(app, reseller, "POST", COUPONS, &issue).json();
    let coupon = issued.at("coupon_infos").as_list()[0].text_at("coupon_id").to_owned();
    assert_eq!(before.as_decimal() - held().as_decimal(), decimal("5"));
    let reply = send(app, reseller, "POST", RECLAIM_COUPON, &json!({"coupon_id": coupon}));
    assert_eq!(reply.status, 204, "{}", reply.text());
    assert_eq!(held(), before);
}

#[test]
fn orders_for_a_customer_that_lets_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (reseller, customer) = (&tenant.reseller, &tenant.reseller_customer);
    // So that there is something to order.
    place_with(app, &tenant, &[line(1)], json!({}));
    let order = json!({"customer_id": customer, "lines": [line(1)]});
    let reply = send(app, reseller, "POST", ORDERS, &order);
    assert_eq!(reply.outcome(), (403, "CBC.0151".to_owned()));
    done(app, reseller, "POST", AUTHORISATIONS, &json!({"customer_id": customer}));
    let key = key_of_customer(app, &tenant, customer);
    done(app, &key, "PUT", AUTHORISATIONS, &json!({"decision": "grant"}));
    done(app, reseller, "POST", ORDERS, &order);
}

#[test]
fn nothing_of_another_partner_is_in_reach() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let reseller = &tenant.reseller;
    let issued = json!({"quota_id": tenant.quota, "customer_ids": [tenant.customers[0]],
                        "face_value": 5});
    let answer = call(app, &tenant.distributor, "CreatePartnerCoupons", &issued).expect("issued");
    let coupon = answer.at("coupon_infos").as_list()[0].text_at("coupon_id").to_owned();
    allocate(app, &tenant, &tenant.customers[0], "1.00");
    let before = app.audit(&tenant.tenant_id);
    for customer in [&tenant.customers[0], &tenant.other_reseller_customer, "nobody"] {
        let money = json!({"customer_id": customer, "amount": "1.00"});
        let coupons = json!({"quota_id": tenant.granted_quota, "customer_ids": [customer],
                             "face_value": 1});
        let authorisation = json!({"customer_id": customer});
        for (path, body, code) in [
            (ALLOCATION, &money, "CBC.99000035"),
            (RECLAIM, &money, "CBC.99000035"),
            (AUTHORISATIONS, &authorisation, "CBC.99000035"),
        ] {
            let reply = send(app, reseller, "POST", path, body);
            assert_eq!(reply.outcome(), (400, code.to_owned()), "{path} {customer}");
        }
        let reply = done(app, reseller, "POST", COUPONS, &coupons).json();
        assert_eq!(reply.at("coupon_infos").as_list().len(), 0, "{customer}");
    }
    for quota in [&tenant.quota, &tenant.other_granted_quota, "nothing"] {
        let body = json!({"quota_id": quota, "customer_ids": [tenant.reseller_customer],
                          "face_value": 1});
        let reply = send(app, reseller, "POST", COUPONS, &body);
        assert_eq!(reply.outcome(), (400, "CBC.99000012".to_owned()), "{quota}");
    }
    for id in [&coupon, "nothing"] {
        let reply = send(app, reseller, "POST", RECLAIM_COUPON, &json!({"coupon_id": id}));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{id}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
