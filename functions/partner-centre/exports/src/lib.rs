//! Take a file away of what is the calling partner's own, or one of its resellers': the statement of
//! an account, or the bills of a month.
//!
//! `GET /partner-centre/v1/exports?kind=…`, and what the kind of file needs.

use billing::api::exports::Asked;
use billing::api::{Answer, Download, Query, Refusal};
use billing::component::Call;
use billing::domain::bill::focus::Units;
use billing::operations::export::units;
use billing::operations::statements::check_funded;
use billing::value::id::PartnerId;

billing::partner_centre! { GET => export }

async fn export(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let (indirect_partner_id, asked) = call.query(read)?;

    let units = match asked.has_units() {
        true => call.read_catalogue(async |catalogue| units(catalogue).await).await?,
        false => Units::default(),
    };
    let download = Download::new(call.host(), asked.file());
    call.read(async |books| {
        let partner_id = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
        if let Asked::Statement { customer_id: Some(customer_id), .. } = &asked {
            check_funded(books, &partner_id, customer_id).await?;
        }
        let export = asked.of(Some(&partner_id), &units)?;
        export.write(books, call.now(), &download).await
    })
    .await?;
    Ok(download.finish()?)
}

fn read(query: &mut Query) -> Result<(Option<PartnerId>, Asked), Refusal> {
    Ok((query.value("indirect_partner_id")?, Asked::read(query)?))
}
