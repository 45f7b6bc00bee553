//! `ListQuotaCoupons`: the quotas that a partner holds.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::Book;
use crate::harness::coupons::{assert_pages, issue, item, texts};
use crate::harness::json::Json;
use crate::harness::tenant::{LIMITED_TO, Tenant};

const PATH: &str = "/v2/partners/coupon-quotas/query";

const LIST: (&str, &str) = ("quotas", "total_count");

fn ask(app: &App, tenant: &Tenant, fields: &Value) -> Json {
    let reply = app.post(&tenant.distributor, PATH, fields.to_string());
    assert_eq!(reply.status, 200, "{fields} {}", reply.text());
    reply.json()
}

/// The quotas that a filter lets through, in the order of their names.
fn listed(app: &App, tenant: &Tenant, mut fields: Value) -> Vec<String> {
    fields["limit"] = json!(100);
    let mut ids = texts(&ask(app, tenant, &fields), LIST, "quota_id");
    ids.sort();
    ids
}

fn sorted(quotas: &[&String]) -> Vec<String> {
    let mut quotas: Vec<String> = quotas.iter().map(|quota| (*quota).clone()).collect();
    quotas.sort();
    quotas
}

#[test]
fn answers_every_quota_with_what_is_left_of_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    issue(app, &tenant, "12.34");
    let answer = app.sdk(&tenant.distributor, "ListQuotaCoupons", &json!({}));
    let body = answer.outcome.expect("quotas");
    assert_eq!(body.at("total_count").as_integer(), 6);
    for (quota, value, balance, status, expire) in [
        (&tenant.quota, "100.00", "37.66", 0, "2096-01-10T00:00:00Z"),
        (&tenant.expired_quota, "40.00", "40.00", 3, "2026-02-01T00:00:00Z"),
        (&tenant.future_quota, "40.00", "40.00", 0, "2096-01-10T00:00:00Z"),
        (&tenant.frozen_quota, "40.00", "40.00", 5, "2096-01-10T00:00:00Z"),
    ] {
        let quota = item(&body, "quotas", "quota_id", quota);
        assert_eq!(*quota.at("quota_value"), Json::number(value), "{quota:?}");
        assert_eq!(*quota.at("balance"), Json::number(balance), "{quota:?}");
        assert_eq!(quota.at("quota_status").as_integer(), status, "{quota:?}");
        assert_eq!(quota.at("quota_type").as_integer(), 0);
        assert_eq!(quota.at("measure_id").as_integer(), 1);
        assert_eq!(quota.text_at("currency"), "CNY");
        assert_eq!(quota.text_at("create_time"), "2026-01-10T00:00:00Z");
        assert_eq!(quota.text_at("last_update_time"), "2026-01-10T00:00:00Z");
        assert_eq!(quota.text_at("expire_time"), expire);
        assert_eq!(quota.at("limit_infos").as_list(), []);
    }
    let limits = item(&body, "quotas", "quota_id", &tenant.limited_quota).at("limit_infos");
    let [limit] = limits.as_list() else { panic!("{limits:?}") };
    assert_eq!(limit.text_at("limit_key"), "cloud_service_type");
    let [value] = limit.at("limit_values").as_list() else { panic!("{limit:?}") };
    assert_eq!(value.text_at("value1"), LIMITED_TO);
}

#[test]
fn shows_a_resellers_quotas_to_its_distributor() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let reseller = json!({"indirect_partner_id": tenant.reseller.principal_id});
    let body = ask(app, &tenant, &reseller);
    assert_eq!(texts(&body, LIST, "quota_id"), [tenant.granted_quota.as_str()]);
    let fields = json!({"quota_ids": [tenant.granted_quota]});
    let answer = app.sdk(&tenant.distributor, "ReclaimCouponQuotas", &fields);
    assert!(answer.outcome.is_ok());
    // To its holder a quota that was taken back is invalid.
    let body = ask(app, &tenant, &reseller);
    let quota = item(&body, "quotas", "quota_id", &tenant.granted_quota);
    assert_eq!(quota.at("quota_status").as_integer(), 3);
    assert!(quota.at("balance").as_decimal().is_zero());
    let filtered = |status: i64| {
        let mut fields = reseller.clone();
        fields["quota_status_list"] = json!([status]);
        listed(app, &tenant, fields).len()
    };
    assert_eq!((filtered(0), filtered(3)), (0, 1));
}

#[test]
fn filters_by_each_field() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let flexi = format!("{}-flexi", tenant.quota);
    let line = json!({
        "kind": "coupon_quota", "tenant_id": tenant.tenant_id, "quota_id": flexi,
        "partner_id": tenant.distributor.principal_id, "quota_type": 1, "quota_value": "5.00",
        "quota_status": 4, "create_time": "2026-01-12T00:00:00Z",
        "effective_time": "2026-01-12T00:00:00Z", "expire_time": "2096-01-12T00:00:00Z",
    });
    app.import(&Book::new(format!("{line}\n")));
    let normal =
        [&tenant.quota, &tenant.future_quota, &tenant.limited_quota, &tenant.limited_product_quota];
    let all = [&normal[..], &[&tenant.expired_quota, &tenant.frozen_quota]].concat();
    let cases: Vec<(Value, Vec<&String>)> = vec![
        (json!({}), all.clone()),
        (json!({"quota_type": 0}), all.clone()),
        (json!({"quota_type": null, "quota_ids": null, "quota_status_list": null}), all.clone()),
        (json!({"quota_ids": [], "quota_status_list": []}), all.clone()),
        (json!({"quota_type": 1}), vec![&flexi]),
        (json!({"quota_type": 1, "quota_status_list": [4]}), vec![&flexi]),
        (json!({"quota_type": 1, "quota_status_list": [0]}), vec![]),
        (json!({"quota_ids": [tenant.quota, "nothing", flexi]}), vec![&tenant.quota]),
        (json!({"quota_ids": [tenant.granted_quota]}), vec![]),
        (json!({"quota_status_list": [0]}), normal.to_vec()),
        (json!({"quota_status_list": [3]}), vec![&tenant.expired_quota]),
        (json!({"quota_status_list": [3, 5]}), vec![&tenant.expired_quota, &tenant.frozen_quota]),
        // Times are after the one and before the other.
        (json!({"create_time_begin": "2026-01-09T23:59:59Z"}), all.clone()),
        (json!({"create_time_begin": "2026-01-10T00:00:00Z"}), vec![]),
        (json!({"create_time_end": "2026-01-10T00:00:00Z"}), vec![]),
        (json!({"create_time_end": "2026-01-10T00:00:01Z"}), all.clone()),
        (json!({"effective_time_begin": "2095-01-09T23:59:59Z"}), vec![&tenant.future_quota]),
        (json!({"effective_time_begin": "2095-01-10T00:00:00Z"}), vec![]),
        (json!({"expire_time_end": "2026-02-01T00:00:01Z"}), vec![&tenant.expired_quota]),
        (json!({"expire_time_end": "2026-02-01T00:00:00Z"}), vec![]),
        (
            json!({"expire_time_begin": "2026-01-31T23:59:59Z",
                   "effective_time_end": "2026-01-10T00:00:00Z"}),
            vec![],
        ),
    ];
    for (fields, expected) in cases {
        let what = fields.to_string();
        assert_eq!(listed(app, &tenant, fields), sorted(&expected), "{what}");
    }
}

#[test]
fn pages_show_every_quota_once_in_one_order() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let page =
        |offset: usize, limit: usize| ask(app, &tenant, &json!({"offset": offset, "limit": limit}));
    assert_pages(page, LIST);
    let far = ask(app, &tenant, &json!({"offset": 2_147_483_646}));
    assert_eq!(far.at("total_count").as_integer(), 6);
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(ask(app, &tenant, &json!({})), ask(app, &tenant, &json!({})));
    for fields in [
        json!({"quota_status_list": [6]}),
        json!({"quota_status_list": [1]}),
        json!({"quota_status_list": [0, 0, 0, 0, 0, 0]}),
        json!({"quota_ids": vec!["x"; 51]}),
        json!({"quota_type": 2}),
        json!({"offset": 2_147_483_647_u32}),
        json!({"limit": 0}),
        json!({"limit": 101}),
        json!({"limit": "10"}),
    ] {
        let outcome = app.post(&tenant.distributor, PATH, fields.to_string()).outcome();
        assert_eq!(outcome, (400, "CBC.0100".to_owned()), "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
