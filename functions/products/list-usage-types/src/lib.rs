//! List the kinds of usage.
//!
//! `ListUsageTypes`, `GET /v2/products/usage-types`.

use billing::api::{Answer, Query, Refusal, Text};
use billing::books::UsageOf;
use billing::component::Call;
use billing::domain::catalogue::{Language, Name};
use billing::value::id::{CatalogueCode, TypeCode};
use billing::value::page::{Page, Slice};
use serde::Serialize;

billing::component! { GET ListUsageTypes => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner_or_customer()?;
    let language = call.language()?;
    let Request { resource, slice } = call.query(Request::read)?;

    let usages = match resource.as_deref().map(str::parse::<TypeCode>).transpose() {
        Ok(resource) => {
            call.read_catalogue(async |catalogue| catalogue.usages(resource.as_ref(), slice).await)
                .await?
        }
        // No type of resources has a text for its code that is none.
        Err(_) => Page::empty(),
    };

    let usage_types = usages.items.into_iter().map(|usage| UsageType::new(usage, language));
    Answer::ok(&ListUsageTypesResponse {
        total_count: usages.total_count,
        usage_types: usage_types.collect(),
    })
}

struct Request {
    resource: Option<String>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        Ok(Self {
            resource: query.text("resource_type_code", Text::ANY)?,
            slice: query.slice(10, 1..=100)?,
        })
    }
}

#[derive(Serialize)]
struct ListUsageTypesResponse {
    total_count: u64,
    usage_types: Vec<UsageType>,
}

#[derive(Serialize)]
struct UsageType {
    code: CatalogueCode,
    name: Name,
    resource_type_code: TypeCode,
    service_type_code: TypeCode,
    resource_type_name: Name,
    service_type_name: Name,
}

impl UsageType {
    fn new(UsageOf { usage, resource, service }: UsageOf, language: Language) -> Self {
        Self {
            code: usage.usage_type_code,
            name: language.choose(usage.name_zh, usage.name_en),
            resource_type_code: resource.resource_type_code,
            service_type_code: service.service_type_code,
            resource_type_name: language.choose(resource.name_zh, resource.name_en),
            service_type_name: language.choose(service.name_zh, service.name_en),
        }
    }
}
