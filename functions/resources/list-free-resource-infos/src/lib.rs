//! List the caller's resource packages, with what they still hold.
//!
//! `ListFreeResourceInfos`, `POST /v3/payments/free-resources/query`.

use billing::api::{Answer, PageRule, Refusal, fields};
use billing::component::Call;
use billing::domain::package::{
    BundleType, Package, PackageFilter, PackageItem, PackageSource, PackageStatus,
};
use billing::value::id::{CatalogueCode, OrderId, PackageId, PackageItemId, ProductId, TypeCode};
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest identity or code of a filter, in characters.
const CODE_CHARACTERS_MAX: usize = 64;

/// Longest name of a filter, in characters.
const NAME_CHARACTERS_MAX: usize = 256;

/// Most services of a filter.
const SERVICES_MAX: usize = 100;

const PAGE: PageRule = PageRule { offset_max: 999_999, limits: 1..=1_000, ..PageRule::USUAL };

billing::component! { POST ListFreeResourceInfos => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    call.language()?;
    let request: ListFreeResourceInfosReq = call.body()?;

    let slice = PAGE.slice(request.offset, request.limit)?;
    let filter = request.filter()?;
    let now = call.now();
    let response = call
        .read(async |books| {
            let now = books.at(now);
            let page = books.packages(&caller.customer_id, &filter, now, slice).await?;
            let shown = |package| FreeResourcePackage::new(package, now);
            Ok(ListFreeResourceInfosResponse {
                total_count: page.total_count,
                free_resource_packages: page.items.into_iter().map(shown).collect(),
            })
        })
        .await?;

    Answer::ok(&response)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListFreeResourceInfosReq {
    region_code: Option<String>,
    order_id: Option<String>,
    product_id: Option<String>,
    product_name: Option<String>,
    enterprise_project_id: Option<String>,
    status: Option<PackageStatus>,
    offset: Option<u32>,
    limit: Option<u32>,
    service_type_code_list: Option<Vec<String>>,
}

impl ListFreeResourceInfosReq {
    fn filter(self) -> Result<PackageFilter, Refusal> {
        let service_type_codes = self.service_type_code_list.unwrap_or_default();
        if service_type_codes.len() > SERVICES_MAX {
            let fault = format!("must have at most {SERVICES_MAX} items");
            return Err(Refusal::parameter("service_type_code_list", &fault));
        }
        let code = |name: &str, value| fields::filled(name, value, CODE_CHARACTERS_MAX);
        let project = code("enterprise_project_id", self.enterprise_project_id)?;
        Ok(PackageFilter {
            region_code: code("region_code", self.region_code)?,
            order_id: code("order_id", self.order_id)?,
            product_id: code("product_id", self.product_id)?,
            product_name: fields::filled("product_name", self.product_name, NAME_CHARACTERS_MAX)?,
            status: self.status,
            service_type_codes,
            leaves_nothing: project.is_some(),
        })
    }
}

#[derive(Serialize)]
struct ListFreeResourceInfosResponse {
    total_count: u64,
    free_resource_packages: Vec<FreeResourcePackage>,
}

#[derive(Serialize)]
struct FreeResourcePackage {
    order_instance_id: PackageId,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<OrderId>,
    product_id: ProductId,
    product_name: String,
    /// 0: usage of all enterprise projects.
    enterprise_project_scope: u8,
    effective_time: Timestamp,
    expire_time: Timestamp,
    status: PackageStatus,
    service_type_code: TypeCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region_code: Option<CatalogueCode>,
    source_type: PackageSource,
    bundle_type: BundleType,
    /// 1: what it holds comes back in each cycle. 2: it does not.
    quota_reuse_mode: u8,
    free_resources: Vec<FreeResource>,
}

#[derive(Serialize)]
struct FreeResource {
    free_resource_id: PackageItemId,
    usage_type_name: String,
    amount: String,
    original_amount: String,
    measure_id: u32,
}

impl FreeResourcePackage {
    fn new(package: Package, now: Timestamp) -> Self {
        let comes_back = |item: &PackageItem| item.quota_reuse_cycle.is_some();
        let quota_reuse_mode = if package.free_resources.iter().any(comes_back) { 1 } else { 2 };
        let item = |item: &PackageItem| FreeResource {
            free_resource_id: item.free_resource_id.clone(),
            usage_type_name: item.usage_type_name.clone(),
            amount: package.remaining(item, now).to_string(),
            original_amount: item.original_amount.to_string(),
            measure_id: item.measure_id,
        };
        let free_resources = package.free_resources.iter().map(item).collect();
        Self {
            status: package.status_at(now),
            source_type: package.source(),
            order_instance_id: package.order_instance_id,
            order_id: package.order_id,
            product_id: package.product_id,
            product_name: package.product_name,
            enterprise_project_scope: 0,
            effective_time: package.effective_time,
            expire_time: package.expire_time,
            service_type_code: package.service_type_code,
            service_type_name: package.service_type_name,
            region_code: package.region_code,
            bundle_type: package.bundle_type.unwrap_or(BundleType::Atomic),
            quota_reuse_mode,
            free_resources,
        }
    }
}
