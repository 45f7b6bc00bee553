//! `ListServiceTypes`: the services of the catalogue.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::catalogue::{CATALOGUE, listed, refused, sorted, texts};
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListServiceTypes";

fn codes(body: &Json) -> Vec<String> {
    texts(body.at("service_types").as_list(), "service_type_code")
}

#[test]
fn lists_every_service_in_both_languages() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let services = sorted(&CATALOGUE, "service_type", "service_type_code");
    assert!(services.len() > 5);
    for (language, name) in [("zh_CN", "name_zh"), ("en_US", "name_en"), ("EN_us", "name_en")] {
        for key in [&tenant.distributor, &tenant.customer] {
            let body = listed(app, key, OPERATION, &[("limit", "1000")], language);
            // Other tests bring a few of their own into the one catalogue.
            let is_own = |item: &&Json| !item.text_at("service_type_code").starts_with("test.");
            let all = body.at("service_types").as_list();
            let count = i64::try_from(all.len()).expect("few");
            assert_eq!(body.at("total_count").as_integer(), count);
            let answered: Vec<&Json> = all.iter().filter(is_own).collect();
            assert_eq!(answered.len(), services.len());
            for (answered, line) in answered.iter().zip(&services) {
                assert_eq!(answered.text_at("service_type_name"), line.text_at(name));
                assert_eq!(answered.at("service_type_code"), line.at("service_type_code"));
                assert_eq!(answered.at("abbreviation"), line.at("abbreviation"));
            }
        }
    }
    let answer = app.sdk(&tenant.customer, OPERATION, &json!({}));
    let names = answer.outcome.expect("services");
    let first = names.at("service_types").as_list()[0].text_at("service_type_name");
    assert_eq!(first, services[0].text_at("name_zh"), "Chinese unless asked otherwise");
}

#[test]
fn pages_and_looks_for_a_part_of_the_name() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    let all = codes(&listed(app, &key, OPERATION, &[("limit", "1000")], "zh_CN"));
    for (offset, limit) in [(0, 1), (1, 2), (all.len() - 1, 10), (all.len(), 10)] {
        let (from, at_most) = (offset.to_string(), limit.to_string());
        let page = [("offset", from.as_str()), ("limit", at_most.as_str())];
        let body = listed(app, &key, OPERATION, &page, "zh_CN");
        let expected = &all[offset..all.len().min(offset + limit)];
        assert_eq!(codes(&body), expected, "{page:?}");
    }
    for (language, name) in [("zh_CN", "name_zh"), ("en_US", "name_en")] {
        for part in ["云", "Cloud", "Elastic", "务器", "ervice", "nothing"] {
            let expected: Vec<&str> = sorted(&CATALOGUE, "service_type", "service_type_code")
                .into_iter()
                .filter(|line| line.text_at(name).contains(part))
                .map(|line| line.text_at("service_type_code"))
                .collect();
            let search = [("service_type_name", part), ("limit", "1000")];
            let body = listed(app, &key, OPERATION, &search, language);
            assert_eq!(codes(&body), expected, "{part} in {language}");
        }
    }
}

#[test]
fn refuses_parameters_that_are_wrong() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    let long = format!("service_type_name={}", "a".repeat(129));
    for query in [
        "service_type_name=a%20b",
        &long,
        "limit=0",
        "limit=1001",
        "offset=-1",
        "offset=2147483648",
        "other=1",
    ] {
        assert_eq!(refused(app, &key, OPERATION, query), (400, "CBC.0100".to_owned()), "{query}");
    }
    let request = crate::harness::http::Request::new("GET", "/v2/products/service-types", "");
    let reply = app.call(&key, request.with("X-Language", "fr_FR"));
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
}
