//! `ListResourceTypes`: all types of resources, with their services.

use crate::harness::app::App;
use crate::harness::catalogue::{CATALOGUE, listed, refused, sorted, texts};
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListResourceTypes";

fn codes(body: &Json) -> Vec<String> {
    texts(body.at("resource_types").as_list(), "resource_type_code")
}

#[test]
fn lists_every_type_in_both_languages() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let resources = sorted(&CATALOGUE, "resource_type", "resource_type_code");
    for (language, suffix) in [("zh_CN", "zh"), ("en_US", "en")] {
        for key in [&tenant.distributor, &tenant.customer] {
            let body = listed(app, key, OPERATION, &[("limit", "1000")], language);
            // Other tests bring a few of their own into the one catalogue.
            let is_own = |item: &&Json| !item.text_at("resource_type_code").starts_with("test.");
            let answered: Vec<&Json> =
                body.at("resource_types").as_list().iter().filter(is_own).collect();
            assert_eq!(answered.len(), resources.len());
            for (answered, line) in answered.iter().zip(&resources) {
                assert_eq!(answered.at("resource_type_code"), line.at("resource_type_code"));
                assert_eq!(answered.at("service_type_code"), line.at("service_type_code"));
                let name = line.at(&format!("name_{suffix}"));
                assert_eq!(answered.at("resource_type_name"), name);
                let description = line.get(&format!("description_{suffix}"));
                assert_eq!(answered.get("resource_type_desc"), description);
            }
        }
    }
}

#[test]
fn pages_and_refuses_other_parameters() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    let all = codes(&listed(app, &key, OPERATION, &[("limit", "1000")], "zh_CN"));
    let default = listed(app, &key, OPERATION, &[], "zh_CN");
    assert_eq!(codes(&default), all[..all.len().min(10)]);
    assert_eq!(codes(&listed(app, &key, OPERATION, &[("offset", "1")], "zh_CN"))[0], all[1]);
    for query in ["limit=0", "limit=1001", "limit=x", "offset=-1", "service_type_code=a"] {
        assert_eq!(refused(app, &key, OPERATION, query), (400, "CBC.0100".to_owned()), "{query}");
    }
}
