//! List what a partner, or a reseller it acts for, has allocated and taken back.
//!
//! `ListPartnerAdjustRecords`, `GET /v3/accounts/partner-accounts/adjust-records`.

use billing::api::{Answer, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::account::statement::{AdjustFilter, AdjustType};
use billing::domain::bill::Measure;
use billing::operations::statements::{self, AdjustRecord, Receiver};
use billing::value::id::PartnerId;
use billing::value::money::Currency;
use billing::value::page::Slice;
use billing::value::time::{Period, Timestamp};
use serde::Serialize;

billing::component! { GET ListPartnerAdjustRecords => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let Request { filter, indirect_partner_id, slice } = call.query(Request::read)?;

    let records = call
        .read(async |books| {
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;

            statements::adjust_records(books, &partner, &filter, slice).await
        })
        .await?;

    Answer::ok(&ListPartnerAdjustRecordsResponse {
        records: records.items.into_iter().map(AdjustRecordV3::from).collect(),
        total_count: records.total_count,
    })
}

struct Request {
    filter: AdjustFilter,
    indirect_partner_id: Option<PartnerId>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let begin: Option<Timestamp> = query.value("operation_time_begin")?;
        let end: Option<Timestamp> = query.value("operation_time_end")?;
        if let (Some(begin), Some(end)) = (begin, end)
            && end < begin
        {
            let fault = "must not be before operation_time_begin";
            return Err(Refusal::parameter("operation_time_end", fault));
        }
        Ok(Self {
            filter: AdjustFilter {
                customer_id: query.text("customer_id", Text::ANY)?,
                operation_type: query.choice("operation_type", AdjustType::from_code)?,
                trans_id: query.text("trans_id", Text::ANY)?,
                period: Period::of_seconds(begin, end),
            },
            indirect_partner_id: query.value("indirect_partner_id")?,
            slice: query.slice(10, 1..=100)?,
        })
    }
}

#[derive(Serialize)]
struct ListPartnerAdjustRecordsResponse {
    records: Vec<AdjustRecordV3>,
    total_count: u64,
}

/// The ledger keeps no `apply_scene`.
#[derive(Serialize)]
struct AdjustRecordV3 {
    /// A customer, or a reseller.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_type: Option<AdjustType>,
    amount: String,
    currency: Currency,
    operation_time: Timestamp,
    measure_id: Measure,
    trans_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<String>,
}

impl From<AdjustRecord> for AdjustRecordV3 {
    fn from(record: AdjustRecord) -> Self {
        let AdjustRecord { transfer_id, transfer, operation_type, receiver } = record;
        let (customer_id, customer_name) = match receiver {
            Some(Receiver { id, name, .. }) => (Some(id), name),
            None => (None, None),
        };
        Self {
            customer_id,
            customer_name,
            operation_type,
            amount: transfer.amount.at_least_two_decimals().to_string(),
            currency: transfer.amount.currency(),
            operation_time: transfer.time,
            measure_id: Measure::Yuan,
            trans_id: transfer_id.to_string(),
            memo: transfer.memo,
        }
    }
}
