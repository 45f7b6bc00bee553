//! Messages that are delivered, tried again, given up and forgotten.

use super::*;
use crate::domain::delivery::{ATTEMPTS_MAX, Delivery, DeliveryState, KEPT_DAYS};
use crate::domain::notification::NotificationUrl;
use crate::operations::decide_realname::{self, Decision, Verdict};
use crate::operations::notify_partner;
use crate::security::webhook::AllowedHost;
use crate::value::id::{DeliveryId, PartnerId, TenantId};
use crate::value::page::Slice;
use chrono::TimeDelta;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A host with a receiver, and reviews `r0` to `r24` that await a decision.
fn host() -> TestHost {
    let host = TestHost::with_book();
    let mut book = String::new();
    for number in 0..25 {
        book.push_str(&format!(
            "{{\"kind\":\"customer\",\"tenant_id\":\"t\",\"customer_id\":\"c{number}\",\
             \"partner_id\":\"d\",\"association_type\":\"2\"}}\n\
             {{\"kind\":\"realname_review\",\"tenant_id\":\"t\",\"customer_id\":\"c{number}\",\
             \"review_id\":\"r{number}\",\"submitted_at\":\"2026-01-01T00:00:00Z\",\
             \"review_result\":0}}\n"
        ));
    }
    host.import(&book).expect("imported");
    for (name, value) in [("webhook_url", "http://h"), ("webhook_secret", SECRET)] {
        host.set(name, value);
    }
    host
}

impl TestHost {
    /// Runs something as the operator.
    fn as_operator<T>(
        &self,
        operate: impl AsyncFnOnce(OperatorCall<'_, Pieces>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let token = format!("Bearer {OPERATOR_TOKEN}").into_bytes();
        let headers = vec![("authorization".to_owned(), token)];
        let head = Head { method: "POST".to_owned(), headers, ..Head::default() };
        let mut body = Pieces::new(&[]);
        run(async {
            operate(admit_operator(head, &mut body, || Ok(Box::new(self.clone()))).await?).await
        })
    }

    /// Decides a review; the message about it is not delivered.
    fn decide(&self, review_id: &str) -> Delivery {
        let decided = self.as_operator(async |call| {
            let verdict = Verdict::check(Decision::Approve, None)?;
            let (random, review_id) = (call.random(), review_id.parse().expect("an id"));
            let books = call.tenant(&tenant()).await?;
            books
                .update("decide", async |books| {
                    decide_realname::decide(books, &review_id, &verdict, Some(&random)).await
                })
                .await
        });
        decided.expect("decided").1.expect("a message")
    }

    /// Binds an address for a partner, if it has none, and writes messages to it.
    fn tell(&self, partner: &PartnerId, messages: usize) {
        let allowed = AllowedHost::parse("https://*").expect("a host");
        let url = NotificationUrl::parse("https://h/events", &allowed).expect("an address");
        let told = self.as_operator(async |call| {
            let books = call.tenant(&tenant()).await?;
            let randoms: Vec<[u8; 16]> = (0..messages).map(|_| call.random()).collect();
            books
                .update("tell", async |books| {
                    notify_partner::bind(books, partner, &url, &[7; 32]).await?;
                    for random in &randoms {
                        notify_partner::test(books, partner, random).await?;
                    }
                    Ok(())
                })
                .await
        });
        told.expect("told");
    }

    /// Delivers a message at once.
    fn deliver(&self, delivery: &Delivery) -> DeliveryState {
        let state = self.as_operator(async |call| {
            let webhook = Webhook::configured(call.host())?.expect("configured");
            let books = call.tenant(&tenant()).await?;
            Ok(deliver_one(&webhook, call.host(), &books, delivery).await)
        });
        state.expect("delivered or not")
    }

    fn run(&self) -> Ran {
        self.as_operator(async |call| run_deliveries(&call, None, None).await).expect("ran")
    }

    /// How many messages the metrics say were given up.
    fn given_up(&self) -> String {
        let text = super::metrics::metrics(self, "tenant_id=t");
        super::metrics::value(&text, "billing_deliveries_failed{tenant=\"t\"}")
    }

    fn log(&self, state: Option<DeliveryState>) -> Vec<Delivery> {
        let log = self.as_operator(async |call| {
            let books = call.tenant(&tenant()).await?;
            books.read(async |books| books.deliveries(state, Slice::first(100)).await).await
        });
        let log = log.expect("read");
        assert_eq!(usize::try_from(log.total_count), Ok(log.items.len()));
        log.items
    }
}

fn tenant() -> TenantId {
    "t".parse().expect("an id")
}

fn ran(attempted: u64, delivered: u64, due: u64) -> Ran {
    Ran { attempted, delivered, due, ..Ran::default() }
}

#[test]
fn a_message_is_delivered_once_when_all_goes_well() {
    let host = host();
    let delivery = host.decide("r0");
    assert_eq!(host.log(Some(DeliveryState::Pending)).len(), 1);
    assert_eq!(host.deliver(&delivery), DeliveryState::Delivered);
    assert_eq!(host.sent.borrow()[0].body, delivery.body);
    assert_eq!(host.run(), ran(0, 0, 0));
    assert_eq!(host.sent.borrow().len(), 1);
    let log = host.log(Some(DeliveryState::Delivered));
    assert_eq!((log[0].attempts, log[0].next_attempt_at), (1, None));
}

#[test]
fn the_next_run_delivers_what_its_writer_could_not() {
    let host = host();
    let delivery = host.decide("r0");
    host.answers.set(503);
    assert_eq!(host.deliver(&delivery), DeliveryState::Pending);
    let error = host.log(None)[0].last_error.clone();
    assert_eq!(error.as_deref(), Some("the receiver answered 503"));
    // Its writer died before the attempt.
    host.store.advance(TimeDelta::seconds(1));
    let other = host.decide("r1");
    assert_eq!(host.run(), ran(2, 0, 0));
    host.answers.set(204);
    assert_eq!(host.run(), ran(0, 0, 0), "too early");
    host.store.advance(TimeDelta::seconds(31));
    assert_eq!(host.run(), ran(2, 2, 0));
    let sent = host.sent.borrow();
    let ids: Vec<&str> = sent
        .iter()
        .flat_map(|sent| sent.headers.iter().filter(|(name, _)| name == "webhook-id"))
        .map(|(_, id)| id.as_str())
        .collect();
    let (one, two) = (delivery.delivery_id.as_str(), other.delivery_id.as_str());
    assert_eq!(ids, [one, one, two, one, two]);
}

#[test]
fn a_run_is_bounded_and_says_what_is_left() {
    let host = host();
    for number in 0..25 {
        host.decide(&format!("r{number}"));
    }
    assert_eq!(host.run(), ran(10, 10, 15));
    assert_eq!(host.run(), ran(10, 10, 5));
    assert_eq!(host.run(), ran(5, 5, 0));
    let log = host.log(None);
    assert_eq!(log.len(), 25);
    assert!(log.is_sorted_by(|newer, older| newer.delivery_id > older.delivery_id));
    let page = host.as_operator(async |call| {
        let books = call.tenant(&tenant()).await?;
        books.read(async |books| books.deliveries(None, Slice { offset: 20, limit: 3 }).await).await
    });
    let page = page.expect("read");
    assert_eq!((page.total_count, &page.items[..]), (25, &log[20..23]));
}

#[test]
fn a_run_reads_the_addresses_of_all_partners_together() {
    let host = host();
    let partners = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9"];
    let book = partners.map(|id| {
        format!(
            "{{\"kind\":\"partner\",\"tenant_id\":\"t\",\"partner_id\":\"{id}\",\
             \"partner_kind\":\"reseller\",\"distributor_id\":\"d\"}}\n"
        )
    });
    host.import(&book.concat()).expect("imported");
    let partners = partners.map(|id| id.parse::<PartnerId>().expect("an id"));
    let cost = |partners: &[PartnerId], messages: usize| {
        for partner in partners {
            host.tell(partner, messages);
        }
        host.store.take_calls();
        assert_eq!(host.run(), ran(10, 10, 0));
        host.store.take_calls()
    };
    let (of_one, of_ten) = (cost(&partners[..1], 10), cost(&partners, 1));
    println!("10 messages to 1 partner: {of_one:?}; to 10: {of_ten:?}");
    assert_eq!(of_ten.head_gets, of_one.head_gets, "{of_ten:?} {of_one:?}");
    assert!(of_ten.page_reads() <= of_one.page_reads() + 1, "{of_ten:?} {of_one:?}");
}

/// Under another master key, as after a restart with a wrong one.
const ANOTHER_KEY: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

#[test]
fn an_address_that_cannot_be_opened_fails_the_messages_to_it_alone() {
    let host = host();
    let lines = ["r", "s"].map(|id| {
        format!(
            "{{\"kind\":\"partner\",\"tenant_id\":\"t\",\"partner_id\":\"{id}\",\
             \"partner_kind\":\"reseller\",\"distributor_id\":\"d\"}}\n"
        )
    });
    host.import(&lines.concat()).expect("imported");
    let [distributor, lost, bound] = ["d", "r", "s"].map(|id| id.parse().expect("an id"));
    let key = host.variable("master_key").expect("a key");
    host.set("master_key", ANOTHER_KEY);
    host.tell(&lost, 2);
    host.set("master_key", &key);
    host.tell(&distributor, 1);
    host.tell(&bound, 1);
    let others = host.decide("r0");
    // The partner of the customer whose review was decided is told of that as well.
    assert_eq!(host.run(), ran(6, 4, 0));
    for delivery in host.log(None) {
        let is_lost = delivery.partner_id.as_ref() == Some(&lost);
        let error = delivery.last_error.unwrap_or_default();
        assert_eq!(delivery.state == DeliveryState::Pending, is_lost, "{error}");
        assert_eq!(error.contains("cannot be opened"), is_lost, "{error}");
        assert!(!error.contains("https://h/events"), "{error}");
    }
    assert_eq!(host.sent.borrow().len(), 4);
    assert!(host.sent.borrow().iter().any(|sent| sent.body == others.body));

    // It is given up by the usual rules, and a new address gets what is sent again.
    let mut attempts = 2;
    while host.log(Some(DeliveryState::Pending)).len() == 2 {
        host.store.advance(TimeDelta::hours(13));
        attempts += 1;
        let failed = if attempts == ATTEMPTS_MAX { 2 } else { 0 };
        assert_eq!(host.run(), Ran { failed, ..ran(2, 0, 0) }, "attempt {attempts}");
    }
    assert_eq!(host.given_up(), "2");
    host.tell(&lost, 0);
    let id = &host.log(Some(DeliveryState::Failed))[0].delivery_id;
    let again =
        host.as_operator(async |call| run_deliveries(&call, Some(&tenant()), Some(id)).await);
    assert_eq!(again, Ok(ran(1, 1, 0)));
}

#[test]
fn what_a_dead_run_took_on_is_delivered_by_a_later_one() {
    let host = host();
    host.decide("r0");
    let claimed = host.as_operator(async |call| {
        let books = call.tenant(&tenant()).await?;
        books
            .update("claim", async |books| crate::operations::deliver::claim(books, 10).await)
            .await
    });
    assert_eq!(claimed.expect("claimed").deliveries.len(), 1);
    assert_eq!(host.run(), ran(0, 0, 0), "somebody else has it");
    host.store.advance(TimeDelta::minutes(4));
    assert_eq!(host.run(), ran(1, 1, 0));
}

#[test]
fn a_late_failure_does_not_undo_a_delivery() {
    let host = host();
    let delivery = host.decide("r0");
    assert_eq!(host.run(), ran(1, 1, 0));
    // The writer's own attempt came to nothing, late.
    host.answers.set(500);
    assert_eq!(host.deliver(&delivery), DeliveryState::Delivered);
    assert_eq!(host.log(Some(DeliveryState::Delivered)).len(), 1);
}

#[test]
fn a_message_is_given_up_and_can_be_asked_for_again() {
    let host = host();
    let delivery = host.decide("r0");
    host.answers.set(500);
    host.deliver(&delivery);
    for attempt in 2..=ATTEMPTS_MAX {
        host.store.advance(TimeDelta::hours(13));
        let failed = u64::from(attempt == ATTEMPTS_MAX);
        assert_eq!(host.run(), Ran { failed, ..ran(1, 0, 0) }, "attempt {attempt}");
    }
    host.store.advance(TimeDelta::hours(13));
    assert_eq!(host.run(), ran(0, 0, 0));
    assert_eq!(host.log(Some(DeliveryState::Failed))[0].attempts, ATTEMPTS_MAX);
    assert_eq!(host.given_up(), "1");

    host.answers.set(200);
    let again = |id: &DeliveryId| {
        host.as_operator(async |call| run_deliveries(&call, Some(&tenant()), Some(id)).await)
    };
    assert_eq!(again(&delivery.delivery_id), Ok(ran(1, 1, 0)));
    assert_eq!(host.log(Some(DeliveryState::Delivered)).len(), 1);
    assert_eq!(host.given_up(), "0");
    let (status, _) = answered(refused(again(&"msg_0".parse().expect("an id"))));
    assert_eq!(status, 404);
}

#[test]
fn a_message_that_was_given_up_is_counted_until_it_is_forgotten() {
    let host = host();
    host.answers.set(500);
    let delivery = host.decide("r0");
    host.deliver(&delivery);
    for _ in 2..=ATTEMPTS_MAX {
        host.store.advance(TimeDelta::hours(13));
        host.run();
    }
    assert_eq!(host.given_up(), "1");
    host.store.advance(TimeDelta::days(KEPT_DAYS + 1));
    assert_eq!(host.run(), Ran { forgotten: 1, ..ran(0, 0, 0) });
    assert_eq!(host.given_up(), "0");
}

#[test]
fn old_messages_are_forgotten_but_not_while_they_are_pending() {
    let host = host();
    let (delivered, pending) = (host.decide("r0"), host.decide("r1"));
    host.deliver(&delivered);
    host.answers.set(500);
    host.deliver(&pending);
    host.store.advance(TimeDelta::days(KEPT_DAYS));
    assert_eq!(host.run(), ran(1, 0, 0), "not older than that yet");
    host.store.advance(TimeDelta::days(1));
    assert_eq!(host.run(), Ran { forgotten: 1, ..ran(1, 0, 0) });
    let log = host.log(None);
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].delivery_id, pending.delivery_id);
}

#[test]
fn without_a_receiver_a_run_says_so() {
    let host = host();
    host.decide("r0");
    host.set("webhook_secret", "");
    let refusal = refused(host.as_operator(async |call| run_deliveries(&call, None, None).await));
    assert!(matches!(refusal, Refusal::Parameter(text) if text.contains("webhook_secret")));
    let id = "msg_0".parse().expect("an id");
    host.set("webhook_secret", SECRET);
    let refusal =
        refused(host.as_operator(async |call| run_deliveries(&call, None, Some(&id)).await));
    assert!(matches!(refusal, Refusal::Parameter(text) if text.starts_with("tenant_id")));
}
