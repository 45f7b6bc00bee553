//! Reclaim coupon quotas: take back what resellers have not issued of the quotas given to them.
//!
//! `ReclaimCouponQuotas`, `POST /v2/partners/coupon-quotas/indirect-partner-reclaim`.

use billing::api::{Answer, ErrorDetail, Refusal};
use billing::component::Call;
use billing::operations::reclaim_quotas::{self, ReclaimQuotas, Reclaimed};
use billing::value::id::QuotaId;
use billing::value::money::Money;
use serde::{Deserialize, Serialize};

billing::component! { POST ReclaimCouponQuotas => reclaim }

async fn reclaim(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().distributor()?;
    let ReclaimCouponQuotasReq { quota_ids, remark } = call.body()?;

    let order = ReclaimQuotas::check(caller.clone(), quota_ids, remark)?;
    call.update(async |books| {
        let reclaimed = reclaim_quotas::reclaim_quotas(books, &order).await?;
        Answer::ok(&ReclaimCouponQuotasResponse::from(reclaimed))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReclaimCouponQuotasReq {
    quota_ids: Vec<QuotaId>,
    remark: Option<String>,
}

#[derive(Default, Serialize)]
struct ReclaimCouponQuotasResponse {
    error_details: Vec<ErrorDetail>,
    simple_quota_infos: Vec<QuotaReclaim>,
}

#[derive(Serialize)]
struct QuotaReclaim {
    quota_id: QuotaId,
    quota_balance: Money,
}

impl From<Vec<Reclaimed>> for ReclaimCouponQuotasResponse {
    fn from(reclaimed: Vec<Reclaimed>) -> Self {
        let mut response = Self::default();
        for Reclaimed { quota_id, outcome } in reclaimed {
            match outcome {
                Ok(quota_balance) => {
                    response.simple_quota_infos.push(QuotaReclaim { quota_id, quota_balance });
                }
                Err(reason) => {
                    response.error_details.push(ErrorDetail::new(quota_id.as_str(), &reason));
                }
            }
        }
        response
    }
}
