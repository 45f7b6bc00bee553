//! `ListUsageTypes`: what usage is measured in, with its type of resources and its service.

use crate::harness::app::App;
use crate::harness::book::DEMO;
use crate::harness::catalogue::{CATALOGUE, listed, refused};
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListUsageTypes";

/// The line with this code.
fn line(kind: &str, name: &str, code: &str) -> &'static Json {
    CATALOGUE.with(kind, name, code).next().expect(code)
}

fn expected(resource: Option<&str>) -> Vec<&'static Json> {
    let mut lines: Vec<&Json> = CATALOGUE
        .of_kind("usage_type")
        .filter(|line| resource.is_none_or(|code| line.text_at("resource_type_code") == code))
        .collect();
    lines.sort_by_key(|line| {
        let texts = ["resource_type_code", "usage_type_code"];
        // Codes end where the next one begins.
        texts.map(|name| format!("{}\0", line.text_at(name)))
    });
    lines
}

/// Books with the demo catalogue and no other: tests add types of usage to the shared one.
fn with_catalogue() -> App {
    let app = App::start();
    // The catalogue's discounts are those of the demo book's tenants.
    app.import(&DEMO);
    app.import(&CATALOGUE);
    app
}

#[test]
fn lists_usage_with_what_it_is_of() {
    let app = &with_catalogue();
    let tenant = Tenant::in_books_of(app);
    for (language, name) in [("zh_CN", "name_zh"), ("en_US", "name_en")] {
        let body = listed(app, &tenant.customer, OPERATION, &[("limit", "100")], language);
        let answered = body.at("usage_types").as_list();
        let lines = expected(None);
        assert_eq!(answered.len(), lines.len());
        for (answered, usage) in answered.iter().zip(lines) {
            let code = usage.text_at("resource_type_code");
            let resource = line("resource_type", "resource_type_code", code);
            let code = resource.text_at("service_type_code");
            let service = line("service_type", "service_type_code", code);
            assert_eq!(answered.at("code"), usage.at("usage_type_code"));
            assert_eq!(answered.at("name"), usage.at(name));
            assert_eq!(answered.at("resource_type_code"), resource.at("resource_type_code"));
            assert_eq!(answered.at("resource_type_name"), resource.at(name));
            assert_eq!(answered.at("service_type_code"), service.at("service_type_code"));
            assert_eq!(answered.at("service_type_name"), service.at(name));
        }
    }
}

#[test]
fn filters_by_the_type_of_resources() {
    let app = &with_catalogue();
    let key = Tenant::in_books_of(app).customer;
    let count = |parameters: &[(&str, &str)]| {
        listed(app, &key, OPERATION, parameters, "zh_CN").at("total_count").as_integer()
    };
    for resource in CATALOGUE.of_kind("resource_type") {
        let code = resource.text_at("resource_type_code");
        let lines = i64::try_from(expected(Some(code)).len()).expect("few");
        assert_eq!(count(&[("resource_type_code", code)]), lines, "{code}");
    }
    let all = i64::try_from(expected(None).len()).expect("few");
    assert_eq!(count(&[]), all);
    assert_eq!(count(&[("resource_type_code", "")]), all, "nothing behind the equals sign");
    for code in ["\"\"", "none", "类型"] {
        assert_eq!(count(&[("resource_type_code", code)]), 0, "{code}");
    }
}

#[test]
fn refuses_parameters_that_are_wrong() {
    let app = &with_catalogue();
    let key = Tenant::in_books_of(app).customer;
    for query in ["limit=0", "limit=101", "offset=-1", "other=1"] {
        assert_eq!(refused(app, &key, OPERATION, query), (400, "CBC.0100".to_owned()), "{query}");
    }
}
