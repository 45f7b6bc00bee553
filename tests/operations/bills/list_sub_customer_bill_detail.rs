//! `ListSubCustomerBillDetail`: the lines of a customer's month, as the book has them.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::bills::{trades, used, with};
use crate::harness::book::{Book, DEMO, assert_bills};
use crate::harness::calendar::{date_of, months_ago};
use crate::harness::json::Json;
use crate::harness::signer::{Key, quote};
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/bills/subcustomer-bills/res-fee-records";
const CYCLE: &str = "2026-09";
const AMOUNTS: [&str; 11] = [
    "official_amount",
    "official_discount_amount",
    "payment_amount",
    "cash_amount",
    "credit_amount",
    "coupon_amount",
    "flexipurchase_coupon_amount",
    "stored_value_card_amount",
    "debt_amount",
    "writeoff_amount",
    "usage_amount",
];

/// A customer, and how its partner asks for it.
struct View {
    key: Key,
    indirect_partner_id: Option<&'static str>,
    partner_id: &'static str,
    customer_id: &'static str,
}

/// All customers of the demo book, each as the top of its tenant sees it.
fn views() -> Vec<View> {
    let view = |customer: &'static Json| {
        let partner_id = customer.text_at("partner_id");
        let customer_id = customer.text_at("customer_id");
        let partner = DEMO.with("partner", "partner_id", partner_id).next().expect("its partner");
        let distributor = partner.get("distributor_id").map(Json::as_text);
        View {
            key: DEMO.key(distributor.unwrap_or(partner_id)),
            indirect_partner_id: distributor.map(|_| partner_id),
            partner_id,
            customer_id,
        }
    };
    DEMO.of_kind("customer").map(view).collect()
}

impl View {
    fn records(&self) -> Vec<Json> {
        DEMO.fee_records(self.partner_id, CYCLE, self.customer_id)
    }

    fn get(&self, parameters: &[(&str, &str)]) -> Json {
        let reseller = self.indirect_partner_id.map(|id| ("indirect_partner_id", id));
        let month = [("bill_cycle", CYCLE), ("customer_id", self.customer_id)];
        let pairs: Vec<String> = month
            .iter()
            .chain(parameters)
            .chain(&reseller)
            .map(|(name, value)| format!("{name}={}", quote(value)))
            .collect();
        let reply = App::shared().get(&self.key, &format!("{PATH}?{}", pairs.join("&")));
        assert_eq!(reply.status, 200, "{parameters:?} {}", reply.text());
        reply.json()
    }

    /// Asks for everything that passes, and compares it with what the book has.
    fn assert_answers(&self, parameters: &[(&str, &str)], expected: &[Json]) {
        let parameters = [parameters, &[("limit", "1000")]].concat();
        let body = self.get(&parameters);
        assert_all(&body, expected, &format!("{} {parameters:?}", self.customer_id));
    }
}

fn assert_all(body: &Json, expected: &[Json], what: &str) {
    assert_bills(body, ("fee_records", "total_count"), &AMOUNTS, expected, what);
}

fn count(items: &[Json]) -> i64 {
    i64::try_from(items.len()).expect("fits")
}

/// The value of a field as a query has it.
fn in_query(value: &Json) -> String {
    match value {
        Json::Number(number) => number.digits().to_owned(),
        other => other.as_text().to_owned(),
    }
}

#[test]
fn answers_every_line_of_each_customers_months() {
    let app = App::shared();
    for view in views() {
        for cycle in ["2026-07", "2026-08", "2026-09", "2026-10"] {
            let mut fields =
                json!({"bill_cycle": cycle, "customer_id": view.customer_id, "limit": 1000});
            if let Some(reseller) = view.indirect_partner_id {
                fields["indirect_partner_id"] = json!(reseller);
            }
            let answer = app.sdk(&view.key, "ListSubCustomerBillDetail", &fields);
            let expected = DEMO.fee_records(view.partner_id, cycle, view.customer_id);
            assert_all(&answer.outcome.expect("lines"), &expected, &fields.to_string());
        }
    }
}

#[test]
fn filters_by_each_field() {
    let view = &views()[0];
    let all = view.records();
    for name in [
        "service_type_code",
        "region_code",
        "charging_mode",
        "bill_detail_type",
        "resource_id",
        "resource_name",
        "trade_id",
        "association_type",
    ] {
        let mut values: Vec<String> = all.iter().map(|line| in_query(line.at(name))).collect();
        values.sort();
        values.dedup();
        for value in &values {
            let passes = |line: &&Json| in_query(line.at(name)) == *value;
            let expected: Vec<Json> = all.iter().filter(passes).cloned().collect();
            view.assert_answers(&[(name, value)], &expected);
        }
    }
}

#[test]
fn filters_by_several_fields_at_once() {
    for view in views() {
        let all = view.records();
        let (region, mode) = ("cn-east-3", "3");
        let passes = |line: &&Json| {
            line.text_at("region_code") == region && in_query(line.at("charging_mode")) == mode
        };
        let expected: Vec<Json> = all.iter().filter(passes).cloned().collect();
        view.assert_answers(&[("region_code", region), ("charging_mode", mode)], &expected);
    }
}

#[test]
fn filters_by_dates_both_included() {
    let view = &views()[0];
    let all = view.records();
    let date = |line: &Json, name: &str| date_of(line.text_at(name));
    // What the two times say of a line's date is the same in this book.
    assert!(all.iter().all(|line| date(line, "trade_time") == date(line, "consume_time")));
    for (begin, end) in [
        ("2026-09-01", "2026-09-30"),
        ("2026-09-01", "2026-09-01"),
        ("2026-09-08", "2026-09-15"),
        ("2026-09-02", "2026-09-03"),
    ] {
        let passes = |line: &&Json| (begin..=end).contains(&date(line, "trade_time").as_str());
        let expected: Vec<Json> = all.iter().filter(passes).cloned().collect();
        view.assert_answers(&[("bill_date_begin", begin), ("bill_date_end", end)], &expected);
    }
}

#[test]
fn a_day_begins_at_midnight_in_utc_plus_8_as_the_month_does() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let traded = |id: &str, cycle: &str, time: &str| {
        let times = json!({"bill_cycle": cycle, "trade_time": time, "consume_time": time});
        format!("{}\n", with(used(&tenant, id, time, time), &times))
    };
    let lines = [
        traded("before", "2026-08", "2026-08-31T15:59:59Z"),
        traded("first", CYCLE, "2026-08-31T16:00:00Z"),
        traded("late", CYCLE, "2026-09-01T15:59:59Z"),
        traded("second", CYCLE, "2026-09-01T16:00:00Z"),
        traded("last", CYCLE, "2026-09-30T15:59:59Z"),
        traded("after", "2026-10", "2026-09-30T16:00:00Z"),
    ];
    app.import(&Book::new(lines.concat()));
    for (cycle, begin, end, expected) in [
        (CYCLE, "2026-09-01", "2026-09-01", &["first", "late"][..]),
        (CYCLE, "2026-09-02", "2026-09-02", &["second"]),
        (CYCLE, "2026-09-03", "2026-09-29", &[]),
        (CYCLE, "2026-09-30", "2026-09-30", &["last"]),
        (CYCLE, "2026-09-01", "2026-09-30", &["first", "late", "second", "last"]),
        ("2026-08", "2026-08-31", "2026-08-31", &["before"]),
        ("2026-10", "2026-10-01", "2026-10-01", &["after"]),
    ] {
        let fields = json!({
            "bill_cycle": cycle, "customer_id": tenant.customers[0],
            "bill_date_begin": begin, "bill_date_end": end,
        });
        let answer = app.sdk(&tenant.distributor, "ListSubCustomerBillDetail", &fields);
        let body = answer.outcome.expect("lines");
        assert_eq!(trades(&body, "fee_records"), expected, "{fields}");
    }
}

#[test]
fn an_empty_filter_filters_nothing_and_an_unknown_value_everything() {
    let view = &views()[0];
    let all = view.records();
    for name in [
        "service_type_code",
        "region_code",
        "resource_id",
        "resource_name",
        "trade_id",
        "account_manager_id",
        "charging_mode",
        "bill_detail_type",
        "association_type",
        "bill_date_begin",
        "bill_date_end",
    ] {
        view.assert_answers(&[(name, "")], &all);
    }
    for name in [
        "service_type_code",
        "region_code",
        "resource_id",
        "resource_name",
        "trade_id",
        "account_manager_id",
    ] {
        view.assert_answers(&[(name, "nothing")], &[]);
        view.assert_answers(&[(name, "null")], &[]);
    }
    view.assert_answers(&[("charging_mode", "null")], &all);
    view.assert_answers(&[("bill_detail_type", "null")], &all);
    view.assert_answers(&[("charging_mode", "10")], &[]);
    view.assert_answers(&[("bill_detail_type", "103")], &[]);
    view.assert_answers(&[("service_type_code", "\"\"")], &[]);
    view.assert_answers(&[("region_code", "\"\"")], &[]);
}

#[test]
fn shows_nothing_of_customers_that_are_not_the_partners() {
    for view in views() {
        let foreign = DEMO
            .of_kind("customer")
            .filter(|customer| customer.text_at("partner_id") != view.partner_id)
            .map(|customer| customer.text_at("customer_id"));
        for customer_id in foreign.chain(["nobody"]) {
            let view = View { key: view.key.clone(), customer_id, ..view };
            view.assert_answers(&[], &[]);
        }
    }
}

#[test]
fn pages_show_every_line_once_in_one_order() {
    let view = &views()[0];
    let expected = view.records();
    let page = |offset: usize, limit: usize| {
        let (offset, limit) = (offset.to_string(), limit.to_string());
        let body = view.get(&[("offset", &offset), ("limit", &limit)]);
        assert_eq!(body.at("total_count").as_integer(), count(&expected));
        body.at("fee_records").as_list().to_vec()
    };
    let whole = page(0, 1000);
    for limit in [1, 5, 10, 1000] {
        let mut pages = Vec::new();
        for offset in (0..expected.len()).step_by(limit) {
            let items = page(offset, limit);
            assert_eq!(items.len(), limit.min(expected.len() - offset));
            pages.extend(items);
        }
        assert_eq!(pages, whole, "limit {limit}");
    }
    assert_eq!(page(0, 0), []);
    assert_eq!(page(expected.len(), 10), []);
    assert_eq!(page(2_147_483_647, 10), []);
    let by_default = view.get(&[]);
    assert_eq!(by_default.at("fee_records").as_list(), &whole[..10]);
}

#[test]
fn pages_through_filtered_lines() {
    let view = &views()[0];
    let passes = |line: &&Json| line.text_at("region_code") == "cn-east-3";
    let expected = view.records().iter().filter(passes).count();
    let filter = ("region_code", "cn-east-3");
    let body = view.get(&[filter, ("limit", "1000")]);
    let whole = body.at("fee_records").as_list();
    for (offset, line) in whole.iter().enumerate() {
        let body = view.get(&[filter, ("offset", &offset.to_string()), ("limit", "1")]);
        assert_eq!(body.at("fee_records").as_list(), std::slice::from_ref(line));
        assert_eq!(usize::try_from(body.at("total_count").as_integer()), Ok(expected));
    }
}

#[test]
fn refuses_dates_that_do_not_fit_the_month() {
    let view = &views()[0];
    let app = App::shared();
    for dates in [
        "bill_date_begin=2026-09-01",
        "bill_date_end=2026-09-30",
        "bill_date_begin=2026-08-31&bill_date_end=2026-09-30",
        "bill_date_begin=2026-09-01&bill_date_end=2026-10-01",
        "bill_date_begin=2026-09-02&bill_date_end=2026-09-01",
    ] {
        let month = format!("bill_cycle={CYCLE}&customer_id={}", view.customer_id);
        let reply = app.get(&view.key, &format!("{PATH}?{month}&{dates}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{dates}");
    }
}

#[test]
fn refuses_a_month_too_long_ago() {
    let view = &views()[0];
    let outcome = |cycle: &str| {
        let target = format!("{PATH}?bill_cycle={cycle}&customer_id={}", view.customer_id);
        App::shared().get(&view.key, &target).outcome()
    };
    // "Up to 18 months": a month more or less is left to the operation.
    assert_eq!(outcome(&months_ago(17)), (200, String::new()));
    for cycle in [months_ago(20).as_str(), "2020-01", "0001-01"] {
        assert_eq!(outcome(cycle), (400, "CBC.0100".to_owned()), "{cycle}");
    }
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let customer = &tenant.customers[0];
    let target = format!("{PATH}?bill_cycle={CYCLE}&customer_id={customer}");
    let first = app.get(&tenant.distributor, &target);
    assert_eq!(first.body, app.get(&tenant.distributor, &target).body);
    let refused = app.get(&tenant.distributor, &format!("{PATH}?bill_cycle={CYCLE}"));
    assert_eq!(refused.outcome(), (400, "CBC.0100".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
