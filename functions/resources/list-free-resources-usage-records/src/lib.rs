//! List what was taken from the caller's resource packages.
//!
//! `ListFreeResourcesUsageRecords`, `GET /v2/bills/customer-bills/free-resources-usage-records`.

use billing::api::{Answer, PageRule, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::package::{Package, PackageItem, PackageUse, UseFilter};
use billing::value::id::{CatalogueCode, PackageItemId, ProductId, TypeCode};
use billing::value::page::Slice;
use billing::value::time::{Date, Period, Timestamp};
use serde::Serialize;

/// Most days between the first and the last one.
const DAYS_MAX: u32 = 90;

const PAGES: PageRule =
    PageRule { offset_max: 2_147_483_647, limits: 1..=1_000, ..PageRule::USUAL };

billing::component! { GET ListFreeResourcesUsageRecords => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let Request { period, filter, slice } = call.query(Request::read)?;

    let page = call
        .read(async |books| books.package_uses(&caller.customer_id, period, &filter, slice).await)
        .await?;

    Answer::ok(&ListFreeResourcesUsageRecordsResponse {
        total_count: page.total_count,
        free_resource_records: page.items.into_iter().map(FreeResourceRecord::from).collect(),
    })
}

struct Request {
    period: Period,
    filter: UseFilter,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let first: Date = query.required("deduct_time_begin")?;
        let last: Date = query.required("deduct_time_end")?;
        if last < first || first.days_until(last) > DAYS_MAX {
            let fault = format!("must be at most {DAYS_MAX} days after deduct_time_begin");
            return Err(Refusal::parameter("deduct_time_end", &fault));
        }
        Ok(Self {
            period: Period::of_dates_utc_plus_8(first, last),
            filter: UseFilter {
                free_resource_id: query.text("free_resource_id", Text::ID)?,
                product_id: query.text("product_id", Text::ID)?,
                resource_type_code: query.text("resource_type_code", Text::ID)?,
            },
            slice: query.slice_by(&PAGES)?,
        })
    }
}

#[derive(Serialize)]
struct ListFreeResourcesUsageRecordsResponse {
    total_count: u64,
    free_resource_records: Vec<FreeResourceRecord>,
}

#[derive(Serialize)]
struct FreeResourceRecord {
    deduct_time: Timestamp,
    free_resource_id: PackageItemId,
    resource_id: String,
    resource_type_code: TypeCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_tag: Option<String>,
    product_id: ProductId,
    product_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_type_code: Option<CatalogueCode>,
    available_amount: String,
    remaining_amount: String,
    used_amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    measure_id: Option<u32>,
    effective_time: Timestamp,
    expire_time: Timestamp,
}

impl From<(PackageUse, Package)> for FreeResourceRecord {
    fn from((used, package): (PackageUse, Package)) -> Self {
        let is_it = |item: &&PackageItem| item.free_resource_id == used.free_resource_id;
        let item = package.free_resources.iter().find(is_it);
        Self {
            usage_type_code: item.map(|item| item.usage_type_code.clone()),
            measure_id: item.map(|item| item.measure_id),
            available_amount: used.available_amount.to_string(),
            remaining_amount: used.remaining_amount().to_string(),
            used_amount: used.used_amount.to_string(),
            deduct_time: used.deduct_time,
            free_resource_id: used.free_resource_id,
            resource_id: used.resource_id,
            resource_type_code: used.resource_type_code,
            resource_type_name: used.resource_type_name,
            resource_tag: used.resource_tag,
            product_id: package.product_id,
            product_name: package.product_name,
            effective_time: package.effective_time,
            expire_time: package.expire_time,
        }
    }
}
