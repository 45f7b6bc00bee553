//! Take back all that is left of a coupon that the calling master has transferred to a member.
//!
//! `ReclaimEnterpriseMultiAccountCoupon`, `POST /v2/enterprises/multi-accounts/retrieve-coupon`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::move_enterprise_coupons::{self, RetrieveCoupon};
use billing::value::id::{CouponId, CustomerId, TransId};
use billing::value::text;
use serde::{Deserialize, Serialize};

billing::component! { POST ReclaimEnterpriseMultiAccountCoupon => retrieve }

async fn retrieve(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let request: RetrieveEnterpriseMultiAccountCouponReq = call.body()?;

    let order = RetrieveCoupon {
        caller: caller.clone(),
        member_id: request.customer_id,
        coupon_id: request.coupon_id,
        sub_coupon_id: request.sub_coupon_id,
        trans_id: request.trans_id,
    };
    call.update(async |books| {
        let retrieved = move_enterprise_coupons::retrieve(books, &order).await?;
        let real_retrieve_amout = retrieved.at_least_two_decimals().to_string();
        Answer::ok(&ReclaimEnterpriseMultiAccountCouponResponse { real_retrieve_amout })
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetrieveEnterpriseMultiAccountCouponReq {
    customer_id: CustomerId,
    coupon_id: CouponId,
    sub_coupon_id: CouponId,
    #[serde(default, deserialize_with = "text::optional")]
    trans_id: Option<TransId>,
}

#[derive(Serialize)]
struct ReclaimEnterpriseMultiAccountCouponResponse {
    /// The contract's spelling.
    real_retrieve_amout: String,
}
