//! List the coupon quotas that the calling distributor has given to its resellers.
//!
//! `ListIssuedCouponQuotas`, `GET /v2/partners/issued-coupon-quotas`.

use billing::api::{Answer, Literal, PageRule, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::bill::Measure;
use billing::domain::coupon::{GrantedQuota, HeldQuota, LimitInfo, QuotaStatus, QuotaType};
use billing::value::id::{PartnerId, QuotaId};
use billing::value::money::{Currency, Money};
use billing::value::time::Timestamp;
use serde::Serialize;

billing::component! { GET ListIssuedCouponQuotas => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().distributor()?;
    let (filter, slice) =
        call.query(|query| Ok((Filter::read(query)?, query.slice_by(&PageRule::USUAL)?)))?;
    let now = call.now();

    let (now, quotas) = call
        .read(async |books| {
            let passes =
                filter.filters().then_some(|granted: &GrantedQuota| filter.passes(granted));
            let quotas = books.granted_quotas(&caller.partner_id, passes, slice).await?;
            Ok((books.at(now), quotas))
        })
        .await?;

    Answer::ok(&ListIssuedCouponQuotasResponse {
        total_count: quotas.total_count,
        quotas: quotas.items.into_iter().map(|granted| IssuedQuota::new(granted, now)).collect(),
    })
}

/// Which quotas are asked for. A reseller that is not the caller's has none here.
struct Filter {
    quota_id: Option<String>,
    indirect_partner_id: Option<String>,
    parent_quota_id: Option<String>,
}

impl Filter {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let parent = Text { empty: Literal::Value, ..Text::ID };
        Ok(Self {
            quota_id: query.text("quota_id", Text::ID)?,
            indirect_partner_id: query.text("indirect_partner_id", Text::ID)?,
            parent_quota_id: query.text("parent_quota_id", parent)?,
        })
    }

    fn filters(&self) -> bool {
        self.quota_id.is_some()
            || self.indirect_partner_id.is_some()
            || self.parent_quota_id.is_some()
    }

    fn passes(&self, granted: &GrantedQuota) -> bool {
        let quota = &granted.held.quota;
        let parent = quota.parent_quota_id.as_ref();
        let is_parent = |id: &String| parent.is_some_and(|parent| id == parent.as_str());
        self.quota_id.as_ref().is_none_or(|id| id == quota.quota_id.as_str())
            && self.indirect_partner_id.as_ref().is_none_or(|id| id == quota.partner_id.as_str())
            && self.parent_quota_id.as_ref().is_none_or(is_parent)
    }
}

#[derive(Serialize)]
struct ListIssuedCouponQuotasResponse {
    total_count: u64,
    quotas: Vec<IssuedQuota>,
}

#[derive(Serialize)]
struct IssuedQuota {
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
    indirect_partner_id: PartnerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    indirect_partner_account_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    indirect_partner_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_quota_id: Option<QuotaId>,
}

impl IssuedQuota {
    fn new(granted: GrantedQuota, now: Timestamp) -> Self {
        let GrantedQuota { held: HeldQuota { quota, balance }, holder } = granted;
        Self {
            quota_status: quota.status_at(now),
            quota_id: quota.quota_id,
            quota_type: quota.quota_type,
            create_time: quota.create_time,
            last_update_time: quota.last_update_time,
            quota_value: quota.quota_value.at_least_two_decimals(),
            balance: balance.at_least_two_decimals(),
            measure_id: Measure::Yuan,
            currency: balance.currency(),
            effective_time: quota.effective_time,
            expire_time: quota.expire_time,
            limit_infos: quota.limit_infos,
            indirect_partner_id: holder.partner_id,
            indirect_partner_account_name: holder.account_name,
            indirect_partner_name: holder.name,
            parent_quota_id: quota.parent_quota_id,
        }
    }
}
