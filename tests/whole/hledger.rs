//! The ledger as hledger audits it: a program that nobody here wrote, with rules of its own.

use std::process::{Command, Stdio};

use rust_decimal::Decimal;
use serde_json::json;

use crate::harness::app::App;
use crate::harness::exports::{fed, name, taken, taken_by};
use crate::harness::http::Reply;
use crate::harness::money::{allocate, call, customer_cash, decimal, partner_cash};
use crate::harness::orders::{fund, line, main_id, pay, place_with, provided, refunded};
use crate::harness::tenant::Tenant;
use crate::harness::usage::{self, meter, ticket};
use crate::harness::{coupons, issuing};

/// Whether there is an hledger, which continuous integration always has.
fn is_there() -> bool {
    let mut version = Command::new("hledger");
    version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    if version.status().is_ok_and(|status| status.success()) {
        return true;
    }
    assert!(std::env::var_os("CI").is_none(), "there is no hledger to audit the ledger with");
    println!("there is no hledger: on Debian and Ubuntu `apt-get install hledger`");
    false
}

fn hledger(arguments: &[&str]) -> Command {
    let mut command = Command::new("hledger");
    command.args(["--file", "-"]).args(arguments).env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// All balances, by account.
fn balances(journal: &[u8]) -> Vec<(String, Decimal)> {
    let arguments = ["balance", "--flat", "--empty", "--no-total", "--output-format", "csv"];
    let written = fed(hledger(&arguments), journal);
    let mut lines = written.lines();
    assert_eq!(lines.next(), Some(r#""account","balance""#));
    let row = |line: &str| {
        let (account, balance) = line.split_once(',').expect("two columns");
        let amount = balance.trim_matches('"').trim_start_matches("CNY ");
        (account.trim_matches('"').to_owned(), decimal(amount))
    };
    lines.map(row).collect()
}

fn balance(balances: &[(String, Decimal)], account: &str) -> Decimal {
    let found = balances.iter().find(|(name, _)| name == account);
    found.unwrap_or_else(|| panic!("no {account} in {balances:?}")).1
}

/// A tenant in whose ledger is a bit of everything: orders, refunds, usage, debts, coupons, quotas.
fn busy(app: &App) -> Tenant {
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    allocate(app, &tenant, customer, "100.00");
    allocate(app, &tenant, &tenant.customers[1], "7.77");
    provided(app, &tenant);
    refunded(app, &tenant);
    let given_back = json!({"resource_ids": [main_id(&tenant)], "unsubscribe_type": 1});
    call(app, &tenant.customer, "CancelResourcesSubscription", &given_back).expect("given back");

    let coupon = coupons::issue(app, &tenant, "20.00");
    let order = place_with(app, &tenant, &[line(1)], json!({}));
    let payment = json!({"order_id": order.text_at("order_id"), "use_coupon": "YES",
                         "use_discount": "NO", "coupon_infos": [{"id": coupon, "type": 301}]});
    assert_eq!(pay(app, &tenant.customer, &payment), (204, String::new()));
    let unused = coupons::issue(app, &tenant, "1.50");
    let reclaim = json!({"coupon_id": unused});
    assert_eq!(coupons::reclaim(app, &tenant.distributor, &reclaim).0, 204);
    coupons::issue_of_reseller(app, &tenant, "3.00");
    issuing::assert_left(app, &tenant.distributor, &tenant.quota, customer, "30.00");

    usage::catalogue(app);
    let tickets = [ticket(&tenant, "a", "300"), ticket(&tenant, "b", "3000")];
    assert_eq!(meter(app, &tenant.tenant_id, &tickets).status, 200);
    fund(app, &tenant, customer, "1.23");
    tenant
}

fn journal(app: &App, tenant: &Tenant) -> Reply {
    taken(app, &format!("tenant_id={}&kind=journal", tenant.tenant_id))
}

#[test]
fn agrees_with_the_audit_and_with_what_the_api_shows() {
    if !is_there() {
        return;
    }
    let app = App::shared();
    let tenant = busy(app);
    let audit = app.audit(&tenant.tenant_id);
    let reply = journal(app, &tenant);
    assert_eq!(name(&reply), "ledger.journal");
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    // Every account is declared, every transaction is balanced, every assertion holds.
    fed(hledger(&["check", "--strict"]), &reply.body);

    let found = balances(&reply.body);
    let inside = found.iter().filter(|(name, _)| name != "outside");
    assert_eq!(
        inside.clone().map(|(_, held)| held).sum::<Decimal>(),
        decimal(audit.text_at("sum"))
    );
    assert!(inside.clone().all(|(_, held)| !held.is_sign_negative() || held.is_zero()));
    assert_eq!(inside.count(), usize::try_from(audit.at("accounts").as_integer()).expect("fits"));
    assert_eq!(-balance(&found, "outside"), decimal(audit.text_at("outside_sum")));

    let partner = &tenant.distributor.principal_id;
    let cash = balance(&found, &format!("partner:{partner}:balance"));
    assert_eq!(cash, partner_cash(app, &tenant, None));
    for customer in &tenant.customers {
        let cash = balance(&found, &format!("customer:{customer}:cash"));
        assert_eq!(Some(cash), customer_cash(app, &tenant, customer, None));
    }
    let owed = call(app, &tenant.customer, "ShowCustomerAccountBalances", &json!({}));
    let owed = owed.expect("balances").at("debt_amount").as_decimal();
    let receivable = format!("customer:{}:receivable", tenant.customers[0]);
    assert!(owed.is_sign_positive() && !owed.is_zero());
    assert_eq!(balance(&found, &receivable), owed);
}

#[test]
fn refuses_a_ledger_in_which_anything_was_changed() {
    if !is_there() {
        return;
    }
    let app = App::shared();
    let tenant = busy(app);
    let reply = journal(app, &tenant);
    let written = reply.text();
    let lines: Vec<&str> = written.lines().collect();
    // A transaction less, and an amount that is another one on both of its sides.
    let (head, rest) = written.split_once("\n\n").expect("transactions");
    let (_, rest) = rest.split_once("\n\n").expect("more than one");
    let less = format!("{head}\n\n{rest}");
    let doubled = written.replacen("100.00\n", "200.00\n", 2);
    assert!(lines.len() > 50 && doubled != written);
    for changed in [less, doubled] {
        let file = std::env::temp_dir().join(format!("{}-changed.journal", tenant.tenant_id));
        std::fs::write(&file, changed).expect("is written");
        let mut check = Command::new("hledger");
        let output = check.arg("--file").arg(&file).args(["check", "--strict"]).output();
        let output = output.expect("hledger starts");
        std::fs::remove_file(&file).expect("is removed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains("assertion"), "{said}");
    }
}

#[test]
fn a_partner_takes_its_own_part_away() {
    if !is_there() {
        return;
    }
    let app = App::shared();
    let tenant = busy(app);
    let reply = taken_by(app, &tenant.distributor, "kind=journal");
    fed(hledger(&["check", "--strict"]), &reply.body);
    let (own, all) = (balances(&reply.body), balances(&journal(app, &tenant).body));
    let partner = &tenant.distributor.principal_id;
    let mine = |name: &str| {
        let customers = tenant.customers.iter().any(|id| name.contains(&format!(":{id}:")));
        customers || name.contains(&format!(":{partner}:"))
    };
    let held = all.iter().filter(|(name, _)| mine(name));
    for (name, held) in held.clone() {
        assert_eq!(balance(&own, name), *held, "{name}");
    }
    assert!(held.count() > 6);
    // Of others it has what they have exchanged with the partner, and no more.
    let (reseller, customer) = (&tenant.reseller.principal_id, &tenant.reseller_customer);
    let others = [format!("partner:{reseller}:balance"), format!("customer:{customer}:cash")];
    assert!(others.iter().all(|name| own.iter().all(|(known, _)| known != name)), "{own:?}");

    let of_reseller = format!("kind=journal&indirect_partner_id={reseller}");
    let of_reseller = taken_by(app, &tenant.distributor, &of_reseller);
    fed(hledger(&["check", "--strict"]), &of_reseller.body);
    let found = balances(&of_reseller.body);
    assert_eq!(balance(&found, &others[0]), decimal("70.50"));
    let strange = format!("customer:{}:cash", tenant.customers[0]);
    assert!(found.iter().all(|(known, _)| *known != strange));
}
