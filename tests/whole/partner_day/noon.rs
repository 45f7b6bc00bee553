//! Noon: what was quoted is ordered, paid and provisioned, renewed, and some of it returned.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Day;
use super::double_entry::{Account, Kind};
use super::morning::{QUOTED, REGION, agreed, official, rounded};
use crate::harness::json::Json;
use crate::harness::money::{self, decimal};
use crate::harness::packages::{item_id, package, used};

/// What the customer has for it.
const MONEY: &str = "2000.00";

/// How many months the first server is renewed for.
const MORE_MONTHS: u32 = 2;

/// The servers, with the disks that are attached to them, and the bandwidth.
const SERVERS: [&str; 2] = ["noon-server-1", "noon-server-2"];
const DISKS: [&str; 2] = ["noon-disk-1", "noon-disk-2"];
const BANDWIDTH: &str = "noon-bandwidth";

/// A pay-per-use resource that the operator starts.
const STARTED: &str = "noon-started";

/// What a line of what was quoted costs after the agreement, which is its best discount.
fn price(place: usize) -> Decimal {
    let (service, _, spec, size, months, count) = QUOTED[place];
    rounded(official(spec, size, months, count) * agreed(service))
}

/// What a server costs for more months, its disk with it.
fn renewal() -> Decimal {
    let of = |place: usize| {
        let (service, _, spec, size, ..) = QUOTED[place];
        rounded(official(spec, size, MORE_MONTHS, 1) * agreed(service))
    };
    of(0) + of(1)
}

/// A line of an order for what was quoted.
fn line(place: usize) -> Value {
    let (service, resource, spec, size, months, count) = QUOTED[place];
    let mut line = json!({"service_type_code": service, "resource_type_code": resource,
        "resource_spec": spec, "region_code": REGION, "period_type": 2, "period_num": months,
        "subscription_num": count});
    if let Some((size, measure)) = size {
        line["resource_size"] = json!(size);
        line["size_measure_id"] = json!(measure);
    }
    line
}

/// Hours since 1970, those of a time that is not over not counted.
fn hours(time: &str) -> i64 {
    time.parse::<DateTime<Utc>>().expect("a time").timestamp().div_euclid(3600)
}

impl Day {
    /// The first customer, whose agreement the morning has quoted.
    fn buyer(&self) -> &str {
        &self.tenant.customers[0]
    }

    fn buys(&self, operation: &str, fields: &Value) -> Json {
        self.ask(&self.tenant.customer, operation, fields)
    }

    fn operator(&self, method: &str, route: &str, mut body: Value) -> Json {
        body["tenant_id"] = json!(self.tenant.tenant_id);
        let reply = self.app.operator(method, &format!("/operator/v1/{route}"), body.to_string());
        assert_eq!(reply.status, 200, "{route}: {}", reply.text());
        reply.json()
    }

    /// Money for the cloud, or back from it.
    fn clear(&mut self, kind: Kind, amount: Decimal, order_id: &str) {
        let cash = Account::Cash(self.buyer().to_owned());
        let [from, to] = match kind {
            Kind::Payment => [cash, Account::Cloud],
            _ => [Account::Cloud, cash],
        };
        self.book(kind, from, to, &amount.to_string(), order_id, None);
    }

    /// Everything that is about orders and resources.
    pub(super) fn sell(&mut self) {
        let line = json!({
            "kind": "booking", "booking_id": "noon", "customer_id": self.buyer(),
            "account_type": 1, "amount": MONEY, "at": "2026-01-08T02:00:00Z",
        });
        money::import(&self.app, &self.tenant, line);
        let cash = Account::Cash(self.buyer().to_owned());
        self.book(Kind::Booking, Account::Outside, cash, MONEY, "noon", None);

        let bought = self.order_and_pay();
        self.provision(&bought);
        let cancelled = self.change_its_mind();
        self.settle_what_happens_at_the_end();
        let renewed = self.renew();
        let returned = self.give_back();
        let switched = self.switch_to_pay_per_use();
        self.compare_orders(&[
            (&switched.0, 10, 5, -switched.1),
            (&returned[1].0, 4, 5, -returned[1].1),
            (&returned[0].0, 4, 5, -returned[0].1),
            (&renewed, 2, 5, renewal()),
            (&cancelled, 1, 4, official_price(2)),
            (&bought, 1, 5, price(0) + price(1) + price(2)),
        ]);
        self.look_at_packages();
    }

    /// The order costs what was quoted, and is paid with the discount of the agreement.
    fn order_and_pay(&mut self) -> String {
        let mut disks = line(1);
        disks["attached_to"] = json!(1);
        let lines = [line(0), disks, line(2)];
        let body = json!({"customer_id": self.buyer(), "lines": lines});
        let placed = self.operator("POST", "orders", body);
        let order_id = placed.at("order").text_at("order_id").to_owned();
        let of_order = json!({"order_id": order_id});

        let listed = self.buys("ListOrderDiscounts", &of_order);
        let is_agreed = |it: &&Json| it.at("discount_type").as_integer() == 2;
        let listed = listed.at("discounts").as_list().to_vec();
        let discount = listed.iter().find(is_agreed).expect("the agreement's");
        let coupons = self.buys("ListOrderCouponsByOrderId", &of_order);
        assert_eq!(coupons.at("count").as_integer(), 0);
        let fields = json!({
            "order_id": order_id, "use_coupon": "NO", "use_discount": "YES",
            "discount_infos": [{"id": discount.text_at("discount_id"), "type": 2}],
        });
        self.buys("PayOrders", &fields);
        let all = price(0) + price(1) + price(2);
        self.clear(Kind::Payment, all, &order_id);

        let details = self.buys("ShowCustomerOrderDetails", &of_order);
        let info = details.at("order_info");
        let before = [0, 1, 2].map(official_price).iter().sum::<Decimal>();
        assert_eq!(info.at("official_amount").as_decimal(), before);
        assert_eq!(info.at("amount_after_discount").as_decimal(), all);
        let items = details.at("order_line_items").as_list();
        for (place, item) in items.iter().enumerate() {
            assert_eq!(item.at("amount_after_discount").as_decimal(), price(place), "{place}");
        }
        assert_eq!((items.len(), info.at("status").as_integer()), (3, 3));
        order_id
    }

    fn provision(&self, order_id: &str) {
        let resources = |ids: &[&str]| -> Vec<Value> {
            ids.iter().map(|id| json!({"resource_id": id})).collect()
        };
        let lines = json!([{"line": 1, "resources": resources(&SERVERS)},
                           {"line": 2, "resources": resources(&DISKS)},
                           {"line": 3, "resources": resources(&[BANDWIDTH])}]);
        let body = json!({"order_id": order_id, "lines": lines});
        let done = self.operator("POST", "orders/provision", body);
        assert_eq!(done.at("order").at("status").as_integer(), 5);
        let fields = json!({"order_id": order_id, "only_main_resource": 1});
        let main = self.buys("ListPayPerUseCustomerResources", &fields);
        assert_eq!(main.at("total_count").as_integer(), 3);
    }

    /// A resource of the customer's.
    fn shown(&self, id: &str) -> Json {
        let found = self.buys("ListPayPerUseCustomerResources", &json!({"resource_ids": [id]}));
        let [resource] = found.at("data").as_list() else { panic!("{found:?}") };
        resource.clone()
    }

    /// An order that is not paid in the end.
    fn change_its_mind(&self) -> String {
        let body = json!({"customer_id": self.buyer(), "lines": [line(2)]});
        let placed = self.operator("POST", "orders", body);
        let order_id = placed.at("order").text_at("order_id").to_owned();
        self.buys("CancelCustomerOrder", &json!({"order_id": order_id}));
        order_id
    }

    /// What happens when a term ends is set, and set again.
    fn settle_what_happens_at_the_end(&self) {
        let policy = || self.shown(SERVERS[0]).at("expire_policy").as_integer();
        let server = json!({"resource_id": SERVERS[0]});
        self.buys("AutoRenewalResources", &server);
        assert_eq!(policy(), 3);
        self.buys("CancelAutoRenewalResources", &server);
        assert_eq!(policy(), 0);
        for (operation, expected) in [("SET_UP", 1), ("CANCEL", 0)] {
            let fields = json!({"operation": operation, "resource_ids": [SERVERS[0]]});
            let answer = self.buys("UpdatePeriodToOnDemand", &fields);
            assert!(answer.at("error_details").as_list().is_empty(), "{answer:?}");
            assert_eq!(policy(), expected);
        }
        let config = json!({"config_name": "DEDUCTION_DATE", "config_value": "5"});
        let answer = self.buys("SetResourcesRenewConfig", &config);
        assert_eq!(answer.text_at("error_code"), "CBC.0000");
    }

    /// The first server is renewed and its disk with it, at what the morning would have quoted.
    fn renew(&mut self) -> String {
        let of_server = json!({"resource_ids": [SERVERS[0]], "period_type": 2,
                               "period_num": MORE_MONTHS});
        let quoted = self.buys("ListRenewRateOnPeriod", &of_server);
        let best = &quoted.at("optional_discount_rating_results").as_list()[0];
        assert_eq!(decimal(best.text_at("amount")), renewal());
        let mut fields = of_server;
        fields["is_auto_pay"] = json!(1);
        let before = self.shown(SERVERS[0]).text_at("expire_time").to_owned();
        let answer = self.buys("RenewalResources", &fields);
        let [order_id] = answer.at("order_ids").as_list() else { panic!("{answer:?}") };
        self.clear(Kind::Payment, renewal(), order_id.as_text());
        assert!(*self.shown(SERVERS[0]).text_at("expire_time") > *before);
        order_id.as_text().to_owned()
    }

    /// The renewed months go back, and then the other server with its disk.
    fn give_back(&mut self) -> [(String, Decimal); 2] {
        let half = (price(0) + price(1)) / decimal("2");
        [(SERVERS[0], 2, renewal()), (SERVERS[1], 1, half)].map(|(server, extent, amount)| {
            let fields = json!({"resource_ids": [server], "unsubscribe_type": extent});
            let answer = self.buys("CancelResourcesSubscription", &fields);
            let [order_id] = answer.at("order_ids").as_list() else { panic!("{answer:?}") };
            let order_id = order_id.as_text().to_owned();
            self.clear(Kind::Refund, amount, &order_id);
            let refund = self.buys("ShowRefundOrderDetails", &json!({"order_id": order_id}));
            let rows = refund.at("refund_infos").as_list().iter();
            let sum: Decimal = rows.map(|row| row.at("amount").as_decimal()).sum();
            assert_eq!(sum, -amount, "{server}");
            (order_id, amount)
        })
    }

    /// The bandwidth goes on as pay-per-use: the hours that it was not used come back.
    fn switch_to_pay_per_use(&mut self) -> (String, Decimal) {
        let answer =
            self.buys("UpdatePeriodToOnDemandInstantly", &json!({"resource_ids": [BANDWIDTH]}));
        let [result] = answer.at("to_ondemand_service_results").as_list() else {
            panic!("{answer:?}");
        };
        assert_eq!(result.text_at("result"), "SUCCESS");
        let order_id = result.text_at("order_id").to_owned();
        let switched = self.buys("ShowCustomerOrderDetails", &json!({"order_id": order_id}));
        let bandwidth = self.shown(BANDWIDTH);
        let begin = hours(bandwidth.text_at("effective_time"));
        // Its last term ends with the last second of a day.
        let all = hours(bandwidth.text_at("expire_time")) + 1 - begin;
        let used = hours(switched.at("order_info").text_at("create_time")) - begin;
        let paid = price(2);
        let amount = paid - rounded(paid * Decimal::from(used) / Decimal::from(all));
        self.clear(Kind::Refund, amount, &order_id);

        let (service, resource, spec, size, ..) = QUOTED[0];
        assert_eq!(size, None);
        let start = json!({"customer_id": self.buyer(), "resource_id": STARTED,
            "service_type_code": service, "resource_type_code": resource, "resource_spec": spec,
            "region_code": REGION});
        self.operator("POST", "resources", start);
        let fields = json!({"customer_id": self.buyer()});
        let listed = self.partner("ListCustomerOnDemandResources", &fields);
        let ids: Vec<&str> =
            listed.at("resources").as_list().iter().map(|it| it.text_at("resource_id")).collect();
        assert_eq!(ids, [BANDWIDTH, STARTED]);
        let stop = json!({"customer_id": self.buyer(), "resource_id": STARTED, "status": 6});
        self.operator("PUT", "resources", stop);
        (order_id, amount)
    }

    /// The customer and its partner see the orders alike, the newest first: type, status and
    /// amount.
    fn compare_orders(&self, expected: &[(&String, i64, i64, Decimal)]) {
        let fields = json!({"customer_id": self.buyer()});
        for key in [&self.tenant.customer, &self.tenant.distributor] {
            let body = self.ask(key, "ListCustomerOrders", &fields);
            let shown = body.at("order_infos").as_list().iter().map(|order| {
                let integer = |name: &str| order.at(name).as_integer();
                let amount = order.at("amount_after_discount").as_decimal();
                let id = order.text_at("order_id").to_owned();
                (id, integer("order_type"), integer("status"), amount)
            });
            let expected = expected
                .iter()
                .map(|(id, kind, status, amount)| ((*id).clone(), *kind, *status, *amount));
            assert_eq!(shown.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        }
    }

    /// A package that was bought elsewhere, and what was taken from it.
    fn look_at_packages(&self) {
        money::import(&self.app, &self.tenant, package(&self.tenant, "noon"));
        let taken = used(&self.tenant, "noon", 1, "2026-03-02T04:00:00Z");
        money::import(&self.app, &self.tenant, taken);
        let packages = self.buys("ListFreeResourceInfos", &json!({}));
        assert_eq!(packages.at("total_count").as_integer(), 1);
        let item = json!({"free_resource_ids": [item_id(&self.tenant, "noon", "traffic")]});
        let usages = self.buys("ListFreeResourceUsages", &item);
        let [traffic] = usages.at("free_resources").as_list() else { panic!("{usages:?}") };
        assert_eq!(traffic.at("amount").as_decimal(), decimal("100.5") - decimal("0.25"));
        let days = json!({"deduct_time_begin": "2026-03-01", "deduct_time_end": "2026-03-03"});
        let records = self.buys("ListFreeResourcesUsageRecords", &days);
        assert_eq!(records.at("total_count").as_integer(), 1);
    }

    /// What the customer's orders have cost by the month's bill is what it has no longer.
    pub(super) fn compare_sold(&self) {
        let fields = json!({"cycle": self.month(), "charge_mode": "1"});
        let body = self.partner("ListSubcustomerMonthlyBills", &fields);
        let sums = body.at("bill_sums").as_list().iter();
        let own = sums.filter(|sum| sum.text_at("customer_id") == self.buyer());
        let billed: Decimal = own.map(|sum| sum.at("amount").as_decimal()).sum();
        assert_eq!(billed, self.ledger.balance(&Account::Cloud));
        let held = self.ledger.balance(&Account::Cash(self.buyer().to_owned()));
        assert_eq!(billed, decimal(MONEY) - held);
    }
}

/// What a line of what was quoted costs before discounts.
fn official_price(place: usize) -> Decimal {
    let (_, _, spec, size, months, count) = QUOTED[place];
    official(spec, size, months, count)
}
