//! `ListRateOnPeriodDetail`: what yearly/monthly products cost a customer.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::catalogue::{
    BLOCK_STORAGE, CATALOGUE, ELASTIC_CLOUD_SERVER, SERVER, VOLUME, import, server,
};
use crate::harness::contract;
use crate::harness::json::Json;
use crate::harness::money::{Refused, decimal, refused};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListRateOnPeriodDetail";

fn rated(app: &App, key: &Key, items: &[Value]) -> Result<Json, Refused> {
    let fields = json!({"project_id": "0123456789abcdef", "product_infos": items});
    crate::harness::money::call(app, key, OPERATION, &fields)
}

fn official(body: &Json) -> &Json {
    body.at("official_website_rating_result")
}

fn groups(body: &Json) -> &[Json] {
    body.at("optional_discount_rating_results").as_list()
}

/// A volume of the published example.
fn volume(id: &str, size: u32, months: u32) -> Value {
    json!({"id": id, "cloud_service_type": BLOCK_STORAGE, "resource_type": VOLUME,
           "resource_spec": "GPSSD", "region": "cn-north-1", "available_zone": "cn-north-1b",
           "period_type": 2, "period_num": months, "subscription_num": 1, "resource_size": size,
           "size_measure_id": 17})
}

/// What the catalogue says that a month of a product costs.
fn monthly_price(service: &str, spec: &str, region: &str) -> Decimal {
    let product = CATALOGUE
        .with("product", "resource_spec", spec)
        .filter(|line| line.text_at("service_type_code") == service)
        .filter(|line| line.at("charge_mode").as_integer() == 1)
        .find(|line| line.text_at("region_code") == region)
        .expect("a product");
    let price = CATALOGUE
        .with("price", "product_id", product.text_at("product_id"))
        .find(|line| line.at("period_type").as_integer() == 2)
        .expect("a price");
    decimal(price.text_at("amount"))
}

#[test]
fn published_figures_come_out_to_the_digit() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    let mut published = server("1");
    published["available_zone"] = json!("cn-east-2a");
    let body = rated(app, &key, &[published]).expect("rated");
    let expected = r#"{"official_website_rating_result":{"official_website_amount":32.2,"measure_id":1,"product_rating_results":[{"id":"1","product_id":"00301-233164-0--0","official_website_amount":32.2,"measure_id":1}]},"optional_discount_rating_results":[],"currency":"CNY"}"#;
    assert_eq!(body, Json::parse(expected).expect("published"));

    let firewall = |spec: &str| {
        json!({"id": "1", "cloud_service_type": "hws.service.type.cfw",
               "resource_type": "hws.resource.type.cfw", "resource_spec": spec,
               "region": "la-north-2", "period_type": 2, "period_num": 1, "subscription_num": 1})
    };
    for (spec, amount) in [("cfw.professional", "1450"), ("cfw.standard", "420")] {
        let body = rated(app, &key, &[firewall(spec)]).expect("rated");
        assert_eq!(official(&body).at("official_website_amount").digits(), amount, "{spec}");
    }

    // Published with null instalments at both levels; here they are absent, which a client reads
    // as the same.
    let large = json!({"id": "1", "cloud_service_type": ELASTIC_CLOUD_SERVER, "resource_type": SERVER,
                       "resource_spec": "m6.3xlarge.8.linux", "region": "la-north-2",
                       "period_type": 2, "period_num": 1, "subscription_num": 1});
    let body = rated(app, &key, &[large]).expect("rated");
    let item = &official(&body).at("product_rating_results").as_list()[0];
    for amounts in [official(&body), item] {
        assert_eq!(amounts.at("official_website_amount").digits(), "356.36");
        assert!(amounts.get("installment_official_website_amount").is_none());
    }
    assert_eq!(item.text_at("product_id"), "OFFI959429066893660167");
}

#[test]
fn the_published_request_for_a_volume_is_answered() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    // Its id begins with a blank, as published.
    let body = rated(app, &key, &[volume(" GPSSD", 30, 5)]).expect("rated");
    let expected =
        monthly_price(BLOCK_STORAGE, "GPSSD", "cn-north-1") * Decimal::from(30) * Decimal::from(5);
    assert_eq!(official(&body).at("official_website_amount").as_decimal(), expected);
    let item = &official(&body).at("product_rating_results").as_list()[0];
    assert_eq!(item.text_at("id"), " GPSSD");
}

#[test]
fn totals_are_the_sums_of_their_items() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    let items: Vec<Value> = (1..=100)
        .map(|number| match number % 2 {
            0 => volume(&number.to_string(), number, 1 + number % 7),
            _ => json!({"id": number.to_string(), "cloud_service_type": ELASTIC_CLOUD_SERVER,
                        "resource_type": SERVER, "resource_spec": "s6.small.1.linux",
                        "region": "cn-east-2", "period_type": 2, "period_num": number,
                        "subscription_num": 3}),
        })
        .collect();
    let body = rated(app, &key, &items).expect("rated");
    let results = official(&body).at("product_rating_results").as_list();
    assert_eq!(results.len(), 100);
    let (disk, small) = (monthly_price(BLOCK_STORAGE, "GPSSD", "cn-north-1"), decimal("32.2"));
    let mut sum = Decimal::ZERO;
    for (number, result) in (1..=100_u32).zip(results) {
        let expected = match number % 2 {
            0 => disk * Decimal::from(number) * Decimal::from(1 + number % 7),
            _ => small * Decimal::from(number) * Decimal::from(3),
        };
        assert_eq!(result.at("official_website_amount").as_decimal(), expected, "{number}");
        assert_eq!(result.text_at("id"), number.to_string());
        sum += expected;
    }
    assert_eq!(official(&body).at("official_website_amount").as_decimal(), sum);
}

/// Lines that give a tenant's customer an agreement and a discount of its partner.
fn discounts(tenant: &Tenant) -> Vec<Value> {
    let (id, customer) = (&tenant.tenant_id, &tenant.customers[0]);
    let item = |name: &str, service: &str, ratio: &str| {
        json!({"kind": "business_discount", "tenant_id": id, "item_id": format!("{id}-{name}"),
               "commerce_id": format!("{id}-CA"), "customer_id": customer,
               "service_type_code": service, "charging_mode": "MONTHLY", "discount_ratio": ratio})
    };
    vec![
        json!({"kind": "business_agreement", "tenant_id": id, "commerce_id": format!("{id}-CA"),
               "customer_id": customer, "discount_name": "框架合同折扣",
               "effective_time": "2026-01-01T00:00:00Z", "expire_time": "2096-01-01T00:00:00Z"}),
        item("server", ELASTIC_CLOUD_SERVER, "0.8"),
        item("volume", BLOCK_STORAGE, "0.95"),
        json!({"kind": "partner_discount", "tenant_id": id, "discount_id": format!("{id}-PR"),
               "customer_id": customer, "discount_type": 607, "discount_name": "伙伴折扣",
               "discount_ratio": "0.9", "effective_time": "2026-01-01T00:00:00Z"}),
        json!({"kind": "promotion_discount", "tenant_id": id, "discount_id": format!("{id}-P"),
               "customer_id": customer, "discount_name": "促销", "discount_ratio": "0.1",
               "effective_time": "2026-01-01T00:00:00Z"}),
    ]
}

#[test]
fn each_discount_has_its_result_and_the_best_is_marked() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    import(app, &discounts(&tenant));
    // 32.20 and 30 GB of a volume for one month.
    let disk = monthly_price(BLOCK_STORAGE, "GPSSD", "cn-north-1") * Decimal::from(30);
    let items = [server("server"), volume("volume", 30, 1)];
    let body = rated(app, &tenant.customer, &items).expect("rated");
    let [commercial, partner] = groups(&body) else { panic!("{body:?}") };
    let left = |price: Decimal, ratio: &str| (price * decimal(ratio)).round_dp(2);
    let small = decimal("32.2");
    for (group, kind, amounts) in [
        (commercial, 605, [left(small, "0.8"), left(disk, "0.95")]),
        (partner, 607, [left(small, "0.9"), left(disk, "0.9")]),
    ] {
        assert_eq!(group.at("discount_type").as_integer(), kind);
        let results = group.at("product_rating_results").as_list();
        for ((result, amount), price) in results.iter().zip(amounts).zip([small, disk]) {
            assert_eq!(result.at("amount").as_decimal(), amount, "{kind}");
            assert_eq!(result.at("official_website_amount").as_decimal(), price, "{kind}");
            assert_eq!(result.at("discount_amount").as_decimal(), price - amount, "{kind}");
        }
        let sum: Decimal = amounts.iter().sum();
        assert_eq!(group.at("amount").as_decimal(), sum, "{kind}");
        assert_eq!(group.at("official_website_amount").as_decimal(), small + disk, "{kind}");
        assert_eq!(group.at("discount_amount").as_decimal(), small + disk - sum, "{kind}");
    }
    let best = |group: &Json| group.at("best_offer").as_integer();
    let saved = |group: &Json| group.at("discount_amount").as_decimal();
    let commercial_wins = saved(commercial) >= saved(partner);
    assert_eq!(best(commercial), i64::from(commercial_wins));
    assert_eq!(best(partner), i64::from(!commercial_wins));
    assert_eq!(commercial.text_at("discount_name"), "框架合同折扣");

    // Another customer has none of them.
    let other = crate::harness::money::key_of_customer(app, &tenant, &tenant.customers[1]);
    let body = rated(app, &other, &items).expect("rated");
    assert!(groups(&body).is_empty());
}

#[test]
fn refuses_products_that_are_not_there() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    for (name, value) in [
        ("cloud_service_type", "hws.service.type.EC2"),
        ("resource_type", "hws.resource.type.volume"),
        ("resource_spec", "s6.small.1"),
        ("resource_spec", "S6.small.1.linux"),
        ("resource_spec", "规格"),
        ("region", "cn-east-3x"),
    ] {
        let mut item = server("1");
        item[name] = json!(value);
        // One of several: all of the request is refused.
        let outcome = rated(app, &key, &[server("0"), item]);
        assert_eq!(outcome, refused(400, "CBC.99006006"), "{name} {value}");
    }
    let mut daily = server("1");
    daily["period_type"] = json!(0);
    assert_eq!(rated(app, &key, &[daily]), refused(400, "CBC.99006006"), "no price by the day");
    let largest = 2_147_483_647_u32;
    let mut dear = volume("1", 214_783_647, largest);
    dear["subscription_num"] = json!(largest);
    assert_eq!(rated(app, &key, &[dear]), refused(400, "CBC.99006055"));
}

#[test]
fn refuses_fields_that_are_wrong() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let many: Vec<Value> = (0..101).map(|number| server(&number.to_string())).collect();
    assert_eq!(rated(app, &tenant.customer, &many), refused(400, "CBC.0100"));
    assert_eq!(rated(app, &tenant.customer, &[]), refused(400, "CBC.0100"));
    let twins = [server("1"), server("1")];
    assert_eq!(rated(app, &tenant.customer, &twins), refused(400, "CBC.0100"));
    let path = contract::path_of(OPERATION);
    for (name, values) in [
        ("id", vec![json!(""), json!("a".repeat(65)), json!(1), Value::Null]),
        ("cloud_service_type", vec![json!(""), json!("a".repeat(401)), Value::Null]),
        ("region", vec![json!(""), json!("a".repeat(65))]),
        ("available_zone", vec![json!("a".repeat(65))]),
        ("resource_size", vec![json!(0), json!(-1), json!(214_783_648), json!(1.5), Value::Null]),
        ("size_measure_id", vec![json!(10), json!(0), json!(15), Value::Null]),
        ("period_type", vec![json!(1), json!(5), json!("2"), Value::Null]),
        ("period_num", vec![json!(0), json!(-1), json!("1"), json!(4_294_967_296_i64)]),
        ("subscription_num", vec![json!(0), json!(-1), Value::Null]),
        ("fee_installment_mode", vec![json!("FULL_PAY"), json!(1)]),
        ("other", vec![json!(1)]),
    ] {
        for value in values {
            let mut item = volume("1", 30, 1);
            item[name] = value.clone();
            let body = json!({"project_id": "p", "product_infos": [item]}).to_string();
            let reply = app.post(&tenant.customer, path, body);
            assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{name} {value}");
        }
    }
    for absurd in ["1e400", "1e-400", "99999999999999999999", "1E2"] {
        let item = volume("1", 30, 1)
            .to_string()
            .replace("\"period_num\":1", &format!("\"period_num\":{absurd}"));
        let body = format!(r#"{{"project_id":"p","product_infos":[{item}]}}"#);
        let reply = app.post(&tenant.customer, path, body);
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{absurd}");
    }
    for item in [
        json!({"available_zone": "", "fee_installment_mode": ""}),
        json!({"available_zone": null, "fee_installment_mode": null}),
        json!({"available_zone": "CN-NORTH-1B", "fee_installment_mode": "NA"}),
    ] {
        let mut good = volume("1", 30, 1);
        for (name, value) in item.as_object().expect("fields") {
            good[name] = value.clone();
        }
        let body = json!({"project_id": "p", "product_infos": [good]}).to_string();
        assert_eq!(app.post(&tenant.customer, path, body).status, 200, "{item}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn refuses_partners() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for key in [&tenant.distributor, &tenant.reseller] {
        assert_eq!(rated(app, key, &[server("1")]), refused(403, "CBC.0151"));
    }
}
