//! All operations with the demo keys, through the official SDK: what the README shows works.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::{DEMO, sorted, total};
use crate::harness::documentation;
use crate::harness::enterprise::{code_request, new_member};
use crate::harness::enterprise_coupons::{RETRIEVE, TRANSFER, back, out};
use crate::harness::issuing::assert_left;
use crate::harness::json::Json;
use crate::harness::money::{self, decimal};
use crate::harness::realname::{self, CHANGE, ENTERPRISE, INDIVIDUAL};
use crate::harness::signer::Key;

const TENANT: &str = "demo-distributor";

/// Each operation of partners with fields that it takes from the demo distributor, but for those
/// that [`created`] makes.
fn calls() -> Vec<(&'static str, Value)> {
    [balances_and_bills(), allocations(), coupons(), quotas(), customers()].concat()
}

fn balances_and_bills() -> Vec<(&'static str, Value)> {
    let distributor = DEMO.partners("distributor")[0];
    let customer = DEMO.customers(distributor, "2")[0];
    let of_month = json!({"cycle": "2026-10", "charge_mode": "1", "limit": 100});
    let of_customer = json!({"bill_cycle": "2026-10", "customer_id": customer, "limit": 1000});
    vec![
        ("ListPartnerBalances", json!({})),
        ("ListCustomersBalancesDetail", json!({"customer_infos": [{"customer_id": customer}]})),
        ("ListSubcustomerMonthlyBills", of_month),
        ("ListSubCustomerBillDetail", of_customer),
        ("ListConsumeSubCustomers", json!({"bill_cycle": "2026-10", "limit": 100})),
    ]
}

/// Whatever goes to somebody comes back.
fn allocations() -> Vec<(&'static str, Value)> {
    let distributor = DEMO.partners("distributor")[0];
    let to_customer =
        json!({"customer_id": DEMO.customers(distributor, "2")[0], "amount": "10.01"});
    let to_reseller =
        json!({"indirect_partner_id": DEMO.partners("reseller")[0], "amount": "20.02"});
    vec![
        ("UpdateCustomerAccountAmount", to_customer.clone()),
        ("ReclaimToPartnerAccount", to_customer),
        ("UpdateIndirectPartnerAccount", to_reseller.clone()),
        ("ReclaimIndirectPartnerAccount", to_reseller),
        ("ListPartnerAdjustRecords", json!({})),
        (
            "ListPartnerAccountChangeRecords",
            json!({"balance_type": "BALANCE_TYPE_DEBIT", "trade_time_begin": "2000-01-01"}),
        ),
    ]
}

fn coupons() -> Vec<(&'static str, Value)> {
    let (quota, _) = quota_and_granted();
    let customer = DEMO.customers(DEMO.partners("distributor")[0], "2")[0];
    let issue = json!({"quota_id": quota, "customer_ids": [customer], "face_value": "99.99"});
    vec![
        ("CreatePartnerCoupons", issue),
        ("ListIssuedPartnerCoupons", json!({})),
        ("ListPartnerCouponsRecord", json!({})),
    ]
}

fn quotas() -> Vec<(&'static str, Value)> {
    let (quota, granted) = quota_and_granted();
    let reseller = DEMO.partners("reseller")[0];
    let grant =
        json!({"quota_id": quota, "indirect_partner_ids": [reseller], "quota_amount": "30.03"});
    vec![
        ("ReclaimCouponQuotas", json!({"quota_ids": granted})),
        ("UpdateCouponQuotas", grant),
        ("ListQuotaCoupons", json!({})),
        ("ListIssuedCouponQuotas", json!({})),
        ("ListCouponQuotasRecords", json!({})),
    ]
}

fn customers() -> Vec<(&'static str, Value)> {
    let distributor = DEMO.partners("distributor")[0];
    let customer = DEMO.customers(distributor, "2")[0];
    let name = json!({"search_type": "name", "search_value": "demo-customer"});
    let mobile = json!({"receiver_type": 1, "mobile_phone": "13812345678"});
    let create =
        json!({"domain_name": "demo-customer", "xaccount_id": "x", "xaccount_type": "demo"});
    let of_status = |status: &str, kind: i64| {
        let mut customers = DEMO.with("customer", "partner_id", distributor);
        let found = customers.find(|line| {
            line.text_at("verified_status") == status
                && line.at("customer_type").as_integer() == kind
        });
        found.expect("the demo book has one").text_at("customer_id")
    };
    let (unverified, person) = (of_status("-1", 1), of_status("2", 0));
    vec![
        ("ShowRealnameAuthenticationReviewResult", json!({"customer_id": customer})),
        ("ListSubCustomers", json!({"limit": 100})),
        ("ListSubCustomerNewTag", json!({"customer_ids": [customer]})),
        ("ListIndirectPartners", json!({})),
        ("CheckUserIdentity", name),
        ("SendVerificationMessageCode", mobile),
        ("CreateSubCustomer", create),
        (ENTERPRISE, realname::company(unverified)),
        (CHANGE, realname::change(person)),
    ]
}

/// The operations of partners on what others have made: a coupon and a customer.
fn created(coupon: &str, customer: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("ReclaimPartnerCoupons", json!({"coupon_id": coupon})),
        (INDIVIDUAL, realname::person(customer, "E0000001")),
    ]
}

/// Each operation of customers with fields that it takes from the demo customer.
fn of_customers() -> Vec<(&'static str, Value)> {
    vec![
        ("ShowCustomerAccountBalances", json!({})),
        ("ShowRealNameAuthStatus", json!({})),
        ("ListSubCustomerCoupons", json!({})),
        ("ListCustomerCouponChangeRecords", json!({"balance_type": "BALANCE_TYPE_COUPON"})),
        ("ListStoredValueCards", json!({"status": 1})),
    ]
}

/// A customer's own bills and costs, of the month that [`balances_and_bills`] asks for.
fn bills_of_customers() -> Vec<(&'static str, Value)> {
    let peaks = json!({"bill_cycle": "2026-10", "service_type_code": "hws.service.type.cdn",
                       "resource_type_code": "hws.resource.type.cdn", "usage_type": "95Peak"});
    let mut peaks_of_one = peaks.clone();
    peaks_of_one["resource_id"] = json!("cdn");
    let costs = json!({
        "time_condition": {"time_measure_id": 2, "begin_time": "2026-10", "end_time": "2026-10"},
        "groupby": [{"type": "dimension", "key": "CLOUD_SERVICE_TYPE"}],
        "cost_type": "ORIGINAL_COST", "amount_type": "PAYMENT_AMOUNT", "limit": 100,
    });
    vec![
        (SUM, json!({"bill_cycle": "2026-10", "limit": 100})),
        ("ListCustomerBillsFeeRecords", json!({"bill_cycle": "2026-10", "limit": 100})),
        ("ListCustomerselfResourceRecords", json!({"cycle": "2026-10", "limit": 100})),
        ("ListCustomerselfResourceRecordDetails", json!({"cycle": "2026-10", "limit": 100})),
        ("ListResourceUsageSummary", peaks),
        ("ListResourceUsage", peaks_of_one),
        ("ListCosts", costs),
        ("ListCustomerBillsMonthlyBreakDown", json!({"shared_month": "2026-10", "limit": 100})),
    ]
}

/// The master of the demo book's enterprise, and its member that has money of its own.
fn master_and_member() -> (&'static str, &'static str) {
    let mut members = DEMO.of_kind("enterprise_member");
    let is_independent = |line: &&Json| line.get("financial_custody").is_none();
    let member = members.find(is_independent).expect("the demo book has one");
    (member.text_at("master_id"), member.text_at("customer_id"))
}

/// The coupon that the cloud has issued to the master.
fn masters_coupon() -> &'static str {
    DEMO.of_kind("cloud_coupon").next().expect("the demo book has one").text_at("coupon_id")
}

/// Each operation of masters with fields that it takes from the demo enterprise, but for the one
/// that takes a coupon back.
fn of_master() -> Vec<(&'static str, Value)> {
    let (_, member) = master_and_member();
    let moved = json!({"customer_id": member, "amount": "50.05"});
    let cash = json!({"balance_type": "BALANCE_TYPE_DEBIT"});
    let of_member = json!({"sub_customer_id": member, "balance_type": "BALANCE_TYPE_DEBIT"});
    vec![
        ("ListEnterpriseOrganizations", json!({"recursive_query": 1})),
        ("ListEnterpriseSubCustomers", json!({})),
        ("UpdateSubEnterpriseAmount", moved.clone()),
        ("ListEnterpriseMultiAccount", of_member),
        ("ReclaimSubEnterpriseAmount", moved),
        ("ShowMultiAccountTransferAmount", cash),
        (TRANSFER, out(member, masters_coupon(), "100.00")),
        ("ListMultiAccountTransferCoupons", json!({})),
        ("ListMultiAccountRetrieveCoupons", json!({"sub_customer_id": member})),
        ("SendSmsVerificationCode", code_request("13912345679")),
        ("CreateSubEnterpriseAccount", new_member("demo-recruit")),
        ("CreateEnterpriseProjectAuth", json!({})),
    ]
}

/// Performs the operations of the demo enterprise's master. What it gives comes back.
fn perform_as_master(app: &App, answers: &mut BTreeMap<&str, Json>) {
    let (master, member) = master_and_member();
    let key = DEMO.key(master);
    for (operation, fields) in of_master() {
        answers.insert(operation, perform(app, &key, operation, &fields));
    }
    let child = answers[TRANSFER].text_at("sub_coupon_id").to_owned();
    let fields = back(member, masters_coupon(), &child);
    answers.insert(RETRIEVE, perform(app, &key, RETRIEVE, &fields));
    assert_enterprise(answers);
}

fn assert_enterprise(answers: &BTreeMap<&str, Json>) {
    let members = answers["ListEnterpriseSubCustomers"].at("sub_customer_infos").as_list();
    assert_eq!(members.len(), DEMO.of_kind("enterprise_member").count());
    let amount = |operation: &str, field: &str| {
        let amounts = answers[operation].at("amount_infos").as_list();
        amounts[0].at(field).as_decimal()
    };
    let retrievable = amount("ListEnterpriseMultiAccount", "avail_retrieve_amount");
    assert_eq!(retrievable, decimal("50.05"));
    let transferable = amount("ShowMultiAccountTransferAmount", "avail_transfer_amount");
    assert_eq!(transferable, decimal("20000.00"));
    let coupons = answers["ListMultiAccountTransferCoupons"].at("avail_transfer_coupons");
    assert_eq!(decimal(coupons.as_list()[0].text_at("balance")), decimal("200.00"));
    assert_eq!(decimal(answers[RETRIEVE].text_at("real_retrieve_amout")), decimal("100.00"));
}

const SUM: &str = "ShowCustomerMonthlySum";

/// This one is for customers that no partner funds, and the demo key's customer is funded.
const STATEMENT: &str = "ListCustomerAccountChangeRecords";

/// And this one for customers that are not authenticated yet.
const QR_CODE: &str = "ShowRealNameAuthQrCode";

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
    let mut answers: BTreeMap<&str, Json> = BTreeMap::new();
    for (operation, fields) in calls() {
        answers.insert(operation, perform(&app, &key, operation, &fields));
    }
    let coupon = &answers["CreatePartnerCoupons"].at("coupon_infos").as_list()[0];
    let created_customer = answers["CreateSubCustomer"].text_at("domain_id");
    for (operation, fields) in created(coupon.text_at("coupon_id"), created_customer) {
        answers.insert(operation, perform(&app, &key, operation, &fields));
    }
    let customers_key = DEMO.key(customer);
    for (operation, fields) in [of_customers(), bills_of_customers()].concat() {
        answers.insert(operation, perform(&app, &customers_key, operation, &fields));
    }
    perform_as_master(&app, &mut answers);
    let statement = json!({"balance_type": "BALANCE_TYPE_DEBIT"});
    let refused = money::call(&app, &customers_key, STATEMENT, &statement);
    assert_eq!(refused, money::refused(400, "CBC.99000084"));
    let refused = money::call(&app, &customers_key, QR_CODE, &json!({}));
    assert_eq!(refused, money::refused(400, "CBC.99007004"));

    let performed = answers.keys().copied().chain([STATEMENT, QR_CODE]).map(str::to_owned);
    // Those about the catalogue and orders need more than the demo book brings.
    let others = ["orders", "pricing", "products", "regions-config", "resources"];
    assert_eq!(performed.collect::<BTreeSet<String>>(), documentation::working_but(&others));
    assert_bills(&answers);
    assert_customers(&answers);
    assert_moved(&answers);
    let (quota, granted) = quota_and_granted();
    let granted: Decimal = granted.iter().map(|quota| DEMO.quota_balance(quota)).sum();
    let left = DEMO.quota_balance(quota) + granted - decimal("30.03");
    assert_left(&app, &key, quota, customer, &left.to_string());
    let audit = app.audit(TENANT);
    assert_eq!(decimal(audit.text_at("sum")), DEMO.outside_sum(TENANT));
}

fn perform(app: &App, key: &Key, operation: &str, fields: &Value) -> Json {
    let answer = money::call(app, key, operation, fields);
    answer.unwrap_or_else(|refused| panic!("{operation}: {refused:?}"))
}

fn assert_bills(answers: &BTreeMap<&str, Json>) {
    let distributor = DEMO.partners("distributor")[0];
    let customer = DEMO.customers(distributor, "2")[0];
    let expected = DEMO.monthly_bills(distributor, "2026-10", "1");
    let sums = answers["ListSubcustomerMonthlyBills"].at("bill_sums").as_list();
    assert_eq!(total(sums, "amount"), total(&expected, "amount"));
    assert_eq!(sorted(sums), sorted(&expected));
    let expected = DEMO.fee_records(distributor, "2026-10", customer);
    let lines = answers["ListSubCustomerBillDetail"].at("fee_records").as_list();
    assert_eq!(total(lines, "payment_amount"), total(&expected, "payment_amount"));
    assert_eq!(sorted(lines), sorted(&expected));
    assert_own_bills(answers, total(&expected, "payment_amount"));
    let expected = DEMO.consuming_customers(distributor, "2026-10");
    let consuming = answers["ListConsumeSubCustomers"].at("sub_customers").as_list();
    assert_eq!(consuming.len(), expected.len());
}

/// A customer's own lists of a month say the same as its partner's.
fn assert_own_bills(answers: &BTreeMap<&str, Json>, consumed: Decimal) {
    assert_eq!(answers[SUM].at("consume_amount").as_decimal(), consumed);
    for (operation, list, amount) in [
        (SUM, "bill_sums", "consume_amount"),
        ("ListCustomerBillsFeeRecords", "records", "consume_amount"),
        ("ListCustomerselfResourceRecords", "fee_records", "amount"),
        ("ListCustomerselfResourceRecordDetails", "monthly_records", "consume_amount"),
    ] {
        assert_eq!(total(answers[operation].at(list).as_list(), amount), consumed, "{operation}");
    }
    let costs = answers["ListCosts"].at("cost_data").as_list().iter();
    let costs: Decimal = costs.map(|cost| decimal(cost.text_at("amount_by_costs"))).sum();
    assert_eq!(costs, consumed);
}

fn assert_customers(answers: &BTreeMap<&str, Json>) {
    let distributor = DEMO.partners("distributor")[0];
    let customer = DEMO.customers(distributor, "2")[0];
    let list = |operation: &str, name: &str| answers[operation].at(name).as_list().to_vec();
    assert_eq!(list("ListSubCustomers", "customer_infos"), DEMO.customer_infos(distributor));
    assert_eq!(list("ListIndirectPartners", "indirect_partners"), DEMO.resellers(distributor));
    let tags = list("ListSubCustomerNewTag", "new_customer_tags");
    assert_eq!(tags[0].text_at("customer_id"), customer);
    assert_eq!(answers["CheckUserIdentity"].text_at("check_result"), "available");
    assert_eq!(answers["CreateSubCustomer"].text_at("domain_name"), "demo-customer");
    let expected = DEMO.latest_review(customer).expect("the first customer has one");
    let review = &answers["ShowRealnameAuthenticationReviewResult"];
    assert_eq!(review.at("review_result"), expected.at("review_result"));
    for submission in [INDIVIDUAL, ENTERPRISE, CHANGE] {
        assert_eq!(answers[submission].at("is_review").as_integer(), 1, "{submission}");
    }
    let status = answers["ShowRealNameAuthStatus"].at("verified_status").as_integer();
    assert_eq!(status, 2);
}

fn assert_moved(answers: &BTreeMap<&str, Json>) {
    let distributor = DEMO.partners("distributor")[0];
    let balances = answers["ListPartnerBalances"].at("account_balances").as_list();
    let expected: Decimal = DEMO.balances(distributor).iter().map(|balance| balance.amount).sum();
    assert_eq!(total(balances, "amount"), expected);
    let count = |operation: &str| answers[operation].at("total_count").as_integer();
    assert_eq!(count("ListPartnerAdjustRecords"), 4);
    // The top-up of the book, and the four.
    assert_eq!(count("ListPartnerAccountChangeRecords"), 5);
    let own = answers["ShowCustomerAccountBalances"].at("account_balances").as_list();
    assert!(total(own, "amount").is_zero());

    let (_, granted) = quota_and_granted();
    let reclaimed = answers["ReclaimCouponQuotas"].at("simple_quota_infos").as_list();
    assert_eq!(reclaimed.len(), granted.len());
    assert_eq!(answers["UpdateCouponQuotas"].at("simple_quota_infos").as_list().len(), 1);
    let own = DEMO.with("coupon_quota", "partner_id", distributor).count();
    assert_eq!(usize::try_from(count("ListQuotaCoupons")), Ok(own));
    assert_eq!(usize::try_from(count("ListIssuedCouponQuotas")), Ok(granted.len() + 1));
    // Each was given, those of the book were taken back, and one more was given.
    assert_eq!(usize::try_from(count("ListCouponQuotasRecords")), Ok(2 * granted.len() + 1));
    assert_eq!(count("ListIssuedPartnerCoupons"), 1);
    assert_eq!(count("ListPartnerCouponsRecord"), 1);
    // It came and was reclaimed.
    assert_eq!(count("ListCustomerCouponChangeRecords"), 2);
    assert_eq!(answers["ListSubCustomerCoupons"].at("count").as_integer(), 1);
}

#[test]
fn a_customers_key_opens_none_of_the_partners_operations() {
    let app = App::shared();
    let before = app.audit(TENANT);
    let customers = DEMO.of_kind("access_key").filter_map(|key| key.get("customer_id"));
    for customer_id in customers {
        for (operation, fields) in [calls(), created("a coupon", "a customer")].concat() {
            let answer = app.sdk(&DEMO.key(customer_id.as_text()), operation, &fields);
            let error = answer.outcome.expect_err("refused");
            let outcome = (error.status_code, error.error_code.as_str());
            assert_eq!(outcome, (403, "CBC.0151"), "{operation}");
        }
    }
    assert_eq!(app.audit(TENANT), before);
}
