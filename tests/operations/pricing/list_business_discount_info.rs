//! `ListBusinessDiscountInfo`: what a customer's agreement says.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::catalogue::{BLOCK_STORAGE, ELASTIC_CLOUD_SERVER, SERVER, import, texts};
use crate::harness::contract;
use crate::harness::json::Json;
use crate::harness::money::{call, refused};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListBusinessDiscountInfo";
const PRODUCT: &str = "00301-233164-0--0";

/// A customer with an agreement on a product and on three categories, and one that is over.
fn agreed(app: &App) -> Tenant {
    let tenant = Tenant::in_books_of(app);
    let (id, customer) = (&tenant.tenant_id, &tenant.customers[0]);
    let agreement = |name: &str, begin: &str, end: &str| {
        json!({"kind": "business_agreement", "tenant_id": id, "commerce_id": format!("{id}-{name}"),
               "customer_id": customer, "commerce_code": name, "discount_name": "框架合同折扣",
               "effective_time": begin, "expire_time": end})
    };
    let item = |name: &str, commerce: &str, more: Value| {
        let mut line = json!({"kind": "business_discount", "tenant_id": id,
            "item_id": format!("{id}-{name}"), "commerce_id": format!("{id}-{commerce}"),
            "customer_id": customer, "charging_mode": "MONTHLY"});
        for (field, value) in more.as_object().expect("fields") {
            line[field] = value.clone();
        }
        line
    };
    let server = json!({"service_type_code": ELASTIC_CLOUD_SERVER, "resource_type_code": SERVER,
                        "region_code": "cn-north-4", "zone_code": "cn-north-4a",
                        "site_code": "HWC_CN", "discount_ratio": "0.85"});
    import(
        app,
        &[
            agreement("OLD", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
            agreement("CA", "2026-01-01T00:00:00Z", "2096-01-01T00:00:00Z"),
            item("price", "CA", json!({"product_id": PRODUCT, "sales_price": "30.50"})),
            item("old", "OLD", json!({"product_id": PRODUCT, "discount_ratio": "0.1"})),
            item("server", "CA", server),
            item(
                "disk",
                "CA",
                json!({"service_type_code": BLOCK_STORAGE, "discount_ratio": "0.9",
                       "charging_mode": "1_YEARLY", "effective_time": "2026-02-01T00:00:00Z",
                       "expire_time": "2090-01-01T00:00:00Z"}),
            ),
            item(
                "past",
                "CA",
                json!({"service_type_code": BLOCK_STORAGE, "discount_ratio": "0.2",
                       "expire_time": "2026-02-01T00:00:00Z"}),
            ),
        ],
    );
    tenant
}

fn asked(app: &App, key: &Key, more: &Value) -> Json {
    let mut fields = json!({"quoting_item_type": "CATEGORY_ITEM"});
    for (field, value) in more.as_object().expect("fields") {
        fields[field] = value.clone();
    }
    call(app, key, OPERATION, &fields).expect("discounts")
}

fn names(body: &Json, list: &str) -> Vec<String> {
    let ids = texts(body.at(list).as_list(), "item_id");
    ids.into_iter().map(|id| id.rsplit('-').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn lists_product_items_with_what_the_catalogue_has_on_them() {
    let app = App::shared();
    let tenant = agreed(app);
    let body = asked(app, &tenant.customer, &json!({"quoting_item_type": "PRODUCT_ITEM"}));
    assert_eq!(body.at("total_count").as_integer(), 1);
    assert_eq!(body.text_at("commerce_code"), "CA");
    assert_eq!(body.text_at("effective_time"), "2026-01-01T00:00:00Z");
    assert!(body.at("category_quoting_items").as_list().is_empty());
    let [item] = body.at("product_quoting_items").as_list() else { panic!("{body:?}") };
    for (name, text) in [
        ("product_id", PRODUCT),
        ("product_spec_name", "s6.small.1.linux"),
        ("cloud_service_type", ELASTIC_CLOUD_SERVER),
        ("cloud_service_type_name", "弹性云服务器"),
        ("charging_mode", "MONTHLY"),
        ("expire_time", "2096-01-01T00:00:00Z"),
    ] {
        assert_eq!(item.text_at(name), text, "{name}");
    }
    assert_eq!(item.at("preferential_type").as_integer(), 1);
    assert_eq!(item.at("sales_price").digits(), "30.50");
    assert_eq!(item.get("discount_ratio"), None);
    assert_eq!(item.at("related_regions").as_list()[0].text_at("region_code"), "cn-east-2");
}

#[test]
fn lists_category_items_and_filters_them() {
    let app = App::shared();
    let tenant = agreed(app);
    let listed =
        |more: Value| names(&asked(app, &tenant.customer, &more), "category_quoting_items");
    assert_eq!(listed(json!({})), ["disk", "server"]);
    for name in ["cloud_service_types", "charging_modes"] {
        assert_eq!(listed(json!({name: []})), ["disk", "server"]);
        // The SDK sends no null.
        let fields = json!({"quoting_item_type": "CATEGORY_ITEM", name: null});
        let reply = app.post(&tenant.customer, contract::path_of(OPERATION), fields.to_string());
        assert_eq!(names(&reply.json(), "category_quoting_items"), ["disk", "server"]);
    }
    assert_eq!(listed(json!({"cloud_service_types": ["HWS.service.type.EC2"]})), ["server"]);
    assert_eq!(listed(json!({"charging_modes": ["1_yearly", "DAILY"]})), ["disk"]);
    assert_eq!(listed(json!({"site_code": "hwc_cn"})), ["server"]);
    assert_eq!(listed(json!({"site_code": "other"})), [""; 0]);
    assert_eq!(listed(json!({"offset": 1})), ["server"]);
    assert_eq!(listed(json!({"limit": 1})), ["disk"]);

    let body = asked(app, &tenant.customer, &json!({"site_code": "HWC_CN"}));
    let [item] = body.at("category_quoting_items").as_list() else { panic!("{body:?}") };
    for (name, text) in [
        ("resource_type_code", SERVER),
        ("resource_type_name", "云主机"),
        ("region_name", "华北-北京四"),
        ("az_code", "cn-north-4a"),
        ("az_name", "可用区1"),
    ] {
        assert_eq!(item.text_at(name), text, "{name}");
    }
    assert_eq!(item.at("discount_ratio").digits(), "0.85");
    let [site] = body.at("sites").as_list() else { panic!("{body:?}") };
    assert_eq!(site.text_at("site_code"), "HWC_CN");
    assert_eq!(site.at("regions").as_list()[0].text_at("region_code"), "cn-north-4");
}

#[test]
fn a_customer_without_an_agreement_has_no_items() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let body = asked(app, &tenant.customer, &json!({}));
    assert_eq!(body.at("total_count").as_integer(), 0);
    assert_eq!(body.get("commerce_id"), None);
}

#[test]
fn refuses_fields_that_are_wrong_and_partners() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let many = |count: usize| json!(vec!["a"; count]);
    for more in [
        json!({"quoting_item_type": "ITEM"}),
        json!({"quoting_item_type": null}),
        json!({"cloud_service_types": many(101)}),
        json!({"cloud_service_types": ["a".repeat(65)]}),
        json!({"charging_modes": many(21)}),
        json!({"charging_modes": ["a".repeat(65)]}),
        json!({"site_code": ""}),
        json!({"site_code": "a".repeat(65)}),
        json!({"offset": -1}),
        json!({"limit": 0}),
        json!({"limit": 1001}),
        json!({"other": 1}),
    ] {
        let mut fields = json!({"quoting_item_type": "PRODUCT_ITEM"});
        for (field, value) in more.as_object().expect("fields") {
            fields[field] = value.clone();
        }
        let path = contract::path_of(OPERATION);
        let reply = app.post(&tenant.customer, path, fields.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{more}");
    }
    let fields = json!({"quoting_item_type": "PRODUCT_ITEM"});
    for key in [&tenant.distributor, &tenant.reseller] {
        assert_eq!(call(app, key, OPERATION, &fields), refused(403, "CBC.0151"));
    }
}
