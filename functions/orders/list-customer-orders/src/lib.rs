//! List the orders of the calling customer, those that it pays for members of its enterprise, or
//! those of the resale customers of the calling partner.
//!
//! `ListCustomerOrders`, `GET /v2/orders/customer-orders`.

use billing::api::orders::{ShownIn, ShownOrder};
use billing::api::{Answer, Literal, PageRule, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::order::list::{OrderFilter, Sequence};
use billing::domain::order::{OrderStatus, OrderType};
use billing::domain::partner::Principal;
use billing::operations::show_orders::{OrdersAsked, SeenOrder, Whose, seen_orders};
use billing::value::page::Slice;
use billing::value::time::{Period, Timestamp};
use serde::Serialize;

/// Longest window of times of placing or payment, in months.
const WINDOW_MONTHS_MAX: u32 = 12;

const PAGES: PageRule = PageRule { null: Literal::Absent, ..PageRule::USUAL };

billing::component! { GET ListCustomerOrders => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let principal = &call.caller().principal;
    if matches!(principal, Principal::Partner(_)) {
        call.caller().partner()?;
    }
    let Request { asked, slice } = call.query(Request::read)?;

    let now = call.now();
    let (now, orders) = call
        .read(async |books| {
            let now = books.at(now);
            Ok((now, seen_orders(books, principal, &asked, now, slice).await?))
        })
        .await?;

    let shown = |order| ShownOrder::new(&SeenOrder { order, child: None }, now, ShownIn::List);
    let order_infos = orders.items.into_iter().map(shown).collect::<Result<_, _>>()?;
    Answer::ok(&ListCustomerOrdersResponse { total_count: orders.total_count, order_infos })
}

struct Request {
    asked: OrdersAsked,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let filter = OrderFilter {
            order_id: query.text("order_id", Text::ID)?,
            created: window(query, "create_time_begin", "create_time_end")?,
            paid: window(query, "payment_time_begin", "payment_time_end")?,
            service_type_code: query.text("service_type_code", Text::ANY)?,
            status: query.number_choice("status", listed_status)?,
            order_type: query
                .choice("order_type", |code| code.parse().ok().and_then(OrderType::from_code))?,
        };
        let sequence = query.choice("order_by", |code| match code {
            _ if code.eq_ignore_ascii_case("createTime") => Some(Sequence::OldestFirst),
            _ if code.eq_ignore_ascii_case("-createTime") => Some(Sequence::NewestFirst),
            _ => None,
        })?;
        let whose = query.choice("method", |code| match code {
            "oneself" | "\"\"" | "null" => Some(Whose::Own),
            "sub_customer" => Some(Whose::OfMembers),
            _ => None,
        })?;
        Ok(Self {
            asked: OrdersAsked {
                whose: whose.unwrap_or_default(),
                customer_id: query.value("customer_id")?,
                indirect_partner_id: query.value("indirect_partner_id")?,
                filter,
                sequence: sequence.unwrap_or_default(),
            },
            slice: query.slice_by(&PAGES)?,
        })
    }
}

/// The statuses that orders can be asked for by.
fn listed_status(code: i64) -> Option<OrderStatus> {
    OrderStatus::from_code(code).filter(|status| *status != OrderStatus::PendingRefund)
}

fn window(query: &mut Query, begin: &str, end: &str) -> Result<Period, Refusal> {
    let first: Option<Timestamp> = query.value(begin)?;
    let last: Option<Timestamp> = query.value(end)?;
    if let (Some(first), Some(last)) = (first, last)
        && first < last.months_before(WINDOW_MONTHS_MAX)
    {
        return Err(Refusal::parameter(end, "must be at most one year after the beginning"));
    }
    Ok(Period::of_seconds(first, last))
}

#[derive(Serialize)]
struct ListCustomerOrdersResponse {
    total_count: u64,
    order_infos: Vec<ShownOrder>,
}
