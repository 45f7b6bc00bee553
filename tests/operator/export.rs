//! `GET /operator/v1/export`.

use crate::harness::app::App;
use crate::harness::backup::{EXPORT_KEY, call_with, export};
use crate::harness::json::Json;
use crate::harness::snapshots::take;
use crate::harness::tenant::Tenant;

fn lines(export: &str) -> Vec<Json> {
    export.lines().map(|line| Json::parse(line).expect("JSON")).collect()
}

#[test]
fn hands_all_records_out_and_nothing_that_is_secret() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    take(app, &tenant.tenant_id, "kept");
    let before = app.audit(&tenant.tenant_id);
    let text = export(app, &format!("tenant_id={}", tenant.tenant_id));
    for secret in [&tenant.distributor.secret_key, &tenant.customer.secret_key] {
        assert!(!text.contains(secret.as_str()));
    }
    let lines = lines(&text);
    let header = lines[0].at("export");
    assert_eq!(header.text_at("tenant_id"), tenant.tenant_id);
    assert_eq!(header.at("transactions"), before.at("transactions"));
    assert_eq!(header.at("snapshots").as_list(), [Json::text("kept")]);
    let of_kind = |kind: &str| lines.iter().filter(|line| line.get(kind).is_some()).count();
    assert_eq!(of_kind("record") + of_kind("access_key") + 2, lines.len());
    let counts = lines.last().expect("lines").at("end");
    let count = |kind: &str| usize::try_from(counts.at(kind).as_integer()).expect("fits");
    assert_eq!(
        [count("records"), count("access_keys")],
        [of_kind("record"), of_kind("access_key")]
    );
    assert_eq!(before.at("access_keys"), counts.at("access_keys"));
    assert_eq!(app.audit(&tenant.tenant_id), before, "it changes nothing");
}

#[test]
fn refuses_a_missing_key_and_what_is_not_there() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let of = |query: &str, key: &str| {
        let target = format!("/operator/v1/export?{query}");
        call_with(app, key, ("GET", &target), b"").outcome()
    };
    let id = &tenant.tenant_id;
    for key in ["", "00", "no digits"] {
        assert_eq!(of(&format!("tenant_id={id}"), key), (400, "CBC.0100".to_owned()), "{key}");
    }
    for (query, status, code) in [
        (String::new(), 400, "CBC.0100"),
        (format!("tenant_id={id}&books=catalogue"), 400, "CBC.0100"),
        ("books=other".to_owned(), 400, "CBC.0100"),
        ("tenant_id=nobody".to_owned(), 404, "CBC.0101"),
        (format!("tenant_id={id}&snapshot=none"), 404, "CBC.0101"),
        (format!("tenant_id={id}&snapshot=a:b"), 400, "CBC.0100"),
    ] {
        assert_eq!(of(&query, EXPORT_KEY), (status, code.to_owned()), "{query}");
    }
}
