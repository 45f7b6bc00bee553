//! Place an order for a customer, as a cloud service does that is asked for a yearly/monthly
//! resource: the products of the catalogue are priced now, and the prices kept.
//!
//! `POST /operator/v1/orders`.

use billing::api::orders::{ShownIn, ShownOrder};
use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::domain::catalogue::MeasureId;
use billing::domain::error::Reason;
use billing::domain::order::{DiscountKind, LINES_MAX, OrderDiscount, OrderSource};
use billing::domain::rating::Size;
use billing::domain::term::{PeriodType, Term};
use billing::operations::place_order::{PlaceOrder, Placing, place_and_pay, randoms_for};
use billing::operations::price_order::{AskedLine, PricedLines, price_lines};
use billing::operations::show_orders::SeenOrder;
use billing::value::id::{CatalogueCode, CouponId, CustomerId, TenantId, TypeCode};
use serde::{Deserialize, Serialize};

billing::operator! { POST Everything => place }

async fn place(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let request: Request = call.json().await?;
    let asked = request.asked()?;

    let lookups: Vec<_> = asked.iter().map(|line| Some(line.lookup())).collect();
    let priced = call.read_catalogue(async |catalogue| catalogue.priced(&lookups).await).await?;
    let randoms: Vec<[u8; 16]> = (0..randoms_for(asked.len())).map(|_| call.random()).collect();
    let random = call.random();
    let books = call.tenant(&request.tenant_id).await?;
    let (now, order) = books
        .update("place order", async |books| {
            let (customer, now) = (&request.customer_id, books.now());
            let priced = price_lines(books, customer, &asked, &priced, now).await?;
            let order = PlaceOrder::check(request.placing(priced)?)?;
            Ok((now, place_and_pay(books, &order, &randoms, &random).await?))
        })
        .await?;

    let seen = SeenOrder { order, child: None };
    Answer::ok(&Placed { order: ShownOrder::new(&seen, now, ShownIn::Details)? })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    tenant_id: TenantId,
    customer_id: CustomerId,
    lines: Vec<Line>,
    /// Coupons to be kept for the order.
    #[serde(default)]
    coupon_ids: Vec<CouponId>,
    /// The promotion that was chosen.
    promotion_id: Option<String>,
    /// Whether it is to be paid at once, if it can be.
    #[serde(default)]
    is_auto_pay: bool,
    source_type: Option<OrderSource>,
    user_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    service_type_code: TypeCode,
    resource_type_code: TypeCode,
    resource_spec: CatalogueCode,
    region_code: CatalogueCode,
    zone_code: Option<CatalogueCode>,
    resource_size: Option<u32>,
    size_measure_id: Option<u32>,
    period_type: PeriodType,
    period_num: u32,
    subscription_num: Option<u32>,
    /// The line, from 1, whose resources these are attached to.
    attached_to: Option<u32>,
    /// The child of a combined order, from 1.
    sub_order: Option<u32>,
    #[serde(default)]
    is_auto_renew: bool,
    project_id: Option<String>,
}

impl Request {
    fn asked(&self) -> Result<Vec<AskedLine>, Reason> {
        if !(1..=LINES_MAX).contains(&self.lines.len()) {
            return Err(Reason::field("lines", format!("must have 1 to {LINES_MAX} items")));
        }
        self.lines.iter().map(Line::asked).collect()
    }

    /// The order with its prices, which are those of the transaction that places it.
    fn placing(&self, priced: PricedLines) -> Result<Placing, Reason> {
        let PricedLines { lines, discounts } = priced;
        let chosen_promotion = match &self.promotion_id {
            None => None,
            Some(id) => Some(promotion(&discounts, id)?),
        };
        Ok(Placing {
            customer_id: self.customer_id.clone(),
            source_type: self.source_type.unwrap_or(OrderSource::Customer),
            lines,
            discounts,
            chosen_promotion,
            coupon_ids: self.coupon_ids.clone(),
            auto_pay: self.is_auto_pay,
            user_name: self.user_name.clone(),
        })
    }
}

/// The place of a promotion among the discounts that an order is offered.
fn promotion(discounts: &[OrderDiscount], id: &str) -> Result<u32, Reason> {
    let is_it = |it: &OrderDiscount| it.kind == DiscountKind::Promotion && it.discount_id == id;
    let place = discounts.iter().zip(0..).find_map(|(it, place)| is_it(it).then_some(place));
    place.ok_or_else(|| Reason::field("promotion_id", "must be a promotion that applies"))
}

impl Line {
    fn asked(&self) -> Result<AskedLine, Reason> {
        let size = match (self.resource_size, self.size_measure_id) {
            (None, None) => None,
            (Some(value), Some(measure)) => Some(Size { value, measure_id: MeasureId(measure) }),
            _ => return Err(Reason::field("size_measure_id", "goes with resource_size")),
        };
        let from_zero = |name, number: Option<u32>| match number {
            None => Ok(None),
            Some(number) => {
                let place = number.checked_sub(1);
                place.map(Some).ok_or_else(|| Reason::field(name, "must be 1 or more"))
            }
        };
        Ok(AskedLine {
            service_type_code: self.service_type_code.clone(),
            resource_type_code: self.resource_type_code.clone(),
            resource_spec: self.resource_spec.clone(),
            region_code: self.region_code.clone(),
            zone_code: self.zone_code.as_ref().map(ToString::to_string),
            size,
            term: Term { period_type: self.period_type, period_num: self.period_num },
            subscription_num: self.subscription_num.unwrap_or(1),
            attached_to: from_zero("attached_to", self.attached_to)?,
            child: from_zero("sub_order", self.sub_order)?,
            renews_itself: self.is_auto_renew,
            project_id: self.project_id.clone(),
        })
    }
}

#[derive(Serialize)]
struct Placed {
    order: ShownOrder,
}
