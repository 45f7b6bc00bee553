//! List the coupon quotas that the calling partner, or one of its resellers, holds.
//!
//! `ListQuotaCoupons`, `POST /v2/partners/coupon-quotas/query`.

use billing::api::{Answer, PageRule, Refusal};
use billing::component::Call;
use billing::domain::bill::Measure;
use billing::domain::coupon::{HeldQuota, LimitInfo, QuotaFilter, QuotaStatus, QuotaType};
use billing::domain::error::Reason;
use billing::value::id::{PartnerId, QuotaId};
use billing::value::money::{Currency, Money};
use billing::value::text;
use billing::value::time::{Period, Timestamp};
use serde::{Deserialize, Serialize};

/// Most quotas that a request names.
const QUOTA_IDS_MAX: usize = 50;

/// Most statuses that a request names.
const STATUSES_MAX: usize = 5;

const PAGES: PageRule = PageRule { offset_max: 2_147_483_646, ..PageRule::USUAL };

billing::component! { POST ListQuotaCoupons => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: QueryCouponQuotasReq = call.body()?;

    let slice = PAGES.slice(request.offset, request.limit)?;
    let indirect_partner_id = request.indirect_partner_id.clone();
    let filter = request.filter()?;
    let now = call.now();
    let (now, quotas) = call
        .read(async |books| {
            let now = books.at(now);
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            let passes = |held: &HeldQuota| filter.passes(held, now);
            Ok((now, books.held_quotas(&partner, Some(passes), slice).await?))
        })
        .await?;

    Answer::ok(&ListQuotaCouponsResponse {
        total_count: quotas.total_count,
        quotas: quotas.items.into_iter().map(|held| QuotaInfo::new(held, now)).collect(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryCouponQuotasReq {
    quota_ids: Option<Vec<QuotaId>>,
    quota_status_list: Option<Vec<QuotaStatus>>,
    quota_type: Option<QuotaType>,
    create_time_begin: Option<Timestamp>,
    create_time_end: Option<Timestamp>,
    effective_time_begin: Option<Timestamp>,
    effective_time_end: Option<Timestamp>,
    expire_time_begin: Option<Timestamp>,
    expire_time_end: Option<Timestamp>,
    offset: Option<u32>,
    limit: Option<u32>,
    #[serde(default, deserialize_with = "text::optional")]
    indirect_partner_id: Option<PartnerId>,
}

impl QueryCouponQuotasReq {
    fn filter(self) -> Result<QuotaFilter, Reason> {
        let quota_ids = self.quota_ids.unwrap_or_default();
        if quota_ids.len() > QUOTA_IDS_MAX {
            let fault = format!("must name at most {QUOTA_IDS_MAX} quotas");
            return Err(Reason::field("quota_ids", fault));
        }
        let statuses = self.quota_status_list.unwrap_or_default();
        if statuses.len() > STATUSES_MAX {
            let fault = format!("must have at most {STATUSES_MAX} items");
            return Err(Reason::field("quota_status_list", fault));
        }
        if statuses.contains(&QuotaStatus::Reclaimed) {
            let fault = "has a status that no quota is shown with";
            return Err(Reason::field("quota_status_list", fault));
        }
        Ok(QuotaFilter {
            quota_type: self.quota_type.unwrap_or(QuotaType::Cash),
            quota_ids,
            statuses,
            created: Period::between(self.create_time_begin, self.create_time_end),
            effective: Period::between(self.effective_time_begin, self.effective_time_end),
            expires: Period::between(self.expire_time_begin, self.expire_time_end),
        })
    }
}

#[derive(Serialize)]
struct ListQuotaCouponsResponse {
    total_count: u64,
    quotas: Vec<QuotaInfo>,
}

#[derive(Serialize)]
struct QuotaInfo {
    quota_id: QuotaId,
    quota_type: QuotaType,
    create_time: Timestamp,
    last_update_time: Timestamp,
    quota_value: Money,
    quota_status: QuotaStatus,
    balance: Money,
    measure_id: Measure,
    currency: Currency,
    effective_time: Timestamp,
    expire_time: Timestamp,
    limit_infos: Vec<LimitInfo>,
}

impl QuotaInfo {
    fn new(held: HeldQuota, now: Timestamp) -> Self {
        let quota_status = held.status_for_holder(now);
        let HeldQuota { quota, balance } = held;
        Self {
            quota_id: quota.quota_id,
            quota_type: quota.quota_type,
            create_time: quota.create_time,
            last_update_time: quota.last_update_time,
            quota_value: quota.quota_value.at_least_two_decimals(),
            quota_status,
            balance: balance.at_least_two_decimals(),
            measure_id: Measure::Yuan,
            currency: balance.currency(),
            effective_time: quota.effective_time,
            expire_time: quota.expire_time,
            limit_infos: quota.limit_infos,
        }
    }
}
