//! `ListCustomerselfResourceRecordDetails`: what each resource of a customer cost.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::bills::{CYCLE, assert_amounts, own, tenant_with_bill, trades, with};
use crate::harness::enterprise::assert_whose_bills;
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListCustomerselfResourceRecordDetails";
const PATH: &str = "/v2/bills/customer-bills/res-records/query";

/// All lines in the order they were billed.
const ALL: &[&str] = &["bought", "use-1", "use-2", "use-3", "free", "back"];

fn asked(fields: &Value) -> Value {
    with(json!({"cycle": CYCLE}), fields)
}

fn records(app: &App, tenant: &Tenant, fields: &Value) -> Json {
    own(app, tenant, OPERATION, &asked(fields))
}

#[test]
fn puts_lines_of_a_resource_together_by_month_if_nothing_else_is_asked_for() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let body = records(app, &tenant, &json!({}));
    assert_eq!(body, records(app, &tenant, &json!({"statistic_type": 1})));
    let items = body.at("monthly_records").as_list();
    assert_eq!((items.len(), body.at("total_count").as_integer()), (3, 3));
    for item in items {
        for name in ["bill_date", "id", "effective_time", "expire_time", "consume_time", "is_spot"]
        {
            assert_eq!(item.get(name), None, "{name}");
        }
        assert_eq!(item.text_at("cycle"), CYCLE);
    }
    let usage = items.iter().find(|item| item.at("charge_mode").as_integer() == 3).expect("usage");
    assert_amounts(usage, &[("consume_amount", "0.36"), ("official_amount", "0.37037034")]);
}

#[test]
fn shows_every_line_by_itself_with_all_that_it_has() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let body = records(app, &tenant, &json!({"statistic_type": 3}));
    assert_eq!(trades(&body, "monthly_records"), ALL);
    let bought = &body.at("monthly_records").as_list()[0];
    let customer = tenant.customers[0].as_str();
    for (name, text) in [
        ("customer_id", customer),
        ("payer_account_id", customer),
        ("region", "cn-north-4"),
        ("region_name", "Beijing4"),
        ("cloud_service_type", "hws.service.type.ec2"),
        ("cloud_service_type_name", "ECS"),
        ("resource_Type_code", "hws.resource.type.vm"),
        ("resource_type_name", "Cloud host"),
        ("res_instance_id", "resource-bought"),
        ("resource_tag", "a=b"),
        ("sku_code", "s6.small.1"),
        ("enterprise_project_id", "project-1"),
        ("enterprise_project_name", "One"),
        ("root_resource_id", "root-1"),
        ("parent_resource_id", "parent-1"),
        ("product_spec_desc", "two processors"),
        ("pre_order_id", "order-0"),
        ("effective_time", "2026-08-31T16:00:00Z"),
        ("expire_time", "2026-09-30T15:59:59Z"),
        ("consume_time", "2026-08-31T16:00:00Z"),
        ("be_id", "be-1"),
        ("is_spot", "--"),
        ("promotion_type", "605,301"),
        ("payment_type", "ALL_UPFRONT"),
    ] {
        assert_eq!(bought.text_at(name), text, "{name}");
    }
    assert_eq!(bought.get("bill_date"), None);
    assert_eq!(bought.at("az_code_infos").as_list()[0].text_at("az_code"), "cn-north-4a");
    let relation = bought.at("extend_params");
    assert_eq!(relation.text_at("self_resource_id"), "resource-bought");
    let kind = |info: &Json| {
        (info.text_at("relative_type").to_owned(), info.text_at("relative_resource_id").to_owned())
    };
    let kinds: Vec<_> = relation.at("relation_infos").as_list().iter().map(kind).collect();
    let expected = [("PARENT", "parent-1"), ("ROOT", "root-1")];
    assert_eq!(kinds, expected.map(|(kind, id)| (kind.to_owned(), id.to_owned())));
    assert_amounts(
        bought,
        &[
            ("official_amount", "100"),
            ("discount_amount", "39.995"),
            ("consume_amount", "60"),
            ("cash_amount", "10"),
            ("credit_amount", "11"),
            ("coupon_amount", "12"),
            ("flexipurchase_coupon_amount", "7"),
            ("stored_card_amount", "8"),
            ("bonus_amount", "9"),
            ("debt_amount", "1"),
            ("adjustment_amount", "2"),
            ("period_num", "1"),
        ],
    );
}

#[test]
fn days_have_a_date_and_nothing_of_single_lines() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let body = records(app, &tenant, &json!({"statistic_type": 2, "charge_mode": 3}));
    let items = body.at("monthly_records").as_list();
    let dates: Vec<_> = items.iter().map(|item| item.text_at("bill_date")).collect();
    assert_eq!(dates, ["2026-09-02", "2026-09-03", "2026-09-10"]);
    assert_amounts(&items[0], &[("consume_amount", "0.24")]);
    assert!(items.iter().all(|item| item.get("effective_time").is_none()));
}

#[test]
fn filters_by_each_field() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let usage = &["use-1", "use-2", "use-3", "free"][..];
    let customer = tenant.customers[0].as_str();
    let daily = |begin: &str, end: &str| json!({"query_type": "DAILY", "bill_cycle_begin": begin, "bill_cycle_end": end});
    for (fields, expected) in [
        (json!({"cloud_service_type": "hws.service.type.obs"}), usage),
        (json!({"resource_type": "hws.resource.type.vm"}), &["bought", "back"][..]),
        (json!({"region": "cn-east-3"}), usage),
        (json!({"res_instance_id": "bucket"}), usage),
        (json!({"charge_mode": 1}), &["bought", "back"]),
        (json!({"bill_type": 4}), &["back"]),
        (json!({"enterprise_project_id": "project-1"}), &["bought", "back"]),
        (json!({"enterprise_project_id": "null"}), usage),
        (json!({"include_zero_record": false}), &["bought", "use-1", "use-2", "use-3", "back"]),
        (json!({"payer_account_id": customer}), ALL),
        (json!({"payer_account_id": tenant.customers[1]}), &[]),
        (json!({"method": "oneself"}), ALL),
        (daily("2026-09-02", "2026-09-02"), &["use-1", "use-2"]),
        (daily("2026-09-10", "2026-09-30"), &["free", "back"]),
        // Without DAILY, dates say nothing.
        (json!({"bill_cycle_begin": "2026-09-02", "bill_cycle_end": "2026-09-02"}), ALL),
    ] {
        let mut fields = fields;
        fields["statistic_type"] = json!(3);
        let body = records(app, &tenant, &fields);
        assert_eq!(trades(&body, "monthly_records"), expected, "{fields}");
    }
}

#[test]
fn what_is_empty_or_null_says_nothing() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    for name in [
        "cloud_service_type",
        "resource_type",
        "region",
        "res_instance_id",
        "enterprise_project_id",
        "include_zero_record",
        "method",
        "query_type",
        "bill_cycle_begin",
        "bill_cycle_end",
        "charge_mode",
        "bill_type",
    ] {
        for empty in [json!(""), json!(null)] {
            if empty == json!("") && ["charge_mode", "bill_type"].contains(&name) {
                continue;
            }
            let body = asked(&json!({"statistic_type": 3, name: empty}));
            let reply = app.post(&tenant.customer, PATH, body.to_string());
            assert_eq!(trades(&reply.json(), "monthly_records"), ALL, "{body}");
        }
    }
}

#[test]
fn pages_show_every_line_once() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    for offset in 0..ALL.len() {
        let fields = json!({"statistic_type": 3, "offset": offset, "limit": 4});
        let body = records(app, &tenant, &fields);
        let expected = &ALL[offset..ALL.len().min(offset + 4)];
        assert_eq!(trades(&body, "monthly_records"), expected, "{offset}");
        assert_eq!(body.at("total_count").as_integer(), 6);
    }
}

#[test]
fn a_master_sees_the_members_that_it_pays_for_or_that_let_it() {
    for statistic_type in [1, 2, 3] {
        let asked = json!({"cycle": CYCLE, "statistic_type": statistic_type});
        assert_whose_bills(App::shared(), OPERATION, "monthly_records", &asked, None);
    }
}

#[test]
fn refuses_what_is_not_documented() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let daily = |begin: &str, end: &str| {
        json!({"statistic_type": 2, "query_type": "DAILY", "bill_cycle_begin": begin,
               "bill_cycle_end": end})
    };
    for fields in [
        json!({"cycle": "2026-9"}),
        json!({"cycle": "2020-01"}),
        json!({"charge_mode": 2}),
        json!({"charge_mode": "1"}),
        json!({"bill_type": 6}),
        json!({"include_zero_record": "no"}),
        json!({"statistic_type": 4}),
        json!({"query_type": "WEEKLY"}),
        json!({"query_type": "DAILY", "bill_cycle_begin": "2026-09-01",
               "bill_cycle_end": "2026-09-02"}),
        json!({"statistic_type": 2, "query_type": "DAILY"}),
        json!({"statistic_type": 2, "query_type": "DAILY", "bill_cycle_begin": "2026-09-01"}),
        daily("2026-08-31", "2026-09-01"),
        daily("2026-09-01", "2026-10-01"),
        daily("2026-09-02", "2026-09-01"),
        json!({"bill_cycle_begin": "1 September"}),
        json!({"method": "mine"}),
        json!({"method": "sub_customer"}),
        json!({"limit": 0}),
        json!({"limit": 1001}),
        json!({"region": "x".repeat(65)}),
        json!({"payer_account_id": "x".repeat(65)}),
    ] {
        let reply = app.post(&tenant.customer, PATH, asked(&fields).to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{fields}");
    }
}
