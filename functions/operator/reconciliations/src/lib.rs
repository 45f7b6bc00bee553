//! Compare a month of a partner's bills, as the live service gives it, with the books. Nothing is
//! changed.
//!
//! `POST /operator/v1/reconciliations?tenant_id=…&partner_id=…&cycle=…`, with pages of
//! `ListSubcustomerMonthlyBills` one after the other, or CSV.

use billing::api::reconciliation::{Asked, Reconciled};
use billing::api::{Answer, Query, Refusal};
use billing::component::OperatorCall;
use billing::domain::error::Reason;
use billing::operations::reconcile::reconcile;
use billing::value::id::{PartnerId, TenantId};

billing::operator! { POST Read => compare }

async fn compare(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Request { tenant_id, partner_id, asked } = call.query(Request::read)?;
    let told = call.reconciliation().await?;

    let books = call.tenant(&tenant_id).await?;
    let compared = books
        .read(async |books| {
            let unknown =
                || Reason::UnknownReference { kind: "partner", id: partner_id.to_string() };
            books.partner(&partner_id).await?.ok_or_else(unknown)?;
            reconcile(books, &partner_id, asked.cycle, &told).await
        })
        .await?;

    Answer::ok(&Reconciled::new(asked, compared)?)
}

struct Request {
    tenant_id: TenantId,
    partner_id: PartnerId,
    asked: Asked,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let (tenant_id, partner_id) = (query.required("tenant_id")?, query.required("partner_id")?);
        Ok(Self { tenant_id, partner_id, asked: Asked::read(query)? })
    }
}
