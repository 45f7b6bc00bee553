//! List the cities of a province.
//!
//! `ListCities`, `GET /v2/systems/configs/cities`.

use billing::api::{Answer, PageRule, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::catalogue::{self, Name};
use billing::value::id::CatalogueCode;
use billing::value::page::{Page, Slice};
use serde::Serialize;

/// Without a limit, all of them.
const PAGE: PageRule =
    PageRule { offset_max: 1000, limit_default: 1000, limits: 1..=1000, ..PageRule::USUAL };

billing::component! { GET ListCities => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner_or_customer()?;
    let Request { province, slice } = call.query(Request::read)?;

    let cities = match province.parse::<CatalogueCode>() {
        Ok(province) => {
            call.read_catalogue(async |catalogue| catalogue.cities(&province, slice).await).await?
        }
        // No province has a text for its code that is none.
        Err(_) => Page::empty(),
    };

    Answer::ok(&ListCitiesResponse {
        count: cities.total_count,
        cities: cities.items.into_iter().map(City::from).collect(),
    })
}

struct Request {
    province: String,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let province = query.text("province_code", Text::ANY)?;
        let required = || Refusal::parameter("province_code", "is required");
        Ok(Self { province: province.ok_or_else(required)?, slice: query.slice_by(&PAGE)? })
    }
}

#[derive(Serialize)]
struct ListCitiesResponse {
    count: u64,
    cities: Vec<City>,
}

#[derive(Serialize)]
struct City {
    code: CatalogueCode,
    name: Name,
}

impl From<catalogue::City> for City {
    fn from(city: catalogue::City) -> Self {
        Self { code: city.city_code, name: city.name }
    }
}
