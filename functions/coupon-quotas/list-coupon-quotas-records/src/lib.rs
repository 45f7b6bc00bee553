//! List the grants and reclaims of coupon quotas between the calling distributor and its resellers.
//!
//! `ListCouponQuotasRecords`, `GET /v2/partners/coupon-quotas/records`.

use billing::api::{Answer, PageRule, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::coupon::{OperationResult, QuotaRecord, QuotaRecordKind};
use billing::value::id::{PartnerId, QuotaId};
use billing::value::money::Money;
use billing::value::time::{Period, Timestamp};
use serde::Serialize;

/// Longest `operation_type`, in characters.
const OPERATION_TYPE_CHARACTERS_MAX: usize = 8;

billing::component! { GET ListCouponQuotasRecords => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().distributor()?;
    let (filter, slice) =
        call.query(|query| Ok((Filter::read(query)?, query.slice_by(&PageRule::USUAL)?)))?;

    let (operator, records) = call
        .read(async |books| {
            let distributor = books.partner(&caller.partner_id).await?;
            let operator = distributor.and_then(|distributor| distributor.account_name);
            let passes = filter.filters().then_some(|record: &QuotaRecord| filter.passes(record));
            let id = &caller.partner_id;
            Ok((operator, books.quota_records(id, passes, slice).await?))
        })
        .await?;

    let operator = operator.unwrap_or_else(|| caller.partner_id.to_string());
    let records_shown = records.items.into_iter().map(|record| Record::new(record, &operator));
    Answer::ok(&ListCouponQuotasRecordsResponse {
        total_count: records.total_count,
        records: records_shown.collect(),
    })
}

/// Which records are asked for. A reseller that is not the caller's has none here.
struct Filter {
    indirect_partner_id: Option<String>,
    quota_id: Option<String>,
    parent_quota_id: Option<String>,
    kind: Option<QuotaRecordKind>,
    time: Period,
}

impl Filter {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let begin = query.value("operation_time_begin")?;
        let end = query.value("operation_time_end")?;
        Ok(Self {
            indirect_partner_id: query.text("indirect_partner_id", Text::ID)?,
            quota_id: query.text("quota_id", Text::ID)?,
            parent_quota_id: query.text("parent_quota_id", Text::ID)?,
            kind: query.choice_or_ignored(
                "operation_type",
                OPERATION_TYPE_CHARACTERS_MAX,
                QuotaRecordKind::from_code,
            )?,
            time: Period::of_seconds(begin, end),
        })
    }

    fn filters(&self) -> bool {
        self.indirect_partner_id.is_some()
            || self.quota_id.is_some()
            || self.parent_quota_id.is_some()
            || self.kind.is_some()
            || self.time != Period::ALL
    }

    fn passes(&self, record: &QuotaRecord) -> bool {
        let QuotaRecord { holder, quota_id, parent_quota_id, .. } = record;
        let is = |asked: &Option<String>, id: &str| asked.as_ref().is_none_or(|it| it == id);
        is(&self.indirect_partner_id, holder.partner_id.as_str())
            && is(&self.quota_id, quota_id.as_str())
            && is(&self.parent_quota_id, parent_quota_id.as_str())
            && self.kind.is_none_or(|kind| kind == record.kind)
            && self.time.contains(record.transfer.time)
    }
}

#[derive(Serialize)]
struct ListCouponQuotasRecordsResponse {
    total_count: u64,
    records: Vec<Record>,
}

#[derive(Serialize)]
struct Record {
    id: String,
    /// Account name of the distributor, who alone grants and reclaims.
    operator: String,
    operation_type: QuotaRecordKind,
    quota_id: QuotaId,
    parent_quota_id: QuotaId,
    amount: Money,
    operation_time: Timestamp,
    result: OperationResult,
    #[serde(skip_serializing_if = "Option::is_none")]
    indirect_partner_account_name: Option<String>,
    indirect_partner_id: PartnerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    indirect_partner_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
}

impl Record {
    fn new(record: QuotaRecord, operator: &str) -> Self {
        let QuotaRecord { transfer_id, transfer, kind, quota_id, parent_quota_id, holder } = record;
        Self {
            id: transfer_id.to_string(),
            operator: operator.to_owned(),
            operation_type: kind,
            quota_id,
            parent_quota_id,
            amount: transfer.amount.at_least_two_decimals(),
            operation_time: transfer.time,
            result: OperationResult::Success,
            indirect_partner_account_name: holder.account_name,
            indirect_partner_id: holder.partner_id,
            indirect_partner_name: holder.name,
            remark: transfer.memo,
        }
    }
}
