//! `ListSubcustomerMonthlyBills`: the sums of a month, as the book has them.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::book::{Book, DEMO, assert_bills, sorted};
use crate::harness::json::Json;
use crate::harness::signer::{Key, quote};
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/bills/partner-bills/subcustomer-bills/monthly-sum";
const CYCLES: [&str; 4] = ["2026-07", "2026-08", "2026-09", "2026-10"];
const CHARGE_MODES: [&str; 3] = ["1", "3", "11"];
const AMOUNTS: [&str; 4] = ["amount", "debt_amount", "adjustment_amount", "discount_amount"];
/// More than any month of the demo book has.
const LIMIT_MAX: &str = "100";

/// Who asks, in whose name, and for whose sums.
struct View {
    key: Key,
    indirect_partner_id: Option<&'static str>,
    partner_id: &'static str,
}

/// All that the demo book's partners may see.
fn views() -> Vec<View> {
    let own = |partner_id: &'static str| View {
        key: DEMO.key(partner_id),
        indirect_partner_id: None,
        partner_id,
    };
    let distributor = DEMO.partners("distributor")[0];
    let provider = DEMO.partners("solution_provider")[0];
    let resellers = DEMO.partners("reseller").into_iter().map(|reseller| View {
        key: DEMO.key(distributor),
        indirect_partner_id: Some(reseller),
        partner_id: reseller,
    });
    [own(distributor), own(provider)].into_iter().chain(resellers).collect()
}

impl View {
    fn target(&self, parameters: &[(&str, &str)]) -> String {
        let reseller = self.indirect_partner_id.map(|id| ("indirect_partner_id", id));
        let pairs: Vec<String> = parameters
            .iter()
            .chain(&reseller)
            .map(|(name, value)| format!("{name}={}", quote(value)))
            .collect();
        format!("{PATH}?{}", pairs.join("&"))
    }

    fn get(&self, parameters: &[(&str, &str)]) -> Json {
        let reply = App::shared().get(&self.key, &self.target(parameters));
        assert_eq!(reply.status, 200, "{parameters:?} {}", reply.text());
        reply.json()
    }

    /// Asks for everything that passes, and compares it with what the book has.
    fn assert_answers(&self, parameters: &[(&str, &str)], expected: &[Json]) {
        let parameters = [parameters, &[("limit", LIMIT_MAX)]].concat();
        let body = self.get(&parameters);
        assert_all(&body, expected, &format!("{} {parameters:?}", self.partner_id));
    }
}

fn assert_all(body: &Json, expected: &[Json], what: &str) {
    assert_bills(body, ("bill_sums", "count"), &AMOUNTS, expected, what);
}

fn count(items: &[Json]) -> i64 {
    i64::try_from(items.len()).expect("fits")
}

#[test]
fn answers_the_sums_of_each_month_and_charge_mode() {
    let app = App::shared();
    for view in views() {
        for cycle in CYCLES {
            for charge_mode in CHARGE_MODES {
                let mut fields = json!({"cycle": cycle, "charge_mode": charge_mode, "limit": 100});
                if let Some(reseller) = view.indirect_partner_id {
                    fields["indirect_partner_id"] = json!(reseller);
                }
                let answer = app.sdk(&view.key, "ListSubcustomerMonthlyBills", &fields);
                let expected = DEMO.monthly_bills(view.partner_id, cycle, charge_mode);
                assert_all(&answer.outcome.expect("sums"), &expected, &fields.to_string());
            }
        }
    }
}

#[test]
fn a_sum_of_a_savings_plan_is_found_by_its_way_of_charging_and_says_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let sum = json!({
        "kind": "monthly_bill", "tenant_id": tenant.tenant_id,
        "partner_id": tenant.distributor.principal_id, "cycle": "2026-08",
        "customer_id": tenant.customers[0], "cloud_service_type": "hws.service.type.ec2",
        "resource_type_code": "hws.resource.type.vm", "charge_mode": "11", "bill_type": "0",
        "amount": "12.30",
    });
    app.import(&Book::new(format!("{sum}\n")));
    for charge_mode in CHARGE_MODES {
        let fields = json!({"cycle": "2026-08", "charge_mode": charge_mode});
        let answer = app.sdk(&tenant.distributor, "ListSubcustomerMonthlyBills", &fields);
        let body = answer.outcome.expect("sums");
        let modes = body.at("bill_sums").as_list().iter().map(|it| it.text_at("charge_mode"));
        let expected: &[&str] = if charge_mode == "11" { &["11"] } else { &[] };
        assert_eq!(modes.collect::<Vec<_>>(), expected, "{charge_mode}");
    }
}

#[test]
fn filters_by_customer_service_and_kind() {
    for view in views() {
        let parameters = [("cycle", "2026-09"), ("charge_mode", "3")];
        let all = DEMO.monthly_bills(view.partner_id, "2026-09", "3");
        for name in ["customer_id", "cloud_service_type", "bill_type"] {
            let mut values: Vec<&str> = all.iter().map(|sum| sum.text_at(name)).collect();
            values.sort_unstable();
            values.dedup();
            for value in values {
                let passes = |sum: &&Json| sum.text_at(name) == value;
                let expected: Vec<Json> = all.iter().filter(passes).cloned().collect();
                view.assert_answers(&[parameters[0], parameters[1], (name, value)], &expected);
            }
        }
    }
}

#[test]
fn filters_by_everything_at_once() {
    let view = &views()[0];
    let all = DEMO.monthly_bills(view.partner_id, "2026-08", "1");
    for sum in &all {
        let filter: Vec<(&str, &str)> = ["customer_id", "cloud_service_type", "bill_type"]
            .map(|name| (name, sum.text_at(name)))
            .to_vec();
        let passes =
            |other: &&Json| filter.iter().all(|(name, value)| other.text_at(name) == *value);
        let expected: Vec<Json> = all.iter().filter(passes).cloned().collect();
        let parameters = [&[("cycle", "2026-08"), ("charge_mode", "1")], &filter[..]].concat();
        view.assert_answers(&parameters, &expected);
    }
}

#[test]
fn an_empty_filter_filters_nothing_and_an_unknown_value_everything() {
    let view = &views()[0];
    let month = [("cycle", "2026-08"), ("charge_mode", "3")];
    let all = DEMO.monthly_bills(view.partner_id, "2026-08", "3");
    for name in ["cloud_service_type", "bill_type", "customer_id"] {
        view.assert_answers(&[month[0], month[1], (name, "")], &all);
    }
    view.assert_answers(&[month[0], month[1], ("cloud_service_type", "nothing")], &[]);
    view.assert_answers(&[month[0], month[1], ("bill_type", "2")], &[]);
}

#[test]
fn shows_nothing_of_customers_that_are_not_the_partners() {
    let month = [("cycle", "2026-08"), ("charge_mode", "3")];
    for view in views() {
        let foreign = DEMO
            .of_kind("customer")
            .filter(|customer| customer.text_at("partner_id") != view.partner_id)
            .map(|customer| customer.text_at("customer_id"));
        for customer_id in foreign.chain(["nobody"]) {
            view.assert_answers(&[month[0], month[1], ("customer_id", customer_id)], &[]);
        }
    }
}

#[test]
fn pages_show_every_sum_once_in_one_order() {
    let view = &views()[0];
    let month = [("cycle", "2026-08"), ("charge_mode", "3")];
    let expected = DEMO.monthly_bills(view.partner_id, "2026-08", "3");
    let page = |offset: usize, limit: usize| {
        let (offset, limit) = (offset.to_string(), limit.to_string());
        let body = view.get(&[month[0], month[1], ("offset", &offset), ("limit", &limit)]);
        assert_eq!(body.at("count").as_integer(), count(&expected));
        body.at("bill_sums").as_list().to_vec()
    };
    let whole = page(0, 100);
    for limit in [1, 7, 10, 100] {
        let mut pages = Vec::new();
        for offset in (0..expected.len()).step_by(limit) {
            let items = page(offset, limit);
            assert_eq!(items.len(), limit.min(expected.len() - offset));
            pages.extend(items);
        }
        assert_eq!(pages, whole, "limit {limit}");
    }
    assert_eq!(page(expected.len(), 10), []);
    assert_eq!(page(2_147_483_647, 10), []);
    let by_default = view.get(&month);
    assert_eq!(by_default.at("bill_sums").as_list(), &whole[..10]);
    assert_eq!(sorted(&whole), sorted(&expected));
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let target = format!("{PATH}?cycle=2026-08&charge_mode=3");
    let first = app.get(&tenant.distributor, &target);
    assert_eq!(first.body, app.get(&tenant.distributor, &target).body);
    let refused = app.get(&tenant.distributor, &format!("{PATH}?cycle=2026-08&charge_mode=4"));
    assert_eq!(refused.outcome(), (400, "CBC.0100".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
