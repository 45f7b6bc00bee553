//! List the types of cloud services.
//!
//! `ListServiceTypes`, `GET /v2/products/service-types`.

use billing::api::{Answer, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::catalogue::{Language, Name, ServiceType};
use billing::value::id::TypeCode;
use billing::value::page::Slice;
use serde::Serialize;

/// Longest text that is looked for in names, in characters.
const NAME_CHARACTERS_MAX: usize = 128;

billing::component! { GET ListServiceTypes => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner_or_customer()?;
    let language = call.language()?;
    let Request { name, slice } = call.query(Request::read)?;

    let services = call
        .read_catalogue(async |catalogue| {
            catalogue.services(name.as_deref(), language, slice).await
        })
        .await?;

    let service_types =
        services.items.into_iter().map(|service| ServiceTypes::new(service, language));
    Answer::ok(&ListServiceTypesResponse {
        total_count: services.total_count,
        service_types: service_types.collect(),
    })
}

struct Request {
    name: Option<String>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let rule = Text { length_max: NAME_CHARACTERS_MAX, ..Text::ANY };
        let name = query.text("service_type_name", rule)?;
        if name.as_ref().is_some_and(|name| name.contains(char::is_whitespace)) {
            return Err(Refusal::parameter("service_type_name", "must not contain blanks"));
        }
        Ok(Self { name, slice: query.slice(10, 1..=1000)? })
    }
}

#[derive(Serialize)]
struct ListServiceTypesResponse {
    total_count: u64,
    service_types: Vec<ServiceTypes>,
}

#[derive(Serialize)]
struct ServiceTypes {
    service_type_name: Name,
    service_type_code: TypeCode,
    abbreviation: Name,
}

impl ServiceTypes {
    fn new(service: ServiceType, language: Language) -> Self {
        Self {
            service_type_name: language.choose(service.name_zh, service.name_en),
            service_type_code: service.service_type_code,
            abbreviation: service.abbreviation,
        }
    }
}
