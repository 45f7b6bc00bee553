//! Pay an order of the calling customer.
//!
//! `PayOrders`, `POST /v3/orders/customer-orders/pay`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::domain::order::DiscountKind;
use billing::domain::payment::PartKind;
use billing::operations::pay_order::{Choice, PayOrder, pay_order};
use billing::value::id::OrderId;
use serde::Deserialize;

/// A discount coupon: nobody has any here.
const DISCOUNT_COUPON: i64 = 300;

/// Longest identity of a coupon, card, discount or order, in characters.
const ID_CHARACTERS_MAX: usize = 64;

billing::component! { POST PayOrders => pay }

async fn pay(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let request: PayCustomerOrderV3Req = call.body()?;

    check_id("order_id", &request.order_id)?;
    // What cannot be an identity is nobody's.
    let order_id: OrderId = request.order_id.parse().map_err(|_| Reason::OrderNotFound)?;
    let payment = PayOrder::check(caller.customer_id.clone(), order_id, request.choice()?)?;
    let random = call.random();
    call.update(async |books| {
        pay_order(books, &payment, &random).await?;
        Ok(Answer::no_content())
    })
    .await
}

fn check_id(name: &str, text: &str) -> Result<(), Refusal> {
    if (1..=ID_CHARACTERS_MAX).contains(&text.chars().count()) {
        return Ok(());
    }
    Err(Refusal::parameter(name, &format!("must have 1 to {ID_CHARACTERS_MAX} characters")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayCustomerOrderV3Req {
    order_id: String,
    use_coupon: Use,
    use_discount: Use,
    coupon_infos: Option<Vec<Item>>,
    discount_infos: Option<Vec<Item>>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
enum Use {
    #[serde(rename = "YES")]
    Yes,
    #[serde(rename = "NO")]
    No,
}

/// A coupon, card or discount.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    id: String,
    r#type: i64,
}

impl Use {
    /// The items, if there are any exactly when they are to be used.
    fn of(self, name: &str, items: Option<Vec<Item>>) -> Result<Vec<Item>, Refusal> {
        let items = items.unwrap_or_default();
        match (self, items.is_empty()) {
            (Self::Yes, true) => Err(Refusal::parameter(name, "is needed to use any")),
            (Self::No, false) => Err(Refusal::parameter(name, "must not be given to use none")),
            (Self::Yes, false) | (Self::No, true) => Ok(items),
        }
    }
}

impl PayCustomerOrderV3Req {
    fn choice(self) -> Result<Choice, Refusal> {
        let mut coupons = Vec::new();
        let mut usable = true;
        for Item { id, r#type } in self.use_coupon.of("coupon_infos", self.coupon_infos)? {
            check_id("id", &id)?;
            match PartKind::from_code(r#type).filter(|kind| kind.is_chosen()) {
                Some(kind) => coupons.push((id, kind)),
                None if r#type == DISCOUNT_COUPON => usable = false,
                None => return Err(Refusal::parameter("type", "must be 300 to 303")),
            }
        }
        let discounts = self.use_discount.of("discount_infos", self.discount_infos)?;
        if discounts.len() > 1 {
            return Err(Refusal::parameter("discount_infos", "must have at most 1 item"));
        }
        let mut discount = None;
        for Item { id, r#type } in discounts {
            check_id("id", &id)?;
            let kind = DiscountKind::from_code(r#type).filter(|kind| kind.is_payable());
            let kind = kind.ok_or_else(|| Refusal::parameter("type", "must be 0, 2 or 3"))?;
            discount = Some((id, kind));
        }
        let has_cash_coupon = coupons.iter().any(|(_, kind)| *kind == PartKind::CashCoupon);
        match (usable, has_cash_coupon) {
            (true, _) => Ok(Choice { discount, coupons }),
            (false, true) => Err(Reason::CouponsExclude.into()),
            (false, false) => Err(Reason::CouponUnusable.into()),
        }
    }
}
