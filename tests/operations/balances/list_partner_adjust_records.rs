//! `ListPartnerAdjustRecords`: what a partner has allocated and taken back, newest first.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::{Provider, call, decimal, import, move_money};
use crate::harness::signer::{Key, quote};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListPartnerAdjustRecords";
const PATH: &str = "/v3/accounts/partner-accounts/adjust-records";

const ALLOCATION: &str = "SOURCE_OPERATION_BEADJUST";
const RECLAIM: &str = "SOURCE_OPERATION_BERETRIEVE";
const UNBIND: &str = "SOURCE_OPERATION_BEUNBIND";

/// A movement as it was asked for, with the id it was given.
#[derive(Clone, Debug, PartialEq)]
struct Moved {
    receiver: String,
    kind: &'static str,
    amount: Decimal,
    trans_id: String,
}

/// A tenant, what its distributor has moved, and what its reseller has, oldest first.
struct History {
    tenant: Tenant,
    own: Vec<Moved>,
    resellers: Vec<Moved>,
}

impl History {
    fn in_books_of(app: &App) -> Self {
        let tenant = Tenant::in_books_of(app);
        let [first, second] = tenant.customers.clone();
        let (reseller, theirs) =
            (tenant.reseller.principal_id.clone(), tenant.reseller_customer.clone());
        let mut history = Self { tenant, own: Vec::new(), resellers: Vec::new() };
        history.of_customer(app, ALLOCATION, &first, "100.00", None);
        history.of_customer(app, ALLOCATION, &second, "0.01", None);
        history.of_reseller(app, ALLOCATION, &reseller, "10.50");
        history.of_customer(app, ALLOCATION, &theirs, "30.00", Some(&reseller));
        history.of_customer(app, RECLAIM, &first, "99.99", None);
        history.of_customer(app, RECLAIM, &theirs, "1.00", Some(&reseller));
        history.of_reseller(app, RECLAIM, &reseller, "5.00");
        history.of_customer(app, ALLOCATION, &first, "2.50", None);
        history
    }

    fn of_customer(
        &mut self,
        app: &App,
        kind: &'static str,
        customer: &str,
        amount: &str,
        reseller: Option<&str>,
    ) {
        let operation = match kind {
            ALLOCATION => "UpdateCustomerAccountAmount",
            _ => "ReclaimToPartnerAccount",
        };
        let mut fields = json!({"customer_id": customer, "amount": amount});
        if let Some(id) = reseller {
            fields["indirect_partner_id"] = json!(id);
        }
        let moved = self.moved(app, operation, kind, customer, &fields);
        if reseller.is_some() { self.resellers.push(moved) } else { self.own.push(moved) }
    }

    fn of_reseller(&mut self, app: &App, kind: &'static str, reseller: &str, amount: &str) {
        let operation = match kind {
            ALLOCATION => "UpdateIndirectPartnerAccount",
            _ => "ReclaimIndirectPartnerAccount",
        };
        let fields = json!({"indirect_partner_id": reseller, "amount": amount});
        let moved = self.moved(app, operation, kind, reseller, &fields);
        self.own.push(moved);
    }

    fn moved(
        &self,
        app: &App,
        operation: &str,
        kind: &'static str,
        receiver: &str,
        fields: &Value,
    ) -> Moved {
        let trans_id = move_money(app, &self.tenant.distributor, operation, fields);
        let amount = decimal(fields["amount"].as_str().expect("digits"));
        Moved { receiver: receiver.to_owned(), kind, amount, trans_id: trans_id.expect("moved") }
    }

    /// Asks with these parameters, and checks count, order and each record.
    fn assert_answers(&self, app: &App, parameters: &[(&str, &str)], expected: &[Moved]) {
        let body = get(app, &self.tenant.distributor, parameters);
        assert_records(&body, expected, &format!("{parameters:?}"));
    }

    fn reseller(&self) -> &str {
        &self.tenant.reseller.principal_id
    }
}

fn get(app: &App, key: &Key, parameters: &[(&str, &str)]) -> Json {
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", quote(value))).collect();
    let reply = app.get(key, &format!("{PATH}?{}", pairs.join("&")));
    assert_eq!(reply.status, 200, "{parameters:?} {}", reply.text());
    reply.json()
}

/// The records of an answer are those `expected`, which are in the order they happened.
fn assert_records(body: &Json, expected: &[Moved], what: &str) {
    let records = body.at("records").as_list();
    let mut newest_first = expected.to_vec();
    newest_first.reverse();
    let read: Vec<Moved> = records.iter().map(moved_of).collect();
    assert_eq!(read, newest_first, "{what}");
    let count = i64::try_from(expected.len()).expect("fits");
    assert_eq!(body.at("total_count").as_integer(), count, "{what}");
}

fn moved_of(record: &Json) -> Moved {
    assert_eq!(record.text_at("currency"), "CNY");
    assert_eq!(record.at("measure_id").as_integer(), 1);
    let time: DateTime<Utc> = record.text_at("operation_time").parse().expect("a time");
    assert!((Utc::now() - time).abs() < TimeDelta::minutes(10), "{time}");
    let amount = record.text_at("amount");
    assert!(amount.split_once('.').is_some_and(|(_, cents)| cents.len() == 2), "{amount}");
    Moved {
        receiver: record.text_at("customer_id").to_owned(),
        kind: match record.text_at("operation_type") {
            ALLOCATION => ALLOCATION,
            other => {
                assert_eq!(other, RECLAIM);
                RECLAIM
            }
        },
        amount: decimal(amount),
        trans_id: record.text_at("trans_id").to_owned(),
    }
}

fn passing(moved: &[Moved], passes: impl Fn(&Moved) -> bool) -> Vec<Moved> {
    moved.iter().filter(|moved| passes(moved)).cloned().collect()
}

#[test]
fn answers_the_callers_own_movements_newest_first() {
    let app = App::shared();
    let history = History::in_books_of(app);
    let body = call(app, &history.tenant.distributor, OPERATION, &json!({})).expect("records");
    assert_records(&body, &history.own, "own");
}

#[test]
fn answers_a_resellers_movements_to_its_distributor() {
    let app = App::shared();
    let history = History::in_books_of(app);
    let fields = json!({"indirect_partner_id": history.reseller()});
    let body = call(app, &history.tenant.distributor, OPERATION, &fields).expect("records");
    assert_records(&body, &history.resellers, "the reseller's");
    let other = ("indirect_partner_id", &*history.tenant.other_reseller_id);
    history.assert_answers(app, &[other], &[]);
}

#[test]
fn filters_by_customer_and_by_reseller() {
    let app = App::shared();
    let history = History::in_books_of(app);
    for receiver in history.tenant.customers.iter().map(String::as_str).chain([history.reseller()])
    {
        let expected = passing(&history.own, |moved| moved.receiver == receiver);
        assert!(!expected.is_empty());
        history.assert_answers(app, &[("customer_id", receiver)], &expected);
    }
    let theirs = history.tenant.reseller_customer.as_str();
    history.assert_answers(app, &[("customer_id", theirs)], &[]);
    let through = ("indirect_partner_id", history.reseller());
    history.assert_answers(app, &[through, ("customer_id", theirs)], &history.resellers);
    history.assert_answers(app, &[("customer_id", "nobody")], &[]);
    history.assert_answers(app, &[("customer_id", "")], &history.own);
}

#[test]
fn filters_by_kind() {
    let app = App::shared();
    let history = History::in_books_of(app);
    for kind in [ALLOCATION, RECLAIM, UNBIND] {
        let expected = passing(&history.own, |moved| moved.kind == kind);
        history.assert_answers(app, &[("operation_type", kind)], &expected);
    }
    history.assert_answers(app, &[("operation_type", "")], &history.own);
    let customer = history.tenant.customers[0].as_str();
    let expected =
        passing(&history.own, |moved| moved.kind == RECLAIM && moved.receiver == customer);
    let both = [("operation_type", RECLAIM), ("customer_id", customer)];
    history.assert_answers(app, &both, &expected);
}

#[test]
fn filters_by_transfer() {
    let app = App::shared();
    let history = History::in_books_of(app);
    for moved in &history.own {
        let one = std::slice::from_ref(moved);
        history.assert_answers(app, &[("trans_id", &moved.trans_id)], one);
        let receiver = ("customer_id", moved.receiver.as_str());
        history.assert_answers(app, &[("trans_id", &moved.trans_id), receiver], one);
        let nobody = ("customer_id", "nobody");
        history.assert_answers(app, &[("trans_id", &moved.trans_id), nobody], &[]);
    }
    // Those of the reseller, of other accounts, and of nothing.
    let theirs = history.resellers[0].trans_id.as_str();
    for trans_id in [theirs, "1-0", "1-1", "999999-0", "0", "nonsense", "null", "\"\""] {
        history.assert_answers(app, &[("trans_id", trans_id)], &[]);
    }
    history.assert_answers(app, &[("trans_id", "")], &history.own);
}

#[test]
fn filters_by_time_both_ends_included() {
    let app = App::shared();
    let history = History::in_books_of(app);
    let body = get(app, &history.tenant.distributor, &[]);
    let times: Vec<String> = body
        .at("records")
        .as_list()
        .iter()
        .rev()
        .map(|record| record.text_at("operation_time").to_owned())
        .collect();
    for (begin, end) in [
        (Some(times[0].as_str()), None),
        (None, Some(times[0].as_str())),
        (Some(times[3].as_str()), Some(times[3].as_str())),
        (Some(times[2].as_str()), Some(times[4].as_str())),
        (Some("2026-01-01T00:00:00Z"), Some("2026-01-02T00:00:00Z")),
        (Some("9999-12-31T23:59:59Z"), None),
        (None, Some("1000-01-01T00:00:00Z")),
    ] {
        let mut parameters = vec![];
        parameters.extend(begin.map(|time| ("operation_time_begin", time)));
        parameters.extend(end.map(|time| ("operation_time_end", time)));
        let inside = |time: &str| {
            begin.is_none_or(|begin| begin <= time) && end.is_none_or(|end| time <= end)
        };
        let expected: Vec<Moved> = history
            .own
            .iter()
            .zip(&times)
            .filter(|(_, time)| inside(time))
            .map(|(moved, _)| moved.clone())
            .collect();
        history.assert_answers(app, &parameters, &expected);
        let of_one = ("trans_id", history.own[3].trans_id.as_str());
        parameters.push(of_one);
        let one = if inside(&times[3]) { &history.own[3..4] } else { &[] };
        history.assert_answers(app, &parameters, one);
    }
    let empty = [("operation_time_begin", ""), ("operation_time_end", "")];
    history.assert_answers(app, &empty, &history.own);
}

#[test]
fn pages_show_every_record_once() {
    let app = App::shared();
    let history = History::in_books_of(app);
    let key = &history.tenant.distributor;
    let whole = get(app, key, &[]);
    let whole = whole.at("records").as_list();
    let filter = [("operation_type", ALLOCATION)];
    let allocations = get(app, key, &filter);
    let allocations = allocations.at("records").as_list();
    for (filter, whole) in [(&filter[..0], whole), (&filter[..], allocations)] {
        for limit in [1, 2, 5, 100] {
            for offset in 0..=whole.len() {
                let (from, most) = (offset.to_string(), limit.to_string());
                let parameters = [filter, &[("offset", &from), ("limit", &most)]].concat();
                let page = get(app, key, &parameters);
                let end = whole.len().min(offset + limit);
                assert_eq!(page.at("records").as_list(), &whole[offset..end]);
                let count = i64::try_from(whole.len()).expect("fits");
                assert_eq!(page.at("total_count").as_integer(), count);
            }
        }
    }
    let beyond = get(app, key, &[("offset", "2147483647")]);
    assert_eq!(beyond.at("records").as_list(), []);
}

#[test]
fn ten_records_by_default() {
    let app = App::shared();
    let provider = Provider::in_books_of(app, "listing-records");
    for _ in 0..12 {
        let fields = json!({"customer_id": provider.customer, "amount": "1.00"});
        move_money(app, &provider.key, "UpdateCustomerAccountAmount", &fields).expect("moved");
    }
    let body = get(app, &provider.key, &[]);
    assert_eq!(body.at("records").as_list().len(), 10);
    assert_eq!(body.at("total_count").as_integer(), 12);
}

#[test]
fn names_customers_and_resellers() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = format!("{}-named", tenant.tenant_id);
    let line = json!({"kind": "customer", "customer_id": customer, "association_type": "2",
                      "partner_id": tenant.distributor.principal_id, "customer": "云 Ltd.",
                      "account_name": "named"});
    import(app, &tenant, line);
    let fields = json!({"customer_id": customer, "amount": "1.00"});
    move_money(app, &tenant.distributor, "UpdateCustomerAccountAmount", &fields).expect("moved");
    let body = get(app, &tenant.distributor, &[]);
    assert_eq!(body.at("records").as_list()[0].text_at("customer_name"), "云 Ltd.");
}

#[test]
fn shows_nothing_of_another_tenants_movements() {
    let app = App::shared();
    let (history, other) = (History::in_books_of(app), History::in_books_of(app));
    for customer in &other.tenant.customers {
        history.assert_answers(app, &[("customer_id", customer)], &[]);
    }
    history.assert_answers(app, &[], &history.own);
}

#[test]
fn refuses_parameters_that_are_not_the_operations() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for query in [
        "operation_type=BEADJUST",
        "operation_time_begin=2026-01-01",
        "operation_time_end=null",
        "operation_time_begin=2026-01-02T00:00:00Z&operation_time_end=2026-01-01T23:59:59Z",
        "limit=0",
        "limit=101",
        "offset=-1",
        "customer=x",
    ] {
        let reply = app.get(&tenant.distributor, &format!("{PATH}?{query}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let history = History::in_books_of(app);
    let before = app.audit(&history.tenant.tenant_id);
    let first = app.get(&history.tenant.distributor, PATH);
    assert_eq!(first.body, app.get(&history.tenant.distributor, PATH).body);
    let refused = app.get(&history.tenant.distributor, &format!("{PATH}?limit=0"));
    assert_eq!(refused.status, 400);
    assert_eq!(app.audit(&history.tenant.tenant_id), before);
}
