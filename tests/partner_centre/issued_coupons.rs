//! `/partner-centre/v1/issued-coupons`: coupons of all kinds, issued and reclaimed in batches with one
//! result for each item.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::contract;
use crate::harness::coupons::{flexi_quota, issue_expired, list, reclaim};
use crate::harness::json::Json;
use crate::harness::orders::{fund, order, pay, place};
use crate::harness::partner_centre::{ISSUED_COUPONS, QUOTAS, done, once, send};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

fn item(quota: &str, customer: &str, face_value: &str) -> Value {
    json!({"quota_id": quota, "customer_id": customer, "face_value": face_value})
}

/// Issues a batch: the coupon or the code of each item.
fn issue(app: &App, key: &Key, items: &[Value]) -> Vec<Result<String, String>> {
    results(&done(app, key, "POST", ISSUED_COUPONS, &json!({"items": items})).json(), "coupon_id")
}

/// Reclaims a batch: the amount or the code of each item.
fn take_back(app: &App, key: &Key, coupons: &[&str]) -> Vec<Result<String, String>> {
    let body = json!({"coupon_ids": coupons});
    results(&done(app, key, "PUT", ISSUED_COUPONS, &body).json(), "amount")
}

fn results(answer: &Json, name: &str) -> Vec<Result<String, String>> {
    let result = |result: &Json| match (result.get(name), result.get("error_code")) {
        (Some(Json::Text(value)), None) => Ok(value.clone()),
        (Some(number), None) => Ok(number.as_decimal().to_string()),
        (None, Some(code)) => Err(code.as_text().to_owned()),
        _ => panic!("{result:?}"),
    };
    answer.at("results").as_list().iter().map(result).collect()
}

/// What a quota has left.
fn left(app: &App, key: &Key, quota: &str) -> String {
    let quotas = list(app, key, QUOTAS, &[("limit", "100")]);
    let mut quotas = quotas.at("quotas").as_list().iter();
    let quota = quotas.find(|it| it.text_at("quota_id") == quota).expect(quota);
    quota.at("balance").as_decimal().to_string()
}

fn err<T>(code: &str) -> Result<T, String> {
    Err(code.to_owned())
}

#[test]
fn issues_coupons_of_all_kinds_and_says_of_each_item_what_became_of_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (key, customer) = (&tenant.distributor, tenant.customers[0].as_str());
    let partner = &tenant.distributor.principal_id;
    let flexi = flexi_quota(app, &tenant, partner, "flexi", &json!([]));
    let pick_up = flexi_quota(app, &tenant, partner, "pick_up", &json!([]));
    let before = app.audit(&tenant.tenant_id);
    let mut late = item(&flexi, customer, "1.00");
    late["expire_time"] = json!("2097-01-01T00:00:00Z");
    let issued = issue(
        app,
        key,
        &[
            item(&tenant.quota, customer, "5.00"),
            item("nothing", customer, "5.00"),
            item(&flexi, &tenant.reseller_customer, "5.00"),
            item(&flexi, &tenant.referral_customer, "5.00"),
            item(&flexi, customer, "20.00"),
            item(&tenant.frozen_quota, customer, "5.00"),
            item(&tenant.future_quota, customer, "5.00"),
            item(&pick_up, &tenant.customers[1], "30.00"),
            item(&pick_up, customer, "20.01"),
            item(&pick_up, customer, "0"),
            late,
            item(&pick_up, customer, "20.00"),
        ],
    );
    let codes: Vec<Result<&str, &str>> =
        issued.iter().map(|result| result.as_ref().map(|_| "").map_err(String::as_str)).collect();
    let expected = [
        Ok(""),
        Err("CBC.99000012"),
        Err("CBC.99000035"),
        Err("CBC.99000014"),
        Ok(""),
        Err("CBC.99000012"),
        Err("CBC.99000017"),
        Ok(""),
        Err("CBC.99000013"),
        Err("CBC.0100"),
        Err("CBC.0100"),
        Ok(""),
    ];
    assert_eq!(codes, expected);
    let quotas = [&tenant.quota, &flexi, &pick_up].map(|quota| left(app, key, quota));
    assert_eq!(quotas, ["45.00", "30.00", "0.00"]);
    assert_eq!(app.audit(&tenant.tenant_id).at("sum"), before.at("sum"));

    // The API has one code for the last two kinds, in every list.
    let id = |place: usize| issued[place].as_ref().expect("issued").as_str();
    let lists = contract::path_of("ListIssuedPartnerCoupons");
    let records = contract::path_of("ListPartnerCouponsRecord");
    for (place, kind, coupon_type, quota_type) in
        [(0, "cash", 1, 0), (4, "flexi", 4, 1), (7, "pick_up", 4, 1), (11, "pick_up", 4, 1)]
    {
        let only = [("coupon_id", id(place))];
        let shown = list(app, key, ISSUED_COUPONS, &only);
        let [coupon] = shown.at("coupons").as_list() else { panic!("{shown:?}") };
        assert_eq!((coupon.text_at("kind"), coupon.at("status").as_integer()), (kind, 2));
        let shown = list(app, key, lists, &only);
        let [coupon] = shown.at("user_coupons").as_list() else { panic!("{shown:?}") };
        assert_eq!(coupon.at("coupon_type").as_integer(), coupon_type, "{kind}");
        let shown = list(app, key, records, &[("coupon_ids", id(place))]);
        let [record] = shown.at("records").as_list() else { panic!("{shown:?}") };
        let told = (record.text_at("operation_type"), record.at("quota_type").as_integer());
        assert_eq!(told, ("1", quota_type), "{kind}");
    }
    for (query, count) in [
        (("kind", "pick_up"), 2),
        (("kind", "flexi"), 1),
        (("kind", "cash"), 1),
        (("status", "2"), 4),
        (("status", "5"), 0),
        (("customer_id", customer), 3),
    ] {
        let shown = list(app, key, ISSUED_COUPONS, &[query]);
        assert_eq!(shown.at("total_count").as_integer(), count, "{query:?}");
    }
    let owned = list(app, &tenant.customer, contract::path_of("ListSubCustomerCoupons"), &[]);
    let mut types: Vec<i64> = owned
        .at("user_coupons")
        .as_list()
        .iter()
        .map(|coupon| coupon.at("coupon_type").as_integer())
        .collect();
    types.sort_unstable();
    assert_eq!(types, [1, 4, 4]);
}

#[test]
fn reclaims_what_is_left_and_says_of_each_coupon_what_became_of_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (key, customer) = (&tenant.distributor, tenant.customers[0].as_str());
    let quota = flexi_quota(app, &tenant, &key.principal_id, "pick_up", &json!([]));
    let issued =
        issue(app, key, &[item(&quota, customer, "10.00"), item(&quota, customer, "5.00")]);
    let [first, second] = &issued[..] else { panic!("{issued:?}") };
    let (first, second) = (first.as_ref().expect("issued"), second.as_ref().expect("issued"));
    let expired = &issue_expired(app, &tenant, &["3.00"])[0];
    let body = json!({"items": [item(&tenant.granted_quota, &tenant.reseller_customer, "2.00")],
                      "indirect_partner_id": tenant.reseller.principal_id});
    let of_reseller =
        &results(&done(app, key, "POST", ISSUED_COUPONS, &body).json(), "coupon_id")[0];
    let of_reseller = of_reseller.as_ref().expect("issued");

    let taken = take_back(app, key, &[first, "nothing", of_reseller, first, expired, second]);
    let ok = |amount: &str| Ok(amount.to_owned());
    let gone = || err("CBC.99000048");
    let unknown = || err("CBC.0100");
    assert_eq!(taken, [ok("10.00"), unknown(), unknown(), gone(), gone(), ok("5.00")]);
    assert_eq!(left(app, key, &quota), "50.00");
    // What had expired is back as such, and the reseller's is where it was.
    let records = contract::path_of("ListPartnerCouponsRecord");
    let of = |coupon: &str, kind: &str| {
        let query = [("coupon_ids", coupon), ("operation_types", kind)];
        list(app, key, records, &query).at("total_count").as_integer()
    };
    assert_eq!([of(expired, "4"), of(expired, "2"), of(first, "2")], [1, 0, 1]);
    let body = json!({"coupon_ids": [of_reseller],
                      "indirect_partner_id": tenant.reseller.principal_id});
    let taken = results(&done(app, key, "PUT", ISSUED_COUPONS, &body).json(), "amount");
    assert_eq!(taken, [ok("2.00")]);
    assert_eq!(reclaim(app, key, &json!({"coupon_id": second})), (200, "CBC.99000048".to_owned()));
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_reseller_issues_within_its_quotas_and_reaches_nothing_else() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (reseller, customer) = (&tenant.reseller, tenant.reseller_customer.as_str());
    let own = flexi_quota(app, &tenant, &reseller.principal_id, "flexi", &json!([]));
    let theirs = flexi_quota(app, &tenant, &tenant.distributor.principal_id, "flexi", &json!([]));
    let foreign = issue(app, &tenant.distributor, &[item(&theirs, &tenant.customers[0], "1.00")]);
    let foreign = foreign[0].as_ref().expect("issued");
    let issued = issue(
        app,
        reseller,
        &[
            item(&own, customer, "40.00"),
            item(&own, customer, "40.00"),
            item(&tenant.granted_quota, customer, "30.00"),
            item(&theirs, customer, "1.00"),
            item(&tenant.quota, customer, "1.00"),
            item(&tenant.other_granted_quota, customer, "1.00"),
            item(&own, &tenant.customers[0], "1.00"),
            item(&own, &tenant.other_reseller_customer, "1.00"),
            item(&own, "nobody", "1.00"),
        ],
    );
    assert!(issued[0].is_ok() && issued[2].is_ok(), "{issued:?}");
    assert_eq!(issued[1], err("CBC.99000013"));
    assert_eq!(issued[3..6], [err("CBC.99000012"), err("CBC.99000012"), err("CBC.99000012")]);
    assert_eq!(issued[6..], [err("CBC.99000035"), err("CBC.99000035"), err("CBC.99000035")]);
    let coupon = issued[0].as_ref().expect("issued");
    let taken = take_back(app, reseller, &[foreign, coupon, "nothing"]);
    assert_eq!(taken, [err("CBC.0100"), Ok("40.00".to_owned()), err("CBC.0100")]);
    let seen = list(app, reseller, ISSUED_COUPONS, &[]);
    assert_eq!(seen.at("total_count").as_integer(), 2);
    let before = app.audit(&tenant.tenant_id);
    for other in [&tenant.other_reseller_id, &tenant.distributor.principal_id] {
        for (method, body) in [
            ("POST", json!({"items": [item(&own, customer, "1.00")]})),
            ("PUT", json!({"coupon_ids": [coupon]})),
        ] {
            let mut body = body;
            body["indirect_partner_id"] = json!(other);
            let reply = send(app, reseller, method, ISSUED_COUPONS, &body);
            assert_eq!(reply.outcome(), (400, "CBC.99000037".to_owned()), "{method} {other}");
        }
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn refuses_a_batch_as_a_whole_and_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let before = app.audit(&tenant.tenant_id);
    let good = item(&tenant.quota, &tenant.customers[0], "0.01");
    for (method, body, code) in [
        ("POST", json!({"items": []}), "CBC.0100"),
        ("POST", json!({"items": vec![good.clone(); 101]}), "CBC.0100"),
        ("POST", json!({"items": [{"quota_id": tenant.quota}]}), "CBC.0100"),
        ("POST", json!({"items": [good], "indirect_partner_id": "nobody"}), "CBC.99000037"),
        ("POST", json!({}), "CBC.0100"),
        ("PUT", json!({"coupon_ids": []}), "CBC.0100"),
        ("PUT", json!({"coupon_ids": vec!["k"; 101]}), "CBC.0100"),
        ("PUT", json!({"coupon_ids": ["k"], "indirect_partner_id": "nobody"}), "CBC.99000037"),
    ] {
        let reply = send(app, key, method, ISSUED_COUPONS, &body);
        assert_eq!(reply.outcome(), (400, code.to_owned()), "{method} {body}");
    }
    for query in ["kind=none", "limit=101", "limit=0", "status=9", "indirect_partner_id=x"] {
        let reply = app.get(key, &format!("{ISSUED_COUPONS}?{query}"));
        assert_eq!(reply.status, 400, "{query}: {}", reply.text());
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn a_repeat_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (key, customer) = (&tenant.distributor, tenant.customers[0].as_str());
    let most = vec![item(&tenant.quota, customer, "0.10"); 100];
    once(app, &tenant, key, "POST", ISSUED_COUPONS, &json!({"items": most}));
    assert_eq!(left(app, key, &tenant.quota), "40.00");
    let shown = list(app, key, ISSUED_COUPONS, &[("limit", "100")]);
    let coupons = shown.at("coupons").as_list().iter();
    let coupons: Vec<&str> = coupons.map(|coupon| coupon.text_at("coupon_id")).collect();
    let token = json!({"coupon_ids": coupons});
    let again = crate::harness::http::Request::new("PUT", ISSUED_COUPONS, token.to_string())
        .with("X-Client-Token", "taken-back");
    let first = app.call(key, again.clone());
    let taken = results(&first.json(), "amount");
    assert_eq!(taken, vec![Ok("0.10".to_owned()); 100]);
    assert_eq!(left(app, key, &tenant.quota), "50.00");
    let after = app.audit(&tenant.tenant_id);
    let second = app.call(key, again);
    assert_eq!((second.status, second.text()), (first.status, first.text()));
    assert_eq!(app.audit(&tenant.tenant_id), after);
}

#[test]
fn a_pick_up_coupon_pays_its_share_of_the_orders_that_it_is_for() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (key, customer) = (&tenant.distributor, tenant.customers[0].as_str());
    let limit =
        |name: &str, value: &str| json!({"limit_key": name, "limit_values": [{"value1": value}]});
    let share = json!([limit("maxDeductionRatio", "0.5"), limit("subscribeType", "new")]);
    let of_share = flexi_quota(app, &tenant, &key.principal_id, "pick_up", &share);
    let renewals = json!([limit("subscribeType", "renew")]);
    let of_renewals = flexi_quota(app, &tenant, &key.principal_id, "flexi", &renewals);
    let issued = issue(
        app,
        key,
        &[item(&of_share, customer, "30.00"), item(&of_renewals, customer, "30.00")],
    );
    let [usable, unusable] = &issued[..] else { panic!("{issued:?}") };
    let (usable, unusable) = (usable.as_ref().expect("issued"), unusable.as_ref().expect("issued"));
    fund(app, &tenant, customer, "20.00");
    let order_id = place(app, &tenant);
    let with = |coupon: &str, kind: u16| {
        json!({"order_id": order_id, "use_coupon": "YES", "use_discount": "NO",
               "coupon_infos": [{"id": coupon, "type": kind}]})
    };
    for (coupon, kind) in [(unusable, 302), (usable, 301)] {
        let outcome = pay(app, &tenant.customer, &with(coupon, kind));
        assert_eq!(outcome, (400, "CBC.99003112".to_owned()), "{kind}");
    }
    assert_eq!(pay(app, &tenant.customer, &with(usable, 302)), (204, String::new()));
    // Half of 32.20; the other half is cash.
    let shown = order(app, &tenant.customer, &order_id);
    let amounts = shown.at("order_info").at("amount_info");
    let paid = amounts.at("flexipurchase_coupon_amount").as_decimal().normalize().to_string();
    assert_eq!(paid, "16.1");
    let taken = take_back(app, key, &[usable, unusable]);
    assert_eq!(taken, [Ok("13.90".to_owned()), Ok("30.00".to_owned())]);
    app.audit(&tenant.tenant_id);
}
