//! `ListServiceResources`: the types of resources of one service.

use crate::harness::app::App;
use crate::harness::catalogue::{CATALOGUE, listed, refused, sorted};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListServiceResources";

#[test]
fn lists_the_types_of_each_service() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for service in sorted(&CATALOGUE, "service_type", "service_type_code") {
        let code = service.text_at("service_type_code");
        let mut lines: Vec<_> =
            CATALOGUE.with("resource_type", "service_type_code", code).collect();
        lines.sort_by_key(|line| line.text_at("resource_type_code").to_owned());
        for (language, suffix) in [("zh_CN", "zh"), ("en_US", "en")] {
            let parameters = [("service_type_code", code), ("limit", "100")];
            let body = listed(app, &tenant.customer, OPERATION, &parameters, language);
            let answered = body.at("infos").as_list();
            assert_eq!(answered.len(), lines.len(), "{code}");
            for (answered, line) in answered.iter().zip(&lines) {
                let info = answered.at("basic_info");
                assert_eq!(info.at("resource_type_code"), line.at("resource_type_code"));
                assert_eq!(info.text_at("product_owner_service"), code);
                assert_eq!(info.at("name"), line.at(&format!("name_{suffix}")));
                let description = line.get(&format!("description_{suffix}"));
                assert_eq!(info.get("description"), description);
            }
        }
    }
}

#[test]
fn lists_nothing_of_a_service_that_is_not_there() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    for code in ["hws.service.type.none", "HWS.SERVICE.TYPE.EC2", "\"\"", "服务", "null"] {
        let body = listed(app, &key, OPERATION, &[("service_type_code", code)], "zh_CN");
        assert_eq!(body.at("total_count").as_integer(), 0, "{code}");
        assert!(body.at("infos").as_list().is_empty(), "{code}");
    }
}

#[test]
fn refuses_parameters_that_are_wrong() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    let service = "service_type_code=hws.service.type.ec2";
    for rest in ["limit=", "limit=0", "limit=101", "offset=-1", "other=1"] {
        let query = format!("{service}&{rest}");
        assert_eq!(refused(app, &key, OPERATION, &query), (400, "CBC.0100".to_owned()), "{query}");
    }
    for query in ["", "service_type_code=", "limit=10"] {
        assert_eq!(refused(app, &key, OPERATION, query), (400, "CBC.0100".to_owned()), "{query}");
    }
}
