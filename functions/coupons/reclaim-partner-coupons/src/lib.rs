//! Reclaim a coupon: what is left of it goes back to the quota it was issued from.
//!
//! `ReclaimPartnerCoupons`, `POST /v2/promotions/benefits/partner-coupons/reclaim`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::operations::reclaim_coupon::{self, CouponReclaim, ReclaimCoupon};
use billing::value::id::CouponId;
use serde::Deserialize;

billing::component! { POST ReclaimPartnerCoupons => reclaim }

async fn reclaim(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let ReclaimPartnerCouponsReq { coupon_id, indirect_partner_id } = call.body()?;

    let order = ReclaimCoupon::check(caller.clone(), coupon_id, indirect_partner_id)?;
    call.update(async |books| {
        match reclaim_coupon::reclaim_coupon(books, &order).await? {
            CouponReclaim::Reclaimed(_) => Ok(Answer::no_content()),
            // Not what was asked for; but its value is back in the quota, and that stands.
            CouponReclaim::Expired(_) => {
                Ok(Refusal::from(Reason::CouponNotReclaimable).into_answer())
            }
        }
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReclaimPartnerCouponsReq {
    coupon_id: CouponId,
    indirect_partner_id: Option<String>,
}
