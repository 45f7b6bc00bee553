//! `ListConversions`: how units convert, the published example among them.

use crate::harness::app::App;
use crate::harness::catalogue::{CATALOGUE, listed, refused};
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListConversions";

fn expected(measure_type: Option<i64>) -> Vec<[i64; 4]> {
    let lines = CATALOGUE.of_kind("conversion");
    let lines = lines.filter(|line| {
        measure_type.is_none_or(|wanted| line.at("measure_type").as_integer() == wanted)
    });
    let mut lines: Vec<[i64; 4]> = lines.map(numbers).collect();
    lines.sort_unstable();
    lines
}

fn numbers(conversion: &Json) -> [i64; 4] {
    ["measure_id", "ref_measure_id", "conversion_ratio", "measure_type"]
        .map(|name| conversion.at(name).as_integer())
}

fn answered(app: &App, tenant: &Tenant, parameters: &[(&str, &str)]) -> Vec<[i64; 4]> {
    let body = listed(app, &tenant.customer, OPERATION, parameters, "zh_CN");
    body.at("conversions").as_list().iter().map(numbers).collect()
}

#[test]
fn lists_conversions_and_filters_by_what_they_measure() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let all = answered(app, &tenant, &[]);
    assert_eq!(all, expected(None));
    assert!(all.contains(&[10, 11, 1024, 3]), "10 GB is 1024 times 11 MB");
    for measure_type in [1, 2, 3, 4, 7, 16, 40, 104, 108] {
        let code = measure_type.to_string();
        let filtered = answered(app, &tenant, &[("measure_type", &code)]);
        assert_eq!(filtered, expected(Some(measure_type)), "{measure_type}");
    }
    for nothing in ["", "null"] {
        assert_eq!(answered(app, &tenant, &[("measure_type", nothing)]), all, "{nothing}");
    }
}

#[test]
fn refuses_a_type_that_is_none() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    for value in ["%22%22", "6", "0", "-1", "x", "1.0"] {
        let query = format!("measure_type={value}");
        assert_eq!(refused(app, &key, OPERATION, &query), (400, "CBC.0100".to_owned()), "{query}");
    }
}
