//! Orders on behalf of customers: placed, given another price, and paid by the partner.

use billing::api::placing::OnBehalf;
use billing::api::{Answer, Operation, Refusal};
use billing::component::{Call, Visit};
use billing::console::{Form, Screen};
use billing::domain::catalogue::{Region, ResourceType, ServiceType};
use billing::domain::error::Reason;
use billing::domain::order::{Order, OrderStatus};
use billing::operations::price_order::PricedLines;
use billing::operations::review_order::{OrderVerdict, decide_payment, set_order_price};
use billing::operations::show_orders::seen_order;
use billing::value::id::{CustomerId, OrderId};
use billing::value::money::Money;
use billing::value::page::Slice;
use billing::value::time::Timestamp;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::customers;
use super::done::{Done, Line};
use crate::format;
use crate::text::Text;
use crate::texts;
use crate::view::{Figures, Need, View, Words, encoded};

/// Codes of the catalogue that a form proposes.
const CODES_PROPOSED: usize = 200;

/// The pages' operations, as the journal names them.
const FORM: Operation = Operation { method: "GET", name: "partner-centre-orders" };
const PLACE: Operation = Operation { method: "POST", name: "partner-centre-orders" };
const PRICE: Operation = Operation { method: "PUT", name: "partner-centre-orders-price" };
const PAYMENT: Operation = Operation { method: "PUT", name: "partner-centre-orders-payment" };

/// The fields of the form that places an order.
const FIELDS: [&str; 9] = [
    "customer_id",
    "service_type_code",
    "resource_type_code",
    "resource_spec",
    "region_code",
    "period_type",
    "period_num",
    "subscription_num",
    "is_auto_pay",
];

/// What the partner centre's route is asked for.
#[derive(Serialize)]
struct Placing<'f> {
    customer_id: CustomerId,
    lines: [PlacingLine<'f>; 1],
    is_auto_pay: bool,
}

#[derive(Serialize)]
struct PlacingLine<'f> {
    service_type_code: &'f str,
    resource_type_code: &'f str,
    resource_spec: &'f str,
    region_code: &'f str,
    period_type: u32,
    period_num: u32,
    subscription_num: u32,
}

/// What the route answers.
#[derive(Deserialize)]
struct Placed {
    order: PlacedOrder,
}

#[derive(Deserialize)]
struct PlacedOrder {
    order_id: OrderId,
}

/// The form for an order on behalf of a customer. The catalogue proposes its codes.
pub async fn form(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, _) = visit.call(&FORM)?;
    let partner = &call.caller().partner()?.partner_id;
    let customer: Option<CustomerId> = call.query(|query| query.value("customer_id"))?;
    let customers = call.read(async |books| customers::proposed(books, partner).await).await?;
    let (services, resources, regions) = call
        .read_catalogue(async |catalogue| {
            let first = Slice::first(CODES_PROPOSED);
            let services = catalogue.services(None, view.language(), first).await?;
            let resources = catalogue.resources(first).await?;
            Ok((services.items, resources.items, catalogue.regions().await?))
        })
        .await?;

    let customer = customer.map(|id| id.to_string()).unwrap_or_default();
    let period = html! {
        select id="period_type" name="period_type" required {
            option value="2" { (view.say(texts::TERM_MONTHS)) }
            option value="3" { (view.say(texts::TERM_YEARS)) }
        }
    };
    let fields = html! {
        (view.proposing(("customer_id", texts::CUSTOMER_ID), &customer, Need::Required, &customers))
        (view.proposing(("service_type_code", texts::SERVICE_TYPE), "", Need::Required,
            &codes_of_services(view, &services)))
        (view.proposing(("resource_type_code", texts::RESOURCE_TYPE), "", Need::Required,
            &codes_of_resources(view, &resources)))
        (view.text_field("resource_spec", texts::SPECIFICATION, "", Need::Required))
        (view.proposing(("region_code", texts::REGION), "", Need::Required,
            &codes_of_regions(view, &regions)))
        (view.field("period_type", texts::TERM_UNIT, &period))
        (view.figure_field("period_num", texts::TERM_COUNT, "1", Need::Required))
        (view.figure_field("subscription_num", texts::NUMBER, "1", Need::Required))
        (view.tick_box("is_auto_pay", texts::PAY_AT_ONCE, false))
    };
    let main = html! {
        p { (view.say(texts::AUTHORISATIONS_ARE)) }
        (view.form("/console/orders/place", texts::ORDER_ON_BEHALF, &fields, texts::CONTINUE))
        p { a href="/console/authorisations" { (view.say(texts::AUTHORISATIONS)) } }
    };
    Ok(view.page(texts::ORDER_ON_BEHALF, &main))
}

fn codes_of_services(view: &View, services: &[ServiceType]) -> Vec<(String, String)> {
    let name = |it: &ServiceType| view.language().choose(&it.name_zh, &it.name_en).to_string();
    services.iter().map(|it| (it.service_type_code.to_string(), name(it))).collect()
}

fn codes_of_resources(view: &View, resources: &[ResourceType]) -> Vec<(String, String)> {
    let name = |it: &ResourceType| view.language().choose(&it.name_zh, &it.name_en).to_string();
    resources.iter().map(|it| (it.resource_type_code.to_string(), name(it))).collect()
}

fn codes_of_regions(view: &View, regions: &[Region]) -> Vec<(String, String)> {
    let name = |it: &Region| view.language().choose(&it.name_zh, &it.name_en).to_string();
    regions.iter().map(|it| (it.region_code.to_string(), name(it))).collect()
}

/// Says what an order will cost, or places it once that was confirmed.
pub async fn place(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, form) = visit.call(&PLACE)?;
    call.caller().partner()?;
    let placing = Placing {
        customer_id: form.value("customer_id")?,
        lines: [PlacingLine {
            service_type_code: form.text("service_type_code"),
            resource_type_code: form.text("resource_type_code"),
            resource_spec: form.text("resource_spec"),
            region_code: form.text("region_code"),
            period_type: form.value("period_type")?,
            period_num: form.value("period_num")?,
            subscription_num: form.value("subscription_num")?,
        }],
        is_auto_pay: form.filled("is_auto_pay").is_some(),
    };
    let call = call.with_body(&placing)?;
    let order: OnBehalf = call.body()?;
    if !form.is_confirmed() {
        let priced = order.priced(&call).await?;
        return confirm_place(view, &form, &priced);
    }
    let Placed { order } = order.place(&call).await?.read()?;
    Ok(Screen::see(format!("/console/orders/order?order_id={}", encoded(order.order_id.as_str()))))
}

fn confirm_place(view: &View, form: &Form, priced: &PricedLines) -> Result<Screen, Refusal> {
    let mut official = Money::ZERO;
    for line in &priced.lines {
        let sum = official.checked_add(line.official_amount);
        official = sum.map_err(|_| Reason::AmountTooLarge)?;
    }
    let columns = [Words(texts::PRODUCT), Figures(texts::NUMBER), Figures(texts::LIST_PRICE)];
    let rows = priced.lines.iter().map(|line| {
        let product = &line.product;
        let name = product.product_spec_desc.as_deref().unwrap_or(product.product_id.as_str());
        vec![
            html! { (name) " " code { (product.service_type_code) } },
            html! { (line.subscription_num) },
            html! { (format::money(line.official_amount)) },
        ]
    });
    let pays = form.filled("is_auto_pay").is_some();
    let fields = FIELDS.map(|name| (name, form.text(name).to_owned()));
    let main = html! {
        (view.facts(&[
            (texts::CUSTOMER, html! { (form.text("customer_id")) }),
            (texts::LIST_PRICE, html! { (format::money(official)) }),
            (texts::PAY_AT_ONCE, html! {
                (view.say(if pays { texts::YES } else { texts::NO }))
            }),
        ]))
        (view.table(texts::LINES, &columns, &rows.collect::<Vec<_>>()))
        @if !pays { p { (view.say(texts::CUSTOMER_PAYS)) } }
        (view.confirm("/console/orders/place", "/console/orders", &fields))
    };
    Ok(view.page(texts::CONFIRM_ORDER, &main))
}

/// The form that gives an order of one of the partner's own customers another price.
pub fn price_form(view: &View, order: &Order, now: Timestamp) -> Markup {
    if order.status_at(now) != OrderStatus::PendingPayment {
        return html! {};
    }
    let fields = html! {
        input type="hidden" name="order_id" value=(order.order_id);
        (view.figure_field("price", texts::NEW_PRICE, "", Need::Required))
    };
    view.form("/console/orders/price", texts::SET_PRICE, &fields, texts::CONTINUE)
}

/// The form that answers a customer who pays the cloud itself and asks the partner to pay an order,
/// which no list of the partner has.
pub fn payment_form(view: &View) -> Markup {
    let decision = html! {
        select id="decision" name="decision" required {
            option value="approve" { (view.say(texts::PAY)) }
            option value="reject" { (view.say(texts::REFUSE_TO_PAY)) }
        }
    };
    let fields = html! {
        p { (view.say(texts::PAY_ON_BEHALF_IS)) }
        (view.text_field("order_id", texts::ORDER, "", Need::Required))
        (view.field("decision", texts::ACTION, &decision))
    };
    view.form("/console/orders/payment", texts::PAY_ON_BEHALF, &fields, texts::CONTINUE)
}

/// Says what a price will do, or sets it once that was confirmed.
pub async fn price(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, form) = visit.call(&PRICE)?;
    let caller = call.caller().partner()?;
    let order_id: OrderId = form.value("order_id")?;
    let price: Money = form.value("price")?;
    if !form.is_confirmed() {
        let principal = &call.caller().principal;
        let seen =
            call.read(async |books| seen_order(books, principal, None, &order_id).await).await?;
        let act = (texts::SET_PRICE, texts::NEW_PRICE, format::money(price));
        return confirm(view, &form, &seen.order, act);
    }
    let answer = call
        .update(async |books| {
            set_order_price(books, caller, &order_id, price).await?;
            let line = Line::done(order_id.to_string(), format::money(price));
            Answer::ok(&Done { lines: vec![line] })
        })
        .await?;
    Done::page(&answer, view, texts::PRICE_SET, ("/console/orders", texts::ORDERS))
}

/// Says what paying or refusing to pay will do, or does it once that was confirmed.
pub async fn payment(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, form) = visit.call(&PAYMENT)?;
    let caller = call.caller().partner()?;
    let order_id: OrderId = form.value("order_id")?;
    let decision = OrderVerdict::from_code(form.text("decision"));
    let unknown = || Refusal::parameter("decision", "must be approve or reject");
    let decision = decision.ok_or_else(unknown)?;
    let text = match decision {
        OrderVerdict::Approve => texts::PAY,
        OrderVerdict::Reject => texts::REFUSE_TO_PAY,
    };
    if !form.is_confirmed() {
        let order = asked_to_pay(&call, &order_id).await?;
        let act = (texts::PAY_ON_BEHALF, texts::ACTION, view.say(text).to_owned());
        return confirm(view, &form, &order, act);
    }
    let random = call.random();
    let answer = call
        .update(async |books| {
            let order = decide_payment(books, caller, &order_id, decision, &random).await?;
            let status = texts::order_status(order.status_at(books.now()));
            let line = Line::done(order_id.to_string(), view.say(status).to_owned());
            Answer::ok(&Done { lines: vec![line] })
        })
        .await?;
    Done::page(&answer, view, texts::DECIDED, ("/console/orders", texts::ORDERS))
}

/// An order that the partner was asked to pay.
async fn asked_to_pay(call: &Call, order_id: &OrderId) -> Result<Order, Refusal> {
    let caller = call.caller().partner()?;
    call.read(async |books| {
        let owner = books.order_owner(order_id).await?.ok_or(Reason::OrderNotFound)?;
        let order = books.own_order(&owner.customer_id, order_id).await?;
        let was_asked = order.asked_to_pay.as_ref() == Some(&caller.partner_id);
        if was_asked { Ok(order) } else { Err(Reason::OrderNotFound) }
    })
    .await
}

/// The page that says what will happen to an order.
fn confirm(
    view: &View,
    form: &Form,
    order: &Order,
    (title, name, value): (Text, Text, String),
) -> Result<Screen, Refusal> {
    let amounts = order.amounts(|_| true)?;
    let fields = ["order_id", "price", "decision"];
    let fields = fields.map(|name| (name, form.text(name).to_owned()));
    let main = html! {
        (view.facts(&[
            (texts::ORDER, html! { (order.order_id) }),
            (texts::CUSTOMER, html! { (order.customer_id) }),
            (texts::LIST_PRICE, html! { (format::money(amounts.official)) }),
            (texts::AMOUNT, html! { (format::money(amounts.after_discount)) }),
            (name, html! { (value) }),
        ]))
        (view.confirm(view.path(), "/console/orders", &fields))
    };
    Ok(view.page(title, &main))
}
