//! Start a pay-per-use resource of a customer, as a cloud service does that is asked for one, and
//! change its status; closed is what stops it.
//!
//! `POST /operator/v1/resources` and `PUT /operator/v1/resources`.

use billing::api::placing::size;
use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::domain::catalogue::ChargeMode;
use billing::domain::error::Reason;
use billing::domain::resource::{OnDemandResource, OnDemandStatus};
use billing::operations::price_order::AskedProduct;
use billing::operations::run_on_demand::{StartOnDemand, change_on_demand, start_on_demand};
use billing::value::id::{CatalogueCode, CustomerId, ResourceId, TenantId, TypeCode};
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

billing::operator! { POST Everything => start, PUT Everything => change }

async fn start(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let request: Start = call.json().await?;
    let asked = request.product()?;

    let lookups = [Some(asked.lookup(ChargeMode::OnDemand))];
    let priced = call.read_catalogue(async |catalogue| catalogue.priced(&lookups).await).await?;
    let product = asked.found(&priced)?;
    let Start { tenant_id, customer_id, resource_id, resource_name, .. } = request;
    let start = StartOnDemand::check(customer_id, resource_id, resource_name, product)?;
    let books = call.tenant(&tenant_id).await?;
    let started =
        books.update("start resource", async |books| start_on_demand(books, &start).await).await?;

    Answer::ok(&Shown::from(started))
}

async fn change(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Change { tenant_id, customer_id, resource_id, status } = call.json().await?;

    let books = call.tenant(&tenant_id).await?;
    let changed = books
        .update("change resource", async |books| {
            change_on_demand(books, &customer_id, &resource_id, status).await
        })
        .await?;

    Answer::ok(&Shown::from(changed))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    tenant_id: TenantId,
    customer_id: CustomerId,
    resource_id: ResourceId,
    resource_name: Option<String>,
    service_type_code: TypeCode,
    resource_type_code: TypeCode,
    resource_spec: CatalogueCode,
    region_code: CatalogueCode,
    zone_code: Option<CatalogueCode>,
    resource_size: Option<u32>,
    size_measure_id: Option<u32>,
    project_id: Option<String>,
}

impl Start {
    fn product(&self) -> Result<AskedProduct, Reason> {
        Ok(AskedProduct {
            service_type_code: self.service_type_code.clone(),
            resource_type_code: self.resource_type_code.clone(),
            resource_spec: self.resource_spec.clone(),
            region_code: self.region_code.clone(),
            zone_code: self.zone_code.as_ref().map(ToString::to_string),
            size: size(self.resource_size, self.size_measure_id)?,
            project_id: self.project_id.clone(),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    tenant_id: TenantId,
    customer_id: CustomerId,
    resource_id: ResourceId,
    status: OnDemandStatus,
}

#[derive(Serialize)]
struct Shown {
    customer_id: CustomerId,
    resource_id: ResourceId,
    product_id: String,
    status: OnDemandStatus,
    effective_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Timestamp>,
}

impl From<OnDemandResource> for Shown {
    fn from(resource: OnDemandResource) -> Self {
        let OnDemandResource { customer_id, resource_id, product, status, .. } = resource;
        let (effective_time, expire_time) = (resource.effective_time, resource.expire_time);
        let product_id = product.product_id;
        Self { customer_id, resource_id, product_id, status, effective_time, expire_time }
    }
}
