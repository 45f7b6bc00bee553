//! What orders and resources cost: calls of the store, counted, as the books grow to a million
//! orders.

use super::calls::grown;
use super::growth::{SIZES, add_each, read, write};
use super::*;
use crate::api::renewal::renew;
use crate::books::BooksMut;
use crate::domain::error::Reason;
use crate::domain::order::list::{OrderFilter, OrderList, Sequence};
use crate::domain::order::{Order, OrderSource, OrderStatus};
use crate::domain::payment::PartKind;
use crate::domain::resource::Resource;
use crate::domain::resource::list::ResourceFilter;
use crate::domain::resource::tests::resource;
use crate::domain::term::Term;
use crate::operations::cancel_order::cancel_order;
use crate::operations::issue_coupons::{Issue, IssueCoupons, issue};
use crate::operations::pay_order::{Choice, PayOrder, pay_order};
use crate::operations::place_order::{PlaceOrder, Placing, PricedLine, place_order};
use crate::operations::provide_order::{LineReport, NewResource, Provided, provide_order};
use crate::operations::renew_resources::RenewResources;
use crate::operations::unsubscribe_resources::{
    Extent, UnsubscribeResources, unsubscribe_resources,
};
use crate::store::memory::Calls;
use crate::value::id::{CustomerId, OrderId, ResourceId};
use crate::value::page::Slice;

/// Reads of pages of a payment, a cancellation and a renewal, at most.
const PAGE_READS_MAX: u32 = 6;

/// Orders on a page of a list.
const PAGE: usize = 100;

/// How many customers the orders belong to, in turn.
const CUSTOMERS: usize = 100;

/// Orders for each one that has a resource.
const ORDERS_PER_RESOURCE: usize = 10;

/// The one who buys.
const BUYER: &str = "c00007";

/// What is sold, at 10.00 a month, and the buyer's money.
const SHOP: &str = r#"{"kind":"service_type","service_type_code":"hws.service.type.ec2","name_zh":"弹性云服务器","name_en":"Elastic Cloud Server","abbreviation":"ECS"}
{"kind":"resource_type","resource_type_code":"hws.resource.type.vm","service_type_code":"hws.service.type.ec2","name_zh":"云主机","name_en":"Cloud server"}
{"kind":"region","region_code":"cn-east-2","name_zh":"东","name_en":"East","zones":[]}
{"kind":"product","product_id":"P1","service_type_code":"hws.service.type.ec2","resource_type_code":"hws.resource.type.vm","resource_spec":"s6.small.1.linux","name_zh":"规格","name_en":"Specification","region_code":"cn-east-2","charge_mode":1}
{"kind":"price","product_id":"P1","period_type":2,"amount":"10.00","effective_time":"2020-01-01T00:00:00Z"}
{"kind":"booking","tenant_id":"t","booking_id":"b","customer_id":"c00007","account_type":1,"amount":"1000000.00","at":"2026-01-01T00:00:00Z"}"#;

fn buyer() -> CustomerId {
    BUYER.parse().expect("an id")
}

/// Changes the books, and returns what the change returns.
fn change<T>(
    host: &TestHost,
    change: impl AsyncFn(&mut BooksMut<'_, '_>, &[[u8; 16]]) -> Result<T, Reason>,
) -> T {
    let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
    let randoms = call.randoms(6);
    let done = RefCell::new(None);
    run(call.update(async |books| {
        *done.borrow_mut() = Some(change(books, &randoms).await?);
        Answer::ok(&0)
    }))
    .expect("done");
    host.store.take_calls();
    done.into_inner().expect("done")
}

/// Places an order of one server for a month.
fn place(host: &TestHost) -> Order {
    let line = PricedLine {
        product: resource().product,
        term: Term::months(1),
        subscription_num: 1,
        official_amount: "10.00".parse().expect("an amount"),
        attached_to: None,
        child: None,
        renews_itself: false,
    };
    let placing = Placing {
        customer_id: buyer(),
        source_type: OrderSource::Customer,
        lines: vec![line],
        discounts: Vec::new(),
        chosen_promotion: None,
        coupon_ids: Vec::new(),
        auto_pay: false,
        user_name: None,
    };
    let order = PlaceOrder::check(placing).expect("in order");
    host.store.advance(chrono::TimeDelta::seconds(2));
    change(host, async |books, randoms| place_order(books, &order, randoms).await)
}

fn coupon(host: &TestHost) -> String {
    let asked = Issue::plain(
        "large".parse().expect("an id"),
        vec![buyer()],
        "10.00".parse().expect("an amount"),
    );
    let caller = crate::domain::partner::CallingPartner {
        partner_id: "d".parse().expect("an id"),
        kind: crate::domain::partner::PartnerKind::Distributor,
    };
    let issuing = IssueCoupons::check(caller, asked).expect("in order");
    let issued = change(host, async |books, randoms| issue(books, &issuing, randoms).await);
    issued[0].outcome.clone().expect("a coupon").to_string()
}

async fn pay(
    books: &mut BooksMut<'_, '_>,
    order: &Order,
    choice: Choice,
    random: &[u8; 16],
) -> Result<Order, Reason> {
    pay_order(books, &PayOrder::check(buyer(), order.order_id.clone(), choice)?, random).await
}

/// A resource of an order that is paid for it.
fn buy(host: &TestHost, number: usize) -> ResourceId {
    let order = place(host);
    let id: ResourceId = format!("bought-{number}").parse().expect("an id");
    let new = NewResource { resource_id: id.clone(), resource_name: None };
    let reports = [LineReport { line: 0, provided: Provided::Resources(vec![new]) }];
    change(host, async |books, randoms| {
        pay(books, &order, Choice::default(), &randoms[0]).await?;
        provide_order(books, &order.order_id, &reports, randoms).await
    });
    id
}

/// What each write costs, with the most reads of pages.
fn writes(host: &TestHost, size: usize) -> Vec<(&'static str, u32, Calls)> {
    // More than are needed: where a write comes to a fold, another one is counted.
    let several = || (0..4).map(|_| place(host)).collect::<Vec<Order>>();
    let next = |orders: &RefCell<Vec<Order>>| orders.borrow_mut().pop().expect("another order");
    let (paid, with_coupon, cancelled) = (several(), several(), several());
    let (paid, cancelled) = (RefCell::new(paid), RefCell::new(cancelled));
    let coupons = with_coupon.into_iter().map(|order| (order, coupon(host))).collect::<Vec<_>>();
    let coupons = RefCell::new(coupons);
    let bought: Vec<ResourceId> = (0..4).map(|number| buy(host, size + number)).collect();
    let given_back = RefCell::new(bought.clone());
    vec![
        (
            "PayOrders",
            PAGE_READS_MAX,
            write(host, async |books, randoms| {
                pay(books, &next(&paid), Choice::default(), &randoms[0]).await
            }),
        ),
        (
            "PayOrders with a coupon",
            PAGE_READS_MAX + 2,
            write(host, async |books, randoms| {
                let (order, coupon) = coupons.borrow_mut().pop().expect("another order");
                let coupons = vec![(coupon, PartKind::CashCoupon)];
                pay(books, &order, Choice { discount: None, coupons }, &randoms[0]).await
            }),
        ),
        (
            "CancelCustomerOrder",
            PAGE_READS_MAX,
            write(host, async |books, _| {
                cancel_order(books, &buyer(), &next(&cancelled).order_id).await
            }),
        ),
        ("RenewalResources", PAGE_READS_MAX, renewal(host, &bought[0])),
        (
            "CancelResourcesSubscription",
            // The order that has bought the resource, and the bill line of that, come after it.
            PAGE_READS_MAX + 2,
            write(host, async |books, randoms| {
                let id = given_back.borrow_mut().pop().expect("another resource");
                let asked = UnsubscribeResources::check(buyer(), vec![id], Extent::Resource)?;
                unsubscribe_resources(books, &asked, &randoms[0]).await
            }),
        ),
    ]
}

/// What a renewal costs that is paid at once, with what it reads of the catalogue.
fn renewal(host: &TestHost, id: &ResourceId) -> Calls {
    loop {
        let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
        let asked = RenewResources::check(buyer(), vec![id.clone()], Term::months(1), true);
        host.store.take_calls();
        run(renew(&call, &asked.expect("in order"))).expect("renewed");
        let calls = host.store.take_calls();
        if calls.commits() == 1 {
            return calls;
        }
    }
}

/// What each list costs.
fn lists(host: &TestHost, size: usize) -> Vec<(&'static str, u32, Calls)> {
    let count = |count: usize| u64::try_from(count).expect("small");
    let now = host.now().into();
    let orders = |list: OrderList, filter: OrderFilter, offset: usize| {
        let slice = Slice { offset: count(offset), limit: PAGE };
        let (list, filter) = (&list, &filter);
        read(host, async move |books| {
            let page = books.orders(list, filter, Sequence::NewestFirst, now, slice).await?;
            assert!(!page.items.is_empty(), "{list:?}");
            Ok(())
        })
    };
    let of_partner = || OrderList::OfPartner("d".parse().expect("an id"));
    let of_customer = || OrderList::OfCustomer("c00000".parse().expect("an id"));
    let one = || OrderFilter { order_id: Some(order_id(0).to_string()), ..OrderFilter::default() };
    let resources = |filter: ResourceFilter| {
        let filter = &filter;
        read(host, async move |books| {
            let customer = "c00000".parse().expect("an id");
            let page = books.resources(&customer, filter, now, Slice::first(PAGE)).await?;
            assert!(!page.items.is_empty());
            Ok(())
        })
    };
    let ids = vec![resource_id(0).to_string()];
    vec![
        ("orders of a partner, first page", 6, orders(of_partner(), OrderFilter::default(), 0)),
        (
            "orders of a partner, middle page",
            6,
            orders(of_partner(), OrderFilter::default(), size / 2),
        ),
        (
            "orders of a partner, last page",
            6,
            orders(of_partner(), OrderFilter::default(), size - PAGE),
        ),
        ("orders of a customer", 3, orders(of_customer(), OrderFilter::default(), 0)),
        ("one order of a partner", 6, orders(of_partner(), one(), 0)),
        ("one order of a customer", 6, orders(of_customer(), one(), 0)),
        ("resources of a customer", 3, resources(ResourceFilter::default())),
        (
            "resources by their ids",
            3,
            resources(ResourceFilter { resource_ids: ids, ..ResourceFilter::default() }),
        ),
        (
            "resources of an order",
            6,
            resources(ResourceFilter {
                order_id: Some(order_id(0).to_string()),
                ..ResourceFilter::default()
            }),
        ),
    ]
}

/// A hundred in a minute.
fn order_id(number: usize) -> OrderId {
    format!("CS25{:08}A{:04}", number / 100, number % 100).parse().expect("an id")
}

fn resource_id(number: usize) -> ResourceId {
    format!("resource-{number:07}").parse().expect("an id")
}

/// Adds orders that are done and listed for the partner, as if they had been placed long ago, and
/// for some of them a resource that nothing is due of.
fn add_orders(host: &TestHost, numbers: std::ops::Range<usize>) {
    let pattern = place(host);
    let product = resource();
    add_each(host, numbers, |books, number| {
        let customer_id: CustomerId = format!("c{:05}", number % CUSTOMERS).parse().expect("id");
        let mut order = Order {
            order_id: order_id(number),
            customer_id: customer_id.clone(),
            status: OrderStatus::Completed,
            ..pattern.clone()
        };
        // Of those of the first customer, and of others of each hundred.
        if (number / CUSTOMERS).is_multiple_of(ORDERS_PER_RESOURCE) {
            order.lines[0].resource_ids = vec![resource_id(number)];
            let closed_at = Some(product.expire_time);
            let (resource_id, product) = (resource_id(number), product.clone());
            let added = Resource { resource_id, customer_id, closed_at, ..product };
            run(books.add_resource(added))?;
        }
        books.add_order(&order, Some(&"d".parse().expect("an id")))
    });
}

#[test]
fn reads_no_more_pages_among_a_million_orders_than_it_may() {
    let host = grown();
    host.import(SHOP).expect("imported");
    let mut before = 0;
    let mut dear = Vec::new();
    for size in SIZES {
        add_orders(&host, before..size);
        before = size;
        host.store.advance(chrono::TimeDelta::minutes(11));
        let [writes, lists] = [writes(&host, size), lists(&host, size)];
        let writes = writes.into_iter().map(|cost| (cost, 1));
        for ((what, page_reads_max, calls), commits) in
            writes.chain(lists.into_iter().map(|cost| (cost, 0)))
        {
            let (all, page_reads) = (calls.total(), calls.page_reads());
            println!("{size:8} orders: {all:2} calls, {page_reads} of pages: {what}");
            if page_reads > page_reads_max || [calls.swaps, calls.commits()] != [commits; 2] {
                dear.push((size, what, calls));
            }
        }
    }
    assert!(dear.is_empty(), "{dear:#?}");
}
