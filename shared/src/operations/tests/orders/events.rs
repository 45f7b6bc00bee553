//! What the webhook receiver is told of orders and resources.

use super::*;
use serde_json::Value;

impl Shop {
    /// The events that were written, the oldest first: what happened, and what they say.
    fn events(&self) -> Vec<(String, Value)> {
        let log = self.read(async |books| books.deliveries(None, Slice::first(100)).await);
        let mut events: Vec<_> = log.items.into_iter().collect();
        events.reverse();
        let read = |body: &[u8]| serde_json::from_slice::<Value>(body).expect("JSON");
        events.iter().map(|event| (event.event.clone(), read(&event.body))).collect()
    }

    fn kinds(&self) -> Vec<String> {
        self.events().into_iter().map(|(kind, _)| kind).collect()
    }

    fn tells(&self) {
        self.settings(&Settings { events: Some(true), ..Settings::default() });
    }
}

#[test]
fn orders_are_told_of_where_the_tenant_wants_it() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    shop.buy("100", "silent");
    assert!(shop.kinds().is_empty());
    shop.tells();
    let order = shop.buy("100", "r");
    assert_eq!(shop.kinds(), ["order.paid", "order.provisioned"]);
    let data = shop.events()[0].1["data"].clone();
    assert_eq!(data["order_id"], order.order_id.as_str());
    assert_eq!(data["customer_id"], "C");
    assert_eq!((&data["order_type"], &data["status"]), (&1.into(), &3.into()));
    let log = shop.read(async |books| books.deliveries(None, Slice::first(1)).await);
    let body = String::from_utf8_lossy(&log.items[0].body).into_owned();
    assert!(body.contains(r#""amount_after_discount":100.00"#), "{body}");

    shop.clock("2028-03-21T02:00:00Z");
    shop.unsubscribe(&["r"], Extent::Resource).expect("unsubscribed");
    assert_eq!(shop.kinds()[2..], ["order.refunded", "resource.released"]);
    shop.clock("2028-03-22T02:00:00Z");
    let late = shop.place(placing(vec![line("100")]));
    let failing = shop.place(placing(vec![line("100")]));
    let failing = shop.pay(&failing, Choice::default()).expect("paid");
    shop.clock("2028-03-23T02:00:00Z");
    shop.provide(&failing, &[(0, &[])]).expect("reported");
    // Nothing of it is there, so it is not provisioned.
    assert_eq!(shop.kinds()[4..], ["order.paid", "order.refunded"]);
    shop.clock("2028-04-01T02:00:00Z");
    assert_eq!(shop.tick().cancelled, 1);
    let cancelled = shop.events().pop().expect("an event");
    assert_eq!(cancelled.0, "order.cancelled");
    assert_eq!(cancelled.1["data"]["order_id"], late.order_id.as_str());
    shop.audit();
}

#[test]
fn resources_are_told_of_before_they_expire_then_and_when_they_are_released() {
    let shop = Shop::at("2028-03-31T02:00:00Z");
    shop.tells();
    shop.buy("100", "r");
    let bought = shop.kinds().len();
    for (now, told) in [
        // Seven days before 04-30, at 03:00 in GMT+8.
        ("2028-04-22T18:59:59Z", vec![]),
        ("2028-04-22T19:00:00Z", vec!["resource.about_to_expire"]),
        ("2028-04-30T15:59:59Z", vec!["resource.about_to_expire"]),
        ("2028-04-30T16:00:00Z", vec!["resource.about_to_expire", "resource.expired"]),
        ("2028-05-15T16:00:00Z", vec!["resource.about_to_expire", "resource.expired"]),
        (
            "2028-05-30T16:00:00Z",
            vec!["resource.about_to_expire", "resource.expired", "resource.released"],
        ),
    ] {
        shop.clock(now);
        shop.tick();
        assert_eq!(shop.kinds()[bought..], told, "{now}");
        assert_eq!(shop.tick(), Ticked::default(), "{now}");
        assert_eq!(shop.kinds()[bought..], told, "{now}");
    }
    let (_, event) = shop.events().pop().expect("an event");
    assert_eq!(event["timestamp"], "2028-05-30T16:00:00Z");
    let data = &event["data"];
    assert_eq!((&data["resource_id"], &data["status"]), (&"r".into(), &3.into()));
    assert_eq!(data["expire_time"], "2028-04-30T15:59:59Z");
    shop.audit();
}

#[test]
fn a_renewal_is_warned_of_anew_and_a_late_tick_of_nothing() {
    let shop = Shop::at("2028-03-31T02:00:00Z");
    shop.tells();
    shop.buy("100", "r");
    let warnings = || {
        let kinds = shop.kinds();
        kinds.iter().filter(|kind| *kind == "resource.about_to_expire").count()
    };
    shop.clock("2028-04-23T00:00:00Z");
    shop.tick();
    assert_eq!(warnings(), 1);
    shop.renew("r", true).expect("renewed");
    shop.tick();
    assert_eq!(warnings(), 1);
    shop.clock("2028-05-25T00:00:00Z");
    shop.tick();
    assert_eq!(warnings(), 2);
    shop.renew("r", true).expect("renewed");
    // All at once, when it is too late to be warned.
    shop.clock("2029-01-01T00:00:00Z");
    assert_eq!(shop.tick().released, 1);
    assert_eq!(warnings(), 2);
}
