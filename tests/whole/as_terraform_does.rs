//! An order's life as Terraform's provider leads it: a program with the official SDK that pays, polls
//! until the order is completed, looks its resources up, and unsubscribes.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use rust_decimal::Decimal;
use serde_json::json;

use crate::harness::app::App;
use crate::harness::coupons::issue;
use crate::harness::json::Json;
use crate::harness::money::{customer_cash, decimal, key_of_customer};
use crate::harness::orders::{fund, grant_discount, line, place_with, provision};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// What the program has told.
struct Told {
    /// Of each order the statuses that it has seen, in their order.
    statuses: Vec<(String, i64)>,
    said: Vec<Json>,
}

impl Told {
    /// What it has told under this name, the last time.
    fn at(&self, name: &str) -> &Json {
        let found = self.said.iter().rev().find_map(|line| line.get(name));
        found.unwrap_or_else(|| panic!("no {name} in {:?}", self.said))
    }

    fn statuses_of(&self, order_id: &str) -> Vec<i64> {
        let of = |(id, status): &(String, i64)| (id == order_id).then_some(*status);
        self.statuses.iter().filter_map(of).collect()
    }
}

/// Runs the program. When it has seen that the order is being processed, its resources are there.
fn run(app: &App, tenant: &Tenant, key: &Key, order_id: &str) -> Told {
    let python = std::env::var("PYTHON_SDK").expect("PYTHON_SDK names a Python with the SDK");
    let mut program = Command::new(python);
    program.args(["-W", "ignore"]).arg(concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/terraform.py"));
    program.env("PROGRAM_AK", &key.access_key_id).env("PROGRAM_SK", &key.secret_key);
    program.env("PROGRAM_DOMAIN", &key.principal_id).env("PROGRAM_ORDER", order_id);
    program.env("PROGRAM_ENDPOINT", format!("http://{}", app.address()));
    let mut running = program.stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut told = Told { statuses: Vec::new(), said: Vec::new() };
    let output = BufReader::new(running.stdout.take().expect("piped"));
    for line in output.lines() {
        let line = Json::parse(&line.expect("UTF-8")).expect("JSON");
        if let Some(status) = line.get("status").map(Json::as_integer) {
            let seen = line.text_at("order_id");
            told.statuses.push((seen.to_owned(), status));
            if status == 3 && seen == order_id {
                let [main, attached] = [1, 2].map(|number| {
                    let id = format!("{order_id}-{number}");
                    json!({"line": number, "resources": [{"resource_id": id}]})
                });
                let reports = json!([main, attached]);
                assert_eq!(provision(app, tenant, order_id, &reports), (200, String::new()));
            }
        }
        told.said.push(line);
    }
    assert!(running.wait().expect("it ends").success(), "{:?}", told.said);
    told
}

/// An order of a resource and one that is attached to it, for a month each.
fn place_two(app: &App, tenant: &Tenant, customer: &str) -> String {
    let mut attached = line(1);
    attached["attached_to"] = json!(1);
    let more = json!({"customer_id": customer});
    place_with(app, tenant, &[line(1), attached], more).text_at("order_id").to_owned()
}

/// The lines of a statement about an order or a coupon: what happened, and how much.
fn lines_about(statement: &Json, id: &str) -> Vec<(String, Decimal)> {
    let about = |line: &&Json| line.as_list()[0].as_text() == id;
    let read = |line: &Json| {
        let [_, kind, amount] = line.as_list() else { panic!("{line:?}") };
        (kind.as_text().to_owned(), decimal(amount.as_text()))
    };
    statement.as_list().iter().filter(about).map(read).collect()
}

/// What every run must have told, and the sum of the refund.
fn assert_lived(told: &Told, order_id: &str) -> Decimal {
    assert_eq!(told.statuses_of(order_id), [3, 5]);
    assert_eq!(told.at("resource").as_text(), format!("{order_id}-1"));
    let refunding = told.at("refunding").as_text();
    assert_eq!(told.statuses_of(refunding), [5]);
    let rows = told.at("refunds").as_list();
    let row = |row: &Json| {
        assert_eq!(row.as_list()[0].as_text(), order_id);
        row.as_list()[1].as_decimal()
    };
    assert_eq!(rows.len(), 2, "one for each resource");
    rows.iter().map(row).sum()
}

#[test]
fn a_customer_that_the_partner_funds_pays_with_coupon_and_discount() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    let coupon = issue(app, &tenant, "11.52");
    fund(app, &tenant, customer, "40.00");
    grant_discount(app, &tenant, customer, "0.8");
    let order_id = place_two(app, &tenant, customer);
    let told = run(app, &tenant, &tenant.customer, &order_id);

    assert_eq!(told.at("discounts").as_integer(), 1);
    // 64.40 at 0.8 are 51.52: 11.52 from the coupon and all of the cash, and all of it back.
    assert_eq!(assert_lived(&told, &order_id), decimal("-51.52"));
    assert_eq!(customer_cash(app, &tenant, customer, None), Some(decimal("40.00")));
    assert!(told.at("account").as_list().is_empty(), "its partner has the statement");
    // It came, was spent, and came back; the newest stands first.
    let expected = ["UNSUBSCRIBE", "DEDEUCT", "PRIZE"];
    let expected = expected.map(|it| (format!("SOURCE_OPERAIION_{it}"), decimal("11.52")));
    assert_eq!(lines_about(told.at("coupons"), &coupon), expected);
    let target = "/v2/promotions/benefits/partner-coupons?limit=100";
    let issued = app.get(&tenant.distributor, target).json();
    let issued = issued.at("user_coupons").as_list();
    let is_it = |item: &&Json| item.text_at("coupon_id") == coupon;
    let held = issued.iter().find(is_it).expect("the coupon").at("balance").as_decimal();
    assert_eq!(held, decimal("11.52"));
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_customer_that_pays_the_cloud_itself_reads_the_refund_in_its_statement() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.referral_customer;
    let key = key_of_customer(app, &tenant, customer);
    fund(app, &tenant, customer, "100.00");
    grant_discount(app, &tenant, customer, "0.8");
    let order_id = place_two(app, &tenant, customer);
    let told = run(app, &tenant, &key, &order_id);

    assert_eq!(told.at("coupons").as_list().len(), 0);
    assert_eq!(assert_lived(&told, &order_id), decimal("-51.52"));
    let account = told.at("account");
    let spent = lines_about(account, &order_id);
    assert_eq!(spent.iter().map(|(_, amount)| amount.abs()).sum::<Decimal>(), decimal("51.52"));
    let back = lines_about(account, told.at("refunding").as_text());
    assert_eq!(back.iter().map(|(_, amount)| *amount).sum::<Decimal>(), decimal("51.52"));
    app.audit(&tenant.tenant_id);
}
