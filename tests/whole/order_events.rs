//! What the operator's own systems are told of orders and resources: a webhook receiver hears of
//! each thing once, when it has happened, and of nothing else.

use std::cell::Cell;
use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::{App, Variables};
use crate::harness::clock::pass_days;
use crate::harness::json::Json;
use crate::harness::money::decimal;
use crate::harness::orders::{
    change_settings, days_later, fund, line, pay, place, place_with, provision, tick, with_money,
};
use crate::harness::receiver::Receiver;
use crate::harness::tenant::Tenant;

/// A demo tenant whose events are heard of.
struct Shop {
    app: App,
    tenant: Tenant,
    receiver: Receiver,
    /// How many events were heard of before.
    heard: Cell<usize>,
}

impl Shop {
    fn open() -> Self {
        let receiver = Receiver::start();
        let app = App::start_with(Variables::with_receiver(&receiver));
        let tenant = Tenant::playing_in(&app);
        let shop = Self { app, tenant, receiver, heard: Cell::new(0) };
        fund(&shop.app, &shop.tenant, &shop.tenant.customers[0], "300.00");
        shop
    }

    fn sets(&self, settings: &Value) {
        change_settings(&self.app, &self.tenant, settings);
    }

    /// Lets events be delivered, twice so that nothing is left. Answers what is new of them.
    fn told(&self) -> Vec<Json> {
        let target = format!("/operator/v1/deliveries/run?tenant_id={}", self.tenant.tenant_id);
        for _ in 0..2 {
            let reply = self.app.operator("POST", &target, "");
            assert_eq!(reply.status, 200, "{}", reply.text());
            assert_eq!(reply.json().at("due").as_integer(), 0, "{}", reply.text());
        }
        let events = self.receiver.events();
        let ids: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids.len(), events.len(), "each is delivered once");
        let new = events[self.heard.replace(events.len())..].iter();
        new.map(|event| event.event.clone()).collect()
    }

    /// Checks what is new: of each event its type and what it is about.
    fn assert_told(&self, expected: &[(&str, &str)]) -> Vec<Json> {
        let told = self.told();
        let about = |event: &Json| {
            let data = event.at("data");
            let kind = event.text_at("type").to_owned();
            let name = if kind.starts_with("order.") { "order_id" } else { "resource_id" };
            assert_eq!(data.text_at("customer_id"), self.tenant.customers[0], "{event:?}");
            (kind, data.text_at(name).to_owned())
        };
        let found: Vec<(String, String)> = told.iter().map(about).collect();
        let expected: Vec<(String, String)> =
            expected.iter().map(|(kind, id)| ((*kind).to_owned(), (*id).to_owned())).collect();
        assert_eq!(found, expected);
        told
    }

    fn pays(&self, order_id: &str) {
        let outcome = pay(&self.app, &self.tenant.customer, &with_money(order_id));
        assert_eq!(outcome, (204, String::new()));
    }

    fn reports(&self, order_id: &str, line: &Value) {
        let outcome = provision(&self.app, &self.tenant, order_id, &json!([line]));
        assert_eq!(outcome, (200, String::new()));
    }

    /// A resource for a month.
    fn buys(&self, resource_id: &str) -> String {
        let order_id = place(&self.app, &self.tenant);
        self.pays(&order_id);
        self.reports(&order_id, &json!({"line": 1, "resources": [{"resource_id": resource_id}]}));
        order_id
    }

    /// The newest order that gave something back.
    fn refund(&self) -> String {
        let fields = json!({"order_type": "4"});
        let answer = self.app.sdk(&self.tenant.customer, "ListCustomerOrders", &fields);
        let body = answer.outcome.expect("orders");
        body.at("order_infos").as_list()[0].text_at("order_id").to_owned()
    }
}

/// The status of an order or resource, as an event has it.
fn status(event: &Json) -> i64 {
    event.at("data").at("status").as_integer()
}

fn amount(event: &Json) -> Decimal {
    event.at("data").at("amount_after_discount").as_decimal()
}

#[test]
fn the_receiver_hears_of_each_order_that_is_paid_provisioned_cancelled_or_refunded() {
    let shop = Shop::open();
    let silent = shop.buys("silent");
    shop.assert_told(&[]);
    shop.sets(&json!({"events": true}));

    let order_id = place(&shop.app, &shop.tenant);
    shop.assert_told(&[]);
    shop.pays(&order_id);
    let told = shop.assert_told(&[("order.paid", &order_id)]);
    assert_eq!((status(&told[0]), amount(&told[0])), (3, decimal("32.20")));
    let data = told[0].at("data");
    assert_eq!(data.text_at("partner_id"), shop.tenant.distributor.principal_id);
    assert_eq!(data.at("order_type").as_integer(), 1);
    shop.reports(&order_id, &json!({"line": 1, "resources": [{"resource_id": "bought"}]}));
    let told = shop.assert_told(&[("order.provisioned", &order_id)]);
    assert_eq!(status(&told[0]), 5);

    // A payment that is refused tells nothing.
    let poor = place_with(&shop.app, &shop.tenant, &[line(12)], json!({}));
    let poor = poor.text_at("order_id");
    let outcome = pay(&shop.app, &shop.tenant.customer, &with_money(poor));
    assert_eq!(outcome, (400, "CBC.99005003".to_owned()));
    shop.assert_told(&[]);
    let cancel = json!({"order_id": poor});
    let cancelled = shop.app.sdk(&shop.tenant.customer, "CancelCustomerOrder", &cancel).reply;
    assert_eq!(cancelled.status, 204, "{}", cancelled.text());
    let told = shop.assert_told(&[("order.cancelled", poor)]);
    assert_eq!(status(&told[0]), 4);

    let failing = place(&shop.app, &shop.tenant);
    shop.pays(&failing);
    shop.reports(&failing, &json!({"line": 1, "failed": true}));
    let told = shop.assert_told(&[("order.paid", &failing), ("order.refunded", &shop.refund())]);
    assert_eq!(amount(&told[1]), decimal("-32.20"));

    let fields = json!({"resource_ids": ["bought"], "unsubscribe_type": 1});
    let gone = shop.app.sdk(&shop.tenant.customer, "CancelResourcesSubscription", &fields);
    gone.outcome.expect("unsubscribed");
    let refund = shop.refund();
    let told = shop.assert_told(&[("order.refunded", &refund), ("resource.released", "bought")]);
    assert_eq!((amount(&told[0]), status(&told[1])), (decimal("-32.20"), 3));
    assert_eq!(told[1].at("data").text_at("order_id"), order_id);

    // Nobody pays it: time cancels it, and the tick says so.
    let overdue = place(&shop.app, &shop.tenant);
    pass_days(&shop.app, &shop.tenant, 7);
    shop.assert_told(&[]);
    tick(&shop.app, &shop.tenant);
    shop.assert_told(&[("order.cancelled", &overdue)]);
    assert!(shop.receiver.events_of("order.paid", "order_id", &silent).is_empty());
    shop.app.audit(&shop.tenant.tenant_id);
}

#[test]
fn the_receiver_hears_of_a_resource_before_it_expires_then_and_when_it_is_released() {
    let shop = Shop::open();
    shop.sets(&json!({"events": true}));
    let order_id = shop.buys("lapses");
    shop.assert_told(&[("order.paid", &order_id), ("order.provisioned", &order_id)]);
    // A month has 28 to 31 days, its last seven begin after 20 of them and before 25; grace and
    // retention are 15 days each.
    for (days, events) in [
        (20, &[][..]),
        (5, &[("resource.about_to_expire", 2)]),
        (10, &[("resource.expired", 5)]),
        (15, &[]),
        (20, &[("resource.released", 3)]),
        (30, &[]),
    ] {
        days_later(&shop.app, &shop.tenant, days);
        let expected: Vec<(&str, &str)> = events.iter().map(|(it, _)| (*it, "lapses")).collect();
        let told = shop.assert_told(&expected);
        for (event, (kind, code)) in told.iter().zip(events) {
            assert_eq!(status(event), *code, "{kind}");
            assert_eq!(event.at("data").text_at("order_id"), order_id, "{kind}");
        }
    }
    shop.app.audit(&shop.tenant.tenant_id);
}
