//! Take the charges of a month of the calling partner's customers, or of those of one of its
//! resellers, away as FOCUS has them, as Parquet.
//!
//! `GET /partner-centre/v1/exports/parquet?bill_cycle=…[&customer_id=…&indirect_partner_id=…]`.

use billing::api::exports::MonthOf;
use billing::api::{Answer, Download, Query, Refusal};
use billing::component::Call;
use billing::operations::export::{units, write_focus_parquet};
use billing::value::id::PartnerId;

billing::partner_centre! { GET => export }

async fn export(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let (indirect_partner_id, month) = call.query(read)?;

    let units = call.read_catalogue(async |catalogue| units(catalogue).await).await?;
    let download = Download::new(call.host(), month.parquet_file());
    call.read(async |books| {
        let partner_id = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
        write_focus_parquet(books, &month.of(Some(&partner_id)), &units, &download).await
    })
    .await?;
    Ok(download.finish()?)
}

fn read(query: &mut Query) -> Result<(Option<PartnerId>, MonthOf), Refusal> {
    Ok((query.value("indirect_partner_id")?, MonthOf::read(query)?))
}
