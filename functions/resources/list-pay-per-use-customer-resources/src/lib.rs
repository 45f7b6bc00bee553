//! List yearly/monthly resources: the caller's own, or those of a partner's customer.
//!
//! `ListPayPerUseCustomerResources`, `POST /v2/orders/suscriptions/resources/query`. The published
//! name says pay-per-use and the path lacks a letter; neither is a slip of this bundle.

use billing::api::{Answer, PageRule, Refusal, fields};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::domain::partner::Principal;
use billing::domain::resource::list::{ResourceFilter, WhichResources};
use billing::domain::resource::{ExpirePolicy, Resource, ResourceStatus};
use billing::domain::settings::Settings;
use billing::value::id::{CustomerId, ResourceId, TypeCode};
use billing::value::money::Quantity;
use billing::value::time::{Period, Timestamp};
use serde::{Deserialize, Serialize};

/// Most identities of a filter.
const IDS_MAX: usize = 50;

/// Most statuses of a filter.
const STATUSES_MAX: usize = 10;

/// Longest identity of an order, or code of a service, in characters.
const CODE_CHARACTERS_MAX: usize = 64;

const PAGE: PageRule = PageRule { offset_max: 2_147_483_646, limits: 1..=500, ..PageRule::USUAL };

billing::component! { POST ListPayPerUseCustomerResources => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let principal = &call.caller().principal;
    if let Principal::Partner(_) = principal {
        call.caller().partner()?;
    }
    let mut request: QueryResourcesReq = call.body()?;

    let slice = PAGE.slice(request.offset, request.limit)?;
    let asked: Option<CustomerId> = fields::parsed("customer_id", request.customer_id.take())?;
    let filter = request.filter()?;
    let now = call.now();
    call.read(async |books| {
        let customer = match (principal, &asked) {
            (Principal::Customer(own), None) => own.customer_id.clone(),
            (Principal::Customer(own), Some(id)) if *id == own.customer_id => id.clone(),
            (Principal::Customer(_), Some(_)) => {
                return Err(Reason::field("customer_id", "must be the caller's own"));
            }
            (Principal::Partner(partner), Some(id)) => {
                books.customer_below(partner, id).await?.customer_id
            }
            (Principal::Partner(_), None) => {
                return Err(Reason::field("customer_id", "must be given by a partner"));
            }
        };
        let now = books.at(now);
        let settings = books.settings().await?;
        let page = books.resources(&customer, &filter, now, slice).await?;
        let shown = |resource| OrderInstanceV2::new(resource, now, &settings);
        Ok(ListPayPerUseCustomerResourcesResponse {
            total_count: page.total_count,
            data: page.items.into_iter().map(shown).collect(),
        })
    })
    .await
    .and_then(|response| Answer::ok(&response))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryResourcesReq {
    #[serde(default)]
    resource_ids: Vec<String>,
    order_id: Option<String>,
    only_main_resource: Option<u32>,
    #[serde(default)]
    status_list: Vec<ResourceStatus>,
    offset: Option<u32>,
    limit: Option<u32>,
    expire_time_begin: Option<String>,
    expire_time_end: Option<String>,
    service_type_code: Option<TypeCode>,
    customer_id: Option<String>,
}

impl QueryResourcesReq {
    fn filter(self) -> Result<ResourceFilter, Refusal> {
        if self.resource_ids.len() > IDS_MAX {
            let fault = format!("must have at most {IDS_MAX} items");
            return Err(Refusal::parameter("resource_ids", &fault));
        }
        if self.status_list.len() > STATUSES_MAX {
            let fault = format!("must have at most {STATUSES_MAX} items");
            return Err(Refusal::parameter("status_list", &fault));
        }
        let which = match self.only_main_resource {
            None | Some(0) => WhichResources::All,
            Some(1) => WhichResources::Main,
            Some(_) => return Err(Refusal::parameter("only_main_resource", "must be 0 or 1")),
        };
        Ok(ResourceFilter {
            resource_ids: self.resource_ids,
            order_id: fields::filled("order_id", self.order_id, CODE_CHARACTERS_MAX)?,
            which,
            statuses: self.status_list,
            expires: Period::between(
                fields::parsed("expire_time_begin", self.expire_time_begin)?,
                fields::parsed("expire_time_end", self.expire_time_end)?,
            ),
            service_type_code: self.service_type_code.map(|code| code.to_string()),
        })
    }
}

#[derive(Serialize)]
struct ListPayPerUseCustomerResourcesResponse {
    total_count: u64,
    data: Vec<OrderInstanceV2>,
}

#[derive(Serialize)]
struct OrderInstanceV2 {
    id: String,
    resource_id: ResourceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<String>,
    region_code: String,
    service_type_code: TypeCode,
    resource_type_code: TypeCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_name: Option<String>,
    resource_spec_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<String>,
    product_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_resource_id: Option<ResourceId>,
    is_main_resource: u8,
    status: ResourceStatus,
    effective_time: Timestamp,
    expire_time: Timestamp,
    expire_policy: ExpirePolicy,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_spec_desc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec_size: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec_size_measure_id: Option<u32>,
    update_time: Timestamp,
}

impl OrderInstanceV2 {
    fn new(resource: Resource, now: Timestamp, settings: &Settings) -> Self {
        let status = resource.status_at(now, settings);
        let is_main_resource = u8::from(resource.is_main());
        let product = resource.product;
        Self {
            id: resource.instance_id,
            resource_id: resource.resource_id,
            resource_name: resource.resource_name,
            region_code: product.region_code,
            service_type_code: product.service_type_code,
            resource_type_code: product.resource_type_code,
            service_type_name: product.service_type_name,
            resource_type_name: product.resource_type_name,
            resource_spec_code: product.resource_spec_code,
            project_id: product.project_id,
            product_id: product.product_id,
            parent_resource_id: resource.main_resource_id,
            is_main_resource,
            status,
            effective_time: resource.effective_time,
            expire_time: resource.expire_time,
            expire_policy: resource.expire_policy,
            product_spec_desc: product.product_spec_desc,
            spec_size: product.resource_size,
            spec_size_measure_id: product.size_measure_id,
            update_time: resource.update_time,
        }
    }
}
