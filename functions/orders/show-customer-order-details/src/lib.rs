//! Show an order with its line items.
//!
//! `ShowCustomerOrderDetails`, `GET /v2/orders/customer-orders/details/{order_id}`.

use billing::api::orders::{AmountInfo, ShownIn, ShownOrder};
use billing::api::{Answer, Literal, PageRule, Refusal};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::domain::order::OrderLine;
use billing::domain::partner::Principal;
use billing::domain::term::PeriodType;
use billing::operations::show_orders::{SeenOrder, seen_order};
use billing::value::id::{OrderId, PartnerId, TypeCode};
use billing::value::money::{Currency, Money};
use billing::value::time::Timestamp;
use serde::Serialize;

const PAGES: PageRule = PageRule { null: Literal::Absent, ..PageRule::USUAL };

billing::component! { GET ShowCustomerOrderDetails => show }

async fn show(call: Call) -> Result<Answer, Refusal> {
    let principal = &call.caller().principal;
    if matches!(principal, Principal::Partner(_)) {
        call.caller().partner()?;
    }
    let (slice, indirect_partner_id): (_, Option<PartnerId>) =
        call.query(|query| Ok((query.slice_by(&PAGES)?, query.value("indirect_partner_id")?)))?;
    let order_id: String = call.path_end("order_id")?;
    // What cannot be an identity is nobody's.
    let order_id: OrderId = order_id.parse().map_err(|_| Reason::OrderNotFound)?;

    let now = call.now();
    let (now, seen) = call
        .read(async |books| {
            let indirect = indirect_partner_id.as_ref();
            Ok((books.at(now), seen_order(books, principal, indirect, &order_id).await?))
        })
        .await?;

    let lines = seen.order.lines.iter().enumerate().filter(|(_, line)| seen.has(line));
    let lines: Vec<(usize, &OrderLine)> = lines.collect();
    let offset = usize::try_from(slice.offset).unwrap_or(usize::MAX);
    let on_page = lines.iter().skip(offset).take(slice.limit);
    let items = on_page.map(|(place, line)| LineItem::new(&seen, *place, line));
    Answer::ok(&ShowCustomerOrderDetailsResponse {
        total_count: lines.len(),
        order_info: ShownOrder::new(&seen, now, ShownIn::Details)?,
        order_line_items: items.collect::<Result<_, _>>()?,
    })
}

#[derive(Serialize)]
struct ShowCustomerOrderDetailsResponse {
    total_count: usize,
    order_info: ShownOrder,
    order_line_items: Vec<LineItem>,
}

#[derive(Serialize)]
struct LineItem {
    order_line_item_id: String,
    service_type_code: TypeCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_type_name: Option<String>,
    product_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_spec_desc: Option<String>,
    /// None where something is given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    period_type: Option<PeriodType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_num: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Timestamp>,
    subscription_num: u32,
    amount_after_discount: Money,
    official_amount: Money,
    amount_info: AmountInfo,
    currency: Currency,
    category_code: TypeCode,
    product_owner_service: TypeCode,
    commercial_resource: TypeCode,
    order_id: OrderId,
}

impl LineItem {
    fn new(seen: &SeenOrder, place: usize, line: &OrderLine) -> Result<Self, Refusal> {
        let order = &seen.order;
        let amounts = order.amounts(|it| std::ptr::eq(it, line))?;
        let product = &line.product;
        Ok(Self {
            order_line_item_id: order.line_id(place),
            service_type_code: product.service_type_code.clone(),
            service_type_name: product.service_type_name.clone(),
            product_id: product.product_id.clone(),
            product_spec_desc: product.product_spec_desc.clone(),
            period_type: line.term.map(|term| term.period_type),
            period_num: line.term.map(|term| term.period_num),
            effective_time: line.effective_time,
            expire_time: line.expire_time.filter(|time| *time < Timestamp::MAX),
            subscription_num: line.subscription_num,
            amount_after_discount: amounts.after_discount,
            official_amount: amounts.official,
            amount_info: amounts.into(),
            currency: Currency::Cny,
            category_code: product.resource_type_code.clone(),
            product_owner_service: product.service_type_code.clone(),
            commercial_resource: product.resource_type_code.clone(),
            order_id: order.order_of_line(line).clone(),
        })
    }
}
