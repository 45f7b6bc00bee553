//! The orders of a partner's customers, and one with its lines.

use billing::api::Refusal;
use billing::component::Call;
use billing::console::Screen;
use billing::domain::error::Reason;
use billing::domain::order::list::{OrderFilter, Sequence};
use billing::domain::order::{Order, OrderLine};
use billing::operations::show_orders::{OrdersAsked, SeenOrder, Whose, seen_order, seen_orders};
use billing::value::id::{CustomerId, OrderId, PartnerId};
use billing::value::time::Timestamp;
use maud::{Markup, html};

use super::{customers, ordering};
use crate::format;
use crate::texts;
use crate::view::{Column, Figures, PER_PAGE, View, Words, encoded, pairs, state};

/// What a list tells of each order.
pub const COLUMNS: [Column; 7] = [
    Words(texts::ORDER),
    Words(texts::CUSTOMER),
    Words(texts::KIND),
    Words(texts::STATUS),
    Figures(texts::AMOUNT),
    Words(texts::PLACED),
    Words(texts::PAY_UNTIL),
];

/// The orders, newest first.
pub async fn list(view: &View, call: Call) -> Result<Screen, Refusal> {
    call.caller().of_console()?;
    let (customer, reseller, slice): (Option<CustomerId>, Option<PartnerId>, _) =
        call.query(|query| {
            let customer = query.value("customer_id")?;
            let reseller = query.value("indirect_partner_id")?;
            Ok((customer, reseller, query.slice(PER_PAGE, 1..=100)?))
        })?;
    let asked = OrdersAsked {
        whose: Whose::Own,
        customer_id: customer.clone(),
        indirect_partner_id: reseller.clone(),
        filter: OrderFilter::default(),
        sequence: Sequence::NewestFirst,
    };
    let principal = &call.caller().principal;
    let (orders, now) = call
        .read(async |books| {
            let now = books.at(call.now());
            Ok((seen_orders(books, principal, &asked, now, slice).await?, now))
        })
        .await?;

    let acting = pairs(&[("indirect_partner_id", reseller.as_ref().map(PartnerId::as_str))]);
    let query = pairs(&[
        ("customer_id", customer.as_ref().map(CustomerId::as_str)),
        ("indirect_partner_id", reseller.as_ref().map(PartnerId::as_str)),
    ]);
    let rows = orders.items.iter().map(|order| row(view, order, &acting, now));
    let rows: Vec<Vec<Markup>> = rows.collect::<Result<_, Refusal>>()?;
    let main = html! {
        @if view.can_act() {
            p.actions {
                a.button href="/console/orders/place" { (view.say(texts::ORDER_ON_BEHALF)) }
                a href="/console/authorisations" { (view.say(texts::AUTHORISATIONS)) }
            }
        }
        (view.table(texts::ORDERS, &COLUMNS, &rows))
        (view.pager(&query, slice, orders.total_count))
        @if view.can_act() { (ordering::payment_form(view)) }
    };
    Ok(view.page(texts::ORDERS, &main))
}

/// An order in a list.
pub fn row(
    view: &View,
    order: &Order,
    acting: &str,
    now: Timestamp,
) -> Result<Vec<Markup>, Refusal> {
    let amp = if acting.is_empty() { "" } else { "&" };
    let id = order.order_id.as_str();
    let details = format!("/console/orders/order?order_id={}{amp}{acting}", encoded(id));
    let amounts = order.amounts(|_| true)?;
    Ok(vec![
        html! { a href=(details) { (id) } },
        customers::link(&order.customer_id),
        html! { (view.say(texts::order_type(order.order_type))) },
        state(view, texts::order_status(order.status_at(now))),
        html! { (format::money(amounts.after_discount)) },
        format::time(order.create_time),
        format::time(order.pending_payment_end_time),
    ])
}

/// One order with its lines.
pub async fn show(view: &View, call: Call) -> Result<Screen, Refusal> {
    call.caller().of_console()?;
    let (order_id, reseller): (String, Option<PartnerId>) =
        call.query(|query| Ok((query.required("order_id")?, query.value("indirect_partner_id")?)))?;
    // What cannot be an identity is nobody's.
    let order_id: OrderId = order_id.parse().map_err(|_| Reason::OrderNotFound)?;
    let principal = &call.caller().principal;
    let (seen, now) = call
        .read(async |books| {
            let seen = seen_order(books, principal, reseller.as_ref(), &order_id).await?;
            Ok((seen, books.at(call.now())))
        })
        .await?;

    let SeenOrder { order, .. } = &seen;
    let amounts = order.amounts(|line| seen.has(line))?;
    let paid = order.payment_time.map(format::time).unwrap_or_default();
    let lines = order.lines.iter().filter(|line| seen.has(line));
    let rows = lines.map(|line| line_row(order, line)).collect::<Result<Vec<_>, Refusal>>()?;
    let columns = [
        Words(texts::PRODUCT),
        Figures(texts::NUMBER),
        Figures(texts::LIST_PRICE),
        Figures(texts::AMOUNT),
        Words(texts::EFFECTIVE),
    ];
    let main = html! {
        (view.facts(&[
            (texts::ORDER, html! { (order_id) }),
            (texts::CUSTOMER, html! { (order.customer_id) }),
            (texts::KIND, html! { (view.say(texts::order_type(order.order_type))) }),
            (texts::STATUS, state(view, texts::order_status(order.status_at(now)))),
            (texts::LIST_PRICE, html! { (format::money(amounts.official)) }),
            (texts::AMOUNT, html! { (format::money(amounts.after_discount)) }),
            (texts::PAID_BY_COUPONS, html! { (format::money(amounts.coupon)) }),
            (texts::PLACED, format::time(order.create_time)),
            (texts::PAY_UNTIL, format::time(order.pending_payment_end_time)),
            (texts::PAID, paid),
        ]))
        (view.table(texts::LINES, &columns, &rows))
        @if view.can_act() && reseller.is_none() {
            (ordering::price_form(view, order, now))
        }
    };
    Ok(view.page(texts::ORDER, &main))
}

fn line_row(order: &Order, line: &OrderLine) -> Result<Vec<Markup>, Refusal> {
    let amounts = order.amounts(|it| std::ptr::eq(it, line))?;
    let product = &line.product;
    let name = product.product_spec_desc.as_deref().unwrap_or(product.product_id.as_str());
    Ok(vec![
        html! { (name) " " code { (product.service_type_code) } },
        html! { (line.subscription_num) },
        html! { (format::money(amounts.official)) },
        html! { (format::money(amounts.after_discount)) },
        line.effective_time.map(format::time).unwrap_or_default(),
    ])
}
