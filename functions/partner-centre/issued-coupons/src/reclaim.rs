//! Reclaim coupons: one result for each, in their order.
//!
//! `PUT /partner-centre/v1/issued-coupons`.

use crate::failure;
use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::batch_coupons::{self, ReclaimBatch, ReclaimedCoupon};
use billing::value::id::{CouponId, PartnerId};
use billing::value::money::Money;
use billing::value::text;
use serde::{Deserialize, Serialize};

pub async fn reclaim(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let Reclaiming { coupon_ids, indirect_partner_id } = call.body()?;

    let batch = ReclaimBatch::check(caller.clone(), coupon_ids, indirect_partner_id)?;
    call.update(async |books| {
        let reclaimed = batch_coupons::reclaim_batch(books, &batch).await?;
        Answer::ok(&Results { results: reclaimed.into_iter().map(Shown::from).collect() })
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reclaiming {
    coupon_ids: Vec<CouponId>,
    #[serde(default, deserialize_with = "text::optional")]
    indirect_partner_id: Option<PartnerId>,
}

#[derive(Serialize)]
struct Results {
    results: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    coupon_id: CouponId,
    /// What went back to its quota.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_msg: Option<String>,
}

impl From<ReclaimedCoupon> for Shown {
    fn from(ReclaimedCoupon { coupon_id, outcome }: ReclaimedCoupon) -> Self {
        let (amount, (error_code, error_msg)) = match outcome {
            Ok(amount) => (Some(amount), (None, None)),
            Err(reason) => (None, failure(&reason)),
        };
        Self { coupon_id, amount, error_code, error_msg }
    }
}
