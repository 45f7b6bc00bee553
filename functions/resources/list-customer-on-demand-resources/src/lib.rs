//! List the pay-per-use resources of a customer that a partner, or a reseller it acts for, funds.
//!
//! `ListCustomerOnDemandResources`, `POST /v2/partners/sub-customers/on-demand-resources/query`.

use billing::api::{Answer, PageRule, Refusal, fields};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::domain::partner::AssociationType;
use billing::domain::resource::list::OnDemandFilter;
use billing::domain::resource::{OnDemandResource, OnDemandStatus};
use billing::value::id::{CustomerId, PartnerId, ResourceId, TypeCode};
use billing::value::money::Quantity;
use billing::value::text;
use billing::value::time::{Period, Timestamp};
use serde::{Deserialize, Serialize};

/// Most identities of a filter.
const IDS_MAX: usize = 50;

/// Longest code of a filter, in characters.
const CODE_CHARACTERS_MAX: usize = 64;

billing::component! { POST ListCustomerOnDemandResources => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: QueryCustomerOnDemandResourcesReq = call.body()?;

    let slice = PageRule::USUAL.slice(request.offset, request.limit)?;
    let customer_id = request.customer_id.clone();
    let indirect_partner_id = request.indirect_partner_id.clone();
    let filter = request.filter()?;
    let page = call
        .read(async |books| {
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            let customer = books.customer(&customer_id).await?;
            let customer = customer.filter(|customer| customer.partner_id == partner);
            match customer.ok_or(Reason::NotYourCustomer)?.association_type {
                AssociationType::Resale => {}
                AssociationType::Referral => return Err(Reason::NoPermissionOnCustomer),
            }
            books.on_demand_resources(&customer_id, &filter, slice).await
        })
        .await?;

    Answer::ok(&ListCustomerOnDemandResourcesResponse {
        total_count: page.total_count,
        resources: page.items.into_iter().map(CustomerOnDemandResource::from).collect(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryCustomerOnDemandResourcesReq {
    customer_id: CustomerId,
    region_code: Option<String>,
    service_type_code: Option<String>,
    resource_ids: Option<Vec<String>>,
    effective_time_begin: Option<String>,
    effective_time_end: Option<String>,
    offset: Option<u32>,
    limit: Option<u32>,
    status: Option<OnDemandStatus>,
    #[serde(default, deserialize_with = "text::optional")]
    indirect_partner_id: Option<PartnerId>,
}

impl QueryCustomerOnDemandResourcesReq {
    fn filter(self) -> Result<OnDemandFilter, Refusal> {
        let resource_ids = self.resource_ids.unwrap_or_default();
        if resource_ids.len() > IDS_MAX {
            let fault = format!("must have at most {IDS_MAX} items");
            return Err(Refusal::parameter("resource_ids", &fault));
        }
        let service = self.service_type_code;
        Ok(OnDemandFilter {
            resource_ids,
            region_code: fields::filled("region_code", self.region_code, CODE_CHARACTERS_MAX)?,
            service_type_code: fields::filled("service_type_code", service, CODE_CHARACTERS_MAX)?,
            effective: Period::between(
                fields::parsed("effective_time_begin", self.effective_time_begin)?,
                fields::parsed("effective_time_end", self.effective_time_end)?,
            ),
            status: self.status,
        })
    }
}

#[derive(Serialize)]
struct ListCustomerOnDemandResourcesResponse {
    total_count: u64,
    resources: Vec<CustomerOnDemandResource>,
}

#[derive(Serialize)]
struct CustomerOnDemandResource {
    customer_id: CustomerId,
    region_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    availability_zone_code: Option<String>,
    service_type_code: TypeCode,
    resource_type_code: TypeCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_name: Option<String>,
    resource_id: ResourceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<String>,
    effective_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Timestamp>,
    status: OnDemandStatus,
    resource_spec_code: String,
    /// A JSON document in a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_spec_desc: Option<String>,
}

impl From<OnDemandResource> for CustomerOnDemandResource {
    fn from(resource: OnDemandResource) -> Self {
        let product = resource.product;
        Self {
            customer_id: resource.customer_id,
            region_code: product.region_code,
            availability_zone_code: product.zone_code,
            service_type_code: product.service_type_code,
            resource_type_code: product.resource_type_code,
            service_type_name: product.service_type_name,
            resource_type_name: product.resource_type_name,
            resource_id: resource.resource_id,
            resource_name: resource.resource_name,
            effective_time: resource.effective_time,
            expire_time: resource.expire_time,
            status: resource.status,
            resource_spec_code: product.resource_spec_code,
            resource_info: product.resource_size.map(resource_info),
            product_spec_desc: product.product_spec_desc,
        }
    }
}

/// The size as the live answers have it, with a decimal at least: `{"specSize":40.0}`.
fn resource_info(size: Quantity) -> String {
    let size = size.to_string();
    let decimal = if size.contains('.') { "" } else { ".0" };
    format!(r#"{{"specSize":{size}{decimal}}}"#)
}
