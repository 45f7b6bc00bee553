//! List the types of resources of one service.
//!
//! `ListServiceResources`, `GET /v2/products/service-resources`.

use billing::api::{Answer, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::catalogue::{Language, Name, ResourceType};
use billing::value::id::TypeCode;
use billing::value::page::{Page, Slice};
use serde::Serialize;

billing::component! { GET ListServiceResources => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner_or_customer()?;
    let language = call.language()?;
    let Request { service, slice } = call.query(Request::read)?;

    let resources = match service.parse::<TypeCode>() {
        Ok(service) => {
            call.read_catalogue(async |catalogue| catalogue.resources_of(&service, slice).await)
                .await?
        }
        // No service has a text for its code that is none.
        Err(_) => Page::empty(),
    };

    let infos =
        resources.items.into_iter().map(|resource| ServiceResourceInfo::new(resource, language));
    Answer::ok(&ListServiceResourcesResponse {
        total_count: resources.total_count,
        infos: infos.collect(),
    })
}

struct Request {
    service: String,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        query.refuse_empty("limit")?;
        let service = query.text("service_type_code", Text::ANY)?;
        let required = || Refusal::parameter("service_type_code", "is required");
        Ok(Self { service: service.ok_or_else(required)?, slice: query.slice(10, 1..=100)? })
    }
}

#[derive(Serialize)]
struct ListServiceResourcesResponse {
    total_count: u64,
    infos: Vec<ServiceResourceInfo>,
}

#[derive(Serialize)]
struct ServiceResourceInfo {
    basic_info: ResourceBasicInfo,
}

#[derive(Serialize)]
struct ResourceBasicInfo {
    resource_type_code: TypeCode,
    product_owner_service: TypeCode,
    name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Name>,
}

impl ServiceResourceInfo {
    fn new(resource: ResourceType, language: Language) -> Self {
        let basic_info = ResourceBasicInfo {
            resource_type_code: resource.resource_type_code,
            product_owner_service: resource.service_type_code,
            name: language.choose(resource.name_zh, resource.name_en),
            description: language.choose(resource.description_zh, resource.description_en),
        };
        Self { basic_info }
    }
}
