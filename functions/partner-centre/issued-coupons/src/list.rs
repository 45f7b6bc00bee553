//! List the coupons that the calling partner, or one of its resellers, has issued, with their kinds.
//!
//! `GET /partner-centre/v1/issued-coupons`.

use billing::api::{Answer, Query, Refusal};
use billing::component::Call;
use billing::domain::coupon::{
    CouponFilter, CouponKind, CouponList, CouponStatus, ShownCoupon, UseLimit,
};
use billing::value::id::{CouponId, CustomerId, OrderId, PartnerId, QuotaId};
use billing::value::money::Money;
use billing::value::page::Slice;
use billing::value::time::Timestamp;
use serde::Serialize;

pub async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let Request { filter, indirect_partner_id, slice } = call.query(Request::read)?;

    let now = call.now();
    let coupons = call
        .read(async |books| {
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            books.coupons(&CouponList::Issued(partner), &filter, books.at(now), slice).await
        })
        .await?;

    Answer::ok(&Coupons {
        total_count: coupons.total_count,
        coupons: coupons.items.into_iter().map(Shown::from).collect(),
    })
}

struct Request {
    filter: CouponFilter,
    indirect_partner_id: Option<PartnerId>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        Ok(Self {
            filter: CouponFilter {
                kind: query.choice("kind", CouponKind::from_code)?,
                status: query.number_choice("status", CouponStatus::from_code)?,
                customer_id: query.value("customer_id")?.map(|id: CustomerId| id.to_string()),
                coupon_id: query.value("coupon_id")?.map(|id: CouponId| id.to_string()),
                ..CouponFilter::all()
            },
            indirect_partner_id: query.value("indirect_partner_id")?,
            slice: query.slice(10, 1..=100)?,
        })
    }
}

#[derive(Serialize)]
struct Coupons {
    total_count: u64,
    coupons: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    coupon_id: CouponId,
    kind: CouponKind,
    quota_id: QuotaId,
    customer_id: CustomerId,
    status: CouponStatus,
    face_value: Money,
    balance: Money,
    effective_time: Timestamp,
    expire_time: Timestamp,
    create_time: Timestamp,
    use_limits: Vec<UseLimit>,
    /// The order that keeps it, or the last one that it has paid for.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<String>,
}

impl From<ShownCoupon> for Shown {
    fn from(shown: ShownCoupon) -> Self {
        let ShownCoupon { coupon, balance, status, use_limits, order_id, .. } = shown;
        Self {
            kind: coupon.kind(),
            coupon_id: coupon.coupon_id,
            quota_id: coupon.quota_id,
            customer_id: coupon.customer_id,
            status,
            face_value: coupon.face_value.at_least_two_decimals(),
            balance,
            effective_time: coupon.effective_time,
            expire_time: coupon.expire_time,
            create_time: coupon.create_time,
            use_limits,
            order_id,
            memo: coupon.memo,
        }
    }
}
