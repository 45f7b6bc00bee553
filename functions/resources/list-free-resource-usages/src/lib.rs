//! What items of the caller's resource packages hold in their current cycle.
//!
//! `ListFreeResourceUsages`, `POST /v2/payments/free-resources/usages/details/query`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::package::{Package, PackageItem, ReuseCycle, ReuseCycleType, Window};
use billing::value::id::{PackageItemId, distinct};
use billing::value::money::Quantity;
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Most items of one request.
const ITEMS_MAX: usize = 100;

/// How long an expired package is still answered, in months.
const EXPIRED_MONTHS_MAX: u32 = 18;

billing::component! { POST ListFreeResourceUsages => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    call.language()?;
    let ListFreeResourceUsagesReq { free_resource_ids: ids } = call.body()?;
    if !(1..=ITEMS_MAX).contains(&ids.len()) || !distinct(&ids) {
        let fault = format!("must be 1 to {ITEMS_MAX} different ones");
        return Err(Refusal::parameter("free_resource_ids", &fault));
    }

    let now = call.now();
    let free_resources = call
        .read(async |books| {
            let now = books.at(now);
            let packages = books.packages_of_items(&caller.customer_id, &ids).await?;
            Ok(ids.iter().filter_map(|id| FreeResourceDetail::find(id, &packages, now)).collect())
        })
        .await?;

    Answer::ok(&ListFreeResourceUsagesResponse { free_resources })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListFreeResourceUsagesReq {
    free_resource_ids: Vec<PackageItemId>,
}

#[derive(Serialize)]
struct ListFreeResourceUsagesResponse {
    /// In the order asked for, without those that are unknown.
    free_resources: Vec<FreeResourceDetail>,
}

#[derive(Serialize)]
struct FreeResourceDetail {
    free_resource_id: PackageItemId,
    free_resource_type_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    quota_reuse_cycle: Option<ReuseCycle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quota_reuse_cycle_type: Option<ReuseCycleType>,
    usage_type_name: String,
    start_time: Timestamp,
    end_time: Timestamp,
    amount: Quantity,
    original_amount: Quantity,
    measure_id: u32,
}

impl FreeResourceDetail {
    fn find(id: &PackageItemId, packages: &[Package], now: Timestamp) -> Option<Self> {
        let listed_since = now.months_before(EXPIRED_MONTHS_MAX);
        let packages = packages.iter().filter(|package| package.expire_time >= listed_since);
        packages
            .flat_map(|package| package.free_resources.iter().map(move |item| (package, item)))
            .find(|(_, item)| item.free_resource_id == *id)
            .map(|(package, item)| Self::new(package, item, now))
    }

    fn new(package: &Package, item: &PackageItem, now: Timestamp) -> Self {
        let Window { start_time, end_time } = package.window(item, now);
        let counted_from = item.quota_reuse_cycle_type.unwrap_or(ReuseCycleType::Calendar);
        Self {
            free_resource_id: item.free_resource_id.clone(),
            free_resource_type_name: item.free_resource_type_name.clone(),
            quota_reuse_cycle: item.quota_reuse_cycle,
            quota_reuse_cycle_type: item.quota_reuse_cycle.map(|_| counted_from),
            usage_type_name: item.usage_type_name.clone(),
            start_time,
            end_time,
            amount: package.remaining(item, now),
            original_amount: item.original_amount,
            measure_id: item.measure_id,
        }
    }
}
