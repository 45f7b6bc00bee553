//! `ListCounties`: the counties of a city.

use crate::harness::app::App;
use crate::harness::catalogue::{DIVISIONS, listed, refused, texts};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListCounties";
const CITY: &str = "130100";

fn expected(city: &str) -> Vec<(String, String)> {
    let lines = DIVISIONS.with("county", "city_code", city);
    let text = |line: &crate::harness::json::Json, name| line.text_at(name).to_owned();
    let mut counties: Vec<_> =
        lines.map(|line| (text(line, "county_code"), text(line, "name"))).collect();
    counties.sort();
    counties
}

fn answered(app: &App, parameters: &[(&str, &str)]) -> (i64, Vec<(String, String)>) {
    let key = Tenant::in_books_of(app).distributor;
    let body = listed(app, &key, OPERATION, parameters, "zh_CN");
    let counties = body.at("counties").as_list();
    let pairs = texts(counties, "code").into_iter().zip(texts(counties, "name")).collect();
    (body.at("count").as_integer(), pairs)
}

#[test]
fn lists_the_counties_of_a_city() {
    let app = App::shared();
    for city in DIVISIONS.of_kind("city").step_by(60) {
        let code = city.text_at("city_code");
        let expected = expected(code);
        let count = i64::try_from(expected.len()).expect("few");
        let all = [("city_code", code), ("limit", "1000")];
        assert_eq!(answered(app, &all), (count, expected), "{code}");
    }
    for nobodys in ["1301", "\"\"", "石家庄"] {
        assert_eq!(answered(app, &[("city_code", nobodys)]), (0, vec![]), "{nobodys}");
    }
}

#[test]
fn pages_of_ten_unless_asked_otherwise() {
    let app = App::shared();
    let all = expected(CITY);
    assert!(all.len() > 12);
    for offset in ["", "null", "0"] {
        let (_, counties) = answered(app, &[("city_code", CITY), ("offset", offset)]);
        assert_eq!(counties, all[..10], "{offset}");
    }
    let page = [("city_code", CITY), ("offset", "10"), ("limit", "2")];
    assert_eq!(answered(app, &page).1, all[10..12]);
}

#[test]
fn refuses_parameters_that_are_wrong() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    for rest in [
        "limit=",
        "limit=null",
        "limit=%22%22",
        "limit=0",
        "limit=1001",
        "offset=%22%22",
        "offset=1001",
        "other=1",
    ] {
        let query = format!("city_code={CITY}&{rest}");
        assert_eq!(refused(app, &key, OPERATION, &query), (400, "CBC.0100".to_owned()), "{query}");
    }
    for query in ["", "city_code="] {
        assert_eq!(refused(app, &key, OPERATION, query), (400, "CBC.0100".to_owned()), "{query}");
    }
}
