//! Transfer part of a coupon of the calling master to a member.
//!
//! `ClaimEnterpriseMultiAccountCoupon`, `POST /v2/enterprises/multi-accounts/transfer-coupon`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::operations::move_enterprise_coupons::{self, TransferCoupon};
use billing::value::id::{CouponId, CustomerId, TransId};
use billing::value::money::{Money, decimal_string};
use billing::value::text;
use serde::{Deserialize, Serialize};

billing::component! { POST ClaimEnterpriseMultiAccountCoupon => transfer }

async fn transfer(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let request: TransferEnterpriseMultiAccountCouponReq = call.body()?;

    let order = TransferCoupon::check(
        caller.clone(),
        request.customer_id,
        request.coupon_id,
        request.amount,
        request.trans_id,
    )?;
    let random = call.random();
    let outcome = call
        .update(async |books| {
            let sub_coupon_id = move_enterprise_coupons::transfer(books, &order, &random).await?;
            Answer::ok(&ClaimEnterpriseMultiAccountCouponResponse { sub_coupon_id })
        })
        .await;

    outcome.map_err(|refusal| refusal.contended_as(Reason::CouponBusy))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TransferEnterpriseMultiAccountCouponReq {
    customer_id: CustomerId,
    coupon_id: CouponId,
    #[serde(deserialize_with = "decimal_string::required")]
    amount: Money,
    #[serde(default, deserialize_with = "text::optional")]
    trans_id: Option<TransId>,
}

#[derive(Serialize)]
struct ClaimEnterpriseMultiAccountCouponResponse {
    sub_coupon_id: CouponId,
}
