//! Place an order for a customer, as a cloud service does that is asked for a yearly/monthly
//! resource: the products of the catalogue are priced now, and the prices kept.
//!
//! `POST /operator/v1/orders`.

use billing::api::orders::one_order;
use billing::api::placing::{LineFields, promotion};
use billing::api::{Answer, Object, Refusal};
use billing::component::OperatorCall;
use billing::domain::error::Reason;
use billing::domain::order::OrderSource;
use billing::operations::place_order::{PlaceOrder, Placing, place_and_pay, randoms_for};
use billing::operations::price_order::{PricedLines, price_lines};
use billing::value::id::{CouponId, CustomerId, TenantId};
use serde::Deserialize;

billing::operator! { POST Everything => place }

async fn place(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let request: Request = call.json().await?;
    let asked = LineFields::asked(&request.lines)?;

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

    one_order(order, now)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    tenant_id: TenantId,
    customer_id: CustomerId,
    lines: Vec<Object<LineFields>>,
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

impl Request {
    /// The order with its prices, which are those of the transaction that places it.
    fn placing(&self, priced: PricedLines) -> Result<Placing, Reason> {
        let PricedLines { lines, discounts } = priced;
        Ok(Placing {
            customer_id: self.customer_id.clone(),
            source_type: self.source_type.unwrap_or(OrderSource::Customer),
            lines,
            chosen_promotion: promotion(&discounts, self.promotion_id.as_deref())?,
            discounts,
            coupon_ids: self.coupon_ids.clone(),
            auto_pay: self.is_auto_pay,
            user_name: self.user_name.clone(),
        })
    }
}
