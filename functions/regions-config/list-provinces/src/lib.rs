//! List the provinces.
//!
//! `ListProvinces`, `GET /v2/systems/configs/provinces`.

use billing::api::{Answer, PageRule, Refusal};
use billing::component::Call;
use billing::domain::catalogue::{self, Name};
use billing::value::id::CatalogueCode;
use serde::Serialize;

/// Without a limit, all of them.
const PAGE: PageRule =
    PageRule { offset_max: 1000, limit_default: 1000, limits: 1..=1000, ..PageRule::USUAL };

billing::component! { GET ListProvinces => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner_or_customer()?;
    let slice = call.query(|query| query.slice_by(&PAGE))?;

    let provinces = call.read_catalogue(async |catalogue| catalogue.provinces(slice).await).await?;

    Answer::ok(&ListProvincesResponse {
        count: provinces.total_count,
        provinces: provinces.items.into_iter().map(Province::from).collect(),
    })
}

#[derive(Serialize)]
struct ListProvincesResponse {
    count: u64,
    provinces: Vec<Province>,
}

#[derive(Serialize)]
struct Province {
    code: CatalogueCode,
    name: Name,
}

impl From<catalogue::Province> for Province {
    fn from(province: catalogue::Province) -> Self {
        Self { code: province.province_code, name: province.name }
    }
}
