//! List the coupons that the calling partner, or one of its resellers, has issued.
//!
//! `ListIssuedPartnerCoupons`, `GET /v2/promotions/benefits/partner-coupons`.

use billing::api::{Answer, Literal, PageRule, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::coupon::{
    CouponFilter, CouponList, CouponStatus, CouponType, FetchMethod, MediaType, ShownCoupon,
    UseLimit,
};
use billing::value::id::{CouponId, CustomerId, OrderId, PartnerId};
use billing::value::money::Money;
use billing::value::page::Slice;
use billing::value::time::{Period, Timestamp};
use serde::Serialize;

/// How long an expired coupon is still listed.
const EXPIRED_MONTHS_MAX: u32 = 24;

const PAGES: PageRule = PageRule { offset_max: 2_147_483_646, ..PageRule::USUAL };

pub async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let now = call.now();
    let request = call.query(Request::read)?;

    let Request { filter, indirect_partner_id, slice } = request;
    let coupons = call
        .read(async |books| {
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            let list = CouponList::Issued(partner);
            let now = books.at(now);
            let filter = filter.clone().since(now.months_before(EXPIRED_MONTHS_MAX));
            books.coupons(&list, &filter, now, slice).await
        })
        .await?;

    Answer::ok(&ListIssuedPartnerCouponsResponse {
        total_count: coupons.total_count,
        user_coupons: coupons.items.into_iter().map(IssuedCoupon::from).collect(),
    })
}

struct Request {
    filter: CouponFilter,
    indirect_partner_id: Option<PartnerId>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let known_id = Text { empty_string: Literal::Rejected, ..Text::ID };
        let mut span = |begin: &str, end: &str| {
            Ok::<_, Refusal>(Period::between(query.value(begin)?, query.value(end)?))
        };
        let created = span("create_time_begin", "create_time_end")?;
        let effective = span("effective_time_begin", "effective_time_end")?;
        let expires = span("expire_time_begin", "expire_time_end")?;
        Ok(Self {
            filter: CouponFilter {
                coupon_id: query.text("coupon_id", known_id)?,
                customer_id: query.text("customer_id", Text::ID)?,
                order_id: query.text("order_id", known_id)?,
                coupon_type: query.number_choice("coupon_type", CouponType::from_code)?,
                status: query.number_choice("status", CouponStatus::from_code)?,
                created,
                effective,
                expires,
                ..CouponFilter::all()
            },
            indirect_partner_id: query.value("indirect_partner_id")?,
            slice: query.slice_by(&PAGES)?,
        })
    }
}

#[derive(Serialize)]
struct ListIssuedPartnerCouponsResponse {
    total_count: u64,
    user_coupons: Vec<IssuedCoupon>,
}

#[derive(Serialize)]
struct IssuedCoupon {
    coupon_id: CouponId,
    status: CouponStatus,
    customer_id: CustomerId,
    coupon_type: CouponType,
    /// 1: the amounts are in yuan.
    measure_id: u8,
    face_value: Money,
    effective_time: Timestamp,
    expire_time: Timestamp,
    media_type: MediaType,
    fetch_method: FetchMethod,
    use_limits: Vec<UseLimit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_time: Option<Timestamp>,
    create_time: Timestamp,
    balance: Money,
    /// The order that keeps it, or the last one that it has paid for.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<OrderId>,
    /// The order that keeps it for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    lock_order_id: Option<OrderId>,
    /// 0: nothing freezes a coupon.
    is_frozen: &'static str,
}

impl From<ShownCoupon> for IssuedCoupon {
    fn from(shown: ShownCoupon) -> Self {
        let ShownCoupon {
            coupon,
            balance,
            status,
            active_time,
            use_limits,
            lock_order_id,
            order_id,
        } = shown;
        Self {
            coupon_id: coupon.coupon_id,
            status,
            customer_id: coupon.customer_id,
            coupon_type: coupon.coupon_type,
            measure_id: 1,
            face_value: coupon.face_value.at_least_two_decimals(),
            effective_time: coupon.effective_time,
            expire_time: coupon.expire_time,
            media_type: MediaType::Electronic,
            fetch_method: FetchMethod::IssuedOnline,
            use_limits,
            active_time,
            create_time: coupon.create_time,
            balance,
            order_id,
            lock_order_id,
            is_frozen: "0",
        }
    }
}
