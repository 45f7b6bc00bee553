//! List what the bandwidth of the calling customer's resources comes to that is billed by its 95th
//! percentile.
//!
//! `ListResourceUsageSummary`, `GET /v2/bills/customer-bills/resources/usage/summary`.

use billing::api::{Answer, Query, Refusal, bills};
use billing::component::Call;
use billing::domain::bandwidth::{self, PeakKind, PeakMonth, PeakUsage};
use billing::value::id::ResourceId;
use billing::value::page::Slice;
use billing::value::time::Month;
use serde::Serialize;

billing::component! { GET ListResourceUsageSummary => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let Request { bill_cycle, kind, slice } = call.query(Request::read)?;
    bills::check_age("bill_cycle", bill_cycle, call.now(), bills::BILL_AGE_MONTHS_MAX)?;

    let now = call.now();
    let customer = &caller.customer_id;
    let (total_count, infos) = call
        .read(async |books| {
            let is_billed = bandwidth::is_billed(bill_cycle, books.at(now));
            let page = books.peak_resources(customer, bill_cycle, kind, slice).await?;
            let mut infos = Vec::with_capacity(page.items.len());
            for resource in page.items {
                let month = if is_billed {
                    PeakMonth::of(&books.peak_days(customer, bill_cycle, kind, &resource).await?)
                } else {
                    None
                };
                infos.push(StatUsageSummaryInfo::new(resource, month, kind));
            }
            Ok((page.total_count, infos))
        })
        .await?;

    Answer::ok(&ListResourceUsageSummaryResponse { total_count, summary_usage_info_list: infos })
}

struct Request {
    bill_cycle: Month,
    kind: PeakKind,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        Ok(Self {
            bill_cycle: query.required("bill_cycle")?,
            kind: bills::peak_kind(query)?,
            slice: query.slice(10, 1..=1_000)?,
        })
    }
}

#[derive(Serialize)]
struct ListResourceUsageSummaryResponse {
    total_count: u64,
    summary_usage_info_list: Vec<StatUsageSummaryInfo>,
}

/// Of a month that is not billed yet, the resource alone.
#[derive(Serialize)]
struct StatUsageSummaryInfo {
    resource_id: ResourceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    actual_days: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    band_width: Option<String>,
    /// Of the enhanced kind only.
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_peak_band_width: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    band_width_measure_id: Option<u32>,
}

impl StatUsageSummaryInfo {
    fn new(resource_id: ResourceId, month: Option<PeakMonth>, kind: PeakKind) -> Self {
        let month = month.as_ref();
        let enhanced = month.filter(|_| kind.usage_type == PeakUsage::Enhanced);
        Self {
            resource_id,
            actual_days: month.map(|month| month.actual_days.clone()),
            band_width: month.map(|month| month.band_width.to_string()),
            monthly_peak_band_width: enhanced.map(|month| month.peak.to_string()),
            band_width_measure_id: month.map(|month| month.measure_id),
        }
    }
}
