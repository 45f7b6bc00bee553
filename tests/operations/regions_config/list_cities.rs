//! `ListCities`: the cities of a province.

use crate::harness::app::App;
use crate::harness::catalogue::{DIVISIONS, listed, refused, texts};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListCities";

fn expected(province: &str) -> Vec<(String, String)> {
    let lines = DIVISIONS.with("city", "province_code", province);
    let text = |line: &crate::harness::json::Json, name| line.text_at(name).to_owned();
    let mut cities: Vec<_> =
        lines.map(|line| (text(line, "city_code"), text(line, "name"))).collect();
    cities.sort();
    cities
}

fn answered(app: &App, parameters: &[(&str, &str)]) -> (i64, Vec<(String, String)>) {
    let key = Tenant::in_books_of(app).customer;
    let body = listed(app, &key, OPERATION, parameters, "zh_CN");
    let cities = body.at("cities").as_list();
    let pairs = texts(cities, "code").into_iter().zip(texts(cities, "name")).collect();
    (body.at("count").as_integer(), pairs)
}

#[test]
fn lists_the_cities_of_a_province() {
    let app = App::shared();
    let mut most = 0;
    for province in DIVISIONS.of_kind("province").step_by(5) {
        let code = province.text_at("province_code");
        let expected = expected(code);
        most = most.max(expected.len());
        let count = i64::try_from(expected.len()).expect("few");
        assert_eq!(answered(app, &[("province_code", code)]), (count, expected), "{code}");
    }
    assert!(most > 10, "without a limit there are all");
    for nobodys in ["13", "\"\"", "河北", "null"] {
        assert_eq!(answered(app, &[("province_code", nobodys)]), (0, vec![]), "{nobodys}");
    }
}

#[test]
fn pages_and_refuses_parameters_that_are_wrong() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    let all = expected("130000");
    let page = [("province_code", "130000"), ("offset", "2"), ("limit", "3")];
    assert_eq!(answered(app, &page).1, all[2..5]);
    for query in [
        "",
        "province_code=",
        "province_code=130000&limit=0",
        "province_code=130000&limit=1001",
        "province_code=130000&offset=1001",
        "city_code=130100",
    ] {
        assert_eq!(refused(app, &key, OPERATION, query), (400, "CBC.0100".to_owned()), "{query}");
    }
}
