//! The life of orders and resources over a store in memory, audited after each step.

mod authorisation;
mod common_day;
mod events;
mod returned_coupon;
mod year;

use crate::books::{Books, BooksMut, OpenBooks};
use crate::domain::account::AccountId;
use crate::domain::error::Reason;
use crate::domain::order::{
    DiscountKind, DiscountMode, Order, OrderDiscount, OrderSource, OrderStatus, OrderType,
};
use crate::domain::partner::{AssociationType, CallingPartner, PartnerKind};
use crate::domain::payment::PartKind;
use crate::domain::resource::list::ResourceFilter;
use crate::domain::resource::{ExpirePolicy, Product, Resource, ResourceStatus};
use crate::domain::settings::Settings;
use crate::domain::term::Term;
use crate::operations::audit::audit;
use crate::operations::cancel_order::cancel_order;
use crate::operations::import::{self, Content, Line};
use crate::operations::issue_coupons::{Issue, IssueCoupons, issue};
use crate::operations::manage_tenant::{self, CustomerChange};
use crate::operations::pay_order::{Choice, PayOrder, pay_order};
use crate::operations::place_order::{PlaceOrder, Placing, PricedLine, place_order, randoms_for};
use crate::operations::provide_order::{LineReport, NewResource, Provided, provide_order};
use crate::operations::renew_resources::{
    RenewResources, RenewalPrice, RenewalPrices, Renewed, renew_resources,
};
use crate::operations::review_order::{self, OrderVerdict};
use crate::operations::set_auto_renewal::{self, AutoRenewalChoice};
use crate::operations::switch_to_on_demand;
use crate::operations::tick::{PricedRenewal, Ticked, due_renewals, tick};
use crate::operations::unsubscribe_resources::{
    Extent, UnsubscribeResources, unsubscribe_resources,
};
use crate::store::defect::{self, Defect};
use crate::store::memory::{MemoryStore, run};
use crate::store::{Meta, Tree};
use crate::value::id::{CouponId, CustomerId, OrderId, ResourceId};
use crate::value::money::Money;
use crate::value::page::Slice;
use crate::value::time::Timestamp;
use std::cell::Cell;

const HEAD: &str = "head.t";

/// A distributor `D` with 1,000.00, its resale customer `C` and its referral customer `F`, who have
/// 500.00 each, and a quota of cash coupons.
const BOOK: [&str; 6] = [
    r#"{"kind":"partner","tenant_id":"t","partner_id":"D","partner_kind":"distributor"}"#,
    r#"{"kind":"customer","tenant_id":"t","customer_id":"C","partner_id":"D",
        "association_type":"2"}"#,
    r#"{"kind":"customer","tenant_id":"t","customer_id":"F","partner_id":"D",
        "association_type":"1"}"#,
    r#"{"kind":"booking","tenant_id":"t","booking_id":"1","customer_id":"C","account_type":1,
        "amount":"500.00","at":"2026-01-01T00:00:00Z"}"#,
    r#"{"kind":"booking","tenant_id":"t","booking_id":"2","customer_id":"F","account_type":1,
        "amount":"500.00","at":"2026-01-01T00:00:00Z"}"#,
    r#"{"kind":"coupon_quota","tenant_id":"t","quota_id":"Q","partner_id":"D","quota_type":0,
        "quota_value":"1000.00","quota_status":0,"create_time":"2026-01-01T00:00:00Z",
        "effective_time":"2026-01-01T00:00:00Z","expire_time":"2036-01-01T00:00:00Z",
        "limit_infos":[]}"#,
];

pub(super) struct Shop {
    pub(super) store: MemoryStore,
    drawn: Cell<u32>,
}

pub(super) fn time(text: &str) -> Timestamp {
    text.parse().expect(text)
}

pub(super) fn yuan(text: &str) -> Money {
    text.parse().expect(text)
}

pub(super) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect(text)
}

fn product(service: &str) -> Product {
    Product {
        service_type_code: id(service),
        resource_type_code: id("hws.resource.type.vm"),
        resource_spec_code: "s6.small.1.linux".to_owned(),
        region_code: "cn-east-2".to_owned(),
        zone_code: None,
        product_id: "P1".to_owned(),
        resource_size: None,
        size_measure_id: None,
        service_type_name: None,
        resource_type_name: None,
        product_spec_desc: None,
        project_id: None,
    }
}

pub(super) fn line(official: &str) -> PricedLine {
    PricedLine {
        product: product("hws.service.type.ec2"),
        term: Term::months(1),
        subscription_num: 1,
        official_amount: yuan(official),
        attached_to: None,
        child: None,
        renews_itself: false,
    }
}

pub(super) fn placing(lines: Vec<PricedLine>) -> Placing {
    Placing {
        customer_id: id("C"),
        source_type: OrderSource::Customer,
        lines,
        discounts: Vec::new(),
        chosen_promotion: None,
        coupon_ids: Vec::new(),
        auto_pay: false,
        user_name: None,
    }
}

fn distributor() -> CallingPartner {
    CallingPartner { partner_id: id("D"), kind: PartnerKind::Distributor }
}

impl Shop {
    /// The book, with the clock at a time.
    pub(super) fn at(now: &str) -> Self {
        let store = MemoryStore::new(1);
        run(Tree::new(&store, HEAD).create("t")).expect("created");
        let shop = Self { store, drawn: Cell::new(0) };
        let entries = BOOK.map(|line| match Line::parse(line).expect(line).content {
            Content::Entry(entry) => entry,
            _ => panic!("{line}"),
        });
        shop.update(async |books| {
            for entry in &entries {
                import::apply(books, entry).await?;
            }
            Ok(())
        })
        .expect("imported");
        // Ahead of the store's own clock.
        shop.clock(now);
        shop
    }

    pub(super) fn update<T>(
        &self,
        mut change: impl AsyncFnMut(&mut BooksMut<'_, '_>) -> Result<T, Reason>,
    ) -> Result<T, Reason> {
        let meta = Meta { caller: "tester".to_owned(), operation: "test".to_owned() };
        let tree = Tree::new(&self.store, HEAD);
        run(tree.update(&meta, async |transaction| {
            change(&mut BooksMut::new(transaction).with_clock().await?).await
        }))
    }

    pub(super) fn read<T>(&self, read: impl AsyncFn(&Books<'_>) -> Result<T, Reason>) -> T {
        let tree = Tree::new(&self.store, HEAD);
        run(tree.read(async |snapshot| read(&OpenBooks::new(snapshot).with_clock().await?).await))
            .expect("read")
    }

    pub(super) fn clock(&self, now: &str) {
        let now = time(now);
        self.update(async |books| manage_tenant::set_clock(books, now).await)
            .expect("a time that is not past");
    }

    pub(super) fn random(&self) -> [u8; 16] {
        self.drawn.set(self.drawn.get() + 1);
        let mut random = [0; 16];
        let [high, low, first, second] = self.drawn.get().to_be_bytes();
        random[..2].copy_from_slice(&[first, second]);
        random[8..12].copy_from_slice(&[high, low, first, second]);
        random
    }

    pub(super) fn randoms(&self) -> Vec<[u8; 16]> {
        self.numbers(6)
    }

    pub(super) fn numbers(&self, count: usize) -> Vec<[u8; 16]> {
        (0..count).map(|_| self.random()).collect()
    }

    pub(super) fn settings(&self, settings: &Settings) {
        self.update(async |books| manage_tenant::set_settings(books, settings).await)
            .expect("settings");
    }

    pub(super) fn coupon(&self, worth: &str, expire_time: &str) -> CouponId {
        let asked = Issue {
            quota_id: id("Q"),
            customer_ids: vec![id("C")],
            face_value: yuan(worth),
            valid_time: None,
            expire_time: Some(time(expire_time)),
            cloud_service_types: None,
            product_ids: None,
            memo: None,
            indirect_partner_id: None,
        };
        let order = IssueCoupons::check(distributor(), asked).expect("an issue");
        let random = [self.random()];
        let issued = self.update(async |books| issue(books, &order, &random).await);
        issued.expect("issued").remove(0).outcome.expect("a coupon")
    }

    pub(super) fn place(&self, placing: Placing) -> Order {
        let order = PlaceOrder::check(placing).expect("an order");
        let randoms = self.randoms();
        self.update(async |books| place_order(books, &order, &randoms).await).expect("placed")
    }

    pub(super) fn pay(&self, order: &Order, choice: Choice) -> Result<Order, Reason> {
        let payment = PayOrder::check(order.customer_id.clone(), order.order_id.clone(), choice)?;
        let random = self.random();
        self.update(async |books| pay_order(books, &payment, &random).await)
    }

    pub(super) fn provide(
        &self,
        order: &Order,
        reports: &[(u32, &[&str])],
    ) -> Result<Order, Reason> {
        let reports: Vec<LineReport> = reports
            .iter()
            .map(|(line, ids)| {
                let resource = |resource_id: &&str| NewResource {
                    resource_id: id(resource_id),
                    resource_name: None,
                };
                let provided = if ids.is_empty() {
                    Provided::Failed
                } else {
                    Provided::Resources(ids.iter().map(resource).collect())
                };
                LineReport { line: *line, provided }
            })
            .collect();
        let randoms = self.randoms();
        let order_id = &order.order_id;
        self.update(async |books| provide_order(books, order_id, &reports, &randoms).await)
    }

    /// An order of one resource for a month, paid with cash and provided.
    pub(super) fn buy(&self, official: &str, resource: &str) -> Order {
        let order = self.place(placing(vec![line(official)]));
        let order = self.pay(&order, Choice::default()).expect("paid");
        self.provide(&order, &[(0, &[resource])]).expect("provided")
    }

    pub(super) fn unsubscribe(&self, ids: &[&str], extent: Extent) -> Result<Order, Reason> {
        let ids: Vec<ResourceId> = ids.iter().map(|it| id(it)).collect();
        let request = UnsubscribeResources::check(id("C"), ids, extent)?;
        let random = self.random();
        self.update(async |books| unsubscribe_resources(books, &request, &random).await)
    }

    pub(super) fn prices(&self, resources: &[Resource], term: Term, amount: &str) -> RenewalPrices {
        let customer = &resources.first().expect("a resource").customer_id;
        let day = self.read(async |books| books.renewal_config(customer).await).expire_day;
        let price = |resource: &Resource| RenewalPrice {
            resource_id: resource.resource_id.clone(),
            product: resource.product.clone(),
            expire_time: term.renewed_on(resource.expiry(), day).0.expire_time,
            official_amount: yuan(amount),
        };
        RenewalPrices { prices: resources.iter().map(price).collect(), discounts: Vec::new() }
    }

    pub(super) fn renew(&self, resource: &str, auto_pay: bool) -> Result<Renewed, Reason> {
        let ids = vec![id(resource)];
        let renewal = RenewResources::check(id("C"), ids, Term::months(1), auto_pay)?;
        let randoms = self.randoms();
        let main = self.resource(resource);
        let all = self.read(async |books| books.with_attached(main.clone()).await);
        let prices = self.prices(&all, Term::months(1), "100");
        self.update(async |books| renew_resources(books, &renewal, &prices, &randoms).await)
    }

    /// Ticks until nothing is left, with renewals at 100.00.
    pub(super) fn tick(&self) -> Ticked {
        let mut all = Ticked::default();
        for _ in 0..100 {
            let due =
                self.read(async |books| due_renewals(books, books.at(self.store_now())).await);
            let priced: Vec<PricedRenewal> = due
                .iter()
                .map(|due| PricedRenewal {
                    customer_id: due.resources[0].customer_id.clone(),
                    resource_id: due.resources[0].resource_id.clone(),
                    term: due.term,
                    prices: Some(self.prices(&due.resources, due.term, "100")),
                })
                .collect();
            let randoms = self.numbers(randoms_for(priced.len()));
            let done = self.update(async |books| tick(books, &priced, &randoms).await);
            all = all.and_then(done.expect("ticked"));
            if all.left == 0 {
                return all;
            }
        }
        panic!("a tick that never ends: {all:?}");
    }

    pub(super) fn store_now(&self) -> Timestamp {
        use crate::store::Environment;
        self.store.now().into()
    }

    pub(super) fn order(&self, order_id: &OrderId) -> Order {
        let customer = self.read(async |books| books.order_owner(order_id).await);
        let customer: CustomerId = customer.expect("an order").customer_id;
        self.read(async |books| books.order(&customer, order_id).await).expect("an order")
    }

    pub(super) fn resource(&self, resource: &str) -> Resource {
        let (customer, resource) = (id("C"), id(resource));
        self.read(async |books| books.resource(&customer, &resource).await).expect("a resource")
    }

    pub(super) fn status(&self, resource: &str) -> ResourceStatus {
        let resource = self.resource(resource);
        self.read(async |books| {
            let settings = books.settings().await?;
            Ok(resource.status_at(books.at(self.store_now()), &settings))
        })
    }

    pub(super) fn balance(&self, account: &str) -> String {
        let account: AccountId = id(account);
        let found = self.read(async |books| books.account(&account).await);
        found.map_or("0.00".to_owned(), |found| found.balance.at_least_two_decimals().to_string())
    }

    pub(super) fn audit(&self) {
        let tree = Tree::new(&self.store, HEAD);
        let found = run(tree.read(async |snapshot| audit(snapshot).await)).expect("audited");
        assert!(found.conserved && found.journal_matches && found.chain_verified, "{found:?}");
        assert!(found.orders_match && found.bills_match && found.negative == 0, "{found:?}");
    }
}

pub(super) fn with_coupon(coupon: &CouponId) -> Choice {
    Choice { coupons: vec![(coupon.to_string(), PartKind::CashCoupon)], discount: None }
}

#[test]
fn an_order_is_paid_provided_and_given_back_within_five_days() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    let coupon = shop.coupon("20", "2028-12-31T00:00:00Z");
    let order = shop.place(placing(vec![line("100")]));
    assert_eq!(order.status, OrderStatus::PendingPayment);
    assert_eq!(order.pending_payment_end_time, time("2028-03-27T02:00:00Z"));
    let paid = shop.pay(&order, with_coupon(&coupon)).expect("paid");
    assert_eq!(paid.status, OrderStatus::Processing);
    assert_eq!((shop.balance("CC"), shop.balance("GD")), ("420.00".into(), "100.00".into()));
    assert_eq!(shop.balance(&format!("K{coupon}")), "0.00");
    shop.audit();
    assert_eq!(shop.pay(&order, Choice::default()), Err(Reason::OrderNotPayable));

    let provided = shop.provide(&paid, &[(0, &["r"])]).expect("provided");
    assert_eq!(provided.status, OrderStatus::Completed);
    assert_eq!(shop.provide(&paid, &[(0, &["r2"])]), Err(Reason::OrderNotProcessing));
    let resource = shop.resource("r");
    assert_eq!(resource.expire_time, time("2028-04-20T15:59:59Z"));
    assert_eq!(shop.status("r"), ResourceStatus::InUse);
    shop.audit();

    shop.clock("2028-03-22T02:00:00Z");
    let back = shop.unsubscribe(&["r"], Extent::Resource).expect("unsubscribed");
    let amounts = back.amounts(|_| true).expect("amounts");
    assert_eq!(amounts.after_discount.to_string(), "-100.00");
    assert_eq!((shop.balance("CC"), shop.balance("GD")), ("500.00".into(), "0.00".into()));
    assert_eq!(shop.balance(&format!("K{coupon}")), "20.00");
    assert_eq!(shop.status("r"), ResourceStatus::Closed);
    shop.audit();
    let again = shop.unsubscribe(&["r"], Extent::Resource);
    assert_eq!(again, Err(Reason::ResourceUnsubscribed));
}

#[test]
fn in_use_the_hours_and_a_fee_are_kept_to_the_fen() {
    let shop = Shop::at("2027-01-01T02:30:00Z");
    shop.buy("100", "r");
    shop.clock("2027-01-15T10:40:00Z");
    let back = shop.unsubscribe(&["r"], Extent::Resource).expect("unsubscribed");
    let amounts = back.amounts(|_| true).expect("amounts");
    assert_eq!(amounts.after_discount, yuan("-44.62"));
    assert_eq!((amounts.consumed, amounts.fee), (Some(yuan("45.38")), Some(yuan("10"))));
    assert_eq!(shop.balance("CC"), "444.62");
    assert_eq!((shop.balance("HD"), shop.balance("GD")), ("55.38".into(), "0.00".into()));
    shop.audit();
}

#[test]
fn a_refused_payment_moves_nothing() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    let coupon = shop.coupon("20", "2028-12-31T00:00:00Z");
    let order = shop.place(placing(vec![line("520.01")]));
    let refused = shop.pay(&order, with_coupon(&coupon));
    assert_eq!(refused, Err(Reason::InsufficientBalance));
    for (choice, reason) in [
        (
            Choice { discount: Some(("x".into(), DiscountKind::Commercial)), coupons: vec![] },
            Reason::DiscountUnusable,
        ),
        (
            Choice { discount: None, coupons: vec![("x".into(), PartKind::CashCoupon)] },
            Reason::CouponUnusable,
        ),
        (
            Choice { discount: None, coupons: vec![(coupon.to_string(), PartKind::FlexiCoupon)] },
            Reason::CouponUnusable,
        ),
    ] {
        assert_eq!(shop.pay(&order, choice), Err(reason));
    }
    assert_eq!(shop.order(&order.order_id), order);
    assert_eq!((shop.balance("CC"), shop.balance("GD")), ("500.00".into(), "0.00".into()));
    shop.audit();
}

#[test]
fn an_overdue_order_is_cancelled_and_its_coupon_free_without_a_tick() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    let coupon = shop.coupon("20", "2028-12-31T00:00:00Z");
    let kept = Placing { coupon_ids: vec![coupon.clone()], ..placing(vec![line("100")]) };
    let first = shop.place(kept);
    let second = shop.place(placing(vec![line("100")]));
    assert_eq!(shop.pay(&second, with_coupon(&coupon)), Err(Reason::CouponUnusable));
    shop.clock("2028-03-27T02:00:00Z");
    assert_eq!(shop.pay(&first, Choice::default()), Err(Reason::PaymentDeadlinePassed));
    let third = shop.place(placing(vec![line("100")]));
    assert!(shop.pay(&third, with_coupon(&coupon)).is_ok());
    let ticked = shop.tick();
    assert_eq!((ticked.cancelled, ticked.left), (2, 0));
    assert_eq!(shop.order(&first.order_id).status, OrderStatus::Cancelled);
    assert_eq!(shop.tick(), Ticked::default());
    assert_eq!(shop.pay(&first, Choice::default()), Err(Reason::OrderNotPayable));
    shop.audit();
}

#[test]
fn a_cancelled_order_frees_its_coupons() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    let coupon = shop.coupon("20", "2028-12-31T00:00:00Z");
    let kept = Placing { coupon_ids: vec![coupon.clone()], ..placing(vec![line("100")]) };
    let first = shop.place(kept);
    let cancel = |order: &Order| {
        shop.update(async |books| cancel_order(books, &id("C"), &order.order_id).await)
    };
    assert_eq!(cancel(&first).expect("cancelled").status, OrderStatus::Cancelled);
    assert_eq!(cancel(&first), Err(Reason::OrderNotCancellable));
    let second = shop.place(placing(vec![line("100")]));
    assert!(shop.pay(&second, with_coupon(&coupon)).is_ok());
    shop.audit();
}

#[test]
fn a_line_that_fails_gives_its_money_back_in_full() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    let order = shop.place(placing(vec![line("100"), line("50")]));
    let paid = shop.pay(&order, Choice::default()).expect("paid");
    let partly = shop.provide(&paid, &[(1, &[])]).expect("reported");
    assert_eq!(partly.status, OrderStatus::Processing);
    assert_eq!((shop.balance("CC"), shop.balance("GD")), ("400.00".into(), "100.00".into()));
    shop.audit();
    let done = shop.provide(&paid, &[(0, &["r"])]).expect("provided");
    assert_eq!(done.status, OrderStatus::Completed);
    shop.audit();
}

#[test]
fn a_renewal_goes_on_from_the_old_expiry_and_takes_attached_ones_along() {
    let shop = Shop::at("2027-03-31T02:00:00Z");
    let attached = PricedLine { attached_to: Some(0), ..line("10") };
    let order = shop.place(placing(vec![line("100"), attached]));
    let order = shop.pay(&order, Choice::default()).expect("paid");
    shop.provide(&order, &[(0, &["m"]), (1, &["a"])]).expect("provided");
    assert_eq!(shop.resource("m").expire_time, time("2027-04-30T15:59:59Z"));
    shop.clock("2027-05-10T02:00:00Z");
    assert_eq!(shop.status("m"), ResourceStatus::Expired);
    assert_eq!(shop.renew("a", true), Err(Reason::NotAMainResource));
    let waiting = shop.renew("m", false).expect("placed");
    assert_eq!(waiting.order.status, OrderStatus::PendingPayment);
    assert_eq!(shop.renew("m", true), Err(Reason::ResourceInUnpaidOrder));
    let unsubscribed = shop.unsubscribe(&["m"], Extent::Resource);
    assert_eq!(unsubscribed, Err(Reason::ResourceInUnpaidOrder));
    let paid = shop.pay(&waiting.order, Choice::default()).expect("paid");
    assert_eq!((paid.status, paid.order_type), (OrderStatus::Completed, OrderType::Renewal));
    for resource in ["m", "a"] {
        assert_eq!(shop.resource(resource).expire_time, time("2027-05-31T15:59:59Z"));
        assert_eq!(shop.status(resource), ResourceStatus::InUse);
    }
    // The first terms are over and earned.
    assert_eq!((shop.balance("HD"), shop.balance("GD")), ("110.00".into(), "200.00".into()));
    shop.audit();

    let renewed = shop.renew("m", true);
    assert_eq!(renewed.expect("placed").unpaid, Some(Reason::InsufficientBalance));
    shop.audit();
}

#[test]
fn renewed_terms_that_have_not_begun_go_back_in_full() {
    let shop = Shop::at("2027-03-01T02:00:00Z");
    shop.buy("100", "r");
    let nothing = shop.unsubscribe(&["r"], Extent::Renewed);
    assert_eq!(nothing, Err(Reason::NothingRenewed));
    assert!(shop.renew("r", true).expect("renewed").unpaid.is_none());
    shop.clock("2027-03-20T02:00:00Z");
    let back = shop.unsubscribe(&["r"], Extent::Renewed).expect("unsubscribed");
    assert_eq!(back.amounts(|_| true).expect("amounts").after_discount, yuan("-100"));
    assert_eq!(shop.resource("r").expire_time, time("2027-04-01T15:59:59Z"));
    assert_eq!(shop.balance("CC"), "400.00");
    shop.audit();
}

#[test]
fn a_year_of_ticks_renews_until_the_money_is_gone() {
    let shop = Shop::at("2028-03-31T02:00:00Z");
    let renewing = PricedLine { renews_itself: true, ..line("100") };
    let order = shop.place(placing(vec![renewing]));
    let order = shop.pay(&order, Choice::default()).expect("paid");
    shop.provide(&order, &[(0, &["r"])]).expect("provided");
    // 04-30, 05-31, 06-30, 07-31 and 08-31: the money lasts for four renewals.
    let mut renewed = 0;
    for (month, expires) in [
        ("2028-04-24", "2028-05-31"),
        ("2028-05-25", "2028-06-30"),
        ("2028-06-24", "2028-07-31"),
        ("2028-07-25", "2028-08-31"),
    ] {
        shop.clock(&format!("{month}T00:00:00Z"));
        renewed += shop.tick().renewed;
        let expire_time = time(&format!("{expires}T15:59:59Z"));
        assert_eq!(shop.resource("r").expire_time, expire_time, "{month}");
        shop.audit();
    }
    assert_eq!((renewed, shop.balance("CC")), (4, "0.00".to_owned()));
    shop.clock("2028-08-25T00:00:00Z");
    let failed = shop.tick();
    assert_eq!((failed.renewed, failed.unpaid), (0, 1));
    assert_eq!(shop.tick(), Ticked::default());
    shop.clock("2028-09-02T00:00:00Z");
    let late = shop.tick();
    assert_eq!((late.unpaid, late.expired), (1, 1));
    assert_eq!(shop.status("r"), ResourceStatus::Expired);
    shop.clock("2028-12-01T00:00:00Z");
    assert_eq!(shop.status("r"), ResourceStatus::Closed);
    assert_eq!(shop.tick().released, 1);
    assert_eq!((shop.balance("HD"), shop.balance("GD")), ("500.00".into(), "0.00".into()));
    assert_eq!(shop.tick(), Ticked::default());
    shop.audit();
}

#[test]
fn auto_renewal_and_the_switch_overwrite_each_other() {
    let shop = Shop::at("2028-03-31T02:00:00Z");
    shop.buy("100", "r");
    let (customer, resource): (CustomerId, ResourceId) = (id("C"), id("r"));
    let on = || {
        shop.update(async |books| {
            let choice = AutoRenewalChoice::default();
            set_auto_renewal::switch_on(books, &customer, &resource, choice).await
        })
    };
    let off = || {
        shop.update(async |books| set_auto_renewal::switch_off(books, &customer, &resource).await)
    };
    let switch = |operation| {
        shop.update(async |books| {
            switch_to_on_demand::switch_later(books, &customer, &resource, operation).await
        })
    };
    use switch_to_on_demand::SwitchOperation::{Cancel, SetUp};
    assert_eq!(off(), Err(Reason::AutoRenewalOff));
    on().expect("on");
    assert_eq!(shop.resource("r").expire_policy, ExpirePolicy::AutoRenew);
    assert_eq!(switch(Cancel), Err(Reason::ToOnDemandUnavailable));
    switch(SetUp).expect("set");
    assert_eq!(shop.resource("r").expire_policy, ExpirePolicy::ToOnDemand);
    assert_eq!(off(), Err(Reason::AutoRenewalOff));
    shop.clock("2028-05-01T00:00:00Z");
    assert_eq!(shop.tick().switched, 1);
    assert_eq!(shop.status("r"), ResourceStatus::Closed);
    let goes_on = shop.read(async |books| books.on_demand_resource(&customer, &resource).await);
    assert_eq!(goes_on.expect("goes on").effective_time, time("2028-04-30T16:00:00Z"));
    assert_eq!(on(), Err(Reason::AutoRenewalUnavailable));
    shop.audit();
}

#[test]
fn a_switch_at_once_keeps_what_was_used_and_no_fee() {
    let shop = Shop::at("2027-01-01T02:30:00Z");
    shop.buy("100", "r");
    shop.clock("2027-01-15T10:40:00Z");
    let (customer, resource, random) = (id("C"), id("r"), shop.random());
    let order = shop
        .update(async |books| {
            switch_to_on_demand::switch_at_once(books, &customer, &resource, &random).await
        })
        .expect("switched");
    assert_eq!(order.order_type, OrderType::ToOnDemand);
    assert_eq!(shop.balance("CC"), "454.62");
    assert_eq!(shop.status("r"), ResourceStatus::Closed);
    shop.audit();
}

#[test]
fn the_right_of_five_days_is_used_up_after_ten() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    for number in 0..11 {
        shop.buy("10", &format!("r{number}"));
    }
    shop.clock("2028-03-21T02:00:00Z");
    for number in 0..10 {
        let back = shop.unsubscribe(&[&format!("r{number}")], Extent::Resource).expect("back");
        assert_eq!(back.amounts(|_| true).expect("amounts").fee, Some(Money::ZERO), "{number}");
    }
    let back = shop.unsubscribe(&["r10"], Extent::Resource).expect("back");
    assert_eq!(back.amounts(|_| true).expect("amounts").fee, Some(yuan("1")));
    shop.audit();
}

#[test]
fn money_goes_back_to_whoever_paid_it() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    for line in [
        r#"{"kind":"booking","tenant_id":"t","booking_id":"3","partner_id":"D",
            "account_type":1,"amount":"1000.00","at":"2026-01-01T00:00:00Z"}"#,
        // One that the partner can begin to fund: it has no money of its own.
        r#"{"kind":"customer","tenant_id":"t","customer_id":"N","partner_id":"D",
            "association_type":"1"}"#,
    ] {
        let Content::Entry(entry) = Line::parse(line).expect("a line").content else {
            panic!("no entry");
        };
        shop.update(async |books| import::apply(books, &entry).await).expect("imported");
    }
    shop.settings(&Settings { provision_at_once: Some(true), ..Settings::default() });
    let mut ways = Vec::new();
    for (pays, customer, association) in [
        ("partner", "F", AssociationType::Referral),
        ("customer", "F", AssociationType::Referral),
        ("partner", "N", AssociationType::Resale),
    ] {
        let customer: CustomerId = id(customer);
        let order = Placing { customer_id: customer.clone(), ..placing(vec![line("100")]) };
        let order = shop.place(order);
        if pays == "partner" {
            let random = shop.random();
            let order_id = &order.order_id;
            shop.update(async |books| {
                review_order::ask_to_pay(books, &customer, order_id).await?;
                let verdict = OrderVerdict::Approve;
                let caller = distributor();
                review_order::decide_payment(books, &caller, order_id, verdict, &random).await
            })
            .expect("paid by the partner");
        } else {
            shop.pay(&order, Choice::default()).expect("paid");
        }
        let change = CustomerChange { association_type: Some(association), frozen: None };
        shop.update(async |books| manage_tenant::change_customer(books, &customer, change).await)
            .expect("changed");
        let provided = shop.order(&order.order_id).lines[0].resource_ids.clone();
        let request = UnsubscribeResources::check(customer.clone(), provided, Extent::Resource);
        let request = request.expect("a request");
        let random = shop.random();
        shop.update(async |books| unsubscribe_resources(books, &request, &random).await)
            .expect("unsubscribed");
        let own = shop.balance(&format!("C{customer}"));
        ways.push((pays, association.code(), shop.balance("BD"), own));
        shop.audit();
    }
    let expected = [
        ("partner", "1", "1000.00", "500.00"),
        ("customer", "1", "1000.00", "500.00"),
        ("partner", "2", "1000.00", "0.00"),
    ]
    .map(|(pays, association, partner, customer)| {
        (pays, association, partner.to_owned(), customer.to_owned())
    });
    println!("paid by, associated as, partner, customer: {ways:?}");
    assert_eq!(ways, expected);
}

#[test]
fn discounts_keep_the_price_of_order_time() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    let discount = |kind, discount_id: &str, ends: &str| OrderDiscount {
        discount_id: discount_id.to_owned(),
        kind,
        discount_type: "605".to_owned(),
        mode: DiscountMode::Ratio,
        value: "0.8".to_owned(),
        amounts: vec![yuan("20")],
        ends: Some(time(ends)),
    };
    let commercial = discount(DiscountKind::Commercial, "c", "2028-03-22T00:00:00Z");
    let promotion = discount(DiscountKind::Promotion, "p", "2028-03-23T00:00:00Z");
    let offered = Placing { discounts: vec![commercial, promotion], ..placing(vec![line("100")]) };
    let order = shop.place(offered.clone());
    assert_eq!(order.pending_payment_end_time, time("2028-03-27T02:00:00Z"));
    let promoted = shop.place(Placing { chosen_promotion: Some(1), ..offered });
    assert_eq!(promoted.pending_payment_end_time, time("2028-03-23T00:00:00Z"));
    shop.clock("2028-03-24T00:00:00Z");
    let asked = Some(("c".to_owned(), DiscountKind::Commercial));
    let paid = shop.pay(&order, Choice { discount: asked, coupons: vec![] }).expect("paid");
    assert_eq!(paid.amounts(|_| true).expect("amounts").after_discount, yuan("80"));
    let caller = distributor();
    let priced = shop.place(placing(vec![line("100")]));
    let order_id = &priced.order_id;
    let price = yuan("55.55");
    shop.update(async |books| review_order::set_order_price(books, &caller, order_id, price).await)
        .expect("priced");
    shop.pay(&priced, Choice::default()).expect("paid");
    assert_eq!(shop.balance("CC"), "364.45");
    shop.audit();
}

#[test]
fn a_combined_order_is_read_only_in_its_children() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    let of_child = |child| PricedLine { child: Some(child), ..line("100") };
    let order = shop.place(placing(vec![of_child(0), of_child(1)]));
    assert_eq!(order.children.len(), 2);
    let child = Order { order_id: order.children[1].clone(), ..order.clone() };
    assert_eq!(shop.pay(&child, Choice::default()), Err(Reason::ChildOrder));
    let cancelled = shop.update(async |books| cancel_order(books, &id("C"), &child.order_id).await);
    assert_eq!(cancelled, Err(Reason::ChildOrder));
    let foreign = shop.update(async |books| cancel_order(books, &id("F"), &child.order_id).await);
    assert_eq!(foreign, Err(Reason::OrderNotFound));
    let paid = shop.pay(&order, Choice::default()).expect("paid");
    shop.provide(&paid, &[(0, &["r0"]), (1, &["r1"])]).expect("provided");
    let filter =
        ResourceFilter { order_id: Some(child.order_id.to_string()), ..ResourceFilter::default() };
    let (customer, now) = (id("C"), time("2028-03-20T02:00:00Z"));
    let found =
        shop.read(async |books| books.resources(&customer, &filter, now, Slice::first(10)).await);
    let found: Vec<&str> = found.items.iter().map(|it| it.resource_id.as_str()).collect();
    assert_eq!(found, ["r1"]);
    shop.audit();
}

#[test]
fn a_frozen_customer_buys_and_renews_nothing_and_can_unsubscribe() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    shop.buy("100", "r");
    let order = shop.place(placing(vec![line("100")]));
    let change = CustomerChange { frozen: Some(true), association_type: None };
    shop.update(async |books| manage_tenant::change_customer(books, &id("C"), change).await)
        .expect("frozen");
    assert_eq!(shop.pay(&order, Choice::default()), Err(Reason::CallerNotPermitted));
    assert_eq!(shop.renew("r", true), Err(Reason::CallerNotPermitted));
    assert!(shop.unsubscribe(&["r"], Extent::Resource).is_ok());
    shop.audit();
}

#[test]
fn the_audit_finds_a_fee_that_went_to_nobody() {
    let shop = Shop::at("2027-01-01T02:30:00Z");
    shop.buy("100", "r");
    shop.clock("2027-01-15T10:40:00Z");
    defect::set(Some(Defect::EarnsForNobody));
    let back = shop.unsubscribe(&["r"], Extent::Resource);
    defect::set(None);
    assert!(back.is_ok());
    let tree = Tree::new(&shop.store, HEAD);
    let found = run(tree.read(async |snapshot| audit(snapshot).await)).expect("audited");
    assert!(found.conserved && found.journal_matches && !found.orders_match, "{found:?}");
}
