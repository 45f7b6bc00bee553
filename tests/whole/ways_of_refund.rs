//! The ways of a refund: to the customer that paid, and to the partner that paid on its behalf, also
//! where it has begun to fund the customer since.

use rust_decimal::Decimal;
use serde_json::json;

use crate::harness::app::App;
use crate::harness::money::{call, decimal, key_of_customer, partner_cash};
use crate::harness::orders::{fund, line, pay, place_with, provision, with_money};
use crate::harness::partner_centre::{PAYMENT, done};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// A tenant with a customer of either kind, one of which the partner pays for.
struct Sale {
    app: &'static App,
    tenant: Tenant,
    customer: String,
    key: Key,
}

/// Cash of the partner and of the customer.
type Cash = [Decimal; 2];

impl Sale {
    fn to(customer_of: fn(&Tenant) -> String) -> Self {
        let app = App::shared();
        let tenant = Tenant::in_books_of(app);
        let customer = customer_of(&tenant);
        let is_first = customer == tenant.customers[0];
        let key = if is_first {
            tenant.customer.clone()
        } else {
            key_of_customer(app, &tenant, &customer)
        };
        Self { app, tenant, customer, key }
    }

    fn cash(&self) -> Cash {
        let answer = call(self.app, &self.key, "ShowCustomerAccountBalances", &json!({}));
        let balances = answer.expect("balances");
        let [account] = balances.at("account_balances").as_list() else { panic!("{balances:?}") };
        let own = account.at("amount").as_decimal();
        [partner_cash(self.app, &self.tenant, None), own]
    }

    /// An order of a resource for a month, 32.20.
    fn order(&self) -> String {
        let of = json!({"customer_id": self.customer});
        let order = place_with(self.app, &self.tenant, &[line(1)], of);
        order.text_at("order_id").to_owned()
    }

    fn paid_by_the_partner(&self) -> String {
        let order_id = self.order();
        done(self.app, &self.key, "POST", PAYMENT, &json!({"order_id": order_id}));
        let approval = json!({"order_id": order_id, "decision": "approve"});
        done(self.app, &self.tenant.distributor, "PUT", PAYMENT, &approval);
        order_id
    }

    fn paid_by_itself(&self) -> String {
        let order_id = self.order();
        fund(self.app, &self.tenant, &self.customer, "32.20");
        assert_eq!(pay(self.app, &self.key, &with_money(&order_id)), (204, String::new()));
        order_id
    }

    /// Provides what was paid.
    fn provided(&self, order_id: &str) {
        let resources = json!([{"line": 1, "resources": [{"resource_id": order_id}]}]);
        let outcome = provision(self.app, &self.tenant, order_id, &resources);
        assert_eq!(outcome, (200, String::new()));
    }

    /// Lets the customer give back what was provided, within five days.
    fn given_back(&self, order_id: &str) {
        let fields = json!({"resource_ids": [order_id], "unsubscribe_type": 1});
        call(self.app, &self.key, "CancelResourcesSubscription", &fields).expect("unsubscribed");
    }

    fn is_funded_from_now_on(&self) {
        let change = json!({"tenant_id": self.tenant.tenant_id, "customer_id": self.customer,
                            "association_type": "2"});
        let reply = self.app.operator("PUT", "/operator/v1/customers", change.to_string());
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
}

/// Prints a way, and checks what the refund has moved.
fn assert_way(name: &str, paid: Cash, refunded: Cash, expected: [&str; 2]) {
    let moved = [0, 1].map(|who| refunded[who] - paid[who]);
    println!(
        "{name}: partner {} -> {}, customer {} -> {}",
        paid[0], refunded[0], paid[1], refunded[1]
    );
    assert_eq!(moved, expected.map(decimal), "{name}");
}

#[test]
fn a_refund_goes_back_to_whoever_paid() {
    let resale = Sale::to(|tenant| tenant.customers[0].clone());
    let order_id = resale.paid_by_itself();
    resale.provided(&order_id);
    let paid = resale.cash();
    resale.given_back(&order_id);
    assert_way("paid by a resale customer", paid, resale.cash(), ["0", "32.20"]);

    let referral = Sale::to(|tenant| tenant.referral_customer.clone());
    let before = referral.cash();
    let order_id = referral.paid_by_the_partner();
    let paid = referral.cash();
    assert_eq!(before[0] - paid[0], decimal("32.20"));
    referral.provided(&order_id);
    referral.given_back(&order_id);
    assert_way("paid by the partner for a referral one", paid, referral.cash(), ["32.20", "0"]);

    let changed = Sale::to(|tenant| tenant.referral_customer.clone());
    let order_id = changed.paid_by_the_partner();
    changed.provided(&order_id);
    changed.is_funded_from_now_on();
    let paid = changed.cash();
    changed.given_back(&order_id);
    assert_way("paid by the partner, resale since", paid, changed.cash(), ["32.20", "0"]);

    for sale in [resale, referral, changed] {
        sale.app.audit(&sale.tenant.tenant_id);
    }
}
