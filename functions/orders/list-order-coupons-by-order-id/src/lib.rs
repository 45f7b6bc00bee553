//! List the coupons that an order of the calling customer can be paid with.
//!
//! `ListOrderCouponsByOrderId`, `GET /v2/orders/customer-orders/order-coupons`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::coupon::{CouponStatus, CouponType, UseLimit};
use billing::domain::order::coupon::quantity_max;
use billing::operations::pay_order::{UsableCoupon, usable_coupons};
use billing::operations::show_orders::payable_order;
use billing::value::id::{CouponId, OrderId};
use billing::value::money::Money;
use billing::value::time::Timestamp;
use serde::Serialize;

billing::component! { GET ListOrderCouponsByOrderId => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let order_id: OrderId = call.query(|query| query.required("order_id"))?;

    let now = call.now();
    let coupons = call
        .read(async |books| {
            let now = books.at(now);
            let customer = &caller.customer_id;
            match payable_order(books, customer, &order_id, now).await? {
                Some(order) => usable_coupons(books, &order, customer, now).await,
                None => Ok(Vec::new()),
            }
        })
        .await?;

    let user_coupons: Vec<CouponInfo> = coupons.into_iter().map(CouponInfo::from).collect();
    Answer::ok(&ListOrderCouponsByOrderIdResponse {
        count: user_coupons.len(),
        coupon_max_use_quantity: quantities(&user_coupons),
        user_coupons,
    })
}

#[derive(Serialize)]
struct ListOrderCouponsByOrderIdResponse {
    count: usize,
    user_coupons: Vec<CouponInfo>,
    coupon_max_use_quantity: Vec<CouponMaxUseQuantity>,
}

#[derive(Serialize)]
struct CouponInfo {
    coupon_id: CouponId,
    status: CouponStatus,
    coupon_type: CouponType,
    /// 1: the amounts are in yuan.
    measure_id: u8,
    face_value: Money,
    effective_time: Timestamp,
    expire_time: Timestamp,
    use_limits: Vec<UseLimit>,
    create_time: Timestamp,
    /// 2: it can be used until nothing is left of it.
    coupon_version: u8,
    balance: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    used_by_order_id: Option<OrderId>,
    coupon_group: u8,
}

/// Most coupons of a kind and group that one payment takes.
#[derive(Serialize)]
struct CouponMaxUseQuantity {
    coupon_type: CouponType,
    coupon_group: u8,
    use_quantity_value: usize,
}

impl From<UsableCoupon> for CouponInfo {
    fn from(usable: UsableCoupon) -> Self {
        let UsableCoupon { coupon, source, limits } = usable;
        Self {
            coupon_id: coupon.coupon_id,
            status: CouponStatus::Usable,
            coupon_type: coupon.coupon_type,
            measure_id: 1,
            face_value: coupon.face_value.at_least_two_decimals(),
            effective_time: coupon.effective_time,
            expire_time: coupon.expire_time,
            use_limits: limits,
            create_time: coupon.create_time,
            coupon_version: 2,
            balance: source.balance.at_least_two_decimals(),
            used_by_order_id: coupon.used_by_order_id,
            coupon_group: 0,
        }
    }
}

/// Of each kind among the coupons.
fn quantities(coupons: &[CouponInfo]) -> Vec<CouponMaxUseQuantity> {
    let kinds = [CouponType::Cash, CouponType::FlexiPurchase].into_iter();
    let listed = kinds.filter(|kind| coupons.iter().any(|coupon| coupon.coupon_type == *kind));
    let quantity = |coupon_type| CouponMaxUseQuantity {
        coupon_type,
        coupon_group: 0,
        use_quantity_value: quantity_max(coupon_type),
    };
    listed.map(quantity).collect()
}
