//! `ListMeasureUnits`: all units.

use crate::harness::app::App;
use crate::harness::catalogue::{CATALOGUE, listed, refused};
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListMeasureUnits";

#[test]
fn lists_every_unit_in_both_languages() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut lines: Vec<&Json> = CATALOGUE.of_kind("measure_unit").collect();
    lines.sort_by_key(|line| line.at("measure_id").as_integer());
    for (language, suffix) in [("zh_CN", "zh"), ("en_US", "en")] {
        for key in [&tenant.distributor, &tenant.customer] {
            let body = listed(app, key, OPERATION, &[], language);
            let answered = body.at("measure_units").as_list();
            assert_eq!(answered.len(), lines.len());
            for (answered, line) in answered.iter().zip(&lines) {
                assert_eq!(answered.at("measure_id"), line.at("measure_id"));
                assert_eq!(answered.at("measure_type"), line.at("measure_type"));
                assert_eq!(answered.at("measure_name"), line.at(&format!("name_{suffix}")));
                let abbreviation = line.at(&format!("abbreviation_{suffix}"));
                assert_eq!(answered.at("abbreviation"), abbreviation);
            }
        }
    }
    let reply = refused(app, &tenant.customer, OPERATION, "limit=10");
    assert_eq!(reply, (400, "CBC.0100".to_owned()), "there are no pages");
}
