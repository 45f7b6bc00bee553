//! List the counties of a city.
//!
//! `ListCounties`, `GET /v2/systems/configs/counties`.

use billing::api::{Answer, Literal, PageRule, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::catalogue::{self, Name};
use billing::value::id::CatalogueCode;
use billing::value::page::{Page, Slice};
use serde::Serialize;

const PAGE: PageRule =
    PageRule { offset_max: 1000, limits: 1..=1000, null: Literal::Absent, ..PageRule::USUAL };

billing::component! { GET ListCounties => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner_or_customer()?;
    let Request { city, slice } = call.query(Request::read)?;

    let counties = match city.parse::<CatalogueCode>() {
        Ok(city) => {
            call.read_catalogue(async |catalogue| catalogue.counties(&city, slice).await).await?
        }
        // No city has a text for its code that is none.
        Err(_) => Page::empty(),
    };

    Answer::ok(&ListCountiesResponse {
        count: counties.total_count,
        counties: counties.items.into_iter().map(County::from).collect(),
    })
}

struct Request {
    city: String,
    slice: Slice,
}

impl Request {
    /// An offset of `null` is none; a limit of `null` or of nothing is refused.
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        query.refuse_empty("limit")?;
        query.refuse_null("limit")?;
        let city = query.text("city_code", Text::ANY)?;
        let required = || Refusal::parameter("city_code", "is required");
        Ok(Self { city: city.ok_or_else(required)?, slice: query.slice_by(&PAGE)? })
    }
}

#[derive(Serialize)]
struct ListCountiesResponse {
    count: u64,
    counties: Vec<County>,
}

#[derive(Serialize)]
struct County {
    code: CatalogueCode,
    name: Name,
}

impl From<catalogue::County> for County {
    fn from(county: catalogue::County) -> Self {
        Self { code: county.county_code, name: county.name }
    }
}
