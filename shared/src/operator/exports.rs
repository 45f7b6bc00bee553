//! What finance takes away of a tenant, as the operator asks for it.

use crate::api::exports::Asked;
#[cfg(feature = "parquet")]
use crate::api::exports::MonthOf;
use crate::api::{Answer, Body, Download, Headers, Query, Refusal};
use crate::books::Books;
use crate::domain::bill::focus::Units;
use crate::domain::error::Reason;
use crate::operations::export;
use crate::operator::call::OperatorCall;
use crate::value::id::{CustomerId, PartnerId, TenantId};

/// Takes a file away, with these headers beside the usual ones.
///
/// # Errors
/// [`Refusal::Parameter`], [`Refusal::UnknownTenant`], [`Reason::UnknownReference`] for a partner or
/// customer that is not there, store failures.
pub async fn export<S: Body>(
    call: OperatorCall<'_, S>,
    headers: Headers,
) -> Result<Answer, Refusal> {
    let (tenant_id, partner_id, asked) = call.query(read)?;
    let units = match asked.has_units() {
        true => units(&call).await?,
        false => Units::default(),
    };
    let export = asked.of(partner_id.as_ref(), &units)?;
    let download = Download::new(call.host(), asked.file()).with_headers(headers);
    let books = call.tenant(&tenant_id).await?;
    books
        .read(async |books| {
            check_known(books, partner_id.as_ref(), asked.customer_id()).await?;
            export.write(books, call.now(), &download).await
        })
        .await?;
    Ok(download.finish()?)
}

/// Takes the charges of a month away as Parquet, with these headers beside the usual ones.
///
/// # Errors
/// As of [`fn@export`].
#[cfg(feature = "parquet")]
pub async fn export_parquet<S: Body>(
    call: OperatorCall<'_, S>,
    headers: Headers,
) -> Result<Answer, Refusal> {
    let (tenant_id, partner_id, month) = call.query(|query| {
        let tenant_id: TenantId = query.required("tenant_id")?;
        Ok((tenant_id, query.value("partner_id")?, MonthOf::read(query)?))
    })?;
    let units = units(&call).await?;
    let download = Download::new(call.host(), month.parquet_file()).with_headers(headers);
    let books = call.tenant(&tenant_id).await?;
    books
        .read(async |books| {
            check_known(books, partner_id.as_ref(), month.customer_id()).await?;
            let of = month.of(partner_id.as_ref());
            export::write_focus_parquet(books, &of, &units, &download).await
        })
        .await?;
    Ok(download.finish()?)
}

async fn units<S: Body>(call: &OperatorCall<'_, S>) -> Result<Units, Refusal> {
    call.read_catalogue(async |catalogue| export::units(catalogue).await).await
}

fn read(query: &mut Query) -> Result<(TenantId, Option<PartnerId>, Asked), Refusal> {
    let tenant_id = query.required("tenant_id")?;
    let asked = Asked::read(query)?;
    let partner_id = query.value("partner_id")?;
    if let (Asked::Statement { customer_id: Some(_), .. }, Some(_)) = (&asked, &partner_id) {
        return Err(Refusal::parameter("partner_id", "must not be given with customer_id"));
    }
    Ok((tenant_id, partner_id, asked))
}

/// Refuses a partner or customer that is not there: an empty file would say that it had nothing.
async fn check_known(
    books: &Books<'_>,
    partner_id: Option<&PartnerId>,
    customer_id: Option<&CustomerId>,
) -> Result<(), Reason> {
    if let Some(id) = partner_id
        && books.partner(id).await?.is_none()
    {
        return Err(Reason::UnknownReference { kind: "partner", id: id.to_string() });
    }
    if let Some(id) = customer_id
        && books.customer(id).await?.is_none()
    {
        return Err(Reason::UnknownReference { kind: "customer", id: id.to_string() });
    }
    Ok(())
}
