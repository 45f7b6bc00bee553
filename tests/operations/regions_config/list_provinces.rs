//! `ListProvinces`: all provinces, by their codes.

use crate::harness::app::App;
use crate::harness::catalogue::{DIVISIONS, listed, refused, sorted, texts};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListProvinces";

#[test]
fn lists_all_provinces_in_chinese() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let lines = sorted(&DIVISIONS, "province", "province_code");
    assert_eq!(lines.len(), 34);
    // The language is reserved: whatever it says, names are Chinese.
    for language in ["zh_CN", "en_US", "fr_FR"] {
        for key in [&tenant.distributor, &tenant.customer] {
            let body = listed(app, key, OPERATION, &[], language);
            assert_eq!(body.at("count").as_integer(), 34);
            let provinces = body.at("provinces").as_list();
            for (name, of) in [("code", "province_code"), ("name", "name")] {
                let expected: Vec<&str> = lines.iter().map(|line| line.text_at(of)).collect();
                assert_eq!(texts(provinces, name), expected);
            }
        }
    }
}

#[test]
fn pages_and_refuses_parameters_that_are_wrong() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    let lines = sorted(&DIVISIONS, "province", "province_code");
    let body = listed(app, &key, OPERATION, &[("offset", "3"), ("limit", "2")], "zh_CN");
    let codes = texts(body.at("provinces").as_list(), "code");
    assert_eq!(codes, [lines[3], lines[4]].map(|line| line.text_at("province_code")));
    assert_eq!(body.at("count").as_integer(), 34);
    for query in ["limit=0", "limit=1001", "offset=1001", "offset=-1", "limit=null", "name=x"] {
        assert_eq!(refused(app, &key, OPERATION, query), (400, "CBC.0100".to_owned()), "{query}");
    }
}
