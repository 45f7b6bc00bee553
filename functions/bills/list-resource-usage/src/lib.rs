//! List the bandwidth of one of the calling customer's resources that is billed by its 95th
//! percentile, as it was measured every five minutes.
//!
//! `ListResourceUsage`, `GET /v2/bills/customer-bills/resources/usage/details`.

use billing::api::{Answer, Query, Refusal, bills};
use billing::component::Call;
use billing::domain::bandwidth::{self, PeakKind, PeakMonth, PeakUsage, UsageDay};
use billing::value::id::ResourceId;
use billing::value::page::{Page, Slice};
use billing::value::time::{Month, Timestamp};
use serde::Serialize;

billing::component! { GET ListResourceUsage => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let Request { bill_cycle, kind, resource_id, slice } = call.query(Request::read)?;
    bills::check_age("bill_cycle", bill_cycle, call.now(), bills::BILL_AGE_MONTHS_MAX)?;

    let now = call.now();
    let customer = &caller.customer_id;
    let (is_billed, days) = call
        .read(async |books| {
            let days = books.peak_days(customer, bill_cycle, kind, &resource_id).await?;
            Ok((bandwidth::is_billed(bill_cycle, books.at(now)), days))
        })
        .await?;

    let month = PeakMonth::of(&days).filter(|_| is_billed);
    let month = month.as_ref();
    let enhanced = month.filter(|_| kind.usage_type == PeakUsage::Enhanced);
    let Page { total_count, items } =
        Page::of(days.iter().flat_map(StatUsageInfo::of).collect(), slice);
    Answer::ok(&ListResourceUsageResponse {
        actual_days: month.map(|month| month.actual_days.clone()),
        band_width: month.map(|month| month.band_width.to_string()),
        monthly_peak_band_width: enhanced.map(|month| month.peak.to_string()),
        band_width_measure_id: month.map(|month| month.measure_id),
        total_count,
        usage_info_list: items,
    })
}

struct Request {
    bill_cycle: Month,
    kind: PeakKind,
    resource_id: ResourceId,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        Ok(Self {
            bill_cycle: query.required("bill_cycle")?,
            kind: bills::peak_kind(query)?,
            resource_id: query.required("resource_id")?,
            slice: query.slice(10, 1..=1_000)?,
        })
    }
}

/// Of a month that is not billed yet, what was measured alone.
#[derive(Serialize)]
struct ListResourceUsageResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    actual_days: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    band_width: Option<String>,
    /// Of the enhanced kind only.
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_peak_band_width: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    band_width_measure_id: Option<u32>,
    total_count: u64,
    usage_info_list: Vec<StatUsageInfo>,
}

#[derive(Serialize)]
struct StatUsageInfo {
    stat_time: Timestamp,
    usage: String,
    measure_id: u32,
}

impl StatUsageInfo {
    /// Those of a day.
    fn of(day: &UsageDay) -> impl Iterator<Item = Self> + '_ {
        day.measured().map(|(stat_time, usage)| Self {
            stat_time,
            usage: usage.to_string(),
            measure_id: day.measure_id,
        })
    }
}
