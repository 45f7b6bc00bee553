//! List the types of resources.
//!
//! `ListResourceTypes`, `GET /v2/products/resource-types`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::catalogue::{Language, Name, ResourceType};
use billing::value::id::TypeCode;
use serde::Serialize;

billing::component! { GET ListResourceTypes => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner_or_customer()?;
    let language = call.language()?;
    let slice = call.query(|query| query.slice(10, 1..=1000))?;

    let resources = call.read_catalogue(async |catalogue| catalogue.resources(slice).await).await?;

    let resource_types =
        resources.items.into_iter().map(|resource| ResourceTypes::new(resource, language));
    Answer::ok(&ListResourceTypesResponse {
        total_count: resources.total_count,
        resource_types: resource_types.collect(),
    })
}

#[derive(Serialize)]
struct ListResourceTypesResponse {
    total_count: u64,
    resource_types: Vec<ResourceTypes>,
}

#[derive(Serialize)]
struct ResourceTypes {
    resource_type_code: TypeCode,
    resource_type_name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_desc: Option<Name>,
    service_type_code: TypeCode,
}

impl ResourceTypes {
    fn new(resource: ResourceType, language: Language) -> Self {
        Self {
            resource_type_code: resource.resource_type_code,
            resource_type_name: language.choose(resource.name_zh, resource.name_en),
            resource_type_desc: language.choose(resource.description_zh, resource.description_en),
            service_type_code: resource.service_type_code,
        }
    }
}
