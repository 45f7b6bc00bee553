//! List the coupon quotas that the calling partner, or one of its resellers, holds, with their kinds.
//!
//! `GET /partner-centre/v1/quotas`.

use billing::api::{Answer, Query, Refusal};
use billing::component::Call;
use billing::domain::coupon::{CouponKind, HeldQuota, LimitInfo, QuotaStatus};
use billing::value::id::{PartnerId, QuotaId};
use billing::value::money::Money;
use billing::value::page::Slice;
use billing::value::time::Timestamp;
use serde::Serialize;

billing::partner_centre! { GET => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let Request { kind, indirect_partner_id, slice } = call.query(Request::read)?;

    let now = call.now();
    let (now, quotas) = call
        .read(async |books| {
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            let passes = kind.map(|kind| move |held: &HeldQuota| held.quota.kind() == kind);
            Ok((books.at(now), books.held_quotas(&partner, passes, slice).await?))
        })
        .await?;

    Answer::ok(&Quotas {
        total_count: quotas.total_count,
        quotas: quotas.items.into_iter().map(|held| Shown::new(held, now)).collect(),
    })
}

struct Request {
    kind: Option<CouponKind>,
    indirect_partner_id: Option<PartnerId>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        Ok(Self {
            kind: query.choice("kind", CouponKind::from_code)?,
            indirect_partner_id: query.value("indirect_partner_id")?,
            slice: query.slice(10, 1..=100)?,
        })
    }
}

#[derive(Serialize)]
struct Quotas {
    total_count: u64,
    quotas: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    quota_id: QuotaId,
    kind: CouponKind,
    /// The quota of the distributor that it was granted from.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_quota_id: Option<QuotaId>,
    quota_value: Money,
    balance: Money,
    quota_status: QuotaStatus,
    effective_time: Timestamp,
    expire_time: Timestamp,
    create_time: Timestamp,
    limit_infos: Vec<LimitInfo>,
}

impl Shown {
    fn new(held: HeldQuota, now: Timestamp) -> Self {
        let quota_status = held.status_for_holder(now);
        let HeldQuota { quota, balance } = held;
        Self {
            kind: quota.kind(),
            quota_id: quota.quota_id,
            parent_quota_id: quota.parent_quota_id,
            quota_value: quota.quota_value.at_least_two_decimals(),
            balance: balance.at_least_two_decimals(),
            quota_status,
            effective_time: quota.effective_time,
            expire_time: quota.expire_time,
            create_time: quota.create_time,
            limit_infos: quota.limit_infos,
        }
    }
}
