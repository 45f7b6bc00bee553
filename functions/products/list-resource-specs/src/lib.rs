//! List the specifications of a type of resources in a region.
//!
//! `ListResourceSpecs`, `POST /v2/products/resource-specs-query`.

use billing::api::{Answer, Object, Refusal};
use billing::books::{SpecQuery, Specs};
use billing::component::Call;
use billing::domain::catalogue::{ChargeMode, Language, Name};
use billing::value::id::{CatalogueCode, TypeCode};
use serde::{Deserialize, Serialize};

/// Most specifications of one page, and how many there are without a limit.
const LIMIT_MAX: usize = 100;

/// Most filters of one request.
const FILTERS_MAX: usize = 1;

/// Longest text of a filter and longest marker, in characters.
const TEXT_CHARACTERS_MAX: usize = 128;

billing::component! { POST ListResourceSpecs => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner_or_customer()?;
    let language = call.language()?;
    let request: ResourceSpecsQueryReq = call.body()?;
    let limit = request.limit()?;
    let charge_mode = request.charge_mode.clone();
    let query = request.query()?;

    let specs = call.read_catalogue(async |catalogue| catalogue.specs(&query, limit).await).await?;

    Answer::ok(&ListResourceSpecsResponse::new(specs, &query, &charge_mode, language))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceSpecsQueryReq {
    cloud_service_type: String,
    resource_type: String,
    region_code: String,
    charge_mode: String,
    filters: Option<Vec<Object<ResourceSpecsFilter>>>,
    marker: Option<String>,
    limit: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceSpecsFilter {
    key: String,
    value: String,
}

impl ResourceSpecsQueryReq {
    fn limit(&self) -> Result<usize, Refusal> {
        match self.limit {
            None => Ok(LIMIT_MAX),
            Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
            Some(_) => {
                let fault = format!("must be a whole number from 1 to {LIMIT_MAX}");
                Err(Refusal::parameter("limit", &fault))
            }
        }
    }

    fn query(self) -> Result<SpecQuery, Refusal> {
        let filters = self.filters.unwrap_or_default();
        if filters.len() > FILTERS_MAX {
            return Err(Refusal::parameter("filters", "must be one at most"));
        }
        let filter = filters.into_iter().next().map(|Object(filter)| filter);
        if filter.as_ref().is_some_and(|filter| filter.key != "RESOURCE_SPEC") {
            return Err(Refusal::parameter("filters", "must have the key RESOURCE_SPEC"));
        }
        let contains = filter.map(|filter| filter.value);
        if contains.as_ref().is_some_and(String::is_empty) {
            return Err(Refusal::parameter("filters", "must have a value that is not empty"));
        }
        for (name, text) in [("filters", &contains), ("marker", &self.marker)] {
            if text.as_ref().is_some_and(|text| text.chars().count() > TEXT_CHARACTERS_MAX) {
                let fault = format!("must have at most {TEXT_CHARACTERS_MAX} characters");
                return Err(Refusal::parameter(name, &fault));
            }
        }
        Ok(SpecQuery {
            service_type_code: code("cloud_service_type", &self.cloud_service_type)?,
            resource_type_code: code("resource_type", &self.resource_type)?,
            region_code: code("region_code", &self.region_code)?,
            charge_mode: match self.charge_mode.as_str() {
                "1" => ChargeMode::Period,
                "3" => ChargeMode::OnDemand,
                _ => return Err(Refusal::parameter("charge_mode", "must be 1 or 3")),
            },
            contains,
            after: self.marker.filter(|marker| !marker.is_empty()),
        })
    }
}

fn code<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, Refusal> {
    let fault = "must be 1 to 64 printable ASCII characters";
    let code = text.parse().ok().filter(|_| text.len() <= 64);
    code.ok_or_else(|| Refusal::parameter(name, fault))
}

#[derive(Serialize)]
struct ListResourceSpecsResponse {
    page_info: PageInfo,
    cloud_service_basics: Vec<CloudServiceBasic>,
}

#[derive(Serialize)]
struct PageInfo {
    /// Absent at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<CatalogueCode>,
}

#[derive(Serialize)]
struct CloudServiceBasic {
    cloud_service_type: TypeCode,
    cloud_service_type_name: Name,
    resource_type: TypeCode,
    resource_type_name: Name,
    resource_spec: CatalogueCode,
    resource_spec_name: Name,
    charge_mode: String,
    region_code: CatalogueCode,
}

impl ListResourceSpecsResponse {
    fn new(specs: Specs, query: &SpecQuery, charge_mode: &str, language: Language) -> Self {
        let last = specs.items.last().map(|spec| spec.resource_spec.clone());
        let page_info = PageInfo { next_marker: last.filter(|_| specs.has_more) };
        let Some((service, resource)) = specs.of else {
            return Self { page_info, cloud_service_basics: Vec::new() };
        };
        let service_name = language.choose(service.name_zh, service.name_en);
        let resource_name = language.choose(resource.name_zh, resource.name_en);
        let basic = |spec: billing::domain::catalogue::Spec| CloudServiceBasic {
            cloud_service_type: query.service_type_code.clone(),
            cloud_service_type_name: service_name.clone(),
            resource_type: query.resource_type_code.clone(),
            resource_type_name: resource_name.clone(),
            resource_spec: spec.resource_spec,
            resource_spec_name: language.choose(spec.name_zh, spec.name_en),
            charge_mode: charge_mode.to_owned(),
            region_code: query.region_code.clone(),
        };
        let cloud_service_basics = specs.items.into_iter().map(basic).collect();
        Self { page_info, cloud_service_basics }
    }
}
