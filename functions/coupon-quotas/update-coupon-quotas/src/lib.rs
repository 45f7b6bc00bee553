//! Grant coupon quotas: give each of some resellers a part of a quota of its own.
//!
//! `UpdateCouponQuotas`, `POST /v2/partners/coupon-quotas/indirect-partner-adjust`.

use billing::api::{Answer, ErrorDetail, Refusal};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::operations::grant_quotas::{self, GrantQuotas, Receiver};
use billing::value::id::{PartnerId, QuotaId};
use billing::value::money::Money;
use serde::{Deserialize, Serialize};

billing::component! { POST UpdateCouponQuotas => grant }

async fn grant(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().distributor()?;
    let AdjustCouponQuotasReq { quota_id, indirect_partner_ids, quota_amount } = call.body()?;

    let order = GrantQuotas::check(caller.clone(), quota_id, indirect_partner_ids, quota_amount)?;
    let randoms = call.randoms(order.quotas_max());
    call.update(async |books| {
        let granted = grant_quotas::grant_quotas(books, &order, &randoms).await?;
        let simple_quota_infos = granted.into_iter().map(QuotaSimpleInfo::from).collect();
        Answer::ok(&UpdateCouponQuotasResponse { error_details: Vec::new(), simple_quota_infos })
    })
    .await
    .map_err(|refusal| refusal.contended_as(Reason::QuotaBusy))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdjustCouponQuotasReq {
    quota_id: QuotaId,
    indirect_partner_ids: Vec<PartnerId>,
    quota_amount: Money,
}

#[derive(Serialize)]
struct UpdateCouponQuotasResponse {
    /// Resellers that left the distributor; in these books none leaves.
    error_details: Vec<ErrorDetail>,
    simple_quota_infos: Vec<QuotaSimpleInfo>,
}

/// A quota and, as `id`, the reseller it went to.
#[derive(Serialize)]
struct QuotaSimpleInfo {
    id: PartnerId,
    quota_id: QuotaId,
}

impl From<Receiver> for QuotaSimpleInfo {
    fn from(receiver: Receiver) -> Self {
        Self { id: receiver.indirect_partner_id, quota_id: receiver.quota_id }
    }
}
