//! Order on behalf of a customer that has authorised its partner to: the products of the catalogue
//! are priced now, and the prices kept. The customer pays, or is made to at once.
//!
//! `POST /partner-centre/v1/orders`.

use billing::api::orders::one_order;
use billing::api::placing::{LineFields, promotion};
use billing::api::{Answer, Object, Refusal};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::domain::order::OrderSource;
use billing::operations::authorise_partner::check_authorised;
use billing::operations::place_order::{PlaceOrder, Placing, place_and_pay, randoms_for};
use billing::operations::price_order::{PricedLines, price_lines};
use billing::value::id::{CouponId, CustomerId};
use serde::Deserialize;

billing::partner_centre! { POST => place }

async fn place(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: Request = call.body()?;
    let asked = LineFields::asked(&request.lines)?;

    let lookups: Vec<_> = asked.iter().map(|line| Some(line.lookup())).collect();
    let found = call.read_catalogue(async |catalogue| catalogue.priced(&lookups).await).await?;
    let randoms = call.randoms(randoms_for(asked.len()));
    let random = call.random();
    call.update(async |books| {
        let (customer, now) = (&request.customer_id, books.now());
        check_authorised(books, caller, customer).await?;
        let priced = price_lines(books, customer, &asked, &found, now).await?;
        let order = PlaceOrder::check(request.placing(priced, caller.partner_id.as_str())?)?;
        one_order(place_and_pay(books, &order, &randoms, &random).await?, now)
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    customer_id: CustomerId,
    lines: Vec<Object<LineFields>>,
    /// Coupons of the customer to be kept for the order.
    #[serde(default)]
    coupon_ids: Vec<CouponId>,
    /// The promotion that was chosen.
    promotion_id: Option<String>,
    /// Whether it is to be paid at once from the customer's account, if it can be.
    #[serde(default)]
    is_auto_pay: bool,
}

impl Request {
    /// The order with its prices, which are those of the transaction that places it.
    fn placing(&self, priced: PricedLines, user_name: &str) -> Result<Placing, Reason> {
        let PricedLines { lines, discounts } = priced;
        Ok(Placing {
            customer_id: self.customer_id.clone(),
            source_type: OrderSource::Agent,
            lines,
            chosen_promotion: promotion(&discounts, self.promotion_id.as_deref())?,
            discounts,
            coupon_ids: self.coupon_ids.clone(),
            auto_pay: self.is_auto_pay,
            user_name: Some(user_name.to_owned()),
        })
    }
}
