//! A year of 200 resources, the clock moved a day at a time with a tick after each: every renewal,
//! expiry and release as a model says that knows nothing of the books.
//!
//! The model counts dates of GMT+8 and whole payments alone: a resource that was paid for so many
//! months expires that many months after the day on which it was bought.

use super::*;
use chrono::{Datelike, Days, Months, NaiveDate};
use std::collections::BTreeMap;

const RESOURCES: usize = 200;

/// Of each month of each resource.
const PRICE: u32 = 100;

/// What the customer has for renewals: not enough for the whole year.
const MONEY: u32 = 92_000;

const DAYS: u64 = 365;

/// How many days before its expiry a resource is renewed by itself.
const BEFORE: u64 = 7;

const GRACE: u64 = 15;
const RETENTION: u64 = 15;

/// How a resource lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It renews itself for so many times.
    Renews(u32),
    /// Nobody renews it.
    Lapses,
    /// It goes on as pay-per-use.
    Switches,
    /// The customer renews it on its twentieth day without a term, once.
    Late,
}

/// A resource as the model sees it.
#[derive(Clone, Debug)]
struct Modelled {
    way: Way,
    bought: NaiveDate,
    months: u32,
    late_renewals: u32,
    released: bool,
    switched: bool,
}

impl Modelled {
    fn number(number: usize, first: NaiveDate) -> Self {
        let way = match number % 5 {
            0 | 1 => Way::Renews(u32::MAX),
            2 => Way::Renews(2),
            3 if number % 10 == 3 => Way::Lapses,
            3 => Way::Late,
            _ => Way::Switches,
        };
        let bought = first + Days::new(u64::try_from(number % 31).expect("small"));
        Self { way, bought, months: 1, late_renewals: 0, released: false, switched: false }
    }

    /// The date at whose end its last term ends.
    fn expires(&self) -> NaiveDate {
        self.bought + Months::new(self.months)
    }

    fn ends(&self, days: u64) -> NaiveDate {
        self.expires() + Days::new(days)
    }

    /// Its status on a day, as the wire has it.
    fn status(&self, today: NaiveDate) -> i64 {
        if self.switched || self.released {
            3
        } else if today <= self.expires() {
            2
        } else if today <= self.ends(GRACE) {
            5
        } else {
            4
        }
    }

    /// Whether it is due to renew itself: from a week before it expires until it is released.
    fn is_due(&self, today: NaiveDate) -> bool {
        let Way::Renews(times) = self.way else {
            return false;
        };
        !self.released && self.months <= times && today + Days::new(BEFORE) >= self.expires()
    }
}

/// What the model says that a day did.
#[derive(Debug, Default, PartialEq, Eq)]
struct Day {
    renewed: u64,
    unpaid: u64,
    switched: u64,
    released: u64,
}

/// All resources, and what is left of the money.
struct Model {
    resources: BTreeMap<String, Modelled>,
    money: u32,
}

impl Model {
    /// A day at 04:00: at 03:00 renewals were deducted, those first that have been due for longest.
    fn day(&mut self, today: NaiveDate) -> Day {
        let mut day = Day::default();
        for resource in self.resources.values_mut() {
            let is_over = today > resource.ends(GRACE + RETENTION);
            if !resource.released && !resource.switched && is_over {
                resource.released = true;
                day.released += 1;
            }
            if resource.way == Way::Switches && !resource.switched && today > resource.expires() {
                resource.switched = true;
                day.switched += 1;
            }
        }
        for resource in self.resources.values_mut().filter(|it| it.is_due(today)) {
            if self.money >= PRICE {
                self.money -= PRICE;
                resource.months += 1;
                day.renewed += 1;
            } else {
                day.unpaid += 1;
            }
        }
        day
    }

    /// Those that the customer renews by hand on a day.
    fn late(&mut self, today: NaiveDate) -> Vec<String> {
        let mut late = Vec::new();
        for (id, resource) in &mut self.resources {
            let is_day = resource.ends(20) == today && resource.late_renewals == 0;
            if resource.way == Way::Late && is_day && self.money >= PRICE {
                self.money -= PRICE;
                resource.months += 1;
                resource.late_renewals += 1;
                late.push(id.clone());
            }
        }
        late
    }
}

/// 04:00 in GMT+8.
fn morning(date: NaiveDate) -> String {
    let before = date - Days::new(1);
    format!("{before}T20:00:00Z")
}

impl Shop {
    fn fund(&self, amount: u32) {
        let booking = format!(
            r#"{{"kind":"booking","tenant_id":"t","booking_id":"year","customer_id":"C",
                "account_type":1,"amount":"{amount}.00","at":"2026-01-01T00:00:00Z"}}"#
        );
        let Content::Entry(booking) = Line::parse(&booking).expect("a line").content else {
            panic!("no entry");
        };
        self.update(async |books| import::apply(books, &booking).await).expect("booked");
    }

    fn buy_for(&self, id_text: &str, resource: &Modelled) {
        let renews_itself = matches!(resource.way, Way::Renews(_));
        let order = self.place(placing(vec![PricedLine { renews_itself, ..line("100") }]));
        let order = self.pay(&order, Choice::default()).expect("paid");
        self.provide(&order, &[(0, &[id_text])]).expect("provided");
        let (customer, resource_id) = (id("C"), id(id_text));
        self.update(async |books| match resource.way {
            Way::Renews(times) if times < u32::MAX => {
                let choice =
                    AutoRenewalChoice { times: Some(times), ..AutoRenewalChoice::default() };
                set_auto_renewal::switch_on(books, &customer, &resource_id, choice).await
            }
            Way::Switches => {
                let operation = switch_to_on_demand::SwitchOperation::SetUp;
                switch_to_on_demand::switch_later(books, &customer, &resource_id, operation).await
            }
            Way::Renews(_) | Way::Lapses | Way::Late => Ok(()),
        })
        .expect("set");
    }

    /// The status of each resource.
    fn statuses(&self) -> BTreeMap<String, i64> {
        let customer: CustomerId = id("C");
        let now = self.store_now();
        self.read(async |books| {
            let (now, all) = (books.at(now), Slice::first(RESOURCES));
            let settings = books.settings().await?;
            let filter = ResourceFilter::default();
            let page = books.resources(&customer, &filter, now, all).await?;
            let status = |it: &Resource| it.status_at(now, &settings).code();
            Ok(page.items.iter().map(|it| (it.resource_id.to_string(), status(it))).collect())
        })
    }
}

#[test]
fn a_year_of_two_hundred_resources_is_as_the_model_says() {
    let first = NaiveDate::from_ymd_opt(2027, 1, 1).expect("a date");
    let shop = Shop::at(&morning(first));
    shop.fund(MONEY + PRICE * u32::try_from(RESOURCES).expect("small") - 500);
    let mut model = Model { resources: BTreeMap::new(), money: MONEY };
    let all =
        (0..RESOURCES).map(|number| (format!("r{number:03}"), Modelled::number(number, first)));
    let all: Vec<(String, Modelled)> = all.collect();
    let mut sums = Day::default();
    for today in (0..DAYS).map(|day| first + Days::new(day)) {
        shop.clock(&morning(today));
        let ticked = shop.tick();
        let day = model.day(today);
        let Day { renewed, unpaid, switched, released } = day;
        let done = [ticked.renewed, ticked.unpaid, ticked.switched, ticked.released];
        assert_eq!(done, [renewed, unpaid, switched, released], "{today}");
        for late in model.late(today) {
            let renewed = shop.renew(&late, true).expect("renewed");
            assert_eq!(renewed.unpaid, None, "{late} on {today}");
        }
        for (id, resource) in all.iter().filter(|(_, resource)| resource.bought == today) {
            shop.buy_for(id, resource);
            model.resources.insert(id.clone(), resource.clone());
        }
        let statuses = model.resources.iter().map(|(id, it)| (id.clone(), it.status(today)));
        assert_eq!(shop.statuses(), statuses.collect(), "{today}");
        let unbought = all.len() - model.resources.len();
        let left = model.money + PRICE * u32::try_from(unbought).expect("small");
        assert_eq!(shop.balance("CC"), format!("{left}.00"), "{today}");
        if today.day() == 1 {
            shop.audit();
        }
        sums.renewed += renewed;
        sums.unpaid += unpaid;
        sums.switched += switched;
        sums.released += released;
    }
    shop.audit();
    println!("{RESOURCES} resources in {DAYS} days: {sums:?}");
    assert!(sums.renewed >= 900 && sums.unpaid > 0 && sums.switched == 40 && sums.released > 50);
}
