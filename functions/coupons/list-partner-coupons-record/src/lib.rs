//! List the issues and returns of coupons of the calling partner, or of one of its resellers.
//!
//! `ListPartnerCouponsRecord`, `GET /v2/promotions/benefits/partner-coupons/records/query`.

use billing::api::{Answer, Literal, PageRule, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::coupon::{
    CouponRecord, CouponRecordKind, OperationResult, QuotaType, RecordFilter,
};
use billing::value::id::{CouponId, CustomerId, PartnerId, QuotaId};
use billing::value::money::Money;
use billing::value::page::Slice;
use billing::value::time::{Period, Timestamp};
use serde::Serialize;

/// Most values of `operation_types`.
const OPERATION_TYPES_MAX: usize = 8;

/// Most values of `coupon_ids`.
const COUPON_IDS_MAX: usize = 100;

/// Longest value of `result` that is ignored and not refused, in characters.
const RESULT_CHARACTERS_MAX: usize = 256;

const PAGES: PageRule =
    PageRule { offset_max: 2_147_483_646, null: Literal::Absent, ..PageRule::USUAL };

billing::component! { GET ListPartnerCouponsRecord => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request = call.query(Request::read)?;

    let Request { filter, indirect_partner_id, slice } = request;
    let records = call
        .read(async |books| {
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            books.coupon_records(&partner, &filter, slice).await
        })
        .await?;

    Answer::ok(&ListPartnerCouponsRecordResponse {
        total_count: records.total_count,
        records: records.items.into_iter().map(Record::from).collect(),
    })
}

struct Request {
    filter: RecordFilter,
    indirect_partner_id: Option<PartnerId>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let kinds = CouponRecordKind::from_code;
        let quota_type = query.number_choice("quota_type", QuotaType::from_code)?;
        let begin = query.value("operation_time_begin")?;
        let end = query.value("operation_time_end")?;
        let result = OperationResult::from_code;
        Ok(Self {
            filter: RecordFilter {
                kinds: query.choices("operation_types", OPERATION_TYPES_MAX, kinds)?,
                quota_id: query.text("quota_id", Text::ID)?,
                coupon_type: quota_type.map(Into::into),
                coupon_ids: query.texts("coupon_ids", COUPON_IDS_MAX, Text::ID)?,
                customer_id: query.text("customer_id", Text::ID)?,
                time: Period::between(begin, end),
                result: query.choice_or_ignored("result", RESULT_CHARACTERS_MAX, result)?,
            },
            indirect_partner_id: query.value("indirect_partner_id")?,
            slice: query.slice_by(&PAGES)?,
        })
    }
}

#[derive(Serialize)]
struct ListPartnerCouponsRecordResponse {
    total_count: u64,
    records: Vec<Record>,
}

#[derive(Serialize)]
struct Record {
    id: String,
    operation_type: CouponRecordKind,
    quota_id: QuotaId,
    quota_type: QuotaType,
    coupon_id: CouponId,
    customer_id: CustomerId,
    operation_amount: Money,
    operation_time: Timestamp,
    result: OperationResult,
    /// What the issuer noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
}

impl From<CouponRecord> for Record {
    fn from(record: CouponRecord) -> Self {
        let CouponRecord { transfer_id, transfer, kind, coupon } = record;
        Self {
            id: transfer_id.to_string(),
            operation_type: kind,
            quota_id: coupon.quota_id,
            quota_type: coupon.coupon_type.into(),
            coupon_id: coupon.coupon_id,
            customer_id: coupon.customer_id,
            operation_amount: transfer.amount.at_least_two_decimals(),
            operation_time: transfer.time,
            result: OperationResult::Success,
            remark: coupon.memo.filter(|_| kind == CouponRecordKind::Issue),
        }
    }
}
