//! `ListOnDemandResourceRatings`: what usage costs a customer.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::catalogue::{firewall, import};
use crate::harness::contract;
use crate::harness::json::Json;
use crate::harness::money::{Refused, refused};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListOnDemandResourceRatings";

fn rated(app: &App, key: &Key, items: &[Value]) -> Result<Json, Refused> {
    let fields = json!({"project_id": "0123456789abcdef", "product_infos": items});
    crate::harness::money::call(app, key, OPERATION, &fields)
}

/// An hour of a published specification.
fn model(id: &str, spec: &str) -> Value {
    json!({"id": id, "cloud_service_type": "hws.service.type.modelarts",
           "resource_type": "hws.resource.type.modelarts", "resource_spec": spec,
           "region": "cn-north-4", "resource_size": 1, "size_measure_id": 14,
           "usage_factor": "Duration", "usage_value": "1", "usage_measure_id": 4,
           "subscription_num": 1})
}

/// Published traffic.
fn traffic(value: &str, measure: u32) -> Value {
    json!({"id": "1", "cloud_service_type": "hws.service.type.vpc",
           "resource_type": "hws.resource.type.bandwidth", "resource_spec": "12_bgp",
           "region": "la-north-2", "usage_factor": "upflow", "usage_value": value,
           "usage_measure_id": measure, "subscription_num": 1})
}

#[test]
fn published_figures_come_out_to_the_digit() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    let items = [model("1", "modelarts.vm.cpu.4u"), model("2", "modelarts.vm.cpu.8u")];
    let body = rated(app, &key, &items).expect("rated");
    for (name, digits) in
        [("amount", "10.91"), ("official_website_amount", "10.91"), ("discount_amount", "0")]
    {
        assert_eq!(body.at(name).digits(), digits, "{name}");
    }
    assert_eq!(body.text_at("currency"), "CNY");
    let results = body.at("product_rating_results").as_list();
    for (result, (id, digits)) in results.iter().zip([("1", "3.5"), ("2", "7.41")]) {
        assert_eq!(result.text_at("id"), id);
        assert_eq!(result.at("amount").digits(), digits);
        assert_eq!(result.at("official_website_amount").digits(), digits);
        assert!(result.at("discount_rating_results").as_list().is_empty());
    }
    for (item, digits) in [(firewall("1", "730"), "262.8"), (traffic("300", 10), "24.3")] {
        let body = rated(app, &key, &[item]).expect("rated");
        assert_eq!(body.at("official_website_amount").digits(), digits);
    }
    let mut standard = firewall("1", "1");
    standard["resource_spec"] = json!("cfw.standard");
    assert_eq!(rated(app, &key, &[standard]), refused(400, "CBC.99006006"));
}

#[test]
fn usage_converts_and_keeps_as_many_decimals_as_asked_for() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    // 0.081 for a GB of 1024 MB: 0.0000791015625 for one MB.
    for (precision, digits) in
        [(json!(null), "0.000079"), (json!(0), "0.000079"), (json!(1), "0.0000791015")]
    {
        let fields = json!({"project_id": "p", "inquiry_precision": precision,
                            "product_infos": [traffic("1", 11)]});
        let reply = app.post(&key, contract::path_of(OPERATION), fields.to_string());
        assert_eq!(reply.json().at("amount").digits(), digits, "{precision}");
    }
    let body = rated(app, &key, &[traffic("1024", 11)]).expect("rated");
    assert_eq!(body.at("amount").digits(), "0.081");
    let mut upper = traffic("1.5", 10);
    upper["usage_factor"] = json!("UPFLOW");
    let body = rated(app, &key, &[upper]).expect("rated");
    assert_eq!(body.at("amount").digits(), "0.1215");
}

#[test]
fn the_agreement_counts_before_what_the_partner_gives() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (id, customer) = (&tenant.tenant_id, &tenant.customers[0]);
    let partner = json!({"kind": "partner_discount", "tenant_id": id,
        "discount_id": format!("{id}-PR"), "customer_id": customer, "discount_type": 607,
        "discount_name": "伙伴折扣", "discount_ratio": "0.5",
        "effective_time": "2026-01-01T00:00:00Z"});
    import(app, &[partner]);
    let answer = || rated(app, &tenant.customer, &[firewall("1", "730")]).expect("rated");
    let discount = |body: &Json| {
        let result = &body.at("product_rating_results").as_list()[0];
        let [discount] = result.at("discount_rating_results").as_list() else { panic!("{body:?}") };
        assert_eq!(discount.at("amount"), result.at("discount_amount"));
        (discount.at("discount_type").as_integer(), body.at("amount").digits().to_owned())
    };
    assert_eq!(discount(&answer()), (607, "131.4".to_owned()));

    import(
        app,
        &[
            json!({"kind": "business_agreement", "tenant_id": id,
                   "commerce_id": format!("{id}-CA"), "customer_id": customer,
                   "discount_name": "框架合同折扣", "effective_time": "2026-01-01T00:00:00Z",
                   "expire_time": "2096-01-01T00:00:00Z"}),
            json!({"kind": "business_discount", "tenant_id": id, "item_id": format!("{id}-I"),
                   "commerce_id": format!("{id}-CA"), "customer_id": customer,
                   "product_id": "OFFI896227341816221701", "charging_mode": "ONDEMAND",
                   "sales_price": "0.3"}),
        ],
    );
    let body = answer();
    // 0.30 in place of 0.36, for 730 hours.
    assert_eq!(discount(&body), (605, "219".to_owned()));
    assert_eq!(body.at("official_website_amount").digits(), "262.8");
    assert_eq!(body.at("discount_amount").digits(), "43.8");
}

#[test]
fn each_reason_is_reached() {
    let app = App::shared();
    let key = Tenant::in_books_of(app).customer;
    let with = |name: &str, value: Value| {
        let mut item = firewall("1", "730");
        item[name] = value;
        rated(app, &key, &[item])
    };
    assert_eq!(with("resource_spec", json!("cfw.none")), refused(400, "CBC.99006006"));
    assert_eq!(with("region", json!("cn-north-4")), refused(400, "CBC.99006006"));
    assert_eq!(with("usage_measure_id", json!(10)), refused(400, "CBC.99006050"));
    assert_eq!(with("usage_measure_id", json!(4_000)), refused(400, "CBC.99006050"));
    assert_eq!(with("usage_factor", json!("upflow")), refused(400, "CBC.99006074"));
    let body = with("subscription_num", json!(4_294_967_295_u32)).expect("rated");
    assert_eq!(body.at("amount").digits(), "1128717405126");
    let mut dear = firewall("1", "10000000000000");
    dear["subscription_num"] = json!(4_294_967_295_u32);
    assert_eq!(rated(app, &key, &[dear]), refused(400, "CBC.99006055"));
}

#[test]
fn refuses_fields_that_are_wrong() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let many: Vec<Value> = (0..101).map(|number| firewall(&number.to_string(), "1")).collect();
    assert_eq!(rated(app, &tenant.customer, &many), refused(400, "CBC.0100"));
    let twins = [firewall("1", "1"), firewall("1", "1")];
    assert_eq!(rated(app, &tenant.customer, &twins), refused(400, "CBC.0100"));
    let path = contract::path_of(OPERATION);
    let post = |item: &str| {
        let body = format!(r#"{{"project_id":"p","product_infos":[{item}]}}"#);
        app.post(&tenant.customer, path, body).outcome()
    };
    for value in ["0", "-1", "-0.5", "1e400", "1e-400", "null", "\"\"", "0.123456789", "1e15"] {
        let item = firewall("1", "VALUE").to_string().replace("\"VALUE\"", value);
        assert_eq!(post(&item), (400, "CBC.0100".to_owned()), "{value}");
    }
    for value in ["1e2", "100.00", "\"100\""] {
        let item = firewall("1", "VALUE").to_string().replace("\"VALUE\"", value);
        assert_eq!(post(&item).0, 200, "{value}");
    }
    for (name, value) in [
        ("usage_factor", json!("")),
        ("usage_factor", json!("a".repeat(401))),
        ("usage_measure_id", json!(-1)),
        ("usage_measure_id", Value::Null),
        ("subscription_num", json!(0)),
        ("resource_size", json!(0)),
        ("resource_size", json!(5)),
        ("size_measure_id", json!(14)),
        ("other", json!(1)),
    ] {
        let mut item = firewall("1", "1");
        item[name] = value.clone();
        assert_eq!(post(&item.to_string()), (400, "CBC.0100".to_owned()), "{name} {value}");
    }
    for precision in [json!(2), json!(-1), json!("1")] {
        let body = json!({"project_id": "p", "inquiry_precision": precision,
                          "product_infos": [firewall("1", "1")]});
        let reply = app.post(&tenant.customer, path, body.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{precision}");
    }
    // What is sold by size wants one.
    let mut unsized_model = model("1", "modelarts.vm.cpu.8u");
    for name in ["resource_size", "size_measure_id"] {
        unsized_model.as_object_mut().expect("fields").remove(name);
    }
    assert_eq!(post(&unsized_model.to_string()), (400, "CBC.0100".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn refuses_partners() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for key in [&tenant.distributor, &tenant.reseller] {
        assert_eq!(rated(app, key, &[firewall("1", "1")]), refused(403, "CBC.0151"));
    }
}
