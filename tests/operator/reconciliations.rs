//! `POST /operator/v1/reconciliations`: a month as it is told elsewhere, compared with the books.

use serde_json::{Value, json};

use crate::harness::app::{App, OPERATOR_TOKEN};
use crate::harness::http::{Reply, Request};
use crate::harness::json::Json;
use crate::harness::money::import;
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/reconciliations";
const CYCLE: &str = "2026-08";

/// A row of the month's sums.
pub fn bill(tenant: &Tenant, customer: &str, amount: &str, more: &Value) -> Value {
    let mut line = json!({"kind": "monthly_bill", "partner_id": tenant.distributor.principal_id,
                          "cycle": CYCLE, "customer_id": customer,
                          "cloud_service_type": "hws.service.type.ec2",
                          "resource_type_code": "hws.resource.type.vm", "charge_mode": "1",
                          "bill_type": "0", "amount": amount});
    for (name, value) in more.as_object().expect("fields") {
        line[name] = value.clone();
    }
    line
}

/// Three sums: two of the first customer, one of the second.
pub fn tenant_with_month(app: &App) -> Tenant {
    let tenant = Tenant::in_books_of(app);
    let [first, second] = &tenant.customers;
    let refund = json!({"bill_type": "1", "charge_mode": "3"});
    for line in [
        bill(&tenant, first, "120.00", &json!({"debt_amount": "20.00"})),
        bill(&tenant, first, "-7.50", &refund),
        bill(&tenant, second, "3.00", &json!({"charge_mode": "3"})),
    ] {
        import(app, &tenant, line);
    }
    tenant
}

fn send(app: &App, tenant: &Tenant, query: &str, media_type: &str, body: &str) -> Reply {
    let target = format!(
        "{PATH}?tenant_id={}&partner_id={}&cycle={CYCLE}{query}",
        tenant.tenant_id, tenant.distributor.principal_id
    );
    let request = Request::new("POST", &target, body).with("Content-Type", media_type);
    app.send(&request.with("Authorization", &format!("Bearer {OPERATOR_TOKEN}")))
}

/// Each group of lines: how many, here, there, and the difference.
pub fn groups(answer: &Json) -> Vec<String> {
    let group = |name: &&str| {
        let sums = answer.at(name);
        let text = |member: &str| sums.text_at(member).to_owned();
        let [here, there, difference] = ["here", "there", "difference"].map(text);
        format!("{name} {} {here} {there} {difference}", sums.at("lines").as_integer())
    };
    ["all", "matched", "differing", "only_here", "only_there"].iter().map(group).collect()
}

/// Pages of the operation itself, as they came.
fn pages(app: &App, tenant: &Tenant) -> String {
    let page = |charge_mode: &str| {
        let path = crate::harness::contract::path_of("ListSubcustomerMonthlyBills");
        let target = format!("{path}?cycle={CYCLE}&charge_mode={charge_mode}");
        let reply = app.get(&tenant.distributor, &target);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.text().to_owned()
    };
    format!("{}\n{}", page("1"), page("3"))
}

#[test]
fn what_the_operation_answers_matches_to_the_cent() {
    let app = App::shared();
    let tenant = tenant_with_month(app);
    let before = app.audit(&tenant.tenant_id);
    let reply = send(app, &tenant, "", "application/json", &pages(app, &tenant));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let answer = reply.json();
    let nothing = |name: &str| format!("{name} 0 0.00 0.00 0.00");
    let expected = [
        "all 3 115.50 115.50 0.00".to_owned(),
        "matched 3 115.50 115.50 0.00".to_owned(),
        nothing("differing"),
        nothing("only_here"),
        nothing("only_there"),
    ];
    assert_eq!(groups(&answer), expected);
    assert!(answer.at("lines").as_list().is_empty());
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn tells_what_differs_and_by_how_much() {
    let app = App::shared();
    let tenant = tenant_with_month(app);
    let [first, second] = &tenant.customers;
    // Two rows that come to what the first sum is, with another debt; no refund; and more usage.
    let csv = format!(
        "bill_type,customer_id,cloud_service_type,resource_type_code,charge_mode,amount,\
         debt_amount,remark\r\n\
         0,{first},hws.service.type.ec2,hws.resource.type.vm,1,100.00,19.99,\"a, b\"\r\n\
         0,{first},hws.service.type.ec2,hws.resource.type.vm,1,20,,\r\n\
         0,{second},hws.service.type.ec2,hws.resource.type.vm,3,3.01,,\r\n\
         0,{second},hws.service.type.obs,hws.resource.type.obs,3,0.50,,\r\n"
    );
    let reply = send(app, &tenant, "", "text/csv; charset=utf-8", &csv);
    assert_eq!(reply.status, 200, "{}", reply.text());
    let answer = reply.json();
    let expected = [
        "all 4 115.50 123.51 -8.01",
        "matched 0 0.00 0.00 0.00",
        "differing 2 123.00 123.01 -0.01",
        "only_here 1 -7.50 0.00 -7.50",
        "only_there 1 0.00 0.50 -0.50",
    ];
    assert_eq!(groups(&answer), expected);
    let lines: Vec<String> = answer
        .at("lines")
        .as_list()
        .iter()
        .map(|line| {
            let [differing] = line.at("differences").as_list() else { panic!("{line:?}") };
            let side = |name: &str| differing.get(name).map_or("-", Json::as_text).to_owned();
            let (state, field) = (line.text_at("state"), differing.text_at("field"));
            let (here, there) = (side("here"), side("there"));
            format!("{state} {field} {here} {there} {}", differing.text_at("difference"))
        })
        .collect();
    let expected = [
        "differs debt_amount 20.00 19.99 0.01",
        "only_here amount -7.50 - -7.50",
        "differs amount 3.00 3.01 -0.01",
        "only_there amount - 0.50 -0.50",
    ];
    assert_eq!(lines, expected);
    let page = send(app, &tenant, "&offset=1&limit=1", "text/csv", &csv).json();
    assert_eq!(page.at("total_count").as_integer(), 4);
    assert_eq!(page.at("lines").as_list(), &answer.at("lines").as_list()[1..2]);
}

#[test]
fn refuses_what_is_no_such_month() {
    let app = App::shared();
    let tenant = tenant_with_month(app);
    for (query, media_type, body) in [
        ("", "text/plain", "customer_id\n"),
        ("", "application/json", "{\"bill_sums\": ["),
        ("", "application/json", "[]"),
        ("", "application/json", "{\"bill_sums\": [{\"customer_id\": \"c\"}]}"),
        ("", "text/csv", "customer_id,amount\nc,1\n"),
        ("", "text/csv", "customer_id,amount\nc\n"),
        ("&limit=1001", "text/csv", ""),
        ("&colour=red", "text/csv", ""),
    ] {
        let reply = send(app, &tenant, query, media_type, body);
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query} {body}");
    }
    let target = format!("{PATH}?tenant_id={}&partner_id=nobody&cycle=2026-08", tenant.tenant_id);
    let request = Request::new("POST", &target, "").with("Content-Type", "text/csv");
    let request = request.with("Authorization", &format!("Bearer {OPERATOR_TOKEN}"));
    assert_eq!(app.send(&request).outcome(), (400, "CBC.0100".to_owned()));
}
