//! All operations with the demo keys, through the official SDK: what the README shows works.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::app::App;
use crate::book::{DEMO, sorted, total};
use crate::create_partner_coupons::assert_left;
use crate::json::Json;

const TENANT: &str = "demo-distributor";

/// Each operation with fields that it takes from the demo distributor.
fn calls() -> Vec<(&'static str, Value)> {
    let distributor = DEMO.partners("distributor")[0];
    let customer = DEMO.customers(distributor, "2")[0];
    let (quota, granted) = quota_and_granted();
    vec![
        ("ListPartnerBalances", json!({})),
        (
            "CreatePartnerCoupons",
            json!({
                "quota_id": quota, "customer_ids": [customer], "face_value": "99.99",
            }),
        ),
        ("ReclaimCouponQuotas", json!({"quota_ids": granted})),
        (
            "ListSubcustomerMonthlyBills",
            json!({
                "cycle": "2026-10", "charge_mode": "1", "limit": 100,
            }),
        ),
        (
            "ListSubCustomerBillDetail",
            json!({
                "bill_cycle": "2026-10", "customer_id": customer, "limit": 1000,
            }),
        ),
        ("ShowRealnameAuthenticationReviewResult", json!({"customer_id": customer})),
        ("ListSubCustomers", json!({"limit": 100})),
        ("ListSubCustomerNewTag", json!({"customer_ids": [customer]})),
        ("ListIndirectPartners", json!({})),
        ("ListConsumeSubCustomers", json!({"bill_cycle": "2026-10", "limit": 100})),
        ("CheckUserIdentity", json!({"search_type": "name", "search_value": "demo-customer"})),
        (
            "SendVerificationMessageCode",
            json!({
                "receiver_type": 1, "mobile_phone": "13812345678",
            }),
        ),
        (
            "CreateSubCustomer",
            json!({
                "domain_name": "demo-customer", "xaccount_id": "x", "xaccount_type": "demo",
            }),
        ),
    ]
}

/// The quota that parts are granted of, and those parts.
fn quota_and_granted() -> (&'static str, Vec<&'static str>) {
    let grants: Vec<&Json> = DEMO.of_kind("quota_grant").collect();
    let quota = grants[0].text_at("parent_quota_id");
    (quota, grants.iter().map(|grant| grant.text_at("quota_id")).collect())
}

#[test]
fn the_sdk_performs_every_operation_with_the_demo_keys() {
    let app = App::start();
    app.import(&DEMO);
    let distributor = DEMO.partners("distributor")[0];
    let key = DEMO.key(distributor);
    let customer = DEMO.customers(distributor, "2")[0];
    let answers: Vec<Json> = calls()
        .iter()
        .map(|(operation, fields)| {
            let answer = app.sdk(&key, operation, fields);
            answer.outcome.unwrap_or_else(|error| panic!("{operation}: {error:?}"))
        })
        .collect();
    let [balances, coupons, quotas, sums, lines, review, others @ ..] = &answers[..] else {
        panic!()
    };
    let [customers, tags, resellers, consuming, identity, _, created] = others else { panic!() };

    let amount = |item: &Json| item.at("amount").as_decimal();
    let answered: Decimal = balances.at("account_balances").as_list().iter().map(amount).sum();
    let expected: Decimal = DEMO.balances(distributor).iter().map(|balance| balance.amount).sum();
    assert_eq!(answered, expected);

    assert_eq!(coupons.at("coupon_infos").as_list().len(), 1);
    let (quota, granted) = quota_and_granted();
    assert_eq!(quotas.at("simple_quota_infos").as_list().len(), granted.len());
    let granted: Decimal = granted.iter().map(|quota| DEMO.quota_balance(quota)).sum();
    let left = DEMO.quota_balance(quota) + granted - Decimal::new(9999, 2);

    let expected = DEMO.monthly_bills(distributor, "2026-10", "1");
    let sums = sums.at("bill_sums").as_list();
    assert_eq!(total(sums, "amount"), total(&expected, "amount"));
    assert_eq!(sorted(sums), sorted(&expected));
    let expected = DEMO.fee_records(distributor, "2026-10", customer);
    let lines = lines.at("fee_records").as_list();
    assert_eq!(total(lines, "payment_amount"), total(&expected, "payment_amount"));
    assert_eq!(sorted(lines), sorted(&expected));
    let expected = DEMO.latest_review(customer).expect("the first customer has one");
    assert_eq!(review.at("review_result"), expected.at("review_result"));

    assert_eq!(customers.at("customer_infos").as_list(), DEMO.customer_infos(distributor));
    assert_eq!(tags.at("new_customer_tags").as_list()[0].text_at("customer_id"), customer);
    assert_eq!(resellers.at("indirect_partners").as_list(), DEMO.resellers(distributor));
    let expected = DEMO.consuming_customers(distributor, "2026-10");
    assert_eq!(consuming.at("sub_customers").as_list().len(), expected.len());
    assert_eq!(identity.text_at("check_result"), "available");
    assert_eq!(created.text_at("domain_name"), "demo-customer");

    assert_left(&app, &key, quota, customer, &left.to_string());
    let audit = app.audit(TENANT);
    let sum = Decimal::from_str_exact(audit.text_at("sum")).expect("a decimal");
    assert_eq!(sum, DEMO.outside_sum(TENANT));
}

#[test]
fn a_customers_key_opens_none_of_the_partners_operations() {
    let app = App::shared();
    let before = app.audit(TENANT);
    let customers = DEMO.of_kind("access_key").filter_map(|key| key.get("customer_id"));
    for customer_id in customers {
        for (operation, fields) in calls() {
            let answer = app.sdk(&DEMO.key(customer_id.as_text()), operation, &fields);
            let error = answer.outcome.expect_err("refused");
            let outcome = (error.status_code, error.error_code.as_str());
            assert_eq!(outcome, (403, "CBC.0151"), "{operation}");
        }
    }
    assert_eq!(app.audit(TENANT), before);
}
