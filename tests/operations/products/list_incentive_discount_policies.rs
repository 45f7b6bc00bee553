//! `ListIncentiveDiscountPolicies`: the policies at the end of a month.

use std::collections::BTreeMap;

use serde_json::json;

use crate::harness::app::App;
use crate::harness::catalogue::{CATALOGUE, import, listed, refused, texts};
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListIncentiveDiscountPolicies";

#[test]
fn lists_the_policy_of_each_service() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    // Of each service, the newest one of the month; none of them expires.
    let mut newest: BTreeMap<String, &Json> = BTreeMap::new();
    for line in CATALOGUE.of_kind("incentive_policy") {
        let begins = line.text_at("effective_time");
        let known = newest.entry(line.text_at("service_type_code").to_owned()).or_insert(line);
        let is_newer = begins > known.text_at("effective_time");
        if begins <= "2026-09-30T15:59:59Z" && is_newer {
            *known = line;
        }
    }
    let lines: Vec<&Json> = newest.into_values().collect();
    let month = [("time", "2026-09"), ("limit", "100")];
    let body = listed(app, &tenant.distributor, OPERATION, &month, "zh_CN");
    let answered: Vec<&Json> = body
        .at("policies")
        .as_list()
        .iter()
        .filter(|policy| policy.text_at("service_type_code").starts_with("hws."))
        .collect();
    assert_eq!(answered.len(), lines.len());
    for (answered, line) in answered.into_iter().zip(lines) {
        for name in ["service_type_code", "incentive_policy", "allow_discount"] {
            assert_eq!(answered.at(name), line.at(name));
        }
        let code = line.text_at("service_type_code");
        let service = CATALOGUE.with("service_type", "service_type_code", code).next();
        let name = service.expect("its service").at("name_zh");
        assert_eq!(answered.at("service_type_name"), name);
    }
}

#[test]
fn what_counts_is_the_last_second_of_the_month_in_the_time_of_china() {
    let app = App::start();
    let tenant = Tenant::in_books_of(&app);
    let policy = |effective: &str, expire: Option<&str>, allowed: &str| {
        let mut line = json!({"kind": "incentive_policy", "service_type_code": "s",
            "incentive_policy": "13", "allow_discount": allowed, "effective_time": effective});
        if let Some(expire) = expire {
            line["expire_time"] = json!(expire);
        }
        line
    };
    import(
        &app,
        &[
            json!({"kind": "service_type", "service_type_code": "s", "name_zh": "服务",
                   "name_en": "Service", "abbreviation": "S"}),
            // One second before and at the last one of August there.
            policy("2026-08-31T15:59:58Z", None, "NO"),
            policy("2026-08-31T15:59:59Z", Some("2026-10-31T15:59:59Z"), "YES"),
            // The first second of December there.
            policy("2026-11-30T16:00:00Z", None, "YES"),
        ],
    );
    let allowed = |month: &str| {
        let body = listed(&app, &tenant.distributor, OPERATION, &[("time", month)], "en_US");
        texts(body.at("policies").as_list(), "allow_discount")
    };
    assert_eq!(allowed("2026-07"), [""; 0]);
    assert_eq!(allowed("2026-08"), ["YES"]);
    assert_eq!(allowed("2026-09"), ["YES"]);
    assert_eq!(allowed("2026-10"), ["NO"], "the newer one has expired");
    assert_eq!(allowed("2026-11"), ["NO"]);
    assert_eq!(allowed("2026-12"), ["YES"]);
}

#[test]
fn filters_by_the_service() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).distributor;
    let codes = |code: &str| {
        let parameters = [("time", "2026-09"), ("limit", "100"), ("service_type_code", code)];
        let body = listed(app, &key, OPERATION, &parameters, "zh_CN");
        texts(body.at("policies").as_list(), "service_type_code")
    };
    assert_eq!(codes("hws.service.type.ec2"), ["hws.service.type.ec2"]);
    assert!(codes("").len() > 1);
    for nobodys in ["\"\"", "hws.service.type.ec", "服务"] {
        assert_eq!(codes(nobodys), [""; 0], "{nobodys}");
    }
}

#[test]
fn refuses_parameters_that_are_wrong_and_customers() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for query in ["", "time=", "time=2026", "time=2026-13", "time=2026-09&limit=101"] {
        let outcome = refused(app, &tenant.distributor, OPERATION, query);
        assert_eq!(outcome, (400, "CBC.0100".to_owned()), "{query}");
    }
    let outcome = refused(app, &tenant.customer, OPERATION, "time=2026-09");
    assert_eq!(outcome, (403, "CBC.0151".to_owned()));
}
