//! A customer's own bill: lines of a month in which every amount is another one.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::{Book, fee_record};
use crate::harness::json::Json;
use crate::harness::money::call;
use crate::harness::tenant::Tenant;

/// The month of the lines.
pub const CYCLE: &str = "2026-09";

/// A line of the tenant's first customer.
pub fn line(tenant: &Tenant, id: &str, members: &Value) -> Value {
    let own = json!({
        "tenant_id": tenant.tenant_id,
        "partner_id": tenant.distributor.principal_id,
        "customer_id": tenant.customers[0],
        "id": format!("{}-{id}", tenant.tenant_id),
        "bill_cycle": CYCLE,
        "trade_id": format!("trade-{id}"),
        "resource_id": format!("resource-{id}"),
    });
    with(serde_json::from_str(&fee_record(&own)).expect("a line"), members)
}

/// An object with these members, in place of its own where it has them.
pub fn with(mut line: Value, members: &Value) -> Value {
    for (name, value) in members.as_object().expect("an object") {
        line[name] = value.clone();
    }
    line
}

/// Bought for a month with every kind of money, on the first day of September in GMT+8.
pub fn bought(tenant: &Tenant, id: &str) -> Value {
    let bought = line(
        tenant,
        id,
        &json!({
            "service_type_code": "hws.service.type.ec2", "service_type_name": "ECS",
            "resource_type_code": "hws.resource.type.vm", "resource_type_name": "Cloud host",
            "region_code": "cn-north-4", "region_name": "Beijing4",
            "charging_mode": 1, "bill_detail_type": 1,
            "trade_time": "2026-08-31T16:00:00Z", "consume_time": "2026-08-31T16:00:00Z",
            "effective_time": "2026-08-31T16:00:00Z", "expire_time": "2026-09-30T15:59:59Z",
            "official_amount": "100.00", "official_discount_amount": "39.995",
            "payment_amount": "60.00", "cash_amount": "10.00", "credit_amount": "11.00",
            "coupon_amount": "12.00", "flexipurchase_coupon_amount": "7.00",
            "stored_value_card_amount": "8.00", "bonus_amount": "9.00", "debt_amount": "1.00",
            "writeoff_amount": "2.00", "period_type": 20, "period_num": "1",
        }),
    );
    let described = json!({
        "enterprise_project_id": "project-1", "enterprise_project_name": "One",
        "product_id": "product-1", "product_name": "Product one",
        "product_spec_desc": "two processors", "resource_tag": "a=b", "sku_code": "s6.small.1",
        "spec_size": "40", "spec_size_measure_id": 17, "unit_price": "100", "unit": "yuan/month",
        "formula": "1*100", "relative_order_id": "child-1", "zone_code": "cn-north-4a",
        "root_resource_id": "root-1", "parent_resource_id": "parent-1",
        "pre_order_id": "order-0", "is_spot": "--", "promotion_type": "605,301",
        "be_id": "be-1", "payment_type": "ALL_UPFRONT",
        "tag_pairs": [{"tag_key": "team", "tag_value": "blue"}],
        "cost_unit_pairs": [{"cost_unit_name": "unit", "cost_unit_rule_value": "north"}],
    });
    with(bought, &described)
}

/// An hour of usage that begins at a time, not paid in full.
pub fn used(tenant: &Tenant, id: &str, from: &str, to: &str) -> Value {
    line(
        tenant,
        id,
        &json!({
            "service_type_code": "hws.service.type.obs", "service_type_name": "OBS",
            "resource_type_code": "hws.resource.type.obs", "resource_type_name": "Storage",
            "region_code": "cn-east-3", "charging_mode": 3, "bill_detail_type": 5,
            "resource_id": "bucket", "resource_name": "bucket", "trade_time": to,
            "consume_time": from, "effective_time": from, "expire_time": to,
            "usage_type": "space", "usage_amount": "1.5", "usage_measure_id": 10,
            "official_amount": "0.12345678", "official_discount_amount": "0",
            "payment_amount": "0.12", "cash_amount": "0.12", "coupon_amount": "0",
            "unit_price": "0.08", "unit": "yuan/GB/hour", "formula": "1.5*0.08",
        }),
    )
}

/// Given back on the last day of the month in GMT+8.
pub fn given_back(tenant: &Tenant, id: &str) -> Value {
    let amounts = json!({
        "bill_detail_type": 4, "trade_time": "2026-09-30T15:59:59Z",
        "consume_time": "2026-09-30T15:59:59Z", "official_amount": "-20",
        "official_discount_amount": "0", "payment_amount": "-20.00", "cash_amount": "-20.00",
        "credit_amount": "0", "coupon_amount": "0", "flexipurchase_coupon_amount": "0",
        "stored_value_card_amount": "0", "bonus_amount": "0", "debt_amount": "0",
        "writeoff_amount": "0",
    });
    with(bought(tenant, id), &amounts)
}

/// Something that cost nothing and says little.
pub fn free(tenant: &Tenant, id: &str) -> Value {
    let amounts = ["official_amount", "official_discount_amount", "payment_amount", "cash_amount"];
    let mut line = used(tenant, id, "2026-09-10T00:00:00Z", "2026-09-10T01:00:00Z");
    for name in amounts {
        line[name] = json!("0");
    }
    line["provider_type"] = json!(2);
    line["status"] = json!(3);
    line
}

/// A tenant whose first customer has one line bought, three of usage in two days, one free and one
/// given back. Another customer has a line as well.
pub fn tenant_with_bill(app: &App) -> Tenant {
    let tenant = Tenant::in_books_of(app);
    let mut others = used(&tenant, "other", "2026-09-04T00:00:00Z", "2026-09-04T01:00:00Z");
    others["customer_id"] = json!(tenant.customers[1]);
    let lines = [
        bought(&tenant, "bought"),
        used(&tenant, "use-1", "2026-09-02T14:00:00Z", "2026-09-02T15:00:00Z"),
        used(&tenant, "use-2", "2026-09-02T15:00:00Z", "2026-09-02T16:00:00Z"),
        used(&tenant, "use-3", "2026-09-02T16:00:00Z", "2026-09-02T17:00:00Z"),
        free(&tenant, "free"),
        given_back(&tenant, "back"),
        others,
    ];
    app.import(&Book::new(lines.iter().map(|line| format!("{line}\n")).collect()));
    tenant
}

/// What identifies the lines of an answer, in their order.
pub fn trades(body: &Json, list: &str) -> Vec<String> {
    let trade = |item: &Json| item.get("trade_id").map_or("-", Json::as_text).to_owned();
    let items = body.at(list).as_list().iter();
    items.map(|item| trade(item).trim_start_matches("trade-").to_owned()).collect()
}

/// Asks the customer's own bill through the SDK.
pub fn own(app: &App, tenant: &Tenant, operation: &str, fields: &Value) -> Json {
    call(app, &tenant.customer, operation, fields).unwrap_or_else(|error| panic!("{error:?}"))
}

/// Whether the amounts of an item are these, by name.
pub fn assert_amounts(item: &Json, expected: &[(&str, &str)]) {
    for (name, amount) in expected {
        let expected = Decimal::from_str_exact(amount).expect("an amount");
        assert_eq!(item.at(name).as_decimal(), expected, "{name} of {item:?}");
    }
}

/// A day's values of a resource, from midnight in GMT+8 on.
pub fn measured(tenant: &Tenant, resource: &str, date: &str, values: &[&str]) -> Value {
    json!({
        "kind": "usage_95", "tenant_id": tenant.tenant_id, "customer_id": tenant.customers[0],
        "resource_id": resource, "service_type_code": "hws.service.type.cdn",
        "resource_type_code": "hws.resource.type.cdn", "usage_type": "95Peak", "measure_id": 15,
        "date": date, "usages": values,
    })
}
