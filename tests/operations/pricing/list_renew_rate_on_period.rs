//! `ListRenewRateOnPeriod`: what it costs to renew resources.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::catalogue::{ELASTIC_CLOUD_SERVER, SERVER, import, renewable};
use crate::harness::contract;
use crate::harness::json::Json;
use crate::harness::money::{Refused, call, decimal, refused};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListRenewRateOnPeriod";

fn rated(app: &App, key: &Key, ids: &[&str], (unit, count): (u32, u32)) -> Result<Json, Refused> {
    let fields = json!({"resource_ids": ids, "period_type": unit, "period_num": count});
    call(app, key, OPERATION, &fields)
}

/// A tenant whose first customer has a server with a disk, and a server alone.
fn owner(app: &App) -> (Tenant, [String; 3]) {
    let tenant = Tenant::in_books_of(app);
    let ids = ["main", "disk", "alone"].map(|name| format!("{}-{name}", tenant.tenant_id));
    let disk = |line: Value| {
        let mut line = line;
        for (name, value) in [
            ("service_type_code", json!("hws.service.type.ebs")),
            ("resource_type_code", json!("hws.resource.type.volume")),
            ("resource_spec", json!("GPSSD")),
            ("region_code", json!("cn-north-1")),
            ("resource_size", json!(40)),
            ("size_measure_id", json!(17)),
            ("main_resource_id", json!(ids[0])),
        ] {
            line[name] = value;
        }
        line
    };
    import(
        app,
        &[
            renewable(&tenant, &ids[0]),
            disk(renewable(&tenant, &ids[1])),
            renewable(&tenant, &ids[2]),
        ],
    );
    (tenant, ids)
}

fn amounts(body: &Json) -> Vec<Decimal> {
    let results = body.at("renew_inquiry_results").as_list();
    results.iter().map(|result| decimal(result.text_at("amount"))).collect()
}

fn failures(body: &Json) -> Vec<(String, String)> {
    let failed = body.at("fail_resource_infos").as_list().iter();
    let texts = |it: &Json| ["resource_id", "error_code"].map(|name| it.text_at(name).to_owned());
    failed.map(texts).map(|[id, code]| (id, code)).collect()
}

/// What a month of a disk of 40 GB costs there.
fn disk_price() -> Decimal {
    let product = crate::harness::catalogue::CATALOGUE
        .with("product", "resource_spec", "GPSSD")
        .filter(|line| line.text_at("region_code") == "cn-north-1")
        .find(|line| line.at("charge_mode").as_integer() == 1)
        .expect("a product");
    let price = crate::harness::catalogue::CATALOGUE
        .with("price", "product_id", product.text_at("product_id"))
        .find(|line| line.at("period_type").as_integer() == 2)
        .expect("a price");
    decimal(price.text_at("amount")) * Decimal::from(40)
}

#[test]
fn a_main_resource_is_priced_with_what_is_attached_to_it() {
    let app = App::shared();
    let (tenant, [main, _, alone]) = owner(app);
    let body = rated(app, &tenant.customer, &[&main, &alone], (2, 3)).expect("rated");
    let three = Decimal::from(3);
    let (server, disk) = (decimal("32.2") * three, disk_price() * three);
    assert_eq!(amounts(&body), [server + disk, server]);
    assert_eq!(body.text_at("currency"), "CNY");
    let official = body.at("official_website_rating_result").text_at("official_website_amount");
    assert_eq!(decimal(official), server + server + disk);
    assert!(body.at("optional_discount_rating_results").as_list().is_empty());
    assert_eq!(failures(&body), []);
    for flag in [json!(true), json!(false), json!(""), Value::Null] {
        let fields = json!({"resource_ids": [alone], "period_type": 2, "period_num": 1,
                            "include_relative_resources": flag});
        let path = contract::path_of(OPERATION);
        let reply = app.post(&tenant.customer, path, fields.to_string());
        assert_eq!(amounts(&reply.json()), [decimal("32.2")], "{flag}");
    }
}

#[test]
fn discounts_have_their_results_in_texts() {
    let app = App::shared();
    let (tenant, [_, _, alone]) = owner(app);
    let (id, customer) = (&tenant.tenant_id, &tenant.customers[0]);
    import(
        app,
        &[
            json!({"kind": "business_agreement", "tenant_id": id,
                   "commerce_id": format!("{id}-CA"), "customer_id": customer,
                   "discount_name": "框架合同折扣", "effective_time": "2026-01-01T00:00:00Z",
                   "expire_time": "2096-01-01T00:00:00Z"}),
            json!({"kind": "business_discount", "tenant_id": id, "item_id": format!("{id}-I"),
                   "commerce_id": format!("{id}-CA"), "customer_id": customer,
                   "service_type_code": ELASTIC_CLOUD_SERVER, "resource_type_code": SERVER,
                   "charging_mode": "MONTHLY", "discount_ratio": "0.8"}),
        ],
    );
    let body = rated(app, &tenant.customer, &[&alone], (2, 1)).expect("rated");
    let [group] = body.at("optional_discount_rating_results").as_list() else { panic!("{body:?}") };
    for (name, text) in
        [("amount", "25.76"), ("official_website_amount", "32.2"), ("discount_amount", "6.44")]
    {
        assert_eq!(group.text_at(name), text, "{name}");
    }
    assert_eq!(group.at("discount_type").as_integer(), 605);
    assert_eq!(group.at("best_offer").as_integer(), 1);
}

#[test]
fn resources_that_cannot_be_priced_are_named_and_the_others_priced() {
    let app = App::shared();
    let (tenant, [_, disk, alone]) = owner(app);
    let renamed = |name: &str, field: &str, value: &str| {
        let id = format!("{}-{name}", tenant.tenant_id);
        let mut line = renewable(&tenant, &id);
        line[field] = json!(value);
        import(app, &[line]);
        id
    };
    let sold_no_more = renamed("old", "resource_spec", "t1.micro");
    let over = renamed("over", "expire_time", "2020-12-31T15:59:59Z");
    let ids = [disk.as_str(), "nobodys", &sold_no_more, &over, &alone];
    let body = rated(app, &tenant.customer, &ids, (2, 1)).expect("rated");
    assert_eq!(amounts(&body), [decimal("32.2")]);
    let failed = |id: &str, code: &str| (id.to_owned(), code.to_owned());
    assert_eq!(
        failures(&body),
        [
            failed(&disk, "CBC.30050007"),
            failed("nobodys", "CBC.30050009"),
            failed(&sold_no_more, "CBC.30050013"),
            failed(&over, "CBC.30050009"),
        ]
    );
    // The published server has a price by the month alone.
    let body = rated(app, &tenant.customer, &[&alone], (3, 1)).expect("rated");
    assert_eq!(failures(&body), [failed(&alone, "CBC.30050008")]);

    // Nobody is told what another customer has.
    let other = Tenant::in_books_of(app);
    let body = rated(app, &other.customer, &[&alone], (2, 1)).expect("rated");
    assert_eq!(failures(&body), [failed(&alone, "CBC.30050009")]);
}

#[test]
fn refuses_fields_that_are_wrong_and_partners() {
    let app = App::shared();
    let (tenant, [main, _, alone]) = owner(app);
    let before = app.audit(&tenant.tenant_id);
    let twice = rated(app, &tenant.customer, &[&main, &alone, &main], (2, 1));
    assert_eq!(twice, refused(400, "CBC.30050012"));
    let many: Vec<String> = (0..11).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(rated(app, &tenant.customer, &many, (2, 1)), refused(400, "CBC.0100"));
    assert_eq!(rated(app, &tenant.customer, &[], (2, 1)), refused(400, "CBC.0100"));
    for term in [(0, 1), (4, 1), (1, 1), (2, 0), (2, 12), (3, 0), (3, 4)] {
        let outcome = rated(app, &tenant.customer, &[&alone], term);
        assert_eq!(outcome, refused(400, "CBC.0100"), "{term:?}");
    }
    let fields = json!({"resource_ids": [alone], "period_type": 2, "period_num": 1,
                        "include_relative_resources": "yes"});
    let reply = app.post(&tenant.customer, contract::path_of(OPERATION), fields.to_string());
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
    for key in [&tenant.distributor, &tenant.reseller] {
        assert_eq!(rated(app, key, &[&alone], (2, 1)), refused(403, "CBC.0151"));
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
