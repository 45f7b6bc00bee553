//! `ListResourceSpecs`: specifications, a page at a time by a marker.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::catalogue::{CATALOGUE, ELASTIC_CLOUD_SERVER, SERVER, texts};
use crate::harness::contract;
use crate::harness::http::Request;
use crate::harness::json::Json;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListResourceSpecs";
const REGION: &str = "cn-north-4";

fn fields(more: &Value) -> Value {
    let mut fields = json!({"cloud_service_type": ELASTIC_CLOUD_SERVER, "resource_type": SERVER,
                            "region_code": REGION, "charge_mode": "1"});
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    fields
}

fn asked(app: &App, key: &Key, more: &Value) -> Json {
    let answer = app.sdk(key, OPERATION, &fields(more));
    answer.outcome.expect("specifications")
}

fn specs(body: &Json) -> Vec<String> {
    texts(body.at("cloud_service_basics").as_list(), "resource_spec")
}

/// The products that are listed, each specification once.
fn expected(charge_mode: i64) -> Vec<&'static Json> {
    let mut products: Vec<&Json> = CATALOGUE
        .with("product", "service_type_code", ELASTIC_CLOUD_SERVER)
        .filter(|line| line.text_at("resource_type_code") == SERVER)
        .filter(|line| line.text_at("region_code") == REGION)
        .filter(|line| line.at("charge_mode").as_integer() == charge_mode)
        .collect();
    products.sort_by_key(|line| line.text_at("resource_spec").to_owned());
    products.dedup_by_key(|line| line.text_at("resource_spec").to_owned());
    products
}

#[test]
fn lists_the_specifications_of_a_region_and_a_way_of_charging() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (mode, charge_mode) in [("1", 1), ("3", 3)] {
        let products = expected(charge_mode);
        assert!(products.len() > 1 && products.len() <= 100);
        for (language, name) in [("zh_CN", "name_zh"), ("en_us", "name_en")] {
            let body = fields(&json!({"charge_mode": mode})).to_string();
            let request = Request::new("POST", contract::path_of(OPERATION), body);
            let reply = app.call(&tenant.customer, request.with("X-Language", language));
            let body = reply.json();
            assert_eq!(body.at("page_info").get("next_marker"), None);
            let answered = body.at("cloud_service_basics").as_list();
            assert_eq!(answered.len(), products.len());
            for (answered, product) in answered.iter().zip(&products) {
                assert_eq!(answered.text_at("cloud_service_type"), ELASTIC_CLOUD_SERVER);
                assert_eq!(answered.text_at("resource_type"), SERVER);
                assert_eq!(answered.text_at("region_code"), REGION);
                assert_eq!(answered.text_at("charge_mode"), mode);
                assert_eq!(answered.at("resource_spec"), product.at("resource_spec"));
                assert_eq!(answered.at("resource_spec_name"), product.at(name));
                let service = CATALOGUE
                    .with("service_type", "service_type_code", ELASTIC_CLOUD_SERVER)
                    .next();
                let service = service.expect("a service");
                assert_eq!(answered.at("cloud_service_type_name"), service.at(name));
                let resource = CATALOGUE.with("resource_type", "resource_type_code", SERVER).next();
                let resource = resource.expect("a type");
                assert_eq!(answered.at("resource_type_name"), resource.at(name));
            }
        }
    }
}

#[test]
fn markers_lead_through_all_of_them() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    let all: Vec<&str> =
        expected(1).into_iter().map(|product| product.text_at("resource_spec")).collect();
    for limit in [1, 3, all.len()] {
        let mut found = Vec::new();
        let mut page = json!({"limit": limit});
        loop {
            let body = asked(app, &key, &page);
            found.extend(specs(&body));
            let Some(marker) = body.at("page_info").get("next_marker") else { break };
            page["marker"] = json!(marker.as_text());
        }
        assert_eq!(found, all, "{limit}");
    }
    let behind = asked(app, &key, &json!({"marker": "~"}));
    assert_eq!(specs(&behind), [""; 0]);
    assert_eq!(specs(&asked(app, &key, &json!({"marker": ""}))), all);
}

#[test]
fn filters_by_a_part_of_code_or_name() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    for part in ["s6", "large", "linux", "nothing", "LARGE"] {
        let expected: Vec<&str> = expected(1)
            .into_iter()
            .filter(|product| {
                ["resource_spec", "name_zh", "name_en"]
                    .iter()
                    .any(|name| product.text_at(name).contains(part))
            })
            .map(|product| product.text_at("resource_spec"))
            .collect();
        let filter = json!({"filters": [{"key": "RESOURCE_SPEC", "value": part}]});
        assert_eq!(specs(&asked(app, &key, &filter)), expected, "{part}");
    }
    let none = asked(app, &key, &json!({"region_code": "nowhere"}));
    assert_eq!(specs(&none), [""; 0]);
    assert_eq!(none.at("page_info").get("next_marker"), None);
}

#[test]
fn refuses_fields_that_are_wrong() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    let filter = |key: &str, value: &str| json!({"key": key, "value": value});
    for more in [
        json!({"charge_mode": "2"}),
        json!({"charge_mode": 1}),
        json!({"cloud_service_type": ""}),
        json!({"cloud_service_type": "a".repeat(65)}),
        json!({"resource_type": null}),
        json!({"region_code": "北京"}),
        json!({"limit": 0}),
        json!({"limit": 101}),
        json!({"marker": "a".repeat(129)}),
        json!({"filters": [filter("SPEC", "a")]}),
        json!({"filters": [filter("RESOURCE_SPEC", "")]}),
        json!({"filters": [filter("RESOURCE_SPEC", &"a".repeat(129))]}),
        json!({"filters": [filter("RESOURCE_SPEC", "a"), filter("RESOURCE_SPEC", "b")]}),
        json!({"other": 1}),
    ] {
        let reply = app.post(&key, contract::path_of(OPERATION), fields(&more).to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{more}");
    }
}
