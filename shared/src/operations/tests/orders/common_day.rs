//! Renewals that end on the day of the month that the customer has chosen for all of them.

use super::*;
use crate::domain::resource::RenewalSetting;

impl Shop {
    fn common_day(&self, day: &str) {
        let setting = RenewalSetting::ExpireDate;
        self.update(async |books| {
            set_auto_renewal::set_renewal_config(books, &id("C"), setting, day).await
        })
        .expect("set");
    }

    fn expiry(&self, resource: &str) -> String {
        self.resource(resource).expire_time.to_string()
    }
}

#[test]
fn the_first_renewal_goes_on_to_the_day_and_later_ones_keep_it() {
    let shop = Shop::at("2027-01-20T02:00:00Z");
    shop.buy("100", "r");
    assert_eq!(shop.expiry("r"), "2027-02-20T15:59:59Z");
    shop.common_day("15");
    let renewed = shop.renew("r", true).expect("renewed").order;
    // A month after 02-20, and on to the next 15th.
    assert_eq!(shop.expiry("r"), "2027-04-15T15:59:59Z");
    assert_eq!(renewed.lines[0].expire_time, Some(time("2027-04-15T15:59:59Z")));
    shop.renew("r", true).expect("renewed");
    assert_eq!(shop.expiry("r"), "2027-05-15T15:59:59Z");
    shop.common_day("-1");
    shop.renew("r", true).expect("renewed");
    assert_eq!(shop.expiry("r"), "2027-06-30T15:59:59Z");
    assert_eq!(shop.resource("r").anchor_day, 31);
    shop.audit();
}

#[test]
fn what_an_order_was_priced_for_counts_though_the_day_has_changed_since() {
    let shop = Shop::at("2027-01-20T02:00:00Z");
    shop.buy("100", "r");
    shop.common_day("25");
    let order = shop.renew("r", false).expect("placed").order;
    shop.common_day("10");
    shop.pay(&order, Choice::default()).expect("paid");
    assert_eq!(shop.expiry("r"), "2027-03-25T15:59:59Z");
    shop.renew("r", true).expect("renewed");
    assert_eq!(shop.expiry("r"), "2027-05-10T15:59:59Z");
    shop.audit();
}

#[test]
fn a_price_of_another_end_renews_nothing() {
    let shop = Shop::at("2027-01-20T02:00:00Z");
    shop.buy("100", "r");
    let main = shop.resource("r");
    let prices = shop.prices(&[main], Term::months(1), "100");
    shop.common_day("25");
    let renewal = RenewResources::check(id("C"), vec![id("r")], Term::months(1), true);
    let (renewal, randoms) = (renewal.expect("a renewal"), shop.randoms());
    let refused =
        shop.update(async |books| renew_resources(books, &renewal, &prices, &randoms).await);
    assert_eq!(refused, Err(Reason::TermNotOffered));
    assert_eq!(shop.expiry("r"), "2027-02-20T15:59:59Z");
    shop.audit();
}

#[test]
fn a_resource_that_renews_itself_goes_to_the_day_too() {
    let shop = Shop::at("2027-01-20T02:00:00Z");
    let renewing = PricedLine { renews_itself: true, ..line("100") };
    let order = shop.place(placing(vec![renewing]));
    let order = shop.pay(&order, Choice::default()).expect("paid");
    shop.provide(&order, &[(0, &["r"])]).expect("provided");
    shop.common_day("1");
    shop.clock("2027-02-14T00:00:00Z");
    assert_eq!(shop.tick().renewed, 1);
    assert_eq!(shop.expiry("r"), "2027-04-01T15:59:59Z");
    shop.audit();
}
