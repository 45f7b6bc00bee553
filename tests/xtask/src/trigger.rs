//! `cargo xtask trigger`: makes an event happen to a demo tenant of a running bundle.
//!
//! Nothing is made up: a customer of its own buys, or has, what the event is about, so the message
//! is the one that the bundle always sends.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, SecondsFormat};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::demo;
use crate::operator::{Access, Operator};
use crate::process::random_hex;
use crate::workspace::Workspace;

/// A server of the demo catalogue, for a month.
const SERVICE: &str = "hws.service.type.ec2";
const RESOURCE: &str = "hws.resource.type.vm";
const PRODUCT: &str = "00301-233164-0--0";
const SPECIFICATION: &str = "s6.small.1.linux";
const REGION: &str = "cn-east-2";

const DAY: i64 = 24 * 60 * 60;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Event {
    /// An order is paid
    #[value(name = "order.paid")]
    OrderPaid,
    /// What was ordered is provided
    #[value(name = "order.provisioned")]
    OrderProvisioned,
    /// An order is not approved
    #[value(name = "order.cancelled")]
    OrderCancelled,
    /// What was ordered cannot be provided, and the money goes back
    #[value(name = "order.refunded")]
    OrderRefunded,
    /// A resource expires in three days
    #[value(name = "resource.about_to_expire")]
    ResourceAboutToExpire,
    /// A resource expired an hour ago
    #[value(name = "resource.expired")]
    ResourceExpired,
    /// A resource expired long ago
    #[value(name = "resource.released")]
    ResourceReleased,
    /// A real-name submission is approved
    #[value(name = "realname_review.decided")]
    ReviewDecided,
}

/// Which event, and where.
#[derive(Args)]
pub struct Options {
    /// What is to happen
    #[arg(value_enum)]
    event: Event,
    /// The server's address: its scheme, http or https, its host, and its port if it has one
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000")]
    to: String,
    #[command(flatten)]
    access: Access,
}

/// Makes the event, and has it delivered.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let operator = options.access.to(&options.to)?;
    let (tenant_id, partner_id) = demo::distributor(workspace)?;
    let trigger = Trigger { operator: &operator, tenant_id, partner_id, id: random_hex::<16>()? };
    let subject = trigger.make(options.event)?;
    println!("{}: {subject}", name(options.event));
    Ok(())
}

fn name(event: Event) -> String {
    event.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// A time as the bundle takes it.
fn time(seconds: i64) -> String {
    let time = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// An event that is being made.
struct Trigger<'o> {
    operator: &'o Operator,
    tenant_id: String,
    partner_id: String,
    /// Of the customer, and of what it has.
    id: String,
}

impl Trigger<'_> {
    /// Makes it, and answers what it is about.
    fn make(&self, event: Event) -> Result<String> {
        let settings = self.settings()?;
        let mut told = settings.clone();
        told["events"] = json!(true);
        // An order is provided when the recipe says so.
        let during = |approval: bool| {
            let mut during = told.clone();
            during["provision_at_once"] = json!(false);
            during["approval"] = json!(approval);
            during
        };
        self.set(&during(event == Event::OrderCancelled))?;
        let made = self.happen(event);
        self.set(&told)?;
        let subject = made?;
        self.deliver()?;
        Ok(subject)
    }

    fn happen(&self, event: Event) -> Result<String> {
        let now = self.now()?;
        match event {
            Event::OrderPaid => self.order(true),
            Event::OrderProvisioned => {
                let order_id = self.order(true)?;
                let provided = json!({"line": 1, "resources": [{"resource_id": self.id}]});
                self.report(&order_id, &provided)?;
                Ok(order_id)
            }
            Event::OrderRefunded => {
                let order_id = self.order(true)?;
                self.report(&order_id, &json!({"line": 1, "failed": true}))?;
                Ok(order_id)
            }
            Event::OrderCancelled => {
                let order_id = self.order(false)?;
                let decision = json!({"tenant_id": self.tenant_id, "order_id": order_id,
                                      "decision": "reject"});
                self.operator.post_json("/operator/v1/orders/approve", &decision)?;
                Ok(order_id)
            }
            Event::ResourceAboutToExpire => self.resource(now + 3 * DAY),
            Event::ResourceExpired => self.resource(now - DAY / 24),
            Event::ResourceReleased => self.resource(now - 100 * DAY),
            Event::ReviewDecided => self.review(),
        }
    }

    fn settings(&self) -> Result<Value> {
        self.operator.get_json(&format!("/operator/v1/settings?tenant_id={}", self.tenant_id))
    }

    /// The tenant's time, in seconds since 1970: its clock may have been moved.
    fn now(&self) -> Result<i64> {
        let route = format!("/operator/v1/clock?tenant_id={}", self.tenant_id);
        let clock = self.operator.get_json(&route)?;
        let now = clock["now"].as_str().context("the clock shows nothing")?;
        Ok(DateTime::parse_from_rfc3339(now)?.timestamp())
    }

    fn set(&self, settings: &Value) -> Result<()> {
        let body = json!({"tenant_id": self.tenant_id, "settings": settings});
        self.operator.put_json("/operator/v1/settings", &body).map(drop)
    }

    /// A customer with money of its own, and more lines about it.
    fn customer(&self, more: &[Value]) -> Result<()> {
        let customer = json!({"kind": "customer", "tenant_id": self.tenant_id,
                              "customer_id": self.id, "partner_id": self.partner_id,
                              "association_type": "1"});
        let booking = json!({"kind": "booking", "tenant_id": self.tenant_id,
                             "booking_id": format!("trigger-{}", self.id),
                             "customer_id": self.id, "account_type": 1, "amount": "100.00",
                             "at": time(self.now()?)});
        let lines = [customer, booking];
        let lines: String = lines.iter().chain(more).map(|line| format!("{line}\n")).collect();
        match self.operator.send_book(lines.as_bytes())? {
            Ok(_) => Ok(()),
            Err(refusal) => bail!("the customer was not taken in: {}", refusal.reason),
        }
    }

    /// An order of the customer's, paid or not.
    fn order(&self, is_paid: bool) -> Result<String> {
        self.customer(&[])?;
        let line = json!({"service_type_code": SERVICE, "resource_type_code": RESOURCE,
                          "resource_spec": SPECIFICATION, "region_code": REGION,
                          "period_type": 2, "period_num": 1});
        let order = json!({"tenant_id": self.tenant_id, "customer_id": self.id,
                           "lines": [line], "is_auto_pay": is_paid});
        let placed = self.operator.post_json("/operator/v1/orders", &order)?;
        let order_id = placed["order"]["order_id"].as_str();
        Ok(order_id.context("the answer has no order_id")?.to_owned())
    }

    fn report(&self, order_id: &str, line: &Value) -> Result<()> {
        let body = json!({"tenant_id": self.tenant_id, "order_id": order_id, "lines": [line]});
        self.operator.post_json("/operator/v1/orders/provision", &body).map(drop)
    }

    /// A resource of the customer's that was bought elsewhere and expires at a time.
    fn resource(&self, expire_time: i64) -> Result<String> {
        let line = json!({"kind": "resource", "tenant_id": self.tenant_id, "resource_id": self.id,
                          "customer_id": self.id, "order_id": "CS2001010000TRIGG",
                          "service_type_code": SERVICE, "resource_type_code": RESOURCE,
                          "resource_spec": SPECIFICATION, "region_code": REGION,
                          "product_id": PRODUCT, "effective_time": "2020-01-01T00:00:00Z",
                          "expire_time": time(expire_time), "period_type": 2, "period_num": 1});
        self.customer(&[line])?;
        let route = format!("/operator/v1/tick?tenant_id={}", self.tenant_id);
        while self.operator.post_nothing(&route)?["left"].as_u64() > Some(0) {}
        Ok(self.id.clone())
    }

    /// A submission of the customer's that is approved.
    fn review(&self) -> Result<String> {
        let review_id = format!("RN{}", &self.id[..14].to_uppercase());
        let line = json!({"kind": "realname_review", "tenant_id": self.tenant_id,
                          "customer_id": self.id, "review_id": review_id,
                          "submitted_at": time(self.now()?), "review_result": 0});
        self.customer(&[line])?;
        let decision =
            json!({"tenant_id": self.tenant_id, "review_id": review_id, "decision": "approve"});
        self.operator.post_json("/operator/v1/reviews/decide", &decision)?;
        Ok(review_id)
    }

    /// Has delivered what is due. A receiver that answers slowly is asked a few times.
    fn deliver(&self) -> Result<()> {
        let route = format!("/operator/v1/deliveries/run?tenant_id={}", self.tenant_id);
        for _ in 0..10 {
            let ran = self.operator.post_nothing(&route)?;
            if ran["left"].as_u64().unwrap_or_default() == 0 {
                return Ok(());
            }
            thread::sleep(Duration::from_secs(1));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tiny_http::{Response, Server};

    use super::*;

    /// A bundle that takes everything, and what it was asked.
    fn made(event: Event) -> Vec<(String, Value)> {
        let server = Server::http("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", server.server_addr().to_ip().expect("an address"));
        let asked = thread::spawn(move || {
            let mut asked = Vec::new();
            loop {
                let mut request = server.recv().expect("a request");
                let mut body = String::new();
                request.as_reader().read_to_string(&mut body).expect("text");
                let route = format!("{} {}", request.method(), request.url());
                let lines: Result<Vec<Value>, _> = body.lines().map(serde_json::from_str).collect();
                let is_last = route.contains("/deliveries/run");
                asked.push((route, json!(lines.expect("JSON"))));
                let answer = json!({"now": "2026-06-01T00:00:00Z", "left": 0, "grace_days": 3,
                                    "applied": 2, "skipped": 0, "order": {"order_id": "CS1"}});
                request.respond(Response::from_string(answer.to_string())).expect("answered");
                if is_last {
                    return asked;
                }
            }
        });
        let operator = Operator::new(&url, "t").expect("an address");
        let [tenant_id, partner_id] = ["demo-t", "p"].map(str::to_owned);
        let id = "0123456789abcdef0123456789abcdef".to_owned();
        Trigger { operator: &operator, tenant_id, partner_id, id }.make(event).expect("made");
        asked.join().expect("no panic")
    }

    fn routes(asked: &[(String, Value)]) -> Vec<&str> {
        let routes = asked.iter().map(|(route, _)| route.split('?').next().unwrap_or_default());
        let routes = routes.map(|route| route.trim_start_matches("GET /operator/v1/"));
        let about = ["settings", "clock"];
        routes.filter(|route| !about.contains(route)).collect()
    }

    #[test]
    fn an_order_is_made_as_a_cloud_service_makes_it() {
        let asked = made(Event::OrderRefunded);
        let expected = [
            "PUT /operator/v1/settings",
            "POST /operator/v1/books",
            "POST /operator/v1/orders",
            "POST /operator/v1/orders/provision",
            "PUT /operator/v1/settings",
            "POST /operator/v1/deliveries/run",
        ];
        assert_eq!(routes(&asked), expected);
        let of = |route: &str| {
            let found = asked.iter().filter(|(asked, _)| asked.starts_with(route));
            found.map(|(_, body)| body[0].clone()).collect::<Vec<Value>>()
        };
        assert_eq!(of("POST /operator/v1/orders")[0]["is_auto_pay"], json!(true));
        assert_eq!(of("POST /operator/v1/orders/provision")[0]["lines"][0]["failed"], json!(true));
        // The tenant's settings are as they were, but that it is told of its events.
        let settings = of("PUT /operator/v1/settings");
        assert_eq!(settings[0]["settings"]["provision_at_once"], json!(false));
        assert_eq!(settings[1]["settings"]["grace_days"], json!(3));
        assert_eq!(settings[1]["settings"]["events"], json!(true));
        assert_eq!(settings[1]["settings"].get("provision_at_once"), None);
    }

    #[test]
    fn a_resource_expires_by_the_clock_of_the_tenant() {
        for (event, expected) in [
            (Event::ResourceAboutToExpire, "2026-06-04T00:00:00Z"),
            (Event::ResourceExpired, "2026-05-31T23:00:00Z"),
        ] {
            let asked = made(event);
            let (_, book) = asked.iter().find(|(route, _)| route.contains("books")).expect("one");
            assert_eq!(book[2]["expire_time"], json!(expected));
            assert!(routes(&asked).contains(&"POST /operator/v1/tick"));
        }
    }

    #[test]
    fn every_event_has_the_name_that_its_message_has() {
        let names: Vec<String> = Event::value_variants().iter().map(|it| name(*it)).collect();
        assert!(names.iter().all(|name| name.split('.').count() == 2), "{names:?}");
        assert_eq!(names[0], "order.paid");
    }
}
