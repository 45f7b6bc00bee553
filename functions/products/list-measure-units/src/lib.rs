//! List the units.
//!
//! `ListMeasureUnits`, `GET /v2/bases/measurements`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::catalogue::{Language, MeasureId, MeasureType, MeasureUnit, Name};
use serde::Serialize;

billing::component! { GET ListMeasureUnits => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner_or_customer()?;
    let language = call.language()?;
    call.query(|_| Ok(()))?;

    let measures = call.read_catalogue(async |catalogue| catalogue.measures().await).await?;

    let measure_units = measures.into_iter().map(|unit| MeasureUnitRest::new(unit, language));
    Answer::ok(&ListMeasureUnitsResponse { measure_units: measure_units.collect() })
}

#[derive(Serialize)]
struct ListMeasureUnitsResponse {
    measure_units: Vec<MeasureUnitRest>,
}

#[derive(Serialize)]
struct MeasureUnitRest {
    measure_id: MeasureId,
    measure_name: Name,
    abbreviation: Name,
    measure_type: MeasureType,
}

impl MeasureUnitRest {
    fn new(unit: MeasureUnit, language: Language) -> Self {
        Self {
            measure_id: unit.measure_id,
            measure_name: language.choose(unit.name_zh, unit.name_en),
            abbreviation: language.choose(unit.abbreviation_zh, unit.abbreviation_en),
            measure_type: unit.measure_type,
        }
    }
}
