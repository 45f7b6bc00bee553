//! List how units convert.
//!
//! `ListConversions`, `GET /v2/bases/conversions`.

use billing::api::{Answer, Query, Refusal};
use billing::component::Call;
use billing::domain::catalogue::{self, MeasureId, MeasureType};
use serde::Serialize;

billing::component! { GET ListConversions => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner_or_customer()?;
    let measure_type = call.query(measure_type)?;

    let conversions = call.read_catalogue(async |catalogue| catalogue.conversions().await).await?;

    let conversions = conversions
        .into_iter()
        .filter(|known| measure_type.is_none_or(|wanted| known.measure_type == wanted))
        .map(Conversion::from);
    Answer::ok(&ListConversionsResponse { conversions: conversions.collect() })
}

fn measure_type(query: &mut Query) -> Result<Option<MeasureType>, Refusal> {
    query.number_choice("measure_type", |code| {
        MeasureType::from_code(code).filter(|measure_type| measure_type.has_conversions())
    })
}

#[derive(Serialize)]
struct ListConversionsResponse {
    conversions: Vec<Conversion>,
}

#[derive(Serialize)]
struct Conversion {
    measure_id: MeasureId,
    ref_measure_id: MeasureId,
    conversion_ratio: u32,
    measure_type: MeasureType,
}

impl From<catalogue::Conversion> for Conversion {
    fn from(known: catalogue::Conversion) -> Self {
        Self {
            measure_id: known.measure_id,
            ref_measure_id: known.ref_measure_id,
            conversion_ratio: known.conversion_ratio,
            measure_type: known.measure_type,
        }
    }
}
